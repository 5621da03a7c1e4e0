# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re
from datetime import date, datetime

from odoo import api, fields, models

from odoo.addons.base_import.models.base_import import (
    FIELDS_RECURSION_LIMIT,
    ImportValidationError,
    check_patterns,
)

from ..models.values.ir_fields_converter import DECIMAL, POINTED_THOUSANDS
from ..tools import hours, marks, spreadsheets, values
from ..tools.marks import IMPORT, STRICT

# context key of the list that takes the rows of the file, one for each record
ROWS = "revisit_rows"
# numbers in which the comma can only be the decimal sign
COMMA_DECIMAL = re.compile(
    r"[+-]?(\d+,\d{1,2}|\d+,\d{4,}|\d{1,3}(\.\d{3})+,\d+)", re.ASCII
)
# what a spreadsheet makes of a long number
SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+\d\d", re.ASCII)
# context key while a file without columns of ours is read
PLAIN = "revisit_plain"
# Chinese encodings other than Unicode, by the user's language
CHINESE = {"zh_CN": "gb18030", "zh_SG": "gb18030", "zh_TW": "big5", "zh_HK": "big5"}


class FileError(Exception):
    """Raised with the errors of all cells at once, each with its row."""

    def __init__(self, messages):
        super().__init__(messages)
        self.messages = messages


