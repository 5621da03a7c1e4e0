# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitCallbackAgain(models.TransientModel):
    """Asks when the customer wants to be called again, or for their right number."""

    _name = "revisit.callback.again"
    _description = "Call Again"

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    outcome = fields.Selection(
        selection=[("rescheduled", "Call Again"), ("wrong_number", "Wrong Number")],
        required=True,
        default="rescheduled",
    )
    choice = fields.Selection(
        selection=[
            ("hour", "In One Hour"),
            ("evening", "This Evening"),
            ("tomorrow", "Tomorrow Morning"),
            ("other", "Another Time"),
        ],
        string="When",
        required=True,
        default="hour",
    )
    next_at = fields.Datetime(
        string="Call Again",
        compute="_compute_next_at",
        store=True,
        readonly=False,
        precompute=True,
    )
    phone = fields.Char(
        string="Right Number",
        help="As whoever answered gave it. Empty: nobody knows it yet.",
    )
    note = fields.Char()

    @api.depends("choice", "callback_id")
    def _compute_next_at(self):
        for wizard in self:
            callback = wizard.callback_id
            moments = callback._get_times_again() if callback else {}
            wizard.next_at = moments.get(wizard.choice, wizard.next_at)

    def action_apply(self):
        """Log the attempt with what was agreed, and open the next callback."""
        self.ensure_one()
        callback = self.callback_id
        if self.outcome == "wrong_number":
            callback._correct_number(self.phone, self.note)
        else:
            if not self.next_at:
                callback._refuse_past_time()
            callback.action_log_attempt(
                "rescheduled", note=self.note or "", next_at=self.next_at
            )
        return callback.action_open_next()
