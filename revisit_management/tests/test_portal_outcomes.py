# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from lxml import html

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools import windows
from .common import ZONE, RevisitCommon
from .test_portal import MASKED, PHONE, PortalCase

RIGHT = "+8613900139000"
NUMBER_WANTED = "revisit_management.activity_type_callback_number"


@tagged("post_install", "-at_install")
class TestPortalOutcomes(PortalCase):
    """C3, H1: what came of a dealer's try, and what the page offers next."""

    def setUp(self):
        super().setUp()
        self.team.member_ids += self.supervisor
        self.callback = self.make_dealer_callback(team_id=self.team.id)
        self.login()

    def get(self, callback=None):
        return self.get_page(f"/my/callbacks/{(callback or self.callback).id}")

    def find_chosen(self, text):
        page = html.fromstring(text)
        return page.xpath("//input[@name='result'][@checked]/@value")

    # ------------------------------------------------------------
    # WRONG NUMBER
    # ------------------------------------------------------------

    def test_wrong_number_parks_the_customer(self):
        """C3: as in the console: a task for the right number, no more tries."""
        self.post(self.callback, "attempt", outcome="busy")
        self.assertTrue(self.callback.next_attempt_at)
        self.post(self.callback, "attempt", outcome="wrong_number", note="A shop")
        self.env.invalidate_all()
        self.assertTrue(self.customer.phone_wrong_on)
        self.assertFalse(self.callback.next_attempt_at)
        task = self.callback.activity_search([NUMBER_WANTED])
        self.assertEqual(task.user_id, self.supervisor)
        text = self.get()
        self.assertIn("This number is wrong", text)
        self.assertNotIn("o_revisit_reveal", text)
        # who finds it out enters it later, without another try
        self.assertIn('value="number"', text)
        page = self.post(self.callback, "number", phone="12")
        self.assertTrue(self.get_error(page.text))
        page = self.post(self.callback, "number", phone=RIGHT)
        self.assertIn("The number is saved", page.text)
        self.env.invalidate_all()
        self.assertEqual(self.customer.phone, RIGHT)
        self.assertFalse(self.customer.phone_wrong_on)
        self.assertFalse(self.callback.activity_search([NUMBER_WANTED]))
        self.assertEqual(len(self.callback.attempt_ids), 2)
        self.assertIn("o_revisit_reveal", self.get())

    def test_right_number_is_told_at_once(self):
        """C3: whoever answers may know it."""
        self.post(self.callback, "attempt", outcome="wrong_number", phone=PHONE)
        self.assertFalse(self.callback.attempt_ids)
        self.post(self.callback, "attempt", outcome="wrong_number", phone=RIGHT)
        self.env.invalidate_all()
        self.assertEqual(self.callback.attempt_ids.outcome, "wrong_number")
        self.assertEqual(self.customer.phone, RIGHT)
        self.assertFalse(self.customer.phone_wrong_on)

    def test_number_is_entered_by_its_dealer_alone(self):
        """L1: another dealer's customer keeps the number."""
        self.customer.phone_wrong_on = self.now.date()
        other = self.make_dealer_callback(dealer_id=self.dealer_b.id)
        self.post(other, "number", phone=RIGHT)
        self.env.invalidate_all()
        self.assertEqual(self.customer.phone, PHONE)
        # nor where nobody asks for it
        self.customer.phone_wrong_on = False
        self.post(self.callback, "number", phone=RIGHT)
        self.env.invalidate_all()
        self.assertEqual(self.customer.phone, PHONE)

    def test_number_is_there_to_dial_again(self):
        """K2: who has looked it up and tried it does not ask for it once more."""
        self.post(self.callback, "attempt", outcome="busy")
        text = self.get_page(f"/my/callbacks/{self.callback.id}?message=attempt")
        self.assertNotIn(PHONE, text)
        self.make_jsonrpc_request(f"/my/callbacks/{self.callback.id}/phone")
        page = self.post(self.callback, "attempt", outcome="no_answer")
        self.assertIn(f'href="tel:{PHONE}"', page.text)
        self.assertIn(MASKED, self.get())
        self.assertNotIn(PHONE, self.get())

    # ------------------------------------------------------------
    # OUTCOME AND RESULT
    # ------------------------------------------------------------

    def test_result_follows_the_attempts(self):
        """C3, H1: nothing is chosen before the first one."""
        self.assertEqual(self.find_chosen(self.get()), [])
        page = self.post(self.callback, "finish", outcome="reached")
        self.assertIn("Choose how the callback ended", self.get_error(page.text))
        self.post(self.callback, "attempt", outcome="no_answer")
        self.assertEqual(self.find_chosen(self.get()), ["not_reached"])
        page = self.post(
            self.callback, "finish", outcome="reached", result="not_reached"
        )
        self.assertIn("The newest attempt says", self.get_error(page.text))
        self.env.invalidate_all()
        self.assertTrue(self.callback.is_open)
        self.post(self.callback, "attempt", outcome="reached")
        self.assertEqual(self.find_chosen(self.get()), ["reached"])

    # ------------------------------------------------------------
    # TODAY
    # ------------------------------------------------------------

    def test_what_is_promised_today_is_todays_work(self):
        """C3, H1: and it stands where its hour puts it."""
        local = windows.to_local(self.now, ZONE)
        midnight = windows.day_start(local.date(), ZONE)
        day = timedelta(days=1)
        later = self.make_dealer_callback(window_end=self.now + 2 * day)
        promised = self.make_dealer_callback(
            window_end=self.now + 9 * day, next_attempt_at=midnight + day / 2
        )
        missed = self.make_dealer_callback(
            window_end=self.now + 9 * day, next_attempt_at=midnight - day
        )
        tomorrow = self.make_dealer_callback(
            window_end=self.now + 9 * day, next_attempt_at=midnight + 1.5 * day
        )
        urgent = self.get_links(self.get_page("/my/callbacks?filterby=urgent"))
        self.assertEqual(urgent, (missed + promised).ids)
        listed = self.get_links(self.get_page("/my/callbacks"))
        expected = missed + promised + tomorrow + later + self.callback
        self.assertEqual(listed, expected.ids)
        counters = {"counters": ["revisit_callback_urgent_count"]}
        counts = self.make_jsonrpc_request("/my/counters", counters)
        self.assertEqual(counts, {"revisit_callback_urgent_count": 2})

    # ------------------------------------------------------------
    # NO MORE CONTACT
    # ------------------------------------------------------------

    def test_nothing_is_offered_for_who_refuses_contact(self):
        """C10: neither the number nor another try, here and at the server."""
        self.customer.write({"do_not_contact": True, "do_not_contact_reason": "Said"})
        text = self.get()
        self.assertIn("asked not to be contacted", text)
        self.assertNotIn("o_revisit_reveal", text)
        self.assertNotIn('name="outcome"', text)
        page = self.post(self.callback, "attempt", outcome="no_answer")
        self.assertIn("do not try any more", self.get_error(page.text))
        self.env.invalidate_all()
        self.assertFalse(self.callback.attempt_ids)

    # ------------------------------------------------------------
    # SENT BACK
    # ------------------------------------------------------------

    def test_what_was_redone_is_kept_and_shown(self):
        """C8: the guidance stands at the top; a refused note is not lost."""
        self.post(self.callback, "attempt", outcome="reached")
        self.post(self.callback, "finish", result="reached", satisfaction="60")
        self.callback.with_user(self.supervisor).action_review("redo", "Ask again")
        text = self.get()
        alert = html.fromstring(text).xpath(
            "//div[contains(@class, 'o_revisit_redo_again')]"
        )
        self.assertIn("Ask again", alert[0].text_content())
        page = self.post(self.callback, "redone", note="n" * 2001, feedback="Well")
        self.assertTrue(self.get_error(page.text))
        self.assertNotIn("Not saved, as", page.text)
        self.assertValue(page.text, "note", "n" * 2001)
        page = self.post(self.callback, "redone", note="Asked again", feedback="Well")
        self.assertIn("Asked again", page.text)

    # ------------------------------------------------------------
    # WITH ONE THUMB
    # ------------------------------------------------------------

    def test_times_to_call_again_are_taps(self):
        """C3, H3: an hour, the evening, tomorrow at ten; one tap logs the attempt."""
        page = html.fromstring(self.get())
        slots = page.xpath("//button[@name='again']/@value")
        self.assertEqual(
            set(slots) | {"evening", "hour"}, {"hour", "evening", "tomorrow"}
        )
        self.post(self.callback, "", outcome="no_answer", again="tomorrow")
        self.env.invalidate_all()
        attempt = self.callback.attempt_ids
        self.assertEqual(attempt.outcome, "no_answer")
        self.assertEqual(attempt.next_at, self.callback._get_times_again()["tomorrow"])
        self.assertEqual(self.callback.next_attempt_at, attempt.next_at)

    def test_in_an_hour_is_logged_once(self):
        """C3: sent again, because its answer was lost, it is the same hour."""
        self.customer.write({"callback_hour_from": 0, "callback_hour_to": 24})
        self.company.write({"revisit_touch_hour_from": 0, "revisit_touch_hour_to": 24})
        for _time in range(2):
            self.post(self.callback, "", again="hour", seen="0")
        self.env.invalidate_all()
        attempt = self.callback.attempt_ids
        self.assertEqual(attempt.mapped("outcome"), ["rescheduled"])
        hour = attempt.next_at - attempt.at
        self.assertLess(abs(hour - timedelta(hours=1)), timedelta(seconds=30))

    def test_next_is_todays_work(self):
        """H1: what is late or due today and may be tried; in the end it says so."""
        self.policy.survey_id = False
        second, third, later, parked, own = (
            self.make_dealer_callback(
                partner_id=self.make_customer(name, phone=PHONE).id,
                window_end=self.now + timedelta(hours=hours),
            )
            for name, hours in (
                ("Second", -3),
                ("Third", -2),
                ("Later", -1),
                ("Parked", -4),
                ("Banned", -5),
            )
        )
        later.next_attempt_at = self.now + timedelta(minutes=30)
        parked.partner_id.phone_wrong_on = self.now.date()
        own.partner_id.write({"do_not_contact": True, "do_not_contact_reason": "Asked"})
        self.callback.window_end = self.now - timedelta(hours=4)
        self.env.flush_all()
        self.assertEqual(self.find_next(), second)
        self.assertEqual(self.find_next(second), third)
        # after the last one comes the first
        self.assertEqual(self.find_next(third), self.callback)
        for callback in (self.callback, second):
            self.post(callback, "attempt", outcome="reached")
            page = self.post(callback, "finish", result="reached", quality="80")
            self.assertIn("The callback is finished", page.text)
        self.assertEqual(self.find_next(second), third)
        self.post(third, "attempt", outcome="reached")
        page = self.post(third, "finish", result="reached", quality="80")
        self.assertIn("Nothing else is to be done today", page.text)

    def find_next(self, callback=None):
        page = html.fromstring(self.get(callback))
        links = page.xpath("//a[contains(@class, 'o_revisit_next')]/@href")
        return self.env["revisit.callback"].browse(int(links[0].rsplit("/", 1)[1]))

    # ------------------------------------------------------------
    # WHAT IS WRONG STANDS AT ITS FIELD
    # ------------------------------------------------------------

    def test_all_that_is_wrong_is_told_at_its_field(self):
        """H1, H3: at once, without the field's name; what was typed stays."""
        typed = {"quality": "150", "nps": "11", "minutes": "-5", "feedback": "Loud"}
        page = self.post(
            self.callback, "finish", outcome="reached", result="reached", **typed
        )
        faults = self.get_faults(page.text)
        self.assertEqual(set(faults), {"quality", "nps", "minutes"})
        self.assertTrue(faults["quality"].startswith("What you entered is 150:"))
        for name in ("quality", "minutes", "feedback"):
            self.assertValue(page.text, name, typed[name])
        self.env.invalidate_all()
        self.assertFalse(self.callback.attempt_ids)

    def test_each_field_of_an_attempt_tells_what_is_wrong(self):
        """C3, H3: outcome, time, number and result."""
        late = (self.now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
        for step, values, field in (
            ("attempt", {}, "outcome"),
            ("attempt", {"outcome": "rescheduled"}, "next_at"),
            ("attempt", {"outcome": "busy", "next_at": late}, "next_at"),
            ("attempt", {"outcome": "wrong_number", "phone": "12"}, "phone"),
            ("finish", {"result": ""}, "result"),
            ("finish", {"result": "not_reached", "quality": "9"}, "result"),
        ):
            with self.subTest(values=values):
                page = self.post(self.callback, step, **values)
                self.assertEqual(list(self.get_faults(page.text)), [field])
        self.env.invalidate_all()
        self.assertFalse(self.callback.attempt_ids)

    def test_sentences_do_not_name_customer_and_document(self):
        """H1, K2: the page shows them already."""
        page = self.post(self.callback, "finish", result="not_reached")
        error = self.get_error(page.text)
        self.assertTrue(error)
        self.assertNotIn("Zhang Wei", error)
        self.callback.sudo().write({"state": "in_progress"})
        self.env.flush_all()
        told = self.callback._portal_tell(
            UserError(f"{self.callback._get_row_name()}: sign it.")
        )
        self.assertEqual(told["error"], "This callback: sign it.")


@tagged("post_install", "-at_install")
class TestOutcomes(RevisitCommon):
    """C3: result and attempts agree, whoever finishes the callback."""

    def test_agents_result_agrees_with_the_attempts(self):
        callback = self.make_callback(user_id=self.agent.id).with_user(self.agent)
        callback.action_log_attempt("reached")
        self.assertRefused(
            UserError, "newest attempt", callback.action_done, result="not_reached"
        )
        callback.action_log_attempt("no_answer")
        callback.action_done(result="not_reached")
        visit = self.make_callback(
            user_id=self.agent.id, channel="meeting", source_id=7
        ).with_user(self.agent)
        visit.action_log_attempt("no_answer")
        self.assertRefused(
            UserError, "customer was reached", visit.action_done, result="reached"
        )
        visit.action_log_attempt("reached")
        visit.action_done(result="reached")


class MatterMixin:
    """A matter that is to be confirmed, whose policy asks whether it is solved."""

    def make_matter(self, **values):
        issue = self.make_issue()
        issue.action_acknowledge()
        issue.action_resolve("Replaced the fan")
        return {
            "source_model": issue._name,
            "source_id": issue.id,
            "source_name": issue.name,
            **values,
        }

    def make_solved(self, survey, **values):
        measure = self.env["revisit.measure"].create(
            {"name": "Solved", "code": "solved", "is_resolution": True}
        )
        return self.env["survey.question"].create(
            {
                "survey_id": survey.id,
                "title": "Is the matter settled?",
                "question_type": "simple_choice",
                "measure_id": measure.id,
                "suggested_answer_ids": [
                    Command.create({"value": "Settled", "revisit_value": 100}),
                    Command.create({"value": "Open", "revisit_value": 0}),
                ],
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestAskedOnce(MatterMixin, PortalCase):
    """D5, C6: the verdict on a matter is asked once, and demanded where it stands."""

    def setUp(self):
        super().setUp()
        survey = self.env["survey.survey"].create(
            {"title": "Confirmation", "survey_type": "revisit"}
        )
        self.solved = self.make_solved(survey)
        self.policy.survey_id = survey
        self.first = self.make_dealer_callback(**self.make_matter(occasion="1"))
        self.second = self.make_dealer_callback(
            **self.make_matter(occasion="2", contact_id=self.first.id)
        )
        self.login()

    def name(self, callback):
        return f"question_{callback.id}_{self.solved.id}"

    def test_dealer_asks_once_for_each_matter(self):
        """D3: the question is the verdict; it has the star, and the error names it."""
        text = self.get_page(f"/my/callbacks/{self.first.id}")
        self.assertNotIn("customer_confirmed", text)
        page = html.fromstring(text)
        legends = [
            legend.text_content()
            for legend in page.xpath("//legend")
            if "Is the matter settled?" in legend.text_content()
        ]
        self.assertEqual(len(legends), 2)
        self.assertTrue(all("*" in legend for legend in legends))
        yes, no = self.solved.suggested_answer_ids
        page = self.post(
            self.first,
            "finish",
            outcome="reached",
            result="reached",
            **{self.name(self.first): str(yes.id)},
        )
        asked = self.callbacks.search([("contact_id", "=", self.first.id)])
        fault = self.get_faults(page.text)
        self.assertEqual(list(fault), [self.name(asked[:1])])
        self.assertIn("wants this answered", " ".join(fault.values()))
        self.post(
            self.first,
            "finish",
            outcome="reached",
            result="reached",
            **{self.name(self.first): str(yes.id), self.name(self.second): str(no.id)},
        )
        self.env.invalidate_all()
        both = self.first + self.second
        self.assertEqual(both.mapped("customer_confirmed"), ["yes", "no"])

    def test_agents_are_asked_once(self):
        """C6: neither the form nor the console asks beside the question."""
        callback = self.make_callback(
            policy=self.make_policy(survey_id=self.solved.survey_id.id),
            user_id=self.agent.id,
            **self.make_matter(occasion="3"),
        )
        wizard = self.env["revisit.callback.finish"].create(
            {"callback_id": callback.id}
        )
        self.assertFalse(wizard.is_confirming)
        self.assertTrue(wizard.questions[0]["mandatory"])
        talk = self.env["revisit.console"]._get_talk(callback, callback)
        self.assertFalse(talk["confirming"])
        mine = callback.with_user(self.agent)
        mine.action_log_attempt("reached")
        self.assertRefused(
            UserError, "Is the matter settled?", mine.action_done, answers={}
        )

    def test_answers_are_read_in_the_readers_language(self):
        """C6: a choice is known in every language, whoever has chosen it."""
        self.env["res.lang"]._activate_lang("zh_CN")
        yes = self.solved.suggested_answer_ids[0]
        yes.with_context(lang="zh_CN").value = "已解决"
        self.portal_a.lang = "zh_CN"
        self.login()
        self.post(
            self.first,
            "finish",
            outcome="reached",
            result="reached",
            **{self.name(c): str(yes.id) for c in self.first + self.second},
        )
        self.env.invalidate_all()
        answer = self.first.answer_ids
        self.assertEqual(answer.with_context(lang="en_US").answer_text, "Settled")
        self.assertEqual(answer.with_context(lang="zh_CN").answer_text, "已解决")
        self.assertIn("已解决", self.get_page(f"/my/callbacks/{self.first.id}"))
