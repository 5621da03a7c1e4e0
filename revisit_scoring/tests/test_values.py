# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import ScoringCommon

# what adds up to something; everything else that is stored as a number does not
COUNTED = {
    ("res.company", "*"),  # never listed by groups
    ("res.partner", "household_count"),
    ("revisit.archive", "*"),
    *(
        ("revisit.analysis", name)
        for name in (
            "adopted_count",
            "answer_count",
            "due_count",
            "issue_count",
            "item_count",
            "made_count",
            "on_time_count",
            "reached_count",
            "resolved_count",
            "resolved_on_time_count",
        )
    ),
    ("revisit.archive.line", "quantity"),
    ("revisit.assessment", "*"),
    ("revisit.attempt", "duration"),
    ("revisit.attempt", "wrap_up"),
    ("revisit.best.hour", "answered"),
    ("revisit.best.hour", "tries"),
    ("revisit.callback", "attempt_count"),
    ("revisit.callback", "roles_asked"),
    ("revisit.callback", "roles_reached"),
    ("revisit.customer.status", "color"),
    ("revisit.draw", "drawn_count"),
    ("revisit.draw", "population"),
    ("revisit.indicator", "weight"),
    ("revisit.issue", "reopen_count"),
    ("revisit.knowledge", "used_count"),
    ("revisit.plan.progress", "*"),
    ("revisit.planner.slot", "shard"),
    ("revisit.policy.channel", "position_from"),
    ("revisit.result", "invoiced_amount"),
    ("revisit.rulebook", "*"),
    ("revisit.run", "*"),
    ("revisit.score.adjustment", "points"),
    ("revisit.score.evidence", "record_count"),
    ("revisit.score.line", "denominator"),
    ("revisit.score.line", "numerator"),
    ("revisit.script", "duration"),
    ("revisit.team", "*"),
}
# answers: each row is one, so that their mean is the right one
ANSWERED = {
    ("revisit.callback", name)
    for name in (
        "satisfaction",
        "quality",
        "attitude",
        "efficiency",
        "nps",
        "return_rate",
        "arrival_delay",
    )
} | {
    ("revisit.answer", "value"),
    # each archive is one, so that their mean is the filer's or dealer's
    ("revisit.archive", "completeness"),
    ("revisit.score.record", "value"),
    # weighed by its answers, see the model
    ("revisit.analysis", "satisfaction"),
}


@tagged("post_install", "-at_install")
class TestValues(ScoringCommon):
    """G8, K7: numbers in groups are the right ones; values from outside are read."""

    def test_no_group_averages_averages(self):
        """G8: 100 of one answer and 50 of three are no 75."""
        other = self.create_employee("agent.wang", "revisit_management.group_agent")
        self.create_callback(resp_employee_id=self.employee.id, satisfaction=100)
        self.create_callbacks(3, resp_employee_id=other.id, satisfaction=50)
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        assessment = self.create_assessment(scheme)
        self.assertEqual(sorted(assessment.score_ids.mapped("total")), [50, 100])
        for model in ("revisit.score", "revisit.score.line"):
            group = self.env[model].web_read_group(
                [("assessment_id", "=", assessment.id)], ["assessment_id"]
            )["groups"][0]
            self.assertNotIn(75, group.values())
        lines = self.env["revisit.score.line"].formatted_read_group(
            [("assessment_id", "=", assessment.id)],
            ["indicator_id"],
            ["numerator:sum", "denominator:sum"],
        )
        self.assertEqual(
            lines[0]["numerator:sum"] / lines[0]["denominator:sum"], 62.5, "the mean"
        )

    def test_every_number_in_groups_adds_up(self):
        """G8: whoever adds a number says whether groups may add or average it."""
        for name, model in self.env.items():
            if model._transient or model._abstract:
                continue
            for field in model._fields.values():
                if (
                    field.store
                    and field.type in ("float", "integer", "monetary")
                    and field._module in ("revisit_management", "revisit_scoring")
                    and field.aggregator
                    and field.name != "sequence"
                ):
                    key = (name, field.name)
                    with self.subTest(key=key):
                        if field.aggregator == "avg":
                            self.assertIn(key, ANSWERED)
                        else:
                            self.assertTrue({key, (name, "*")} & COUNTED)

    def test_days_and_employees_of_programs(self):
        """G11: days with the year first; everything else a sentence."""
        scores = self.env["revisit.score"]
        self.assertEqual(scores.get_appraisal_scores("2026/01/01", "2026-03-31"), [])
        self.assertEqual(scores.get_appraisal_scores(date(2026, 1, 1), "20260331"), [])
        for wrong in (
            {"date_from": "01/02/2026"},
            {"date_from": "2026-01-01T00:00:00Z"},
            {"date_to": 20260331},
            {"date_to": "soon"},
            {"employee_ids": 5},
            {"employee_ids": ["5"]},
            {"employee_ids": [2**40]},
            {"employee_ids": {"a": 1}},
        ):
            arguments = {"date_from": "2026-01-01", "date_to": "2026-03-31", **wrong}
            with self.subTest(wrong=wrong), self.assertRaises(ValidationError) as error:
                scores.get_appraisal_scores(**arguments)
            self.assertIn(next(iter(wrong)), str(error.exception))
        with self.assertRaisesRegex(UserError, "swap them"):
            scores.get_appraisal_scores("2026-03-31", "2026-01-01")

    def test_scores_of_merged_dealers(self):
        """A4, G6: scores follow; where both have one, each stays as published."""
        kept, merged = self.create_dealer("Kept"), self.create_dealer("Merged")
        scheme = self.create_scheme(
            [("satisfaction", 100, "mean")], subject_kind="dealer"
        )
        self.create_callback(resp_dealer_id=kept.id, satisfaction=90)
        self.create_callback(resp_dealer_id=merged.id, satisfaction=70)
        both = self.create_assessment(scheme)
        later = {"done_at": "2025-05-02 03:00:00", "window_start": "2025-05-01"}
        later.update(window_end="2025-05-04", event_at="2025-05-01")
        self.create_callback(resp_dealer_id=merged.id, satisfaction=80, **later)
        alone = self.create_assessment(scheme, "2025-04-01")
        for assessment in (both, alone):
            assessment.action_publish()
        before = {score: score.total for score in both.score_ids + alone.score_ids}
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([kept.id, merged.id], kept)
        self.env.invalidate_all()
        scores = both.score_ids + alone.score_ids
        self.assertEqual({score: score.total for score in scores}, before)
        self.assertEqual(scores.dealer_id, kept)
        self.assertEqual(alone.score_ids.mapped("subject_id"), kept.ids)
        own = both.score_ids.filtered(lambda score: score.subject_id == kept.id)
        self.assertEqual(own.total, 90)
