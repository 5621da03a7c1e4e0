# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta
from hashlib import sha256

from odoo import api, fields, models
from odoo.tools import format_datetime

from ...tools import hours, windows

# a slot is looked for as many days ahead, and for late work as many
MOST_DAYS = 7
LATE_DAYS = 2
# nobody was there at that hour
FAILED = {"no_answer", "busy"}


class RevisitBestHourMixin(models.AbstractModel):
    """When the customer of a callback is most likely to answer.

    ``revisit.best.hour`` holds what was learnt; here it meets the customer's hours, the
    window, and the hours at which this customer was called in vain.
    """

    _name = "revisit.best.hour.mixin"
    _description = "Best Hour of a Callback"

    best_hour_text = fields.Char(
        string="Best Hour",
        compute="_compute_best_hour_text",
        help="When most such customers answer, learnt from the company's own first"
        " tries. Empty while nothing is certain.",
    )

    @api.depends_context("lang", "tz", "uid")
    @api.depends("state", "channel", "window_end", "partner_id", "attempt_ids.outcome")
    def _compute_best_hour_text(self):
        self.best_hour_text = False
        asked = self.filtered(lambda one: one.is_open and one.channel == "phone")
        better = asked._get_cells(only_better=True)
        for callback in asked if better else ():
            # the hours are the customer's, whom not every agent may read
            known = callback.sudo()
            rows = better.get(known._get_cell_key(), {}).values()
            found = known._find_best_slot(rows)
            if found:
                callback.best_hour_text = self._describe_slot(*found)

    def _get_cells(self, only_better=False):
        """Return what was learnt for the companies of the callbacks."""
        # whoever may read the company
        companies = self.sudo().company_id
        return self.env["revisit.best.hour"]._get_cells(companies, only_better)

    def _get_cell_key(self):
        kind = "company" if self.commercial_partner_id.is_company else "person"
        return self.company_id.id, kind

    def _get_local_now(self):
        """Return the naive local time of the customer."""
        now = fields.Datetime.now()
        return windows.to_local(now, self._get_customer_tz())

    def _get_failed_hours(self):
        """Return the local hours at which this customer was called in vain."""
        zone = self._get_customer_tz()
        return {
            int(hours.local_hour(attempt.at, zone))
            for attempt in self.attempt_ids
            if attempt.outcome in FAILED
        }

    def _find_best_slot(self, rows):
        """Return ``(start, row)`` of the best hour that is left, or None.

        :param rows: better rows of ``revisit.best.hour`` for such customers
        :return: naive UTC start of the hour; the past, where it has begun already
        """
        self.ensure_one()
        if not rows:
            return None
        zone, local = self._get_customer_tz(), self._get_local_now()
        (first, last), failed = self._get_call_hours(), self._get_failed_hours()
        now = fields.Datetime.now()
        limit = min(
            max(self.window_end, now + timedelta(days=LATE_DAYS)),
            now + timedelta(days=MOST_DAYS),
        )
        slots = []
        for row in rows:
            if row.hour in failed or not first <= row.hour < last:
                continue
            days = (int(row.weekday) - local.weekday()) % MOST_DAYS
            if not days and row.hour < local.hour:
                continue
            day = local.date() + timedelta(days=days)
            start = windows.day_start(day, zone, row.hour)
            if start < limit:
                # a point more or less is not worth waiting for
                slots.append((-round(row.rate), start, row))
        if not slots:
            return None
        _rate, start, row = min(slots, key=lambda slot: slot[:2])
        return start, row

    @api.model
    def _describe_slot(self, start, row):
        """Return a slot in words, in the reader's zone."""
        zone = self.env.context.get("tz") or self.env.user.tz
        # the day is the company's, whoever may read its settings
        zone = zone or self.env.company.sudo()._revisit_tz()
        end = start + timedelta(hours=1)
        figures = {
            "rate": f"{row.rate:.0f}",
            "usual": f"{row.usual:.0f}",
            "until": format_datetime(self.env, end, tz=zone, dt_format="HH:mm"),
        }
        if start <= fields.Datetime.now():
            return self.env._(
                "now, until %(until)s: %(rate)s of 100 answer (usually %(usual)s)",
                **figures,
            )
        return self.env._(
            "%(start)s-%(until)s: %(rate)s of 100 answer (usually %(usual)s)",
            start=format_datetime(self.env, start, tz=zone, dt_format="EEE HH:mm"),
            **figures,
        )

    # ------------------------------------------------------------
    # QUEUE
    # ------------------------------------------------------------

    def _is_called_at_best_hour(self):
        """Return whether the hour is chosen for the customer; or they prove its gain.

        The same customer is always in the same group. The draw depends on nothing that
        is known of them.
        """
        self.ensure_one()
        # the setting holds, whoever may read it
        company = self.company_id.sudo()
        drawn = f"{company.id}:{self.sudo().commercial_partner_id.id}".encode()
        number = int(sha256(drawn).hexdigest()[:8], 16) % 100
        return number >= company.revisit_any_hour_share

    def _put_best_first(self):
        """Return the callbacks in the order in which they are offered.

        Where the company wants it, those whose customers answer now rather than later
        today come first. Work that is due today stays before other work, and a customer
        of the group that proves the gain keeps their place.
        """
        # the hours are the customers', whom not every agent may read
        known = self.sudo()
        guided = known.filtered(
            lambda callback: (
                callback.company_id.revisit_best_hour
                and callback.channel == "phone"
                and callback._is_called_at_best_hour()
            )
        )
        cells = guided._get_cells()
        if not cells:
            return self
        first = iter(guided.sorted(lambda callback: callback._get_rank(cells)))
        return self.browse(
            [(next(first) if callback in guided else callback).id for callback in known]
        )

    def _get_rank(self, cells):
        """Return ``(is due later, chance that is lost by calling now)``."""
        local, zone = self._get_local_now(), self._get_customer_tz()
        rows = cells.get(self._get_cell_key(), {})
        today = windows.day_start(local.date() + timedelta(days=1), zone)
        first, last = self._get_call_hours()
        rates = {
            hour: row.rate
            for (weekday, hour), row in rows.items()
            if weekday == local.weekday() and max(first, local.hour) <= hour < last
        }
        usual = next((row.usual for row in rows.values()), 0)
        now = rates.get(local.hour, usual)
        lost = max([now, *rates.values()]) - now
        if local.hour in self._get_failed_hours():
            # whoever did not answer at this hour comes last
            lost = 100
        return self.window_end > today, lost

    def _get_hour_group(self, attempt):
        """Return the group in which a try is measured, or False.

        Counted is the first try by phone, at an hour that was not agreed.
        """
        self.ensure_one()
        # the setting holds, whoever may read it
        if (
            not self.company_id.sudo().revisit_best_hour
            or self.channel != "phone"
            or self.attempt_ids - attempt
            or self.time_state == "confirmed"
        ):
            return False
        return "best" if self._is_called_at_best_hour() else "any"
