# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.callbacks.revisit_corrected_mixin import PARTS


class RevisitCallbackUnlock(models.TransientModel):
    """Asks which parts of a reviewed callback are opened, and why.

    Who may unlock is checked in ``action_unlock``.
    """

    _name = "revisit.callback.unlock"
    _description = "Unlock a Callback"

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    is_answers = fields.Boolean(string="Answers")
    is_words = fields.Boolean(string="Customer's Words")
    is_files = fields.Boolean(string="Signature and Files")
    is_attempts = fields.Boolean(string="Attempts")
    is_next = fields.Boolean(string="Next Callback")
    is_report = fields.Boolean(string="Report")
    is_results = fields.Boolean(string="Results")
    has_report = fields.Boolean(compute="_compute_has_report")
    reason = fields.Text(required=True)
    counted_text = fields.Text(compute="_compute_counted_text")

    @api.depends("callback_id")
    def _compute_counted_text(self):
        for wizard in self:
            callback = wizard.callback_id
            wizard.counted_text = callback and callback._get_counted_text()

    @api.depends("callback_id")
    def _compute_has_report(self):
        for wizard in self:
            wizard.has_report = bool(wizard.callback_id.report_id)

    def action_apply(self):
        self.ensure_one()
        parts = [part for part in PARTS if self[f"is_{part}"]]
        if not parts:
            raise UserError(self.env._("Choose what is to be corrected."))
        return self.callback_id.action_unlock(self.reason, parts)
