# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import NOW, SECOND, RevisitCommon
from .test_issues import IssueCommon

DAY = timedelta(days=1)


class ByHandCase(IssueCommon):
    """Issues of the agent's, in the supervisor's unit, and callbacks about them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.confirming = cls.make_policy(
            "issue_resolved", delay_min=0, delay_max=3, team_id=cls.team.id
        )
        cls.far_manager = cls.make_user(
            "revisit_far_manager", "revisit_management.group_supervisor"
        )
        cls.far_unit = cls.make_team("Far", manager=cls.far_manager)

    def make_own(self, **values):
        return self.make_issue(
            owner_id=self.agent.id, team_id=self.team.id, severity="low", **values
        )

    def solve(self, issue, text="Repaired"):
        issue.with_user(self.agent).action_resolve(text)
        self.plan()
        return self.get_planned(issue, self.confirming)[-1:]

    def make_complaint_policy(self, **values):
        return self.make_policy(
            "issue_registered",
            delay_min=0,
            delay_max=2,
            domain="[('intake_kind', '=', 'complaint')]",
            **values,
        )

    def plan_both(self):
        """Run both planners; return what they changed."""
        changed = 0
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            counts = self.plan()
            changed += counts["updated"] + counts["cancelled"]
        return changed

    def assertBlamed(self, callback, user, reason):
        """Assert that a cancelled callback says why, and its trace by whom."""
        self.assertEqual(
            (callback.state, callback.cancel_reason), ("cancelled", "source")
        )
        for text in (user.name, reason):
            self.assertIn(text, callback.cancel_note)
        trace = callback.sudo().trace_ids.filtered(lambda t: t.field_name == "state")
        self.assertEqual(trace.user_id, user)


@tagged("post_install", "-at_install")
class TestSettledIssues(ByHandCase):
    """B8, D5: a callback is not rescued, or removed, through its issue."""

    def test_late_confirmation_outlives_the_next_solution(self):
        """D5: rejected and solved again, it stays; the new solution has its own."""
        issue = self.make_own()
        late = self.solve(issue)
        values = late.read(["state", "window_end", "event_at", "user_id"])
        with self.at(late.window_end + SECOND):
            issue.with_user(self.supervisor).action_reject("He told me in the store")
            self.assertFalse(self.plan_both())
        with self.at(late.window_end + DAY):
            issue.with_user(self.agent).action_resolve("Replaced")
            self.assertFalse(self.plan_both())
        self.assertEqual(
            late.read(["state", "window_end", "event_at", "user_id"]), values
        )
        both = self.get_planned(issue, self.confirming)
        self.assertEqual(both.mapped("occasion"), ["", "1"])
        self.assertGreater((both - late).window_start, late.window_end)

    def test_nothing_takes_a_late_callback_away(self):
        """B8: neither kind, category, severity, customer nor cancellation."""
        policy = self.make_complaint_policy(team_id=self.team.id)
        policy.domain = (
            "[('intake_kind', '=', 'complaint'), ('severity', '=', 'low'),"
            f" ('category_id', '=', {self.category.id})]"
        )
        other, elsewhere = self.make_category(), self.make_customer("Other")
        issues = [self.make_own(name=str(number)) for number in range(6)]
        self.plan()
        late = self.get_planned(self.env["revisit.issue"].union(*issues), policy)
        self.assertEqual(len(late), 6)
        values = late.read(["state", "window_end", "partner_id"])
        with self.at(late[0].window_end + SECOND):
            kind, category, severity, customer, anonymous, cancelled = issues
            kind.with_user(self.supervisor).intake_kind = "request"
            step = category.with_user(self.supervisor)
            step.action_reclassify("Other", category_id=other.id)
            step = severity.with_user(self.supervisor)
            step.action_reclassify("Worse", severity="high")
            customer.with_user(self.supervisor).partner_id = elsewhere
            anonymous.with_user(self.supervisor).is_anonymous = True
            cancelled.sudo().respond_by = cancelled.sudo().resolve_by = False
            cancelled.with_user(self.supervisor).action_cancel("Registered twice")
            self.assertFalse(self.plan_both())
            self.assertEqual(late.read(["state", "window_end", "partner_id"]), values)
            for issue in issues[1:5]:
                mine = issue.with_user(self.agent)
                self.assertRaises(AccessError, mine.write, {"intake_kind": "request"})

    def test_while_it_is_due_supervisors_say_why(self):
        """B8: and the callback shows who changed what, and the reason."""
        policy = self.make_complaint_policy(team_id=self.far_unit.id)
        issue = self.make_own()
        self.plan()
        callback = self.get_planned(issue, policy)
        values = {"intake_kind": "request"}
        self.assertRefused(
            AccessError,
            "Only supervisors change",
            issue.with_user(self.agent).write,
            values,
        )
        for user in (self.supervisor, self.manager):
            self.assertRefused(
                UserError, "Correct Registration", issue.with_user(user).write, values
            )
        # the daily work goes on
        issue.with_user(self.agent).write(
            {"product_id": self.product.id, "owner_id": self.agent2.id}
        )
        context = issue.with_user(self.supervisor).action_open_reclassify()["context"]
        wizards = self.env["revisit.issue.reclassify"].with_user(self.supervisor)
        form = Form(wizards.with_context(**context))
        self.assertEqual(form.intake_kind, "complaint")
        form.intake_kind, form.reason = "request", "She only asked"
        form.save().action_apply()
        self.assertEqual(issue.intake_kind, "request")
        self.assertBlamed(callback, self.supervisor, "She only asked")
        self.assertIn("intake_kind", callback.sudo().trace_ids.mapped("field_name"))
        self.assertFalse(self.plan_both())

    def test_another_condition_is_traced_on_the_callback(self):
        """B8: what a company's own policy asks for."""
        policy = self.make_complaint_policy(team_id=self.team.id)
        policy.domain = f"[('team_id', '=', {self.team.id})]"
        issue = self.make_own()
        self.plan()
        callback = self.get_planned(issue, policy)
        issue.with_user(self.manager).team_id = self.far_unit
        trace = callback.sudo().trace_ids
        self.assertEqual(
            (trace.field_name, trace.part, trace.user_id),
            ("team_id", issue.name, self.manager),
        )

    def test_taken_back_by_a_second_correction(self):
        """B8: a callback that is asked for again keeps no reason to be cancelled."""
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            policy = self.make_complaint_policy(team_id=self.team.id)
            issue = self.make_own()
            self.plan()
            callback = self.get_planned(issue, policy)
            step = issue.with_user(self.supervisor)
            step.action_reclassify("She only asked", intake_kind="request")
            self.assertEqual(callback.state, "cancelled")
            step.action_reclassify("She did complain", intake_kind="complaint")
            self.plan()
            self.assertEqual((callback.state, callback.cancel_note), ("planned", False))

    def test_what_is_registered_later_is_known_later(self):
        """B2: late for nobody; but steps that follow make nothing known later."""
        policy = self.make_complaint_policy(team_id=self.team.id)
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            early = self.make_own(registered_at=NOW - 9 * DAY)
            late = self.make_own(registered_at=NOW - 9 * DAY)
            self.env.cr.execute(
                "UPDATE revisit_issue SET create_date = %s WHERE id = %s",
                [NOW, late.id],
            )
            late.invalidate_recordset(["create_date"])
            early.with_user(self.agent).action_acknowledge()
            self.plan()
            for issue, expected in ((early, False), (late, True)):
                callback = self.get_planned(issue, policy)
                self.assertEqual(callback.is_known_too_late, expected)

    def test_unknown_facts_are_refused(self):
        """D3: a correction takes no other field."""
        step = self.make_own().with_user(self.supervisor)
        self.assertRefused(
            UserError,
            "is not corrected here",
            step.action_reclassify,
            "Because",
            state="closed",
        )


