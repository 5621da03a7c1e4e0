# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Local hours of a day: when something may be sent.

Plain Python without a database. Hours are floats, 9.5 is 09:30; an interval of
hours is half-open, ``[first, last)``, and lies within one local day.
"""

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo


def local_hour(moment, tz):
    """Return the wall clock of zone ``tz`` at a naive UTC datetime, in hours.

    >>> local_hour(datetime(2026, 3, 10, 1, 30), "Asia/Shanghai")
    9.5
    """
    local = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))
    return local.hour + local.minute / 60 + local.second / 3600


def next_open(moment, first, last, tz):
    """Return the earliest naive UTC datetime from ``moment`` on within the hours.

    >>> next_open(datetime(2026, 3, 10, 1, 0), 9, 20, "Asia/Shanghai")
    datetime.datetime(2026, 3, 10, 1, 0)
    >>> next_open(datetime(2026, 3, 10, 12, 0), 9, 20, "Asia/Shanghai")
    datetime.datetime(2026, 3, 11, 1, 0)
    """
    hour = local_hour(moment, tz)
    if first <= hour < last:
        return moment
    day = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz)).date()
    if hour >= last:
        day += timedelta(days=1)
    minutes = min(round(first * 60), 1439)
    clock = time(minutes // 60, minutes % 60)
    local = datetime.combine(day, clock, tzinfo=ZoneInfo(tz))
    return local.astimezone(timezone.utc).replace(tzinfo=None)


def format_hour(hour):
    """Return an hour of the day as text.

    >>> format_hour(9.5)
    '09:30'
    """
    minutes = round(hour * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
