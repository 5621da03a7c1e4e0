import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * A number that knows "not asked" from zero. Odoo's own number fields take a typed
 * 0 for an empty value and do not save it.
 */
export class MeasureField extends Component {
    static template = "revisit_management.MeasureField";
    static props = {...standardFieldProps};

    get value() {
        const value = this.props.record.data[this.props.name];
        return value === false || value === undefined ? "" : String(value);
    }

    get placeholder() {
        return _t("Not asked");
    }

    onChange(ev) {
        const text = ev.target.value.trim().replace(",", ".");
        const value = text === "" ? false : Number(text);
        if (Number.isNaN(value)) {
            this.props.record.setInvalidField(this.props.name);
            return;
        }
        this.props.record.update({[this.props.name]: value});
    }
}

registry.category("fields").add("revisit_measure", {
    component: MeasureField,
    displayName: _t("Measure"),
    supportedTypes: ["float", "integer"],
});
