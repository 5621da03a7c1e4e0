# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime, timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail
from odoo.addons.sms.tests.common import SMSCase

from ..tools import hours
from ..tools.terms import TEMPLATE_FIELDS
from .common import NOW, SECOND, ZONE, RevisitCommon, RevisitMixin, utc

PHONE = "+8613812345678"
EMAIL = "li.wei@example.com"
SENDER = "odoo.addons.revisit_management.models.touches.queueing"


@tagged("post_install", "-at_install")
class TestHours(BaseCase):
    """B2: hours are those of the wall clock."""

    def test_days_on_which_clocks_change(self):
        """B2: hours open at nine on the wall, whatever the clock did at night."""
        for day, opening in (
            ((2026, 3, 28, 21, 0), datetime(2026, 3, 29, 7, 0)),
            ((2026, 10, 24, 21, 0), datetime(2026, 10, 25, 8, 0)),
        ):
            evening = utc("Europe/Berlin", *day)
            self.assertEqual(
                hours.next_open(evening, 9.0, 20.0, "Europe/Berlin"), opening
            )

    def test_half_hours_and_midnight(self):
        """B2: 9:30 is 9.5; until 24:00 means to the end of the day."""
        before = utc(ZONE, 2026, 3, 10, 9, 29)
        self.assertEqual(
            hours.next_open(before, 9.5, 24, ZONE), utc(ZONE, 2026, 3, 10, 9, 30)
        )
        last = utc(ZONE, 2026, 3, 11) - SECOND
        self.assertEqual(hours.next_open(last, 9.5, 24, ZONE), last)


class TouchMixin(RevisitMixin):
    """A customer who can be reached, and the scheduled action without commits."""

    @classmethod
    def setUpTouches(cls):
        cls.touches = cls.env["revisit.touch"].sudo()
        cls.customer.write({"phone": PHONE, "email": EMAIL, "name": "Li Wei"})
        cls.sms_template = cls.make_sms_template(
            "res.partner", "Dear {{ object.name }}"
        )
        cls.mail_template = cls.env["mail.template"].create(
            {
                "name": "Greeting",
                "model_id": cls.env["ir.model"]._get("res.partner").id,
                "subject": "To {{ object.name }}",
                "body_html": "<p>Dear <t t-out='object.name'/></p>",
            }
        )
        cls.sms_policy = cls.make_touch_policy()
        cls.mail_policy = cls.make_touch_policy("email")

    @classmethod
    def make_sms_template(cls, model, body):
        return cls.env["sms.template"].create(
            {
                "name": f"SMS for {model}",
                "model_id": cls.env["ir.model"]._get(model).id,
                "body": body,
            }
        )

    @classmethod
    def make_touch_policy(cls, channel="sms", trigger="manual", **values):
        return cls.make_policy(
            trigger,
            **{
                "contact_type": "touch",
                "channel": channel,
                "sms_template_id": channel == "sms" and cls.sms_template.id,
                "mail_template_id": channel == "email" and cls.mail_template.id,
                **values,
            },
        )

    def run_sending(self):
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", lambda *a, **kw: 60):
            self.touches._cron_send()

    def get_sms(self, touch):
        """Return the queued SMS of a touch."""
        return self.env["sms.sms"].search(
            [("id", "in", touch.mapped("notification_id.sms_id_int"))]
        )

    def get_mail(self, touch):
        return touch.notification_id.mail_mail_id


