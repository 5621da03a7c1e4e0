# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import NOW, RevisitCommon


@tagged("post_install", "-at_install")
class TestBadInput(RevisitCommon):
    """B1, B2, B9: wrong definitions are refused, and told how to put right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(name="After a Sale")

    # ------------------------------------------------------------
    # POLICIES
    # ------------------------------------------------------------

    def test_a_trigger_of_ones_own_is_made_on_the_screen(self):
        """B1: the paths show once the documents are chosen, before it is saved."""
        admin = self.env.ref("base.user_admin")
        form = Form(self.env["revisit.trigger"].with_user(admin))
        form.name, form.code = "Task Done", "own_task"
        form.model_id = self.env["ir.model"]._get("mail.activity")
        form.clock_path = "date_done"
        form.name_path = "summary"
        form.partner_path = "user_id.partner_id"
        form.company_path = "user_id.company_id"
        trigger = form.save()
        self.assertEqual(trigger.model_name, "mail.activity")
        self.assertEqual(trigger.clock_path, "date_done")

    def test_days_to_catch_up_are_bounded(self):
        """B3: 800,000 days were saved, and then planning failed."""
        for days in (-1, 3661, 800000):
            with (
                self.subTest(days=days),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.cr.savepoint(),
            ):
                self.company.revisit_catch_up_days = days
                self.env.flush_all()
        self.company.revisit_catch_up_days = 3660
        order = self.make_order(date=NOW - timedelta(days=1))
        self.plan()
        self.assertTrue(self.get_planned(order, self.policy))

    def test_policy_input_is_checked(self):
        """B2: each refusal names the policy and the way out."""
        cases = [
            (
                {"delay_min": 5, "delay_max": 3},
                "After a Sale: the earliest delay (5) lies after the latest one (3)."
                " Exchange the two numbers.",
            ),
            (
                {"delay_unit": "hour", "delay_min": 2, "delay_max": 2},
                "a window in hours needs a latest delay above the earliest one",
            ),
            ({"trigger_id": False}, "Choose the trigger, or archive the policy."),
            (
                {"delay_direction": "before"},
                "Choose a trigger with a planned date, such as Delivery Planned.",
            ),
            ({"assignment": "agent"}, "After a Sale: choose the agent."),
            ({"assignment": "least_loaded"}, "choose the unit."),
            ({"assignment": "round_robin"}, "choose the unit."),
            (
                {"domain": "[('no_such_field', '=', 1)]"},
                "the condition [('no_such_field', '=', 1)] cannot be searched",
            ),
            ({"domain": "[('state', '=']"}, "cannot be searched"),
            ({"domain": "state = sale"}, "cannot be searched"),
            ({"domain": "[('state', 'resembles', 'sale')]"}, "cannot be searched"),
            ({"domain": "__import__('os').getcwd()"}, "cannot be searched"),
            ({"domain": "uid"}, "cannot be searched"),
            # what compiles and cannot run
            ({"domain": "[('id', '=', 'abc')]"}, "cannot be searched"),
            ({"domain": "[('amount_total', '>', 'much')]"}, "cannot be searched"),
            ({"domain": "[('partner_id', '>', True)]"}, "cannot be searched"),
            ({"domain": "[('date_order', '>', 'some day')]"}, "cannot be searched"),
            ({"domain": "[('name', '=', 'a\\x00b')]"}, "cannot be searched"),
        ]
        for values, text in cases:
            with self.subTest(values=values):
                self.assertRefused(ValidationError, text, self.policy.write, values)
                line = {"policy_id": self.policy.id, "channel": "visit"}
                if "domain" in values:
                    self.assertRefused(
                        ValidationError,
                        text,
                        self.env["revisit.policy.channel"].create,
                        {**line, **values},
                    )

    def test_hours_need_a_clock_with_hours(self):
        """DESIGN 2.1: a date has no hour from which hours could count."""
        self.assertRefused(
            ValidationError,
            "Count in days.",
            self.make_policy,
            "sold",
            delay_min=0,
            delay_max=24,
            delay_unit="hour",
        )

    @mute_logger("odoo.sql_db")
    def test_negative_delays_are_refused(self):
        """B2: counting back has its own switch."""
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            self.policy.delay_min = -1
            self.env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_code_is_unique_per_company(self):
        """N: outside code finds a policy by its code."""
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint():
            self.make_policy(code=self.policy.code)
        self.make_policy(code=self.policy.code, company_id=self.make_company().id)

    def test_archived_policy_may_be_unfinished(self):
        """B2: drafts are kept archived."""
        self.policy.write({"active": False, "trigger_id": False})
        self.assertRefused(
            ValidationError, "has no trigger", self.policy.write, {"active": True}
        )

    def test_units_and_scripts_of_another_company_are_refused(self):
        """K3: a policy uses what its own company has."""
        other = self.make_company()
        team = self.make_team(company_id=other.id)
        with self.assertRaises(UserError):
            self.policy.team_id = team

    def test_copy_is_a_draft_with_its_own_code(self):
        """N: a copied policy does not plan until somebody activates it."""
        copy = self.policy.copy()
        self.assertEqual((copy.active, copy.code), (False, f"{self.policy.code}_copy"))
        self.assertEqual(copy.name, "After a Sale (copy)")

    def test_manager_learns_nothing_through_conditions(self):
        """DESIGN 2.3: a condition on what its writer may not read is refused."""
        policy = self.policy.with_user(self.manager)
        self.assertFalse(
            self.env["hr.employee"].with_user(self.manager).has_access("read")
            and self.env["sale.order"].with_user(self.manager).has_access("read")
        )
        self.assertRefused(
            ValidationError,
            "you may not read all",
            policy.write,
            {"domain": "[('amount_total', '>', 1000)]"},
        )

    def test_windows_that_nobody_lives_to_see(self):
        """B2: absurd numbers are refused before any run stumbles over them."""
        for values, text in (
            ({"delay_max": 10**9}, "too long"),
            ({"delay_unit": "month", "delay_max": 121}, "too long"),
            ({"recurrence": "rolling", "period_months": 10**8}, "ten years"),
            ({"recurrence": "sample"}, "draws nothing"),
        ):
            with self.subTest(values=values):
                self.assertRefused(ValidationError, text, self.policy.write, values)

    def test_manager_learns_nothing_through_channels(self):
        """DESIGN 2.3: the channel would show whether the condition holds."""
        lines = self.env["revisit.policy.channel"].with_user(self.manager)
        values = {"policy_id": self.policy.id, "channel": "visit"}
        self.assertRefused(
            ValidationError,
            "you may not read all",
            lines.create,
            {**values, "domain": "[('amount_total', '>', 1000)]"},
        )
        line = lines.create(values)
        self.assertRefused(
            ValidationError,
            "you may not read all",
            line.write,
            {"domain": "[('amount_total', '>', 1000)]"},
        )

    def test_manager_learns_nothing_through_strata(self):
        """B4, DESIGN 2.3: a draw shows its strata, so they need the same right."""
        self.assertRefused(
            ValidationError,
            "you may not read all",
            self.policy.with_user(self.manager).write,
            {"sample_stratum_path": "access_token"},
        )
        utility = self.install_rulebook("utility")
        sample = utility.policy_ids.filtered("sample_stratum_path")
        path = sample.sample_stratum_path
        self.assertIn("attribute:", path)
        sample.with_user(self.manager).write({"sample_stratum_path": path})

    def test_window_is_told_in_words(self):
        """B2: lists show what a policy demands."""
        self.assertEqual(self.policy.window_text, "Days 1 to 3 after")

    # ------------------------------------------------------------
    # TRIGGERS
    # ------------------------------------------------------------

    def test_trigger_input_is_checked(self):
        """B1, DESIGN 2.1-2.2: each refusal names field and path."""
        trigger = self.env["revisit.trigger"].create(
            {
                "name": "Custom",
                "code": "custom",
                "model_name": "sale.order",
                "clock_path": "date_order",
            }
        )
        cases = [
            ({"model_name": "no.such.model"}, "no.such.model do not exist here"),
            ({"clock_path": False}, "choose the date that starts the clock"),
            ({"clock_path": "no_date"}, "has no field no_date (path no_date)"),
            ({"clock_path": "partner_id.no_date"}, "Contact has no field no_date"),
            ({"clock_path": "name"}, "does not fit the path name"),
            ({"clock_path": "order_line.create_date"}, "does not fit the path"),
            ({"clock_path": "partner_id.tz_offset"}, "not stored"),
            ({"partner_path": False}, "give the path to the customer"),
            ({"partner_path": "user_id"}, "does not fit the path user_id"),
            ({"partner_path": "order_line"}, "does not fit the path order_line"),
            ({"user_path": "partner_id"}, "does not fit the path partner_id"),
            ({"company_path": "partner_id"}, "does not fit the path"),
            ({"occasion_field": "name"}, "does not fit the path name"),
            ({"domain": "[('no_such_field', '=', 1)]"}, "cannot be searched"),
            ({"domain": "[('tax_totals', '=', 1)]"}, "cannot be searched"),
            ({"domain": "[('state', '=', "}, "cannot be searched"),
            ({"domain": "[('id', '=', 'abc')]"}, "cannot be searched"),
            ({"domain": "[('partner_id', '>', True)]"}, "cannot be searched"),
            ({"model_name": "sale.report"}, "no document but a report"),
            ({"model_name": "mail.compose.message"}, "no document but a report"),
        ]
        for values, text in cases:
            with self.subTest(values=values):
                self.assertRefused(ValidationError, text, trigger.write, values)
        # what is right is taken
        trigger.write(
            {
                "clock_path": "partner_id.write_date",
                "partner_path": "partner_id.commercial_partner_id",
                "domain": "[('order_line.product_id.type', '=', 'service')]",
            }
        )

    def test_only_administrators_define_triggers(self):
        """DESIGN 2.3: paths reach past record rules, so managers do not set them."""
        trigger = self.policy.trigger_id.with_user(self.manager)
        self.assertTrue(trigger.name)
        self.assertRaises(AccessError, trigger.write, {"domain": "[]"})

    # ------------------------------------------------------------
    # UNITS, PLANS, ARCHIVE
    # ------------------------------------------------------------

    def test_units_form_a_tree(self):
        """A4: no unit stands below itself."""
        child = self.make_team("Office", parent_id=self.team.id)
        with self.assertRaises(UserError):
            self.team.parent_id = child

    def test_dealer_unit_needs_its_dealer(self):
        """A4: without the dealer nobody would see its callbacks."""
        self.assertRefused(
            ValidationError, "choose its dealer", self.make_team, "D", kind="dealer"
        )

    def make_plan(self, **values):
        return self.env["revisit.plan"].create(
            {
                "team_id": self.team.id,
                "date_from": "2026-03-01",
                "date_to": "2026-03-31",
                **values,
            }
        )

    def test_plan_takes_in_the_open_callbacks_of_its_period(self):
        """B9: a month's plan, approved, then fixed."""
        inside = self.make_callback()
        later = self.make_callback(
            window_start="2026-03-31 16:00:00", window_end="2026-04-02 16:00:00"
        )
        made = self.make_done()
        other = self.make_callback(team_id=self.make_team("Other").id)
        plan = self.make_plan()
        self.assertEqual(plan.name, "Team 2026-03")
        self.assertRefused(
            UserError, "take in the unit's callbacks", plan.action_submit
        )
        plan.action_fill()
        self.assertEqual(plan.callback_ids, inside)
        self.assertFalse((later + made + other).plan_id)
        plan.action_submit()
        plan.with_user(self.supervisor).action_approve()
        self.assertEqual(
            (plan.state, plan.approved_by_id), ("approved", self.supervisor)
        )
        self.assertRefused(UserError, "has been approved already", plan.action_approve)
        self.assertRefused(UserError, "its callbacks are fixed", plan.action_fill)
        inside.with_user(self.agent).action_log_attempt("reached")
        inside.with_user(self.agent).action_done()
        plan.invalidate_recordset()
        self.assertEqual(
            (plan.callback_count, plan.done_count, plan.progress), (1, 1, 100.0)
        )

    def test_plans_of_a_unit_do_not_overlap(self):
        """B9: a callback belongs to one plan."""
        self.make_plan()
        self.assertRefused(
            ValidationError,
            "Choose other dates, or extend that plan.",
            self.make_plan,
            date_from="2026-03-31",
            date_to="2026-04-30",
        )
        self.make_plan(date_from="2026-04-01", date_to="2026-04-30")

    def test_archive_dates_are_in_order(self):
        """A2: nothing is installed before it is sold."""
        for values in (
            {"installed_on": "2026-03-08"},
            {"warranty_until": "2026-03-08"},
        ):
            self.assertRefused(
                ValidationError,
                "Correct the dates",
                self.make_archive_line,
                sold_on="2026-03-09",
                **values,
            )

    def test_calling_hours_are_in_order(self):
        """A1: preferred hours lie within the day."""
        for first, last in ((20, 9), (-1, 9), (9, 25)):
            self.assertRefused(
                ValidationError,
                "the hours in which to call",
                self.customer.write,
                {"callback_hour_from": first, "callback_hour_to": last},
            )

    @mute_logger("odoo.sql_db")
    def test_window_ends_after_it_begins(self):
        """Words: a window holds at least a moment."""
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            self.make_callback(window_start=NOW, window_end=NOW)

    @mute_logger("odoo.sql_db")
    def test_occasion_is_unique(self):
        """B8, DESIGN 2.6: the database itself refuses a second callback."""
        values = {
            "source_model": "res.partner",
            "source_id": self.customer.id,
            "occasion": "once",
        }
        callback = self.make_callback(policy=self.policy, **values)
        callback.state = "cancelled"
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint():
            self.make_callback(policy=self.policy, **values)
        self.make_callback(
            policy=self.policy,
            **{**values, "occasion": "twice"},
            window_end=NOW + timedelta(days=1),
        )
