# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import NOW, ZONE, RevisitCommon, utc


@tagged("post_install", "-at_install")
class TestPlanAction(RevisitCommon):
    """B7: the server action type "Plan a callback"."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref("revisit_management.policy_manual")
        cls.policy.write({"team_id": cls.team.id, "assignment": "round_robin"})

    def make_action(self, model="sale.order", **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Plan",
                "model_id": self.env["ir.model"]._get_id(model),
                "state": "revisit_plan",
                **values,
            }
        )

    def run_on(self, action, records, user=None):
        return (
            action.with_user(user or self.env.user)
            .with_context(
                active_model=records._name,
                active_ids=records.ids,
                active_id=records[:1].id,
            )
            .run()
        )

    def test_shipped_rule_plans_when_switched_on(self):
        """B7: the archived example works as it stands."""
        rule = self.env.ref("revisit_management.automation_order_confirmed")
        self.assertFalse(rule.active)
        order = self.make_order(confirmed=False)
        rule.active = True
        order.action_confirm()
        callback = self.get_planned(order, self.policy)
        self.assertEqual(len(callback), 1)
        self.assertEqual(callback.partner_id, self.customer)
        self.assertEqual(callback.window_start, NOW)
        self.assertEqual(callback.window_end, utc(ZONE, 2026, 3, 13))
        self.assertEqual(callback.user_id, self.agent)
        self.assertEqual(callback.kind, "special")

    def test_shipped_repair_rule_plans_when_switched_on(self):
        """B7: the second example, on another model."""
        rule = self.env.ref("revisit_management.automation_repair_cancelled")
        rule.active = True
        repair = self.make_repair(done=False)
        repair.action_repair_cancel()
        self.assertEqual(len(self.get_planned(repair, self.policy)), 1)

    def test_rule_runs_for_people_without_rights(self):
        """B7: what is planned is the policy's business, not the salesperson's."""
        self.env.ref("revisit_management.automation_order_confirmed").active = True
        seller = self.make_user("revisit_seller", "sales_team.group_sale_salesman")
        order = self.make_order(confirmed=False, user_id=seller.id)
        order.with_user(seller).action_confirm()
        self.assertEqual(len(self.get_planned(order, self.policy)), 1)

    def test_planning_by_hand_tells_what_was_left_out(self):
        """B10, K3: another company's documents, and who must not be contacted."""
        action = self.make_action(revisit_policy_id=self.policy.id)
        other = self.make_company()
        order = self.env["sale.order"].with_company(other)
        order = order.create({"partner_id": self.make_customer().id, "state": "sale"})
        notice = self.run_on(action, order)
        self.assertIn("Nothing was planned", notice["params"]["message"])
        self.assertEqual(notice["params"]["type"], "warning")
        order = self.make_order()
        self.customer.write(
            {"do_not_contact": True, "do_not_contact_reason": "Asked for it"}
        )
        notice = self.run_on(action, order)
        self.assertIn("Left out: 1.", notice["params"]["message"])

    def test_ban_holds_for_actions(self):
        """C10: planning by action respects the customer's refusal."""
        self.customer.write(
            {"do_not_contact": True, "do_not_contact_reason": "Asked for it"}
        )
        action = self.make_action("res.partner", revisit_policy_id=self.policy.id)
        self.run_on(action, self.customer)
        self.assertFalse(self.get_planned(self.customer))
        skip = self.env["revisit.planning.skip"].search(
            [("policy_id", "=", self.policy.id), ("source_id", "=", self.customer.id)]
        )
        self.assertEqual(skip.reason, "do_not_contact")

    def test_action_with_a_trigger_plans_what_meets_it(self):
        """B7: with a policy on documents, their date starts the clock."""
        policy = self.make_policy(domain="[('amount_total', '>=', 0)]")
        action = self.make_action(revisit_policy_id=policy.id)
        self.assertFalse(action._get_warning_messages())
        confirmed = self.make_order(date=NOW - timedelta(days=1))
        draft = self.make_order(confirmed=False)
        self.run_on(action, confirmed + draft)
        self.run_on(action, confirmed)
        self.assertEqual(len(self.get_planned(confirmed, policy)), 1)
        self.assertEqual(
            self.get_planned(confirmed, policy).window_start, utc(ZONE, 2026, 3, 10)
        )
        self.assertFalse(self.get_planned(draft, policy))
        self.plan()
        self.assertEqual(len(self.get_planned(confirmed, policy)), 1, "exactly once")

    def test_action_names_itself_after_the_policy(self):
        """B7: lists of actions stay readable."""
        action = self.make_action(revisit_policy_id=self.policy.id)
        self.assertEqual(action._generate_action_name(), f"Plan {self.policy.name}")

    def test_action_without_policy_warns_and_does_not_run(self):
        """B7: an unfinished action tells what is missing."""
        action = self.make_action()
        self.assertIn(
            "Choose the callback policy to plan.", action._get_warning_messages()
        )
        with self.assertRaises(Exception) as caught:
            self.run_on(action, self.make_order())
        self.assertNotIsInstance(caught.exception, AssertionError)

    def test_action_with_a_policy_for_other_documents_warns(self):
        """B7: a policy on repairs has nothing to do on orders."""
        policy = self.make_policy("repair_done")
        action = self.make_action(revisit_policy_id=policy.id)
        self.assertTrue(
            any(
                f"The policy {policy.name} plans for other documents" in message
                for message in action._get_warning_messages()
            )
        )

    def test_rule_with_an_unfinished_action_is_refused(self):
        """B7: a rule cannot be saved with an action that would not run."""
        with self.assertRaises(ValidationError):
            self.env["base.automation"].create(
                {
                    "name": "Unfinished",
                    "model_id": self.env["ir.model"]._get_id("sale.order"),
                    "trigger": "on_create",
                    "action_server_ids": [
                        (
                            0,
                            0,
                            {
                                "name": "Plan",
                                "model_id": self.env["ir.model"]._get_id("sale.order"),
                                "state": "revisit_plan",
                                "usage": "base_automation",
                            },
                        )
                    ],
                }
            )

    def test_documents_of_another_company_are_not_planned_here(self):
        """K3: a rule of one company plans nothing for another one's documents."""
        other = self.make_company()
        order = (
            self.env["sale.order"]
            .with_company(other)
            .create({"partner_id": self.make_customer().id, "state": "sale"})
        )
        action = self.make_action(revisit_policy_id=self.policy.id)
        self.run_on(action, order)
        self.assertFalse(
            self.callbacks.search(
                [
                    ("source_model", "=", "sale.order"),
                    ("source_id", "=", order.id),
                    ("company_id", "!=", other.id),
                ]
            )
        )

    def test_a_new_callback_can_be_asked_for_after_the_first_is_made(self):
        """B7, C9: by hand a customer can be called again; never twice at once."""
        customer = self.make_customer("Again")
        domain = [
            ("policy_id", "=", self.policy.id),
            ("source_model", "=", "res.partner"),
            ("source_id", "=", customer.id),
        ]
        self.policy._plan_records(customer)
        counts = self.policy._plan_records(customer)
        self.assertEqual((counts["created"], counts["existing"]), (0, 1))
        first = self.env["revisit.callback"].search(domain)
        self.assertEqual(len(first), 1)
        first.action_log_attempt("reached")
        first.action_done()
        self.policy._plan_records(customer)
        self.assertEqual(self.env["revisit.callback"].search_count(domain), 2)
