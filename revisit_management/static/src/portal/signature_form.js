import {DrawnSignature} from "../signature/drawn_signature";
import {SignatureForm} from "@portal/signature_form/signature_form";
import {addLoadingEffect} from "@web/core/utils/ui";
import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";

/**
 * The form in which the customer signs on the dealer's phone.
 */
export class DrawnSignatureForm extends SignatureForm {
    static components = {...SignatureForm.components, NameAndSignature: DrawnSignature};

    /**
     * Odoo's own form gives its button back only where the page is loaded again.
     * This page stays, so that after a refusal the customer can sign once more.
     */
    async onClickSubmit() {
        const button = this.rootRef.el.querySelector(".o_portal_sign_submit");
        const restore = addLoadingEffect(button);
        const name = this.signature.name;
        const signature = this.signature.getSignatureImage().split(",")[1];
        this.state.error = false;
        let answer = {};
        try {
            answer = await rpc(this.props.callUrl, {name, signature}, {silent: true});
        } catch {
            // offline, signed out or a server that does not answer
            answer = {error: this.props.failedLabel};
        } finally {
            restore();
        }
        if (answer.error) {
            this.state.error = answer.error;
            return;
        }
        this.state.success = {message: answer.message};
        this.hideOffer();
    }

    /**
     * Who has signed is not asked again before the page is loaded the next time.
     */
    hideOffer() {
        const section = this.rootRef.el.closest("section");
        section?.querySelector(".o_revisit_sign_offer")?.classList.add("d-none");
        section?.querySelector(".o_revisit_signed")?.classList.remove("d-none");
        document.querySelector(".o_revisit_sign_again")?.classList.add("d-none");
    }
}

registry
    .category("public_components")
    .add("revisit_management.signature_form", DrawnSignatureForm);
