# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import SIGNATURE, RevisitCommon
from .test_answers import AnswersCase
from .test_portal import PIXEL, PortalCase

ACTIVITIES = (
    "revisit_management.activity_type_callback_redo",
    "revisit_management.activity_type_callback_review",
)


@tagged("post_install", "-at_install")
class TestRedo(RevisitCommon):
    """C8: what the review sends back, what its maker may do then, and the lock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callback = cls.make_done(measures={"satisfaction": 80, "feedback": "Fine"})
        cls.mine = cls.callback.with_user(cls.agent)
        cls.theirs = cls.callback.with_user(cls.supervisor)

    def get_tasks(self, user):
        types = [self.env.ref(name).id for name in ACTIVITIES]
        return self.callback.activity_ids.filtered(
            lambda a: a.activity_type_id.id in types and a.user_id == user
        )

    def send_back(self, note="Write what the customer said"):
        self.theirs.action_review("redo", note)

    def test_sent_back_with_guidance(self):
        """C8: its maker gets the guidance as a task; it stays made and counts."""
        self.assertRaisesRegex(
            UserError, "what is to be redone", self.theirs.action_review, "redo"
        )
        self.send_back()
        self.assertEqual(self.callback.state, "done")
        self.assertEqual(self.callback.review_verdict, "redo")
        self.assertEqual(self.callback.redo_count, 1)
        task = self.get_tasks(self.agent)
        self.assertEqual(len(task), 1)
        self.assertIn("what the customer said", task.note)
        self.assertTrue(self.mine.may_redo)
        self.assertFalse(self.callback.with_user(self.agent2).may_redo)

    def test_handed_in_again(self):
        """C8: the words are added, the reviewer is told, and the review goes on."""
        self.send_back()
        self.mine.feedback = "The door is loose"
        self.mine.action_redone("Asked again and wrote it down")
        self.assertFalse(self.callback.review_verdict)
        self.assertFalse(self.get_tasks(self.agent))
        self.assertIn("wrote it down", self.get_tasks(self.supervisor).note)
        self.assertTrue(self.callback.redone_at)
        with self.assertRaises(AccessError):
            self.mine.feedback = "Better still"
        self.theirs.action_review("passed")
        self.assertEqual(self.callback.state, "reviewed")
        self.assertFalse(self.get_tasks(self.supervisor))
        self.assertEqual(self.callback.redo_note, "Asked again and wrote it down")

    def test_what_its_maker_may_change(self):
        """C8, K1: words and a missing signature, no figures, nobody else's callback."""
        with self.assertRaises(AccessError):
            self.mine.feedback = "Too early"
        self.send_back()
        self.mine.signature = SIGNATURE
        for vals in (
            {"satisfaction": 100},
            {"customer_confirmed": "yes"},
            {"review_verdict": "passed"},
            {"redo_count": 0},
            {"redone_at": False},
            {"state": "reviewed"},
            {"channel": "visit"},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.mine.write(vals)
        colleague = self.callback.with_user(self.agent2)
        with self.assertRaises(AccessError):
            colleague.feedback = "Mine"
        with self.assertRaises(AccessError):
            colleague.action_redone()
        # together with one that is not to be redone, neither is free
        other = self.make_done().with_user(self.agent)
        with self.assertRaises(AccessError):
            (self.mine | other).feedback = "Both"

    def test_only_what_was_sent_back_is_handed_in(self):
        """C8: twice, or never sent back, is told."""
        for step in (self.mine.action_redone, self.mine.action_open_redone):
            self.assertRaisesRegex(UserError, "not to be redone", step)
        self.send_back()
        self.mine.action_redone()
        self.assertRaisesRegex(UserError, "not to be redone", self.mine.action_redone)

    def test_failed_says_why(self):
        """C8: guidance is required, as for what is to be redone."""
        for note in ("", "  ", None):
            self.assertRefused(
                UserError,
                "why it has failed",
                self.theirs.action_review,
                "failed",
                note,
            )
        self.theirs.action_review("failed", "The answers were made up")
        self.assertEqual(self.callback.state, "reviewed")

    def test_reviewed_is_not_sent_back(self):
        """C8: of two reviewers the second is told who was first."""
        self.theirs.action_review("passed")
        manager = self.callback.with_user(self.manager)
        for verdict in ("passed", "redo", "failed"):
            with self.assertRaisesRegex(UserError, "reviewed by revisit_supervisor"):
                manager.action_review(verdict, "Again")
        self.assertRaises(UserError, manager.action_open_review)

    def test_sent_back_without_a_signature(self):
        """C8, C5: a missing signature is a reason to send back, not to refuse."""
        self.callback.sudo().sign_reason = "Unreadable"
        policy = self.callback.policy_id
        self.assertTrue(policy)
        self.send_back("Have it signed")
        self.assertEqual(self.callback.review_verdict, "redo")

    def test_who_is_gone_gets_no_task(self):
        """C8: the reviewer keeps it, who finds somebody."""
        self.agent.sudo().active = False
        self.send_back()
        self.assertFalse(self.get_tasks(self.agent))
        self.assertTrue(self.get_tasks(self.supervisor))
        self.theirs.action_redone("Done by myself")
        self.assertFalse(self.callback.activity_ids)

    def test_dialogs(self):
        """C8: review with guidance, and handing in again, from the form."""
        action = self.theirs.action_open_review()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.supervisor)
            .with_context(**action["context"])
        )
        wizard.verdict = "redo"
        wizard.note = "Ask for the model"
        wizard.save().action_apply()
        self.assertEqual(self.callback.review_note, "Ask for the model")
        action = self.mine.action_open_redone()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.agent)
            .with_context(**action["context"])
        )
        wizard.reason = "It is the X2"
        wizard.save().action_apply()
        self.assertEqual(self.callback.redo_note, "It is the X2")
        with self.assertRaises(AccessError):
            self.mine.action_open_review()

    def test_one_conversation_is_sent_back_once(self):
        """C8: with all its reasons, one task, handed in together."""
        leader = self.make_callback(user_id=self.agent.id)
        follower = self.make_callback(user_id=self.agent.id, contact_id=leader.id)
        mine = leader.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(satisfaction=40)
        follower.with_user(self.supervisor).action_review("redo", "Who was asked?")
        both = leader | follower
        self.assertEqual(both.mapped("review_verdict"), ["redo", "redo"])
        self.assertEqual(len(both.activity_ids), 1)
        follower.with_user(self.agent).action_redone("The head")
        self.assertEqual(both.mapped("review_verdict"), [False, False])
        self.assertEqual(both.activity_ids.user_id, self.supervisor)
        both.with_user(self.supervisor).action_review("passed")
        self.assertFalse(both.activity_ids)

    def test_bad_values(self):
        """K7: verdicts and notes from other programs are read or refused in words."""
        for verdict in ("", None, 5, ["redo"], "again"):
            with self.subTest(verdict=verdict), self.assertRaises(UserError):
                self.theirs.action_review(verdict, "x")
        self.send_back()
        with self.assertRaises(UserError):
            self.mine.action_redone("x" * 300_000)


