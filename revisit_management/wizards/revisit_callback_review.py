# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitCallbackReview(models.TransientModel):
    """Asks for the verdict on a callback that was made, and for guidance.

    Who may review is checked in ``action_review``.
    """

    _name = "revisit.callback.review"
    _description = "Review a Callback"

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    verdict = fields.Selection(
        selection=[
            ("passed", "Passed"),
            ("redo", "To Be Redone"),
            ("failed", "Failed"),
        ],
        required=True,
        default="passed",
    )
    note = fields.Text(string="Guidance")
    made_by_id = fields.Many2one(related="callback_id.made_by_id")
    done_at = fields.Datetime(related="callback_id.done_at")
    result = fields.Selection(related="callback_id.result")
    feedback = fields.Text(related="callback_id.feedback")
    redo_note = fields.Text(related="callback_id.redo_note")
    answer_ids = fields.One2many(related="callback_id.answer_ids")
    phone_warning = fields.Char(related="callback_id.phone_warning")

    def action_apply(self):
        self.ensure_one()
        return self.callback_id.action_review(self.verdict, self.note or "")
