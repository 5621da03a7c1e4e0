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
# two signs or more of the 3755 common ones, and no letter beside them
CHINESE_WORD = re.compile(rb"(?:[\xb0-\xd7][\xa1-\xfe]){2,}")
# Korean has no signs of a greater first byte, one in three Chinese ones has
KOREAN_LAST, MANY = 0xC8, 12
EUROPEAN_WORD = re.compile(r"[A-Za-z][\u3400-\u9fff][a-z]")


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
    >>> try:
    ...     read_rows('a,b,c\\n1,2,"55 inch\\n3,4,TV"', '"', ",")
    ... except OpenQuote as error:
    ...     error.row
    2
    """
    reader = csv.reader(
        io.StringIO(text), quotechar=quoting, delimiter=separator, strict=True
    )
    rows, number, width = [], 0, 0
    try:
        for number, row in enumerate(reader, 1):
            width = width or len(row)
            if any(_holds_row(cell, separator, width) for cell in row):
                raise OpenQuote(number)
            if any(cell.strip() for cell in row):
                rows.append((number, row))
    except csv.Error as error:
        raise OpenQuote(number + 1) from error
    return rows


def _holds_row(cell, separator, width):
    """Return whether a cell goes on over a whole row, up to a stray quote in it."""
    lines = cell.splitlines()[1:]
    return width > 2 and any(line.count(separator) >= width - 1 for line in lines)


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


def show_decimals(value, text, number_format):
    """Return a number with the two decimals that its cell shows: 9.30 may be a time.

    >>> show_decimals(9.3, "9.3", "0.00"), show_decimals(9.333, "9.333", "0.00")
    ('9.30', '9.333')
    >>> show_decimals(12, "12", "General"), show_decimals(1200.5, "1200.5", "#,##0.00")
    ('12', '1200.50')
    """
    shows_two = re.search(r"\.00(?!0)", number_format.partition(";")[0])
    return f"{value:.2f}" if shows_two and round(value, 2) == value else text


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

    What can be read in two ways is not guessed:

    >>> guess_encoding("钱小强,谢摇".encode("gb18030"))
    >>> guess_encoding("Müller,Jürgen".encode("cp1252"), "gb18030")
    >>> guess_encoding("ありがとう".encode("shift_jis"), "gb18030")
    >>> guess_encoding("Привет, José".encode()), guess_encoding("é,ü".encode())
    ('utf-8', 'utf-8')
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    sample = content[:SAMPLE]
    zeros = [sample[place::2].count(0) for place in (0, 1)]
    if max(zeros) > len(sample) / 8:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    if _is_readable(content, "utf-8"):
        return None if _may_be_chinese(content) else "utf-8"
    if chinese and _is_readable(content, chinese):
        text = content.decode(chinese)
        return chinese if _looks_chinese(text, chinese) else None
    return None


def _may_be_chinese(content):
    """Return whether bytes that are UTF-8 are whole Chinese words in GB2312, too."""
    text = content.decode()
    if not any("\x80" <= char < "\u0800" for char in text) or max(text) >= "\u0800":
        return False
    words = re.findall(rb"[A-Za-z]?[\x80-\xff]+[A-Za-z]?", content)
    return all(CHINESE_WORD.fullmatch(word) for word in words)


def _looks_chinese(text, encoding):
    """Return whether a text read in a Chinese encoding is not of another one."""
    signs = [char for char in text if "\u3400" <= char <= "\u9fff"]
    if EUROPEAN_WORD.search(text):
        return False  # a sign within the letters of a name: M黮ler
    if encoding != "gb18030":
        return True
    codes = [char.encode(encoding) for char in signs]
    # Japanese looks like nothing but rare signs, Korean like those from A to S
    rare = [code for code in codes if min(code[:2]) < 0xA1]
    return 2 * len(rare) <= len(codes) and not (
        len(codes) >= MANY and all(code[0] <= KOREAN_LAST for code in codes)
    )


def _is_readable(content, encoding):
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    # a list of customers contains neither private characters nor control codes
    return not any(
        "\ue000" <= char <= "\uf8ff" or "\x80" <= char <= "\x9f" for char in text
    )
