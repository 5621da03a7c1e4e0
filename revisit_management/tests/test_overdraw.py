# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""L3: with the contact budget on, complaints and checks are made all the same."""

from datetime import timedelta

from odoo.tests import tagged

from .common import NOW
from .replay import RulebookReplay

BEFORE = NOW - timedelta(hours=20)


class OverdrawReplay(RulebookReplay):
    """A customer whose budget is used up, by a letter that nothing is combined with."""

    expected = ()
    activated = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"revisit_budget_limit": 1, "revisit_budget_days": 365})
        cls.used_up = cls.make_regular(dealer_id=cls.dealer_a.id)
        cls.make_callback(partner_id=cls.used_up.id, channel="contact_card")
        for name in cls.activated:
            cls.activate(name)

    def make_sources(self):
        """Let happen what asks for a complaint's callbacks."""
        self.make_issue(
            partner_id=self.used_up.id,
            intake_kind="complaint",
            registered_at=BEFORE,
            dealer_id=self.dealer_a.id,
        )
        self.make_solved(
            BEFORE,
            partner_id=self.used_up.id,
            intake_kind="complaint",
            dealer_id=self.dealer_a.id,
        )

    def check_overdrawn(self):
        order = self.make_order(self.used_up, date=BEFORE)
        ordinary = self.make_policy(
            "order_confirmed",
            rulebook_id=self.rulebook.id,
            channel="letter",
            active_from=self.since,
        )
        self.make_sources()
        self.plan()
        policies = {self.ref(name) for name in self.expected}
        found = {
            callback.policy_id: callback
            for callback in self.get_ours()
            if callback.partner_id == self.used_up
        }
        self.assertLessEqual(policies, set(found))
        for policy in policies:
            decision = found[policy].decision
            self.assertTrue(decision["overdrawn"], policy.code)
            self.assertIn(
                f"because: {policy.overdraw_reason}", found[policy].decision_text
            )
        # what is no complaint is held back, with its reason
        self.assertFalse(self.get_planned(order, ordinary))
        skip = self.env["revisit.planning.skip"].search(
            [("policy_id", "=", ordinary.id)]
        )
        self.assertEqual(skip.reason, "budget")


@tagged("post_install", "-at_install")
class TestApplianceOverdraw(OverdrawReplay):
    code = "appliance"
    expected = ("policy_issue_resolved",)

    def test_overdraw(self):
        """L3, R appliance."""
        self.check_overdrawn()


@tagged("post_install", "-at_install")
class TestDealerCsiOverdraw(OverdrawReplay):
    code = "dealer_csi"
    expected = (
        "policy_complaint_dealer",
        "policy_complaint_region",
        "policy_complaint_hq",
        "policy_sale_hq",
        "policy_service_hq",
    )

    def make_sources(self):
        result = super().make_sources()
        self.make_repair(self.used_up, date=BEFORE)
        return result

    def test_overdraw(self):
        """L3, R dealer_csi: complaints, and headquarters' check of the dealers."""
        self.check_overdrawn()
        kept = self.env["revisit.planning.skip"].search(
            [
                ("policy_id", "=", self.ref("policy_service_dealer").id),
                ("partner_id", "=", self.used_up.id),
            ]
        )
        self.assertEqual(kept.reason, "budget")


@tagged("post_install", "-at_install")
class TestEnterpriseOverdraw(OverdrawReplay):
    code = "enterprise"
    expected = ("policy_complaint", "policy_complaint_hq")

    def test_overdraw(self):
        """L3, R enterprise."""
        self.check_overdrawn()


@tagged("post_install", "-at_install")
class TestPropertyOverdraw(OverdrawReplay):
    code = "property"
    expected = ("policy_complaint",)

    def test_overdraw(self):
        """L3, R property."""
        self.check_overdrawn()


@tagged("post_install", "-at_install")
class TestPropertyCOverdraw(OverdrawReplay):
    code = "property_c"
    expected = ("policy_complaint",)

    def test_overdraw(self):
        """L3, R property_c."""
        self.check_overdrawn()


@tagged("post_install", "-at_install")
class TestRepairShopOverdraw(OverdrawReplay):
    code = "repair_shop"
    expected = ("policy_complaint", "policy_result", "policy_watch")
    activated = ("policy_watch",)

    def test_overdraw(self):
        """L3, R repair_shop: the answer, the result, and the watch afterwards."""
        self.check_overdrawn()


@tagged("post_install", "-at_install")
class TestRewardsOverdraw(OverdrawReplay):
    code = "rewards"
    expected = activated = ("policy_resolved",)

    def test_overdraw(self):
        """L3, R rewards."""
        self.check_overdrawn()


@tagged("post_install", "-at_install")
class TestThreeRatesOverdraw(OverdrawReplay):
    code = "three_rates"
    expected = activated = ("policy_resolved",)

    def test_overdraw(self):
        """L3, R three_rates."""
        self.check_overdrawn()


@tagged("post_install", "-at_install")
class TestSecuritiesOverdraw(OverdrawReplay):
    code = "securities"
    expected = ("policy_abnormal",)

    def make_sources(self):
        self.env["revisit.occasion"].create(
            {"kind": "abnormal", "partner_id": self.used_up.id, "occurs_at": BEFORE}
        )

    def test_overdraw(self):
        """L3, R securities: something unusual about an account."""
        self.check_overdrawn()


@tagged("post_install", "-at_install")
class TestUtilityOverdraw(OverdrawReplay):
    code = "utility"
    expected = ("policy_complaint",)

    def test_overdraw(self):
        """L3, R utility."""
        self.check_overdrawn()

    def test_own_reason_survives_an_update(self):
        """B0, L3: a reason that the company wrote before one was shipped stays."""
        policy = self.ref("policy_complaint")
        xmlid = f"revisit_management.{self.company.id}_utility_policy_complaint"
        baseline = dict(self.rulebook.baseline)
        cells = dict(baseline[xmlid])
        for name in ("overdraw_reason", "overdraw_reason@zh_CN"):
            cells.pop(name, None)
        self.rulebook.baseline = {**baseline, xmlid: cells}
        policy.overdraw_reason = "Our own reason"
        self.rulebook.action_install("utility")
        self.assertEqual(policy.overdraw_reason, "Our own reason")
        policy.overdraw_reason = False
        cells.pop("overdraw_reason", None)
        self.rulebook.baseline = {**baseline, xmlid: cells}
        self.rulebook.action_install("utility")
        self.assertEqual(policy.overdraw_reason, "A complaint or its solution")
