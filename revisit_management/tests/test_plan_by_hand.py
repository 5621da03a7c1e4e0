# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""B10: planning by hand for chosen records, through the dialog that people use."""

from datetime import timedelta

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..wizards import revisit_plan_records
from .common import NOW, ZONE, RevisitCommon, utc
from .replay import RulebookReplay


class DialogMixin:
    """Opens the dialog as the list's menu does."""

    def open_dialog(self, records, policy=None, user=None, team=None):
        Dialog = (
            self.env["revisit.plan.records"]
            .with_user(user or self.supervisor)
            .with_context(
                active_model=records._name,
                active_ids=records.ids,
                allowed_company_ids=self.company.ids,
            )
        )
        if not policy:
            return Dialog.create({})
        form = Form(Dialog)
        form.policy_id = policy
        if team:
            form.team_id = team
        return form.save()

    def plan_by_hand(self, records, policy, **options):
        """Check, then plan; return the dialog and the callbacks that it opens."""
        dialog = self.open_dialog(records, policy, **options)
        before = self.callbacks.search_count([])
        dialog.action_check()
        self.assertEqual(self.callbacks.search_count([]), before, "only a look")
        self.assertEqual(dialog.state, "checked")
        seen = dialog.new_count
        action = dialog.action_plan()
        self.assertEqual(dialog.new_count, seen, "as it was shown before")
        found = self.callbacks
        if action["res_model"] != "revisit.plan.records":
            found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(len(found), seen)
        return dialog, found


@tagged("post_install", "-at_install")
class TestDialog(DialogMixin, RevisitCommon):
    """K3: what a program sends to the dialog."""

    def test_result_is_the_planners(self):
        Dialog = self.env["revisit.plan.records"].with_user(self.supervisor)
        values = {"res_model": "res.partner", "res_ids": self.customer.ids}
        values["company_id"] = self.company.id
        forged = {"state": "done", "new_count": 7, "planned_ids": [1]}
        context = {f"default_{name}": value for name, value in forged.items()}
        dialog = Dialog.with_context(**context).create(values)
        self.assertEqual((dialog.state, dialog.new_count), ("draft", 0))
        self.assertFalse(dialog.planned_ids)
        for name, value in forged.items():
            with self.assertRaises(AccessError):
                dialog.write({name: value})
            with self.assertRaises(AccessError):
                Dialog.create({**values, name: value})

    def test_unknown_records_are_refused(self):
        Dialog = self.env["revisit.plan.records"].with_user(self.supervisor)
        values = {"company_id": self.company.id}
        for model, ids in (
            ("x", [1]),
            ("res.partner", "abc"),
            ("res.partner", ["x"]),
            ("res.partner", {"x": 1}),
        ):
            with self.subTest(model=model, ids=ids), self.assertRaises(UserError):
                Dialog.create({**values, "res_model": model, "res_ids": ids})


