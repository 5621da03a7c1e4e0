# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64
from datetime import timedelta

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.migration import load_script
from odoo.tests import Form, tagged
from odoo.tools import file_path

from .common import NOW, SIGNATURE, draw_signature
from .test_contact import ContactCase
from .test_portal import PortalCase


class ConversationCase(ContactCase):
    """A contact of the agent with one follower, and its dialog."""

    def get_dialog(self, callback=None, result=None):
        callback = (callback or self.leader).with_user(self.agent)
        context = {"default_callback_id": callback.id}
        if result:
            context["default_result"] = result
        wizards = self.env["revisit.callback.finish"].with_user(self.agent)
        return Form(wizards.with_context(**context))

    def as_supervisor(self, callbacks):
        return callbacks.with_user(self.supervisor)


@tagged("post_install", "-at_install")
class TestChannel(ConversationCase):
    """L2: one conversation has one channel."""

    def test_the_channel_of_one_is_the_channel_of_all(self):
        """L2: whichever of them is changed, by form, list or external API."""
        third = self.make_follower()
        contact = self.leader + self.follower + third
        for callback, channel in (
            (self.follower, "visit"),
            (self.leader, "letter"),
            (third, "phone"),
            (self.leader + third, "im"),
        ):
            self.as_supervisor(callback).write({"channel": channel})
            self.assertEqual(contact.mapped("channel"), [channel] * 3)
            self.assertEqual((self.follower + third).contact_id, self.leader)

    def test_what_is_finished_or_elsewhere_stays(self):
        """L2: neither a finished follower nor another contact is changed."""
        other = self.make_callback(user_id=self.agent.id)
        self.leader.with_user(self.agent).action_log_attempt("reached")
        self.follower.with_user(self.agent).action_done(satisfaction=70)
        self.as_supervisor(self.leader).write({"channel": "visit"})
        self.assertEqual((self.follower + other).mapped("channel"), ["phone"] * 2)

    def test_other_ways_do_not_join(self):
        """L2: who is written to is not in the same conversation as who is called."""
        letter = self.make_callback(channel="letter", user_id=self.agent.id)
        self.assertRefused(
            ValidationError,
            "reached in different ways",
            letter.sudo().write,
            {"contact_id": self.leader.id},
        )

    def test_planner_follows_into_a_contact_of_one_channel(self):
        """L2, B8: what is planned after the change stays apart from a visit."""
        policy = self.make_policy(assignment="none", team_id=self.team.id)
        first = self.make_order(date=NOW - timedelta(days=1))
        self.plan()
        visit = self.get_planned(first, policy)
        self.as_supervisor(visit).write({"channel": "visit"})
        second = self.make_order(date=NOW - timedelta(days=1))
        self.plan()
        call = self.get_planned(second, policy)
        self.assertEqual((visit.channel, call.channel), ("visit", "phone"))
        self.assertFalse(call.contact_id)


