# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
from datetime import date, datetime, time, timedelta

from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged

from ..controllers.workbook import DocumentWorkbook
from .common import NOW, ZONE, RevisitCommon, RevisitMixin, utc

MANY = 1500
# within the window of ``make_callback``
TEN = utc(ZONE, 2026, 3, 12, 10)


class PlanMixin(RevisitMixin):
    @classmethod
    def make_plan(cls, **values):
        return cls.env["revisit.plan"].create(
            {
                "team_id": cls.team.id,
                "date_from": "2026-03-01",
                "date_to": "2026-03-31",
                **values,
            }
        )

    @classmethod
    def make_filled_plan(cls, user=None, **values):
        """Return a plan with one callback of the agent, as its supervisor sees it."""
        cls.callback = cls.make_callback(user_id=cls.agent.id)
        plan = cls.make_plan(**values)
        plan.action_fill()
        return plan.with_user(user or cls.supervisor)

    @classmethod
    def make_approved_plan(cls):
        plan = cls.make_filled_plan()
        plan.action_submit()
        plan.with_user(cls.manager).action_approve()
        return plan


@tagged("post_install", "-at_install")
class TestPlanStates(PlanMixin, RevisitCommon):
    """B9: a plan is drawn up, handed in, approved, carried out and closed."""

    def test_from_draft_to_closed(self):
        """B9: submitted by the supervisor, approved by the manager, closed."""
        plan = self.make_filled_plan()
        plan.action_submit()
        self.assertEqual(
            (plan.state, plan.submitted_by_id, plan.submitted_at),
            ("submitted", self.supervisor, NOW),
        )
        plan.with_user(self.manager).action_approve()
        self.assertEqual(
            (plan.state, plan.approved_by_id, plan.approved_at),
            ("approved", self.manager, NOW),
        )
        plan.action_close()
        self.assertEqual((plan.state, plan.closed_at), ("closed", NOW))
        self.assertIn(self.callback.display_name, plan.message_ids[0].body)
        self.assertIn("0 of 1 callbacks were made", plan.message_ids[0].body)

    def test_steps_out_of_turn(self):
        """B9: each wrong step says where the plan stands."""
        plan = self.make_filled_plan(user=self.manager)
        steps = {
            "action_submit": (),
            "action_approve": (),
            "action_close": (),
            "action_reset": ("Why",),
        }

        def refused(text, *names):
            for name in names:
                with self.subTest(state=plan.state, step=name):
                    self.assertRefused(
                        UserError, text, getattr(plan, name), *steps[name]
                    )

        refused("submit it first", "action_approve", "action_close", "action_reset")
        plan.action_submit()
        refused("waits for its approval", "action_submit", "action_close")
        plan.action_approve()
        refused("approved already", "action_submit", "action_approve", "action_reset")
        plan.action_close()
        refused("is closed", *steps)

    def test_agents_cannot_approve(self):
        """B9, K1: agents read their unit's plan and decide nothing."""
        plan = self.make_filled_plan()
        plan.action_submit()
        as_agent = plan.with_user(self.agent)
        self.assertEqual(as_agent.state, "submitted")
        self.assertFalse(as_agent.may_approve)
        self.assertRefused(
            AccessError, "Only the manager of the unit", as_agent.action_approve
        )
        for name, args in (
            ("action_fill", ()),
            ("action_reset", ("No",)),
            ("write", ({"note": "Mine"},)),
            ("unlink", ()),
        ):
            with self.subTest(step=name):
                self.assertRaises(AccessError, getattr(as_agent, name), *args)
        self.assertRaises(
            AccessError, self.callback.with_user(self.agent).write, {"plan_id": False}
        )

    def test_nobody_approves_their_own_plan(self):
        """B9: the submitter does not approve, unless they are callback manager."""
        plan = self.make_filled_plan()
        plan.action_submit()
        self.assertFalse(plan.may_approve)
        self.assertRefused(AccessError, "somebody else", plan.action_approve)
        above = self.make_user("revisit_above", "revisit_management.group_supervisor")
        region = self.make_team("Region", manager=above)
        self.team.parent_id = region
        plan.with_user(above).action_approve()
        self.assertEqual(plan.approved_by_id, above)

    def test_supervisors_of_other_units_see_no_plan(self):
        """B9, K1: nor of another company."""
        plan = self.make_filled_plan()
        plan.action_submit()
        stranger = self.make_user("revisit_str", "revisit_management.group_supervisor")
        other = self.make_company()
        abroad = self.make_user(
            "revisit_abroad",
            "revisit_management.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for user in (stranger, abroad):
            with self.subTest(user=user.login):
                found = self.env["revisit.plan"].with_user(user).search([])
                self.assertNotIn(plan.id, found.ids)
                self.assertRaises(AccessError, plan.with_user(user).read, ["name"])
                self.assertRaises(AccessError, plan.with_user(user).action_approve)
                progress = self.env["revisit.plan.progress"].with_user(user)
                self.assertFalse(progress.search([("plan_id", "=", plan.id)]))

    def test_state_is_set_by_steps_only(self):
        """B9, K1: not even a manager writes the approval by hand."""
        plan = self.make_filled_plan(user=self.manager)
        for vals in (
            {"state": "approved"},
            {"approved_by_id": self.manager.id},
            {"submitted_by_id": self.agent.id},
        ):
            self.assertRaises(AccessError, plan.write, vals)
        new = (
            self.env["revisit.plan"]
            .with_user(self.manager)
            .with_context(default_state="approved")
            .create(
                {
                    "team_id": self.team.id,
                    "date_from": "2026-05-01",
                    "date_to": "2026-05-31",
                }
            )
        )
        self.assertEqual(new.state, "draft")

    def test_reset_needs_a_reason(self):
        """B9: back to draft before the approval; the reason stays in the chatter."""
        plan = self.make_filled_plan()
        plan.action_submit()
        self.assertRefused(
            UserError, "Say what has to be changed", plan.action_reset, " "
        )
        dialog = plan.action_open_reset()
        wizard = Form(
            self.env[dialog["res_model"]]
            .with_user(self.supervisor)
            .with_context(**dialog["context"])
        )
        wizard.reason = "Too many on Monday"
        wizard.save().action_apply()
        self.assertEqual((plan.state, plan.submitted_by_id.id), ("draft", False))
        self.assertIn("Too many on Monday", plan.message_ids[0].body)

    def test_empty_plans_are_refused(self):
        """B9: nothing is submitted or approved that holds nothing."""
        plan = self.make_filled_plan(user=self.manager)
        plan.action_submit()
        self.callback.with_user(self.manager).action_cancel()
        self.assertRefused(UserError, "is empty", plan.action_approve)

    def test_approved_plans_are_fixed(self):
        """B9: callbacks neither leave nor join; dates and unit stay; it stays."""
        plan = self.make_approved_plan()
        late = self.make_callback()
        for user in (self.supervisor, self.manager):
            with self.subTest(user=user.login):
                fixed = plan.with_user(user)
                for function, args in (
                    (self.callback.with_user(user).write, ({"plan_id": False},)),
                    (late.with_user(user).write, ({"plan_id": plan.id},)),
                    (fixed.write, ({"callback_ids": [Command.clear()]},)),
                    (fixed.write, ({"date_to": "2026-03-30"},)),
                    (fixed.action_fill, ()),
                ):
                    self.assertRefused(
                        UserError, "its callbacks are fixed", function, *args
                    )
        self.assertRefused(UserError, "are fixed", plan.with_user(self.manager).unlink)

    def test_supervisors_reassign_after_the_approval(self):
        """B9: agents, times and channels still change, and that is logged."""
        plan = self.make_approved_plan()
        callback = self.callback.with_user(self.supervisor).with_context(
            tracking_disable=False, mail_notrack=False
        )
        self.cr.flush()
        callback.write(
            {"user_id": self.agent2.id, "channel": "visit", "planned_at": TEN}
        )
        self.cr.flush()
        changed = self.callback.message_ids.sudo().tracking_value_ids.field_id
        self.assertEqual(
            set(changed.mapped("name")), {"user_id", "channel", "planned_at"}
        )
        self.assertEqual(plan.callback_ids.user_id, self.agent2)


@tagged("post_install", "-at_install")
class TestPlanPeriods(PlanMixin, RevisitCommon):
    """B9: monthly or quarterly, on the company's calendar."""

    def test_period_sets_the_dates(self):
        """B9: in the company's zone it is April before it is in UTC."""
        with self.at("2026-03-31 17:00:00"):
            form = Form(self.env["revisit.plan"])
            form.team_id = self.team
            self.assertEqual(
                (form.date_from, form.date_to), (date(2026, 4, 1), date(2026, 4, 30))
            )
            form.period = "quarter"
            self.assertEqual(
                (form.date_from, form.date_to), (date(2026, 4, 1), date(2026, 6, 30))
            )
            form.date_from = date(2026, 8, 15)
            self.assertEqual(
                (form.date_from, form.date_to), (date(2026, 7, 1), date(2026, 9, 30))
            )
            form.period = "free"
            form.date_from = date(2026, 8, 15)
            plan = form.save()
        self.assertEqual(plan.date_from, date(2026, 8, 15))
        self.assertEqual(plan.name, "Team 2026-08-15 – 2026-09-30")

    def test_unit_chooses_the_period(self):
        """B9: a unit that plans by quarter gets a quarter."""
        self.team.plan_period = "quarter"
        form = Form(self.env["revisit.plan"])
        form.team_id = self.team
        self.assertEqual(form.save().name, "Team 2026-Q1")

    def test_dates_must_be_the_period(self):
        """B9: a month is a whole month."""
        self.assertEqual(self.make_plan(date_to="2026-03-30").period, "free")
        self.assertRefused(
            ValidationError,
            "runs from 2026-04-01 to 2026-04-30",
            self.make_plan,
            date_from="2026-04-02",
            date_to="2026-04-30",
            period="month",
        )

    def test_drafts_are_created_by_themselves(self):
        """B9, value_tier: a week before a quarter begins, once, and filled."""
        self.team.plan_period = "quarter"
        monthly = self.make_team("Monthly", plan_period="month")
        callback = self.make_callback(
            window_start=utc(ZONE, 2026, 4, 2), window_end=utc(ZONE, 2026, 4, 5)
        )
        self.make_team("None")
        plans = self.env["revisit.plan"]
        for moment, count in (
            ("2026-03-24 15:59:00", 2),  # both running periods, the 24th in Shanghai
            ("2026-03-24 16:01:00", 4),  # the 25th: both next ones
            ("2026-03-27 01:00:00", 4),
        ):
            with self.at(moment):
                plans._create_drafts()
            found = plans.search([("team_id", "in", (self.team + monthly).ids)])
            self.assertEqual(len(found), count, moment)
        self.assertEqual(
            set(found.mapped("name")),
            {"Team 2026-Q1", "Team 2026-Q2", "Monthly 2026-03", "Monthly 2026-04"},
        )
        quarter = found.filtered(lambda plan: plan.name == "Team 2026-Q2")
        self.assertEqual(quarter.callback_ids, callback)
        self.assertEqual(quarter.owner_id, self.supervisor)
        self.assertEqual(quarter.activity_ids.user_id, self.supervisor)
        self.assertEqual(set(found.mapped("state")), {"draft"})

    def test_scheduled_action_serves_each_company(self):
        """B9, K3: the drafts of a company belong to it."""
        other = self.make_company()
        team = self.make_team("Abroad", company_id=other.id, plan_period="month")
        cron = self.env.ref("revisit_management.ir_cron_plan_drafts")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        plan = self.env["revisit.plan"].search([("team_id", "=", team.id)])
        self.assertEqual((plan.company_id, plan.name), (other, "Abroad 2026-03"))


@tagged("post_install", "-at_install")
class TestPlanCallbacks(PlanMixin, RevisitCommon):
    """B9: customers, purpose, time, channel, agent and progress."""

    def test_fill_takes_units_below_if_asked(self):
        """B9: and never what another plan holds, or other units make."""
        below = self.make_team("Below", parent_id=self.team.id)
        own, under = self.make_callback(), self.make_callback(team_id=below.id)
        plan = self.make_plan()
        plan.action_fill()
        self.assertEqual(plan.callback_ids, own)
        plan.with_children = True
        plan.action_fill()
        self.assertEqual(plan.callback_ids, own + under)

    def test_fill_wakes_the_planner(self):
        """B9: occasions that nobody has planned yet come with the next fill."""
        cron = self.env.ref("revisit_management.ir_cron_plan")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        action = self.make_plan().action_fill()
        self.assertIn("No further callback", action["params"]["message"])
        self.assertEqual(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]),
            triggers + 1,
        )

    def test_fill_costs_the_same_for_many(self):
        """B9, P: 1500 callbacks are taken in by as many statements as one."""
        policy = self.make_policy("manual")
        plan = self.make_plan().with_user(self.supervisor)
        self.make_callback(policy=policy)

        def count_statements():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            taken = plan._fill()
            return taken, self.cr.sql_log_count - before

        count_statements()  # rules are cached now
        self.make_callback(policy=policy)
        one, few = count_statements()
        self.env["revisit.callback"].create(
            [
                {
                    "policy_id": policy.id,
                    "partner_id": self.customer.id,
                    "team_id": self.team.id,
                    "event_at": NOW,
                    "window_start": utc(ZONE, 2026, 3, 10),
                    "window_end": utc(ZONE, 2026, 3, 13),
                }
                for _number in range(MANY)
            ]
        )
        taken, many = count_statements()
        self.assertEqual((one, taken), (1, MANY))
        self.assertEqual(many, few)
        self.assertEqual(plan.callback_count, MANY + 2)

    def test_callbacks_are_added_and_taken_out(self):
        """B9: while the plan is a draft or waits; open ones of the unit only."""
        plan = self.make_filled_plan()
        plan.action_submit()
        other = self.make_callback()
        plan.callback_ids = [Command.link(other.id), Command.unlink(self.callback.id)]
        self.assertEqual(plan.callback_ids, other)
        made = self.make_done()
        foreign = self.make_callback(team_id=self.make_team("Other").id)
        for callback, text in ((made, "not open any more"), (foreign, "not belong to")):
            self.assertRefused(
                ValidationError, text, callback.write, {"plan_id": plan.id}
            )

    def test_planned_time_lies_within_the_window(self):
        """B9: or a supervisor gives a reason; agents cannot."""
        callback = self.make_callback(user_id=self.agent.id)
        as_agent = callback.with_user(self.agent)
        as_agent.planned_at = TEN
        late = {"planned_at": utc(ZONE, 2026, 3, 13)}
        self.assertRefused(ValidationError, "outside its window", as_agent.write, late)
        as_supervisor = callback.with_user(self.supervisor)
        self.assertRefused(
            ValidationError, "plan it with a reason", as_supervisor.write, late
        )
        reason = {**late, "planned_reason": "On holiday until then"}
        self.assertRefused(AccessError, "by hand", as_agent.write, reason)
        as_supervisor.write(reason)
        self.assertTrue(callback.is_outside_window)
        self.assertRefused(
            ValidationError,
            "outside its window",
            as_agent.write,
            {"planned_at": utc(ZONE, 2026, 3, 14)},
        )

    def test_progress(self):
        """B9: made, due, late, cancelled and per agent."""
        for user in (self.agent, self.agent, self.agent2):
            self.make_callback(user_id=user.id)
        gone = self.make_callback(user_id=self.agent2.id)
        late = self.make_callback(
            user_id=self.agent2.id,
            window_start=utc(ZONE, 2026, 3, 2),
            window_end=utc(ZONE, 2026, 3, 5),
        )
        plan = self.make_plan()
        plan.action_fill()
        made = plan.callback_ids.filtered(lambda c: c.user_id == self.agent)[0]
        made.with_user(self.agent).action_log_attempt("reached")
        made.with_user(self.agent).action_done(satisfaction=90)
        gone.with_user(self.manager).action_cancel()
        plan = plan.with_user(self.supervisor)
        plan.invalidate_recordset()
        figures = (
            "callback_count",
            "done_count",
            "due_count",
            "late_count",
            "cancelled_count",
            "progress",
        )
        self.assertEqual([plan[name] for name in figures], [4, 1, 2, 1, 1, 25.0])
        rows = {
            row.user_id: [row[name] for name in figures] for row in plan.progress_ids
        }
        self.assertEqual(
            rows,
            {self.agent: [2, 1, 1, 0, 0, 50.0], self.agent2: [2, 0, 1, 1, 1, 0.0]},
        )
        self.env.invalidate_all()
        own = plan.with_user(self.agent).progress_ids
        self.assertEqual(own.user_id, self.agent)
        action = plan.with_context(not_made=True).action_open_callbacks()
        found = self.callbacks.search(action["domain"])
        self.assertIn(late, found)
        self.assertNotIn(made, found)

    def test_calendar_shows_planned_times(self):
        """B9, C1: at the planned time, else on the last day of the window."""
        planned = self.make_callback(planned_at=TEN)
        other = self.make_callback()
        self.assertEqual((planned.calendar_at, planned.is_day_only), (TEN, False))
        noon = datetime.combine(other.last_day, time(12))
        self.assertEqual((other.calendar_at, other.is_day_only), (noon, True))
        ours = [("id", "in", (planned + other).ids)]
        morning = [("calendar_at", ">=", TEN), ("calendar_at", "<=", TEN)]
        self.assertEqual(self.callbacks.search(ours + morning), planned)
        after = [("calendar_at", ">", TEN)]
        self.assertEqual(self.callbacks.search(ours + after), other)

    def test_planned_by_sql_is_not_asked_yet(self):
        """B8, B9: what the set-based planner inserts waits for the customer's word."""
        self.make_policy(team_id=self.team.id)
        order = self.make_order()
        self.plan()
        self.assertEqual(self.get_planned(order).mapped("time_state"), ["open"])


