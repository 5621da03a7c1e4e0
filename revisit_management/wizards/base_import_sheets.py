# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
from datetime import datetime, time

import openpyxl
import xlrd
from openpyxl.cell.cell import TYPE_ERROR, TYPE_FORMULA
from openpyxl.styles.numbers import is_datetime

from odoo import api, models

from odoo.addons.base_import.models.base_import import ImportValidationError

from ..tools import spreadsheets
from ..tools.marks import STRICT


def any_cell(row):
    """Return whether a row of an old spreadsheet (xls) has any content."""
    return any(
        cell.value.strip()
        if cell.ctype == xlrd.XL_CELL_TEXT
        else cell.ctype not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
        for cell in row
    )


class NotOurs(Exception):
    """Raised for a spreadsheet that Odoo's own code should read, and refuse."""


class BaseImportImport(models.TransientModel):
    """Reads what the cells of spreadsheets show, and marks what they show otherwise."""

    _inherit = "base_import.import"  # pylint: disable=consider-merging-classes-inherited

    def _read_xlsx(self, options):
        if not self._may_be_ours():
            return super()._read_xlsx(options)
        book = openpyxl.load_workbook(io.BytesIO(self.file or b""), data_only=True)
        options["sheets"] = book.sheetnames
        # what the sender has hidden is not what they have sent
        shown = [sheet.title for sheet in book if sheet.sheet_state == "visible"]
        options["sheet"] = options.get("sheet") or (shown or book.sheetnames)[0]
        sheet = book[options["sheet"]]
        self._check_formulas(sheet)
        self._check_merged(sheet)
        try:
            rows = [[self._read_xlsx_cell(cell) for cell in row] for row in sheet.rows]
        except NotOurs:
            return super()._read_xlsx(options)
        filled = [
            row
            for row in rows
            if any(cell and (not isinstance(cell, str) or cell.strip()) for cell in row)
        ]
        return sheet.max_row, filled

    def _check_merged(self, sheet):
        """Refuse cells that were merged: only the first one has the value shown."""
        merged = [area for area in sheet.merged_cells.ranges if area.max_row > 1]
        if merged:
            raise ImportValidationError(
                self.env._(
                    "The cells %(cells)s are merged, so that the other rows have no"
                    " value. Unmerge them, and write the value into each row.",
                    cells=merged[0].coord,
                )
            )

    def _check_formulas(self, sheet):
        """Refuse formulas whose results the program that wrote them has left out.

        :raise ImportValidationError: names the first cell
        """
        if all(cell.value is not None for row in sheet.rows for cell in row):
            return
        book = openpyxl.load_workbook(io.BytesIO(self.file or b""))
        for row in book[sheet.title].rows:
            for cell in row:
                is_formula = cell.data_type == TYPE_FORMULA
                result = sheet[cell.coordinate]
                # a result that is a text of no characters says so
                if is_formula and result.value is None and result.data_type != "str":
                    raise ImportValidationError(
                        self.env._(
                            "Cell %(cell)s holds a formula without its result. Open the"
                            " file in a spreadsheet program, save it, and load it"
                            " again.",
                            cell=cell.coordinate,
                        )
                    )

    def _read_xlsx_cell(self, cell):
        """Return a date, a datetime or a text, marked if it shows something else."""
        value = cell.value
        if value is None:
            return spreadsheets.PlacedText("", cell.row)
        if cell.data_type == TYPE_ERROR:
            raise NotOurs
        if cell.is_date:
            kind = is_datetime(cell.number_format)
            if kind == "datetime":
                return value
            if kind == "date":
                # a time that the format hides is there all the same
                has_time = isinstance(value, datetime) and value.time() != time()
                return value if has_time else value.date()
            clock = spreadsheets.write_clock(value)
            return spreadsheets.TimeCell(clock, cell.coordinate, cell.number_format)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return spreadsheets.PlacedText(value, cell.row)
        is_exact = abs(value) < spreadsheets.EXACT
        text = str(int(value)) if value % 1 == 0 else str(value)
        if is_exact and spreadsheets.shows_as_is(cell.number_format):
            return spreadsheets.PlacedText(text, cell.row)
        shown = cell.number_format if is_exact else ""
        return spreadsheets.FormattedCell(text, cell.coordinate, shown)

    def _read_ods(self, options):
        # Odoo takes 0.95 out of a cell that shows 95%
        if self.env.context.get(STRICT):
            raise ImportValidationError(
                self.env._(
                    "What the cells of an ODS file show cannot be told from it. Save"
                    " the file as XLSX or CSV, and load it again."
                )
            )
        return super()._read_ods(options)

    def _read_xls(self, options):
        if not self._may_be_ours():
            return super()._read_xls(options)
        content = self.file or b""
        book = xlrd.open_workbook(file_contents=content, formatting_info=True)
        options["sheets"] = book.sheet_names()
        shown = [sheet.name for sheet in book.sheets() if not sheet.visibility]
        options["sheet"] = options.get("sheet") or (shown or options["sheets"])[0]
        try:
            length, rows = self._read_xls_book(book, options["sheet"])
        except ValueError as error:
            raise ImportValidationError(str(error)) from error
        sheet = book.sheet_by_name(options["sheet"])
        # Odoo leaves out empty rows
        places = (place for place, row in enumerate(sheet.get_rows()) if any_cell(row))
        for place, row in zip(places, rows, strict=True):
            for column, text in enumerate(row):
                row[column] = self._mark_xls_cell(book, sheet, place, column, text)
        return length, rows

    @api.model
    def _mark_xls_cell(self, book, sheet, place, column, text):
        """Return a cell's text, marked if the cell shows something else."""
        cell = sheet.cell(place, column)
        placed = spreadsheets.PlacedText(text, place + 1)
        if cell.ctype != xlrd.XL_CELL_NUMBER:
            return placed if isinstance(text, str) else text
        number_format = book.format_map[book.xf_list[cell.xf_index].format_key]
        shown = number_format.format_str
        is_exact = abs(cell.value) < spreadsheets.EXACT
        if is_exact and spreadsheets.shows_as_is(shown):
            return placed
        coordinate = f"{xlrd.colname(column)}{place + 1}"
        return spreadsheets.FormattedCell(text, coordinate, shown if is_exact else "")
