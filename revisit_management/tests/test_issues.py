# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW, SECOND, ZONE, RevisitCommon, utc


class IssueCommon(RevisitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        departments = cls.env["hr.department"].create(
            [{"name": "R&D"}, {"name": "Production"}]
        )
        cls.rd, cls.production = departments
        cls.head = cls.make_user("revisit_head", "revisit_management.group_agent")
        cls.rd.manager_id = cls.make_employee(cls.head, cls.rd)
        cls.category = cls.make_category(
            "Product quality",
            department_id=cls.rd.id,
            co_department_ids=[Command.set(cls.production.ids)],
            deadline_ids=[
                Command.create(
                    {"severity": "low", "respond_hours": 24, "resolve_hours": 168}
                ),
                Command.create(
                    {"severity": "high", "respond_hours": 4, "resolve_hours": 72}
                ),
            ],
        )

    @classmethod
    def make_issue(cls, **values):
        return super().make_issue(**{"category_id": cls.category.id, **values})


@tagged("post_install", "-at_install")
class TestIssueRouting(IssueCommon):
    """D1, D2: who answers for an issue, and by when."""

    def test_what_was_worked_on_or_late_is_not_deleted(self):
        """D3: a late complaint does not leave a score without a word."""
        begun, late, fresh = (self.make_issue(name=name) for name in "abc")
        begun.action_acknowledge()
        late.sudo().respond_by = NOW - timedelta(hours=1)
        for issue in (begun, late):
            with self.subTest(issue=issue.name):
                self.assertRefused(
                    UserError, "it stays", issue.with_user(self.manager).unlink
                )
        fresh.with_user(self.manager).unlink()
        self.assertFalse(fresh.exists())

    def test_category_routes(self):
        """D2: product quality goes to R&D and production."""
        issue = self.make_issue()
        self.assertEqual(issue.department_id, self.rd)
        self.assertEqual(issue.co_department_ids, self.production)

    def test_owner_is_the_head_unless_the_category_names_one(self):
        """D2: nobody named: the head of the department."""
        self.assertEqual(self.make_issue().owner_id, self.head)
        self.category.owner_id = self.agent2
        self.assertEqual(self.make_issue().owner_id, self.agent2)

    def test_headless_department_leaves_the_owner_open(self):
        """D2: an issue without an owner is acknowledged by whoever takes it."""
        category = self.make_category(department_id=self.production.id)
        issue = self.make_issue(category_id=category.id)
        self.assertFalse(issue.owner_id)
        issue.with_user(self.manager).action_acknowledge()
        self.assertEqual(issue.owner_id, self.manager)

    def test_owner_answers_as_an_employee(self):
        """DESIGN 4: the owner's employee of the company is kept with the issue."""
        employee = self.head.employee_ids
        self.assertEqual(self.make_issue().resp_employee_id, employee)

    def test_owner_sees_the_issue(self):
        """D2, K1: nobody answers for what they cannot open, by no way of giving it."""
        hr = self.make_user("revisit_hr", "base.group_user,hr.group_hr_manager")
        values = {"owner_id": hr.id}
        given = self.make_issue(owner_id=self.agent.id).with_user(self.manager)
        for method in (
            lambda vals: self.make_issue(**vals),
            given.write,
            self.category.write,
        ):
            self.assertRefused(ValidationError, "role Agent", method, values)
            self.env.invalidate_all()
        self.rd.manager_id = self.make_employee(hr, self.rd)
        issue = self.make_issue()
        self.assertFalse(issue.owner_id)
        for user in (self.agent, self.supervisor, self.manager):
            issue.owner_id = user
            self.assertTrue(issue.with_user(user).has_access("write"))

    def test_routing_by_hand_stays(self):
        """D2: a person may route differently."""
        issue = self.make_issue(owner_id=self.agent.id)
        issue.severity = "high"
        self.assertEqual(issue.owner_id, self.agent)

    def test_issue_from_a_callback_knows_where_it_came_from(self):
        """C7, D1: raised in a callback, it carries what the callback knows."""
        callback = self.make_callback(
            user_id=self.agent.id,
            dealer_id=self.dealer_a.id,
            product_id=self.product.id,
        )
        context = callback.with_user(self.agent).action_raise_issue()["context"]
        issue = (
            self.env["revisit.issue"]
            .with_user(self.agent)
            .with_context(**context)
            .create({"name": "Rattles", "category_id": self.category.id})
        )
        self.assertRecordValues(
            issue,
            [
                {
                    "partner_id": self.customer.id,
                    "product_id": self.product.id,
                    "dealer_id": self.dealer_a.id,
                    "team_id": self.team.id,
                    "intake": "callback",
                    "state": "new",
                }
            ],
        )
        self.assertEqual(callback.issue_count, 1)

    def test_deadlines_elapsed(self):
        """D2, R appliance: the seeds' hours are elapsed, weekends included."""
        issue = self.make_issue(severity="low", registered_at=NOW)
        self.assertEqual(issue.respond_by, NOW + timedelta(hours=24))
        self.assertEqual(issue.resolve_by, NOW + timedelta(hours=168))

    def test_severity_falls_back_to_the_next_milder(self):
        """D2: a severity without a row of its own takes the nearest milder one."""
        for severity, hours in (
            ("low", 24),
            ("normal", 24),
            ("high", 4),
            ("critical", 4),
        ):
            issue = self.make_issue(severity=severity)
            self.assertEqual(issue.respond_by, NOW + timedelta(hours=hours), severity)
        self.category.deadline_ids.filtered(lambda d: d.severity == "low").unlink()
        self.assertFalse(self.make_issue(severity="normal").respond_by)

    def test_severity_moves_the_deadlines(self):
        """D2: an issue that turns out graver is due earlier."""
        issue = self.make_issue(severity="low")
        issue.severity = "high"
        self.assertEqual(issue.resolve_by, NOW + timedelta(hours=72))

    def make_working(self, respond, resolve):
        """Return an issue of Friday 16:00 that counts working hours (8-12, 13-17)."""
        category = self.make_category(
            deadline_ids=[
                Command.create(
                    {
                        "severity": "low",
                        "respond_hours": respond,
                        "resolve_hours": resolve,
                        "clock": "working",
                    }
                )
            ]
        )
        return self.make_issue(
            category_id=category.id, registered_at=utc(ZONE, 2026, 3, 6, 16)
        )

    def test_deadlines_in_working_time(self):
        """D2: working time skips the night, the lunch hour and the weekend."""
        issue = self.make_working(1, 3)
        self.assertEqual(issue.respond_by, utc(ZONE, 2026, 3, 6, 17))
        self.assertEqual(issue.resolve_by, utc(ZONE, 2026, 3, 9, 10))

    def test_working_time_respects_own_holidays_only(self):
        """DESIGN 1.7 b: another company's holiday moves no deadline."""
        other = self.make_company()
        for company, calendar in (
            (other, False),
            (self.company, self.company.resource_calendar_id.id),
        ):
            leave = (
                self.env["resource.calendar.leaves"]
                .with_company(company)
                .create(
                    {
                        "name": "Holiday",
                        "calendar_id": calendar,
                        "date_from": utc(ZONE, 2026, 3, 9),
                        "date_to": utc(ZONE, 2026, 3, 9, 23, 59, 59),
                    }
                )
            )
            self.assertEqual(leave.company_id, company)
            issue = self.make_working(1, 3)
            day = 9 if company == other else 10
            self.assertEqual(issue.resolve_by, utc(ZONE, 2026, 3, day, 10))

    def test_working_time_knows_make_up_days(self):
        """D2, DESIGN 1.7: deadlines use the same corrected days as the planner."""
        self.env["revisit.workday"].create(
            [
                {"date": "2026-03-07", "is_working": True},
                {"date": "2026-03-09", "is_working": False},
            ]
        )
        issue = self.make_working(1, 3)
        self.assertEqual(issue.respond_by, utc(ZONE, 2026, 3, 6, 17))
        self.assertEqual(issue.resolve_by, utc(ZONE, 2026, 3, 7, 10))
        issue = self.make_working(1, 10)
        self.assertEqual(issue.resolve_by, utc(ZONE, 2026, 3, 10, 9))

    @mute_logger("odoo.sql_db")
    def test_faulty_deadlines_are_refused(self):
        """D2: messages tell what to correct."""
        row = self.category.deadline_ids[:1]
        for values in (
            {"respond_hours": 0},
            {"respond_hours": 5, "resolve_hours": 4},
            {"respond_hours": -1},
        ):
            self.assertRefused(
                ValidationError,
                "the time to respond must be above 0 and not longer",
                row.write,
                values,
            )
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint():
            row.copy()
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestIssueStates(IssueCommon):
    """D3: from new to closed, and what is refused on the way."""

    def make_in_state(self, state):
        issue = self.make_issue(solution="New hinge", resolution="Hinge replaced")
        steps = {
            "new": (),
            "acknowledged": ("acknowledge",),
            "investigating": ("investigate",),
            "agreed": ("agree",),
            "resolved": ("resolve",),
            "confirmed": ("resolve", "confirm"),
            "closed": ("resolve", "confirm", "close"),
            "cancelled": ("cancel",),
        }
        for step in steps[state]:
            getattr(issue, f"action_{step}")()
        self.assertEqual(issue.state, state)
        return issue

    def test_steps_allowed_in_each_state(self):
        """D3: each state allows its steps and refuses the others."""
        working = {"new", "acknowledged", "investigating", "agreed"}
        allowed = {
            "investigate": {"new", "acknowledged"},
            "agree": {"new", "acknowledged", "investigating"},
            "resolve": working,
            "cancel": working,
            "confirm": {"resolved"},
            "reject": {"resolved", "confirmed"},
            "close": {"confirmed"},
        }
        states = [
            key for key, _label in self.env["revisit.issue"]._fields["state"].selection
        ]
        for step, wanted in allowed.items():
            for state in states:
                with self.subTest(step=step, state=state):
                    issue = self.make_in_state(state)
                    function = getattr(issue, f"action_{step}")
                    if state in wanted:
                        function()
                        self.assertNotEqual(issue.state, state)
                    else:
                        self.assertRaises(UserError, function)

    def test_acknowledging_stops_the_clock_of_the_answer(self):
        """D2: on time to the second of the deadline, late one second after it."""
        for shift, expected in ((timedelta(), True), (SECOND, False)):
            issue = self.make_issue(severity="high")
            with self.at(issue.respond_by + shift):
                issue.action_acknowledge()
                self.assertEqual(issue.is_respond_on_time, expected)
                self.assertEqual(issue.acknowledged_at, issue.respond_by + shift)

    def test_resolving_on_time(self):
        """D2: the solution's deadline, to the second."""
        for shift, expected in ((timedelta(), True), (SECOND, False)):
            issue = self.make_issue(severity="high")
            with self.at(issue.resolve_by + shift):
                issue.action_resolve("Repaired")
                self.assertEqual(issue.is_resolved_on_time, expected)

    def test_timing_shows_what_is_overdue(self):
        """D4: first the answer, then the solution runs late."""
        issue = self.make_issue(severity="high")
        self.assertEqual(issue.timing, "open")
        with self.at(issue.respond_by + SECOND):
            self.assertEqual(issue.timing, "respond_late")
            issue.action_acknowledge()
            self.assertEqual(issue.timing, "open")
        with self.at(issue.resolve_by + SECOND):
            self.assertEqual(issue.timing, "late")
            issue.action_resolve("Repaired")
            self.assertEqual(issue.timing, "done")

    def test_solution_is_written_down_first(self):
        """D3: agreeing needs the solution, resolving needs the result."""
        issue = self.make_issue()
        self.assertRefused(
            UserError, "write down the agreed solution first", issue.action_agree
        )
        for nothing in (None, "", "  "):
            self.assertRefused(
                UserError,
                "write down the result before",
                issue.action_resolve,
                nothing,
            )
        self.assertEqual(issue.state, "new")
        issue.action_resolve("Repaired")
        self.assertEqual((issue.state, issue.resolution), ("resolved", "Repaired"))
        self.assertEqual(issue.resolved_at, NOW)

    def test_closing_needs_the_customers_word(self):
        """D3: an issue closes when the customer has confirmed it."""
        issue = self.make_in_state("resolved")
        self.assertRefused(
            UserError, "the customer has not confirmed it yet", issue.action_close
        )
        anonymous = self.make_issue(is_anonymous=True, partner_id=False)
        anonymous.action_resolve("Repaired")
        anonymous.action_close()
        self.assertEqual(anonymous.state, "closed")

    def test_refusal_names_the_state(self):
        """D3: the message says which issue is in which state."""
        issue = self.make_in_state("closed")
        self.assertRefused(
            UserError,
            "It rattles is in the state Closed",
            issue.action_resolve,
            "Again",
        )


@tagged("post_install", "-at_install")
class TestWhoAnswers(IssueCommon):
    """D2, D3: what went wrong is not passed on with the work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls.make_employee(cls.agent)
        cls.theirs = cls.make_employee(cls.agent2)

    def make_own(self, **values):
        return self.make_issue(severity="high", owner_id=self.agent.id, **values)

    def assertCountsFor(self, issue, employee, giver=None):
        """Assert for whom it counts once the colleague owns it."""
        issue.with_user(giver or self.agent).owner_id = self.agent2
        self.env.flush_all()
        self.assertEqual(issue.owner_id, self.agent2)
        self.assertEqual(issue.resp_employee_id, employee)

    def test_work_in_time_goes_with_its_owner(self):
        """D2: neither new nor answered in time is it settled."""
        self.assertCountsFor(self.make_own(), self.theirs)
        answered = self.make_own()
        answered.with_user(self.agent).action_acknowledge()
        self.assertCountsFor(answered, self.theirs)

    def test_late_answer_stays(self):
        """D2: given on before or after the late answer, and by a supervisor, too."""
        for is_answered in (True, False):
            for giver in (self.agent, self.manager):
                with self.subTest(is_answered=is_answered, giver=giver.login):
                    issue = self.make_own()
                    with self.at(issue.respond_by + SECOND):
                        if is_answered:
                            issue.with_user(self.agent).action_acknowledge()
                        self.assertCountsFor(issue, self.mine, giver)
                        self.assertFalse(issue.is_respond_on_time)

    def test_late_solution_stays(self):
        """D2: with the answer in time."""
        issue = self.make_own()
        issue.with_user(self.agent).action_acknowledge()
        with self.at(issue.resolve_by + SECOND):
            self.assertCountsFor(issue, self.mine)

    def test_rejected_solution_stays(self):
        """D3: a solution with which the customer is not satisfied."""
        issue = self.make_own()
        issue.with_user(self.agent).action_resolve("Repaired")
        issue.action_reject()
        self.assertCountsFor(issue, self.mine)

    def test_what_counts_for_nobody_is_not_given_to_a_colleague(self):
        """D2: late without an owner: who takes it says so, or a supervisor does."""
        for user, is_given in (
            (self.agent2, False),
            (self.agent, True),
            (self.head, True),
        ):
            raised_in = self.make_callback(user_id=self.agent.id)
            issue = self.make_own(callback_id=raised_in.id)
            issue.sudo().owner_id = False
            self.head.employee_ids.user_id = False
            self.assertFalse(issue.resp_employee_id)
            giver = issue.with_user(self.agent)
            with self.at(issue.respond_by + SECOND), self.subTest(user=user.login):
                if is_given:
                    giver.owner_id = user
                else:
                    with self.assertRaises(AccessError):
                        giver.owner_id = user
                    issue.with_user(self.manager).owner_id = user
                    self.assertEqual(issue.resp_employee_id, self.theirs)

    def test_the_customer_judges_who_solved_it(self):
        """D5: the confirming callback names them, whoever has the issue by then."""
        policy = self.make_policy("issue_resolved", delay_min=0, delay_max=3)
        for solver in (self.agent, self.manager):
            issue = self.make_own()
            issue.with_user(solver).action_resolve("Repaired")
            self.assertCountsFor(issue, self.mine)
            self.assertEqual(issue.resolved_by_id, solver)
            self.plan()
            confirming = self.get_planned(issue, policy)
            self.assertEqual(
                confirming._get_subject("handler"),
                ("handler", "res.users", solver.id),
            )
            with self.assertRaises(AccessError):
                issue.with_user(self.manager).resolved_by_id = self.agent2


@tagged("post_install", "-at_install")
class TestConfirmingCallback(IssueCommon):
    """D5: a solution is confirmed by the customer, or it is none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(
            "issue_resolved", delay_min=0, delay_max=3, team_id=cls.team.id
        )

    def resolve(self, issue, text="Repaired"):
        issue.action_resolve(text)
        self.plan()
        return self.get_planned(issue, self.policy)

    def finish(self, callback, verdict, **measures):
        callback.action_take()
        callback.action_log_attempt("reached")
        callback.action_done(customer_confirmed=verdict, **measures)

    def test_resolution_plans_one_confirming_callback(self):
        """D5: one per resolution, however often planning runs."""
        issue = self.make_issue()
        self.plan()
        self.assertFalse(self.get_planned(issue, self.policy))
        callback = self.resolve(issue)
        self.assertEqual(len(callback), 1)
        self.assertEqual(callback.window_start, NOW)
        self.assertEqual(callback.window_end, utc(ZONE, 2026, 3, 14))
        self.assertEqual(callback.service_step, "complaint")
        self.plan()
        self.assertEqual(self.get_planned(issue, self.policy), callback)
        self.assertEqual(issue.confirming_count, 1)

    def test_yes_confirms(self):
        """D3, D5: the customer agrees; the agent needs no right on the issue."""
        issue = self.make_issue()
        callback = self.resolve(issue).with_user(self.agent)
        self.assertFalse(issue.with_user(self.agent).has_access("read"))
        self.finish(callback, "yes", satisfaction=90)
        self.assertEqual((issue.state, issue.confirmed_at), ("confirmed", NOW))
        self.assertIn(self.agent.name, issue.message_ids[0].body)
        self.plan()
        self.assertEqual(callback.state, "done")
        issue.action_close()

    def test_no_reopens_and_asks_again(self):
        """D3, D5: the customer disagrees; the next solution is confirmed anew."""
        issue = self.make_issue()
        first = self.resolve(issue)
        self.finish(first.with_user(self.agent), "no", feedback="Still rattles")
        self.assertRecordValues(
            issue,
            [
                {
                    "state": "investigating",
                    "reopen_count": 1,
                    "is_resolved": False,
                    "resolved_at": False,
                }
            ],
        )
        self.assertIn("Still rattles", issue.message_ids[0].body)
        self.plan()
        self.assertEqual(self.get_planned(issue, self.policy), first)
        self.resolve(issue, "Replaced")
        callbacks = self.get_planned(issue, self.policy)
        second = callbacks - first
        self.assertEqual(len(second), 1)
        self.assertEqual(callbacks.mapped("occasion"), ["", "1"])
        self.finish(second.with_user(self.agent), "yes")
        self.assertEqual(issue.state, "confirmed")

    def test_untouched_confirmation_is_withdrawn_with_the_solution(self):
        """B8, D3: an issue reopened by hand is not asked about meanwhile."""
        issue = self.make_issue()
        callback = self.resolve(issue)
        issue.action_reject()
        self.plan()
        self.assertEqual(callback.state, "cancelled")

    def test_rejected_after_confirmation_forgets_the_confirmation(self):
        """D3: an issue that is open again has not been confirmed."""
        issue = self.make_issue()
        issue.action_resolve("Repaired")
        issue.action_confirm()
        issue.action_reject()
        self.assertEqual((issue.state, issue.confirmed_at), ("investigating", False))

    def test_call_during_the_work_decides_nothing(self):
        """B2, D3: the first call after a complaint does not reopen a new issue."""
        policy = self.make_policy("issue_registered", delay_min=0, delay_max=2)
        for verdict, state in (("no", "new"), ("yes", "new")):
            issue = self.make_issue()
            self.plan()
            callback = self.get_planned(issue, policy)
            callback.team_id = self.team
            callback.with_user(self.agent).action_log_attempt("reached")
            wizard = (
                self.env["revisit.callback.finish"]
                .with_user(self.agent)
                .create({"callback_id": callback.id})
            )
            self.assertFalse(wizard.is_confirming)
            callback.with_user(self.agent).action_done(customer_confirmed=verdict)
            self.assertEqual((issue.state, issue.reopen_count), (state, 0))

    def test_dialog_asks_for_the_verdict(self):
        """D5: the dialog of a confirming callback asks whether it is solved."""
        issue = self.make_issue()
        callback = self.resolve(issue)
        wizard = self.env["revisit.callback.finish"].create(
            {"callback_id": callback.id}
        )
        self.assertTrue(wizard.is_confirming)

    def test_anonymous_issue_is_exempt(self):
        """D7: who gave no name is not called."""
        issue = self.make_issue(is_anonymous=True)
        self.assertFalse(self.resolve(issue))
        self.assertFalse(
            self.env["revisit.planning.skip"].search([("source_id", "=", issue.id)])
        )
