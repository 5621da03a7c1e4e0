# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .revisit_agreed_time_mixin import MAX_PROPOSAL_DAYS

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

    def _check_next_try(self):
        """Refuse times to call again by hand that are over, or farther than a year.

        What was promised comes first in the queue: nobody promises the past. Steps of
        the system call again at once.
        """
        now = fields.Datetime.now()
        for callback in self.filtered("next_attempt_at") if not self.env.su else ():
            if callback.next_attempt_at <= now:
                self._refuse_past_time()
            if (callback.next_attempt_at - now).days > MAX_PROPOSAL_DAYS:
                raise ValidationError(
                    self.env._(
                        "%(moment)s is more than a year ahead. Choose a time to call"
                        " again within the next twelve months.",
                        moment=callback._format_time(callback.next_attempt_at),
                    )
                )

    def _check_planned_by_hand(self):
        """Refuse to plan what is over already, and what counts for another unit.

        :raise UserError: the user is neither manager nor system
        """
        self._check_next_try()
        if self.env.su or self.env.user.has_group("revisit_management.group_manager"):
            return
        units = self._get_units()
        for callback in self:
            if callback._is_late():
                raise UserError(
                    self.env._(
                        "%(callback)s: its window has ended. Only callback managers"
                        " plan what was due before; choose a later end.",
                        callback=callback.display_name,
                    )
                )
            if callback._counts_elsewhere(units):
                raise UserError(
                    self.env._(
                        "%(callback)s would count for another unit. Have that unit's"
                        " supervisor plan it, or a callback manager.",
                        callback=callback.display_name,
                    )
                )

    def _get_units(self):
        """Return the units of the user, of the agents and of the dealers (sudo)."""
        # whose units they are, whoever may read units
        teams = self.env["revisit.team"].sudo()
        mine = self.env.user.revisit_managed_team_ids
        return teams.search(
            Domain("id", "child_of", mine.ids)
            | Domain("member_ids", "in", self.user_id.ids)
            | Domain("dealer_id", "in", self.dealer_id.ids)
        )

    def _counts_elsewhere(self, units):
        """Return whether agent or dealer belong to units that the user does not lead.

        Who belongs to no unit is anybody's.

        :param units: see :meth:`_get_units`
        """
        self.ensure_one()
        agent, dealer = self.user_id, self.level == "dealer" and self.dealer_id
        theirs = []
        if agent and agent != self.env.user:
            theirs.append(units.filtered(lambda unit: agent in unit.member_ids))
        if dealer:
            theirs.append(units.filtered(lambda unit: unit.dealer_id == dealer))
        # units are compared only, whoever may read them
        own = self.env.user.revisit_managed_team_ids.sudo()
        paths = tuple(unit.parent_path for unit in own)
        led = self.sudo().team_id | units.filtered(
            lambda unit: paths and unit.parent_path.startswith(paths)
        )
        return any(found and not found & led for found in theirs)

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
