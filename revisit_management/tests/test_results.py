# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import NOW, ZONE, RevisitCommon, utc

PROMISE = "revisit_management.activity_type_result_promise"


class ResultCase(RevisitCommon):
    """An agent who talks with a customer, and notes what that brings."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.cn")
        cls.customer.phone = "13800138000"
        cls.callback = cls.make_callback(
            user_id=cls.agent.id, product_id=cls.product.id
        )

    def note(self, kind, user=None, callback=None, **values):
        """Return a result that an agent notes in the talk."""
        if kind == "promise":
            values.setdefault("promised_on", "2026-03-11")
        if kind == "referral":
            values.setdefault("referred_name", "Zhang")
        else:
            values.setdefault("words", f"A {kind}")
        return (
            self.env["revisit.result"]
            .with_user(user or self.agent)
            .create(
                {"callback_id": (callback or self.callback).id, "kind": kind, **values}
            )
        )

    def finish(self, callback=None):
        callback = (callback or self.callback).with_user(self.agent)
        callback.action_log_attempt("reached")
        callback.action_done()


@tagged("post_install", "-at_install")
class TestResults(ResultCase):
    """C7: what a talk brings beside its answers."""

    def test_a_result_knows_what_the_talk_has_said(self):
        """C7: kind and words are typed, the rest is the callback's."""
        result = self.note("need", words=" A second fridge ")
        self.assertRecordValues(
            result.sudo(),
            [
                {
                    "words": "A second fridge",
                    "product_id": self.product.id,
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                    "noted_at": NOW,
                    "answer_state": False,
                }
            ],
        )
        self.assertEqual(self.callback.with_user(self.agent).result_count, 1)

    def test_bad_input_says_what_to_do(self):
        """C7: nothing is guessed."""
        for values, words in (
            ({"kind": "need", "words": " "}, "Write down what"),
            ({"kind": False, "words": "x"}, "Choose what kind"),
            ({"kind": "promise", "promised_on": False}, "by when"),
            ({"kind": "promise", "promised_on": "2026-03-09"}, "is over"),
            ({"kind": "promise", "promised_on": "2026-03-14"}, "Nobody works on"),
            ({"kind": "promise", "promised_on": "2028-03-14"}, "more than a year"),
            ({"kind": "referral", "referred_name": ""}, "Give the name"),
            ({"kind": "referral"}, "phone number or an email"),
            ({"kind": "referral", "referred_phone": "12"}, "no number"),
            ({"kind": "referral", "referred_email": "nobody"}, "no email address"),
            ({"kind": "need", "callback_id": False}, "Choose the callback"),
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex((UserError, ValidationError), words),
            ):
                self.note(**{"words": "x", "referred_name": "Zhang", **values})

    def test_who_may_note_what(self):
        """C7, K1: colleagues, cancelled and finished callbacks, other units."""
        with self.assertRaises(AccessError):
            self.note("need", user=self.agent2)
        with self.assertRaises(AccessError):
            self.note("need", user=self.portal_a)
        self.finish()
        added = self.note("need", words="Remembered later")
        with self.assertRaises(AccessError):
            added.with_user(self.agent).words = "Something else"
        added.with_user(self.supervisor).words = "Put better"
        cancelled = self.make_callback(user_id=self.agent.id)
        cancelled.with_user(self.supervisor).action_cancel("Not needed")
        with self.assertRaisesRegex(UserError, "was cancelled"):
            self.note("need", callback=cancelled)

    def test_facts_stay_and_system_fields_are_the_systems(self):
        """C7, L1: nobody changes what was promised, or for whom it counts."""
        result = self.note("promise")
        for user in (self.agent, self.supervisor, self.manager):
            for values in (
                {"promised_on": "2026-03-20"},
                {"kind": "need"},
                {"answered_at": NOW},
                {"user_id": user.id},
                {"invoiced_amount": 5},
                {"is_valuable": True},
            ):
                with self.subTest(user=user.login, values=values):
                    with self.assertRaises(AccessError):
                        result.with_user(user).write(values)
        with self.assertRaises(AccessError):
            result.owner_id = self.agent2
        with self.assertRaises(AccessError):
            self.note("need", user_id=self.agent2.id)

    def test_locked_after_the_review(self):
        """C7, C8: with the callback, until a manager unlocks its results."""
        result = self.note("promise")
        self.finish()
        self.callback.with_user(self.supervisor).action_review("passed")
        with self.assertRaisesRegex(UserError, "locked since its review"):
            result.with_user(self.supervisor).words = "Other words"
        with self.assertRaisesRegex(UserError, "locked since its review"):
            self.note("need", user=self.supervisor)
        # what comes after the talk goes on
        result.action_answer("Free of charge")
        self.assertEqual(result.answer_state, "kept")
        self.callback.with_user(self.manager).action_unlock("Mistyped", ["results"])
        result.with_user(self.manager).words = "Put right"
        self.assertIn("words", result.sudo().trace_ids.mapped("field_name"))

    def test_taken_back_while_the_talk_goes_on(self):
        """C7: by who has noted it; what it has begun goes, too."""
        referral = self.note("referral", referred_phone="13900139000")
        opportunity = self.note("opportunity")
        partner, task = (
            referral.sudo().referred_partner_id,
            opportunity.sudo().task_id,
        )
        with self.assertRaises(UserError):
            referral.with_user(self.agent2).action_take_back()
        (referral | opportunity).action_take_back()
        self.assertFalse((partner | partner.browse()).exists())
        self.assertFalse(task.exists())
        # and may be noted anew
        self.note("referral", referred_phone="13900139000")
        kept = self.note("need")
        self.finish()
        with self.assertRaisesRegex(UserError, "until the callback is finished"):
            kept.action_take_back()
        with self.assertRaises(AccessError):
            kept.unlink()

    def test_results_stand_in_the_record(self):
        """C7, C8: the record of the talk lists them."""
        self.note("need", words="A second fridge")
        self.finish()
        sections = self.callback.with_user(self.agent)._get_record_sections()
        rows = {section.title: section.rows for section in sections}
        self.assertEqual(rows["Results"], [("A second fridge", "Need", "")])

    def test_other_companies_see_nothing(self):
        """C7, K3: nor do dealers and colleagues of other units."""
        result = self.note("need")
        for user in (self.agent2, self.portal_a, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                result.with_user(user).read(["words"])
        result.with_user(self.supervisor).read(["words"])


@tagged("post_install", "-at_install")
class TestPromises(ResultCase):
    """C7: the answer promised to the customer, and by when."""

    def test_promise_is_a_task_until_it_is_answered(self):
        """C7: kept or late, with what was answered, by whom and when."""
        result = self.note("promise", words="The price of a door")
        self.assertEqual(result.promised_until, utc(ZONE, 2026, 3, 12))
        task = result.activity_ids
        self.assertRecordValues(
            task, [{"user_id": self.agent.id, "date_deadline": date(2026, 3, 11)}]
        )
        self.assertEqual(task.activity_type_id, self.env.ref(PROMISE))
        with self.assertRaisesRegex(UserError, "Write down what"):
            result.action_answer(" ")
        result.action_answer("300 yuan")
        self.assertRecordValues(
            result,
            [
                {
                    "answer": "300 yuan",
                    "answered_at": NOW,
                    "answered_by_id": self.agent.id,
                    "answer_state": "kept",
                }
            ],
        )
        self.assertFalse(result.activity_ids)
        with self.assertRaisesRegex(UserError, "was answered on"):
            result.action_answer("Again")

    def test_late_promises_are_counted(self):
        """C7: from the end of the promised day on."""
        result = self.note("promise")
        results = self.env["revisit.result"]
        with freeze_time(utc(ZONE, 2026, 3, 11, 23, 59)):
            self.assertFalse(results.search([("is_overdue", "=", True)]))
        with freeze_time(utc(ZONE, 2026, 3, 12)):
            result.invalidate_recordset()
            self.assertTrue(result.is_overdue)
            self.assertEqual(results.search([("is_overdue", "=", True)]), result)
            result.action_answer("At last")
        self.assertEqual(result.answer_state, "late")

    def test_done_from_the_list_of_tasks(self):
        """C7: whoever ends the task has answered."""
        result = self.note("promise")
        result.activity_ids.with_user(self.agent).action_feedback("Two days")
        self.assertEqual((result.answer, result.answer_state), ("Two days", "kept"))

    def test_supervisor_gives_it_to_somebody_else(self):
        """C7: the task goes along, and counts for them unless it was late."""
        employees = {
            user: self.env["hr.employee"].create(
                {"name": user.login, "user_id": user.id}
            )
            for user in (self.agent, self.agent2)
        }
        result = self.note("promise")
        self.assertEqual(result.sudo().employee_id, employees[self.agent])
        known = result.with_user(self.supervisor)
        known.owner_id = self.agent2
        self.assertEqual(result.sudo().activity_ids.user_id, self.agent2)
        self.assertEqual(result.sudo().employee_id, employees[self.agent2])
        with freeze_time(utc(ZONE, 2026, 3, 12)):
            result.invalidate_recordset()
            known.owner_id = self.agent
        self.assertEqual(result.sudo().employee_id, employees[self.agent2])
        with self.assertRaisesRegex(ValidationError, "no colleague"):
            known.owner_id = self.employee_user

    def test_only_those_whose_it_is_answer(self):
        """C7, K1: who promised it, who gives it, supervisors."""
        result = self.note("promise", owner_id=self.agent2.id)
        result.with_user(self.agent2).action_open_answer()
        stranger = self.make_user("stranger", "revisit_management.group_agent")
        with self.assertRaises(AccessError):
            result.with_user(stranger).action_answer("Me")
        with self.assertRaisesRegex(UserError, "promises no answer"):
            self.note("need").action_answer("x")

    def test_daily_summary_names_them(self):
        """C7: what is due today, and what is late."""
        self.note("promise", promised_on="2026-03-10")
        self.note("promise", promised_on="2026-03-11")
        digest = self.env["revisit.digest"].with_company(self.company)
        self.assertEqual(digest._get_counts()[self.agent]["answer_today"], 1)
        with freeze_time(utc(ZONE, 2026, 3, 11, 9)):
            counts = digest._get_counts()[self.agent]
        self.assertEqual((counts["answer_today"], counts["answer_late"]), (1, 1))


@tagged("post_install", "-at_install")
class TestReferrals(ResultCase):
    """C7: a new customer, rewarded by what is invoiced to them."""

    def test_new_contact_knows_who_has_referred_it(self):
        """C7: with one number, however it was typed."""
        result = self.note("referral", referred_phone=" 139-0013 9000")
        partner = result.sudo().referred_partner_id
        self.assertRecordValues(
            partner,
            [
                {
                    "name": "Zhang",
                    "phone": "+8613900139000",
                    "revisit_referral_id": result.id,
                    "revisit_referred_by_id": self.customer.id,
                }
            ],
        )
        with self.assertRaises(AccessError):
            self.customer.with_user(self.manager).write(
                {"revisit_referral_id": result.id}
            )

    def test_known_people_are_refused(self):
        """C7: customers, the one on the phone, the agent, and colleagues' families."""
        self.make_customer("Known", phone="139 0013 9001", email="Known@Example.com")
        archived = self.make_customer("Gone", phone="13900139002")
        archived.active = False
        self.customer.email = "me@example.com"
        self.env["hr.employee"].create(
            {
                "name": "Agent",
                "user_id": self.agent.id,
                "private_phone": "13900139003",
            }
        )
        for values, words in (
            ({"referred_phone": "+86 13900139001"}, "known already"),
            ({"referred_email": "known@example.com"}, "known already"),
            ({"referred_phone": "13900139002"}, "known already"),
            ({"referred_phone": "138 0013 8000"}, "with whom you talk"),
            ({"referred_email": "ME@example.com"}, "with whom you talk"),
            ({"referred_phone": "139-0013-9003"}, "your own number"),
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, words):
                self.note("referral", **values)
        self.note("referral", referred_phone="13900139004")
        with self.assertRaisesRegex(UserError, "known already"):
            self.note("referral", referred_phone="13900139004")

    def test_reward_is_what_was_invoiced(self):
        """C7: posted invoices, untaxed, less credit notes."""
        result = self.note("referral", referred_phone="13900139000").sudo()
        self.assertFalse(result.invoiced_amount)
        invoice = self.make_invoice(result.referred_partner_id, 250)
        self.assertFalse(result.invoiced_amount)
        invoice.action_post()
        self.assertEqual(result.invoiced_amount, 250)
        self.assertEqual(result.invoiced_on, date(2026, 3, 10))
        self.make_invoice(
            result.referred_partner_id, 50, move_type="out_refund"
        ).action_post()
        self.make_invoice(self.customer, 1000).action_post()
        self.assertEqual(result.invoiced_amount, 200)
        invoice.button_draft()
        self.assertEqual(result.invoiced_amount, -50)

    def make_invoice(self, partner, amount, **values):
        income = self.env["account.account"].create(
            {
                "name": "Income",
                "code": f"REV{partner.id}{amount}",
                "account_type": "income",
            }
        )
        journal = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)], limit=1
        ) or self.env["account.journal"].create(
            {
                "name": "Sales",
                "code": "REVS",
                "type": "sale",
                "company_id": self.company.id,
                "default_account_id": income.id,
            }
        )
        receivable = self.env["account.account"].create(
            {
                "name": "Receivable",
                "code": f"REC{partner.id}{amount}",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )
        partner.property_account_receivable_id = receivable
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "journal_id": journal.id,
                "invoice_date": "2026-03-10",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "quantity": 1,
                            "price_unit": amount,
                            "account_id": income.id,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestFollowed(ResultCase):
    """C7: suggestions that are worth a visit, and opportunities."""

    def test_valuable_suggestion_plans_one_visit(self):
        """C7, B1: from the day on which it was found valuable, once."""
        policy = self.make_policy(
            "valuable_suggestion_talk",
            channel="visit",
            delay_min=1,
            delay_max=30,
            active_from=NOW - timedelta(days=1),
        )
        result = self.note("suggestion")
        with self.assertRaisesRegex(AccessError, "Only supervisors"):
            result.action_value()
        result.with_user(self.supervisor).action_value()
        self.env.flush_all()
        for _run in range(2):
            self.plan()
        visit = self.callbacks.search([("policy_id", "=", policy.id)])
        self.assertRecordValues(
            visit,
            [
                {
                    "partner_id": self.customer.id,
                    "channel": "visit",
                    "source_model": "revisit.result",
                    "source_id": result.id,
                    "product_id": self.product.id,
                }
            ],
        )
        known = result.with_user(self.manager)
        self.assertEqual(known.visit_ids.ids, visit.ids)
        with self.assertRaises(AccessError):
            result.action_not_valuable()
        known.action_not_valuable()
        self.env.flush_all()
        self.plan()
        self.assertEqual(visit.state, "cancelled")

    def test_rulebook_may_leave_it_to_agents(self):
        """C7: to whoever has noted it."""
        rulebook = self.env["revisit.rulebook"].create(
            {"name": "R", "code": "r", "agents_value_suggestions": True}
        )
        self.callback.rulebook_id = rulebook
        result = self.note("suggestion")
        result.action_value()
        self.assertEqual(result.valued_by_id, self.agent)
        with self.assertRaisesRegex(UserError, "no suggestion"):
            self.note("need").with_user(self.supervisor).action_value()

    def test_opportunity_is_a_task_of_the_salesperson(self):
        """C7: or of who manages the unit; an opportunity of CRM where there is one."""
        seller = self.make_user("seller", "sales_team.group_sale_salesman")
        first = self.note("opportunity", words="Wants a bigger one")
        self.customer.user_id = seller
        second = self.note("opportunity", words="Wants two")
        if "crm.lead" in self.env:
            self.assertTrue(first.lead_id and second.lead_id)
            return
        self.assertEqual(first.sudo().task_id.user_id, self.supervisor)
        self.assertRecordValues(
            second.sudo().task_id,
            [
                {
                    "user_id": seller.id,
                    "res_model": "res.partner",
                    "res_id": self.customer.id,
                    "summary": "Wants two",
                }
            ],
        )
        self.assertFalse(second.has_lead)


@tagged("post_install", "-at_install")
class TestConsoleResults(ResultCase):
    """C7: noted in the console, while the customer is on the phone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.console = cls.env["revisit.console"].with_user(cls.agent)

    def test_noted_and_taken_back(self):
        """C7: the next working day is offered for a promise."""
        screen = self.console.open_screen(self.callback.id)["results"]
        self.assertEqual((screen["noted"], screen["promises"]), ([], []))
        self.assertEqual(screen["day"], "2026-03-11")
        values = {"kind": "promise", "words": "A price", "promised_on": screen["day"]}
        results = self.console.add_result(self.callback.id, values)
        self.assertEqual(results["noted"][0]["kind"], "Promised Answer")
        self.assertIn("A price", results["noted"][0]["text"])
        gone = self.console.drop_result(self.callback.id, results["noted"][0]["id"])
        self.assertEqual(gone["noted"], [])
        with self.assertRaisesRegex(UserError, "as a table"):
            self.console.add_result(self.callback.id, {"user_id": 1})

    def test_next_talk_shows_what_was_promised(self):
        """C7: whoever talks with the customer next; late ones as such."""
        self.note("promise", words="A price")
        other = self.make_callback(user_id=self.agent2.id)
        console = self.env["revisit.console"].with_user(self.agent2)
        with freeze_time(utc(ZONE, 2026, 3, 12, 9)):
            (row,) = console._get_results(other.with_user(self.agent2))["promises"]
            self.assertEqual(row["text"], "A price")
            self.assertTrue(row["is_late"])
            self.assertFalse(row["may_answer"])
            mine = self.make_callback(user_id=self.agent.id).with_user(self.agent)
            (row,) = self.console._get_results(mine)["promises"]
            self.assertTrue(row["may_answer"])
