# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""The customer's key in the address of their page."""

import base64
import codecs
import email
import email.policy
import json
import logging
import re
from datetime import datetime, timezone

# a key that is signed for one purpose cannot be used for another
TIME_SCOPE = "revisit_management.callback_time"
ANSWER_SCOPE = "revisit_management.callback_answer"
DATA_SCOPE = "revisit_management.customer_data"

# the field with the number of the latest link for each purpose
SERIALS = {TIME_SCOPE: "link_serial", ANSWER_SCOPE: "questionnaire_serial"}

TIME_PATH = "/revisit/time/"
ANSWER_PATH = "/revisit/answer/"
DATA_PATH = "/revisit/me/"

# our keys have about 90 characters
MAX_LINK = 200
# larger files are no letters
MAX_TEXT = 5 * 1024 * 1024

# the key in an address, with characters that may surround it in HTML
_KEY = re.compile(
    r"(/revisit/(?:time|answer|me)/\d+)\?[^\s\"'<>]*access_token[^\s\"'<>\x80-\U0010ffff]*"
)
# an address with its key, as it stands in a message to the customer
_SIGNED = re.compile(r"https?://[^\s\"'<>]+\?access_token=[\w%.~-]+")
# the same within another address, as mail programs rewrite links
_ENCODED_KEY = re.compile(
    r"(%2Frevisit%2F(?:time|answer|me)%2F\d+)%3F[^\s\"'<>]*access_token[^\s\"'<>&]*",
    re.IGNORECASE,
)

# the key itself, however mail programs have rewritten what stands around it; what is
# left of one that is wrapped over two lines opens nothing
_EXPIRES = range(1_500_000_000, 6_000_000_000)
_BARE_KEY = re.compile(r"(?:(?<![\w+/-])|(?<=[%-]3D)|(?<=253D))A[Q-Za-f][\w%-]{24,}")


def _drop_key(match):
    """Return nothing for a key, and a word that only looks like one as it is.

    A key begins with its version, 1, and the moment at which it expires.
    """
    key = match[0]
    for code, char in (("-2D", "-"), ("-5F", "_"), ("%2D", "-"), ("%5F", "_")):
        key = key.replace(code, char)
    head = base64.urlsafe_b64decode(key[:12])
    expires = int.from_bytes(head[1:], "little")
    return "..." if head[0] == 1 and expires in _EXPIRES else match[0]


def read_key(key):
    """Return when a key ends, and what it names; whether it is ours is not checked.

    :raise ValueError: it is none

    >>> token = b"\\x01" + (1796090266).to_bytes(8, "little") + 32 * b"-" + b"[7]"
    >>> read_key(base64.urlsafe_b64encode(token).decode())
    (datetime.datetime(2026, 12, 1, 1, 57, 46, tzinfo=datetime.timezone.utc), [7])
    >>> read_key("A" * 80)
    Traceback (most recent call last):
    ValueError: no key
    """
    token = base64.urlsafe_b64decode(key.encode() + b"===")
    expires = int.from_bytes(token[1:9], "little")
    if token[:1] != b"\x01" or expires not in _EXPIRES:
        raise ValueError("no key")
    return datetime.fromtimestamp(expires, timezone.utc), json.loads(token[41:])


def find_signed(text):
    """Return the first address with a key in a message, or None.

    >>> find_signed('<a href="https://x.cn/revisit/time/7?access_token=AQ-x_9">')
    'https://x.cn/revisit/time/7?access_token=AQ-x_9'
    >>> find_signed("https://x.cn/revisit/time/7")
    """
    found = _SIGNED.search(text or "")
    return found and found[0]


