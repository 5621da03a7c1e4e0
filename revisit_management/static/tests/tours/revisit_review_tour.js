/* Part of Revisit. See LICENSE file for full copyright and licensing details. */

import {registry} from "@web/core/registry";

const CLOSED = "body:not(:has(.modal)) .o_form_view";

// A supervisor sends a callback back, with guidance (C8).
registry.category("web_tour.tours").add("revisit_send_back_tour", {
    steps: () => [
        {
            trigger: "button[name=action_open_review]",
            run: "click",
        },
        {
            content: "What was said is in sight",
            trigger: ".modal td[name=title]:contains(manner)",
        },
        {
            trigger: ".modal .o_radio_input[data-value=redo]",
            run: "click",
        },
        {
            trigger: ".modal div[name=note] textarea",
            run: "edit Write down what rattles",
        },
        {
            trigger: ".modal footer button[name=action_apply].btn-primary:visible",
            run: "click",
        },
        {
            trigger: `${CLOSED} .alert-warning:contains(Write down what rattles)`,
        },
    ],
});

// Its maker reads the guidance, adds what is missing and hands it in again (C8).
registry.category("web_tour.tours").add("revisit_redone_tour", {
    steps: () => [
        {
            trigger: ".o_form_view .alert-warning:contains(Write down what rattles)",
        },
        {
            trigger: ".o_form_view .nav-link[name=result]",
            run: "click",
        },
        {
            trigger: ".o_form_view div[name=feedback] textarea",
            run: "edit The door rattles",
        },
        {
            trigger: "button[name=action_open_redone]",
            run: "click",
        },
        {
            trigger: ".modal div[name=reason] textarea:visible",
            run: "edit Asked again",
        },
        {
            trigger: ".modal footer button[name=action_apply].btn-primary:visible",
            run: "click",
        },
        {
            trigger:
                "body:not(:has(.modal)):not(:has(button[name=action_open_redone]))",
        },
    ],
});

// A manager unlocks the answers alone (C8).
registry.category("web_tour.tours").add("revisit_unlock_tour", {
    steps: () => [
        {
            trigger: "button[name=action_open_unlock]",
            run: "click",
        },
        {
            trigger: ".modal div[name=is_answers] input",
            run: "check",
        },
        {
            trigger: ".modal div[name=reason] textarea",
            run: "edit A wrong key",
        },
        {
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "What is open is told above the form",
            trigger: `${CLOSED} .alert-warning div[name=unlocked_text]`,
        },
    ],
});

// A supervisor corrects an answer, and reviews it once more (C6, C8).
registry.category("web_tour.tours").add("revisit_correct_tour", {
    steps: () => [
        {
            trigger: "button[name=action_open_correct]",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row:contains(manner) td[name=text]",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row:contains(manner) td[name=text] input",
            run: "edit 2",
        },
        {
            trigger: ".modal div[name=reason] textarea",
            run: "edit Heard it in the recording",
        },
        {
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            trigger: `${CLOSED} button[name=action_review_passed]`,
            run: "click",
        },
        {
            trigger: `${CLOSED} .o_arrow_button_current[data-value=reviewed]`,
        },
    ],
});

// What was unlocked, and what was changed then, stands in the list (C8).
registry.category("web_tour.tours").add("revisit_unlockings_tour", {
    steps: () => [
        {
            trigger: ".o_data_row:contains(A wrong key) td[name=reason]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_data_row td[name=old_text]:contains(4)",
        },
        {
            trigger: ".o_form_view .o_data_row td[name=new_text]:contains(2)",
        },
    ],
});
