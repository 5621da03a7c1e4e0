# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields
from odoo.tests import tagged

from .test_channel_tour import ScreenCase


@tagged("post_install", "-at_install")
class TestResultTour(ScreenCase):
    """C7: noted in the console with the keyboard, and the promise is answered."""

    def walk(self):
        self.company.country_id = self.env.ref("base.cn")
        work = self.make_work("Tour Customer", 0)
        self.start_tour(
            "/odoo/callback-console", "revisit_result_tour", login=self.agent.login
        )
        self.env.invalidate_all()
        promise, referral = self.env["revisit.result"].search(
            [("callback_id", "=", work.id)], order="id"
        )
        self.assertRecordValues(
            promise | referral,
            [
                {"kind": "promise", "words": "The price of a door"},
                {"kind": "referral", "words": False},
            ],
        )
        self.assertGreater(promise.promised_on, fields.Date.today())
        self.assertEqual(referral.referred_partner_id.phone, "+8613900139000")
        self.start_tour(
            f"/odoo/callback-results/{promise.id}",
            "revisit_result_answer_tour",
            login=self.agent.login,
        )
        promise.invalidate_recordset()
        self.assertRecordValues(
            promise, [{"answer_state": "kept", "answer": "300 yuan"}]
        )

    def test_desktop(self):
        """C7: at 1366 pixels."""
        self.browser_size = "1366x768"
        self.walk()

    def test_phone(self):
        """C7, C1: at 390 pixels."""
        self.browser_size = "390x844"
        self.walk()
