# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""What a document consists of, for its PDF, its Excel file, and the screen.

A document has a file name, a title, facts as ``[(label, text)]``, and sections. A
section has a title or None, headers as ``[(label, width in characters)]``, and rows of
values: texts, numbers, and naive datetimes in local time; an empty value is no cell.
"""

from collections import namedtuple

from markupsafe import Markup

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


def to_html(sections):
    """Return sections as tables for a screen.

    >>> print(to_html([Section("Paid", [("Price", 8)], [("<5>",)])]))
    <h5>Paid</h5><div class='table-responsive'><table class='table table-sm'>\
<tr><th>Price</th></tr><tr><td>&lt;5&gt;</td></tr></table></div>
    """
    tables = []
    for section in sections:
        head = Markup("").join(
            Markup("<th>%s</th>") % label for label, _width in section.headers
        )
        body = Markup("").join(
            Markup("<tr>%s</tr>")
            % Markup("").join(Markup("<td>%s</td>") % text for text in row)
            for row in section.get_texts()
        )
        tables.append(
            Markup(
                "<h5>%s</h5><div class='table-responsive'><table"
                " class='table table-sm'><tr>%s</tr>%s</table></div>"
            )
            % (section.title, head, body)
        )
    return Markup("").join(tables)