@tagged("post_install", "-at_install")
class TestUnlockedParts(RevisitCommon):
    """C8: an unlocked callback lets only the unlocked fields change."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callback = cls.make_done(measures={"satisfaction": 80, "feedback": "Fine"})
        cls.file = cls.env["ir.attachment"].create(
            {
                "name": "letter.txt",
                "raw": b"a",
                "res_model": cls.callback._name,
                "res_id": cls.callback.id,
            }
        )
        cls.callback.with_user(cls.supervisor).action_review("passed", "Good")
        cls.theirs = cls.callback.with_user(cls.supervisor)

    def unlock(self, *parts):
        self.callback.with_user(self.manager).action_unlock("Mistyped", list(parts))

    def get_changes(self):
        """Return {part: a change of it that a supervisor could make}."""
        attempt = self.callback.attempt_ids.with_user(self.supervisor)
        file = self.file.with_user(self.supervisor)
        return {
            "answers": lambda: self.theirs.write({"satisfaction": 60}),
            "words": lambda: self.theirs.write({"feedback": "Bad"}),
            "files": lambda: file.write({"raw": b"b"}),
            "attempts": lambda: attempt.write({"duration": 61}),
            "next": lambda: self.theirs.write({"next_due_on": "2026-05-01"}),
        }

    def test_each_part_opens_itself_alone(self):
        """C8: five parts, each against the other four."""
        for part in self.get_changes():
            self.unlock(part)
            self.assertEqual(self.callback.state, "done")
            for other, change in self.get_changes().items():
                with self.subTest(unlocked=part, changed=other):
                    if other == part:
                        change()
                    else:
                        self.assertRaises(UserError, change)
            self.theirs.action_review("passed")
            self.assertFalse(self.callback.unlocked_parts)

    def test_nothing_else_changes(self):
        """C8: neither with sudo, nor as administrator, nor what is no part."""
        self.unlock("words")
        for record in (self.callback.sudo(), self.callback.with_user(self.manager)):
            for vals in (
                {"satisfaction": 1},
                {"active": False},
                {"channel": "visit"},
                {"team_id": False},
                {"feedback": "x", "satisfaction": 1},
                {"partner_id": self.make_customer().id},
                {"unlocked_parts": ["answers"]} if not record.env.su else {"nps": 1},
            ):
                with self.subTest(su=record.env.su, vals=vals):
                    self.assertRaises(UserError, record.write, vals)
            self.assertRaises(UserError, record.unlink)
        for answer in self.callback.answer_ids:
            self.assertRaises(UserError, answer.sudo().write, {"value": 1})
            self.assertRaises(UserError, answer.sudo().unlink)
        with self.assertRaises(UserError):
            self.callback.attempt_ids.sudo().unlink()

    def test_message_says_what_is_open(self):
        """C8: who tries another field reads what may be corrected."""
        self.unlock("words", "next")
        with self.assertRaisesRegex(UserError, "Customer's Words, Next Callback"):
            self.theirs.satisfaction = 1

    def test_before_and_after(self):
        """C8: an unlocking lists what was changed since, up to the next one."""
        self.unlock("words")
        self.theirs.feedback = "Bad"
        self.theirs.action_review("passed")
        self.unlock("answers")
        self.theirs.satisfaction = 60
        self.theirs.action_review("failed", "Untrue")
        second, first = self.env["revisit.unlock"].search(
            [("res_model", "=", "revisit.callback"), ("res_id", "=", self.callback.id)]
        )
        rows = {
            (unlock.parts_text, trace.field_name, trace.old_text, trace.new_text)
            for unlock in (first | second).with_user(self.supervisor)
            for trace in unlock.trace_ids
        }
        self.assertEqual(
            rows,
            {
                ("Customer's Words", "feedback", "Fine", "Bad"),
                ("Answers", "satisfaction", "80.00", "60.00"),
            },
        )
        action = first.action_open_record()
        self.assertEqual(action["res_id"], self.callback.id)

    def test_parts_from_outside(self):
        """K7: unknown, doubled or no parts are refused, and nothing is unlocked."""
        manager = self.callback.with_user(self.manager)
        for parts in ([], ["state"], ["words", "words"], "words", 5, [["words"]]):
            with self.subTest(parts=parts), self.assertRaises(UserError):
                manager.action_unlock("Mistyped", parts)
            self.assertEqual(self.callback.state, "reviewed")
        manager.action_unlock("Mistyped")
        self.assertEqual(
            self.callback.unlocked_parts,
            ["answers", "words", "files", "attempts", "next", "report", "results"],
        )

    def test_dialog(self):
        """C8: a manager ticks what is to be corrected; nothing ticked is told."""
        action = self.callback.with_user(self.manager).action_open_unlock()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        wizard.reason = "Mistyped"
        self.assertRaisesRegex(UserError, "Choose what", wizard.save().action_apply)
        wizard.is_words = True
        wizard.save().action_apply()
        self.assertEqual(self.callback.unlocked_text, "Customer's Words")

    def test_seals_stay_with_the_files(self):
        """C8: what was sealed stays sealed while other parts are corrected."""
        sealed = self.callback.sealed_files
        self.assertTrue(sealed)
        self.unlock("words")
        self.assertEqual(self.callback.sealed_files, sealed)
        self.unlock_again("files")
        self.assertFalse(self.callback.sealed_files)

    def test_every_verdict_follows_an_unlocking(self):
        """C8: failed, passed, and sent back with all that follows, part by part."""
        mine = self.callback.with_user(self.agent)
        for parts in (["words"], ["answers"], ["report", "next"], None):
            with self.subTest(parts=parts):
                self.callback.with_user(self.manager).action_unlock("x", parts)
                self.theirs.action_review("failed", "Untrue")
                self.assertEqual(self.callback.state, "reviewed")
                self.callback.with_user(self.manager).action_unlock("x", parts)
                count = self.callback.redo_count
                for _time in range(2):
                    self.theirs.action_review("redo", "Say more")
                    mine.action_redone("Said more")
                self.assertEqual(self.callback.redo_count, count + 2)
                self.assertTrue(self.callback.redone_at)
                self.theirs.action_review("passed")
                self.assertFalse(self.callback.unlocked_parts)

    def test_one_part_of_a_conversation_is_unlocked(self):
        """C8: what is sent back then is that part; the rest stays reviewed."""
        leader = self.make_callback(user_id=self.agent.id)
        follower = self.make_callback(user_id=self.agent.id, contact_id=leader.id)
        leader.with_user(self.agent).action_log_attempt("reached")
        leader.with_user(self.agent).action_done(satisfaction=40)
        both = (leader | follower).with_user(self.supervisor)
        both.action_review("passed")
        follower.with_user(self.manager).action_unlock("Mistyped", ["words"])
        follower.with_user(self.supervisor).action_review("redo", "Say more")
        self.assertEqual(both.mapped("redo_count"), [0, 1])
        follower.with_user(self.agent).feedback = "More"
        follower.with_user(self.agent).action_redone("Said more")
        follower.with_user(self.supervisor).action_review("failed", "Untrue")
        self.assertEqual(both.mapped("state"), ["reviewed", "reviewed"])
        self.assertFalse(leader.feedback)

    def test_maker_redoes_what_is_unlocked_alone(self):
        """C8: sent back after an unlocking, its words change where they are open."""
        mine = self.callback.with_user(self.agent)
        for part in ("answers", "words"):
            self.unlock(part)
            self.theirs.action_review("redo", "Say more")
            if part == "words":
                mine.feedback = "More"
            else:
                with self.assertRaisesRegex(UserError, "for these alone"):
                    mine.feedback = "More"
            mine.action_redone("Said more")
            self.theirs.action_review("passed")
        self.assertEqual(self.callback.feedback, "More")

    def unlock_again(self, *parts):
        self.theirs.action_review("passed")
        self.unlock(*parts)


@tagged("post_install", "-at_install")
class TestCorrections(AnswersCase):
    """C6, C8: an answer that was written down wrongly is put right from a screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mine = cls.callback.with_user(cls.agent)
        mine.action_log_attempt("reached")
        mine.action_done(
            answers={cls.manner.id: 4, cls.works.id: "No", cls.words.id: "Loose"}
        )
        cls.theirs = cls.callback.with_user(cls.supervisor)

    def get_answer(self, question):
        return self.callback.answer_ids.filtered(lambda a: a.question_id == question)

    def test_corrected(self):
        """C8: value, words, choice, the callback's figures; with before and after."""
        manner, works, words = map(
            self.get_answer, (self.manner, self.works, self.words)
        )
        self.theirs.action_correct(
            {manner.id: 5, str(works.id): "Yes", words.id: "Tight"}, "Heard it again"
        )
        self.assertEqual((manner.value, manner.raw), (100, "5"))
        self.assertEqual((works.value, works.choice_id.value), (100, "Yes"))
        self.assertEqual(words.raw, "Tight")
        self.assertEqual((self.callback.attitude, self.callback.quality), (100, 100))
        self.assertEqual(manner.employee_id, self.technician)
        traces = self.callback.sudo().trace_ids.filtered("part")
        self.assertEqual(
            {(t.part, t.old_text, t.new_text, t.user_id) for t in traces},
            {
                (self.manner.title, "4", "5", self.supervisor),
                (self.works.title, "No", "Yes", self.supervisor),
                (self.words.title, "Loose", "Tight", self.supervisor),
            },
        )
        self.assertIn("Heard it again", self.callback.message_ids[0].body)

    def test_lock_names_the_callback(self):
        """C8: not the value of the answer; a manager is told what to do themselves."""
        self.theirs.action_review("passed")
        answer = self.get_answer(self.manner)
        for user, text in (
            (self.supervisor, "Ask a callback manager"),
            (self.manager, "Unlock it with a reason"),
        ):
            with self.assertRaises(UserError) as caught:
                answer.with_user(user).sudo().write({"raw": "5"})
            self.assertIn(self.callback.display_name, str(caught.exception))
            self.assertIn(text, str(caught.exception))

    def test_not_asked(self):
        """C8: an answer that was never given goes, with its figure."""
        self.theirs.action_correct({self.get_answer(self.manner).id: False}, "Never")
        self.assertFalse(self.get_answer(self.manner))
        self.assertIs(self.callback.attitude, False)
        trace = self.callback.sudo().trace_ids.filtered("part")
        self.assertEqual((trace.old_text, trace.new_text), ("4", "-"))

    def test_refused(self):
        """K7: what is none of its answers, no reason, and another conversation's."""
        manner = self.get_answer(self.manner)
        foreign = self.make_done().answer_ids[:1]
        self.assertTrue(foreign)
        for error, answers, reason in (
            (ValidationError, {manner.id: 9}, "x"),
            (ValidationError, {manner.id: "much"}, "x"),
            (UserError, {manner.id: 5}, " "),
            (UserError, {foreign.id: 5}, "x"),
            (UserError, {}, "x"),
            (UserError, [manner.id], "x"),
            (UserError, {"a": 5}, "x"),
        ):
            with self.subTest(answers=answers), self.assertRaises(error):
                self.theirs.action_correct(answers, reason)
        self.assertEqual(manner.raw, "4")

    def test_who_corrects(self):
        """K1, L8: supervisors, not their own callbacks; nothing that is locked."""
        manner = self.get_answer(self.manner)
        mine = self.callback.with_user(self.agent)
        for step in (
            lambda: mine.action_correct({manner.id: 5}, "Mine"),
            mine.action_open_correct,
        ):
            self.assertRaises(AccessError, step)
        own = self.make_done(user_id=self.supervisor.id).with_user(self.supervisor)
        with self.assertRaisesRegex(UserError, "made by yourself"):
            own.action_correct({own.answer_ids.id: 5}, "x")
        self.theirs.action_review("passed")
        self.assertFalse(self.theirs.may_correct)
        with self.assertRaisesRegex(UserError, "locked"):
            self.theirs.action_correct({manner.id: 5}, "x")
        manager = self.callback.with_user(self.manager)
        manager.action_unlock("Mistyped", ["words"])
        with self.assertRaisesRegex(UserError, "unlocked for these alone"):
            self.theirs.action_correct({manner.id: 5}, "x")
        self.theirs.action_review("passed")
        manager.action_unlock("Mistyped", ["answers"])
        self.theirs.action_correct({manner.id: 5}, "x")
        self.assertEqual(manner.raw, "5")

    def test_figure_without_a_question(self):
        """C6: it is corrected from 0 to its greatest value, with its answer."""
        plain = self.make_done(measures={"satisfaction": 80, "nps": 7})
        theirs = plain.with_user(self.supervisor)
        by_code = {answer.measure: answer for answer in plain.answer_ids}
        theirs.action_correct({by_code["nps"].id: 10}, "x")
        self.assertEqual((plain.nps, by_code["nps"].value), (10, 100))
        self.assertEqual(plain.satisfaction, 80)
        with self.assertRaises(ValidationError):
            theirs.action_correct({by_code["nps"].id: 11}, "x")

    def test_followers_follow(self):
        """C6: what was said once is corrected once, for the whole conversation."""
        leader = self.make_callback(user_id=self.agent.id)
        follower = self.make_callback(user_id=self.agent.id, contact_id=leader.id)
        mine = leader.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(satisfaction=40)
        self.assertEqual(follower.satisfaction, 40)
        theirs = follower.with_user(self.supervisor)
        theirs.action_correct({leader.answer_ids.id: 90}, "x")
        self.assertEqual((leader.satisfaction, follower.satisfaction), (90, 90))

    def test_dialog(self):
        """C8: only what is filled in is corrected; choices are chosen."""
        action = self.theirs.action_open_correct()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.supervisor)
            .with_context(**action["context"])
            .create({"reason": "Heard it again"})
        )
        lines = {line.answer_id.question_id: line for line in wizard.line_ids}
        self.assertEqual(len(lines), 3)
        self.assertRaisesRegex(UserError, "in truth", wizard.action_apply)
        yes = self.works.suggested_answer_ids[0]
        self.assertIn(yes, lines[self.works].choice_ids)
        lines[self.works].choice_id = yes
        lines[self.words].is_not_asked = True
        wizard.action_apply()
        self.assertEqual(self.get_answer(self.works).raw, "Yes")
        self.assertFalse(self.get_answer(self.words))
        self.assertEqual(self.get_answer(self.manner).raw, "4")


