/* Part of Revisit. See LICENSE file for full copyright and licensing details. */

import {registry} from "@web/core/registry";

const CLOSED = "body:not(:has(.modal)) .o_form_view";

// An agent hands in the day's reports, all in one step (C8).
registry.category("web_tour.tours").add("revisit_hand_in_tour", {
    steps: () => [
        {
            trigger: ".o_list_view .o_data_row:contains(Tour Customer)",
        },
        {
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel button[name=action_hand_in]",
            run: "click",
        },
        {
            content: "What is handed in waits no more",
            trigger: ".o_list_view:not(:has(.o_data_row:contains(Tour Customer)))",
        },
    ],
});

// A supervisor reads what was said and sends the report back, with guidance (C8).
registry.category("web_tour.tours").add("revisit_report_back_tour", {
    steps: () => [
        {
            content: "What was said is in the report",
            trigger: ".o_form_view div[name=record_html]:contains(manner)",
        },
        {
            trigger: "button[name=action_open_review]",
            run: "click",
        },
        {
            trigger: ".modal .o_radio_input[data-value=redo]",
            run: "click",
        },
        {
            trigger: ".modal div[name=note] textarea",
            run: "edit What follows from it?",
        },
        {
            trigger: ".modal footer button[name=action_apply].btn-primary:visible",
            run: "click",
        },
        {
            trigger: `${CLOSED} .alert-warning:contains(What follows from it?)`,
        },
    ],
});

// Its maker writes what was missing and hands it in again (C8).
registry.category("web_tour.tours").add("revisit_report_again_tour", {
    steps: () => [
        {
            trigger: ".o_form_view .alert-warning:contains(What follows from it?)",
        },
        {
            trigger: ".o_form_view div[name=assessment] textarea",
            run: "edit The fitters need a checklist",
        },
        {
            trigger: "button[name=action_open_redone]",
            run: "click",
        },
        {
            trigger: ".modal div[name=reason] textarea:visible",
            run: "edit Written down",
        },
        {
            trigger: ".modal footer button[name=action_apply].btn-primary:visible",
            run: "click",
        },
        {
            trigger: `${CLOSED}:not(:has(button[name=action_open_redone]))`,
        },
    ],
});

// The review files the report, and nothing of it can be written any more (C8).
registry.category("web_tour.tours").add("revisit_report_filed_tour", {
    steps: () => [
        {
            trigger: "button[name=action_open_review]",
            run: "click",
        },
        {
            trigger: ".modal .o_radio_input[data-value=passed]",
            run: "click",
        },
        {
            trigger: ".modal footer button[name=action_apply].btn-primary:visible",
            run: "click",
        },
        {
            trigger: `${CLOSED}:not(:has(button[name=action_open_review]))`,
        },
        {
            trigger: `${CLOSED} div[name=assessment]:not(:has(textarea)):contains(checklist)`,
        },
    ],
});
