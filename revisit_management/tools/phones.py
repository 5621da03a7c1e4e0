# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Phone numbers and e-mail addresses: reading and hiding them.

Plain Python without a database.
"""

import functools
import re
import sys
import unicodedata

from .values import MAX_LENGTH, Unreadable, is_given, plain

try:
    import phonenumbers
except ImportError as error:
    raise ImportError(
        "Revisit reads phone numbers with the Python package 'phonenumbers', which is"
        " not installed here: without it refused numbers would be written to. Install"
        " it for the Python that runs Odoo (pip install phonenumbers, or Debian's"
        " python3-phonenumbers), then start again."
    ) from error

# length of the longest number, and of the shortest that is not a service number
LONGEST, SHORTEST = 15, 7
# separators between two numbers in one field, or before another text
BREAK = re.compile(r"[^\d \u00a0\u3000()+.\-–—·]+")
EXTENSION = re.compile(
    r"(ext|extension|x|分机|轉|转|#)\.?\s*:?\s*\d+\s*$", re.IGNORECASE
)
SPELLED = re.compile(r"[^\W\d_]")
ADDRESS = re.compile(r"[^\s<>\"'(),;:、，；/|]+@[^\s<>\"'(),;:、，；/|]+")
HIDDEN = "****"


def has_digits(text):
    """Return whether a text may contain a phone number.

    >>> has_digits("138 0013 8000"), has_digits("电话见备注"), has_digits(False)
    (True, False, False)
    >>> has_digits("１３８"), has_digits("٠١٢")
    (True, True)
    """
    return any(char.isdecimal() for char in text or "")


def get_decimals(text):
    """Return the digits of a text alone, to compare how numbers are written.

    >>> get_decimals("+86 138-0013"), get_decimals(False)
    ('861380013', '')
    """
    return "".join(char for char in text or "" if char.isdecimal())


@functools.cache
def get_digits():
    """Return the regular expression of one digit of any script, for use in SQL.

    PostgreSQL's own class of digits depends on the database's locale.

    >>> pattern = re.compile(get_digits())
    >>> all(pattern.match(char) for char in "09０９٠٩"), pattern.match("²x")
    (True, None)
    """
    characters = map(chr, range(sys.maxunicode + 1))
    zeros = [char for char in characters if unicodedata.decimal(char, None) == 0]
    return "[" + "".join(f"{zero}-{chr(ord(zero) + 9)}" for zero in zeros) + "]"


def read_phone(raw, region):
    """Return one whole number in E.164 format.

    :param region: country code for numbers without a prefix, or a falsy value

    >>> read_phone("138 0013 8000", "CN"), read_phone("+86 13800138000", None)
    ('+8613800138000', '+8613800138000')
    >>> read_phone("010-62345678", "CN"), read_phone("", "CN")
    ('+861062345678', False)
    >>> reasons = []
    >>> for raw, region in (("13800138000/13900139000", "CN"), ("110", "CN"),
    ...                     ("13800138000 13900139000", "CN"), ("13800138000", None),
    ...                     ("010-62345678 转 12", "CN"), ("ask him", "CN"), (5, "CN")):
    ...     try:
    ...         read_phone(raw, region)
    ...     except Unreadable as error:
    ...         reasons.append(error.reason)
    >>> " ".join(reasons)
    'several phone several prefix extension phone phone'
    """
    if not is_given(raw):
        return False
    if not isinstance(raw, str) or len(raw) > MAX_LENGTH:
        raise Unreadable("phone")
    text = plain(raw)
    if EXTENSION.search(text):
        raise Unreadable("extension")
    parts = [part for part in BREAK.split(text) if _count(part)]
    if _count(text) > LONGEST or sum(_count(p) >= SHORTEST for p in parts) > 1:
        raise Unreadable("several")
    if SPELLED.search(text):
        raise Unreadable("phone")
    return _parse_phone(text, region)


def _parse_phone(text, region):
    if not (region or text.startswith("+")):
        raise Unreadable("prefix")
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        raise Unreadable("phone") from None
    # service numbers such as 110 are valid, but never a customer's
    if not phonenumbers.is_valid_number(number):
        raise Unreadable("phone")
    if number.extension:
        raise Unreadable("extension")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _count(text):
    return sum(char.isdigit() for char in text)


# ------------------------------------------------------------
# HIDING
# ------------------------------------------------------------


def mask_numbers(text):
    """Return the numbers of a field with the middle hidden, and no other text.

    Numbers of at least ten digits keep the last four and the first three, or two more
    if they have a prefix; numbers of seven to nine digits keep the first and last two;
    shorter ones, and ones too long for a number, keep nothing.

    >>> mask_numbers("138 1234 5678"), mask_numbers("+86 138 1234 5678")
    ('138****5678', '86138****5678')
    >>> mask_numbers("13800138000/13900139000")
    '138****8000 / 139****9000'
    >>> mask_numbers("13800138000 13900139000"), mask_numbers("110")
    ('138****8000 / 139****9000', '***')
    >>> mask_numbers("6234567 7654321"), mask_numbers("138001380001390013")
    ('62***67 / 76***21', '****')
    """
    masked = (
        _mask_number(piece)
        for part in BREAK.split(text or "")
        for piece in _split_numbers(part)
    )
    return " / ".join(part for part in masked if part)


def _split_numbers(part):
    """Return the numbers of a text with spaces, or the text as one number."""
    pieces = part.split()
    whole = [piece for piece in pieces if _count(piece) >= SHORTEST]
    return pieces if len(whole) > 1 else [part]


def _mask_number(text):
    # digits of every script count, as full-width ones are just as readable
    digits = [str(unicodedata.digit(char)) for char in text if char.isdigit()]
    count = len(digits)
    if count > LONGEST:
        return HIDDEN
    first, last = (2, 2) if count >= SHORTEST else (0, 0)
    if count >= 10:
        first, last = min(count - 8, 5), 4
    for index in range(first, count - last):
        digits[index] = "*"
    return "".join(digits)


def mask_name(text):
    """Return a name with only the first letter of each of its words.

    >>> mask_name("Xue Fang"), mask_name("王小明"), mask_name(False)
    ('X*** F***', '王***', '')
    """
    return " ".join(f"{word[0]}***" for word in (text or "").split())


def mask_text(text):
    """Return the first four characters of a text, of a short one only the first.

    >>> mask_text("12 Long Road"), mask_text("SN1"), mask_text(False)
    ('12 L***', 'S***', '')
    """
    text = (text or "").strip()
    return text and text[: 4 if len(text) > 7 else 1] + "***"


def mask_addresses(text):
    """Return the addresses of a field with only the first letter of their names.

    >>> mask_addresses("Li Wei <li@example.com>; wang@example.com")
    'l***@example.com, w***@example.com'
    """
    hits = ADDRESS.findall(text or "")
    return ", ".join(f"{hit[0]}***@{hit.rpartition('@')[2]}" for hit in hits)
