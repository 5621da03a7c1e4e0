# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitIssueReason(models.TransientModel):
    """Asks for the reason of a supervisor's step on an issue."""

    _name = "revisit.issue.reason"
    _description = "Reason for a Step on an Issue"

    issue_id = fields.Many2one(
        comodel_name="revisit.issue", required=True, readonly=True, ondelete="cascade"
    )
    step = fields.Selection(
        selection=[
            ("confirm", "Customer Agrees"),
            ("reject", "Not Satisfied"),
            ("cancel", "Cancel Issue"),
        ],
        required=True,
        readonly=True,
        default="confirm",
    )
    reason = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        if self.step == "confirm":
            return self.issue_id.action_confirm(self.reason)
        if self.step == "reject":
            return self.issue_id.action_reject(self.reason)
        return self.issue_id.action_cancel(self.reason)
