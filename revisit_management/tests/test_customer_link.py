# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
import re
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools.misc import hash_sign

from ..controllers import callback_time, customer_page
from ..tools import windows
from ..tools.links import TIME_SCOPE
from .common import NOW, ZONE, RevisitCommon, RevisitMixin, utc

TEN = utc(ZONE, 2026, 3, 12, 10)


@tagged("post_install", "-at_install")
class TestCustomerLink(RevisitCommon):
    """K3: nobody of ours holds the customer's key, and it ends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "customer@example.com"
        cls.callback = cls.make_callback(user_id=cls.agent.id, planned_at=TEN)
        cls.mine = cls.callback.with_user(cls.agent)

    def ask(self):
        """Ask the customer; return the message as it waits to be sent."""
        self.mine.action_ask_time()
        return self.env["mail.mail"].search(
            [("revisit_callback_id", "=", self.callback.id)], order="id desc", limit=1
        )

    def get_key(self, mail, partner=None):
        """Return the key in the message as it leaves for ``partner``."""
        [values] = [
            values
            for values in mail._prepare_outgoing_list()
            if values["partner_id"] == (partner or self.customer)
        ]
        found = re.search(r"access_token=([\w-]+)", values["body"])
        return found and found.group(1)

    def test_records_have_no_key_to_hand_out(self):
        """K3: no field, no public method, no share dialog."""
        self.assertNotIn("access_token", self.callbacks._fields)
        for name in ("get_portal_url", "_portal_ensure_token", "action_share"):
            self.assertFalse(hasattr(self.callbacks, name), name)
        share = self.env["portal.share"].create(
            {"res_model": self.callback._name, "res_id": self.callback.id}
        )
        self.assertFalse(share.share_link)

    def test_links_in_notices_carry_no_key(self):
        """K3, H1: a dealer's notice opens the dealer's page, a colleague's the form."""
        theirs = self.make_callback(level="dealer", dealer_id=self.dealer_a.id)
        action = theirs.with_user(self.portal_a)._get_access_action()
        self.assertEqual(action["url"], f"/my/callbacks/{theirs.id}")
        action = self.mine._get_access_action()
        self.assertEqual(action["type"], "ir.actions.act_window")

    def test_messages_keep_no_key(self):
        """K3: it is in what leaves for the customer, and in nothing that stays."""
        mail = self.ask()
        address = f"/revisit/time/{self.callback.id}"
        for body in (mail.body_html, mail.body, self.callback.message_ids[-1].body):
            self.assertNotIn("access_token", body)
        self.assertIn(address, mail.body_html)
        self.assertEqual(
            self.callbacks._open_time_link(self.callback.id, self.get_key(mail)),
            self.callback,
        )
        self.assertTrue(mail.auto_delete)

    def test_others_get_the_message_without_the_key(self):
        """K3: a copy to a colleague opens nothing."""
        mail = self.ask()
        mail.recipient_ids += self.agent.partner_id
        self.assertFalse(self.get_key(mail, self.agent.partner_id))
        self.assertTrue(self.get_key(mail))

    def test_rendering_the_template_gives_no_key(self):
        """K3: neither a preview nor a message of one's own."""
        template = self.env.ref("revisit_management.mail_template_callback_time")
        preview = (
            self.env["mail.template.preview"]
            .with_user(self.agent)
            .with_context(default_mail_template_id=template.id)
            .create({"resource_ref": f"revisit.callback,{self.callback.id}"})
        )
        self.assertIn("/revisit/time/", preview.body_html)
        self.assertNotIn("access_token", preview.body_html)
        address = self.callback.get_time_url()
        own = self.mine.message_post(
            body=address, partner_ids=self.agent.partner_id.ids, message_type="comment"
        )
        for mail in own.sudo().mail_ids:
            for values in mail._prepare_outgoing_list():
                self.assertNotIn("access_token", values["body"])

    def test_quoted_answers_lose_the_key(self):
        """K3: the customer's reply quotes our message."""
        key = self.get_key(self.ask())
        link = f"https://x.example/revisit/time/{self.callback.id}?access_token={key}"
        message = self.callback.message_post(
            body=f"Yes!\n> {link}", message_type="email", author_id=self.customer.id
        )
        self.assertNotIn(key, message.body)
        message.body = f"<p>{link}</p>"
        self.assertNotIn(key, message.body)
        self.assertIn("/revisit/time/", message.body)

    def test_link_ends(self):
        """K3: with the window, with the next question, with the callback."""
        first = self.get_key(self.ask())
        open_link = self.callbacks._open_time_link
        with self.at(self.callback.window_end - timedelta(seconds=1)):
            self.assertTrue(open_link(self.callback.id, first))
        with self.at(self.callback.window_end + timedelta(seconds=1)):
            self.assertFalse(open_link(self.callback.id, first))
        # the same time is not asked twice
        self.mine.planned_at = TEN + timedelta(hours=1)
        second = self.get_key(self.ask())
        self.assertFalse(open_link(self.callback.id, first))
        self.assertTrue(open_link(self.callback.id, second))
        self.callback.with_user(self.manager).action_cancel()
        self.assertFalse(open_link(self.callback.id, second))
        mail = self.env["mail.mail"].search(
            [("revisit_callback_id", "=", self.callback.id)], order="id desc", limit=1
        )
        self.assertFalse(self.get_key(mail))

    def test_keys_of_others_open_nothing(self):
        """K3: one purpose, one record; whatever is sent in place of a key."""
        key = self.get_key(self.ask())
        other = self.make_callback(planned_at=TEN)
        open_link = self.callbacks._open_time_link
        foreign = hash_sign(self.env, "another", [self.callback.id, 1])
        unsigned = key[:-2] + ("AA" if key[-2:] != "AA" else "BB")
        for wrong in (
            *(None, "", "wrong", "密钥", "A" * 10**6, "\x00", "\ud800", 7, [key], {}),
            *(foreign, unsigned, key + "A", "A" * 90, "____", "-"),
        ):
            with self.subTest(key=wrong):
                self.assertFalse(open_link(self.callback.id, wrong))
        self.assertFalse(open_link(other.id, key))
        self.assertFalse(open_link(2**40, key))
        self.assertFalse(open_link(-1, key))

    def test_nobody_chooses_the_link(self):
        """K3: the number that revokes is nobody's to set."""
        for user in (self.agent, self.supervisor, self.manager):
            callback = self.callback.with_user(user)
            with self.subTest(user=user.login):
                self.assertRaises(AccessError, callback.write, {"link_serial": 7})
        self.assertFalse(
            self.env["revisit.public.hit"].with_user(self.manager).has_access("read")
        )

    def test_one_open_activity_however_many_proposals(self):
        """B9: the agent is told once, until they have dealt with it."""
        for hour in range(5):
            self.callback._answer_propose(TEN + timedelta(hours=hour))
        self.assertEqual(len(self.callback.activity_ids), 1)
        self.callback.activity_ids.action_done()
        self.callback._answer_propose(TEN)
        self.assertEqual(len(self.callback.activity_ids), 1)

    def test_purpose_is_for_customers(self):
        """L1: no name of a policy; each kind in its own words, in both languages."""
        self.env["res.lang"]._activate_lang("zh_CN")
        seen = set()
        for vals in (
            {"service_step": "sale"},
            {"service_step": "service"},
            {"service_step": "other"},
            {"kind": "verification", "service_step": "sale"},
        ):
            self.callback.write(vals)
            purpose = self.callback._get_customer_purpose()
            self.assertNotIn(self.callback.policy_id.name, purpose)
            seen.add(purpose)
        self.assertEqual(len(seen), 3, "to verify a sale is no concern of the customer")
        self.assertFalse([purpose for purpose in seen if "concern" in purpose])
        self.callback.write({"kind": "verification", "service_step": "complaint"})
        self.assertIn("concern", self.callback._get_customer_purpose())
        self.callback.sudo().write({"kind": "routine", "source_model": "revisit.issue"})
        self.assertIn("concern", self.callback._get_customer_purpose())

    def test_scripts_of_the_portal_are_translated(self):
        """I2: Odoo sends the texts of the named add-ons only."""
        names = self.env["ir.http"]._get_translation_frontend_modules_name()
        self.assertIn("revisit_management", names)

    def test_visitors_are_counted_apart_and_forgotten(self):
        """K3: by purpose and visitor, in spans of ten minutes, without addresses."""
        hits = self.env["revisit.public.hit"]
        counts = [
            hits._count_hit(purpose, who)
            for purpose, who in (
                *(("a", "1.2.3.4"), ("a", "1.2.3.4"), ("a", "1.2.3.5")),
                ("b", "1.2.3.4"),
            )
        ]
        self.assertEqual(counts, [1, 2, 1, 1])
        with freeze_time(NOW + timedelta(minutes=10)):
            self.assertEqual(hits._count_hit("a", "1.2.3.4"), 1)
        self.assertFalse(hits.search([("origin", "like", "1.2.3")]))
        with freeze_time(NOW + timedelta(days=3)):
            hits._gc_public_hits()
        self.assertFalse(hits.search([]))


