# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import NOW, ZONE, RevisitCommon, utc

# what a replay must leave as it is: table and what its rows are compared by
UNTOUCHED = {
    "revisit_policy": "write_date, active, active_from, delay_max, sample_rate, domain",
    "revisit_rulebook": "write_date, cap_limit, merge_contacts",
    "revisit_callback": "write_date, state, user_id, contact_id",
    "revisit_touch": "write_date",
    "revisit_planning_skip": "write_date, reason",
    "revisit_draw": "write_date",
    "revisit_run": "write_date",
    "revisit_planner_slot": "planned_at",
    "revisit_team": "write_date, assigned_count",
    "res_company": "write_date, revisit_budget_limit",
    "ir_cron_trigger": "call_at",
    "mail_message": "write_date",
    "mail_tracking_value": "write_date",
}
JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


@tagged("post_install", "-at_install")
class TestWhatIf(RevisitCommon):
    """B8, L9: a policy or a change of it replayed over a past period."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.revisit_hourly_cost = 60.0
        cls.script = cls.env["revisit.script"].create({"name": "Ask", "duration": 6})
        cls.rulebook = cls.env["revisit.rulebook"].create(
            {"name": "Own Rules", "code": "own", "merge_contacts": True}
        )
        cls.seller = cls.make_user(
            "revisit_manager_sales",
            "revisit_management.group_manager,sales_team.group_sale_salesman_all_leads",
        )
        cls.dealt = cls.make_customer("Of a Dealer", dealer_id=cls.dealer_a.id)

    def both(self):
        """Yield once per planner: the set-based one, and the one through the ORM."""
        for through_orm in (False, True):
            savepoint = self.env.cr.savepoint()
            self.company.revisit_plan_through_orm = through_orm
            yield through_orm
            savepoint.close(rollback=True)

    def make_what_if(self, policies, user=None, company=None, **values):
        """Create the wizard for January, with ``values`` to try."""
        policies = policies.with_context(active_test=False)
        return (
            self.env["revisit.what.if"]
            .with_user(user or self.manager)
            .with_company(company or self.company)
            .create(
                {
                    "policy_ids": [Command.set(policies.ids)],
                    "policy_id": policies.id if len(policies) == 1 else False,
                    "period": "month",
                    "date_from": JANUARY[0],
                    "date_to": JANUARY[1],
                    **values,
                }
            )
        )

    def compute(self, policies, **values):
        what_if = self.make_what_if(policies, **values)
        what_if.action_compute()
        return what_if

    def make_orders(self, days, partner=None):
        """Create one order at noon of each of these days of January."""
        return [
            self.make_order(partner=partner, date=utc(ZONE, 2026, 1, day, 12))
            for day in days
        ]

    def get_sums(self, what_if, measure, group=None):
        """Return (as it is, as changed), or that per value of ``group``."""
        names = [f"{measure}_before:sum", f"{measure}_after:sum"]
        domain = [("what_if_id", "=", what_if.id)]
        Line = what_if.env["revisit.what.if.line"]
        rows = Line._read_group(domain, [group] if group else [], names)
        if not group:
            return rows[0]
        return {row[0]: row[1:] for row in rows}

    def snapshot(self):
        self.env.flush_all()
        result = {}
        for table, columns in UNTOUCHED.items():
            self.env.cr.execute(f"SELECT id, {columns} FROM {table} ORDER BY id")
            result[table] = self.env.cr.fetchall()
        return result

    # ------------------------------------------------------------
    # NUMBERS
    # ------------------------------------------------------------

    def test_agents_of_another_company_are_not_tried(self):
        """K3: their name is not told, nor is their work replayed."""
        other = self.make_company()
        stranger = self.make_user("stranger", "revisit_management.group_agent")
        stranger.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        with self.assertRaises(ValidationError):
            self.make_what_if(self.make_policy(), new_agent_id=stranger.id)

    def test_same_as_generate(self):
        """B8, L9: calls, agents, dealers, hours and cost are those of the real run."""
        for _through_orm in self.both():
            policy = self.make_policy(
                team_id=self.team.id,
                assignment="round_robin",
                script_id=self.script.id,
                rulebook_id=self.rulebook.id,
            )
            other = self.make_policy(rulebook_id=self.rulebook.id)
            self.make_orders((5, 20))
            self.make_orders((5, 31), partner=self.dealt)
            banned = self.make_customer(
                do_not_contact=True, do_not_contact_reason="asked"
            )
            self.make_orders((7,), partner=banned)
            both = policy + other
            what_if = self.compute(both)
            start, end = utc(ZONE, 2026, 1, 1), utc(ZONE, 2026, 2, 1)
            counts = both.generate(start, end)
            made = self.callbacks.search([("policy_id", "in", both.ids)])
            self.assertEqual(len(made), 8)
            self.assertEqual(self.get_sums(what_if, "calls"), (8, 8))
            self.assertEqual(counts["created"], 8)
            self.assertEqual(
                self.get_sums(what_if, "left_out", "reason")["do_not_contact"], (2, 2)
            )
            leading = made.filtered(lambda callback: not callback.contact_id)
            self.assertEqual(self.get_sums(what_if, "contacts")[0], len(leading))
            minutes = sum(6 if c.policy_id == policy else 5 for c in leading)
            self.assertAlmostEqual(self.get_sums(what_if, "hours")[0], minutes / 60, 2)
            self.assertAlmostEqual(self.get_sums(what_if, "cost")[0], minutes, 2)
            by_user = self.get_sums(what_if, "calls", "user_id")
            for user in self.agent + self.agent2:
                mine = made.filtered(lambda c, u=user: c.user_id == u)
                self.assertEqual(by_user[user.with_user(self.manager)][0], len(mine))
            by_dealer = self.get_sums(what_if, "calls", "dealer_id")
            self.assertEqual(by_dealer[self.dealer_a], (4, 4))
            by_month = self.get_sums(what_if, "calls", "month:month")
            # the window of the 31st ends in February
            self.assertEqual(by_month[date(2026, 1, 1)][0], 6)
            self.assertEqual(by_month[date(2026, 2, 1)][0], 2)

    def test_as_if_nothing_was_planned(self):
        """B8, L9: what the policy has planned already does not hide anything."""
        for _through_orm in self.both():
            policy = self.make_policy(assignment="agent", agent_id=self.agent.id)
            self.make_orders((5, 6))
            policy.generate(utc(ZONE, 2026, 1, 1), utc(ZONE, 2026, 2, 1))
            self.assertEqual(self.get_sums(self.compute(policy), "calls"), (2, 2))

    def test_archived_and_before_activation(self):
        """B8, L9: neither activation nor archiving hides what it would have done."""
        for _through_orm in self.both():
            policy = self.make_policy(active=False, active_from=NOW)
            self.make_orders((5, 6))
            what_if = self.compute(policy)
            self.assertEqual(self.get_sums(what_if, "calls"), (2, 2))
            self.assertIn("Not switched on yet", what_if.outcome)
            self.assertFalse(policy.active)

    def test_both_planners(self):
        """B8, L9: both planners decide the same, chains and samples included."""
        self.make_orders((2, 5, 9, 20, 28))
        self.make_orders((4, 5, 30), partner=self.dealt)
        self.rulebook.write({"cap_limit": 1, "cap_period": "month"})
        shared = {"rulebook_id": self.rulebook.id, "team_id": self.team.id}
        policies = (
            self.make_policy(assignment="least_loaded", **shared)
            + self.make_policy(
                recurrence="rolling", period_months=1, cap_role="held", **shared
            )
            + self.make_policy(recurrence="calendar", period_months=1, **shared)
            + self.make_policy(
                recurrence="sample", sample_rate=40.0, sample_seed="s", **shared
            )
        )
        period = (utc(ZONE, 2026, 1, 1), utc(ZONE, 2026, 6, 1))
        results = []
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            details = self.planner._replay(policies, *period)
            results.append(sorted(tuple(map(str, row.values())) for row in details))
        self.assertEqual(*results)
        self.assertGreater(len(results[0]), 10)

    def test_rolling_chain(self):
        """B3, L9: each document comes back every period, though nothing was made."""
        for _through_orm in self.both():
            policy = self.make_policy(recurrence="rolling", period_months=1)
            self.make_order(date=utc(ZONE, 2025, 8, 31, 12))
            what_if = self.compute(
                policy,
                period="quarter",
                date_from=date(2025, 10, 1),
                date_to=date(2025, 12, 31),
                new_period_months=2,
            )
            # due on October 31st, November 30th, December 31st; or October 31st, Dec.
            self.assertEqual(self.get_sums(what_if, "calls"), (3, 2))

    def test_cost_in_queries(self):
        """B8: the number of statements does not grow with the orders."""

        def count():
            what_if = self.make_what_if(policy, new_delay_max=4)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            what_if.action_compute()
            return self.env.cr.sql_log_count - before

        policy = self.make_policy(team_id=self.team.id, assignment="round_robin")
        self.make_orders((5,))
        count()
        few = count()
        self.make_orders(range(6, 26))
        self.assertLessEqual(count(), few + 2)

    # ------------------------------------------------------------
    # CHANGES
    # ------------------------------------------------------------

    def test_change_of_window(self):
        """L9: a later window moves the callbacks into the next month."""
        for _through_orm in self.both():
            policy = self.make_policy()
            self.make_orders((5, 27))
            what_if = self.compute(policy, new_delay_max=10)
            by_month = self.get_sums(what_if, "calls", "month:month")
            self.assertEqual(by_month[date(2026, 1, 1)], (2, 1))
            self.assertEqual(by_month[date(2026, 2, 1)], (0, 1))
            self.assertIn("Latest: 3 → 10", what_if.outcome)
            self.assertIn("as many callbacks as before", what_if.outcome)

    def test_change_of_window_to_zero(self):
        """L9: 0 is a value to try; an empty field is not."""
        policy = self.make_policy()
        self.make_orders((31,))
        what_if = self.compute(policy, new_delay_min=0, new_delay_max=0)
        by_month = self.get_sums(what_if, "calls", "month:month")
        self.assertEqual(by_month, {date(2026, 1, 1): (0, 1), date(2026, 2, 1): (1, 0)})

    def test_change_of_cap(self):
        """L9: a lower limit holds back what the words and the reasons tell."""
        for _through_orm in self.both():
            policy = self.make_policy(rulebook_id=self.rulebook.id, cap_role="held")
            self.make_orders((5, 12, 19))
            what_if = self.compute(
                policy,
                rulebook_id=self.rulebook.id,
                new_cap_limit=1,
                new_cap_period="month",
            )
            self.assertEqual(self.get_sums(what_if, "calls"), (3, 1))
            held = self.get_sums(what_if, "left_out", "reason")
            self.assertEqual(held["cap"], (0, 2))
            self.assertIn("2 callbacks fewer per month", what_if.outcome)
            self.assertIn("hold back 2 more per month", what_if.outcome)
            self.assertEqual(self.rulebook.cap_limit, 0)

    def test_change_of_merge_and_budget(self):
        """L2, L3, L9: combining changes the contacts, the budget the callbacks."""
        for _through_orm in self.both():
            policy = self.make_policy(rulebook_id=self.rulebook.id)
            self.make_orders((5, 6))
            values = {"rulebook_id": self.rulebook.id}
            what_if = self.compute(policy, new_merge="no", **values)
            self.assertEqual(self.get_sums(what_if, "contacts"), (1, 2))
            what_if = self.compute(policy, new_merge="no", new_budget_limit=1, **values)
            self.assertEqual(self.get_sums(what_if, "calls"), (2, 1))
            self.assertEqual(
                self.get_sums(what_if, "left_out", "reason")["budget"], (0, 1)
            )
            self.assertEqual(self.company.revisit_budget_limit, 0)

    def test_change_of_sample_and_condition(self):
        """B4, L9: another rate draws more; another condition finds fewer."""
        for _through_orm in self.both():
            policy = self.make_policy(recurrence="sample", sample_rate=10.0)
            self.make_orders(range(5, 15))
            what_if = self.compute(policy, new_sample_rate=50.0)
            self.assertEqual(self.get_sums(what_if, "calls"), (1, 5))
            self.assertFalse(self.env["revisit.draw"].search_count([]))
            event = self.make_policy()
            self.make_orders((8, 9), partner=self.dealt)
            what_if = self.compute(
                event,
                user=self.seller,
                new_domain=f"[('partner_id', '=', {self.dealt.id})]",
            )
            self.assertEqual(self.get_sums(what_if, "calls"), (12, 2))

    def test_change_of_assignment(self):
        """L9: what lay in the unit's queue is one agent's."""
        policy = self.make_policy(team_id=self.team.id)
        self.make_orders((5, 6))
        what_if = self.compute(
            policy, new_assignment="agent", new_agent_id=self.agent.id
        )
        by_agent = self.get_sums(what_if, "calls", "assignee")
        queue = f"Queue of {self.team.name}"
        self.assertEqual(by_agent, {queue: (2, 0), self.agent.name: (0, 2)})

    def test_touches_are_no_callbacks(self):
        """L4, L9: touches are counted apart and take nobody's hours."""
        policy = self.make_policy(
            contact_type="touch",
            channel="sms",
            sms_template_id=self.env.ref(
                "revisit_management.sms_template_repair_shop_birthday"
            ).id,
        )
        self.make_orders((5, 6))
        what_if = self.compute(policy)
        self.assertEqual(self.get_sums(what_if, "touches"), (2, 2))
        self.assertEqual(self.get_sums(what_if, "calls"), (0, 0))
        self.assertEqual(self.get_sums(what_if, "hours"), (0, 0))

    # ------------------------------------------------------------
    # NOTHING REMAINS
    # ------------------------------------------------------------

    def test_leaves_nothing_behind(self):
        """B8, L9: a replay with every change leaves the database as it was."""
        for _through_orm in self.both():
            policy = self.make_policy(
                team_id=self.team.id,
                assignment="round_robin",
                rulebook_id=self.rulebook.id,
            )
            sample = self.make_policy(recurrence="sample", sample_rate=10.0)
            self.make_orders((5, 6, 7))
            policy.generate(utc(ZONE, 2026, 1, 1), utc(ZONE, 2026, 1, 7))
            before = self.snapshot()
            what_if = self.compute(
                policy + sample,
                user=self.seller,
                policy_id=policy.id,
                rulebook_id=self.rulebook.id,
                new_delay_max=9,
                new_domain="[('id', '>', 0)]",
                new_channel="sms",
                new_cap_role="held",
                new_cap_limit=1,
                new_merge="no",
                new_budget_limit=2,
            )
            self.assertTrue(what_if.line_ids)
            after = self.snapshot()
            for table in UNTOUCHED:
                self.assertEqual(before[table], after[table], table)
            self.assertEqual(policy.delay_max, 3)
            self.assertFalse(self.rulebook.cap_limit)

    def test_refused_change_leaves_nothing_behind(self):
        """L9: an impossible value is explained, and nothing is changed."""
        policy = self.make_policy()
        before = self.snapshot()
        what_if = self.make_what_if(policy, new_delay_min=7)
        self.assertRefused(ValidationError, "lies after the", what_if.action_compute)
        what_if = self.make_what_if(
            policy, user=self.seller, new_domain="[('nothing', '=', 1)]"
        )
        self.assertRefused(ValidationError, "nothing", what_if.action_compute)
        self.assertEqual(before, self.snapshot())
        self.assertEqual(policy.delay_min, 1)

    # ------------------------------------------------------------
    # BAD INPUT AND RIGHTS
    # ------------------------------------------------------------

    def test_bad_input(self):
        """L9: what cannot be replayed is named, with the way out."""
        policy = self.make_policy()
        self.assertRefused(
            ValidationError,
            "exchange them",
            self.make_what_if,
            policy,
            date_from=date(2026, 2, 1),
        )
        what_if = self.make_what_if(policy.browse())
        self.assertRefused(UserError, "Choose the policies", what_if.action_compute)
        what_if = self.make_what_if(self.make_policy("manual"))
        self.assertRefused(UserError, "started by hand", what_if.action_compute)
        other = self.make_policy()
        what_if = self.make_what_if(policy, policy_id=other.id)
        self.assertRefused(UserError, "Add it to the", what_if.action_compute)
        bare = self.make_policy(active=False)
        bare.trigger_id = False
        what_if = self.make_what_if(bare)
        self.assertRefused(UserError, "has no trigger", what_if.action_compute)
        trigger = policy.trigger_id
        self.env.cr.execute(
            "UPDATE revisit_trigger SET clock_path = 'gone' WHERE id = %s",
            [trigger.id],
        )
        trigger.invalidate_recordset()
        what_if = self.make_what_if(policy)
        self.assertRefused(UserError, "cannot plan", what_if.action_compute)

    def test_managers_only(self):
        """K1, L9: agents and supervisors replay nothing and read no result."""
        policy = self.make_policy()
        what_if = self.compute(policy)
        for user in (self.agent, self.supervisor, self.employee_user, self.portal_a):
            with self.assertRaises(AccessError):
                self.make_what_if(policy, user=user)
            theirs = what_if.with_user(user)
            for name in ("action_compute", "action_switch_on", "action_open_lines"):
                with self.assertRaises(AccessError):
                    getattr(theirs, name)()
            with self.assertRaises(AccessError):
                theirs.line_ids.read(["calls_after"])

    def test_own_results_only(self):
        """K1: another manager's replay is not shown."""
        what_if = self.compute(self.make_policy())
        other = self.make_user("revisit_manager2", "revisit_management.group_manager")
        with self.assertRaises(AccessError):
            what_if.with_user(other).read(["outcome"])

    def test_two_companies(self):
        """K2, L9: only the policies of one's own company, in that company's world."""
        second = self.make_company()
        theirs = self.make_policy(company_id=second.id)
        self.make_orders((5,))
        with self.assertRaises(UserError):
            self.make_what_if(theirs)
        with self.assertRaises(AccessError):
            self.make_what_if(theirs, company_id=second.id)
        self.manager.company_ids += second
        what_if = self.make_what_if(theirs, company=second)
        what_if.action_compute()
        self.assertEqual(self.get_sums(what_if, "calls"), (0, 0))
        ours = self.make_policy()
        self.assertEqual(self.get_sums(self.compute(ours), "calls"), (1, 1))

    def test_condition_within_own_rights(self):
        """K1, L9: a condition is tried with the rights of who writes it."""
        policy = self.make_policy()
        self.make_orders((5,))
        domain = f"[('partner_id', '=', {self.customer.id})]"
        what_if = self.make_what_if(policy, new_domain=domain)
        self.assertRefused(ValidationError, "may not read", what_if.action_compute)
        what_if = self.compute(policy, user=self.seller, new_domain=domain)
        self.assertEqual(self.get_sums(what_if, "calls"), (1, 1))

    # ------------------------------------------------------------
    # SWITCHING ON
    # ------------------------------------------------------------

    def test_switch_on(self):
        """L9: the shown values are written, archived policies start now."""
        policy = self.make_policy(active=False, rulebook_id=self.rulebook.id)
        old = policy.active_from
        what_if = self.make_what_if(
            policy, rulebook_id=self.rulebook.id, new_delay_max=5, new_cap_limit=2
        )
        self.assertRefused(UserError, "Compute", what_if.action_switch_on)
        what_if.action_compute()
        what_if.action_switch_on()
        self.assertTrue(policy.active)
        self.assertEqual(policy.delay_max, 5)
        self.assertEqual(self.rulebook.cap_limit, 2)
        self.assertGreater(policy.active_from, old)
        self.assertEqual(policy.active_from, NOW)

    def test_switch_on_only_what_was_shown(self):
        """L9: after another change the result counts no more."""
        policy = self.make_policy()
        what_if = self.compute(policy, new_delay_max=5)
        what_if.new_delay_max = 9
        self.assertRefused(UserError, "Compute", what_if.action_switch_on)
        self.assertEqual(policy.delay_max, 3)

    def test_switch_on_active(self):
        """B8, L9: an active policy keeps its activation, so nothing due is lost."""
        policy = self.make_policy()
        since = policy.active_from
        self.compute(policy, new_delay_max=5).action_switch_on()
        self.assertEqual((policy.delay_max, policy.active_from), (5, since))
        what_if = self.compute(policy)
        self.assertFalse(what_if.has_changes)
        self.assertRefused(UserError, "Nothing to switch on", what_if.action_switch_on)

    def test_budget_is_the_administrators(self):
        """K1, L9: trying a budget gives nobody the right to set it."""
        policy = self.make_policy()
        what_if = self.compute(policy, new_budget_limit=3)
        self.assertRefused(UserError, "administrator", what_if.action_switch_on)
        self.assertEqual(self.company.revisit_budget_limit, 0)

    # ------------------------------------------------------------
    # THE FORM
    # ------------------------------------------------------------

    def test_form_of_a_policy(self):
        """L9: the form begins with the last full quarter and the present values."""
        policy = self.make_policy(delay_min=2)
        context = {"active_model": "revisit.policy", "active_ids": policy.ids}
        model = self.env["revisit.what.if"].with_user(self.manager)
        with Form(model.with_context(**context)) as form:
            self.assertEqual(
                (form.date_from, form.date_to), (date(2025, 10, 1), date(2025, 12, 31))
            )
            self.assertEqual(form.policy_id, policy)
            self.assertEqual((form.new_delay_min, form.new_delay_max), (2, 3))
            form.period = "month"
            self.assertEqual(form.date_to, date(2025, 10, 31))
            form.new_delay_max = 4
        what_if = form.record
        self.assertEqual(
            what_if._get_changes(), [(policy.with_user(self.manager), {"delay_max": 4})]
        )

    def test_form_of_a_rulebook(self):
        """L9: a rulebook brings what it has switched on, or else all it has."""
        policy = self.make_policy(rulebook_id=self.rulebook.id)
        archived = self.make_policy(rulebook_id=self.rulebook.id, active=False)
        context = {"active_model": "revisit.rulebook", "active_ids": self.rulebook.ids}
        model = self.env["revisit.what.if"].with_user(self.manager)
        with Form(model.with_context(**context)) as form:
            self.assertEqual(form.policy_ids[:], policy)
            self.assertEqual(form.policy_id, policy)
            form.with_archived = True
            self.assertEqual(form.policy_ids[:], policy + archived)
            form.policy_id = archived
            form.new_delay_max = 7
        self.assertEqual(
            form.record._get_changes(),
            [(archived.with_user(self.manager), {"delay_max": 7})],
        )

    def test_form_from_the_menu(self):
        """L9: the form opens empty, and one policy alone is the one to change."""
        policy, other = self.make_policy(), self.make_policy(delay_max=9)
        with Form(self.env["revisit.what.if"].with_user(self.manager)) as form:
            form.policy_ids.add(policy)
            self.assertEqual(form.policy_id, policy)
            form.policy_ids.add(other)
            form.policy_id = other
            self.assertEqual(form.new_delay_max, 9)
            form.policy_id = self.env["revisit.policy"]
        self.assertFalse(form.record._get_changes())

    def test_last_quarter_of_the_zone(self):
        """L9: the last full quarter is the company's, not the server's."""
        model = self.env["revisit.what.if"]
        with self.at(utc(ZONE, 2026, 4, 1) + timedelta(hours=1)):
            self.assertEqual(
                model._get_last_quarter(self.company),
                (date(2026, 1, 1), date(2026, 3, 31)),
            )
