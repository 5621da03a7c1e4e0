/* Part of Revisit. See LICENSE file for full copyright and licensing details. */

import {registry} from "@web/core/registry";

// A known answer is opened in a talk that settles nothing, and the customer is called
// again about it (C9, C11).
registry.category("web_tour.tours").add("revisit_chain_tour", {
    url: "/odoo/action-revisit_management.revisit_console_action",
    steps: () => [
        {
            content: "The customer",
            trigger: ".o_revisit_console_head:contains(Chain Customer)",
        },
        {
            content: "What is known of the product",
            trigger: ".o_revisit_console_knowledge summary:contains(Why does it hum?)",
            run: "click",
        },
        {
            content: "The answer, formatted",
            trigger: ".o_revisit_console_knowledge details[open] b:contains(level)",
        },
        {
            content: "The matter is not settled",
            trigger: ".o_revisit_console_about[aria-pressed=false]",
            run: "click",
        },
        {
            content: "Why",
            trigger: ".o_revisit_console_reason input",
            run: "edit The part has not come",
        },
        {
            content: "Done; nothing else is due",
            trigger: "[data-outcome=reached]:enabled",
            run: "click",
        },
        {
            content: "It may be taken back no more",
            trigger:
                ".o_revisit_console:not(:has(.o_revisit_console_undo)) .o_revisit_console_empty",
            timeout: 20000,
        },
        {
            content: "Look again",
            trigger: ".o_revisit_console_empty button[data-hotkey=n]",
            run: "click",
        },
        {
            content: "The second callback about it says what was said",
            trigger: ".o_revisit_console_chain:contains(2)",
        },
        {
            content: "And why it is made",
            trigger: ".o_revisit_console_chain:contains(The part has not come)",
        },
    ],
});

// The same from the form of a callback that was made (C9).
registry.category("web_tour.tours").add("revisit_chain_form_tour", {
    steps: () => [
        {
            content: "Call again about it",
            trigger: "button[name=action_open_call_about]:visible",
            run: "click",
        },
        {
            content: "When and by whom",
            trigger: ".modal div[name=chain_next_text]:contains(3)",
        },
        {
            content: "Why",
            trigger: ".modal div[name=reason]:visible textarea",
            run: "edit Still waiting",
        },
        {
            content: "Plan it",
            trigger: ".modal footer button[name=action_apply]:visible",
            run: "click",
        },
        {
            content: "It is said when",
            trigger: ".o_notification",
        },
        {
            content: "The chain",
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});
