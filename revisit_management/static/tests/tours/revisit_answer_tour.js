import {registry} from "@web/core/registry";

/** The customer answers on a phone: sends nothing first, then some answers. */
registry.category("web_tour.tours").add("revisit_answer_tour", {
    steps: () => [
        {
            content: "The page is as wide as the phone",
            trigger: "h1:contains(Your opinion)",
            run() {
                const {clientWidth, scrollWidth} = document.documentElement;
                if (clientWidth !== 390 || scrollWidth > clientWidth) {
                    throw new Error(`${scrollWidth} of ${clientWidth} pixels`);
                }
            },
        },
        {
            trigger: "button[value=send]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".alert-danger:contains(at least one question)",
        },
        {
            trigger: "fieldset:contains(How content) label:contains(8)",
            run: "click",
        },
        {
            trigger: "fieldset:contains(Does it work) label:contains(Yes)",
            run: "click",
        },
        {
            trigger: "textarea[name=feedback]",
            run: "edit Quiet 很安静",
        },
        {
            trigger: "button[value=send]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".alert-success:contains(We have your answers)",
        },
    ],
});
