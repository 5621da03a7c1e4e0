# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models, tools

from ..tools import values as outside

ADDONS = ("revisit_management", "revisit_scoring")
# set while a file with values of ours is read; whoever sends it is read strictly
STRICT = "revisit_strict"
# integers that the database takes
SMALLEST, GREATEST = -(2**31), 2**31 - 1


class Base(models.AbstractModel):
    """Values of ours, on every model, are read by one reader.

    Odoo takes what it can make something of: "nan" as a number, 8.5 as 8, the first
    of two customers of one name. Where a file, or a call of another program, has a
    column of ours, such values are refused, and a file is taken whole or not at all.
    """

    _inherit = "base"

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

    @api.model
    def _revisit_is_read_strictly(self, columns):
        """Return whether a file with these columns is ours to read."""
        if self.env.context.get("install_mode"):
            return False
        ours = self._revisit_get_fields_of_ours()
        roots = {
            column.replace(":", "/").replace(".", "/").partition("/")[0]
            for column in columns
            if column
        }
        return self._name.startswith("revisit.") or not ours.isdisjoint(roots)

    @api.model
    @tools.ormcache("self._name")
    def _revisit_get_fields_of_ours(self):
        """Return the names of the model's fields that our add-ons brought."""
        return frozenset(
            name for name, field in self._fields.items() if field._module in ADDONS
        )

    @api.model
    def _revisit_clean_import_messages(self, messages):
        """Return messages that say their row; what is doubtful is an error, too."""
        first, others = messages[:1], messages[1:]
        if any(
            other["message"] == message["message"] and "field" not in message
            for message in first
            for other in others
        ):
            # Odoo tells the fault of a batch on its first row, then on its own one
            first = []
        cleaned = []
        for message in (*first, *others):
            rows = message.get("rows")
            text = message["message"]
            if rows and "record" in message:
                row = rows["from"] + 1
                text = self.env._("Row %(row)s: %(message)s", row=row, message=text)
            cleaned.append({**message, "type": "error", "message": text})
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
