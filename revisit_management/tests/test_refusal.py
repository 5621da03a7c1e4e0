# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import Command
from odoo.modules.migration import load_script
from odoo.tests import freeze_time, tagged
from odoo.tools import file_path

from odoo.addons.mail.tests.common import MockEmail
from odoo.addons.sms.tests.common import SMSCase

from .common import NOW, ZONE, utc
from .test_touch import TouchMixin

TEN = utc(ZONE, 2026, 3, 12, 10)
WHY = "Said so in the shop"


class RefusalCase(TouchMixin, MockEmail, SMSCase):
    """A customer to whom something is on its way by every path that sends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.setUpRevisit()
        cls.setUpTouches()
        cls.survey = cls.env["survey.survey"].create(
            {
                "title": "By mail",
                "survey_type": "revisit",
                "question_and_page_ids": [
                    Command.create({"title": "Well?", "question_type": "char_box"})
                ],
            }
        )
        cls.asked = cls.make_policy(survey_id=cls.survey.id)

    def ask_time(self):
        callback = self.make_callback(user_id=self.agent.id, planned_at=TEN)
        callback.with_user(self.agent).action_ask_time()
        return callback

    def send_questionnaire(self, channel):
        callback = self.make_callback(
            policy=self.asked, user_id=self.agent.id, channel=channel
        )
        callback.with_user(self.agent).action_send_questionnaire()
        return callback

    def queue_all(self):
        """Queue a message by every path; return callbacks and touches."""
        callbacks = self.ask_time().union(
            *(self.send_questionnaire(way) for way in ("email", "sms", "survey"))
        )
        touches = self.make_touch(self.sms_policy) + self.make_touch(self.mail_policy)
        self.run_sending()
        self.assertEqual(len(self.find_waiting()), 6)
        return callbacks, touches

    def find_waiting(self):
        """Return what the queues hold for the customer."""
        ours = [("state", "=", "outgoing")]
        mails = self.env["mail.mail"].search(ours)
        mails = mails.filtered(lambda mail: self.customer in mail.recipient_ids)
        sms = self.env["sms.sms"].search([*ours, ("partner_id", "=", self.customer.id)])
        return [*mails, *sms]

    def run_queues(self):
        """Let the queues run; return what has left for the customer."""
        with self.mock_mail_gateway(), self.mockSMSGateway():
            self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
            self.env["sms.sms"].search([("state", "=", "outgoing")]).send()
            emails = [m for m in self._mails if self.customer.email in str(m)]
            return [*emails, *self._sms]


@tagged("post_install", "-at_install")
class TestRefusal(RefusalCase):
    """C10, H2: nothing goes out after a customer has said stop."""

    def test_every_path_sends(self):
        """C4: without a refusal all six leave, so the other tests prove something."""
        self.queue_all()
        self.assertEqual(len(self.run_queues()), 6)

    def refuse(self, way):
        refused = {"do_not_contact": True, "do_not_contact_reason": WHY}
        if way == "form":
            self.customer.with_user(self.manager).sudo().write(refused)
        elif way == "import":
            result = self.env["res.partner"].load(
                [".id", *refused], [[str(self.customer.id), "1", WHY]]
            )
            self.assertTrue(result["ids"], result["messages"])
        elif way == "company":
            company = self.make_customer("Company", is_company=True)
            self.customer.parent_id = company
            company.write(refused)
        elif way == "moved":
            company = self.make_customer("Company", is_company=True, **refused)
            self.customer.parent_id = company
        elif way == "merged":
            other = self.make_customer("Twin", email=self.customer.email, **refused)
            self.env["base.partner.merge.automatic.wizard"]._merge(
                [self.customer.id, other.id], self.customer
            )

    def test_what_is_queued_is_withdrawn(self):
        """C10: at once, in whatever way the refusal is noted."""
        for way in ("form", "import", "company", "moved", "merged"):
            with self.subTest(way=way):
                self.customer.write({"do_not_contact": False, "parent_id": False})
                callbacks, touches = self.queue_all()
                planned = self.make_touch(self.sms_policy)
                self.refuse(way)
                self.assertFalse(self.find_waiting())
                self.assertFalse(self.run_queues())
                self.assertEqual(
                    (touches + planned).mapped("cancel_reason"), ["banned"] * 3
                )
                asked = callbacks.filtered("questionnaire_sent_at")
                self.assertEqual(set(asked.mapped("questionnaire_state")), {"failed"})
                self.assertIn("no more contact", asked[0].questionnaire_error)
                callbacks.unlink()

    def test_refusal_on_each_page(self):
        """C10: what the customer says on one page holds for all that is queued."""
        for page in ("time", "answer"):
            with self.subTest(page=page):
                self.customer.do_not_contact = False
                callbacks, touches = self.queue_all()
                if page == "time":
                    callbacks[0]._answer_stop()
                else:
                    callbacks[1]._return_declined()
                self.assertTrue(self.customer.do_not_contact)
                self.assertFalse(self.find_waiting())
                self.assertFalse(self.run_queues())
                self.assertEqual(touches.mapped("cancel_reason"), ["banned"] * 2)

    def test_queues_look_once_more(self):
        """C10: a refusal that nobody has noticed stops each message as it leaves."""
        _callbacks, touches = self.queue_all()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET do_not_contact = TRUE WHERE id = %s",
            [self.customer.id],
        )
        self.env.invalidate_all()
        self.assertEqual(len(self.find_waiting()), 6)
        self.assertFalse(self.run_queues())
        self.assertFalse(self.find_waiting())
        self.assertEqual(touches.mapped("cancel_reason"), ["banned"] * 2)

    def test_others_get_their_messages(self):
        """C10: the refusal of one customer stops nothing for another."""
        other = self.make_customer("Other", phone="+8613900139000")
        mine = self.make_touch(self.sms_policy)
        theirs = self.make_touch(self.sms_policy, partner_id=other.id, document=other)
        self.run_sending()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET do_not_contact = TRUE WHERE id = %s",
            [self.customer.id],
        )
        self.env.invalidate_all()
        with self.mockSMSGateway():
            (self.get_sms(mine) + self.get_sms(theirs)).send()
            self.assertEqual([sms["number"] for sms in self._sms], [other.phone])
        self.assertEqual((mine + theirs).mapped("state"), ["cancelled", "sent"])

    # ------------------------------------------------------------
    # WHAT WAS BEGUN
    # ------------------------------------------------------------

    def begin(self, user=None, **values):
        callback = self.make_callback(user_id=(user or self.agent).id, **values)
        callback.with_user(user or self.agent).sudo().action_log_attempt("no_answer")
        return callback

    def find_told(self, user):
        messages = self.env["mail.message"].search(
            [("subject", "like", "wants no more contact")]
        )
        return messages.filtered(lambda m: user.partner_id in m.partner_ids)

    def test_begun_callbacks_end(self):
        """C10, C3: with a note that says why; who had them is told once."""
        one, two = self.begin(), self.begin()
        late = self.begin(window_end=NOW - timedelta(hours=1))
        theirs = self.begin(
            self.portal_a, level="dealer", dealer_id=self.dealer_a.id, team_id=False
        )
        colleagues, untouched = self.begin(self.agent2), self.make_callback()
        self.customer.with_user(self.agent2).sudo().write(
            {"do_not_contact": True, "do_not_contact_reason": WHY}
        )
        # nobody rids themselves of late work by a refusal
        self.assertEqual(late.state, "in_progress")
        begun = one + two + theirs + colleagues
        self.assertEqual(set(begun.mapped("state")), {"cancelled"})
        for callback in begun:
            self.assertIn(WHY, callback.cancel_note)
            self.assertFalse(callback.next_attempt_at)
        # a change of mind brings it back
        self.assertEqual(untouched.state, "planned")
        told = self.find_told(self.agent)
        self.assertEqual(len(told), 1)
        self.assertEqual(told.body.count("<li>"), 2)
        self.assertEqual(len(self.find_told(self.portal_a)), 1)
        # who has noted it knows
        self.assertFalse(self.find_told(self.agent2))

    def lift(self, way):
        if way == "company":
            self.customer.parent_id.do_not_contact = False
        elif way == "moved":
            self.customer.parent_id = False
        else:
            self.customer.do_not_contact = False

    def test_refusal_that_is_taken_back_in_time(self):
        """C10, G1: what was begun goes on as it was, in whatever way it is noted."""
        for way in ("form", "import", "company", "moved"):
            with self.subTest(way=way):
                self.customer.write({"do_not_contact": False, "parent_id": False})
                leader = self.begin(window_end=NOW + timedelta(days=2))
                follower = self.begin()
                follower.contact_id = leader
                leader.next_attempt_at = TEN
                self.refuse(way)
                both = leader + follower
                self.assertEqual(set(both.mapped("state")), {"cancelled"})
                self.lift(way)
                self.assertEqual(set(both.mapped("state")), {"in_progress"})
                self.assertEqual(leader.next_attempt_at, TEN)
                self.assertEqual(follower.contact_id, leader)
                self.assertFalse(
                    leader.cancel_reason or leader.cancel_note or leader.refused_from
                )
                traces = leader.sudo().trace_ids.sorted("id")
                self.assertEqual(
                    traces.mapped("value_pair"),
                    [
                        {"old": "in_progress", "new": "cancelled"},
                        {"old": "cancelled", "new": "in_progress"},
                    ],
                )
                self.assertIn("goes on as it was", leader.message_ids[0].body)
                both.unlink()

    def test_refusal_that_holds_for_another_reason(self):
        """C10: whoever refuses themselves is not called as their company is again."""
        begun = self.begin()
        self.refuse("company")
        self.customer.write({"do_not_contact": True, "do_not_contact_reason": WHY})
        self.lift("company")
        self.assertEqual(begun.state, "cancelled")
        self.lift("form")
        self.assertEqual(begun.state, "in_progress")

    def test_refusal_that_is_taken_back_too_late(self):
        """C10, G1: they stay as they are, and say why; a late one was never ended."""
        begun = self.begin()
        late = self.begin(window_end=NOW - timedelta(hours=1))
        self.refuse("form")
        with self.at(begun.window_end):
            self.lift("form")
            self.assertEqual(begun.state, "cancelled")
            self.assertIn("the window has ended", begun.message_ids[0].body)
            self.assertIn(WHY, begun.cancel_note)
            notes = begun.message_ids
            self.refuse("form")
            self.lift("form")
            self.assertEqual(begun.message_ids, notes)
        self.assertEqual(late.state, "in_progress")

    def test_reopened_while_the_customer_refuses(self):
        """C10: what a supervisor has taken back does not go on a second time."""
        begun = self.begin()
        self.refuse("form")
        begun.with_user(self.supervisor).action_reopen()
        begun.with_user(self.supervisor).action_cancel("He asked again")
        self.lift("form")
        self.assertEqual((begun.state, begun.cancel_reason), ("cancelled", "person"))

    def test_refusals_of_earlier_versions(self):
        """C10: the upgrade ends what was begun, and leaves what is late."""
        begun, untouched = self.begin(), self.make_callback()
        late = self.begin(window_end=NOW - timedelta(hours=1))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET do_not_contact = TRUE, do_not_contact_reason = %s"
            " WHERE id = %s",
            [WHY, self.customer.id],
        )
        self.env.invalidate_all()
        path = file_path("revisit_management/migrations/19.0.1.8.0/post-refusals.py")
        load_script(path, "post_refusals").migrate(self.env.cr, "19.0.1.7.0")
        self.env.invalidate_all()
        self.assertEqual(begun.state, "cancelled")
        self.assertIn(WHY, begun.cancel_note)
        self.assertEqual((late.state, untouched.state), ("in_progress", "planned"))

    def test_stop_on_a_page_is_no_call(self):
        """C3, H2: it ends as refused, without an attempt in the agent's name."""
        asked, begun = self.ask_time(), self.begin()
        asked._answer_stop()
        self.assertEqual((asked.state, asked.result), ("done", "refused"))
        self.assertFalse(asked.attempt_ids)
        self.assertEqual(asked.made_by_id, self.agent)
        self.assertEqual(begun.state, "cancelled")
        told = self.find_told(self.agent)
        self.assertEqual(len(told), 1)
        self.assertEqual(told.body.count("<li>"), 2)
        with self.assertRaisesRegex(Exception, "log the attempts"):
            self.make_callback(user_id=self.agent.id).with_user(self.agent).action_done(
                result="refused"
            )

    def test_time_question_goes_at_once(self):
        """B9: the time that is asked about may be near."""
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        triggers.unlink()
        self.ask_time()
        self.assertTrue(triggers.search([("cron_id", "=", cron.id)]))

    def test_mail_programs_offer_the_page(self):
        """C10, K3: the customer's own copy has the header, with the key."""
        callback = self.ask_time()
        mail = self.env["mail.mail"].search([("revisit_callback_id", "=", callback.id)])
        mail.recipient_ids += self.agent.partner_id
        self.assertIn("no more contact", mail.body_html)
        headers = {
            values["partner_id"]: values["headers"].get("List-Unsubscribe", "")
            for values in mail._prepare_outgoing_list()
        }
        self.assertRegex(headers[self.customer], r"^<http.+/revisit/time/.+token=")
        self.assertFalse(headers[self.agent.partner_id])
        # by one click, which is a form that their program sends
        posts = [
            values["headers"].get("List-Unsubscribe-Post")
            for values in mail._prepare_outgoing_list()
            if values["partner_id"] == self.customer
        ]
        self.assertEqual(posts, ["List-Unsubscribe=One-Click"])
