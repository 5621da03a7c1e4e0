import {NameAndSignature} from "@web/core/signature/name_and_signature";

/**
 * A pad that is drawn on, and nothing else: a signature proves a visit, and a name in
 * a fine font or a picture from a file proves nothing.
 */
export class DrawnSignature extends NameAndSignature {
    static template = "revisit_management.DrawnSignature";

    setup() {
        super.setup();
        this.state.signMode = "draw";
        this.state.showSignatureArea = true;
    }

    /**
     * Whatever asks for another mode gets the pen.
     */
    setMode(mode, reset) {
        super.setMode("draw", reset);
    }
}
