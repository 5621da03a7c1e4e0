import {rpc} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

// in milliseconds: by then a request that was stopped is known to be
const SENT_FOR = 5000;

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
        "form.o_revisit_form": {"t-on-submit": this.onSubmit},
        _window: {"t-on-pageshow": this.onPageShow},
    };

    setup() {
        this.isSent = false;
    }

    start() {
        for (const measure of this.el.querySelectorAll(".o_revisit_measure")) {
            measure.querySelector("input[type=range]").classList.remove("d-none");
            measure.querySelector(".o_revisit_clear").classList.remove("d-none");
            this.showMeasure(measure);
        }
        this.showFields();
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
     */
    onSubmit(ev) {
        if (this.isSent) {
            ev.preventDefault();
            return;
        }
        this.isSent = true;
        this.waitForTimeout(() => {
            this.isSent = false;
        }, SENT_FOR);
    }

    onPageShow() {
        // back from another page, or from the browser's own cache
        this.isSent = false;
    }
}

registry
    .category("public.interactions")
    .add("revisit_management.callback", RevisitCallback);
