# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Calendar periods, due dates and samples (SPEC B3 and B4, DESIGN 2.5 and 2.6).

Plain Python without a database. Periods are counted from January in the
company's time zone; their edges are naive UTC and half-open, ``[start, end)``.
"""

from collections import namedtuple
from datetime import timedelta
from fractions import Fraction
from hashlib import md5
from heapq import heapify, heapreplace
from math import ceil, floor

from dateutil.relativedelta import relativedelta

from .windows import day_start, local_date

Period = namedtuple("Period", "day start end")


def first_day(day, months):
    """Return the first date of the period of ``months`` that ``day`` lies in.

    >>> from datetime import date
    >>> first_day(date(2026, 5, 17), 3)
    datetime.date(2026, 4, 1)
    """
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def period_from(day, months, tz):
    """Return the ``Period`` that begins on local ``day``."""
    return Period(
        day, day_start(day, tz), day_start(day + relativedelta(months=months), tz)
    )


def starting_between(date_from, date_to, months, tz):
    """Return the periods whose first moment lies in ``[date_from, date_to)``.

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
    """Return before when a customer must have come to be due in ``period`` already.

    At least ``days`` whole days of the window remain after the day they came;
    who came before the period is due in it whatever the window.

    >>> from datetime import datetime
    >>> quarter = period_from(datetime(2026, 1, 1).date(), 3, "UTC")
    >>> first_period_until(quarter, quarter.end, 7, "UTC")
    datetime.datetime(2026, 3, 25, 0, 0)
    """
    last = day_start(local_date(window_end, tz) - timedelta(days=days), tz)
    return max(period.start, last)


def ending_between(date_from, date_to, months, tz):
    """Return the periods whose last moment lies in ``[date_from, date_to)``.

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
    """Return the window of the period around ``event_at``, naive UTC.

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
    """Return when the local date ``months`` after ``moment`` begins, naive UTC.

    A month without that day ends the count on its last day.

    >>> from datetime import datetime
    >>> months_after(datetime(2026, 8, 31, 12, 0), 6, "Asia/Shanghai")
    datetime.datetime(2027, 2, 27, 16, 0)
    """
    return day_start(local_date(moment, tz) + relativedelta(months=months), tz)


def draw_key(seed, model, source_id, occasion):
    """Return the text by which a document's turn in the draw is decided.

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

    :param numbers: ``{stratum: how many there are}``; a stratum is a text or None
    :param rate: percent of each stratum
    :param rounding: ``up``, the rate is a floor, or ``down``
    :param ceiling: never more over all strata; the largest shares give first

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
    # strata of one size give in the order of their names, None first
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
