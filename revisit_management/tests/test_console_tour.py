# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command
from odoo.tests import tagged

from .test_channel_tour import ScreenCase


class ConsoleNextCase(ScreenCase):
    def check_forms_end_in_the_console(self):
        policy = self.make_policy("manual", channel="visit", signature_rule="refusal")
        visits = [
            self.make_work(name, number, policy=policy)
            for number, name in enumerate(("First Visit", "Second Visit"))
        ]
        visits.append(self.make_work("Third Visit", 2, policy=policy))
        self.env["ir.default"].set(
            "revisit.issue", "category_id", self.make_category("Leak").id
        )
        self.start_tour(
            "/odoo/callback-console",
            "revisit_console_next_tour",
            login=self.agent.login,
        )
        # what was pressed last may still be taken back
        self.env["revisit.pending.outcome"]._settle([])
        self.env.invalidate_all()
        self.assertEqual(
            [visit.state for visit in visits], ["done", "done", "assigned"]
        )
        for visit in visits[:2]:
            self.assertTrue(visit.signature_refused)
            self.assertEqual(visit.attempt_ids.outcome, "reached")
        issues = self.env["revisit.issue"].search(
            [("callback_id", "=", visits[1].id)], order="id"
        )
        self.assertEqual(issues.mapped("name"), ["It leaks", "It rattles, too"])


@tagged("post_install", "-at_install")
class TestConsoleNext(ConsoleNextCase):
    def test_forms_end_in_the_console(self):
        """C1, C5: the main button of a visit's form leaves one console, and goes on."""
        self.check_forms_end_in_the_console()

    def test_questions_are_answered_by_keys(self):
        """C2: one Tab stop and one key for each question."""
        survey = self.env["survey.survey"].create(
            {"title": "Asked", "survey_type": "revisit"}
        )
        scale = {"survey_id": survey.id, "question_type": "scale"}
        questions = self.env["survey.question"].create(
            [
                {**scale, "title": "First", "scale_min": 1, "scale_max": 5},
                {**scale, "title": "Second", "scale_min": 1, "scale_max": 5},
                {**scale, "title": "Third", "scale_min": 0, "scale_max": 10},
                {
                    "survey_id": survey.id,
                    "title": "Fourth",
                    "question_type": "simple_choice",
                    "suggested_answer_ids": [
                        Command.create({"value": value}) for value in ("Yes", "No")
                    ],
                },
            ]
        )
        policy = self.make_policy("manual", survey_id=survey.id)
        callback = self.make_work("Asked Customer", 0, policy=policy)
        self.start_tour(
            "/odoo/callback-console",
            "revisit_console_keys_tour",
            login=self.agent.login,
        )
        self.env.invalidate_all()
        given = {row.question_id: row.raw for row in callback.answer_ids}
        self.assertEqual(
            [given.get(question) for question in questions], ["3", None, "10", "No"]
        )


@tagged("post_install", "-at_install")
class TestConsoleNextOnThePhone(ConsoleNextCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_forms_end_in_the_console_on_the_phone(self):
        """C1, C5: the same in Chinese, as wide as a phone."""
        self.env["res.lang"]._activate_lang("zh_CN")
        modules = self.env["ir.module.module"].search(
            [("name", "=", "revisit_management")]
        )
        modules._update_translations(["zh_CN"])
        self.agent.lang = "zh_CN"
        self.check_forms_end_in_the_console()