@tagged("post_install", "-at_install")
class TestCancelledIssues(ByHandCase):
    """D3, G1: what is cancelled says why, and what was late is not."""

    def test_reason_stays_on_the_issue_and_on_its_callbacks(self):
        """D3: those of other units, too; the dialog asks for it."""
        policy = self.make_complaint_policy(team_id=self.far_unit.id)
        issue = self.make_own()
        self.plan()
        callback = self.get_planned(issue, policy)
        step = issue.with_user(self.supervisor)
        self.assertFalse(callback.with_user(self.supervisor).has_access("read"))
        self.assertRaises(
            AccessError, issue.with_user(self.agent).action_cancel, "Because"
        )
        for nothing in (None, " "):
            self.assertRefused(UserError, "say why", step.action_cancel, nothing)
        action = step.action_open_cancel()
        dialogs = self.env[action["res_model"]].with_user(self.supervisor)
        form = Form(dialogs.with_context(**action["context"]))
        form.reason = "Registered twice"
        form.save().action_apply()
        self.assertEqual(
            (issue.state, issue.cancel_note), ("cancelled", "Registered twice")
        )
        trace = issue.sudo().trace_ids.filtered(lambda t: t.field_name == "cancel_note")
        self.assertEqual(trace.user_id, self.supervisor)
        self.assertBlamed(callback, self.supervisor, "Registered twice")

    def test_what_was_late_is_not_cancelled(self):
        """G1: answer or solution overdue, or not to the customer's satisfaction."""
        unanswered, unsolved, reopened = (self.make_own() for _number in range(3))
        unsolved.with_user(self.agent).action_acknowledge()
        reopened.with_user(self.agent).action_resolve("Repaired")
        reopened.with_user(self.supervisor).action_reject("He told me")
        for issue, moment in (
            (unanswered, unanswered.respond_by + SECOND),
            (unsolved, unsolved.resolve_by + SECOND),
            (reopened, NOW),
        ):
            for user in (self.supervisor, self.manager):
                with self.at(moment), self.subTest(moment=moment, user=user.login):
                    self.assertRefused(
                        UserError,
                        "that counts",
                        issue.with_user(user).action_cancel,
                        "Registered twice",
                    )

    def test_an_issue_with_a_callback_is_not_deleted(self):
        """D3: a callback does not vanish without a word."""
        policy = self.make_complaint_policy(team_id=self.team.id)
        issue = self.make_own()
        self.plan()
        self.assertTrue(self.get_planned(issue, policy))
        self.assertRefused(
            UserError, "Cancel the issue", issue.with_user(self.manager).unlink
        )

    def test_what_was_late_is_not_moved_to_another_unit(self):
        """G1: by a supervisor who does not lead it; what is in time is."""
        late, fresh = self.make_own(), self.make_own()
        vals = {"team_id": self.far_unit.id}
        fresh.with_user(self.supervisor).write(vals)
        with self.at(late.respond_by + SECOND):
            self.assertRefused(
                AccessError, "Unit", late.with_user(self.supervisor).write, vals
            )
            late.with_user(self.manager).write(vals)


