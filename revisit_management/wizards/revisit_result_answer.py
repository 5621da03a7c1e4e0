# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitResultAnswer(models.TransientModel):
    """Asks what the customer was answered.

    Who may answer is checked in the step of ``revisit.result``.
    """

    _name = "revisit.result.answer"
    _description = "Answer to a Customer"

    result_id = fields.Many2one(
        comodel_name="revisit.result", required=True, readonly=True, ondelete="cascade"
    )
    words = fields.Text(related="result_id.words", string="What Was Promised")
    answer = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        return self.result_id.action_answer(self.answer)
