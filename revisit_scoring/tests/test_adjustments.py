# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..tools.evidence import MAX_IDS, unpack_ids
from .common import ScoringCommon


class AdjustedCommon(ScoringCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "score.manager", "revisit_management.group_manager"
        )
        cls.scheme = cls.create_scheme([("satisfaction", 100, "mean")])
        cls.create_callback(resp_employee_id=cls.employee.id, satisfaction=91)
        cls.assessment = cls.create_assessment(cls.scheme).with_user(cls.manager)
        cls.score = cls.assessment.score_ids

    def adjust(self, points, reason="Appeal", **values):
        return (
            self.env["revisit.score.adjustment"]
            .with_user(self.manager)
            .create(
                {
                    "score_id": self.score.id,
                    "points": points,
                    "reason": reason,
                    **values,
                }
            )
        )

    def get_notes(self):
        notes = self.score.sudo().message_ids.sorted("id").mapped("body")
        return [str(note) for note in notes]


@tagged("post_install", "-at_install")
class TestAdjustments(AdjustedCommon):
    """G7: within the scale, kept with both totals, taken back by an entry."""

    def test_points_stay_within_the_scale(self):
        """The scale ends at 100 and the bonus ceiling of 10."""
        for points in (1e300, 1000, -5000, 110.01, float("nan"), float("inf"), "nan"):
            with self.subTest(points=points):
                with self.assertRaisesRegex(
                    ValidationError, "from -110 to 110|more digits|is no number"
                ):
                    self.adjust(points)
        self.assertFalse(self.score.adjustment_ids)
        self.assertTotal(self.score, 91.0, "A")
        self.adjust(-91)
        self.assertTotal(self.score, 0.0, "E")

    def test_points_stay_within_the_scale_together(self):
        """G7: each entry moves the total by its points, and so does taking it back."""
        for points, after in ((-100, "-9"), (20, "111")):
            with self.assertRaisesRegex(ValidationError, f"make it {after}, beyond"):
                self.adjust(points)
        first = self.adjust(-60)
        with self.assertRaisesRegex(ValidationError, "has 31 points"):
            self.adjust(-60)
        second = self.adjust(79)
        self.assertTotal(self.score, 110.0, "A")
        with self.assertRaisesRegex(ValidationError, "take another adjustment back"):
            first.action_take_back("Withdrawn")
        second.action_take_back("Withdrawn")
        first.action_take_back("Withdrawn")
        self.assertRecordValues(
            self.score.adjustment_ids,
            [
                {"points": points, "total_before": before, "total_after": after}
                for points, before, after in (
                    (-60, 91, 31),
                    (79, 31, 110),
                    (-79, 110, 31),
                    (60, 31, 91),
                )
            ],
        )

    def test_both_totals_are_kept(self):
        self.score.write(
            {
                "adjustment_ids": [
                    Command.create({"points": -1.5, "reason": "Appeal"}),
                    Command.create({"points": 20.5, "reason": "Trained two"}),
                ]
            }
        )
        self.assertRecordValues(
            self.score.adjustment_ids,
            [
                {"total_before": 91, "total_after": 89.5, "user_id": self.manager.id},
                {"total_before": 89.5, "total_after": 110, "user_id": self.manager.id},
            ],
        )
        self.assertEqual(self.score.total, 110)

    def test_author_and_totals_are_not_chosen(self):
        for name, value in (
            ("user_id", self.env.ref("base.user_admin").id),
            ("date", "2001-01-01"),
            ("total_before", 1),
            ("total_after", 1),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.adjust(1, **{name: value})

    def test_an_entry_is_neither_changed_nor_deleted(self):
        entry = self.adjust(5)
        with self.assertRaisesRegex(UserError, "stays as it is"):
            entry.write({"points": 50})
        for records in (entry.sudo(), self.score.sudo()):
            with self.assertRaises(UserError):
                records.unlink()
        with self.assertRaises(UserError):
            self.score.write({"adjustment_ids": [Command.delete(entry.id)]})
        with self.assertRaises(UserError):
            self.score.write({"adjustment_ids": [Command.clear()]})
        self.assertEqual(entry.exists().points, 5)
        self.assertEqual(self.score.total, 96)

    def test_an_adjusted_assessment_is_not_deleted(self):
        """Else whoever adjusted would delete the trace with the whole run."""
        self.adjust(5)
        self.assessment.action_reset()
        with self.assertRaisesRegex(UserError, "adjustments"):
            self.assessment.unlink()

    def test_taking_back_is_an_entry_and_is_told(self):
        entry = self.adjust(1.5)
        wizard = self.env[entry.action_open_take_back()["res_model"]]
        form = Form(
            wizard.with_user(self.manager).with_context(default_adjustment_id=entry.id)
        )
        form.reason = "The appeal was withdrawn"
        form.save().action_apply()
        taken = self.score.adjustment_ids - entry
        self.assertRecordValues(
            taken,
            [
                {
                    "points": -1.5,
                    "reverses_id": entry.id,
                    "reason": "The appeal was withdrawn",
                    "total_before": 92.5,
                    "total_after": 91,
                }
            ],
        )
        self.assertTrue(entry.is_taken_back)
        self.assertTotal(self.score, 91.0, "A")
        made, back = self.get_notes()
        for text in (self.manager.name, "+1.50", "91.00 → 92.50", "Appeal"):
            self.assertIn(text, made)
        for text in ("taken back", "-1.50", "92.50 → 91.00", "was withdrawn"):
            self.assertIn(text, back)
        for wrong in (entry, taken):
            with self.assertRaisesRegex(UserError, "taken back already"):
                wrong.action_take_back("Once more")

    def test_taking_back_needs_a_reason_and_a_manager(self):
        entry = self.adjust(5)
        with self.assertRaisesRegex(UserError, "reason"):
            entry.action_take_back("  ")
        with self.assertRaises(AccessError):
            entry.with_user(self.employee.user_id).action_take_back("Mine")
        with self.assertRaisesRegex(ValidationError, "opposite points"):
            self.adjust(-50, reverses_id=entry.id)

    def test_manual_points_are_told_with_what_they_were(self):
        scheme = self.create_scheme(
            [("satisfaction", 90, "mean"), (None, 10, "manual", {"name": "Conduct"})],
            name="With manual points",
        )
        self.score = self.create_assessment(scheme).with_user(self.manager).score_ids
        line = self.score.line_ids.filtered("is_manual")
        line.write({"manual_points": 4, "manual_reason": "Late twice"})
        line.write({"manual_points": 9, "manual_reason": "Looked again"})
        first, second = self.get_notes()
        self.assertIn("- → 4", first)
        self.assertIn("4 → 9", second)
        self.assertIn("Looked again", second)


@tagged("post_install", "-at_install")
class TestSignOff(AdjustedCommon):
    """G7: published by its steps alone; what was published keeps its name."""

    def test_no_default_publishes_an_assessment(self):
        """The period would be taken for ever by numbers that nobody computed."""
        forged = {"default_state": "published", "default_content_hash": "x"}
        run = (
            self.env["revisit.assessment"]
            .with_user(self.manager)
            .with_context(**forged)
            .create({"scheme_id": self.scheme.id, "date_from": "2024-01-01"})
        )
        self.assertEqual((run.state, run.content_hash), ("draft", False))
        run.action_compute()

    def test_sign_off_and_definition_are_not_written(self):
        definition = self.assessment.definition
        for name, value in (
            ("reviewed_by_id", self.env.ref("base.user_admin").id),
            ("reviewed_at", "2026-01-01"),
            ("published_by_id", self.env.ref("base.user_admin").id),
            ("published_at", "2026-01-01"),
            ("definition", {**definition, "indicators": []}),
            ("definition", {"malformed": True}),
            ("rated_count", 99),
            ("content_hash", "x"),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.assessment.write({name: value})
        self.adjust(1)
        self.assessment.action_publish()
        self.assertEqual(self.assessment.definition, definition)
        self.assertEqual(self.assessment.reviewed_by_id, self.manager)
        self.assertTrue(self.assessment._is_intact())

    def test_renaming_a_scheme_renames_nothing_published(self):
        self.assessment.action_publish()
        other = self.create_assessment(self.scheme, "2025-04-01", compute=False)
        self.scheme.name = "Another name"
        self.assertEqual(self.score.scheme_name, "Callback staff")
        self.assertEqual(self.assessment.name, "Callback staff 2025-Q1")
        self.assertEqual(other.name, "Another name 2025-Q2")
        reader = new_test_user(
            self.env, "score.reader", "revisit_scoring.group_hr_reader"
        )
        rows = (
            self.env["revisit.score"]
            .with_user(reader)
            .get_appraisal_scores("2025-01-01", "2025-03-31")
        )
        self.assertEqual([row["scheme"] for row in rows], ["Callback staff"])

    def test_files_of_a_published_assessment_stay(self):
        files = self.env["ir.attachment"].with_user(self.manager)
        target = {"res_model": self.assessment._name, "res_id": self.assessment.id}
        kept = files.create({"name": "minutes.txt", "raw": b"agreed", **target})
        self.assessment.action_publish()
        self.assertEqual(
            self.assessment.sealed_files, [[kept.id, kept.sudo().checksum]]
        )
        on_score = {"res_model": "revisit.score", "res_id": self.score.id}
        for values in (target, on_score):
            with self.assertRaises(UserError):
                files.create({"name": "late.txt", "raw": b"late", **values})
        for file in (kept, kept.sudo()):
            with self.assertRaises(UserError):
                file.write({"raw": b"forged"})
            with self.assertRaises(UserError):
                file.unlink()
        self.assertEqual(kept.raw, b"agreed")

    def test_typed_ranges_of_ids_stay_small(self):
        """A range is cut before it is built, however often it is repeated."""
        with self.assertRaises(ValueError):
            unpack_ids("1-x")
        self.assertEqual(len(unpack_ids("1-4000000000000," * 1000)), MAX_IDS)
        self.assertEqual(unpack_ids("5-3"), [])
