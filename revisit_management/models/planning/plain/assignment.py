# Part of Revisit. See LICENSE file for full copyright and licensing details.
from heapq import heapify, heapreplace

from odoo import api, fields, models
from odoo.tools import SQL

from ....tools import windows
from ....tools.planning import Candidate


class RevisitPlanner(models.AbstractModel):
    """Who makes a planned callback, also while they are away, and whom it judges."""

    _inherit = "revisit.planner"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _assign(self, batch):
        """Let units distribute callbacks that no document or policy has assigned."""
        pools = {}
        for candidate in batch:
            if not (
                candidate.reason
                or candidate.is_touch
                or candidate.leader
                or candidate.vals.get("user_id")
            ):
                pools.setdefault(candidate.policy, []).append(candidate)
        for policy in sorted(pools, key=lambda policy: policy.id):
            candidates = sorted(
                pools[policy], key=lambda c: (c.vals["window_end"], *c.get_key())
            )
            if policy.assignment == "round_robin":
                self._share_in_turn(policy, candidates)
            elif policy.assignment == "least_loaded":
                self._share_by_load(policy, candidates)
        for candidate in batch:
            if isinstance(candidate.leader, Candidate):
                candidate.vals["user_id"] = candidate.leader.vals.get("user_id")

    def _reassign_absent(self):
        """Reassign untouched callbacks whose agent is on leave until their last day.

        All open callbacks of users who have left, or lost their role, are reassigned,
        too. They go to the present agent of the unit with the fewest open callbacks, or
        back to the unit's queue. Absence is a leave of the employee's resource.
        """
        away, gone = self._get_absences(), self._get_gone()
        callbacks = self._get_absent_callbacks(away) | self._get_left_callbacks(gone)
        if not callbacks:
            return
        loads = self._get_loads(callbacks.team_id.member_ids.filtered("active").ids)
        passed = {}
        for callback in callbacks:
            user = self._get_stand_in(callback, away, loads)
            passed.setdefault((callback.user_id, user), []).append(callback.id)
        for (absent, user), ids in passed.items():
            group = callbacks.browse(ids)
            followers = group._get_followers()
            (group | followers).user_id = user
            for callback in group:
                callback.decision = {**(callback.decision or {}), "absent": absent.name}
        # the planner sends no notifications, but the new agents must know of it
        callbacks._tell_agents()

    def _get_absences(self):
        """Return {user id: [(first day, last day)]} of present and future leaves."""
        company = self.env.company
        rows = self.env.execute_query(
            SQL(
                """
                SELECT employee.user_id,
                       (away.date_from AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date,
                       (away.date_to AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date
                  FROM resource_calendar_leaves away
                  JOIN hr_employee employee ON employee.resource_id = away.resource_id
                 WHERE away.time_type = 'leave' AND away.date_to >= %(now)s
                   AND employee.company_id = %(company)s AND employee.active
                   AND employee.user_id IS NOT NULL
                """,
                tz=company._revisit_tz(),
                now=fields.Datetime.now(),
                company=company.id,
            )
        )
        away = {}
        for user_id, first, last in rows:
            away.setdefault(user_id, []).append((first, last))
        return away

    def _get_gone(self):
        """Return the users with open callbacks who can no longer make any."""
        groups = self.env["revisit.callback"]._read_group(
            [
                ("company_id", "=", self.env.company.id),
                ("is_open", "=", True),
                ("user_id", "!=", False),
            ],
            ["user_id"],
        )
        users = self.env["res.users"].union(*(user for (user,) in groups))
        return users.filtered(
            lambda user: (
                not user.active
                or user._revisit_lacks_right()
                or not user._revisit_works_in(self.env.company)
            )
        )

    def _get_left_callbacks(self, gone):
        """Return the open leading callbacks of users who can no longer make any."""
        callbacks = self.env["revisit.callback"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("user_id", "in", gone.ids),
                ("is_open", "=", True),
                ("contact_id", "=", False),
            ],
            order="window_end, id",
        )
        return callbacks.filtered(
            lambda callback: self._is_bucket_ours(callback.commercial_partner_id)
        )

    def _get_absent_callbacks(self, away):
        """Return the untouched leading callbacks of agents who cannot make them."""
        callbacks = self.env["revisit.callback"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("user_id", "in", list(away)),
                ("state", "=", "assigned"),
                ("attempt_count", "=", 0),
                ("contact_id", "=", False),
                ("window_end", ">", fields.Datetime.now()),
            ],
            order="window_end, id",
        )
        return callbacks.filtered(
            lambda callback: (
                self._is_bucket_ours(callback.commercial_partner_id)
                and self._is_away(callback, callback.user_id.id, away)
            )
        )

    def _is_away(self, callback, user_id, away):
        """Return whether a user is on leave as long as a callback may be made."""
        begin = max(callback.window_start, fields.Datetime.now())
        first = windows.local_date(begin, self.env.company._revisit_tz())
        return any(
            start <= first and end >= callback.last_day
            for start, end in away.get(user_id, ())
        )

    def _get_stand_in(self, callback, away, loads):
        """Return the present agent of the unit with the fewest callbacks, if any."""
        doers = callback.doer_ids
        present = [
            user
            for user in callback.team_id.member_ids.filtered("active").sorted("id")
            if not self._is_away(callback, user.id, away)
            and user not in doers
            and user._revisit_may_make(
                callback.level, callback.dealer_id, callback.company_id
            )
        ]
        if not present:
            return self.env["res.users"]
        user = min(present, key=lambda user: loads[user.id])
        loads[user.id] += 1
        return user

    # ------------------------------------------------------------
    # ASSIGNED BY THE DOCUMENT OR THE POLICY
    # ------------------------------------------------------------

    def _exclude_doers(self, policy, candidates):
        """Let nobody be given a callback that verifies their own work."""
        if not policy._excludes_own_customers():
            return
        names = ("responsible_id", "source_model", "source_id", "subjects")
        rows = [tuple(c.vals[name] for name in names) for c in candidates]
        found = self.env["revisit.callback"]._find_doers(rows)
        for candidate, doers in zip(candidates, found, strict=True):
            candidate.excluded = tuple(doers)

    def _assign_none(self, policy, candidates):
        """Leave the callbacks in the unit's queue."""

    def _assign_responsible(self, policy, candidates):
        users = self.env["res.users"].browse(
            {c.vals["responsible_id"] for c in candidates if c.vals["responsible_id"]}
        )
        agents = set(users.filtered(lambda u: u.active and not u.share).ids)
        for candidate in candidates:
            self._give_to(candidate, candidate.vals["responsible_id"], agents)

    def _assign_agent(self, policy, candidates):
        agents = set(policy.agent_id.filtered("active").ids)
        for candidate in candidates:
            self._give_to(candidate, policy.agent_id.id, agents)

    def _assign_dealer(self, policy, candidates):
        """Give each callback to the dealer's first portal user.

        Only callbacks at the dealer's level: portal users cannot even see others.
        """
        if policy.level != "dealer":
            return
        dealer_ids = {c.vals["dealer_id"] for c in candidates if c.vals["dealer_id"]}
        users = self.env["res.users"].search(
            [
                ("partner_id.commercial_partner_id", "in", list(dealer_ids)),
                ("share", "=", True),
                ("company_ids", "in", policy.company_id.ids),
                ("all_group_ids", "in", self._get_portal_groups().ids),
            ],
            order="id desc",
        )
        by_dealer = {
            user.partner_id.commercial_partner_id.id: user.id for user in users
        }
        for candidate in candidates:
            user_id = by_dealer.get(candidate.vals["dealer_id"])
            self._give_to(candidate, user_id, users.ids)

    def _give_to(self, candidate, user_id, allowed):
        """Assign a callback to a user who may make it."""
        if user_id not in allowed or user_id in candidate.excluded:
            return
        user = self.env["res.users"].browse(user_id)
        dealer = self.env["res.partner"].browse(candidate.vals["dealer_id"] or [])
        policy = candidate.policy
        if user._revisit_may_make(policy.level, dealer, policy.company_id):
            candidate.vals["user_id"] = user_id

    def _get_portal_groups(self):
        return self.env["res.users"]._revisit_get_portal_groups()

    # ------------------------------------------------------------
    # DISTRIBUTED BY THE UNIT
    # ------------------------------------------------------------

    def _share_in_turn(self, policy, candidates):
        team = self._get_unit(policy)
        agents = self._get_agents(policy)
        if not agents:
            return
        offset = self._get_turn(team)
        for count, candidate in enumerate(candidates, offset):
            self._share_to(candidate, agents, count % len(agents))
        if not self._get_run().dry_run:
            self._set_turn(team, (offset + len(candidates)) % len(agents))

    def _share_by_load(self, policy, candidates):
        agents = self._get_agents(policy)
        if not agents:
            return
        positions = {agent_id: number for number, agent_id in enumerate(agents)}
        order = self._deal_out(self._get_loads(agents), len(candidates))
        for agent_id, candidate in zip(order, candidates, strict=True):
            self._share_to(candidate, agents, positions[agent_id])

    def _share_to(self, candidate, agents, position):
        """Assign a callback to the agent at a position, or the next who may make it."""
        order = agents[position:] + agents[:position]
        excluded = self._get_contact_excluded(candidate)
        candidate.vals["user_id"] = next(
            (agent_id for agent_id in order if agent_id not in excluded), None
        )

    def _get_contact_excluded(self, leader):
        """Return who must not make a contact because of any of its callbacks."""
        excluded = set(leader.excluded)
        for member in leader.members:
            excluded.update(member.excluded)
        for callback in leader.followers:
            excluded.update(callback.doer_ids.ids)
        return excluded

    def _get_agents(self, policy):
        """Return the ids of the agents of a policy's unit, in turn order."""
        unit = self._get_unit(policy)
        return unit._get_colleagues(policy.level).sorted("id").ids

    def _get_turn(self, team):
        """Return the position of the agent whose turn it is in a unit."""
        buckets = self._get_run().buckets
        # planners for different customers do not wait for each other's turn
        return team.assigned_count if buckets is None else min(buckets, default=0)

    def _set_turn(self, team, count):
        if self._get_run().buckets is None:
            team.assigned_count = count

    def _get_loads(self, agent_ids):
        """Return {user id: number of open callbacks}.

        A replay leaves out the present callbacks of the replayed policies.
        """
        loads = dict.fromkeys(agent_ids, 0)
        for user, count in self.env["revisit.callback"]._read_group(
            [
                ("user_id", "in", agent_ids),
                ("is_open", "=", True),
                ("policy_id", "not in", self._get_run().replayed),
            ],
            ["user_id"],
            ["__count"],
        ):
            loads[user.id] = count
        return loads

    @api.model
    def _deal_out(self, loads, number):
        """Return ``number`` user ids, each time the one with the fewest callbacks."""
        heap = [(load, user_id) for user_id, load in loads.items()]
        heapify(heap)
        order = []
        for _turn in range(number):
            load, user_id = heap[0]
            heapreplace(heap, (load + 1, user_id))
            order.append(user_id)
        return order

    # ------------------------------------------------------------
    # WHOM ANSWERS JUDGE
    # ------------------------------------------------------------

    def _get_subjects(self, policy, source):
        """Return whom answers about a document will judge, see ``revisit.answer``."""
        trigger = policy.trigger_id
        # by hand, any document can be the occasion
        return source._name == trigger.model_name and trigger._read_subjects(source)
