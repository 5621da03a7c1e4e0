import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

/**
 * A masked number, which whoever has to call may look up. It is shown in its place,
 * and only as long as this record is: a number that stays while the next customer is
 * opened is soon dialled for the wrong one.
 */
export class PhoneField extends Component {
    static template = "revisit_management.PhoneField";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({number: "", recordId: false});
    }

    get masked() {
        return this.props.record.data[this.props.name];
    }

    get number() {
        const isOurs = this.state.recordId === this.props.record.resId;
        return isOurs ? this.state.number : "";
    }

    get link() {
        return `tel:${this.number.replace(/[^\d+*#]/g, "")}`;
    }

    get hasTask() {
        const {
            is_open: isOpen,
            may_redo: mayRedo,
            sign_reason: signReason,
        } = this.props.record.data;
        return Boolean(isOpen || mayRedo || signReason);
    }

    get title() {
        return _t("The look-up is logged");
    }

    async onReveal() {
        const {resModel, resId} = this.props.record;
        const action = await this.orm.call(resModel, "action_reveal_phone", [[resId]]);
        this.state.number = action.params.message;
        this.state.recordId = resId;
    }
}

registry.category("fields").add("revisit_phone", {
    component: PhoneField,
    displayName: _t("Masked Phone"),
    supportedTypes: ["char"],
});
