# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import NOW, RevisitCommon

SIGNATURE = base64.b64encode(b"a signature")


@tagged("post_install", "-at_install")
class TestChannelChoice(RevisitCommon):
    """B2, C4: "visit or phone" is the choice of who makes the callback."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.policy = cls.make_policy(
            signature_rule="refusal",
            channel_ids=[
                Command.create({"channel": "visit", "is_choice": True}),
                Command.create(
                    {"channel": "letter", "is_choice": True, "position_from": 2}
                ),
            ],
        )

    def make_mine(self, **values):
        values = {"policy": self.policy, "user_id": self.agent.id, **values}
        return self.make_callback(**values).with_user(self.agent)

    def test_an_offer_does_not_decide(self):
        """In either planner the policy's own channel is planned."""
        for through_orm in (True, False):
            with self.subTest(through_orm=through_orm):
                self.company.revisit_plan_through_orm = through_orm
                order = self.make_order(date=NOW)
                self.plan()
                self.assertEqual(self.get_planned(order).channel, "phone")

    def test_the_agent_chooses_and_its_evidence_counts(self):
        callback = self.make_mine()
        self.assertEqual(callback.offered_channels, "phone visit")
        callback.action_choose_channel("visit")
        self.assertEqual(callback.channel, "visit")
        callback.action_log_attempt("reached")
        self.assertRefused(UserError, "signature", callback.action_done)
        callback.action_choose_channel("phone")
        callback.action_done(satisfaction=80)
        self.assertEqual((callback.state, callback.channel), ("done", "phone"))
        self.assertFalse(callback.offered_channels)
        self.assertRefused(
            UserError, "nothing more", callback.action_choose_channel, "visit"
        )

    def test_only_what_is_offered(self):
        callback = self.make_mine()
        for channel in ("letter", "email", "nonsense", None):
            self.assertRefused(
                UserError,
                "is made by Phone, On-Site Visit",
                callback.action_choose_channel,
                channel,
            )
        later = self.make_mine(occasion="1", source_model="res.partner", source_id=1)
        self.assertEqual(later.offered_channels, "phone visit letter")
        plain = self.make_mine(policy=self.make_policy())
        self.assertFalse(plain.offered_channels)
        self.assertRefused(
            UserError, "is made by Phone", plain.action_choose_channel, "visit"
        )
        self.assertRaises(AccessError, callback.write, {"channel": "visit"})

    def test_a_contact_is_made_in_one_way(self):
        leader = self.make_mine()
        follower = self.make_mine(
            contact_id=leader.id, policy=self.make_policy("manual")
        )
        leader.action_choose_channel("visit")
        self.assertEqual(follower.channel, "visit")

    def test_a_stranger_may_not_choose(self):
        callback = self.make_mine(team_id=False)
        self.assertRaises(
            AccessError,
            callback.with_user(self.employee_user).action_choose_channel,
            "visit",
        )

    def test_dealers_choose_too(self):
        callback = self.make_mine(
            level="dealer", dealer_id=self.dealer_a.id, user_id=False
        )
        page = callback.with_user(self.portal_a)
        self.assertEqual(
            callback.sudo()._portal_choices(), [("visit", "On-Site Visit")]
        )
        page._portal_choose_channel("visit")
        self.assertEqual(callback.sudo().channel, "visit")
        self.assertRaises(
            AccessError,
            callback.with_user(self.portal_b)._portal_choose_channel,
            "phone",
        )

    def test_shipped_choices(self):
        """[001.17], [002.3], [001.2], [002.2]: where the rules say "or"."""
        wanted = {
            "dealer_csi": {
                ("csi_sale_dealer", "visit"),
                ("csi_service_dealer", "visit"),
                ("csi_sold_dealer", "visit"),
                ("csi_complaint_dealer", "visit"),
                ("csi_complaint_region", "visit"),
            },
            "property_c": {("property_c_repair", "visit")},
            "utility": {("utility_large", "symposium")},
            "enterprise": {
                ("enterprise_call", "visit"),
                ("enterprise_call_live", "visit"),
            },
        }
        for code, expected in wanted.items():
            rulebook = self.install_rulebook(code)
            lines = rulebook.policy_ids.channel_ids.filtered("is_choice")
            self.assertEqual(
                {(line.policy_id.code, line.channel) for line in lines}, expected
            )
