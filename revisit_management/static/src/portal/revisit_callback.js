import {Draft, fillForm, forgetAll, readForm, readNames} from "./draft";
import {sendForm} from "./sending";
import {browser} from "@web/core/browser/browser";
import {rpc} from "@web/core/network/rpc";
import {addLoadingEffect} from "@web/core/utils/ui";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

// what the page says when a form was not sent, one at a time
const NOTICES = ["offline", "online", "refused"];

/**
 * Comfort on a dealer's callback page. Without it the page still works: every
 * value is an ordinary form field, and an empty measure means "not asked".
 */
export class RevisitCallback extends Interaction {
    static selector = ".o_revisit_callback";
    dynamicContent = {
        ".o_revisit_reveal": {
            "t-on-click.withTarget": this.locked(this.onReveal, true),
        },
        "input[type=range]": {"t-on-input.withTarget": this.onSlide},
        ".o_revisit_number input": {"t-on-input.withTarget": this.onType},
        ".o_revisit_clear": {"t-on-click.withTarget": this.onClear},
        "input[name=outcome]": {"t-on-change": this.onOutcome},
        "input[name=result]": {"t-on-change": this.showFields},
        "form.o_revisit_form": {
            "t-on-submit": this.onSubmit,
            "t-on-input": this.keep,
            "t-on-change": this.keep,
            "t-on-click": this.keep,
        },
        "form.o_revisit_form input[type=file]": {"t-on-change": this.onChooseFiles},
        ".o_revisit_discard": {"t-on-click": this.onDiscard},
        _window: {
            "t-on-online": this.onOnline,
            "t-on-offline": this.onOffline,
        },
    };

    setup() {
        this.sending = null;
        this.form = this.el.querySelector("form.o_revisit_form");
        const {owner, document, seen} = this.el.dataset;
        this.seen = seen;
        // sent without an answer: whether the server has it is not known
        this.isLost = false;
        // names of files that were chosen before, and have to be chosen again
        this.missing = [];
        // customers have a page of their own, on which nothing is kept
        this.draft = owner ? new Draft(owner, document) : null;
    }

    start() {
        this.restore();
        for (const measure of this.el.querySelectorAll(".o_revisit_measure")) {
            measure.querySelector("input[type=range]").classList.remove("d-none");
            measure.querySelector(".o_revisit_clear").classList.remove("d-none");
        }
        this.showAll();
        this.showFault();
    }

    /**
     * What is wrong is told beside its field: the first one is brought before the eyes.
     */
    showFault() {
        const fault = this.el.querySelector(".o_revisit_fault");
        if (!fault) {
            return;
        }
        fault.parentElement.scrollIntoView({block: "center"});
        const name = fault.id.replace("revisit_fault_", "");
        this.el.querySelector(`[name="${name}"]`)?.focus({preventScroll: true});
    }

    showAll() {
        for (const measure of this.el.querySelectorAll(".o_revisit_measure")) {
            this.showMeasure(measure);
        }
        this.showFields();
    }

    /**
     * Show what was typed before the page was left, unless the server has just
     * answered: then the page shows what is recorded, and what is not yet.
     */
    restore() {
        if (!this.draft) {
            return;
        }
        if (!this.form) {
            this.draft.forget();
            return;
        }
        if (this.el.dataset.answered) {
            this.keep();
            // the server has taken or refused the files that were sent
            this.draft.keepFiles(this.form);
            // loaded again, the page does not say once more what was recorded
            browser.history.replaceState(null, "", browser.location.pathname);
            return;
        }
        const kept = this.draft.load();
        if (!kept) {
            return;
        }
        const isChanged = fillForm(this.form, kept.values);
        if (isChanged || kept.files?.length) {
            if (kept.isLost) {
                this.isLost = true;
                this.seen = kept.seen;
            }
            this.show(".o_revisit_restored", isChanged);
        }
        if (kept.files?.length) {
            this.restoreFiles(kept.files);
        }
    }

    /**
     * @param {string[]} names of the files that were chosen before the page was left
     */
    async restoreFiles(names) {
        // until they are back, what is typed meanwhile is kept with their names
        this.missing = names;
        const missing = await this.waitFor(this.draft.restoreFiles(this.form, names));
        if (this.missing !== names) {
            return; // others were chosen, or all was thrown away
        }
        this.missing = missing;
        this.show(".o_revisit_restored", true);
        this.showMissing();
    }

