# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import windows
from ...tools.local_day import LocalDay
from ...tools.terms import (
    DONE_STATES,
    OPEN_STATES,
)


class RevisitTimedMixin(models.AbstractModel):
    """How a callback's window relates to the present time, correct at every moment.

    Reading, searching and grouping use the current time; nothing is stored, so
    nothing depends on a nightly job. "Today" is the day of the callback's company,
    wherever the reader is; a list of several companies shows each by its own day.
    """

    _name = "revisit.timed.mixin"
    _description = "Stands Against the Clock"

    timing = fields.Selection(
        selection=[
            ("upcoming", "Not Yet Due"),
            ("due", "May Be Made Now"),
            ("today", "Due Today"),
            ("late", "Late"),
            ("on_time", "Made on Time"),
            ("missed", "Made Out of Time"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_timing",
        search="_search_timing",
    )
    event_on = LocalDay(string="Event Day", moment="event_at")
    done_on = LocalDay(string="Made On Day", moment="done_at")
    days_left = fields.Integer(
        compute="_compute_days_left",
        help="Days until the last day, on the company's calendar.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "window_start", "window_end", "is_on_time", "company_id")
    def _compute_timing(self):
        now = fields.Datetime.now()
        ends = {
            company: self._get_end_of_today(company._revisit_tz())
            for company in self.company_id
        }
        for callback in self:
            tomorrow = ends.get(callback.company_id, now)
            if callback.state in DONE_STATES:
                timing = "on_time" if callback.is_on_time else "missed"
            elif not callback.window_end:
                timing = False
            elif callback.state == "cancelled":
                timing = "cancelled"
            elif callback.window_end <= now:
                timing = "late"
            elif callback.window_start > now:
                timing = "upcoming"
            else:
                timing = "today" if callback.window_end <= tomorrow else "due"
            callback.timing = timing

    @api.depends("last_day", "company_id")
    def _compute_days_left(self):
        for callback in self:
            company, day = callback.company_id, callback.last_day
            is_dated = company and day
            callback.days_left = is_dated and (day - company._revisit_today()).days

    def _search_timing(self, operator, value):
        if operator != "in":
            return NotImplemented
        now, ends_today = fields.Datetime.now(), self._get_ends_today_domain()
        is_open = Domain("state", "in", OPEN_STATES)
        is_done = Domain("state", "in", DONE_STATES)
        started = is_open & Domain("window_start", "<=", now)
        domains = {
            "upcoming": is_open
            & Domain("window_start", ">", now)
            & Domain("window_end", ">", now),
            "due": started & Domain("window_end", ">", now) & ~ends_today,
            "today": started & Domain("window_end", ">", now) & ends_today,
            "late": is_open & Domain("window_end", "<=", now),
            "on_time": is_done & Domain("is_on_time", "=", True),
            "missed": is_done & Domain("is_on_time", "=", False),
            "cancelled": Domain("state", "=", "cancelled"),
        }
        return Domain.OR(domains[key] for key in value if key in domains)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _read_group_groupby(self, alias, groupby_spec, query):
        """Group by the current time, without a stored value."""
        if groupby_spec != "timing":
            return super()._read_group_groupby(alias, groupby_spec, query)
        self._check_field_access(self._fields["timing"], "read")
        column = {
            name: self._field_to_sql(alias, name, query)
            for name in (
                "state",
                "window_start",
                "window_end",
                "is_on_time",
                "company_id",
            )
        }
        tomorrow = self.env["res.company"]._revisit_by_company(
            column["company_id"],
            lambda zone: SQL("%s::timestamp", self._get_end_of_today(zone)),
        )
        return SQL(
            """
            CASE WHEN %(state)s IN ('done', 'reviewed')
                 THEN CASE WHEN %(is_on_time)s THEN 'on_time' ELSE 'missed' END
                 WHEN %(state)s = 'cancelled' THEN 'cancelled'
                 WHEN %(window_end)s <= %(now)s THEN 'late'
                 WHEN %(window_start)s > %(now)s THEN 'upcoming'
                 WHEN %(window_end)s <= %(tomorrow)s THEN 'today'
                 ELSE 'due' END
            """,
            now=fields.Datetime.now(),
            tomorrow=tomorrow,
            **column,
        )

    @api.model
    def _get_end_of_today(self, zone=None):
        """Return when a zone's day ends, in naive UTC; by default the company's."""
        zone = zone or self.env.company._revisit_tz()
        today = windows.local_date(fields.Datetime.now(), zone)
        return windows.day_start(today + timedelta(days=1), zone)

    @api.model
    def _get_ends_today_domain(self):
        """Return the domain of windows that end today or ended earlier."""
        zones = self.env["res.company"]._revisit_zones()
        return Domain.OR(
            (Domain.TRUE if len(zones) == 1 else Domain("company_id", "in", ids))
            & Domain("window_end", "<=", self._get_end_of_today(zone))
            for zone, ids in zones
        )
