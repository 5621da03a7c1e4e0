# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime, timedelta, timezone
from unittest.mock import patch
from zoneinfo import ZoneInfo

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW, SECOND, ZONE, RevisitCommon, utc

PLANNER = "odoo.addons.revisit_management.models.planning.revisit_planner"
APRIL = utc(ZONE, 2026, 4, 1)


@tagged("post_install", "-at_install")
class TestRulebooksTogether(RevisitCommon):
    """B2, B5, R: both rulebooks in one company, from order to complaint."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.appliance = cls.install_rulebook("appliance")
        cls.dealer_csi = cls.install_rulebook("dealer_csi")
        cls.customer.dealer_id = cls.dealer_a
        cls.centre = cls.env.ref(cls.xmlid("appliance", "team_callback"))
        cls.hq = cls.env.ref(cls.xmlid("dealer_csi", "team_hq"))
        cls.region = cls.env.ref(cls.xmlid("dealer_csi", "team_region"))
        cls.centre.member_ids = cls.agent
        cls.hq.member_ids = cls.agent2
        cls.dealer_team = cls.make_team(
            "Dealer A", kind="dealer", dealer_id=cls.dealer_a.id
        )

    @classmethod
    def xmlid(cls, rulebook, name):
        return f"revisit_management.{cls.company.id}_{rulebook}_{name}"

    def assertPlanned(self, source, *expected):
        """Assert what is planned: (policy, level, first day, last day, team, agent)."""
        planned = [
            (
                callback.policy_id.code,
                callback.level,
                callback.window_start,
                callback.window_end,
                callback.team_id,
                callback.user_id,
            )
            for callback in self.get_planned(source)
        ]
        self.assertEqual(sorted(planned), sorted(expected))

    def day(self, number):
        """Return the UTC moment at which day ``number`` after today begins."""
        return utc(ZONE, 2026, 3, 10) + timedelta(days=number)

    def test_order_plans_dealer_and_headquarters(self):
        """B2, B5, R: an order plans one callback per policy, at its own level."""
        order = self.make_order()
        with self.at(NOW + timedelta(minutes=5)):
            self.plan()
        self.assertPlanned(
            order,
            (
                "appliance_purchase",
                "hq",
                self.day(1),
                self.day(4),
                self.centre,
                self.agent,
            ),
            (
                "csi_sale_dealer",
                "dealer",
                NOW,
                self.day(4),
                self.dealer_team,
                self.portal_a,
            ),
            ("csi_sale_hq", "hq", self.day(4), self.day(8), self.hq, self.agent2),
        )

    def test_planned_callback_tells_its_occasion(self):
        """B0, DESIGN 4: the callback says what it is about and for whom it counts."""
        seller = self.make_user("revisit_seller", "revisit_management.group_agent")
        order = self.make_order(user_id=seller.id)
        self.plan()
        callback = self.get_planned(order).filtered(
            lambda c: c.policy_id.code == "csi_sale_dealer"
        )
        self.assertRecordValues(
            callback,
            [
                {
                    "source_model": "sale.order",
                    "source_id": order.id,
                    "source_name": order.name,
                    "occasion": "",
                    "event_at": NOW,
                    "partner_id": self.customer.id,
                    "dealer_id": self.dealer_a.id,
                    "responsible_id": seller.id,
                    "company_id": self.company.id,
                    "rulebook_id": self.dealer_csi.id,
                    "rulebook_version": 1,
                    "kind": "opening",
                    "channel": "phone",
                    "service_step": "sale",
                    "state": "assigned",
                    "resp_user_id": self.portal_a.id,
                    "resp_team_id": self.dealer_team.id,
                    "resp_dealer_id": self.dealer_a.id,
                }
            ],
        )
        self.assertTrue(callback.script_id)

    def test_planned_callback_writes_nothing_to_anybody(self):
        """DESIGN 2.5: planned work has no follower, message or activity."""
        order = self.make_order()
        self.env["revisit.planner"].with_context(
            tracking_disable=False, mail_create_nolog=False
        )._plan_company(self.company)
        callbacks = self.get_planned(order)
        self.assertTrue(callbacks)
        self.assertFalse(callbacks.message_ids)
        self.assertFalse(callbacks.message_follower_ids)
        self.assertFalse(callbacks.activity_ids)

    def test_delivery_files_products_and_plans_nothing_twice(self):
        """A2: what was ordered here is filed, and only its order is called about."""
        picking = self.make_delivery()
        self.plan()
        self.assertEqual(picking.state, "done")
        line = self.env["revisit.archive.line"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(line.product_id, self.product)
        self.assertEqual(line.dealer_id, self.dealer_a)
        self.assertFalse(self.get_planned(line), "the order's callbacks cover it")
        self.assertEqual(len(self.get_planned(picking.sale_id)), 3)

    def test_delivery_trigger_plans_after_validation(self):
        """B1: a policy on deliveries starts its clock when the delivery is done."""
        policy = self.make_policy(
            "delivered", delay_min=0, delay_max=24, delay_unit="hour"
        )
        picking = self.make_delivery(done=False)
        self.plan()
        self.assertFalse(self.get_planned(picking, policy))
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.button_validate()
        self.plan()
        callback = self.get_planned(picking, policy)
        self.assertEqual(callback.window_start, picking.date_done)
        self.assertEqual(callback.window_end, picking.date_done + timedelta(hours=24))
        self.assertEqual(callback.service_step, "delivery")
        self.assertEqual(callback.dealer_id, self.dealer_a)

    def test_repair_plans_dealer_and_headquarters(self):
        """B2, R: a finished repair plans days 2-5, 3-5 (dealer) and 6-10 (HQ)."""
        repair = self.make_repair(done=False)
        self.plan()
        self.assertFalse(self.get_planned(repair))
        repair._action_repair_confirm()
        repair.action_repair_start()
        repair.action_repair_end()
        self.plan()
        self.assertPlanned(
            repair,
            (
                "appliance_repair",
                "hq",
                self.day(2),
                self.day(6),
                self.centre,
                self.agent,
            ),
            (
                "csi_service_dealer",
                "dealer",
                self.day(3),
                self.day(6),
                self.dealer_team,
                self.portal_a,
            ),
            ("csi_service_hq", "hq", self.day(6), self.day(11), self.hq, self.agent2),
        )
        callback = self.get_planned(repair)[:1]
        self.assertEqual(callback.service_step, "service")
        self.assertEqual(callback.product_id, self.product)

    def test_complaint_plans_dealer_region_and_headquarters(self):
        """B2, R dealer_csi: region and dealer within 2 days, HQ on days 3 to 7."""
        issue = self.make_issue(dealer_id=self.dealer_a.id)
        self.plan()
        nobody = self.env["res.users"]
        self.assertPlanned(
            issue,
            (
                "csi_complaint_dealer",
                "dealer",
                NOW,
                self.day(3),
                self.dealer_team,
                self.portal_a,
            ),
            (
                "csi_complaint_region",
                "region",
                NOW,
                self.day(3),
                self.region,
                nobody,
            ),
            ("csi_complaint_hq", "hq", self.day(3), self.day(8), self.hq, self.agent2),
        )
        request = self.make_issue(intake_kind="request")
        self.plan()
        self.assertFalse(self.get_planned(request), "only complaints ask for it")

    def test_partner_outlet_sale_needs_no_order(self):
        """A2, R: a sale filed by a dealer plans both rulebooks' callbacks."""
        line = self.make_archive_line(sold_on="2026-03-10", dealer_id=self.dealer_b.id)
        self.plan()
        codes = self.get_planned(line).mapped("policy_id.code")
        self.assertEqual(
            sorted(codes), ["appliance_sold", "csi_sold_dealer", "csi_sold_hq"]
        )
        self.assertEqual(self.get_planned(line).dealer_id, self.dealer_b)

    def test_planning_again_plans_nothing_new(self):
        """B8: exactly once per policy and occasion, however often planning runs."""
        order, repair = self.make_order(), self.make_repair()
        self.plan()
        before = self.get_planned(order) + self.get_planned(repair)
        self.assertEqual(len(before), 6)
        counts = self.plan()
        self.assertEqual((counts["created"], counts["updated"]), (0, 0))
        policies = self.appliance.policy_ids + self.dealer_csi.policy_ids
        again = policies.generate(NOW - timedelta(days=1), NOW + timedelta(days=1))
        self.assertEqual((again["created"], again["existing"]), (0, 6))
        self.assertEqual(before, self.get_planned(order) + self.get_planned(repair))


