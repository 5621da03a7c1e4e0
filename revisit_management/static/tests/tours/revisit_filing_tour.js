import {registry} from "@web/core/registry";

function expectPhoneWidth() {
    const {clientWidth, scrollWidth} = document.documentElement;
    if (window.innerWidth !== 390 || scrollWidth > clientWidth) {
        throw new Error(`${scrollWidth} of ${clientWidth} pixels`);
    }
}

/** A dealer files a sale on a phone: first a wrong product, then the right one. */
registry.category("web_tour.tours").add("revisit_filing_tour", {
    steps: () => [
        {
            trigger: "a.o_revisit_file",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The form is as wide as the phone",
            trigger: "h1:contains(File a sale)",
            run: expectPhoneWidth,
        },
        {
            trigger: "input[name=phone]",
            run: "edit 139 1234 5678",
        },
        {
            trigger: "input[name=name]",
            run: "edit Li Na 李娜",
        },
        {
            trigger: "input[name=product]",
            run: "edit Nothing of ours",
        },
        {
            trigger: "input[name=serial_number]",
            run: "edit SN-7",
        },
        {
            trigger: "button:contains(File it and report it)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".alert-danger:contains(We have no product)",
            run: expectPhoneWidth,
        },
        {
            content: "What was typed is still there",
            trigger: "input[name=name]:value(Li Na 李娜)",
        },
        {
            trigger: "input[name=product]",
            run: "edit FR-1",
        },
        {
            trigger: "button:contains(File it and report it)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The list says what was filed, as wide as the phone",
            trigger: ".o_revisit_filed:contains(Li Na 李娜)",
            run: expectPhoneWidth,
        },
        {
            trigger: ".o_revisit_archive_line:contains(SN-7)",
        },
    ],
});
