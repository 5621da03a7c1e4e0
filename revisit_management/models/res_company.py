# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

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