class TouchCommon(TouchMixin, RevisitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpTouches()


@tagged("post_install", "-at_install")
class TestTouchSending(TouchCommon):
    """B2, B6, C10: what is sent, to whom, when and how often."""

    # ------------------------------------------------------------
    # QUEUES
    # ------------------------------------------------------------

    def test_sms_is_queued_not_sent(self):
        """B2: an SMS goes into Odoo's own queue, filled in, and is kept as sent."""
        touch = self.make_touch(self.sms_policy)
        self.run_sending()
        sms = self.get_sms(touch)
        self.assertEqual(
            (sms.state, sms.number, sms.body), ("outgoing", PHONE, "Dear Li Wei")
        )
        self.assertEqual(
            (touch.state, touch.delivery_state, touch.sent_at, touch.body),
            ("sent", "queued", NOW, "Dear Li Wei"),
        )

    def test_email_is_queued_not_sent(self):
        """B2: an email goes into Odoo's own queue, subject and body filled in."""
        touch = self.make_touch(self.mail_policy)
        self.run_sending()
        mail = self.get_mail(touch)
        self.assertEqual((mail.state, mail.subject), ("outgoing", "To Li Wei"))
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn("Dear Li Wei", mail.body_html)
        self.assertEqual(
            (touch.state, touch.delivery_state, touch.subject, touch.body.strip()),
            ("sent", "queued", "To Li Wei", "Dear Li Wei"),
        )

    def test_attachments_of_the_template_are_sent(self):
        """B2: what the template attaches goes along."""
        leaflet = self.env["ir.attachment"].create({"name": "tips.txt", "raw": b"Tips"})
        self.mail_template.attachment_ids = leaflet
        touch = self.make_touch(self.mail_policy)
        self.run_sending()
        self.assertEqual(self.get_mail(touch).attachment_ids, leaflet)

    def test_no_number_is_kept_on_the_touch(self):
        """K2: what was sent is kept, where it went to is not."""
        touches = self.make_touch(self.sms_policy) + self.make_touch(self.mail_policy)
        self.run_sending()
        for values in touches.read():
            self.assertNotIn(PHONE, str(values))
            self.assertNotIn(EMAIL, str(values))

    def test_document_tells_of_the_touch_internally(self):
        """B6: an internal note on the document, which portal users never see."""
        order = self.make_order()
        touch = self.make_touch(self.sms_policy, order)
        self.run_sending()
        message = order.message_ids[0]
        self.assertEqual(touch.notification_id.mail_message_id, message)
        self.assertEqual(message.message_type, "sms")
        self.assertTrue(message.subtype_id.internal)

    def test_touch_is_never_a_callback(self):
        """B6: sending makes no callback and counts as none."""
        before = self.callbacks.search_count([])
        self.make_touch(self.sms_policy)
        self.run_sending()
        self.assertEqual(self.callbacks.search_count([]), before)
        self.assertEqual(self.customer.callback_count, 0)
        self.assertEqual(self.customer.revisit_touch_count, 1)

    def test_scheduled_action_sends(self):
        """B7: the scheduled action sends, whoever runs it."""
        touch = self.make_touch(self.sms_policy)
        with self.enter_registry_test_mode():
            self.env.ref("revisit_management.ir_cron_touch").method_direct_trigger()
        self.assertEqual(touch.state, "sent")

    # ------------------------------------------------------------
    # HOURS
    # ------------------------------------------------------------

    def test_company_hours_at_their_edges(self):
        """B2, C10: from nine to before eight in the evening, on the wall clock."""
        for parts, is_sent in (
            ((8, 59, 59), False),
            ((9, 0), True),
            ((19, 59, 59), True),
            ((20, 0), False),
        ):
            touch = self.make_touch(self.sms_policy)
            moment = utc(ZONE, 2026, 3, 10, *parts)
            with self.subTest(local=parts), self.at(moment):
                self.run_sending()
                self.assertEqual(touch.state, "sent" if is_sent else "planned")
            if not is_sent:
                touch.action_cancel()

    def test_hours_are_those_of_each_companys_zone(self):
        """B2, K3: nine in Shanghai is nine in the evening in New York."""
        other = self.make_company(zone="America/New_York")
        policy = self.make_touch_policy(company_id=other.id)
        here, there = self.make_touch(self.sms_policy), self.make_touch(policy)
        self.run_sending()
        self.assertEqual((here.state, there.state), ("sent", "planned"))
        with self.at(utc("America/New_York", 2026, 3, 10, 9, 0)):
            self.run_sending()
        self.assertEqual(there.state, "sent")

    def test_customers_own_hours(self):
        """C10: a customer who is to be reached in the afternoon waits for it."""
        self.customer.write({"callback_hour_from": 14.5, "callback_hour_to": 16})
        touch = self.make_touch(self.sms_policy)
        for parts, state in (
            ((9, 0), "planned"),
            ((14, 29, 59), "planned"),
            ((16, 0), "planned"),
            ((14, 30), "sent"),
        ):
            with self.subTest(local=parts), self.at(utc(ZONE, 2026, 3, 10, *parts)):
                self.run_sending()
                self.assertEqual(touch.state, state)

    def test_customer_without_hours(self):
        """C10: from 0:00 to 0:00 means that the customer named no hours."""
        self.customer.write({"callback_hour_from": 0, "callback_hour_to": 0})
        touch = self.make_touch(self.sms_policy)
        self.run_sending()
        self.assertEqual(touch.state, "sent")

    def test_window_opens_and_closes(self):
        """B2: from the window's start on, and never after its end."""
        early = self.make_touch(self.sms_policy, window_start=NOW + SECOND)
        exact = self.make_touch(self.sms_policy, window_start=NOW)
        over = self.make_touch(self.sms_policy, window_end=NOW)
        self.run_sending()
        self.assertEqual(early.state, "planned")
        self.assertEqual(exact.state, "sent")
        self.assertEqual((over.state, over.cancel_reason), ("cancelled", "late"))
        self.assertFalse(self.get_sms(over))

    def test_next_run_is_at_the_next_opening(self):
        """B2: what waits for the morning goes at the opening, to the minute."""
        cron = self.env.ref("revisit_management.ir_cron_touch")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.make_touch(self.sms_policy)
        with self.at(utc(ZONE, 2026, 3, 10, 21, 0)):
            self.run_sending()
            self.run_sending()
        added = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", cron.id), ("id", "not in", triggers.ids)]
        )
        self.assertEqual(added.mapped("call_at"), [utc(ZONE, 2026, 3, 11, 9, 0)])

    def test_next_run_is_at_the_next_window(self):
        """B2: a window that opens within the hours is served as it opens."""
        cron = self.env.ref("revisit_management.ir_cron_touch")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        opens = NOW + timedelta(hours=2)
        self.make_touch(self.sms_policy, window_start=opens)
        self.run_sending()
        added = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", cron.id), ("id", "not in", triggers.ids)]
        )
        self.assertEqual(added.mapped("call_at"), [opens])

    # ------------------------------------------------------------
    # REFUSAL
    # ------------------------------------------------------------

    def assertUnsent(self, touch, state, failure_type, cancel_reason=False):
        self.assertEqual(
            (touch.state, touch.failure_type, touch.cancel_reason),
            (state, failure_type, cancel_reason),
        )
        self.assertFalse(touch.sent_at)
        self.assertFalse(touch.notification_id)

    def test_refusal_of_the_customer(self):
        """C10: who must not be contacted gets nothing, and the list says so."""
        touch = self.make_touch(self.sms_policy)
        self.customer.write(
            {"do_not_contact": True, "do_not_contact_reason": "Asked us"}
        )
        self.run_sending()
        self.assertUnsent(touch, "cancelled", "touch_banned", "banned")

    def test_refusal_of_the_customers_company(self):
        """C10: the ban of a company holds for its people."""
        company = self.make_customer("Company", is_company=True)
        self.customer.parent_id = company
        touch = self.make_touch(self.mail_policy)
        company.write({"do_not_contact": True, "do_not_contact_reason": "Asked us"})
        self.run_sending()
        self.assertUnsent(touch, "cancelled", "touch_banned", "banned")

    def test_refusal_is_the_reason_even_when_late(self):
        """C10: who refused is listed as refusing, not as late."""
        touch = self.make_touch(self.sms_policy, window_end=NOW)
        self.customer.write(
            {"do_not_contact": True, "do_not_contact_reason": "Asked us"}
        )
        self.run_sending()
        self.assertUnsent(touch, "cancelled", "touch_banned", "banned")

    def test_blacklists(self):
        """C10: Odoo's own blacklists of numbers and of addresses hold."""
        by_sms = self.make_touch(self.sms_policy)
        by_mail = self.make_touch(self.mail_policy)
        self.env["phone.blacklist"].create({"number": PHONE})
        self.env["mail.blacklist"].create({"email": EMAIL.upper()})
        self.run_sending()
        self.assertUnsent(by_sms, "cancelled", "touch_number_bl", "banned")
        self.assertUnsent(by_mail, "cancelled", "mail_bl", "banned")

    def test_archived_customer(self):
        """C10: an archived customer is not written to."""
        partner = self.make_customer("Gone", phone=PHONE)
        touch = self.make_touch(self.sms_policy, partner_id=partner.id)
        partner.active = False
        self.run_sending()
        self.assertUnsent(touch, "cancelled", "touch_archived", "source")

    def test_who_cannot_be_reached(self):
        """B6: a missing or unreadable number or address is named as the reason."""
        for policy, name, value, failure_type in (
            (self.sms_policy, "phone", False, "sms_number_missing"),
            (self.sms_policy, "phone", "ask him", "sms_number_format"),
            (self.mail_policy, "email", False, "mail_email_missing"),
            (self.mail_policy, "email", "li wei", "mail_email_invalid"),
        ):
            partner = self.make_customer("Unreachable", **{name: value})
            touch = self.make_touch(policy, partner_id=partner.id)
            with self.subTest(field=name, value=value):
                self.run_sending()
                self.assertUnsent(touch, "failed", failure_type)

    def test_number_of_the_customers_company(self):
        """B2: a contact without a number is reached through their company."""
        company = self.make_customer("Company", is_company=True, phone=PHONE)
        partner = self.make_customer("Contact", parent_id=company.id, phone=False)
        touch = self.make_touch(self.sms_policy, partner_id=partner.id)
        self.run_sending()
        self.assertEqual(self.get_sms(touch).number, PHONE)
        self.assertEqual(touch.body, "Dear Contact")

    # ------------------------------------------------------------
    # LATE
    # ------------------------------------------------------------

    def test_late_because_no_hour_suits(self):
        """B6: when the customer's hours lie outside the company's, the list says so."""
        self.customer.write({"callback_hour_from": 21, "callback_hour_to": 22})
        touch = self.make_touch(self.sms_policy)
        self.run_sending()
        self.assertEqual(touch.state, "planned")
        with self.at(touch.window_end):
            self.run_sending()
        self.assertUnsent(touch, "cancelled", "touch_hours", "late")

    def test_late_because_the_policy_was_archived(self):
        """B6: an archived policy sends nothing, and what it had planned lapses."""
        touch = self.make_touch(self.sms_policy)
        self.sms_policy.active = False
        self.run_sending()
        self.assertEqual(touch.state, "planned")
        with self.at(touch.window_end):
            self.run_sending()
        self.assertUnsent(touch, "cancelled", "touch_paused", "late")

    # ------------------------------------------------------------
    # TEMPLATES
    # ------------------------------------------------------------

    def test_template_of_the_documents(self):
        """B2: a template for the trigger's documents is filled in from them."""
        template = self.make_sms_template("sale.order", "Order {{ object.name }}")
        policy = self.make_touch_policy(
            trigger="order_confirmed", sms_template_id=template.id
        )
        orders = [self.make_order(), self.make_order()]
        touches = [self.make_touch(policy, order, occasion="") for order in orders]
        self.run_sending()
        for order, touch in zip(orders, touches, strict=True):
            self.assertEqual(touch.body, f"Order {order.name}")

    def test_template_of_contacts_about_a_document(self):
        """B2: a template for contacts is filled in from the customer."""
        policy = self.make_touch_policy(trigger="order_confirmed")
        touch = self.make_touch(policy, self.make_order(), occasion="")
        self.run_sending()
        self.assertEqual(touch.body, "Dear Li Wei")

    def test_customers_language(self):
        """B2: each customer is written to in their own language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.sms_template.with_context(lang="zh_CN").body = "{{ object.name }}您好"
        self.mail_template.with_context(lang="zh_CN").write(
            {"subject": "致{{ object.name }}"}
        )
        chinese = self.make_customer("王芳", phone=PHONE, email=EMAIL, lang="zh_CN")
        self.customer.lang = "en_US"
        for policy, name, texts in (
            (self.sms_policy, "body", ("Dear Li Wei", "王芳您好")),
            (self.mail_policy, "subject", ("To Li Wei", "致王芳")),
        ):
            touches = self.make_touch(policy) + self.make_touch(
                policy, partner_id=chinese.id
            )
            with self.subTest(channel=policy.channel):
                self.run_sending()
                self.assertEqual(tuple(touches.mapped(name)), texts)

    def test_one_bad_document_stops_no_other(self):
        """B6: what cannot be filled in fails alone, and the list says why."""
        self.sms_template.body = "Tier {{ object.callback_tier.upper() }}"
        good = self.make_customer("Good", phone=PHONE, callback_tier="key")
        bad = self.make_touch(self.sms_policy)
        sent = self.make_touch(self.sms_policy, partner_id=good.id)
        with mute_logger(SENDER, "odoo.addons.mail.models.mail_render_mixin"):
            self.run_sending()
        self.assertEqual(sent.body, "Tier KEY")
        self.assertUnsent(bad, "failed", "touch_template")
        self.assertTrue(bad.failure_reason)

    def test_empty_message_is_not_sent(self):
        """B6: a template that comes out empty sends nothing."""
        self.sms_template.body = "{{ object.special_needs or '' }}"
        touch = self.make_touch(self.sms_policy)
        self.run_sending()
        self.assertUnsent(touch, "failed", "touch_template")

    def test_deleted_document(self):
        """B6: about a deleted document nothing is sent."""
        order = self.make_order(confirmed=False)
        touch = self.make_touch(self.sms_policy, order)
        order.unlink()
        gone = self.make_touch(self.sms_policy, source_model="no.such.app")
        self.run_sending()
        self.assertUnsent(touch, "cancelled", "touch_source", "source")
        self.assertUnsent(gone, "cancelled", "touch_source", "source")

    def test_document_that_no_longer_counts(self):
        """B8: nothing is sent about an order that was cancelled meanwhile."""
        policy = self.make_touch_policy(trigger="order_confirmed", delay_min=0)
        kept, cancelled = self.make_order(), self.make_order()
        touches = [
            self.make_touch(policy, order, occasion="") for order in (kept, cancelled)
        ]
        cancelled.write({"state": "cancel"})
        self.run_sending()
        self.assertEqual(touches[0].state, "sent")
        self.assertUnsent(touches[1], "cancelled", False, "source")

    def test_document_whose_date_has_moved(self):
        """B8: the window follows the document; nothing leaves on the old day."""
        policy = self.make_touch_policy(trigger="order_confirmed", delay_min=1)
        order = self.make_order(date=NOW - timedelta(days=1))
        touch = self.make_touch(
            policy, order, occasion="", event_at=NOW - timedelta(days=1)
        )
        order.date_order = NOW + timedelta(days=5)
        self.run_sending()
        self.assertEqual(touch.state, "planned")
        self.assertEqual(touch.event_at, NOW + timedelta(days=5))
        self.assertEqual(touch.window_start, utc(ZONE, 2026, 3, 16))
        self.assertEqual(touch.window_end, utc(ZONE, 2026, 3, 19))
        with self.at(utc(ZONE, 2026, 3, 16, 9, 0)):
            self.run_sending()
        self.assertEqual(touch.state, "sent")

    def test_broken_trigger_pauses_the_policy(self):
        """B1, B6: a condition that cannot be searched stops its own policy only."""
        policy = self.make_touch_policy(trigger="order_confirmed", delay_min=0)
        waiting = self.make_touch(policy, self.make_order(), occasion="")
        sent = self.make_touch(self.sms_policy)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE revisit_policy SET domain = %s WHERE id = %s",
            ['[("no_such_field", "=", 1)]', policy.id],
        )
        self.env.invalidate_all()
        self.run_sending()
        self.assertEqual((waiting.state, sent.state), ("planned", "sent"))

    def test_deleted_template_pauses_the_policy(self):
        """B2, B6: planned touches wait, the policy says why, a new one goes on."""
        self.assertFalse(self.sms_policy.touch_problem)
        touch = self.make_touch(self.sms_policy)
        self.sms_template.unlink()
        self.env.invalidate_all()
        self.run_sending()
        self.assertEqual(touch.state, "planned")
        self.assertIn("needs a template", self.sms_policy.touch_problem)
        self.sms_policy.sms_template_id = self.make_sms_template("res.partner", "Hello")
        self.run_sending()
        self.assertFalse(self.sms_policy.touch_problem)
        self.assertEqual((touch.state, touch.body), ("sent", "Hello"))

    def test_paused_until_too_late(self):
        """B6: what waited for a template in vain is listed with that reason."""
        touch = self.make_touch(self.sms_policy)
        self.sms_template.unlink()
        self.env.invalidate_all()
        with self.at(touch.window_end):
            self.run_sending()
        self.assertUnsent(touch, "cancelled", "touch_paused", "late")

    def test_shipped_templates(self):
        """B2: each shipped template can be filled in."""
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", "revisit_management"),
                ("model", "in", ("sms.template", "mail.template")),
                ("name", "like", "%_template_repair_shop_%"),
            ]
        )
        self.assertEqual(len(data), 4)
        order = self.make_order()
        for record in data:
            template = self.env[record.model].browse(record.res_id)
            channel = "sms" if record.model == "sms.template" else "email"
            policy = self.make_touch_policy(
                channel, **{TEMPLATE_FIELDS[channel]: template.id}
            )
            document = order if template.model == "sale.order" else self.customer
            touch = self.make_touch(policy, document)
            with self.subTest(template=record.name):
                self.run_sending()
                self.assertEqual(touch.state, "sent")
                self.assertIn("Li Wei", touch.body)
                self.assertNotIn("{{", touch.body)

    # ------------------------------------------------------------
    # EXACTLY ONCE
    # ------------------------------------------------------------

    def test_sent_once(self):
        """B8: however often the action runs, one message leaves."""
        touch = self.make_touch(self.sms_policy)
        self.run_sending()
        sms = self.get_sms(touch)
        self.run_sending()
        found = self.env["sms.sms"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(found, sms)

    def test_interrupted_batch_leaves_nothing_behind(self):
        """B8: a process that dies half way has queued nothing; the next run does."""
        touches = self.make_touch(self.sms_policy) + self.make_touch(self.mail_policy)
        sms = self.env["sms.sms"].search([])
        mails = self.env["mail.mail"].search([])
        with (
            patch.object(
                type(touches), "_mark_sent", side_effect=ConnectionError("killed")
            ),
            self.assertRaises(ConnectionError),
            self.env.cr.savepoint(),
        ):
            touches._send()
        self.assertEqual(set(touches.mapped("state")), {"planned"})
        self.assertEqual(self.env["sms.sms"].search([]), sms)
        self.assertEqual(self.env["mail.mail"].search([]), mails)
        self.run_sending()
        self.assertEqual(len(self.env["sms.sms"].search([]) - sms), 1)
        self.assertEqual(len(self.env["mail.mail"].search([]) - mails), 1)

    def test_rows_inserted_by_the_planner(self):
        """B8: rows that come set-based, past the ORM, are sent like any other."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO revisit_touch (company_id, policy_id, source_model, source_id,
                source_name, occasion, event_at, window_start, window_end, partner_id,
                commercial_partner_id, level, channel, state, create_uid, create_date)
            VALUES (%(company)s, %(policy)s, 'res.partner', %(partner)s, 'Li Wei', '',
                %(now)s, %(now)s, %(end)s, %(partner)s, %(partner)s, 'hq', 'sms',
                'planned', 1, %(now)s)
            RETURNING id
            """,
            {
                "company": self.company.id,
                "policy": self.sms_policy.id,
                "partner": self.customer.id,
                "now": NOW,
                "end": NOW + timedelta(days=1),
            },
        )
        touch = self.touches.browse(self.env.cr.fetchone())
        self.run_sending()
        self.assertEqual((touch.state, touch.body), ("sent", "Dear Li Wei"))

    def test_occasion_is_unique(self):
        """B8: the database holds one touch per policy and occasion."""
        self.make_touch(self.sms_policy, occasion="2026")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.make_touch(self.sms_policy, occasion="2026")

    def test_one_company_in_trouble_does_not_stop_the_others(self):
        """B8, K3: the action goes on, and reports the failure at the end."""
        other = self.make_company()
        seen = []

        def send(touches, company, left):
            if company == self.company:
                raise ValueError("no zone")
            seen.append(company)
            return True

        with (
            patch.object(type(self.touches), "_send_company", send),
            patch.object(self.env.cr, "rollback", lambda: None),
            mute_logger(SENDER),
            self.assertRaises(ValueError),
        ):
            self.run_sending()
        self.assertIn(other, seen)

    def test_cost_is_flat(self):
        """P: a batch costs the same number of queries for few touches and many."""
        partners = [
            self.make_customer(f"Customer {number}", phone=PHONE, email=EMAIL)
            for number in range(22)
        ]
        for policy in (self.sms_policy, self.mail_policy):
            counts = []
            for size in (2, 2, 22):
                touches = self.touches.concat(
                    *(
                        self.make_touch(policy, partner_id=partner.id)
                        for partner in partners[:size]
                    )
                )
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                self.touches._send_due(self.company)
                self.env.flush_all()
                counts.append(self.cr.sql_log_count - before)
                self.assertEqual(set(touches.mapped("state")), {"sent"})
            with self.subTest(channel=policy.channel):
                self.assertLessEqual(counts[2], counts[1] + 3, str(counts))


@tagged("post_install", "-at_install")
class TestTouchPolicies(TouchCommon):
    """B2: what a policy of touches must say."""

    def test_channel(self):
        """B2: a touch is an SMS or an email."""
        self.assertRefused(
            ValidationError,
            "SMS or an email",
            self.make_touch_policy,
            "phone",
        )

    def test_template_is_needed(self):
        """B2: without the template of its channel there is nothing to send."""
        sms = {"sms_template_id": self.sms_template.id, "mail_template_id": False}
        mail = {"sms_template_id": False, "mail_template_id": self.mail_template.id}
        for channel, templates in (("sms", mail), ("email", sms)):
            with self.subTest(channel=channel):
                self.assertRefused(
                    ValidationError,
                    "needs a template",
                    self.make_touch_policy,
                    channel,
                    **templates,
                )

    def test_template_fits_the_documents(self):
        """B2: the template is for the trigger's documents, or for contacts."""
        template = self.make_sms_template("repair.order", "{{ object.name }}")
        self.assertRefused(
            ValidationError,
            "written for other documents: Repair Order",
            self.make_touch_policy,
            trigger="order_confirmed",
            sms_template_id=template.id,
        )
        policy = self.make_touch_policy(
            trigger="repair_done", sms_template_id=template.id
        )
        self.assertFalse(policy.touch_problem)

    def test_callbacks_need_no_template(self):
        """B2: a policy of callbacks is not asked for one."""
        self.assertFalse(self.make_policy("manual").touch_problem)

    def test_archived_policy_may_be_incomplete(self):
        """B2: an unfinished policy can be kept archived, and not switched on."""
        policy = self.make_touch_policy(sms_template_id=False, active=False)
        self.assertRefused(
            ValidationError, "needs a template", policy.write, {"active": True}
        )

    def test_policy_with_touches_is_archived_not_deleted(self):
        """B2: what was sent keeps the rule it was sent under."""
        self.make_touch(self.sms_policy)
        self.assertEqual(self.sms_policy.touch_count, 1)
        self.assertRefused(UserError, "Archive", self.sms_policy.unlink)


