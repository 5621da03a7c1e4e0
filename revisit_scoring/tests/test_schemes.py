# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..tools.terms import WHOLE
from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestSchemes(ScoringCommon):
    """G2, G3: drafts may be incomplete, active schemes may not."""

    def test_draft_with_wrong_weights_is_kept(self):
        scheme = self.create_scheme([("timeliness", 40)], active=False)
        self.assertEqual(scheme.total_weight, 40)

    def test_weights_must_add_up_on_activation(self):
        scheme = self.create_scheme([("timeliness", 40)], active=False)
        with self.assertRaisesRegex(ValidationError, "add up to 40 instead of 100"):
            scheme.action_activate()

    def test_bonus_weight_is_beside_the_hundred(self):
        scheme = self.create_scheme(
            [
                ("timeliness", 100),
                ("issues_reopened", 10, "event", {"is_bonus": True}),
            ]
        )
        self.assertEqual(scheme.total_weight, 100)

    def test_hole_between_grades_is_named(self):
        grades = [("A", 90, 110, 0), ("E", 0, 60, 0)]
        with self.assertRaisesRegex(ValidationError, "over 60 up to 90"):
            self.create_scheme([("timeliness", 100)], grades)

    def test_overlapping_grades_are_named(self):
        grades = [("A", 80, 110, 0), ("E", 0, 90, 0)]
        with self.assertRaisesRegex(
            ValidationError, "over 80 up to 90 is covered twice"
        ):
            self.create_scheme([("timeliness", 100)], grades)

    def test_grades_must_reach_the_bonus(self):
        grades = [("A", 60, 100, 0), ("E", 0, 60, 0)]
        with self.assertRaisesRegex(ValidationError, "over 100 up to 110"):
            self.create_scheme([("timeliness", 100)], grades)

    def test_grade_whose_bounds_are_reversed_is_named(self):
        grades = [("A", 60, 110, 0), ("E", 60, 0, 0)]
        with self.assertRaisesRegex(ValidationError, "not above its lower bound"):
            self.create_scheme([("timeliness", 100)], grades)

    def test_bands_of_a_rate_cover_it(self):
        bands = [Command.create({"lower": 0, "upper": 90, "points": 0})]
        with self.assertRaisesRegex(
            ValidationError, "bands of Timeliness leave a hole"
        ):
            self.create_scheme([("timeliness", 100, "bands", {"band_ids": bands})])

    def test_weights_move_between_rows_in_one_save(self):
        """Editing the whole scheme in the form is checked once, at its end."""
        scheme = self.create_scheme([("timeliness", 60), ("satisfaction", 40, "mean")])
        first, second = scheme.indicator_ids
        scheme.write(
            {
                "indicator_ids": [
                    Command.update(first.id, {"weight": 30}),
                    Command.update(second.id, {"weight": 70}),
                ]
            }
        )
        self.assertEqual(scheme.indicator_ids.mapped("weight"), [30, 70])

    def test_single_row_of_an_active_scheme_is_checked(self):
        scheme = self.create_scheme([("timeliness", 60), ("satisfaction", 40, "mean")])
        with self.assertRaises(ValidationError):
            scheme.indicator_ids[0].weight = 30
        with self.assertRaises(ValidationError):
            scheme.indicator_ids[0].unlink()
        with self.assertRaises(ValidationError):
            scheme.grade_ids[0].unlink()

    def test_context_of_the_whole_save_does_not_reach_the_computation(self):
        """Skipping the check of rows never lets a wrong scheme compute."""
        scheme = self.create_scheme([("timeliness", 100)])
        scheme.indicator_ids.with_context(revisit_scheme_whole=WHOLE).weight = 50
        with self.assertRaisesRegex(ValidationError, "add up to 50"):
            self.create_assessment(scheme)

    def test_metric_must_lead_to_the_subject(self):
        with self.assertRaisesRegex(Exception, "cannot be counted per Dealer"):
            self.create_scheme([("timeliness", 100)], subject_kind="dealer")

    def test_broken_metric_pauses_its_schemes(self):
        scheme = self.create_scheme([("timeliness", 100)])
        self.metric("timeliness").write({"date_field": "no_such_date"})
        self.assertTrue(self.metric("timeliness").broken)
        with self.assertRaisesRegex(ValidationError, "no longer works"):
            self.create_assessment(scheme)

    def test_mean_needs_a_value_between_0_and_100(self):
        with self.assertRaisesRegex(ValidationError, "without an upper end"):
            self.create_scheme([("callbacks_late", 100, "mean")])

    def test_wrong_subject_domain_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "cannot be read"):
            self.create_scheme(
                [("timeliness", 100)], subject_domain="[('nope', '=', 1)]"
            )

    def test_copy_is_a_draft(self):
        scheme = self.create_scheme([("timeliness", 100)])
        copy = scheme.copy()
        self.assertEqual((copy.state, len(copy.indicator_ids)), ("draft", 1))
        self.assertEqual(len(copy.grade_ids), 5)
