# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Callback windows by local day.

Plain Python without a database. A window is half-open, ``[start, end)``, in
naive UTC. Days count from the event's date in the company's time zone: day 1
is the next day, "days 1-3" opens at 00:00 of day 1 and closes at 00:00 of day
4; a window from day 0 opens at the event itself; hours are exact.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from pytz import country_timezones

from .workdays import Workdays

UNITS = ("hour", "day", "workday", "month")
# whose law knows one time of the day, whatever zones the table of zones has
ONE_CLOCK = {"CN"}


def has_one_clock(code):
    """Return whether a country has one time of the day.

    >>> [has_one_clock(code) for code in ("CN", "DE", "US", None)]
    [True, True, False, False]
    """
    if code in ONE_CLOCK:
        return True
    zones = map(ZoneInfo, country_timezones.get(code or "", ()))
    return len({datetime(2026, 1, 1, tzinfo=zone).utcoffset() for zone in zones}) == 1


def local_date(moment, tz):
    """Return the calendar date of a naive UTC datetime in zone ``tz``.

    >>> local_date(datetime(2026, 3, 1, 17, 0), "Asia/Shanghai")
    datetime.date(2026, 3, 2)
    """
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz)).date()


def day_start(day, tz, hour=0.0):
    """Return the naive UTC datetime at which local ``day`` begins in ``tz``.

    If the clock skips midnight, the day begins at the first time after it; if
    midnight occurs twice, at the first one.

    :param hour: another hour of that day instead of midnight, e.g. 16.5

    >>> day_start(datetime(2026, 3, 2).date(), "Asia/Shanghai")
    datetime.datetime(2026, 3, 1, 16, 0)
    >>> day_start(datetime(2026, 9, 6).date(), "America/Santiago")
    datetime.datetime(2026, 9, 6, 4, 0)
    """
    # 23:59:59 is not a whole minute, and there is no hour 24
    minutes = min(round(hour * 60), 1439)
    clock = time(minutes // 60, minutes % 60)
    moment = datetime.combine(day, clock, tzinfo=ZoneInfo(tz))
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def days_end(moment, days, tz):
    """Return when the ``days``-th local day after a moment ends, naive UTC.

    >>> days_end(datetime(2026, 3, 10, 15, 59), 0, "Asia/Shanghai")
    datetime.datetime(2026, 3, 10, 16, 0)
    >>> days_end(datetime(2026, 3, 10, 16, 0), 1, "Asia/Shanghai")
    datetime.datetime(2026, 3, 12, 16, 0)
    """
    return day_start(local_date(moment, tz) + timedelta(days=days + 1), tz)


def shift_day(day, count, unit, workdays=()):
    """Return the date ``count`` units after ``day`` (before it if negative).

    ``workdays`` is only needed for the unit ``workday``: a ``Workdays``, or the
    sorted list of working dates around ``day``. The n-th working day after an
    event never counts the event's own date. Raise ``LookupError`` if there are
    too few working days.

    >>> from datetime import date
    >>> shift_day(date(2026, 1, 31), 1, "month")
    datetime.date(2026, 2, 28)
    >>> days = [date(2026, 1, 2), date(2026, 1, 5), date(2026, 1, 6)]
    >>> shift_day(date(2026, 1, 2), 1, "workday", days)
    datetime.date(2026, 1, 5)
    >>> shift_day(date(2026, 1, 4), -1, "workday", days)
    datetime.date(2026, 1, 2)
    """
    if unit == "month":
        return day + relativedelta(months=count)
    if unit == "workday" and count:
        if isinstance(workdays, Workdays):
            return workdays.shift(day, count)
        if count > 0:
            position = bisect_right(workdays, day) + count - 1
        else:
            position = bisect_left(workdays, day) + count
        if not 0 <= position < len(workdays):
            raise LookupError(day)
        return workdays[position]
    return day + timedelta(days=count)


def day_window(
    day, delay_min, delay_max, unit, tz, *, before=False, workdays=(), opens_at=0.0
):
    """Return the window ``(start, end)`` of events on local ``day``, naive UTC.

    An edge that is the event's own moment (day 0) is None. ``unit`` is a day or
    longer; hours do not depend on the day. A window before an event opens at the
    local hour ``opens_at`` of its first day.

    >>> from datetime import date
    >>> day_window(date(2026, 3, 2), 0, 3, "day", "Asia/Shanghai")
    (None, datetime.datetime(2026, 3, 5, 16, 0))
    """
    sign = -1 if before else 1
    first, last = (delay_max, delay_min) if before else (delay_min, delay_max)
    start = end = None
    if first:
        hour = opens_at if before else 0.0
        start = day_start(shift_day(day, sign * first, unit, workdays), tz, hour)
    elif before:
        start = day_start(day, tz)
    if last or not before:
        last_day = shift_day(day, sign * last, unit, workdays)
        end = day_start(last_day + timedelta(days=1), tz)
    return start, end


def window(
    event_at, delay_min, delay_max, unit, tz, *, before=False, workdays=(), opens_at=0.0
):
    """Return the window ``(start, end)``, naive UTC, of an event at ``event_at``.

    :param event_at: naive UTC datetime of the occasion
    :param delay_min: earliest delay in ``unit``, from 0
    :param delay_max: latest delay in ``unit``, from ``delay_min``
    :param before: count towards the past, for a planned event
    :param workdays: see :func:`shift_day`
    :param opens_at: see :func:`day_window`

    >>> window(datetime(2026, 3, 1, 17, 0), 1, 3, "day", "Asia/Shanghai")
    (datetime.datetime(2026, 3, 2, 16, 0), datetime.datetime(2026, 3, 5, 16, 0))
    >>> window(datetime(2026, 3, 1, 17, 0), 0, 24, "hour", "Asia/Shanghai")
    (datetime.datetime(2026, 3, 1, 17, 0), datetime.datetime(2026, 3, 2, 17, 0))
    """
    if unit == "hour":
        first, last = timedelta(hours=delay_min), timedelta(hours=delay_max)
        if before:
            return event_at - last, event_at - first
        return event_at + first, event_at + last
    start, end = day_window(
        local_date(event_at, tz),
        delay_min,
        delay_max,
        unit,
        tz,
        before=before,
        workdays=workdays,
        opens_at=opens_at,
    )
    return start or event_at, end or event_at


def to_local(moment, tz):
    """Return the local time, as naive datetime, of a naive UTC datetime.

    >>> from datetime import datetime
    >>> to_local(datetime(2026, 3, 10, 1, 0), "Asia/Shanghai")
    datetime.datetime(2026, 3, 10, 9, 0)
    """
    zoned = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))
    return zoned.replace(tzinfo=None)


def to_utc(moment, tz):
    """Return the naive UTC datetime of a local time in zone ``tz``.

    >>> from datetime import datetime
    >>> to_utc(datetime(2026, 3, 10, 9, 0), "Asia/Shanghai")
    datetime.datetime(2026, 3, 10, 1, 0)
    """
    zoned = moment.replace(tzinfo=ZoneInfo(tz)).astimezone(timezone.utc)
    return zoned.replace(tzinfo=None)