@tagged("post_install", "-at_install")
class TestEvidence(ConversationCase):
    """C4, L2: what proves a conversation is judged once."""

    def test_phone_call_that_became_a_visit_is_signed_once(self):
        """L2: the dialog offers the signature, which counts for all of them."""
        self.as_supervisor(self.follower).write({"channel": "visit"})
        form = self.get_dialog(result="reached")
        self.assertTrue(form.needs_signature)
        self.assertFalse(form.may_refuse_signature)
        form.satisfaction = 80
        unsigned = form.save()
        with self.cr.savepoint() as savepoint:
            self.assertRefused(
                UserError, "needs the customer's signature", unsigned.action_finish
            )
            savepoint.rollback()
        self.env.invalidate_all()
        form.signature = SIGNATURE
        form.save().action_finish()
        contact = self.leader + self.follower
        self.assertEqual(contact.mapped("state"), ["done", "done"])
        self.assertTrue(all(contact.mapped("signature")))

    def test_leader_changed_after_a_failed_call(self):
        """L2: No Answer, then visited: nobody asks the followers for a call."""
        self.leader.with_user(self.agent).action_log_no_answer()
        self.as_supervisor(self.leader).write({"channel": "visit"})
        form = self.get_dialog(result="reached")
        form.signature = SIGNATURE
        form.save().action_finish()
        self.assertEqual(self.follower.state, "done")
        self.assertEqual(self.follower.result, "reached")

    def test_strictest_rule_counts_and_is_named(self):
        """C4, L2: one reason that insists on the signature decides for all."""
        self.policy.signature_rule = "none"
        self.as_supervisor(self.leader).write({"channel": "visit"})
        self.follower.sudo().source_name = "S00154"
        form = self.get_dialog(result="reached")
        self.assertTrue(form.needs_signature)
        self.assertIn("S00154", form.evidence_text)
        as_agent = self.leader.with_user(self.agent)
        self.assertRefused(UserError, "S00154", as_agent.action_done, satisfaction=9)
        self.other_policy.signature_rule = "refusal"
        form = self.get_dialog(result="reached")
        self.assertTrue(form.may_refuse_signature)
        form.signature_refused = True
        form.feedback = "Never signs"
        form.save().action_finish()
        self.assertTrue(self.follower.signature_refused)
        self.assertEqual(self.follower.state, "done")

    def test_no_signature_where_nobody_asks_for_one(self):
        """C4: neither the field nor the refusal is offered."""
        (self.policy + self.other_policy).signature_rule = "none"
        self.as_supervisor(self.leader).write({"channel": "visit"})
        form = self.get_dialog(result="reached")
        self.assertFalse(form.needs_signature)
        self.assertFalse(form.may_refuse_signature)
        form.save().action_finish()
        self.assertEqual(self.follower.state, "done")

    def test_letter_is_attached_once_in_the_dialog(self):
        """C4: the copy that the error asks for can be given where it appears."""
        self.as_supervisor(self.leader).write({"channel": "letter"})
        form = self.get_dialog(result="reached")
        self.assertTrue(form.needs_file)
        wizard = form.save()
        with self.cr.savepoint() as savepoint:
            self.assertRefused(UserError, "attach the copy", wizard.action_finish)
            savepoint.rollback()
        self.env.invalidate_all()
        copy = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create(
                {
                    "name": "letter.txt",
                    "raw": b"Dear",
                    "res_model": wizard._name,
                    "res_id": 0,
                }
            )
        )
        wizard.file_ids = [Command.link(copy.id)]
        wizard.action_finish()
        self.assertEqual((self.leader + self.follower).mapped("state"), ["done"] * 2)
        self.assertEqual(
            (copy.res_model, copy.res_id), (self.leader._name, self.leader.id)
        )
        self.assertFalse(self.leader.attempt_ids, "nobody was called")

    def test_file_and_signature_of_any_count_for_all(self):
        """L2: evidence lies where it was given."""
        self.as_supervisor(self.leader).write({"channel": "visit"})
        self.follower.with_user(self.agent).signature = SIGNATURE
        self.leader.with_user(self.agent).action_done(satisfaction=70)
        self.assertTrue(self.leader.signature)

    def test_refused_values_name_their_row(self):
        """L2: twelve reasons of one customer are told apart in an error."""
        self.follower.sudo().write(
            {"source_name": "S00154", "product_id": self.product.id}
        )
        as_agent = self.leader.with_user(self.agent)
        as_agent.action_log_attempt("reached")
        with self.assertRaises(ValidationError) as caught:
            as_agent.action_done(others={self.follower.id: {"quality": 101}})
        for part in ("S00154", "Fridge", "101", "Half-yearly"):
            self.assertIn(part, str(caught.exception))

    def test_about_tells_rows_apart(self):
        """L2: document, product and day of the event, in the company's zone."""
        self.follower.sudo().write(
            {
                "source_model": "sale.order",
                "source_name": "S00154",
                "product_id": self.product.id,
                "event_at": "2026-03-08 17:00:00",
            }
        )
        self.assertEqual(self.follower.about_text, "S00154 · Fridge · 03/09/2026")
        form = self.get_dialog()
        self.assertEqual(form.line_ids.edit(0).about_text, self.follower.about_text)


