# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import NOW
from .test_answers import AnswersCase


class AddedCase(AnswersCase):
    """A talk in which one of three questions was answered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callback.partner_id.phone = "13800138000"
        cls.mine = cls.callback.with_user(cls.agent)
        cls.mine.action_log_attempt("reached")
        cls.mine.action_done(answers={cls.manner.id: 4}, feedback="All well")
        cls.console = cls.env["revisit.console"].with_user(cls.agent)
        cls.works_key = f"{cls.callback.id}:{cls.works.id}"
        cls.manner_key = f"{cls.callback.id}:{cls.manner.id}"

    def get_traces(self):
        return [
            (trace.part, trace.old_text, trace.new_text)
            for trace in self.callback.trace_ids.sudo()
            if trace.part_model == "revisit.answer"
        ]


@tagged("post_install", "-at_install")
class TestRedoneInTheConsole(AddedCase):
    """C8: what the review has sent back is redone where the talk was."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callback.with_user(cls.supervisor).action_review(
            "redo", "Ask whether it works"
        )

    def test_screen_of_its_maker(self):
        """C2, L1: guidance, number, questions and what was answered."""
        screen = self.console.open_screen(self.callback.id)
        redo = screen["callback"]["redo"]
        self.assertEqual(
            (redo["note"], redo["by"], redo["may"]),
            ("Ask whether it works", self.supervisor.name, True),
        )
        self.assertEqual(screen["customer"]["number"], "13800138000")
        self.assertIn("looked up", " ".join(self.callback.message_ids.mapped("body")))
        self.assertEqual(len(screen["talk"]["questions"]), 3)
        self.assertEqual(screen["talk"]["recorded"]["answers"], {self.manner_key: "4"})
        self.assertEqual(screen["talk"]["recorded"]["feedback"], "All well")
        self.assertEqual(self.callback.with_user(self.agent2).busy_user_id, self.agent)
        self.assertEqual(self.mine.action_open_console()["tag"], "revisit_console")

    def test_screen_of_others(self):
        """L1: a colleague has no task; a supervisor looks the number up."""
        other = self.env["revisit.console"].with_user(self.agent2)
        self.assertRaises(AccessError, other.open_screen, self.callback.id)
        self.assertRaises(AccessError, other.redo, self.callback.id, {"note": "x"})
        theirs = self.env["revisit.console"].with_user(self.supervisor)
        screen = theirs.open_screen(self.callback.id)
        self.assertTrue(screen["callback"]["redo"]["may"])
        self.assertFalse(screen["customer"]["number"])

    def test_its_maker_finds_it(self):
        """C1: in the head of every screen, and among My Callbacks."""
        queue = self.console.open_screen()["queue"]
        self.assertEqual(queue["redo_id"], self.callback.id)
        self.assertEqual(queue["redo_text"], "1 to be redone")
        other = self.env["revisit.console"].with_user(self.agent2)
        self.assertFalse(other.open_screen()["queue"]["redo_id"])
        view = self.env.ref("revisit_management.revisit_callback_view_search").arch
        self.assertIn('name="to_do"', view)
        action = self.env.ref("revisit_management.revisit_callback_action_mine")
        self.assertIn("search_default_to_do", action.context)

    def test_what_was_left_out_is_added(self):
        """C8: traced, with its figure; then the reviewer has the word."""
        said = {
            "answers": {self.works_key: "Yes"},
            "measures": {"feedback": "All well, it runs"},
            "note": "Rang again",
        }
        screen = self.console.redo(self.callback.id, said)
        self.assertFalse(screen["callback"])
        self.assertEqual(self.callback.redo_note, "Rang again")
        self.assertFalse(self.callback.review_verdict)
        self.assertEqual(self.callback.quality, 100)
        self.assertEqual(self.callback.feedback, "All well, it runs")
        self.assertEqual(self.get_traces(), [(self.works.title, "-", "Yes")])
        self.assertEqual(self.callback.answer_ids.mapped("answered_at"), [NOW, NOW])
        self.assertFalse(self.console.open_screen()["queue"]["redo_id"])

    def test_what_was_answered_stays(self):
        """C8: answers given before are the supervisor's to correct."""
        said = {"answers": {self.manner_key: "5"}, "note": "x"}
        self.assertRefused(
            UserError, "answered before", self.console.redo, self.callback.id, said
        )
        self.assertEqual(self.callback.attitude, 80)
        self.assertRefused(
            UserError, "what was redone", self.console.redo, self.callback.id, {}
        )

    def test_not_after_it_was_handed_in(self):
        """C8: only what is sent back takes answers of its maker."""
        self.mine.action_redone("Done")
        self.assertRefused(
            UserError,
            "not to be redone",
            self.mine.action_redone,
            "x",
            {self.works_key: "Yes"},
        )

    def test_finished_one_shows_its_answers(self):
        """C2: whoever opens it later reads what was said."""
        self.mine.action_redone("Done")
        screen = self.console.open_screen(self.callback.id)
        self.assertFalse(screen["callback"]["redo"])
        self.assertFalse(screen["customer"]["number"])
        self.assertEqual(screen["talk"]["recorded"]["answers"], {self.manner_key: "4"})


