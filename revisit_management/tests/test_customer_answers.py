# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re
from datetime import datetime, timedelta
from unittest.mock import patch

from markupsafe import Markup

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import format_date

from odoo.addons.mail.tests.common import MockEmail
from odoo.addons.sms.tests.common import MockSMS

from ..controllers import callback_answer
from ..tools import marks
from ..tools.links import ANSWER_SCOPE
from .common import RevisitMixin

KEY = re.compile(r"/revisit/answer/(\d+)\?access_token=([\w%.~-]+)")


class CustomerAnswersMixin(RevisitMixin):
    """A callback by e-mail whose policy has a questionnaire.

    The web server's clock is the real one, so the windows lie around now.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpRevisit()
        cls.start = datetime.now().replace(microsecond=0)
        cls.customer.write({"email": "xue@example.com", "phone": "+86 138 0013 8000"})
        cls.survey = cls.env["survey.survey"].create(
            {"title": "By mail", "survey_type": "revisit"}
        )
        cls.scale = cls.make_question(
            "How content are you?", "satisfaction", scale_min=0, scale_max=10
        )
        cls.choice = cls.make_question(
            "Does it work?",
            "quality",
            question_type="simple_choice",
            suggested_answer_ids=[
                Command.create({"value": "Yes", "revisit_value": 100}),
                Command.create({"value": "No", "revisit_value": 0}),
            ],
        )
        cls.policy = cls.make_policy(survey_id=cls.survey.id, channel="email")
        cls.callback = cls.make_mailed()

    @classmethod
    def make_question(cls, title, measure, **values):
        return cls.env["survey.question"].create(
            {
                "survey_id": cls.survey.id,
                "title": title,
                "question_type": "scale",
                "measure_id": cls.env.ref(f"revisit_management.measure_{measure}").id,
                "subject_kind": "callback",
                **values,
            }
        )

    @classmethod
    def make_mailed(cls, **values):
        return cls.make_callback(
            **{
                "policy": cls.policy,
                "channel": "email",
                "user_id": cls.agent.id,
                "window_start": cls.start - timedelta(days=1),
                "window_end": cls.start + timedelta(days=4),
                **values,
            }
        )

    def send(self, callback=None):
        callback = callback or self.callback
        callback.with_user(self.agent).action_send_questionnaire()
        return callback


@tagged("post_install", "-at_install")
class TestSendQuestionnaire(CustomerAnswersMixin, MockSMS, MockEmail):
    """C4, C6: sent from the callback; what became of it is known."""

    def find_key(self, text):
        found = KEY.search(text)
        return found and int(found[1]) == self.callback.id and found[2]

    def test_email_has_the_key_which_is_kept_nowhere(self):
        """C6, K3: only the customer's own copy opens the page."""
        with self.mock_mail_gateway():
            self.send()
            mail = self.env["mail.mail"].search(
                [("revisit_callback_id", "=", self.callback.id)]
            )
            self.assertEqual(mail.recipient_ids, self.customer)
            self.assertFalse(KEY.search(mail.body_html))
            self.assertEqual(self.callback.questionnaire_state, "queued")
            mail.send()
        [sent] = self._mails
        self.assertTrue(self.find_key(sent["body"]))
        self.assertIn("your opinion", sent["subject"])
        self.assertEqual(self.callback.questionnaire_state, "sent")
        for message in self.callback.message_ids:
            self.assertNotIn("access_token", message.body)
        self.assertEqual(self.callback.questionnaire_sent_by_id, self.agent)
        self.assertEqual(self.callback.return_rate, 0)

    def test_sms_has_the_key_which_is_kept_nowhere(self):
        """C4, K3: by SMS, and as an online survey of a customer without e-mail."""
        by_sms = self.make_mailed(channel="sms")
        self.customer.email = False
        online = self.make_mailed(channel="survey", source_id=7)
        for callback in (by_sms, online):
            with self.subTest(channel=callback.channel), self.mockSMSGateway():
                self.callback = callback
                self.send(callback)
                sms = self.env["sms.sms"].search(
                    [("revisit_callback_id", "=", callback.id)]
                )
                self.assertFalse(KEY.search(sms.body))
                sms.send()
                [sent] = self._sms
                self.assertTrue(self.find_key(sent["body"]))
                self.assertEqual(sent["number"], "+8613800138000")
                self.assertEqual(callback.questionnaire_state, "sent")
                self._sms.clear()

    def test_messages_that_do_not_arrive(self):
        """C4: the agent sees it, and is offered the callback again."""
        with self.mock_mail_gateway():
            self.send()
            self.assertTrue(self.callback.next_attempt_at)
        self.callback.questionnaire_notification_id.sudo().write(
            {
                "notification_status": "exception",
                "failure_type": "unknown",
                "failure_reason": "xue@example.com is unknown",
            }
        )
        self.assertEqual(self.callback.questionnaire_state, "failed")
        self.assertIn("is unknown", self.callback.questionnaire_error)
        self.assertNotIn("xue@example.com", self.callback.questionnaire_error)
        self.assertFalse(self.callback.next_attempt_at)
        with self.mock_mail_gateway():
            self.send()
        self.assertEqual(self.callback.questionnaire_state, "queued")
        self.assertFalse(self.callback.questionnaire_error)
        self.assertEqual(self.callback.questionnaire_serial, 2)

    def test_late_report_about_a_locked_callback(self):
        """C8: a bounce that comes after the review stops no queue of mails."""
        self.send_silently()
        notification = self.callback.questionnaire_notification_id.sudo()
        mine = self.callback.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(result="reached", answers={self.scale.id: 10})
        self.callback.with_user(self.supervisor).action_review("passed")
        notification.write({"notification_status": "bounce"})
        self.assertEqual(notification.notification_status, "bounce")
        self.assertEqual(self.callback.questionnaire_state, "queued")

    def test_who_waits_for_an_answer_is_not_next(self):
        """C1: until the customer had time to answer."""
        with self.mock_mail_gateway():
            self.send()
        ready = self.callbacks.with_user(self.agent)._get_ready_domain()
        self.assertNotIn(self.callback, self.callbacks.search(ready))
        self.callback.next_attempt_at = self.start - timedelta(minutes=1)
        self.assertIn(self.callback, self.callbacks.search(ready))

    def test_what_cannot_be_sent_is_told(self):
        """C4: to whom, by which way, too early, too often; nothing is sent."""
        plain = self.make_policy(channel="email")
        refused = (
            ("is made by Phone", self.make_mailed(channel="phone")),
            ("has no questionnaire", self.make_mailed(policy=plain)),
            (
                "opens on",
                self.make_mailed(window_start=self.start + timedelta(days=1)),
            ),
        )
        with self.mock_mail_gateway():
            for words, callback in refused:
                with self.subTest(words=words):
                    self.assertFalse(
                        callback.can_send_questionnaire and words != "opens on"
                    )
                    with self.assertRaisesRegex(UserError, words):
                        self.send(callback)
            self.send()
            with self.assertRaisesRegex(UserError, "a day to answer"):
                self.send()
            for _time in range(2):
                self.callback.questionnaire_sent_at -= timedelta(days=2)
                self.send()
            self.callback.questionnaire_sent_at -= timedelta(days=2)
            with self.assertRaisesRegex(UserError, "sent 3 times"):
                self.send()
            for values, words in (
                ({"email": "none"}, "No address of"),
                (
                    {"do_not_contact": True, "do_not_contact_reason": "Asked"},
                    "asked not to be contacted",
                ),
            ):
                with self.subTest(words=words):
                    self.customer.write(values)
                    with self.assertRaisesRegex(UserError, words):
                        self.send(self.make_mailed())

    def test_others_send_nothing(self):
        """K1, K3: neither colleagues who may not make it nor dealers, nor by hand."""
        dealer = self.env["res.partner"].create({"name": "D", "is_company": True})
        for user in (
            self.make_user("stranger", "base.group_user"),
            self.make_portal_user("dealer", dealer),
        ):
            with self.assertRaises(AccessError):
                self.callback.with_user(user).action_send_questionnaire()
        for name in ("questionnaire_state", "returned_at", "questionnaire_serial"):
            with self.assertRaises(AccessError):
                self.callback.with_user(self.supervisor).write({name: False})

    def test_nobody_else_sends_the_key(self):
        """K3: not by a message of one's own, to whomever, nor within other links."""
        self.send_silently()
        agent = self.agent2
        template = self.env["mail.template"].with_user(agent)
        template = template.create(
            {"name": "T", "model_id": self.env["ir.model"]._get_id("res.partner")}
        )
        values = {"revisit_callback_id": self.callback.id, "body_html": "<p>x</p>"}
        with self.assertRaises(AccessError):
            template.send_mail(agent.partner_id.id, email_values=values)
        with self.assertRaises(AccessError):
            self.env["sms.sms"].create(
                {"number": "1", "revisit_callback_id": self.callback.id}
            )
        address = self.callback._get_answer_address()
        for text in (
            f'<img src="https://evil.example.com?u={address}">',
            f'<img src="{address}">',
            f'<a href="https://evil.example.com?u={address}">x</a>',
            f"<p> {address} </p>",
        ):
            self.assertNotIn("access_token", self.callback._sign_links(text))
        link = f'<a class="x" href="{address}">x</a>'
        self.assertTrue(KEY.search(self.callback._sign_links(link)))

    def test_nobodys_defaults_add_the_key(self):
        """K3: values that a user sets for new messages name no callback of ours."""
        self.send_silently()
        plain = self.make_user("plain", "base.group_user")
        defaults = self.env["ir.default"].with_user(plain)
        for model in ("sms.sms", "mail.mail"):
            defaults.set(model, "revisit_callback_id", self.callback.id, user_id=True)
            # as a composer of theirs creates it
            message = self.env[model].with_user(plain).sudo().create({})
            self.assertFalse(message.revisit_callback_id, model)
        asking = {marks.ASKING: marks.Told(True)}
        values = {"revisit_callback_id": self.callback.id}
        sms = self.env["sms.sms"].with_context(**asking)
        other = sms.create({**values, "number": "+8613900000099"})
        self.assertFalse(other._goes_to_customer())
        own = sms.create({**values, "number": "+8613800138000"})
        self.assertTrue(own._goes_to_customer())

    def test_senders_defaults_change_nothing(self):
        """K3: a bounce comes to the company, and nobody else gets a copy."""
        defaults = self.env["ir.default"].with_user(self.agent)
        for name, value in (
            ("headers", "{'Return-Path': 'me@evil.example.com'}"),
            ("email_cc", "me@evil.example.com"),
            ("email_to", "me@evil.example.com"),
        ):
            defaults.set("mail.mail", name, value, user_id=True)
        self.send_silently()
        [mail] = self.env["mail.mail"].search(
            [("revisit_callback_id", "=", self.callback.id)]
        )
        self.assertFalse(mail.headers or mail.email_cc or mail.email_to)

    def test_figures_of_colleagues_are_no_answers(self):
        """C4, G1: neither those typed before it is sent nor afterwards."""
        mine = self.callback.with_user(self.agent)
        mine.write({"satisfaction": 100, "feedback": "Wonderful"})
        self.send_silently()
        for vals in ({"satisfaction": 100}, {"nps": 10}, {"feedback": "Wonderful"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                mine.write(vals)
        key = f"{self.callback.id}:{self.choice.id}"
        yes = self.choice.suggested_answer_ids[0]
        self.callback.sudo()._return_answers({key: str(yes.id)}, {}, "")
        self.assertEqual(self.callback.state, "done")
        self.assertEqual(self.callback.quality, 100)
        self.assertIs(self.callback.satisfaction, False)
        self.assertFalse(self.callback.feedback)

    def test_the_customers_wish_holds_whatever_was_typed(self):
        """H2, K4: figures that an agent has typed do not undo it."""
        self.callback.with_user(self.agent).write({"satisfaction": 100})
        self.send_silently()
        self.callback.sudo()._return_declined()
        self.assertTrue(self.customer.do_not_contact)
        self.assertEqual(self.callback.result, "refused")

    def test_another_channel_closes_the_page(self):
        """C4: what is made by a visit now is answered there."""
        self.send_silently()
        key = self.callback._sign_answer()
        opened = self.callbacks._open_answer_link(self.callback.id, key)
        self.assertEqual(opened, self.callback)
        self.callback.with_user(self.supervisor).channel = "phone"
        self.assertFalse(self.callbacks._open_answer_link(self.callback.id, key))
        mine = self.callback.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(result="reached", answers={self.scale.id: 10})
        self.assertEqual(self.callback.satisfaction, 100)

    def test_replies_quote_no_key(self):
        """K3: in whichever form a mail program quotes the link."""
        self.send_silently()
        key = self.callback._sign_answer()
        plain = f"http://x/revisit/answer/{self.callback.id}?access_token={key}"
        for text in (
            plain,
            plain.replace("/", "%2F").replace("?", "%3F"),
            # as mail programs and filters rewrite it
            plain.replace("/", "_").replace("?", "-3F").replace("=", "-3D"),
            plain.replace("?", "%253F").replace("=", "%253D"),
            plain.replace("access_token", "access&#95;token"),
            plain.replace("access_token", "<b>access_token</b>"),
            plain.replace("=", "=\n"),
        ):
            message = self.callback.message_post(
                body=Markup("<p>> %s</p>") % Markup(text), subject=text
            )
            self.assertNotIn(key[:20], message.body)
            self.assertNotIn(key[:20], message.subject)

        mail = f"Subject: Fw\nContent-Type: text/plain\n\n{plain}\n"
        message = self.callback.message_post(
            body="See", attachments=[("original.eml", mail), ("a.txt", b"x")]
        )
        kept = {a.name: a.raw for a in message.attachment_ids}
        self.assertEqual(kept["a.txt"], b"x")
        self.assertNotIn(b"access_token", b"".join(kept.values()))

    def test_reply_comes_to_the_company(self):
        """K3: whoever may edit the template; a reply quotes the link."""
        template = self.env.ref("revisit_management.mail_template_callback_answer")
        template.write({"email_from": "me@evil.example.com", "reply_to": "me@evil.com"})
        self.company.email = "care@example.com"
        with self.mock_mail_gateway():
            self.send()
            self.env["mail.mail"].search(
                [("revisit_callback_id", "=", self.callback.id)]
            ).send()
        [sent] = self._mails
        self.assertIn("care@example.com", sent["reply_to"])
        self.assertIn("care@example.com", sent["email_from"])

    def send_silently(self):
        with self.mock_mail_gateway():
            self.send()

    def test_agent_does_not_answer_for_the_customer(self):
        """C4, K3: neither before nor while the customer has the questionnaire."""
        mine = self.callback.with_user(self.agent)
        other = self.make_mailed()
        other.with_user(self.agent).action_answer({self.scale.id: 10})
        with self.assertRaisesRegex(UserError, "noted already"):
            self.send(other)
        self.send_silently()
        with self.assertRaisesRegex(UserError, "has the questionnaire"):
            mine.action_answer({self.scale.id: 10})
        with self.assertRaisesRegex(UserError, "has the questionnaire"):
            mine.action_done(result="reached", answers={self.scale.id: 10})
        mine.action_log_attempt("reached")
        mine.action_done(result="reached", answers={self.scale.id: 10})
        self.assertEqual(self.callback.satisfaction, 100)

    def test_own_number_gets_no_questionnaire(self):
        """K3: who has corrected the number does not send to it."""
        by_sms = self.make_mailed(channel="sms")
        by_sms.with_user(self.agent)._correct_number("+86 139 0000 1111")
        with self.assertRaisesRegex(UserError, "have a colleague"):
            self.send(by_sms)

    def test_own_address_gets_no_questionnaire(self):
        """K3: neither to an address that the sender has written on the contact."""
        seller = self.make_user(
            "revisit_both",
            "revisit_management.group_agent,base.group_partner_manager",
        )
        self.team.member_ids |= seller
        for channel, vals in (
            ("email", {"email": "mine@example.com"}),
            ("sms", {"phone": "+86 139 0000 1111"}),
        ):
            with self.subTest(channel=channel):
                customer = self.make_customer("Wu", email="a@example.com")
                mailed = self.make_mailed(partner_id=customer.id, channel=channel)
                mailed.user_id = seller
                contact = customer.with_user(seller)
                contact.with_context(tracking_disable=True).write(vals)
                mine = mailed.with_user(seller)
                with self.assertRaisesRegex(UserError, "have a colleague"):
                    mine.action_send_questionnaire()
                with self.assertRaises(AccessError):
                    contact.write({"email_changed_by_id": False})
                with self.assertRaises(AccessError):
                    contact.create({"name": "Li", "phone_changed_by_id": seller.id})
                mailed.with_user(self.supervisor).action_send_questionnaire()
                self.assertEqual(mailed.questionnaire_state, "queued")

    def test_who_relies_on_a_corrected_number_is_told(self):
        """K3: a colleague may send to it; the callback says who named the number."""
        by_sms = self.make_mailed(channel="sms")
        by_sms.with_user(self.agent)._correct_number("+86 139 0000 1111")
        by_sms.with_user(self.supervisor).action_send_questionnaire()
        said = [str(body) for body in by_sms.message_ids.mapped("body")]
        told = [body for body in said if "goes to an address" in body]
        self.assertEqual(len(told), 1)
        self.assertIn(self.agent.name, told[0])
        plain = self.make_mailed(partner_id=self.make_customer("Wu").id, channel="sms")
        plain.partner_id.phone = "+86 139 0000 2222"
        plain.with_user(self.supervisor).action_send_questionnaire()
        self.assertFalse(
            [b for b in plain.message_ids.mapped("body") if "goes to an" in str(b)]
        )

    def test_parent_companys_address_gets_the_key(self):
        """C6: where only the customer's company has an address."""
        company = self.make_customer("Office", is_company=True, email="o@example.com")
        person = self.make_customer("Li", parent_id=company.id)
        self.callback = self.make_mailed(partner_id=person.id)
        with self.mock_mail_gateway():
            self.send()
            self.env["mail.mail"].search(
                [("revisit_callback_id", "=", self.callback.id)]
            ).send()
        [sent] = self._mails
        self.assertTrue(self.find_key(sent["body"]))

    def test_questionnaires_are_changed_by_managers(self):
        """K1: who edits Odoo's surveys does not edit what callbacks ask."""
        editor = self.make_user("editor", "base.group_user,survey.group_survey_user")
        self.survey.user_id = editor
        for record, vals in (
            (self.survey, {"title": "Mine"}),
            (self.scale, {"title": "Opposite"}),
            (self.choice.suggested_answer_ids[0], {"value": "Opposite"}),
        ):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.with_user(editor).write(vals)
        own = self.env["survey.survey"].with_user(editor).create({"title": "Own"})
        own.title = "Still own"
        question = self.env["survey.question"].with_user(editor)
        question = question.create(
            {"survey_id": own.id, "title": "Your card?", "question_type": "char_box"}
        )
        with self.assertRaises(AccessError):
            question.write({"survey_id": self.survey.id})
        with self.assertRaises(AccessError):
            own.write({"survey_type": "revisit"})

    def test_console_sends_and_goes_on(self):
        """C2, C4: from the console in one step."""
        other = self.make_mailed(window_end=self.start + timedelta(days=9))
        console = self.env["revisit.console"].with_user(self.agent)
        screen = console.open_screen(self.callback.id)
        self.assertTrue(screen["callback"]["can_send"])
        self.assertFalse(screen["callback"]["questionnaire"])
        with self.mock_mail_gateway():
            after = console.send_questionnaire(self.callback.id)
        self.assertEqual(after["callback"]["id"], other.id)
        again = console.open_screen(self.callback.id)
        self.assertIn("On Its Way", again["callback"]["questionnaire"])


@tagged("post_install", "-at_install")
class TestCustomerAnswers(CustomerAnswersMixin, HttpCase, MockEmail):
    """H2, C6: the customer's page; what it takes, and what it does not."""

    browser_size = "390x844"

    def setUp(self):
        super().setUp()
        with self.mock_mail_gateway():
            self.send()
        self.token = self.callback._sign_answer()
        self.url = f"/revisit/answer/{self.callback.id}"
        self.scale_name = f"question_{self.callback.id}_{self.scale.id}"
        self.choice_name = f"question_{self.callback.id}_{self.choice.id}"

    def get(self, token=None, **options):
        return self.url_open(
            f"{self.url}?access_token={token or self.token}", **options
        )

    def post(self, **values):
        response = self.url_open(
            self.url, data={"access_token": self.token, "step": "send", **values}
        )
        self.env.invalidate_all()
        return response

    def test_what_was_typed_stays_as_the_link_ends(self):
        """H2: the form comes after the time is over: told kindly, nothing is lost."""
        [yes] = self.choice.suggested_answer_ids.filtered(lambda c: c.value == "Yes")
        typed = {
            self.scale_name: "7",
            self.choice_name: str(yes.id),
            "feedback": "Too loud <b>声音太大</b>",
        }
        past = datetime.now() - timedelta(days=1)
        serial = self.callback.questionnaire_serial
        expired = self.callback._sign(ANSWER_SCOPE, serial, past)
        self.callback.questionnaire_serial += 1
        for token in (expired, self.token):
            page = self.post(access_token=token, **typed)
            self.assertEqual(page.status_code, 404)
            for text in (
                "The time of this page is over",
                "How content are you?",
                "7",
                "Yes",
                "Too loud &lt;b&gt;声音太大",
            ):
                self.assertIn(text, page.text)
        self.assertFalse(self.callback.answer_ids)
        for token in ("wrong", self.make_mailed()._sign_answer()):
            page = self.post(access_token=token, **typed)
            self.assertIn("This link opens nothing", page.text)
            self.assertNotIn("Too loud", page.text)
            self.assertNotIn("How content", page.text)
        page = self.get(expired)
        self.assertIn("This link opens nothing", page.text)

    def test_answers_come_back_by_themselves(self):
        """C4, C6: they finish the callback, as made by who has asked."""
        page = self.get()
        for text in (
            "How content are you?",
            "Does it work?",
            "Do not contact me again",
        ):
            self.assertIn(text, page.text)
        [yes] = self.choice.suggested_answer_ids.filtered(lambda c: c.value == "Yes")
        thanks = self.post(
            **{
                self.scale_name: "0",
                self.choice_name: str(yes.id),
                "feedback": "Too loud 声音太大",
            }
        )
        self.assertIn("Thank you", thanks.text)
        callback = self.callback
        self.assertEqual((callback.state, callback.result), ("done", "reached"))
        self.assertEqual(callback.made_by_id, self.agent)
        self.assertEqual((callback.satisfaction, callback.quality), (0, 100))
        self.assertEqual(callback.feedback, "Too loud 声音太大")
        self.assertEqual(callback.questionnaire_state, "answered")
        self.assertEqual(callback.return_rate, 100)
        self.assertTrue(callback.returned_at)

    def test_customer_answers_on_a_phone(self):
        """H2, H3: in a browser 390 pixels wide, without a login."""
        self.start_tour(f"{self.url}?access_token={self.token}", "revisit_answer_tour")
        self.env.invalidate_all()
        self.assertEqual(self.callback.state, "done")
        self.assertEqual((self.callback.satisfaction, self.callback.quality), (80, 100))
        self.assertEqual(self.callback.feedback, "Quiet 很安静")

    def get_late_notes(self, callback=None):
        """Return the notes about what came when the callback was finished already."""
        messages = (callback or self.callback).message_ids
        return messages.filtered(lambda m: "finished already" in (m.body or ""))

    def test_first_answer_wins(self):
        """C6: what comes later changes nothing; it is shown, and kept as a note."""
        self.post(**{self.scale_name: "5", "feedback": "Fine\r\nso far"})
        same = self.post(**{self.scale_name: "5", "feedback": "Fine\r\nso far"})
        self.assertIn("nothing more is needed", same.text)
        self.assertFalse(self.get_late_notes())
        for _time in range(2):
            again = self.post(**{self.scale_name: "1", "feedback": "Broke <b>down"})
            self.assertNotIn("nothing more is needed", again.text)
            for words in (
                "answered already, and nothing was changed",
                "How content are you?",
                "Broke &lt;b&gt;down",
            ):
                self.assertIn(words, again.text)
            self.assertEqual(self.callback.satisfaction, 50)
            self.assertEqual(self.callback.feedback, "Fine\nso far")
        note = self.get_late_notes()
        self.assertEqual(len(note), 1)
        self.assertIn("How content are you?: 1", note.body)
        self.assertIn("Broke &lt;b&gt;down", note.body)
        self.assertTrue(note.is_internal)
        self.assertEqual(note.author_id, self.env.ref("base.partner_root"))
        self.assertEqual(note.notified_partner_ids, self.agent.partner_id)
        self.assertIn("nothing more is needed", self.get().text)

    def test_late_answers_are_bounded(self):
        """C6, K3: neither a note's length nor their number grows without end."""
        self.post(**{self.scale_name: "5"})
        for number in range(8):
            page = self.post(feedback=f"{number} " + "x" * 5000)
        self.assertIn("Please call us instead", page.text)
        notes = self.get_late_notes()
        self.assertEqual(len(notes), 5)
        self.assertLess(max(len(note.body) for note in notes), 2500)

    def test_answers_while_somebody_talks(self):
        """C6: finished meanwhile by a colleague, the customer's words are kept."""
        mine = self.callback.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(result="reached", satisfaction=80)
        self.env.flush_all()
        page = self.post(**{self.scale_name: "1", "feedback": "Too loud"})
        self.assertIn("settled meanwhile, and nothing was changed", page.text)
        self.assertIn("Too loud", page.text)
        self.assertIn("Too loud", self.get_late_notes().body)
        self.assertEqual(self.callback.satisfaction, 80)

    def test_late_verdict_is_kept(self):
        """C6, D3: whether the concern was settled, too."""
        self.ask_for_verdict()
        self.post(customer_confirmed="yes")
        page = self.post(customer_confirmed="no")
        self.assertIn("nothing was changed", page.text)
        self.assertEqual(self.callback.customer_confirmed, "yes")
        self.assertEqual(len(self.get_late_notes()), 1)

    def test_words_alone_are_an_answer(self):
        """C6, H2: whoever has only something to say can say it."""
        self.choice.constr_mandatory = True
        page = self.post(feedback="Too loud")
        self.assertIn("We have your answers", page.text)
        callback = self.callback
        self.assertEqual((callback.state, callback.result), ("done", "reached"))
        self.assertEqual(callback.feedback, "Too loud")
        self.assertEqual(callback.questionnaire_state, "answered")
        self.assertFalse(callback.answer_ids)
        self.assertIs(callback.satisfaction, False)

    def test_agents_words_alone_prove_nothing(self):
        """C4: only the customer's own words finish a callback without an answer."""
        other = self.make_mailed().with_user(self.agent)
        other.feedback = "They said it is fine"
        with self.assertRaisesRegex(UserError, "at least one of the customer's"):
            other.action_done(result="reached")

    def test_sent_form_is_not_sent_again_by_loading(self):
        """C6: the page is loaded anew after what was taken."""
        response = self.url_open(
            self.url,
            data={"access_token": self.token, "step": "send", self.scale_name: "5"},
            allow_redirects=False,
        )
        self.assertEqual(response.status_code, 303)
        self.assertIn(f"{self.url}?access_token=", response.headers["Location"])
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("We have your answers", self.get().text)

    def test_words_are_as_long_as_what_is_kept(self):
        """C6: a browser counts the end of a line once."""
        self.assertIn('maxlength="2000"', self.get().text)
        words = "x" * 999 + "\r\n" + "y" * 1000
        self.post(**{self.scale_name: "5", "feedback": words})
        self.assertEqual(self.callback.feedback, words.replace("\r\n", "\n"))

    def test_looking_changes_nothing(self):
        """C6: mail scanners open links, and ask for their headers."""
        before = self.callback.read()
        self.get()
        self.opener.head(f"{self.base_url()}{self.url}?access_token={self.token}")
        self.url_open(f"{self.url}?access_token={self.token}&step=send")
        self.url_open(f"{self.url}?access_token={self.token}&step=stop&sure=1")
        self.env.invalidate_all()
        self.assertEqual(self.callback.read(), before)

    def test_what_is_missing_or_wrong_is_told_and_nothing_lost(self):
        """C6: in the customer's words; what was typed stays."""
        self.choice.constr_mandatory = True
        for values, words in (
            ({}, "answer at least one question"),
            ({self.scale_name: "8"}, f'id="revisit_fault_{self.choice_name}"'),
            ({self.scale_name: "80"}, f'id="revisit_fault_{self.scale_name}"'),
            ({self.scale_name: "80"}, "Please answer this question, too."),
            ({self.scale_name: "80"}, "What you entered is 80: give a number from 0"),
            ({self.choice_name: "Perhaps"}, "This is none of the choices"),
            ({"step": "now"}, "press one of the two buttons"),
            ({"step": "stop"}, "tick the box"),
            (
                {self.scale_name: "8", "feedback": "x" * 2001},
                "Your words have 2001 characters",
            ),
        ):
            with self.subTest(words=words):
                page = self.post(**values)
                self.assertIn(words, page.text)
                self.assertIn('role="alert"', page.text)
                self.assertTrue(self.callback.is_open)
                self.assertFalse(self.callback.answer_ids)
                self.assertIn(values.get("feedback", "")[:20], page.text)
        self.assertEqual(self.callback.questionnaire_state, "queued")

    def test_page_names_what_was_bought_and_when(self):
        """C6, C10: who has bought twice knows which purchase is meant."""
        day = self.callback._to_local(self.callback.event_at).date()
        self.callback.service_step = "sale"
        product = self.env["product.product"].create(
            {"name": "Range Hood", "default_code": "RH-90"}
        )
        self.callback.write({"product_id": product.id})
        text = self.get().text
        if self.callback.source_model == "res.partner":
            self.assertIn("Range Hood", text)
            self.callback.source_model = "sale.order"
            text = self.get().text
        self.assertIn(
            f"Range Hood · {format_date(self.env, day, date_format='long')}", text
        )
        self.assertNotIn("RH-90", text)

    def test_stop_contacting_me(self):
        """H2, K4: ticked and pressed; the callback ends as refused."""
        page = self.post(step="stop", sure="1")
        self.assertIn("We will not contact you any more", page.text)
        self.assertTrue(self.customer.do_not_contact)
        self.assertIn("questionnaire", self.customer.do_not_contact_reason)
        self.assertEqual(self.callback.result, "refused")
        self.assertEqual(self.callback.questionnaire_state, "declined")

    def test_stop_after_a_talk(self):
        """H2: what was settled meanwhile is told; no more contact can be asked for."""
        mine = self.callback.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(result="reached", satisfaction=80)
        self.env.flush_all()
        self.assertIn("This was settled meanwhile", self.get().text)
        self.post(**{self.scale_name: "1"})
        self.assertFalse(self.callback.answer_ids.question_id)
        page = self.post(step="stop", sure="1")
        self.assertIn("We will not contact you any more", page.text)
        self.assertTrue(self.customer.do_not_contact)

    def ask_for_verdict(self):
        """Send a page that asks nothing but whether a concern was settled."""
        issue = self.make_issue()
        issue.state = "resolved"
        policy = self.make_policy(channel="email")
        self.callback = self.make_mailed(
            policy=policy, source_model=issue._name, source_id=issue.id
        )
        with self.mock_mail_gateway():
            self.send()
        self.token = self.callback._sign_answer()
        self.url = f"/revisit/answer/{self.callback.id}"

    def test_only_a_verdict_is_asked(self):
        """C6, D3: whether the concern was settled is an answer, too."""
        self.ask_for_verdict()
        self.assertIn(
            "at least one question", self.post(customer_confirmed="maybe").text
        )
        # it decides what becomes of the concern
        self.assertIn("concern was settled", self.post(feedback="Well").text)
        self.assertTrue(self.callback.is_open)
        page = self.post(customer_confirmed="yes")
        self.assertIn("We have your answers", page.text)
        self.assertEqual(self.callback.customer_confirmed, "yes")

    def test_stop_after_an_answer(self):
        """H2, K4: who has answered may still ask for no more contact."""
        self.post(**{self.scale_name: "9"})
        self.assertIn("Do not contact me again", self.get().text)
        page = self.post(step="stop", sure="1")
        self.assertIn("We will not contact you any more", page.text)
        self.assertTrue(self.customer.do_not_contact)
        self.assertEqual(self.callback.satisfaction, 90)
        self.assertEqual(self.callback.questionnaire_state, "answered")
        self.post(step="stop", sure="1")
        asked = [m for m in self.customer.message_ids if "asked not to be" in m.body]
        self.assertEqual(len(asked), 1)

    def test_keys_open_only_their_page(self):
        """K3: wrong ones, those of another purpose or callback, old and late ones."""
        other = self.make_mailed(planned_at=self.start + timedelta(days=1))
        with self.mock_mail_gateway():
            self.send(other)
        for key in ("wrong", "", other._sign_answer(), self.callback._sign_time()):
            with self.subTest(key=key[:10]):
                self.assertEqual(self.get(key or "%20").status_code, 404)
        self.callback.questionnaire_serial += 1
        self.assertEqual(self.get().status_code, 404)
        self.callback.questionnaire_serial -= 1
        self.assertEqual(self.get().status_code, 200)
        self.callback.write({"window_end": self.start - timedelta(hours=1)})
        self.callback.questionnaire_sent_at -= timedelta(days=8)
        self.assertEqual(self.get(self.callback._sign_answer()).status_code, 404)

    def test_cancelled_callbacks_ask_nothing(self):
        """C6: what was cancelled meanwhile says so kindly."""
        self.company.phone = "+86 21 5555 0000"
        self.callback.with_user(self.supervisor).action_cancel("Sold by mistake")
        page = self.get()
        self.assertEqual(page.status_code, 404)
        self.assertIn("Call us: +86 21 5555 0000", page.text)

    def test_page_speaks_the_customers_language(self):
        """H3: whatever the browser says."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.lang = "zh_CN"
        self.scale.with_context(lang="zh_CN").title = "您满意吗？"
        self.assertIn("您满意吗？", self.get().text)
        self.assertIn('<html lang="zh-CN"', self.get().text)

    def test_answers_are_limited(self):
        """K3: trying without end is not possible."""
        with patch.object(callback_answer, "MAX_SENT", 2):
            texts = [self.post().text for _number in range(3)]
        self.assertIn("try again in ten minutes", texts[2])

    def test_page_is_in_no_cache(self):
        """K3: the key goes to no other site."""
        page = self.get()
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
