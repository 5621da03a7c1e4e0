# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path

from .common import NOW, RevisitCommon


@tagged("post_install", "-at_install")
class TestOwnCustomer(RevisitCommon):
    """L8: nobody verifies what they did themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rulebook = cls.env["revisit.rulebook"].create(
            {"name": "Strict", "code": "strict", "no_own_customer": True}
        )
        cls.policy = cls.make_policy(
            "manual", kind="verification", rulebook_id=cls.rulebook.id
        )
        cls.callback = cls.make_verification()

    @classmethod
    def make_verification(cls, **values):
        values = {"policy": cls.policy, "responsible_id": cls.agent.id, **values}
        return cls.make_callback(**values)

    def test_who_did_the_work_cannot_take_it(self):
        """L8: neither by the button nor by assigning themselves nor by calling."""
        mine = self.callback.with_user(self.agent)
        for step, args in (
            (mine.action_take, ()),
            (mine.write, ({"user_id": self.agent.id},)),
            (mine.action_log_attempt, ("reached",)),
            (mine.action_done, ()),
        ):
            with self.subTest(step=step.__name__):
                self.assertRefused(UserError, "what you did yourself", step, *args)
        self.env.invalidate_all()
        self.assertEqual(self.callback.state, "planned")
        self.callback.with_user(self.agent2).action_take()
        self.assertEqual(self.callback.user_id, self.agent2)
        self.assertFalse(self.callback.is_own_customer)

    def test_follower_of_own_work_is_refused_with_its_contact(self):
        """L8, L2: a contact is no way round."""
        leader = self.make_callback(user_id=self.agent.id)
        self.make_verification(contact_id=leader.id)
        self.assertRefused(
            UserError,
            "what you did yourself",
            leader.with_user(self.agent).action_log_attempt,
            "reached",
        )

    def test_supervisor_overrides_and_it_is_reported(self):
        """L8: marked, noted, found; and taken back with the next agent."""
        self.callback.with_user(self.supervisor).user_id = self.agent
        self.assertTrue(self.callback.is_own_customer)
        note = self.callback.message_ids[0].body
        self.assertIn(self.supervisor.name, note)
        self.assertIn("whose own work", note)
        found = self.callbacks.search([("is_own_customer", "=", True)])
        self.assertEqual(found, self.callback)
        self.callback.with_user(self.supervisor).user_id = self.agent2
        self.assertFalse(self.callback.is_own_customer)

    def test_overridden_callback_is_made_and_stays_reported(self):
        """L8: the override allows the call, not the review."""
        self.callback.with_user(self.supervisor).user_id = self.agent
        mine = self.callback.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(satisfaction=90)
        self.assertEqual(self.callback.state, "done")
        self.assertTrue(self.callback.is_own_customer)

    def test_nobody_overrides_for_themselves(self):
        """L8: a supervisor who sold needs another one."""
        self.callback.sudo().responsible_id = self.supervisor
        mine = self.callback.with_user(self.supervisor)
        self.assertRefused(
            UserError,
            "what you did yourself",
            mine.write,
            {"user_id": self.supervisor.id},
        )

    def test_who_did_the_work_does_not_review(self):
        """L8: the verdict is somebody else's, even a manager's."""
        self.callback.sudo().responsible_id = self.manager
        self.callback.with_user(self.supervisor).user_id = self.agent
        mine = self.callback.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(satisfaction=90)
        self.assertRefused(
            UserError,
            "somebody else reviews it",
            self.callback.with_user(self.manager).action_review,
        )
        self.callback.with_user(self.supervisor).action_review()
        self.assertEqual(self.callback.state, "reviewed")

    def test_next_callback_never_offers_own_ones(self):
        """L8, C1: not even one that was given to the agent."""
        self.callback.with_user(self.supervisor).user_id = self.agent
        callbacks = self.callbacks.with_user(self.agent)
        self.assertEqual(
            callbacks.action_next_callback()["tag"], "display_notification"
        )
        other = self.make_verification(
            user_id=self.agent.id, responsible_id=self.agent2.id
        )
        self.assertEqual(callbacks.action_next_callback()["res_id"], other.id)

    def test_other_kinds_and_rulebooks_are_free(self):
        """L8: the setting is the rulebook's and concerns verifications."""
        routine = self.make_verification(
            policy=self.make_policy("manual", rulebook_id=self.rulebook.id)
        )
        routine.with_user(self.agent).action_take()
        self.assertEqual(routine.user_id, self.agent)
        self.rulebook.no_own_customer = False
        self.callback.with_user(self.agent).action_take()
        self.assertFalse(self.callback.is_own_customer)

    def test_contact_passed_on_leaves_what_the_new_agent_did(self):
        """L8, L2: the verification stays with who had it."""
        leader = self.make_callback(user_id=self.agent2.id)
        follower = self.make_verification(contact_id=leader.id, user_id=self.agent2.id)
        leader.with_user(self.supervisor).user_id = self.agent
        self.assertEqual(follower.user_id, self.agent2)
        self.assertFalse(follower.contact_id)
        self.assertFalse(follower.is_own_customer)

    def test_combining_respects_it(self):
        """L8, L2: the same by hand."""
        leader = self.make_callback(user_id=self.agent.id)
        both = (leader + self.callback).with_user(self.supervisor)
        self.assertRefused(UserError, "own customer", both.action_combine)


