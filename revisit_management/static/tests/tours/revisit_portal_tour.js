import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

const {fetch} = browser;
const send = XMLHttpRequest.prototype.send;

/**
 * No answer comes any more, as on a phone without a connection.
 */
function goOffline() {
    browser.fetch = () => Promise.reject(new TypeError("no connection"));
    XMLHttpRequest.prototype.send = function () {
        this.dispatchEvent(new Event("error"));
    };
}

/**
 * What is sent does not arrive, or its answer is lost.
 */
function losePost({arrives}) {
    browser.fetch = async (url, options) => {
        if (options.method === "POST") {
            if (arrives) {
                await fetch(url, options);
            }
            throw new TypeError("no connection");
        }
        return fetch(url, options);
    };
}

/**
 * Fail unless what is sent says whether it was sent before.
 */
function expectAgain(isAgain) {
    browser.fetch = (url, options) => {
        if (options.method === "POST" && options.body.has("seen") !== isAgain) {
            throw new Error(`sent before: ${!isAgain}`);
        }
        return fetch(url, options);
    };
}

function refusePost() {
    browser.fetch = async (url, options) =>
        options.method === "POST"
            ? new Response("", {status: 400})
            : fetch(url, options);
}

function goOnline() {
    browser.fetch = fetch;
    XMLHttpRequest.prototype.send = send;
}

function draw(canvas, points) {
    const box = canvas.getBoundingClientRect();
    const fire = (type, [x, y]) =>
        canvas.dispatchEvent(
            new PointerEvent(type, {
                bubbles: true,
                cancelable: true,
                pointerId: 1,
                isPrimary: true,
                buttons: type === "pointerup" ? 0 : 1,
                clientX: box.left + x * box.width,
                clientY: box.top + y * box.height,
            })
        );
    fire("pointerdown", points[0]);
    points.slice(1).forEach((point) => fire("pointermove", point));
    fire("pointerup", points.at(-1));
}

const CANVAS = ".modal.show canvas.o_web_sign_signature";
const SAVE = ".modal.show .o_portal_sign_submit:not(.o_btn_loading):enabled";
const LINE = [
    [0.1, 0.2],
    [0.3, 0.8],
    [0.5, 0.2],
    [0.7, 0.8],
    [0.9, 0.3],
];

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
        },
        {
            content: "The result that the attempt suggests is chosen",
            trigger: "input[value=not_reached]:checked + label",
        },
        {
            content: "The number is still there to dial again",
            trigger:
                ".o_revisit_callback[data-answered] .o_revisit_phone a[href='tel:13812345678']",
        },
        {
            content: "Whose number is wrong may be known",
            trigger: "label[for=revisit_outcome_wrong_number]",
            run: "click",
        },
        {
            trigger: ".o_revisit_right_number:not(.d-none) input",
        },
        {
            content: "Second try, which is no repetition",
            trigger: "label[for=revisit_outcome_reached]",
            run({anchor}) {
                expectAgain(false);
                anchor.click();
            },
        },
        {
            content: "The result follows, and the questions are there",
            trigger:
                "input[value=reached][name=result]:checked + label, .o_revisit_answers:not(.d-none)",
        },
        {
            trigger: ".o_revisit_right_number.d-none:not(:visible)",
        },
        {
            trigger: "#revisit_minutes",
            run: "edit 3",
        },
        {
            content: "Log the attempt",
            trigger: "button[value=attempt]",
            run: "click",
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
        },
        {
            content: "The result is shown, and no form any more",
            trigger:
                ".o_revisit_callback:not(:has(form)) .o_revisit_result:contains('Works well')",
        },
    ],
});

