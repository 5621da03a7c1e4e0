# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import NOW, RevisitCommon
from .test_answers import AnswersCase

OVER = {
    "event_at": NOW - timedelta(days=20),
    "window_start": NOW - timedelta(days=15),
    "window_end": NOW - timedelta(days=10),
}
# with these Odoo itself writes nothing down
SILENCE = {"tracking_disable": True, "mail_auto_subscribe_no_notify": True}


@tagged("post_install", "-at_install")
class TestByHand(RevisitCommon):
    """G1, K1: nobody makes others late by hand, and what was late stays visible."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.far_agent = cls.make_user("far_agent", "revisit_management.group_agent")
        cls.far_unit = cls.make_team("Far", members=cls.far_agent)
        cls.late = cls.make_callback(user_id=cls.agent.id, **OVER)
        cls.theirs = cls.late.with_user(cls.supervisor)

    def get_values(self, **values):
        callback = self.make_callback()
        data = callback.copy_data({"occasion": "by hand"})[0]
        callback.unlink()
        return {
            **{
                name: data[name]
                for name in ("policy_id", "partner_id", "team_id", "event_at")
            },
            "window_start": NOW,
            "window_end": NOW + timedelta(days=2),
            **values,
        }

    def plan(self, user, **values):
        return (
            self.env["revisit.callback"]
            .with_user(user)
            .create(self.get_values(**values))
        )

    def test_nothing_is_late_at_birth(self):
        """K1: a supervisor plans nothing whose window has ended; a manager may."""
        with self.assertRaisesRegex(UserError, "its window has ended"):
            self.plan(self.supervisor, **OVER)
        self.assertTrue(self.plan(self.supervisor))
        self.assertTrue(self.plan(self.manager, **OVER))

    def test_nothing_counts_for_another_unit(self):
        """K1: neither its agent nor its dealer."""
        self.make_team("Dealer's Unit", dealer_id=self.dealer_b.id)
        for values in (
            {"user_id": self.far_agent.id},
            {"level": "dealer", "dealer_id": self.dealer_b.id},
        ):
            with self.subTest(values=values):
                with self.assertRaisesRegex(UserError, "another unit"):
                    self.plan(self.supervisor, **values)
                self.assertTrue(self.plan(self.manager, **values))
        self.assertTrue(self.plan(self.supervisor, user_id=self.agent.id))
        self.assertTrue(
            self.plan(self.supervisor, level="dealer", dealer_id=self.dealer_a.id)
        )

    def test_backdating_leaves_its_marks(self):
        """C8: a note and a trace, of the result and of the try, with the user."""
        before = OVER["window_end"] - timedelta(hours=5)
        self.env["revisit.attempt"].with_user(self.supervisor).with_context(
            **SILENCE
        ).create(
            {
                "callback_id": self.late.id,
                "outcome": "reached",
                "at": before,
                "user_id": self.agent.id,
            }
        )
        self.theirs.with_context(**SILENCE).action_done(
            satisfaction=100, done_at=str(before)
        )
        self.assertTrue(self.late.is_on_time)
        said = " ".join(str(body) for body in self.late.message_ids.mapped("body"))
        self.assertIn("Entered afterwards", said)
        traces = self.late.sudo().trace_ids
        self.assertEqual(
            {(t.field_name, t.old_text, t.user_id) for t in traces},
            {("at", "-", self.supervisor), ("done_at", "-", self.supervisor)},
        )

    def test_made_now_leaves_no_mark(self):
        """C8: whoever records a talk at its time is not suspected."""
        done = self.make_done()
        self.assertFalse(done.sudo().trace_ids)
        said = " ".join(str(body) for body in done.message_ids.mapped("body"))
        self.assertNotIn("Entered afterwards", said)

    def test_late_work_is_passed_on_visibly(self):
        """C8: with contexts that silence Odoo, too; what is not late leaves no row."""
        self.theirs.with_context(**SILENCE).user_id = self.agent2
        trace = self.late.sudo().trace_ids
        self.assertEqual(
            (trace.field_name, trace.old_text, trace.new_text, trace.user_id),
            ("user_id", self.agent.name, self.agent2.name, self.supervisor),
        )
        fresh = self.make_callback(user_id=self.agent.id)
        fresh.with_user(self.supervisor).user_id = self.agent2
        self.assertFalse(fresh.sudo().trace_ids)

    def test_late_work_is_cancelled_with_a_reason(self):
        """C8: by whom is traced; it is not deleted."""
        for user in (self.supervisor, self.manager):
            with self.assertRaisesRegex(UserError, "is late"):
                self.late.with_user(user).action_cancel()
        with self.assertRaisesRegex(UserError, "is late, and stays"):
            self.late.with_user(self.manager).unlink()
        wizard = self.env["revisit.callback.cancel"].create(
            {"callback_ids": [Command.set(self.late.ids)]}
        )
        self.assertTrue(wizard.is_mandatory)
        self.theirs.with_context(**SILENCE).action_cancel("Sold by mistake")
        trace = self.late.sudo().trace_ids
        self.assertEqual((trace.field_name, trace.user_id), ("state", self.supervisor))
        self.assertEqual(self.late.cancel_note, "Sold by mistake")

    def test_supervisors_do_not_cancel_their_own_late_work(self):
        """G1: as they neither review nor correct it; a manager decides."""
        own = self.make_callback(
            user_id=self.supervisor.id,
            window_start=NOW - timedelta(days=3),
            window_end=NOW - timedelta(hours=1),
        )
        with self.assertRaisesRegex(UserError, "late or nearly, and yours"):
            own.with_user(self.supervisor).action_cancel("Not needed")
        own.with_user(self.manager).action_cancel("Sold by mistake")
        self.assertEqual(own.state, "cancelled")

    def test_made_ones_get_no_other_times(self):
        """C8: neither a planned time nor a next try."""
        done = self.make_done()
        for vals in (
            {"planned_at": NOW + timedelta(hours=1)},
            {"next_attempt_at": NOW + timedelta(days=9999)},
        ):
            for user in (self.agent, self.supervisor):
                with self.subTest(vals=vals), self.assertRaises(AccessError):
                    done.with_user(user).write(vals)

    def test_supervisors_do_not_improve_their_own(self):
        """L8: whoever made a callback does not change what the customer said."""
        own = self.make_done(user_id=self.supervisor.id).with_user(self.supervisor)
        for vals in ({"satisfaction": 100}, {"feedback": "x"}, {"nps": 10}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                own.write(vals)
        own.with_user(self.manager).satisfaction = 70

    def test_what_a_customer_sent_stays(self):
        """C6: neither supervisors nor managers write another answer over it."""
        done = self.make_done()
        done.sudo().returned_at = NOW
        for user in (self.supervisor, self.manager):
            theirs = done.with_user(user)
            with self.assertRaises(AccessError):
                theirs.satisfaction = 99
            with self.assertRaisesRegex(UserError, "has sent these answers"):
                theirs.action_correct({done.answer_ids.id: 99}, "x")
            self.assertFalse(theirs.may_correct)

    def make_returned(self):
        """Return a conversation whose leader has the customer's questionnaire."""
        leader = self.make_callback(user_id=self.agent.id)
        follower = self.make_callback(user_id=self.agent.id, contact_id=leader.id)
        leader.with_user(self.agent).action_log_attempt("reached")
        leader.with_user(self.agent).action_done(satisfaction=20, feedback="Rude")
        leader.sudo().returned_at = NOW
        self.assertEqual(follower.feedback, "Rude")
        return leader, follower

    def test_what_a_customer_sent_stays_in_the_whole_conversation(self):
        """C6, C8: neither through a follower nor through an archived one."""
        for is_archived in (False, True):
            leader, follower = self.make_returned()
            follower.active = not is_archived
            answer = (leader | follower).answer_ids
            for user in (self.supervisor, self.manager):
                theirs = follower.with_user(user)
                for vals in ({"satisfaction": 99}, {"feedback": "Nice"}, {"nps": 9}):
                    with self.subTest(vals=vals), self.assertRaises(AccessError):
                        theirs.write(vals)
                with self.assertRaisesRegex(UserError, "has sent these answers"):
                    theirs.action_correct({answer.id: 99}, "x")
                self.assertRaises(UserError, theirs.action_open_correct)
                self.assertFalse(theirs.may_correct)
                self.assertTrue(theirs.is_returned)
            self.assertEqual((leader.satisfaction, follower.satisfaction), (20, 20))

    def test_what_a_customer_sent_stays_while_it_is_redone(self):
        """C8: its maker adds what is missing, and no other words, on any part."""
        leader, follower = self.make_returned()
        follower.with_user(self.supervisor).action_review("redo", "Who was rude?")
        for callback in leader | follower:
            mine = callback.with_user(self.agent)
            self.assertTrue(mine.may_redo)
            with self.assertRaises(AccessError):
                mine.feedback = "Friendly"
        for callback in leader | follower:
            with self.assertRaisesRegex(
                UserError, "sent these answers|not to be redone"
            ):
                callback.with_user(self.agent).action_redone("It was me", {"1:1": 5})
        follower.with_user(self.agent).action_redone("It was me")
        self.assertEqual(follower.feedback, "Rude")

    def test_what_a_customer_sent_ends_with_the_conversation(self):
        """C6: the answers of another conversation are corrected as ever."""
        self.make_returned()
        other = self.make_done().with_user(self.supervisor)
        self.assertFalse(other.is_returned)
        other.action_correct({other.answer_ids.id: 60}, "Misheard")
        self.assertEqual(other.satisfaction, 60)

    def test_next_try_lies_ahead(self):
        """C1, C3: nobody puts a customer first by hand, or off for ever."""
        open_one = self.make_callback(user_id=self.agent.id)
        over = NOW - timedelta(days=9999)
        attempt = {"callback_id": open_one.id, "outcome": "rescheduled"}
        for user in (self.agent, self.supervisor, self.manager):
            theirs = open_one.with_user(user)
            for moment in (over, NOW, NOW + timedelta(days=400)):
                with self.subTest(user=user.login, moment=moment):
                    with self.assertRaisesRegex(UserError, "later one|year ahead"):
                        theirs.next_attempt_at = moment
            with self.assertRaisesRegex(UserError, "over already"):
                theirs.env["revisit.attempt"].create({**attempt, "next_at": over})
            theirs.next_attempt_at = NOW + timedelta(hours=3)
            theirs.next_attempt_at = False
        with self.assertRaisesRegex(UserError, "over already"):
            self.plan(self.supervisor, next_attempt_at=over)
        logged = self.env["revisit.attempt"].with_user(self.agent)
        logged = logged.create({**attempt, "next_at": NOW + timedelta(hours=3)})
        with self.assertRaisesRegex(UserError, "over already"):
            logged.next_at = over

    def test_next_try_that_was_due_before_its_entry(self):
        """C3: a try that a supervisor enters later is due again at once."""
        policy = self.make_policy("manual", retry_no_answer=30)
        callback = self.make_callback(policy, user_id=self.agent.id)
        self.env["revisit.attempt"].with_user(self.supervisor).create(
            {
                "callback_id": callback.id,
                "outcome": "no_answer",
                "at": NOW - timedelta(hours=20),
            }
        )
        self.assertEqual(callback.next_attempt_at, NOW)


