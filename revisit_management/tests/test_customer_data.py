# Part of Revisit. See LICENSE file for full copyright and licensing details.
import html
import re
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools.misc import hash_sign

from odoo.addons.mail.tests.common import MockEmail

from ..controllers import customer_data
from ..tools.links import ANSWER_SCOPE, DATA_SCOPE, TIME_SCOPE, without_keys
from .test_customer_answers import CustomerAnswersMixin

LINK = re.compile(r'href="(/revisit/me/\d+\?access_token=[\w%.~-]+)"')
CLOSED = "This link is not valid"


@tagged("post_install", "-at_install")
class TestCustomerData(CustomerAnswersMixin, HttpCase, MockEmail):
    """H2, C10: what is known about a customer, told to the customer alone."""

    browser_size = "390x844"
    touch_enabled = True

    def setUp(self):
        super().setUp()
        self.customer.write({"name": "Xue Fang", "street": "12 Long Road"})
        with self.mock_mail_gateway():
            self.send()
        self.answer_url = (
            f"/revisit/answer/{self.callback.id}"
            f"?access_token={self.callback._sign_answer()}"
        )

    def get_link(self):
        """Return the address of the page, as the questionnaire's page has it."""
        page = self.url_open(self.answer_url)
        return html.unescape(LINK.search(page.text)[1])

    def get_key(self):
        return self.get_link().partition("access_token=")[2]

    def post(self, link=None, **values):
        path, _mark, key = (link or self.get_link()).partition("?access_token=")
        response = self.url_open(path, data={"access_token": key, **values})
        self.env.invalidate_all()
        return response

    def get_tasks(self):
        return self.customer._revisit_get_waiting()

    # ------------------------------------------------------------
    # WHAT IS SHOWN
    # ------------------------------------------------------------

    def test_page_tells_what_is_kept_and_why(self):
        self.make_archive_line(self.customer, serial_number="SN123456")
        self.company.write(
            {
                "revisit_data_purpose": "To serve you",
                "revisit_data_ground": "Article 13",
            }
        )
        page = self.url_open(self.get_link())
        for text in (
            "What we know about you",
            "X*** F***",
            "138****8000",
            "x***@example.com",
            "SN12***",
            "Fridge",
            "Planned",
            "To serve you",
            "Article 13",
            "May we contact you?",
        ):
            self.assertIn(text, page.text)
        for text in ("Xue Fang", "xue@example.com", "138 0013 8000", "SN123456"):
            self.assertNotIn(text, page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("frame-ancestors", page.headers["Content-Security-Policy"])

    def test_answers_and_words_come_back(self):
        self.url_open(
            f"/revisit/answer/{self.callback.id}",
            data={
                "access_token": self.callback._sign_answer(),
                "step": "send",
                "feedback": "Too loud",
                f"question_{self.callback.id}_{self.scale.id}": "8",
            },
        )
        page = self.url_open(self.get_link())
        for text in ("How content are you?", "Too loud", "Made"):
            self.assertIn(text, page.text)

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.lang = "zh_CN"
        page = self.url_open(self.get_link())
        self.assertIn('lang="zh-CN"', page.text)

    def test_looking_stores_nothing(self):
        """Mail scanners open links, too."""
        link = self.get_link()
        before = self.customer.read(["write_date", "do_not_contact"])
        count = len(self.customer.message_ids)
        for method in ("GET", "HEAD"):
            self.url_open(f"{link}&step=stop&sure=1&words=x", method=method)
        self.env.invalidate_all()
        after = self.customer.read(["write_date", "do_not_contact"])
        self.assertEqual(after, before)
        self.assertEqual(len(self.customer.message_ids), count)
        self.assertFalse(self.get_tasks())

    # ------------------------------------------------------------
    # THE KEY
    # ------------------------------------------------------------

    def test_wrong_keys_open_nothing(self):
        """K3: forged, of another customer, of another purpose, or expired."""
        other = self.make_customer("Secret Person")
        end = datetime.now(timezone.utc) + timedelta(hours=1)
        system = self.env(su=True)
        payload = [self.customer.id, self.company.id]
        theirs = hash_sign(system, DATA_SCOPE, payload, end)
        wrong = {
            "none": "",
            "garbage": "AQxx",
            "forged": theirs[:-6] + "AAAAAA",
            "answer": hash_sign(system, ANSWER_SCOPE, payload, end),
            "time": hash_sign(system, TIME_SCOPE, payload, end),
            "questionnaire": self.callback._sign_answer(),
            "expired": hash_sign(system, DATA_SCOPE, payload, end - timedelta(hours=2)),
        }
        for name, key in wrong.items():
            with self.subTest(name):
                page = self.url_open(
                    f"/revisit/me/{self.customer.id}?access_token={key}"
                )
                self.assertEqual(page.status_code, 404)
                self.assertNotIn("X*** F***", page.text)
        page = self.url_open(f"/revisit/me/{other.id}?access_token={theirs}")
        self.assertEqual(page.status_code, 404)
        self.assertNotIn("S*** P***", page.text)
        for path in ("time", "answer"):
            page = self.url_open(
                f"/revisit/{path}/{self.callback.id}?access_token={theirs}"
            )
            self.assertEqual(page.status_code, 404, "nor any other page")

    def test_wrong_keys_change_nothing(self):
        """K3: neither a wish nor a refusal of somebody else."""
        other = self.make_customer("Other")
        key = self.get_key()
        for step in ("stop", "correct"):
            page = self.post(
                f"/revisit/me/{other.id}?access_token={key}",
                step=step,
                sure="1",
                words="x",
            )
            self.assertEqual(page.status_code, 404)
        self.assertFalse(other.do_not_contact)
        self.assertFalse(other.activity_ids)

    def test_nobody_of_ours_gets_the_key(self):
        """K3: in no message, and not by calling a method from outside."""
        key = self.get_key()
        for message in self.callback.message_ids + self.customer.message_ids:
            self.assertNotIn("revisit/me", message.body)
        text = f"https://x.cn/revisit/me/7?access_token={key}"
        self.assertEqual(without_keys(text), "https://x.cn/revisit/me/7")
        for name in dir(type(self.customer)):
            if "data_url" in name or "sign_data" in name:
                self.assertTrue(name.startswith("_"), name)

    def test_key_names_its_company(self):
        """K3: what another company knows is another page."""
        other = self.make_company()
        self.make_archive_line(
            self.customer, company_id=other.id, serial_number="OTHER-1"
        )
        self.assertNotIn("OTHE", self.url_open(self.get_link()).text)

    def test_archived_customers_have_no_page(self):
        link = self.get_link()
        self.portal_customer.active = False
        self.customer.active = False
        self.assertEqual(self.url_open(link).status_code, 404)

    # ------------------------------------------------------------
    # SOMETHING IS WRONG
    # ------------------------------------------------------------

    def test_a_correction_becomes_a_task(self):
        phone = self.customer.phone
        page = self.post(step="correct", words="My number is 139 <b>0000</b>")
        self.assertIn("a colleague is looking", page.text)
        task = self.get_tasks()
        self.assertEqual(task.user_id, self.supervisor, "who leads the unit")
        self.assertIn("139 &lt;b&gt;0000", task.note)
        self.assertEqual(self.customer.phone, phone, "nothing is overwritten")
        self.post(step="correct", words="My number is 139 <b>0000</b>")
        self.assertEqual(len(self.get_tasks()), 1, "sent twice")

    def test_words_that_cannot_be_kept(self):
        for words, text in (("  ", "what is wrong"), ("x" * 70000, "shorten them")):
            with self.subTest(text):
                page = self.post(step="correct", words=words)
                self.assertIn(text, page.text)
        self.assertFalse(self.get_tasks())

    def test_typed_words_are_kept_when_nobody_can_take_them(self):
        self.env["revisit.team"].search([]).manager_id = False
        page = self.post(step="correct", words="The street is another one")
        self.assertIn("Please call us instead", page.text)
        self.assertIn("The street is another one", page.text)

    def test_too_many_wait(self):
        link = self.get_link()
        for number in range(6):
            page = self.post(link, step="correct", words=f"Wrong {number}")
        self.assertIn("call us instead", page.text)
        self.assertEqual(len(self.get_tasks()), 5)

    def test_too_many_forms(self):
        link = self.get_link()
        with patch.object(customer_data, "MAX_SENT", 0):
            page = self.post(link, step="stop", sure="1")
        self.assertIn("try again in ten minutes", page.text)
        self.assertFalse(self.customer.do_not_contact)

    # ------------------------------------------------------------
    # STOP CONTACTING ME
    # ------------------------------------------------------------

    def test_stop_contacting_me(self):
        page = self.post(step="stop")
        self.assertIn("tick the box", page.text)
        self.assertFalse(self.customer.do_not_contact)
        page = self.post(step="stop", sure="1")
        self.assertIn("will not contact you any more", page.text)
        self.assertTrue(self.customer.do_not_contact)
        self.assertIn("page of their data", self.customer.do_not_contact_reason)

    # ------------------------------------------------------------
    # THE PORTAL
    # ------------------------------------------------------------

    def test_customer_in_the_portal(self):
        """H2: who is logged in sees their own data in full, and no other's."""
        self.authenticate("revisit_customer", "revisit_customer")
        self.assertIn("/my/customer-data", self.url_open("/my/home").text)
        page = self.url_open("/my/customer-data")
        for text in ("Xue Fang", "12 Long Road", "xue@example.com"):
            self.assertIn(text, page.text)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        form = {"step": "correct", "words": "The street is wrong"}
        self.assertEqual(self.url_open("/my/customer-data", data=form).status_code, 400)
        self.url_open("/my/customer-data", data={**form, "csrf_token": token})
        self.env.invalidate_all()
        self.assertEqual(self.get_tasks().user_id, self.supervisor)

    def test_others_have_no_such_page(self):
        for login in ("revisit_dealer_a", "revisit_agent"):
            with self.subTest(login):
                self.authenticate(login, login)
                page = self.url_open("/my/customer-data")
                self.assertNotIn("What we know about you", page.text)

    def test_on_a_phone(self):
        """H2, H3: read, say what is wrong, at 390 pixels."""
        self.start_tour(self.answer_url, "revisit_customer_data_tour")
        self.env.invalidate_all()
        self.assertIn("139 0000 0000", self.get_tasks().note)

    def test_refusals_are_for_customers(self):
        with self.assertRaisesRegex(UserError, "what is wrong"):
            self.customer._revisit_ask_correction(self.company, "")
