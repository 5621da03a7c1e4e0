# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime, timedelta

from odoo import fields
from odoo.modules.migration import load_script
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL
from odoo.tools.misc import file_path

from .common import ScoringCommon

# {rulebook: {indicator: (metric, whom its answers judge)}}; None: what is counted is
# no answer of a customer. "themselves": whoever the answer is about, in every role.
JUDGED = {
    "appliance": {
        "indicator_timeliness": ("timeliness", None),
        "indicator_satisfaction": ("satisfaction", "themselves"),
        "indicator_resolution": ("resolution_rate", None),
        "indicator_attitude": ("attitude_caller", "caller"),
        "indicator_late": ("issues_reopened", None),
        "indicator_response": ("issue_response", None),
        "indicator_handling": ("issue_handling", None),
        "indicator_effect": ("resolution_rate", None),
        "indicator_reopened": ("issues_reopened", None),
    },
    "dealer_csi": {
        "indicator_sale": ("hq_satisfaction_sale", "themselves"),
        "indicator_service": ("hq_satisfaction_service", "themselves"),
        "indicator_complaint": ("hq_satisfaction_complaint", "themselves"),
    },
    "five_grades": {},
}
PEOPLE = ("caller", "salesperson", "delivery_person", "technician", "handler", "shop")
FIGURES = {"satisfaction", "quality", "attitude", "efficiency", "nps"}


@tagged("post_install", "-at_install")
class TestRulebooksJudge(ScoringCommon):
    """G1, C6: whom each indicator of a shipped scheme judges, rulebook by rulebook."""

    def read_indicators(self, code):
        rulebook = self.env["revisit.rulebook"].action_install(code)
        found = {}
        for indicator in rulebook.scheme_ids.indicator_ids:
            (name,) = indicator.get_external_id().values()
            found[name.partition(f"_{code}_")[2]] = indicator
        return found

    def test_every_rulebook_with_a_scheme(self):
        """G1, R: a rulebook that ships a scheme is read here."""
        shipped = set()
        for code in self.env["revisit.rulebook"]._get_shipped_codes():
            if self.env["revisit.rulebook"].action_install(code).scheme_ids:
                shipped.add(code)
        self.assertEqual(shipped, set(JUDGED))

    def test_whom_each_indicator_judges(self):
        """G1: answers about the subject, or facts that it answers for."""
        for code, expected in JUDGED.items():
            indicators = self.read_indicators(code)
            self.assertEqual(set(indicators), set(expected), code)
            for name, (metric_code, judged) in expected.items():
                metric = indicators[name].metric_id
                with self.subTest(code=code, indicator=name):
                    self.assertEqual(metric.code, metric_code)
                    self.assertNotIn(metric.value_field, FIGURES)
                    is_answer = metric.model_name == "revisit.answer"
                    self.assertEqual(is_answer, bool(judged))
                    if judged == "themselves":
                        self.assertIn(
                            "'not in', ['callback'", metric.denominator_domain
                        )
                    elif judged:
                        self.assertIn(
                            f"('subject_kind', '=', '{judged}')",
                            metric.denominator_domain,
                        )

    def test_no_shipped_metric_reads_a_figure_of_the_callback(self):
        """G1: the five figures sum up a talk; they are nobody's score."""
        metrics = self.env["revisit.metric"].search([("value_field", "!=", False)])
        self.assertGreaterEqual(len(metrics), 17)
        models = {"account.move", "revisit.answer"}
        self.assertEqual(set(metrics.mapped("model_name")), models)

    def test_no_lateness_counts_twice(self):
        """G2: no shipped scheme takes off for one late callback by two indicators."""
        due = {"callback_rate", "timeliness", "callbacks_late", "callbacks_missed"}
        for code in JUDGED:
            rulebook = self.env["revisit.rulebook"].action_install(code)
            for scheme in rulebook.scheme_ids:
                codes = set(scheme.indicator_ids.metric_id.mapped("code"))
                with self.subTest(scheme=scheme.name):
                    self.assertLessEqual(len(codes & due), 1)


