# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Values from outside: read exactly, or refused.

Plain Python without a database. Each reader returns the value, or ``False`` if none
was given, or raises :class:`Unreadable` with the reason. It never guesses: a value
that can be read in two ways is refused.
"""

import base64
import binascii
import math
import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from .pictures import is_bomb

# what Chinese and Japanese input methods type in place of the plain characters
WIDE = {
    **{0xFF10 + digit: str(digit) for digit in range(10)},
    0xFF0B: "+",
    0xFF0D: "-",
    0x2212: "-",
    0xFF0E: ".",
    0xFF0C: ",",
    0xFF0F: "/",
    0xFF1A: ":",
    # blanks of any width; the last two have no width
    0x3000: " ",
    0x00A0: " ",
    0x2009: " ",
    0x202F: " ",
    0x200B: None,
    0xFEFF: None,
}
# maximum digits of a float
MAX_DIGITS = 15
LARGEST = 10**12
# maximum characters of a number or a time
MAX_LENGTH = 60
# maximum characters of a note, and of what a customer said
NOTE_SIZE, TEXT_SIZE = 2000, 20000
MAX_ID = 2**31 - 1  # PostgreSQL's int4
FLAGS = {"1": True, "true": True, "0": False, "false": False}
YEARS = 50
# how many years ago people may be born
YEARS_BACK = {"birthday": 130}
ZONE_HOURS = timedelta(hours=14)

POINT = re.compile(r"[+-]?(\d+|\d*\.\d+)", re.ASCII)
COMMA = re.compile(r"[+-]?\d+,\d{1,2}", re.ASCII)
# numbers whose separators can only be those of thousands
ENGLISH = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+|[+-]?\d{1,3}(,\d{3}){2,}", re.ASCII)
GERMAN = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+|[+-]?\d{1,3}(\.\d{3}){2,}", re.ASCII)
SEPARATED = re.compile(r"[+-]?\d[\d.,]*", re.ASCII)

DAY = (
    r"(\d{4})(?:-(\d\d?)-(\d\d?)|/(\d\d?)/(\d\d?)|\.(\d\d?)\.(\d\d?)"
    r"|年(\d\d?)月(\d\d?)日)"
)
DAYS = re.compile(DAY, re.ASCII)
COMPACT_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
CLOCK = r"(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?"
OFFSET = r"(Z|[+-]\d\d(?::?\d\d)?)?"
MOMENT = re.compile(rf"(.+?)(?:T|\s+){CLOCK}\s*{OFFSET}", re.ASCII | re.IGNORECASE)
COMPACT_MOMENT = re.compile(
    rf"(\d{{8}})T(\d\d)(\d\d)(?:(\d\d)(?:[.,]\d{{1,9}})?)?{OFFSET}",
    re.ASCII | re.IGNORECASE,
)
HALF = re.compile("[\ud800-\udfff]")
MIDNIGHT = re.compile(rf"{DAY}(?:T|\s+)0?0:00(:00(\.0+)?)?", re.ASCII)


class Unreadable(ValueError):
    """A value that cannot be read.

    :param reason: a short name, for which ``revisit.reader`` has a message
    :param details: values for the placeholders of the message
    """

    def __init__(self, reason, **details):
        super().__init__(reason)
        self.reason = reason
        self.details = details


def is_given(raw):
    """Return whether there is a value; ``False`` is Odoo's value for none.

    >>> [is_given(raw) for raw in (0, "0", None, False, "", "  ")]
    [True, True, False, False, False, False]
    """
    if raw is None or raw is False:
        return False
    return not isinstance(raw, str) or bool(plain(raw))


def plain(text):
    """Return a text with plain digits, signs and blanks, stripped.

    >>> plain("\\u3000９．５ ")
    '9.5'
    """
    return text.translate(WIDE).strip()


# ------------------------------------------------------------
# NUMBERS
# ------------------------------------------------------------


def read_number(raw, low=None, high=None, step=None):
    """Return a number; an ``int`` if the steps are whole numbers.

    :param low: smallest number allowed
    :param high: largest number allowed
    :param step: the number must be a multiple of it

    >>> read_number("9.5"), read_number("9,5"), read_number("９．５"), read_number("")
    (9.5, 9.5, 9.5, False)
    >>> read_number("1.234,5"), read_number("1,234,567"), read_number("8", step=1)
    (1234.5, 1234567.0, 8)
    >>> reasons = []
    >>> for raw in ("4.5/5", "95%", "nan", True, "1,234", "9 分", "1_0", "1e3", [1]):
    ...     try:
    ...         read_number(raw)
    ...     except Unreadable as error:
    ...         reasons.append(error.reason)
    >>> " ".join(reasons)
    'number number number number separator number number number number'
    >>> try:
    ...     read_number(1e300, step=1)
    ... except Unreadable as error:
    ...     print(error.reason)
    size
    """
    if not is_given(raw):
        return False
    number = _parse_number(raw)
    for name, is_out in (
        ("size", lambda: abs(number) > LARGEST),
        ("range", lambda: low is not None and number < Decimal(str(low))),
        ("range", lambda: high is not None and number > Decimal(str(high))),
        # last, as there is no remainder of a number that is far out of range
        ("step", lambda: step is not None and number % Decimal(str(step)) != 0),
    ):
        if is_out():
            raise Unreadable(name, low=low, high=high, step=step)
    if step is not None and step == int(step):
        return int(number)
    return float(number) or 0.0


def _parse_number(raw):
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        raise Unreadable("number")
    if isinstance(raw, str):
        if len(raw) > MAX_LENGTH:
            raise Unreadable("number")
        return _parse_digits(plain(raw))
    if isinstance(raw, int):
        return Decimal(raw)
    if not math.isfinite(raw):
        raise Unreadable("number")
    return Decimal(repr(raw)) if isinstance(raw, float) else raw


def _parse_digits(text):
    if COMMA.fullmatch(text):
        text = text.replace(",", ".")
    elif ENGLISH.fullmatch(text):
        text = text.replace(",", "")
    elif GERMAN.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif not POINT.fullmatch(text):
        is_separated = SEPARATED.fullmatch(text) and text[-1].isdigit()
        raise Unreadable("separator" if is_separated else "number")
    # a quotient has as many decimals as a float keeps; what counts stands before them
    whole = text.lstrip("+-0").partition(".")[0]
    if len(whole) > MAX_DIGITS:
        raise Unreadable("size")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Unreadable("number") from None


# ------------------------------------------------------------
# DATES
# ------------------------------------------------------------


def read_date(raw, today, back=YEARS, ahead=YEARS):
    """Return a date, written with the year first.

    :param today: date from which the years are counted
    :param back: how many years ago it may be
    :param ahead: how many years in the future it may be

    >>> today = date(2026, 3, 10)
    >>> texts = ["2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "20260305"]
    >>> {str(read_date(text, today)) for text in texts}
    {'2026-03-05'}
    >>> str(read_date("2026-03-05 00:00:00", today)), read_date("", today)
    ('2026-03-05', False)
    >>> reasons = []
    >>> for raw in ("03/05/2026", "26-3-5", 46086, "46086", "2026-02-30", "1900-01-01",
    ...             "2026-03-05T23:00:00Z", True):
    ...     try:
    ...         read_date(raw, today)
    ...     except Unreadable as error:
    ...         reasons.append(error.reason)
    >>> " ".join(reasons)
    'date date date date date year day date'
    """
    if not is_given(raw):
        return False
    day = _parse_day(raw)
    if not -back <= day.year - today.year <= ahead:
        raise Unreadable("year", first=today.year - back, last=today.year + ahead)
    return day


def get_years(name):
    """Return how many years ago a date may be, by the name of its field."""
    return YEARS_BACK.get(name, YEARS)


def _parse_day(raw):
    if isinstance(raw, datetime):
        # dates in cells of a spreadsheet are read as midnights
        if raw.tzinfo or raw.time() != time():
            raise Unreadable("day")
        return raw.date()
    if isinstance(raw, date):
        return raw
    if not isinstance(raw, str) or len(raw) > MAX_LENGTH:
        raise Unreadable("date")
    text = plain(raw)
    if MIDNIGHT.fullmatch(text):
        text = DAYS.match(text)[0]
    elif MOMENT.fullmatch(text) or COMPACT_MOMENT.fullmatch(text):
        raise Unreadable("day")
    return _build_day(text)


def _build_day(text):
    match = DAYS.fullmatch(text) or COMPACT_DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in match.groups() if part is not None))
    except (AttributeError, ValueError):
        raise Unreadable("date") from None


# ------------------------------------------------------------
# MOMENTS
# ------------------------------------------------------------


def read_moment(raw, now, zone=None, back=YEARS, ahead=YEARS):
    """Return a moment as naive UTC datetime, without fractions of seconds.

    :param now: moment from which the years are counted
    :param zone: name or tzinfo of the zone of values without an offset; without it,
        only values with an offset are read

    >>> now = datetime(2026, 3, 10)
    >>> str(read_moment("2026-07-14T12:00:00.000+08:00", now))
    '2026-07-14 04:00:00'
    >>> str(read_moment("2026-07-14 04:00Z", now))
    '2026-07-14 04:00:00'
    >>> str(read_moment("2026-07-14 12:00", now, "Asia/Shanghai"))
    '2026-07-14 04:00:00'
    >>> reasons = []
    >>> for raw, zone in (("2026-07-14 12:00:00", None), ("soon", "UTC"), (0, "UTC"),
    ...                   ("2026-03-29 02:30", "Europe/Berlin"), ("1826-01-01", "UTC"),
    ...                   ("2026-10-25 02:30", "Europe/Berlin"), (True, "UTC"),
    ...                   ("2026-07-14T12:00:00+99:00", None)):
    ...     try:
    ...         read_moment(raw, now, zone)
    ...     except Unreadable as error:
    ...         reasons.append(error.reason)
    >>> " ".join(reasons)
    'zone moment moment gap year twice moment moment'
    """
    if not is_given(raw):
        return False
    local = _parse_moment(raw)
    if not -back <= local.year - now.year <= ahead:
        raise Unreadable("year", first=now.year - back, last=now.year + ahead)
    if not local.tzinfo:
        local = _place(local, zone)
    return local.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)


def find_zone(zone):
    """Return a zone by its name, or from any kind of tzinfo; None if it is unknown.

    >>> find_zone("Asia/Shanghai"), find_zone("Mars/Base"), find_zone("")
    (zoneinfo.ZoneInfo(key='Asia/Shanghai'), None, None)
    """
    # Odoo's own zones come from pytz and must not be set on a datetime
    zone = getattr(zone, "zone", zone)
    if isinstance(zone, tzinfo):
        return zone
    try:
        return ZoneInfo(zone) if zone else None
    except (LookupError, OSError, TypeError, ValueError):
        return None


def _parse_moment(raw):
    """Return a datetime, aware if the text contains an offset from UTC."""
    if isinstance(raw, datetime):
        return raw
    if isinstance(raw, date):
        return datetime.combine(raw, time())
    if not isinstance(raw, str) or len(raw) > MAX_LENGTH:
        raise Unreadable("moment")
    text = plain(raw)
    match = COMPACT_MOMENT.fullmatch(text) or MOMENT.fullmatch(text)
    day, clock, offset = text, (), None
    if match:
        day, *clock, offset = match.groups()
    try:
        moment = datetime.combine(_build_day(day), time(*(int(p or 0) for p in clock)))
        return moment.replace(tzinfo=_build_offset(offset))
    except ValueError:
        raise Unreadable("moment") from None


def _build_offset(text):
    if not text:
        return None
    if text in "Zz":
        return timezone.utc
    hours, minutes = int(text[1:3]), int(text[-2:] if len(text) > 3 else 0)
    offset = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or offset > ZONE_HOURS:
        raise Unreadable("moment")
    return timezone(-offset if text[0] == "-" else offset)


def _place(local, zone):
    """Set a zone on a local time, which must exist exactly once in it."""
    zone = find_zone(zone)
    if not zone:
        raise Unreadable("zone")
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        back = first.astimezone(timezone.utc).astimezone(zone)
        is_real = back.replace(tzinfo=None) == local
        raise Unreadable("twice" if is_real else "gap", zone=str(zone))
    return first


# ------------------------------------------------------------
# TEXTS
# ------------------------------------------------------------


def read_text(raw, limit):
    """Return a text without surrounding blanks.

    :param limit: maximum number of characters

    >>> read_text("  called again ", 20), read_text(None, 20)
    ('called again', False)
    >>> reasons = []
    >>> for raw in (5, True, "a" * 21, "a\\0b", "\\ud800", {}):
    ...     try:
    ...         read_text(raw, 20)
    ...     except Unreadable as error:
    ...         reasons.append(error.reason)
    >>> " ".join(reasons)
    'text text long character character text'
    """
    if raw is None or raw is False:
        return False
    if not isinstance(raw, str):
        raise Unreadable("text")
    text = raw.strip()
    if len(text) > limit:
        raise Unreadable("long", limit=limit, count=len(text))
    check_characters(text)
    return text or False


def has_words(text):
    """Return whether a text says anything: ``has_words("."), has_words("好")``."""
    return any(char.isalnum() for char in text or "")


def check_characters(text):
    """Refuse NUL bytes and lone surrogates, which PostgreSQL cannot store."""
    if "\0" in text or has_halves(text):
        raise Unreadable("character")
    return text


def has_halves(text):
    r"""Return whether a text holds half a character, which has no bytes.

    Programs write characters beyond the first 65,536 as two halves, and cut texts in
    between.

    >>> has_halves("a\ud800b"), has_halves("\U0001f600"), has_halves("张")
    (True, False, False)
    """
    return bool(HALF.search(text))


# ------------------------------------------------------------
# VALUES FROM PROGRAMS
# ------------------------------------------------------------


def read_flag(raw):
    """Return yes or no; an empty value is no.

    >>> read_flag(True), read_flag("true"), read_flag(0), read_flag(None)
    (True, True, False, False)
    >>> try:
    ...     read_flag("perhaps")
    ... except Unreadable as error:
    ...     print(error.reason)
    flag
    """
    if isinstance(raw, bool):
        return raw
    if not is_given(raw):
        return False
    text = plain(str(raw)).lower() if isinstance(raw, int | str) else ""
    if text not in FLAGS:
        raise Unreadable("flag")
    return FLAGS[text]


def read_ids(raw):
    """Return a list of database ids, or False if none was given.

    >>> read_ids([3, 1]), read_ids([]), read_ids(None)
    ([3, 1], [], False)
    >>> reasons = []
    >>> for raw in (5, "5", ["5"], [True], [0], [2**40], {}):
    ...     try:
    ...         read_ids(raw)
    ...     except Unreadable as error:
    ...         reasons.append(error.reason)
    >>> set(reasons), len(reasons)
    ({'ids'}, 7)
    """
    if raw is None or raw is False:
        return False
    if not isinstance(raw, list | tuple) or not all(
        type(number) is int and 0 < number <= MAX_ID for number in raw
    ):
        raise Unreadable("ids")
    return list(raw)


def read_file(raw):
    """Return the base64 text of a file, or False if none was given.

    >>> read_file("aGk="), read_file("")
    ('aGk=', False)
    >>> try:
    ...     read_file("no file")
    ... except Unreadable as error:
    ...     print(error.reason)
    file
    """
    if not is_given(raw):
        return False
    if not isinstance(raw, str | bytes):
        raise Unreadable("file")
    try:
        content = base64.b64decode(b"".join(_to_bytes(raw).split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("file") from None
    if is_bomb(content):
        raise Unreadable("file")
    return raw


def _to_bytes(raw):
    return raw.encode("ascii") if isinstance(raw, str) else raw


# PostgreSQL's range of integers
SMALLEST, GREATEST = -(2**31), 2**31 - 1
