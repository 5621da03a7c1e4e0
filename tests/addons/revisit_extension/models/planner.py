# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.tools import SQL

from odoo.addons.revisit_management.tools.planning import Pair

SMALL = 100


class RevisitPlanner(models.AbstractModel):
    _inherit = "revisit.planner"

    def _get_assignments(self):
        pair = Pair("_assign_first", "_get_first_sql")
        return {**super()._get_assignments(), "first": pair}

    def _get_skip_rules(self):
        pair = Pair("_is_small_order", "_get_small_order_sql")
        return {**super()._get_skip_rules(), "small_order": pair}

    def _assign_first(self, policy, candidates):
        agents = self._get_agents(policy)
        for candidate in candidates:
            self._give_to(candidate, agents[0], agents[:1])

    def _is_small_order(self, policy, event, partner):
        return event.source._name == "sale.order" and event.source.amount_total < SMALL


class RevisitPlannerSet(models.AbstractModel):
    _inherit = "revisit.planner.set"

    def _get_first_sql(self, policy):
        [agent, *_others] = self._get_agents(policy)
        return self._exclude_sql(policy, SQL("%s::int4", agent))

    def _get_small_order_sql(self, policy):
        if policy.model_name != "sale.order":
            return SQL("FALSE")
        return SQL(
            "source_id IN (SELECT id FROM sale_order WHERE amount_total < %s)", SMALL
        )
