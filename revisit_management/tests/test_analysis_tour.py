# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RevisitMixin


@tagged("post_install", "-at_install")
class TestAnalysisTour(RevisitMixin, HttpCase):
    """C8, I3: an analysis is written, handed in, decided on and filed, in a browser.

    The browser has a clock of its own, so the test lives today.
    """

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env["base"].with_context(tracking_disable=True).env
        cls.setUpRevisit()
        due = fields.Date.today() + timedelta(days=5)
        cls.report = cls.make_analysis(user=cls.supervisor, due_on=due)
        cls.report._count()
        cls.report._give_tasks()

    def walk(self):
        path = f"/odoo/analysis-reports/{self.report.id}"
        self.start_tour(
            "/odoo/analysis-reports",
            "revisit_analysis_write_tour",
            login=self.supervisor.login,
        )
        self.report.invalidate_recordset()
        self.assertEqual(self.report.state, "handed_in")
        self.assertFalse(self.report.activity_ids)
        # from here on on a phone
        self.browser_size = "390x844"
        self.start_tour(path, "revisit_analysis_decide_tour", login=self.manager.login)
        self.report.invalidate_recordset()
        self.assertRecordValues(
            self.report, [{"state": "filed", "item_count": 1, "adopted_count": 1}]
        )

    def test_english(self):
        """C8: the unit's manager, then a callback manager."""
        self.walk()

    def test_chinese(self):
        """C8, K5: the same in Chinese; only what people typed is in English."""
        self.env["res.lang"]._activate_lang("zh_CN")
        modules = self.env["ir.module.module"].search(
            [("name", "=", "revisit_management")]
        )
        modules._update_translations(["zh_CN"])
        (self.supervisor | self.manager).lang = "zh_CN"
        self.walk()
