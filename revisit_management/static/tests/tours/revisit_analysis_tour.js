/* Part of Revisit. See LICENSE file for full copyright and licensing details. */

import {registry} from "@web/core/registry";

const CLOSED = "body:not(:has(.modal)) .o_form_view";

// Who manages a unit writes what was found, proposes something, and hands it in (C8).
registry.category("web_tour.tours").add("revisit_analysis_write_tour", {
    steps: () => [
        {
            trigger: ".o_list_view .o_data_row:contains(2026-Q1) td[name=display_name]",
            run: "click",
        },
        {
            content: "The figures are there already",
            trigger: ".o_form_view div[name=figures_html] table:contains(2025-Q4)",
        },
        {
            trigger: "div[name=findings] textarea",
            run: "edit Nobody answers before noon",
        },
        {
            trigger: "div[name=item_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: "div[name=item_ids] .o_selected_row div[name=proposal] textarea",
            run: "edit Call in the evening",
        },
        {
            trigger: "button[name=action_hand_in]",
            run: "click",
        },
        {
            content: "What is handed in cannot be written any more",
            trigger: `${CLOSED}:not(:has(button[name=action_hand_in])) div[name=findings]:not(:has(textarea)):contains(before noon)`,
        },
    ],
});

// A callback manager adopts the proposal, with a reason, and files the report (C8).
registry.category("web_tour.tours").add("revisit_analysis_decide_tour", {
    steps: () => [
        {
            trigger:
                "div[name=item_ids] .o_kanban_record:contains(evening) [name=action_open_adopt]",
            run: "click",
        },
        {
            trigger: ".modal div[name=reason] textarea",
            run: "edit From May on",
        },
        {
            trigger: ".modal footer button[name=action_apply].btn-primary:visible",
            run: "click",
        },
        {
            trigger: `${CLOSED} div[name=item_ids]:contains(From May on)`,
        },
        {
            trigger: "button[name=action_file]:visible",
            run: "click",
        },
        {
            trigger: ".modal footer button.btn-primary:visible",
            run: "click",
        },
        {
            trigger: `${CLOSED}:not(:has(button[name=action_file]))`,
        },
    ],
});