    showMissing() {
        const names = this.el.querySelector(".o_revisit_files_names");
        if (names) {
            names.textContent = this.missing.join(", ");
        }
        this.show(".o_revisit_files_missing", this.missing.length);
    }

    onChooseFiles() {
        this.missing = [];
        this.showMissing();
        this.keep();
        this.draft?.keepFiles(this.form);
    }

    keep() {
        const {seen, isLost} = this;
        const files = [...readNames(this.form), ...this.missing];
        this.draft?.save({values: readForm(this.form), files, seen, isLost});
    }

    /**
     * Without a connection, too, so the page is not loaded again for it.
     */
    onDiscard() {
        this.draft.forget();
        this.seen = this.el.dataset.seen;
        this.isLost = false;
        this.missing = [];
        this.showMissing();
        this.form.reset();
        this.show(".o_revisit_restored", false);
        this.showAll();
    }

    show(selector, isShown) {
        this.el.querySelector(selector)?.classList.toggle("d-none", !isShown);
    }

    async onReveal(ev, button) {
        const area = button.closest(".o_revisit_phone");
        const answer = await this.waitFor(
            // offline, signed out or a server that does not answer
            rpc(button.dataset.url, {}, {silent: true}).catch(() => ({
                error: button.dataset.failed,
            }))
        );
        const output = area.querySelector(".o_revisit_phone_number");
        const message = area.querySelector(".o_revisit_phone_error");
        message.textContent = answer.error || "";
        message.classList.toggle("d-none", !answer.error);
        if (answer.error) {
            return;
        }
        const link = document.createElement("a");
        link.className = "btn btn-primary btn-lg w-100";
        link.href = `tel:${answer.phone.replace(/[^\d+*#]/g, "")}`;
        link.textContent = `${output.dataset.call} ${answer.phone}`;
        output.replaceChildren(link);
        button.remove();
        link.focus();
    }

    onSlide(ev, range) {
        const measure = range.closest(".o_revisit_measure");
        measure.querySelector(".o_revisit_number input").value = range.value;
        this.showMeasure(measure);
    }

    onType(ev, input) {
        this.showMeasure(input.closest(".o_revisit_measure"));
    }

    onClear(ev, button) {
        const measure = button.closest(".o_revisit_measure");
        const input = measure.querySelector(".o_revisit_number input");
        input.value = "";
        input.focus();
        this.showMeasure(measure);
    }

    /**
     * Let the slider follow the number; an empty number is no position at all.
     */
    showMeasure(measure) {
        const value = measure.querySelector(".o_revisit_number input").value;
        const isAsked = value !== "";
        measure.classList.toggle("o_revisit_not_asked", !isAsked);
        measure.querySelector("input[type=range]").value = isAsked ? value : 50;
        measure.querySelector(".o_revisit_clear").disabled = !isAsked;
    }

    /**
     * The result follows the outcome, and what was logged before. It may be changed.
     */
    onOutcome() {
        const outcome = this.getChoice("outcome");
        const logged = this.form.dataset.follows;
        const result = ["reached", "refused"].includes(outcome)
            ? outcome
            : logged || "not_reached";
        for (const choice of this.el.querySelectorAll("input[name=result]")) {
            choice.checked = choice.value === result;
        }
        this.showFields();
        if (outcome === "reached") {
            // the questions come next
            this.el.querySelector("#finish").scrollIntoView();
        }
    }

    /**
     * Hide what the choices make pointless, but never a field with a value.
     */
    showFields() {
        const outcome = this.getChoice("outcome");
        const later = this.el.querySelector(".o_revisit_later");
        if (later) {
            const isLater = ["rescheduled", "no_answer", "busy"].includes(outcome);
            later.classList.toggle("d-none", !isLater && !this.hasValue(later));
        }
        const number = this.el.querySelector(".o_revisit_right_number");
        if (number) {
            const isWanted =
                outcome === "wrong_number" || number.querySelector("button");
            number.classList.toggle("d-none", !isWanted && !this.hasValue(number));
        }
        const answers = this.el.querySelector(".o_revisit_answers");
        if (answers) {
            const isReached = this.getChoice("result") === "reached";
            answers.classList.toggle("d-none", !isReached && !this.hasValue(answers));
        }
        this.showSteps(outcome);
    }