registry.category("web_tour.tours").add("revisit_sign_tour", {
    steps: () => [
        {
            trigger: "#revisit_feedback",
            run: "edit Typed before",
        },
        {
            content: "Without a connection the number does not come",
            trigger: ".o_revisit_reveal",
            run({anchor}) {
                goOffline();
                anchor.click();
            },
        },
        {
            trigger:
                ".o_revisit_phone_error:not(.d-none):contains(check the connection)",
            run: goOnline,
        },
        {
            content: "Ask again",
            trigger: ".o_revisit_reveal:enabled",
            run: "click",
        },
        {
            trigger:
                ".o_revisit_phone:has(.o_revisit_phone_error.d-none) a[href='tel:13812345678']",
        },
        {
            trigger: ".o_revisit_sign_offer",
            run: "click",
        },
        {
            content: "A dot is no signature",
            trigger: CANVAS,
            async run({anchor}) {
                // the pad is cleared once the window has come in
                await new Promise((resolve) => setTimeout(resolve, 800));
                draw(anchor, [
                    [0.5, 0.5],
                    [0.51, 0.5],
                ]);
            },
        },
        {
            trigger: SAVE,
            run: "click",
        },
        {
            content: "It is refused; the pad is drawn on once more",
            trigger: ".modal.show .o_portal_sign_error_msg",
        },
        {
            trigger: ".modal.show .o_web_sign_draw_clear",
            run: "click",
        },
        {
            trigger: CANVAS,
            run({anchor}) {
                draw(anchor, LINE);
            },
        },
        {
            content: "Without a connection it is not sent",
            trigger: SAVE,
            run({anchor}) {
                goOffline();
                anchor.click();
            },
        },
        {
            trigger:
                ".modal.show .o_portal_sign_error_msg:contains(check the connection)",
            run: goOnline,
        },
        {
            content: "What is drawn is still there",
            trigger: SAVE,
            run: "click",
        },
        {
            trigger: ".modal.show .alert-success",
        },
        {
            trigger: ".modal.show .btn-close",
            run: "click",
        },
        {
            content: "Nobody signs twice",
            trigger:
                "section:has(.o_revisit_sign_offer.d-none) .o_revisit_signed:not(.d-none)",
        },
        {
            content: "What was typed is still there",
            trigger: "#revisit_feedback:value(Typed before)",
        },
    ],
});

const SOMEBODY_ELSES = "revisit_management.draft:other:1:1";

function getDrafts() {
    return Object.keys(localStorage).filter((key) => key.includes(".draft:"));
}

/**
 * What the user typed about another document some days ago.
 */
function leaveDraft(days) {
    const {owner} = document.querySelector(".o_revisit_callback").dataset;
    const at = Date.now() - days * 24 * 60 * 60 * 1000;
    const key = `revisit_management.draft:${owner}:another`;
    localStorage.setItem(key, JSON.stringify({at, values: {}}));
}

function loadAgain() {
    browser.location.reload();
}

const OFFLINE = ".o_revisit_offline:not(.d-none)";
const LATER = "2031-01-02T10:30";

