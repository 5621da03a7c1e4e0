import {Component} from "@odoo/owl";

/**
 * The questions of a conversation, each answered by one tap or a few words.
 *
 * What is not in the table of answers was not asked.
 */
export class Questionnaire extends Component {
    static template = "revisit_management.Questionnaire";
    static props = {
        questions: Array,
        answers: Object,
        onAnswers: Function,
        readonly: {type: Boolean, optional: true},
    };

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

    getChoices(question) {
        return question.choices.map(([id, label]) => [String(id), label]);
    }

    setAnswer(question, answer) {
        const answers = {...this.props.answers};
        if (answer === "") {
            delete answers[question.key];
        } else {
            answers[question.key] = answer;
        }
        return this.props.onAnswers(answers);
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
}