    /**
     * In the bar stands what can be done now; what is likely stands out.
     */
    showSteps(outcome) {
        const panel = this.el.querySelector(".o_revisit_panel");
        const number = panel?.querySelector(".o_revisit_right_number button");
        const isTold = outcome || number || (panel && this.hasValue(panel));
        panel?.classList.toggle("d-none", !isTold);
        const tried = panel?.querySelector(".o_revisit_tried");
        tried?.classList.toggle("d-none", !outcome && !this.hasValue(tried));
        const result = this.getChoice("result");
        const isTalk = !outcome || ["reached", "refused"].includes(outcome);
        this.showStep("attempt", outcome, !isTalk);
        // who was not reached is seldom given up in the same breath
        this.showStep("finish", result, isTalk && result !== "not_reached");
    }

    showStep(step, isShown, isLikely) {
        const button = this.el.querySelector(`.o_revisit_steps [value=${step}]`);
        button?.classList.toggle("d-none", !isShown);
        button?.classList.toggle("btn-primary", isLikely);
        button?.classList.toggle("btn-outline-primary", !isLikely);
    }

    getChoice(name) {
        return this.el.querySelector(`input[name=${name}]:checked`)?.value;
    }

    hasValue(area) {
        if (area.querySelector(".o_revisit_fault")) {
            return true;
        }
        return [...area.querySelectorAll("[name]:not(button)")].some((field) =>
            ["radio", "checkbox"].includes(field.type)
                ? field.checked && field.value
                : field.value
        );
    }

    /**
     * The page stays until the server has answered. What is sent again, because the
     * first answer was lost, is recorded once: the server is told what the page showed.
     * The first time it is not told, as an old page may log the same once more.
     */
    async onSubmit(ev) {
        ev.preventDefault();
        if (this.sending) {
            return;
        }
        this.showNotice();
        const button = ev.submitter;
        const extra = this.isLost ? {seen: this.seen} : {};
        // also if the page is closed before there is an answer
        this.isLost = true;
        this.keep();
        if (button?.name) {
            extra[button.name] = button.value;
        }
        this.sending = new AbortController();
        const restore = button ? addLoadingEffect(button) : () => {};
        // what is typed from now on would not be sent
        this.form.inert = true;
        const answer = await this.waitFor(sendForm(this.form, extra, this.sending));
        this.sending = null;
        this.form.inert = false;
        restore();
        if (answer.problem) {
            button?.focus({preventScroll: true});
            this.showNotice(answer.problem);
        } else {
            this.showAnswer(answer);
        }
    }

    /**
     * Show the answer in place of this page, or open it where it is another page, such
     * as the one to sign in: what was typed is kept for the way back.
     */
    showAnswer({url, page}) {
        const {el} = this;
        if (page?.dataset.document !== el.dataset.document) {
            browser.location.assign(url);
            return;
        }
        const interactions = this.services["public.interactions"];
        interactions.stopInteractions(el);
        el.replaceWith(page);
        interactions.startInteractions(page);
        if (page.querySelector(".o_revisit_fault")) {
            // the page itself goes there
            return;
        }
        const {next} = page.dataset;
        const place = (next && page.querySelector(`#${next}`)) || page;
        place.scrollIntoView();
        // a screen reader goes on with what the answer says
        place.tabIndex = -1;
        place.focus({preventScroll: true});
    }

    showNotice(shown) {
        if (shown) {
            // it was said about what was sent before
            this.show(".o_revisit_said", false);
        }
        for (const name of NOTICES) {
            this.show(`.o_revisit_${name}`, name === shown);
        }
    }

    onOnline() {
        const offline = this.el.querySelector(".o_revisit_offline");
        if (offline && !offline.classList.contains("d-none")) {
            this.showNotice("online");
        }
    }

    onOffline() {
        this.sending?.abort();
    }
}

/**
 * Whoever signs out leaves nothing of what they typed on the phone.
 */
export class RevisitSignOut extends Interaction {
    static selector = "a[href*='/web/session/logout']";
    dynamicContent = {_root: {"t-on-click": () => forgetAll()}};
}

registry
    .category("public.interactions")
    .add("revisit_management.callback", RevisitCallback)
    .add("revisit_management.sign_out", RevisitSignOut);
