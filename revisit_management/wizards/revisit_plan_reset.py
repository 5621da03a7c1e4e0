# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitPlanReset(models.TransientModel):
    """Asks what is wrong with a plan before it is set back to draft."""

    _name = "revisit.plan.reset"
    _description = "Reason for Giving Back a Plan"

    plan_id = fields.Many2one(
        comodel_name="revisit.plan", required=True, readonly=True, ondelete="cascade"
    )
    reason = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        return self.plan_id.action_reset(self.reason)
