# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
from datetime import datetime

import openpyxl
import xlrd
from openpyxl.cell.cell import TYPE_ERROR
from openpyxl.styles.numbers import is_datetime

from odoo import api, fields, models

from odoo.addons.base_import.models.base_import import (
    FIELDS_RECURSION_LIMIT,
    ImportValidationError,
    check_patterns,
)

from ..models.base import STRICT
from ..models.ir_fields_converter import DECIMAL
from ..models.revisit_callback_import import IMPORT
from ..tools import hours, spreadsheets, values

# set while a file is read that has no column of ours
PLAIN = "revisit_plain"
# the Chinese that is not Unicode, by the reader's language
CHINESE = {"zh_CN": "gb18030", "zh_SG": "gb18030", "zh_TW": "big5", "zh_HK": "big5"}


def any_cell(row):
    """Return whether a row of an old spreadsheet holds anything."""
    return any(
        cell.value.strip()
        if cell.ctype == xlrd.XL_CELL_TEXT
        else cell.ctype not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
        for cell in row
    )


class NotOurs(Exception):
    """A spreadsheet that Odoo's own reading has to refuse."""


class FileError(Exception):
    """Cells that are told all at once, each with its row."""

    def __init__(self, messages):
        super().__init__(messages)
        self.messages = messages


