# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Working time day by day, for any range of dates.

Plain Python without a database. The working time of a day depends only on that day:
on the weekly hours, the days off and the corrections, never on the requested range.
So the same event always has the same window.
"""

from bisect import bisect_left, bisect_right
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

MONDAY_TO_FRIDAY = range(5)
# the hours of a new calendar in Odoo; used if no hours are defined
OFFICE_HOURS = ((8.0, 12.0), (13.0, 17.0))
# a calendar without a working day in this many years is treated as having none
REACH_YEARS = 60
# a day off ends at 23:59:59: the second that is left is not working time
SHORTEST = timedelta(minutes=1)


def week_parity(day):
    """Return 0 or 1, the week of a two-week calendar, counted as in Odoo.

    >>> week_parity(date(2026, 3, 1)), week_parity(date(2026, 3, 2))
    (1, 0)
    """
    return (day.toordinal() - 1) // 7 % 2


def office_week():
    """Return the weekly hours of Monday to Friday, see :class:`Workdays`."""
    return {
        (parity, weekday): list(OFFICE_HOURS)
        for parity in (0, 1)
        for weekday in MONDAY_TO_FRIDAY
    }


class Calendars(dict):
    """The working calendars that one planning run has read, by company id.

    Two runs never share an object, even if both have read nothing yet.
    """

    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other

    def __ne__(self, other):
        return self is not other


class Workdays:
    """The working days and hours of one company.

    :param tz: name of the zone in which the hours are counted
    :param week: ``{(parity, weekday): [(from, to)]}``, hours of a week's days
    :param leaves: ``[(start, end)]``, days off, naive UTC
    :param corrections: ``{date: whether it is worked}``; they have priority

    >>> days = Workdays("UTC", office_week(), [], {date(2026, 3, 7): True})
    >>> [str(day) for day in days.between(date(2026, 3, 6), date(2026, 3, 9))]
    ['2026-03-06', '2026-03-07', '2026-03-09']
    >>> days.shift(date(2026, 3, 6), 1), days.shift(date(2026, 3, 10), -2)
    (datetime.date(2026, 3, 7), datetime.date(2026, 3, 7))
    """

    def __init__(self, tz, week, leaves=(), corrections=None):
        self.zone = ZoneInfo(tz)
        self.week = {key: sorted(hours) for key, hours in week.items() if hours}
        self.leaves = _merge(leaves)
        self.ends = [end for _start, end in self.leaves]
        self.corrections = corrections or {}
        self._years = {}

    def has_hours(self):
        """Return whether any hour of a week is working time."""
        return bool(self.week)

    def works(self, day):
        """Return whether ``day`` is a working day."""
        if day in self.corrections:
            return self.corrections[day]
        return bool(self._regular(day) and self._worked(day))

    def spans(self, day):
        """Return the working time of a day, ``[(start, end)]`` in naive UTC.

        A make-up day without hours of its own has the hours of the first regular
        working day in its week.
        """
        is_corrected = self.corrections.get(day)
        if is_corrected is False:
            return []
        worked = self._worked(day)
        if worked or not is_corrected:
            return worked
        hours = self._regular(day) or next(
            (
                self.week[parity, weekday]
                for parity in (week_parity(day), 1 - week_parity(day))
                for weekday in range(7)
                if (parity, weekday) in self.week
            ),
            [],
        )
        return self._localise(day, hours)

    def iter_from(self, moment):
        """Yield the working time ``(start, end)`` from a naive UTC moment on."""
        day = moment.replace(tzinfo=timezone.utc).astimezone(self.zone).date()
        last = day
        while self.has_hours() and (day - last).days <= 366:
            for start, end in self.spans(day):
                if end > moment:
                    last = day
                    yield max(start, moment), end
            day += timedelta(days=1)

    def between(self, first, last):
        """Return the working days from ``first`` to ``last``, both included."""
        found = []
        for year in range(first.year, last.year + 1):
            days = self._year(year)
            found += days[bisect_left(days, first) : bisect_right(days, last)]
        return found

    def shift(self, day, count):
        """Return the working day ``count`` days after ``day`` (before it if negative).

        ``day`` itself is never counted.

        :raise LookupError: the calendar has too few working days
        """
        days, year = self._year(day.year), day.year
        if count > 0:
            position = bisect_right(days, day) + count - 1
            while position >= len(days):
                position -= len(days)
                year += 1
                days = self._reach(day, year)
        else:
            position = bisect_left(days, day) + count
            while position < 0:
                year -= 1
                days = self._reach(day, year)
                position += len(days)
        return days[position]

    # ------------------------------------------------------------

    def _reach(self, day, year):
        if abs(year - day.year) > REACH_YEARS or not 1 < year < 9999:
            raise LookupError(day)
        return self._year(year)

    def _year(self, year):
        """Return the sorted working days of a year."""
        if year not in self._years:
            first = date(year, 1, 1)
            count = (date(year, 12, 31) - first).days + 1
            days = (first + timedelta(days=number) for number in range(count))
            self._years[year] = [day for day in days if self.works(day)]
        return self._years[year]

    def _regular(self, day):
        return self.week.get((week_parity(day), day.weekday()), ())

    def _worked(self, day):
        """Return the regular hours of a day that remain after days off."""
        spans = self._localise(day, self._regular(day))
        if not spans:
            return spans
        position = bisect_right(self.ends, spans[0][0])
        while position < len(self.leaves) and self.leaves[position][0] < spans[-1][1]:
            spans = _subtract(spans, *self.leaves[position])
            position += 1
            if not spans:
                break
        return spans

    def _localise(self, day, hours):
        spans = [
            (self._moment(day, first), self._moment(day, last)) for first, last in hours
        ]
        # hours that the clock skips are not working time
        return [(start, end) for start, end in spans if start < end]

    def _moment(self, day, hour):
        minutes = round(hour * 60)
        day += timedelta(days=minutes // 1440)
        clock = time(minutes % 1440 // 60, minutes % 60)
        local = datetime.combine(day, clock, tzinfo=self.zone)
        return local.astimezone(timezone.utc).replace(tzinfo=None)


def _merge(intervals):
    """Return sorted, disjoint intervals.

    >>> _merge([(3, 5), (1, 2), (4, 9)])
    [(1, 2), (3, 9)]
    """
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _subtract(spans, start, end):
    """Return the spans outside ``[start, end)``, without rests below a minute."""
    rests = []
    for first, last in spans:
        for begin, stop in ((first, min(last, start)), (max(first, end), last)):
            if stop - begin >= SHORTEST:
                rests.append((begin, stop))
    return rests
