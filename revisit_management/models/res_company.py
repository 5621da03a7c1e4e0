# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import plan_period, windows


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
        "CHECK(revisit_catch_up_days BETWEEN 0 AND 3660)",
        "The days to catch up go from 0 to 3660, which is ten years.",
    )

    @api.model
    def _revisit_all(self):
        """Return every company: scheduled work serves them one after the other."""
        return self.sudo().search([("active", "=", True)])

    # ------------------------------------------------------------
    # THE COMPANY'S DAY
    # ------------------------------------------------------------

    def _revisit_tz(self):
        """Return the name of the time zone in which the company counts days."""
        self.ensure_one()
        # calendars and addresses are not for portal users, whose days count alike
        company = self.sudo()
        return company.resource_calendar_id.tz or company.partner_id.tz or "UTC"

    def _revisit_today(self):
        """Return the company's date, whoever asks and wherever they are."""
        return self._revisit_day(fields.Datetime.now())

    def _revisit_day(self, moment):
        """Return the company's date at a naive UTC moment."""
        return windows.local_date(moment, self._revisit_tz())

    def _revisit_local(self, moment):
        """Return the company's wall clock, without a zone, at a naive UTC moment."""
        return plan_period.to_local(moment, self._revisit_tz())

    def _revisit_day_bounds(self, first, last=None):
        """Return ``[start, end)``, naive UTC, of one or more of the company's days.

        :param last: the last of several days, included
        """
        tz, after = self._revisit_tz(), (last or first) + timedelta(days=1)
        return windows.day_start(first, tz), windows.day_start(after, tz)

    @api.model
    def _revisit_zones(self):
        """Return ``[(zone, ids)]`` of all companies, each in the zone of its days."""
        # the zones of :meth:`_revisit_tz`, of all companies at once
        self.flush_model(["resource_calendar_id", "partner_id"])
        self.env["resource.calendar"].flush_model(["tz"])
        self.env["res.partner"].flush_model(["tz"])
        return self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(calendar.tz, NULLIF(partner.tz, ''), 'UTC'),
                       array_agg(company.id ORDER BY company.id)
                  FROM res_company company
                  JOIN res_partner partner ON partner.id = company.partner_id
             LEFT JOIN resource_calendar calendar
                    ON calendar.id = company.resource_calendar_id
              GROUP BY 1 ORDER BY 1
                """
            )
        )

    @api.model
    def _revisit_today_domain(self, name, operator, days=0):
        """Return the domain that compares a date with each record's own today.

        :param name: name of a Date field of a model with ``company_id``
        :param days: a day so many days later instead
        """
        zones, now = self._revisit_zones(), fields.Datetime.now()
        shift = timedelta(days=days)
        return Domain.OR(
            (Domain.TRUE if len(zones) == 1 else Domain("company_id", "in", ids))
            & Domain(name, operator, windows.local_date(now, zone) + shift)
            for zone, ids in zones
        )

    @api.model
    def _revisit_by_company(self, company, value_of):
        """Return SQL of what differs from zone to zone.

        :param company: SQL of a row's company
        :param value_of: function from the name of a zone to its value
        """
        zones = self._revisit_zones()
        if len(zones) == 1:
            return SQL("%s", value_of(zones[0][0]))
        cases = [
            SQL("WHEN %s = ANY(%s) THEN %s", company, ids, value_of(zone))
            for zone, ids in zones
        ]
        return SQL("(CASE %s END)", SQL(" ").join(cases))

    def _revisit_follow_zones(self, zones):
        """Let what is still to be made follow companies whose zone has changed.

        What is made keeps the days it was made under.

        :param zones: ``{company: name of the zone before}``
        """
        moved = self.browse(
            company.id
            for company, zone in zones.items()
            if company._revisit_tz() != zone
        )
        open_callbacks = moved and (
            self.env["revisit.callback"]
            .sudo()  # the days of all, whoever may see them
            .with_context(active_test=False)
            .search([("company_id", "in", moved.ids), ("is_open", "=", True)])
        )
        if open_callbacks:
            self.env.add_to_compute(open_callbacks._fields["last_day"], open_callbacks)
            self.env["revisit.planner"]._poke()

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["revisit.rulebook"].sudo()._register_shipped(companies)
        return companies

    def write(self, vals):
        if not {"resource_calendar_id", "partner_id"} & set(vals):
            return super().write(vals)
        zones = {company: company._revisit_tz() for company in self}
        result = super().write(vals)
        self._revisit_follow_zones(zones)
        return result