@tagged("post_install", "-at_install")
class TestTouchAccess(TouchCommon):
    """K1, K2: who sees touches and who stops them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.touch = cls.make_touch(cls.sms_policy)

    def test_agents_read(self):
        """K1: agents see their company's touches, and change none."""
        touch = self.touch.with_user(self.agent)
        self.assertEqual(touch.read(["state"])[0]["state"], "planned")
        self.assertTrue(touch.display_name)
        for name in ("action_cancel", "action_retry"):
            self.assertRaises(AccessError, getattr(touch, name))

    def test_nobody_writes_by_hand(self):
        """K1: what was sent, and when, is no matter of opinion."""
        for user in (self.agent, self.supervisor, self.manager):
            touch = self.touch.with_user(user)
            with self.subTest(user=user.login):
                self.assertRaises(AccessError, touch.write, {"state": "sent"})
                self.assertRaises(AccessError, touch.unlink)
                self.assertRaises(AccessError, touch.copy)

    def test_dealers_and_customers_see_none(self):
        """L1, K1: headquarters' touches are not the dealer's business."""
        for user in (self.portal_a, self.portal_customer, self.employee_user):
            with self.subTest(user=user.login):
                self.assertRaises(AccessError, self.touch.with_user(user).read, ["id"])
                partner = self.customer.with_user(user)
                self.assertRaises(AccessError, partner.read, ["revisit_touch_count"])

    def test_supervisor_cancels(self):
        """K1: a supervisor stops what has not left."""
        self.touch.with_user(self.supervisor).action_cancel()
        self.assertEqual(
            (self.touch.state, self.touch.cancel_reason), ("cancelled", "person")
        )
        self.run_sending()
        self.assertFalse(self.touch.sent_at)

    def test_what_was_sent_is_not_cancelled(self):
        """K1: nobody can call back what has left."""
        self.run_sending()
        touch = self.touch.with_user(self.supervisor)
        self.assertRefused(UserError, "Only a planned touch", touch.action_cancel)
        self.assertRefused(UserError, "never left", touch.action_retry)

    def test_try_again_once_the_number_is_known(self):
        """B6: a corrected number gives what failed a second chance, in time."""
        self.customer.phone = False
        self.run_sending()
        self.assertEqual(self.touch.state, "failed")
        self.customer.phone = PHONE
        self.touch.with_user(self.supervisor).action_retry()
        self.assertFalse(self.touch.failure_type)
        self.run_sending()
        self.assertEqual(self.touch.state, "sent")

    def test_no_second_chance_after_the_window(self):
        """B6: a greeting two days late is not sent."""
        self.customer.phone = False
        self.run_sending()
        with self.at(self.touch.window_end):
            self.assertRefused(
                UserError,
                "still open",
                self.touch.with_user(self.supervisor).action_retry,
            )

    def test_other_companys_touch_is_not_cancelled(self):
        """K3: a supervisor's button ends at their company."""
        other = self.make_company()
        touch = self.make_touch(self.make_touch_policy(company_id=other.id))
        self.assertRaises(AccessError, touch.with_user(self.supervisor).action_cancel)

    def test_document_opens(self):
        """K1: from the touch to its document."""
        action = self.touch.with_user(self.manager).action_open_source()
        self.assertEqual(action["res_model"], "res.partner")
        self.assertEqual(action["res_id"], self.customer.id)

    def test_lists_of_a_customer_and_of_a_policy(self):
        """B6: the touches of a customer, their company's people included."""
        company = self.make_customer("Company", is_company=True)
        self.customer.parent_id = company
        for record in (company, self.sms_policy):
            action = record.with_user(self.agent).action_open_touches()
            found = self.touches.search(action["domain"])
            self.assertEqual(found, self.touch)
        self.assertEqual(company.with_user(self.agent).revisit_touch_count, 1)


