# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..models.issues.clock import SETTLED
from .common import NOW, SECOND, RevisitCommon

HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestIssueClock(RevisitCommon):
    """D2, D3: the clock starts when an issue is registered, and stays visible."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.make_category(
            "Quality",
            deadline_ids=[
                Command.create(
                    {"severity": "low", "respond_hours": 24, "resolve_hours": 168}
                ),
                Command.create(
                    {"severity": "high", "respond_hours": 4, "resolve_hours": 72}
                ),
            ],
        )
        cls.endless = cls.make_category("No deadlines")
        cls.team.member_ids += cls.supervisor

    def make(self, **values):
        values = {"severity": "high", "team_id": self.team.id, **values}
        return self.make_issue(
            category_id=self.category.id, owner_id=self.agent.id, **values
        )

    def solve_late(self, issue):
        with self.at(issue.resolve_by + SECOND):
            issue.with_user(self.agent).action_resolve("A new part")
        self.assertFalse(issue.is_resolved_on_time)

    # ------------------------------------------------------------
    # BY HAND
    # ------------------------------------------------------------

    def test_nobody_writes_what_decides_the_clock(self):
        """security 4: a late issue became punctual by another severity."""
        issue = self.make()
        self.solve_late(issue)
        due = issue.resolve_by
        for user in (self.agent, self.supervisor, self.manager):
            for values in (
                {"severity": "low"},
                {"category_id": self.endless.id},
                {"registered_at": NOW + timedelta(days=9)},
                {"respond_by": "2060-01-01"},
                {"resolve_by": "2060-01-01"},
            ):
                with self.subTest(user=user.login, values=values):
                    with self.assertRaises(AccessError):
                        issue.with_user(user).write(values)
        self.assertEqual((issue.resolve_by, issue.is_resolved_on_time), (due, False))

    def test_a_late_issue_stays_with_whom_it_was_late(self):
        """D3: its owner does not let it count for another department or dealer."""
        department = self.env["hr.department"].create({"name": "Elsewhere"})
        unit = self.make_team("Elsewhere")
        issue = self.make()
        as_owner = issue.with_user(self.agent)
        as_owner.department_id = department  # nothing was late yet
        third = self.env["hr.department"].create({"name": "Third"})
        moves = (
            {"department_id": third.id},
            {"team_id": unit.id},
            {"dealer_id": self.dealer_a.id},
        )
        with self.at(issue.respond_by + SECOND):
            for values in moves:
                with self.subTest(values=values), self.assertRaises(AccessError):
                    as_owner.write(values)
            as_owner.write({"department_id": department.id})  # no change
            issue.with_user(self.manager).write(moves[0])
        self.assertEqual(issue.department_id, third)

    def test_owner_does_not_choose_who_is_asked(self):
        """D7: another customer would confirm in place of the one who complained."""
        issue = self.make()
        other = self.make_customer("Friend")
        with self.assertRaises(AccessError):
            issue.with_user(self.agent).write({"partner_id": other.id})
        issue.with_user(self.agent).write({"partner_id": self.customer.id})
        issue.with_user(self.supervisor).write({"partner_id": other.id})
        self.assertEqual(issue.partner_id, other)

    def test_a_closed_issue_counts_as_it_was_closed(self):
        """D3: closed issues moved scores when their department was changed."""
        issue = self.make(is_anonymous=True)
        issue.with_user(self.agent).action_resolve("A new part")
        issue.with_user(self.agent).action_close()
        department = self.env["hr.department"].create({"name": "Other"})
        for user in (self.agent, self.supervisor, self.manager):
            for values in (
                {"department_id": department.id},
                {"co_department_ids": [Command.link(department.id)]},
                {"intake_kind": "suggestion"},
                {"intake": "email"},
                {"is_anonymous": False},
                {"is_reply_only": True},
                {"partner_id": False},
                {"owner_id": self.supervisor.id},
                {"root_cause": "design"},
                {"name": "Nothing at all"},
                {"description": "It was the customer's fault"},
                {"solution": "None"},
                {"resolution": "None"},
                {"purchased_on": "2020-01-01"},
                {"product_id": self.product.id},
                {"team_id": False},
            ):
                with self.subTest(user=user.login, values=values):
                    with self.assertRaises(AccessError):
                        issue.with_user(user).write(values)
        self.assertEqual(issue.owner_id, self.agent)
        form = Form(issue.with_user(self.supervisor))
        for name in sorted(SETTLED):
            with (
                self.subTest(field=name),
                self.assertRaisesRegex(AssertionError, "readonly"),
            ):
                form[name] = form[name]

    def test_who_works_on_it_does_not_spare_the_customer_the_question(self):
        """D3: an owner made it anonymous, then closed it without the customer."""
        issue = self.make()
        mine = issue.with_user(self.agent)
        mine.action_resolve("A new part")
        for values in (
            {"is_anonymous": True},
            {"is_reply_only": True},
            {"partner_id": False},
        ):
            with self.subTest(values=values):
                with self.assertRaises(AccessError):
                    mine.write(values)
        # what changes nothing, or asks the customer more, is no such decision
        mine.write({"is_anonymous": False, "partner_id": self.customer.id})
        issue.with_user(self.supervisor).is_anonymous = True
        self.assertIn("is_anonymous", issue.sudo().trace_ids.mapped("field_name"))
        mine.action_close()
        self.assertEqual(issue.state, "closed")

    def test_only_supervisors_register_in_the_past(self):
        """security 4: an agent set registered_at=2020 and resolve_by=2060."""
        vals = {
            "name": "Rattles",
            "category_id": self.category.id,
            "severity": "high",
            "team_id": self.team.id,
        }
        past = NOW - timedelta(days=2)
        for user in (self.agent, self.supervisor, self.manager):
            mine = self.env["revisit.issue"].with_user(user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                mine.create({**vals, "resolve_by": "2060-01-01"})
        agents = self.env["revisit.issue"].with_user(self.agent)
        with self.assertRaisesRegex(AccessError, "when you write it down"):
            agents.create({**vals, "registered_at": "2020-01-01"})
        given = self.env["revisit.issue"].with_user(self.supervisor)
        with self.assertRaisesRegex(ValidationError, "in the future"):
            given.create({**vals, "registered_at": NOW + SECOND})
        issue = given.create({**vals, "registered_at": past})
        self.assertEqual(issue.resolve_by, past + 72 * HOUR)
        defaults = {
            "default_registered_at": "2020-01-01",
            "default_resolve_by": "2060-01-01",
        }
        self.env["ir.default"].sudo().set(
            "revisit.issue", "resolve_by", "2060-01-01 00:00:00", user_id=self.agent.id
        )
        fresh = agents.with_context(**defaults).create(vals)
        self.assertEqual(fresh.registered_at, NOW)
        self.assertEqual(fresh.resolve_by, NOW + 72 * HOUR)

    def test_agents_register_in_the_form(self):
        """The form sends no moment of registration of theirs."""
        form = Form(self.env["revisit.issue"].with_user(self.agent))
        form.name = "Rattles"
        form.category_id = self.category
        form.severity = "high"
        issue = form.save()
        self.assertEqual(issue.registered_at, NOW)
        self.assertEqual(issue.resolve_by, NOW + 72 * HOUR)

    def test_a_copy_starts_new_clocks(self):
        """security, minor: a copy was due before it was registered."""
        issue = self.make()
        with self.at(NOW + timedelta(days=9)):
            copy = issue.with_user(self.manager).copy()
            self.assertEqual(copy.registered_at, NOW + timedelta(days=9))
            self.assertEqual(copy.respond_by, copy.registered_at + 4 * HOUR)
            self.assertEqual(copy.resolve_by, copy.registered_at + 72 * HOUR)
            self.assertEqual(copy.timing, "open")

    # ------------------------------------------------------------
    # THE STEP
    # ------------------------------------------------------------

    def test_a_change_keeps_the_old_clock(self):
        issue = self.make()
        form = Form(
            self.env["revisit.issue.reclassify"]
            .with_user(self.supervisor)
            .with_context(
                **issue.with_user(self.supervisor).action_open_reclassify()["context"]
            )
        )
        form.severity = "low"
        form.reason = "Only a noise"
        form.save().action_apply()
        self.assertEqual(issue.resolve_by, NOW + 168 * HOUR)
        self.assertRecordValues(
            issue.change_ids,
            [
                {
                    "user_id": self.supervisor.id,
                    "reason": "Only a noise",
                    "severity_before": "high",
                    "severity_after": "low",
                    "category_before_id": self.category.id,
                    "category_after_id": self.category.id,
                    "respond_by_before": NOW + 4 * HOUR,
                    "respond_by_after": NOW + 24 * HOUR,
                    "resolve_by_before": NOW + 72 * HOUR,
                    "resolve_by_after": NOW + 168 * HOUR,
                }
            ],
        )
        note = str(issue.message_ids[0].body)
        # the clock on the wall of the company: 09:00 is 01:00 UTC
        for text in ("Only a noise", "High", "Low", "2026-03-13 09:00"):
            self.assertIn(text, note)

    def test_a_late_issue_never_becomes_punctual(self):
        """Open and late, or solved late: whatever it is called afterwards."""
        issue, solved = self.make(), self.make()
        self.solve_late(solved)
        due = issue.resolve_by
        with self.at(due + SECOND):
            for late in (issue, solved):
                step = late.with_user(self.manager)
                step.action_reclassify("Only a noise", severity="low")
                step.action_reclassify("No class", category_id=self.endless.id)
                self.assertEqual(late.resolve_by, due)
            issue.with_user(self.manager).action_resolve("A new part")
            self.assertFalse(issue.is_resolved_on_time)
            self.assertFalse(solved.is_resolved_on_time)
        # what is reopened and solved again stays late
        with self.at(due + HOUR):
            solved.with_user(self.manager).action_reject("It rattles again")
            solved.with_user(self.manager).action_reclassify("Again", severity="high")
            solved.with_user(self.manager).action_resolve("Another part")
            self.assertEqual(solved.resolve_by, due)
            self.assertFalse(solved.is_resolved_on_time)

    def test_a_punctual_issue_never_becomes_late(self):
        issue = self.make(severity="low")
        with self.at(NOW + 100 * HOUR):
            issue.with_user(self.agent).action_resolve("A new part")
            issue.with_user(self.manager).action_reclassify("Worse", severity="high")
        self.assertEqual(issue.resolve_by, NOW + 168 * HOUR)
        self.assertTrue(issue.is_resolved_on_time)

    def test_answer_and_solution_are_settled_apart(self):
        issue = self.make()
        with self.at(NOW + 5 * HOUR):
            issue.with_user(self.agent).action_acknowledge()
            issue.with_user(self.manager).action_reclassify("Noise", severity="low")
        self.assertEqual(issue.respond_by, NOW + 4 * HOUR)
        self.assertFalse(issue.is_respond_on_time)
        self.assertEqual(issue.resolve_by, NOW + 168 * HOUR)

    def test_a_category_without_deadlines_stops_no_clock(self):
        issue = self.make()
        issue.with_user(self.manager).action_reclassify(
            "Other", category_id=self.endless.id
        )
        self.assertEqual(issue.resolve_by, NOW + 72 * HOUR)

    def test_who_may_change_the_class_and_when(self):
        issue = self.make()
        with self.assertRaisesRegex(AccessError, "Only supervisors"):
            issue.with_user(self.agent).action_reclassify("Noise", severity="low")
        step = issue.with_user(self.supervisor)
        for reason, values, text in (
            (" ", {"severity": "low"}, "Say why"),
            ("Noise", {"severity": "high"}, "already"),
            ("Noise", {}, "already"),
            ("Noise", {"severity": "huge"}, "is none of the choices"),
        ):
            with self.subTest(values=values):
                with self.assertRaisesRegex(UserError, text):
                    step.action_reclassify(reason, **values)
        foreign = self.make_category(company_id=self.make_company().id)
        with self.assertRaises(UserError):
            step.action_reclassify("Noise", category_id=foreign.id)
        issue.with_user(self.supervisor).action_cancel("Registered twice")
        with self.assertRaisesRegex(UserError, "does not allow"):
            step.action_reclassify("Noise", severity="low")
        self.assertFalse(issue.change_ids)

    # ------------------------------------------------------------
    # THE RECORD OF CHANGES
    # ------------------------------------------------------------

    def test_the_record_of_changes_is_never_touched(self):
        issue = self.make()
        issue.with_user(self.supervisor).action_reclassify("Noise", severity="low")
        change = issue.change_ids
        for user in (self.agent, self.supervisor, self.manager):
            mine = change.with_user(user)
            self.assertEqual(mine.reason, "Noise")
            with self.subTest(user=user.login):
                for function in (
                    lambda mine=mine: mine.write({"reason": "x"}),
                    mine.unlink,
                    lambda mine=mine: mine.create(
                        {"issue_id": issue.id, "reason": "x", "user_id": mine.env.uid}
                    ),
                ):
                    with self.assertRaises(UserError):
                        function()
        for function in (lambda: change.sudo().write({"reason": "x"}), change.unlink):
            with self.assertRaises(UserError):
                function()

    def test_changes_are_read_by_who_reads_the_issue(self):
        issue = self.make()
        issue.with_user(self.supervisor).action_reclassify("Noise", severity="low")
        wizard = (
            self.env["revisit.issue.reclassify"]
            .with_user(self.supervisor)
            .create(
                {
                    "issue_id": issue.id,
                    "category_id": self.category.id,
                    "severity": "low",
                    "reason": "x",
                }
            )
        )
        for user in (self.agent2, self.employee_user, self.portal_a):
            with self.subTest(user=user.login):
                self.assertFalse(issue.change_ids.with_user(user).has_access("read"))
        with self.assertRaises(AccessError):
            wizard.with_user(self.manager).read(["reason"])
        company = self.make_company()
        abroad = self.make_user(
            "abroad",
            "revisit_management.group_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertFalse(issue.change_ids.with_user(abroad).has_access("read"))
