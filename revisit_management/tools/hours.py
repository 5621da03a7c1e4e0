# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Local hours of a day: when something may be sent.

Plain Python without a database. Hours are floats, 9.5 is 09:30; an interval of
hours is half-open, ``[first, last)``, within one local day.
"""

import re
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from .values import Unreadable, is_given, plain, read_number

# fields with an hour of the day
FIELDS = {"callback_hour_from", "callback_hour_to", "opens_at"}
CLOCK = re.compile(r"(\d\d?):([0-5]\d)(:00)?", re.ASCII)
# half past nine, or nine hours and three tenths; exports write 9.3, and 9.25 for 9:15
POINTED = re.compile(r"\d\d?[.,](?!25)[0-5]\d", re.ASCII)


def read_hour(raw):
    """Return an hour of the day as a float, or False.

    Less than one hour must be written with a colon: spreadsheets store 9:00 as 0.375.

    >>> read_hour("9:30"), read_hour("18：00"), read_hour("9.5"), read_hour("0:15")
    (9.5, 18.0, 9.5, 0.25)
    >>> read_hour("9.25")
    9.25
    >>> reasons = []
    >>> for raw in ("9.30", "20,15", "0.375", "25:00", "24:30", "9:60", "-1",
    ...             "1 day, 0:00:00"):
    ...     try:
    ...         read_hour(raw)
    ...     except Unreadable as error:
    ...         reasons.append(error.reason)
    >>> " ".join(reasons)
    'hour hour hour hour hour hour hour hour'
    """
    if not is_given(raw):
        return False
    clock = isinstance(raw, str) and CLOCK.fullmatch(plain(raw))
    if isinstance(raw, str) and POINTED.fullmatch(plain(raw)):
        raise Unreadable("hour")
    if clock:
        hour = int(clock[1]) + int(clock[2]) / 60
    else:
        try:
            hour = read_number(raw)
        except Unreadable as error:
            raise Unreadable("hour") from error
    if not 0 <= hour <= 24 or not clock and 0 < hour < 1:
        raise Unreadable("hour")
    return hour


def local_hour(moment, tz):
    """Return the local time in zone ``tz`` at a naive UTC datetime, in hours.

    >>> local_hour(datetime(2026, 3, 10, 1, 30), "Asia/Shanghai")
    9.5
    """
    local = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))
    return local.hour + local.minute / 60 + local.second / 3600


def next_open(moment, first, last, tz):
    """Return the earliest naive UTC datetime within the hours, from ``moment`` on.

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
