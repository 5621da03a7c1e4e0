# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import windows

DEFINITION = (
    "revisit_customer_marked",
    "revisit_customer_bought",
    "revisit_customer_delivered",
    "revisit_customer_repaired",
    "revisit_customer_invoiced",
)


class ResCompany(models.Model):
    """How a company defines its customers, and how long its products have warranty."""

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
    revisit_best_hour = fields.Boolean(
        string="Call at the Best Hour",
        help="My Next Callback offers first whose customers answer now rather than"
        " later today, as learnt from your own calls. Work due today stays first.",
    )
    revisit_any_hour_share = fields.Integer(
        string="Called at Any Hour (%)",
        default=10,
        help="So many of a hundred customers, chosen by chance, are called at any hour,"
        " so that you see what the best hour really brings.",
    )
    revisit_digest_hour = fields.Float(
        string="Daily Summary At",
        default=8.0,
        help="The hour of the company's day at which everybody is told what is due.",
    )
    revisit_digest_on = fields.Date(
        string="Last Daily Summary",
        copy=False,
        help="The company's day on which the last one was sent.",
    )
    revisit_data_purpose = fields.Text(
        string="Why Customers' Data Are Kept",
        translate=True,
        help="Told to customers on the page of their data. Empty: a usual sentence.",
    )
    revisit_data_ground = fields.Text(
        string="Legal Ground",
        translate=True,
        help="On which law or consent it rests. Empty: a usual sentence.",
    )
    revisit_customer_marked = fields.Boolean(
        string="Who Was Marked as a Customer",
        default=True,
        help="By the tick on the contact, a customer tier, status or attribute, or by"
        " having been created as a customer in Sales or Invoicing.",
    )
    revisit_customer_bought = fields.Boolean(
        string="Who Bought", default=True, help="Has a confirmed sales order."
    )
    revisit_customer_delivered = fields.Boolean(
        string="Who Was Delivered To",
        default=True,
        help="Got a delivery, or owns an installed product.",
    )
    revisit_customer_repaired = fields.Boolean(
        string="Who Had a Repair", default=True, help="Has a finished repair."
    )
    revisit_customer_invoiced = fields.Boolean(
        string="Who Was Invoiced", default=True, help="Has a posted invoice."
    )
    revisit_warranty_months = fields.Integer(
        string="Warranty (months)",
        default=12,
        help="Of storable products whose category says nothing else; 0: none.",
    )

    _revisit_hourly_cost_positive = models.Constraint(
        "CHECK(revisit_hourly_cost >= 0)", "An hour of callbacks costs 0 or more."
    )
    _revisit_budget_positive = models.Constraint(
        "CHECK(revisit_budget_limit >= 0 AND revisit_budget_days > 0)",
        "A contact budget is a number from 0, over at least one day.",
    )
    _revisit_touch_hours_ordered = models.Constraint(
        "CHECK(revisit_touch_hour_from >= 0 AND revisit_touch_hour_to <= 24"
        " AND revisit_touch_hour_from < revisit_touch_hour_to)",
        "Touches are sent between two hours of a day, the earlier one first.",
    )
    _revisit_any_hour_share_bounded = models.Constraint(
        "CHECK(revisit_any_hour_share BETWEEN 1 AND 50)",
        "From 1 to 50 of a hundred customers are called at any hour: without them"
        " nobody knows what the best hour brings.",
    )
    _revisit_catch_up_positive = models.Constraint(
        "CHECK(revisit_catch_up_days BETWEEN 0 AND 3660)",
        "The days to catch up go from 0 to 3660, which is ten years.",
    )
    _revisit_digest_hour_bounded = models.Constraint(
        "CHECK(revisit_digest_hour >= 0 AND revisit_digest_hour < 24)",
        "The daily summary is sent at an hour from 0:00 to 23:59.",
    )
    _revisit_warranty_bounded = models.Constraint(
        "CHECK(revisit_warranty_months BETWEEN 0 AND 600)",
        "A warranty lasts from 0 to 600 months.",
    )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains(*DEFINITION)
    def _check_revisit_customer(self):
        for company in self:
            if not any(company[name] for name in DEFINITION):
                raise ValidationError(
                    self.env._(
                        "%(company)s would have no customers at all: tick at least"
                        " one of the ways in which a contact becomes a customer.",
                        company=company.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        # a user who adds a company need not be a callback manager
        self.env["revisit.rulebook"].sudo()._register_shipped(companies)
        return companies

    def write(self, vals):
        moves_zone = bool({"resource_calendar_id", "partner_id"} & set(vals))
        zones = {c: c._revisit_tz() for c in self} if moves_zone else {}
        result = super().write(vals)
        if moves_zone:
            self._revisit_follow_zones(zones)
        if set(DEFINITION) & set(vals):
            # new customers become due, and those who are none any more leave the queues
            self.env["revisit.planner"]._poke()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _revisit_all(self):
        """Return all active companies; scheduled actions go through them in turn."""
        return self.sudo().search([("active", "=", True)])  # for crons

    def _revisit_workdays_until(self):
        """Return the end of the last year with holidays or make-up days, or None.

        A company without any works by its calendar alone, in all years.
        """
        self.ensure_one()
        # working days are the same for every user
        last = (
            self.env["revisit.workday"]
            .sudo()
            .search([("company_id", "=", self.id)], order="date desc", limit=1)
        )
        return last and date(last.date.year, 12, 31) or None

    # ------------------------------------------------------------
    # THE COMPANY'S DATE AND TIME ZONE
    # ------------------------------------------------------------

    def _revisit_tz(self):
        """Return the name of the time zone in which the company counts days."""
        self.ensure_one()
        # portal users may not read calendars and addresses, but need the same days
        company = self.sudo()
        return company.resource_calendar_id.tz or company.partner_id.tz or "UTC"

    def _revisit_today(self):
        """Return the company's current date, whoever asks and wherever they are."""
        return self._revisit_day(fields.Datetime.now())

    def _revisit_day(self, moment):
        """Return the company's date at a naive UTC moment."""
        return windows.local_date(moment, self._revisit_tz())

    def _revisit_local(self, moment):
        """Return the company's local time, as naive datetime, at a naive UTC moment."""
        return windows.to_local(moment, self._revisit_tz())

    def _revisit_day_bounds(self, first, last=None):
        """Return ``[start, end)``, naive UTC, of one or several of the company's days.

        :param last: the last of several days, included
        """
        tz, after = self._revisit_tz(), (last or first) + timedelta(days=1)
        return windows.day_start(first, tz), windows.day_start(after, tz)

    @api.model
    def _revisit_zones(self):
        """Return ``[(time zone, company ids)]`` of all companies."""
        # the same zones as :meth:`_revisit_tz`, for all companies at once
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
        """Return the domain that compares a date with today in the record's company.

        :param name: name of a Date field of a model with ``company_id``
        :param days: number of days to add to today
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
        """Return SQL with a value that depends on the company's time zone.

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
        """Update open callbacks of companies whose time zone has changed.

        Callbacks that were made keep their days.

        :param zones: ``{company: name of the earlier zone}``
        """
        moved = self.browse(
            company.id
            for company, zone in zones.items()
            if company._revisit_tz() != zone
        )
        open_callbacks = moved and (
            self.env["revisit.callback"]
            .sudo()  # days of all callbacks, whoever may see them
            .with_context(active_test=False)
            .search([("company_id", "in", moved.ids), ("is_open", "=", True)])
        )
        if open_callbacks:
            self.env.add_to_compute(open_callbacks._fields["last_day"], open_callbacks)
            self.env["revisit.planner"]._poke()