@tagged("post_install", "-at_install")
class TestPlanByHand(DialogMixin, RevisitCommon):
    """Any policy, any list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(
            "manual", team_id=cls.team.id, assignment="round_robin", delay_max=5
        )
        for user in cls.supervisor + cls.manager:
            user.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")
            user.group_ids += cls.env.ref("stock.group_stock_user")

    # ------------------------------------------------------------
    # WHO AND WHERE
    # ------------------------------------------------------------

    def test_every_list_offers_it(self):
        """B10: customers, orders, deliveries, repairs, products, installed ones."""
        for name, model in {
            "partner": "res.partner",
            "order": "sale.order",
            "picking": "stock.picking",
            "repair": "repair.order",
            "product_template": "product.template",
            "product": "product.product",
            "archive_line": "revisit.archive.line",
        }.items():
            action = self.env.ref(
                f"revisit_management.revisit_plan_records_action_{name}"
            )
            for user, offered in (
                (self.supervisor, True),
                (self.manager, True),
                (self.agent, False),
            ):
                with self.subTest(model=model, user=user.login):
                    bindings = (
                        self.env["ir.actions.actions"]
                        .with_user(user)
                        .get_bindings(model)
                    )
                    ids = [binding["id"] for binding in bindings.get("action", [])]
                    self.assertEqual(action.id in ids, offered)

    def test_supervisors_find_the_customers(self):
        """B10: a menu of ours lists them, with the right to no other app."""
        user = new_test_user(
            self.env, "watch", "revisit_management.group_supervisor,base.group_user"
        )
        customer = self.make_order().partner_id
        menu = self.env.ref("revisit_management.menu_revisit_customer")
        action = menu.action
        Menu = self.env["ir.ui.menu"]
        self.assertIn(menu.id, Menu.with_user(user)._visible_menu_ids())
        self.assertNotIn(menu.id, Menu.with_user(self.agent)._visible_menu_ids())
        partners = self.env["res.partner"].with_user(user)
        views = [(action.view_id.id, "list"), (action.search_view_id.id, "search")]
        shown = partners.get_views(views)
        arch = etree.fromstring(shown["views"]["list"]["arch"])
        names = [node.get("name") for node in arch.iter("field")]
        self.assertIn("callback_tier", names)
        rows = partners.web_search_read(
            [("is_callback_customer", "=", True), ("id", "=", customer.id)],
            {name: {} for name in names},
        )["records"]
        self.assertEqual([row["id"] for row in rows], customer.ids)
        Dialog = self.env["revisit.plan.records"].with_user(user)
        dialog = Dialog.with_context(
            active_model="res.partner", active_ids=customer.ids
        ).create({})
        self.assertIn(self.policy, dialog.available_policy_ids)

    def test_rights(self):
        """K1: supervisors in their units, managers in all, agents not at all."""
        with self.assertRaises(AccessError):
            self.open_dialog(self.customer, user=self.agent)
        foreign = self.make_team("Foreign", members=self.agent, manager=self.manager)
        dialog = self.open_dialog(self.customer, self.policy)
        self.assertEqual(dialog.team_id, self.team)
        dialog.team_id = foreign
        self.assertRefused(AccessError, "do not oversee Foreign", dialog.action_check)
        self.assertRefused(AccessError, "do not oversee Foreign", dialog.action_plan)
        dialog, callback = self.plan_by_hand(
            self.customer, self.policy, user=self.manager, team=foreign
        )
        self.assertEqual((callback.team_id, callback.user_id), (foreign, self.agent))
        other = self.make_user("other_boss", "revisit_management.group_supervisor")
        with self.assertRaises(AccessError):
            dialog.with_user(other).action_check()

    def test_unit_is_asked_for(self):
        """B10: a policy without unit plans into the unit that is chosen."""
        policy = self.make_policy("manual", assignment="none")
        second = self.make_team("Second", manager=self.supervisor)
        dialog = self.open_dialog(self.customer)
        dialog.policy_id = policy
        dialog.team_id = False
        self.assertRefused(UserError, "Choose the unit", dialog.action_check)
        dialog, callback = self.plan_by_hand(self.customer, policy, team=self.team)
        self.assertEqual((callback.team_id, callback.state), (self.team, "planned"))
        for user in (self.agent, self.agent2, self.supervisor):
            self.assertTrue(callback.with_user(user).has_access("read"))
        self.assertIn("has no agents", policy._get_unit_problem(second))

    def test_the_chosen_units_agents_share_it_out(self):
        """B10: in turn and by load, in another unit than the policy's."""
        second = self.make_team("Second", self.agent2, self.supervisor)
        loaded = self.make_policy(
            "order_confirmed", team_id=self.team.id, assignment="least_loaded"
        )
        order = self.make_order(date=NOW - timedelta(hours=1))
        for records, policy in ((self.customer, self.policy), (order, loaded)):
            _dialog, callback = self.plan_by_hand(records, policy, team=second)
            self.assertEqual(
                (callback.team_id, callback.user_id), (second, self.agent2)
            )

    def test_several_companies_are_refused(self):
        """K3: records of two companies, or of a company that is not active."""
        other = self.make_company()
        mine = self.make_order()
        theirs = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "company_id": other.id}
        )
        self.manager.company_ids += other
        dialog = self.env["revisit.plan.records"].with_user(self.manager)
        for orders, companies, text in (
            (mine + theirs, self.company + other, "several companies"),
            (theirs, other, False),
        ):
            opened = dialog.with_context(
                active_model="sale.order",
                active_ids=orders.ids,
                allowed_company_ids=companies.ids,
            )
            if text:
                self.assertRefused(UserError, text, opened.default_get, ["company_id"])
            else:
                values = opened.default_get(["company_id", "res_ids"])
                self.assertEqual(values["company_id"], other.id)
                wizard = opened.create({})
                self.assertFalse(
                    wizard.available_policy_ids.filtered(
                        lambda policy: policy.company_id != other
                    )
                )
        switched = dialog.with_context(
            active_model="res.partner",
            active_ids=self.make_customer(company_id=other.id).ids,
            allowed_company_ids=self.company.ids,
        )
        with self.assertRaises(UserError):
            switched.default_get(["company_id"])

    def test_documents_that_one_may_not_read(self):
        """K1: neither by the menu nor by ids that are sent along."""
        for group in (
            "sales_team.group_sale_salesman_all_leads",
            "stock.group_stock_user",
        ):
            self.supervisor.group_ids -= self.env.ref(group)
        order = self.make_order()
        with self.assertRaises(AccessError):
            self.open_dialog(order)
        dialog = self.open_dialog(self.customer, self.policy)
        dialog.sudo().write({"res_model": "sale.order", "res_ids": order.ids})
        with self.assertRaises(AccessError):
            dialog.action_plan()

    # ------------------------------------------------------------
    # WHICH POLICIES
    # ------------------------------------------------------------

    def test_policies_that_are_offered(self):
        """B10: those that can take the records; not archived, broken or samples."""
        on_orders = self.make_policy("order_confirmed")
        periodic = self.make_policy("periodic", recurrence="calendar")
        self.make_policy("order_confirmed", active=False, code="archived")
        sample = self.make_policy("repair_done", recurrence="sample", sample_rate=10)
        installed = self.make_policy("installed")
        broken = self.make_policy("repair_done")
        broken.trigger_id = broken.trigger_id.copy({"code": "broken", "name": "B"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE revisit_trigger SET clock_path = 'gone' WHERE id = %s",
            [broken.trigger_id.id],
        )
        broken.trigger_id.invalidate_recordset()
        ours = self.policy + on_orders + periodic + sample + installed + broken
        line = self.make_archive_line()
        for records, expected in (
            (self.customer, self.policy + on_orders + periodic + installed),
            (self.make_order(), self.policy + on_orders),
            (self.make_repair(), self.policy),
            (self.product, self.policy + installed),
            (self.product.product_tmpl_id, self.policy + installed),
            (line, self.policy + installed),
        ):
            with self.subTest(model=records._name):
                dialog = self.open_dialog(records)
                self.assertEqual(dialog.available_policy_ids & ours, expected)
        dialog = self.open_dialog(self.customer, self.policy)
        dialog.policy_id = sample
        self.assertRefused(UserError, "Choose a policy", dialog.action_check)

    def test_event_policy_for_documents(self):
        """B10: the document's own date starts the clock; the rest is explained."""
        policy = self.make_policy(
            "order_confirmed", team_id=self.team.id, domain="[('note', '=', False)]"
        )
        order = self.make_order(date=NOW - timedelta(days=1))
        draft = self.make_order(confirmed=False)
        noted = self.make_order(note="x")
        dialog, callback = self.plan_by_hand(order + draft + noted, policy)
        self.assertEqual(callback.source_id, order.id)
        self.assertEqual(callback.occasion, "")
        self.assertEqual(dialog.left_out_count, 2)
        self.assertEqual(
            {
                (line.name, line.text)
                for line in dialog.line_ids
                if line.what == "left_out"
            },
            {
                (draft.name, "It does not meet the policy's condition."),
                (noted.name, "It does not meet the policy's condition."),
            },
        )
        dialog, callbacks = self.plan_by_hand(order, policy)
        self.assertFalse(callbacks)
        self.assertEqual((dialog.existing_count, dialog.new_count), (1, 0))
        self.assertEqual(dialog.line_ids.text, "Planned already.")

    def test_event_policy_for_customers(self):
        """B10: each customer's latest document of the policy's kind."""
        policy = self.make_policy("order_confirmed", team_id=self.team.id)
        contact = self.make_customer("Buyer", parent_id=self.customer.id)
        self.make_order(date=NOW - timedelta(days=30))
        latest = self.make_order(contact, date=NOW - timedelta(days=2))
        self.make_order(contact, date=NOW - timedelta(days=9))
        second = self.make_customer("Second")
        theirs = self.make_order(second, date=NOW - timedelta(days=20))
        nothing = self.make_customer("Never Bought")
        customers = self.customer + second + nothing
        dialog, callbacks = self.plan_by_hand(customers, policy)
        self.assertEqual(set(callbacks.mapped("source_id")), {latest.id, theirs.id})
        self.assertEqual(dialog.late_count, 1)
        line = dialog.line_ids.filtered(lambda line: line.what == "left_out")
        self.assertEqual(line.partner_id, nothing)
        self.assertEqual(line.text, "There is no document of the policy's kind.")

    def test_periodic_policy_for_customers(self):
        """B3, B10: the present period, for contacts their company."""
        policy = self.make_policy(
            "periodic", recurrence="calendar", period_months=3, team_id=self.team.id
        )
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET create_date = '2026-01-05'")
        self.env.invalidate_all()
        contact = self.make_customer("Contact", parent_id=self.customer.id)
        _dialog, callback = self.plan_by_hand(contact + self.customer, policy)
        self.assertEqual(callback.partner_id, self.customer)
        self.assertEqual(callback.occasion, "due:2026-01-01")
        self.plan()
        self.assertEqual(len(self.get_planned(self.customer, policy)), 1)

    def test_products_stand_for_the_installed_ones(self):
        """A2, B10: a recall reaches everybody who owns the product."""
        owners = [self.make_customer(f"Owner {number}") for number in range(3)]
        lines = self.env["revisit.archive.line"]
        for owner in owners:
            lines += self.make_archive_line(owner)
        lines[2].active = False
        unsold = self.env["product.product"].create({"name": "Unsold"})
        for products in (
            self.product + unsold,
            (self.product + unsold).product_tmpl_id,
        ):
            policy = self.policy.copy({"active": True, "code": products._name})
            dialog, callbacks = self.plan_by_hand(products, policy)
            self.assertEqual(callbacks.partner_id, owners[0] + owners[1])
            self.assertEqual(set(callbacks.mapped("source_id")), set(lines[:2].ids))
            left = dialog.line_ids.filtered(lambda line: line.what == "left_out")
            self.assertEqual(left.name, unsold.display_name)

    def test_touches_open_as_touches(self):
        """B10: an invitation is a touch, without a unit."""
        policy = self.make_policy(
            "manual",
            contact_type="touch",
            channel="sms",
            sms_template_id=self.env.ref(
                "revisit_management.sms_template_repair_shop_birthday"
            ).id,
        )
        self.customer.phone = "+8613800138000"
        dialog, touches = self.plan_by_hand(self.customer, policy)
        self.assertEqual(touches._name, "revisit.touch")
        self.assertFalse(dialog.team_id)
        _dialog, touches = self.plan_by_hand(self.customer, policy)
        self.assertFalse(touches)

    # ------------------------------------------------------------
    # ONCE, AND AGAIN
    # ------------------------------------------------------------

    def test_pressing_twice_plans_nothing_twice(self):
        """B8, B10: in one dialog, and in another one of the same day."""
        dialog, callback = self.plan_by_hand(self.customer, self.policy)
        self.assertEqual(callback.occasion, "manual:2026-03-10")
        again = dialog.action_plan()
        self.assertEqual(again["domain"], [("id", "in", callback.ids)])
        callback.action_log_attempt("reached")
        callback.action_done()
        dialog, callbacks = self.plan_by_hand(self.customer, self.policy)
        self.assertFalse(callbacks, "made today already")
        self.assertEqual(dialog.existing_count, 1)
        self.assertEqual(len(self.get_planned(self.customer, self.policy)), 1)

    def test_planning_again_on_another_day_is_asked(self):
        """B10: what was planned earlier stays alone, unless one says so."""
        second = self.make_customer("Second")
        self.plan_by_hand(self.customer, self.policy)
        with self.at(NOW + timedelta(days=30)):
            both = self.customer + second
            dialog, callback = self.plan_by_hand(both, self.policy)
            self.assertEqual(callback.partner_id, second)
            self.assertEqual((dialog.before_count, dialog.existing_count), (1, 0))
            dialog = self.open_dialog(both, self.policy)
            dialog.plans_again = True
            dialog.action_check()
            self.assertEqual((dialog.new_count, dialog.existing_count), (1, 1))
            dialog.action_plan()
        self.assertEqual(
            self.get_planned(self.customer, self.policy).mapped("occasion"),
            ["manual:2026-03-10", "manual:2026-04-09"],
        )

    # ------------------------------------------------------------
    # LIMITS AND COST
    # ------------------------------------------------------------

    def test_who_is_left_out_and_why(self):
        """B6, C10, L3: bans and the budget hold for planning by hand."""
        banned = self.make_customer(
            "Banned", do_not_contact=True, do_not_contact_reason="Asked for it"
        )
        self.company.revisit_budget_limit = 1
        # of another kind, so that the two do not become one contact
        self.make_callback(partner_id=self.customer.id, channel="letter")
        free = self.make_customer("Free")
        dialog, callback = self.plan_by_hand(self.customer + banned + free, self.policy)
        self.assertEqual(callback.partner_id, free)
        self.assertEqual(
            {
                line.partner_id: line.text
                for line in dialog.line_ids
                if line.what == "left_out"
            },
            {
                banned: "The customer must not be contacted",
                self.customer: "Held back: the customer's contact budget is used up",
            },
        )

    def test_dealers_units_that_one_does_not_oversee(self):
        """K1: a supervisor plans nothing that they could not see."""
        unit = self.make_team("Their Unit", kind="dealer", dealer_id=self.dealer_a.id)
        policy = self.make_policy("manual", level="dealer", assignment="dealer")
        customer = self.make_customer("Theirs", dealer_id=self.dealer_a.id)
        dialog = self.open_dialog(customer, policy)
        self.assertRefused(AccessError, "Their Unit", dialog.action_check)
        unit.parent_id = self.team
        _dialog, callback = self.plan_by_hand(customer, policy)
        self.assertEqual((callback.team_id, callback.user_id), (unit, self.portal_a))

    def test_warning_about_a_unit_without_people(self):
        """B10: the dialog says so, and opens the unit."""
        empty = self.make_team("Empty", manager=self.supervisor)
        dialog = self.open_dialog(self.customer, self.policy, team=empty)
        self.assertIn("Empty has no agents", dialog.unit_problem)
        self.assertEqual(dialog.action_open_unit()["res_id"], empty.id)
        empty.member_ids = self.agent
        dialog.invalidate_recordset()
        self.assertFalse(dialog.unit_problem)

    def test_too_many_documents(self):
        """B10: more than can be decided at once."""
        self.patch(revisit_plan_records, "MOST_DOCUMENTS", 1)
        dialog = self.open_dialog(self.customer + self.make_customer(), self.policy)
        self.assertRefused(UserError, "These are 2 documents", dialog.action_check)

    def test_cost_of_many_records(self):
        """P: no query per record, by hand, for documents and for dealers."""
        dealers = self.make_policy("manual", level="dealer", assignment="dealer")
        self.make_team("A", kind="dealer", dealer_id=self.dealer_a.id)
        on_orders = self.make_policy("order_confirmed", team_id=self.team.id)
        customers = self.env["res.partner"].create(
            [
                {"name": f"Customer {number}", "dealer_id": self.dealer_a.id}
                for number in range(122)
            ]
        )
        self.env["sale.order"].create(
            [{"partner_id": customer.id, "state": "sale"} for customer in customers]
        )
        for policy in (self.policy, dealers, on_orders):
            costs = []
            for some in (customers[:2], customers[2:]):
                dialog = self.open_dialog(some, policy, user=self.manager)
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                dialog.action_check()
                self.env.flush_all()
                costs.append(self.env.cr.sql_log_count - before)
                self.assertEqual(dialog.new_count, len(some))
            with self.subTest(policy=policy.code):
                self.assertLessEqual(costs[1], costs[0] + 6, costs)


class RulebookByHand(DialogMixin, RulebookReplay):
    """A rulebook whose callbacks come from the plan: the way its people go."""

    policy_name = unit_name = None
    days = channel = None

    def assertJourney(self, name=None, days=None, channel=None, unit=None):
        policy, team = (
            self.ref(name or self.policy_name),
            self.ref(unit or self.unit_name),
        )
        team.write(
            {
                "manager_id": self.supervisor.id,
                "member_ids": [Command.set((self.agent + self.agent2).ids)],
            }
        )
        customers = self.make_customer("First") + self.make_customer("Second")
        for customer in customers:
            customer.user_id = self.agent
        dialog, callbacks = self.plan_by_hand(customers, policy)
        self.assertEqual(dialog.team_id, team)
        self.assertFalse(dialog.unit_problem)
        self.assertEqual(callbacks.partner_id, customers)
        self.assertEqual(callbacks.policy_id, policy)
        self.assertEqual(callbacks.team_id, team)
        self.assertEqual(set(callbacks.mapped("channel")), {channel or self.channel})
        self.assertEqual(
            set(callbacks.mapped("window_end")), {self.day((days or self.days) + 1)}
        )
        # the unit sees them: its supervisor all, each agent their own or the queue's
        seen = {
            user: self.env["revisit.callback"]
            .with_user(user)
            .search([("id", "in", callbacks.ids)])
            for user in (self.supervisor, self.agent, self.agent2)
        }
        self.assertEqual(seen[self.supervisor], callbacks.with_user(self.supervisor))
        self.assertEqual(
            (seen[self.agent] | seen[self.agent2]).ids, callbacks.sorted("id").ids
        )
        callback = callbacks[0]
        maker = callback.user_id or self.agent
        callback.with_user(maker).action_log_attempt("reached")
        if callback.channel == "phone":
            callback.with_user(maker).action_done(satisfaction=90)
            self.assertEqual((callback.state, callback.is_on_time), ("done", True))
        return callbacks


@tagged("post_install", "-at_install")
class TestFiveGradesByHand(RulebookByHand):
    code, policy_name, unit_name = "five_grades", "policy_plan", "team_service"
    days, channel = 5, "phone"

    def test_journey(self):
        """B10, R five_grades: chosen customers, the plan's callbacks."""
        callbacks = self.assertJourney()
        self.assertEqual(callbacks.user_id, self.agent + self.agent2)


@tagged("post_install", "-at_install")
class TestBranchNetworkByHand(RulebookByHand):
    code = "branch_network"

    def test_journey(self):
        """B10, R branch_network: each level's unit, and its visits."""
        for name, unit, channel in (
            ("policy_province", "team_province", "phone"),
            ("policy_centre", "team_centre", "phone"),
            ("policy_office", "team_office", "phone"),
            ("policy_visit", "team_centre", "visit"),
            ("policy_service_day", "team_centre", "service_day"),
        ):
            with self.subTest(policy=name):
                policy = self.ref(name)
                self.assertJourney(name, policy.delay_max, channel, unit)


@tagged("post_install", "-at_install")
class TestQuantifiedByHand(RulebookByHand):
    code, unit_name = "quantified", "team_service"

    def test_journey(self):
        """B10, R quantified: callbacks and questionnaires of the plan."""
        self.assertJourney("policy_plan", 5, "phone")
        self.assertJourney("policy_questionnaire", 10, "email")


@tagged("post_install", "-at_install")
class TestRecordReportByHand(RulebookByHand):
    code, unit_name = "record_report", "team_service"

    def test_journey(self):
        """B10, R record_report: routine by phone, large customers by a visit."""
        self.assertJourney("policy_routine", 5, "phone")
        self.assertJourney("policy_large", 7, "visit")

    def test_next_plan(self):
        """B10, R record_report: the next month's plan calls the same customers."""
        callbacks = self.assertJourney("policy_routine", 5, "phone")
        with self.at(NOW + timedelta(days=30)):
            dialog = self.open_dialog(callbacks.partner_id, self.ref("policy_routine"))
            dialog.action_check()
            self.assertEqual((dialog.new_count, dialog.before_count), (0, 2))
            dialog.plans_again = True
            dialog.action_check()
            self.assertEqual((dialog.new_count, dialog.before_count), (2, 0))
            dialog.action_plan()
        self.assertEqual(len(self.get_ours()), 4)


@tagged("post_install", "-at_install")
class TestRewardsByHand(RulebookByHand):
    code, policy_name, unit_name = "rewards", "policy_task", "team_service"
    days, channel = 5, "phone"

    def test_journey(self):
        """B10, R rewards: a callback task."""
        self.assertJourney()


@tagged("post_install", "-at_install")
class TestThreeRatesByHand(RulebookByHand):
    code, policy_name, unit_name = "three_rates", "policy_plan", "team_service"
    days, channel = 5, "phone"

    def test_journey(self):
        """B10, R three_rates: the customers in everybody's charge."""
        self.assertJourney()


@tagged("post_install", "-at_install")
class TestVisitScoreByHand(RulebookByHand):
    code, policy_name, unit_name = "visit_score", "policy_plan", "team_sales"
    days, channel = 7, "visit"

    def test_journey(self):
        """B10, R visit_score: planned visits."""
        self.assertJourney()


@tagged("post_install", "-at_install")
class TestDayOfPlanning(DialogMixin, RevisitCommon):
    """B10: the day of planning by hand is the company's, not the server's."""

    def test_day_changes_at_local_midnight(self):
        policy = self.make_policy("manual", team_id=self.team.id)
        with self.at(utc(ZONE, 2026, 3, 11) - timedelta(seconds=1)):
            _dialog, first = self.plan_by_hand(self.customer, policy)
        with self.at(utc(ZONE, 2026, 3, 11)):
            dialog = self.open_dialog(self.customer, policy)
            dialog.action_check()
            self.assertEqual((dialog.before_count, dialog.existing_count), (1, 0))
        self.assertEqual(first.occasion, "manual:2026-03-10")
