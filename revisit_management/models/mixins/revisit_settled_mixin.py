# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError


class RevisitSettledMixin(models.AbstractModel):
    """Facts that people write down and that callbacks are judged by.

    They decide when a callback is due, about whom it is and whom it judges. Agents may
    correct them, and every correction leaves a trace. Once the window of a callback
    has opened, only supervisors change what that callback's policy reads of the
    record; once it has ended, the planner no longer moves or cancels the callback,
    whoever changes the record. What became known late counts as handed over late.
    """

    _name = "revisit.settled.mixin"
    _description = "Settled Facts"
    _inherit = ["revisit.traced.mixin"]

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        before = self._read_settled()
        result = super().write(vals)
        self._check_settled(before, vals)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        for record, values in self._read_settled().items():
            record._refuse_settled(values)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _is_supervisor(self):
        """Return whether the user decides what agents may not."""
        return self.env.su or self.env.user.has_group(
            "revisit_management.group_supervisor"
        )

    def _read_settled(self):
        """Return {record: {field: value}} of what the user may no longer change."""
        if self._is_supervisor():
            return {}
        # callbacks of others and hidden fields count, too
        records = self.sudo()
        return {
            record: {name: record[name] for name in names}
            for record, names in records._get_settled_fields().items()
        }

    def _check_settled(self, before, vals):
        """Refuse that the values of ``_read_settled`` are others after the change."""
        for record, values in before.items():
            changed = [name for name, old in values.items() if record[name] != old]
            if changed:
                record._refuse_settled(changed)

    def _get_settled_fields(self):
        """Return {record: names of the fields that its opened callbacks rest on}."""
        callbacks = (
            self.env["revisit.callback"]
            .with_context(active_test=False)
            .search(
                [
                    ("source_model", "=", self._name),
                    ("source_id", "in", self.ids),
                    ("window_start", "<=", fields.Datetime.now()),
                    "|",
                    ("state", "!=", "cancelled"),
                    ("cancel_reason", "!=", "source"),
                ]
            )
        )
        # callbacks that were planned by hand follow nothing
        callbacks = callbacks.filtered(lambda c: c.policy_id.model_name == self._name)
        found = {}
        for callback in callbacks:
            names = found.setdefault(self.browse(callback.source_id), set())
            names |= self._get_settled_names(callback.policy_id)
        return found

    def _get_settled_names(self, policy):
        """Return the names of the fields that agents leave; may be extended."""
        return self.env["revisit.planner"]._get_source_fields(policy)

    def _refuse_settled(self, names):
        """Say who may change a record whose callbacks may be made by now.

        :raise AccessError: always
        """
        labels = [self._fields[name]._description_string(self.env) for name in names]
        raise AccessError(
            self.env._(
                "%(record)s: a callback was planned for it, and its window has opened."
                " Only supervisors change what it rests on (%(fields)s) by now: ask"
                " one of them.",
                record=self.display_name,
                fields=", ".join(sorted(labels)),
            )
        )
