/* Part of Revisit. See LICENSE file for full copyright and licensing details. */

import {registry} from "@web/core/registry";
import {user} from "@web/core/user";

const CJK = /[\u4e00-\u9fff]/;

/**
 * In Chinese, no button of ours may be labelled in English.
 */
function checkButtons() {
    if (!user.lang.startsWith("zh")) {
        return;
    }
    for (const button of document.querySelectorAll(
        ".o_revisit_console button, .modal footer button"
    )) {
        const label = button.textContent.trim();
        if (/[a-z]{2}/i.test(label) && !CJK.test(label)) {
            throw new Error(`A button is not translated: ${label}`);
        }
    }
}

function meet(name) {
    return {
        content: `${name} is on the screen`,
        trigger: `.o_revisit_console_head:contains(${name})`,
        run: checkButtons,
    };
}

function finish() {
    return [
        {
            trigger: "[data-outcome=reached]:enabled",
            run: "click",
        },
    ];
}

function talk(name, figure) {
    return [
        meet(name),
        {
            trigger: "[data-question=satisfaction] input",
            run: `edit ${figure}`,
        },
        {
            trigger: ".o_revisit_console_feedback",
            run: `edit Said by ${name}`,
        },
        ...finish(),
    ];
}

const FINISH = ".modal footer button[name=action_finish]";

// Five callbacks of five channels, each to its end; no step depends on the language.
registry.category("web_tour.tours").add("revisit_channel_tour", {
    steps: () => [
        ...talk("Phone Customer", 81),
        meet("Visit Customer"),
        ...finish(),
        {
            content: "A visit asks for a signature, or why there is none",
            trigger: ".modal div[name=signature_refused] input",
            run: "click",
        },
        {
            trigger: ".modal div[name=feedback] textarea",
            run: "edit In a hurry",
        },
        {
            trigger: FINISH,
            run: checkButtons,
        },
        {
            trigger: FINISH,
            run: "click",
        },
        meet("Letter Customer"),
        ...finish(),
        {
            content: "A letter asks for its copy",
            trigger: ".modal div[name=file_ids] input[type=file]:not(:visible)",
            async run({anchor}) {
                const files = new DataTransfer();
                files.items.add(
                    new File(["copy"], "letter.pdf", {type: "application/pdf"})
                );
                anchor.files = files.files;
                anchor.dispatchEvent(new Event("change", {bubbles: true}));
            },
        },
        {
            trigger: ".modal div[name=file_ids] .o_attachment:contains(letter.pdf)",
        },
        {
            trigger: FINISH,
            run: "click",
        },
        meet("Mail Customer"),
        {
            content: "An e-mail is answered by the customer",
            trigger: "button[data-hotkey=s]:enabled",
            run: "click",
        },
        ...talk("Symposium Customer", 65),
        {
            content: "The last one may be taken back for ten seconds",
            trigger: ".o_revisit_console_undo",
        },
        {
            content: "The queue is empty, and nothing waits any more",
            trigger:
                ".o_revisit_console:not(:has(.o_revisit_console_undo)) .o_revisit_console_empty",
            run: checkButtons,
            timeout: 20000,
        },
    ],
});

// A supervisor sees who has how much, and shares it in one step.
registry.category("web_tour.tours").add("revisit_workload_tour", {
    steps: () => [
        {
            content: "One agent has everything",
            trigger: ".modal .o_data_row:nth-child(1) td[name=open_count]:contains(6)",
        },
        {
            trigger: ".modal .o_data_row:nth-child(2) td[name=open_count]:contains(0)",
        },
        {
            trigger: ".modal footer button[name=action_share]",
            run: "click",
        },
        {
            content: "It is told what was moved",
            trigger: ".o_notification:contains(3)",
        },
    ],
});
