/* Part of Revisit. See LICENSE file for full copyright and licensing details. */

import {registry} from "@web/core/registry";

function refuseSignature() {
    return [
        {
            content: "The form opens",
            trigger: "[data-outcome=reached]:enabled",
            run: "click",
        },
        {
            content: "There is no signature",
            trigger: ".modal div[name=signature_refused] input",
            run: "click",
        },
        {
            content: "Why there is none",
            trigger: ".modal div[name=feedback] textarea",
            run: "edit In a hurry",
        },
    ];
}

function registerIssue(subject) {
    return [
        {
            content: "Its subject",
            trigger:
                ".modal .o_form_view:has(div[name=severity]) div[name=name] :is(input, textarea)",
            run: `edit ${subject}`,
        },
        {
            content: "It is saved",
            trigger: ".modal footer .o_form_button_save",
            run: "click",
        },
    ];
}

function meet(name) {
    return {
        content: `${name} is on the screen, and no window lies over it`,
        trigger: `body:not(:has(.modal)) .o_revisit_console_head:contains(${name})`,
        run() {
            const parts = window.location.pathname.match(/callback-console/g);
            if (parts?.length !== 1) {
                throw new Error(`A console over a console: ${window.location}`);
            }
        },
    };
}

// Visits whose form opens over the console: each of its buttons ends in the console,
// with the next customer (C1, C5). No step depends on the language.
registry.category("web_tour.tours").add("revisit_console_next_tour", {
    url: "/odoo/callback-console",
    steps: () => [
        meet("First Visit"),
        ...refuseSignature(),
        {
            content: "The main button: finish, and next",
            trigger: ".modal footer button[name=action_finish_next]",
            run: "click",
        },
        meet("Second Visit"),
        {
            content: "Finished by mistake: taken back",
            trigger: ".o_revisit_console_undo button",
            run: "click",
        },
        {
            content: "The form is there again, as it was filled in",
            trigger:
                ".modal:has(div[name=signature_refused] input:checked) div[name=feedback] textarea:value(In a hurry)",
        },
        {
            content: "Finish, and next, once more",
            trigger: ".modal footer button[name=action_finish_next]",
            run: "click",
        },
        meet("Second Visit"),
        {
            content: "The form of the next one",
            trigger: "[data-outcome=reached]:enabled",
            run: "click",
        },
        {
            content: "Is put off",
            trigger: ".modal footer button[special=cancel]",
            run: "click",
        },
        meet("Second Visit"),
        {
            content: "An issue",
            trigger: ".o_revisit_console button[data-hotkey=i]",
            run: "click",
        },
        ...registerIssue("It leaks"),
        meet("Second Visit"),
        ...refuseSignature(),
        {
            content: "Finish, and one more issue",
            trigger: ".modal footer button[name=action_finish_and_issue]",
            run: "click",
        },
        ...registerIssue("It rattles, too"),
        meet("Third Visit"),
        {
            content: "The console goes on: it is left for another one, of whom is none",
            trigger: ".o_revisit_console_next:enabled",
            run: "click",
        },
        meet("Third Visit"),
    ],
});
