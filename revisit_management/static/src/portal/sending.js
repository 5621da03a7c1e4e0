import {browser} from "@web/core/browser/browser";

// in milliseconds: a server that has not answered by then is out of reach
const ANSWERED_WITHIN = 20000;
// bytes in a millisecond: photos are sent with patience on a line as slow as this
const SLOWEST = 20;
// what stands before a server says these for it while it is away
const AWAY = [502, 503, 504];

/**
 * Send a form without leaving its page.
 *
 * The browser would leave the page for an error of its own where there is no
 * connection, and a file chosen there would be lost with it.
 *
 * @param {HTMLFormElement} form
 * @param {object} extra values to send beside the form's: {name: value}
 * @param {AbortController} sending stops it
 * @returns {object} {problem: "offline" or "refused"}, or {url, page} where the server
 * took or judged it; the page is missing where that is a page of another kind
 */
export async function sendForm(form, extra, sending) {
    const body = new FormData(form);
    for (const [name, value] of Object.entries(extra)) {
        body.append(name, value);
    }
    try {
        browser.setTimeout(() => sending.abort(), getPatience(body));
        const answer = await browser.fetch(form.getAttribute("action"), {
            method: "POST",
            body,
            signal: sending.signal,
        });
        if (!answer.ok) {
            return {problem: AWAY.includes(answer.status) ? "offline" : "refused"};
        }
        return {url: answer.url, page: readPage(await answer.text())};
    } catch {
        return {problem: "offline"};
    }
}

function getPatience(body) {
    const sizes = [...body.values()].map((value) => value.size || 0);
    return ANSWERED_WITHIN + sizes.reduce((sum, size) => sum + size) / SLOWEST;
}

function readPage(text) {
    return new DOMParser()
        .parseFromString(text, "text/html")
        .querySelector(".o_revisit_callback");
}
