# Part of Revisit. See LICENSE file for full copyright and licensing details.
import hashlib

from odoo import fields, models
from odoo.tools import clean_context


class RevisitTracedMixin(models.AbstractModel):
    """Logs old and new values of changed fields, whatever the context.

    A model lists the fields in ``_traced``; the lists of all its classes add up.
    Extend ``_filter_traced`` if records are still being filled in, and
    ``_get_trace_owner`` if parts of a record are to be traced on the whole record.
    """

    _name = "revisit.traced.mixin"
    _description = "Traced Changes"

    _traced = frozenset()
    _server_owned = {"trace_ids"}

    trace_ids = fields.One2many(
        comodel_name="revisit.trace",
        inverse_name="res_id",
        string="Changes",
        domain=lambda self: [("res_model", "=", self._name)],
        readonly=True,
        copy=False,
        groups="revisit_management.group_agent",
    )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        before = self._read_traced(vals)
        result = super().write(vals)
        self._leave_traces(before)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_traced(self):
        """Return the names of the fields whose changes leave a trace."""
        lists = (vars(cls).get("_traced", ()) for cls in type(self).__mro__)
        return frozenset().union(*lists)

    def _filter_traced(self):
        """Return the records that are already recorded, so that changes are traced."""
        return self

    def _get_files_traced(self):
        """Return the records whose files leave a trace when they are changed."""
        return self.browse()

    def _get_trace_owner(self):
        """Return the record whose form shows the trace."""
        self.ensure_one()
        return self

    def _get_trace_part(self):
        """Return a name for the part of the owner that changes, or False."""
        return False

    def _read_traced(self, names):
        """Return {record: {field: value}} of the traced fields among ``names``."""
        names = sorted(self._get_traced().intersection(names))
        if not names:
            return {}
        # a user who may change a value need not be able to read it
        records = self.sudo().with_context(bin_size=False)._filter_traced()
        return {
            record: {name: record[name] for name in names}
            for record in records
            if record.id
        }

    def _leave_traces(self, before):
        """Log permanently which values differ from ``before``."""
        rows = [
            record._prepare_trace(name, old, record[name])
            for record, values in before.items()
            for name, old in values.items()
        ]
        # compared as stored: an answer of 0 is not the same as no answer
        self._create_traces(
            [row for row in rows if len({*map(str, row["value_pair"].values())}) > 1]
        )

    def _create_traces(self, rows):
        if not rows:
            return
        # users may not create traces, and defaults from the context must not apply
        env = self.env(context=clean_context(self.env.context), su=True)
        env["revisit.trace"].create(rows)

    def _prepare_trace(self, name, old, new):
        owner, field = self._get_trace_owner(), self._fields[name]
        is_file = field.type == "binary"
        return {
            "res_model": owner._name,
            "res_id": owner.id,
            "company_id": owner.company_id.id,
            "part": self._get_trace_part(),
            "part_model": self._name,
            "field_name": name,
            "value_pair": {
                "old": self._to_trace(field, old),
                "new": self._to_trace(field, new),
            },
            "old_file": old if is_file else False,
            "user_id": self.env.uid,
        }

    def _to_trace(self, field, value):
        """Return a value as JSON that can be shown even without the linked record."""
        if field.type == "boolean":
            return bool(value)
        if value is False or value is None or value == "":
            return None
        if field.type == "many2one":
            return [value.id, value.display_name] if value else None
        if field.relational:
            names = ", ".join(value.mapped("display_name"))
            return [value.ids, names] if value else None
        if field.type == "binary":
            digest = hashlib.sha256(value).hexdigest()[:12]
            return self.env._("a file (fingerprint %(digest)s)", digest=digest)
        if field.type in ("date", "datetime"):
            return str(value)
        return value
