# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import NOW, RevisitCommon


@tagged("post_install", "-at_install")
class TestConsoleCustomer(RevisitCommon):
    """C2: the console tells what an agent has to know of the customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lin = cls.make_customer("Lin Na", phone="13800138000")
        cls.callback = cls.make_work(user_id=cls.agent.id)
        cls.console = cls.env["revisit.console"].with_user(cls.agent)

    @classmethod
    def make_work(cls, policy=None, **values):
        return cls.make_callback(policy, **{"partner_id": cls.lin.id, **values})

    def get_screen(self, callback=None):
        return self.console.open_screen((callback or self.callback).id)

    def get_rows(self, key, screen=None):
        parts = (screen or self.get_screen())["records"]
        return next((part["rows"] for part in parts if part["key"] == key), [])

    # ------------------------------------------------------------
    # WHAT COLLEAGUES DID
    # ------------------------------------------------------------

    def make_talk(self, user=None, result="reached", **values):
        user = user or self.agent2
        talk = self.make_work(user_id=user.id, **values)
        talk.with_user(user).action_log_attempt(result)
        words = {"feedback": f"Said to {user.name}"}
        if result == "reached":
            words["satisfaction"] = 55
        talk.with_user(user).action_done(result=result, **words)
        return talk

    def test_talks_of_colleagues_are_earlier_callbacks(self):
        """C2: a customer talks to the company, whoever has called."""
        talk = self.make_talk()
        with self.assertRaises(AccessError):
            talk.with_user(self.agent).read(["feedback"])
        self.assertEqual(
            self.get_rows("history"),
            [
                [
                    "3/10/26",
                    talk.policy_id.name,
                    self.agent2.name,
                    "Customer Reached",
                    "55",
                    f"Said to {self.agent2.name}",
                ]
            ],
        )
        facts = " ".join(self.get_screen()["customer"]["facts"])
        self.assertIn("last time 55", facts)

    def test_talks_of_other_companies_and_about_own_work_are_not_told(self):
        """C2, K3, L1: what another company did, and what verifies the reader."""
        other = self.make_company()
        self.lin.company_id = False
        policy = self.make_policy("manual", company_id=other.id)
        foreign = self.make_work(policy, team_id=False)
        foreign.with_user(self.env.ref("base.user_admin")).sudo().write(
            {"state": "done", "done_at": NOW, "result": "reached"}
        )
        self.assertEqual(self.get_rows("history"), [])
        rulebook = self.env["revisit.rulebook"].create(
            {"name": "Book", "code": "book", "no_own_customer": True}
        )
        verifying = self.make_policy("manual", kind="verification")
        verifying.rulebook_id = rulebook
        talk = self.make_talk(policy=verifying, responsible_id=self.agent.id)
        self.assertEqual(self.get_rows("history"), [])
        talk.responsible_id = False
        self.assertEqual(len(self.get_rows("history")), 1)

    def test_refusal_of_today_is_told_before_the_call(self):
        """C2: nobody calls twice on the day on which the customer said no."""
        self.make_talk(result="refused")
        [warning] = self.get_screen()["callback"]["warnings"]
        self.assertIn("refused today", warning)
        self.assertIn(self.agent2.name, warning)
        with self.at(NOW + timedelta(days=1)):
            self.assertEqual(self.get_screen()["callback"]["warnings"], [])

    def test_call_agreed_with_a_colleague_is_told(self):
        """C2: and so is a try that a rule of a policy repeats."""
        theirs = self.make_work(
            self.make_policy("manual", retry_busy=60), user_id=self.agent2.id
        )
        theirs.with_user(self.agent2).action_log_attempt("busy")
        [warning] = self.get_screen()["callback"]["warnings"]
        self.assertIn("has tried this customer", warning)
        theirs.with_user(self.agent2).action_log_attempt(
            "rescheduled", next_at=NOW + timedelta(hours=6)
        )
        [warning] = self.get_screen()["callback"]["warnings"]
        self.assertIn(self.agent2.name, warning)
        self.assertIn("agreed with this customer", warning)

    # ------------------------------------------------------------
    # WHAT IT IS ABOUT, AND WHERE
    # ------------------------------------------------------------

    def test_what_was_bought_stands_in_why(self):
        """C2: an order's number says nothing to a customer."""
        fan = self.env["product.product"].create({"name": "Fan", "default_code": "F1"})
        order = self.make_order(
            self.lin,
            order_line=[
                Command.create({"product_id": product.id})
                for product in (self.product, fan)
            ],
        )
        callback = self.make_work(
            user_id=self.agent.id,
            source_model="sale.order",
            source_id=order.id,
            source_name=order.name,
            occasion="",
        )
        [reason] = self.get_screen(callback)["reasons"]
        self.assertIn(order.name, reason["about"])
        self.assertEqual(reason["bought"], "Fridge, Fan")
        callback.product_id = fan
        [reason] = self.get_screen(callback)["reasons"]
        self.assertEqual(reason["bought"], "Fridge")

    def test_header_names_the_very_one_of_several(self):
        """C2: the one for which the call is planned, not another of the product."""
        people = [
            self.make_employee(self.make_user(f"fitter_{day}", "base.group_user"))
            for day in (17, 26)
        ]
        meant, other = (
            self.make_archive_line(
                self.lin,
                product_id=self.product.id,
                sold_on=f"2026-02-{day}",
                installed_on=f"2026-02-{day}",
                installed_by_id=person.id,
            )
            for day, person in zip((17, 26), people, strict=True)
        )
        callback = self.make_work(
            user_id=self.agent.id,
            source_model="revisit.archive.line",
            source_id=meant.id,
            occasion="",
            product_id=self.product.id,
        )
        fact = self.get_screen(callback)["customer"]["facts"][0]
        self.assertIn(people[0].name, fact)
        callback.source_id = other.id
        fact = self.get_screen(callback)["customer"]["facts"][0]
        self.assertIn(people[1].name, fact)

    def test_header_names_the_product_that_the_call_is_about(self):
        """C2: and no other one, which the customer owns, too."""
        fan = self.env["product.product"].create({"name": "Fan"})
        for product in (self.product, fan):
            self.make_archive_line(
                self.lin, product_id=product.id, sold_on=NOW - timedelta(days=9)
            )
        for product in (self.product, fan):
            self.callback.product_id = product
            [fact] = self.get_screen()["customer"]["facts"]
            self.assertIn(product.name, fact)
        self.callback.product_id = self.service
        self.assertEqual(self.get_screen()["customer"]["facts"], [])

    def test_visit_shows_where_it_goes(self):
        """C2, C5: whoever calls need not know it."""
        self.lin.write({"street": "Nanjing Road 5", "city": "Shanghai"})
        self.assertEqual(self.get_screen()["customer"]["address"], "")
        self.callback.channel = "visit"
        address = self.get_screen()["customer"]["address"]
        self.assertIn("Nanjing Road 5", address)
        self.assertIn("Shanghai", address)

    def test_other_time_that_the_customer_wants_is_told(self):
        """C2: with their proposal, where they made one."""
        planned = NOW + timedelta(hours=2)
        self.callback.sudo().planned_at = planned
        self.callback.sudo().time_state = "declined"
        [warning] = self.get_screen()["callback"]["warnings"]
        self.assertIn("another time than 3/10/26", warning)
        self.callback.sudo().proposed_at = NOW + timedelta(days=1)
        [warning] = self.get_screen()["callback"]["warnings"]
        self.assertIn("another time: 3/11/26", warning)

    def test_questionnaire_shows_its_address_and_is_not_spoken(self):
        """C2, C4: masked; and nobody says "I am calling about" to who is written to."""
        self.lin.write({"email": "lin.na@example.com", "phone": "+86 13800138000"})
        survey = self.env["survey.survey"].create(
            {"title": "Asked", "survey_type": "revisit"}
        )
        self.env["survey.question"].create(
            {"survey_id": survey.id, "title": "Well?", "question_type": "text_box"}
        )
        script = self.env["revisit.script"].create(
            {"name": "Script", "opening": "I am calling about …", "closing": "Bye"}
        )
        for channel, address in (("email", "@"), ("survey", "@"), ("sms", "*")):
            callback = self.make_work(
                self.make_policy("manual", channel=channel, survey_id=survey.id),
                user_id=self.agent.id,
                script_id=script.id,
            )
            with self.subTest(channel=channel):
                screen = self.get_screen(callback)
                self.assertTrue(screen["callback"]["can_send"])
                self.assertIn(address, screen["customer"]["goes_to"])
                self.assertNotIn("lin.na", screen["customer"]["goes_to"])
                self.assertNotIn("0013", screen["customer"]["goes_to"])
                self.assertFalse(screen["customer"]["number"])
                self.assertEqual(screen["script"]["opening"], "")
        self.callback.script_id = script
        screen = self.get_screen()
        self.assertIn("I am calling", screen["script"]["opening"])
        self.assertEqual(screen["customer"]["goes_to"], "")

    # ------------------------------------------------------------
    # HOW IT IS SAID
    # ------------------------------------------------------------

    def test_question_names_a_product_once(self):
        """C2: the product that is judged does not stand beside itself."""
        survey = self.env["survey.survey"].create(
            {"title": "Asked", "survey_type": "revisit"}
        )
        self.env["survey.question"].create(
            {
                "survey_id": survey.id,
                "title": "How is it?",
                "question_type": "scale",
                "subject_kind": "product",
            }
        )
        asking = self.make_work(
            self.make_policy("manual", survey_id=survey.id),
            user_id=self.agent.id,
            product_id=self.product.id,
            source_name="S00011",
        )
        self.callback.contact_id = asking
        [question] = self.get_screen(asking)["talk"]["questions"]
        self.assertEqual(question["judged"], "Fridge")
        self.assertIn("S00011", question["about"])
        self.assertNotIn("Fridge", question["about"])

    # ------------------------------------------------------------
    # ON WHOSE WORD THE NUMBER IS DIALLED
    # ------------------------------------------------------------

    def change_number(self, user, number="+86 139 0000 1111"):
        """Change the customer's number as whoever may make a callback does."""
        if user.share:
            level = {"level": "dealer", "dealer_id": user.commercial_partner_id.id}
            work = self.make_work(self.make_policy("manual", level="dealer"), **level)
            step = work.with_user(user)._portal_log_attempt
            step("wrong_number", phone=number)
            return
        work = self.make_work(user_id=user.id)
        work.with_user(user)._correct_number(number)

    def get_warnings(self, callback, user=None):
        console = self.console.with_user(user or self.agent)
        texts = console.open_screen(callback.id)["callback"]["warnings"]
        return [text for text in texts if "has changed the customer's number" in text]

    def test_a_dealer_who_is_judged_has_changed_the_number(self):
        """L1, C3: headquarters' caller and the reviewer are told who, and when."""
        theirs = self.make_work(user_id=self.agent.id, dealer_id=self.dealer_a.id)
        other = self.make_work(user_id=self.agent.id, dealer_id=self.dealer_b.id)
        self.assertFalse(self.get_warnings(theirs))
        self.change_number(self.portal_a)
        [text] = self.get_warnings(theirs)
        self.assertIn(self.portal_a.name, text)
        self.assertIn(self.dealer_a.name, text)
        self.assertIn("2026-03-10", text)
        self.assertFalse(self.get_warnings(other), "it judges another dealer")
        mine = theirs.with_user(self.agent)
        self.assertEqual(mine.phone_warning, text)
        mine.action_log_attempt("reached")
        mine.action_done(satisfaction=80)
        wizard = (
            self.env["revisit.callback.review"]
            .with_user(self.supervisor)
            .create({"callback_id": theirs.id})
        )
        self.assertEqual(wizard.phone_warning, text)
        with self.at(NOW + timedelta(hours=1)):
            self.change_number(self.portal_a, "+86 139 0000 2222")
        theirs.invalidate_recordset()
        self.assertFalse(theirs.with_user(self.supervisor).phone_warning, "afterwards")

    def test_people_who_are_judged_have_changed_the_number(self):
        """C6: the salesperson whom the document names, and who did what is verified."""
        seller = self.make_employee(self.agent2)
        named = self.make_work(
            user_id=self.agent.id,
            subjects={"salesperson": ["hr.employee", seller.id]},
        )
        verified = self.make_work(user_id=self.agent.id, responsible_id=self.agent2.id)
        self.change_number(self.agent2)
        for callback in (named, verified):
            [text] = self.get_warnings(callback)
            self.assertIn(self.agent2.name, text)
        self.assertFalse(self.get_warnings(self.callback), "it judges somebody else")

    def test_an_own_change_is_no_news(self):
        """C3: who calls knows what they have changed; the reviewer is told."""
        self.change_number(self.agent)
        self.assertFalse(self.get_warnings(self.callback))
        as_reviewer = self.callback.with_user(self.supervisor)
        self.assertIn(self.agent.name, as_reviewer.phone_warning)

    def test_nobody_says_when_a_number_was_changed(self):
        """K7: the system notes it, with every way of writing."""
        editor = self.make_user("numbers", "base.group_user,base.group_partner_manager")
        contact = self.lin.with_user(editor)
        contact.with_context(tracking_disable=True).phone = "+86 139 0000 1111"
        self.assertEqual(self.lin.phone_changed_at, NOW)
        self.assertEqual(self.lin.phone_changed_by_id, editor)
        with self.assertRaises(AccessError):
            contact.write({"phone_changed_at": False})
