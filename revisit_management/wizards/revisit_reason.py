# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitReason(models.TransientModel):
    """Asks for the words that a step on a callback needs: a reason, or a question."""

    _name = "revisit.reason"
    _description = "Reason for a Step"

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    step = fields.Selection(
        selection=[
            ("sign", "Sign Again"),
            ("help", "Ask Supervisor"),
            ("redone", "Hand In Again"),
            ("reopen", "Reopen"),
            ("answer", "Answer the Agent"),
            ("chain", "Call Again About This"),
            ("name", "Read Document Again"),
        ],
        required=True,
        default="help",
    )
    guidance = fields.Text(related="callback_id.review_note")
    question = fields.Text(related="callback_id.help_question")
    chain_next_text = fields.Char(related="callback_id.chain_next_text")
    named_otherwise = fields.Char(related="callback_id.named_otherwise")
    reason = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        if self.step == "help":
            return self.callback_id.action_ask_supervisor(self.reason)
        if self.step == "answer":
            return self.callback_id.action_answer_help(self.reason)
        if self.step == "sign":
            return self.callback_id.action_sign_again(self.reason)
        if self.step == "reopen":
            return self.callback_id.action_reopen(self.reason)
        if self.step == "chain":
            return self.callback_id.action_call_about(self.reason)
        if self.step == "name":
            return self.callback_id.action_name_again(self.reason)
        return self.callback_id.action_redone(self.reason)
