# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestAccessRights(ScoringCommon):
    """G11, K1, K3: who sees which score, and who may do what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls.create_employee(
            "agent.hu", "revisit_management.group_agent"
        )
        cls.supervisor = new_test_user(
            cls.env, "head.he", "revisit_management.group_supervisor"
        )
        cls.manager = new_test_user(
            cls.env, "manager.wu", "revisit_management.group_manager"
        )
        cls.reader = new_test_user(
            cls.env, "hr.reader", "revisit_scoring.group_hr_reader"
        )
        cls.officer = new_test_user(cls.env, "hr.officer", "hr.group_hr_user")
        cls.stranger = new_test_user(cls.env, "clerk.ma", "base.group_user")
        cls.dealer = cls.create_dealer("Dealer East")
        cls.rival = cls.create_dealer("Dealer West")
        cls.portal_user = new_test_user(
            cls.env, "dealer.east", "revisit_management.group_portal_dealer"
        )
        cls.portal_user.partner_id.parent_id = cls.dealer
        cls.team = cls.create_team(
            "Callback centre",
            manager_id=cls.supervisor.id,
            member_ids=[Command.set(cls.employee.user_id.ids)],
        )
        cls.create_callback(
            resp_employee_id=cls.employee.id,
            resp_team_id=cls.team.id,
            resp_dealer_id=cls.dealer.id,
            satisfaction=90,
        )
        cls.create_callback(
            resp_employee_id=cls.colleague.id,
            resp_dealer_id=cls.rival.id,
            satisfaction=70,
        )
        rows = [("satisfaction", 100, "mean")]
        cls.staff = cls.create_assessment(cls.create_scheme(rows))
        cls.teams = cls.create_assessment(
            cls.create_scheme(rows, subject_kind="team", name="Teams")
        )
        cls.dealers = cls.create_assessment(
            cls.create_scheme(rows, subject_kind="dealer", name="Dealers")
        )
        cls.all_runs = cls.staff | cls.teams | cls.dealers
        cls.all_runs.action_publish()

    def visible(self, user):
        Score = self.env["revisit.score"].with_user(user)
        return Score.search([("assessment_id", "in", self.all_runs.ids)])

    def names(self, user):
        return sorted(self.visible(user).mapped("subject_name"))

    def test_subjects_that_a_role_may_not_open(self):
        """K1: personnel read a unit's sheet; its record is refused in words."""
        score = self.teams.score_ids
        action = score.with_user(self.manager).action_open_subject()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("revisit.team", self.team.id)
        )
        with self.assertRaisesRegex(AccessError, "may not open Callback centre"):
            score.with_user(self.reader).action_open_subject()

    def test_employee_sees_only_their_own(self):
        self.assertEqual(self.names(self.employee.user_id), [self.employee.name])
        other = self.score_of(self.staff, self.colleague)
        with self.assertRaises(AccessError):
            other.with_user(self.employee.user_id).read(["total"])
        with self.assertRaises(AccessError):
            other.line_ids.with_user(self.employee.user_id).read(["points"])

    def test_own_sheet_is_readable_as_a_whole(self):
        score = self.visible(self.employee.user_id)
        self.assertIn("90", score.explanation)
        self.assertTrue(score.line_ids.explanation)
        fields = ["name", "value_text", "explanation", "numerator", "source_name"]
        self.assertTrue(score.line_ids.read(fields))

    def test_nobody_sees_what_is_not_published(self):
        scheme = self.create_scheme([("callback_rate", 100)], name="Draft")
        draft = self.create_assessment(scheme)
        users = (self.employee.user_id, self.supervisor, self.reader, self.officer)
        for user in users:
            scores = self.env["revisit.score"].with_user(user)
            found = scores.search([("assessment_id", "=", draft.id)])
            self.assertFalse(found, user.login)
            runs = self.env["revisit.assessment"].with_user(user)
            self.assertFalse(runs.search([("id", "=", draft.id)]), user.login)

    def test_supervisor_sees_their_unit(self):
        self.assertEqual(
            self.names(self.supervisor), sorted([self.employee.name, self.team.name])
        )

    def test_unit_above_sees_the_units_below(self):
        head = new_test_user(
            self.env, "region.head", "revisit_management.group_supervisor"
        )
        region = self.create_team("Region", kind="region", manager_id=head.id)
        self.assertFalse(self.names(head))
        self.team.parent_id = region
        self.assertIn(self.employee.name, self.names(head))

    def test_stranger_sees_nothing(self):
        self.assertFalse(self.names(self.stranger))

    def test_readers_and_managers_see_all(self):
        for user in (self.reader, self.officer, self.manager):
            self.assertEqual(len(self.names(user)), 5, user.login)

    def test_portal_dealer_sees_only_their_own(self):
        scores = self.visible(self.portal_user)
        self.assertEqual(scores.mapped("subject_name"), ["Dealer East"])
        self.assertTrue(scores.line_ids.read(["explanation", "points"]))
        rival = self.score_of(self.dealers, self.rival)
        with self.assertRaises(AccessError):
            rival.with_user(self.portal_user).read(["total"])
        with self.assertRaises(AccessError):
            rival.line_ids.with_user(self.portal_user).read(["points"])

    def test_ordinary_portal_user_has_no_scores(self):
        user = new_test_user(self.env, "portal.one", "base.group_portal")
        user.partner_id.parent_id = self.dealer
        with self.assertRaises(AccessError):
            self.visible(user)

    def test_only_managers_change_anything(self):
        """create, write, unlink refused per role."""
        run = self.create_assessment(
            self.create_scheme([("callback_rate", 100)], name="Open")
        )
        score = run.score_ids[0]
        users = (
            self.employee.user_id,
            self.supervisor,
            self.reader,
            self.officer,
            self.portal_user,
        )
        adjustment = {"score_id": score.id, "points": 1, "reason": "x"}
        for user in users:
            with self.subTest(user=user.login):
                env = self.env(user=user)
                for model in ("scheme", "indicator", "grade", "metric", "assessment"):
                    with self.assertRaises(AccessError):
                        env[f"revisit.{model}"].create({"name": "x"})
                with self.assertRaises(AccessError):
                    env["revisit.score.adjustment"].create(adjustment)
                with self.assertRaises(AccessError):
                    score.with_env(env).write({"adjustment_ids": []})
                with self.assertRaises(AccessError):
                    score.with_env(env).unlink()
                with self.assertRaises(AccessError):
                    run.with_env(env).unlink()
                with self.assertRaises(AccessError):
                    run.scheme_id.with_env(env).write({"name": "x"})

    def test_manager_runs_the_whole_thing(self):
        env = self.env(user=self.manager)
        scheme = self.create_scheme([("satisfaction", 100, "mean")], name="By manager")
        run = env["revisit.assessment"].create(
            {"scheme_id": scheme.id, "date_from": "2025-01-01"}
        )
        run.action_compute()
        score = run.score_ids[0]
        score.write(
            {"adjustment_ids": [Command.create({"points": 1, "reason": "Idea"})]}
        )
        self.assertEqual(score.adjustment_ids.user_id, self.manager)
        run.action_compute()
        run.action_review()
        run.action_publish()
        self.assertEqual(run.published_by_id, self.manager)
        self.assertTrue(run._is_intact())

    def test_evidence_rows_are_closed(self):
        for user in (self.employee.user_id, self.reader, self.portal_user):
            with self.assertRaises(AccessError):
                self.env["revisit.score.evidence"].with_user(user).search([])

    def test_employee_profile_shows_what_the_reader_may_see(self):
        """ODOO19 8: colleagues read hr.employee.public, not hr.employee."""
        public = self.env["hr.employee.public"]
        own = public.with_user(self.employee.user_id).browse(self.employee.id)
        self.assertEqual(own.revisit_score_total, 90)
        other = public.with_user(self.stranger).browse(self.employee.id)
        self.assertFalse(other.revisit_score_count)
        officer = self.employee.with_user(self.officer)
        self.assertEqual(officer.revisit_score_grade, "B")
        reading = own.read(["revisit_score_total", "revisit_score_grade"])
        self.assertEqual(reading[0]["revisit_score_grade"], "B")

    def test_dealer_and_unit_show_their_scores(self):
        self.assertEqual(self.dealer.with_user(self.reader).revisit_score_total, 90)
        self.assertFalse(self.dealer.with_user(self.stranger).revisit_score_count)
        self.assertEqual(self.team.with_user(self.supervisor).revisit_score_total, 90)

    def test_companies_are_apart(self):
        """K3: records, subjects and scores of two companies never mix."""
        other = self.env["res.company"].create({"name": "Second Company"})
        env = self.env(context={**self.env.context, "allowed_company_ids": [other.id]})
        employee = self.create_employee("agent.two", company_id=other.id)
        policy = env["revisit.policy"].create(
            {
                "name": "Second",
                "code": "second",
                "trigger_id": self.trigger.id,
                "company_id": other.id,
                "service_step": "sale",
            }
        )
        self.create_callback(
            company_id=other.id,
            policy_id=policy.id,
            resp_employee_id=employee.id,
            satisfaction=40,
        )
        scheme = self.create_scheme([("satisfaction", 100, "mean")], name="First")
        run = self.create_assessment(scheme)
        self.assertNotIn(employee.id, run.score_ids.mapped("subject_id"))
        second = self.create_scheme(
            [("satisfaction", 100, "mean")], name="Second", company_id=other.id
        )
        second_run = self.create_assessment(second)
        self.assertEqual(second_run.score_ids.mapped("subject_id"), [employee.id])
        self.assertEqual(second_run.company_id, other)
        second_run.action_publish()
        reader = self.env["revisit.score"].with_user(self.reader)
        self.assertNotIn(second_run.score_ids, reader.search([]))
        manager = self.env["revisit.scheme"].with_user(self.manager)
        self.assertNotIn(second, manager.search([]))
        with self.assertRaises(AccessError):
            second_run.with_user(self.manager).read(["name"])