@tagged("post_install", "-at_install")
class TestBadMark(ScoringCommon):
    """G1: a bad mark counts for whom it judges alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.technician = cls.create_employee("technician.ma", "base.group_user")

    def talk(self, caller_mark, technician_mark):
        """Finish a callback after an installation as the agent; return it."""
        policy = self.env["revisit.policy"].search(
            [("code", "=", "appliance_installation"), ("rulebook_id", "!=", False)],
            limit=1,
        )
        now = fields.Datetime.now()
        callback = self.create_callback(
            policy_id=policy.id,
            service_step="installation",
            state="assigned",
            user_id=self.employee.user_id.id,
            resp_employee_id=self.employee.id,
            resp_team_id=self.create_team("Hotline").id,
            done_at=False,
            result=False,
            event_at=now - timedelta(days=3),
            window_start=now - timedelta(days=1),
            window_end=now - timedelta(minutes=1),
            subjects={"technician": ["hr.employee", self.technician.id]},
        )
        marks = {"caller": caller_mark, "technician": technician_mark}
        answers = {}
        for question in policy.survey_id._get_revisit_questions():
            if question.question_type == "scale" and question.subject_kind in marks:
                answers[question.id] = marks[question.subject_kind]
        self.assertEqual(len(answers), 2)
        mine = callback.with_user(self.employee.user_id)
        mine.action_log_attempt("reached")
        mine.action_done(answers=answers)
        # a period counts what is over
        callback.sudo().answer_ids.answered_at = now - timedelta(hours=1)
        return callback

    def test_technicians_bad_mark_leaves_the_caller_as_it_was(self):
        """G1, [000]: five callbacks, the last technician is a disaster."""
        rulebook = self.env["revisit.rulebook"].action_install("appliance")
        staff = rulebook.scheme_ids.filtered(lambda s: s.subject_kind == "employee")
        self.create_team("Unit", member_ids=self.employee.user_id.ids)
        for _number in range(5):
            self.talk(caller_mark=5, technician_mark=4)
        today = self.company._revisit_today()
        assessment = self.create_assessment(staff, date_from=today)
        before = self.score_of(assessment, self.employee)
        line = before.line_ids.filtered(
            lambda line: line.metric_id.code == "attitude_caller"
        )
        self.assertEqual((line.value, line.denominator), (100, 5))
        total = before.total
        self.talk(caller_mark=5, technician_mark=1)
        assessment.action_compute()
        self.assertEqual((line.value, line.denominator), (100, 6))
        self.assertEqual(self.score_of(assessment, self.employee).total, total)
        # nor does it help: the caller's own mark does count
        self.talk(caller_mark=1, technician_mark=5)
        assessment.action_compute()
        self.assertEqual(line.denominator, 7)
        self.assertLess(line.value, 90)

    def test_each_role_by_its_own_metric(self):
        """G1, C6: caller, salesperson, delivery person, technician, handler, shop."""
        callbacks = self.create_callbacks(len(PEOPLE))
        people = {}
        for number, kind in enumerate(PEOPLE):
            people[kind] = self.create_employee(f"somebody.{kind}", "base.group_user")
            self.create_answers(
                callbacks[number],
                "attitude",
                10.0 * (number + 1),
                subject_kind=kind,
                employee_id=people[kind].id,
            )
        for number, kind in enumerate(PEOPLE):
            scheme = self.create_scheme([(f"attitude_{kind}", 100, "mean")])
            with self.subTest(kind=kind):
                score = self.create_assessment(scheme).score_ids
                self.assertEqual(score.employee_id, people[kind])
                self.assertEqual(score.total, 10.0 * (number + 1))

    def test_service_as_a_whole_and_products_are_nobodys(self):
        """G1: what judges neither a person nor a dealer is left out, not unassigned."""
        callback = self.create_callback(resp_employee_id=self.employee.id)
        for kind in ("callback", "product"):
            self.create_answers(callback, "satisfaction", 1.0, subject_kind=kind)
            scheme = self.create_scheme([("satisfaction", 100, "mean")])
            assessment = self.create_assessment(scheme)
            self.assertFalse(assessment.score_ids)
            self.assertFalse(assessment.unassigned_count)
            callback.sudo().answer_ids.unlink()

    def test_dealer_unit_and_department_through_whom_is_judged(self):
        """G1, G12: dealers by answers about them; others through their people."""
        dealer, unit = self.create_dealer("East"), self.create_team("Hotline")
        department = self.env["hr.department"].create({"name": "Field Service"})
        # the callback counts for others altogether
        callbacks = self.create_callbacks(
            3,
            resp_dealer_id=self.create_dealer("West").id,
            resp_team_id=self.create_team("Other").id,
        )
        for callback, kind, values in zip(
            callbacks,
            ("dealer", "technician", "caller"),
            (
                {"dealer_id": dealer.id},
                {"department_id": department.id, "employee_id": self.employee.id},
                {"team_id": unit.id},
            ),
            strict=True,
        ):
            self.create_answers(callback, "attitude", 60.0, subject_kind=kind, **values)
        for kind, subject in (
            ("dealer", dealer),
            ("department", department),
            ("team", unit),
        ):
            scheme = self.create_scheme([("attitude", 100, "mean")], subject_kind=kind)
            with self.subTest(kind=kind):
                score = self.create_assessment(scheme).score_ids
                self.assertEqual(score.subject_id, subject.id)
                self.assertEqual((score.total, score.line_ids.denominator), (60, 1))

    def test_caller_brings_the_mark_to_their_unit(self):
        """G12: the unit whose callback it was answers for the manner of its callers."""
        self.env["revisit.rulebook"].action_install("appliance")
        callback = self.talk(caller_mark=5, technician_mark=1)
        by_kind = callback.sudo().answer_ids.grouped("subject_kind")
        self.assertEqual(callback.resp_team_id.name, "Hotline")
        self.assertEqual(by_kind["caller"].employee_id, self.employee)
        self.assertEqual(by_kind["caller"].team_id, callback.resp_team_id)
        self.assertEqual(by_kind["technician"].employee_id, self.technician)
        self.assertFalse(by_kind["technician"].team_id)

    def test_upgrade_names_the_units_of_callers(self):
        """K6, G12: those of answers given before, and what verifies judges the one
        before it."""
        self.env["revisit.rulebook"].action_install("appliance")
        first = self.talk(caller_mark=5, technician_mark=1)
        second = self.talk(caller_mark=4, technician_mark=1)
        answers = (first + second).sudo().answer_ids
        callers = answers.filtered(lambda answer: answer.subject_kind == "caller")
        self.assertEqual(len(callers), 2)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE revisit_callback
                      SET kind = 'verification', source_model = %s, source_id = %s
                    WHERE id = %s""",
                first.source_model,
                first.source_id,
                second.id,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE revisit_answer SET team_id = NULL WHERE id = ANY(%s)",
                answers.ids,
            )
        )
        path = file_path("revisit_management/migrations/19.0.1.8.0/post-units.py")
        load_script(path, "post_units").migrate(self.env.cr, "19.0.1.7.0")
        self.env.invalidate_all()
        self.assertEqual(callers.team_id, first.resp_team_id)
        self.assertEqual(callers.mapped("team_id.name"), ["Hotline"])

    def test_unlocking_tells_who_counted_the_answers(self):
        """C8, L4: the warning names the published score of whom the answer judges."""
        callback = self.create_callback()
        self.create_answers(
            callback,
            "attitude",
            40.0,
            subject_kind="technician",
            employee_id=self.technician.id,
        )
        scheme = self.create_scheme([("attitude_technician", 100, "mean")])
        assessment = self.create_assessment(scheme)
        assessment.action_publish()
        self.assertEqual(callback._get_counting(), assessment)

    def test_a_scheme_reads_the_answers_in_one_query(self):
        """G1: however many answers there are, one scan per population."""
        scheme = self.create_scheme(
            [("attitude_caller", 50, "mean"), ("satisfaction", 50, "mean")]
        )
        self.create_callbacks(
            3, resp_employee_id=self.employee.id, attitude=80, satisfaction=60
        )
        assessment = self.create_assessment(scheme)
        evidence = self.env["revisit.score.evidence"].search(
            [("assessment_id", "=", assessment.id)]
        )
        self.assertEqual(evidence.mapped("model_name"), ["revisit.answer"])
        self.assertEqual(evidence.record_count, 6)
        self.assertTotal(assessment.score_ids, 70.0, "D")

    def test_an_open_callbacks_answers_wait(self):
        """C6: what somebody said in a talk that goes on counts when it is over."""
        callback = self.create_callback(
            resp_employee_id=self.employee.id, state="in_progress", attitude=20
        )
        scheme = self.create_scheme([("attitude_caller", 100, "mean")])
        assessment = self.create_assessment(scheme)
        self.assertFalse(assessment.score_ids)
        callback.sudo().state = "done"
        assessment.action_compute()
        self.assertTotal(assessment.score_ids, 20.0, "E")


