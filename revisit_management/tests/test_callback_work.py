# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date, datetime, timedelta

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import NOW, SECOND, SIGNATURE, ZONE, RevisitCommon, utc


@tagged("post_install", "-at_install")
class TestAttempts(RevisitCommon):
    """C3: trying to reach the customer."""

    def test_taking_assigns_the_callback(self):
        """C1: an agent takes a callback from their unit's queue."""
        callback = self.make_callback()
        self.assertEqual(callback.state, "planned")
        callback.with_user(self.agent).action_take()
        self.assertEqual((callback.user_id, callback.state), (self.agent, "assigned"))
        self.assertEqual(callback.resp_user_id, self.agent)

    def test_giving_back_plans_it_again(self):
        """C1: without an agent a callback is planned, not assigned."""
        callback = self.make_callback(user_id=self.agent.id)
        callback.with_user(self.supervisor).user_id = False
        self.assertEqual(callback.state, "planned")
        self.assertFalse(callback.resp_user_id)

    def test_attempt_begins_the_work(self):
        """C3: the first attempt sets in progress and takes the callback."""
        callback = self.make_callback()
        as_agent = callback.with_user(self.agent)
        ids = as_agent.action_log_attempt("no_answer", duration=20, note="Rang")
        attempt = self.env["revisit.attempt"].browse(ids)
        self.assertRecordValues(
            attempt,
            [
                {
                    "callback_id": callback.id,
                    "user_id": self.agent.id,
                    "at": NOW,
                    "outcome": "no_answer",
                    "duration": 20,
                    "note": "Rang",
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(callback.state, "in_progress")
        self.assertEqual(callback.user_id, self.agent)
        self.assertEqual(callback.attempt_count, 1)
        as_agent.action_log_busy()
        as_agent.action_log_no_answer()
        self.assertEqual(callback.attempt_count, 3)

    def test_rescheduled_sets_the_next_attempt(self):
        """C3: the customer's wish is kept, and the queue waits for it."""
        callback = self.make_callback(user_id=self.agent.id)
        again = NOW + timedelta(hours=5)
        as_agent = callback.with_user(self.agent)
        as_agent.action_log_attempt("rescheduled", next_at=again)
        self.assertEqual(callback.next_attempt_at, again)
        self.assertEqual(as_agent.action_next_callback()["tag"], "display_notification")
        with self.at(again):
            action = as_agent.action_next_callback()
        self.assertEqual(action["res_id"], callback.id)

    def test_next_callback_is_the_most_urgent_own_one(self):
        """C1: one click opens what must be done first."""
        values = {"user_id": self.agent.id}
        self.make_callback(window_end=utc(ZONE, 2026, 3, 15), **values)
        urgent = self.make_callback(window_end=utc(ZONE, 2026, 3, 11), **values)
        self.make_callback(
            contact_id=urgent.id, window_end=utc(ZONE, 2026, 3, 11), **values
        )
        self.make_callback(
            window_start=NOW + SECOND, window_end=NOW + timedelta(hours=1), **values
        )
        self.make_callback(user_id=self.agent2.id, window_end=NOW + SECOND)
        action = self.callbacks.with_user(self.agent).action_next_callback()
        self.assertEqual(action["res_id"], urgent.id)

    def test_nothing_to_do_is_told(self):
        """C1: an empty queue says so, and when something comes."""
        callbacks = self.callbacks.with_user(self.agent)
        told = callbacks.action_next_callback()["params"]["message"]
        self.assertIn("nothing to call about", told)
        self.make_callback(user_id=self.agent.id, window_start=NOW + timedelta(hours=2))
        told = callbacks.action_next_callback()["params"]["message"]
        self.assertIn("due from 11:00", told.replace("\u202f", " "))

    def test_unknown_outcome_is_refused(self):
        """C3: the message lists the outcomes there are."""
        callback = self.make_callback(user_id=self.agent.id)
        self.assertRefused(
            UserError,
            "Reached (reached), No Answer (no_answer), Busy (busy)",
            callback.with_user(self.agent).action_log_attempt,
            "asleep",
        )

    def test_nobody_has_called_tomorrow(self):
        """C3: who corrects when a customer was called gives a moment that has been."""
        callback = self.make_callback(user_id=self.agent.id)
        callback.with_user(self.agent).action_log_attempt("no_answer")
        attempt = callback.attempt_ids.with_user(self.supervisor)
        attempt.at = NOW - timedelta(minutes=20)
        self.assertEqual(attempt.at, NOW - timedelta(minutes=20))
        with self.assertRaisesRegex(ValidationError, "still to come"):
            attempt.at = NOW + timedelta(days=1)

    def test_finished_callback_takes_no_attempt(self):
        """C3: after the end nothing can be logged."""
        done = self.make_done()
        cancelled = self.make_callback(user_id=self.agent.id)
        cancelled.action_cancel()
        for callback in (done, cancelled):
            self.assertRefused(
                UserError,
                "nothing more can be recorded",
                callback.with_user(self.agent).action_log_attempt,
                "reached",
            )
            self.assertRefused(
                UserError,
                "no further attempt can be logged",
                self.env["revisit.attempt"].with_user(self.agent).create,
                {"callback_id": callback.id, "outcome": "reached"},
            )

    def test_two_callbacks_by_hand_for_one_customer(self):
        """B10: people plan by hand as often as needed, in the same second, too."""
        policy = self.make_policy("manual")
        Callback = self.callbacks.with_user(self.supervisor)
        for _count in range(3):
            callback = Callback.create(
                {
                    "policy_id": policy.id,
                    "partner_id": self.customer.id,
                    "team_id": self.team.id,
                    "event_at": NOW,
                    "window_start": NOW,
                    "window_end": NOW + timedelta(days=1),
                }
            )
            self.env.flush_all()
        self.assertEqual(callback.source_model, "res.partner")
        self.assertEqual(callback.source_id, self.customer.id)
        self.assertEqual(callback.state, "planned")

    def test_form_plans_by_hand(self):
        """B10: the form asks for no more than it shows."""
        policy = self.make_policy("manual")
        form = Form(self.callbacks.with_user(self.supervisor))
        form.partner_id = self.customer
        form.policy_id = policy
        form.team_id = self.team
        form.event_at = NOW
        form.window_start = NOW
        form.window_end = NOW + timedelta(days=1)
        callback = form.save()
        self.assertTrue(callback.occasion)


@tagged("post_install", "-at_install")
class TestFinishing(RevisitCommon):
    """C4, C7: finishing with evidence and measures."""

    def make_begun(self, channel="phone", outcome="reached", **values):
        policy = values.pop("policy", None) or self.make_policy("manual")
        callback = self.make_callback(
            policy=policy, channel=channel, user_id=self.agent.id, **values
        )
        if outcome:
            callback.with_user(self.agent).action_log_attempt(outcome)
        return callback.with_user(self.agent)

    def test_done_keeps_who_when_and_what(self):
        """C7, N: finishing records the measures, the maker and the moment."""
        callback = self.make_begun()
        callback.next_attempt_at = NOW + timedelta(hours=1)
        callback.action_done(
            satisfaction=92.5, quality=80, attitude=100, nps=9, feedback="Fine"
        )
        self.assertRecordValues(
            callback.sudo(),
            [
                {
                    "state": "done",
                    "result": "reached",
                    "done_at": NOW,
                    "made_by_id": self.agent.id,
                    "satisfaction": 92.5,
                    "quality": 80,
                    "attitude": 100,
                    "efficiency": False,
                    "nps": 9,
                    "feedback": "Fine",
                    "next_attempt_at": False,
                    "is_on_time": True,
                }
            ],
        )

    def test_on_time_at_both_edges(self):
        """Words, N: [window_start, window_end) is on time, a second outside is not."""
        start, end = utc(ZONE, 2026, 3, 10), utc(ZONE, 2026, 3, 13)
        for moment, expected in (
            (start - SECOND, False),
            (start, True),
            (end - SECOND, True),
            (end, False),
        ):
            with self.subTest(moment=moment):
                callback = self.make_begun()
                with self.at(moment):
                    callback.action_done()
                self.assertEqual(callback.done_at, moment)
                self.assertEqual(callback.is_on_time, expected)

    def test_phone_needs_a_reached_attempt(self):
        """C4: a call that nobody logged does not count."""
        for outcome in (None, "no_answer", "busy", "wrong_number"):
            with self.subTest(outcome=outcome):
                callback = self.make_begun(outcome=outcome)
                self.assertRefused(
                    UserError,
                    "log the attempt in which the customer was reached",
                    callback.action_done,
                    result="reached",
                    satisfaction=100,
                )
                self.assertFalse(callback.sudo().done_at)
                self.assertIs(callback.sudo().satisfaction, False)

    def test_every_talk_needs_a_reached_attempt(self):
        """C4: meetings, messages and service days prove the talk in the same way."""
        for channel in ("im", "social", "meeting", "service_day", "symposium"):
            with self.subTest(channel=channel):
                callback = self.make_begun(channel, outcome="busy")
                self.assertRefused(
                    UserError, "log the attempt", callback.action_done, result="reached"
                )
                callback.action_log_attempt("reached")
                callback.action_done()
                self.assertEqual(callback.state, "done")

    def test_result_follows_the_attempts(self):
        """C3: what the attempts say is the result, unless somebody says otherwise."""
        for outcome, result in (
            ("reached", "reached"),
            ("refused", "refused"),
            ("no_answer", "not_reached"),
        ):
            callback = self.make_begun(outcome=outcome)
            callback.action_done()
            self.assertEqual(callback.result, result)

    def test_giving_up_needs_a_failed_attempt(self):
        """C4: not reached, or refused, is proved by the attempts."""
        for result in ("not_reached", "refused"):
            callback = self.make_begun(outcome=None)
            self.assertRefused(
                UserError,
                "log the attempts that failed first",
                callback.action_done,
                result=result,
            )

    def test_who_was_not_reached_gave_no_answers(self):
        """C7: measures of a customer whom nobody reached are refused."""
        for outcome in ("not_reached", "refused"):
            callback = self.make_begun(outcome="no_answer")
            self.assertRefused(
                UserError,
                "a customer who was not reached gave no answers",
                callback.action_done,
                result=outcome,
                satisfaction=0,
            )

    def test_visit_needs_the_signature(self):
        """C4, R property: a visit is proved by the customer's signature."""
        policy = self.make_policy("manual", signature_rule="required")
        callback = self.make_begun("visit", outcome=None, policy=policy)
        for values in ({}, {"signature_refused": True, "feedback": "No pen"}):
            self.assertRefused(
                UserError,
                "a visit needs the customer's signature.",
                callback.action_done,
                **values,
            )
        callback.action_done(signature=SIGNATURE)
        self.assertEqual(callback.state, "done")

    def test_visit_may_record_the_refusal(self):
        """C4, R property_c: where the rulebook allows it, with the reason."""
        policy = self.make_policy("manual", signature_rule="refusal")
        callback = self.make_begun("visit", outcome=None, policy=policy)
        for values in (
            {},
            {"signature_refused": True},
            {"feedback": "Was angry"},
        ):
            self.assertRefused(
                UserError,
                "or the recorded refusal",
                callback.action_done,
                **values,
            )
        callback.action_done(signature_refused=True, feedback="Was angry")
        self.assertEqual((callback.state, callback.signature), ("done", False))

    def test_visit_without_a_signature_rule(self):
        """C4: a rulebook may do without the signature."""
        policy = self.make_policy("manual", signature_rule="none")
        callback = self.make_begun("visit", outcome=None, policy=policy)
        callback.action_done()
        self.assertEqual(callback.state, "done")

    def test_letter_needs_its_copy(self):
        """C4: a letter keeps its copy."""
        for channel in ("letter", "reply_letter", "open_letter", "contact_card"):
            with self.subTest(channel=channel):
                callback = self.make_begun(channel, outcome=None)
                self.assertRefused(UserError, "attach the copy", callback.action_done)
                self.env["ir.attachment"].create(
                    {
                        "name": "letter.txt",
                        "raw": b"Dear customer",
                        "res_model": callback._name,
                        "res_id": callback.id,
                    }
                )
                callback.action_done()
                self.assertEqual(callback.state, "done")

    def test_signature_is_no_copy_of_a_letter(self):
        """C4: a field's own file does not stand for the letter."""
        callback = self.make_begun("letter", outcome=None)
        callback.signature = SIGNATURE
        self.assertRefused(UserError, "attach the copy", callback.action_done)

    def test_questionnaire_needs_an_answer(self):
        """C4, C6: an answer of 0 is an answer, none is none."""
        for channel in ("email", "sms", "survey"):
            with self.subTest(channel=channel):
                callback = self.make_begun(channel, outcome=None)
                self.assertRefused(
                    UserError,
                    "at least one of the customer's answers",
                    callback.action_done,
                    feedback="Nice",
                )
                callback.action_done(nps=0)
                self.assertEqual(callback.state, "done")

    def test_future_moment_is_refused(self):
        """C8: nobody was called tomorrow."""
        callback = self.make_begun().sudo()
        self.assertRefused(
            UserError,
            "cannot be made in the future",
            callback.action_done,
            done_at=NOW + SECOND,
        )
        callback.action_done(done_at="2026-03-09 23:00:00")
        self.assertEqual(callback.done_at, datetime(2026, 3, 9, 23, 0))

    def test_unknown_measure_is_refused(self):
        """N: a slip of the pen in the API is told, with what there is."""
        callback = self.make_begun()
        for name in ("satisfacton", "state", "resp_user_id", "is_on_time"):
            with self.subTest(name=name):
                self.assertRefused(
                    UserError,
                    f"{name} cannot be recorded on a callback. Use: satisfaction,",
                    callback.action_done,
                    **{name: 1},
                )

    def test_unknown_result_is_refused(self):
        """N: a result is one of three."""
        callback = self.make_begun()
        self.assertRefused(
            UserError,
            "Use one of: Customer Reached (reached), Customer Not Reached",
            callback.action_done,
            result="perhaps",
        )

    def test_measure_ranges(self):
        """N: 0 to 100, the recommendation 0 to 10; the message says which."""
        for name, limit, label in (
            ("satisfaction", 100, "Satisfaction"),
            ("quality", 100, "Product Quality"),
            ("attitude", 100, "Service Attitude"),
            ("efficiency", 100, "Service Efficiency"),
            ("nps", 10, "Recommendation"),
        ):
            callback = self.make_begun()
            for value in (-1, limit + 1):
                with self.subTest(name=name, value=value):
                    self.assertRefused(
                        ValidationError,
                        f"give a number from 0 to {limit}",
                        callback.action_done,
                        **{name: value},
                    )
            callback.action_done(**{name: limit})
            self.assertEqual(callback[name], limit)
            self.assertIn(label, callback._fields[name].string)

    @mute_logger("odoo.sql_db")
    def test_database_keeps_the_ranges_too(self):
        """N: no way round the ranges by SQL."""
        callback = self.make_begun()
        for statement in ("satisfaction = 100.01", "quality = -1", "nps = 11"):
            with (
                self.subTest(statement=statement),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.cr.savepoint(),
            ):
                self.cr.execute(
                    f"UPDATE revisit_callback SET {statement} WHERE id = %s",
                    [callback.id],
                )

    def test_not_asked_is_not_zero(self):
        """C7, CONTRACT: averages leave out who was not asked, and count zeros."""
        policy = self.make_policy("manual")
        # a screen sends False, the external API null
        unasked = {"quality": 50, "satisfaction": False, "attitude": None}
        for measures in ({"satisfaction": 0}, {"satisfaction": 90}, unasked):
            self.make_done(policy=policy, measures=measures)
        domain = [("policy_id", "=", policy.id)]
        row = self.callbacks._read_group(
            domain,
            [],
            ["satisfaction:avg", "satisfaction:count", "attitude:avg", "__count"],
        )[0]
        self.assertEqual(row, (45.0, 2, False, 3))
        counts = [
            self.callbacks.search_count([*domain, ("satisfaction", *condition)])
            for condition in (("=", 0), ("=", False), ("!=", False), (">=", 0))
        ]
        self.assertEqual(counts, [1, 1, 2, 2])
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT count(*) FROM revisit_callback"
            " WHERE policy_id = %s AND satisfaction IS NULL",
            [policy.id],
        )
        self.assertEqual(self.env.cr.fetchone()[0], 1)

    def test_finished_callback_cannot_be_finished_again(self):
        """C7: the result stands once it is recorded."""
        callback = self.make_done().with_user(self.agent)
        self.assertRefused(
            UserError, "is done already", callback.action_done, satisfaction=100
        )

    def test_dialog_offers_what_the_attempts_tell(self):
        """C1, C2: the dialog records the result; nobody reached gives no measures."""
        callback = self.make_begun(outcome="no_answer")
        wizard = (
            self.env["revisit.callback.finish"]
            .with_user(self.agent)
            .create({"callback_id": callback.id, "feedback": "Moved away"})
        )
        self.assertEqual(wizard.result, "not_reached")
        wizard.satisfaction = 50
        wizard.action_finish()
        self.assertEqual(callback.result, "not_reached")
        self.assertIs(callback.satisfaction, False)
        self.assertEqual(callback.feedback, "Moved away")

    def test_dialog_keeps_zero_apart_from_empty(self):
        """C7: 0 is an answer in the dialog, too."""
        callback = self.make_begun()
        form = Form(
            self.env["revisit.callback.finish"]
            .with_user(self.agent)
            .with_context(default_callback_id=callback.id)
        )
        form.satisfaction = 0
        form.nps = 0
        form.save().action_finish_and_issue()
        self.assertEqual(callback.state, "done")
        self.assertEqual(
            (callback.satisfaction, callback.quality, callback.nps), (0, False, 0)
        )
        self.assertIsNot(callback.satisfaction, False)

    # ------------------------------------------------------------
    # MERGED CONTACTS
    # ------------------------------------------------------------

    def test_finishing_the_leader_finishes_the_followers(self):
        """L2: one conversation, a result per policy, each in its own window."""
        leader = self.make_begun(outcome=None)
        follower = self.make_callback(
            contact_id=leader.id, window_end=NOW, user_id=self.agent.id
        )
        leader.action_log_attempt("reached")
        leader.action_done(satisfaction=70)
        self.assertEqual((follower.state, follower.satisfaction), ("done", 70))
        self.assertEqual(follower.made_by_id, self.agent)
        self.assertEqual((leader.is_on_time, follower.is_on_time), (True, False))

    def test_attempt_on_a_follower_belongs_to_the_leader(self):
        """L2: there is one list of attempts per conversation."""
        leader = self.make_callback(user_id=self.agent.id)
        follower = self.make_callback(contact_id=leader.id, user_id=self.agent.id)
        follower.with_user(self.agent).action_log_attempt("busy")
        self.assertEqual((leader.attempt_count, follower.attempt_count), (1, 0))

    def test_cancelled_leader_hands_over(self):
        """L2, DESIGN 1.4: the earliest follower leads, each contact for itself."""
        leaders, firsts, others = [], [], []
        for _number in range(2):
            leader = self.make_callback(user_id=self.agent.id)
            values = {"contact_id": leader.id, "user_id": self.agent.id}
            others.append(
                self.make_callback(window_end=utc(ZONE, 2026, 3, 14), **values)
            )
            firsts.append(
                self.make_callback(window_end=utc(ZONE, 2026, 3, 12), **values)
            )
            leaders.append(leader)
        (leaders[0] + leaders[1]).with_user(self.supervisor).action_cancel()
        for first, other in zip(firsts, others, strict=True):
            self.assertFalse(first.contact_id)
            self.assertEqual(other.contact_id, first)
            self.assertEqual(first.state, "assigned")


@tagged("post_install", "-at_install")
class TestReviewAndLock(RevisitCommon):
    """C8, DESIGN 5.1: reviewed callbacks are locked; opening them leaves a trace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callback = cls.make_done()
        cls.attempt = cls.callback.attempt_ids

    def review(self):
        self.callback.with_user(self.supervisor).action_review("passed", "Good")

    def test_review_keeps_verdict_and_guidance(self):
        """C8: the reviewer's verdict, note and name are kept."""
        self.review()
        self.assertRecordValues(
            self.callback,
            [
                {
                    "state": "reviewed",
                    "review_verdict": "passed",
                    "review_note": "Good",
                    "reviewed_by_id": self.supervisor.id,
                    "reviewed_at": NOW,
                }
            ],
        )

    def test_maker_does_not_review_their_own(self):
        """C8, L8: somebody else reviews."""
        own = self.make_done(user_id=self.supervisor.id)
        self.assertRefused(
            UserError,
            "somebody else reviews it",
            own.with_user(self.supervisor).action_review,
        )

    def test_agents_do_not_review(self):
        """K1: reviewing is for supervisors."""
        self.assertRefused(
            AccessError,
            "Only supervisors review",
            self.callback.with_user(self.agent).action_review,
        )

    def test_unfinished_callback_is_not_reviewed(self):
        """C8: there is nothing to review yet."""
        callback = self.make_callback(user_id=self.agent.id)
        self.assertRefused(
            UserError,
            "is not finished",
            callback.with_user(self.supervisor).action_review,
        )

    def test_verdict_is_one_of_three(self):
        """C8: other verdicts are refused."""
        self.assertRefused(
            UserError,
            "none of the choices. Use one of: Passed (passed), To Be Redone (redo),"
            " Failed (failed)",
            self.callback.with_user(self.supervisor).action_review,
            "perhaps",
        )

    def test_locked_callback_refuses_changes(self):
        """C8: neither manager nor superuser changes a reviewed callback."""
        self.review()
        for record in (self.callback.with_user(self.manager), self.callback.sudo()):
            for values in (
                {"satisfaction": 100},
                {"feedback": "Better"},
                {"user_id": self.agent2.id},
                {"active": False},
                {"partner_id": self.make_customer().id},
                {"signature_refused": True},
            ):
                with self.subTest(su=record.env.su, values=values):
                    self.assertRefused(
                        UserError, "is locked since its review", record.write, values
                    )
            with self.assertRaises(UserError):
                record.unlink()
        self.assertRefused(
            UserError, "is locked", self.callback.sudo().write, {"done_at": NOW}
        )

    def test_locked_attempts_refuse_changes(self):
        """C3, C8: the attempts are part of the proof."""
        self.review()
        other = self.make_callback(user_id=self.agent.id)
        foreign = self.env["revisit.attempt"].create(
            {"callback_id": other.id, "outcome": "busy"}
        )
        for user in (self.manager, self.env.user):
            attempt = self.attempt.with_user(user)
            refused = [
                (attempt.create, {"callback_id": self.callback.id, "outcome": "busy"}),
                (attempt.write, {"outcome": "busy"}),
                (attempt.write, {"callback_id": other.id}),
                (foreign.with_user(user).write, {"callback_id": self.callback.id}),
            ]
            for function, values in refused:
                with self.subTest(user=user.login, values=values):
                    self.assertRaises(UserError, function, values)
            self.assertRefused(UserError, "is locked", attempt.unlink)

    def test_locked_callback_takes_messages(self):
        """C8: talking about a locked callback stays possible."""
        self.review()
        self.callback.with_user(self.manager).message_post(body="Well done")
        self.assertIn("Well done", self.callback.message_ids[0].body)

    def test_unlocking_needs_a_manager_and_a_reason(self):
        """C8: who, when, why and what it was before are kept."""
        self.review()
        self.assertRefused(
            AccessError,
            "Only callback managers unlock",
            self.callback.with_user(self.supervisor).action_unlock,
            "Typo",
        )
        for reason in ("", "  ", None):
            self.assertRefused(
                UserError,
                "Give the reason",
                self.callback.with_user(self.manager).action_unlock,
                reason,
            )
        self.callback.with_user(self.manager).action_unlock("Typo")
        self.assertEqual(self.callback.state, "done")
        self.assertFalse(self.callback.review_verdict)
        row = self.env["revisit.unlock"].search(
            [("res_model", "=", "revisit.callback"), ("res_id", "=", self.callback.id)]
        )
        self.assertEqual((row.user_id, row.reason), (self.manager, "Typo"))
        self.assertEqual(row.values_before["satisfaction"], 80)
        self.assertEqual(row.values_before["state"], "reviewed")
        self.callback.satisfaction = 70
        self.review()
        self.assertRaises(UserError, self.callback.write, {"satisfaction": 60})

    def test_dialog_unlocks(self):
        """C8: the button asks for the reason."""
        self.review()
        as_manager = self.callback.with_user(self.manager)
        context = as_manager.action_open_unlock()["context"]
        self.env["revisit.callback.unlock"].with_user(self.manager).with_context(
            **context
        ).create({"reason": "Typo", "is_answers": True}).action_apply()
        self.assertEqual(self.callback.state, "done")

    def test_unlocking_is_recorded_for_ever(self):
        """C8: rows of the unlocking record are neither changed nor deleted."""
        self.review()
        self.callback.with_user(self.manager).action_unlock("Typo")
        row = self.env["revisit.unlock"].search([], limit=1)
        self.assertRefused(
            UserError, "never changed", row.sudo().write, {"reason": "None"}
        )
        self.assertRefused(UserError, "never deleted", row.sudo().unlink)

    def test_unlocking_what_is_not_locked_leaves_no_row(self):
        """C8: only locked callbacks are opened."""
        before = self.env["revisit.unlock"].search_count([])
        self.callback.with_user(self.manager).action_unlock("Typo")
        self.assertEqual(self.env["revisit.unlock"].search_count([]), before)
        self.assertEqual(self.callback.state, "done")

    def test_made_callback_stays(self):
        """C8: what counts in scores is not deleted, by nobody."""
        for user in (self.manager, self.env.user):
            self.assertRefused(
                UserError,
                "counts in scores",
                self.callback.with_user(user).unlink,
            )

    def test_agent_cannot_improve_a_finished_result(self):
        """C8: answers of finished callbacks are the supervisor's."""
        as_agent = self.callback.with_user(self.agent)
        for values in (
            {"satisfaction": 100},
            {"nps": 10},
            {"feedback": "Great"},
            {"customer_confirmed": "yes"},
            {"signature": SIGNATURE},
            {"signature_refused": True},
        ):
            with self.subTest(values=values):
                self.assertRaises(AccessError, as_agent.write, values)
        self.callback.with_user(self.supervisor).write({"satisfaction": 75})
        self.assertEqual(self.callback.satisfaction, 75)


@tagged("post_install", "-at_install")
class TestSnapshots(RevisitCommon):
    """DESIGN 4: whom a callback counts for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        departments = cls.env["hr.department"].create(
            [{"name": "North"}, {"name": "South"}]
        )
        cls.north, cls.south = departments
        cls.employee = cls.make_employee(cls.agent, cls.north)
        cls.employee2 = cls.make_employee(cls.agent2, cls.south)

    def test_assignment_is_followed_inside_the_window(self):
        """DESIGN 4: until the window ends, whoever has it answers for it."""
        callback = self.make_callback(user_id=self.agent.id)
        self.assertEqual(callback.resp_employee_id, self.employee)
        self.assertEqual(callback.resp_department_id, self.north)
        other = self.make_team("Other")
        with self.at(callback.window_end - SECOND):
            callback.with_user(self.manager).write(
                {"user_id": self.agent2.id, "team_id": other.id}
            )
        self.assertRecordValues(
            callback,
            [
                {
                    "resp_user_id": self.agent2.id,
                    "resp_employee_id": self.employee2.id,
                    "resp_department_id": self.south.id,
                    "resp_team_id": other.id,
                }
            ],
        )

    def test_assignment_after_the_window_changes_only_the_agent(self):
        """DESIGN 4: a late callback stays with whom it was late for."""
        callback = self.make_callback(user_id=self.agent.id)
        other = self.make_team("Other")
        with self.at(callback.window_end):
            callback.with_user(self.manager).write(
                {"user_id": self.agent2.id, "team_id": other.id}
            )
        self.assertRecordValues(
            callback,
            [
                {
                    "user_id": self.agent2.id,
                    "team_id": other.id,
                    "resp_user_id": self.agent.id,
                    "resp_employee_id": self.employee.id,
                    "resp_department_id": self.north.id,
                    "resp_team_id": self.team.id,
                }
            ],
        )

    def test_made_callback_keeps_its_snapshot(self):
        """DESIGN 4: after it is made, an assignment moves nothing."""
        callback = self.make_done()
        callback.sudo().user_id = self.agent2
        self.assertEqual(callback.resp_user_id, self.agent)

    def test_department_is_that_of_the_event(self):
        """DESIGN 4: the department at the local date of the event, by hr.version."""
        self.employee.version_id.date_version = date(2026, 1, 1)
        self.employee.create_version(
            {"date_version": date(2026, 3, 6), "department_id": self.south.id}
        )
        moments = (
            (utc(ZONE, 2026, 3, 5, 23, 59), self.north),
            # still the 5th in UTC
            (utc(ZONE, 2026, 3, 6, 0, 30), self.south),
            # before the first version: the first one
            (utc(ZONE, 2025, 6, 1), self.north),
        )
        for moment, department in moments:
            with self.subTest(moment=moment):
                callback = self.make_callback(user_id=self.agent.id, event_at=moment)
                self.assertEqual(callback.resp_department_id, department)
                policy = self.make_policy(assignment="agent", agent_id=self.agent.id)
                order = self.make_order(date=moment)
                policy.generate(moment, moment + SECOND)
                planned = self.get_planned(order, policy)
                self.assertEqual(planned.resp_department_id, department)

    def test_archived_employee_still_answers(self):
        """DESIGN 4: who left answers for what they had."""
        self.employee.active = False
        callback = self.make_callback(user_id=self.agent.id)
        self.assertEqual(callback.resp_employee_id, self.employee)

    def test_employee_is_that_of_the_company(self):
        """DESIGN 4, K3: a user has one employee per company."""
        other = self.make_company()
        self.agent.company_ids += other
        theirs = self.make_employee(self.agent, company=other)
        policy = self.make_policy("manual", company_id=other.id)
        callback = self.make_callback(policy=policy, user_id=self.agent.id)
        self.assertEqual(callback.resp_employee_id, theirs)
        ours = self.make_callback(user_id=self.agent.id)
        self.assertEqual(ours.resp_employee_id, self.employee)

    def test_user_without_employee_counts_for_the_team(self):
        """DESIGN 4: dealers' portal users have no employee."""
        callback = self.make_callback(
            level="dealer", user_id=self.portal_a.id, dealer_id=self.dealer_a.id
        )
        self.assertFalse(callback.resp_employee_id)
        self.assertFalse(callback.resp_department_id)
        self.assertEqual(callback.resp_dealer_id, self.dealer_a)
        self.assertEqual(callback.resp_team_id, self.team)


@tagged("post_install", "-at_install")
class TestLeaving(RevisitCommon):
    """B10: open work never stays with somebody, or a unit, that is archived."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(team_id=cls.team.id)

    def test_archived_agents_callbacks_return_to_the_queue(self):
        """B10: the unit finds them again."""
        callback = self.make_callback(policy=self.policy, user_id=self.agent.id)
        self.agent.active = False
        self.assertFalse(callback.user_id)
        self.assertEqual(callback.state, "planned")

    def test_unit_with_open_callbacks_is_not_archived(self):
        """B10: the message says what to do first."""
        callback = self.make_callback(policy=self.policy, team_id=self.team.id)
        self.assertRefused(
            ValidationError, "open callbacks", self.team.write, {"active": False}
        )
        callback.action_cancel()
        self.team.active = False

    def test_trigger_of_active_policies_is_not_archived(self):
        """B1: policies never stop without a word."""
        trigger = self.policy.trigger_id
        self.assertRefused(
            ValidationError, "Archive these", trigger.write, {"active": False}
        )

    def test_overview_shows_the_units_that_one_oversees(self):
        """I2: no card with figures that its reader cannot see."""
        other = self.make_team("Elsewhere")
        teams = self.env["revisit.team"]
        mine = teams.with_user(self.supervisor).search([("is_overseen", "=", True)])
        self.assertIn(self.team, mine.sudo())
        self.assertNotIn(other, mine.sudo())
        every = teams.with_user(self.manager).search([("is_overseen", "=", True)])
        self.assertIn(other, every.sudo())


@tagged("post_install", "-at_install")
class TestPhoneNumber(RevisitCommon):
    """K2: numbers are masked; looking one up needs a task and leaves a trace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(team_id=cls.team.id)
        cls.called = cls.make_customer("Called", phone="138 1234 5678")
        cls.callback = cls.make_callback(
            policy=cls.policy, partner_id=cls.called.id, user_id=cls.agent.id
        ).with_user(cls.agent)

    def test_number_is_masked_until_it_is_looked_up(self):
        """K2: the form shows a mask; the look-up is logged without the number."""
        self.assertEqual(self.callback.phone_masked, "138****5678")
        action = self.callback.action_reveal_phone()
        self.assertEqual(action["params"]["message"], "138 1234 5678")
        note = self.callback.sudo().message_ids[0].body
        self.assertIn(self.agent.name, note)
        self.assertNotIn("1234", note)

    def test_number_needs_an_open_task(self):
        """K2: neither a finished callback nor somebody else's shows it."""
        stranger = self.callback.with_user(self.agent2)
        self.assertRaises(AccessError, stranger.action_reveal_phone)
        self.callback.action_log_attempt("reached")
        self.callback.action_done(satisfaction=90)
        self.assertRaises(UserError, self.callback.action_reveal_phone)

    def test_hours_of_calls_name_their_zone(self):
        """K7, C2: for who is not in it, or in none."""
        for tz, text in (
            (ZONE, "09:00 - 20:00"),
            ("America/Los_Angeles", f"09:00 - 20:00 ({ZONE})"),
            (False, f"09:00 - 20:00 ({ZONE})"),
        ):
            with self.subTest(tz=tz):
                seen = self.callback.with_context(tz=tz)
                self.assertEqual(seen.call_between, text)

    def test_number_is_needed_to_have_a_visit_signed_again(self):
        """K2, C4: whoever has it signed again has a task, and its number."""
        self.policy.signature_rule = "required"
        callback = self.make_callback(
            policy=self.policy,
            partner_id=self.called.id,
            user_id=self.agent.id,
            channel="visit",
        ).with_user(self.agent)
        callback.action_log_attempt("reached")
        callback.action_done(satisfaction=90, signature=SIGNATURE)
        self.assertRaises(UserError, callback.action_reveal_phone)
        callback.with_user(self.supervisor).action_sign_again("Wrong hand")
        action = callback.action_reveal_phone()
        self.assertEqual(action["params"]["message"], "138 1234 5678")
        callback.action_sign(SIGNATURE)
        self.assertRaises(UserError, callback.action_reveal_phone)

    def test_number_of_who_refuses_contact_stays_hidden(self):
        """C10, K2: a refusal is respected in the office, too."""
        self.called.write({"do_not_contact": True, "do_not_contact_reason": "asked"})
        self.assertRefused(
            UserError, "not to be contacted", self.callback.action_reveal_phone
        )
