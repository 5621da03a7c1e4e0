# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Files that people bring: which characters they are in, and what cells show.

Plain Python without a database.
"""

import codecs
import re
from datetime import timedelta

# formats that show a number as it is, however many decimals they cut off
PLAIN_FORMAT = re.compile(r"General|@|(#[#,]*#)?#?0(\.[0#?]+)?", re.IGNORECASE)
DECORATION = re.compile(
    r"\[(?:Black|Blue|Cyan|Green|Magenta|Red|White|Yellow)\]|_.", re.I
)
# beyond this a spreadsheet has rounded what was typed
EXACT = 10**15

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 4096


class FormattedCell(str):
    """A number of which a spreadsheet shows something else than it holds."""

    __slots__ = ("place", "shown")

    def __new__(cls, value, place, shown):
        cell = super().__new__(cls, value)
        cell.place, cell.shown = place, shown
        return cell


class TimeCell(FormattedCell):
    """A time of day: hours and minutes without a date."""

    __slots__ = ()


def write_clock(value):
    """Return a time of a spreadsheet as text.

    >>> from datetime import datetime, time
    >>> write_clock(time(9, 30)), write_clock(timedelta(hours=9, minutes=5))
    ('09:30:00', '9:05:00')
    >>> write_clock(datetime(2026, 3, 1, 9))
    '2026-03-01 09:00:00'
    """
    if not isinstance(value, timedelta):
        return str(value)
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def shows_as_is(number_format):
    """Return whether a number format shows the number that the cell holds.

    >>> [shows_as_is(code) for code in ("General", "0.00", "#,##0.00_);[Red](#,##0)")]
    [True, True, True]
    >>> [shows_as_is(code) for code in ("0%", "0.0E+00", "# ?/?", '0"分"', "0000")]
    [False, False, False, False, False]
    """
    code = DECORATION.sub("", number_format.partition(";")[0]).rstrip(")").strip("\\ ")
    return bool(PLAIN_FORMAT.fullmatch(code))


def guess_encoding(content, chinese=None):
    """Return the encoding of a text file, or None where nobody can tell.

    :param content: bytes
    :param chinese: encoding to try for what is not Unicode

    >>> guess_encoding("张伟".encode()), guess_encoding("a,b".encode("utf-16"))
    ('utf-8', 'utf-16')
    >>> guess_encoding("a;b\\n".encode("utf-16-le"))
    'utf-16-le'
    >>> name = "张伟,李娜".encode("gb18030")
    >>> guess_encoding(name), guess_encoding(name, "gb18030")
    (None, 'gb18030')
    >>> guess_encoding("José".encode("latin-1"), "gb18030")
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    sample = content[:SAMPLE]
    zeros = [sample[place::2].count(0) for place in (0, 1)]
    if max(zeros) > len(sample) / 8:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    for encoding in filter(None, ("utf-8", chinese)):
        if _is_readable(content, encoding):
            return encoding
    return None


def _is_readable(content, encoding):
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    # neither private characters nor control codes stand in a list of customers
    return not any(
        "\ue000" <= char <= "\uf8ff" or "\x80" <= char <= "\x9f" for char in text
    )
