# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Cuts a range of time where local months begin."""

from dateutil.relativedelta import relativedelta

from . import windows


def month_slices(date_from, date_to, tz, months=1):
    """Return [(from, to)] that cover ``[date_from, date_to)`` without gaps.

    :param date_from: naive UTC datetime, included
    :param date_to: naive UTC datetime, excluded, later than ``date_from``
    :param months: length of a slice; it is cut where calendar periods of that
        many months (1, 2, 3, 4, 6 or 12) begin in zone ``tz``

    >>> from datetime import datetime
    >>> [
    ...     f"{first:%m-%d %H} to {last:%m-%d %H}"
    ...     for first, last in month_slices(
    ...         datetime(2026, 1, 10), datetime(2026, 3, 5), "Asia/Shanghai"
    ...     )
    ... ]
    ['01-10 00 to 01-31 16', '01-31 16 to 02-28 16', '02-28 16 to 03-05 00']
    """
    day = windows.local_date(date_from, tz).replace(day=1)
    day -= relativedelta(months=(day.month - 1) % months)
    edges = [date_from]
    while edges[-1] < date_to:
        day += relativedelta(months=months)
        edges.append(min(windows.day_start(day, tz), date_to))
    return list(zip(edges, edges[1:], strict=False))
