# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.migration import load_script
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import file_path

from .common import NOW, RevisitCommon


class AnswersCase(RevisitCommon):
    """A repair, its technician, and a callback that asks about them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.technician = cls.make_employee(
            cls.make_user("revisit_technician", "base.group_user")
        )
        cls.seller = cls.make_user("revisit_seller", "base.group_user")
        cls.seller_employee = cls.make_employee(cls.seller)
        cls.measure = {
            code: cls.env.ref(f"revisit_management.measure_{code}")
            for code in ("satisfaction", "quality", "attitude", "efficiency", "nps")
        }
        cls.survey = cls.make_survey("After a repair")
        cls.manner = cls.make_question("The technician's manner?", "attitude")
        cls.works = cls.make_question(
            "Does it work?",
            "quality",
            question_type="simple_choice",
            subject_kind="product",
            suggested_answer_ids=[
                Command.create({"value": "Yes", "revisit_value": 100}),
                Command.create({"value": "No", "revisit_value": 0}),
                Command.create({"value": "Not tried yet"}),
            ],
        )
        cls.words = cls.make_question(
            "What else?", False, question_type="text_box", subject_kind="callback"
        )
        cls.policy = cls.make_policy(
            "repair_done", survey_id=cls.survey.id, team_id=cls.team.id
        )
        cls.repair = cls.make_repair(
            technician_id=cls.technician.id, user_id=cls.seller.id
        )
        cls.policy.generate(NOW - timedelta(days=30), NOW + timedelta(days=1))
        cls.callback = cls.callbacks.search([("policy_id", "=", cls.policy.id)])
        cls.callback.user_id = cls.agent

    @classmethod
    def make_survey(cls, title, **values):
        return cls.env["survey.survey"].create(
            {"title": title, "survey_type": "revisit", **values}
        )

    @classmethod
    def make_question(cls, title, measure, survey=None, **values):
        return cls.env["survey.question"].create(
            {
                "survey_id": (survey or cls.survey).id,
                "title": title,
                "question_type": "scale",
                "scale_min": 0,
                "scale_max": 5,
                "measure_id": measure and cls.measure[measure].id,
                "subject_kind": "technician",
                **values,
            }
        )

    def finish(self, answers, callback=None, **values):
        callback = (callback or self.callback).with_user(self.agent)
        callback.action_log_attempt("reached")
        callback.action_done(answers=answers, **values)
        return callback.sudo().answer_ids


@tagged("post_install", "-at_install")
class TestAnswers(AnswersCase):
    """C6: answers know whom they are about, are read by one reader, and stay."""

    # ------------------------------------------------------------
    # WHOM THEY ARE ABOUT
    # ------------------------------------------------------------

    def test_technicians_manner_counts_for_the_technician(self):
        answers = self.finish({self.manner.id: 4, self.works.id: "Yes"})
        manner = answers.filtered(lambda a: a.question_id == self.manner)
        self.assertEqual(manner.value, 80)
        self.assertEqual(manner.raw, "4")
        self.assertEqual(manner.employee_id, self.technician)
        self.assertEqual(manner.measure, "attitude")
        works = answers - manner
        self.assertEqual((works.value, works.product_id), (100, self.product))
        self.assertFalse(works.employee_id)
        self.assertEqual((self.callback.attitude, self.callback.quality), (80, 100))

    def test_caller_is_who_made_the_callback(self):
        question = self.make_question(
            "My own manner?", "attitude", subject_kind="caller"
        )
        employee = self.make_employee(self.agent)
        answer = self.finish({question.id: 5})
        self.assertEqual(answer.employee_id, employee)
        self.assertEqual(answer.user_id, self.agent)

    def test_verification_judges_the_earlier_caller(self):
        """L8: whom headquarters asks about is who called first."""
        employee = self.make_employee(self.agent2)
        first = self.make_callback(
            user_id=self.agent2.id,
            source_model="repair.order",
            source_id=self.repair.id,
        )
        question = self.make_question(
            "Did somebody call?", "attitude", subject_kind="caller"
        )
        check = self.make_callback(
            self.make_policy(
                "repair_done", kind="verification", survey_id=self.survey.id
            ),
            kind="verification",
            user_id=self.agent.id,
            source_model="repair.order",
            source_id=self.repair.id,
        )
        second = check.copy({"occasion": "2", "state": "assigned"})
        [nobody] = self.finish({question.id: 5}, second)
        self.assertFalse(nobody.user_id)
        first.with_user(self.agent2).action_log_attempt("reached")
        first.with_user(self.agent2).action_done(satisfaction=80)
        [answer] = self.finish({question.id: 5}, check)
        self.assertEqual(answer.employee_id, employee)

    def test_subject_is_frozen_as_it_is_planned(self):
        """C6: whoever stands on the document later did not do the work."""
        judged = dict(self.callback.subjects)
        other = self.make_employee(self.make_user("revisit_other", "base.group_user"))
        for technician in (other, self.env["hr.employee"]):
            self.repair.technician_id = technician
            self.replan()
            self.assertEqual(self.callback.subjects, judged)
        answer = self.finish({self.manner.id: 0})
        self.assertEqual(answer.employee_id, self.technician)

    def test_event_that_lies_ahead_follows_its_document(self):
        """C6: who will do the work is known when it is done."""
        policy = self.make_policy(
            "delivery_planned",
            delay_min=1,
            delay_max=3,
            delay_direction="before",
            survey_id=self.survey.id,
        )
        picking = self.make_delivery(done=False)
        picking.scheduled_date = NOW + timedelta(days=2)
        picking.user_id = self.seller
        callback = self.plan_named(picking, policy, self.seller)
        picking.user_id = self.agent2
        self.plan_named(picking, policy, self.agent2)
        with self.at(NOW + timedelta(days=2)):
            picking.user_id = self.seller
            self.plan_named(picking, policy, self.agent2)
        self.assertTrue(callback.exists())

    def plan_named(self, picking, policy, user):
        """Plan with either planner; the callback names the user."""
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            self.plan()
            self.env.invalidate_all()
            callback = self.get_planned(picking, policy)
            named = callback.subjects["delivery_person"]
            self.assertEqual(named, ["res.users", user.id])
        return callback

    def test_another_event_names_others(self):
        """C6, B8: an order that is confirmed anew is another sale."""
        policy = self.make_policy(delay_max=9)
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            order = self.make_order(user_id=self.seller.id, date=NOW)
            self.plan()
            callback = self.get_planned(order, policy)
            order._action_cancel()
            order.user_id = self.agent2
            self.plan()
            self.assertEqual(callback.state, "cancelled")
            order.write({"state": "sale"})
            self.plan()
            # the same sale
            self.assertEqual(callback.subjects["salesperson"][1], self.seller.id)
            order._action_cancel()
            self.plan()
            order.write({"state": "sale", "date_order": NOW - timedelta(hours=1)})
            self.plan()
            self.env.invalidate_all()
            self.assertTrue(callback.is_open)
            self.assertEqual(callback.subjects["salesperson"][1], self.agent2.id)

    def test_supervisor_reads_the_document_again(self):
        """C6, C8: with a reason, a note and a trace; not who is judged."""
        other = self.make_employee(self.supervisor)
        self.assertFalse(self.callback.named_otherwise)
        self.repair.technician_id = other
        self.env.invalidate_all()
        step = self.callback.with_user(self.manager)
        self.assertEqual(
            step.named_otherwise,
            f"Technician: {self.technician.name} → Technician: {other.name}",
        )
        for user, error, text in (
            (self.agent, AccessError, "Only supervisors"),
            (self.supervisor, UserError, "judge you"),
        ):
            mine = self.callback.with_user(user)
            self.assertRefused(error, text, mine.action_name_again, "x")
            self.assertRefused(error, text, mine.action_open_name_again)
        for reason in (False, " "):
            self.assertRefused(UserError, "Say why", step.action_name_again, reason)
        action = step.action_open_name_again()
        dialogs = self.env[action["res_model"]].with_user(self.manager)
        form = Form(dialogs.with_context(**action["context"]))
        form.reason = "Entered the wrong one"
        form.save().action_apply()
        self.assertEqual(
            self.callback.subjects["technician"], ["hr.employee", other.id]
        )
        self.replan()
        trace = self.callback.sudo().trace_ids
        self.assertEqual((trace.field_name, trace.user_id), ("subjects", self.manager))
        self.assertIn(f"Technician: {self.technician.name}", trace.old_text)
        self.assertIn(f"Technician: {other.name}", trace.new_text)
        self.assertIn("Entered the wrong one", self.callback.message_ids[0].body)
        self.assertEqual(self.finish({self.manner.id: 0}).employee_id, other)
        self.assertRefused(UserError, "", step.action_name_again, "x")

    def replan(self):
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            self.policy.generate(NOW - timedelta(days=30), NOW + timedelta(days=1))
            self.env.invalidate_all()

    def test_nobody_named_judges_nobody(self):
        self.repair.technician_id = False
        self.callback.with_user(self.manager).action_name_again("Nobody came")
        self.assertFalse(self.callback.subjects)
        answer = self.finish({self.manner.id: 0})
        self.assertEqual((answer.value, answer.subject_kind), (0, "technician"))
        self.assertFalse(answer.employee_id or answer.user_id or answer.dealer_id)
        listed = self.env["revisit.answer"].search(
            [("employee_id", "=", False), ("callback_id", "=", self.callback.id)]
        )
        self.assertEqual(listed, answer)

    def test_archived_employee_is_judged_all_the_same(self):
        self.technician.action_archive()
        self.assertEqual(self.finish({self.manner.id: 3}).employee_id, self.technician)

    # ------------------------------------------------------------
    # ONE READER
    # ------------------------------------------------------------

    def test_answers_outside_their_question_are_refused(self):
        self.callback.with_user(self.agent).action_log_attempt("reached")
        for question, raw in (
            (self.manner, 6),
            (self.manner, -1),
            (self.manner, 2.5),
            (self.manner, "good"),
            (self.manner, [3]),
            (self.works, "Maybe"),
            (self.works, 10**12),
            (self.words, "x" * 6000),
        ):
            with self.subTest(raw=raw), self.assertRaises(ValidationError):
                self.callback.with_user(self.agent).action_done(
                    answers={question.id: raw}
                )
        self.assertFalse(self.callback.answer_ids)
        with self.assertRaises(UserError):
            self.callback.with_user(self.agent).action_done(answers={10**9: 3})
        with self.assertRaises(UserError):
            self.callback.with_user(self.agent).action_done(answers="all")

    def test_zero_is_an_answer_and_nothing_is_none(self):
        answers = self.finish({self.manner.id: 0, self.works.id: ""})
        self.assertEqual(answers.mapped("value"), [0])
        self.assertEqual(self.callback.attitude, 0)
        self.assertIs(self.callback.quality, False)

    def test_what_does_not_apply_is_kept_and_not_counted(self):
        answer = self.finish({self.works.id: "Not tried yet"})
        self.assertIs(answer.value, False)
        self.assertIs(self.callback.quality, False)

    def test_high_is_bad_where_the_question_says_so(self):
        question = self.make_question("Did it hurt?", "quality", is_reversed=True)
        self.assertEqual(self.finish({question.id: 1}).value, 80)

    def test_mandatory_question_is_asked_for(self):
        self.manner.constr_mandatory = True
        with self.assertRaisesRegex(UserError, "manner"):
            self.finish({self.works.id: "No"})

    def test_mandatory_question_is_not_skipped_by_leaving_all_out(self):
        """C6: neither by a program; one that tells figures or a verdict has asked."""
        self.manner.constr_mandatory = True
        callback = self.callback.with_user(self.agent)
        callback.action_log_attempt("reached")
        for given in ({"answers": {}}, {"answers": {self.works.id: "Yes"}}):
            with self.subTest(given=given), self.assertRaisesRegex(UserError, "manner"):
                callback.action_done(**given)
        self.assertEqual(callback.state, "in_progress")
        callback.action_done(attitude=80)
        self.assertEqual(callback.state, "done")
        other = self.make_callback(policy=self.policy, user_id=self.agent.id)
        other.with_user(self.agent).action_log_attempt("refused")
        other.with_user(self.agent).action_done(result="refused")
        self.assertEqual(other.result, "refused")

    # ------------------------------------------------------------
    # FIGURES WITHOUT A QUESTION
    # ------------------------------------------------------------

    def test_figures_of_the_api_become_answers(self):
        self.callback.with_user(self.agent).action_log_attempt("reached")
        self.callback.with_user(self.agent).action_done(
            satisfaction=90, attitude=70.5, nps=9
        )
        found = {a.measure: (a.value, a.raw) for a in self.callback.answer_ids}
        self.assertEqual(
            found,
            {
                "satisfaction": (90, "90"),
                "attitude": (70.5, "70.5"),
                "nps": (90, "9"),
            },
        )
        attitude = self.callback.answer_ids.filtered(lambda a: a.measure == "attitude")
        # all questions about it judge the technician
        self.assertEqual(attitude.employee_id, self.technician)

    def test_figure_beside_its_questions_is_refused(self):
        with self.assertRaises(ValidationError):
            self.finish({self.manner.id: 4}, attitude=90)

    def test_correction_of_a_figure_reaches_its_answer(self):
        [answer] = self.finish({self.manner.id: 4})
        for wrong in (150, -1):
            with self.assertRaises(ValidationError):
                self.callback.with_user(self.supervisor).write({"attitude": wrong})
        self.callback.with_user(self.supervisor).write({"attitude": 60})
        self.assertEqual(answer.value, 60)

    def test_correction_holds_for_the_conversation(self):
        """C8: what was said once is corrected once, with the callback that keeps it."""
        second = self.make_repair(technician_id=self.technician.id)
        self.policy.generate(NOW - timedelta(days=30), NOW + timedelta(days=1))
        follower = self.callbacks.search([("source_id", "=", second.id)])
        follower.sudo().contact_id = self.callback
        [answer] = self.finish({self.manner.id: 2})
        self.assertRefused(
            UserError,
            "said once for the whole conversation",
            follower.with_user(self.supervisor).write,
            {"attitude": 60},
        )
        self.callback.with_user(self.supervisor).write({"attitude": 60})
        self.assertEqual((answer.value, follower.attitude), (60, 60))
        self.assertEqual(len((self.callback | follower).answer_ids), 1)

    def test_figures_of_older_databases_become_answers(self):
        callback = self.make_done(
            measures={"satisfaction": 82.5, "quality": 0, "nps": 9}
        )
        self.make_done(measures={"feedback": "Nothing asked"})
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM revisit_answer")
        path = file_path("revisit_management/migrations/19.0.1.3.0/post-answers.py")
        migrate = load_script(path, "post_answers").migrate
        for _again in range(2):
            migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        answers = self.env["revisit.answer"].search([])
        self.assertEqual(
            {(a.measure, a.value, a.raw, a.subject_kind) for a in answers},
            {
                ("satisfaction", 82.5, "82.5", "callback"),
                ("quality", 0, "0", "callback"),
                ("nps", 90, "9", "callback"),
            },
        )
        self.assertEqual(answers.callback_id, callback)
        self.assertEqual(set(answers.mapped("answered_at")), {callback.done_at})

    def test_answers_stand_in_their_order_and_in_the_readers_language(self):
        """K5: as they were asked; a choice as its reader calls it."""
        self.env["res.lang"]._activate_lang("zh_CN")
        choice = self.works.suggested_answer_ids[0]
        choice.with_context(lang="zh_CN").value = "是"
        given = {self.manner.id: 4, self.works.id: "Yes", self.words.id: "Fine"}
        answers = self.finish(given)
        self.env.invalidate_all()
        self.assertEqual(self.callback.answer_ids.mapped("question_id.id"), list(given))
        works = answers.filtered(lambda a: a.question_id == self.works)
        self.assertEqual(works.answer_text, "Yes")
        self.assertEqual(works.with_context(lang="zh_CN").answer_text, "是")
        self.assertEqual(works.raw, "Yes")

    # ------------------------------------------------------------
    # ONE CONVERSATION
    # ------------------------------------------------------------

    def test_one_question_of_a_contact_is_asked_once(self):
        second = self.make_repair(technician_id=self.technician.id)
        self.policy.generate(NOW - timedelta(days=30), NOW + timedelta(days=1))
        follower = self.callbacks.search([("source_id", "=", second.id)])
        follower.sudo().contact_id = self.callback
        contact = self.callback | follower
        titles = [entry.question for entry in contact._get_asked()]
        self.assertEqual(
            titles, [self.manner, self.works, self.words], "same people, same product"
        )
        self.finish({self.manner.id: 5})
        self.assertEqual(len(contact.answer_ids), 1)
        self.assertEqual(follower.attitude, 100)

    def test_two_unknown_technicians_are_two(self):
        """C6: nobody named is not the same person; the service as a whole is one."""
        as_a_whole = self.make_question(
            "Satisfied?", "satisfaction", subject_kind="callback"
        )
        second = self.make_repair(technician_id=self.technician.id)
        self.policy.generate(NOW - timedelta(days=30), NOW + timedelta(days=1))
        follower = self.callbacks.search([("source_id", "=", second.id)])
        follower.sudo().contact_id = self.callback
        contact = (self.callback | follower).sudo()
        contact.subjects = False
        asked = [(e.question, e.callbacks) for e in contact._get_asked()]
        self.assertEqual(
            asked,
            [
                (self.manner, self.callback),
                (self.works, contact),
                (self.words, contact),
                (as_a_whole, contact),
                (self.manner, follower),
            ],
        )
        shown = {row["key"]: row["about"] for row in contact._get_questionnaire()}
        self.assertIn(second.name, shown[f"{follower.id}:{self.manner.id}"])
        self.finish(
            {
                f"{self.callback.id}:{self.manner.id}": 5,
                f"{follower.id}:{self.manner.id}": 0,
            }
        )
        self.assertEqual((self.callback.attitude, follower.attitude), (100, 0))

    def test_one_document_is_asked_about_once(self):
        """C6: two policies of one repair mean the same technician."""
        other = self.make_callback(
            self.make_policy("repair_done", survey_id=self.survey.id),
            partner_id=self.callback.partner_id.id,
            source_model="repair.order",
            source_id=self.repair.id,
            occasion="twice",
            product_id=self.product.id,
        )
        contact = (self.callback | other).sudo()
        contact.subjects = False
        self.assertEqual(
            [entry.question for entry in contact._get_asked()],
            [self.manner, self.works, self.words],
        )

    def test_another_technician_is_asked_about_apart(self):
        other = self.make_employee(self.make_user("revisit_other", "base.group_user"))
        second = self.make_repair(technician_id=other.id)
        self.policy.generate(NOW - timedelta(days=30), NOW + timedelta(days=1))
        follower = self.callbacks.search([("source_id", "=", second.id)])
        follower.sudo().contact_id = self.callback
        self.finish(
            {
                f"{self.callback.id}:{self.manner.id}": 5,
                f"{follower.id}:{self.manner.id}": 1,
            }
        )
        judged = {
            answer.employee_id: answer.value
            for answer in (self.callback | follower).answer_ids
        }
        self.assertEqual(judged, {self.technician: 100, other: 20})

    def test_several_people_and_their_coverage(self):
        roles = self.env["revisit.contact.role"].create(
            [{"name": "Head", "code": "t_head"}, {"name": "User", "code": "t_user"}]
        )
        self.policy.role_ids = [Command.create({"role_id": r.id}) for r in roles]
        head = self.make_customer("Head", parent_id=self.customer.id)
        callback = self.callback.with_user(self.agent)
        callback.action_answer({self.manner.id: 5}, roles[0].id, head.id)
        with self.assertRaises(UserError):
            callback.action_answer({}, roles[1].id)
        with self.assertRaises(UserError):
            stranger = self.make_customer("Stranger")
            callback.action_answer({self.manner.id: 5}, roles[1].id, stranger.id)
        callback.action_log_attempt("reached")
        callback.action_done(answers={self.manner.id: 2})
        self.assertEqual(self.callback.attitude, 70)
        self.assertEqual(
            (self.callback.roles_asked, self.callback.roles_reached), (2, 1)
        )
        self.assertEqual(self.callback.coverage, 50)

    def test_nobody_answers_twice(self):
        """C6: the customer by name is the customer; only roles that are asked for."""
        role = self.env["revisit.contact.role"].create({"name": "H", "code": "t_h"})
        other = self.env["revisit.contact.role"].create({"name": "O", "code": "t_o"})
        self.policy.role_ids = [Command.create({"role_id": role.id})]
        callback = self.callback.with_user(self.agent)
        callback.action_answer({self.manner.id: 5})
        theirs = self.make_customer(
            "Theirs", parent_id=self.customer.id, company_id=self.make_company().id
        )
        # another company's person, found by trying ids, is as unknown as none
        for person in (theirs.id, 2**31 - 1):
            with self.assertRaisesRegex(UserError, "choose one of the people") as told:
                callback.action_answer({self.works.id: "Yes"}, None, person)
            self.assertNotIn("Theirs", str(told.exception))
        with self.assertRaisesRegex(UserError, "in a role that"):
            callback.action_answer({self.works.id: "Yes"}, other.id)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            callback.action_answer({self.manner.id: 0}, None, self.customer.id)
        self.assertEqual(len(self.callback.answer_ids), 1)

    # ------------------------------------------------------------
    # WHAT STAYS
    # ------------------------------------------------------------

    def test_meaning_of_a_question_is_frozen_with_its_first_answer(self):
        self.manner.scale_max = 4
        self.finish({self.manner.id: 4, self.works.id: "No"})
        for vals in (
            {"scale_max": 10},
            {"subject_kind": "caller"},
            {"measure_id": self.measure["quality"].id},
            {"is_reversed": True},
            {"question_type": "text_box"},
            {"is_page": True},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.manner.with_user(self.manager).write(vals)
        with self.assertRaises(UserError):
            self.manner.with_user(self.manager).unlink()
        with self.assertRaises(UserError):
            self.works.suggested_answer_ids[1].revisit_value = 50
        with self.assertRaises(UserError):
            self.works.suggested_answer_ids[1].unlink()
        # nobody has chosen the first one; what was chosen means less without it
        for vals in ({"value": "Never"}, {"revisit_value": 40}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.works.suggested_answer_ids[0].with_user(self.manager).write(vals)
        with self.assertRaises(UserError):
            self.works.suggested_answer_ids[0].with_user(self.manager).unlink()
        with self.assertRaises(UserError):
            self.env["survey.question.answer"].with_user(self.manager).create(
                {"question_id": self.works.id, "value": "Perhaps"}
            )
        for vals in ({"value": "Excellent!"}, {"question_id": self.words.id}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.works.suggested_answer_ids[1].write(vals)
        self.manner.is_retired = True
        self.assertNotIn(
            self.manner, [entry.question for entry in self.callback._get_asked()]
        )

    def test_what_was_measured_keeps_its_code(self):
        """C2, G1: answers are not counted as something else than what was asked."""
        measure = self.env["revisit.measure"].create(
            {"name": "Own", "code": "own", "company_id": self.company.id}
        )
        mine = measure.with_user(self.manager)
        mine.code = "free"
        self.manner.measure_id = measure
        self.finish({self.manner.id: 3})
        with self.assertRaises(UserError):
            mine.code = "another"
        mine.write({"code": "free", "name": "Other name"})

    def test_words_that_were_answered_stay_and_languages_may_be_added(self):
        """C2: nobody makes another question of the one that customers answered."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["res.lang"]._activate_lang("de_DE")
        choice = self.works.suggested_answer_ids[1]
        for record in (self.manner, self.works, choice):
            name = "value" if record == choice else "title"
            record.update_field_translations(name, {"zh_CN": "无"})
        self.finish({self.manner.id: 4, self.works.id: "No"})
        for record in (self.manner, self.works, choice):
            name = "value" if record == choice else "title"
            record = record.with_user(self.manager)
            words = record[name]
            for lang in ("en_US", "zh_CN"):
                translated = record.with_context(lang=lang)
                with self.subTest(record=record, lang=lang):
                    with self.assertRaises(UserError):
                        translated.write({name: "Another"})
                    with self.assertRaises(UserError):
                        record.update_field_translations(name, {lang: "Another"})
                    with self.assertRaises(UserError):
                        record.update_field_translations(name, {"zh_CN": False})
                    translated.write({name: translated[name]})
            record.update_field_translations(name, {"de_DE": "Neu"})
            self.assertEqual(record.with_context(lang="de_DE")[name], "Neu")
            self.assertEqual(record.with_context(lang="zh_CN")[name], "无")
            self.assertEqual(record[name], words)
        for name in ("scale_min_label", "scale_mid_label", "scale_max_label"):
            with self.subTest(name=name), self.assertRaises(UserError):
                self.manner.with_user(self.manager)[name] = "Another"
        with self.assertRaises(UserError):
            self.manner.with_user(self.manager).description = "<p>Another</p>"

    def test_answers_are_nobodys_to_write(self):
        [answer] = self.finish({self.manner.id: 4})
        for user in (self.agent, self.supervisor, self.manager):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    answer.with_user(user).write({"value": 100})
                with self.assertRaises(AccessError):
                    answer.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    answer.with_user(user).create(
                        {"callback_id": self.callback.id, "subject_kind": "caller"}
                    )
        self.callback.with_user(self.supervisor).action_review("passed")
        with self.assertRaises(UserError):
            answer.sudo().write({"value": 100})

    def test_questionnaires_are_of_their_company(self):
        company = self.make_company()
        other = self.env["survey.survey"].create(
            {"title": "Theirs", "survey_type": "revisit", "company_id": company.id}
        )
        self.assertIn(
            self.survey,
            self.env["survey.survey"].with_user(self.manager).search([]),
        )
        self.assertNotIn(
            other, self.env["survey.survey"].with_user(self.manager).search([])
        )
        foreign = self.env["survey.survey"].create({"title": "Odoo's own"})
        self.assertFalse(foreign.company_id)
        with self.assertRaises(AccessError):
            foreign.with_user(self.manager).read(["title"])
        with self.assertRaises(UserError):
            self.policy.survey_id = foreign

    def test_questionnaires_are_not_answered_on_the_pages_of_surveys(self):
        """K3: whoever has the link gives no answers, which no callback would get."""
        public = self.env.ref("base.public_user")
        for user in (public, self.agent):
            with self.assertRaises(UserError):
                self.survey._create_answer(user=user)
        self.assertFalse(self.survey.user_input_ids)
        manager = self.manager
        self.assertTrue(self.survey._create_answer(user=manager, test_entry=True))
        other = self.env["survey.survey"].create({"title": "Odoo's own"})
        self.assertTrue(other._create_answer(user=public))

    def test_questionnaires_stay_in_their_company(self):
        """K3: nobody reaches into another company's, nor gives theirs away."""
        company = self.make_company()
        theirs = self.make_survey("Theirs", company_id=company.id)
        question = self.make_question(
            "Theirs?",
            "quality",
            theirs,
            question_type="simple_choice",
            suggested_answer_ids=[
                Command.create({"value": "Yes", "revisit_value": 100}),
                Command.create({"value": "No", "revisit_value": 0}),
            ],
        )
        measure = self.env["revisit.measure"].create(
            {"name": "Theirs", "code": "theirs", "company_id": company.id}
        )
        as_manager = self.env(user=self.manager)
        choice = self.works.suggested_answer_ids[0].with_env(as_manager)
        for record, vals in (
            (choice, {"question_id": question.id}),
            (self.manner.with_env(as_manager), {"survey_id": theirs.id}),
            (self.manner.with_env(as_manager), {"measure_id": measure.id}),
            (self.survey.with_env(as_manager), {"company_id": company.id}),
            (self.survey.with_env(as_manager), {"company_id": False}),
            (self.survey.with_env(as_manager), {"survey_type": "survey"}),
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                record.write(vals)
        self.assertEqual(len(question.suggested_answer_ids), 2)
        free = self.make_survey("Not asked").with_user(self.manager)
        with self.assertRaises(UserError):
            free.company_id = company
        self.assertEqual(free.company_id, self.company)

    def test_questions_that_cannot_be_asked_are_refused(self):
        for values in (
            {"question_type": "matrix", "measure_id": False},
            {"question_type": "date", "measure_id": False},
            {"question_type": "text_box"},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.make_question("Bad", "quality", **values)
        survey = self.make_survey("Without choices")
        self.make_question("Which?", "quality", survey, question_type="simple_choice")
        with self.assertRaises(ValidationError):
            self.policy.survey_id = survey

    def test_trigger_names_its_subjects_by_a_path(self):
        trigger = self.env.ref("revisit_management.trigger_delivered")
        Subject = self.env["revisit.trigger.subject"]
        for path in ("nobody", "partner_id.name", "location_id", "move_ids"):
            with self.subTest(path=path), self.assertRaises(ValidationError):
                Subject.create(
                    {"trigger_id": trigger.id, "kind": "technician", "path": path}
                )
        with self.assertRaises(AccessError):
            Subject.with_user(self.manager).create(
                {"trigger_id": trigger.id, "kind": "technician", "path": "user_id"}
            )

    def test_finish_dialog_asks_the_questions(self):
        action = self.callback.with_user(self.agent).action_open_finish()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.agent)
            .with_context(**action["context"])
            .create({"result": "reached"})
        )
        shown = {question["key"]: question for question in wizard.questions}
        key = f"{self.callback.id}:{self.manner.id}"
        self.assertEqual(shown[key]["judged"], self.technician.name)
        self.assertEqual((shown[key]["low"], shown[key]["high"]), (0, 5))
        wizard.answers = {key: "5"}
        wizard.action_finish()
        self.assertEqual(self.callback.state, "done")
        self.assertEqual(self.callback.answer_ids.employee_id, self.technician)
