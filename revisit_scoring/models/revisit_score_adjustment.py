# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class RevisitScoreAdjustment(models.Model):
    """Points that a person adds to or takes off a score, with the reason (G7).

    It survives every new computation and stays visible on the sheet: who, when, why.
    """

    _name = "revisit.score.adjustment"
    _description = "Score Adjustment"
    _inherit = ["revisit.frozen.mixin", "revisit.protected.mixin"]
    _order = "id"
    _rec_name = "reason"

    _server_owned = {"assessment_id", "company_id", "date", "user_id"}

    score_id = fields.Many2one(
        comodel_name="revisit.score", required=True, ondelete="cascade", index=True
    )
    assessment_id = fields.Many2one(
        comodel_name="revisit.assessment",
        related="score_id.assessment_id",
        store=True,
        precompute=True,
        index=True,
    )
    company_id = fields.Many2one(
        related="score_id.company_id", store=True, precompute=True
    )
    points = fields.Float(required=True, digits=(6, 2))
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    date = fields.Datetime(
        string="On", required=True, readonly=True, default=fields.Datetime.now
    )

    @api.constrains("points", "reason")
    def _check_reason(self):
        for adjustment in self:
            if not adjustment.points or not adjustment.reason.strip():
                raise ValidationError(
                    self.env._(
                        "An adjustment needs points other than 0 and its reason: both"
                        " stand on the score sheet."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        # who adjusts is recorded, never chosen
        own = {"user_id": self.env.uid, "date": fields.Datetime.now()}
        adjustments = super().create([{**vals, **own} for vals in vals_list])
        adjustments._rejudge()
        return adjustments

    def write(self, vals):
        own = {"user_id": self.env.uid, "date": fields.Datetime.now()}
        result = super().write({**vals, **own})
        self._rejudge()
        return result

    def unlink(self):
        assessments = self.assessment_id
        result = super().unlink()
        if not self.env.context.get("revisit_rejudge_later"):
            assessments.exists()._rejudge()
        return result

    def _rejudge(self):
        if not self.env.context.get("revisit_rejudge_later"):
            self.assessment_id._rejudge()
