# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .revisit_callback import DONE_STATES, OPEN_STATES


class RevisitCallback(models.Model):
    """Where a callback stands against the clock: true at every moment (I2).

    Reading, searching and grouping ask the clock itself; nothing is stored, so
    nothing depends on a nightly job.
    """

    _inherit = "revisit.callback"

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

    @api.depends("state", "window_start", "window_end", "is_on_time")
    @api.depends_context("tz", "uid")
    def _compute_timing(self):
        now, tomorrow = fields.Datetime.now(), self._get_end_of_today()
        for callback in self:
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

    def _search_timing(self, operator, value):
        if operator != "in":
            return NotImplemented
        now, tomorrow = fields.Datetime.now(), self._get_end_of_today()
        is_open = Domain("state", "in", OPEN_STATES)
        is_done = Domain("state", "in", DONE_STATES)
        started = is_open & Domain("window_start", "<=", now)
        domains = {
            "upcoming": is_open
            & Domain("window_start", ">", now)
            & Domain("window_end", ">", now),
            "due": started & Domain("window_end", ">", tomorrow),
            "today": started
            & Domain("window_end", ">", now)
            & Domain("window_end", "<=", tomorrow),
            "late": is_open & Domain("window_end", "<=", now),
            "on_time": is_done & Domain("is_on_time", "=", True),
            "missed": is_done & Domain("is_on_time", "=", False),
            "cancelled": Domain("state", "=", "cancelled"),
        }
        return Domain.OR(domains[key] for key in value if key in domains)

    def _read_group_groupby(self, alias, groupby_spec, query):
        """Group by the clock itself: nothing here waits for a nightly flag."""
        if groupby_spec != "timing":
            return super()._read_group_groupby(alias, groupby_spec, query)
        self._check_field_access(self._fields["timing"], "read")
        column = {
            name: self._field_to_sql(alias, name, query)
            for name in ("state", "window_start", "window_end", "is_on_time")
        }
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
            tomorrow=self._get_end_of_today(),
            **column,
        )

    def _get_end_of_today(self):
        """Return the naive UTC moment at which the reader's day ends."""
        zone = ZoneInfo(self.env.context.get("tz") or self.env.user.tz or "UTC")
        today = datetime.now(timezone.utc).astimezone(zone).date()
        midnight = datetime.combine(today + timedelta(days=1), time.min, tzinfo=zone)
        return midnight.astimezone(timezone.utc).replace(tzinfo=None)
