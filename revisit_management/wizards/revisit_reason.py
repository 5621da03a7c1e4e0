# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitReason(models.TransientModel):
    """Asks for the reason before a callback is unlocked, or signed again."""

    _name = "revisit.reason"
    _description = "Reason for Unlocking"

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    step = fields.Selection(
        selection=[("unlock", "Unlock"), ("sign", "Sign Again")],
        required=True,
        default="unlock",
    )
    reason = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        if self.step == "sign":
            return self.callback_id.action_sign_again(self.reason)
        return self.callback_id.action_unlock(self.reason)
