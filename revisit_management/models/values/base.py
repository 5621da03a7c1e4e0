# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

import psycopg2

from odoo import api, models, tools
from odoo.exceptions import UserError

from ...tools import values as outside
from ...tools.marks import NAMED, STRICT
from ...tools.values import GREATEST, SMALLEST

# prefix of the add-ons whose fields are read strictly
OURS = "revisit_"
# separators within a column's name, in the web client and for programs
STEPS = re.compile("[/:.]")


class BatchError(Exception):
    """Raised for a batch that cannot be stored; its rows are then tried one by one."""


class Base(models.AbstractModel):
    """Reads values of our fields strictly, on every model.

    Odoo accepts whatever it can interpret: "nan" as a number, 8.5 as 8, the first of
    two customers with the same name. If a file, or a call of another program, has a
    column of ours, such values are refused, and a file is imported completely or not at
    all.
    """

    _inherit = "base"  # pylint: disable=consider-merging-classes-inherited

    # number fields whose default replaces an empty cell, as 0 has another meaning
    _filled_numbers = ()

    # ------------------------------------------------------------
    # FILES
    # ------------------------------------------------------------

    def export_data(self, fields_to_export):
        """Write moments as files of ours are read: in the company's time zone."""
        if self._revisit_is_read_strictly(fields_to_export):
            # the day is the company's, whoever may read its settings
            self = self.with_context(tz=self.env.company.sudo()._revisit_tz())
        return super().export_data(fields_to_export)

    @api.model
    def load(self, fields, data):
        if not self._revisit_is_read_strictly(fields):
            return super().load(fields, data)
        wrong = self._revisit_get_misfits(fields, data)
        if wrong := wrong or self._revisit_get_unstorable(fields, data):
            return {"ids": False, "messages": wrong, "nextrow": 0}
        # without batches, since a stored batch could not be rolled back
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
        """Skip rows with a cell that could not be read: that error is known already."""
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
            # Odoo would report it for the first row, whichever it was
            raise BatchError from error

    @api.model
    def _load_records_create(self, values):
        if self._filled_numbers and self.env.context.get(STRICT):
            values = self._revisit_fill_empty_numbers(values)
        return super()._load_records_create(values)

    @api.model
    def _revisit_fill_empty_numbers(self, vals_list):
        """Return new rows without empty cells for which there is a default."""
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
        """Return whether a file with these columns has to be read strictly."""
        if self.env.context.get("install_mode"):
            return False
        return self._name.startswith("revisit.") or any(
            self._revisit_leads_to_ours(column) for column in columns if column
        )

    @api.model
    def _revisit_leads_to_ours(self, column):
        """Return whether the path of a column contains a field or model of ours."""
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

    def _revisit_get_told_name(self):
        """Return the name of a record for a message to the user.

        Users who may not read the record get its number instead: they can try any
        number, and must not learn which customer or record it belongs to.
        """
        self.ensure_one()
        record = self.sudo(False)
        # existence is checked without rights, as a deleted record has no name either
        if record.sudo().exists() and record.has_access("read"):
            return record.display_name
        return f"#{record.id}"

    @api.model
    @tools.ormcache("self._name")
    def _revisit_get_fields_of_ours(self):
        """Return the names of the model's fields that our add-ons define."""
        return frozenset(
            name
            for name, field in self._fields.items()
            # users inherit fields from contacts, and products from templates
            if (field.base_field._module or "").startswith(OURS)
        )

    @api.model
    def _revisit_get_misfits(self, fields, data):
        """Return the errors of rows that have not one cell for each column."""
        return [
            {
                "type": "error",
                "message": self.env._(
                    "Row %(row)s has %(found)s cells, and there are %(wanted)s columns:"
                    " give one cell for each.",
                    row=number + 1,
                    found=len(row),
                    wanted=len(fields),
                ),
                "record": number,
                "rows": {"from": number, "to": number},
            }
            for number, row in enumerate(data)
            if len(row) != len(fields)
        ]

    @api.model
    def _revisit_get_unstorable(self, fields, data):
        """Return the errors of cells with characters that cannot be kept."""
        reader, messages = self.env["revisit.reader"], []
        for number, row in enumerate(data):
            for name, cell in zip(fields, row, strict=True):
                if not isinstance(cell, str):
                    continue
                try:
                    outside.check_characters(cell)
                except outside.Unreadable as error:
                    sentence = reader._get_sentence(error, name, "")
                    messages.append(
                        {
                            "type": "error",
                            "message": self.env._(
                                "Row %(row)s: %(message)s",
                                row=number + 1,
                                message=sentence,
                            ),
                            "record": number,
                            "rows": {"from": number, "to": number},
                        }
                    )
        return messages

    @api.model
    def _revisit_clean_import_messages(self, messages):
        """Return messages that name their row; warnings become errors, too."""
        cleaned = []
        for message in messages:
            rows = message.get("rows")
            text = message["message"]
            tells_row = bool(rows) and "record" in message
            if tells_row:
                row = rows["from"] + 1
                text = self.env._("Row %(row)s: %(message)s", row=row, message=text)
            cleaned.append(
                # so that the web client adds no row number itself
                {
                    **message,
                    "type": "error",
                    "message": text,
                    "tells_row": tells_row,
                    # for files with line numbers
                    "without_row": message["message"],
                }
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
        """Return ``vals`` with the values of our fields as read by the reader.

        Methods that check values before they pass them on call it first.
        """
        names = self._revisit_get_fields_of_ours()
        # with sudo, values come from our own code or have been read already
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
                return value  # the usual case, without reading labels
            return reader._read_choice(label, field, value)
        if field.type in ("char", "text") and isinstance(value, str):
            reader._check_characters(label, value)
        return value
