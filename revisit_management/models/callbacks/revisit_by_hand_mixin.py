# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.exceptions import UserError

PASSED_ON = {"team_id", "user_id"}


class RevisitByHandMixin(models.AbstractModel):
    """What people plan, pass on, enter later or cancel by hand, and what that leaves.

    Scores count what was due to whom: nobody but managers makes others late by hand,
    and what happens to a callback that is late already stays visible.
    """

    _name = "revisit.by.hand.mixin"
    _description = "Planned and Changed by Hand"

    def _is_late(self):
        """Return whether it is still to be made, though its window has ended."""
        self.ensure_one()
        return self.is_open and self.window_end <= fields.Datetime.now()

    def _check_planned_by_hand(self):
        """Refuse to plan what is over already, and what counts for another unit.

        :raise UserError: the user is neither manager nor system
        """
        if self.env.su or self.env.user.has_group("revisit_management.group_manager"):
            return
        for callback in self:
            if callback._is_late():
                raise UserError(
                    self.env._(
                        "%(callback)s: its window has ended. Only callback managers"
                        " plan what was due before; choose a later end.",
                        callback=callback.display_name,
                    )
                )
            if callback._counts_elsewhere():
                raise UserError(
                    self.env._(
                        "%(callback)s would count for another unit. Have that unit's"
                        " supervisor plan it, or a callback manager.",
                        callback=callback.display_name,
                    )
                )

    def _counts_elsewhere(self):
        """Return whether agent or dealer belong to units that the user does not lead.

        Who belongs to no unit is anybody's.
        """
        self.ensure_one()
        # whose units they are, whoever may read units
        teams = self.env["revisit.team"].sudo()
        mine = self.env.user.revisit_managed_team_ids
        led = teams.search([("id", "child_of", mine.ids)]) | self.sudo().team_id
        domains = [[("member_ids", "in", self.user_id.ids)]] if self.user_id else []
        if self.level == "dealer" and self.dealer_id:
            domains.append([("dealer_id", "=", self.dealer_id.id)])
        if self.user_id == self.env.user:
            domains = domains[1:]
        return any(
            units and not units & led
            for units in (teams.search(domain) for domain in domains)
        )

    # ------------------------------------------------------------
    # MARKS
    # ------------------------------------------------------------

    def _read_traced(self, names):
        """Trace who gives a late callback to somebody else, before it is made, too."""
        before = super()._read_traced(names)
        passed_on = sorted(PASSED_ON.intersection(names))
        if passed_on and not self.env.su:
            for callback in self.sudo():  # a value is traced, whoever may read it
                if callback._is_late():
                    values = {name: callback[name] for name in passed_on}
                    before.setdefault(callback, {}).update(values)
        return before

    def _note_entered_afterwards(self, is_entered):
        """Say on each callback, and in its trace, that it was made before its entry.

        :param is_entered: whether a supervisor has said when it was made
        """
        if not is_entered:
            return
        self._note_batch(self.env._("Entered afterwards: made at an earlier time."))
        self._create_traces(
            [
                callback._prepare_trace("done_at", False, callback.done_at)
                for callback in self
            ]
        )

    def _leave_cancelled(self, late):
        """Trace who has cancelled what was late.

        :param late: the callbacks of ``self`` that were late, with their states
        """
        self._leave_traces({c: {"state": state} for c, state in late.items()})
