import {registry} from "@web/core/registry";

/** The customer looks at what is known about them, and says what is wrong. */
registry.category("web_tour.tours").add("revisit_customer_data_tour", {
    steps: () => [
        {
            trigger: "a:contains(What you know about me)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The page is as wide as the phone",
            trigger: "h1:contains(What we know about you)",
            run() {
                const {clientWidth, scrollWidth} = document.documentElement;
                if (window.innerWidth !== 390 || scrollWidth > clientWidth) {
                    throw new Error(`${scrollWidth} of ${clientWidth} pixels`);
                }
            },
        },
        {
            trigger: "section:contains(Why we keep it)",
        },
        {
            trigger: "textarea[name=words]",
            run: "edit My number is 139 0000 0000",
        },
        {
            trigger: "button[value=correct]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".alert-success:contains(a colleague is looking)",
        },
    ],
});
