# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Calendar months and quarters, and wall clock times of a zone (SPEC B9).

Plain Python without a database. Both bounds of a period belong to it.
"""

from datetime import timezone
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

MONTHS = {"month": 1, "quarter": 3}


def bounds(day, period):
    """Return the first and the last day of the period that ``day`` lies in.

    :param period: ``month`` or ``quarter``

    >>> from datetime import date
    >>> bounds(date(2026, 5, 20), "quarter")
    (datetime.date(2026, 4, 1), datetime.date(2026, 6, 30))
    """
    count = MONTHS[period]
    first = day.replace(day=1, month=day.month - (day.month - 1) % count)
    return first, first + relativedelta(months=count, days=-1)


def recognise(first, last):
    """Return ``month``, ``quarter`` or, for any other days, ``free``.

    >>> from datetime import date
    >>> recognise(date(2026, 2, 1), date(2026, 2, 28))
    'month'
    """
    for period in MONTHS:
        if bounds(first, period) == (first, last):
            return period
    return "free"


def label(first, last):
    """Return a short name of the days, the same in every language.

    >>> from datetime import date
    >>> label(date(2026, 4, 1), date(2026, 6, 30))
    '2026-Q2'
    """
    period = recognise(first, last)
    if period == "month":
        return first.strftime("%Y-%m")
    if period == "quarter":
        return f"{first.year}-Q{(first.month + 2) // 3}"
    return f"{first} – {last}"


def to_local(moment, tz):
    """Return the wall clock time, without a zone, of a naive UTC datetime.

    >>> from datetime import datetime
    >>> to_local(datetime(2026, 3, 10, 1, 0), "Asia/Shanghai")
    datetime.datetime(2026, 3, 10, 9, 0)
    """
    zoned = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))
    return zoned.replace(tzinfo=None)


def to_utc(moment, tz):
    """Return the naive UTC datetime of a wall clock time in zone ``tz``.

    >>> from datetime import datetime
    >>> to_utc(datetime(2026, 3, 10, 9, 0), "Asia/Shanghai")
    datetime.datetime(2026, 3, 10, 1, 0)
    """
    zoned = moment.replace(tzinfo=ZoneInfo(tz)).astimezone(timezone.utc)
    return zoned.replace(tzinfo=None)
