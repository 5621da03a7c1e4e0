# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""What a document consists of, for its PDF, its Excel file, and the screen.

A document has a file name, a title, facts as ``[(label, text)]``, and sections. A
section has a title or None, headers as ``[(label, width in characters)]``, and rows of
values: texts, numbers, and naive datetimes in local time; an empty value is no cell.
"""

from collections import namedtuple

Document = namedtuple("Document", "name title facts sections")


class Section(namedtuple("Section", "title headers rows")):
    """A table of a document."""

    __slots__ = ()

    def get_texts(self):
        """Return the rows with all their values as texts.

        >>> Section("Paid", [("Price", 8), ("Note", 20)], [(5, False)]).get_texts()
        [['5', '']]
        """
        return [[to_text(value) for value in row] for row in self.rows]


def to_text(value):
    """Return a value of a row as text.

    >>> from datetime import datetime
    >>> to_text(datetime(2026, 3, 10, 9, 0))
    '2026-03-10 09:00'
    """
    if value is False or value is None:
        return ""
    return value.strftime("%Y-%m-%d %H:%M") if hasattr(value, "year") else str(value)
