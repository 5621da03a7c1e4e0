# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

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
        with self.assertRaises(Exception):
            talk.with_user(self.agent).read(["feedback"])
        self.assertEqual(
            self.get_rows("history"),
            [
                [
                    "03/10/2026",
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
        """C2: but not what a rule of a policy has planned."""
        theirs = self.make_work(
            self.make_policy("manual", retry_busy=60), user_id=self.agent2.id
        )
        theirs.with_user(self.agent2).action_log_attempt("busy")
        self.assertEqual(self.get_screen()["callback"]["warnings"], [])
        theirs.with_user(self.agent2).action_log_attempt(
            "rescheduled", next_at=NOW + timedelta(hours=6)
        )
        [warning] = self.get_screen()["callback"]["warnings"]
        self.assertIn(self.agent2.name, warning)
        self.assertIn("agreed with this customer", warning)
