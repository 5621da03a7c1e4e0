# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    revisit_catch_up_days = fields.Integer(
        related="company_id.revisit_catch_up_days", readonly=False
    )
    revisit_plan_through_orm = fields.Boolean(
        related="company_id.revisit_plan_through_orm", readonly=False
    )
