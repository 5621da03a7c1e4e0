# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections import Counter
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from ....tools import contacts, windows
from ....tools.planning import DEDICATED, GONE_STATES
from ....tools.terms import CHANNEL_GROUPS, OPEN_STATES, PERIOD_MONTHS


class RevisitPlanner(models.AbstractModel):
    """Combines several reasons into one contact, and limits the number of contacts."""

    _inherit = "revisit.planner"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # COMBINING
    # ------------------------------------------------------------

    def _combine(self, batch, moved):
        """Put callbacks of one customer whose windows overlap into one contact.

        :param moved: ids of commercial partners whose callbacks have moved
        """
        mine = [candidate for candidate in batch if not candidate.reason]
        partner_ids = moved | {candidate.commercial_id for candidate in mine}
        mine = [
            candidate
            for candidate in mine
            if not candidate.is_touch and self._may_combine(candidate.policy)
        ]
        groups = {}
        for callback in self._get_open_callbacks(partner_ids):
            key = self._get_contact_key(callback.policy_id, callback)
            groups.setdefault(key, []).append((callback, callback))
        mine.sort(key=lambda candidate: candidate.get_key())
        for candidate in mine:
            vals = {**candidate.vals, "commercial_partner_id": candidate.commercial_id}
            key = self._get_contact_key(candidate.policy, vals)
            groups.setdefault(key, []).append((candidate, vals))
        for rows in groups.values():
            self._combine_group([row for row, _vals in rows])

    def _may_combine(self, policy):
        return not policy.rulebook_id or policy.rulebook_id.merge_contacts

    def _get_open_callbacks(self, partner_ids):
        """Return the open callbacks that may share a contact, in a stable order."""
        callbacks = self.env["revisit.callback"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("commercial_partner_id", "in", list(partner_ids)),
                ("state", "in", OPEN_STATES),
                ("is_kept_apart", "=", False),
                ("policy_id", "not in", self._get_run().replayed),
            ]
        )
        return callbacks.filtered(
            lambda callback: self._may_combine(callback.policy_id)
        ).sorted(
            lambda callback: (
                callback.policy_id.id,
                callback.source_model,
                callback.source_id,
                callback.occasion,
            )
        )

    def _get_contact_key(self, policy, row):
        """Return what callbacks must have in common to share a contact."""

        def number(name):
            value = row.get(name) if isinstance(row, dict) else row[name].id
            return value or 0

        dedicated = policy.assignment in DEDICATED
        return (
            number("commercial_partner_id"),
            row["level"],
            CHANNEL_GROUPS[row["channel"]],
            number("team_id"),
            number("dealer_id"),
            number("user_id") if dedicated else 0,
        )

    def _combine_group(self, rows):
        """Combine rows of one customer into contacts, see :func:`contacts.combine`.

        :param rows: candidates, and open callbacks, that may share a contact
        """
        members = {}
        for number, row in enumerate(rows, 1):
            is_new = not isinstance(row, models.BaseModel)
            members[-number if is_new else row.id] = (row, is_new)
        combined = contacts.combine(
            [
                self._get_member(key, row, is_new)
                for key, (row, is_new) in members.items()
            ]
        )
        for result in combined:
            row, is_new = members[result.id]
            leader = members[result.leader_id][0] if result.leader_id else False
            if is_new:
                row.leader, row.joins = leader, result.joins
                row.vals["user_id"] = result.user_id
            if leader and not isinstance(leader, models.BaseModel):
                # the leader is not inserted yet, see _store_contacts
                (leader.members if is_new else leader.followers).append(row)
            elif not is_new and not self._get_run().dry_run:
                self._follow_leader(row, leader, result.user_id)

    def _get_member(self, key, row, is_new):
        """Return a row as the arithmetic's :class:`contacts.Member`.

        :param key: negative number of a candidate, or id of an open callback
        :param row: the candidate or the callback
        :param is_new: whether it is a candidate
        """
        vals = row.vals if is_new else row
        if is_new:
            return contacts.Member(
                key,
                vals["window_start"],
                vals["window_end"],
                True,
                None,
                False,
                vals.get("user_id") or None,
                row.excluded,
            )
        return contacts.Member(
            key,
            row.window_start,
            row.window_end,
            False,
            row.contact_id.id or None,
            bool(row.attempt_count),
            row.user_id.id or None,
            tuple(row.doer_ids.ids),
        )

    def _follow_leader(self, callback, leader, user_id):
        """Make an open callback a follower of another one, or a leader."""
        contact = leader or self.env["revisit.callback"]
        if callback.contact_id != contact:
            callback.contact_id = contact
        if user_id and not callback.user_id:
            callback.user_id = user_id

    def _store_contacts(self, batch):
        """Make open callbacks followers of the leaders that this run has inserted."""
        for candidate in batch:
            for callback in candidate.followers:
                callback.contact_id = candidate.callback
                if not callback.user_id:
                    callback.user_id = candidate.callback.user_id

    # ------------------------------------------------------------
    # HOLDING BACK
    # ------------------------------------------------------------

    def _hold_back(self, batch):
        """Hold back what exceeds a rulebook's limits or the company's budget."""
        rulebooks = self._get_limiting_rulebooks(
            {candidate.policy.rulebook_id.id for candidate in batch}
        )
        for rulebook in rulebooks:
            if rulebook.cap_limit:
                self._hold_back_capped(batch, rulebook)
            if rulebook.touch_limit and not rulebook.touch_joins_cap:
                self._hold_back_touches(batch, rulebook)
        if self.env.company.revisit_budget_limit:
            self._hold_back_over_budget(batch)

    def _get_limiting_rulebooks(self, rulebook_ids):
        """Return those of the rulebooks that have any limit, in stable order."""
        return (
            self.env["revisit.rulebook"]
            .browse(sorted(filter(None, rulebook_ids)))
            .filtered(lambda rulebook: rulebook.cap_limit or rulebook.touch_limit)
        )

    def _get_contacts(self, batch):
        """Return {leading candidate: its candidates} of the new contacts."""
        found = {}
        for candidate in batch:
            if not candidate.reason and not candidate.joins:
                found.setdefault(candidate.leader or candidate, []).append(candidate)
        return found

    def _hold_back_capped(self, batch, rulebook):
        """Hold back callbacks that may wait and exceed a customer's cap."""
        period_of = self._get_period_of(rulebook.cap_period)
        counted = []
        for leader, members in self._get_contacts(batch).items():
            if self._is_counted(rulebook, leader):
                holdable = all(
                    self._is_holdable(rulebook, member) for member in members
                )
                counted.append((leader, members, holdable))
        used = self._get_used(rulebook, counted, period_of)
        self._hold_back_ranked(
            counted, used, rulebook.cap_limit, rulebook.cap_period, "cap"
        )

    def _is_counted(self, rulebook, candidate):
        policy = candidate.policy
        if rulebook.cap_scope == "rulebook" and policy.rulebook_id != rulebook:
            return False
        if candidate.is_touch:
            return rulebook.touch_joins_cap
        return policy.cap_role != "exempt"

    def _is_holdable(self, rulebook, candidate):
        policy = candidate.policy
        return policy.rulebook_id == rulebook and (
            candidate.is_touch or policy.cap_role == "held"
        )

    def _hold_back_touches(self, batch, rulebook):
        """Hold back touches that exceed the rulebook's quota of touches."""
        period_of = self._get_period_of(rulebook.touch_period)
        counted = [
            (candidate, [candidate], True)
            for candidate in batch
            if candidate.is_touch
            and not candidate.reason
            and candidate.policy.rulebook_id == rulebook
        ]
        used = Counter()
        for touch in self._get_existing_touches(rulebook, counted):
            used[touch.commercial_partner_id.id, period_of(touch.window_end)] += 1
        self._hold_back_ranked(
            counted, used, rulebook.touch_limit, rulebook.touch_period, "touch_quota"
        )

    def _hold_back_ranked(self, counted, used, limit, period, reason):
        """Set a reason on the contacts that rank beyond the limit of their period.

        :param counted: ``[(leading candidate, members, may be held back)]``
        :param used: {(commercial partner id, period): number of existing contacts}
        """
        period_of = self._get_period_of(period)
        ranks = Counter(used)
        # contacts that may not be held back count first
        for leader, members, holdable in sorted(
            counted, key=lambda row: (row[2], self._get_rank_key(row[0]))
        ):
            start = period_of(leader.vals["window_end"])
            ranks[leader.commercial_id, start] += 1
            number = ranks[leader.commercial_id, start]
            if holdable and number > limit:
                for member in members:
                    member.reason = reason
                    member.decision = {
                        **(member.decision or {}),
                        "limit": limit,
                        "limit_from": start.isoformat(),
                        "months": PERIOD_MONTHS[period],
                        "number": number,
                    }

    def _get_rank_key(self, candidate):
        return (
            candidate.policy.sequence,
            candidate.vals["window_end"],
            *candidate.get_key(),
        )

    @api.model
    def _get_period_of(self, period):
        """Return a function from the end of a window to the first day of its period."""
        tz, months = self.env.company._revisit_tz(), PERIOD_MONTHS[period]

        def period_of(window_end):
            day = windows.local_date(window_end - timedelta(seconds=1), tz)
            return day.replace(day=1, month=(day.month - 1) // months * months + 1)

        return period_of

    def _get_used(self, rulebook, counted, period_of):
        """Return {(commercial partner id, period): number of existing contacts}."""
        used = Counter()
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain(
            "commercial_partner_id", "in", [row[0].commercial_id for row in counted]
        )
        domain &= Domain("contact_id", "=", False) & Domain("state", "!=", "cancelled")
        domain &= Domain("policy_id.cap_role", "!=", "exempt")
        if rulebook.cap_scope == "rulebook":
            domain &= Domain("policy_id.rulebook_id", "=", rulebook.id)
        domain &= Domain("policy_id", "not in", self._get_run().replayed)
        for callback in self.env["revisit.callback"].search(domain):
            used[callback.commercial_partner_id.id, period_of(callback.window_end)] += 1
        if rulebook.touch_joins_cap:
            for touch in self._get_existing_touches(
                rulebook, counted, everywhere=rulebook.cap_scope == "company"
            ):
                used[touch.commercial_partner_id.id, period_of(touch.window_end)] += 1
        return used

    def _get_existing_touches(self, rulebook, counted, everywhere=False):
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain(
            "commercial_partner_id", "in", [row[0].commercial_id for row in counted]
        )
        domain &= Domain("state", "not in", GONE_STATES)
        if not everywhere:
            domain &= Domain("policy_id.rulebook_id", "=", rulebook.id)
        domain &= Domain("policy_id", "not in", self._get_run().replayed)
        return self.env["revisit.touch"].search(domain)

    # ------------------------------------------------------------
    # CONTACT BUDGET
    # ------------------------------------------------------------

    def _hold_back_over_budget(self, batch):
        """Hold back contacts that exceed the company's rolling budget of contacts."""
        found = self._get_contacts(batch)
        existing = self._get_contact_times({leader.commercial_id for leader in found})
        wanted = {}
        for leader in sorted(found, key=self._get_rank_key):
            overdraws = any(m.policy.overdraw_reason for m in found[leader])
            wanted.setdefault(leader.commercial_id, []).append(
                (leader, leader.vals["window_start"], overdraws)
            )
        for commercial_id, rows in wanted.items():
            for leader in self._get_over_budget(existing[commercial_id], rows):
                for member in found[leader]:
                    self._mark_over_budget(member, found[leader])

    def _get_over_budget(self, times, rows):
        company = self.env.company
        return contacts.over_budget(
            times,
            rows,
            company.revisit_budget_limit,
            timedelta(days=company.revisit_budget_days),
        )

    def _mark_over_budget(self, candidate, members):
        """Explain the budget on a contact, and hold it back unless it may overdraw.

        :param candidate: the leader, on which decision and reason are set
        :param members: all candidates of the contact
        """
        company = self.env.company
        overdraws = any(member.policy.overdraw_reason for member in members)
        candidate.decision = {
            **(candidate.decision or {}),
            "budget": company.revisit_budget_limit,
            "days": company.revisit_budget_days,
            "overdrawn": overdraws,
        }
        if not overdraws:
            candidate.reason = "budget"

    def _get_contact_times(self, partner_ids):
        """Return {commercial partner id: moments of the existing contacts}."""
        times = {partner_id: [] for partner_id in partner_ids}
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("commercial_partner_id", "in", list(partner_ids))
        domain &= Domain("policy_id", "not in", self._get_run().replayed)
        for callback in self.env["revisit.callback"].search(
            domain
            & Domain("contact_id", "=", False)
            & Domain("state", "!=", "cancelled")
        ):
            moment = callback.done_at or callback.window_start
            times[callback.commercial_partner_id.id].append(moment)
        for touch in self.env["revisit.touch"].search(
            domain & Domain("state", "not in", GONE_STATES)
        ):
            moment = touch.sent_at or touch.window_start
            times[touch.commercial_partner_id.id].append(moment)
        return times
