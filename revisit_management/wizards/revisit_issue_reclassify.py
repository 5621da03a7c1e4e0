# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models

from ..tools.terms import SEVERITIES

FACTS = ("intake_kind", "is_anonymous", "is_reply_only", "is_valuable")
FACT = {
    "compute": "_compute_facts",
    "store": True,
    "readonly": False,
    "precompute": True,
}


class RevisitIssueReclassify(models.TransientModel):
    """Asks what of an issue was registered wrongly, and for the reason."""

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
    # what else decides about callbacks: by default as it is registered
    intake_kind = fields.Selection(
        selection=lambda self: (
            self.env["revisit.issue"]._fields["intake_kind"].selection
        ),
        string="Kind",
        required=True,
        **FACT,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Customer", check_company=True, **FACT
    )
    is_anonymous = fields.Boolean(string="Anonymous", **FACT)
    is_reply_only = fields.Boolean(string="Only a Reply Asked", **FACT)
    is_valuable = fields.Boolean(string="Valuable Suggestion", **FACT)
    respond_by = fields.Datetime(related="issue_id.respond_by")
    resolve_by = fields.Datetime(string="Solve By", related="issue_id.resolve_by")
    reason = fields.Text(required=True)

    @api.depends("issue_id")
    def _compute_facts(self):
        for wizard in self:
            for name in (*FACTS, "partner_id"):
                wizard[name] = wizard.issue_id[name]

    def action_apply(self):
        """Hand over what differs from the registration."""
        self.ensure_one()
        issue = self.issue_id
        facts = {name: self[name] for name in FACTS if self[name] != issue[name]}
        if self.partner_id != issue.partner_id:
            facts["partner_id"] = self.partner_id.id
        return issue.action_reclassify(
            self.reason, self.category_id.id, self.severity, **facts
        )
