/* Part of Revisit. See LICENSE file for full copyright and licensing details. */

import {registry} from "@web/core/registry";

function press(...keys) {
    for (const key of keys) {
        document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})
        );
    }
}

function expect(what, found, wanted) {
    if (String(found) !== String(wanted)) {
        throw new Error(`${what}: ${found} instead of ${wanted}`);
    }
}

function getRow() {
    const rows = [...document.querySelectorAll(".o_revisit_question")];
    return rows.findIndex((row) => row.contains(document.activeElement));
}

// The questions are answered by keys alone (C2): two of 1-5, one of 0-10, a choice.
registry.category("web_tour.tours").add("revisit_console_keys_tour", {
    url: "/odoo/callback-console",
    steps: () => [
        {
            content: "Nothing answered is no talk: it asks before",
            trigger: "[data-outcome=reached]:enabled",
            run: "press alt+1",
        },
        {
            content: "Back to the questions",
            trigger:
                ".modal:contains(None of the questions) footer button.btn-secondary",
            run: "click",
        },
        {
            content: "One key goes to the first question",
            trigger: "body:not(:has(.modal)) .o_revisit_console_head",
            run: "press alt+a",
        },
        {
            content: "Each question is one stop of the Tab key",
            trigger: ".o_revisit_questionnaire:has(.o_revisit_question:nth-child(4))",
            run({anchor}) {
                const stops = anchor.querySelectorAll("button:not([tabindex='-1'])");
                expect("Tab stops", stops.length, 4);
                expect("The first row has the focus", getRow(), 0);
                // faster than the screen is drawn
                press("4", "5");
                expect("The row after two digits", getRow(), 2);
                press("1");
                expect("It may become a ten", getRow(), 2);
                press("0");
                expect("The row after a ten", getRow(), 3);
                press("2");
                const isAfter = document.activeElement.matches(
                    ".o_revisit_console_feedback"
                );
                expect("What follows the questions has the focus", isAfter, true);
            },
        },
        {
            trigger:
                "li:nth-child(3) [data-answer='10'][aria-checked=true][tabindex='0']",
        },
        {
            trigger: "li:nth-child(4) button:nth-of-type(2)[aria-checked=true]",
        },
        {
            content: "The arrows change an answer",
            trigger: "li:nth-child(1) [data-answer='4'][aria-checked=true]",
            run({anchor}) {
                anchor.focus();
                press("ArrowLeft");
                expect("The focus follows", document.activeElement.textContent, "3");
            },
        },
        {
            content: "Backspace takes an answer back",
            trigger: "li:nth-child(2) [data-answer='5'][aria-checked=true]",
            run({anchor}) {
                anchor.focus();
                press("Backspace");
            },
        },
        {
            content: "Enter goes on, and answers nothing",
            trigger: "li:nth-child(2):not(:has([aria-checked=true])) [data-answer='1']",
            run({anchor}) {
                anchor.focus();
                press("Enter");
                expect("The row after Enter", getRow(), 2);
            },
        },
        {
            trigger: "li:nth-child(2):not(:has([aria-checked=true]))",
        },
        {
            trigger: "[data-outcome=reached]:enabled",
            run: "click",
        },
        {
            trigger:
                ".o_revisit_console:not(:has(.o_revisit_console_undo)) .o_revisit_console_empty",
            timeout: 20000,
        },
    ],
});
