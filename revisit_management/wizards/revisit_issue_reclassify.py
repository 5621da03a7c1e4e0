# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models

from ..tools.terms import SEVERITIES


class RevisitIssueReclassify(models.TransientModel):
    """Asks for the new category or severity of an issue, and for the reason."""

    _name = "revisit.issue.reclassify"
    _description = "Change of an Issue's Category or Severity: Reason"

    issue_id = fields.Many2one(
        comodel_name="revisit.issue", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="issue_id.company_id")
    category_id = fields.Many2one(
        comodel_name="revisit.issue.category",
        required=True,
        domain="[('company_id', '=', company_id)]",
    )
    severity = fields.Selection(selection=SEVERITIES, required=True)
    respond_by = fields.Datetime(related="issue_id.respond_by")
    resolve_by = fields.Datetime(string="Solve By", related="issue_id.resolve_by")
    reason = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        return self.issue_id.action_reclassify(
            self.reason, self.category_id.id, self.severity
        )
