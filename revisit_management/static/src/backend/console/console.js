import {
    Component,
    markup,
    onPatched,
    onWillDestroy,
    onWillStart,
    status,
    useRef,
    useState,
} from "@odoo/owl";
import {useBus, useService} from "@web/core/utils/hooks";
import {getNothingSaid, isAnswered, readSaid, writeSaid} from "./said";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {Questionnaire} from "../questionnaire/questionnaire";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {getDialling} from "./dialling";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {Ticking, formatSeconds, useCallTimer} from "./call_timer";
import {user} from "@web/core/user";
import {useSupervisorHelp} from "./supervisor_help";
import {useResults} from "./results";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";

const MODEL = "revisit.console";
// outcomes of which more is asked
const PANELS = ["rescheduled", "wrong_number", "refused"];
const OUTCOME_KEYS = ["1", "2", "3", "4", "5", "6"];
// milliseconds in which a second press would be meant for the customer before
const SETTLED_AFTER = 700;
// milliseconds for which is remembered who was left for others, and how many of them
const SKIPPED_FOR = 3600000;
const MOST_SKIPPED = 100;

/** The agent's console: why, whom, what to say and to ask, and one key per outcome. */
export class RevisitConsole extends Component {
    static template = "revisit_management.Console";
    static components = {Questionnaire, Ticking};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.dialog = useService("dialog");
        this.timer = useCallTimer();
        this.help = useSupervisorHelp(
            () => this.callback,
            () => this.togglePanel("help")
        );
        this.results = useResults(this);
        this.top = useRef("top");
        this.bar = useRef("bar");
        // a handler within a loop of the template has a "this" of its own, on which
        // whatever it assigned would stay; it shares only what was made here
        this.kept = {
            sentDrafts: [],
            settling: null,
            isPanelOpened: false,
            isFieldWanted: false,
        };
        this.state = useState({
            screen: {},
            said: getNothingSaid(),
            panel: false,
            isSent: false,
            pressed: false,
            again: "",
            isFresh: false,
        });
        for (const key of OUTCOME_KEYS) {
            // while words are typed, too: Alt keeps it from happening by accident
            useHotkey(`alt+${key}`, () => this.onKey(key), {
                bypassEditableProtection: true,
                withOverlay: () => this.bar.el?.querySelector(`[data-key="${key}"]`),
            });
        }
        // so that nobody has to tab through the screen to the first question
        useHotkey("alt+a", () => this.focusQuestions(), {
            bypassEditableProtection: true,
        });
        const {params} = this.props.action;
        onWillStart(() => this.open(params?.callback_id || this.props.resId || false));
        onWillDestroy(() => this.forgetPressed());
        onPatched(() => this.focusPanel());
        useBus(this.env.bus, "REVISIT:CALL-STARTED", () => this.timer.start());
        useBus(this.env.bus, "REVISIT:CALL-ENDED", () => this.timer.end());
    }

    // -------------------------------------------------------------------------
    // What is shown
    // -------------------------------------------------------------------------

    get callback() {
        return this.state.screen.callback;
    }

    get customer() {
        return this.state.screen.customer;
    }

    /** A screen that has just changed takes no key: it was meant for the last one. */
    get canBePressed() {
        const {isFresh, isSent} = this.state;
        return Boolean(this.isWorkedOn && !isSent && !isFresh);
    }

    /** What the review has sent back is worked on like an open one, by its maker. */
    get isRedone() {
        return Boolean(this.callback?.redo?.may);
    }

    get isWorkedOn() {
        return Boolean(this.callback?.is_open || this.isRedone);
    }

    /** What was answered is shown as it was recorded; only a supervisor changes it. */
    get questions() {
        const {questions, recorded} = this.state.screen.talk;
        return recorded
            ? questions.map((question) => ({
                  ...question,
                  fixed: question.key in recorded.answers,
              }))
            : questions;
    }

    /** A window may outlive the screen over which it was opened. */
    get isGone() {
        return status(this) === "destroyed";
    }

    readDuration() {
        return formatSeconds(this.timer.duration);
    }

    get body() {
        // the text was sanitised when it was stored
        return markup(this.state.screen.script.body);
    }

    get questionsHint() {
        return this.isWorkedOn ? _t("Alt+A goes to the questions.") : "";
    }

    get outcomes() {
        if (this.isRedone) {
            return [
                {
                    key: "1",
                    name: "redone",
                    label: _t("Hand In Again"),
                    style: "btn-primary",
                    onClick: () => this.togglePanel("redone"),
                },
            ];
        }
        const {talk} = this.state.screen;
        return [
            {
                key: "1",
                name: "reached",
                label: talk.needs_form ? _t("Done …") : _t("Done, Next"),
                style: "btn-primary",
                onClick: () => this.onDone(),
            },
            {
                key: "2",
                name: "no_answer",
                label: _t("No Answer"),
                onClick: () => this.press("no_answer"),
            },
            {
                key: "3",
                name: "busy",
                label: _t("Busy"),
                onClick: () => this.press("busy"),
            },
            {
                key: "4",
                name: "rescheduled",
                label: _t("Call Again"),
                onClick: () => this.togglePanel("rescheduled"),
            },
            {
                key: "5",
                name: "wrong_number",
                label: _t("Wrong Number"),
                onClick: () => this.togglePanel("wrong_number"),
            },
            {
                key: "6",
                name: "refused",
                label: _t("Refused"),
                onClick: () => this.togglePanel("refused"),
            },
        ];
    }

    get wordsPlaceholder() {
        return _t("In the customer's words");
    }

    get promisePlaceholder() {
        return _t("What was promised?");
    }

    readUndo(now) {
        const left = Math.ceil(((this.state.pressed.until || now) - now) / 1000);
        return _t("Undo (%s)", Math.min(Math.max(0, left), 10));
    }

    // -------------------------------------------------------------------------
    // From one screen to the next
    // -------------------------------------------------------------------------

    async open(callbackId = false, skippedId = false) {
        const before = this.readSkipped().map(({id}) => id);
        if (skippedId) {
            this.keepSkipped(skippedId);
        }
        const args = [callbackId, skippedId, before];
        this.show(await this.orm.call(MODEL, "open_screen", args));
    }

    show(screen) {
        const isSame = this.callback?.id === screen.callback?.id;
        if (!isSame) {
            this.timer.reset();
            this.state.isFresh = true;
            browser.setTimeout(() => {
                this.state.isFresh = false;
            }, SETTLED_AFTER);
        }
        this.state.screen = screen;
        if (screen.is_new_round) {
            this.forgetSkipped();
        }
        this.keepAddress();
        this.keepPressed(screen.pressed);
        this.state.panel = false;
        this.state.said = this.readKept(screen);
        if (this.top.el) {
            this.top.el.scrollTop = 0;
        }
    }

    /** Leave this customer for another one; nothing is recorded. */
    async onNext() {
        const before = this.callback?.id;
        await this.open(false, before || false);
        if (before && this.callback?.id === before) {
            this.notification.add(_t("Nobody else may be called right now."));
        }
    }

    /** Send an outcome; the answer is the next screen. */
    async press(outcome, values = {}) {
        if (!this.canBePressed || this.results.keepBegun()) {
            return;
        }
        this.state.isSent = true;
        const said = {
            duration: this.timer.duration,
            wrap_up: this.timer.wrapUp,
            note: this.state.said.note,
            // what was answered is kept with the callback, whatever came of the try
            ...this.writeSaid(),
            ...values,
        };
        try {
            const screen = await this.orm.call(MODEL, "press", [
                this.callback.id,
                outcome,
                said,
                this.readSkipped().map(({id}) => id),
            ]);
            // all that was typed stays as long as it may be taken back
            this.kept.sentDrafts.push(this.draftKey);
            this.show(screen);
        } finally {
            this.state.isSent = false;
        }
    }

    // -------------------------------------------------------------------------
    // Whom the agent has left: they come back when all others were offered
    // -------------------------------------------------------------------------

    get skippedKey() {
        return `revisit_console_skipped_${user.userId}`;
    }

    readSkipped() {
        const text = browser.sessionStorage.getItem(this.skippedKey);
        const since = Date.now() - SKIPPED_FOR;
        return (text ? JSON.parse(text) : [])
            .filter(({at}) => at > since)
            .slice(-MOST_SKIPPED);
    }

    writeSkipped(skipped) {
        browser.sessionStorage.setItem(this.skippedKey, JSON.stringify(skipped));
    }

    keepSkipped(id) {
        const others = this.readSkipped().filter((one) => one.id !== id);
        this.writeSkipped([...others, {id, at: Date.now()}]);
    }

    /** A new round begins. */
    forgetSkipped() {
        this.writeSkipped([]);
    }

    // -------------------------------------------------------------------------
    // Taking back
    // -------------------------------------------------------------------------

    keepPressed(pressed) {
        this.forgetPressed();
        if (!pressed) {
            return;
        }
        const seconds = pressed.seconds;
        this.state.pressed = {...pressed, until: Date.now() + seconds * 1000};
        this.kept.settling = browser.setTimeout(
            () => this.settle(),
            seconds * 1000 + 100
        );
    }

    forgetPressed() {
        browser.clearTimeout(this.kept.settling);
        this.state.pressed = false;
    }

    async settle() {
        if (this.isGone) {
            return;
        }
        const {id} = this.state.pressed;
        this.state.screen.failed = await this.orm.call(MODEL, "settle", []);
        // meanwhile the next outcome may have been pressed, which has its own time
        if (this.state.pressed.id === id) {
            this.state.pressed = false;
        }
        this.dropSentDrafts();
    }

    async onTakeBack(id = this.state.pressed.id) {
        const screen = await this.orm.call(MODEL, "take_back", [id]);
        this.show(screen);
        const {said} = screen;
        this.timer.reset(said.duration || 0);
        this.kept.sentDrafts = this.kept.sentDrafts.filter(
            (key) => key !== this.draftKey
        );
        if (!this.readDraft()) {
            this.state.said = readSaid(this.callback.id, said);
            this.keepDraft();
        }
        if (said.form) {
            return this.openForm(said.form);
        }
        if (PANELS.includes(screen.outcome) && this.callback.is_open) {
            this.togglePanel(screen.outcome);
        }
    }

    // -------------------------------------------------------------------------
    // What is typed: kept until it is sent, whatever happens to the page
    // -------------------------------------------------------------------------

    get draftKey() {
        // a colleague at the same computer does not see it
        return `revisit_console_${user.userId}_${this.callback?.id}`;
    }

    readDraft() {
        const text = this.callback && browser.localStorage.getItem(this.draftKey);
        return text ? JSON.parse(text) : false;
    }

    keepDraft() {
        const draft = {...this.state.said, typedAt: Date.now()};
        browser.localStorage.setItem(this.draftKey, JSON.stringify(draft));
    }

    /** What is typed here, or else what the last talk has left with the callback. */
    readKept({callback, draft, talk}) {
        let typed = this.readDraft();
        const keptAt = draft ? deserializeDateTime(draft.at).toMillis() : 0;
        if (!typed || typed.typedAt < keptAt) {
            typed = draft ? readSaid(callback.id, draft) : getNothingSaid();
        }
        if (!talk?.recorded) {
            // what an earlier release has kept in the browser has fewer parts
            return {...getNothingSaid(), ...typed};
        }
        const {recorded} = talk;
        return {
            ...getNothingSaid(),
            ...typed,
            measures: recorded.measures,
            confirmed: recorded.confirmed,
            feedback: typed.feedback || recorded.feedback,
            answers: {...typed.answers, ...recorded.answers},
        };
    }

    writeSaid() {
        const {callback, state} = this;
        const {questions} = state.screen.talk;
        return writeSaid(callback.id, questions.length > 0, state.said);
    }

    /** A reload shows the same customer again. */
    keepAddress() {
        this.props.updateActionState?.({resId: this.callback?.id || false});
    }

    focusPanel() {
        if (this.kept.isPanelOpened) {
            this.kept.isPanelOpened = false;
            this.bar.el?.querySelector("[data-panel] :is(button, input)")?.focus();
        }
        if (this.kept.isFieldWanted) {
            this.kept.isFieldWanted = false;
            this.focusField();
        }
    }

    focusField() {
        this.bar.el?.querySelector(".o_revisit_console_result input")?.focus();
    }

    focusResult() {
        this.bar.el?.querySelector(".o_revisit_console_add_result")?.focus();
    }

    dropSentDrafts() {
        for (const key of this.kept.sentDrafts) {
            browser.localStorage.removeItem(key);
        }
        this.kept.sentDrafts = [];
    }

    say(name, value) {
        this.state.said[name] = value;
        this.keepDraft();
    }

    confirm(id, value) {
        const {confirmed} = this.state.said;
        this.say("confirmed", {
            ...confirmed,
            [id]: confirmed[id] === value ? undefined : value,
        });
    }

    /** Another callback about one of the reasons, as the matter is not settled. */
    toggleAbout(id) {
        const {[id]: why, ...others} = this.state.said.about;
        this.say("about", why === undefined ? {...others, [id]: ""} : others);
    }

    sayAbout(id, why) {
        this.say("about", {...this.state.said.about, [id]: why});
    }

    /** The same for a talk that was finished before. */
    async onCallAbout(id) {
        const action = await this.orm.call(
            "revisit.callback",
            "action_open_call_about",
            [[id]]
        );
        await this.action.doAction(action, {onClose: () => this.refreshRecords()});
    }

    /** What a supervisor has formatted, and the server has cleaned. */
    readAnswer({answer}) {
        return markup(answer);
    }

    /** An answer that is opened in a talk counts as used. */
    onKnowledge(ev, id) {
        if (ev.target.open) {
            return this.orm.silent.call(MODEL, "use_knowledge", [this.callback.id, id]);
        }
    }

    // -------------------------------------------------------------------------
    // Calling
    // -------------------------------------------------------------------------

    onCall() {
        const {dial, number} = this.customer;
        const callbackId = this.callback.id;
        if (this.timer.isRunning) {
            this.timer.end();
            getDialling().hangUp({callbackId, env: this.env});
            return;
        }
        this.timer.start();
        if (!this.env.isSmall) {
            this.focusQuestions();
        }
        getDialling().dial({
            number: dial || number.replace(/[^\d+*#]/g, ""),
            callbackId,
            env: this.env,
        });
    }

    /** The customer has the word: their answers finish the callback. */
    async onSendQuestionnaire() {
        if (!this.canBePressed) {
            return;
        }
        this.state.isSent = true;
        const {name} = this.customer;
        try {
            const screen = await this.orm.call(MODEL, "send_questionnaire", [
                this.callback.id,
                this.readSkipped().map(({id}) => id),
            ]);
            this.notification.add(_t("The questionnaire is on its way to %s.", name), {
                type: "success",
            });
            this.show(screen);
        } finally {
            this.state.isSent = false;
        }
    }

    async onShowNumber() {
        Object.assign(
            this.customer,
            await this.orm.call(MODEL, "show_number", [this.callback.id])
        );
    }

    // -------------------------------------------------------------------------
    // Outcomes
    // -------------------------------------------------------------------------

    /** The key is taken in any case: Odoo's menu would open another screen by it. */
    onKey(key) {
        if (this.canBePressed) {
            return this.outcomes.find((outcome) => outcome.key === key).onClick();
        }
    }

    togglePanel(name) {
        this.state.panel = this.state.panel === name ? false : name;
        this.kept.isPanelOpened = Boolean(this.state.panel);
    }

    async onDone() {
        const {talk} = this.state.screen;
        if (talk.needs_form) {
            return this.openForm();
        }
        if (talk.questions.length && !isAnswered(this.state.said)) {
            this.dialog.add(ConfirmationDialog, {
                title: _t("Nothing Was Answered"),
                body: _t(
                    "None of the questions has an answer. Finish all the same? The callback is marked as reached with nothing answered, and counts as made only if you note why."
                ),
                confirmLabel: _t("Finish Without Answers"),
                confirm: () => this.press("reached"),
                cancelLabel: _t("Back to the Questions"),
                cancel: () => this.focusQuestions(),
            });
            return;
        }
        await this.press("reached");
    }

    /** What the review has sent back: what was added, and what was done. */
    async onRedone() {
        if (!this.canBePressed) {
            return;
        }
        this.state.isSent = true;
        const {answers, feedback, note} = this.state.said;
        const {recorded} = this.state.screen.talk;
        const added = Object.entries(answers).filter(
            ([key]) => !(key in recorded.answers)
        );
        try {
            const screen = await this.orm.call(MODEL, "redo", [
                this.callback.id,
                {answers: Object.fromEntries(added), measures: {feedback}, note},
                this.readSkipped().map(({id}) => id),
            ]);
            browser.localStorage.removeItem(this.draftKey);
            this.show(screen);
        } finally {
            this.state.isSent = false;
        }
    }

    onOpenRedo() {
        return this.open(this.state.screen.queue.redo_id);
    }

    /** The first question without an answer, or else the first one. */
    focusQuestions() {
        const talk = this.top.el?.querySelector(".o_revisit_console_talk");
        const rows = [...(talk?.querySelectorAll(".o_revisit_question") || [])];
        const isFree = (row) =>
            !row.querySelector("[aria-checked=true]") &&
            [...row.querySelectorAll("input, textarea")].every(({value}) => !value);
        const row = rows.find(isFree) || rows[0];
        row?.querySelector(
            "[role=radio][tabindex='0']:enabled, input:enabled, textarea:enabled"
        )?.focus();
    }

    /**
     * Signatures, copies and several people have a form of their own.
     *
     * @param {number} [formId] one that was taken back, as it was filled in
     */
    async openForm(formId) {
        const callbackId = this.callback.id;
        const action = await this.orm.call("revisit.callback", "action_log_reached", [
            [callbackId],
        ]);
        const context = {...action.context, revisit_over_console: true};
        await this.action.doAction(
            {...action, context, ...(formId ? {res_id: formId} : {})},
            {onClose: () => this.onFormClosed(callbackId)}
        );
    }

    async onFormClosed(callbackId) {
        if (this.isGone) {
            return;
        }
        const {draftKey} = this;
        const screen = await this.orm.call(MODEL, "close_form", [
            callbackId,
            this.readSkipped().map(({id}) => id),
        ]);
        if (screen.callback?.id !== callbackId) {
            // all that was typed stays as long as it may be taken back
            this.kept.sentDrafts.push(draftKey);
        }
        this.show(screen);
    }

    onAgain(at) {
        return this.press("rescheduled", {next_at: at});
    }

    onAgainOther() {
        const moment = luxon.DateTime.fromISO(this.state.again);
        if (moment.isValid) {
            return this.onAgain(moment.toUTC().toISO());
        }
    }

    onEnter(ev, send) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            return send();
        }
    }

    onWrongNumber() {
        return this.press("wrong_number", {phone: this.state.said.phone});
    }

    onRefused() {
        return this.press("refused");
    }

    async onRaiseIssue() {
        const action = await this.orm.call("revisit.callback", "action_raise_issue", [
            [this.callback.id],
        ]);
        await this.action.doAction(
            {
                ...action,
                target: "new",
                context: {
                    ...action.context,
                    default_description: this.state.said.feedback,
                },
            },
            {onClose: () => this.refreshRecords()}
        );
    }

    async refreshRecords() {
        if (this.isGone) {
            return;
        }
        this.show(await this.orm.call(MODEL, "open_screen", [this.callback.id]));
    }

    onOpenCallback() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "revisit.callback",
            res_id: this.callback.id,
            views: [[false, "form"]],
        });
    }

    onOpenMine() {
        return this.action.doAction("revisit_management.revisit_callback_action_mine");
    }
}

registry.category("actions").add("revisit_console", RevisitConsole);
