import {DrawnSignature} from "../signature/drawn_signature";
import {SignatureForm} from "@portal/signature_form/signature_form";
import {registry} from "@web/core/registry";

/**
 * The form in which the customer signs on the dealer's phone.
 */
export class DrawnSignatureForm extends SignatureForm {
    static components = {...SignatureForm.components, NameAndSignature: DrawnSignature};
}

registry
    .category("public_components")
    .add("revisit_management.signature_form", DrawnSignatureForm);
