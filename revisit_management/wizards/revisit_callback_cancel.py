# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitCallbackCancel(models.TransientModel):
    """Asks for the reason before callbacks are cancelled.

    Who may cancel is checked in ``action_cancel`` (callbacks/review.py).
    """

    _name = "revisit.callback.cancel"
    _description = "Cancel Callbacks"

    callback_ids = fields.Many2many(comodel_name="revisit.callback", readonly=True)
    is_mandatory = fields.Boolean(compute="_compute_is_mandatory")
    reason = fields.Text()

    @api.depends("callback_ids")
    def _compute_is_mandatory(self):
        for wizard in self:
            callbacks = wizard.callback_ids
            wizard.is_mandatory = any(callbacks.mapped("is_mandatory")) or bool(
                callbacks._get_hasty()
            )

    def action_apply(self):
        self.ensure_one()
        return self.callback_ids.action_cancel(reason=self.reason)
