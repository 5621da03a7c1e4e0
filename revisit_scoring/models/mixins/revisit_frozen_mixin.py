# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.exceptions import UserError


class RevisitFrozenMixin(models.AbstractModel):
    """Parts of an assessment that cannot be changed once it is published.

    Neither sudo nor a context key unlocks them, and there is no way of unlocking: later
    changes belong in the next period.
    """

    _name = "revisit.frozen.mixin"
    _description = "Frozen With Its Assessment"
    _inherit = ["revisit.locked.mixin"]

    _lock_parent = "assessment_id"

    def _check_locked(self, names=None):
        locked = self._locked()
        if locked:
            assessment = locked[0]
            if self._lock_parent:
                assessment = locked[0][self._lock_parent]
            raise UserError(
                self.env._(
                    "%(assessment)s is published: its scores, lines and evidence stay"
                    " as they are. Put a correction into the next period's assessment.",
                    # only its name: readers of a line may have no access to the run
                    assessment=assessment.sudo().display_name,
                )
            )

    def _action_unlock(self, reason, vals, parts=None):
        """Refuse: published scores are never unlocked."""
        self._check_locked()
        return self.browse()