@tagged("post_install", "-at_install")
class TestWhoDecides(ByHandCase):
    """D3, L8: nobody answers for others, or judges their own work."""

    def get_registered(self):
        """Return an issue as its registrar sees it; it is owned by the agent."""
        issue = (
            self.env["revisit.issue"]
            .with_user(self.agent2)
            .create(
                {
                    "name": "It rattles",
                    "partner_id": self.customer.id,
                    "category_id": self.category.id,
                    "owner_id": self.agent.id,
                    "solution": "A new hinge",
                    "resolution": "A new hinge",
                }
            )
        )
        issue.sudo().team_id = self.team
        return issue

    def test_who_registers_does_not_answer_for_the_owner(self):
        """D2: *Responded on Time* and *Solved on Time* count for the owner."""
        issue = self.get_registered()
        for step in ("acknowledge", "investigate", "agree", "resolve"):
            with self.subTest(step=step):
                self.assertRefused(
                    AccessError,
                    "it counts for them",
                    getattr(issue, f"action_{step}"),
                )
        self.assertFalse(issue.acknowledged_at or issue.resolved_at)
        issue.with_user(self.agent).action_resolve()
        self.assertTrue(issue.is_resolved_on_time)

    def test_colleagues_and_supervisors_help_out(self):
        """D2: of the department, its manager, the unit's supervisor, and a taker."""
        registered = self.get_registered()
        self.make_employee(self.agent2, self.rd)
        # whoever has registered it for somebody else does not answer in their name
        self.assertRefused(
            AccessError, "it counts for them", registered.action_acknowledge
        )
        for user in (self.head, self.supervisor, self.manager):
            issue = self.make_own()
            issue.with_user(user).action_resolve("Repaired")
            self.assertEqual(issue.resolved_by_id, user)
        nobodys = self.get_registered()
        nobodys.sudo().owner_id = False
        nobodys.action_acknowledge()
        self.assertEqual(nobodys.owner_id, self.agent2)

    def test_nobody_lets_themselves_in(self):
        """D2: one's own department is asked for help by whom the issue belongs to."""
        issue, own = (
            self.get_registered(),
            self.env["hr.department"].create({"name": "Own"}),
        )
        self.make_employee(self.agent2, own)
        for vals in (
            {"co_department_ids": [Command.link(own.id)]},
            {"department_id": own.id},
        ):
            with self.subTest(vals=vals):
                self.assertRefused(AccessError, "", issue.write, vals)
        issue.with_user(self.agent).co_department_ids = own

    def test_owner_does_not_spare_themselves_the_verdict(self):
        """D3, D7: anonymous, reply only or without a customer by somebody else."""
        for vals in ({"is_anonymous": True}, {"partner_id": False}):
            issue = self.make_own()
            issue.sudo().owner_id = self.supervisor
            with self.subTest(vals=vals):
                self.assertRefused(
                    AccessError,
                    "is your own",
                    issue.with_user(self.supervisor).action_reclassify,
                    "Found out",
                    **vals,
                )
                issue.with_user(self.manager).action_reclassify("Found out", **vals)

    def test_issue_that_is_nearly_late_is_not_passed_on(self):
        """D2, G1: a colleague who gets it has time to answer."""
        issue = self.make_own()
        self.make_employee(self.agent2)
        far_off, soon = NOW + timedelta(hours=2), NOW + timedelta(minutes=5)
        for respond_by, refused in ((soon, True), (far_off, False)):
            issue.sudo().write({"respond_by": respond_by, "resolve_by": NOW + 9 * DAY})
            with self.subTest(respond_by=respond_by):
                give = issue.with_user(self.agent).write
                if refused:
                    self.assertRefused(
                        AccessError, "", give, {"owner_id": self.agent2.id}
                    )
                else:
                    give({"owner_id": self.agent2.id})

    def test_verdict_by_hand(self):
        """L8: with a reason, by a supervisor who has not worked on it."""
        for step, state in (("confirm", "confirmed"), ("reject", "investigating")):
            issue = self.get_registered()
            issue.with_user(self.agent).action_resolve()
            for user in (self.agent, self.agent2, self.head):
                with self.subTest(step=step, user=user.login):
                    self.assertRefused(
                        AccessError,
                        "Only supervisors record",
                        getattr(issue.with_user(user), f"action_{step}"),
                        "He told me",
                    )
            as_supervisor = issue.with_user(self.supervisor)
            self.assertRefused(
                UserError, "say why", getattr(as_supervisor, f"action_{step}")
            )
            action = getattr(as_supervisor, f"action_open_{step}")()
            dialogs = self.env[action["res_model"]].with_user(self.supervisor)
            form = Form(dialogs.with_context(**action["context"]))
            form.reason = "He told me"
            form.save().action_apply()
            self.assertEqual((issue.state, issue.verdict_note), (state, "He told me"))
            traces = issue.sudo().trace_ids
            trace = traces.filtered(lambda t: t.field_name == "verdict_note")
            self.assertEqual(trace.user_id, self.supervisor)

    def test_supervisors_do_not_judge_themselves(self):
        """L8: neither as owner nor as solver; a manager does."""
        owned = self.make_own()
        owned.owner_id = self.supervisor
        owned.with_user(self.head).action_resolve("Repaired")
        solved = self.make_own()
        solved.with_user(self.supervisor).action_resolve("Repaired")
        for issue in (owned, solved):
            self.assertRefused(
                AccessError,
                "another supervisor",
                issue.with_user(self.supervisor).action_confirm,
                "He told me",
            )
            issue.with_user(self.manager).action_confirm("He told me")

    def test_rejection_while_it_is_due_says_why(self):
        """D5: the confirming callback is withdrawn at once, with name and reason."""
        issue = self.make_own()
        callback = self.solve(issue)
        issue.with_user(self.supervisor).action_reject("He told me")
        self.assertBlamed(callback, self.supervisor, "He told me")

    def test_a_rejecting_customer_needs_no_reason(self):
        """D5: in a callback; a note about an earlier verdict by hand goes."""
        issue = self.make_own()
        self.solve(issue)
        issue.with_user(self.supervisor).action_reject("He told me")
        second = self.solve(issue, "Replaced").with_user(self.agent)
        second.action_take()
        second.action_log_attempt("reached")
        second.action_done(customer_confirmed="no")
        self.assertEqual(
            (issue.state, issue.reopen_count, issue.verdict_note),
            ("investigating", 2, False),
        )


