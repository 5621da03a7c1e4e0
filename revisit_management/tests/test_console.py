# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW, SECOND, SIGNATURE, ZONE, RevisitCommon, utc

LATER = NOW + timedelta(seconds=11)


@tagged("post_install", "-at_install")
class TestConsole(RevisitCommon):
    """C1, C2, C3: one customer after the other, on one screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lin = cls.make_customer("Lin Na", phone="13800138000")
        cls.first = cls.make_callback(
            partner_id=cls.lin.id,
            user_id=cls.agent.id,
            window_end=NOW + timedelta(hours=1),
        )
        cls.second = cls.make_callback(
            partner_id=cls.make_customer("Gao Feng", phone="13900139000").id,
            user_id=cls.agent.id,
            window_end=NOW + timedelta(hours=2),
        )
        cls.console = cls.env["revisit.console"].with_user(cls.agent)
        cls.pending = cls.env["revisit.pending.outcome"]

    def settle(self, moment=LATER):
        with self.at(moment):
            failed = self.console.settle()
        self.env.invalidate_all()
        return failed

    # ------------------------------------------------------------
    # FROM ONE CUSTOMER TO THE NEXT
    # ------------------------------------------------------------

    def test_an_outcome_and_the_next_customer_are_one_step(self):
        """C1, C3: the most urgent first; an empty queue says so."""
        screen = self.console.open_screen()
        self.assertEqual(screen["callback"]["id"], self.first.id)
        self.assertEqual(screen["customer"]["name"], "Lin Na")
        screen = self.console.press(self.first.id, "no_answer")
        self.assertEqual(screen["callback"]["id"], self.second.id)
        self.assertIn("Lin Na", screen["pressed"]["text"])
        screen = self.console.press(self.second.id, "busy")
        self.assertFalse(screen["callback"])
        self.assertTrue(screen["empty"])
        self.assertFalse(self.first.attempt_ids)
        self.assertEqual(self.settle(), [])
        self.assertEqual(self.first.attempt_ids.outcome, "no_answer")
        self.assertEqual(self.second.attempt_ids.outcome, "busy")
        self.assertEqual(self.first.state, "in_progress")
        self.assertEqual(self.first.attempt_ids.user_id, self.agent)
        self.assertFalse(self.pending.search([]))

    def test_next_leaves_a_customer_for_another_one(self):
        """C1: nothing is recorded, and a colleague may call whom one has left."""
        self.assertEqual(self.console.open_screen()["callback"]["id"], self.first.id)
        screen = self.console.open_screen(None, self.first.id)
        self.assertEqual(screen["callback"]["id"], self.second.id)
        self.assertFalse(self.first.with_user(self.agent2).busy_user_id)
        self.assertEqual(self.second.with_user(self.agent2).busy_user_id, self.agent)
        # there is no other one
        self.second.sudo().next_attempt_at = NOW + timedelta(days=1)
        screen = self.console.open_screen(None, self.first.id)
        self.assertEqual(screen["callback"]["id"], self.first.id)

    def test_a_talk_is_recorded_with_all_that_was_said(self):
        """C3, C7: answers, words, duration and wrap-up, by whom and when."""
        said = {
            "measures": {"satisfaction": "85", "feedback": "Quick and friendly"},
            "duration": 130,
            "wrap_up": 12,
        }
        self.console.press(self.first.id, "reached", said)
        self.assertEqual(self.first.state, "assigned")
        self.settle()
        self.assertRecordValues(
            self.first,
            [
                {
                    "state": "done",
                    "result": "reached",
                    "satisfaction": 85.0,
                    "feedback": "Quick and friendly",
                    "made_by_id": self.agent.id,
                    "done_at": NOW,
                }
            ],
        )
        self.assertRecordValues(
            self.first.attempt_ids,
            [{"outcome": "reached", "at": NOW, "duration": 130, "wrap_up": 12}],
        )

    def test_the_moment_counts_at_which_it_was_pressed(self):
        """C3: pressed in the last second of the window, it is on time."""
        with self.at(NOW + timedelta(hours=1) - SECOND):
            self.console.press(
                self.first.id, "reached", {"measures": {"satisfaction": 90}}
            )
        self.settle(NOW + timedelta(hours=2))
        self.assertEqual(self.first.done_at, NOW + timedelta(hours=1) - SECOND)
        self.assertTrue(self.first.is_on_time)

    def test_refused_wrong_number_and_call_again(self):
        """C3: each outcome with what it brings."""
        self.console.press(
            self.first.id,
            "refused",
            {"measures": {"feedback": "Never again", "satisfaction": 80}},
        )
        evening = NOW + timedelta(hours=5)
        self.console.press(
            self.second.id, "rescheduled", {"next_at": f"{evening:%F %T}"}
        )
        self.settle()
        self.assertEqual(self.first.result, "refused")
        self.assertEqual(self.first.feedback, "Never again")
        self.assertIs(self.first.satisfaction, False)
        self.assertEqual(self.second.next_attempt_at, evening)
        self.assertFalse(self.console.open_screen()["callback"])
        with self.at(evening):
            screen = self.console.open_screen()
            self.assertEqual(screen["callback"]["id"], self.second.id)
            self.company.country_id = self.env.ref("base.cn")
            self.console.press(
                self.second.id, "wrong_number", {"phone": "137 1234 5678"}
            )
        self.settle(evening + timedelta(seconds=11))
        self.assertEqual(self.second.partner_id.phone, "+8613712345678")

    def test_a_past_time_to_call_again_is_refused(self):
        """C3: by console and RPC alike, and nothing is logged."""
        past = f"{NOW - timedelta(hours=1):%F %T}"
        for refused in (
            lambda: self.console.press(self.first.id, "rescheduled", {"next_at": past}),
            lambda: self.first.with_user(self.agent).action_log_attempt(
                "rescheduled", next_at=past
            ),
        ):
            self.assertRefused(UserError, "over already", refused)
        self.assertFalse(self.first.attempt_ids)
        self.assertFalse(self.pending.search([]))

    def test_each_agent_has_customers_of_their_own(self):
        """C1: what a colleague has pressed or opened is not offered."""
        self.second.user_id = False
        other = self.env["revisit.console"].with_user(self.agent2)
        self.assertEqual(other.open_screen()["callback"]["id"], self.second.id)
        self.console.press(self.first.id, "no_answer")
        self.assertFalse(self.console.open_screen()["callback"])
        seen = self.env["revisit.console"].with_user(self.supervisor)
        screen = seen.open_screen(self.second.id)
        self.assertIn(self.agent2.name, " ".join(screen["callback"]["warnings"]))

    # ------------------------------------------------------------
    # TAKING BACK
    # ------------------------------------------------------------

    def test_what_is_taken_back_leaves_nothing(self):
        """C3: neither attempts nor messages, and what was typed comes back."""
        messages = self.env["mail.message"].search_count([])
        said = {"measures": {"satisfaction": 40, "feedback": "Too late"}}
        self.console.open_screen(self.first.id)
        looked_up = self.env["mail.message"].search_count([]) - messages
        pressed = self.console.press(self.first.id, "reached", said)["pressed"]
        with self.at(NOW + timedelta(seconds=9)):
            screen = self.console.take_back(pressed["id"])
        self.assertEqual(screen["callback"]["id"], self.first.id)
        self.assertEqual(screen["said"], said)
        self.assertEqual(screen["outcome"], "reached")
        self.settle()
        self.assertEqual(self.first.state, "assigned")
        self.assertFalse(self.first.attempt_ids)
        # the other customer's number was shown on the screen in between
        shown = self.env["mail.message"].search_count([]) - messages - looked_up
        self.assertEqual(shown, 1)

    def fill_form(self, callback, **values):
        """Fill in the result form that the console has opened over itself."""
        forms = self.env["revisit.callback.finish"].with_user(self.agent)
        return forms.with_context(revisit_over_console=True).create(
            {"callback_id": callback.id, **values}
        )

    def test_a_form_may_be_taken_back_too(self):
        """C3, C5: for as long; the form opens again as it was filled in."""
        values = {"result": "reached", "feedback": "Nice", "signature": SIGNATURE}
        form = self.fill_form(self.first, **values)
        form.action_finish()
        self.assertEqual(self.first.state, "assigned")
        self.assertFalse(self.first.attempt_ids)
        screen = self.console.close_form(self.first.id)
        self.assertEqual(screen["callback"]["id"], self.second.id)
        self.assertIn("Lin Na", screen["pressed"]["text"])
        screen = self.console.take_back(screen["pressed"]["id"])
        self.assertEqual(screen["said"], {"form": form.id})
        self.assertEqual(screen["callback"]["id"], self.first.id)
        self.settle()
        self.assertEqual(self.first.state, "assigned")
        # put off, the form leaves the customer on the screen
        screen = self.console.close_form(self.first.id)
        self.assertEqual(screen["callback"]["id"], self.first.id)
        with self.at(LATER):
            form.action_finish_next()
        self.assertEqual(self.settle(LATER + timedelta(seconds=20)), [])
        self.assertEqual(self.first.state, "done")
        self.assertEqual(self.first.feedback, "Nice")
        self.assertEqual(self.first.done_at, LATER)
        self.assertEqual(self.first.attempt_ids.outcome, "reached")

    def test_a_form_is_refused_at_once(self):
        """C3: what is missing is told before it may be taken back."""
        form = self.fill_form(self.first, result="not_reached")
        self.assertRefused(UserError, "say how it went", form.action_finish)
        form.outcome = "busy"
        form.action_finish()
        self.assertRefused(UserError, "moment ago", form.action_finish)
        self.settle()
        self.assertEqual(self.first.result, "not_reached")
        self.assertEqual(self.first.attempt_ids.outcome, "busy")

    def test_a_form_on_the_callback_itself_is_recorded_at_once(self):
        """C3: Finish stays on the callback, and shows it finished."""
        form = self.fill_form(self.first, result="reached")
        form.with_context(revisit_over_console=False).action_finish()
        self.assertEqual(self.first.state, "done")

    def test_others_forms_are_not_pressed(self):
        """C3, K1: a browser names no form, nor finishes somebody else's callback."""
        said = {"form": self.fill_form(self.first, result="reached").id}
        self.assertRefused(
            UserError,
            "Send what was said",
            self.console.press,
            self.first.id,
            "reached",
            said,
        )
        forms = self.env["revisit.callback.finish"].with_user(self.agent2)
        values = {"callback_id": self.first.id, "result": "reached"}
        with self.assertRaises(AccessError):
            forms.with_context(revisit_over_console=True).create(values).action_finish()
        self.settle()
        self.assertEqual(self.first.state, "assigned")

    def test_what_is_recorded_is_not_taken_back(self):
        """C3: after ten seconds, by somebody else, or twice."""
        pressed = self.console.press(self.first.id, "busy")["pressed"]
        other = self.env["revisit.console"].with_user(self.agent2)
        self.assertRefused(
            UserError, "recorded already", other.take_back, pressed["id"]
        )
        self.settle()
        for bad in (pressed["id"], 0, None):
            self.assertRefused(
                UserError, "recorded already", self.console.take_back, bad
            )
        self.assertEqual(len(self.first.attempt_ids), 1)

    def test_an_outcome_is_pressed_once(self):
        """C3: a second tab records nothing a second time."""
        self.console.press(self.first.id, "busy")
        self.assertRefused(
            UserError, "a moment ago", self.console.press, self.first.id, "no_answer"
        )
        self.settle()
        self.assertEqual(self.first.attempt_ids.outcome, "busy")

    def test_a_customer_who_rings_back_at_once(self):
        """C1, C3: going back to a customer records what was pressed before."""
        self.console.press(self.first.id, "no_answer")
        screen = self.console.open_screen(self.first.id)
        self.assertEqual(screen["callback"]["tries"], "tries: 1")
        self.console.press(self.first.id, "reached", {"measures": {"quality": 60}})
        self.settle()
        self.assertEqual(
            self.first.attempt_ids.mapped("outcome"), ["reached", "no_answer"]
        )
        self.assertEqual(self.first.state, "done")

    def test_a_closed_browser_loses_nothing(self):
        """C3: the scheduled job records what waits, as its agent."""
        self.console.press(self.first.id, "reached", {"measures": {"quality": 70}})
        cron = type(self.env["ir.cron"])
        with self.at(LATER), patch.object(cron, "_commit_progress"):
            self.pending.with_user(self.env.ref("base.user_root"))._cron_settle()
        self.env.invalidate_all()
        self.assertEqual(self.first.state, "done")
        self.assertEqual(self.first.made_by_id, self.agent)
        self.assertEqual(self.first.attempt_ids.user_id, self.agent)

    def test_one_that_the_database_refuses_stops_no_other(self):
        """C3: the console goes on, and the row says why."""
        survey = self.env["survey.survey"].create(
            {"title": "Asked", "survey_type": "revisit"}
        )
        question = self.env["survey.question"].create(
            {"survey_id": survey.id, "title": "Well?", "question_type": "text_box"}
        )
        self.first.policy_id.survey_id = survey
        answers = {str(question.id): "Yes"}
        self.console.press(self.first.id, "reached", {"answers": answers})
        self.console.press(self.second.id, "busy")
        # somebody else has kept the answer meanwhile
        self.first.with_user(self.agent).action_answer(answers)
        with mute_logger("odoo.sql_db"):
            [failed] = self.settle()
        self.assertIn("answered already", failed["text"])
        self.assertEqual(self.second.attempt_ids.outcome, "busy")

    def test_what_cannot_be_recorded_any_more_says_so(self):
        """C3: cancelled meanwhile: nothing that was typed is lost."""
        said = {"measures": {"feedback": "All well"}}
        self.console.press(self.first.id, "reached", said)
        self.first.with_user(self.supervisor).action_cancel("Sold the house")
        [failed] = self.settle()
        self.assertIn("Lin Na could not be recorded", failed["text"])
        self.assertIn("cancelled", failed["text"])
        self.assertEqual(len(self.console.open_screen()["failed"]), 1)
        screen = self.console.take_back(failed["id"])
        self.assertEqual(screen["said"], said)
        self.assertFalse(screen["callback"]["is_open"])
        self.assertEqual(screen["failed"], [])

    # ------------------------------------------------------------
    # REFUSALS
    # ------------------------------------------------------------

    def test_what_is_missing_is_refused_at_once(self):
        """C3, C8: out of range, unknown, without proof; nothing stays behind."""
        visit = self.make_callback(
            policy=self.make_policy("manual", channel="visit"), user_id=self.agent.id
        )
        cases = [
            (UserError, visit, "reached", {}),
            (ValidationError, self.second, "reached", {"measures": {"quality": 150}}),
            (UserError, self.second, "reached", {"measures": {"state": "done"}}),
            (UserError, self.second, "reached", {"measures": {"done_at": "2026"}}),
            (UserError, self.second, "reached", {"answers": {"1": "yes"}}),
            (UserError, self.second, "reached", {"others": {"1": {}}}),
            (UserError, self.second, "reached", {"colour": "red"}),
            (UserError, self.second, "reached", {"measures": "good"}),
            (UserError, self.second, "reached", [1]),
            (ValidationError, self.second, "sleeping", {}),
            (UserError, self.second, None, {}),
            (ValidationError, self.second, "busy", {"duration": -1}),
            (ValidationError, self.second, "busy", {"wrap_up": "long"}),
            (ValidationError, self.second, "wrong_number", {"phone": "ask him"}),
        ]
        for error, callback, outcome, said in cases:
            with self.subTest(outcome=outcome, said=said):
                self.assertRaises(error, self.console.press, callback.id, outcome, said)
                self.assertFalse(self.pending.search([]))
                self.assertFalse(callback.attempt_ids)
                self.assertEqual(callback.state, "assigned")

    def test_console_is_for_agents(self):
        """K1: neither colleagues without the role nor dealers, by no method."""
        for user in (self.employee_user, self.portal_a):
            console = self.env["revisit.console"].with_user(user)
            for step in (
                lambda c: c.open_screen(),
                lambda c: c.open_screen(self.first.id),
                lambda c: c.press(self.first.id, "busy"),
                lambda c: c.take_back(1),
                lambda c: c.settle(),
                lambda c: c.show_number(self.first.id),
                lambda c: c.find("Lin"),
            ):
                self.assertRaises(AccessError, step, console)
        foreign = self.make_callback(
            partner_id=self.lin.id,
            user_id=self.agent2.id,
            policy=self.make_policy("manual"),
            team_id=self.make_team("Others", self.agent2).id,
        )
        self.assertRaises(AccessError, self.console.open_screen, foreign.id)
        self.assertRaises(AccessError, self.console.press, foreign.id, "busy")
        self.assertRaises(AccessError, self.console.show_number, foreign.id)
        self.assertNotIn(foreign.id, [one["id"] for one in self.console.find("Lin Na")])
        self.assertRefused(UserError, "gone", self.console.open_screen, 2**31 - 1)

    # ------------------------------------------------------------
    # WHAT THE SCREEN SHOWS
    # ------------------------------------------------------------

    def test_number_is_shown_to_its_agent_and_logged_once(self):
        """L1: with the task, the number; a look-up is noted for each reader."""

        def count():
            return len(self.first.message_ids.filtered(lambda m: "looked up" in m.body))

        screen = self.console.open_screen(self.first.id)
        self.assertEqual(screen["customer"]["number"], "13800138000")
        self.console.open_screen(self.first.id)
        self.assertEqual(count(), 1)
        seen = self.env["revisit.console"].with_user(self.supervisor)
        self.assertFalse(seen.open_screen(self.first.id)["customer"]["number"])
        self.assertEqual(seen.show_number(self.first.id)["number"], "13800138000")
        self.assertEqual(count(), 2)
        self.lin.write({"do_not_contact": True, "do_not_contact_reason": "asked"})
        self.assertTrue(self.first.is_open)
        screen = self.console.open_screen(self.first.id)
        self.assertFalse(screen["customer"]["number"])

    def test_records_are_the_customers_and_the_companys(self):
        """C2: purchases and repairs, without rights on them, of no other company."""
        self.make_order(self.lin)
        self.make_repair(self.lin)
        self.make_archive_line(self.lin)
        self.make_order(self.make_customer("Somebody Else"))
        other = self.make_company()
        foreign = self.env["sale.order"].create(
            {"partner_id": self.lin.id, "company_id": other.id}
        )
        foreign.action_confirm()
        screen = self.console.open_screen(self.first.id)
        found = {part["key"]: part["rows"] for part in screen["records"]}
        self.assertEqual(len(found["orders"]), 1)
        self.assertEqual(len(found["repairs"]), 1)
        self.assertEqual(len(found["products"]), 1)
        self.assertNotIn(foreign.name, str(screen))

    def test_a_customer_who_rings_is_found(self):
        """C1: by the end of the number or a part of the name; own work only."""

        def found(text):
            return [one["id"] for one in self.console.find(text)]

        for text in ("8000", "138 0013-8000", "13800138000", "lin n"):
            self.assertEqual(found(text), self.first.ids, text)
        for text in ("800", "x", "", None, "99999999", "%", "Nobody"):
            self.assertEqual(found(text), [], text)
        self.assertEqual(set(found("13")), set())

    def test_a_customer_without_open_work_is_found_by_the_last_callback(self):
        """C1: who rings after the talk is known; one row, of what the agent may see."""
        guo = self.make_customer("Guo", phone="13700137000")
        for _number in range(2):
            callback = self.make_callback(
                partner_id=guo.id,
                user_id=self.agent.id,
                window_end=NOW + timedelta(days=9),
            )
            callback.with_user(self.agent).action_log_attempt("reached")
            callback.with_user(self.agent).action_done(satisfaction=80)
        for text in ("7000", "Guo"):
            [row] = self.console.find(text)
            self.assertEqual(row["id"], callback.id)
            self.assertEqual(row["timing"], "nothing open")
            self.assertEqual(row["agent"], self.agent.name)
        screen = self.console.open_screen(row["id"])
        self.assertFalse(screen["callback"]["is_open"])
        self.assertEqual(screen["customer"]["name"], "Guo")
        stranger = self.make_user("stranger", "revisit_management.group_agent")
        self.assertEqual(self.console.with_user(stranger).find("7000"), [])

    def test_who_rings_is_found_by_the_latest_talk(self):
        """C1: by its time, not by when the callback was planned."""
        guo = self.make_customer("Guo", phone="13700137000")
        values = {"partner_id": guo.id, "user_id": self.agent.id}
        early, late = (self.make_callback(**values) for _number in range(2))
        for callback, moment in ((late, NOW), (early, NOW + timedelta(hours=1))):
            with self.at(moment):
                callback.with_user(self.agent).action_log_attempt("reached")
                callback.with_user(self.agent).action_done(satisfaction=80)
        cancelled = self.make_callback(**values)
        cancelled.with_user(self.supervisor).action_cancel("Not needed")
        [row] = self.console.find("Guo")
        self.assertEqual(row["id"], early.id)
        again = self.make_callback(**values)
        self.assertEqual([one["id"] for one in self.console.find("Guo")], again.ids)

    def test_day_in_figures(self):
        """C1: made, to make, late, and when the next one is due again."""
        late = self.make_callback(
            partner_id=self.make_customer("Late").id,
            user_id=self.agent.id,
            window_start=NOW - timedelta(days=3),
            window_end=NOW - timedelta(days=1),
        )
        self.console.press(
            late.id, "rescheduled", {"next_at": f"{utc(ZONE, 2026, 3, 10, 19):%F %T}"}
        )
        self.settle()
        self.console.press(self.first.id, "reached", {"measures": {"quality": 90}})
        with self.at(NOW + timedelta(seconds=30)):
            queue = self.console.open_screen()["queue"]
        self.assertEqual((queue["made"], queue["to_make"], queue["late"]), (1, 2, 1))
        self.assertTrue(queue["next_at"])
        with self.at(utc(ZONE, 2026, 3, 11, 9)):
            self.assertEqual(self.console.open_screen()["queue"]["made"], 0)

    # ------------------------------------------------------------
    # HELP
    # ------------------------------------------------------------

    def get_tasks(self):
        kind = self.env.ref("revisit_management.activity_type_callback_help")
        return self.env["mail.activity"].search(
            [("res_id", "=", self.first.id), ("activity_type_id", "=", kind.id)]
        )

    def test_supervisor_is_asked_and_answers(self):
        """C3: a task of who manages the unit; the answer is on the screen."""
        help_ = self.console.ask_supervisor(self.first.id, "May I offer a discount?")
        self.assertEqual(help_["by"], self.supervisor.name)
        self.assertFalse(help_["answer"])
        self.console.ask_supervisor(self.first.id, "How much?\nHe wants 10 %.")
        task = self.get_tasks()
        self.assertEqual(len(task), 1, "one question at a time")
        self.assertEqual((task.user_id, task.summary), (self.supervisor, "How much?"))
        sent = []
        with patch.object(
            type(self.env["bus.bus"]),
            "_sendone",
            lambda _bus, target, kind, message: sent.append((target, kind, message)),
        ):
            task.with_user(self.supervisor).action_feedback("Five, not more.")
        self.assertFalse(self.get_tasks().filtered("active"))
        screen = self.console.open_screen(self.first.id)
        self.assertEqual(screen["callback"]["help"]["answer"], "Five, not more.")
        told = [message for _t, kind, message in sent if kind == "revisit.help"]
        self.assertEqual([m["callback_id"] for m in told], [self.first.id])
        self.assertEqual(told[0]["help"]["by"], self.supervisor.name)

    def test_supervisor_answers_from_the_callback(self):
        """C3: by a button, where the question stands; any supervisor."""
        self.console.ask_supervisor(self.first.id, "May I offer a discount?")
        boss = self.make_user("boss", "revisit_management.group_manager")
        asked = self.first.with_user(boss)
        self.assertTrue(asked.may_answer)
        self.assertFalse(self.first.with_user(self.agent).may_answer)
        for step in (
            lambda: self.first.with_user(self.agent2).action_answer_help("No."),
            lambda: self.first.with_user(self.agent).action_answer_help("Yes!"),
        ):
            self.assertRefused(AccessError, "Only supervisors", step)
        self.assertRefused(UserError, "Write down", asked.action_answer_help, " ")
        action = asked.action_open_answer()
        wizard = (
            self.env["revisit.reason"]
            .with_user(boss)
            .with_context(**action["context"])
            .create({"reason": "Five, not more."})
        )
        self.assertEqual(wizard.question, "May I offer a discount?")
        wizard.action_apply()
        help_ = self.console.open_screen(self.first.id)["callback"]["help"]
        self.assertEqual((help_["answer"], help_["by"]), ("Five, not more.", boss.name))
        self.assertFalse(self.get_tasks().filtered("active"))
        self.assertRefused(UserError, "nobody waits", asked.action_answer_help, "Six.")

    def test_activity_menu_finds_the_question(self):
        """C3: the clock of Odoo's head opens the one callback, not all of them."""
        self.console.ask_supervisor(self.first.id, "May I?")
        views = self.env["ir.ui.view"].search([("type", "=", "search")])
        for model in self.env.registry:
            if not model.startswith("revisit.") or self.env[model]._abstract:
                continue
            if "activity_ids" not in self.env[model]._fields:
                continue
            arch = "".join(
                views.filtered(lambda v, m=model: v.model == m).mapped("arch")
            )
            for name in (
                "filter_activities_my",
                "activities_overdue",
                "activities_today",
                "activities_upcoming_all",
            ):
                self.assertIn(f'name="{name}"', arch, model)
        theirs = self.callbacks.with_user(self.supervisor)
        found = theirs.search(
            [
                ("activity_user_id", "=", self.supervisor.id),
                ("my_activity_date_deadline", "=", "today"),
            ]
        )
        self.assertEqual(found, self.first)

    def test_help_is_between_agents_and_supervisors(self):
        """C3, K1: dealers do not read it, and colleagues do not answer it."""
        self.console.ask_supervisor(self.first.id, "Is he <b>faking</b>?\nTell me.")
        task = self.get_tasks()
        self.assertIn("&lt;b&gt;", task.note)
        with self.assertRaises(ValidationError):
            task.user_id = self.agent2
        with self.assertRaises(AccessError):
            task.with_user(self.agent2).action_feedback("He is not.")
        self.assertFalse(self.first.help_answer)
        theirs = self.make_callback(
            self.make_policy("manual", level="dealer"), dealer_id=self.dealer_a.id
        ).with_user(self.portal_a)
        for name in ("help_question", "help_answer", "help_by_id"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                theirs.read([name])
        self.assertRaises(UserError, self.console.take_back, True)

    def test_who_manages_the_unit_asks_whoever_is_above(self):
        """C3: nobody asks themselves; without anybody to ask it is told."""
        head = self.make_user("head", "revisit_management.group_supervisor")
        self.first.user_id = self.supervisor
        first = self.first.with_user(self.supervisor)
        with self.assertRaisesRegex(UserError, "nobody to ask"):
            first.action_ask_supervisor("Who knows?")
        self.team.parent_id = self.make_team(members=head, manager=head)
        first.action_ask_supervisor("Who knows?")
        self.assertEqual(self.get_tasks().user_id, head)

    def test_answer_after_the_review(self):
        """C3, C8: the task can be ended; what is locked stays as it was."""
        self.console.ask_supervisor(self.first.id, "What now?")
        mine = self.first.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(satisfaction=80)
        self.first.with_user(self.supervisor).action_review("passed")
        self.get_tasks().with_user(self.supervisor).action_feedback("Too late.")
        self.assertFalse(self.get_tasks())
        self.assertFalse(self.first.help_answer)

    def test_help_is_for_who_makes_the_callback(self):
        """C3, K3: no empty question, none about others' work, no words by hand."""
        for nothing in ("", "  ", False):
            with self.assertRaisesRegex(UserError, "Write down"):
                self.console.ask_supervisor(self.first.id, nothing)
        stranger = self.make_user("stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self.first.with_user(stranger).action_ask_supervisor("What?")
        with self.assertRaises(AccessError):
            self.first.with_user(self.agent).help_answer = "Yes, all of it."
        self.assertFalse(self.get_tasks())

    def test_help_is_asked_for_in_the_form(self):
        """C3: the button's dialog, as its user fills it in."""
        action = self.first.with_user(self.agent).action_open_help()
        dialog = self.env["revisit.reason"].with_user(self.agent)
        dialog = dialog.with_context(**action["context"])
        dialog.create({"reason": "What now?"}).action_apply()
        self.assertEqual(self.first.help_question, "What now?")
