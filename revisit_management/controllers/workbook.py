# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io

import xlsxwriter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# columns that a fact's label spans before its text
LABEL_COLUMNS = 2


class DocumentWorkbook:
    """One sheet: title and facts, then the sections of ``tools/documents``."""

    def __init__(self, document, is_landscape=False):
        _name, self.title, self.facts, self.sections = document
        self.is_landscape = is_landscape

    def build(self):
        """Return the bytes of the workbook."""
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            self._add_formats(book)
            sheet = book.add_worksheet(self.title)
            if self.is_landscape:
                sheet.set_landscape()
            sheet.set_paper(9)  # A4
            sheet.fit_to_pages(1, 0)
            self._set_widths(sheet)
            row = self._write_head(sheet)
            for section in self.sections:
                row = self._write_section(sheet, row, section)
        return stream.getvalue()

    def _add_formats(self, book):
        self.heading = book.add_format({"bold": True, "font_size": 14})
        self.bold = book.add_format({"bold": True, "valign": "top"})
        self.head = book.add_format(
            {"bold": True, "bg_color": "#E9ECEF", "bottom": 1, "text_wrap": True}
        )
        self.time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})

    def _set_widths(self, sheet):
        """Make each column as wide as its widest header wants."""
        widths = {}
        for section in self.sections:
            for column, (_label, width) in enumerate(section.headers):
                widths[column] = max(width, widths.get(column, 0))
        for column, width in widths.items():
            sheet.set_column(column, column, width)

    def _write_head(self, sheet):
        """Write the facts above the sections; return the next free row."""
        sheet.write_string(0, 0, self.title, self.heading)
        row = 1
        for label, text in self.facts:
            sheet.write_string(row, 0, label, self.bold)
            sheet.write_string(row, LABEL_COLUMNS, text or "")
            row += 1
        return row + 1

    def _write_section(self, sheet, first, section):
        """Write a section from row ``first`` on; return the next free row."""
        if section.title:
            sheet.write_string(first, 0, section.title, self.bold)
            first += 1
        for column, (label, _width) in enumerate(section.headers):
            sheet.write_string(first, column, label, self.head)
        for number, row in enumerate(section.rows, first + 1):
            for column, value in enumerate(row):
                self._write_cell(sheet, number, column, value)
        last = first + len(section.rows)
        if len(self.sections) == 1:
            sheet.freeze_panes(first + 1, 0)
            sheet.repeat_rows(first)
            sheet.autofilter(first, 0, last, len(section.headers) - 1)
        return last + 2

    def _write_cell(self, sheet, row, column, value):
        """Write texts as texts, so that a name that starts with = is not a formula."""
        if value is False or value is None or value == "":
            return
        if hasattr(value, "year"):
            sheet.write_datetime(row, column, value, self.time)
        elif isinstance(value, (int, float)):
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, str(value))
