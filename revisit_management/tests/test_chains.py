# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW, SECOND, ZONE, RevisitCommon, utc

WHY = "The part has not come yet"
TASK = "revisit_management.activity_type_callback_chain"


class ChainCase(RevisitCommon):
    """A policy with a second and a third callback about a matter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(
            "manual",
            team_id=cls.team.id,
            step_ids=[
                Command.create({"position": 2, "delay": 2, "open_for": 3}),
                Command.create(
                    {
                        "position": 3,
                        "delay": 4,
                        "open_for": 8,
                        "delay_unit": "hour",
                        "channel": "visit",
                        "agent_rule": "other",
                    }
                ),
            ],
        )
        cls.step2, cls.step3 = cls.policy.step_ids

    def make_first(self, **values):
        values = {"policy": self.policy, "occasion": "", **values}
        return self.make_done(**values).with_user(self.agent)

    def follow(self, callback):
        """Return the next callback of the chain (sudo)."""
        return callback.sudo()._find_next()

    def finish(self, callback, **measures):
        """Finish a callback (sudo) as its agent; return it as them."""
        mine = callback.with_user(callback.user_id)
        mine.action_log_attempt("reached")
        if callback.channel == "visit":
            measures["signature_refused"] = True
        mine.action_done(**{"feedback": "Still nothing", **measures})
        return mine


@tagged("post_install", "-at_install")
class TestChains(ChainCase):
    """C9: a second, third … callback on the same occasion until it is settled."""

    # ------------------------------------------------------------
    # THE NEXT ONE
    # ------------------------------------------------------------

    def test_next_has_its_own_window_channel_and_agent(self):
        """C9: by position; linked to the one before, numbered, the first one known."""
        first = self.make_first()
        first.action_call_about(WHY)
        second = self.follow(first)
        self.assertRecordValues(
            second,
            [
                {
                    "previous_id": first.id,
                    "chain_id": first.id,
                    "chain_position": 2,
                    "chain_reason": WHY,
                    "policy_id": self.policy.id,
                    "partner_id": self.customer.id,
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                    "channel": "phone",
                    "state": "assigned",
                    "event_at": NOW,
                    "window_start": utc(ZONE, 2026, 3, 12),
                    "window_end": utc(ZONE, 2026, 3, 15),
                    "source_id": first.source_id,
                }
            ],
        )
        self.assertTrue(second.sudo().resp_user_id == self.agent)
        self.policy.signature_rule = "refusal"
        with self.at(utc(ZONE, 2026, 3, 12, 10)):
            mine = self.finish(second)
            mine.action_call_about("And again")
        third = self.follow(second)
        self.assertRecordValues(
            third,
            [
                {
                    "previous_id": second.id,
                    "chain_id": first.id,
                    "chain_position": 3,
                    "user_id": self.agent2.id,
                    "channel": "visit",
                    "window_start": utc(ZONE, 2026, 3, 12, 14),
                    "window_end": utc(ZONE, 2026, 3, 12, 22),
                }
            ],
        )
        self.assertIn("no. 3", third.chain_text)
        self.assertIn("Still nothing", third.chain_text)
        self.assertEqual(first.with_user(self.supervisor).chain_count, 3)
        # who may not read a colleague's callback does not count it, either
        self.assertEqual(first.chain_count, 2)
        action = third.with_user(self.supervisor).action_open_chain()
        listed = self.callbacks.search(action["domain"], order="id")
        self.assertEqual(listed.ids, [first.id, second.id, third.id])

    def test_used_up_positions_end_with_the_supervisor(self):
        """C9: after the last position no callback, but a task, once."""
        self.step3.unlink()
        first = self.make_first()
        first.action_call_about(WHY)
        second = self.follow(first)
        with self.at(utc(ZONE, 2026, 3, 12, 10)):
            mine = self.finish(second)
            self.assertIn("task", mine.chain_next_text)
            notice = mine.action_call_about("And again")
            self.assertEqual(notice["params"]["type"], "warning")
            task = second.activity_ids.filtered(
                lambda a: a.activity_type_id == self.env.ref(TASK)
            )
            self.assertEqual(task.user_id, self.supervisor)
            self.assertIn("And again", task.note)
            self.assertRefused(UserError, "task", mine.action_call_about, "Again")
        self.assertFalse(self.follow(second))

    def test_supervisor_makes_a_position(self):
        """C9: the step's agent rule."""
        self.step2.agent_rule = "supervisor"
        first = self.make_first()
        first.action_call_about(WHY)
        self.assertEqual(self.follow(first).user_id, self.supervisor)

    def test_who_cannot_make_it_is_replaced(self):
        """C9, B10: an agent who has left gets nothing more."""
        first = self.make_first()
        self.agent.active = False
        first.with_user(self.supervisor).action_call_about(WHY)
        self.assertFalse(self.follow(first).user_id)
        self.assertEqual(self.follow(first).state, "planned")

    def test_working_days_count(self):
        """C9, B2: Friday's second working day is a Tuesday."""
        self.step2.write({"delay_unit": "workday", "open_for": 1})
        with self.at(utc(ZONE, 2026, 3, 13, 10)):
            first = self.make_first(window_end=utc(ZONE, 2026, 3, 14))
            first.action_call_about(WHY)
        second = self.follow(first)
        self.assertEqual(second.window_start, utc(ZONE, 2026, 3, 17))
        self.assertEqual(second.window_end, utc(ZONE, 2026, 3, 18))

    def test_reviewed_one_is_not_changed(self):
        """C9, C8: the chain goes on from a locked record, which stays as it is."""
        first = self.make_first()
        first.with_user(self.supervisor).action_review("passed")
        names = [
            name
            for name, field in first._fields.items()
            if field.store and field.type not in ("one2many", "many2many", "binary")
        ]
        before = first.sudo().read(names)
        first.with_user(self.supervisor).action_call_about(WHY)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(self.follow(first))
        self.assertEqual(first.sudo().read(names), before)

    def test_counts_as_callbacks_do(self):
        """C9: with its own deadline, agent and result."""
        first = self.make_first()
        first.action_call_about(WHY)
        second = self.follow(first)
        with self.at(second.window_end - SECOND):
            self.finish(second, satisfaction=90)
        self.assertTrue(second.is_on_time)
        self.assertEqual((first.satisfaction, second.satisfaction), (80, 90))

    # ------------------------------------------------------------
    # ONCE, AND BY WHOM
    # ------------------------------------------------------------

    def test_once_only(self):
        """C9, B8: two clicks, and two people, plan one."""
        first = self.make_first()
        first.action_call_about(WHY)
        for user in (self.agent, self.supervisor):
            self.assertRefused(
                UserError,
                "planned already",
                first.with_user(user).action_call_about,
                WHY,
            )
        self.assertEqual(
            self.callbacks.search_count([("previous_id", "=", first.id)]), 1
        )
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.make_callback(policy=self.policy, previous_id=first.id).flush_model()
        self.assertIn("next_unique", str(caught.exception))

    def test_cancelled_next_is_reopened_and_not_planned_twice(self):
        first = self.make_first()
        first.action_call_about(WHY)
        second = self.follow(first)
        second.with_user(self.supervisor).action_cancel("Settled by letter")
        self.assertRefused(UserError, "Reopen", first.action_call_about, WHY)
        second.with_user(self.supervisor).action_reopen("It was not")
        self.assertTrue(second.is_open)

    def test_refusals(self):
        """C9: each says what to do."""
        open_one = self.make_callback(
            policy=self.policy, user_id=self.agent.id, occasion=""
        ).with_user(self.agent)
        self.assertRefused(UserError, "not finished", open_one.action_call_about, WHY)
        first = self.make_first()
        for reason in ("", "   ", None):
            self.assertRefused(
                UserError, "not settled", first.action_call_about, reason
            )
        self.assertFalse(self.follow(first))
        other = self.make_first(policy=self.make_policy("manual"))
        self.assertRefused(UserError, "Later Callbacks", other.action_call_about, WHY)
        self.policy.active = False
        self.assertRefused(UserError, "Later Callbacks", first.action_call_about, WHY)

    def test_who_may(self):
        """C9, K1: the maker and supervisors; no colleague, no dealer."""
        first = self.make_first(team_id=self.team.id)
        for user in (self.agent2, self.portal_a, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                first.with_user(user).action_call_about(WHY)
        self.assertFalse(first.with_user(self.supervisor).may_chain is False)
        self.assertTrue(first.may_chain)
        first.with_user(self.supervisor).action_call_about(WHY)
        first.invalidate_recordset()
        self.assertFalse(first.may_chain)

    def test_links_are_the_systems(self):
        """C9, K7: nobody writes them by hand."""
        first, other = self.make_first(), self.make_first()
        for values in (
            {"previous_id": other.id},
            {"chain_id": other.id},
            {"chain_position": 3},
            {"chain_reason": WHY},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                first.with_user(self.manager).write(values)

    def test_rows_of_steps(self):
        """C9: no first position, no window without an end, no number twice."""
        for values in ({"position": 1}, {"open_for": 0}, {"delay": -1}, {"delay": 400}):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.step2.write(values)
        with self.assertRaises(AccessError):
            self.step2.with_user(self.supervisor).write({"open_for": 5})

    # ------------------------------------------------------------
    # LIMITS OF THE PLANNER
    # ------------------------------------------------------------

    def test_ban_is_respected(self):
        """C9, C10: who wants no more contact is not called again; no task for it."""
        first = self.make_first()
        self.customer.write(
            {"do_not_contact": True, "do_not_contact_reason": "No more"}
        )
        notice = first.action_call_about(WHY)
        self.assertEqual(notice["params"]["type"], "warning")
        self.assertFalse(self.follow(first))
        self.assertFalse(first.sudo().activity_ids)

    def test_budget_holds_back_and_says_so(self):
        """C9, L3: listed under Left Out, and a task of the supervisor."""
        self.company.write({"revisit_budget_limit": 1, "revisit_budget_days": 30})
        first = self.make_first()
        notice = first.action_call_about(WHY)
        self.assertFalse(self.follow(first))
        self.assertEqual(notice["params"]["type"], "warning")
        skip = self.env["revisit.planning.skip"].search(
            [("policy_id", "=", self.policy.id)]
        )
        self.assertEqual(skip.reason, "budget")
        self.assertEqual(first.sudo().activity_ids.user_id, self.supervisor)

    def test_shares_a_contact(self):
        """C9, L2: with what is due to the customer anyway, and its own result."""
        other = self.make_callback(
            user_id=self.agent.id,
            occasion="",
            window_start=utc(ZONE, 2026, 3, 12),
            window_end=utc(ZONE, 2026, 3, 14),
        )
        first = self.make_first()
        first.action_call_about(WHY)
        self.assertEqual(self.follow(first).contact_id, other)

    def test_planner_leaves_it_alone(self):
        """C9, B8: it follows no document, in both planners, but the customer's ban."""
        for through_orm in (True, False):
            with self.subTest(through_orm=through_orm):
                self.company.revisit_plan_through_orm = through_orm
                customer = self.make_customer(f"Customer {through_orm}")
                order = self.make_order(customer, date=NOW - timedelta(days=2))
                policy = self.make_policy(
                    team_id=self.team.id,
                    assignment="agent",
                    agent_id=self.agent.id,
                    step_ids=[Command.create({"position": 2})],
                )
                self.plan()
                first = self.get_planned(order, policy)
                self.finish(first).action_call_about(WHY)
                second = self.follow(first)
                window = (second.window_start, second.window_end)
                order.action_cancel()
                self.plan()
                self.assertEqual(second.state, "assigned")
                self.assertEqual((second.window_start, second.window_end), window)
                customer.write({"do_not_contact": True, "do_not_contact_reason": "No"})
                self.plan()
                self.assertEqual(second.state, "cancelled")
                counts = self.plan()
                self.assertFalse(counts["cancelled"])

    # ------------------------------------------------------------
    # MATTERS THAT ASK BY THEMSELVES
    # ------------------------------------------------------------

    def test_reopened_issue_is_linked(self):
        """C9, D3: no second way; its next confirming callback is the chain's next."""
        for through_orm in (True, False):
            with self.subTest(through_orm=through_orm):
                self.company.revisit_plan_through_orm = through_orm
                policy = self.make_policy(
                    "issue_resolved",
                    code=f"linked_{through_orm}",
                    team_id=self.team.id,
                    assignment="agent",
                    agent_id=self.agent.id,
                    step_ids=[Command.create({"position": 2})],
                )
                issue = self.make_issue(partner_id=self.make_customer().id)
                self.solve(issue)
                self.plan()
                first = self.get_planned(issue, policy)
                mine = self.finish(first, customer_confirmed="no")
                self.assertRefused(UserError, "reopened", mine.action_call_about, WHY)
                self.assertFalse(self.follow(first))
                self.solve(issue)
                self.plan()
                second = self.get_planned(issue, policy) - first
                self.assertRecordValues(
                    second,
                    [
                        {
                            "previous_id": first.id,
                            "chain_id": first.id,
                            "chain_position": 2,
                        }
                    ],
                )
                policy.active = False

    def solve(self, issue):
        if issue.state == "new":
            issue.action_acknowledge()
        issue.action_resolve("Repaired")

    def test_unsettled_survey_goes_on_by_its_steps(self):
        """C9, 002.1: the customer's answer asks for the next one."""
        rulebook = self.install_rulebook("property")
        policy = rulebook.policy_ids.filtered(lambda p: p.code == "property_survey")
        survey = self.env["survey.survey"].create({"title": "Opinions"})
        answer = self.env["survey.user_input"].create(
            {"survey_id": survey.id, "partner_id": self.customer.id, "state": "done"}
        )
        first = self.make_callback(
            policy=policy,
            source_model="survey.user_input",
            source_id=answer.id,
            occasion="",
            user_id=self.agent.id,
            channel="phone",
        )
        self.finish(first, customer_confirmed="no")
        second = self.follow(first)
        self.assertEqual(second.chain_position, 2)
        self.assertEqual(second.channel, "phone")
        self.assertFalse(answer.revisit_unsettled_count)

    # ------------------------------------------------------------
    # RULEBOOKS
    # ------------------------------------------------------------

    def test_property_rulebooks_ship_their_steps(self):
        """R: 002.1 and 002.3 call a second, third and further time."""
        for code in ("property", "property_c"):
            rulebook = self.install_rulebook(code)
            for name in ("survey", "complaint", "suggestion"):
                policy = rulebook.policy_ids.filtered(
                    lambda p, c=f"{code}_{name}": p.code == c
                )
                with self.subTest(policy=policy.code):
                    self.assertEqual(policy.step_ids.mapped("position"), [2, 3, 4])
                    self.assertIn("delay", policy.step_ids[0].our_values)

    # ------------------------------------------------------------
    # CONSOLE, FORM
    # ------------------------------------------------------------

    def test_console_asks_and_shows(self):
        """C9, C2: in the talk, refused without words, shown with the next call."""
        callback = self.make_callback(
            policy=self.policy, user_id=self.agent.id, occasion=""
        )
        console = self.env["revisit.console"].with_user(self.agent)
        reason = console.open_screen(callback.id)["reasons"][0]
        self.assertIn("no. 2", reason["next"])
        self.assertRefused(
            UserError,
            "not settled",
            console.press,
            callback.id,
            "reached",
            {"about": {str(callback.id): " "}},
        )
        said = {"about": {str(callback.id): WHY}, "measures": {"feedback": "Hm"}}
        console.press(callback.id, "reached", said)
        self.assertFalse(self.follow(callback))
        with self.at(NOW + timedelta(seconds=11)):
            console.settle()
        second = self.follow(callback)
        self.assertEqual(second.chain_reason, WHY)
        with self.at(second.window_start + timedelta(hours=10)):
            shown = console.open_screen(second.id)["reasons"][0]
        self.assertIn("no. 2", shown["chain"])
        self.assertIn("Hm", shown["chain"])
        self.assertEqual(shown["chain_reason"], WHY)

    def test_foreign_callback_is_not_chained_by_the_console(self):
        """C9, K1: only matters of the talk itself."""
        foreign = self.make_done(policy=self.policy, user_id=self.agent2.id)
        callback = self.make_callback(
            policy=self.policy, user_id=self.agent.id, occasion=""
        )
        console = self.env["revisit.console"].with_user(self.agent)
        console.press(callback.id, "reached", {"about": {str(foreign.id): WHY}})
        with self.at(NOW + timedelta(seconds=11)):
            console.settle()
        self.assertFalse(self.follow(foreign))

    def test_finish_form_asks(self):
        """C9: the form of the result has a line for it."""
        callback = self.make_callback(
            policy=self.policy, user_id=self.agent.id, occasion=""
        ).with_user(self.agent)
        wizard = self.env["revisit.callback.finish"].with_user(self.agent)
        wizard = wizard.create(
            {"callback_id": callback.id, "result": "reached", "chain_reason": WHY}
        )
        wizard.action_finish()
        self.assertEqual(self.follow(callback).chain_reason, WHY)
