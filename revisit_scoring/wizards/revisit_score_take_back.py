# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitScoreTakeBack(models.TransientModel):
    """Asks for the reason before an adjustment is taken back."""

    _name = "revisit.score.take.back"
    _description = "Reason for Taking Back an Adjustment"

    adjustment_id = fields.Many2one(
        comodel_name="revisit.score.adjustment",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    points = fields.Float(related="adjustment_id.points")
    reason = fields.Char(required=True)

    def action_apply(self):
        self.ensure_one()
        self.adjustment_id.action_take_back(self.reason)
        return {"type": "ir.actions.act_window_close"}
