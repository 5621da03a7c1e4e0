import {forgetFiles, keepFiles, readNames, restoreFiles} from "./draft_files";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";

const PREFIX = "revisit_management.draft:";
// in milliseconds: what was typed longer ago is about another talk
const KEPT_FOR = 7 * 24 * 60 * 60 * 1000;
const NOT_KEPT = ["hidden", "submit", "button", "file"];

/**
 * What a person has typed into a form, kept in their browser until the server has it.
 *
 * The key names database, user and document: another user of the same phone neither
 * sees it nor, by the service below, leaves it there. Chosen files are kept under the
 * same key, see draft_files.js; the draft has their names.
 */
export class Draft {
    /**
     * @param {string} owner "database:user", of whom alone drafts are kept
     * @param {string} document what the form is about
     */
    constructor(owner, document) {
        this.key = `${PREFIX}${owner}:${document}`;
    }

    /**
     * @returns {object|null} what was saved, or null if nothing is kept
     */
    load() {
        return read(this.key);
    }

    save(content) {
        try {
            browser.localStorage.setItem(
                this.key,
                JSON.stringify({...content, at: Date.now()})
            );
        } catch {
            // a full or forbidden storage keeps nothing; the page works without it
        }
    }

    forget() {
        browser.localStorage.removeItem(this.key);
        forgetFiles((key) => key !== this.key);
    }

    /**
     * Keep the files of a form as they are chosen now; see ``keepFiles``.
     */
    keepFiles(form) {
        return keepFiles(this.key, form);
    }

    /**
     * @param {HTMLFormElement} form
     * @param {string[]} names of the files that were chosen
     * @returns {Promise<string[]>} those among them that have to be chosen again
     */
    async restoreFiles(form, names) {
        const chosen = await restoreFiles(this.key, form);
        return names.filter((name) => !chosen.includes(name));
    }
}

function getKeys() {
    return Object.keys(browser.localStorage).filter((key) => key.startsWith(PREFIX));
}

/**
 * @returns {object|null} what is kept under a key, unless it is too old
 */
function read(key) {
    try {
        const content = JSON.parse(browser.localStorage.getItem(key));
        return Date.now() - content.at < KEPT_FOR ? content : null;
    } catch {
        // nothing, or something else than a draft
        return null;
    }
}

/**
 * Forget drafts: whoever signs out leaves nothing on the phone.
 *
 * @param {Function} [isKept] by the key, which drafts stay; without it none does
 */
export function forgetAll(isKept = () => false) {
    for (const key of getKeys()) {
        if (!isKept(key)) {
            browser.localStorage.removeItem(key);
        }
    }
    // files go with the drafts to which they belong, those of a closed page, too
    const kept = getKeys();
    forgetFiles((key) => kept.includes(key));
}

export {readNames};

/**
 * @returns {object} {name: [values]} of what stands in a form; what is not chosen has
 * a name and no value
 */
export function readForm(form) {
    const values = {};
    for (const field of form.elements) {
        if (!field.name || NOT_KEPT.includes(field.type)) {
            continue;
        }
        values[field.name] ||= [];
        if (!["radio", "checkbox"].includes(field.type) || field.checked) {
            values[field.name].push(field.value);
        }
    }
    return values;
}

/**
 * Put values back into a form, as if they were typed. Fields that were not there when
 * the values were read stay as they are.
 *
 * @returns {boolean} whether the form differs now from what it was
 */
export function fillForm(form, values) {
    let isChanged = false;
    for (const field of form.elements) {
        const kept = values[field.name];
        if (!kept || NOT_KEPT.includes(field.type)) {
            continue;
        }
        const isChoice = ["radio", "checkbox"].includes(field.type);
        const property = isChoice ? "checked" : "value";
        const value = isChoice ? kept.includes(field.value) : kept[0] || "";
        isChanged ||= field[property] !== value;
        field[property] = value;
    }
    return isChanged;
}

/**
 * On every page: what is too old goes, and when somebody signs in, what others typed.
 * The page to sign in keeps it, as a visit outlasts what a server remembers.
 */
const draftService = {
    start() {
        const {userId} = user;
        forgetAll((key) => {
            const owner = key.slice(PREFIX.length).split(":")[1];
            return read(key) && (!userId || owner === String(userId));
        });
    },
};

registry.category("services").add("revisit_management.drafts", draftService);
