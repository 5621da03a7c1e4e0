# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    revisit_catch_up_days = fields.Integer(
        related="company_id.revisit_catch_up_days", readonly=False
    )
    revisit_budget_limit = fields.Integer(
        related="company_id.revisit_budget_limit", readonly=False
    )
    revisit_budget_days = fields.Integer(
        related="company_id.revisit_budget_days", readonly=False
    )
    revisit_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Cost Currency"
    )
    revisit_hourly_cost = fields.Monetary(
        related="company_id.revisit_hourly_cost",
        currency_field="revisit_currency_id",
        readonly=False,
    )
    revisit_touch_hour_from = fields.Float(
        related="company_id.revisit_touch_hour_from", readonly=False
    )
    revisit_touch_hour_to = fields.Float(
        related="company_id.revisit_touch_hour_to", readonly=False
    )
    revisit_digest_hour = fields.Float(
        related="company_id.revisit_digest_hour", readonly=False
    )
    revisit_digest_on = fields.Date(related="company_id.revisit_digest_on")
    revisit_best_hour = fields.Boolean(
        related="company_id.revisit_best_hour", readonly=False
    )
    revisit_any_hour_share = fields.Integer(
        related="company_id.revisit_any_hour_share", readonly=False
    )
    revisit_best_hour_gain = fields.Char(
        string="What the Best Hour Has Brought",
        compute="_compute_revisit_best_hour_gain",
    )
    revisit_data_purpose = fields.Text(
        related="company_id.revisit_data_purpose", readonly=False
    )
    revisit_data_ground = fields.Text(
        related="company_id.revisit_data_ground", readonly=False
    )
    revisit_customer_marked = fields.Boolean(
        related="company_id.revisit_customer_marked", readonly=False
    )
    revisit_customer_bought = fields.Boolean(
        related="company_id.revisit_customer_bought", readonly=False
    )
    revisit_customer_delivered = fields.Boolean(
        related="company_id.revisit_customer_delivered", readonly=False
    )
    revisit_customer_repaired = fields.Boolean(
        related="company_id.revisit_customer_repaired", readonly=False
    )
    revisit_customer_invoiced = fields.Boolean(
        related="company_id.revisit_customer_invoiced", readonly=False
    )
    revisit_warranty_months = fields.Integer(
        related="company_id.revisit_warranty_months", readonly=False
    )
    revisit_plan_through_orm = fields.Boolean(
        related="company_id.revisit_plan_through_orm", readonly=False
    )

    @api.depends("company_id")
    def _compute_revisit_best_hour_gain(self):
        hours = self.env["revisit.best.hour"]
        for settings in self:
            gain = hours._describe_gain(settings.company_id)
            settings.revisit_best_hour_gain = gain