registry.category("web_tour.tours").add("revisit_draft_tour", {
    steps: () => [
        {
            content: "Nothing is chosen before the first attempt",
            trigger: ".o_revisit_form:not(:has(input[name=result]:checked))",
        },
        {
            trigger: "label[for=revisit_result_reached]",
            run: "click",
        },
        {
            trigger: "#revisit_feedback",
            run: "edit Typed in the lift",
        },
        {
            trigger: "#revisit_satisfaction",
            run: "edit 85",
        },
        {
            trigger: "label[for=revisit_nps_9]",
            run: "click",
        },
        {
            trigger: "label[for=revisit_outcome_busy]",
            run: "click",
        },
        {
            trigger: "#revisit_next_at",
            run({anchor}) {
                anchor.value = LATER;
                anchor.dispatchEvent(new Event("input", {bubbles: true}));
            },
        },
        {
            content: "The page is left, and opened again",
            trigger: "#revisit_nps_9:checked",
            run() {
                const now = JSON.stringify({at: Date.now(), values: {}});
                localStorage.setItem(SOMEBODY_ELSES, now);
                leaveDraft(8);
                loadAgain();
            },
            expectUnloadPage: true,
        },
        {
            trigger: ".o_revisit_restored:not(.d-none)",
            run() {
                if (getDrafts().length !== 1) {
                    throw new Error(`too old, or another user's: ${getDrafts()}`);
                }
            },
        },
        {
            trigger: "#revisit_feedback:value(Typed in the lift)",
        },
        {
            trigger: "#revisit_satisfaction:value(85)",
        },
        {
            trigger: "#revisit_nps_9:checked + label",
        },
        {
            trigger: "#revisit_outcome_busy:checked + label",
        },
        {
            trigger: "#revisit_next_at",
            run({anchor}) {
                if (anchor.value !== LATER) {
                    throw new Error(`the time to call again is ${anchor.value}`);
                }
            },
        },
        {
            content: "It can be thrown away, without a connection, too",
            trigger: ".o_revisit_discard",
            run: "click",
        },
        {
            trigger: ".o_revisit_callback:has(.o_revisit_restored.d-none)",
            run() {
                if (getDrafts().length) {
                    throw new Error("what was thrown away is still kept");
                }
            },
        },
        {
            content: "What was chosen is not chosen any more",
            trigger: "#revisit_outcome_busy:not(:checked) + label",
        },
        {
            trigger: "#revisit_feedback:value()",
            run: "edit Works well",
        },
        {
            trigger: "label[for=revisit_outcome_reached]",
            run: "click",
        },
        {
            content: "The attempt is logged, but the answer is lost",
            trigger: "button[value=attempt]",
            run({anchor}) {
                losePost({arrives: true});
                anchor.click();
            },
        },
        {
            trigger: OFFLINE,
            run: loadAgain,
            expectUnloadPage: true,
        },
        {
            trigger: ".o_revisit_attempts li:only-child",
        },
        {
            content: "What is sent again is the same attempt",
            trigger: ".o_revisit_callback:has(#revisit_outcome_reached:checked)",
        },
        {
            trigger: "button[value=attempt]",
            run({anchor}) {
                expectAgain(true);
                anchor.click();
            },
        },
        {
            trigger:
                ".o_revisit_callback[data-answered] .o_revisit_attempts li:only-child",
            run: goOnline,
        },
        {
            trigger: "label[for=revisit_result_reached]",
            run: "click",
        },
        {
            content: "Without a connection the page stays",
            trigger: "button[value=finish]",
            run({anchor}) {
                goOffline();
                anchor.click();
            },
        },
        {
            content: "What was said about the attempt is no answer to this",
            trigger: `.o_revisit_callback:has(.o_revisit_said.d-none) ${OFFLINE}`,
            run() {
                goOnline();
                window.dispatchEvent(new Event("online"));
            },
        },
        {
            trigger: ".o_revisit_online:not(.d-none)",
        },
        {
            content: "The connection ends while the form is on its way",
            trigger: "button[value=finish]:enabled",
            run({anchor}) {
                losePost({arrives: false});
                anchor.click();
            },
        },
        {
            trigger: OFFLINE,
        },
        {
            content: "The server does not take the form",
            trigger: "button[value=finish]:enabled",
            run({anchor}) {
                refusePost();
                anchor.click();
            },
        },
        {
            trigger:
                ".o_revisit_callback:has(.o_revisit_offline.d-none) .o_revisit_refused:not(.d-none)",
            run: goOnline,
        },
        {
            trigger: "#revisit_feedback:value(Works well)",
        },
        {
            trigger: "button[value=finish]:enabled",
            run: "click",
        },
        {
            content: "What was sent is not kept any longer",
            trigger: ".o_revisit_callback:not(:has(form)) .o_revisit_result",
            run() {
                if (getDrafts().length) {
                    throw new Error("what was sent is still kept");
                }
                leaveDraft(1);
                document.querySelector("a[href*='/web/session/logout']").click();
            },
            expectUnloadPage: true,
        },
        {
            content: "Who has signed out leaves nothing",
            trigger: ".oe_login_form",
            run() {
                if (getDrafts().length) {
                    throw new Error("what was typed outlasts signing out");
                }
            },
        },
    ],
});

const FILES = "#revisit_files";

/**
 * Choose files as a person does; the first one has content.
 */
function chooseFiles(names, size = 0) {
    const transfer = new DataTransfer();
    for (const name of names) {
        const content = size ? new Uint8Array(size) : `%PDF-1.4 ${name}`;
        transfer.items.add(new File([content], name, {type: "application/pdf"}));
    }
    const field = document.querySelector(FILES);
    field.files = transfer.files;
    field.dispatchEvent(new Event("change", {bubbles: true}));
}

function expectFiles(names) {
    const chosen = [...document.querySelector(FILES).files].map((file) => file.name);
    if (chosen.join() !== names.join()) {
        throw new Error(`chosen are ${chosen}, not ${names}`);
    }
}

