# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import NOW, RevisitCommon


@tagged("post_install", "-at_install")
class TestReasons(RevisitCommon):
    """B6, L3: why something was left out or done, in words with its figures."""

    def make_skip(self, reason, decision=None, policy=None):
        return self.env["revisit.planning.skip"].create(
            {
                "company_id": self.company.id,
                "policy_id": (policy or self.make_policy()).id,
                "source_model": "sale.order",
                "source_id": self.env["revisit.planning.skip"].search_count([]) + 1,
                "reason": reason,
                "decision": decision,
            }
        )

    def test_cap(self):
        """B6: the limit, the period and the number, in either unit."""
        decision = {"limit": 2, "limit_from": "2026-01-01", "months": 3, "number": 3}
        self.assertEqual(
            self.make_skip("cap", decision).reason_text,
            "2 callbacks are allowed in the 3 months from Jan 1, 2026; this would be"
            " number 3.",
        )
        self.assertEqual(
            self.make_skip("touch_quota", {**decision, "months": 1}).reason_text,
            "2 notices and greetings are allowed in the month from Jan 1, 2026; this"
            " would be number 3.",
        )

    def test_real_cap_of_both_planners(self):
        """B6: what the planners store can be read."""
        rulebook = self.env["revisit.rulebook"].create(
            {"name": "Capped", "code": "capped", "cap_limit": 1}
        )
        self.make_policy(rulebook_id=rulebook.id, cap_role="held")
        for through_orm in (True, False):
            with self.subTest(through_orm=through_orm):
                self.company.revisit_plan_through_orm = through_orm
                customer = self.make_customer(f"Capped {through_orm}")
                for _number in range(2):
                    self.make_order(partner=customer)
                rulebook.merge_contacts = False
                self.plan()
                skip = self.env["revisit.planning.skip"].search(
                    [("partner_id", "=", customer.id)]
                )
                self.assertEqual(
                    skip.reason_text,
                    "1 callbacks are allowed in the 3 months from Jan 1, 2026; this"
                    " would be number 2.",
                )

    def test_capped_sample_keeps_its_words(self):
        """B6, B4: a cap's period is no sample's period."""
        decision = {
            "period": "2026-02",
            "stratum": None,
            "rank": 1,
            "of": 2,
            "quota": 1,
            "ceiling": None,
            "limit": 2,
            "limit_from": "2026-01-01",
            "months": 3,
            "number": 3,
        }
        text = self.make_skip("cap", decision).reason_text
        self.assertIn("number 3", text)
        self.assertIn("number 1 of 2", text)

    def test_budget(self):
        """L3: the budget, and why it was overdrawn."""
        decision = {"budget": 3, "days": 30, "overdrawn": False}
        self.assertIn(
            "at most 3 times within 30 days",
            self.make_skip("budget", decision).reason_text,
        )
        policy = self.make_policy("manual", overdraw_reason="Safety recall")
        callback = self.make_callback(
            policy=policy, decision={**decision, "overdrawn": True}
        )
        self.assertEqual(
            callback.decision_text,
            "It exceeds the budget of 3 contacts within 30 days, because: Safety"
            " recall",
        )

    def test_overdrawn_for_another_reason_of_the_contact(self):
        """L3, L2: the follower names its leader's reason."""
        policy = self.make_policy("manual", overdraw_reason="Safety recall")
        leader = self.make_callback(policy=policy)
        decision = {"budget": 3, "days": 30, "overdrawn": True}
        follower = self.make_callback(contact_id=leader.id, decision=decision)
        self.assertIn("Safety recall", follower.decision_text)

    def test_absence_and_advice(self):
        """B10: who was away; and what can be done about the rest."""
        callback = self.make_callback(decision={"absent": "Ann"})
        self.assertEqual(
            callback.decision_text, "It was passed on because Ann is away."
        )
        self.assertIn("mobile number", self.make_skip("no_address").reason_text)
        self.assertFalse(self.make_callback().decision_text)


