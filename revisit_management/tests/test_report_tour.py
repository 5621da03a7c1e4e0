# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RevisitMixin


@tagged("post_install", "-at_install")
class TestReportTour(RevisitMixin, HttpCase):
    """C8: from an agent's hand-in to the supervisor's redo, to the lock, in a browser.

    The browser has a clock of its own, so the test lives today.
    """

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env["base"].with_context(tracking_disable=True).env
        cls.setUpRevisit()
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
        cls.rulebook = cls.env["revisit.rulebook"].create(
            {"name": "Tour", "code": "tour", "asks_report": True, "hand_in_days": 3}
        )
        cls.policy = cls.make_policy(
            "manual", survey_id=survey.id, rulebook_id=cls.rulebook.id
        )
        cls.reports = cls.talk("Tour Customer 1") | cls.talk("Tour Customer 2")

    @classmethod
    def talk(cls, name):
        now = fields.Datetime.now()
        callback = cls.make_callback(
            policy=cls.policy,
            rulebook_id=cls.rulebook.id,
            partner_id=cls.make_customer(name).id,
            user_id=cls.agent.id,
            event_at=now - timedelta(days=1),
            window_start=now - timedelta(hours=1),
            window_end=now + timedelta(days=2),
        ).with_user(cls.agent)
        callback.action_log_attempt("reached")
        callback.action_done(answers={cls.question.id: 4})
        return callback.report_id

    def walk(self):
        report = self.reports[0]
        path = f"/odoo/callback-reports/{report.id}"
        self.start_tour(
            "/odoo/callback-reports", "revisit_hand_in_tour", login=self.agent.login
        )
        self.reports.invalidate_recordset()
        self.assertEqual(self.reports.mapped("state"), ["handed_in", "handed_in"])
        # from here on on a phone
        self.browser_size = "390x844"
        self.start_tour(path, "revisit_report_back_tour", login=self.supervisor.login)
        self.start_tour(path, "revisit_report_again_tour", login=self.agent.login)
        self.start_tour(path, "revisit_report_filed_tour", login=self.supervisor.login)
        report.invalidate_recordset()
        self.assertRecordValues(
            report,
            [{"state": "filed", "assessment": "The fitters need a checklist"}],
        )
        self.assertEqual(report.callback_id.state, "reviewed")

    def test_english(self):
        """C8: agent and supervisor, one after the other."""
        self.walk()

    def test_chinese(self):
        """C8, K5: the same in Chinese; only what people typed is in English."""
        self.env["res.lang"]._activate_lang("zh_CN")
        modules = self.env["ir.module.module"].search(
            [("name", "=", "revisit_management")]
        )
        modules._update_translations(["zh_CN"])
        (self.agent | self.supervisor).lang = "zh_CN"
        self.walk()
