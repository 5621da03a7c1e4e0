import {Draft, fillForm, forgetAll, readForm} from "./draft";
import {browser} from "@web/core/browser/browser";
import {rpc} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

// in milliseconds: by then a request that was stopped is known to be
const SENT_FOR = 5000;
// a server that has not answered by then is out of reach
const REACHED_WITHIN = 8000;
const REACHED_AT = "/web/static/img/favicon.ico";

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
        "input[name=outcome]": {"t-on-change": this.showFields},
        "input[name=result]": {"t-on-change": this.showFields},
        "form.o_revisit_form": {
            "t-on-submit": this.onSubmit,
            "t-on-input": this.keep,
            "t-on-change": this.keep,
            "t-on-click": this.keep,
        },
        ".o_revisit_discard": {"t-on-click": this.onDiscard},
        _window: {
            "t-on-pageshow": this.onPageShow,
            "t-on-online": this.onOnline,
        },
    };

    setup() {
        this.isSent = false;
        this.form = this.el.querySelector("form.o_revisit_form");
        const {owner, document} = this.el.dataset;
        // customers have a page of their own, on which nothing is kept
        this.draft = owner ? new Draft(owner, document) : null;
    }

    start() {
        this.restore();
        for (const measure of this.el.querySelectorAll(".o_revisit_measure")) {
            measure.querySelector("input[type=range]").classList.remove("d-none");
            measure.querySelector(".o_revisit_clear").classList.remove("d-none");
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
            // loaded again, the page does not say once more what was recorded
            browser.history.replaceState(null, "", browser.location.pathname);
            return;
        }
        const values = this.draft.load();
        if (values && fillForm(this.form, values)) {
            this.show(".o_revisit_restored", true);
        }
    }

    keep() {
        this.draft?.save(readForm(this.form));
    }

    onDiscard() {
        this.draft.forget();
        this.isSent = true;
        browser.location.replace(browser.location.pathname);
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
        link.href = `tel:${answer.phone.replace(/[^\d+*#]/g, "")}`;
        link.textContent = answer.phone;
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
     * Hide what the choices make pointless, but never a field with a value.
     */
    showFields() {
        const outcome = this.getChoice("outcome");
        const later = this.el.querySelector(".o_revisit_later");
        if (later) {
            const isLater = ["rescheduled", "no_answer", "busy"].includes(outcome);
            later.classList.toggle("d-none", !isLater && !this.hasValue(later));
        }
        const answers = this.el.querySelector(".o_revisit_answers");
        if (answers) {
            const isReached = this.getChoice("result") === "reached";
            answers.classList.toggle("d-none", !isReached && !this.hasValue(answers));
        }
    }

    getChoice(name) {
        return this.el.querySelector(`input[name=${name}]:checked`)?.value;
    }

    hasValue(area) {
        return [...area.querySelectorAll("[name]")].some((field) =>
            ["radio", "checkbox"].includes(field.type)
                ? field.checked && field.value
                : field.value
        );
    }

    /**
     * A second tap does not send the form again at once. Later it may: the request
     * may have been stopped, and what was recorded already is not recorded twice.
     *
     * The browser would leave the page for an error of its own where there is no
     * connection, so the page asks first whether there is one.
     */
    async onSubmit(ev) {
        ev.preventDefault();
        if (this.isSent) {
            return;
        }
        this.isSent = true;
        this.show(".o_revisit_online", false);
        const isReached = await this.waitFor(this.reachServer());
        this.show(".o_revisit_offline", !isReached);
        if (!isReached) {
            this.isSent = false;
            return;
        }
        this.waitForTimeout(() => {
            this.isSent = false;
        }, SENT_FOR);
        this.send(ev.target, ev.submitter);
    }

    async reachServer() {
        try {
            const answer = await browser.fetch(REACHED_AT, {
                cache: "no-store",
                method: "HEAD",
                signal: AbortSignal.timeout(REACHED_WITHIN),
            });
            return answer.ok;
        } catch {
            return false;
        }
    }

    /**
     * Send the form with the name of its button, which a script has to add itself.
     */
    send(form, button) {
        form.querySelector(".o_revisit_pressed")?.remove();
        if (button?.name) {
            const pressed = document.createElement("input");
            pressed.type = "hidden";
            pressed.className = "o_revisit_pressed";
            pressed.name = button.name;
            pressed.value = button.value;
            form.append(pressed);
        }
        form.submit();
    }

    onOnline() {
        const offline = this.el.querySelector(".o_revisit_offline");
        if (offline && !offline.classList.contains("d-none")) {
            this.show(".o_revisit_offline", false);
            this.show(".o_revisit_online", true);
        }
    }

    onPageShow() {
        // back from another page, or from the browser's own cache
        this.isSent = false;
    }
}

/**
 * Whoever signs out leaves nothing of what they typed on the phone.
 */
export class RevisitSignOut extends Interaction {
    static selector = "a[href*='/web/session/logout']";
    dynamicContent = {_root: {"t-on-click": forgetAll}};
}

registry
    .category("public.interactions")
    .add("revisit_management.callback", RevisitCallback)
    .add("revisit_management.sign_out", RevisitSignOut);
