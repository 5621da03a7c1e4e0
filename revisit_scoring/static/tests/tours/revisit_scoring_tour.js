import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("revisit_scoring_publish_tour", {
    steps: () => [
        {
            content: "Compute the draft",
            trigger: ".o_statusbar_buttons button[name='action_compute']",
            run: "click",
        },
        {
            content: "Open the list of scores",
            trigger: "button[name='action_open_scores']",
            run: "click",
        },
        {
            content: "The list is there",
            trigger: ".o_control_panel .o_switch_view.o_kanban",
        },
        {
            content: "Open the score sheet",
            trigger: ".o_list_view td[name='subject_name']",
            run: "click",
        },
        {
            content: "The sheet explains its total",
            trigger: ".o_revisit_score_explanation:contains('88 = 88')",
        },
        {
            content: "Look at the records that were counted",
            trigger:
                ".o_field_widget[name='line_ids'] button[name='action_open_evidence']",
            run: "click",
        },
        {
            content: "Exactly the four callbacks",
            trigger: ".o_list_view .o_data_row:eq(3)",
        },
        {
            content: "Back to the sheet",
            trigger: ".o_back_button, .breadcrumb-item.o_back_button a",
            run: "click",
        },
        {
            content: "Adjustments",
            trigger: ".o_revisit_score_form .nav-link[name='adjustments']",
            run: "click",
        },
        {
            content: "Add an adjustment",
            trigger:
                ".o_field_widget[name='adjustment_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Its points",
            trigger: ".o_field_widget[name='adjustment_ids'] [name='points'] input",
            run: "edit 3",
        },
        {
            content: "Its reason",
            trigger: ".o_field_widget[name='adjustment_ids'] [name='reason'] input",
            run: "edit Trained two colleagues",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "The total follows",
            trigger: ".o_revisit_score_explanation:contains('91 = 88 + 3')",
        },
        {
            content: "Back to the list",
            trigger: ".o_back_button, .breadcrumb-item.o_back_button a",
            run: "click",
        },
        {
            content: "Back to the assessment",
            trigger: ".o_list_view .o_data_row",
        },
        {
            content: "Back to the assessment",
            trigger: ".o_back_button, .breadcrumb-item.o_back_button a",
            run: "click",
        },
        {
            content: "Review",
            trigger: ".o_statusbar_buttons button[name='action_review']",
            run: "click",
        },
        {
            content: "Publish",
            trigger: ".o_statusbar_buttons button[name='action_publish']",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It is published",
            trigger: ".o_statusbar_buttons button[name='action_verify']",
        },
    ],
});