@tagged("post_install", "-at_install")
class TestPlanDocuments(PlanMixin, RevisitCommon):
    """B9, I3: the plan as a workbook and as a PDF."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.make_customer(
            "=北湖家电(1)", is_company=True, phone="+86 138 1234 5678"
        )
        contact = cls.make_customer(
            "王小姐", parent_id=company.id, email="wang@example.com"
        )
        cls.first = cls.make_callback(
            partner_id=contact.id,
            user_id=cls.agent.id,
            source_name="S00042",
            product_id=cls.product.id,
            planned_at=TEN,
        )
        cls.second = cls.make_done(window_start=utc(ZONE, 2026, 3, 9))
        cls.second.write({"state": "in_progress"})
        cls.plan_record = cls.make_plan(note="季度回访")
        cls.plan_record.action_fill()
        cls.second.write({"state": "done"})
        cls.first.with_user(cls.agent).action_confirm_time()
        cls.plan_record.action_submit()
        cls.plan_record.with_user(cls.manager).action_approve()

    def test_workbook(self):
        """B9, I3, K2: head, rows in the order of time, no phone number anywhere."""
        plan = self.plan_record.with_user(self.supervisor)
        data = DocumentWorkbook(plan._get_document()).build()
        sheet = load_workbook(io.BytesIO(data)).active
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        head = {row[0]: row[2] for row in rows[1:9]}
        self.assertEqual(head["Unit"], "Team")
        self.assertEqual(head["Period"], "2026-03-01 – 2026-03-31")
        self.assertEqual(head["Purpose"], "季度回访")
        self.assertEqual(head["Approved"], f"{self.manager.name}, 2026-03-10 09:00")
        self.assertIn("1 of 2 made (50%)", head["Progress"])
        self.assertEqual(rows[10][:3], ["No.", "Customer", "Contact Person"])
        self.assertEqual([row[0] for row in rows[11:]], [1, 2])
        self.assertEqual(rows[11][11], "Customer Reached")
        row = rows[12]
        self.assertEqual(
            row[1:5],
            ["=北湖家电(1)", "王小姐", self.first.policy_id.name, "S00042 · Fridge"],
        )
        self.assertEqual(sheet.cell(13, 2).data_type, "s")
        self.assertEqual(row[5], datetime(2026, 3, 12, 10))
        self.assertEqual(row[8:11], ["Phone", self.agent.name, "Confirmed"])
        text = " ".join(str(cell) for row in rows for cell in row)
        self.assertNotIn("5678", text)
        self.assertNotIn("wang@", text)

    def test_agents_export_their_own_rows(self):
        """B9, K1: what the record rules let the reader see, and no more."""
        self.first.sudo().user_id = self.agent2
        rows = self.plan_record.with_user(self.agent2)._get_report_rows()
        self.assertEqual([row.contact for row in rows], ["王小姐"])

    def test_pdf(self):
        """B9, I3, K2: the same rows on paper."""
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.supervisor)
            ._render_qweb_html("revisit_management.report_plan", self.plan_record.ids)
        )
        text = html.decode()
        for part in (
            "王小姐",
            "S00042 · Fridge",
            "2026-03-12 10:00",
            "季度回访",
            "Confirmed",
            "Customer Reached",
            self.manager.name,
        ):
            self.assertIn(part, text)
        self.assertNotIn("5678", text)

    def test_pdf_is_refused_to_strangers(self):
        """K1, L1: the report's address opens no plan to who may not read it."""
        dealer = self.make_portal_user("pdf_dealer", self.make_dealer("Dealer"))
        report = self.env["ir.actions.report"].with_user(dealer)
        self.assertRaises(
            AccessError,
            report._render_qweb_html,
            "revisit_management.report_plan",
            self.plan_record.ids,
        )


