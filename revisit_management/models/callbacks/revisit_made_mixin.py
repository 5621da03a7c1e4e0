# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re
from datetime import timedelta

from odoo import api, fields, models

from ...tools import windows
from ...tools.terms import GROUP_CHANNELS, PAPER_CHANNELS, TALK_CHANNELS

# where one try more costs a call, not a journey or an invitation
TRIED_CHANNELS = TALK_CHANNELS - GROUP_CHANNELS

# two tries are two only so far apart, whatever a policy says; ours
LEAST_GAP = timedelta(minutes=15)

# a reason has a word in it, in whatever script
WORD = re.compile(r"\w\w")


class RevisitMadeMixin(models.AbstractModel):
    """Whether a finished callback counts as made, and as made on time.

    Who ends it after one call that nobody took, or notes no answer of a customer who
    was reached, has finished it, but has not made it. What was imported has been made.
    """

    _name = "revisit.made.mixin"
    _description = "Counts as Made"

    _server_owned = {"is_on_time", "unmade_reason"}

    is_on_time = fields.Boolean(
        string="On Time", compute="_compute_is_on_time", store=True, precompute=True
    )
    unmade_reason = fields.Selection(
        selection=[
            ("tries", "Not Reached, With Fewer Tries Than the Policy Wants"),
            ("answers", "Reached, With No Answer and No Reason Noted"),
        ],
        string="Does Not Count as Made",
        compute="_compute_unmade_reason",
        store=True,
        precompute=True,
        help="Why the callback is finished, but counts neither as made nor as on time.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("done_at", "window_start", "window_end", "unmade_reason")
    def _compute_is_on_time(self):
        for callback in self:
            callback.is_on_time = bool(
                callback.done_at
                and not callback.unmade_reason
                and callback.window_start <= callback.done_at < callback.window_end
            )

    @api.depends(
        "done_at",
        "result",
        "is_imported",
        "feedback",
        "answer_ids",
        "contact_id.feedback",
        "contact_id.answer_ids",
    )
    def _compute_unmade_reason(self):
        for callback in self:
            callback.unmade_reason = callback._find_unmade_reason()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _find_unmade_reason(self):
        """Return why a finished callback does not count as made, or False (sudo)."""
        self.ensure_one()
        if not self.done_at or self.is_imported:
            return False
        if self.result == "not_reached" and self._count_tries_left():
            return "tries"
        # a letter is proved by its copy: nobody answers while it is written
        is_asked = self.channel not in PAPER_CHANNELS
        if is_asked and self.is_unanswered and not self._has_reason():
            return "answers"
        return False

    def _has_reason(self):
        """Return whether somebody noted why a customer has answered nothing (sudo)."""
        talks = self._get_leaders().attempt_ids.filtered(
            lambda attempt: attempt.outcome == "reached"
        )
        words = [self.feedback, self.contact_id.feedback, *talks.mapped("note")]
        return any(WORD.search(word or "") for word in words)

    def _count_tries_left(self):
        """Return how many tries the policy wants more before *Not Reached* (sudo).

        A wrong number is one try: the callback waits for the right one, or a supervisor
        cancels it with a reason.
        """
        self.ensure_one()
        attempts = self._get_leaders().attempt_ids.sorted(lambda a: (a.at, a.id))
        if self.channel not in TRIED_CHANNELS:
            return 0
        policy, tz = self.policy_id, self.company_id._revisit_tz()
        counted = self._get_counted_tries(attempts, policy)
        days = {windows.local_date(moment, tz) for moment in counted}
        return max(policy.tries_wanted - len(counted), policy.tries_days - len(days), 0)

    @api.model
    def _get_counted_tries(self, attempts, policy):
        """Return the moments of the tries that count: each when the next was due.

        :param attempts: in the order in which they were made
        """
        waits = {"no_answer": policy.retry_no_answer, "busy": policy.retry_busy}
        counted, due = [], None
        for attempt in attempts:
            if due and attempt.at < due:
                continue
            counted.append(attempt.at)
            wait = timedelta(minutes=waits.get(attempt.outcome, 0))
            due = attempt.at + max(wait, LEAST_GAP)
        return counted
