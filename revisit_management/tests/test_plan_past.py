# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""B8, B10: Plan Past Events for many policies, and units without people."""

from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import NOW, RevisitCommon


@tagged("post_install", "-at_install")
class TestPlanPast(RevisitCommon):
    """One policy that fails stops nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sound = cls.make_policy(team_id=cls.team.id, code="sound", name="Sound")
        cls.order = cls.make_order(date=NOW - timedelta(days=9))

    def open_dialog(self, policies):
        form = Form(
            self.env["revisit.plan.past"]
            .with_user(self.manager)
            .with_context(active_ids=policies.ids, active_model=policies._name)
        )
        return form.save()

    def make_shop_policy(self):
        """Create a policy whose documents an app brought that has gone since."""
        policy = self.make_policy("repair_done", code="shop", name="Shop")
        trigger = policy.trigger_id.copy({"code": "gone", "name": "Gone"})
        policy.trigger_id = trigger
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE revisit_trigger SET model_name = 'pos.order' WHERE id = %s",
            [trigger.id],
        )
        self.env.invalidate_all()
        return policy

    def test_broken_policy_is_listed(self):
        """B8: its reason is told, the others are checked and planned."""
        shop = self.make_shop_policy()
        by_hand = self.make_policy("manual", code="hand", name="Hand")
        dialog = self.open_dialog(shop + self.sound + by_hand)
        self.assertEqual(dialog.policy_ids, shop + self.sound, "not by hand")
        dialog.policy_ids += by_hand
        dialog.action_check()
        self.assertIn("Shop: the documents pos.order do not exist", dialog.problems)
        self.assertIn("Hand: it is planned by hand", dialog.problems)
        self.assertNotIn("Sound", dialog.problems)
        self.assertIn("This would happen:", dialog.outcome)
        self.assertIn("New callbacks: 1", dialog.outcome)
        self.assertFalse(self.get_planned(self.order))
        dialog.action_plan()
        self.assertIn("This was planned:", dialog.outcome)
        self.assertEqual((dialog.is_done, dialog.new_count), (True, 1))
        self.assertEqual(len(self.get_planned(self.order, self.sound)), 1)

    def test_failing_policy_is_listed(self):
        """B8: what fails only while it is planned, by either planner."""
        worse = self.make_policy(code="worse", name="Worse")
        for through_orm, model in (
            (False, "revisit.planner.set"),
            (True, "revisit.planner"),
        ):
            self.company.revisit_plan_through_orm = through_orm
            collect = type(self.env[model])._collect

            def fail(planner, batch, policy, *args, collect=collect):
                if policy.code == "worse":
                    raise ValueError("It fell over")
                return collect(planner, batch, policy, *args)

            dialog = self.open_dialog(worse + self.sound)
            with (
                patch.object(type(self.env[model]), "_collect", fail),
                mute_logger(
                    "odoo.addons.revisit_management.models.planning.revisit_planner"
                ),
            ):
                dialog.action_check()
            self.assertEqual(dialog.problems, "Worse: It fell over")
            self.assertIn("New callbacks: 1", dialog.outcome)

    def test_background_leaves_the_broken_ones_out(self):
        """B8, K4: the run is about those that can plan."""
        shop = self.make_shop_policy()
        dialog = self.open_dialog(shop + self.sound)
        dialog.in_background = True
        action = dialog.action_plan()
        run = self.env["revisit.run"].browse(action["res_id"])
        self.assertIn("Sound", run.name)
        self.assertNotIn("Shop", run.name)
        self.assertIn("Shop: the documents pos.order", run.notice)
        alone = self.open_dialog(shop)
        alone.in_background = True
        self.assertRefused(UserError, "Shop", alone.action_plan)

    def test_archived_policies_are_asked_for(self):
        """B8: they are shown, and plan only if one says so."""
        archived = self.make_policy(active=False, code="old", name="Old")
        dialog = self.open_dialog(self.sound + archived)
        self.assertEqual(dialog.policy_ids, self.sound)
        self.assertEqual(dialog.archived_ids, archived)
        dialog.action_check()
        self.assertIn("New callbacks: 1", dialog.outcome)
        dialog.with_archived = True
        dialog.action_check()
        self.assertIn("New callbacks: 2", dialog.outcome)
        archived.rulebook_id = self.install_rulebook("appliance")
        archived.rulebook_id.effective_from = NOW.date()
        dialog.action_check()
        self.assertIn("Events before", dialog.outcome)
        alone = self.open_dialog(archived)
        self.assertRefused(ValidationError, "Choose a policy", alone.action_check)

    def test_second_click_plans_nothing(self):
        """B8: nor does a second dialog; the callbacks are one click away."""
        dialog = self.open_dialog(self.sound)
        dialog.action_check()
        dialog.action_plan()
        planner = type(self.env["revisit.planner"])
        with patch.object(planner, "_plan", side_effect=AssertionError):
            dialog.action_plan()
        self.assertEqual(dialog.new_count, 1)
        action = dialog.action_open_callbacks()
        self.assertEqual(
            self.callbacks.search(action["domain"]), self.get_planned(self.order)
        )

    def test_changing_the_range_asks_for_a_new_check(self):
        """B8: what is shown belongs to what is chosen."""
        dialog = self.open_dialog(self.sound)
        dialog.action_check()
        with Form(dialog) as form:
            form.date_from = "2026-03-01"
            self.assertFalse(form.is_checked)
            self.assertFalse(form.outcome)


@tagged("post_install", "-at_install")
class TestUnitProblem(RevisitCommon):
    """B10: a policy says so when nobody would see what it plans."""

    def test_each_lack(self):
        """B10: no unit, no agents, no manager, neither; in the policy's words."""
        policy = self.make_policy(
            name="Calls", assignment="round_robin", team_id=self.team.id
        )
        self.assertFalse(policy.unit_problem)
        for members, manager, text in (
            (self.team.browse().member_ids, self.supervisor, "Team has no agents"),
            (self.agent, False, "Team has no manager"),
            (False, False, "Team has neither agents nor a manager"),
        ):
            self.team.write(
                {
                    "member_ids": [(6, 0, members.ids if members else [])],
                    "manager_id": manager and manager.id,
                }
            )
            self.assertIn(text, policy.unit_problem)
            self.assertEqual(policy.action_open_unit()["res_id"], self.team.id)
        alone = self.make_policy(name="Alone")
        self.assertIn("Alone has no unit", alone.unit_problem)

    def test_people_who_have_left(self):
        """B10: archived users make no callback and oversee none."""
        policy = self.make_policy(team_id=self.team.id)
        (self.agent + self.agent2).active = False
        self.assertIn("has no agents", policy.unit_problem)
        self.supervisor.active = False
        self.assertIn("neither agents nor a manager", policy.unit_problem)

    def test_people_without_the_role(self):
        """B10: whoever may not see the callbacks neither makes nor oversees them."""
        policy = self.make_policy(team_id=self.team.id)
        named = self.make_policy(
            name="Named",
            assignment="agent",
            agent_id=self.agent.id,
            team_id=self.team.id,
        )
        (self.agent + self.agent2).group_ids = [Command.clear()]
        self.assertIn("has no agents", policy.unit_problem)
        self.assertIn("has no agents", named.unit_problem)
        self.supervisor.group_ids = self.env.ref("revisit_management.group_agent")
        self.assertIn("neither agents nor a manager", policy.unit_problem)

    def test_who_needs_no_unit(self):
        """B10: touches, and dealers' own units."""
        dealers = self.make_policy(level="dealer", assignment="dealer")
        self.assertFalse(dealers.unit_problem)
        template = self.env.ref("revisit_management.sms_template_repair_shop_birthday")
        touch = self.make_policy(
            contact_type="touch", channel="sms", sms_template_id=template.id
        )
        self.assertFalse(touch.unit_problem)

    def test_installed_rulebook_says_so(self):
        """B10: its units are new, so they have nobody; one line per unit."""
        rulebook = self.install_rulebook("five_grades")
        self.assertEqual(len(rulebook.unit_problem.splitlines()), 1)
        self.assertIn("neither agents nor a manager", rulebook.unit_problem)
        team = rulebook.policy_ids.team_id
        self.assertEqual(
            rulebook.action_open_units()["domain"], [("id", "in", team.ids)]
        )
        team.write(
            {"member_ids": [(6, 0, self.agent.ids)], "manager_id": self.supervisor.id}
        )
        self.assertFalse(rulebook.unit_problem)

    def test_past_events_say_so(self):
        """B10: in the check of Plan Past Events, with the way to mend it."""
        empty = self.make_team("Empty")
        policy = self.make_policy(team_id=empty.id)
        dialog = self.env["revisit.plan.past"].with_user(self.manager)
        dialog = dialog.with_context(active_ids=policy.ids).create({})
        self.assertIn("Empty has neither", dialog.unit_problem)
        self.assertEqual(dialog.action_open_units()["res_id"], empty.id)
