# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitReason(models.TransientModel):
    """Asks for the reason before a reviewed callback is unlocked."""

    _name = "revisit.reason"
    _description = "Reason for Unlocking"

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    reason = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        return self.callback_id.action_unlock(self.reason)
