# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitIndicatorBand(models.Model):
    """Points for a range of values: over the lower bound, up to the upper one."""

    _name = "revisit.indicator.band"
    _description = "Indicator Band"
    _inherit = ["revisit.reading.mixin", "revisit.scheme.part.mixin"]
    _order = "indicator_id, lower desc"
    _rec_name = "points"

    indicator_id = fields.Many2one(
        comodel_name="revisit.indicator", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="indicator_id.company_id", store=True, index=True
    )
    lower = fields.Float(string="Over", required=True, digits=(16, 2), aggregator=None)
    upper = fields.Float(string="Up To", required=True, digits=(16, 2), aggregator=None)
    points = fields.Float(required=True, digits=(16, 2), aggregator=None)

    def _get_scheme(self):
        return self.indicator_id.scheme_id
