# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW, ZONE, RevisitCommon, utc


@tagged("post_install", "-at_install")
class TestTriggers(RevisitCommon):
    """B1: the shipped catalogue."""

    SHIPPED = {
        "contact_left",
        "quotation_sent",
        "deposit_paid",
        "order_confirmed",
        "contract_signed",
        "account_opened",
        "delivery_planned",
        "delivered",
        "installation_planned",
        "first_installation_day",
        "installed",
        "installation_done",
        "first_use",
        "repair_done",
        "service_changed",
        "issue_registered",
        "issue_resolved",
        "valuable_suggestion",
        "survey_returned",
        "customer_created",
        "birthday",
        "holiday",
        "event",
        "periodic",
        "sample",
        "manual",
        "pos_order",
    }

    def test_catalogue_is_complete_and_sound(self):
        """B1: every trigger is shipped, and each that is active can run."""
        triggers = self.env["revisit.trigger"].with_context(active_test=False)
        triggers = triggers.search([])
        self.assertLessEqual(self.SHIPPED, set(triggers.mapped("code")))
        for trigger in triggers.filtered("active"):
            with self.subTest(trigger=trigger.code):
                self.assertFalse(trigger._get_definition_error())

    def test_trigger_of_an_absent_app_waits_archived(self):
        """B1: it is told what is missing when somebody activates it."""
        trigger = self.env.ref("revisit_management.trigger_pos_order")
        if "pos.order" in self.env:
            self.assertFalse(trigger._get_definition_error())
            return
        self.assertFalse(trigger.active)
        trigger.note = "Still archived"
        self.assertRefused(
            ValidationError,
            "Install the app that brings them",
            trigger.write,
            {"active": True},
        )

    def test_policy_does_not_wait_for_an_archived_trigger(self):
        """B1: an active policy needs an active trigger."""
        self.assertRefused(
            ValidationError,
            "unarchive the trigger first",
            self.make_policy,
            "pos_order",
        )

    def test_contract_is_signed_online_on_paper_or_by_confirmation(self):
        """B1: contract signed."""
        policy = self.make_policy("contract_signed", delay_min=0, delay_max=1)
        confirmed = self.make_order()
        self.assertEqual(confirmed.contract_signed_at, confirmed.date_order)
        online = self.make_order(confirmed=False)
        self.assertFalse(online.contract_signed_at)
        online.signed_on = "2026-03-01 02:00:00"
        online.action_confirm()
        paper = self.make_order()
        paper.contract_signed_at = "2026-03-02 02:00:00"
        self.plan()
        for order, moment in ((online, online.signed_on), (paper, "2026-03-02")):
            callback = self.get_planned(order, policy)
            self.assertIn(str(moment)[:10], str(callback.event_at))
        confirmed._action_cancel()
        self.assertFalse(confirmed.contract_signed_at)

    def test_deposit_is_a_payment_before_the_final_invoice(self):
        """B1: deposit paid, not every payment."""
        policy = self.make_policy("deposit_paid", delay_min=0, delay_max=1)
        order = self.make_order(
            order_line=[
                Command.create({"price_unit": 100.0, "product_id": self.product.id})
            ]
        )
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "advance_payment_method": "percentage",
                "amount": 30,
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        deposit = wizard._create_invoices(order)
        other = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create({"name": "Final", "price_unit": 70.0})
                ],
            }
        )
        payments = {}
        for name, invoice in (("deposit", deposit), ("final", other)):
            invoice.action_post()
            register = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            )
            payments[name] = register.create(
                {"payment_date": "2026-03-09"}
            )._create_payments()
        self.plan()
        self.assertEqual(len(self.get_planned(payments["deposit"], policy)), 1)
        self.assertFalse(self.get_planned(payments["final"], policy))

    def test_invited_customers_not_colleagues(self):
        """B1: an event's customers, before it begins."""
        policy = self.make_policy(
            "event", delay_direction="before", delay_min=0, delay_max=1
        )
        start = utc(ZONE, 2026, 3, 20, 14)
        event = self.env["calendar.event"].create(
            {
                "name": "Open day",
                "start": start,
                "stop": start,
                "partner_ids": [
                    Command.set((self.customer + self.agent.partner_id).ids)
                ],
            }
        )
        self.plan()
        callback = self.get_planned(event.attendee_ids, policy)
        self.assertEqual(callback.partner_id, self.customer)
        self.assertEqual(
            (callback.window_start, callback.window_end),
            (utc(ZONE, 2026, 3, 19), start),
        )


