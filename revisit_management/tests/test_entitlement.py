# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import NOW, RevisitCommon

SUPERVISOR = "revisit_management.group_supervisor"
MANAGER = "revisit_management.group_manager"


@tagged("post_install", "-at_install")
class TestEntitlement(RevisitCommon):
    """L1: headquarters' work is given to nobody but colleagues."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dealer_policy = cls.make_policy("manual", level="dealer")
        cls.own = cls.make_callback(policy=cls.dealer_policy, dealer_id=cls.dealer_a.id)
        cls.plain_portal = cls.make_user(
            "revisit_plain_portal",
            "base.group_portal",
            partner_id=cls.env["res.partner"]
            .create({"name": "Clerk", "parent_id": cls.dealer_a.id})
            .id,
        )

    def assertUntold(self, callback, user):
        partner = user.partner_id
        self.assertNotIn(partner, callback.message_partner_ids)
        told = self.env["mail.message"].search(
            [
                ("model", "=", callback._name),
                ("res_id", "=", callback.id),
                ("partner_ids", "in", partner.ids),
            ]
        )
        self.assertFalse(told)

    def test_assignment_by_every_role(self):
        """L1: refused by write, whoever writes; nobody is told."""
        for level in ("hq", "region"):
            callback = self.make_callback(level=level, dealer_id=self.dealer_a.id)
            for writer in (self.supervisor, self.manager, self.env.user):
                for user in (self.portal_a, self.portal_customer, self.plain_portal):
                    with self.subTest(
                        level=level, writer=writer.login, user=user.login
                    ):
                        self.assertRefused(
                            ValidationError,
                            "who is no colleague",
                            callback.with_user(writer)
                            .with_context(tracking_disable=False)
                            .write,
                            {"user_id": user.id},
                        )
                        self.env.invalidate_all()
                        self.assertFalse(callback.user_id)
                        self.assertUntold(callback, user)

    def test_assignment_at_creation_and_in_bulk(self):
        """L1: neither new, nor together with what may be given."""
        self.assertRefused(
            ValidationError,
            "who is no colleague",
            self.make_callback,
            user_id=self.portal_a.id,
        )
        both = self.own + self.make_callback(dealer_id=self.dealer_a.id)
        self.assertRefused(
            ValidationError,
            "who is no colleague",
            both.with_user(self.supervisor).write,
            {"user_id": self.portal_a.id},
        )

    def test_work_is_for_who_may_read_it(self):
        """K1: colleagues without the role Agent are given nothing, by no path."""
        callback = self.make_callback(user_id=self.agent.id)
        plain = {"user_id": self.employee_user.id}
        for method, *args in (
            (callback.with_user(self.supervisor).write, plain),
            (self.callbacks.create, callback.copy_data(plain)),
            (self.team.write, {"member_ids": [Command.link(self.employee_user.id)]}),
            (
                callback.policy_id.write,
                {"assignment": "agent", "agent_id": self.employee_user.id},
            ),
        ):
            self.assertRefused(ValidationError, "may not see callbacks", method, *args)
            self.env.invalidate_all()
        domain = safe_eval(
            self.callbacks.fields_get(["user_id"])["user_id"]["domain"],
            {"level": "dealer", "dealer_id": self.dealer_a.id},
        )
        offered = self.env["res.users"].search(domain)
        self.assertIn(self.agent, offered)
        self.assertIn(self.portal_a, offered)
        self.assertFalse(
            offered & (self.employee_user + self.portal_b + self.portal_customer)
        )

    def test_planner_gives_nothing_to_who_may_not_read_it(self):
        """K1, B7: the work of a salesperson without the role goes to the queue."""
        policy = self.make_policy(assignment="responsible", team_id=self.team.id)
        order = self.make_order(user_id=self.employee_user.id)
        self.plan()
        self.assertFalse(self.get_planned(order, policy).user_id)

    def test_who_made_a_callback_stays(self):
        """C8: the agent of what was made is changed by nobody."""
        done = self.make_done()
        for user in (self.supervisor, self.manager):
            with self.assertRaises(AccessError):
                done.with_user(user).write({"user_id": self.agent2.id})
        self.assertEqual(done.user_id, self.agent)

    def test_dealers_work_is_that_dealers(self):
        """L1: the dealer's own users and colleagues, not another dealer's."""
        for user, allowed in (
            (self.portal_a, True),
            (self.agent2, True),
            (self.portal_b, False),
            (self.portal_customer, False),
            (self.plain_portal, False),
        ):
            with self.subTest(user=user.login):
                write = self.own.with_user(self.supervisor).write
                if allowed:
                    write({"user_id": user.id})
                    self.assertEqual(self.own.user_id, user)
                else:
                    self.assertRefused(
                        ValidationError,
                        "own portal users",
                        write,
                        {"user_id": user.id},
                    )

    def test_work_does_not_become_headquarters_under_a_dealers_user(self):
        """L1: neither by its level nor by its dealer."""
        self.own.user_id = self.portal_a
        for vals in ({"level": "hq"}, {"dealer_id": self.dealer_b.id}):
            self.assertRefused(
                ValidationError,
                "cannot be given",
                self.own.with_user(self.manager).write,
                vals,
            )
            self.env.invalidate_all()

    def test_policy_is_refused_when_saved(self):
        """L1: on create and on write, whichever of the two is changed."""
        for level in ("hq", "region"):
            self.assertRefused(
                ValidationError,
                "not given to",
                self.make_policy,
                "manual",
                level=level,
                assignment="dealer",
            )
        policy = self.make_policy("manual", level="dealer", assignment="dealer")
        self.assertRefused(
            ValidationError, "not given to", policy.write, {"level": "hq"}
        )
        for agent in (self.portal_a, self.portal_customer):
            self.assertRefused(
                ValidationError,
                "is no colleague",
                self.make_policy,
                "manual",
                level="hq",
                assignment="agent",
                agent_id=agent.id,
            )

    def test_policies_saved_before_plan_for_nobody_outside(self):
        """L1: at planning, by both planners, what was saved once gives nothing away."""
        self.customer.dealer_id = self.dealer_a
        policies = [
            self.make_policy(level="dealer", assignment="dealer"),
            self.make_policy(level="hq", assignment="agent", agent_id=self.agent.id),
            self.make_policy(
                level="hq", assignment="round_robin", team_id=self.team.id
            ),
        ]
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE revisit_policy SET level = 'hq', agent_id = CASE WHEN"
                " assignment = 'agent' THEN %s END WHERE id IN %s",
                self.portal_a.id,
                tuple(policy.id for policy in policies),
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE revisit_team_member_rel SET user_id = %s WHERE team_id = %s"
                " AND user_id = %s",
                self.portal_a.id,
                self.team.id,
                min(self.team.member_ids.ids),
            )
        )
        self.env.invalidate_all()
        order = self.make_order(date=NOW - timedelta(days=1))
        for from_scratch in (False, True):
            # the ORM's planner has the same answer
            planner = "revisit.planner" if from_scratch else "revisit.planner.set"
            self.env[planner]._for_company(self.company)._plan(
                policies[0] + policies[1] + policies[2],
                NOW - timedelta(days=3),
                NOW,
            )
            planned = self.get_planned(order)
            self.assertEqual(len(planned), 3)
            self.assertFalse(planned.user_id.filtered("share"))
            planned.sudo().unlink()

    def test_dealers_user_without_the_portal_group_gets_nothing(self):
        """L1, B2: who could not see the work is not given it."""
        self.customer.dealer_id = self.dealer_a
        self.portal_a.active = False
        policy = self.make_policy(level="dealer", assignment="dealer")
        order = self.make_order(date=NOW - timedelta(days=1))
        self.plan()
        self.assertFalse(self.get_planned(order, policy).user_id)
        self.portal_a.active = True
        other = self.make_order(date=NOW - timedelta(days=1))
        self.plan()
        self.assertIn(self.portal_a, self.get_planned(other, policy).user_id)

    def test_units_people_are_colleagues(self):
        """L1: members and managers; a dealer's unit has its own dealer's users."""
        for user in (self.portal_a, self.portal_customer):
            for vals in (
                {"member_ids": [Command.link(user.id)]},
                {"manager_id": user.id},
            ):
                self.assertRefused(
                    ValidationError, "cannot belong to", self.team.write, vals
                )
                self.env.invalidate_all()
        unit = self.make_team("Dealer unit", kind="dealer", dealer_id=self.dealer_a.id)
        unit.member_ids = self.portal_a
        self.assertRefused(
            ValidationError,
            "cannot belong to",
            unit.write,
            {"manager_id": self.portal_a.id},
        )
        self.env.invalidate_all()
        self.assertRefused(
            ValidationError,
            "cannot belong to",
            unit.write,
            {"member_ids": [Command.link(self.portal_b.id)]},
        )

    def test_who_manages_a_unit_sees_it(self):
        """B10: an agent who manages a unit would see nothing of it."""
        for user in (self.agent, self.make_user("revisit_nobody", "base.group_user")):
            self.assertRefused(
                ValidationError,
                "without the role Supervisor",
                self.team.write,
                {"manager_id": user.id},
            )
            self.env.invalidate_all()

    def test_work_of_who_was_archived_goes_back(self):
        """B10: to the unit's queue, at once."""
        self.assertPassedOn({"active": False}, self.agent.browse())

    def test_work_of_who_lost_the_role_goes_on(self):
        """B10: at the next planning."""
        self.assertPassedOn({"group_ids": [Command.clear()]}, self.agent2)

    def test_work_of_who_left_the_company_goes_on(self):
        """B10: at the next planning."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertPassedOn(
            {"company_ids": [Command.set(company.ids)], "company_id": company.id},
            self.agent2,
        )

    def assertPassedOn(self, leave, user):
        self.team.member_ids = self.agent + self.agent2
        own = {"user_id": self.agent.id, "team_id": self.team.id}
        late = self.make_callback(
            **own,
            window_start=NOW - timedelta(days=3),
            window_end=NOW - timedelta(days=1),
        )
        follower = self.make_callback(**own, contact_id=late.id)
        tried = self.make_callback(**own)
        tried.with_user(self.agent).action_log_attempt("no_answer")
        made = self.make_callback(**own)
        made.with_user(self.agent).action_log_attempt("reached")
        made.with_user(self.agent).action_done(satisfaction=80)
        self.agent.write(leave)
        self.plan()
        self.assertEqual((late + follower + tried).user_id, user)
        self.assertEqual(made.user_id, self.agent, "what is made stays theirs")
        if user:
            self.assertEqual(late.decision["absent"], self.agent.name)

    def test_stand_in_is_no_outsider(self):
        """L1, B10: absent agents' work does not go to a dealer's user."""
        unit = self.make_team("Dealer unit", kind="dealer", dealer_id=self.dealer_a.id)
        unit.member_ids = self.portal_a
        employee = self.make_employee(self.agent)
        callback = self.make_callback(user_id=self.agent.id, team_id=unit.id)
        self.env["resource.calendar.leaves"].create(
            {
                "resource_id": employee.resource_id.id,
                "date_from": NOW - timedelta(days=2),
                "date_to": NOW + timedelta(days=30),
                "time_type": "leave",
            }
        )
        self.plan()
        self.assertFalse(callback.user_id)

    def test_nobody_else_is_told(self):
        """L1: no follower, no message, no task for outsiders."""
        callback = self.make_callback(user_id=self.agent.id)
        as_supervisor = callback.with_user(self.supervisor)
        for user in (self.portal_a, self.portal_customer):
            partner = user.partner_id
            self.assertRefused(
                UserError,
                "cannot be told",
                as_supervisor.message_subscribe,
                partner.ids,
            )
            self.assertRefused(
                ValidationError,
                "cannot be given a task",
                as_supervisor.activity_schedule,
                "mail.mail_activity_data_todo",
                user_id=user.id,
            )
            self.assertUntold(callback, user)
        self.assertRefused(
            UserError,
            "cannot be told",
            as_supervisor.message_post,
            body="Look",
            partner_ids=self.portal_a.partner_id.ids,
        )
        # the customer may be written to, and a colleague may follow
        as_supervisor.message_post(body="Hello", partner_ids=self.customer.ids)
        as_supervisor.message_subscribe(self.agent2.partner_id.ids)
        self.assertIn(self.agent2.partner_id, callback.message_partner_ids)

    def test_dealer_is_told_of_own_work_only(self):
        """L1: the dealer whose work it is may follow, another may not."""
        self.own.message_subscribe(self.portal_a.partner_id.ids)
        self.assertRefused(
            UserError,
            "cannot be told",
            self.own.message_subscribe,
            self.portal_b.partner_id.ids,
        )

    def test_refusal_does_not_tell_who_a_number_is(self):
        """K1: whoever may not read a contact does not learn its name by trying."""
        company = self.make_company()
        mine = self.own.with_user(self.supervisor)
        user = self.make_user(
            "revisit_secret",
            "base.group_portal",
            company_id=company.id,
            company_ids=company.ids,
        )
        user.partner_id.write({"name": "Secret", "company_id": company.id})
        for tell in (
            lambda ids: mine.message_post(body="Look", partner_ids=ids),
            mine.message_subscribe,
        ):
            with self.assertRaisesRegex(UserError, "cannot be told") as caught:
                tell(user.partner_id.ids)
            self.assertNotIn("Secret", str(caught.exception))

    def test_strangers_with_a_portal_are_not_told(self):
        """L1: neither this customer nor the dealer: not written to."""
        stranger = self.make_user("revisit_stranger", "base.group_portal")
        self.assertRefused(
            UserError,
            "cannot be told",
            self.own.with_user(self.supervisor).message_post,
            body="Look",
            partner_ids=stranger.partner_id.ids,
        )

    def make_abroad(self):
        """Return a manager who works in another company only."""
        abroad = self.make_company()
        return self.make_user(
            "revisit_abroad",
            MANAGER,
            company_id=abroad.id,
            company_ids=[Command.set(abroad.ids)],
        )

    def test_work_stays_in_its_company(self):
        """L1, K3: nothing is given to people of another company, nor told to them."""
        user = self.make_abroad()
        callback = self.make_callback(user_id=self.agent.id)
        issue = self.make_issue()
        plan = self.env["revisit.plan"].create({"team_id": self.team.id})
        policy = self.make_policy(assignment="agent", agent_id=self.agent.id)
        for record, vals in (
            (callback.with_user(self.supervisor), {"user_id": user.id}),
            (issue, {"owner_id": user.id}),
            (issue.category_id, {"owner_id": user.id}),
            (plan, {"owner_id": user.id}),
            (policy, {"agent_id": user.id}),
            (self.team, {"manager_id": user.id}),
            (self.team, {"member_ids": [Command.link(user.id)]}),
        ):
            with self.subTest(model=record._name, vals=vals):
                self.assertRefused(
                    ValidationError, "does not work in", record.write, vals
                )
                self.env.invalidate_all()
        self.assertUntold(callback, user)
        # whoever works in both companies may have it
        user.company_ids += self.company
        callback.with_user(self.supervisor).user_id = user

    def test_other_companies_people_are_not_told(self):
        """L1, K3: no follower, no message, no task for another company's people."""
        user = self.make_abroad()
        partner_ids = user.partner_id.ids
        callback = self.make_callback(user_id=self.agent.id)
        for record in (callback, self.make_issue()):
            with self.subTest(model=record._name):
                told = {"body": "Look", "partner_ids": partner_ids}
                for method, arguments, keywords in (
                    (record.message_subscribe, (partner_ids,), {}),
                    (record.message_post, (), told),
                    (record.message_notify, (), told),
                ):
                    self.assertRefused(
                        UserError, "do not work in", method, *arguments, **keywords
                    )
                self.assertRefused(
                    ValidationError,
                    "cannot be given a task",
                    record.activity_schedule,
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                )
        self.assertUntold(callback, user)

    def test_planners_give_nothing_to_another_company(self):
        """L1, K3: whoever sold it, and members from before, in both planners."""
        user = self.make_abroad()
        user.company_ids += self.company
        self.make_policy(assignment="responsible")
        for through_orm in (False, True):
            with self.subTest(through_orm=through_orm):
                self.company.revisit_plan_through_orm = through_orm
                user.company_ids += self.company
                order = self.make_order(date=NOW - timedelta(days=1), user_id=user.id)
                user.company_ids -= self.company
                self.plan()
                callback = self.get_planned(order)
                self.assertTrue(callback)
                self.assertFalse(callback.user_id)

    def test_attempts_of_outsiders(self):
        """L1: nor has a dealer's user called for headquarters."""
        callback = self.make_callback(user_id=self.agent.id)
        self.assertRefused(
            ValidationError,
            "cannot have tried",
            self.env["revisit.attempt"].with_user(self.supervisor).create,
            {
                "callback_id": callback.id,
                "outcome": "busy",
                "user_id": self.portal_a.id,
            },
        )

    def test_issues_and_plans_are_colleagues_work(self):
        """L1: owners of issues, categories and plans."""
        issue = self.make_issue()
        plan = self.env["revisit.plan"].create({"team_id": self.team.id})
        for record in (issue, issue.category_id, plan):
            with self.subTest(model=record._name):
                self.assertRefused(
                    ValidationError,
                    "no colleague",
                    record.write,
                    {"owner_id": self.portal_a.id},
                )
                self.env.invalidate_all()

    def test_customer_of_another_dealer(self):
        """L1, B8: what moves to another dealer's customer leaves the first's user."""
        self.customer.dealer_id = self.dealer_a
        policy = self.make_policy(level="dealer", assignment="none")
        order = self.make_order(date=NOW - timedelta(days=1))
        self.plan()
        callback = self.get_planned(order, policy)
        callback.with_user(self.manager).user_id = self.portal_a
        order.partner_id = self.make_customer("Other", dealer_id=self.dealer_b.id)
        self.plan()
        self.assertEqual(callback.dealer_id, self.dealer_b)
        self.assertFalse(callback.user_id)


