# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitCallbackSign(models.TransientModel):
    """Asks for the signature of a visit that was made, or must be signed again."""

    _name = "revisit.callback.sign"
    _description = "Signature of a Callback"

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    signature = fields.Binary(required=True)

    def action_apply(self):
        self.ensure_one()
        signature = self.with_context(bin_size=False).signature
        return self.callback_id.action_sign(signature)
