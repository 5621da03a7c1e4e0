/* Part of Revisit. See LICENSE file for full copyright and licensing details. */

import {registry} from "@web/core/registry";

// A visit needs a signature: its form opens over the console, and nothing is lost (C5).
registry.category("web_tour.tours").add("revisit_console_visit_tour", {
    url: "/odoo/action-revisit_management.revisit_console_action",
    steps: () => [
        {
            content: "The visit",
            trigger: ".o_revisit_console_head:contains(Visited Customer)",
        },
        {
            content: "Its form opens",
            trigger: "[data-outcome=reached]:contains(Done …)",
            run: "click",
        },
        {
            content: "It asks for the signature, which may be refused",
            trigger: ".modal div[name=signature_refused] input",
            run: "click",
        },
        {
            content: "Why there is none",
            trigger: ".modal div[name=feedback] textarea",
            run: "edit In a hurry",
        },
        {
            content: "Finish",
            trigger: ".modal footer button[name=action_finish]",
            run: "click",
        },
        {
            content: "The next customer is there, or none",
            trigger: "body:not(:has(.modal)) .o_revisit_console_empty",
        },
    ],
});

// Three customers without the mouse: no answer, taken back, talked to; one who rings
// (C1, C2, C3).
registry.category("web_tour.tours").add("revisit_console_tour", {
    url: "/odoo/action-revisit_management.revisit_console_action",
    steps: () => [
        {
            content: "The most urgent customer is on the screen, with the number",
            trigger:
                ".o_revisit_console_head:contains(Tour Customer):has(.o_revisit_console_number:contains(13800138000))",
        },
        {
            content: "Something is typed",
            trigger: ".o_revisit_console_feedback",
            run: "edit She is on the other line",
        },
        {
            content: "One key: no answer, and the next customer is there",
            trigger: "[data-outcome=no_answer]",
            run: "press alt+2",
        },
        {
            content: "The next one",
            trigger: ".o_revisit_console_head:contains(Second Customer)",
        },
        {
            content: "It may be taken back",
            trigger: ".o_revisit_console_undo button[data-hotkey=z]",
            run: "press alt+z",
        },
        {
            content: "Back at the first one",
            trigger: ".o_revisit_console_head:contains(Tour Customer)",
        },
        {
            content: "What was typed is there again",
            trigger: ".o_revisit_console_feedback:value(She is on the other line)",
        },
        {
            content: "They want to be called again",
            trigger: "[data-outcome=rescheduled]",
            run: "click",
        },
        {
            content: "In one hour",
            trigger: "[data-panel=rescheduled] button:first",
            run: "click",
        },
        {
            content: "The second customer answers",
            trigger: ".o_revisit_console_head:contains(Second Customer)",
        },
        {
            content: "What they say is kept",
            trigger: ".o_revisit_console_feedback",
            run: "edit Quick and friendly",
        },
        {
            content: "A figure, while the call runs and the undo counts",
            trigger: "[data-question=satisfaction] input",
            async run({anchor}) {
                anchor.focus();
                for (const [index, digit] of ["8", "5"].entries()) {
                    anchor.value = anchor.value.slice(0, index) + digit;
                    anchor.dispatchEvent(new InputEvent("input", {bubbles: true}));
                    await new Promise((resolve) => setTimeout(resolve, 1300));
                }
                if (anchor.value !== "85" || !anchor.isConnected) {
                    throw new Error(`The figure was lost: ${anchor.value}`);
                }
            },
        },
        {
            content: "Done, and the next",
            trigger: "[data-outcome=reached]",
            run: "click",
        },
        {
            content: "The queue is empty, and says what comes",
            trigger: ".o_revisit_console_empty",
        },
        {
            content: "The first customer rings back",
            trigger: ".o_revisit_caller",
            run: "click",
        },
        {
            content: "Found by the end of the number",
            trigger: ".o_revisit_caller_menu input",
            run: "edit 8000",
        },
        {
            content: "Open it",
            trigger: ".o_revisit_caller_found:contains(Tour Customer)",
            run: "click",
        },
        {
            content: "They do not want to be asked",
            trigger: "[data-outcome=refused]",
            run: "click",
        },
        {
            content: "Their words",
            trigger: "[data-panel=refused] input",
            run: "edit No more calls",
        },
        {
            content: "Recorded",
            trigger: "[data-panel=refused] button",
            run: "click",
        },
        {
            content: "Nothing is left, and nothing waits any more",
            trigger:
                ".o_revisit_console:not(:has(.o_revisit_console_undo)) .o_revisit_console_empty",
            timeout: 20000,
        },
    ],
});