@tagged("post_install", "-at_install")
class TestUpgrade(ScoringCommon):
    """G1, L4: what shipped schemes use is migrated; what is published stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "manager.wu", "revisit_management.group_manager"
        )
        cls.old = {
            "model_name": "revisit.callback",
            "date_field": "done_at",
            "domain": "[('state', 'in', ['done', 'reviewed'])]",
            "denominator_domain": "[]",
            "value_field": "attitude",
            "employee_path": "resp_employee_id",
            "dealer_path": "resp_dealer_id",
            "team_path": "resp_team_id",
            "department_path": "resp_department_id",
        }
        cls.new = cls.metric("attitude").read(list(cls.old))[0]
        cls.metric("attitude").write(cls.old)

    def migrate(self):
        for name in ("pre-value_names", "post-answers"):
            path = f"revisit_scoring/migrations/19.0.1.5.0/{name}.py"
            script = load_script(file_path(path), f"migration_{name[:3]}")
            script.migrate(self.env.cr, "19.0.1.4.0")
        self.env.invalidate_all()

    def forget_names(self):
        """Take away what the version before did not have."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL("ALTER TABLE revisit_score_evidence DROP COLUMN value_names")
        )

    def test_metric_reads_answers_afterwards(self):
        """G1: as a new database has it."""
        self.migrate()
        after = self.metric("attitude").read(list(self.old))[0]
        self.assertEqual(after, self.new)
        self.assertFalse(self.metric("attitude").broken)

    def test_edited_metric_stays(self):
        """B0: the company's own definition is not overwritten."""
        self.metric("attitude").denominator_domain = "[('level', '=', 'hq')]"
        self.migrate()
        self.assertEqual(self.metric("attitude").model_name, "revisit.callback")

    def test_numerators_follow(self):
        """G1: what was given up too early is not made, in old databases, too."""
        metrics = {
            code: self.metric(code)
            for code in ("callback_rate", "callbacks_late", "callbacks_missed")
        }
        wanted = {code: metric.numerator_domain for code, metric in metrics.items()}
        metrics[
            "callback_rate"
        ].numerator_domain = "[('state', 'in', ['done', 'reviewed'])]"
        metrics[
            "callbacks_late"
        ].numerator_domain = (
            "[('state', 'in', ['done', 'reviewed']), ('is_on_time', '=', False)]"
        )
        metrics[
            "callbacks_missed"
        ].numerator_domain = "[('state', 'not in', ['done', 'reviewed'])]"
        self.migrate()
        for code, metric in metrics.items():
            self.assertEqual(metric.numerator_domain, wanted[code])

    def test_published_scores_keep_what_they_counted(self):
        """L4: number, list and seal are those of before; others are set back."""
        scheme = self.create_scheme([("attitude", 100, "mean")])
        callbacks = self.create_callbacks(
            2, resp_employee_id=self.employee.id, attitude=70
        )
        published = self.create_assessment(scheme)
        published.action_publish()
        self.create_callback(
            resp_employee_id=self.employee.id,
            done_at=datetime(2025, 5, 2),
            attitude=70,
        )
        computed = self.create_assessment(scheme, "2025-04-01")
        self.forget_names()
        self.migrate()
        self.assertEqual((published.state, computed.state), ("published", "draft"))
        self.assertTrue(published._is_intact())
        line = published.score_ids.line_ids
        self.assertEqual((line.value, line.denominator), (70, 2))
        action = line.with_user(self.manager).action_open_evidence()
        self.assertEqual(action["res_model"], "revisit.callback")
        records = self.env["revisit.callback"].search(action["domain"])
        self.assertEqual(records, callbacks)
        kept = self.env["revisit.score.record"].with_context(revisit_line_id=line.id)
        self.assertEqual(kept.search([]).mapped("value"), [70, 70])
