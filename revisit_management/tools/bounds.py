# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Limits of values that are about to be stored.

Plain Python without a database. A value within these limits causes no database
error later, and is no burden for everybody who reads the record.
"""

import base64
import binascii
import json
import math
from datetime import date, datetime, timedelta

from .pictures import is_bomb
from .values import LARGEST, MAX_ID, YEARS, Unreadable, check_characters, has_halves

# characters, by the type of the field, and by names that mean the same everywhere
SIZES = {"char": 2_000, "text": 20_000, "html": 200_000}
NAMED_SIZES = {"name": 250, "code": 100, "domain": 10_000}
# what only code writes may gather lines
CODE_SIZE = 500_000
FILE_SIZE = 25 * 1024 * 1024
DAYS = timedelta(days=round(YEARS * 365.25))


def check_text(raw, limit):
    """Refuse a text that is too long, or that no column takes.

    >>> check_text("abc", 3), check_text(False, 3)
    (None, None)
    """
    if raw is None or raw is False:
        return
    if isinstance(raw, bytes):
        raw = raw.decode(errors="surrogateescape")
    if not isinstance(raw, str):
        raise Unreadable("text")
    if len(raw) > limit:
        raise Unreadable("long", limit=limit, count=len(raw))
    check_characters(raw)


def check_integer(raw):
    """Refuse a value that is not a whole number within PostgreSQL's range.

    >>> check_integer("12"), check_integer(False), check_integer(3.0)
    (None, None, None)
    """
    if raw is None or isinstance(raw, bool) or raw == "":
        return
    number = _to_number(raw)
    if number != int(number):
        raise Unreadable("step", step=1)
    if abs(number) > MAX_ID:
        raise Unreadable("range", low=-MAX_ID, high=MAX_ID)


def check_float(raw):
    """Refuse a value that is not a number, or is implausible.

    >>> check_float("1.5"), check_float(0)
    (None, None)
    """
    if raw is None or isinstance(raw, bool) or raw == "":
        return
    if abs(_to_number(raw)) > LARGEST:
        raise Unreadable("size")


def _to_number(raw):
    try:
        number = float(raw)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable("number") from None
    if not math.isfinite(number):
        raise Unreadable("number")
    return number


def check_day(day, today, back=DAYS, ahead=DAYS):
    """Refuse a date or datetime that is too far from ``today``.

    >>> check_day(date(2026, 3, 1), date(2026, 3, 10))
    >>> check_day(False, date(2026, 3, 10))
    """
    if not day:
        return
    if isinstance(day, datetime):
        day = day.date()
    if not isinstance(day, date):
        raise Unreadable("date")
    if not today - back <= day <= today + ahead:
        first, last = (today - back).year, (today + ahead).year
        raise Unreadable("year", first=first, last=last)


def check_file(raw):
    """Refuse a value that is not a file, or is too large.

    >>> check_file("QUJD")
    """
    if raw is None or raw is False or raw == "" or isinstance(raw, bytes):
        return
    if not isinstance(raw, str) or len(raw) > FILE_SIZE * 4 // 3:
        raise Unreadable("file")
    try:
        content = base64.b64decode(raw)
    except (binascii.Error, ValueError):
        raise Unreadable("file") from None
    if is_bomb(content):
        raise Unreadable("file")


def check_json(raw):
    r"""Refuse a value that is not JSON, or is too large.

    >>> check_json({"rank": 1, "name": "\U0001f600"})
    >>> try:
    ...     check_json({"name": ["\ud800"]})
    ... except Unreadable as error:
    ...     print(error.reason)
    character
    """
    try:
        # as it is: escaped, half a character looks like one of two halves
        text = json.dumps(raw, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError):
        raise Unreadable("text") from None
    if len(text) > CODE_SIZE:
        raise Unreadable("long", limit=CODE_SIZE, count=len(text))
    if "\\u0000" in text or has_halves(text):
        raise Unreadable("character")


def check_link(raw):
    """Refuse a value that is not the id of a record; not even a list with one id is.

    >>> check_link(5), check_link(False)
    (None, None)
    """
    if raw is None or raw is False:
        return
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise Unreadable("link")
    if not 0 <= raw <= MAX_ID:
        raise Unreadable("link")


def check_links(raw):
    """Refuse a value that is not a list of ids or of Odoo's commands.

    >>> check_links([(6, 0, [1, 2]), (0, 0, {}), 7])
    """
    if raw is None or raw is False:
        return
    if not isinstance(raw, (list, tuple)):
        raise Unreadable("links")
    for item in raw:
        if not isinstance(item, (list, tuple)):
            check_link(item)
            continue
        if not item or isinstance(item[0], bool) or item[0] not in range(7):
            raise Unreadable("links")
        if item[0] in (1, 2, 3, 4):
            check_link(item[1] if len(item) > 1 else "nothing")
        if item[0] in (0, 1) and (len(item) < 3 or not isinstance(item[2], dict)):
            raise Unreadable("links")
        if item[0] == 6:
            if len(item) < 3 or not isinstance(item[2], (list, tuple)):
                raise Unreadable("links")
            for number in item[2]:
                check_link(number)
