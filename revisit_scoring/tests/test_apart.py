# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestApart(ScoringCommon):
    """G7: what happened counts once by a scheme."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.create_scheme([("timeliness", 100)])
        cls.create_callback(resp_employee_id=cls.employee.id)
        cls.quarter = cls.create_assessment(cls.scheme)

    def test_overlapping_period_is_refused(self):
        """G7: neither a second assessment of some of the days, nor one moved there."""
        for dates in (
            {"date_from": "2025-01-02", "date_to": "2025-03-31"},
            {"date_from": "2024-12-01", "date_to": "2025-01-01"},
            {"date_from": "2024-01-01", "date_to": "2025-12-31"},
        ):
            with (
                self.subTest(dates=dates),
                self.assertRaisesRegex(ValidationError, "overlaps .*2025-Q1.* twice"),
                self.env.cr.savepoint(),
            ):
                self.create_assessment(self.scheme, compute=False, **dates)
        later = self.create_assessment(self.scheme, "2025-04-01", compute=False)
        with (
            self.assertRaisesRegex(ValidationError, "overlaps"),
            self.env.cr.savepoint(),
        ):
            later.date_from = "2025-03-31"

    def test_neighbours_and_other_schemes_are_free(self):
        """G7: the day after is another period, another scheme another question."""
        self.create_assessment(self.scheme, "2025-04-01")
        self.create_assessment(self.scheme, "2024-10-01")
        other = self.create_scheme([("callback_rate", 100)], name="Another")
        self.create_assessment(other)

    def test_old_overlap_is_told_before_it_is_published(self):
        """G7: two that overlapped before there was this rule."""
        twin = self.create_assessment(self.scheme, "2025-04-01")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE revisit_assessment SET date_from = '2025-03-01' WHERE id = %s",
                twin.id,
            )
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(ValidationError, "overlaps"):
            twin.action_publish()

    def test_late_record_is_taken_off_once_per_indicator(self):
        """G2: one late callback, one step."""
        scheme = self.create_scheme(
            [("callbacks_late", 100, "event", {"points_per_step": 5})], name="Late"
        )
        late = self.create_callback(
            resp_employee_id=self.employee.id, done_at="2025-02-20 03:00:00"
        )
        line = self.create_assessment(scheme).score_ids.line_ids
        self.assertEqual((line.numerator, line.points), (1, 95))
        self.assertEqual(line._count_evidence("which"), 1)
        self.assertFalse(late.is_on_time)

    def test_given_up_too_early_is_missed_not_late(self):
        """G1: neither made nor late; counted as never made."""
        subject = {"resp_employee_id": self.employee.id, "result": "not_reached"}
        given_up = self.create_callback(**subject)
        self.assertEqual(given_up.unmade_reason, "tries")
        for code, numerator in (
            ("callback_rate", 1),
            ("timeliness", 1),
            ("callbacks_late", 0),
            ("callbacks_missed", 1),
        ):
            rule = (
                "proportional" if code in ("callback_rate", "timeliness") else "event"
            )
            scheme = self.create_scheme(
                [(code, 100, rule, {"points_per_step": 1})], name=code
            )
            with self.subTest(code=code):
                line = self.create_assessment(scheme).score_ids.line_ids
                self.assertEqual((line.numerator, line.denominator), (numerator, 2))