@tagged("post_install", "-at_install")
class TestPlanning(RevisitCommon):
    """B8: the planner creates once, follows its sources and tells what it left out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(delay_min=1, delay_max=3, team_id=cls.team.id)
        cls.skips = cls.env["revisit.planning.skip"]
        cls.runs = cls.env["revisit.run"]

    def make_planned(self, **values):
        """Return a confirmed order and its planned callback."""
        order = self.make_order(**values)
        self.plan()
        callback = self.get_planned(order, self.policy)
        self.assertEqual(len(callback), 1)
        return order, callback

    # ------------------------------------------------------------
    # WAKING
    # ------------------------------------------------------------

    def test_poke_wakes_the_cron_once_per_transaction(self):
        """B8, P14: confirming orders costs one cron trigger, whatever their number."""
        self.env.cr.precommit.data.pop("revisit.poke", None)
        cron = self.env.ref("revisit_management.ir_cron_plan")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.make_order()
        self.make_order()
        self.planner._poke()
        added = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", cron.id), ("id", "not in", triggers.ids)]
        )
        self.assertEqual(len(added), 1)
        self.assertEqual(added.call_at, NOW + timedelta(minutes=1))

    def test_confirming_plans_nothing_by_itself(self):
        """B8: confirming an order only wakes the planner."""
        order = self.make_order()
        self.assertFalse(self.get_planned(order))

    def test_scheduled_action_plans(self):
        """B7: the scheduled action plans, whoever runs it."""
        order = self.make_order()
        cron = self.env.ref("revisit_management.ir_cron_plan")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(len(self.get_planned(order, self.policy)), 1)

    def test_plain_salesperson_may_confirm(self):
        """K1: who confirms an order need not have any right on callbacks."""
        seller = self.make_user("revisit_seller", "sales_team.group_sale_salesman")
        order = self.make_order(confirmed=False, user_id=seller.id)
        order.with_user(seller).action_confirm()
        self.plan()
        self.assertTrue(self.get_planned(order, self.policy))

    # ------------------------------------------------------------
    # FOLLOWING THE SOURCE
    # ------------------------------------------------------------

    def test_cancelled_order_cancels_the_untouched_callback(self):
        """B8: what nobody touched follows its document."""
        order, callback = self.make_planned()
        order._action_cancel()
        self.assertEqual(self.plan()["cancelled"], 1)
        self.assertEqual(
            (callback.state, callback.cancel_reason), ("cancelled", "source")
        )
        self.assertEqual(self.plan()["cancelled"], 0)

    def test_cancelled_order_leaves_the_touched_callback(self):
        """B8: a callback that somebody began stays."""
        order, callback = self.make_planned()
        callback.with_user(self.agent).action_log_attempt("busy")
        order._action_cancel()
        self.assertEqual(self.plan()["cancelled"], 0)
        self.assertEqual(callback.state, "in_progress")

    def test_attempt_counts_as_touched_in_every_state(self):
        """B8: what was tried stays, cancelled and taken up again in between."""
        order, callback = self.make_planned()
        callback.with_user(self.agent).action_log_attempt("busy")
        callback.with_user(self.supervisor).action_cancel()
        callback.with_user(self.supervisor).action_reopen()
        self.assertEqual(callback.state, "assigned")
        order._action_cancel()
        self.assertEqual(self.plan()["cancelled"], 0)
        self.assertEqual(callback.state, "assigned")

    def test_deleted_document_cancels_the_untouched_callback(self):
        """B8: a callback whose document is gone stays readable, cancelled."""
        order, callback = self.make_planned()
        name = order.name
        order._action_cancel()
        order.unlink()
        self.plan()
        self.assertEqual(callback.state, "cancelled")
        self.assertEqual(callback.source_name, name)
        self.assertRefused(
            UserError, "The document is gone", callback.action_open_source
        )

    def test_order_confirmed_again_revives_its_callback(self):
        """B8: the same callback comes back, with the new date."""
        order, callback = self.make_planned()
        callback.user_id = self.agent
        order._action_cancel()
        self.plan()
        order.action_draft()
        with self.at(NOW + timedelta(days=2)):
            order.action_confirm()
            self.assertEqual(self.plan()["updated"], 1)
        self.assertEqual(self.get_planned(order, self.policy), callback)
        self.assertEqual((callback.state, callback.cancel_reason), ("assigned", False))
        self.assertEqual(callback.event_at, NOW + timedelta(days=2))
        self.assertEqual(callback.window_start, utc(ZONE, 2026, 3, 13))

    def test_callback_cancelled_by_a_person_stays_cancelled(self):
        """B8: the planner does not undo what a person decided."""
        order, callback = self.make_planned()
        callback.with_user(self.supervisor).action_cancel()
        self.assertEqual(callback.cancel_reason, "person")
        order.date_order = NOW - timedelta(days=1)
        counts = self.plan()
        self.assertEqual((counts["created"], counts["updated"]), (0, 0))
        self.assertEqual(callback.state, "cancelled")
        self.assertEqual(callback.event_at, NOW)

    def test_moved_order_moves_the_untouched_window(self):
        """B8: the window follows an edited date."""
        order, callback = self.make_planned()
        order.date_order = utc(ZONE, 2026, 3, 8, 12)
        self.assertEqual(self.plan()["updated"], 1)
        self.assertEqual(callback.event_at, utc(ZONE, 2026, 3, 8, 12))
        self.assertEqual(callback.window_start, utc(ZONE, 2026, 3, 9))
        self.assertEqual(callback.window_end, utc(ZONE, 2026, 3, 12))

    def test_moved_order_leaves_the_touched_window(self):
        """B8: a window in which somebody called stays what it was."""
        order, callback = self.make_planned()
        before = callback.window_end
        callback.with_user(self.agent).action_log_attempt("no_answer")
        order.date_order = utc(ZONE, 2026, 3, 8, 12)
        self.assertEqual(self.plan()["updated"], 0)
        self.assertEqual(callback.window_end, before)

    def test_edited_window_moves_untouched_callbacks(self):
        """B8, DESIGN 2.6: editing a policy's window re-dates what is untouched."""
        _order, untouched = self.make_planned()
        _order, touched = self.make_planned(partner=self.make_customer())
        touched.with_user(self.agent).action_log_attempt("no_answer")
        before = touched.window_end
        self.policy.delay_max = 5
        self.assertEqual(self.plan()["updated"], 1)
        self.assertEqual(untouched.window_end, utc(ZONE, 2026, 3, 16))
        self.assertEqual(touched.window_end, before)

    def test_untouched_callback_follows_to_another_customer(self):
        """B8: whom the document names now is called, not who was named before."""
        self.dealer_b.is_dealer = True
        policy = self.make_policy(level="dealer", assignment="dealer")
        policy.team_id = self.team
        order, callback = self.make_planned()
        at_dealer = self.get_planned(order, policy)
        other = self.make_customer("Another", dealer_id=self.dealer_b.id)
        order.partner_id = other
        self.assertEqual(self.plan()["updated"], 2)
        self.assertEqual(callback.partner_id, other)
        self.assertEqual(callback.commercial_partner_id, other)
        self.assertEqual(at_dealer.dealer_id, self.dealer_b)
        self.assertEqual(at_dealer.resp_dealer_id, self.dealer_b)
        self.assertEqual(at_dealer.user_id, self.portal_b)
        self.assertFalse(self.plan()["updated"])

    def test_customer_who_takes_over_may_be_called(self):
        """B8, C10: a ban is the old customer's; it does not pass to the new one."""
        order, callback = self.make_planned()
        order.partner_id.write(
            {"do_not_contact": True, "do_not_contact_reason": "Asked us"}
        )
        self.plan()
        self.assertEqual(callback.state, "cancelled")
        order.partner_id = self.make_customer("Another")
        self.plan()
        self.assertIn(callback.state, ("planned", "assigned"))
        self.assertEqual(callback.partner_id.name, "Another")

    def test_sweep_combines_what_stands_apart(self):
        """B6, L2: callbacks that came together later share a contact, too."""
        _order, first = self.make_planned()
        _order, second = self.make_planned(partner=self.make_customer("Branch"))
        second.partner_id.parent_id = self.customer
        self.env.flush_all()
        self.plan()
        self.assertFalse(first.contact_id | second.contact_id)
        self.planner._plan_company(self.company, sweep=True)
        self.assertIn(first.contact_id | second.contact_id, (first, second))

    def test_reopened_repair_withdraws_its_callback(self):
        """B8: a repair that is not done after all cancels and later revives."""
        policy = self.make_policy("repair_done", delay_min=2, delay_max=5)
        repair = self.make_repair()
        self.plan()
        callback = self.get_planned(repair, policy)
        repair.write({"state": "under_repair"})
        self.plan()
        self.assertEqual(callback.state, "cancelled")
        repair.write({"state": "done"})
        self.plan()
        self.assertEqual(callback.state, "planned")

    def test_planned_delivery_is_followed_when_it_moves(self):
        """B2, B8: a window before a planned delivery moves with the delivery."""
        policy = self.make_policy(
            "delivery_planned", delay_min=0, delay_max=1, delay_direction="before"
        )
        picking = self.make_delivery(done=False)
        picking.scheduled_date = utc(ZONE, 2026, 3, 20, 14)
        self.plan()
        callback = self.get_planned(picking, policy)
        self.assertEqual(callback.window_start, utc(ZONE, 2026, 3, 19))
        self.assertEqual(callback.window_end, utc(ZONE, 2026, 3, 20, 14))
        picking.scheduled_date = utc(ZONE, 2026, 3, 24, 10)
        self.plan()
        self.assertEqual(callback.window_start, utc(ZONE, 2026, 3, 23))
        self.assertEqual(callback.window_end, utc(ZONE, 2026, 3, 24, 10))

    def test_archived_callback_is_not_planned_again(self):
        """B8: exactly once holds for callbacks that are no longer listed."""
        order, callback = self.make_planned()
        callback.active = False
        self.assertEqual(self.plan()["created"], 0)
        self.assertFalse(self.runs.search([("state", "=", "failed")]))
        self.assertFalse(self.get_planned(order, self.policy))

    def test_leader_cancelled_by_its_document_hands_over(self):
        """L2, DESIGN 1.4: the earliest follower leads when the leader falls away."""
        order, leader = self.make_planned()
        follower = self.make_callback(contact_id=leader.id)
        order._action_cancel()
        self.plan()
        self.assertEqual(leader.state, "cancelled")
        self.assertFalse(follower.contact_id)

    # ------------------------------------------------------------
    # WHAT IS LEFT OUT
    # ------------------------------------------------------------

    def get_skip(self, source, policy=None):
        return self.skips.search(
            [
                ("policy_id", "=", (policy or self.policy).id),
                ("source_id", "=", source.id),
            ]
        )

    def test_banned_customer_is_left_out_with_the_reason(self):
        """B6, C10: refusal is respected, and listed."""
        self.customer.write(
            {"do_not_contact": True, "do_not_contact_reason": "Asked for it"}
        )
        order = self.make_order()
        self.assertEqual(self.plan()["skipped"], {"do_not_contact": 1})
        self.assertFalse(self.get_planned(order))
        skip = self.get_skip(order)
        self.assertEqual(skip.reason, "do_not_contact")
        self.assertEqual(skip.partner_id, self.customer)
        self.assertEqual(skip.source_name, order.name)
        self.assertIn("lift the ban", skip.reason_text)
        self.plan()
        self.assertEqual(self.get_skip(order), skip, "one row per occasion")

    def test_contact_of_a_banned_company_is_left_out(self):
        """C10: a company's refusal holds for its people."""
        company = self.make_customer("Company", is_company=True)
        company.write({"do_not_contact": True, "do_not_contact_reason": "Contract"})
        contact = self.make_customer("Contact", parent_id=company.id)
        order = self.make_order(partner=contact)
        self.plan()
        self.assertEqual(self.get_skip(order).reason, "do_not_contact")

    def test_ban_without_reason_is_refused(self):
        """A1, C10: a ban tells why."""
        self.assertRefused(
            ValidationError,
            "say why the customer must not be contacted",
            self.customer.write,
            {"do_not_contact": True},
        )

    def test_repair_without_customer_is_decided_again(self):
        """B8: filling in the customer plans what was left out."""
        policy = self.make_policy("repair_done", delay_min=2, delay_max=5)
        repair = self.make_repair(partner=self.env["res.partner"])
        self.plan()
        skip = self.get_skip(repair, policy)
        self.assertEqual(skip.reason, "no_customer")
        self.assertIn("Fill in the customer", skip.reason_text)
        repair.partner_id = self.customer
        self.plan()
        callback = self.get_planned(repair, policy)
        self.assertEqual(callback.partner_id, self.customer)
        self.assertFalse(skip.exists())

    def test_reason_follows_what_holds_now(self):
        """B6: the list of what was left out tells the present reason."""
        policy = self.make_policy("repair_done", delay_min=2, delay_max=5)
        repair = self.make_repair(partner=self.env["res.partner"])
        self.plan()
        self.customer.write(
            {"do_not_contact": True, "do_not_contact_reason": "Asked for it"}
        )
        repair.partner_id = self.customer
        self.plan()
        skip = self.get_skip(repair, policy)
        self.assertEqual(skip.reason, "do_not_contact")
        self.assertEqual(skip.partner_id, self.customer)

    def test_run_without_news_is_not_logged(self):
        """B8: runs are logged when they did something, not every quarter of an hour."""
        self.customer.write(
            {"do_not_contact": True, "do_not_contact_reason": "Asked for it"}
        )
        self.make_order()
        self.plan()
        run = self.runs.search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual((run.state, run.skipped_count), ("done", 1))
        self.plan()
        last = self.runs.search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual(last, run)

    # ------------------------------------------------------------
    # HORIZON AND GENERATE
    # ------------------------------------------------------------

    def test_cron_respects_the_activation_date(self):
        """B8: a fresh policy leaves history alone."""
        self.policy.active_from = NOW
        old = self.make_order(date=NOW - SECOND)
        new = self.make_order(date=NOW)
        self.plan()
        self.assertFalse(self.get_planned(old, self.policy))
        self.assertTrue(self.get_planned(new, self.policy))

    def test_activation_day_counts_for_triggers_with_a_date(self):
        """B8: a sale of the activation day is planned, though it has no hour."""
        policy = self.make_policy("sold", active_from=NOW)
        today = self.make_archive_line(sold_on="2026-03-10")
        yesterday = self.make_archive_line(sold_on="2026-03-09")
        self.plan()
        self.assertTrue(self.get_planned(today, policy))
        self.assertFalse(self.get_planned(yesterday, policy))

    def test_generate_ignores_the_activation_date(self):
        """B8: an explicit request plans history."""
        self.policy.active_from = NOW
        old = self.make_order(date=NOW - timedelta(days=200))
        counts = self.policy.with_user(self.manager).generate(
            NOW - timedelta(days=201), NOW
        )
        self.assertEqual(counts["created"], 1)
        self.assertTrue(self.get_planned(old, self.policy))

    def test_archiving_and_unarchiving_starts_anew(self):
        """B8: what happened while a policy was switched off is not planned."""
        self.policy.active = False
        order = self.make_order()
        self.plan()
        self.assertFalse(self.get_planned(order))
        with self.at(NOW + timedelta(hours=1)):
            self.policy.active = True
            self.assertEqual(self.policy.active_from, NOW + timedelta(hours=1))
            self.plan()
        self.assertFalse(self.get_planned(order))

    def test_catch_up_reaches_as_far_as_the_company_says(self):
        """B8: after downtime the run looks back over the catch-up days."""
        self.company.revisit_catch_up_days = 10
        # 10 days and the window of 4 days
        late = self.make_order(date=NOW - timedelta(days=13))
        lost = self.make_order(date=NOW - timedelta(days=15))
        self.plan()
        self.assertTrue(self.get_planned(late))
        self.assertFalse(self.get_planned(lost))
        self.planner._plan_company(self.company, sweep=True)
        self.assertTrue(self.get_planned(lost), "the nightly sweep finds it")

    def test_generate_range_is_half_open(self):
        """N: generate() takes events in [from, to)."""
        moments = [NOW - SECOND, NOW, APRIL - SECOND, APRIL]
        orders = [self.make_order(date=moment) for moment in moments]
        counts = self.policy.generate(NOW, APRIL)
        self.assertEqual(counts["created"], 2)
        planned = [bool(self.get_planned(order)) for order in orders]
        self.assertEqual(planned, [False, True, True, False])

    def test_generate_takes_strings(self):
        """N: the external API gives moments as text."""
        self.make_order()
        counts = self.policy.generate("2026-03-10 00:00:00", "2026-03-11 00:00:00")
        self.assertEqual(counts["created"], 1)

    def test_generate_counts(self):
        """N: generate() returns what it did, skipped by reason."""
        banned = self.make_customer(
            do_not_contact=True, do_not_contact_reason="Asked for it"
        )
        moved, gone = self.make_order(), self.make_order()
        self.plan()
        moved.date_order = NOW - timedelta(hours=20)
        gone._action_cancel()
        self.make_order()
        self.make_order(partner=banned)
        before = self.policy.generate(
            NOW - timedelta(days=1), NOW + timedelta(days=1), dry_run=True
        )
        counts = self.policy.generate(NOW - timedelta(days=1), NOW + timedelta(days=1))
        self.assertEqual(
            counts,
            {
                "created": 1,
                "existing": 1,
                "updated": 1,
                "cancelled": 1,
                "skipped": {"do_not_contact": 1},
            },
        )
        self.assertEqual(before, counts, "the dry run told the same")
        self.assertEqual(
            set(counts), {"created", "existing", "updated", "cancelled", "skipped"}
        )

    def test_dry_run_writes_nothing(self):
        """B8: a dry run shows what would come, and leaves no trace."""
        banned = self.make_customer(
            do_not_contact=True, do_not_contact_reason="Asked for it"
        )
        gone, planned = self.make_planned()
        gone._action_cancel()
        self.make_order()
        self.make_order(partner=banned)
        self.policy.assignment = "round_robin"
        models = ("revisit.callback", "revisit.planning.skip", "revisit.run")
        before = [self.env[model].search_count([]) for model in models]
        counts = self.policy.generate(
            NOW - timedelta(days=1), NOW + timedelta(days=1), dry_run=True
        )
        self.assertEqual((counts["created"], counts["cancelled"]), (1, 1))
        after = [self.env[model].search_count([]) for model in models]
        self.assertEqual(before, after)
        self.assertEqual(planned.state, "planned")
        self.assertFalse(self.team.assigned_count)

    def test_generate_is_for_managers(self):
        """N, K1: agents and supervisors are refused, managers are not."""
        for user in (self.agent, self.supervisor):
            self.assertRefused(
                AccessError,
                "Only callback managers plan",
                self.policy.with_user(user).generate,
                NOW,
                APRIL,
            )
        self.policy.with_user(self.manager).generate(NOW, APRIL)

    def test_generate_refuses_an_empty_range(self):
        """N: a wrong range tells what to give."""
        for date_from, date_to in ((NOW, NOW), (APRIL, NOW), (False, NOW)):
            self.assertRefused(
                UserError,
                "Give a first moment that lies before the last one",
                self.policy.generate,
                date_from,
                date_to,
            )

    # ------------------------------------------------------------
    # ASSIGNMENT
    # ------------------------------------------------------------

    def test_round_robin_goes_on_where_it_stopped(self):
        """B2: the unit's agents take turns, over several runs."""
        self.policy.assignment = "round_robin"
        users = []
        for number in range(3):
            self.make_order(
                partner=self.make_customer(), date=NOW - timedelta(hours=10 - number)
            )
            self.plan()
            callbacks = self.callbacks.search([("policy_id", "=", self.policy.id)])
            users.append(callbacks.sorted("id")[-1].user_id)
        self.assertEqual(users, [self.agent, self.agent2, self.agent])

    def test_least_loaded_evens_out(self):
        """B2: who has fewer open callbacks gets the next ones."""
        self.policy.assignment = "least_loaded"
        for _count in range(2):
            self.make_callback(user_id=self.agent.id)
        orders = [self.make_order(partner=self.make_customer()) for _n in range(4)]
        self.plan()
        users = [self.get_planned(order, self.policy).user_id for order in orders]
        self.assertEqual(users.count(self.agent2), 3)
        self.assertEqual(users.count(self.agent), 1)

    def test_salesperson_is_assigned_when_the_policy_says_so(self):
        """B2: the document's person makes the callback, if they still work here."""
        self.policy.assignment = "responsible"
        order = self.make_order(user_id=self.agent.id)
        nobody = self.make_order(user_id=False)
        self.plan()
        self.assertEqual(self.get_planned(order).user_id, self.agent)
        self.assertEqual(self.get_planned(order).state, "assigned")
        self.assertFalse(self.get_planned(nobody).user_id)
        self.assertEqual(self.get_planned(nobody).state, "planned")

    def test_dedicated_agent_is_assigned(self):
        """B2: one agent makes all callbacks of a policy."""
        self.policy.write({"assignment": "agent", "agent_id": self.agent2.id})
        order = self.make_order()
        self.plan()
        self.assertEqual(self.get_planned(order).user_id, self.agent2)

    # ------------------------------------------------------------
    # FAULTS
    # ------------------------------------------------------------

    def test_broken_trigger_pauses_alone(self):
        """B1, DESIGN 2.2: a trigger that no longer works pauses; the rest plans."""
        trigger = self.env["revisit.trigger"].create(
            {
                "name": "Custom",
                "code": "custom",
                "model_name": "sale.order",
                "clock_path": "date_order",
            }
        )
        broken = self.make_policy(trigger)
        for column, value in (
            ("model_name", "no.such.model"),
            ("clock_path", "no_such_field"),
            ("domain", "[('no_such_field', '=', 1)]"),
            ("domain", "[('message_needaction_counter', 'like', 1)"),
        ):
            with self.subTest(column=column, value=value):
                healthy = trigger[column]
                # as after an upgrade or an uninstallation: no constraint ran
                self.env.flush_all()
                self.env.cr.execute(
                    f"UPDATE revisit_trigger SET {column} = %s WHERE id = %s",
                    (value, trigger.id),
                )
                self.env.invalidate_all()
                order = self.make_order()
                self.plan()
                self.assertTrue(trigger.broken)
                self.assertEqual(broken.trigger_broken, trigger.broken)
                self.assertFalse(self.get_planned(order, broken))
                self.assertTrue(self.get_planned(order, self.policy))
                run = self.runs.search([], limit=1)
                self.assertEqual(run.state, "failed")
                self.assertIn(broken.name, run.message)
                self.assertIn(trigger.broken, run.message)
                trigger[column] = healthy
                self.plan()
                self.assertFalse(trigger.broken)
                self.assertTrue(self.get_planned(order, broken), "it catches up")

    def test_generate_on_a_broken_trigger_tells_why(self):
        """B8: an explicit request on a paused policy is refused in plain words."""
        trigger = self.policy.trigger_id.copy({"code": "custom"})
        policy = self.make_policy(trigger)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE revisit_trigger SET model_name = 'no.such.model' WHERE id = %s",
            (trigger.id,),
        )
        self.env.invalidate_all()
        self.assertRefused(
            UserError, "no.such.model", policy.generate, NOW, APRIL, dry_run=True
        )

    def test_one_failing_policy_does_not_stop_the_others(self):
        """B8: a fault rolls back its own policy, is logged, and the rest plans."""
        failing = self.make_policy()
        planner = type(self.planner._for_company(self.company))
        start_policy = planner._start_policy

        def fail_late(planner, batch, policy, *args, **kwargs):
            moved = start_policy(planner, batch, policy, *args, **kwargs)
            if policy == failing:
                raise ValueError("Broken on purpose")
            return moved

        order = self.make_order()
        with (
            patch.object(planner, "_start_policy", fail_late),
            self.assertLogs(PLANNER, "ERROR"),
        ):
            counts = self.plan()
        self.assertFalse(self.get_planned(order, failing))
        self.assertTrue(self.get_planned(order, self.policy))
        self.assertEqual(counts["created"], 1, "only what stayed is counted")
        run = self.runs.search([], limit=1)
        self.assertEqual((run.state, run.created_count), ("failed", 1))
        self.assertIn("Broken on purpose", run.message)

    def test_administrator_adds_a_trigger_over_another_model(self):
        """B1: any model with a customer can start a clock, without code."""
        trigger = (
            self.env["revisit.trigger"]
            .with_user(self.env.ref("base.user_admin"))
            .create(
                {
                    "name": "Meeting Held",
                    "code": "meeting",
                    "model_name": "calendar.event",
                    "clock_path": "stop",
                    "domain": "[('show_as', '=', 'busy')]",
                    "partner_path": "user_id.partner_id",
                    "user_path": "user_id",
                    "company_path": False,
                }
            )
        )
        policy = self.make_policy(trigger, domain="[('name', 'ilike', 'demo')]")
        meetings = self.env["calendar.event"].create(
            [
                {
                    "name": name,
                    "start": NOW - timedelta(hours=3),
                    "stop": NOW - timedelta(hours=2),
                    "user_id": self.agent.id,
                }
                for name in ("Demo in the showroom", "Lunch")
            ]
        )
        self.plan()
        callback = self.get_planned(meetings, policy)
        self.assertEqual(len(callback), 1)
        self.assertEqual(callback.source_id, meetings[0].id)
        self.assertEqual(callback.partner_id, self.agent.partner_id)
        self.assertEqual(callback.event_at, NOW - timedelta(hours=2))

    # ------------------------------------------------------------
    # COMPANIES
    # ------------------------------------------------------------

    def test_companies_plan_for_themselves(self):
        """K3, B8: each company's policies see its own documents, in its own zone."""
        other = self.make_company(zone="Europe/Berlin")
        partner = self.make_customer()
        policy = self.make_policy(company_id=other.id)
        ours = self.make_order()
        theirs = (
            self.env["sale.order"]
            .with_company(other)
            .create({"partner_id": partner.id, "state": "sale", "date_order": NOW})
        )
        self.assertEqual(theirs.company_id, other)
        cron = self.env.ref("revisit_management.ir_cron_plan")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(self.get_planned(ours).policy_id, self.policy)
        callback = self.get_planned(theirs)
        self.assertEqual(callback.policy_id, policy)
        self.assertEqual(callback.company_id, other)
        self.assertEqual(callback.window_start, utc("Europe/Berlin", 2026, 3, 11))

    def test_manager_of_one_company_cannot_generate_for_another(self):
        """K3: generate() checks that the caller may see the policy."""
        other = self.make_company()
        policy = self.make_policy(company_id=other.id)
        with self.assertRaises(AccessError):
            policy.with_user(self.manager).with_company(self.company).generate(
                NOW, APRIL
            )

    def test_ban_after_planning_empties_the_queue(self):
        """C10: who refuses contact later is no longer called; lifting it revives."""
        order = self.make_order()
        self.plan()
        callback = self.callbacks.search(
            [("policy_id", "=", self.policy.id), ("source_id", "=", order.id)]
        )
        order.partner_id.write(
            {"do_not_contact": True, "do_not_contact_reason": "Asked us not to"}
        )
        self.plan()
        self.assertEqual(callback.state, "cancelled")
        order.partner_id.do_not_contact = False
        self.plan()
        self.assertIn(callback.state, ("planned", "assigned"))

    def test_one_company_in_trouble_does_not_stop_the_others(self):
        """B8: the scheduled job goes on, and reports the failure at the end."""
        other = self.make_company()
        planned = []

        def plan(planner, company, sweep=False):
            if company == self.company:
                raise ValueError("no calendar")
            planned.append(company)

        cron = self.env["ir.cron"]
        planner_class = type(self.planner)
        with (
            patch.object(planner_class, "_plan_company", plan),
            patch.object(type(cron), "_commit_progress", lambda *a, **kw: 60),
            patch.object(self.env.cr, "rollback", lambda: None),
            mute_logger(
                "odoo.addons.revisit_management.models.planning.revisit_planner"
            ),
            self.assertRaises(ValueError),
        ):
            self.planner._cron_plan()
        self.assertIn(other, planned)

    def test_last_day_is_the_companys(self):
        """B2, I2: the last day of the window is the company's local date."""
        order = self.make_order(date=datetime(2026, 3, 1, 17, 0))
        self.policy.generate(datetime(2026, 3, 1), datetime(2026, 3, 3))
        callback = self.callbacks.search(
            [("policy_id", "=", self.policy.id), ("source_id", "=", order.id)]
        )
        zone = ZoneInfo(self.company._revisit_tz())
        end = callback.window_end.replace(tzinfo=timezone.utc) - timedelta(seconds=1)
        self.assertEqual(callback.last_day, end.astimezone(zone).date())
        callback.invalidate_recordset()
        stored = callback.last_day
        callback._compute_last_day()
        self.assertEqual(callback.last_day, stored)
