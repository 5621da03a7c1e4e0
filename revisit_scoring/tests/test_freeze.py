# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime

from psycopg2.errors import ForeignKeyViolation

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestFreeze(ScoringCommon):
    """G7, L4: published numbers and evidence stay; tampering is evident."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.create_scheme(
            [("satisfaction", 60, "mean"), ("callback_rate", 40)]
        )
        cls.callbacks = cls.create_callbacks(
            3, resp_employee_id=cls.employee.id, satisfaction=80
        )
        cls.assessment = cls.create_assessment(cls.scheme)
        cls.score = cls.assessment.score_ids
        cls.score.write(
            {"adjustment_ids": [Command.create({"points": 1, "reason": "Helped out"})]}
        )
        cls.assessment.action_publish()

    def test_later_edits_of_callbacks_change_nothing(self):
        self.assertTotal(self.score, 89.0, "B")
        self.callbacks.sudo().write({"satisfaction": 10, "resp_employee_id": False})
        with self.assertRaises(UserError):
            self.assessment.action_compute()
        self.score.invalidate_recordset()
        self.assertTotal(self.score, 89.0, "B")
        self.assertTrue(self.assessment._is_intact())

    def test_unlocking_warns_of_published_scores(self):
        """C8, G7: who unlocks a callback reads which results have counted it."""
        manager = self.create_employee(
            "unlocker", "revisit_management.group_manager"
        ).user_id
        counted = self.callbacks[0].with_user(manager)
        self.assertIn(self.assessment.display_name, counted._get_counted_text())
        wizard = (
            self.env["revisit.callback.unlock"]
            .with_user(manager)
            .create({"callback_id": counted.id, "reason": "Mistyped"})
        )
        self.assertIn(self.assessment.display_name, wizard.counted_text)
        later = self.create_callbacks(1, resp_employee_id=self.employee.id)
        self.assertFalse(later._get_counted_text())
        draft = self.create_scheme([("satisfaction", 100)])
        self.create_assessment(draft)
        self.assertEqual(self.callbacks[0]._get_counting(), self.assessment)

    def test_nothing_published_is_written_even_by_sudo(self):
        records = {
            self.assessment: {"date_to": "2025-06-30"},
            self.score: {"total": 100},
            self.score.line_ids[0]: {"points": 100},
            self.score.adjustment_ids: {"points": 9},
            self.env["revisit.score.evidence"].search(
                [("assessment_id", "=", self.assessment.id)]
            ): {"model_name": "res.partner"},
        }
        for record, values in records.items():
            with self.subTest(model=record._name):
                with self.assertRaises(UserError):
                    record.sudo().write(values)
                with self.assertRaisesRegex(UserError, "is published"):
                    record.sudo().unlink()

    def test_nothing_is_added_to_what_is_published(self):
        with self.assertRaisesRegex(UserError, "is published"):
            self.score.adjustment_ids.sudo().create(
                {"score_id": self.score.id, "points": 5, "reason": "Late idea"}
            )
        with self.assertRaisesRegex(UserError, "is published"):
            self.env["revisit.score.evidence"].sudo().create(
                {"assessment_id": self.assessment.id, "model_name": "revisit.callback"}
            )
        with self.assertRaises(UserError):
            self.score.sudo().create({"assessment_id": self.assessment.id})

    def test_there_is_no_unlocking(self):
        with self.assertRaisesRegex(UserError, "is published"):
            self.score._action_unlock("please", {"total": 100})

    def test_scheme_may_change_afterwards(self):
        """B0: scores keep the version that they were made under."""
        explanation = self.score.explanation
        self.scheme.grade_ids.filtered(lambda grade: grade.name == "B").name = "Fine"
        first, second = self.scheme.indicator_ids
        self.scheme.write(
            {
                "indicator_ids": [
                    Command.update(first.id, {"weight": 10, "name": "Other"}),
                    Command.update(second.id, {"weight": 90}),
                ]
            }
        )
        self.score.invalidate_recordset()
        self.assertTotal(self.score, 89.0, "B")
        self.assertEqual(self.score.line_ids[0].name, "Satisfaction")
        self.assertEqual(self.score.explanation, explanation)
        self.assertTrue(self.assessment._is_intact())

    @mute_logger("odoo.sql_db")
    def test_used_indicators_and_schemes_are_not_deleted(self):
        with self.assertRaises(ForeignKeyViolation), self.cr.savepoint():
            self.scheme.indicator_ids.with_context(revisit_scheme_whole=True).unlink()
            self.env.flush_all()

    def test_seal_shows_tampering_in_the_database(self):
        self.assertEqual(self.assessment.action_verify()["params"]["type"], "success")
        lines = "score_id IN (SELECT id FROM revisit_score WHERE assessment_id = %s)"
        statements = [
            "UPDATE revisit_score SET total = 99 WHERE assessment_id = %s",
            f"UPDATE revisit_score_line SET points = 99 WHERE {lines}",
            f"UPDATE revisit_score_line SET parts = '{{}}' WHERE {lines}",
            "UPDATE revisit_score_adjustment SET reason = 'x' WHERE assessment_id = %s",
            "UPDATE revisit_score_evidence SET ids[1] = 2000000000"
            " WHERE assessment_id = %s",
            "UPDATE revisit_score_evidence SET vals[1][1] = 1 WHERE vals IS NOT NULL"
            " AND assessment_id = %s",
            "DELETE FROM revisit_score_adjustment WHERE assessment_id = %s",
        ]
        for statement in statements:
            with self.subTest(statement=statement):
                savepoint = self.cr.savepoint()
                self.cr.execute(statement, [self.assessment.id])
                self.assertFalse(self.assessment._is_intact())
                savepoint.rollback()
                savepoint.close(rollback=False)
                self.assertTrue(self.assessment._is_intact())
        self.cr.execute(
            "UPDATE revisit_score SET total = 99 WHERE assessment_id = %s",
            [self.assessment.id],
        )
        self.assertEqual(self.assessment.action_verify()["params"]["type"], "danger")

    def test_closing_keeps_the_lock(self):
        self.assessment.action_close()
        self.assertEqual(self.score.state, "closed")
        with self.assertRaises(UserError):
            self.score.sudo().write({"total": 1})
        self.assertTrue(self.assessment._is_intact())

    def test_chatter_stays_open(self):
        self.assessment.message_post(body="Discussed with the staff council")
        self.assertTrue(self.assessment._is_intact())


@tagged("post_install", "-at_install")
class TestRunningPeriod(ScoringCommon):
    """G7: what is still to come is no fact, and a running period stays a preview."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.create_scheme([("callback_rate", 100)])
        common = {"resp_employee_id": cls.employee.id, "state": "assigned"}
        unmade = {**common, "done_at": False, "result": False}
        cls.create_callback()
        cls.create_callback(resp_employee_id=cls.employee.id)
        cls.create_callback(**unmade)
        cls.create_callback(**unmade, window_end=datetime(2025, 3, 20))

    def compute(self, moment):
        with freeze_time(moment):
            if not self.scheme.assessment_ids:
                return self.create_assessment(self.scheme)
            self.scheme.assessment_ids.action_compute()
            return self.scheme.assessment_ids

    def assertRefused(self, text, assessment, moment):
        for step in ("action_review", "action_publish"):
            with (
                self.subTest(step=step, moment=moment),
                freeze_time(moment),
                self.assertRaisesRegex(UserError, text),
                self.cr.savepoint(),
            ):
                getattr(assessment, step)()

    def test_open_windows_are_not_missed_yet(self):
        assessment = self.compute(datetime(2025, 2, 15))
        line = assessment.score_ids.line_ids
        self.assertEqual((line.numerator, line.denominator), (1, 2))
        self.assertTrue(assessment.is_running)
        self.compute(datetime(2025, 4, 2))
        line = assessment.score_ids.line_ids
        self.assertEqual((line.numerator, line.denominator), (1, 3))
        self.assertFalse(assessment.is_running)

    def test_a_running_period_is_not_published(self):
        # the quarter ends in Shanghai, eight hours before it does in UTC
        last, after = datetime(2025, 3, 31, 15, 59), datetime(2025, 3, 31, 16, 0)
        assessment = self.compute(last)
        self.assertRefused("runs until", assessment, last)
        self.assertRefused("Compute it again", assessment, after)
        self.compute(after)
        with freeze_time(after):
            assessment.action_publish()
        self.assertEqual(assessment.state, "published")