@tagged("post_install", "-at_install")
class TestPassingOn(RevisitCommon):
    """G1, K1: nobody makes another unit late by giving work away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.far_agent = cls.make_user("far_agent", "revisit_management.group_agent")
        cls.far_unit = cls.make_team("Far", members=cls.far_agent)
        cls.below = cls.make_team(
            "Below", members=cls.make_user("below", "revisit_management.group_agent")
        )
        cls.below.parent_id = cls.team
        cls.moves = (
            {"team_id": cls.far_unit.id},
            {"user_id": cls.far_agent.id},
            {"user_id": cls.far_agent.id, "team_id": cls.far_unit.id},
        )

    def make_due(self, end, **values):
        return self.make_callback(
            user_id=self.agent.id,
            event_at=NOW - 9 * DAY,
            window_start=NOW - 9 * DAY,
            window_end=end,
            **values,
        )

    def test_heads_and_people_without_a_unit_are_somebody_else(self):
        """K1: whoever it would count for has time left, or a manager decides."""
        head = self.make_user("far_head", "revisit_management.group_supervisor")
        self.far_unit.manager_id = head
        alone = self.make_user("alone", "revisit_management.group_agent")
        for user in (head, alone):
            callback = self.make_due(NOW + timedelta(seconds=25))
            with self.subTest(user=user.login):
                self.assertRefused(
                    UserError,
                    "would count for another unit",
                    callback.with_user(self.supervisor).write,
                    {"user_id": user.id},
                )
                callback.with_user(self.manager).user_id = user

    def test_late_and_due_work_stays_in_the_unit(self):
        """K1: unit, agent or both; a manager may."""
        today = self.company._revisit_today()
        self.assertEqual(today.isoformat(), "2026-03-10")
        for end in (NOW - SECOND, NOW + timedelta(seconds=25), NOW + DAY * 0.9):
            for vals in self.moves:
                callback = self.make_due(end)
                with self.subTest(end=end, vals=vals):
                    self.assertRefused(
                        UserError,
                        "would count for another unit",
                        callback.with_user(self.supervisor).write,
                        vals,
                    )
                    callback.with_user(self.manager).write(vals)
        callback = self.make_due(NOW + timedelta(seconds=25))
        callback.with_user(self.supervisor).write(
            {"team_id": self.below.id, "user_id": self.below.member_ids.id}
        )
        self.assertEqual(callback.resp_team_id, self.below)

    def test_friday_evening_is_no_fair_time(self):
        """K1: a window that ends before the next working hours."""
        friday = NOW + 3 * DAY
        callback = self.make_due(friday + 2 * DAY)
        with self.at(friday):
            self.assertRefused(
                UserError,
                "before the next working day",
                callback.with_user(self.supervisor).write,
                self.moves[0],
            )

    def test_in_time_it_is_passed_on_and_traced(self):
        """K1: with the whole contact."""
        for vals in self.moves:
            callback = self.make_due(NOW + 5 * DAY)
            callback.with_user(self.supervisor).write(vals)
            traces = callback.sudo().trace_ids
            self.assertEqual(set(traces.mapped("field_name")), set(vals))
            self.assertEqual(traces.user_id, self.supervisor)

    def test_the_rest_of_the_contact_counts(self):
        """L2: a leader with time does not drag along a follower without."""
        leader = self.make_due(NOW + 5 * DAY)
        self.make_due(NOW + timedelta(hours=2), contact_id=leader.id)
        self.assertRefused(
            UserError,
            "would count for another unit",
            leader.with_user(self.supervisor).write,
            self.moves[1],
        )


@tagged("post_install", "-at_install")
class TestFairTime(RevisitCommon):
    """G1, K1: who plans or reopens by hand leaves time to make it."""

    def plan_until(self, end, start=NOW, user=None):
        callback = self.make_callback(user_id=self.agent.id)
        data = callback.copy_data({"occasion": "by hand"})[0]
        callback.unlink()
        names = ("policy_id", "partner_id", "team_id", "event_at", "user_id")
        callbacks = self.env["revisit.callback"].with_user(user or self.supervisor)
        return callbacks.create(
            {
                **{name: data[name] for name in names},
                "window_start": start,
                "window_end": end,
            }
        )

    def test_planned_by_hand_with_time_to_make_it(self):
        """K1: an hour of working time, or else until the end of the day."""
        hour, evening = timedelta(hours=1), NOW + timedelta(hours=13)
        for start, end, is_fair in (
            (NOW, NOW + timedelta(seconds=25), False),
            (NOW, NOW + hour - SECOND, False),
            (NOW, NOW + hour, True),
            # at ten in the evening
            (evening, evening + timedelta(hours=1.5), False),
            (evening, evening + 2 * hour, True),
            # Saturday
            (NOW + 4 * DAY, NOW + 4 * DAY + 3 * hour, False),
            (NOW + 4 * DAY, NOW + 4 * DAY + 15 * hour, True),
        ):
            with self.subTest(start=start, end=end):
                if is_fair:
                    self.assertTrue(self.plan_until(end, start))
                else:
                    self.assertRefused(
                        UserError,
                        "nobody can make it",
                        self.plan_until,
                        end,
                        start,
                    )
                self.assertTrue(self.plan_until(end, start, self.manager))

    def make_planned(self, created=NOW, **values):
        """Return a callback with two days to go that was planned at a moment."""
        values = {"window_start": NOW, "window_end": NOW + 2 * DAY, **values}
        callback = self.make_callback(user_id=self.agent.id, **values)
        callback.flush_recordset()
        self.env.cr.execute(
            "UPDATE revisit_callback SET create_date = %s WHERE id = %s",
            [created, callback.id],
        )
        callback.invalidate_recordset(["create_date"])
        return callback

    def make_cancelled(self, moment, **values):
        """Return such a callback that is cancelled at a moment."""
        callback = self.make_planned(**values)
        with self.at(moment):
            callback.with_user(self.supervisor).action_cancel("Not needed")
        return callback

    def reopen(self, callback, moment):
        with self.at(moment):
            callback.with_user(self.supervisor).action_reopen("Needed after all")
        return callback.is_known_too_late

    def test_reopened_too_late_counts_for_nobody(self):
        """K1: with a reason, traced; in time it needs none."""
        early, hasty = (self.make_cancelled(NOW) for _number in range(2))
        early.with_user(self.supervisor).action_open_reopen()
        self.assertEqual((early.state, early.is_known_too_late), ("assigned", False))
        for moment in (hasty.window_end - timedelta(seconds=9), hasty.window_end + DAY):
            callback = self.make_cancelled(NOW)
            with self.at(moment), self.subTest(moment=moment):
                step = callback.with_user(self.supervisor)
                self.assertRefused(UserError, "say why", step.action_reopen)
                action = step.action_open_reopen()
                dialogs = self.env[action["res_model"]].with_user(self.supervisor)
                form = Form(dialogs.with_context(**action["context"]))
                form.reason = "He called"
                form.save().action_apply()
            self.assertEqual(
                (callback.state, callback.is_known_too_late, callback.reopen_note),
                ("assigned", True, "He called"),
            )
            traces = callback.sudo().trace_ids
            self.assertEqual(set(traces.mapped("field_name")), {"state"})
            self.assertEqual(traces.user_id, self.supervisor)
            self.assertEqual(len(traces), 2)

    def test_what_was_late_is_late_again(self):
        """G1: to cancel it and to take that back excuses nobody."""
        callback = self.make_cancelled(NOW + 3 * DAY)
        self.assertFalse(self.reopen(callback, NOW + 4 * DAY))

    def test_who_had_time_is_judged(self):
        """G1: seconds before the end, and in any hour after enough time to make it."""
        hour = timedelta(hours=1)
        for created, cancelled, is_excused in (
            (NOW, NOW + 2 * DAY - timedelta(seconds=8), False),
            (NOW, NOW + hour, False),
            (NOW, NOW + hour - SECOND, True),
            # planned within the window
            (NOW + DAY, NOW + DAY + hour - SECOND, True),
            (NOW + DAY, NOW + DAY + hour, False),
            # working hours count: the night is none
            (NOW + 9 * hour, NOW + 12 * hour, True),
        ):
            with self.subTest(created=created, cancelled=cancelled):
                callback = self.make_cancelled(cancelled, created=created)
                self.assertEqual(self.reopen(callback, NOW + 3 * DAY), is_excused)

    def test_each_stretch_counts_for_itself(self):
        """G1: the days between a cancellation and its taking back are no time."""
        callback = self.make_cancelled(NOW + timedelta(minutes=5))
        self.assertFalse(self.reopen(callback, NOW + DAY))
        with self.at(NOW + DAY + timedelta(minutes=5)):
            callback.with_user(self.supervisor).action_cancel("Not needed")
        self.assertTrue(self.reopen(callback, NOW + 3 * DAY))

    def test_known_too_late_stays_so(self):
        """G1: to cancel and reopen makes nobody late who could not be on time."""
        callback = self.make_cancelled(NOW + 3 * DAY, is_known_too_late=True)
        self.assertTrue(self.reopen(callback, NOW + 4 * DAY))

    def test_cancelled_near_its_end_with_a_reason(self):
        """C8: and every cancellation leaves a trace."""
        for moment in (NOW + 2 * DAY - timedelta(seconds=8), NOW + 3 * DAY):
            callback = self.make_planned()
            with self.at(moment), self.subTest(moment=moment):
                step = callback.with_user(self.supervisor)
                self.assertRefused(UserError, "late, or nearly", step.action_cancel)
                wizard = self.env["revisit.callback.cancel"].create(
                    {"callback_ids": callback.ids}
                )
                self.assertTrue(wizard.is_mandatory)
        callback = self.make_planned()
        callback.with_user(self.supervisor).action_cancel()
        self.assertEqual(callback.sudo().trace_ids.user_id, self.supervisor)

    def test_own_ones_near_their_end(self):
        """G1: nobody spares themselves what they are about to miss."""
        own = self.make_planned()
        own.user_id = self.supervisor
        self.assertEqual(own.resp_user_id, self.supervisor)
        for moment in (own.window_end - timedelta(seconds=8), own.window_end + DAY):
            with self.at(moment):
                step = own.with_user(self.supervisor)
                self.assertRefused(UserError, "and yours", step.action_cancel, "x")
        with self.at(own.window_end + DAY):
            # whoever has it now, it counts for them
            own.with_user(self.manager).user_id = self.agent
            step = own.with_user(self.supervisor)
            self.assertRefused(UserError, "and yours", step.action_cancel, "x")
