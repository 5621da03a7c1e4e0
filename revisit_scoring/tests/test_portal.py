# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tests import HttpCase, new_test_user, tagged

from .common import FIVE_GRADES, ScoringFixtures


@tagged("post_install", "-at_install")
class TestPortal(ScoringFixtures, HttpCase):
    """H1, K1: dealers see their published scores, and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.set_up_scoring()
        cls.east, cls.west = cls.create_dealer("East"), cls.create_dealer("West")
        for login, dealer in (("east", cls.east), ("west", cls.west)):
            user = new_test_user(
                cls.env, login, "revisit_management.group_portal_dealer", password=login
            )
            user.partner_id.parent_id = dealer
        for dealer, value in ((cls.east, 84), (cls.west, 71.37)):
            cls.create_callback(resp_dealer_id=dealer.id, satisfaction=value)
        cls.scheme = cls.create_scheme(
            [
                ("hq_satisfaction_sale", 30, "mean"),
                ("hq_satisfaction_service", 70, "mean"),
            ],
            FIVE_GRADES,
            subject_kind="dealer",
            name="Dealer satisfaction",
        )
        cls.assessment = cls.create_assessment(cls.scheme)
        cls.assessment.action_publish()

    def test_list_and_sheet_of_the_own_dealer(self):
        self.authenticate("east", "east")
        page = self.url_open("/my/revisit/scores").text
        self.assertIn("Dealer satisfaction", page)
        self.assertIn("2025-Q1", page)
        self.assertNotIn("West", page)
        score = self.score_of(self.assessment, self.east)
        sheet = self.url_open(f"/my/revisit/scores/{score.id}").text
        self.assertIn("84", sheet)
        self.assertIn("Rank of", sheet)
        self.assertIn("counts as 100", sheet)

    def test_other_dealers_sheet_is_refused(self):
        self.authenticate("east", "east")
        rival = self.score_of(self.assessment, self.west)
        response = self.url_open(
            f"/my/revisit/scores/{rival.id}", allow_redirects=False
        )
        self.assertEqual(response.status_code, 303)
        self.assertNotIn("71.37", self.url_open(f"/my/revisit/scores/{rival.id}").text)

    def test_unpublished_sheet_is_refused(self):
        scheme = self.scheme.copy({"name": "Draft scheme"})
        scheme.action_activate()
        draft = self.create_assessment(scheme)
        self.authenticate("east", "east")
        score = self.score_of(draft, self.east)
        response = self.url_open(
            f"/my/revisit/scores/{score.id}", allow_redirects=False
        )
        self.assertEqual(response.status_code, 303)
        self.assertNotIn("Draft scheme", self.url_open("/my/revisit/scores").text)

    def test_visitor_has_to_log_in(self):
        self.authenticate(None, None)
        response = self.url_open("/my/revisit/scores", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_ordinary_portal_user_is_sent_home(self):
        new_test_user(self.env, "customer", "base.group_portal", password="customer")
        self.authenticate("customer", "customer")
        response = self.url_open("/my/revisit/scores", allow_redirects=False)
        self.assertEqual(response.status_code, 303)

    def test_card_counts_the_own_scores(self):
        self.authenticate("east", "east")
        self.assertIn("/my/revisit/scores", self.url_open("/my/home").text)
        values = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["revisit_score_count"]}
        )
        self.assertEqual(values["revisit_score_count"], 1)