@tagged("post_install", "-at_install")
class TestReached(ConversationCase):
    """C3: an attempt is logged when the talk is over, with what came of it."""

    def test_discarded_dialog_leaves_nothing(self):
        """C3: Reached, then Discard: nobody was reached."""
        action = self.leader.with_user(self.agent).action_log_reached()
        self.assertEqual(action["context"]["default_result"], "reached")
        self.get_dialog(result="reached").save()
        self.assertFalse(self.leader.attempt_ids)
        self.assertEqual(self.leader.state, "assigned")

    def test_finish_logs_the_attempt(self):
        """C3: once, by who talked, also after an earlier failure."""
        self.leader.with_user(self.agent).action_log_busy()
        form = self.get_dialog(result="reached")
        form.satisfaction = 90
        form.save().action_finish()
        attempts = self.leader.attempt_ids
        self.assertEqual(sorted(attempts.mapped("outcome")), ["busy", "reached"])
        self.assertEqual(attempts.user_id, self.agent)

    def test_refused_is_not_reached(self):
        """C3: Reached > Customer Refused: the attempt says refused."""
        form = self.get_dialog(result="reached")
        form.result = "refused"
        form.feedback = "No time"
        form.save().action_finish()
        self.assertEqual(self.leader.attempt_ids.mapped("outcome"), ["refused"])
        self.assertEqual(self.leader.result, "refused")

    def test_not_reached_says_why(self):
        """C4: the attempt that the error asks for is chosen in the dialog."""
        form = self.get_dialog()
        form.result = "not_reached"
        self.assertTrue(form.needs_outcome)
        form.outcome = "wrong_number"
        form.save().action_finish()
        self.assertEqual(self.leader.attempt_ids.outcome, "wrong_number")
        self.assertEqual(self.leader.result, "not_reached")

    def test_not_reached_without_a_reason_is_refused(self):
        """C4: by the external API, too, nobody gives up without having tried."""
        wizard = (
            self.env["revisit.callback.finish"]
            .with_user(self.agent)
            .create({"callback_id": self.leader.id, "result": "not_reached"})
        )
        self.assertRefused(UserError, "say how it went", wizard.action_finish)

    def test_issue_keeps_what_was_typed(self):
        """D1: the feedback of the dialog is the description of the issue."""
        form = self.get_dialog(result="reached")
        form.feedback = "It rattles"
        with form.line_ids.edit(0) as line:
            line.feedback = "Too late"
        action = form.save().action_finish_and_issue()
        description = action["context"]["default_description"]
        self.assertTrue(description.startswith("It rattles"))
        self.assertIn("Half-yearly", description)
        self.assertTrue(description.endswith("Too late"))
        context = self.leader.action_raise_issue()["context"]
        self.assertEqual(context["default_description"], "It rattles")


