import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("revisit_portal_tour", {
    url: "/my",
    steps: () => [
        {
            content: "Open the callbacks from the portal's home",
            trigger: "#portal_service_category a[href='/my/callbacks']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The number is masked in the list; open the callback",
            trigger: ".o_revisit_row:contains('138****5678')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The script is there",
            trigger: ".o_revisit_script:contains('May I ask you four questions?')",
        },
        {
            content: "Ask for the number",
            trigger: ".o_revisit_reveal",
            run: "click",
        },
        {
            content: "It can be called",
            trigger: ".o_revisit_phone a[href='tel:13812345678']",
        },
        {
            content: "Nobody answers",
            trigger: "label[for=revisit_outcome_no_answer]",
            run: "click",
        },
        {
            content: "Such a call can be repeated later",
            trigger: ".o_revisit_later:not(.d-none)",
        },
        {
            content: "Log the attempt",
            trigger: "button[value=attempt]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The result that the attempt suggests is chosen",
            trigger: "input[value=not_reached]:checked + label",
        },
        {
            content: "Second try",
            trigger: "label[for=revisit_outcome_reached]",
            run: "click",
        },
        {
            trigger: "#revisit_minutes",
            run: "edit 3",
        },
        {
            content: "Log the attempt",
            trigger: "button[value=attempt]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_revisit_attempts li:nth-child(2)",
        },
        {
            content: "Type a measure",
            trigger: "#revisit_satisfaction",
            run: "edit 90",
        },
        {
            content: "Slide another one",
            trigger: ".o_revisit_measure:has(#revisit_quality) input[type=range]",
            run: "range 75",
        },
        {
            trigger: "#revisit_attitude",
            run: "edit 40",
        },
        {
            content: "Take a measure back: not asked",
            trigger: ".o_revisit_measure:has(#revisit_attitude) .o_revisit_clear",
            run: "click",
        },
        {
            trigger: ".o_revisit_measure.o_revisit_not_asked:has(#revisit_attitude)",
        },
        {
            trigger: "label[for=revisit_nps_9]",
            run: "click",
        },
        {
            trigger: "#revisit_feedback",
            run: "edit Works well",
        },
        {
            content: "Finish",
            trigger: "button[value=finish]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The result is shown, and no form any more",
            trigger:
                ".o_revisit_callback:not(:has(form)) .o_revisit_result:contains('Works well')",
        },
    ],
});
