import {Component} from "@odoo/owl";
import {Questionnaire} from "../questionnaire/questionnaire";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * The questions of a conversation in a form.
 *
 * The value is a table of answers by the key of the question. The questions stand in
 * another field of the record, `questions` by default.
 */
export class QuestionnaireField extends Component {
    static template = "revisit_management.QuestionnaireField";
    static components = {Questionnaire};
    static props = {...standardFieldProps, questions: {type: String, optional: true}};
    static defaultProps = {questions: "questions"};

    get questions() {
        return this.props.record.data[this.props.questions] || [];
    }

    get answers() {
        return this.props.record.data[this.props.name] || {};
    }

    onAnswers(answers) {
        return this.props.record.update({[this.props.name]: answers});
    }
}

registry.category("fields").add("revisit_questionnaire", {
    component: QuestionnaireField,
    displayName: _t("Questionnaire"),
    supportedTypes: ["json"],
    extractProps: ({options}) => ({questions: options.questions}),
});
