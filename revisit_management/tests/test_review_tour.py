# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RevisitMixin


@tagged("post_install", "-at_install")
class TestReviewTour(RevisitMixin, HttpCase):
    """C8: from the first review to the lock, an unlocking and its list, in a browser.

    The browser has a clock of its own, so the test lives today.
    """

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env["base"].with_context(tracking_disable=True).env
        cls.setUpRevisit()
        now = fields.Datetime.now()
        survey = cls.env["survey.survey"].create(
            {"title": "After a repair", "survey_type": "revisit"}
        )
        cls.question = cls.env["survey.question"].create(
            {
                "survey_id": survey.id,
                "title": "The technician's manner?",
                "question_type": "scale",
                "scale_min": 0,
                "scale_max": 5,
                "measure_id": cls.env.ref("revisit_management.measure_attitude").id,
                "subject_kind": "callback",
            }
        )
        policy = cls.make_policy("manual", name="Tour Policy", survey_id=survey.id)
        cls.callback = cls.make_callback(
            policy=policy,
            partner_id=cls.make_customer("Tour Customer").id,
            user_id=cls.agent.id,
            event_at=now - timedelta(days=1),
            window_start=now - timedelta(hours=1),
            window_end=now + timedelta(days=2),
        )
        mine = cls.callback.with_user(cls.agent)
        mine.action_log_attempt("reached")
        mine.action_done(answers={cls.question.id: 4})

    def tour(self, name, user, path=None):
        path = path or f"callbacks/{self.callback.id}"
        self.start_tour(f"/odoo/{path}", name, login=user.login)

    def walk(self):
        self.tour("revisit_send_back_tour", self.supervisor)
        self.assertEqual(self.callback.review_verdict, "redo")
        self.tour("revisit_redone_tour", self.agent)
        self.assertRecordValues(
            self.callback,
            [
                {
                    "review_verdict": False,
                    "feedback": "The door rattles",
                    "redo_note": "Asked again",
                }
            ],
        )
        self.callback.with_user(self.supervisor).action_review("passed")
        self.tour("revisit_unlock_tour", self.manager)
        self.assertEqual(self.callback.unlocked_parts, ["answers"])
        self.tour("revisit_correct_tour", self.supervisor)
        self.assertRecordValues(
            self.callback,
            [{"state": "reviewed", "attitude": 40, "unlocked_parts": False}],
        )
        self.tour("revisit_unlockings_tour", self.manager, "callback-unlockings")

    def test_english(self):
        """C8: agent, supervisor and manager, one after the other."""
        self.walk()

    def test_chinese(self):
        """C8, K5: the same in Chinese; only what people typed is in English."""
        self.env["res.lang"]._activate_lang("zh_CN")
        modules = self.env["ir.module.module"].search(
            [("name", "=", "revisit_management")]
        )
        modules._update_translations(["zh_CN"])
        users = self.agent | self.supervisor | self.manager
        users.lang = "zh_CN"
        self.walk()