@tagged("post_install", "-at_install")
class TestNotices(ConversationCase):
    """B10: one human step, one message."""

    def setUp(self):
        super().setUp()
        # the tests' context keeps Odoo from telling anybody
        self.env = self.env(context={})
        self.leader, self.follower = (
            self.env[callback._name].browse(callback.id)
            for callback in (self.leader, self.follower)
        )

    def get_notices(self, user, function, *args):
        """Return the messages about assignments that a call sends to ``user``."""
        domain = [
            ("partner_ids", "in", user.partner_id.ids),
            ("message_type", "=", "user_notification"),
        ]
        messages = self.env["mail.message"]
        before = messages.search(domain)
        function(*args)
        self.env.flush_all()
        return messages.search(domain) - before

    def make_contact(self, count):
        leader = self.make_callback(policy=self.policy, user_id=self.agent.id)
        for _number in range(count):
            self.make_follower(leader=leader)
        return self.env[leader._name].browse(leader.id)

    def test_contact_of_twelve_reasons_is_one_message(self):
        """L2: given away by its leader, or all selected in a list."""
        leader = self.make_contact(11)
        contact = leader + leader.follower_ids
        for callbacks, user in ((leader, self.agent2), (contact, self.agent)):
            notices = self.get_notices(
                user, self.as_supervisor(callbacks).write, {"user_id": user.id}
            )
            self.assertEqual(len(notices), 1)
            self.assertEqual(set(contact.mapped("user_id")), {user})

    def test_bulk_reassignment_is_one_message(self):
        """B10: it lists what was given."""
        contacts = self.leader + self.make_contact(2) + self.make_contact(0)
        notices = self.get_notices(
            self.agent2,
            self.as_supervisor(contacts).write,
            {"user_id": self.agent2.id},
        )
        self.assertEqual(len(notices), 1)
        self.assertIn("3 callbacks", notices.subject)
        self.assertEqual(notices.body.count("<li>"), 3)

    def test_made_by_hand_in_one_step(self):
        """B10: several callbacks created at once are one message."""
        values = self.leader.copy_data()[0]
        rows = [
            {
                **values,
                "partner_id": self.make_customer(f"Customer {number}").id,
                "source_model": False,
                "user_id": self.agent2.id,
                "team_id": self.team.id,
                "event_at": NOW,
            }
            for number in range(4)
        ]
        creating = self.env["revisit.callback"].create
        self.assertEqual(len(self.get_notices(self.agent2, creating, rows)), 1)

    def test_follower_given_alone_is_told(self):
        """L2: who leaves the contact is a task of its own."""
        notices = self.get_notices(
            self.agent2,
            self.as_supervisor(self.follower).write,
            {"user_id": self.agent2.id},
        )
        self.assertEqual(len(notices), 1)

    def test_absence_is_one_message(self):
        """B10: the stand-in is told once of all that they take over."""
        employee = self.make_employee(self.agent)
        contacts = self.leader + self.make_contact(3) + self.make_contact(0)
        self.env["resource.calendar.leaves"].create(
            {
                "resource_id": employee.resource_id.id,
                "calendar_id": employee.resource_calendar_id.id,
                "date_from": NOW - timedelta(days=2),
                "date_to": NOW + timedelta(days=30),
                "time_type": "leave",
            }
        )
        planning = self.env["revisit.planner"]._plan_company
        notices = self.get_notices(self.agent2, planning, self.company)
        self.assertEqual(contacts.user_id, self.agent2)
        self.assertEqual(len(notices), 1)

    def test_customer_is_asked_once_for_a_conversation(self):
        """B9, L2: twelve reasons planned for one moment are one e-mail."""
        self.customer.email = "customer@example.com"
        contact = self.leader + self.follower
        contact.sudo().write({"planned_at": NOW + timedelta(days=1)})
        mails = self.env["mail.mail"].sudo()
        before = mails.search([])
        contact.with_user(self.supervisor).action_ask_time()
        self.assertEqual(len(mails.search([]) - before), 1)
        self.leader.sudo()._answer_confirm()
        self.assertEqual(contact.mapped("time_state"), ["confirmed"] * 2)


@tagged("post_install", "-at_install")
class TestReopening(ConversationCase):
    """K1: a supervisor's decision is taken back by a supervisor."""

    def test_agent_does_not_undo_a_cancellation(self):
        """K1: refused by the step itself, and nothing is changed."""
        self.as_supervisor(self.leader).action_cancel()
        self.assertRefused(
            AccessError,
            "Only supervisors take back",
            self.leader.with_user(self.agent).action_reopen,
        )
        self.assertEqual(self.leader.state, "cancelled")
        self.as_supervisor(self.leader).action_reopen()
        self.assertEqual(self.leader.state, "assigned")


