import {browser} from "@web/core/browser/browser";

const PREFIX = "revisit_management.draft:";
// in milliseconds: what was typed longer ago is about another talk
const KEPT_FOR = 7 * 24 * 60 * 60 * 1000;
const NOT_KEPT = ["csrf_token", "step", "files"];

/**
 * What a person has typed into a form, kept in their browser until the server has it.
 *
 * The key names database, user and document: another user of the same phone neither
 * sees it nor leaves it there.
 */
export class Draft {
    /**
     * @param {string} owner "database:user", of whom alone drafts are kept
     * @param {string} document what the form is about
     */
    constructor(owner, document) {
        this.owner = `${PREFIX}${owner}:`;
        this.key = this.owner + document;
        this.forgetOthers();
    }

    /**
     * @returns {object|null} {name: [values]}, or null if nothing is kept
     */
    load() {
        try {
            const {at, values} = JSON.parse(browser.localStorage.getItem(this.key));
            return Date.now() - at < KEPT_FOR ? values : null;
        } catch {
            // nothing, or something else than a draft
            return null;
        }
    }

    save(values) {
        try {
            browser.localStorage.setItem(
                this.key,
                JSON.stringify({at: Date.now(), values})
            );
        } catch {
            // a full or forbidden storage keeps nothing; the page works without it
        }
    }

    forget() {
        browser.localStorage.removeItem(this.key);
    }

    forgetOthers() {
        for (const key of getKeys()) {
            if (!key.startsWith(this.owner)) {
                browser.localStorage.removeItem(key);
            }
        }
    }
}

function getKeys() {
    return Object.keys(browser.localStorage).filter((key) => key.startsWith(PREFIX));
}

/**
 * Forget all drafts: whoever signs out leaves nothing on the phone.
 */
export function forgetAll() {
    for (const key of getKeys()) {
        browser.localStorage.removeItem(key);
    }
}

/**
 * @returns {object} {name: [values]} of what stands in a form
 */
export function readForm(form) {
    const values = {};
    for (const [name, value] of new FormData(form)) {
        if (!NOT_KEPT.includes(name) && typeof value === "string") {
            (values[name] ||= []).push(value);
        }
    }
    return values;
}

/**
 * Put values back into a form, as if they were typed.
 *
 * @returns {boolean} whether anything stands there now that did not before
 */
export function fillForm(form, values) {
    let isChanged = false;
    for (const field of form.querySelectorAll("[name]")) {
        if (
            NOT_KEPT.includes(field.name) ||
            ["hidden", "submit"].includes(field.type)
        ) {
            continue;
        }
        const kept = values[field.name] || [];
        if (["radio", "checkbox"].includes(field.type)) {
            const isChecked = kept.includes(field.value);
            isChanged ||= isChecked && !field.checked;
            field.checked = isChecked;
        } else {
            isChanged ||= Boolean(kept[0]) && field.value !== kept[0];
            field.value = kept[0] || "";
        }
    }
    return isChanged;
}
