# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

import psycopg2

from odoo import api, models, tools
from odoo.exceptions import UserError

from ..tools import values as outside

ADDONS = ("revisit_management", "revisit_scoring")
# set while a file with values of ours is read; whoever sends it is read strictly
STRICT = "revisit_strict"
# of the rows that are stored: the model of which all have an external ID
NAMED = "revisit_named"
# what parts a column's name, on the page and for programs
STEPS = re.compile("[/:.]")
# integers that the database takes
SMALLEST, GREATEST = -(2**31), 2**31 - 1


class BatchError(Exception):
    """Rows that cannot be stored at once: they are then tried one by one."""


class Base(models.AbstractModel):
    """Values of ours, on every model, are read by one reader.

    Odoo takes what it can make something of: "nan" as a number, 8.5 as 8, the first
    of two customers of one name. Where a file, or a call of another program, has a
    column of ours, such values are refused, and a file is taken whole or not at all.
    """

    _inherit = "base"

    # numbers of which an empty cell takes the default: 0 would say something else
    _filled_numbers = ()

    # ------------------------------------------------------------
    # FILES
    # ------------------------------------------------------------

    @api.model
    def load(self, fields, data):
        if not self._revisit_is_read_strictly(fields):
            return super().load(fields, data)
        # in one piece: a batch that is stored cannot be taken back
        strict = self.with_context(**{STRICT: True, "_import_limit": None})
        savepoint = self.env.cr.savepoint()
        result = super(Base, strict).load(fields, data)
        messages = self._revisit_clean_import_messages(result["messages"])
        if messages and result["ids"]:
            savepoint.rollback()
            self.pool.reset_changes()
            result["ids"] = False
        savepoint.close(rollback=False)
        return {**result, "messages": messages}

    def _convert_records(self, records, *, log=lambda a: None, savepoint):
        """Try no row of which a cell could not be read: that fault is told already."""
        if not self.env.context.get(STRICT):
            yield from super()._convert_records(records, log=log, savepoint=savepoint)
            return
        failed = set()

        def note(message):
            failed.add(message["record"])
            log(message)

        for row in super()._convert_records(records, log=note, savepoint=savepoint):
            if row[3]["record"] not in failed:
                yield row

    def _load_records(self, data_list, update=False):
        if not self.env.context.get(STRICT):
            return super()._load_records(data_list, update)
        is_named = all(data.get("xml_id") for data in data_list)
        named = self.with_context(**{NAMED: self._name if is_named else False})
        try:
            return super(Base, named)._load_records(data_list, update)
        except UserError as error:
            if len(data_list) == 1:
                raise
            # Odoo would tell it of the first row, whichever it was
            raise BatchError from error

    @api.model
    def _load_records_create(self, values):
        if self._filled_numbers and self.env.context.get(STRICT):
            values = self._revisit_fill_empty_numbers(values)
        return super()._load_records_create(values)

    @api.model
    def _revisit_fill_empty_numbers(self, vals_list):
        """Return new rows without the empty cells for which there is a default."""
        defaults = self.default_get(list(self._filled_numbers))
        return [
            {
                name: value
                for name, value in vals.items()
                if name not in defaults or (value is not False and value is not None)
            }
            for vals in vals_list
        ]

    @api.model
    def _sql_error_to_message(self, exc):
        is_empty = isinstance(exc, psycopg2.errors.NotNullViolation)
        if is_empty and self.env.context.get(STRICT):
            table, name = exc.diag.table_name, exc.diag.column_name
            for model in (self, *self.env.values()):
                if model._table == table and name in model._fields:
                    label = self.env["revisit.reader"]._get_label(model, name)
                    return self.env._(
                        "%(label)s is empty. Fill it in, in a column of its own if the"
                        " file has none.",
                        label=label,
                    )
        return super()._sql_error_to_message(exc)

    @api.model
    def _revisit_is_read_strictly(self, columns):
        """Return whether a file with these columns is ours to read."""
        if self.env.context.get("install_mode"):
            return False
        return self._name.startswith("revisit.") or any(
            self._revisit_leads_to_ours(column) for column in columns if column
        )

    @api.model
    def _revisit_leads_to_ours(self, column):
        """Return whether a step of a column is a field, or in a model, of ours."""
        model = self
        for name in STEPS.split(column):
            field = model._fields.get(name)
            if name in model._revisit_get_fields_of_ours():
                return True
            if not field or not field.relational:
                return False
            model = self.env[field.comodel_name]
            if model._name.startswith("revisit."):
                return True
        return False

    @api.model
    @tools.ormcache("self._name")
    def _revisit_get_fields_of_ours(self):
        """Return the names of the model's fields that our add-ons brought."""
        return frozenset(
            name
            for name, field in self._fields.items()
            # users have the fields of their contacts, products those of templates
            if field.base_field._module in ADDONS
        )

    @api.model
    def _revisit_clean_import_messages(self, messages):
        """Return messages that say their row; what is doubtful is an error, too."""
        cleaned = []
        for message in messages:
            rows = message.get("rows")
            text = message["message"]
            tells_row = bool(rows) and "record" in message
            if tells_row:
                row = rows["from"] + 1
                text = self.env._("Row %(row)s: %(message)s", row=row, message=text)
            cleaned.append(
                # the page then adds no number of its own
                {**message, "type": "error", "message": text, "tells_row": tells_row}
            )
        return cleaned

    # ------------------------------------------------------------
    # CALLS OF OTHER PROGRAMS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._revisit_read_outside(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._revisit_read_outside(vals))

    @api.model
    def _revisit_read_outside(self, vals):
        """Return ``vals`` with the values of our fields as the reader takes them.

        Methods that look at values before they pass them on call it first.
        """
        names = self._revisit_get_fields_of_ours()
        # what runs with sudo was made here, or was read before
        if self.env.su or names.isdisjoint(vals):
            return vals
        return {
            name: self._revisit_read_outside_value(self._fields[name], value)
            if name in names and value is not False and value is not None
            else value
            for name, value in vals.items()
        }

    @api.model
    def _revisit_read_outside_value(self, field, value):
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, field.name)
        if field.type == "datetime" and isinstance(value, str | bool | int | float):
            return reader._read_moment(label, value, "UTC")
        if field.type == "date" and isinstance(value, str | bool | int | float):
            return reader._read_date(label, value, outside.get_years(field.name))
        if field.type == "integer":
            return reader._read_number(
                label, value, low=SMALLEST, high=GREATEST, step=1
            )
        if field.type in ("float", "monetary"):
            return reader._read_number(label, value)
        if field.type == "boolean":
            return reader._read_flag(label, value)
        if field.type == "selection":
            if isinstance(value, str) and value in field.get_values(self.env):
                return value  # as nearly always: its labels need not be looked at
            return reader._read_choice(label, field, value)
        if field.type in ("char", "text") and isinstance(value, str):
            reader._check_characters(label, value)
        return value