@tagged("post_install", "-at_install")
class TestPortalConversation(PortalCase):
    """H1, L2: the dealer's page asks for the same proof, and has its fields."""

    def setUp(self):
        super().setUp()
        self.callback = self.make_dealer_callback()
        self.login()

    def make_pair(self, first, second, channel="visit"):
        policies = [
            self.make_policy("manual", level="dealer", channel=channel, **values)
            for values in (first, second)
        ]
        leader = self.make_dealer_callback(policy=policies[0])
        follower = self.make_dealer_callback(
            policy=policies[1],
            contact_id=leader.id,
            source_name="S00154",
            product_id=self.product.id,
        )
        return leader, follower

    def test_page_offers_what_the_strictest_rule_asks_for(self):
        """C4: the leader needs no signature, a follower does."""
        leader, follower = self.make_pair(
            {"signature_rule": "none"}, {"signature_rule": "refusal"}
        )
        page = self.get_page(f"/my/callbacks/{leader.id}")
        self.assertIn("revisit_sign_modal", page)
        self.assertIn("signature_refused", page)
        self.assertIn("S00154", page)
        response = self.post(leader, "finish", result="reached")
        self.assertIn("S00154", self.get_error(response.text))
        follower.policy_id.signature_rule = "required"
        page = self.get_page(f"/my/callbacks/{leader.id}")
        self.assertNotIn('name="signature_refused"', page)
        self.make_jsonrpc_request(
            f"/my/callbacks/{leader.id}/sign", {"name": "Zhang", "signature": SIGNATURE}
        )
        self.post(leader, "finish", result="reached", satisfaction="80")
        self.assertEqual((leader + follower).mapped("state"), ["done", "done"])
        self.assertTrue(base64.b64decode(follower.signature))

    def make_signed(self):
        """Return a visit that the dealer has made, with its signature."""
        leader, follower = self.make_pair(
            {"signature_rule": "required"}, {"signature_rule": "none"}
        )
        self.sign(leader)
        self.post(leader, "finish", result="reached", satisfaction="80")
        self.assertEqual((leader + follower).mapped("state"), ["done", "done"])
        return leader, follower

    def sign(self, callback):
        return self.make_jsonrpc_request(
            f"/my/callbacks/{callback.id}/sign",
            {"name": "Zhang", "signature": SIGNATURE},
        )

    def test_dealer_has_it_signed_again(self):
        """C4, H1: told of it, found in the list, signed on the page, then gone."""
        leader, follower = self.make_signed()
        self.assertNotIn(
            "revisit_sign_modal", self.get_page(f"/my/callbacks/{leader.id}")
        )
        leader.with_user(self.supervisor).with_context(
            tracking_disable=False
        ).action_sign_again("Wrong hand")
        told = self.env["mail.message"].search(
            [
                ("model", "=", leader._name),
                ("res_id", "=", leader.id),
                ("partner_ids", "in", self.portal_a.partner_id.ids),
            ]
        )
        self.assertIn("Wrong hand", told.body)
        for address in ("/my/callbacks", "/my/callbacks?filterby=to_sign"):
            page = self.get_page(address)
            self.assertIn(f"/my/callbacks/{leader.id}", page)
            self.assertIn("To be signed again", page)
        page = self.get_page(f"/my/callbacks/{leader.id}")
        self.assertIn("Wrong hand", page)
        self.assertIn("revisit_sign_modal", page)
        # the number is shown as long as there is something to do
        answer = self.make_jsonrpc_request(f"/my/callbacks/{leader.id}/phone", {})
        self.assertIn("phone", answer)
        # whoever of the dealer is there has it signed
        self.assertIn("Thank you", self.sign(leader)["message"])
        self.assertEqual(leader.signature, SIGNATURE.encode())
        self.assertEqual(follower.signature, SIGNATURE.encode())
        self.assertFalse((leader + follower).filtered("sign_reason"))
        self.assertNotIn(
            f"/my/callbacks/{leader.id}",
            self.get_page("/my/callbacks?filterby=to_sign"),
        )
        self.assertIn("already", self.sign(leader)["error"])
        (leader + follower).with_user(self.supervisor).action_review()

    def test_nobody_signs_unasked(self):
        """C4: no signature where none is asked for; the same one sent twice is one."""
        answer = self.sign(self.callback)
        self.assertIn("asks for no signature", answer["error"])
        self.assertFalse(self.callback.signature)
        leader, _follower = self.make_pair(
            {"signature_rule": "required"}, {"signature_rule": "none"}
        )
        self.sign(leader)
        self.assertIn("message", self.sign(leader))
        bodies = leader.message_ids.mapped("body")
        self.assertEqual(sum("Signed by" in body for body in bodies), 1)

    def test_form_sent_twice_is_recorded_once(self):
        """C3, H1: a lost connection; other words are refused, and kept on the page."""
        answers = {"outcome": "reached", "result": "reached", "satisfaction": "80"}
        self.post(self.callback, "finish", **answers)
        # the answer was lost, and there was no signal for an hour
        self.callback.sudo().done_at -= timedelta(hours=1)
        again = self.post(self.callback, "finish", **answers)
        self.assertIn("is finished. Thank you", again.text)
        self.assertEqual(len(self.callback.attempt_ids), 1)
        other = self.post(self.callback, "finish", **{**answers, "satisfaction": "10"})
        self.assertIn("already", self.get_error(other.text))
        self.assertEqual(self.callback.satisfaction, 80)

    def test_outcome_chosen_on_the_page_is_logged_by_finish(self):
        """C3: one page, one step."""
        self.post(self.callback, "finish", outcome="reached", result="reached")
        self.assertEqual(self.callback.attempt_ids.outcome, "reached")
        self.assertEqual(self.callback.state, "done")

    def test_refused_is_logged_as_refused(self):
        """C3: the attempt says what the result says."""
        self.post(self.callback, "attempt", outcome="reached")
        self.post(self.callback, "finish", result="refused", feedback="No time")
        self.assertIn("refused", self.callback.attempt_ids.mapped("outcome"))
        self.assertEqual(self.callback.result, "refused")


