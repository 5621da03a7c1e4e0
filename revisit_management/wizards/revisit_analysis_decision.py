# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitAnalysisDecision(models.TransientModel):
    """Asks why a proposal of an analysis report is adopted or rejected.

    Who may decide is checked in the steps of ``revisit.analysis.item``.
    """

    _name = "revisit.analysis.decision"
    _description = "Decision on a Proposal"

    item_id = fields.Many2one(
        comodel_name="revisit.analysis.item", required=True, readonly=True
    )
    step = fields.Selection(
        selection=[("adopt", "Adopt"), ("reject", "Reject")],
        required=True,
        readonly=True,
        default="adopt",
    )
    proposal = fields.Text(related="item_id.proposal")
    reason = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        if self.step == "adopt":
            return self.item_id.action_adopt(self.reason)
        return self.item_id.action_reject(self.reason)
