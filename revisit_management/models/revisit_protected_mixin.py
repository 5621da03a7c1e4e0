# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.exceptions import AccessError


class RevisitProtectedMixin(models.AbstractModel):
    """Records with values that only their own steps set, never a hand.

    Scores rest on these values, so not even who may edit the record writes them:
    its steps check the right first, and then write through ``_step``.
    """

    _name = "revisit.protected.mixin"
    _description = "Protected Values"

    def _check_protected(self, names):
        """Refuse ``names``, unless the system itself is writing.

        :raise AccessError: a person tries to set one of the fields
        """
        if names and not self.env.su:
            labels = [
                self._fields[name]._description_string(self.env) for name in names
            ]
            raise AccessError(
                self.env._(
                    "%(fields)s: set by the record's own steps, not by hand. Use the"
                    " buttons, or ask a callback manager.",
                    fields=", ".join(sorted(labels)),
                )
            )

    def _without_defaults(self, names):
        """Return ``self`` without "default_…" of ``names`` in its context.

        A default from the context would slip past the check of the values.
        """
        if self.env.su:
            return self
        kept = {
            key: value
            for key, value in self.env.context.items()
            if key.removeprefix("default_") not in names
        }
        # replaced as a whole: keyword arguments can only add
        return self.with_context(kept)  # pylint: disable=context-overridden

    def _step(self, vals):
        """Write what nobody may write by hand, for who may write the record."""
        self.check_access("write")
        self.sudo().write(vals)