@tagged("post_install", "-at_install")
class TestPortalRedo(PortalCase):
    """C8, H1: a dealer reads the guidance, adds what is missing, hands it in again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callback = cls.make_dealer_callback()
        dealer = cls.callback.with_user(cls.portal_a)
        dealer._portal_log_attempt("reached")
        dealer._portal_finish(result="reached", satisfaction=80, feedback="Fine")
        cls.theirs = cls.callback.with_user(cls.supervisor)

    def send_back(self):
        self.theirs.action_review("redo", "Which door?\nAnd a photo")

    def test_page(self):
        """H1: it is in the list of what is to be done, with the guidance and a form."""
        self.login()
        self.assertNotIn("Which door?", self.get_page("/my/callbacks"))
        self.send_back()
        for filterby in ("open", "urgent", "to_redo"):
            page = self.get_page(f"/my/callbacks?filterby={filterby}")
            self.assertEqual(self.get_links(page), self.callback.ids)
            self.assertIn("To be redone", page)
        page = self.get_page(f"/my/callbacks/{self.callback.id}")
        self.assertIn("Which door?", page)
        self.assertValue(page, "feedback", "Fine")

    def test_handed_in_again(self):
        """H1, C8: words and photo; the reviewer is told; sent twice, done once."""
        self.send_back()
        self.login()
        for _time in range(2):
            answer = self.post(
                self.callback, "redone", feedback="Left door", note="Asked again"
            )
            self.assertIn("handed in again", answer.text)
        self.assertEqual(self.callback.feedback, "Left door")
        self.assertEqual(self.callback.redo_note, "Asked again")
        self.assertFalse(self.callback.review_verdict)
        self.assertEqual(self.callback.activity_ids.user_id, self.supervisor)
        answer = self.post(self.callback, "redone", feedback="Third", note="Else")
        self.assertIn("not to be redone", self.get_error(answer.text))
        self.assertEqual(self.callback.feedback, "Left door")

    def test_photo(self):
        """H1: a file may be added only while it is to be redone."""
        photo = ("door.png", base64.b64decode(PIXEL))
        dealer = self.callback.with_user(self.portal_a)
        with self.assertRaises(UserError):
            dealer._portal_attach(*photo)
        self.send_back()
        dealer._portal_attach(*photo)
        self.assertEqual(
            self.callback.sudo()._portal_attachments().mapped("name"), ["door.png"]
        )

    def test_others_do_not_hand_it_in(self):
        """L1, K3: another dealer, and a portal user by RPC."""
        self.send_back()
        self.login("revisit_dealer_b")
        self.post(self.callback, "redone", feedback="Mine")
        self.assertEqual(self.callback.feedback, "Fine")
        for user in (self.portal_a, self.portal_b):
            with self.assertRaises(AccessError):
                self.callback.with_user(user).action_redone("x")

    def test_number_is_shown_while_it_is_redone(self):
        """K2, C8: who has to ask again may call."""
        dealer = self.callback.with_user(self.portal_a)
        with self.assertRaises(UserError):
            dealer._portal_reveal_phone()
        self.send_back()
        self.assertTrue(dealer._portal_reveal_phone())

    def make_theirs(self):
        """Return a dealer's callback that our agent has made, and its review."""
        callback = self.make_dealer_callback(user_id=self.agent.id)
        agent = callback.with_user(self.agent)
        agent.action_log_attempt("reached")
        agent.action_done(satisfaction=10, feedback="The dealer was rude")
        return callback, callback.with_user(self.supervisor)

    def test_what_colleagues_made_is_theirs_to_redo(self):
        """C8, L1: neither words, files, number nor a hand-in from the portal."""
        callback, theirs = self.make_theirs()
        theirs.action_review("redo", "Ask again")
        dealer = callback.with_user(self.portal_a)
        self.login()
        page = self.get_page("/my/callbacks?filterby=to_redo")
        self.assertEqual(self.get_links(page), [])
        page = self.get_page(f"/my/callbacks/{callback.id}")
        self.assertNotIn("Ask again", page)
        answer = self.post(callback, "redone", feedback="Great", note="Asked")
        self.assertIn("made by somebody else", self.get_error(answer.text))
        for step in (
            lambda: dealer._portal_redo("Great", "Asked"),
            lambda: dealer._portal_attach("door.png", base64.b64decode(PIXEL)),
            dealer._portal_reveal_phone,
        ):
            self.assertRaises(UserError, step)
        self.assertEqual(callback.feedback, "The dealer was rude")
        self.assertEqual(callback.review_verdict, "redo")
        callback.with_user(self.agent).action_redone("Asked again")
        self.assertFalse(callback.review_verdict)

    def test_what_colleagues_made_is_theirs_to_sign(self):
        """C5, L1: the same holds for a signature that is missing."""
        callback, _theirs = self.make_theirs()
        callback.sudo().sign_reason = "Unreadable"
        dealer = callback.with_user(self.portal_a)
        self.assertRaises(UserError, dealer._portal_sign, "Li", SIGNATURE)
        self.login()
        page = self.get_page("/my/callbacks?filterby=to_sign")
        self.assertEqual(self.get_links(page), [])
        page = self.get_page(f"/my/callbacks/{callback.id}")
        self.assertNotIn("revisit_sign_modal", page)
        self.assertFalse(callback.signature)

    def test_colleague_of_the_dealer_hands_it_in(self):
        """C8, H1: who works for the same dealer may redo it."""
        self.send_back()
        other = self.make_portal_user("revisit_dealer_a2", self.dealer_a)
        self.callback.with_user(other)._portal_redo("Left door", "Asked")
        self.assertEqual(self.callback.feedback, "Left door")

    def test_what_the_customer_sent_is_shown(self):
        """C6, H1: the page has no field for it, and a request changes nothing."""
        self.callback.sudo().returned_at = self.now
        self.send_back()
        self.login()
        page = self.get_page(f"/my/callbacks/{self.callback.id}")
        self.assertIn("Fine", page)
        self.assertNotIn('name="feedback"', page)
        answer = self.post(self.callback, "redone", feedback="Great", note="x")
        self.assertIn("customer has sent these words", self.get_error(answer.text))
        self.assertEqual(self.callback.feedback, "Fine")
        answer = self.post(self.callback, "redone", note="The left one")
        self.assertIn("handed in again", answer.text)
        self.assertEqual(self.callback.feedback, "Fine")

    def test_field_that_was_not_sent_stays(self):
        """H1, K7: another client's form without the words does not empty them."""
        self.send_back()
        self.login()
        self.post(self.callback, "redone", note="Photo added")
        self.assertEqual(self.callback.feedback, "Fine")
        self.send_back()
        self.post(self.callback, "redone", feedback="", note="Nothing was said")
        self.assertFalse(self.callback.feedback)

    def test_field_that_was_not_sent_stays_at_the_end(self):
        """H1, K7: nor does it empty what was noted on an open one."""
        for result in ("reached", "not_reached"):
            callback = self.make_dealer_callback(feedback="Rings after six")
            outcome = "no_answer" if result == "not_reached" else result
            callback.with_user(self.portal_a)._portal_log_attempt(outcome)
            self.login()
            self.post(callback, "finish", result=result)
            self.assertEqual(callback.state, "done")
            self.assertEqual(callback.feedback, "Rings after six")
