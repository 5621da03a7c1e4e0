# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.tests import tagged

from .common import NOW, SECOND
from .replay import LAST_SECOND, MIDNIGHT, RulebookReplay


@tagged("post_install", "-at_install")
class TestRepairShop(RulebookReplay):
    """R repair_shop: complaints within 24 hours, the result told, care by choice."""

    code = "repair_shop"

    def test_complaint_is_answered_within_a_day_of_hours(self):
        """B2, R repair_shop: 24 elapsed hours from the complaint, to the second."""
        moments = (LAST_SECOND, MIDNIGHT, NOW - SECOND, NOW)
        complaints = [self.make_issue(registered_at=moment) for moment in moments]
        others = [
            self.make_issue(registered_at=NOW, intake_kind=kind)
            for kind in ("suggestion", "request")
        ]
        anonymous = self.make_issue(registered_at=NOW, is_anonymous=True)
        self.plan()
        for complaint, moment in zip(complaints, moments, strict=True):
            end = moment + timedelta(hours=24)
            self.assertPlanned(
                complaint, ("repair_shop_complaint", "hq", "phone", moment, end)
            )
        for issue in (*others, anonymous):
            self.assertPlanned(issue)
        self.assertEqual(set(self.get_ours().mapped("kind")), {"abnormal"})
        self.plan()
        self.assertEqual(len(self.get_ours()), 4)

    def test_result_is_told(self):
        """B2, R repair_shop: the result is told until the end of the next day."""
        early, late = self.make_solved(LAST_SECOND), self.make_solved(MIDNIGHT)
        self.plan()
        for issue, moment, last in (
            (early, LAST_SECOND, self.day(1)),
            (late, MIDNIGHT, self.day(2)),
        ):
            registered = moment - timedelta(days=1)
            self.assertPlanned(
                issue,
                ("repair_shop_complaint", "hq", "phone", registered, moment),
                ("repair_shop_result", "hq", "phone", moment, last),
            )

    def test_request_is_told_its_result_too(self):
        """B2, R repair_shop: whatever was solved, its result is told."""
        issue = self.make_solved(MIDNIGHT, intake_kind="request")
        self.plan()
        self.assertPlanned(
            issue, ("repair_shop_result", "hq", "phone", MIDNIGHT, self.day(2))
        )

    def test_sales_and_repairs_plan_nothing(self):
        """B0, R repair_shop: surveys and tips wait until the company sets them."""
        documents = [
            document
            for document in self.make_everything()
            if document._name != "revisit.issue"
        ]
        self.plan()
        for document in documents:
            self.assertPlanned(document)

    def test_watch(self):
        """D10, R repair_shop: a second look, in the window that the company sets."""
        self.ref("policy_result").active = False
        self.assertWindow("policy_watch", self.make_solved, 14, 21)

    def test_survey(self):
        """B2, R repair_shop: a survey after a repair, once it is switched on."""
        self.assertWindow(
            "policy_survey", lambda date: self.make_repair(date=date), 1, 7
        )

    def assertWindow(self, name, make, first, last):
        """Assert a policy's window beside what its documents plan otherwise."""
        policy = self.activate(name)
        early, late = make(LAST_SECOND), make(MIDNIGHT)
        self.plan()
        for document, shift in ((early, -1), (late, 0)):
            callback = self.get_planned(document, policy)
            self.assertEqual(
                (callback.window_start, callback.window_end),
                (self.day(first + shift), self.day(last + shift + 1)),
            )

    def test_issues_are_routed(self):
        """D2, R repair_shop: product, manner and technique have their departments."""
        issue = self.make_issue(
            category_id=self.ref("category_technique").id, registered_at=NOW
        )
        self.assertEqual(issue.department_id.name, "Technical Support")
        self.assertEqual(issue.respond_by, NOW + timedelta(hours=24))
        manner = self.ref("category_manner")
        self.assertEqual(manner.department_id.name, "After-Sales Service")
        product = self.ref("category_product")
        self.assertEqual(product.co_department_ids.name, "Logistics")

    def test_care_is_a_touch(self):
        """B2, R repair_shop: tips and invitations are touches, never callbacks."""
        for name in ("policy_tips", "policy_event"):
            policy = self.ref(name)
            self.assertEqual((policy.contact_type, policy.active), ("touch", False))
            self.assertTrue(policy.note)
        for name in ("policy_birthday", "policy_holiday"):
            policy = self.ref(name)
            self.assertEqual((policy.contact_type, policy.active), ("touch", True))
            self.assertTrue(policy.sms_template_id)
            self.assertFalse(policy.touch_problem)