class BaseImportImport(models.TransientModel):
    """Imports files with columns of ours exactly, and completely or not at all.

    Odoo's own import interprets everything: it reads 95 from "9,5", and Korean from
    Chinese. Here cells, the order of day and month in a column, and the encoding of the
    file are read exactly, or the user is asked.
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
        rows = []
        strict = self.with_context(
            **{STRICT: True, DECIMAL: decimal, ROWS: marks.Told(rows)}
        )
        try:
            # a file is imported as a whole, so there are no further batches
            result = super(BaseImportImport, strict).execute_import(
                fields, columns, {**options, "limit": None}, dryrun
            )
            self._name_rows(result["messages"], rows)
            return result
        except FileError as error:
            return {"ids": False, "messages": error.messages, "nextrow": 0, "name": []}

    @api.model
    def _name_rows(self, messages, rows):
        """Name in messages the row of the file, which is not the number of the record.

        :param rows: the row of each record; None where it is not known
        """
        for message in messages:
            place = message.get("rows", {}).get("from")
            if not message.get("tells_row") or place >= len(rows):
                continue
            message["message"] = self.env._(
                "Row %(row)s: %(message)s",
                row=rows[place] or place + 2,
                message=message["without_row"],
            )

    def parse_preview(self, options, count=10):
        asked = dict(options)
        result = super().parse_preview(options, count)
        if self._is_preview_strict(result) or not self._may_be_ours():
            return result
        if "error" in result and self._is_own_model():
            return result
        # Odoo itself guesses dates and refuses times in such a file
        options.clear()
        options.update(asked)
        plain = self.with_context(**{PLAIN: True})
        read = super(BaseImportImport, plain).parse_preview(options, count)
        # a file with columns of ours that cannot be read exactly is not read
        return result if "error" in result and self._is_preview_strict(read) else read

    def _is_preview_strict(self, preview):
        columns = ["/".join(match) for match in (preview.get("matches") or {}).values()]
        return self.env[self.res_model]._revisit_is_read_strictly(columns)

    def _is_own_model(self):
        return self.res_model == "res.partner" or self.res_model.startswith("revisit.")

    def _may_be_ours(self):
        """Return whether the file may have columns of ours."""
        if self.env.context.get(PLAIN):
            return False
        if self.env.context.get(STRICT):
            return True
        return bool(self.env[self.res_model]._revisit_get_fields_of_ours())

    def _read_file(self, options):
        length, rows = super()._read_file(options)
        if self._may_be_ours() and len(rows) <= bool(options.get("has_headers")):
            raise ImportValidationError(
                self.env._(
                    "This file has no row below the one with the titles, so there is"
                    " nothing to import. Choose another file, or another sheet."
                )
                if rows
                else self.env._(
                    "This file is empty, so there is nothing to import. Choose another"
                    " file, or another sheet."
                )
            )
        return length, rows

    # ------------------------------------------------------------
    # TEXT FILES
    # ------------------------------------------------------------

    def _read_csv(self, options):
        content = self.file or b""
        chinese = self._get_chinese_encoding()
        # files without columns of ours, e.g. of orders, are read by Odoo as usual
        is_ours = self._is_own_model() or self._may_be_ours()
        if is_ours and not content:
            return 0, []
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
            length, rows = super()._read_csv(options)
            if not is_ours:
                return length, rows
            return length, self._fit_rows(self._read_quoted(content, options))
        finally:
            options["encoding"] = chosen

    def _read_quoted(self, content, options):
        """Return the numbered rows of a file whose quotes all end with their cells.

        Odoo reads everything up to the next quote as one cell, and so loses rows.
        """
        text = content.decode(options["encoding"])
        quoting, separator = options["quoting"], options.get("separator") or ","
        try:
            return spreadsheets.read_rows(text, quoting, separator)
        except spreadsheets.OpenQuote as error:
            raise ImportValidationError(
                self.env._(
                    "Row %(row)s: a text begins with %(quote)s and does not end with it"
                    " in its cell. Double the sign within the text, or take it out.",
                    row=error.row,
                    quote=quoting,
                )
            ) from error

    def _fit_rows(self, rows):
        """Return rows as long as the first one; cells that are left out are empty.

        :param rows: list of ``(number, cells)``
        :raise ImportValidationError: a row is longer: its cells stand in wrong columns
        """
        width = len(rows[0][1]) if rows else 0
        for number, row in rows:
            if any(cell.strip() for cell in row[width:]):
                raise ImportValidationError(
                    self.env._(
                        "Row %(row)s has %(found)s cells, the first one %(wanted)s: a"
                        " number with a comma, or a text with the separator, is written"
                        ' in "quotes". Correct the row, or choose another separator.',
                        row=number,
                        found=len(row),
                        wanted=width,
                    )
                )
        placed = (
            spreadsheets.PlacedText if self._may_be_ours() else lambda cell, _: cell
        )
        return [
            [placed(cell, number) for cell in row[:width] + [""] * (width - len(row))]
            for number, row in rows
        ]

    def _get_chinese_encoding(self):
        """Return the encoding in which the reader's colleagues save files, or None."""
        by_lang = CHINESE.get(self.env.user.lang)
        if not by_lang and self.env.company.country_id.code == "CN":
            return "gb18030"
        return by_lang

    # ------------------------------------------------------------
    # CELLS
    # ------------------------------------------------------------

    def _parse_import_data(self, data, import_fields, options):
        if self.env.context.get(STRICT):
            rows = [spreadsheets.get_row(row) for row in data]
            for row in data:
                for column, cell in enumerate(row):
                    if isinstance(cell, spreadsheets.PlacedText):
                        row[column] = str(cell)
            if (told := marks.read(self.env, ROWS)) is not None:
                told.extend(rows)
            messages = [
                self._prepare_cell_error(number, rows[number], column, cell)
                for number, row in enumerate(data)
                for column, cell in zip(import_fields, row, strict=True)
                if self._is_changed(column, cell)
            ]
            if messages:
                raise FileError(messages)
        return super()._parse_import_data(data, import_fields, options)

    @api.model
    def _takes_time(self, column, cell):
        """Return whether a cell is a time of day in a column for hours."""
        is_time = isinstance(cell, spreadsheets.TimeCell)
        return is_time and column.rpartition("/")[2] in hours.FIELDS

    @api.model
    def _is_changed(self, column, cell):
        """Return whether a spreadsheet made something else of what was typed."""
        if isinstance(cell, spreadsheets.FormattedCell):
            return not self._takes_time(column, cell)
        field = self.env[self.res_model]._fields.get(column)
        if field is None or field.type not in ("char", "text"):
            return False
        return isinstance(cell, date) or bool(SCIENTIFIC.fullmatch(str(cell)))

    def _prepare_cell_error(self, number, row, column, cell):
        return {
            "type": "error",
            "message": self._get_cell_sentence(row or number + 2, column, cell),
            "record": number,
            "rows": {"from": number, "to": number},
            "field": column,
        }

    def _get_cell_sentence(self, row, column, cell):
        if not isinstance(cell, spreadsheets.FormattedCell):
            field = self.env[self.res_model]._fields[column]
            return self.env._(
                "Row %(row)s: %(label)s: the spreadsheet has made %(value)s of what was"
                " typed. Format the column as text, and type it again.",
                row=row,
                label=field._description_string(self.env),
                value=str(cell),
            )
        if isinstance(cell, spreadsheets.TimeCell):
            return self.env._(
                "Row %(row)s: cell %(cell)s holds the time of day %(value)s, and its"
                " column takes none. Format the cell as text, and type again what is"
                " meant.",
                row=row,
                cell=cell.place,
                value=str(cell),
            )
        if cell.shown:
            return self.env._(
                "Row %(row)s: cell %(cell)s holds %(value)s and shows something else"
                " (format %(format)s). Format the column as plain numbers, and write"
                " what is meant.",
                row=row,
                cell=cell.place,
                value=str(cell),
                format=cell.shown,
            )
        return self.env._(
            "Row %(row)s: cell %(cell)s holds a number of more than 15 digits, of"
            " which the spreadsheet has lost the last ones. Format the column as"
            " text, and type it again.",
            row=row,
            cell=cell.place,
        )

    @api.model
    def _parse_float_from_data(self, data, index, name, options):
        # the reader converts the cells of our files one by one
        if self.env.context.get(STRICT):
            self._mark_ambiguous(data, index)
            return None
        return super()._parse_float_from_data(data, index, name, options)

    @api.model
    def _mark_ambiguous(self, data, index):
        """Let the reader refuse 1.234 in a column where the comma is decimal."""
        lines = [line for line in data if isinstance(line[index], str)]
        if any(COMMA_DECIMAL.fullmatch(values.plain(line[index])) for line in lines):
            for line in lines:
                if POINTED_THOUSANDS.fullmatch(values.plain(line[index])):
                    line[index] = line[index].replace(".", ",")

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
        """Return a date in ISO format, read in the order that the user has chosen.

        A text that begins with the year is clear already; a text that does not match
        stays as it is, so that the reader refuses it.
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
        """Suggest no order of day and month if both orders are possible."""
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
        """Return whether a guessed format is the only one that the column matches."""
        if "%y" in found or not any(sign in found for sign in "-/. "):
            return found.startswith("%Y%m%d")
        if found.startswith("%Y"):
            return found.find("%m") < found.find("%d")
        swapped = found.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")
        return not check_patterns([swapped], preview_values)
