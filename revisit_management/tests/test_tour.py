# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common import RevisitMixin


@tagged("post_install", "-at_install")
class TestAgentScreens(RevisitMixin, HttpCase):
    """C1, K1: what an agent does in the browser, and what RPC refuses them.

    The browser has a clock of its own, so these tests live today.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env["base"].with_context(tracking_disable=True).env
        cls.setUpRevisit()
        now = fields.Datetime.now()
        cls.policy = cls.make_policy("manual", name="Tour Policy")
        cls.callback = cls.make_callback(
            policy=cls.policy,
            partner_id=cls.make_customer("Tour Customer").id,
            user_id=cls.agent.id,
            event_at=now - timedelta(days=1),
            window_start=now - timedelta(hours=1),
            window_end=now + timedelta(days=2),
        )

    def test_agent_finishes_a_callback(self):
        """C1, C3, C7: from the queue to the result, asserted in the database."""
        self.start_tour(
            "/odoo/action-revisit_management.revisit_callback_action_mine",
            "revisit_agent_tour",
            login=self.agent.login,
        )
        self.assertRecordValues(
            self.callback,
            [
                {
                    "state": "done",
                    "result": "reached",
                    "satisfaction": 85.0,
                    "quality": 0.0,
                    "nps": 0,
                    "feedback": "Quick and friendly",
                    "made_by_id": self.agent.id,
                    "is_on_time": True,
                    "attempt_count": 1,
                }
            ],
        )
        self.assertIsNot(self.callback.nps, False)
        self.assertIsNot(self.callback.quality, False)
        self.assertIs(self.callback.attitude, False)
        self.assertEqual(self.callback.attempt_ids.outcome, "reached")

    def test_agent_works_in_the_console(self):
        """C1, C2, C3: from customer to customer, taken back, and one who rings."""
        self.callback.partner_id.phone = "13800138000"
        now = fields.Datetime.now()
        second = self.make_callback(
            policy=self.policy,
            partner_id=self.make_customer("Second Customer", phone="13900139000").id,
            user_id=self.agent.id,
            event_at=now - timedelta(days=1),
            window_start=now - timedelta(hours=1),
            window_end=now + timedelta(days=3),
        )
        # the test may run at night
        self.company.write({"revisit_touch_hour_from": 0, "revisit_touch_hour_to": 24})
        (self.callback | second).partner_id.write(
            {"callback_hour_from": 0, "callback_hour_to": 24}
        )
        self.start_tour(
            "/odoo/callback-console", "revisit_console_tour", login=self.agent.login
        )
        self.assertRecordValues(
            second,
            [
                {
                    "state": "done",
                    "result": "reached",
                    "satisfaction": 85.0,
                    "feedback": "Quick and friendly",
                    "made_by_id": self.agent.id,
                    "attempt_count": 1,
                }
            ],
        )
        self.assertRecordValues(
            self.callback,
            [{"state": "done", "result": "refused", "feedback": "No more calls"}],
        )
        # the first key was taken back
        self.assertEqual(
            self.callback.attempt_ids.mapped("outcome"), ["refused", "rescheduled"]
        )

    def test_agent_finishes_a_visit_in_the_console(self):
        """C1, C5: what needs a signature has its form over the console."""
        self.policy.signature_rule = "refusal"
        self.callback.write({"channel": "visit"})
        self.callback.partner_id.name = "Visited Customer"
        self.start_tour(
            "/odoo/callback-console",
            "revisit_console_visit_tour",
            login=self.agent.login,
        )
        # the form may be taken back for some seconds
        self.env["revisit.pending.outcome"]._settle([("user_id", "=", self.agent.id)])
        self.assertRecordValues(
            self.callback,
            [{"state": "done", "result": "reached", "signature_refused": True}],
        )

    def test_last_day_is_told_in_days(self):
        """C1: neither "next month" for three days, nor a month for 45 of them."""
        now = fields.Datetime.now()
        for name, days in (("Soon", 30), ("Later", 45)):
            self.make_callback(
                policy=self.policy,
                partner_id=self.make_customer(name).id,
                user_id=self.agent.id,
                event_at=now - timedelta(days=1),
                window_start=now - timedelta(hours=1),
                window_end=now + timedelta(days=days),
            )
        self.start_tour(
            "/odoo/action-revisit_management.revisit_callback_action_mine",
            "revisit_days_left_tour",
            login=self.agent.login,
        )

    def call(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    @mute_logger("odoo.http")
    def test_rpc_refuses_what_the_buttons_own(self):
        """K1, N: state, results, snapshots and windows over HTTP."""
        # the password of new_test_user is the login
        self.authenticate(self.agent.login, self.agent.login)
        ids = self.callback.ids
        refused = [
            ("revisit.callback", "write", (ids, {"state": "done"})),
            ("revisit.callback", "write", (ids, {"done_at": "2026-03-10 00:00:00"})),
            ("revisit.callback", "write", (ids, {"resp_user_id": False})),
            ("revisit.callback", "write", (ids, {"window_end": "2030-01-01"})),
            ("revisit.callback", "_action_unlock", (ids, "Please", {"state": "done"})),
            ("revisit.callback", "_fill_snapshots", ([],)),
            ("revisit.callback", "_hand_over_contacts", (ids,)),
            ("revisit.planner", "_cron_plan", ([],)),
            ("revisit.planner", "_plan", ([], ids)),
        ]
        for model, method, args in refused:
            with self.subTest(method=method, args=args):
                with self.assertRaises(JsonRpcException) as caught:
                    self.call(model, method, *args)
                self.assertIn("odoo.exceptions.AccessError", str(caught.exception))
        self.assertEqual(self.callback.state, "assigned")
        self.call("revisit.callback", "action_log_attempt", ids, "busy")
        self.callback.invalidate_recordset()
        self.assertEqual(self.callback.state, "in_progress")
