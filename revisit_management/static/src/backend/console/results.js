import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

const MODEL = "revisit.console";
// what is typed of each kind
const FIELDS = {
    need: ["words"],
    suggestion: ["words"],
    opportunity: ["words"],
    referral: ["referred_name", "referred_phone"],
    promise: ["words", "promised_on"],
};

/** What the customer needs, proposes, refers or was promised: noted during the talk. */
export class Results {
    constructor(console, services) {
        this.console = console;
        // what changes stands in here: handlers have a "this" of their own
        this.kept = {isSent: false};
        Object.assign(this, services);
    }

    get screen() {
        return this.console.state.screen;
    }

    /** What is typed; it stays with the draft of the talk until it is noted. */
    get typed() {
        return this.console.state.said.result || {};
    }

    get kind() {
        return this.typed.kind || false;
    }

    /** The day is offered, so that most promises need a sentence only. */
    get day() {
        return this.typed.promised_on || this.screen.results.day;
    }

    get values() {
        const values = {...this.typed, promised_on: this.day};
        const names = FIELDS[this.kind] || [];
        return Object.fromEntries(
            ["kind", ...names].map((name) => [name, (values[name] || "").trim()])
        );
    }

    get isComplete() {
        return Boolean(this.kind) && Object.values(this.values).every((text) => text);
    }

    /** Whether words wait that nobody has noted yet. */
    get isBegun() {
        const {referred_name, referred_phone, words} = this.typed;
        return [referred_name, referred_phone, words].some((text) => text?.trim());
    }

    choose(kind) {
        this.type("kind", kind);
        this.console.kept.isFieldWanted = true;
    }

    type(name, value) {
        this.console.say("result", {...this.typed, [name]: value});
    }

    async add() {
        if (!this.isComplete || this.kept.isSent) {
            return;
        }
        this.kept.isSent = true;
        try {
            this.screen.results = await this.orm.call(MODEL, "add_result", [
                this.console.callback.id,
                this.values,
            ]);
        } finally {
            this.kept.isSent = false;
        }
        this.console.say("result", {});
        this.console.state.panel = false;
        this.console.focusResult();
        this.notification.add(_t("Noted."), {type: "success"});
    }

    async drop(id) {
        this.screen.results = await this.orm.call(MODEL, "drop_result", [
            this.console.callback.id,
            id,
        ]);
    }

    async answer(id) {
        const action = await this.orm.call("revisit.result", "action_open_answer", [
            [id],
        ]);
        await this.action.doAction(action, {
            onClose: () => this.console.refreshRecords(),
        });
    }

    /** Nothing that was typed is lost with the outcome. */
    keepBegun() {
        if (!this.isBegun) {
            return false;
        }
        // the panel may be open, and then nothing is drawn anew
        this.console.kept.isFieldWanted = this.console.state.panel !== "result";
        this.console.state.panel = "result";
        this.console.focusField();
        this.notification.add(_t("Note the result that you have begun, or empty it."), {
            type: "warning",
        });
        return true;
    }
}

export function useResults(console) {
    return new Results(console, {
        orm: useService("orm"),
        action: useService("action"),
        notification: useService("notification"),
    });
}