@tagged("post_install", "-at_install")
class TestWhoseWork(RevisitCommon):
    """L8, D5: whoever has worked on a matter does not ask whether it is settled."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rulebook = cls.env["revisit.rulebook"].create(
            {"name": "Strict", "code": "strict", "no_own_customer": True}
        )
        cls.owner = cls.make_user("revisit_owner", "revisit_management.group_agent")
        cls.department = cls.env["hr.department"].create({"name": "Service"})
        cls.make_employee(cls.agent, cls.department)

    def make_solved(self, **values):
        """Return an issue that its department's agent has solved for its owner."""
        issue = self.make_issue(
            owner_id=self.owner.id,
            department_id=self.department.id,
            # raised in a talk of the agent's, and so theirs to see
            callback_id=self.make_done(user_id=self.agent.id).id,
            **values,
        )
        issue.with_user(self.agent).action_resolve("A new screw")
        return issue

    def plan_both(self, source, trigger="issue_resolved", **values):
        """Plan a verification by either planner; return who gets it, and one of them.

        :return: (agents, the callback of the second planner)
        """
        policy = self.make_policy(
            trigger,
            kind="verification",
            rulebook_id=self.rulebook.id,
            team_id=self.team.id,
            delay_max=3,
            **{"assignment": "round_robin", **values},
        )
        chosen = []
        for through_orm in (True, False):
            self.get_planned(source, policy).unlink()
            self.company.revisit_plan_through_orm = through_orm
            self.team.assigned_count = 0
            policy.generate(NOW - timedelta(days=9), NOW + timedelta(days=1))
            callback = self.get_planned(source, policy)
            self.assertEqual(len(callback), 1)
            chosen.append(callback.user_id)
        return chosen, callback

    def assertNotFor(self, user, callback):
        """Assert that by no step the callback comes to a user whose work it is."""
        callback.user_id = False
        mine = callback.with_user(user)
        for step, args in (
            (mine.action_take, ()),
            (mine.write, ({"user_id": user.id},)),
            (mine.action_log_attempt, ("reached",)),
        ):
            with self.subTest(step=step.__name__):
                self.assertRefused(UserError, "what you did yourself", step, *args)
        queue = mine.search(mine._get_not_own_domain())
        self.assertNotIn(callback, queue)
        callback.with_user(self.supervisor).user_id = user
        self.assertTrue(callback.is_own_customer)

    def test_who_solved_it(self):
        """L8, D5: the solver is not the owner; neither planner chooses them."""
        issue = self.make_solved()
        self.assertEqual(issue.resolved_by_id, self.agent)
        chosen, callback = self.plan_both(issue)
        self.assertEqual(chosen, [self.agent2] * 2)
        self.assertEqual(callback.doer_ids, self.owner + self.agent)
        self.assertNotFor(self.agent, callback)

    def test_who_owned_it(self):
        """L8, D5: nobody becomes a stranger to an issue by passing it on."""
        issue = self.make_issue(owner_id=self.agent.id)
        issue.with_user(self.agent).owner_id = self.owner
        issue.with_user(self.owner).action_resolve("A new screw")
        self.assertEqual(issue.worked_by_ids, self.agent + self.owner)
        chosen, callback = self.plan_both(issue)
        self.assertEqual(chosen, [self.agent2] * 2)
        self.assertNotFor(self.agent, callback)
        with self.assertRaises(AccessError):
            issue.with_user(self.manager).worked_by_ids = [Command.clear()]

    def test_upgrade_finds_earlier_owners(self):
        """L8: owners of before stand in the traces."""
        self.department.manager_id = self.agent.employee_id
        issue = self.make_issue(
            owner_id=self.agent2.id, co_department_ids=self.department.ids
        )
        issue.with_user(self.agent2).owner_id = self.owner
        everybody = self.agent + self.agent2 + self.owner
        self.assertEqual(issue.worked_by_ids, everybody)
        issue.sudo().worked_by_ids = False
        self.env.flush_all()
        path = file_path("revisit_management/migrations/19.0.1.8.0/post-worked_on.py")
        for _time in range(2):
            load_script(path, "post_worked_on").migrate(self.env.cr, "19.0.1.7.0")
        self.env.invalidate_all()
        self.assertEqual(issue.worked_by_ids, everybody)

    def test_whose_department_is_involved(self):
        """L8, D2: the heads of involved departments own it, too."""
        self.department.manager_id = self.agent.employee_id
        issue = self.make_issue(
            owner_id=self.owner.id, co_department_ids=self.department.ids
        )
        issue.with_user(self.owner).action_resolve("A new screw")
        chosen, callback = self.plan_both(issue)
        self.assertEqual(chosen, [self.agent2] * 2)
        self.assertNotFor(self.agent, callback)

    def test_whom_the_answers_judge(self):
        """L8: users and employees whom the document names, beside the responsible."""
        technician = self.agent.employee_id
        repair = self.make_repair(technician_id=technician.id, user_id=self.owner.id)
        chosen, callback = self.plan_both(repair, "repair_done")
        self.assertEqual(chosen, [self.agent2] * 2)
        self.assertEqual(callback.doer_ids, self.owner + self.agent)
        self.assertNotFor(self.agent, callback)

    def test_assigned_by_name(self):
        """L8: an agent whom the policy names gets no verification of their own work."""
        issue = self.make_solved()
        for agent, expected in (
            (self.agent, self.env["res.users"]),
            (self.agent2, self.agent2),
        ):
            values = {"assignment": "agent", "agent_id": agent.id}
            self.assertEqual(self.plan_both(issue, **values)[0], [expected] * 2)

    def test_contact_of_another_reason(self):
        """L8, L2: the solver's other call to the customer does not take it along."""
        issue = self.make_solved()
        other = self.make_callback(
            user_id=self.agent.id, window_end=NOW + timedelta(days=2)
        )
        chosen, callback = self.plan_both(issue)
        self.assertEqual(chosen, [self.agent2] * 2)
        self.assertFalse(callback.contact_id)
        both = (other + callback).with_user(self.supervisor)
        callback.user_id = False
        self.assertRefused(UserError, "own customer", both.action_combine)
        callback.user_id = self.agent2

    def test_stand_in(self):
        """L8, B10: nobody stands in for a colleague to verify their own work."""
        _chosen, callback = self.plan_both(self.make_solved())
        planner = self.env["revisit.planner"]._for_company(self.company)
        loads = {self.agent.id: 0, self.agent2.id: 9}
        callback = callback.with_env(planner.env)
        self.assertEqual(planner._get_stand_in(callback, {}, loads), self.agent2)
        self.rulebook.no_own_customer = False
        callback.invalidate_recordset(["doer_ids"])
        self.assertEqual(planner._get_stand_in(callback, {}, loads), self.agent)

    def test_other_kinds_are_free(self):
        """L8: the setting concerns verifications."""
        issue = self.make_solved()
        self.rulebook.no_own_customer = False
        chosen, callback = self.plan_both(issue)
        self.assertEqual(chosen, [self.agent] * 2)
        self.assertFalse(callback.doer_ids)
