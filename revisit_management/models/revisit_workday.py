# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models

# how far working time is looked up: a year and a half, four weeks at a time
CHUNKS, CHUNK_DAYS = 20, 28


class RevisitWorkday(models.Model):
    """One date that differs from a company's working calendar (DESIGN 1.7).

    Odoo's calendars can only take days away; a make-up working Saturday needs
    a correction in the other direction.
    """

    _name = "revisit.workday"
    _description = "Working Day Correction"
    _order = "date desc"
    _rec_name = "date"

    date = fields.Date(required=True)
    is_working = fields.Boolean(string="Working Day", default=True)
    name = fields.Char(string="Occasion", translate=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )

    _date_unique = models.UniqueIndex(
        "(company_id, date)", "This date has a correction already: edit that one."
    )

    @api.model
    def _get_working_dates(self, company, first, last):
        """Return the sorted local dates on which ``company`` works.

        Attendances of its calendar, minus leaves of this company (never those
        of another one), corrected by this model's rows.

        :param first: first date, included
        :param last: last date, included
        """
        if company.resource_calendar_id:
            dates = set(self._get_calendar_hours(company, first, last))
        else:
            span = (last - first).days + 1
            days = (first + timedelta(days=count) for count in range(span))
            dates = {day for day in days if day.weekday() < 5}
        for correction in self._get_corrections(company, first, last):
            if correction.is_working:
                dates.add(correction.date)
            else:
                dates.discard(correction.date)
        return sorted(dates)

    @api.model
    def _iter_working_time(self, company, moment):
        """Yield ``(start, end)``, naive UTC, of the working time from ``moment`` on.

        A make-up day has the hours of the first regular day in its weeks.
        """
        zone = ZoneInfo(company._revisit_tz())
        begin = moment.replace(tzinfo=timezone.utc).astimezone(zone)
        first = begin.date()
        for _count in range(CHUNKS):
            last = first + timedelta(days=CHUNK_DAYS - 1)
            hours = self._get_calendar_hours(company, first, last)
            regular = min(hours.items(), default=None)
            for correction in self._get_corrections(company, first, last):
                day = correction.date
                if not correction.is_working:
                    hours.pop(day, None)
                elif day not in hours and regular:
                    shift = day - regular[0]
                    hours[day] = [(a + shift, b + shift) for a, b in regular[1]]
            for _day, spans in sorted(hours.items()):
                for start, end in spans:
                    if end > begin:
                        yield tuple(
                            edge.astimezone(timezone.utc).replace(tzinfo=None)
                            for edge in (max(start, begin), end)
                        )
            first = last + timedelta(days=1)

    @api.model
    def _get_calendar_hours(self, company, first, last):
        """Return {local date: [(start, end)]} of the calendar, leaves taken out."""
        zone = ZoneInfo(company._revisit_tz())
        domain = [
            ("time_type", "=", "leave"),
            ("company_id", "in", [False, company.id]),
        ]
        intervals = company.resource_calendar_id._work_intervals_batch(
            datetime.combine(first, time.min, tzinfo=zone),
            datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone),
            domain=domain,
        )
        hours = {}
        for start, end, _meta in intervals[False]:
            start, end = start.astimezone(zone), end.astimezone(zone)
            hours.setdefault(start.date(), []).append((start, end))
        return hours

    @api.model
    def _get_corrections(self, company, first, last):
        return self.sudo().search_fetch(
            [
                ("company_id", "=", company.id),
                ("date", ">=", first),
                ("date", "<=", last),
            ],
            ["date", "is_working"],
        )
