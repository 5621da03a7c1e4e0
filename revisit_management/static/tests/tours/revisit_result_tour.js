/* Part of Revisit. See LICENSE file for full copyright and licensing details. */

import {registry} from "@web/core/registry";

// During a talk an agent promises an answer and notes a referral, by keys (C7).
registry.category("web_tour.tours").add("revisit_result_tour", {
    steps: () => [
        {
            trigger: ".o_revisit_console_head:contains(Tour Customer)",
        },
        {
            content: "One key opens the kinds of results",
            trigger: ".o_revisit_console_add_result",
            run: "press alt+r",
        },
        {
            content: "The first kind has the focus, Tab goes on",
            trigger: "[data-panel=result] [data-kind=need]:focus",
        },
        {
            trigger: "[data-panel=result] [data-kind=promise]",
            run: "click",
        },
        {
            content: "The next working day is offered",
            trigger: "[data-panel=result] input[name=promised_on]",
        },
        {
            trigger: "[data-panel=result] input[name=words]",
            run: "edit The price of a door",
        },
        {
            content: "Nothing begun is lost with an outcome",
            trigger: "[data-outcome=no_answer]:enabled",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(Note the result)",
        },
        {
            trigger: "[data-panel=result] input[name=words]",
            run: "press Enter",
        },
        {
            trigger: ".o_revisit_console_noted:contains(The price of a door)",
        },
        {
            trigger: ".o_revisit_console_add_result",
            run: "click",
        },
        {
            trigger: "[data-panel=result] [data-kind=referral]",
            run: "click",
        },
        {
            trigger: "[data-panel=result] input[name=referred_name]",
            run: "edit Zhang",
        },
        {
            trigger: "[data-panel=result] input[name=referred_phone]",
            run: "edit 139 0013 9000",
        },
        {
            content: "The bar fits the screen",
            trigger: ".o_revisit_console_note:enabled",
            run: () => {
                const width = document.documentElement.scrollWidth;
                if (width > window.innerWidth) {
                    throw new Error(`The screen is ${width} pixels wide`);
                }
            },
        },
        {
            trigger: ".o_revisit_console_note:enabled",
            run: "click",
        },
        {
            trigger: ".o_revisit_console_noted:contains(Zhang)",
        },
    ],
});

// The customer has the promised answer (C7).
registry.category("web_tour.tours").add("revisit_result_answer_tour", {
    steps: () => [
        {
            trigger: ".o_form_view:contains(The price of a door)",
        },
        {
            trigger: "button[name=action_open_answer]:visible",
            run: "click",
        },
        {
            trigger: ".modal div[name=answer] textarea",
            run: "edit 300 yuan",
        },
        {
            trigger: ".modal footer button[name=action_apply].btn-primary:visible",
            run: "click",
        },
        {
            trigger: ".o_form_view div[name=answer]:contains(300 yuan)",
        },
    ],
});
