# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Files for import: their encoding, and what their cells show.

Plain Python without a database.
"""

import codecs
import csv
import io
import re
from datetime import timedelta

# formats that show a number as it is, even if they cut off decimals
PLAIN_FORMAT = re.compile(r"General|@|(#[#,]*#)?#?0(\.[0#?]+)?", re.IGNORECASE)
DECORATION = re.compile(
    r"\[(?:Black|Blue|Cyan|Green|Magenta|Red|White|Yellow)\]"
    # a space as wide as a sign, signs that fill the cell, currencies
    r"|_.|\*.|\[\$[^\]]*\]|\"[$¥€£]\"|[$¥€£]",
    re.I,
)
# a spreadsheet rounds greater numbers when they are typed
EXACT = 10**15

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # before UTF-16, as its byte order mark begins with the same bytes
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 4096


class PlacedText(str):
    """A text that knows in which row of its file it stands, counted from 1."""

    __slots__ = ("row",)

    def __new__(cls, value, row):
        text = super().__new__(cls, value)
        text.row = row
        return text


class OpenQuote(ValueError):
    """Raised for a text in quotes that runs into the next cells; names its row."""

    def __init__(self, row):
        super().__init__(row)
        self.row = row


class FormattedCell(str):
    """A number that a spreadsheet shows differently from its value."""

    __slots__ = ("place", "shown")

    def __new__(cls, value, place, shown):
        cell = super().__new__(cls, value)
        cell.place, cell.shown = place, shown
        return cell


class TimeCell(FormattedCell):
    """A time of day: hours and minutes without a date."""

    __slots__ = ()


def get_row(cells):
    """Return the row of the file in which cells stand, or None.

    >>> get_row(["", PlacedText("a", 7)]), get_row([FormattedCell("1", "E5", "")])
    (7, 5)
    >>> get_row([None, "a"])
    """
    for cell in cells:
        if isinstance(cell, PlacedText):
            return cell.row
        if isinstance(cell, FormattedCell):
            return int(re.sub(r"\D", "", cell.place))
    return None


def read_rows(text, quoting, separator):
    """Return the rows of a CSV text that are not blank, each with its number.

    A row counts as a spreadsheet counts it: blank ones do, a text of several lines is
    in one.

    :return: list of ``(number, cells)``
    :raise OpenQuote: a text in quotes does not end where its cell ends, or not at all

    >>> read_rows('a,b\\n\\n1,"x\\ny"\\n2,z', '"', ",")
    [(1, ['a', 'b']), (3, ['1', 'x\\ny']), (4, ['2', 'z'])]
    """
    reader = csv.reader(
        io.StringIO(text), quotechar=quoting, delimiter=separator, strict=True
    )
    rows, number = [], 0
    try:
        for number, row in enumerate(reader, 1):
            if any(cell.strip() for cell in row):
                rows.append((number, row))
    except csv.Error as error:
        raise OpenQuote(number + 1) from error
    return rows


def write_clock(value):
    """Return a time from a spreadsheet as text.

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
    """Return whether a number format shows the value of the cell unchanged.

    >>> [shows_as_is(code) for code in ("General", "0.00", "#,##0.00_);[Red](#,##0)")]
    [True, True, True]
    >>> accounting = '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_)'
    >>> [shows_as_is(code) for code in (accounting, "[$¥-804]#,##0.00", '"¥"#,##0')]
    [True, True, True]
    >>> [shows_as_is(code) for code in ("0%", "0.0E+00", "# ?/?", '0"分"', "0000")]
    [False, False, False, False, False]
    """
    code = DECORATION.sub("", number_format.partition(";")[0]).rstrip(")").strip("\\ ")
    return bool(PLAIN_FORMAT.fullmatch(code))


def guess_encoding(content, chinese=None):
    """Return the encoding of a text file, or None if it is unclear.

    :param content: bytes
    :param chinese: encoding to try if the text is not Unicode

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
    # a list of customers contains neither private characters nor control codes
    return not any(
        "\ue000" <= char <= "\uf8ff" or "\x80" <= char <= "\x9f" for char in text
    )
