# Part of Revisit. See LICENSE file for full copyright and licensing details.
from heapq import heapify, heapreplace

from odoo import api, models

from ..tools import marks
from .revisit_planner import Candidate


class RevisitPlanner(models.AbstractModel):
    """Who makes a planned callback, as its policy says (B2, B10)."""

    _inherit = "revisit.planner"

    def _assign(self, batch, dry_run):
        """Let the units share out what no document or policy has given to somebody."""
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
                self._share_in_turn(policy, candidates, dry_run)
            elif policy.assignment == "least_loaded":
                self._share_by_load(policy, candidates)
        for candidate in batch:
            if isinstance(candidate.leader, Candidate):
                candidate.vals["user_id"] = candidate.leader.vals.get("user_id")

    # ------------------------------------------------------------
    # NAMED BY THE DOCUMENT OR THE POLICY
    # ------------------------------------------------------------

    def _assign_none(self, policy, candidates):
        """Leave the callbacks in the unit's queue."""

    _assign_round_robin = _assign_least_loaded = _assign_none

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

        Only dealers' work: the others' they could not even see.
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
        """Give a callback to somebody who may make it."""
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
    # SHARED OUT BY THE UNIT
    # ------------------------------------------------------------

    def _share_in_turn(self, policy, candidates, dry_run):
        team = self._get_unit(policy)
        agents = self._get_agents(policy)
        if not agents:
            return
        offset = self._get_turn(team)
        for count, candidate in enumerate(candidates, offset):
            self._share_to(candidate, agents, count % len(agents))
        if not dry_run:
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
        """Give a callback to the agent at a position, or the next who may make it."""
        order = agents[position:] + agents[:position]
        excluded = self._get_contact_excluded(candidate)
        candidate.vals["user_id"] = next(
            (agent_id for agent_id in order if agent_id not in excluded), None
        )

    def _get_contact_excluded(self, leader):
        """Return who may not make a contact, for the sake of any of its callbacks."""
        excluded = set(leader.excluded)
        for member in leader.members:
            excluded.update(member.excluded)
        for callback in leader.followers:
            if callback.policy_id._excludes_own_customers():
                excluded.update(callback.responsible_id.ids)
        return excluded

    def _get_agents(self, policy):
        """Return the ids of the agents of a policy's unit, in the order of turns."""
        unit = self._get_unit(policy)
        return unit._get_colleagues(policy.level).sorted("id").ids

    def _get_turn(self, team):
        """Return whose turn it is in a unit."""
        buckets = marks.read(self.env, "revisit_buckets")
        # planners that share the customers out do not wait for each other's turn
        return team.assigned_count if buckets is None else min(buckets, default=0)

    def _set_turn(self, team, count):
        if marks.read(self.env, "revisit_buckets") is None:
            team.assigned_count = count

    def _get_loads(self, agent_ids):
        """Return {user id: number of open callbacks}."""
        loads = dict.fromkeys(agent_ids, 0)
        for user, count in self.env["revisit.callback"]._read_group(
            [("user_id", "in", agent_ids), ("is_open", "=", True)],
            ["user_id"],
            ["__count"],
        ):
            loads[user.id] = count
        return loads

    @api.model
    def _deal_out(self, loads, number):
        """Return ``number`` user ids, each time the one with the lightest load."""
        heap = [(load, user_id) for user_id, load in loads.items()]
        heapify(heap)
        order = []
        for _turn in range(number):
            load, user_id = heap[0]
            heapreplace(heap, (load + 1, user_id))
            order.append(user_id)
        return order
