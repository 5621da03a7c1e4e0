# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import NOW, RevisitCommon
from .test_answers import AnswersCase

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@tagged("post_install", "-at_install")
class TestTries(RevisitCommon):
    """C3, G1: who was not reached counts as called after the tries of the policy."""

    def give_up(self, *tries, policy=None, **values):
        """Log tries as (time since now, outcome), and finish after the last one."""
        callback = self.make_callback(
            policy=policy,
            partner_id=self.make_customer().id,
            user_id=self.agent.id,
            **values,
        )
        mine = callback.with_user(self.agent)
        for since, outcome in tries:
            with self.at(NOW + since):
                mine.action_log_attempt(outcome)
        with self.at(NOW + since + MINUTE):
            mine.action_done("not_reached")
        return callback

    def assertMade(self, callback, made=True):
        self.assertEqual(callback.state, "done")
        self.assertEqual(callback.unmade_reason, False if made else "tries")
        self.assertEqual(callback.is_on_time, made)

    def test_one_call_that_nobody_took_is_not_enough(self):
        """G1: within a minute it is neither made nor on time; a filter finds it."""
        callback = self.give_up((0 * HOUR, "no_answer"))
        self.assertMade(callback, False)
        found = self.callbacks.search([("unmade_reason", "=", "tries")])
        self.assertIn(callback, found)

    def test_tries_of_the_policy_are_enough(self):
        """C3: three by default, each when the next one is due."""
        tries = [(2 * n * HOUR, "no_answer") for n in range(3)]
        self.assertMade(self.give_up(*tries))
        self.assertMade(self.give_up(*tries[:2]), False)

    def test_tries_before_they_are_due_do_not_count(self):
        """C3: at least as far apart as the rule for the next try says; busy sooner."""
        rush = [(n * MINUTE, "no_answer") for n in range(10)]
        self.assertMade(self.give_up(*rush), False)
        busy = [(n * 15 * MINUTE, "busy") for n in range(3)]
        self.assertMade(self.give_up(*busy))
        # a policy that tries again at once does not make one try three
        policy = self.make_policy("manual", retry_no_answer=0, retry_busy=0)
        self.assertMade(self.give_up(*rush[:3], policy=policy), False)
        spread = [(n * 15 * MINUTE, "no_answer") for n in range(3)]
        self.assertMade(self.give_up(*spread, policy=policy))

    def test_policy_says_how_many_and_on_how_many_days(self):
        """C3: number and days are the policy's."""
        policy = self.make_policy("manual", tries_wanted=2, tries_days=2)
        one_day = [(2 * n * HOUR, "no_answer") for n in range(4)]
        self.assertMade(self.give_up(*one_day, policy=policy), False)
        two_days = [(0 * HOUR, "no_answer"), (DAY, "busy")]
        self.assertMade(self.give_up(*two_days, policy=policy))
        once = self.make_policy("manual", tries_wanted=1)
        self.assertMade(self.give_up((0 * HOUR, "busy"), policy=once))

    def test_wrong_number_is_no_way_out(self):
        """C3: it is one try; the callback waits for whoever finds the right one."""
        self.assertMade(self.give_up((0 * HOUR, "wrong_number")), False)

    def test_papers_are_sent_once(self):
        """C4: tries are calls and messages, not letters and invitations."""
        policy = self.make_policy("manual", channel="symposium")
        self.assertMade(self.give_up((0 * HOUR, "no_answer"), policy=policy))

    def test_conversation_is_tried_as_a_whole(self):
        """B6: the tries of who leads a conversation are those of all its callbacks."""
        patient = self.make_policy("manual", tries_wanted=2)
        leader = self.make_callback(user_id=self.agent.id)
        follower = self.make_callback(
            policy=patient, user_id=self.agent.id, contact_id=leader.id
        )
        mine = leader.with_user(self.agent)
        for hours in (0, 2):
            with self.at(NOW + hours * HOUR):
                mine.action_log_attempt("no_answer")
        with self.at(NOW + 3 * HOUR):
            mine.action_done("not_reached")
        self.assertMade(leader, False)
        self.assertMade(follower)

    def test_form_tells_before_it_is_finished(self):
        """C3: who is about to give up too early reads what it means."""
        callback = self.make_callback(user_id=self.agent.id)
        wizard = Form(
            self.env["revisit.callback.finish"]
            .with_user(self.agent)
            .with_context(default_callback_id=callback.id, default_result="not_reached")
        )
        self.assertEqual(wizard.tries_wanted, 3)

    def test_reason_is_the_systems(self):
        """K7: nobody writes that a callback counts as made."""
        callback = self.give_up((0 * HOUR, "no_answer"))
        with self.assertRaises(AccessError):
            callback.with_user(self.supervisor).write({"unmade_reason": False})


@tagged("post_install", "-at_install")
class TestReachedWithoutAnAnswer(AnswersCase):
    """C6, G1: a talk without one answer counts as made where somebody notes why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callback.write({"window_start": NOW - DAY, "window_end": NOW + DAY})

    def finish(self, note="", **values):
        self.callback.with_user(self.agent).action_log_attempt("reached", note=note)
        self.callback.with_user(self.agent).action_done(answers={}, **values)
        return self.callback.unmade_reason, self.callback.is_on_time

    def test_nothing_answered_is_not_made(self):
        """G1: a bad answer is not left out unseen."""
        self.assertEqual(self.finish(), ("answers", False))
        self.assertTrue(self.callback.is_unanswered)

    def test_with_a_reason_it_is_made(self):
        """C3: the words of the customer say why."""
        self.assertEqual(self.finish(feedback="In a hurry"), (False, True))

    def test_a_dot_is_no_reason(self):
        """C3: a reason has a word in it."""
        self.assertEqual(self.finish(feedback="."), ("answers", False))

    def test_with_a_note_of_the_try_it_is_made(self):
        """C3: so does the note of the talk."""
        self.assertEqual(self.finish(note="Deaf, gave the phone away"), (False, True))

    def test_letter_is_proved_by_its_copy(self):
        """C4: nobody answers while a letter is written."""
        self.callback.channel = "letter"
        self.env["ir.attachment"].create(
            {
                "name": "letter.txt",
                "raw": b"Dear customer",
                "res_model": self.callback._name,
                "res_id": self.callback.id,
            }
        )
        self.callback.with_user(self.agent).action_done("reached", answers={})
        self.assertFalse(self.callback.unmade_reason)

    def test_with_an_answer_it_is_made(self):
        """C6, C8: one that the review has had added counts, too."""
        self.assertEqual(self.finish(), ("answers", False))
        self.callback.with_user(self.supervisor).action_review("redo", "Ask him")
        self.callback._add_answers({self.manner.id: 4}, NOW)
        self.assertEqual(
            (self.callback.unmade_reason, self.callback.is_on_time), (False, True)
        )