@tagged("post_install", "-at_install")
class TestTimePage(RevisitMixin, HttpCase):
    """B9, K3, L1: the customer's page opens to the token and to nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.setUpRevisit()

    def setUp(self):
        super().setUp()
        # the web server's clock is the real one; noon is an hour of calls
        start = datetime.now().replace(microsecond=0)
        local = windows.to_local(start, ZONE) + timedelta(days=2)
        self.time = windows.to_utc(local.replace(hour=12, minute=0, second=0), ZONE)
        self.callback = self.make_callback(
            user_id=self.agent.id,
            window_start=start,
            window_end=start + timedelta(days=4),
            planned_at=self.time,
            product_id=self.product.id,
            script_id=self.env["revisit.script"]
            .create({"name": "Short", "duration": 7})
            .id,
        )
        self.token = self.callback._sign_time()
        self.url = f"/revisit/time/{self.callback.id}"

    def get(self, token=None, url=None):
        query = f"?access_token={token}" if token is not None else ""
        return self.url_open((url or self.url) + query)

    def post(self, _page=None, **values):
        values = {
            "access_token": self.token,
            "seen": str(self.callback.planned_at),
            **values,
        }
        response = self.url_open(self.url, data=values)
        self.env.invalidate_all()
        return response

    def test_page_tells_what_it_is_about(self):
        """B9, C10: company, purpose, day and time, duration, without a login."""
        self.company.phone = "+86 21 5555 0000"
        page = self.get(self.token)
        self.assertEqual(page.status_code, 200)
        for text in (
            self.company.name,
            self.callback._get_customer_purpose(),
            "Fridge",
            self.callback.get_time_label(),
            windows.to_local(self.time, ZONE).strftime("%A"),
            "about 7 minutes",
            "+86 21 5555 0000",
            "We call between",
            '<html lang="en-US"',
        ):
            self.assertIn(text, page.text)
        self.assertNotIn(self.callback.policy_id.name, page.text)
        self.assertNotIn(self.agent.name, page.text)

    def test_page_is_in_no_cache_and_no_index(self):
        """K3: neither the page nor the one that opens nothing."""
        for page in (self.get(self.token), self.get("wrong")):
            self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(page.headers["Cache-Control"], "no-store")
            self.assertEqual(page.headers["X-Robots-Tag"], "noindex")
            self.assertEqual(page.headers["X-Frame-Options"], "DENY")
            policy = page.headers["Content-Security-Policy"]
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertIn("<html lang=", page.text)

    def test_posting_needs_a_form(self):
        """K3: who has not looked at the page does not answer for the customer."""
        answer = self.url_open(
            self.url, data={"access_token": self.token, "step": "confirm"}
        )
        self.assertIn("changed meanwhile", answer.text)
        self.assertEqual(self.callback.time_state, "open")

    def test_browser_that_keeps_no_cookies(self):
        """B9: the key is the authority; the page is loaded anew after an answer."""
        self.get(self.token)
        self.opener.cookies.clear()
        answer = self.url_open(
            self.url,
            data={
                "access_token": self.token,
                "seen": str(self.callback.planned_at),
                "step": "confirm",
            },
            allow_redirects=False,
        )
        self.assertEqual(answer.status_code, 303)
        self.assertIn(f"{self.url}?access_token=", answer.headers["Location"])
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.opener.cookies.clear()
        self.assertIn("this time suits you", self.get(self.token).text)

    def test_stop_contacting_me(self):
        """H2, K4: from this page, too; loaded again, it says so."""
        self.assertIn("Do not contact me again", self.get(self.token).text)
        self.assertIn("tick the box", self.post(step="stop").text)
        self.assertFalse(self.customer.do_not_contact)
        page = self.post(step="stop", sure="1")
        self.assertIn("We will not contact you any more", page.text)
        self.assertNotIn("Another time suits me", page.text)
        self.assertTrue(self.customer.do_not_contact)
        self.assertEqual(self.callback.result, "refused")
        self.assertFalse(self.callback.questionnaire_state)
        self.assertIn("We will not contact you", self.get(self.token).text)
        self.assertEqual(self.post(step="confirm").status_code, 200)
        self.assertEqual(self.callback.time_state, "open")

    def test_dead_link_says_whom_to_call(self):
        """B9: the company that a signed key names; a guessed number names nobody."""
        self.company.phone = "+86 21 5555 0000"
        self.env["res.company"].create({"name": "Another"})
        self.callback.link_serial += 1
        self.assertIn("Call us: +86 21 5555 0000", self.get(self.token).text)
        page = self.get("wrong")
        self.assertNotIn("5555 0000", page.text)
        self.assertIn("ask where you bought", page.text)

    def test_proposal_that_comes_too_late_is_shown(self):
        """B9: what the customer typed stays on the page as the link ends."""
        past = datetime.now() - timedelta(days=3)
        key = self.callback._sign(TIME_SCOPE, self.callback.link_serial, past)
        values = {"step": "propose", "proposed": "2026-03-12T15:00"}
        page = self.post(access_token=key, **values)
        self.assertIn("The time of this page is over", page.text)
        self.assertIn("2026-03-12 15:00", page.text)
        page = self.post(access_token="wrong", **values)
        self.assertNotIn("2026-03-12 15:00", page.text)
        self.assertEqual(self.callback.time_state, "open")

    def test_log_of_addresses_has_no_key(self):
        """K3: whoever reads the server's log answers for nobody."""
        logger = logging.getLogger("werkzeug")
        path = f"/revisit/time/{self.callback.id}?access_token={self.token}"
        record = logger.makeRecord(
            "werkzeug", logging.INFO, "x", 1, '"%s" %s', (f"GET {path}", 200), None
        )
        self.assertTrue(logger.filter(record))
        line = record.getMessage()
        self.assertNotIn(self.token, line)
        self.assertIn(f"GET /revisit/time/{self.callback.id}", line)

    def test_expired_link_says_whom_to_call(self):
        """B9, K3: in the customer's language; a key that was never ours does not."""
        self.company.phone = "+86 21 5555 0000"
        self.env["res.company"].create({"name": "Another"})
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.lang = "zh_CN"
        past = datetime.now() - timedelta(days=3)
        key = self.callback._sign(TIME_SCOPE, self.callback.link_serial, past)
        page = self.get(key)
        self.assertEqual(page.status_code, 404)
        self.assertIn("5555 0000", page.text)
        self.assertIn('<html lang="zh-CN"', page.text)
        other = self.callback._sign("another", self.callback.link_serial, past)
        for wrong in (other, key[:-8] + "AAAAAAAA", key[:12] + "A" * 60, key + "é"):
            page = self.get(wrong)
            self.assertNotIn("5555 0000", page.text)
            self.assertIn('<html lang="en-US"', page.text)

    def test_expired_link_still_stops_contact(self):
        """C10, H2: the wish outlives the question, unless a later message has it."""
        past = datetime.now() - timedelta(days=300)
        key = self.callback._sign(TIME_SCOPE, self.callback.link_serial, past)
        page = self.get(key)
        self.assertIn("This link opens nothing", page.text)
        self.assertIn(self.company.name, page.text)
        self.assertIn("Do not contact me again", page.text)
        self.assertIn("tick the box", self.post(access_token=key, step="stop").text)
        self.post(access_token=key, step="confirm")
        older = self.callback._sign(TIME_SCOPE, self.callback.link_serial - 1, past)
        other = self.callback._sign("another", self.callback.link_serial, past)
        for wrong in (older, other, "wrong"):
            page = self.post(access_token=wrong, step="stop", sure="1")
            self.assertNotIn("Do not contact me again", page.text)
        self.assertFalse(self.customer.do_not_contact)
        self.assertEqual(self.callback.time_state, "open")
        page = self.post(access_token=key, step="stop", sure="1")
        self.assertIn("We will not contact you any more", page.text)
        self.assertTrue(self.customer.do_not_contact)
        self.assertEqual(self.callback.result, "refused")

    def test_one_click_of_a_mail_program(self):
        """C10, K3: its form (RFC 8058) stops all contact; opening the link does not."""
        click = {"List-Unsubscribe": "One-Click"}
        address = f"{self.url}?access_token={self.token}"
        self.url_open(f"{address}&List-Unsubscribe=One-Click")
        self.env.invalidate_all()
        self.assertFalse(self.customer.do_not_contact)
        answer = self.opener.post(
            f"{self.base_url()}{self.url}?access_token={self.token}",
            data=click,
            allow_redirects=False,
        )
        self.env.invalidate_all()
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(self.customer.do_not_contact)
        self.assertEqual(self.callback.result, "refused")

    def test_time_as_the_customer_says_it(self):
        """B9, H2: day of the week and date; a zone only where it is not their own."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.write({"lang": "zh_CN", "tz": ZONE})
        local = windows.to_local(self.time, ZONE)
        day = f"{local.year}年{local.month}月{local.day}日星期"
        page = self.get(self.token)
        self.assertIn(day, page.text)
        self.assertNotIn(ZONE, page.text)
        self.customer.write({"tz": False, "country_id": self.company.country_id.id})
        one_clock = windows.has_one_clock(self.company.country_id.code)
        self.assertEqual(ZONE in self.get(self.token).text, not one_clock)
        self.customer.country_id = self.env.ref("base.us")
        self.assertIn(ZONE, self.get(self.token).text)

    def test_colleagues_read_it_in_their_language(self):
        """B9: what the customer does is noted for colleagues, not for the customer."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.lang = "zh_CN"
        self.company.partner_id.lang = "en_US"
        self.agent.lang = "en_US"
        self.propose(self.get(self.token), 15)
        task = self.callback.activity_ids
        self.assertEqual(task.summary, "Agree on another time with the customer")
        bodies = " ".join(self.callback.message_ids.mapped("body"))
        self.assertIn("The customer proposes another time", bodies)
        page = self.post(step="stop", sure="1")
        self.assertIn('<html lang="zh-CN"', page.text)
        self.assertIn("on the page of an agreed", self.customer.do_not_contact_reason)
        bodies = " ".join(self.customer.message_ids.mapped("body"))
        self.assertIn("asked not to be contacted", bodies)

    def test_finished_callback_has_no_page_for_its_time(self):
        """B9: nothing is asked about what was made."""
        callback = self.make_done()
        callback.with_user(self.supervisor).action_review()
        self.assertNotIn("/revisit/time", callback.get_time_url())

    def test_wrong_keys_open_nothing(self):
        """K3, L1: missing, wrong, foreign, odd; logged in or not; all the same."""
        other = self.make_callback(
            planned_at=self.time,
            window_start=self.callback.window_start,
            window_end=self.callback.window_end,
        )._sign_time()
        missing = f"/revisit/time/{self.callback.id + 1000}"
        odd = ("%E5%AF%86", "%00", "%ff%fe", "a" * 3000, "1&access_token=2")
        bodies = set()
        for login in (None, "revisit_dealer_a", "revisit_agent"):
            if login:
                self.authenticate(login, login)
            for token in (None, "", "wrong", other, *odd):
                with self.subTest(login=login, token=token):
                    page = self.get(token)
                    self.assertEqual(page.status_code, 404)
                    bodies.add("This link opens nothing" in page.text)
            self.assertEqual(self.get(self.token, missing).status_code, 404)
        huge = f"/revisit/time/{2**40}"
        self.assertEqual(self.get(self.token, huge).status_code, 404)
        self.assertEqual(bodies, {True})
        self.assertEqual(self.callback.time_state, "open")

    def test_wrong_keys_are_limited(self):
        """K3: guessing ends; who holds a key still gets in."""
        with patch.object(customer_page, "MAX_WRONG_PRIVATE", 3):
            statuses = [self.get("wrong").status_code for _number in range(5)]
            self.assertEqual(statuses, [404, 404, 404, 429, 429])
            self.assertIn("Too many requests", self.get("wrong").text)
            self.assertEqual(self.get(self.token).status_code, 200)

    def test_pages_are_limited(self):
        """K3: so is opening one's own page without end."""
        with patch.object(customer_page, "MAX_OPENED_PRIVATE", 2):
            statuses = [self.get(self.token).status_code for _number in range(3)]
        self.assertEqual(statuses, [200, 200, 429])

    def test_answers_are_limited(self):
        """K3: trying out times is limited, too."""
        page = self.get(self.token)
        with patch.object(callback_time, "MAX_ANSWERS", 2):
            for _number in range(2):
                self.post(page, step="propose", proposed="2020-01-01T10:00")
            answer = self.post(page, step="confirm")
        self.assertIn("Too many answers", answer.text)
        self.assertEqual(self.callback.time_state, "open")

    def test_record_opens_no_messages_to_keys(self):
        """K3, L1: what colleagues write about the callback stays with them."""
        stranger = self.callbacks.with_user(self.env.ref("base.public_user"))
        for access in ({"token": self.token}, {"hash": "x", "pid": 1}):
            self.assertFalse(
                stranger._get_thread_with_access(self.callback.id, **access)
            )
        own = self.callbacks.with_user(self.agent)
        self.assertTrue(own._get_thread_with_access(self.callback.id))

    def test_customer_confirms(self):
        """B9: looking changes nothing, the button does; a reload is harmless."""
        page = self.get(self.token)
        self.assertEqual(self.callback.time_state, "open")
        for _twice in range(2):
            answer = self.post(page, step="confirm")
            self.assertIn("this time suits you", answer.text)
        self.assertEqual(
            (self.callback.time_state, self.callback.time_answered_by),
            ("confirmed", "customer"),
        )

    def test_posting_needs_the_token(self):
        """K3: knowing the number and a form is not enough."""
        page = self.get(self.token)
        answer = self.post(page, step="confirm", access_token="wrong")
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.callback.time_state, "open")

    def propose(self, page, hour):
        """Propose the day of the planned time at another local hour."""
        local = windows.to_local(self.time, ZONE).replace(hour=hour)
        return self.post(
            page, step="propose", proposed=local.strftime("%Y-%m-%dT%H:%M")
        )

    def test_customer_proposes_another_time(self):
        """B9: read on the customer's clock; nonsense is explained."""
        page = self.get(self.token)
        with patch.object(callback_time, "MAX_ANSWERS", 100):
            for proposed, text in (
                ("tomorrow", "choose a day and a time"),
                ("", "choose a day and a time"),
                ("0001-01-01T00:00", "choose a day and a time"),
                ("0000-00-00T00:00", "choose a day and a time"),
                ("9999-12-31T23:59", "choose a day and a time"),
                ("2020-01-01T10:00", "is over already"),
                ("2045-01-01T10:00", "next twelve months"),
                ("\x00", "choose a day and a time"),
            ):
                with self.subTest(proposed=proposed):
                    answer = self.post(page, step="propose", proposed=proposed)
                    self.assertEqual(answer.status_code, 200)
                    self.assertIn(text, answer.text)
                    self.assertEqual(self.callback.time_state, "open")
            for hour in (3, 8, 20, 23):
                answer = self.propose(page, hour)
                self.assertIn("We call between 09:00 and 20:00", answer.text)
            answer = self.propose(page, 17)
        self.assertIn("noted your proposal", answer.text)
        wanted = self.time + timedelta(hours=5)
        self.assertEqual(
            (self.callback.time_state, self.callback.proposed_at), ("declined", wanted)
        )

    def test_other_steps_are_no_answer(self):
        """B9: only the two buttons say something."""
        page = self.get(self.token)
        for step in ("", "cancel", "proposal"):
            self.assertIn("one of the two buttons", self.post(page, step=step).text)
        self.assertEqual(self.callback.time_state, "open")

    def test_later_answer_of_an_older_page(self):
        """B9: the proposal stands, and the customer is told so."""
        page = older = self.get(self.token)
        self.propose(page, 17)
        for answer in (self.post(older, step="confirm"), self.propose(older, 18)):
            self.assertEqual(answer.status_code, 200)
            self.assertIn("You have answered already", answer.text)
        self.assertEqual(
            (self.callback.time_state, self.callback.proposed_at),
            ("declined", self.time + timedelta(hours=5)),
        )
        self.assertEqual(len(self.callback.activity_ids), 1)

    def test_proposal_after_the_confirmation(self):
        """B9: the other way round nothing is lost, either."""
        page = self.get(self.token)
        self.post(page, step="confirm")
        self.assertIn("You have answered already", self.propose(page, 17).text)
        self.assertEqual(self.callback.time_state, "confirmed")

    def test_agents_note_meets_an_older_page(self):
        """B9: what was noted on the phone is shown first, then it may be corrected."""
        page = self.get(self.token)
        self.callback.with_user(self.agent).action_decline_time()
        self.env.flush_all()
        self.assertIn("changed meanwhile", self.post(page, step="confirm").text)
        page = self.get(self.token)
        answered = str(self.callback.time_answered_at)
        self.assertIn(f'value="{answered}"', page.text)
        self.post(page, step="confirm", answered=answered)
        self.assertEqual(self.callback.time_answered_by, "customer")

    def test_time_changed_meanwhile(self):
        """B9: a customer confirms the time they have seen, and no other."""
        page = self.get(self.token)
        answer = self.post(page, step="confirm", seen="2020-01-01 00:00:00")
        self.assertIn("changed meanwhile", answer.text)
        self.assertEqual(self.callback.time_state, "open")

    def test_page_without_a_time(self):
        """K3: the unit has taken the time back; a link of before asks nothing."""
        self.callback.with_user(self.supervisor).planned_at = False
        self.env.flush_all()
        answer = self.get(self.token)
        self.assertEqual(answer.status_code, 404)
        self.assertIn("This link opens nothing", answer.text)

    def test_page_is_over_with_the_callback(self):
        """K3: a link of old says so and takes nothing any more."""
        page = self.get(self.token)
        self.callback.with_user(self.manager).action_cancel()
        self.env.flush_all()
        self.assertEqual(self.get(self.token).status_code, 404)
        self.post(page, step="confirm")
        self.assertEqual(self.callback.time_state, "open")
