# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models


class RevisitAttempt(models.Model):
    """A wrong number that was called makes the customer's archive inaccurate."""

    _inherit = "revisit.attempt"

    @api.model_create_multi
    def create(self, vals_list):
        attempts = super().create(vals_list)
        wrong = attempts.filtered(lambda attempt: attempt.outcome == "wrong_number")
        if wrong:
            # counted, whoever may read the customer
            self.env["revisit.archive"]._recount(wrong.sudo().callback_id.partner_id)
        return attempts