def without_keys(text):
    """Return ``text`` without the keys in addresses of customers' pages.

    >>> without_keys("see https://x.cn/revisit/time/7?access_token=AQ-x_9, please")
    'see https://x.cn/revisit/time/7 please'
    >>> without_keys("https://x.cn/revisit/answer/7?access_token=AQ-x_9")
    'https://x.cn/revisit/answer/7'
    >>> without_keys("u=http%3A%2F%2Fx%2Frevisit%2Ftime%2F7%3Faccess_token%3DAQ&d=1")
    'u=http%3A%2F%2Fx%2Frevisit%2Ftime%2F7&d=1'
    >>> key = "AQpCE2sAAAAA" + 30 * "9"
    >>> for link in (f"revisit_answer_7-3Faccess-5Ftoken-3D{key}&d", f"revisit {key}"):
    ...     print(without_keys(link))
    revisit_answer_7-3Faccess-5Ftoken-3D...&d
    revisit ...
    >>> without_keys("Abbreviations-of-all-sorts-of-words")
    'Abbreviations-of-all-sorts-of-words'
    """
    text = _ENCODED_KEY.sub(r"\1", _KEY.sub(r"\1", text))
    return _BARE_KEY.sub(_drop_key, text)


class HideKeys(logging.Filter):
    """Takes the keys out of the addresses that a logger writes down."""

    @classmethod
    def attach(cls, name):
        """Add the filter to a logger, once."""
        logger = logging.getLogger(name)
        if not any(isinstance(one, cls) for one in logger.filters):
            logger.addFilter(cls())

    def filter(self, record):
        """Keep every line, without its keys.

        >>> line = logging.makeLogRecord({"msg": '"%s" 200', "args": (
        ...     "GET /revisit/time/7?access_token=AQ-x_9 HTTP/1.1",)})
        >>> HideKeys().filter(line), line.getMessage()
        (True, '"GET /revisit/time/7 HTTP/1.1" 200')
        """
        if isinstance(record.msg, str):
            record.msg = without_keys(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(
                without_keys(arg) if isinstance(arg, str) else arg
                for arg in record.args
            )
        return True


def without_keys_in_text(content):
    r"""Return a file's content without keys, if it is a text that has one.

    :param content: bytes

    >>> without_keys_in_text(b"see https://x.cn/revisit/time/7?access_token=AQ")
    b'see https://x.cn/revisit/time/7'
    >>> for code in ("utf-8", "gb18030", "utf-16"):
    ...     text = "网页 /revisit/time/7?access_token=AQ，谢谢".encode(code)
    ...     print(without_keys_in_text(text).decode(code))
    网页 /revisit/time/7，谢谢
    网页 /revisit/time/7，谢谢
    网页 /revisit/time/7，谢谢
    >>> without_keys_in_text(b"\x89PNG\0"), without_keys_in_text(b"plain")
    (b'\x89PNG\x00', b'plain')
    """
    if len(content) > MAX_TEXT:
        return content
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_wide else ("utf-8", "gb18030", "latin-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        clean = text if "\0" in text else without_keys(text)  # or it is no text
        return content if clean == text else clean.encode(encoding)
    return content


def without_keys_in_mail(name, content, *details):
    """Return an attached file; of a mail that has a key, its text without it.

    A customer who forwards our mail attaches it with its link.

    :param content: bytes, text, or a message of Python's
    :return: the file as a tuple, as it came

    >>> mail = "Content-Type: text/html\\n\\n/revisit/time/7?access_token=AQ"
    >>> without_keys_in_mail("a.eml", mail)
    ('a.eml.txt', b'/revisit/time/7')
    >>> without_keys_in_mail("a.eml", mail.replace("html", "html; charset=x-odd"))
    ('a.eml.txt', b'/revisit/time/7')
    >>> without_keys_in_mail("a.txt", b"plain"), without_keys_in_mail("b.eml", b"x")
    (('a.txt', b'plain'), ('b.eml', b'x'))
    """
    file = (name, content, *details)
    if hasattr(content, "as_bytes"):
        raw = content.as_bytes()
    else:
        raw = content.encode() if isinstance(content, str) else content
    if not (name or "").lower().endswith(".eml") and raw is content:
        return file
    mail = email.message_from_bytes(raw or b"", policy=email.policy.SMTP)
    parts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
    text = "\n".join(map(_read_part, parts))
    clean = without_keys(text)
    if clean == text:
        return file
    return (f"{name}.txt", clean.replace("\r\n", "\n").encode(), *details)


def _read_part(part):
    """Return the text of a part of a mail, whatever it says of its characters."""
    content = part.get_payload(decode=True) or b""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
