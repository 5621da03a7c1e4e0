# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import UserError

UNLOCKED_FIELDS = {
    "message_follower_ids",
    "message_ids",
    "message_main_attachment_id",
    "activity_ids",
}


class RevisitLockedMixin(models.AbstractModel):
    """Records that refuse changes once they are locked.

    Neither sudo nor a context key unlocks a record. The only way is
    ``_action_unlock``, which writes an append-only ``revisit.unlock`` row. A model may
    let an unlocking open a part of the record only: see ``_is_opened``.
    """

    _name = "revisit.locked.mixin"
    _description = "Locked Records"
    _inherit = ["revisit.sealed.mixin"]

    _lock_parent = None  # name of the many2one that decides for child records

    def _locked(self):
        """Return the records of ``self`` that are locked. Extend per model."""
        if self._lock_parent:
            parents = self.mapped(self._lock_parent)._locked()
            return self.filtered(lambda record: record[self._lock_parent] in parents)
        return self.browse()

    def _get_sealed(self):
        return super()._get_sealed() | self._locked()

    def _get_unlocked_fields(self):
        """Return the names of the fields that may be written on locked records."""
        return UNLOCKED_FIELDS

    def _is_opened(self, names):
        """Return whether an unlocking allows this change of a locked record.

        :param names: the fields to change; None for the record as a whole
        """
        self.ensure_one()
        parent = self._lock_parent and self[self._lock_parent]
        return bool(parent) and parent._is_part_opened(self._name)

    def _is_part_opened(self, model):
        """Return whether an unlocking of ``self`` opens its children of a model."""
        self.ensure_one()
        return False

    @api.model
    def _get_part_labels(self):
        """Return ``{part: what people call it}`` of what an unlocking may open."""
        return {}

    def _check_locked(self, names=None):
        """Refuse to change locked records, but for what an unlocking has opened.

        :param names: the fields to change; None for the record as a whole
        """
        for record in self._locked():
            if not record._is_opened(names):
                raise UserError(record._get_locked_text(names))

    def _get_locked_text(self, names):
        """Return why a locked record is not changed, and what to do.

        :param names: see :meth:`_check_locked`
        """
        # an answer or a recording is named by what it belongs to
        owner = self[self._lock_parent] if self._lock_parent else self
        if self.env.user.has_group("revisit_management.group_manager"):
            return self.env._(
                "%(name)s is locked since its review. Unlock it with a reason, then"
                " change it.",
                name=owner.display_name,
            )
        return self.env._(
            "%(name)s is locked since its review. Ask a callback manager to unlock it"
            " with a reason, then change it.",
            name=owner.display_name,
        )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if self._lock_parent:
            records._check_locked()
        return records

    def write(self, vals):
        names = set(vals) - self._get_unlocked_fields()
        if names:
            self._check_locked(names)
        result = super().write(vals)
        if self._lock_parent and self._lock_parent in vals:
            self._check_locked()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_locked(self):
        self._check_locked()

    def _action_unlock(self, reason, vals, parts=None):
        """Set locked records back to ``vals`` and log who did it and why.

        :param reason: text, required
        :param vals: values that unlock the record, e.g. its earlier state
        :param parts: names of the parts that are opened; None: all
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason why the record is unlocked."))
        locked = self._locked()
        self.env["revisit.unlock"].sudo().create(  # no user may write this log directly
            [
                {
                    "res_model": self._name,
                    "res_id": record.id,
                    "res_name": record.display_name,
                    "company_id": record.company_id.id,
                    "user_id": self.env.uid,
                    "reason": reason.strip(),
                    "parts": parts,
                    "trace_from": record._get_last_trace_id(),
                    "values_before": record._get_unlock_snapshot(),
                }
                for record in locked
            ]
        )
        locked._write_unlocked(vals)
        return locked

    def _write_unlocked(self, vals):
        """Write past the lock; only for callers that have logged it."""
        # fields that a step has set are set back: with sudo, as every step does
        unlocked = self.sudo()
        # pylint: disable=super-method-mismatch
        return super(RevisitLockedMixin, unlocked).write(vals)

    def _get_last_trace_id(self):
        """Return the id of the last change that was logged, or 0."""
        self.ensure_one()
        # only its id, so that what changes from now on is told apart
        traces = self.env["revisit.trace"].sudo()
        domain = [("res_model", "=", self._name), ("res_id", "=", self.id)]
        return traces.search(domain, limit=1).id or 0

    def _get_unlock_snapshot(self):
        """Return JSON-ready values of a record that is unlocked, to be kept."""
        self.ensure_one()
        names = [
            name
            for name, field in self._fields.items()
            if field.store
            and field.column_type
            and name not in models.MAGIC_COLUMNS
            and field.type not in ("binary", "html", "json")
        ]
        values = self.read(names, load=None)[0]
        return {
            name: value if isinstance(value, (bool, int, float, str)) else str(value)
            for name, value in values.items()
        }