function openFiles() {
    return new Promise((resolve, reject) => {
        const opening = indexedDB.open("revisit_management.draft_files", 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore("files");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => resolve(opening.result);
    });
}

function askFiles(act) {
    return openFiles().then(
        (database) =>
            new Promise((resolve) => {
                const transaction = database.transaction("files", "readwrite");
                const request = act(transaction.objectStore("files"));
                transaction.oncomplete = () => {
                    database.close();
                    resolve(request.result);
                };
            })
    );
}

/**
 * Wait until so many forms have files kept for them: they are kept in the background.
 */
async function waitForKept(number) {
    for (let tries = 0; tries < 50; tries++) {
        const keys = await askFiles((store) => store.getAllKeys());
        if (keys.length === number) {
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`there are not ${number} forms with files`);
}

registry.category("web_tour.tours").add("revisit_draft_files_tour", {
    steps: () => [
        {
            content: "Nothing is chosen before the first attempt",
            trigger: ".o_revisit_form:not(:has(input[name=result]:checked))",
        },
        {
            trigger: "label[for=revisit_result_reached]",
            run: "click",
        },
        {
            trigger: "#revisit_satisfaction",
            run: "edit 85",
        },
        {
            content: "A photo is chosen, and there is no connection",
            trigger: "button[value=finish]",
            async run({anchor}) {
                chooseFiles(["letter.pdf", "envelope.pdf"]);
                await waitForKept(1);
                goOffline();
                anchor.click();
            },
        },
        {
            trigger: OFFLINE,
            run: loadAgain,
            expectUnloadPage: true,
        },
        {
            content: "Opened again, the page has the files",
            trigger: ".o_revisit_callback:has(.o_revisit_files_missing.d-none)",
        },
        {
            trigger: ".o_revisit_restored:not(.d-none)",
            async run() {
                await waitForKept(1);
                expectFiles(["letter.pdf", "envelope.pdf"]);
            },
        },
        {
            content: "What is thrown away is not kept",
            trigger: ".o_revisit_discard",
            run: "click",
        },
        {
            trigger: ".o_revisit_callback:has(.o_revisit_restored.d-none)",
            async run() {
                await waitForKept(0);
                expectFiles([]);
            },
        },
        {
            content: "Files that are too large to be kept are named",
            trigger: "#revisit_feedback",
            run() {
                chooseFiles(["film.pdf", "scan.pdf"], 26 * 1024 * 1024);
                loadAgain();
            },
            expectUnloadPage: true,
        },
        {
            trigger:
                ".o_revisit_files_missing:not(.d-none):contains(film.pdf, scan.pdf)",
            run() {
                const {clientWidth, scrollWidth} = document.documentElement;
                if (window.innerWidth !== 390 || scrollWidth > clientWidth) {
                    throw new Error(`${scrollWidth} of ${clientWidth} pixels`);
                }
                chooseFiles(["letter.pdf"]);
            },
        },
        {
            content: "Chosen again, nothing is missing",
            trigger: ".o_revisit_callback:has(.o_revisit_files_missing.d-none)",
            async run() {
                await waitForKept(1);
                await askFiles((store) => store.put([], SOMEBODY_ELSES));
                await waitForKept(2);
                loadAgain();
            },
            expectUnloadPage: true,
        },
        {
            content: "Nobody finds another user's files",
            trigger: ".o_revisit_restored:not(.d-none)",
            async run() {
                await waitForKept(1);
                expectFiles(["letter.pdf"]);
            },
        },
        {
            trigger: "label[for=revisit_result_reached]",
            run: "click",
        },
        {
            trigger: "#revisit_satisfaction",
            run: "edit 85",
        },
        {
            trigger: "button[value=finish]",
            run: "click",
        },
        {
            content: "What was sent is not kept any longer",
            trigger:
                ".o_revisit_callback:not(:has(form)) .o_revisit_files:contains(letter.pdf)",
            async run() {
                await waitForKept(0);
                leaveDraft(1);
                const [key] = getDrafts();
                await askFiles((store) => store.put([], key));
                document.querySelector("a[href*='/web/session/logout']").click();
            },
            expectUnloadPage: true,
        },
        {
            content: "Who has signed out leaves no file",
            trigger: ".oe_login_form",
            run: () => waitForKept(0),
        },
    ],
});
