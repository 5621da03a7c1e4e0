import {ListBinaryField, listBinaryField} from "@web/views/fields/binary/binary_field";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {url} from "@web/core/utils/urls";

/** The recording of a call: played where it stands, or else uploaded. */
export class RecordingField extends ListBinaryField {
    static template = "revisit_management.RecordingField";

    get isStored() {
        const {dirty, resId} = this.props.record;
        return Boolean(resId && !dirty && this.props.record.data[this.props.name]);
    }

    get source() {
        const {resModel, resId} = this.props.record;
        return url("/web/content", {
            model: resModel,
            id: resId,
            field: this.props.name,
        });
    }
}

registry.category("fields").add("revisit_recording", {
    ...listBinaryField,
    component: RecordingField,
    displayName: _t("Recording"),
});