@tagged("post_install", "-at_install")
class TestResolution(AnswersCase):
    """D4, C6: the customer's answer says whether a matter is settled, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.measure["solved"] = cls.env["revisit.measure"].create(
            {"name": "Solved", "code": "solved", "is_resolution": True}
        )
        cls.solved = cls.make_question(
            "Is it solved?",
            "solved",
            question_type="simple_choice",
            subject_kind="handler",
            suggested_answer_ids=[
                Command.create({"value": "Yes", "revisit_value": 100}),
                Command.create({"value": "Partly", "revisit_value": 50}),
                Command.create({"value": "No", "revisit_value": 0}),
            ],
        )
        cls.policy = cls.make_policy(
            "issue_resolved", survey_id=cls.survey.id, team_id=cls.team.id
        )

    def make_confirmation(self):
        issue = self.make_issue(owner_id=self.agent2.id, solution="A new screw")
        owned = issue.with_user(self.agent2)
        owned.action_acknowledge()
        owned.action_agree()
        owned.action_resolve("Mended")
        callback = self.make_callback(
            self.policy,
            user_id=self.agent.id,
            source_model="revisit.issue",
            source_id=issue.id,
        )
        return issue, callback

    def test_answer_settles_the_matter(self):
        """D4: solved confirms; partly and not at all reopen it."""
        for answer, verdict, state in (
            ("Yes", "yes", "confirmed"),
            ("Partly", "no", "investigating"),
            ("No", "no", "investigating"),
        ):
            with self.subTest(answer=answer):
                issue, callback = self.make_confirmation()
                self.finish({self.solved.id: answer}, callback)
                self.assertEqual(callback.customer_confirmed, verdict)
                self.assertEqual(issue.state == "confirmed", state == "confirmed")

    def test_contradiction_is_refused(self):
        """D4: an answer "No" beside the verdict "Solved" is told, nothing is kept."""
        _issue, callback = self.make_confirmation()
        refused = self.assertRaisesRegex(UserError, "contradicts")
        with refused, self.env.cr.savepoint():
            self.finish({self.solved.id: "No"}, callback, customer_confirmed="yes")
        self.finish({self.solved.id: "Yes"}, callback, customer_confirmed="yes")
        self.assertEqual(callback.customer_confirmed, "yes")

    def test_elsewhere_it_only_counts(self):
        """D4: a callback that confirms nothing gets no verdict from it."""
        self.finish({self.solved.id: "No"})
        self.assertFalse(self.callback.customer_confirmed)
