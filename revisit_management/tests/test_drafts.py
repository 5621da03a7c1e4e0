# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import NOW
from .test_answers import AnswersCase

LATER = NOW + timedelta(seconds=11)


@tagged("post_install", "-at_install")
class TestDrafts(AnswersCase):
    """C2, C3: what was said in a talk that is to go on is lost to nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["revisit.pending.outcome"].search([]).unlink()
        cls.console = cls.env["revisit.console"].with_user(cls.agent)
        cls.key = f"{cls.callback.id}:{cls.manner.id}"
        cls.said = {
            "answers": {cls.key: "4"},
            "measures": {"feedback": "She is in a meeting, and was pleased"},
        }

    def press(self, outcome, **said):
        pressed = self.console.press(self.callback.id, outcome, {**self.said, **said})
        with self.at(LATER):
            self.console.settle()
        self.env.invalidate_all()
        return pressed

    def test_each_outcome_keeps_what_was_said(self):
        """C3: no answer, busy, call again, wrong number."""
        again = f"{NOW + timedelta(hours=5):%F %T}"
        for outcome, more in (
            ("no_answer", {}),
            ("busy", {}),
            ("rescheduled", {"next_at": again}),
            ("wrong_number", {}),
        ):
            with self.subTest(outcome=outcome):
                self.callback.draft = False
                self.press(outcome, **more)
                attempt = self.callback.attempt_ids[0]
                self.assertEqual(attempt.outcome, outcome)
                self.assertEqual(attempt.note, self.said["measures"]["feedback"])
                draft = self.console.open_screen(self.callback.id)["draft"]
                self.assertEqual(draft["answers"], self.said["answers"])
                self.assertEqual(draft["measures"], self.said["measures"])
                self.assertIn(self.agent.name, draft["text"])
        self.assertFalse(self.callback.answer_ids, "it counts for nothing yet")

    def test_whoever_gets_it_next_goes_on(self):
        """C3: a colleague sees it; it goes when the callback is finished."""
        self.press("busy")
        self.callback.user_id = self.agent2
        other = self.env["revisit.console"].with_user(self.agent2)
        screen = other.open_screen(self.callback.id)
        self.assertEqual(screen["draft"]["answers"], {self.key: "4"})
        self.assertIn(self.agent.name, self.callback.draft_text)
        form = Form(
            self.env["revisit.callback.finish"]
            .with_user(self.agent2)
            .with_context(default_callback_id=self.callback.id)
        )
        self.assertEqual(form.answers, {self.key: "4"})
        self.assertEqual(form.feedback, self.said["measures"]["feedback"])
        theirs = self.callback.with_user(self.agent2)
        theirs.action_log_attempt("reached")
        theirs.action_done(answers=self.said["answers"])
        self.assertEqual(self.callback.state, "done")
        self.assertFalse(self.callback.draft)

    def test_taken_back_keeps_nothing(self):
        """C3: undo leaves neither a draft nor a note."""
        pressed = self.console.press(self.callback.id, "busy", self.said)["pressed"]
        self.console.take_back(pressed["id"])
        self.assertFalse(self.callback.draft)
        self.assertFalse(self.callback.attempt_ids)

    def test_cancelled_keeps_nothing(self):
        """K2: what nobody needs any more is not kept."""
        self.press("busy")
        self.assertTrue(self.callback.draft)
        self.callback.with_user(self.supervisor).action_cancel("Sold the house")
        self.assertFalse(self.callback.draft)

    def test_emptied_fields_are_forgotten(self):
        """C3: answers that were taken back do not come again."""
        self.press("busy")
        self.console.press(
            self.callback.id, "busy", {"answers": {}, "measures": {"feedback": ""}}
        )
        with self.at(LATER):
            self.console.settle()
        self.assertFalse(self.callback.draft)
        self.callback.draft = {"answers": {"1": "2"}, "at": "x", "user_id": 1}
        self.callback.with_user(self.agent).action_log_no_answer()
        self.assertTrue(self.callback.draft, "a try by the form says nothing of it")

    def test_a_question_that_is_gone_is_left_out(self):
        """C6: the rest of the answers is kept, and can be sent."""
        said = {**self.said, "answers": {self.key: "4", "999999:1": "5"}}
        self.console.press(self.callback.id, "busy", said)
        with self.at(LATER):
            self.console.settle()
        draft = self.console.open_screen(self.callback.id)["draft"]
        self.assertEqual(draft["answers"], {self.key: "4"})

    def test_bounded_and_nobodys_to_write(self):
        """K7: in size, and against every hand."""
        self.said = {"measures": {"feedback": "x" * 70000}}
        self.assertRefused(
            UserError,
            "shorten it",
            self.console.press,
            self.callback.id,
            "busy",
            self.said,
        )
        self.said = {"measures": {"feedback": "x" * 5000}}
        self.press("busy")
        self.assertEqual(len(self.callback.attempt_ids.note), 2000)
        with self.assertRaises(AccessError):
            self.callback.with_user(self.agent).write({"draft": {"answers": {}}})
        theirs = self.make_callback(
            self.make_policy("manual", level="dealer"), dealer_id=self.dealer_a.id
        ).with_user(self.portal_a)
        for name in ("draft", "draft_text"):
            with self.assertRaises(AccessError):
                theirs.read([name])

    def test_only_what_a_console_sends_is_kept(self):
        """K7: other names, shapes and sizes are refused in words, by every way."""
        wrong = (
            {"measures": {"feedback": [1]}},
            {"measures": {"quality": 1e300}},
            {"measures": {"quality": 150}},
            {"measures": {"<b>": 1}},
            {"measures": {"state": "done"}},
            {"measures": [1]},
            {"next_due_on": {"a": 1}},
            {"next_due_on": "soon"},
            {"answers": {self.key: {"x": 1}}},
            {"answers": {self.key: [4]}},
            {"answers": {self.key: 1e300}},
            {"answers": {self.key: "x" * 20001}},
            {"answers": {self.key: "77"}},
            {"answers": {"<b>": "4"}},
            {"answers": {f"1:{number}": "4" for number in range(501)}},
            {"others": {"z": 1}},
            {"others": {"z": {"quality": 1}}},
            {"others": {"5": {"quality": [1]}}},
            {"note": 5},
            {"note": {"a": 1}},
            {"phone": [1]},
            {"next_at": {"a": 1}},
            {"duration": "long"},
            {"wrap_up": [1]},
            {"words": "other"},
        )
        pending = self.env["revisit.pending.outcome"]
        for said in wrong:
            for outcome in ("no_answer", "reached", "refused"):
                if "77" in str(said) and outcome == "refused":
                    continue  # who refuses answers nothing, and nothing is kept
                with self.subTest(said=str(said)[:60], outcome=outcome):
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        self.console.press(self.callback.id, outcome, said)
                    self.assertFalse(pending.search([]))
        self.assertFalse(self.callback.draft)

    def test_other_conversations_are_left_out(self):
        """C2: what is kept is about this customer's callbacks alone."""
        other = self.make_callback(user_id=self.agent.id)
        self.said = {
            "answers": {self.key: 4, f"{other.id}:{self.manner.id}": 5},
            "others": {
                str(other.id): {"customer_confirmed": "yes"},
                str(self.callback.id): {"customer_confirmed": "no"},
            },
        }
        self.press("busy")
        draft = self.callback.draft
        self.assertEqual(draft["answers"], {self.key: 4})
        self.assertEqual(
            draft["others"], {str(self.callback.id): {"customer_confirmed": "no"}}
        )
