# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Calendar periods, due dates and samples.

Plain Python without a database. Periods are counted from January in the company's
time zone. As days, both bounds are included; as moments, their edges are naive UTC
and half-open, ``[start, end)``.
"""

from collections import namedtuple
from datetime import timedelta
from fractions import Fraction
from hashlib import md5
from heapq import heapify, heapreplace
from math import ceil, floor

from dateutil.relativedelta import relativedelta

from .terms import PERIOD_MONTHS
from .windows import day_start, local_date

Period = namedtuple("Period", "day start end")


def first_day(day, months):
    """Return the first date of the period of ``months`` that contains ``day``.

    >>> from datetime import date
    >>> first_day(date(2026, 5, 17), 3)
    datetime.date(2026, 4, 1)
    """
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


# ---------------------------------------------------------------------------
# Periods as days: both bounds are included
# ---------------------------------------------------------------------------


def bounds(day, period):
    """Return the first and the last day of the period that contains ``day``.

    :param period: ``month``, ``quarter``, ``half`` or ``year``

    >>> from datetime import date
    >>> [str(bound) for bound in bounds(date(2024, 2, 10), "month")]
    ['2024-02-01', '2024-02-29']
    >>> [str(bound) for bound in bounds(date(2025, 12, 31), "quarter")]
    ['2025-10-01', '2025-12-31']
    >>> [str(bound) for bound in bounds(date(2025, 7, 1), "half")]
    ['2025-07-01', '2025-12-31']
    """
    months = PERIOD_MONTHS[period]
    first = first_day(day, months)
    return first, first + relativedelta(months=months, days=-1)


def previous(day, period):
    """Return the bounds of the period before the one that contains ``day``.

    >>> from datetime import date
    >>> [str(bound) for bound in previous(date(2025, 1, 15), "quarter")]
    ['2024-10-01', '2024-12-31']
    """
    return bounds(bounds(day, period)[0] - timedelta(days=1), period)


def each_within(first, last, period):
    """Yield the bounds of every whole period between two days.

    >>> from datetime import date
    >>> len(list(each_within(date(2025, 1, 1), date(2025, 3, 31), "month")))
    3
    >>> list(each_within(date(2025, 1, 1), date(2025, 3, 31), "year"))
    []
    """
    start, end = bounds(first, period)
    while end <= last:
        if start >= first:
            yield start, end
        start, end = bounds(end + timedelta(days=1), period)


def bounds_ending(first, last, period):
    """Return the bounds of every period whose last day is one of these days.

    >>> from datetime import date
    >>> ended = bounds_ending(date(2026, 3, 31), date(2026, 9, 29), "quarter")
    >>> [str(end) for _start, end in ended]
    ['2026-03-31', '2026-06-30']
    >>> bounds_ending(date(2026, 4, 1), date(2026, 6, 29), "quarter")
    []
    """
    start, end = bounds(first, period)
    found = []
    while end <= last:
        found.append((start, end))
        start, end = bounds(end + timedelta(days=1), period)
    return found


def recognise(first, last, known=tuple(PERIOD_MONTHS)):
    """Return which of the ``known`` periods has these two bounds, or ``free``.

    >>> from datetime import date
    >>> recognise(date(2026, 2, 1), date(2026, 2, 28))
    'month'
    >>> recognise(date(2026, 1, 1), date(2026, 6, 30), ("month", "quarter"))
    'free'
    """
    for period in known:
        if bounds(first, period) == (first, last):
            return period
    return "free"


def label(first, last):
    """Return a short name of a range of days without words, for every language.

    >>> from datetime import date
    >>> label(date(2026, 4, 1), date(2026, 6, 30))
    '2026-Q2'
    >>> label(date(2025, 7, 1), date(2025, 12, 31))
    '2025-H2'
    >>> label(date(2025, 1, 5), date(2025, 1, 9))
    '2025-01-05 – 2025-01-09'
    """
    labels = {
        "month": f"{first:%Y-%m}",
        "quarter": f"{first.year}-Q{(first.month + 2) // 3}",
        "half": f"{first.year}-H{1 if first.month < 7 else 2}",
        "year": f"{first.year}",
    }
    return labels.get(recognise(first, last)) or f"{first} – {last}"


def utc_bounds(first, last, tz):
    """Return the half-open naive UTC bounds of local days, the last one included.

    >>> from datetime import date
    >>> utc_bounds(date(2025, 1, 1), date(2025, 3, 31), "Asia/Shanghai")[0]
    datetime.datetime(2024, 12, 31, 16, 0)
    >>> start, end = utc_bounds(date(2025, 3, 30), date(2025, 3, 30), "Europe/Berlin")
    >>> (end - start).total_seconds() / 3600
    23.0
    """
    return day_start(first, tz), day_start(last + timedelta(days=1), tz)


# ---------------------------------------------------------------------------
# Due dates and samples
# ---------------------------------------------------------------------------


def period_from(day, months, tz):
    """Return the ``Period`` that begins on local ``day``."""
    return Period(
        day, day_start(day, tz), day_start(day + relativedelta(months=months), tz)
    )


def starting_between(date_from, date_to, months, tz):
    """Return the periods whose first moment is in ``[date_from, date_to)``.

    >>> from datetime import datetime
    >>> starting = starting_between(
    ...     datetime(2026, 1, 1), datetime(2026, 7, 1), 3, "Asia/Shanghai")
    >>> [str(period.day) for period in starting]
    ['2026-04-01', '2026-07-01']
    """
    day, found = first_day(local_date(date_from, tz), months), []
    while (period := period_from(day, months, tz)).start < date_to:
        if period.start >= date_from:
            found.append(period)
        day += relativedelta(months=months)
    return found


def overlapping(date_from, date_to, months, tz):
    """Return the periods that have a moment in ``[date_from, date_to)``.

    >>> from datetime import datetime
    >>> found = overlapping(datetime(2026, 3, 5), datetime(2026, 4, 2), 3, "UTC")
    >>> [str(period.day) for period in found]
    ['2026-01-01', '2026-04-01']
    """
    day, found = first_day(local_date(date_from, tz), months), []
    while (period := period_from(day, months, tz)).start < date_to:
        found.append(period)
        day += relativedelta(months=months)
    return found


def first_period_until(period, window_end, days, tz):
    """Return the moment before which a customer must have come to be due already.

    At least ``days`` whole days of the window remain after the day they came;
    customers who came before the period are always due in it.

    >>> from datetime import datetime
    >>> quarter = period_from(datetime(2026, 1, 1).date(), 3, "UTC")
    >>> first_period_until(quarter, quarter.end, 7, "UTC")
    datetime.datetime(2026, 3, 25, 0, 0)
    """
    last = day_start(local_date(window_end, tz) - timedelta(days=days), tz)
    return max(period.start, last)


def ending_between(date_from, date_to, months, tz):
    """Return the periods whose last moment is in ``[date_from, date_to)``.

    >>> from datetime import datetime
    >>> ending = ending_between(datetime(2026, 3, 1), datetime(2026, 5, 1), 1, "UTC")
    >>> [str(period.day) for period in ending]
    ['2026-03-01', '2026-04-01']
    """
    day, found = first_day(local_date(date_from, tz), months), []
    while (period := period_from(day, months, tz)).end <= date_to:
        if period.end > date_from:
            found.append(period)
        day += relativedelta(months=months)
    return found


def calendar_window(event_at, months, tz, day_from=0, day_to=0):
    """Return the window of the period that contains ``event_at``, in naive UTC.

    It never opens before ``event_at``, which lies within a first, partial period.

    :param day_from: first day of the period's first month, 0 for the whole period
    :param day_to: last day, included

    >>> from datetime import datetime
    >>> calendar_window(datetime(2026, 4, 1), 3, "UTC", 11, 20)
    (datetime.datetime(2026, 4, 11, 0, 0), datetime.datetime(2026, 4, 21, 0, 0))
    """
    day = first_day(local_date(event_at, tz), months)
    _day, start, end = period_from(day, months, tz)
    if day_from:
        start = day_start(day.replace(day=day_from), tz)
        end = day_start(day.replace(day=day_to) + timedelta(days=1), tz)
    return max(start, event_at), end


def months_after(moment, months, tz):
    """Return when the local date ``months`` after ``moment`` begins, in naive UTC.

    In a month without that day, it is the last day of the month.

    >>> from datetime import datetime
    >>> months_after(datetime(2026, 8, 31, 12, 0), 6, "Asia/Shanghai")
    datetime.datetime(2027, 2, 27, 16, 0)
    """
    return day_start(local_date(moment, tz) + relativedelta(months=months), tz)


def draw_key(seed, model, source_id, occasion):
    """Return a text by which a document's position in the draw is decided.

    >>> draw_key("seed", "sale.order", 7, "2026-03")[:8]
    '681e275a'
    """
    text = f"{seed}:{model}:{source_id}:{occasion}"
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def percent_down(rate, number):
    """Return ``rate`` percent of ``number``, rounded down.

    >>> percent_down(5.0, 19), percent_down(5.0, 20)
    (0, 1)
    """
    return floor(_percent(rate) * number)


def quotas(numbers, rate, rounding, ceiling=None):
    """Return how many of each stratum are drawn.

    :param numbers: ``{stratum: number of documents}``; a stratum is text or None
    :param rate: percent of each stratum
    :param rounding: ``up``, at least the rate, or ``down``, at most the rate
    :param ceiling: maximum over all strata; the largest shares are reduced first

    >>> quotas({"a": 19, "b": 1}, 10.0, "up")
    {'a': 2, 'b': 1}
    >>> quotas({"a": 19, "b": 1}, 10.0, "up", ceiling=1)
    {'a': 0, 'b': 1}
    """
    to_integer = ceil if rounding == "up" else floor
    drawn = {
        stratum: to_integer(_percent(rate) * number)
        for stratum, number in numbers.items()
    }
    excess = 0 if ceiling is None else sum(drawn.values()) - ceiling
    # strata of the same size are reduced in the order of their names, None first
    names = sorted(drawn, key=lambda name: (name is not None, name))
    heap = [(-drawn[name], -numbers[name], turn) for turn, name in enumerate(names)]
    heapify(heap)
    for _turn in range(excess):
        share, number, turn = heap[0]
        drawn[names[turn]] -= 1
        heapreplace(heap, (share + 1, number, turn))
    return drawn


def _percent(rate):
    """Return ``rate`` percent exactly: 0.1 * 30 must not become 3.0000000000000004."""
    return Fraction(str(rate)) / 100
