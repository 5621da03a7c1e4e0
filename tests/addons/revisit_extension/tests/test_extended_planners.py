# Part of Revisit. See LICENSE file for full copyright and licensing details.
import random
from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.revisit_management.tests import test_planner_oracle as oracle

from ..models.planner import SMALL


@tagged("post_install", "-at_install")
class TestExtendedPlanners(oracle.TestPlannerOracle):
    """B8: what an add-on brings, both planners decide alike."""

    allow_inherited_tests_method = True

    def _make_policies(self, rng):
        super()._make_policies(rng)
        self.policies.filtered(
            lambda policy: policy.team_id == self.team and policy.level == "hq"
        ).assignment = "first"
        trigger = self.env["revisit.trigger"].create(
            {
                "name": "Handed Over",
                "code": "handed_over",
                "model_name": "sale.order",
                "clock_path": "handed_over_at",
                "partner_path": "partner_id",
                "user_path": "user_id",
            }
        )
        self.policies += self.env["revisit.policy"].create(
            {
                "name": "After the handing over",
                "code": "handed_over",
                "trigger_id": trigger.id,
                "delay_min": 1,
                "delay_max": 3,
                "team_id": self.team.id,
                "assignment": "first",
            }
        )

    def _make_documents(self, rng):
        super()._make_documents(rng)
        orders = self.env["sale.order"].search(self.mine)
        for order in orders:
            order.handed_over_at = order.date_order + timedelta(days=rng.randint(0, 9))
        # as lines would make it
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE sale_order SET amount_total = id %% 10 * %s
                    WHERE id IN %s""",
                SMALL / 2,
                tuple(orders.ids),
            )
        )
        self.env.invalidate_all()

    def test_all_of_it_was_used(self):
        """B8: the comparison is of something."""
        self._make_world(random.Random(5), "Asia/Shanghai")
        self._plan()
        Callback, Skip = self.env["revisit.callback"], self.env["revisit.planning.skip"]
        first = self.users.sorted("id")[0]
        ours = Callback.search([*self.mine, ("policy_id.code", "=", "handed_over")])
        self.assertTrue(ours)
        self.assertEqual(ours.user_id, first)
        self.assertTrue(Skip.search_count([("reason", "=", "small_order")]))
        small = self.env["sale.order"].search([("amount_total", "<", SMALL)])
        self.assertFalse({c.source_id for c in ours} & set(small.ids))
