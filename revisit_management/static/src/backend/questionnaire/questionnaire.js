import {Component, onWillUpdateProps, useRef} from "@odoo/owl";
import {getTabableElements} from "@web/core/utils/ui";

const STEPS = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1};
const ONE_ANSWER =
    "[role=radio][tabindex='0']:enabled, input:enabled, textarea:enabled";

/**
 * The questions of a conversation, each answered by one tap or key, or a few words.
 *
 * Each question is one stop of the Tab key. A digit answers it and goes on to the next
 * one; arrows change the answer, Enter goes on, Backspace takes the answer back.
 *
 * What is not in the table of answers was not asked. A question that is `fixed` keeps
 * its answer.
 */
export class Questionnaire extends Component {
    static template = "revisit_management.Questionnaire";
    static props = {
        questions: Array,
        answers: Object,
        onAnswers: Function,
        readonly: {type: Boolean, optional: true},
        hint: {type: String, optional: true},
    };

    setup() {
        this.root = useRef("root");
        // keys are faster than the screen is drawn: each answer builds on the last one
        this.kept = {answers: this.props.answers, sent: 0};
        onWillUpdateProps(({answers}) => {
            if (!this.kept.sent) {
                this.kept.answers = answers;
            }
        });
    }

    get hasChoices() {
        return this.props.questions.some(({type}) =>
            ["scale", "choice"].includes(type)
        );
    }

    getAnswer(question) {
        const answer = this.props.answers[question.key];
        return answer === undefined ? "" : String(answer);
    }

    /** Points of a scale, as texts: their number is small, ten at most. */
    getPoints(question) {
        const points = [];
        for (let point = question.low; point <= question.high; point++) {
            points.push(String(point));
        }
        return points;
    }

    /** What may be chosen, as (answer, label). */
    getChoices(question) {
        return question.type === "scale"
            ? this.getPoints(question).map((point) => [point, point])
            : question.choices.map(([id, label]) => [String(id), label]);
    }

    /** The answer is the question's stop of the Tab key, or else its first choice. */
    isTabStop(question, answer) {
        const answers = this.getChoices(question).map(([one]) => one);
        const given = this.getAnswer(question);
        return answer === (answers.includes(given) ? given : answers[0]);
    }

    async setAnswer(question, answer) {
        const answers = {...this.kept.answers};
        if (answer === "") {
            delete answers[question.key];
        } else {
            answers[question.key] = answer;
        }
        Object.assign(this.kept, {answers, sent: this.kept.sent + 1});
        try {
            await this.props.onAnswers(answers);
        } finally {
            this.kept.sent -= 1;
        }
    }

    /** A second tap takes the answer back: the question was not asked. */
    onTap(question, answer) {
        return this.setAnswer(
            question,
            this.getAnswer(question) === answer ? "" : answer
        );
    }

    /** Every letter is kept: the screen may be drawn anew while somebody types. */
    onInput(question, ev) {
        return this.setAnswer(question, ev.target.value);
    }

    // -------------------------------------------------------------------------
    // Keys
    // -------------------------------------------------------------------------

    onKeydown(question, ev) {
        if (ev.altKey || ev.ctrlKey || ev.metaKey) {
            return;
        }
        const row = ev.target.closest(".o_revisit_question");
        const answers = this.getChoices(question).map(([answer]) => answer);
        const at = answers.indexOf(ev.target.dataset.answer);
        if (ev.key in STEPS) {
            const next = Math.min(Math.max(at + STEPS[ev.key], 0), answers.length - 1);
            this.setAnswer(question, answers[next]);
            row.querySelector(`[data-answer="${answers[next]}"]`).focus();
        } else if (/^\d$/.test(ev.key)) {
            this.onDigit(question, ev.key, row);
        } else if (ev.key === "Enter") {
            // what was not asked is not answered by going on
            this.goOn(row);
        } else if (ev.key === "Backspace" || ev.key === "Delete") {
            this.setAnswer(question, "");
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    /** The point of a scale, or the place of a choice; 1 may be the start of 10. */
    onDigit(question, digit, row) {
        const answers = this.getChoices(question).map(([answer]) => answer);
        const isScale = question.type === "scale";
        const given = this.kept.answers[question.key];
        let answer = isScale ? digit : answers[Number(digit) - 1];
        if (isScale && digit === "0" && answers.includes("10")) {
            const isTen = String(given) === "1" || !answers.includes("0");
            answer = isTen ? "10" : "0";
        }
        if (!answers.includes(answer)) {
            return;
        }
        this.setAnswer(question, answer);
        if (answer === "1" && answers.includes("10")) {
            row.querySelector("[data-answer='1']").focus();
        } else {
            this.goOn(row);
        }
    }

    onEnter(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.goOn(ev.target.closest(".o_revisit_question"));
        }
    }

    /** Go on to the next question, or to what comes after the last one. */
    goOn(row) {
        const root = this.root.el;
        const rows = [...root.children];
        const next =
            rows
                .slice(rows.indexOf(row) + 1)
                .map((other) => other.querySelector(ONE_ANSWER))
                .find((answer) => answer) ||
            getTabableElements(
                root.closest(".modal-content, .o_action") || undefined
            ).find(
                (element) =>
                    root.compareDocumentPosition(element) &
                        Node.DOCUMENT_POSITION_FOLLOWING && !root.contains(element)
            );
        next?.focus();
    }
}