class BaseImportImport(models.TransientModel):
    """Files with columns of ours: read exactly, taken whole or not at all.

    Odoo's own reading makes something of everything: 95 of "9,5", Korean of
    Chinese. Here a cell, a column's order of day and month, and a file's encoding are
    read as they are, or the importer is asked.
    """

    _inherit = "base_import.import"

    @api.model
    def get_fields_tree(self, model, depth=FIELDS_RECURSION_LIMIT):
        if model == "revisit.callback":
            self = self.with_context(**{IMPORT: True})
        return super().get_fields_tree(model, depth)

    def execute_import(self, fields, columns, options, dryrun=False):
        if not self.env[self.res_model]._revisit_is_read_strictly(fields):
            plain = self.with_context(**{PLAIN: True})
            return super(BaseImportImport, plain).execute_import(
                fields, columns, options, dryrun
            )
        decimal = options.get("float_decimal_separator")
        strict = self.with_context(**{STRICT: True, DECIMAL: decimal})
        try:
            # a file is taken whole, so that there is no batch to go on with
            return super(BaseImportImport, strict).execute_import(
                fields, columns, {**options, "limit": None}, dryrun
            )
        except FileError as error:
            return {"ids": False, "messages": error.messages, "nextrow": 0, "name": []}

    def parse_preview(self, options, count=10):
        asked = dict(options)
        result = super().parse_preview(options, count)
        columns = ["/".join(match) for match in (result.get("matches") or {}).values()]
        is_strict = self.env[self.res_model]._revisit_is_read_strictly(columns)
        if is_strict or not self._may_be_ours():
            return result
        # how dates are guessed, and times refused, is Odoo's matter in such a file
        options.clear()
        options.update(asked)
        plain = self.with_context(**{PLAIN: True})
        return super(BaseImportImport, plain).parse_preview(options, count)

    def _may_be_ours(self):
        """Return whether the file may have columns of ours."""
        if self.env.context.get(PLAIN):
            return False
        if self.env.context.get(STRICT):
            return True
        return bool(self.env[self.res_model]._revisit_get_fields_of_ours())

    # ------------------------------------------------------------
    # TEXT FILES
    # ------------------------------------------------------------

    def _read_csv(self, options):
        content = self.file or b""
        chinese = self._get_chinese_encoding()
        # orders and the like of others go on as Odoo reads them
        is_ours = self.res_model == "res.partner" or self.res_model.startswith(
            "revisit."
        )
        if not (content and (chinese or is_ours)):
            return super()._read_csv(options)
        if not options.get("encoding"):
            options["encoding"] = spreadsheets.guess_encoding(content, chinese)
        if not options["encoding"]:
            raise ImportValidationError(
                self.env._(
                    "Nobody can tell which encoding this file is in. Choose it under"
                    " Encoding, e.g. gb18030 for Chinese, or save the file as UTF-8."
                )
            )
        chosen = options["encoding"]
        if chosen.lower().replace("_", "-") in ("utf-8", "utf8"):
            # the mark before the first column is no part of its name
            options["encoding"] = "utf-8-sig"
        try:
            return super()._read_csv(options)
        finally:
            options["encoding"] = chosen

    def _get_chinese_encoding(self):
        """Return the encoding in which the reader's colleagues save files, or None."""
        by_lang = CHINESE.get(self.env.user.lang)
        if not by_lang and self.env.company.country_id.code == "CN":
            return "gb18030"
        return by_lang

    # ------------------------------------------------------------
    # SPREADSHEETS
    # ------------------------------------------------------------

    def _read_xlsx(self, options):
        if not self._may_be_ours():
            return super()._read_xlsx(options)
        book = openpyxl.load_workbook(io.BytesIO(self.file or b""), data_only=True)
        options["sheets"] = book.sheetnames
        options["sheet"] = options.get("sheet") or book.sheetnames[0]
        sheet = book[options["sheet"]]
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

    def _read_xlsx_cell(self, cell):
        """Return a date, a datetime or a text, marked if it shows something else."""
        value = cell.value
        if value is None:
            return ""
        if cell.data_type == TYPE_ERROR:
            raise NotOurs
        if cell.is_date:
            kind = is_datetime(cell.number_format)
            if kind == "datetime":
                return value
            if kind == "date":
                return value.date()
            clock = spreadsheets.write_clock(value)
            return spreadsheets.TimeCell(clock, cell.coordinate, cell.number_format)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        is_exact = abs(value) < spreadsheets.EXACT
        text = str(int(value)) if value % 1 == 0 else str(value)
        if is_exact and spreadsheets.shows_as_is(cell.number_format):
            return text
        shown = cell.number_format if is_exact else ""
        return spreadsheets.FormattedCell(text, cell.coordinate, shown)

    def _read_xls(self, options):
        if not self._may_be_ours():
            return super()._read_xls(options)
        content = self.file or b""
        book = xlrd.open_workbook(file_contents=content, formatting_info=True)
        options["sheets"] = book.sheet_names()
        options["sheet"] = options.get("sheet") or options["sheets"][0]
        try:
            length, rows = self._read_xls_book(book, options["sheet"])
        except ValueError as error:
            raise ImportValidationError(str(error)) from error
        sheet = book.sheet_by_name(options["sheet"])
        # Odoo leaves empty rows out
        places = (place for place, row in enumerate(sheet.get_rows()) if any_cell(row))
        for place, row in zip(places, rows, strict=True):
            for column, text in enumerate(row):
                row[column] = self._mark_xls_cell(book, sheet, place, column, text)
        return length, rows

    @api.model
    def _mark_xls_cell(self, book, sheet, place, column, text):
        """Return a cell's text, marked if the cell shows something else."""
        cell = sheet.cell(place, column)
        if cell.ctype != xlrd.XL_CELL_NUMBER:
            return text
        number_format = book.format_map[book.xf_list[cell.xf_index].format_key]
        shown = number_format.format_str
        is_exact = abs(cell.value) < spreadsheets.EXACT
        if is_exact and spreadsheets.shows_as_is(shown):
            return text
        coordinate = f"{xlrd.colname(column)}{place + 1}"
        return spreadsheets.FormattedCell(text, coordinate, shown if is_exact else "")

    # ------------------------------------------------------------
    # CELLS
    # ------------------------------------------------------------

    def _parse_import_data(self, data, import_fields, options):
        if self.env.context.get(STRICT):
            messages = [
                self._prepare_cell_error(number, column, cell)
                for number, row in enumerate(data)
                for column, cell in zip(import_fields, row, strict=True)
                if isinstance(cell, spreadsheets.FormattedCell)
                and not self._takes_time(column, cell)
            ]
            if messages:
                raise FileError(messages)
        return super()._parse_import_data(data, import_fields, options)

    @api.model
    def _takes_time(self, column, cell):
        """Return whether a cell is a time of day, in a column of hours."""
        is_time = isinstance(cell, spreadsheets.TimeCell)
        return is_time and column.rpartition("/")[2] in hours.FIELDS

    def _prepare_cell_error(self, number, column, cell):
        if isinstance(cell, spreadsheets.TimeCell):
            message = self.env._(
                "Row %(row)s: cell %(cell)s holds the time of day %(value)s, and its"
                " column takes none. Format the cell as text, and type again what is"
                " meant.",
                row=number + 1,
                cell=cell.place,
                value=str(cell),
            )
        elif cell.shown:
            message = self.env._(
                "Row %(row)s: cell %(cell)s holds %(value)s and shows something else"
                " (format %(format)s). Format the column as plain numbers, and write"
                " what is meant.",
                row=number + 1,
                cell=cell.place,
                value=str(cell),
                format=cell.shown,
            )
        else:
            message = self.env._(
                "Row %(row)s: cell %(cell)s holds a number of more than 15 digits, of"
                " which the spreadsheet has lost the last ones. Format the column as"
                " text, and type it again.",
                row=number + 1,
                cell=cell.place,
            )
        return {
            "type": "error",
            "message": message,
            "record": number,
            "rows": {"from": number, "to": number},
            "field": column,
        }

    @api.model
    def _parse_float_from_data(self, data, index, name, options):
        # the cells of our files are converted one by one, by the reader
        if self.env.context.get(STRICT):
            return None
        return super()._parse_float_from_data(data, index, name, options)

    def _parse_date_from_data(self, data, index, name, field_type, options):
        if not self.env.context.get(STRICT):
            return super()._parse_date_from_data(data, index, name, field_type, options)
        formats = [options.get(f"{kind}_format") for kind in ("datetime", "date")]
        for line in data:
            if isinstance(line[index], str):
                line[index] = self._apply_format(line[index], field_type, formats)
        return None

    @api.model
    def _apply_format(self, text, field_type, formats):
        """Return a date in the order that the importer chose as ISO has it.

        What begins with the year is clear by itself; what fits no format stays as it
        is, for the reader to refuse.
        """
        plain = values.plain(text)
        if plain[:4].isdigit():
            return text
        for number_format in filter(None, formats):
            try:
                moment = datetime.strptime(plain, number_format)
            except ValueError:
                continue
            kind = fields.Date if field_type == "date" else fields.Datetime
            return kind.to_string(moment)
        return text

    def _try_match_date_time(self, preview_values, options):
        """Propose no order of day and month where both orders fit the column."""
        names = ("date_format", "datetime_format")
        before = {name: options.get(name) for name in names}
        result = super()._try_match_date_time(preview_values, options)
        if self._may_be_ours():
            for name in names:
                found = options.get(name)
                if found != before[name] and not self._is_clear(found, preview_values):
                    options[name] = before[name]
        return result

    @api.model
    def _is_clear(self, found, preview_values):
        """Return whether a guessed format is the only one that a column fits."""
        if "%y" in found or not any(sign in found for sign in "-/. "):
            return found.startswith("%Y%m%d")
        if found.startswith("%Y"):
            return found.find("%m") < found.find("%d")
        swapped = found.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")
        return not check_patterns([swapped], preview_values)
