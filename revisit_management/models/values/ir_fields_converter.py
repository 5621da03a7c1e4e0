# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import hours, values, windows
from ...tools.marks import STRICT
from ...tools.values import GREATEST, SMALLEST

# moments that are the first one outside: a day means all of it
ENDS = {"window_end"}
# context key: the decimal separator of the file; if a client sends it, of its own file
DECIMAL = "revisit_decimal"
POINTED_THOUSANDS = re.compile(r"[+-]?\d{1,3}\.\d{3}", re.ASCII)


class IrFieldsConverter(models.AbstractModel):
    """Reads cells of files with columns of ours strictly, by ``revisit.reader``."""

    _inherit = "ir.fields.converter"

    @api.model
    def _read_cell(self, field, method, *arguments):
        """Return the value of a cell, as Odoo's converters do.

        :param method: name of the reader's method, called with the field's label

        :raise ValueError: with the reader's message, ready for Odoo's formatting
        """
        reader = self.env["revisit.reader"]
        label = field._description_string(self.env)
        try:
            return getattr(reader, method)(label, *arguments), []
        except UserError as error:
            raise ValueError(str(error).replace("%", "%%")) from error

    @api.model
    def _is_strict(self):
        return self.env.context.get(STRICT)

    @api.model
    def _str_to_integer(self, model, field, value, savepoint):
        if not self._is_strict():
            return super()._str_to_integer(model, field, value, savepoint)
        limits = (SMALLEST, GREATEST, 1)
        return self._read_cell(field, "_read_number", value, *limits)

    @api.model
    def _str_to_float(self, model, field, value, savepoint):
        if not self._is_strict():
            return super()._str_to_float(model, field, value, savepoint)
        if field.name in hours.FIELDS:
            return self._read_cell(field, "_read_hour", value)
        if (
            self.env.context.get(DECIMAL) == ","
            and isinstance(value, str)
            and POINTED_THOUSANDS.fullmatch(values.plain(value))
        ):
            # in such a file 1.234 may be 1234 or 1.234
            value = value.replace(".", ",")
        return self._read_cell(field, "_read_number", value)

    @api.model
    def _str_to_monetary(self, model, field, value, savepoint):
        return self._str_to_float(model, field, value, savepoint)

    @api.model
    def _str_to_date(self, model, field, value, savepoint):
        if not self._is_strict():
            return super()._str_to_date(model, field, value, savepoint)
        years = values.get_years(field.name)
        day, warnings = self._read_cell(field, "_read_date", value, years)
        return fields.Date.to_string(day), warnings

    @api.model
    def _str_to_datetime(self, model, field, value, savepoint):
        if not self._is_strict():
            return super()._str_to_datetime(model, field, value, savepoint)
        # dates and times in a file are in the company's time zone, whoever imports it
        zone = self.env.company.sudo()._revisit_tz()
        moment, warnings = self._read_cell(field, "_read_moment", value, zone)
        if moment and field.name in ENDS and ":" not in str(value):
            # the day itself belongs to the window, whose end is the first late moment
            last = windows.local_date(moment, zone)
            moment = windows.day_start(last + timedelta(days=1), zone)
        return fields.Datetime.to_string(moment), warnings

    @api.model
    def _str_to_selection(self, model, field, value, savepoint):
        if not self._is_strict():
            return super()._str_to_selection(model, field, value, savepoint)
        try:
            return self._read_cell(field, "_read_choice", field, value)
        except ValueError as error:
            context = self.env.context
            if field.name in context.get("import_skip_records", []):
                return None, []
            if field.name in context.get("import_set_empty_fields", []):
                return False, []
            choices = [name for _key, name in field._description_selection(self.env)]
            raise ValueError(error.args[0], {"moreinfo": choices}) from error

    @api.model
    def db_id_for(self, model, field, subfield, value, savepoint):
        """Refuse names that several records have, where Odoo takes the first one."""
        found, warnings = super().db_id_for(model, field, subfield, value, savepoint)
        if warnings and self._is_strict():
            message = self.env._(
                "%(label)s: more than one record is called %(value)s. Name the one that"
                " is meant by its external ID or database ID, in a column of its own,"
                " or by its unique reference.",
                label=field._description_string(self.env),
                value=str(value)[:50],
            )
            raise ValueError(message.replace("%", "%%"))
        return found, warnings
