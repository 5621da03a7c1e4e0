/* Part of Revisit. See LICENSE file for full copyright and licensing details. */

import {registry} from "@web/core/registry";

// An agent finds a callback in their queue, reaches the customer and finishes (C1, C3, C7).
registry.category("web_tour.tours").add("revisit_agent_tour", {
    url: "/odoo/action-revisit_management.revisit_callback_action_mine",
    steps: () => [
        {
            content: "The queue shows the callback among the assigned ones",
            trigger: ".o_kanban_record:contains(Tour Customer)",
            run: "click",
        },
        {
            content: "The form tells why",
            trigger: ".o_form_view div[name=policy_id]:contains(Tour Policy)",
        },
        {
            content: "The customer is on the phone",
            trigger: "button[name=action_log_reached]",
            run: "click",
        },
        {
            content: "Fill in the satisfaction",
            trigger: ".modal div[name=satisfaction] input",
            run: "edit 85",
        },
        {
            content: "Zero is an answer",
            trigger: ".modal div[name=nps] input",
            run: "edit 0",
        },
        {
            content: "Zero is an answer of a measure, too",
            trigger: ".modal div[name=quality] input",
            run: "edit 0",
        },
        {
            content: "Write down what the customer said",
            trigger: ".modal div[name=feedback] textarea",
            run: "edit Quick and friendly",
        },
        {
            content: "Finish",
            trigger: ".modal footer button[name=action_finish]",
            run: "click",
        },
        {
            content: "The callback is done, and the result is shown",
            trigger:
                "body:not(:has(.modal)) .o_form_view .o_arrow_button_current:contains(Done)",
        },
    ],
});

// Thirty days are told in days, however the months lie; later on there is a date (C1).
registry.category("web_tour.tours").add("revisit_days_left_tour", {
    url: "/odoo/action-revisit_management.revisit_callback_action_mine",
    steps: () => [
        {
            trigger: ".o_kanban_record:contains(Soon):contains(In 30 days)",
        },
        {
            trigger:
                ".o_kanban_record:contains(Later):not(:contains(month)):not(:contains(days))",
        },
    ],
});
