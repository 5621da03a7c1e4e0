# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import NOW, RevisitCommon


@tagged("post_install", "-at_install")
class TestWorkload(RevisitCommon):
    """C1, F: who has how much to do, and sharing it evenly in one step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.third = cls.make_user("revisit_agent3", "revisit_management.group_agent")
        cls.team.member_ids += cls.third
        cls.work = cls.callbacks.union(
            *(
                cls.make_callback(
                    partner_id=cls.make_customer(f"Customer {number}").id,
                    user_id=cls.agent.id,
                    window_end=NOW + timedelta(days=number + 1),
                )
                for number in range(6)
            )
        )

    def open(self, user=None):
        workload = self.env["revisit.workload"].with_user(user or self.supervisor)
        return workload.create({"team_id": self.team.id})

    def get_lines(self, workload):
        return {line.user_id: line for line in workload.line_ids}

    def test_figures_of_each_agent(self):
        """C1: open, may be made now, late and made today, by the company's day."""
        self.work[0].sudo().window_end = NOW - timedelta(hours=1)
        self.work[1].sudo().window_start = NOW + timedelta(hours=1)
        self.work[2].with_user(self.agent).action_log_attempt("reached")
        self.work[2].with_user(self.agent).action_done(satisfaction=80)
        self.make_callback(partner_id=self.make_customer("Queue").id)
        workload = self.open()
        line = self.get_lines(workload)[self.agent]
        self.assertEqual(
            (line.open_count, line.due_count, line.late_count, line.made_count),
            (5, 4, 1, 1),
        )
        self.assertEqual(workload.unassigned_count, 1)
        self.assertEqual(set(self.get_lines(workload)), set(self.team.member_ids))

    def test_shared_evenly_the_most_urgent_stay(self):
        """C1: each has as much as the others; what was begun or promised stays."""
        self.work[5].with_user(self.agent).action_log_attempt("no_answer")
        queue = self.make_callback(partner_id=self.make_customer("Queue").id)
        notice = self.open().action_share()
        loads = [
            len((self.work | queue).filtered(lambda c, u=user: c.user_id == u))
            for user in self.team.member_ids
        ]
        self.assertEqual(sorted(loads), [2, 2, 3])
        self.assertEqual(self.work[5].user_id, self.agent)
        self.assertEqual(self.work[0].user_id, self.agent)
        self.assertIn("4 callbacks", notice["params"]["message"])
        self.assertEqual(
            set((self.work | queue).mapped("state")), {"assigned", "in_progress"}
        )
        again = self.open().action_share()
        self.assertIn("0 ", again["params"]["message"])

    def test_overview_counts_conversations_as_the_workload_does(self):
        """I2, C1: a second reason of the same talk is no more work."""
        leader = self.work[0]
        self.make_callback(
            self.make_policy("manual"),
            partner_id=leader.partner_id.id,
            user_id=self.agent.id,
            contact_id=leader.id,
            window_end=leader.window_end,
        )
        line = self.get_lines(self.open())[self.agent]
        team = self.team.with_user(self.supervisor)
        self.assertEqual((line.open_count, team.open_count), (6, 6))
        shown = self.callbacks.search(team.action_open_callbacks()["domain"])
        self.assertEqual(len(shown), 6)

    def test_one_is_told_as_one(self):
        """C1: no "1 callbacks"."""
        workloads = self.env["revisit.workload"]
        self.assertEqual(
            workloads._get_shared_text(1, 1, 0),
            "One callback was passed on. One stays: none of these agents may make it.",
        )
        self.assertIn("2 callbacks were", workloads._get_shared_text(2, 0, 0))

    def test_who_does_not_take_part_gives_everything_away(self):
        """C1: one who is away today is not ticked, and may be ticked."""
        employee = self.make_employee(self.agent)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Leave",
                "resource_id": employee.resource_id.id,
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": datetime(2026, 3, 9),
                "date_to": datetime(2026, 3, 12),
            }
        )
        workload = self.open()
        line = self.get_lines(workload)[self.agent]
        self.assertTrue(line.is_away)
        self.assertFalse(line.takes_part)
        workload.action_share()
        self.assertFalse(self.work.filtered(lambda c: c.user_id == self.agent))
        workload = self.open()
        workload.line_ids.takes_part = False
        self.assertRefused(UserError, "Nobody takes part", workload.action_share)

    def test_on_the_screen_pending_and_own_customers_stay(self):
        """C1, L8: nothing is taken from under somebody's hands, nor given to judge."""
        console = self.env["revisit.console"].with_user(self.agent)
        console.open_screen(self.work[5].id)
        console.press(self.work[4].id, "busy")  # the first one comes on the screen
        rulebook = self.env["revisit.rulebook"].create(
            {"name": "Own", "code": "own", "no_own_customer": True}
        )
        policy = self.make_policy(
            "manual", kind="verification", rulebook_id=rulebook.id
        )
        own = self.make_callback(
            policy=policy,
            partner_id=self.make_customer("Own").id,
            kind="verification",
            responsible_id=self.third.id,
        )
        workload = self.open()
        self.get_lines(workload)[self.agent].takes_part = False
        self.get_lines(workload)[self.agent2].takes_part = False
        message = workload.action_share()["params"]["message"]
        self.assertIn("One stays", message)
        self.assertFalse(own.user_id)
        self.assertEqual((self.work[0] | self.work[4:]).user_id, self.agent)
        self.assertEqual(self.work[1:4].user_id, self.third)

    def test_what_nobody_may_make_stays_whoever_verifies(self):
        """C1, H1: a dealer's people make the dealer's callbacks, and no others."""
        self.team.write(
            {
                "kind": "dealer",
                "dealer_id": self.dealer_a.id,
                "member_ids": [Command.link(self.portal_a.id)],
            }
        )
        theirs = self.make_callback(
            policy=self.make_policy("manual", level="dealer"),
            partner_id=self.make_customer("Theirs").id,
            dealer_id=self.dealer_a.id,
        )
        workload = self.open()
        for line in workload.line_ids:
            line.takes_part = line.user_id == self.portal_a
        message = workload.action_share()["params"]["message"]
        self.assertIn("One callback was", message)
        self.assertIn("6 stay: none of these agents may make them", message)
        self.assertEqual(theirs.user_id, self.portal_a)
        self.assertEqual(self.work.user_id, self.agent)

    def test_contacts_move_whole_and_agents_are_told_once(self):
        """C1, L2: followers go along; one message for each agent."""
        follower = self.make_callback(
            policy=self.make_policy("manual"),
            partner_id=self.work[5].partner_id.id,
            user_id=self.agent.id,
        )
        (self.work[5] | follower).sudo().with_user(self.supervisor).action_combine()
        leader = follower.contact_id or follower
        before = self.env["mail.message"].search_count(
            [("message_type", "=", "user_notification")]
        )
        self.open().action_share()
        together = self.work[5] | follower
        self.assertEqual(len(together.user_id), 1)
        self.assertTrue(leader)
        after = self.env["mail.message"].search_count(
            [("message_type", "=", "user_notification")]
        )
        self.assertLessEqual(after - before, 2)

    def test_workload_is_the_supervisors(self):
        """K1: of the units that they oversee; agents have no such screen."""
        self.assertRaises(
            AccessError,
            self.env["revisit.workload"].with_user(self.agent).create,
            {"team_id": self.team.id},
        )
        others = self.make_team("Others", self.agent2)
        foreign = self.make_callback(
            partner_id=self.make_customer("Foreign").id, team_id=others.id
        )
        form = Form(self.env["revisit.workload"].with_user(self.supervisor))
        self.assertEqual(form.team_id, self.team)
        form.team_id = others
        workload = form.save()
        self.assertEqual(workload.unassigned_count, 0)
        workload.action_share()
        self.assertFalse(foreign.user_id)
