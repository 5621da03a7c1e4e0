# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    _revisit_bounded = True

    revisit_catch_up_days = fields.Integer(
        string="Catch Up (days)",
        default=30,
        help="How far back a planning run looks for events that it has missed.",
    )

    revisit_plan_through_orm = fields.Boolean(
        string="Plan Through the ORM",
        help="Create planned callbacks one by one, so that extensions of their"
        " creation and automation rules on it run. Slower.",
    )

    revisit_budget_limit = fields.Integer(
        string="Contact Budget",
        default=0,
        help="How many contacts of all kinds one customer gets within the days beside"
        " it; 0: no budget.",
    )
    revisit_budget_days = fields.Integer(string="Budget Days", default=30)
    revisit_hourly_cost = fields.Monetary(
        string="Cost of an Hour of Callbacks",
        help="Used to estimate what a policy costs before it is switched on.",
    )
    revisit_touch_hour_from = fields.Float(string="Touches From", default=9.0)
    revisit_touch_hour_to = fields.Float(string="Touches Until", default=20.0)

    _revisit_budget_positive = models.Constraint(
        "CHECK(revisit_budget_limit >= 0 AND revisit_budget_days > 0)",
        "A contact budget is a number from 0, over at least one day.",
    )
    _revisit_touch_hours_ordered = models.Constraint(
        "CHECK(revisit_touch_hour_from >= 0 AND revisit_touch_hour_to <= 24"
        " AND revisit_touch_hour_from < revisit_touch_hour_to)",
        "Touches are sent between two hours of a day, the earlier one first.",
    )
    _revisit_catch_up_positive = models.Constraint(
        "CHECK(revisit_catch_up_days >= 0)", "The days to catch up start from 0."
    )

    @api.model
    def _revisit_all(self):
        """Return every company: scheduled work serves them one after the other."""
        return self.sudo().search([("active", "=", True)])

    def _revisit_tz(self):
        """Return the name of the time zone in which the company counts days."""
        self.ensure_one()
        return self.resource_calendar_id.tz or self.partner_id.tz or "UTC"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["revisit.rulebook"].sudo()._register_shipped(companies)
        return companies
