# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestAssessment(ScoringCommon):
    """G2-G8: from counted records to totals, grades and explanations."""

    def snapshot(self, assessment):
        return [
            (score.id, score.subject_id, score.total, score.grade_name, score.rank)
            + tuple(
                (
                    line.id,
                    line.numerator,
                    line.denominator,
                    line.points,
                    line.parts,
                    line.evidence_id,
                )
                for line in score.line_ids
            )
            for score in assessment.score_ids.sorted("id")
        ]

    def test_grade_edges_on_the_rounded_number(self):
        """G3: 90 is B, 90.01 is A, 60 is E, 60.01 is D."""
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        expected = {
            "90": (90.0, "B"),
            "90.01": (90.01, "A"),
            "80": (80.0, "C"),
            "70.01": (70.01, "C"),
            "60": (60.0, "E"),
            "60.01": (60.01, "D"),
            "0": (0.0, "E"),
            "100": (100.0, "A"),
        }
        employees = {}
        for number, value in enumerate(expected):
            employees[value] = self.env["hr.employee"].create({"name": f"No {number}"})
            self.create_callback(
                resp_employee_id=employees[value].id, satisfaction=float(value)
            )
        assessment = self.create_assessment(scheme)
        for value, (total, grade) in expected.items():
            self.assertTotal(self.score_of(assessment, employees[value]), total, grade)

    def test_mean_just_above_a_bound_is_rounded_first(self):
        """G3: a mean of 90.004 shows 90.00 and is a B; 90.005 shows 90.01, an A."""
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        other = self.env["hr.employee"].create({"name": "Other"})
        # 250 answers: 249 x 90 + 91 = 90.004; 200 answers: 199 x 90 + 91 = 90.005
        for employee, count in ((self.employee, 249), (other, 199)):
            self.create_callbacks(count, resp_employee_id=employee.id, satisfaction=90)
            self.create_callback(resp_employee_id=employee.id, satisfaction=91)
        assessment = self.create_assessment(scheme)
        self.assertTotal(self.score_of(assessment, self.employee), 90.0, "B")
        self.assertTotal(self.score_of(assessment, other), 90.01, "A")

    def test_dealer_formula_by_hand(self):
        """G6: (90 + 80) / 2 x 0.3 + (70 + 75 + 95) / 3 x 0.7 = 25.5 + 56 = 81.5."""
        east, west = self.create_dealer("East"), self.create_dealer("West")
        scheme = self.create_dealer_scheme()
        for value in (90, 80):
            self.create_callback(resp_dealer_id=east.id, satisfaction=value)
        for value in (70, 75, 95):
            self.create_callback(
                resp_dealer_id=east.id, satisfaction=value, service_step="service"
            )
        # what the dealer itself heard does not count
        self.create_callback(resp_dealer_id=east.id, satisfaction=100, level="dealer")
        # 85.55 x 0.3 + 62.35 x 0.7 = 25.665 + 43.645 = 69.31
        self.create_callback(resp_dealer_id=west.id, satisfaction=85.55)
        self.create_callback(
            resp_dealer_id=west.id, satisfaction=62.35, service_step="service"
        )
        assessment = self.create_assessment(scheme)
        self.assertTotal(self.score_of(assessment, east), 81.5)
        self.assertTotal(self.score_of(assessment, west), 69.31)
        self.assertEqual(self.score_of(assessment, east).rank, 1)
        self.assertEqual(self.score_of(assessment, west).rank, 2)

    def create_dealer_scheme(self, **values):
        return self.create_scheme(
            [
                ("hq_satisfaction_sale", 30, "mean"),
                ("hq_satisfaction_service", 70, "mean"),
            ],
            grades=[],
            subject_kind="dealer",
            **values,
        )

    def test_missing_part_of_the_formula_is_reweighted_and_said(self):
        east = self.create_dealer("East")
        self.create_callback(resp_dealer_id=east.id, satisfaction=80)
        score = self.create_assessment(self.create_dealer_scheme()).score_ids
        self.assertTotal(score, 80.0)
        sale, service = score.line_ids
        self.assertEqual((sale.maximum, service.maximum), (100, 0))
        self.assertIn("counts as 100 (30 of 30)", sale.explanation)
        self.assertIn("left out", service.explanation)

    def test_equal_totals_share_a_rank(self):
        """G6: 1, 1, 3; who is last of four is not third."""
        dealers = [self.create_dealer(name) for name in "ABCD"]
        for dealer, value in zip(dealers, (90, 80, 90, 70), strict=True):
            self.create_callback(resp_dealer_id=dealer.id, satisfaction=value)
        assessment = self.create_assessment(self.create_dealer_scheme())
        ranks = [self.score_of(assessment, dealer).rank for dealer in dealers]
        self.assertEqual(ranks, [1, 3, 1, 4])

    def test_empty_denominator_by_choice(self):
        """G1: never a division error, never a silent 0 or 100."""
        results = {"reweight": 100.0, "full": 100.0, "zero": 60.0}
        self.create_callback(resp_employee_id=self.employee.id)
        for when_empty, total in results.items():
            scheme = self.create_scheme(
                [
                    ("callback_rate", 60),
                    ("resolution_rate", 40, "proportional", {"when_empty": when_empty}),
                ],
                name=when_empty,
            )
            score = self.create_assessment(scheme).score_ids
            self.assertEqual(score.total, total, when_empty)
            line = score.line_ids[1]
            self.assertFalse(line.has_data)
            self.assertIn("No records in this period", line.explanation)

    def test_nobody_without_records_is_rated(self):
        scheme = self.create_scheme(
            [("callback_rate", 100)],
            include_empty=True,
            subject_domain=f"[('id', '=', {self.employee.id})]",
        )
        score = self.create_assessment(scheme).score_ids
        self.assertFalse(score.rated)
        self.assertEqual(score.unrated_reason, "no_data")
        self.assertFalse(score.grade_id)
        self.assertFalse(score.rank)
        self.assertIn("Not rated", score.explanation)

    def test_small_sample_has_no_grade_but_keeps_its_number(self):
        """L6: below a set number of answers, the row says why it is not rated."""
        scheme = self.create_scheme([("satisfaction", 100, "mean")], min_count=3)
        self.create_callbacks(2, resp_employee_id=self.employee.id, satisfaction=95)
        score = self.create_assessment(scheme).score_ids
        self.assertTotal(score, 95.0)
        self.assertEqual(
            (score.unrated_reason, score.sample_count), ("small_sample", 2)
        )
        self.assertEqual(
            score.explanation.splitlines()[-1],
            "Not rated: Satisfaction counts 2, and the scheme asks for at least 3. The"
            " number is shown, but brings no grade and no rank.",
        )

    def test_no_answers_at_all_is_a_small_sample_too(self):
        """L6: one solved issue does not make who called nobody the best."""
        scheme = self.create_scheme(
            [
                ("timeliness", 50),
                ("resolution_rate", 50, "proportional", {"is_guarded": False}),
            ],
            min_count=3,
        )
        busy = self.create_employee("agent.busy")
        self.create_callbacks(3, resp_employee_id=busy.id)
        self.create_issue(owner_id=self.employee.user_id.id, state="resolved")
        assessment = self.create_assessment(scheme)
        score = self.score_of(assessment, self.employee)
        self.assertTotal(score, 100.0)
        self.assertFalse(score.rank)
        self.assertEqual(
            (score.rated, score.unrated_reason, score.sample_count),
            (False, "small_sample", 0),
        )
        self.assertIn("Timeliness counts 0", score.explanation)
        self.assertIn("asks for at least 3", score.line_ids[0].explanation)
        # no guard on issues: who had none is rated by the callbacks alone
        score = self.score_of(assessment, busy)
        self.assertTotal(score, 100.0, "A")
        self.assertEqual((score.rank, score.is_small_sample), (1, False))

    def test_mean_of_many_leaves_out_who_has_nothing(self):
        """A total of nobody's records is empty: lists show no mean with zeros."""
        idle = self.create_employee("agent.idle")
        scheme = self.create_scheme(
            [("satisfaction", 100, "mean")],
            include_empty=True,
            subject_domain=f"[('id', 'in', {[idle.id, self.employee.id]})]",
        )
        self.create_callback(resp_employee_id=self.employee.id, satisfaction=80)
        assessment = self.create_assessment(scheme)
        self.assertEqual(assessment.score_count, 2)
        ((mean,),) = self.env["revisit.score"]._read_group(
            [("assessment_id", "=", assessment.id)], aggregates=["total:avg"]
        )
        self.assertEqual(mean, 80)

    def test_small_sample_with_a_mark_has_no_grade(self):
        """L6: the mark stands beside figure and rank, as dealer_csi has it."""
        scheme = self.create_scheme(
            [("satisfaction", 100, "mean")], min_count=3, small_sample="mark"
        )
        self.create_callbacks(2, resp_employee_id=self.employee.id, satisfaction=95)
        busy = self.create_employee("agent.busy")
        self.create_callbacks(3, resp_employee_id=busy.id, satisfaction=85)
        assessment = self.create_assessment(scheme)
        score = self.score_of(assessment, self.employee)
        self.assertTotal(score, 95.0)
        self.assertEqual((score.rated, score.is_small_sample), (True, True))
        self.assertEqual(score.rank, 1)
        self.assertIn("shown with this mark, but brings no grade", score.explanation)
        self.assertEqual(self.score_of(assessment, busy).rank, 2)
        self.assertEqual(assessment.rated_count, 1)

    def test_small_sample_never_holds_back_points_per_event(self):
        """L6: the guard never blocks a per-event penalty."""
        scheme = self.create_scheme(
            [("callbacks_late", 100, "event", {"points_per_step": 5})], min_count=10
        )
        self.create_callback(
            resp_employee_id=self.employee.id, done_at=datetime(2025, 2, 20)
        )
        self.assertTotal(self.create_assessment(scheme).score_ids, 95.0, "A")

    def test_computing_again_gives_the_same(self):
        """G7: same rows, same numbers; a second run replaces nothing else."""
        scheme = self.create_scheme([("timeliness", 60), ("satisfaction", 40, "mean")])
        self.create_callbacks(3, resp_employee_id=self.employee.id, satisfaction=77)
        assessment = self.create_assessment(scheme)
        before = self.snapshot(assessment)
        assessment.action_compute()
        self.assertEqual(self.snapshot(assessment), before)
        count = self.env["revisit.score.evidence"].search_count(
            [("assessment_id", "=", assessment.id)]
        )
        # one for callbacks, one for answers
        self.assertEqual(count, 2)

    def test_computing_again_follows_changed_records(self):
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        callback = self.create_callback(
            resp_employee_id=self.employee.id, satisfaction=70
        )
        assessment = self.create_assessment(scheme)
        callback.satisfaction = 91
        assessment.action_compute()
        self.assertTotal(assessment.score_ids, 91.0, "A")

    def test_subject_without_records_any_more_leaves(self):
        scheme = self.create_scheme([("callback_rate", 100)])
        callback = self.create_callback(resp_employee_id=self.employee.id)
        assessment = self.create_assessment(scheme)
        callback.resp_employee_id = False
        assessment.action_compute()
        self.assertFalse(assessment.score_ids)
        self.assertEqual(assessment.unassigned_count, 1)
        evidence = self.env["revisit.score.evidence"]
        self.assertFalse(evidence.search([("assessment_id", "=", assessment.id)]))

    def test_record_of_two_dates_is_kept_once(self):
        """A callback due in the period and made later counts for one metric only."""
        scheme = self.create_scheme([("timeliness", 50), ("success_rate", 50)])
        values = {"resp_employee_id": self.employee.id}
        self.create_callbacks(2, **values)
        self.create_callback(done_at=datetime(2025, 4, 2), **values)
        self.create_callback(
            window_start=datetime(2025, 4, 1),
            window_end=datetime(2025, 4, 9),
            done_at=datetime(2025, 3, 9),
            **values,
        )
        self.create_callback(done_at=datetime(2025, 3, 9), resp_employee_id=False)
        assessment = self.create_assessment(scheme)
        timeliness, success = assessment.score_ids.line_ids
        self.assertEqual((timeliness.denominator, success.denominator), (3, 3))
        self.assertEqual(timeliness._count_evidence("counted"), 3)
        evidence = self.env["revisit.score.evidence"].search(
            [("assessment_id", "=", assessment.id)]
        )
        self.assertEqual(evidence.record_count, 4)
        self.assertEqual(assessment.unassigned_count, 1)

    def test_scores_open_published_and_by_scheme_and_period(self):
        """Means of one scheme and period only; the newest ones come first."""
        action = self.env.ref("revisit_scoring.revisit_score_action")
        self.assertIn("search_default_published", action.context)
        self.assertIn("search_default_group_assessment", action.context)
        view = self.env.ref("revisit_scoring.revisit_score_view_list")
        self.assertNotIn("avg=", view.arch)
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        for day in (datetime(2025, 2, 2), datetime(2024, 11, 2)):
            self.create_callback(
                resp_employee_id=self.employee.id, satisfaction=80, done_at=day
            )
        later = self.create_assessment(scheme)
        earlier = self.create_assessment(scheme, "2024-10-01")
        groups = self.env["revisit.score"].web_read_group(
            [("scheme_id", "=", scheme.id)], ["assessment_id"], ["total:avg"]
        )["groups"]
        self.assertEqual(
            [group["assessment_id"][0] for group in groups], [later.id, earlier.id]
        )

    def test_adjustment_survives_and_stays_visible(self):
        """G7: who, when, why; the total follows."""
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        self.create_callback(resp_employee_id=self.employee.id, satisfaction=91)
        assessment = self.create_assessment(scheme)
        score = assessment.score_ids
        score.write(
            {"adjustment_ids": [Command.create({"points": -1.5, "reason": "Appeal"})]}
        )
        self.assertTotal(score, 89.5, "B")
        assessment.action_compute()
        self.assertTotal(score, 89.5, "B")
        self.assertEqual(score.adjustment_ids.user_id, self.env.user)
        self.assertEqual(
            score.explanation, "89.5 = 91 - 1.5 (Appeal)\n91 = 91 (Satisfaction)"
        )
        score.adjustment_ids.action_take_back("The appeal was withdrawn")
        self.assertTotal(score, 91.0, "A")

    def test_adjustment_needs_a_reason(self):
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        self.create_callback(resp_employee_id=self.employee.id, satisfaction=91)
        score = self.create_assessment(scheme).score_ids
        with self.assertRaisesRegex(ValidationError, "points other than 0"):
            score.adjustment_ids.create(
                {"score_id": score.id, "points": 2, "reason": "  "}
            )

    def test_explanation_in_plain_words_adds_up(self):
        """L5: 87 = 90 - 3 (2 x ...)."""
        scheme = self.create_scheme(
            [
                ("callback_rate", 80),
                ("callbacks_late", 20, "event", {"points_per_step": 1.5}),
            ]
        )
        self.create_callbacks(6, resp_employee_id=self.employee.id)
        self.create_callbacks(
            2, resp_employee_id=self.employee.id, done_at=datetime(2025, 2, 20)
        )
        self.create_callbacks(
            2, resp_employee_id=self.employee.id, state="assigned", done_at=False
        )
        score = self.create_assessment(scheme).score_ids
        self.assertEqual(
            score.explanation,
            "81 = 84 - 3 (2 × Callbacks Finished Late)\n"
            "84 = 64 (Callback Rate) + 20 (Callbacks Finished Late before deductions)",
        )
        self.assertEqual(
            score.line_ids[0].explanation,
            "8 of 10: 80%. Below the target 100%: 80 / 100 × 80 = 64 of 80 points.",
        )
        self.assertEqual(
            score.line_ids[1].explanation,
            "2 among 10 records. 1.5 off for each: 20 - 2 × 1.5 = 17 of 20 points.",
        )

    def test_explanation_in_the_readers_language(self):
        """L5: no sentence is stored; names are kept in every language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        scheme = self.create_scheme([("callback_rate", 100)])
        scheme.indicator_ids.with_context(lang="zh_CN").name = "回访率"
        self.create_callback(resp_employee_id=self.employee.id)
        line = self.create_assessment(scheme).score_ids.line_ids
        self.assertEqual(line.name, "Callback Rate")
        self.assertEqual(line.with_context(lang="zh_CN").name, "回访率")

    def test_manual_indicator_waits_for_its_assessor(self):
        """G2: given by a person, with a reason, before the review."""
        scheme = self.create_scheme(
            [("satisfaction", 80, "mean"), (None, 20, "manual", {"name": "Procedure"})]
        )
        self.create_callback(resp_employee_id=self.employee.id, satisfaction=90)
        assessment = self.create_assessment(scheme)
        line = assessment.score_ids.line_ids[1]
        self.assertTrue(line.is_pending)
        with self.assertRaisesRegex(UserError, "1 lines whose points"):
            assessment.action_publish()
        with self.assertRaisesRegex(UserError, "between 0 and 20"):
            line.write({"manual_points": 21, "manual_reason": "Good"})
        with self.assertRaisesRegex(UserError, "Give the reason"):
            line.write({"manual_points": 15})
        line.write({"manual_points": 15, "manual_reason": "Three spot checks"})
        self.assertTotal(assessment.score_ids, 87.0, "B")
        self.assertIn("Three spot checks", line.explanation)
        assessment.action_compute()
        self.assertTotal(assessment.score_ids, 87.0, "B")
        assessment.action_publish()
        self.assertEqual(assessment.state, "published")

    def test_counted_lines_are_not_entered_by_hand(self):
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        self.create_callback(resp_employee_id=self.employee.id, satisfaction=90)
        score = self.create_assessment(scheme).score_ids
        with self.assertRaisesRegex(UserError, "counted from records"):
            score.line_ids.write({"manual_points": 5, "manual_reason": "x"})
        with self.assertRaisesRegex(UserError, "Only the points of manual"):
            score.line_ids.write({"points": 5})
        with self.assertRaisesRegex(UserError, "Add an adjustment"):
            score.write({"total": 100})

    def test_trend_against_the_previous_published_score(self):
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        self.create_callback(
            resp_employee_id=self.employee.id,
            satisfaction=80,
            window_start=datetime(2024, 11, 1),
            window_end=datetime(2024, 11, 4),
            done_at=datetime(2024, 11, 2),
        )
        self.create_callback(resp_employee_id=self.employee.id, satisfaction=86)
        earlier = self.create_assessment(scheme, "2024-10-01")
        later = self.create_assessment(scheme)
        self.assertFalse(later.score_ids.previous_id)
        earlier.action_publish()
        later.action_publish()
        self.assertEqual(later.score_ids.previous_id, earlier.score_ids)
        self.assertEqual(later.score_ids.delta, 6)
        self.assertEqual(self.employee.revisit_score_trend, "up")
        self.assertEqual(self.employee.revisit_score_total, 86)
        self.assertEqual(self.employee.revisit_score_grade, "B")
        self.assertEqual(self.employee.revisit_score_count, 2)

    def test_one_assessment_per_scheme_and_period(self):
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        first = self.create_assessment(scheme, compute=False)
        self.assertEqual(str(first.date_to), "2025-03-31")
        self.assertEqual(first.name, "Callback staff 2025-Q1")
        self.assertEqual(scheme._get_assessment(first.date_from, first.date_to), first)

    def test_states_in_order_only(self):
        """G7: each step says which state it needs."""
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        assessment = self.create_assessment(scheme, compute=False)
        steps = {
            "action_review": ("computed",),
            "action_publish": ("computed", "reviewed"),
            "action_close": ("published",),
            "action_reset": ("computed", "reviewed"),
            "action_compute": ("draft", "computed"),
            "action_verify": ("published", "closed"),
        }
        path = [
            None,
            "action_compute",
            "action_review",
            "action_publish",
            "action_close",
        ]
        for step in path:
            if step:
                getattr(assessment, step)()
            for action, states in steps.items():
                if assessment.state not in states:
                    with self.assertRaisesRegex(UserError, "This step is for"):
                        getattr(assessment, action)()
        self.assertEqual(assessment.state, "closed")

    def test_state_is_not_written_by_hand(self):
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        assessment = self.create_assessment(scheme)
        with self.assertRaisesRegex(UserError, "changes by its buttons"):
            assessment.write({"state": "published"})
        with self.assertRaisesRegex(UserError, "back to draft"):
            assessment.write({"date_from": "2025-04-01"})
        with self.assertRaisesRegex(UserError, "is a draft"):
            assessment.create({"scheme_id": scheme.id, "state": "published"})

    def test_reset_only_before_publishing(self):
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        assessment = self.create_assessment(scheme)
        assessment.action_review()
        assessment.action_reset()
        self.assertEqual(assessment.state, "draft")
        self.assertFalse(assessment.reviewed_by_id)

    def test_region_by_complaints(self):
        """G6: regions the same, over headquarters' callbacks after complaints."""
        region = self.create_team("North", kind="region")
        dealer = self.create_dealer("Dealer North")
        self.create_team(
            "Dealer unit", kind="dealer", dealer_id=dealer.id, parent_id=region.id
        )
        self.assertEqual(dealer.revisit_region_id, region)
        for value in (70, 90):
            self.create_callback(
                resp_dealer_id=dealer.id, service_step="complaint", satisfaction=value
            )
        scheme = self.create_scheme(
            [("hq_satisfaction_complaint", 100, "mean")],
            subject_kind="team",
            subject_domain="[('kind', '=', 'region')]",
        )
        score = self.create_assessment(scheme).score_ids
        self.assertEqual(score.team_id, region)
        self.assertTotal(score, 80.0, "C")

    def test_department_by_its_issues(self):
        """G12: departments follow the same engine."""
        department = self.env["hr.department"].create({"name": "After Sales"})
        for state in ("resolved", "new"):
            self.create_issue(department_id=department.id, state=state)
        scheme = self.create_scheme(
            [("resolution_rate", 100)], subject_kind="department"
        )
        score = self.create_assessment(scheme).score_ids
        self.assertEqual(score.department_id, department)
        self.assertTotal(score, 50.0, "E")
        self.assertFalse(department.revisit_score_count)
        score.assessment_id.action_publish()
        department.invalidate_recordset()
        self.assertEqual(department.revisit_score_total, 50)

    def test_quarter_of_all_active_schemes_is_published(self):
        """For demo data and jobs: every whole period inside a range."""
        self.create_scheme([("satisfaction", 100, "mean")], period="month")
        self.create_scheme([("satisfaction", 100, "mean")], period="year")
        self.create_scheme([("satisfaction", 100, "mean")], active=False)
        self.create_callback(resp_employee_id=self.employee.id, satisfaction=90)
        assessments = self.env["revisit.scheme"]._assess_range(
            "2025-01-01", "2025-03-31", publish=True
        )
        ours = assessments.filtered(lambda run: run.scheme_id.name == "Callback staff")
        self.assertEqual(len(ours), 3)
        self.assertEqual(set(ours.mapped("state")), {"published"})

    def test_scheduled_job_prepares_ended_periods_once(self):
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        late = self.create_scheme(
            [("satisfaction", 100, "mean")], name="New", active=False
        )
        late.action_activate()
        with self.enter_registry_test_mode():
            for _run in range(2):
                self.env.ref(
                    "revisit_scoring.revisit_scheme_cron_prepare"
                ).method_direct_trigger()
        self.assertEqual(scheme.assessment_ids.state, "computed")
        self.assertLess(
            scheme.assessment_ids.date_to, scheme.company_id._get_score_today()
        )
        self.assertFalse(late.assessment_ids)

    def test_refused_to_who_is_no_manager(self):
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        assessment = self.create_assessment(scheme)
        reader = new_test_user(self.env, "hr.reader", "revisit_scoring.group_hr_reader")
        for action in ("action_compute", "action_review", "action_publish"):
            with self.assertRaisesRegex(Exception, "Only callback managers"):
                getattr(assessment.with_user(reader), action)()
