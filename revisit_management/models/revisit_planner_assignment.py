# Part of Revisit. See LICENSE file for full copyright and licensing details.
from heapq import heapify, heapreplace

from odoo import api, models


class RevisitPlanner(models.AbstractModel):
    """Who makes a planned callback, as its policy says (B2, B10)."""

    _inherit = "revisit.planner"

    def _assign(self, policy, vals_list):
        """Fill in who makes each callback, as the policy says."""
        pick = getattr(self, f"_assign_{policy.assignment}")
        vals_list.sort(key=lambda vals: (vals["window_end"], vals["source_id"]))
        pick(policy, vals_list)
        self._fill_responsible(policy, vals_list)

    def _assign_none(self, policy, vals_list):
        """Leave the callbacks in the unit's queue."""

    def _assign_responsible(self, policy, vals_list):
        users = self.env["res.users"].browse(
            {vals["responsible_id"] for vals in vals_list if vals["responsible_id"]}
        )
        agents = set(users.filtered(lambda u: u.active and not u.share).ids)
        for vals in vals_list:
            if vals["responsible_id"] in agents:
                vals["user_id"] = vals["responsible_id"]

    def _assign_agent(self, policy, vals_list):
        for vals in vals_list:
            vals["user_id"] = policy.agent_id.active and policy.agent_id.id

    def _assign_dealer(self, policy, vals_list):
        """Give each callback to the dealer's first portal user."""
        dealer_ids = {vals["dealer_id"] for vals in vals_list if vals["dealer_id"]}
        users = self.env["res.users"].search(
            [
                ("partner_id.commercial_partner_id", "in", list(dealer_ids)),
                ("share", "=", True),
            ],
            order="id desc",
        )
        by_dealer = {
            user.partner_id.commercial_partner_id.id: user.id for user in users
        }
        for vals in vals_list:
            vals["user_id"] = by_dealer.get(vals["dealer_id"], False)

    def _assign_round_robin(self, policy, vals_list):
        team = policy.team_id
        agents = team.member_ids.filtered("active").sorted("id")
        if not agents:
            return
        for count, vals in enumerate(vals_list, team.assigned_count):
            vals["user_id"] = agents[count % len(agents)].id
        team.assigned_count = (team.assigned_count + len(vals_list)) % len(agents)

    def _assign_least_loaded(self, policy, vals_list):
        agents = policy.team_id.member_ids.filtered("active").sorted("id")
        if not agents:
            return
        order = self._deal_out(self._get_loads(agents.ids), len(vals_list))
        for agent_id, vals in zip(order, vals_list, strict=True):
            vals["user_id"] = agent_id

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

    def _fill_responsible(self, policy, vals_list):
        """Set the state and the snapshots that scores are computed from."""
        for vals in vals_list:
            vals["user_id"] = vals.get("user_id") or False
            vals["state"] = "assigned" if vals["user_id"] else "planned"
        self.env["revisit.callback"]._fill_snapshots(vals_list)