@tagged("post_install", "-at_install")
class TestExplain(RevisitCommon):
    """B6, B8: an administrator reads why a customer was or was not called."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(name="After sale")
        cls.order = cls.make_order()

    def explain(self, records=None, policy=None):
        """Return (answer, text) of the only answer."""
        answers = (policy or self.policy)._explain(
            self.order if records is None else records
        )
        self.assertEqual(len(answers), 1, answers)
        return answers[0]["answer"], answers[0]["text"]

    def assertExplained(self, answer, text, records=None, policy=None):
        found = self.explain(records, policy)
        self.assertEqual(found[0], answer, found)
        self.assertIn(text, found[1])

    def test_planned(self):
        """B8: the state and the window; for the order and for the customer."""
        self.assertExplained("waiting", "the planner's next run")
        self.plan()
        for record in (self.order, self.customer):
            self.assertExplained("planned", "Planned; to be made from 3/11/26", record)
        callback = self.get_planned(self.order)
        answer = self.policy._explain(self.order)[0]
        self.assertEqual(answer["callback_id"], callback.id)
        self.assertEqual(answer["document"], self.order.name)
        callback.with_user(self.manager).action_cancel()
        self.assertExplained("planned", "Cancelled: Cancelled by a person.")

    def test_cancelled_tells_why_not_when(self):
        """B8, C10: no window of what is not made; a ban is not the document's doing."""
        self.plan()
        self.order.with_context(disable_cancel_warning=True).action_cancel()
        self.plan()
        self.assertExplained(
            "planned", "Cancelled: The document no longer asks for it."
        )
        self.customer.write(
            {"do_not_contact": True, "do_not_contact_reason": "Asked us to"}
        )
        self.assertExplained(
            "planned", "Cancelled: The customer must not be contacted."
        )

    def test_planned_elsewhere_tells_no_more(self):
        """B8, L1: who may not read the callback learns that it exists, no more."""
        self.plan()
        policy = self.policy.with_user(self.supervisor)
        answer = policy._explain(self.order)[0]
        self.assertEqual(answer["text"], "It is planned for another unit.")
        self.assertFalse(answer["callback_id"])

    def test_left_out(self):
        """B6: the reason in words."""
        self.customer.write({"do_not_contact": True, "do_not_contact_reason": "asked"})
        self.plan()
        self.assertExplained("left_out", "lift the ban")

    def test_touch(self):
        """B6: a touch is named as such."""
        touch = self.make_touch()
        self.assertExplained(
            "touch", "Notice or greeting", self.customer, touch.policy_id
        )

    def test_condition_leaf_by_leaf(self):
        """B8: which parts fail, with what is there instead."""
        draft = self.make_order(confirmed=False)
        self.policy.domain = (
            "[('amount_total', '>=', 1000), ('partner_id.is_dealer', '=', True),"
            " ('company_id', '!=', False)]"
        )
        answer, text = self.explain(draft)
        self.assertEqual(answer, "not_concerned")
        self.assertIn("Status must be Sales Order (it is Quotation)", text)
        self.assertIn("must be at least 1000 (it is ", text)
        self.assertIn("Is a Dealer must be yes (it is no)", text)
        self.assertNotIn("Company", text)

    def test_condition_of_other_forms(self):
        """B8: alternatives, negations, empty values and records behind a field."""
        for domain, text in (
            (
                "['|', ('state', '=', 'cancel'), ('origin', '=', 'x')]",
                "Status must be Cancelled or Source Document must be x",
            ),
            ("['!', ('state', '=', 'sale')]", "Status must not be Sales Order"),
            ("[('origin', '!=', False)]", "must not be empty (it is empty)"),
            (
                "[('order_line.product_id.name', 'ilike', 'sofa')]",
                "must contain sofa (it is Consulting)",
            ),
            ("[('state', 'in', ['draft', 'sent'])]", "Quotation or Quotation Sent"),
            (
                "[('order_line', 'any', [('price_unit', '>', 9)])]",
                "must have one with: Unit Price must be",
            ),
            ("[(0, '=', 1)]", "nothing at all"),
        ):
            with self.subTest(domain=domain):
                self.policy.domain = domain
                self.assertExplained("not_concerned", text)

    def test_values_that_the_reader_may_not_see_are_left_out(self):
        """K2: the explanation is no way round somebody's rights."""
        self.policy.domain = "[('amount_total', '>=', 1000)]"
        reader = self.policy.with_user(self.supervisor)
        self.assertFalse(self.order.with_user(self.supervisor).has_access("read"))
        text = reader._explain(self.order.sudo())[0]["text"]
        self.assertIn("must be at least 1000", text)
        self.assertNotIn("it is", text)

    def test_names_in_a_condition_are_told_to_their_readers_only(self):
        """K1: a condition with any id does not tell whose it is."""
        secret = self.make_customer("Secret", company_id=self.make_company().id)
        self.policy.domain = f"[('partner_id', '=', {secret.id})]"
        self.assertFalse(secret.with_user(self.manager).has_access("read"))
        [told] = self.policy.with_user(self.manager)._explain(self.order.sudo())
        self.assertNotIn("Secret", told["text"])
        self.assertIn(f"#{secret.id}", told["text"])
        self.policy.domain = f"[('partner_id', '=', {self.dealer_a.id})]"
        [told] = self.policy.with_user(self.manager)._explain(self.order.sudo())
        self.assertIn(self.dealer_a.name, told["text"])

    def test_before_the_policy(self):
        """B8: the event came before the policy plans from."""
        self.policy.active_from = NOW + timedelta(hours=1)
        self.assertExplained("not_concerned", "Plan Past Events")

    def test_no_date(self):
        """B8: the date that starts the clock is empty."""
        policy = self.make_policy("sold")
        line = self.make_archive_line()
        self.assertExplained("not_concerned", "not filled in: Sold", line, policy)

    def test_too_far_ahead(self):
        """B8: a planned date beyond what the planner looks at."""
        policy = self.make_policy(
            "delivery_planned", delay_direction="before", delay_min=0, delay_max=1
        )
        picking = self.make_delivery(done=False)
        picking.scheduled_date = NOW + timedelta(days=200)
        self.assertExplained("not_concerned", "too far ahead", picking, policy)

    def test_broken_and_archived(self):
        """B8: the trigger does not work, or the policy is switched off."""
        self.policy.trigger_id.sudo().broken = "no such field"
        self.assertExplained("not_concerned", "no such field")
        self.policy.trigger_id.sudo().broken = False
        self.policy.active = False
        self.assertExplained("not_concerned", "The policy is archived.")

    def test_archived_document(self):
        """B8: nothing is planned for what was archived."""
        policy = self.make_policy("sold")
        line = self.make_archive_line(sold_on=NOW.date())
        if "active" not in line._fields:
            policy = self.make_policy("customer_created")
            line = self.make_customer("Gone", customer_rank=1)
        line.active = False
        self.assertExplained("not_concerned", "is archived", line, policy)

    def test_other_company(self):
        """K3: the document is another company's."""
        other = self.make_company("Elsewhere Ltd")
        policy = self.make_policy(company_id=other.id)
        self.assertExplained("not_concerned", "Elsewhere Ltd", policy=policy)

    def test_sample_period(self):
        """B4: not drawn yet; then drawn, or left out with its rank."""
        policy = self.make_policy(recurrence="sample", sample_rate=50)
        self.assertExplained(
            "not_concerned", "after it closes, on Apr 1", policy=policy
        )
        self.make_order()
        with self.at("2026-04-02"):
            self.plan()
            answers = policy._explain(self.customer)
        self.assertEqual(
            [answer["answer"] for answer in answers], ["planned", "left_out"]
        )
        self.assertIn("number 2 of 2", answers[1]["text"])

    def test_periodic(self):
        """B3: due again on a day."""
        policy = self.make_policy(recurrence="rolling", period_months=6)
        self.assertExplained("not_concerned", "due again on Sep 10", policy=policy)
        calendar = self.make_policy(recurrence="calendar", period_months=3)
        self.assertExplained("waiting", "next run", policy=calendar)
        calendar.first_period_days = 30
        self.assertExplained(
            "not_concerned",
            "came on Mar 10, 2026, when fewer than 30 days of the period remained: it"
            " is due from the next one on, on Apr 1, 2026",
            policy=calendar,
        )
        calendar.first_period = "next"
        self.assertExplained("not_concerned", "due on Apr 1, 2026", policy=calendar)

    def test_other_documents_and_none(self):
        """B8: what the policy is about."""
        policy = self.make_policy("repair_done")
        self.assertExplained("not_concerned", "other documents", policy=policy)
        self.assertExplained("not_concerned", "no document", self.customer, policy)
        manual = self.make_policy("manual")
        self.assertExplained("not_concerned", "by hand", policy=manual)

    def test_dialog(self):
        """B8: one line per policy of the company, archived ones on request."""
        archived = self.make_policy(name="Old", active=False)
        action = (
            self.env["revisit.why"]
            .with_user(self.manager)
            .action_open(self.customer.with_user(self.manager))
        )
        wizard = (
            self.env["revisit.why"].with_user(self.manager).browse(action["res_id"])
        )
        self.assertIn(self.customer.name, action["name"])
        self.assertEqual(
            wizard.line_ids.policy_id,
            self.env["revisit.policy"].search([("company_id", "=", self.company.id)]),
        )
        wizard.with_archived = True
        self.assertIn(archived, wizard.line_ids.policy_id)
        line = wizard.line_ids.filtered(lambda line: line.policy_id == self.policy)
        self.assertEqual(line.sudo().action_open_document()["res_id"], self.order.id)

    def test_dialog_refuses(self):
        """K1: neither foreign records nor agents."""
        Wizard = self.env["revisit.why"]
        self.assertRefused(
            UserError,
            "Open a customer",
            Wizard.with_user(self.manager).action_open,
            self.company.with_user(self.manager),
        )
        with self.assertRaises(AccessError):
            Wizard.with_user(self.supervisor).action_open(
                self.order.with_user(self.supervisor)
            )
        with self.assertRaises(AccessError):
            Wizard.with_user(self.agent).action_open(
                self.customer.with_user(self.agent)
            )