@tagged("post_install", "-at_install")
class TestSignAgain(ConversationCase):
    """C4: a visit that is signed again is proved again, before it is reviewed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact = cls.leader + cls.follower
        cls.leader.with_user(cls.supervisor).write({"channel": "visit"})
        as_agent = cls.leader.with_user(cls.agent)
        as_agent.action_log_attempt("reached")
        as_agent.action_done(satisfaction=90, signature=SIGNATURE)

    def test_the_whole_contact_is_signed_again(self):
        """One visit is signed once: taken from all, and given to all."""
        as_agent = self.leader.with_user(self.agent)
        self.assertTrue(all(self.contact.mapped("signature")))
        self.assertFalse(as_agent.awaits_signature)
        self.as_supervisor(self.follower).action_sign_again("Wrong hand")
        self.assertFalse(any(self.contact.mapped("signature")))
        self.assertEqual(self.contact.activity_ids.user_id, self.agent)
        for callback in self.contact:
            self.assertRefused(
                UserError,
                "lacks the customer's signature",
                self.as_supervisor(callback).action_review,
            )
        self.assertTrue(as_agent.awaits_signature)
        self.assertFalse(self.leader.with_user(self.agent2).awaits_signature)
        wizard = (
            self.env["revisit.callback.sign"]
            .with_user(self.agent)
            .create({"callback_id": self.leader.id, "signature": SIGNATURE})
        )
        wizard.action_apply()
        self.assertEqual(
            self.contact.mapped("signature"), [SIGNATURE.encode()] * len(self.contact)
        )
        self.assertFalse(self.contact.activity_ids)
        self.as_supervisor(self.contact).action_review()
        self.assertEqual(self.contact.mapped("state"), ["reviewed"] * 2)

    def test_update_keeps_asking(self):
        """C4: what was to be signed again before an update is so after it."""
        self.as_supervisor(self.leader).action_sign_again("Wrong hand")
        self.env.cr.execute("UPDATE revisit_callback SET sign_reason = NULL")
        self.env.invalidate_all()
        path = file_path("revisit_management/migrations/19.0.1.2.0/post-signatures.py")
        load_script(path, "post_signatures").migrate(self.env.cr, "19.0.1.1.0")
        self.env.invalidate_all()
        self.assertEqual(self.contact.mapped("sign_reason"), ["Wrong hand"] * 2)

    def test_who_signs_and_what(self):
        """Ink, and of who made it or a supervisor; no second one."""
        as_agent = self.leader.with_user(self.agent)
        self.assertRefused(
            UserError, "needs no signature now", as_agent.action_sign, SIGNATURE
        )
        self.as_supervisor(self.leader).action_sign_again("Wrong hand")
        self.assertRefused(
            ValidationError,
            "No signature can be seen",
            as_agent.action_sign,
            draw_signature(()),
        )
        with self.assertRaises(AccessError):
            self.leader.with_user(self.agent2).action_sign(SIGNATURE)
        self.assertFalse(any(self.contact.mapped("signature")))
        self.as_supervisor(self.leader).action_sign(SIGNATURE)
        self.assertTrue(all(self.contact.mapped("signature")))


@tagged("post_install", "-at_install")
class TestMeanwhile(ConversationCase):
    """What colleagues did meanwhile is said in words that help."""

    def test_reason_cancelled_while_the_dialog_is_open(self):
        """L2: the row is named, with what to do."""
        form = self.get_dialog(result="reached")
        with form.line_ids.edit(0) as line:
            line.satisfaction = 40
        wizard = form.save()
        self.as_supervisor(self.follower).action_cancel("Not needed")
        name = self.follower.sudo()._get_row_name()
        self.assertRefused(
            UserError, f"{name} (Cancelled) is not finished along", wizard.action_finish
        )

    def test_somebody_else_was_faster(self):
        """C1: who takes what a colleague took is told who, not of secrets."""
        callback = self.make_callback(team_id=self.team.id)
        callback.with_user(self.agent).action_take()
        self.env.invalidate_all()
        self.assertRefused(
            UserError,
            f"{self.agent.name} has taken",
            callback.with_user(self.agent2).action_take,
        )
        stranger = self.make_user("revisit_other", "revisit_management.group_agent")
        with self.assertRaises(AccessError):
            callback.with_user(stranger).action_take()

    def test_empty_row_of_the_dialog(self):
        """L2: a row without a callback confirms nothing."""
        line = self.env["revisit.callback.finish.line"].new({})
        self.assertFalse(line.is_confirming)

    def test_rows_do_not_ask_the_server(self):
        """L2: what is typed into a row redraws nothing that is typed into next."""
        views = self.env["revisit.callback.finish"].get_view(view_type="form")
        root = etree.fromstring(views["arch"])
        rows = root.xpath("//field[@name='line_ids']")
        self.assertEqual([row.get("on_change") for row in rows], [None])
        cells = root.xpath("//field[@name='line_ids']//field[@on_change]")
        self.assertEqual({cell.get("name") for cell in cells} - {"callback_id"}, set())

    def test_measures_are_traced_only(self):
        """C8: no chatter that shows an empty answer as 0.00."""
        for name in ("satisfaction", "quality", "attitude", "efficiency"):
            self.assertFalse(getattr(self.callbacks._fields[name], "tracking", False))
