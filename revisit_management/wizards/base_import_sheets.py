# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
from datetime import datetime, time, timedelta

import openpyxl
import xlrd
from openpyxl.cell.cell import TYPE_ERROR, TYPE_FORMULA
from openpyxl.styles.numbers import is_datetime

from odoo import api, models

from odoo.addons.base_import.models.base_import import ImportValidationError

from ..tools import spreadsheets
from ..tools.marks import STRICT


class NotOurs(Exception):
    """Raised for an error in a cell, of which Odoo's own code says what it is."""

    def __init__(self, coordinate):
        super().__init__(coordinate)
        self.coordinate = coordinate


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
        except NotOurs as error:
            try:
                return super()._read_xlsx(options)
            except ValueError:
                raise
            except Exception:
                self._refuse_cell(error.coordinate)
        return sheet.max_row, self._drop_blank(rows)

    def _check_merged(self, sheet):
        """Refuse cells that were merged: only the first one has the value shown."""
        merged = [area for area in sheet.merged_cells.ranges if area.max_row > 1]
        if merged:
            raise ImportValidationError(
                self.env._(
                    "The cells %(cells)s are merged, so that all but the first have no"
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
            raise NotOurs(cell.coordinate)
        if cell.is_date:
            return self._read_xlsx_moment(cell)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return spreadsheets.PlacedText(value, cell.row)
        is_exact = abs(value) < spreadsheets.EXACT
        text = str(int(value)) if value % 1 == 0 else str(value)
        if is_exact and spreadsheets.shows_as_is(cell.number_format):
            text = spreadsheets.show_decimals(value, text, cell.number_format)
            return spreadsheets.PlacedText(text, cell.row)
        shown = cell.number_format if is_exact else ""
        return spreadsheets.FormattedCell(text, cell.coordinate, shown)

    def _read_xlsx_moment(self, cell):
        value, shown = cell.value, is_datetime(cell.number_format)
        if isinstance(value, datetime):
            # a time that the format hides is there all the same
            has_time = value.time() != time()
            if shown == "datetime":
                return value
            if shown == "date" or not has_time:
                return value if has_time else value.date()
        clock = spreadsheets.write_clock(value)
        return spreadsheets.TimeCell(clock, cell.coordinate, cell.number_format)

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
        sheet = book.sheet_by_name(options["sheet"])
        rows = [
            [
                self._read_xls_cell(book, sheet, place, column)
                for column in range(sheet.row_len(place))
            ]
            for place in range(sheet.nrows)
        ]
        return sheet.nrows, self._drop_blank(rows)

    @api.model
    def _drop_blank(self, rows):
        return [
            row
            for row in rows
            if any(cell and (not isinstance(cell, str) or cell.strip()) for cell in row)
        ]

    @api.model
    def _read_xls_cell(self, book, sheet, place, column):
        """Return a date, a datetime or a text, marked if it shows something else."""
        cell = sheet.cell(place, column)
        coordinate = f"{xlrd.colname(column)}{place + 1}"
        number_format = book.format_map[book.xf_list[cell.xf_index].format_key]
        shown = number_format.format_str
        if cell.ctype == xlrd.XL_CELL_DATE:
            return self._read_xls_moment(book, cell, coordinate, shown)
        if cell.ctype == xlrd.XL_CELL_ERROR:
            self._refuse_cell(coordinate)
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return spreadsheets.PlacedText(str(bool(cell.value)), place + 1)
        if cell.ctype != xlrd.XL_CELL_NUMBER:
            return spreadsheets.PlacedText(cell.value, place + 1)
        value = cell.value
        text = str(int(value)) if value % 1 == 0 else str(value)
        is_exact = abs(value) < spreadsheets.EXACT
        if is_exact and spreadsheets.shows_as_is(shown):
            text = spreadsheets.show_decimals(value, text, shown)
            return spreadsheets.PlacedText(text, place + 1)
        return spreadsheets.FormattedCell(text, coordinate, shown if is_exact else "")

    @api.model
    def _read_xls_moment(self, book, cell, coordinate, shown):
        if 0 <= cell.value < 1:
            seconds = timedelta(days=cell.value)
            clock = spreadsheets.write_clock(seconds)
            return spreadsheets.TimeCell(clock, coordinate, shown)
        try:
            moment = xlrd.xldate.xldate_as_datetime(cell.value, book.datemode)
        except (xlrd.xldate.XLDateError, ValueError, OverflowError):
            self._refuse_cell(coordinate)
        # a time that the format hides is there all the same
        return moment if cell.value % 1 else moment.date()

    @api.model
    def _refuse_cell(self, coordinate):
        raise ImportValidationError(
            self.env._(
                "Cell %(cell)s holds an error, or a date that no calendar has. Write"
                " into it what is meant, or empty it.",
                cell=coordinate,
            )
        )