@tagged("post_install", "-at_install")
class TestTouchDelivery(TouchMixin, MockEmail, SMSCase):
    """B6: what becomes of each message is visible."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.setUpRevisit()
        cls.setUpTouches()

    def send(self, policy):
        """Queue a touch, and return it."""
        touch = self.make_touch(policy)
        self.run_sending()
        self.assertEqual(touch.delivery_state, "queued")
        return touch

    def report(self, uuid, status):
        """Let the SMS provider report on a message."""
        self.make_jsonrpc_request(
            "/sms/status",
            {"message_statuses": [{"sms_status": status, "uuids": [uuid]}]},
        )
        self.env.invalidate_all()

    def test_sms_from_queue_to_phone(self):
        """B6: queued, sent, delivered, as the provider reports it."""
        touch = self.send(self.sms_policy)
        sms = self.get_sms(touch)
        with self.mockSMSGateway():
            sms.send()
        self.assertEqual((touch.state, touch.delivery_state), ("sent", "sent"))
        self.report(sms.uuid, "delivered")
        self.assertEqual(
            (touch.state, touch.delivery_state), ("delivered", "delivered")
        )

    def test_sms_being_checked(self):
        """B6: a message that the provider looks at first."""
        touch = self.send(self.sms_policy)
        with self.mockSMSGateway(moderated=True):
            self.get_sms(touch).send()
        self.assertEqual((touch.state, touch.delivery_state), ("sent", "processing"))

    def test_sms_refused_by_the_provider(self):
        """B6: the reason is the provider's, in words."""
        for error, failure_type in (
            ("credit", "sms_credit"),
            ("wrong_number_format", "sms_number_format"),
            ("jsonrpc_exception", "sms_server"),
        ):
            touch = self.send(self.sms_policy)
            with self.subTest(error=error):
                with self.mockSMSGateway(sim_error=error):
                    self.get_sms(touch).send()
                self.assertEqual(
                    (touch.state, touch.delivery_state, touch.failure_type),
                    ("failed", "failed", failure_type),
                )
                labels = dict(
                    touch._fields["failure_type"]._description_selection(self.env)
                )
                self.assertTrue(labels[touch.failure_type])

    def test_sms_not_delivered(self):
        """B6: what the provider reports later: bounced, expired."""
        for status, delivery, failure_type in (
            ("invalid_destination", "bounced", "sms_invalid_destination"),
            ("expired", "failed", "sms_expired"),
        ):
            touch = self.send(self.sms_policy)
            sms = self.get_sms(touch)
            with self.mockSMSGateway():
                sms.send()
            with self.subTest(status=status):
                self.report(sms.uuid, status)
                self.assertEqual(
                    (touch.state, touch.delivery_state, touch.failure_type),
                    ("failed", delivery, failure_type),
                )

    def test_sms_cancelled_in_the_queue(self):
        """B6: an administrator takes it out of Odoo's queue."""
        touch = self.send(self.sms_policy)
        self.get_sms(touch).action_set_canceled()
        self.assertEqual(
            (touch.state, touch.delivery_state, touch.cancel_reason),
            ("cancelled", "cancelled", "person"),
        )

    def test_email_leaves(self):
        """B6: a mail server takes it over; nobody reports its arrival."""
        touch = self.send(self.mail_policy)
        with self.mock_mail_gateway():
            self.get_mail(touch).send()
        self.assertEqual(len(self._mails), 1)
        self.assertIn(EMAIL, self._mails[0]["email_to"][0])
        self.assertEqual((touch.state, touch.delivery_state), ("sent", "sent"))
        self.assertFalse(touch.failure_type)

    def test_email_fails(self):
        """B6, K2: the reason, without the address that the server quotes."""

        def connect(*args, **kwargs):
            raise ConnectionRefusedError(f"<{EMAIL}> refused, call +86 138 1234 5678")

        touch = self.send(self.mail_policy)
        with (
            self.mock_mail_gateway(),
            patch.object(type(self.env["ir.mail_server"]), "_connect__", connect),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            self.get_mail(touch).send()
        self.assertEqual((touch.state, touch.delivery_state), ("failed", "failed"))
        self.assertTrue(touch.failure_type)
        self.assertNotIn(EMAIL, touch.failure_reason or "")
        self.assertNotIn("1234", touch.failure_reason or "")

    def test_reports_are_masked(self):
        """K2: numbers and addresses in a report are hidden, the words are not."""
        masked = self.touches._mask_contacts(f"550 <{EMAIL}> unknown: {PHONE}\n again")
        self.assertEqual(masked, "550 <l***@example.com> unknown: 86138****5678 again")

    def test_email_bounces(self):
        """B6: what comes back is marked as bounced."""
        touch = self.send(self.mail_policy)
        with self.mock_mail_gateway():
            self.get_mail(touch).send()
        message = touch.notification_id.mail_message_id
        self.env["mail.thread"]._routing_handle_bounce(
            None,
            {
                "body": f"Mailbox {EMAIL} full",
                "bounced_email": EMAIL,
                "bounced_message": message,
                "bounced_msg_ids": [message.message_id],
                "bounced_partner": self.customer,
                "email_from": "mailer-daemon@example.com",
                "message_id": "<bounce@example.com>",
                "to": EMAIL,
            },
        )
        self.assertEqual(
            (touch.state, touch.delivery_state, touch.failure_type),
            ("failed", "bounced", "mail_bounce"),
        )
        self.assertEqual(touch.failure_reason, "Mailbox l***@example.com full")

    def test_deleted_note_keeps_the_touch(self):
        """B6: deleting the note on the document does not forget the touch."""
        touch = self.send(self.sms_policy)
        touch.notification_id.mail_message_id.unlink()
        self.env.invalidate_all()
        self.assertFalse(touch.notification_id)
        self.assertEqual((touch.state, touch.body), ("sent", "Dear Li Wei"))
        self.run_sending()
        self.assertFalse(touch.notification_id)
