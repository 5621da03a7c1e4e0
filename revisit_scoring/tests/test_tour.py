# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tests import HttpCase, new_test_user, tagged

from .common import ScoringFixtures


@tagged("post_install", "-at_install")
class TestTour(ScoringFixtures, HttpCase):
    """One walk per main screen, the database asserted after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.set_up_scoring()
        cls.employee = cls.create_employee("agent.li", "revisit_management.group_agent")
        cls.create_callbacks(4, resp_employee_id=cls.employee.id, satisfaction=88)
        cls.scheme = cls.create_scheme(
            [("satisfaction", 100, "mean")], name="Tour scheme"
        )
        cls.assessment = cls.create_assessment(cls.scheme, compute=False)

    def test_manager_computes_adjusts_and_publishes(self):
        new_test_user(
            self.env,
            "manager.tour",
            "revisit_management.group_manager,hr.group_hr_user",
            password="manager.tour",
        )
        self.start_tour(
            f"/odoo/assessments/{self.assessment.id}",
            "revisit_scoring_publish_tour",
            login="manager.tour",
        )
        self.assertEqual(self.assessment.state, "published")
        score = self.assessment.score_ids
        self.assertEqual((score.total, score.grade_name), (91, "A"))
        self.assertEqual(score.adjustment_ids.reason, "Trained two colleagues")
        self.assertTrue(self.assessment._is_intact())