@tagged("post_install", "-at_install")
class TestCorrectDialog(AddedCase):
    """C8: rows tell whom they judge; what was left out is added with the reason."""

    def open_dialog(self):
        return Form(
            self.env["revisit.callback.correct"]
            .with_user(self.supervisor)
            .with_context(default_callback_id=self.callback.id)
        )

    def test_rows(self):
        form = self.open_dialog()
        rows = []
        for place in range(len(form.line_ids)):
            with form.line_ids.edit(place) as line:
                rows.append(
                    (line.question, line.judged, line.raw, bool(line.answer_id))
                )
                self.assertIn(self.repair.name, line.about)
        self.assertEqual(
            rows,
            [
                (self.manner.title, self.technician.name, "4", True),
                (self.works.title, "Fridge", False, False),
                (self.words.title, False, False, False),
            ],
        )

    def test_added_with_the_reason(self):
        form = self.open_dialog()
        with form.line_ids.edit(1) as line:
            line.choice_id = self.works.suggested_answer_ids[1]
        form.reason = "Heard on the recording"
        form.save().action_apply()
        self.assertEqual(self.callback.quality, 0)
        answer = self.callback.answer_ids.filtered(
            lambda a: a.question_id == self.works
        )
        self.assertEqual(answer.product_id, self.product)
        self.assertEqual(self.get_traces(), [(self.works.title, "-", "No")])
        self.assertRefused(
            UserError,
            "answered before",
            self.callback.with_user(self.supervisor).action_correct,
            {self.works_key: "Yes"},
            "x",
        )

    def test_unknown_question(self):
        self.assertRefused(
            UserError,
            "not asked",
            self.callback.with_user(self.supervisor).action_correct,
            {f"{self.callback.id}:0": "5"},
            "x",
        )

    def test_added_verdict_reopens_the_issue(self):
        """D: what the customer says of the solution counts, whenever it is added."""
        measure = self.env["revisit.measure"].create(
            {"name": "Solved", "code": "solved", "is_resolution": True}
        )
        question = self.env["survey.question"].create(
            {
                "survey_id": self.survey.id,
                "title": "Is it solved?",
                "question_type": "simple_choice",
                "measure_id": measure.id,
                "suggested_answer_ids": [
                    Command.create({"value": "Yes", "revisit_value": 100}),
                    Command.create({"value": "No", "revisit_value": 0}),
                ],
            }
        )
        issue = self.make_issue(partner_id=self.customer.id, owner_id=self.agent2.id)
        issue.sudo().state = "resolved"
        asking = self.make_callback(
            self.make_policy("manual", survey_id=self.survey.id),
            user_id=self.agent.id,
            source_model="revisit.issue",
            source_id=issue.id,
        )
        confirming = self.console.open_screen(asking.id)["talk"]["confirming"]
        self.assertEqual(confirming, [], "one question settles it, not two")
        asking.with_user(self.agent).action_log_attempt("reached")
        asking.with_user(self.agent).action_done(
            answers={self.manner.id: 3, question.id: "Yes"}
        )
        # as if it had been recorded before the question was asked
        asking.answer_ids.filtered(lambda a: a.question_id == question).unlink()
        asking.sudo().customer_confirmed = False
        issue.sudo().state = "resolved"
        asking.with_user(self.supervisor).action_correct(
            {f"{asking.id}:{question.id}": "No"}, "Heard on the recording"
        )
        self.assertEqual(asking.customer_confirmed, "no")
        self.assertNotEqual(issue.state, "resolved")


@tagged("post_install", "-at_install")
class TestNothingAnswered(AnswersCase):
    """C6: a talk without a single answer is marked."""

    def test_marked(self):
        callback = self.callback.with_user(self.agent)
        callback.action_log_attempt("reached")
        callback.action_done(answers={})
        self.assertTrue(callback.is_unanswered)
        other = self.make_done()
        self.assertFalse(other.is_unanswered, "no questions")
        found = self.callbacks.search([("is_unanswered", "=", True)])
        self.assertEqual(found, self.callback)
        self.assertIn(other, self.callbacks.search([("is_unanswered", "=", False)]))
        callback.with_user(self.supervisor).action_correct(
            {f"{callback.id}:{self.manner.id}": 5}, "Heard on the recording"
        )
        self.assertFalse(self.callbacks.search([("is_unanswered", "=", True)]))

    def test_followers_share_the_answers(self):
        second = self.make_repair(technician_id=self.technician.id)
        self.plan()
        follower = self.get_planned(second, self.policy)
        follower.sudo().contact_id = self.callback
        self.finish({self.manner.id: 2})
        self.assertFalse(follower.is_unanswered)
        self.assertFalse(self.callbacks.search([("is_unanswered", "=", True)]))