@tagged("post_install", "-at_install")
class TestOccasions(RevisitCommon):
    """B1: what happens to customers without a document of its own."""

    def make_occasion(self, **values):
        return self.env["revisit.occasion"].create(
            {"partner_id": self.customer.id, **values}
        )

    def test_archiving_takes_the_callback_back(self):
        """B8: an occasion that no longer holds, and comes back."""
        policy = self.make_policy("account_opened")
        occasion = self.make_occasion(kind="account_opened")
        self.assertEqual(occasion.name, "Account Opened")
        self.plan()
        callback = self.get_planned(occasion, policy)
        self.assertEqual(callback.event_at, NOW)
        occasion.active = False
        self.plan()
        self.assertEqual(
            (callback.state, callback.cancel_reason), ("cancelled", "source")
        )
        occasion.active = True
        self.plan()
        self.assertEqual(callback.state, "planned")

    def get_birthdays(self, partner):
        occasions = self.env["revisit.occasion"].search(
            [("partner_id", "=", partner.id)], order="occurs_at"
        )
        return occasions.mapped("occurs_at")

    def test_birthdays_are_written_down_once_a_year(self):
        """B1: the coming month's, only where a policy waits for them."""
        soon = self.make_customer("Soon", birthday=date(1980, 3, 20))
        today = self.make_customer("Today", birthday=date(1980, 3, 10))
        late = self.make_customer("Late", birthday=date(1980, 4, 20))
        past = self.make_customer("Past", birthday=date(1980, 3, 9))
        self.env["revisit.occasion"]._cron_birthdays()
        self.assertFalse(self.get_birthdays(soon))
        policy = self.make_policy("birthday", delay_min=0, delay_max=0)
        for _turn in range(2):
            self.env["revisit.occasion"]._cron_birthdays()
        self.assertEqual(self.get_birthdays(soon), [utc(ZONE, 2026, 3, 20)])
        self.assertEqual(self.get_birthdays(today), [utc(ZONE, 2026, 3, 10)])
        self.assertFalse(self.get_birthdays(late) + self.get_birthdays(past))
        self.plan()
        callback = self.env["revisit.callback"].search(
            [("policy_id", "=", policy.id), ("partner_id", "=", soon.id)]
        )
        self.assertEqual(
            (callback.window_start, callback.window_end),
            (utc(ZONE, 2026, 3, 20), utc(ZONE, 2026, 3, 21)),
        )
        with self.at("2027-03-01 01:00:00"):
            self.env["revisit.occasion"]._cron_birthdays()
        self.assertEqual(len(self.get_birthdays(soon)), 2)

    def test_birthdays_over_new_year_and_on_leap_days(self):
        """B1: the year of the birthday counts; 29 February has one every year."""
        self.make_policy("birthday", delay_min=0, delay_max=0)
        january = self.make_customer("January", birthday=date(1980, 1, 2))
        leap = self.make_customer("Leap", birthday=date(1980, 2, 29))
        for moment in ("2026-12-20 01:00:00", "2027-02-10 01:00:00"):
            with self.at(moment):
                self.env["revisit.occasion"]._cron_birthdays()
        with self.at("2028-02-10 01:00:00"):
            self.env["revisit.occasion"]._cron_birthdays()
        self.assertEqual(self.get_birthdays(january)[0], utc(ZONE, 2027, 1, 2))
        self.assertEqual(
            self.get_birthdays(leap), [utc(ZONE, 2027, 2, 28), utc(ZONE, 2028, 2, 29)]
        )

    def test_colleagues_and_other_companies_are_not_greeted(self):
        """B1, K3: customers of this company, or of all."""
        self.make_policy("birthday", delay_min=0, delay_max=0)
        other = self.make_company()
        birthday = {"birthday": date(1980, 3, 20)}
        self.agent.partner_id.write(birthday)
        theirs = self.make_customer("Theirs", company_id=other.id, **birthday)
        self.env["revisit.occasion"]._cron_birthdays()
        self.assertFalse(
            self.get_birthdays(self.agent.partner_id) + self.get_birthdays(theirs)
        )

    def test_a_holiday_is_written_down_for_many(self):
        """B1: one for each customer of a condition; doing it twice adds nobody."""
        partners = self.make_customer("A") + self.make_customer("B")
        wizard = (
            self.env["revisit.occasion.create"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Spring Festival",
                    "date": "2026-03-17",
                    "domain": f"[('id', 'in', {partners.ids})]",
                }
            )
        )
        self.assertEqual(wizard.partner_count, 2)
        action = wizard.action_create()
        written = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(written.partner_id, partners)
        self.assertEqual(set(written.mapped("kind")), {"holiday"})
        self.assertEqual(set(written.mapped("occurs_at")), {utc(ZONE, 2026, 3, 17)})
        self.assertRefused(UserError, "Nobody is left", wizard.action_create)
        wizard.domain = "[('nothing', '=', 1)]"
        self.assertRefused(UserError, "cannot be searched", wizard.action_create)

    def test_the_same_occasion_is_not_written_twice(self):
        """B1: the key is unique per customer and kind."""
        self.make_occasion(kind="event", key="fair")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.make_occasion(kind="event", key="fair")

    def test_who_writes_occasions(self):
        """K1, K3: agents write, only managers delete or write for many."""
        occasion = self.env["revisit.occasion"].with_user(self.agent)
        occasion = occasion.create({"partner_id": self.customer.id, "kind": "other"})
        self.assertRaises(AccessError, occasion.unlink)
        self.assertRaises(
            AccessError,
            self.env["revisit.occasion.create"].with_user(self.agent).create,
            {},
        )
        self.assertRaises(AccessError, occasion.with_user(self.portal_a).read, ["name"])
        other = self.make_company()
        theirs = self.make_occasion(kind="other", company_id=other.id)
        self.assertRaises(AccessError, theirs.with_user(self.agent).read, ["name"])