@tagged("post_install", "-at_install")
class TestConfirmedTime(PlanMixin, RevisitCommon):
    """B9: the customer confirms the time."""

    def setUp(self):
        super().setUp()
        self.customer.email = "customer@example.com"
        self.callback = self.make_callback(user_id=self.agent.id, planned_at=TEN)
        self.mine = self.callback.with_user(self.agent)

    def test_agent_notes_the_customers_word(self):
        """B9: by button; a new time has to be confirmed anew."""
        self.mine.action_confirm_time()
        self.assertEqual(
            (self.mine.time_state, self.mine.time_answered_by), ("confirmed", "agent")
        )
        self.mine.planned_at = TEN + timedelta(hours=1)
        self.assertEqual(
            (self.mine.time_state, self.mine.time_answered_by), ("open", False)
        )
        self.mine.action_decline_time()
        self.assertEqual(self.mine.time_state, "declined")

    def test_confirmation_is_not_written_by_hand(self):
        """B9, K1: it is proof, so only its steps set it."""
        for user in (self.agent, self.supervisor, self.manager):
            self.assertRaises(
                AccessError,
                self.callback.with_user(user).write,
                {"time_state": "confirmed"},
            )
        self.assertRaises(
            AccessError,
            self.make_callback().with_user(self.agent2).write,
            {"proposed_at": TEN},
        )

    def test_nothing_to_confirm(self):
        """B9: without a planned time there is nothing to say."""
        for name in ("action_confirm_time", "action_ask_time"):
            self.mine.planned_at = False
            self.assertRefused(
                UserError, "enter the planned time first", getattr(self.mine, name)
            )
        self.assertRefused(
            UserError, "proposed no other time", self.mine.action_accept_proposal
        )

    def test_customers_are_asked_by_mail(self):
        """B9, K2: the message names time and link; the chatter has no address."""
        self.mine.action_ask_time()
        self.assertEqual(self.callback.time_state, "asked")
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search(
                [("model", "=", "revisit.callback"), ("res_id", "=", self.callback.id)]
            )
        )
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn("Thursday, March 12, 2026, 10:00", mail.subject)
        self.assertIn(f"/revisit/time/{self.callback.id}", mail.body_html)
        self.assertNotIn("customer@example.com", self.callback.message_ids[0].body)

    def test_one_question_at_a_time(self):
        """B9: the same time is asked once; another time may be asked."""
        mails = self.env["mail.mail"].sudo()
        before = mails.search([])
        self.mine.action_ask_time()
        for _press in range(3):
            self.assertRefused(
                UserError,
                "was asked about this time already",
                self.mine.action_ask_time,
            )
        self.assertEqual(len(mails.search([]) - before), 1)
        self.mine.planned_at = TEN + timedelta(hours=1)
        self.mine.action_ask_time()
        self.assertEqual(len(mails.search([]) - before), 2)

    def test_who_is_not_asked(self):
        """B9, C10: refusals and unknown addresses are named."""
        self.customer.email = False
        self.assertRefused(UserError, "Ask by phone", self.mine.action_ask_time)
        self.customer.write(
            {
                "email": "c@example.com",
                "do_not_contact": True,
                "do_not_contact_reason": "Wants no calls",
            }
        )
        self.assertRefused(
            UserError, "asked not to be contacted", self.mine.action_ask_time
        )
        self.customer.do_not_contact = False
        with self.at(TEN):
            self.assertRefused(
                UserError, "planned time is over", self.mine.action_ask_time
            )

    def test_a_declined_time_is_not_asked_for_again(self):
        """B9: the customer's proposal stays until somebody takes it or plans anew."""
        proposed = TEN + timedelta(hours=2)
        self.callback._answer_propose(proposed)
        self.assertRefused(UserError, "plan another time", self.mine.action_ask_time)
        self.assertEqual(
            (self.callback.time_state, self.callback.proposed_at),
            ("declined", proposed),
        )
        self.mine.planned_at = TEN + timedelta(hours=1)
        self.mine.action_ask_time()
        self.assertEqual(self.callback.time_state, "asked")

    def test_customers_are_asked_for_hours_of_calls_only(self):
        """B9: as on the customer's own page; a supervisor's reason goes beyond."""
        self.customer.callback_hour_to = 12
        self.mine.planned_at = TEN + timedelta(hours=4)
        self.assertRefused(UserError, "from 09:00 to 12:00", self.mine.action_ask_time)
        self.assertFalse(self.callback._filter_askable())
        self.callback.with_user(self.supervisor).planned_reason = "Asked for it"
        self.mine.action_ask_time()
        self.assertEqual(self.callback.time_state, "asked")

    def test_a_plan_asks_all_its_customers(self):
        """B9: once, and only those with a time."""
        self.make_callback()
        plan = self.make_plan()
        plan.action_fill()
        plan.with_user(self.supervisor).action_ask_customers()
        self.assertEqual(
            plan.callback_ids.sorted("id").mapped("time_state"), ["asked", "open"]
        )
        self.assertRefused(UserError, "nobody to ask", plan.action_ask_customers)

    def test_proposal_is_taken(self):
        """B9: within the window by the agent, beyond it by the supervisor."""
        self.callback._answer_propose(TEN + timedelta(hours=2))
        self.assertEqual(self.callback.time_state, "declined")
        self.assertEqual(self.callback.activity_ids.user_id, self.agent)
        self.mine.action_accept_proposal()
        self.assertEqual(
            (self.mine.planned_at, self.mine.time_state, self.mine.time_answered_by),
            (TEN + timedelta(hours=2), "confirmed", "customer"),
        )
        self.callback._answer_propose(TEN + timedelta(days=3))
        self.assertRefused(
            ValidationError, "outside its window", self.mine.action_accept_proposal
        )
        self.callback.with_user(self.supervisor).action_accept_proposal()
        self.assertEqual(
            self.callback.planned_reason, "The customer asked for this time."
        )


@tagged("post_install", "-at_install")
class TestPlanWorkbook(PlanMixin, HttpCase):
    """K1: the workbook of a plan is for its readers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.setUpRevisit()

    def test_workbook_is_downloaded_by_readers_of_the_plan(self):
        """B9, K1: strangers and dealers find nothing."""
        plan = self.make_plan(date_from="2030-01-01", date_to="2030-01-31")
        url = f"/revisit/plan/{plan.id}.xlsx"
        for login, status in (
            ("revisit_supervisor", 200),
            ("revisit_agent", 200),
            ("revisit_plain", 404),
            ("revisit_dealer_a", 404),
        ):
            self.authenticate(login, login)
            with self.subTest(login=login):
                self.assertEqual(self.url_open(url).status_code, status)