@tagged("post_install", "-at_install")
class TestButtons(RevisitCommon):
    """K1: what a button keeps from a role, the method keeps from it, too."""

    def get_buttons(self):
        """Return {(model, method, groups)} of all buttons that not everybody sees."""
        views = self.env["ir.ui.view"].search(
            [("model", "=like", "revisit.%"), ("type", "!=", "search")]
        )
        found = set()
        for view in views:
            if self.env[view.model]._original_module != "revisit_management":
                continue
            for button in etree.fromstring(view.arch).iter("button"):
                groups = button.get("groups", "")
                if button.get("type") == "object" and groups:
                    found.add((view.model, button.get("name"), groups))
        return found

    def make_plan(self, method):
        """Return a plan in the state in which its button is shown."""
        plan = self.env["revisit.plan"].create({"team_id": self.team.id})
        self.make_callback(plan_id=plan.id, user_id=self.agent.id)
        states = {"action_open_reset": "submitted", "action_close": "approved"}
        plan.sudo().state = states.get(method, "draft")
        return plan

    def make_record(self, model, method):
        """Return a record of the agent's, as far as agents see the model at all."""
        makers = {
            "revisit.callback": lambda: self.make_callback(user_id=self.agent.id),
            "revisit.issue": lambda: self.make_issue(owner_id=self.agent.id),
            "revisit.plan": lambda: self.make_plan(method),
            "revisit.policy": lambda: self.make_policy("manual"),
            "revisit.touch": self.make_touch,
            "revisit.archive": lambda: self.env["revisit.archive"].create(
                {"company_id": self.company.id, "partner_id": self.customer.id}
            ),
            "revisit.knowledge": lambda: self.env["revisit.knowledge"].create(
                {
                    "name": "Own",
                    "answer": "So.",
                    "owner_id": self.supervisor.id,
                    "product_ids": self.product.ids,
                }
            ),
            "revisit.report": lambda: self.env["revisit.report"].create(
                {
                    "callback_id": self.make_callback(user_id=self.agent.id).id,
                    "company_id": self.company.id,
                    "partner_id": self.customer.id,
                    "user_id": self.agent.id,
                    "talked_at": NOW,
                    "recorded_at": NOW,
                }
            ),
            "revisit.result": lambda: self.env["revisit.result"].create(
                {
                    "callback_id": self.make_callback(user_id=self.agent.id).id,
                    "company_id": self.company.id,
                    "kind": "suggestion",
                    "words": "A bigger door",
                    "partner_id": self.customer.id,
                    "user_id": self.agent.id,
                    "noted_at": NOW,
                }
            ),
            "revisit.team": lambda: self.team,
            "revisit.analysis": lambda: self.make_analysis(user=self.supervisor),
            "revisit.run": lambda: self.env["revisit.run"].create(
                {"company_id": self.company.id}
            ),
            "revisit.rulebook": lambda: self.env["revisit.rulebook"].create(
                {"name": "Own", "code": "own"}
            ),
        }
        return makers.get(model, lambda: self.env[model])()

    def is_refused_dialog(self, action):
        """Return whether an action only opens what the agent may not use."""
        model = isinstance(action, dict) and action.get("res_model")
        if not model:
            return False
        records = self.env[model].with_user(self.agent)
        return not records.has_access("create") and (
            action.get("target") == "new" or not records.has_access("read")
        )

    def test_methods_refuse_what_buttons_hide(self):
        """K1: each button with groups, called by an agent without them."""
        buttons = self.get_buttons()
        self.assertIn(("revisit.callback", "action_open_reopen", SUPERVISOR), buttons)
        for model, method, groups in sorted(buttons):
            if self.agent.has_groups(groups):
                continue
            with self.subTest(model=model, method=method):
                with self.cr.savepoint() as savepoint, mute_logger("odoo.models"):
                    record = self.make_record(model, method).with_user(self.agent)
                    try:
                        action = getattr(record, method)()
                    except AccessError:
                        action = None
                    savepoint.rollback()
                if action is not None:
                    self.assertTrue(
                        self.is_refused_dialog(action),
                        f"{model}.{method} is open to agents: {action}",
                    )
                self.env.invalidate_all()

    def test_nothing_is_pushed_into_another_company(self):
        """K3: neither there, where nobody made it, nor to everybody."""
        other = self.make_company("Elsewhere")
        records = [
            self.make_policy("manual"),
            self.make_team("Pushed"),
            self.make_archive_line(),
            self.make_category("Pushed"),
            self.env["revisit.script"].create({"name": "Pushed"}),
            self.env["revisit.occasion"].create(
                {"partner_id": self.customer.id, "kind": "event"}
            ),
        ]
        for record in records:
            for company in (other, other.browse()):
                with (
                    self.subTest(model=record._name, company=company.name),
                    self.assertRaises(UserError),
                ):
                    record.with_user(self.manager).write({"company_id": company.id})
                record.invalidate_recordset()
                self.assertEqual(record.company_id, self.company)
        line = self.make_archive_line()
        with self.assertRaises(AccessError):
            line.with_user(self.agent).write({"company_id": other.id})

    def test_what_was_made_stays_in_its_window_and_its_rates(self):
        """C8, G1: not even a manager makes a late callback punctual."""
        callback = self.make_done()
        other = self.make_customer("Other")
        for vals in (
            {"window_end": NOW + timedelta(days=30)},
            {"event_at": NOW},
            {"kind": "special"},
            {"service_step": "sale"},
            {"level": "dealer"},
            {"partner_id": other.id},
            {"dealer_id": self.dealer_a.id},
            {"team_id": self.make_team("Other").id},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                callback.with_user(self.manager).write(vals)

    def test_nobody_asleep_is_given_work(self):
        """K1: neither the system nor who was archived."""
        callback = self.make_callback()
        self.agent2.active = False
        for user in (self.env.ref("base.user_root"), self.agent2):
            with self.subTest(user=user.login), self.assertRaises(ValidationError):
                callback.with_user(self.supervisor).user_id = user
