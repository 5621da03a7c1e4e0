import {
    SignatureField,
    signatureField,
} from "@web/views/fields/signature/signature_field";
import {DrawnSignature} from "../../signature/drawn_signature";
import {SignatureDialog} from "@web/core/signature/signature_dialog";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

export class DrawnSignatureDialog extends SignatureDialog {
    static template = "revisit_management.DrawnSignatureDialog";
    static components = {
        ...SignatureDialog.components,
        NameAndSignature: DrawnSignature,
    };
}

/**
 * A signature that the customer draws; see DrawnSignature.
 */
export class DrawnSignatureField extends SignatureField {
    onClickSignature() {
        if (this.props.readonly) {
            return;
        }
        this.dialogService.add(DrawnSignatureDialog, {
            nameAndSignatureProps: {
                // a finger on a phone needs room to draw
                displaySignatureRatio: this.env.isSmall ? 1.2 : 3,
                noInputName: true,
                mode: "draw",
            },
            uploadSignature: (signature) => this.uploadSignature(signature),
        });
    }
}

registry.category("fields").add("revisit_signature", {
    ...signatureField,
    component: DrawnSignatureField,
    displayName: _t("Drawn Signature"),
});
