# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Texts in cells of CSV files that spreadsheets would treat as formulas.

Plain Python without a database. A text that a spreadsheet would calculate is written
with an apostrophe before it, which is removed again on reading.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def write_cell(value):
    """Return a value as it is written to a file.

    >>> [write_cell(value) for value in ("=cmd|calc", "-1.5", "'=x", "plain", 3)]
    ["'=cmd|calc", '-1.5', "''=x", 'plain', 3]
    """
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}" if _FORMULA.match(value) else value


def read_cell(text):
    """Return the original text of a cell that :func:`write_cell` has written.

    >>> [read_cell(text) for text in ("'=cmd|calc", "''=x", "-1.5", "'quoted'")]
    ['=cmd|calc', "'=x", '-1.5', "'quoted'"]
    """
    return text[1:] if _ESCAPED.match(text) else text
