# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
from datetime import timedelta

from lxml import html
from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from ..controllers.workbook import DocumentWorkbook
from .common import SECOND, SIGNATURE, ZONE, RevisitCommon, utc

TALK = utc(ZONE, 2026, 3, 10, 15, 0)


@tagged("post_install", "-at_install")
class ReportCase(RevisitCommon):
    """A unit whose rulebook asks for reports, as the company has set it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rulebook = cls.env["revisit.rulebook"].create(
            {
                "name": "Reports",
                "code": "reports",
                "asks_report": True,
                "record_days": 0,
                "report_days": 1,
                "hand_in_days": 3,
                "extension_days": 7,
            }
        )
        cls.policy = cls.make_policy("manual", rulebook_id=cls.rulebook.id)

    def talk(self, at=TALK, **values):
        """Return the report that begins with a talk of the agent's."""
        with freeze_time(at):
            callback = self.make_done(
                policy=self.policy, rulebook_id=self.policy.rulebook_id.id, **values
            )
        return callback.report_id.with_user(self.agent)


@tagged("post_install", "-at_install")
class TestReport(ReportCase):
    """C8: record on the day, report on the next, handed in within three days."""

    # ------------------------------------------------------------
    # TIME LIMITS
    # ------------------------------------------------------------

    def test_limits_count_from_the_day_of_the_talk(self):
        report = self.talk()
        self.assertEqual(report.talked_at, TALK)
        self.assertEqual(report.record_until, utc(ZONE, 2026, 3, 11))
        self.assertEqual(report.report_until, utc(ZONE, 2026, 3, 12))
        self.assertEqual(report.hand_in_until, utc(ZONE, 2026, 3, 14))
        self.assertEqual(report.hand_in_due, utc(ZONE, 2026, 3, 14) - SECOND)
        self.assertTrue(report.is_record_on_time)
        self.assertEqual((report.state, report.user_id), ("draft", self.agent))

    def test_edges_of_all_rulebooks_that_ask_for_reports(self):
        """R: record_report, enterprise, quantified and three_rates, at their edges."""
        limits = {
            # code: days of record, report, hand-in and extension
            "record_report": (False, 1, False, False),
            "enterprise": (0, 1, 3, 7),
            "quantified": (False, False, False, False),
            "three_rates": (False, False, False, False),
        }
        for code, (record, report_days, hand_in, extension) in limits.items():
            rulebook = self.install_rulebook(code)
            with self.subTest(code):
                self.assertTrue(rulebook.asks_report)
                self.assertEqual(
                    (
                        rulebook.record_days,
                        rulebook.report_days,
                        rulebook.hand_in_days,
                        rulebook.extension_days,
                    ),
                    (record, report_days, hand_in, extension),
                )
            for name, days, flag in (
                ("report_until", report_days, "is_written_on_time"),
                ("hand_in_until", hand_in, "is_handed_in_on_time"),
            ):
                midnight = utc(ZONE, 2026, 3, 11 + (days or 0))
                for moment, on_time in (
                    (midnight - SECOND, True),
                    (midnight, days is False),
                ):
                    with self.subTest(code, name=name, moment=moment):
                        report = self.talk_under(rulebook)
                        with freeze_time(moment):
                            report.action_hand_in()
                        self.assertEqual(report[name], days is not False and midnight)
                        self.assertEqual(report[flag], on_time)

    def talk_under(self, rulebook):
        self.policy.rulebook_id = rulebook
        report = self.talk()
        self.assertEqual(report.rulebook_id, rulebook)
        return report

    def test_record_of_the_next_day_is_late(self):
        """A talk at 15:00 whose result is entered after midnight."""
        for midnight, on_time in ((SECOND, True), (timedelta(0), False)):
            with self.subTest(on_time=on_time):
                callback = self.make_callback(
                    policy=self.policy,
                    rulebook_id=self.rulebook.id,
                    user_id=self.agent.id,
                ).with_user(self.agent)
                with freeze_time(TALK):
                    callback.action_log_attempt("reached")
                with freeze_time(utc(ZONE, 2026, 3, 11) - midnight):
                    callback.action_done(satisfaction=80)
                report = callback.report_id
                self.assertEqual(report.talked_at, TALK)
                self.assertEqual(report.is_record_on_time, on_time)

    def test_talk_is_when_the_customer_was_first_reached(self):
        """C8: a second entry of the same talk makes no late record punctual."""
        callback = self.make_callback(
            policy=self.policy, rulebook_id=self.rulebook.id, user_id=self.agent.id
        ).with_user(self.agent)
        for outcome, at in (
            ("reached", TALK - timedelta(days=3)),
            ("no_answer", TALK - timedelta(days=2)),
            ("reached", TALK - timedelta(days=1)),
            ("reached", TALK),
        ):
            with freeze_time(at):
                callback.action_log_attempt(outcome)
        with freeze_time(TALK):
            callback.action_done(satisfaction=80)
        report = callback.report_id
        self.assertEqual(report.talked_at, TALK - timedelta(days=1))
        self.assertFalse(report.is_record_on_time)

    def test_words_that_are_taken_back_were_not_written(self):
        """C8: a dot on the next day is no report."""
        report = self.talk()
        report.assessment = "."
        self.assertTrue(report.is_written_on_time)
        report.assessment = False
        self.assertFalse(report.written_at or report.is_written_on_time)
        with freeze_time(TALK + timedelta(days=2)):
            report.action_hand_in()
        self.assertFalse(report.is_written_on_time)

    def test_several_rulebooks_in_one_talk_the_earliest_limit_counts(self):
        other = self.rulebook.copy(
            {"code": "other", "report_days": False, "hand_in_days": 2}
        )
        ends = (self.rulebook | other)._get_report_ends(TALK, ZONE)
        self.assertEqual(ends["report_until"], utc(ZONE, 2026, 3, 12))
        self.assertEqual(ends["hand_in_until"], utc(ZONE, 2026, 3, 13))

    def test_limits_out_of_order_are_refused(self):
        """Bad input: the hand-in would end before the report, or in years."""
        for values, text in (
            ({"hand_in_days": 0}, "ends before"),
            ({"extension_days": 2}, "ends before"),
            ({"record_days": -1}, "from 0 to 366"),
            ({"extension_days": 367}, "from 0 to 366"),
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, text),
                self.env.cr.savepoint(),
            ):
                self.rulebook.write(values)

    # ------------------------------------------------------------
    # WHICH TALKS
    # ------------------------------------------------------------

    def test_no_talk_no_report(self):
        """Nobody reached, no rulebook that asks, or a dealer's callback."""
        refused = self.make_callback(
            policy=self.policy, rulebook_id=self.rulebook.id, user_id=self.agent.id
        ).with_user(self.agent)
        refused.action_log_attempt("refused")
        refused.action_done()
        self.assertFalse(refused.report_id)
        self.rulebook.asks_report = False
        self.assertFalse(self.talk())

    def test_one_report_for_one_conversation(self):
        leader = self.make_callback(
            policy=self.policy, rulebook_id=self.rulebook.id, user_id=self.agent.id
        )
        follower = self.make_callback(
            user_id=self.agent.id,
            contact_id=leader.id,
            policy=self.make_policy("manual"),
        )
        made = leader.with_user(self.agent)
        made.action_log_attempt("reached")
        made.action_done(satisfaction=80)
        self.assertEqual(follower.state, "done")
        self.assertTrue(leader.report_id)
        self.assertEqual(follower.report_id, leader.report_id)
        self.assertEqual(
            self.env["revisit.report"].search_count(
                [("callback_id", "in", (leader | follower).ids)]
            ),
            1,
        )

    # ------------------------------------------------------------
    # HAND-IN
    # ------------------------------------------------------------

    def test_hand_in_in_one_step_for_a_days_reports(self):
        """The agent types nothing that was not said: choose all, hand in."""
        reports = self.talk() | self.talk()
        with freeze_time(TALK + timedelta(hours=1)):
            reports.action_hand_in()
        for report in reports:
            self.assertEqual(report.state, "handed_in")
            self.assertEqual(report.handed_in_by_id, self.agent)
            self.assertTrue(report.is_written_on_time)
            self.assertTrue(report.is_handed_in_on_time)
            self.assertEqual(report.timing, "on_time")

    def test_writing_on_the_next_day_and_handing_in_later(self):
        """The report is written when its words are, not when it is handed in."""
        report = self.talk()
        with freeze_time(TALK + timedelta(days=1)):
            report.assessment = "Glad to be asked."
        with freeze_time(TALK + timedelta(days=3)):
            report.action_hand_in()
        self.assertEqual(report.written_at, TALK + timedelta(days=1))
        self.assertTrue(report.is_written_on_time and report.is_handed_in_on_time)

    def test_handed_in_twice_is_told(self):
        report = self.talk()
        report.action_hand_in()
        moment = report.handed_in_at
        with self.assertRaisesRegex(UserError, "was handed in by"):
            report.action_hand_in()
        self.assertEqual(report.handed_in_at, moment)

    def test_nobody_hands_in_for_somebody_else(self):
        report = self.talk()
        with self.assertRaises(AccessError):
            report.with_user(self.agent2).action_hand_in()
        with self.assertRaisesRegex(UserError, "who has talked"):
            report.with_user(self.supervisor).action_hand_in()
        with self.assertRaises(AccessError):
            report.with_user(self.supervisor).assessment = "Splendid"
        with self.assertRaises(AccessError):
            report.with_user(self.agent2).read(["assessment"])

    def test_what_is_handed_in_stays(self):
        report = self.talk()
        report.action_hand_in()
        with self.assertRaises(AccessError):
            report.assessment = "Better"
        for name in ("handed_in_at", "hand_in_until", "talked_at", "state"):
            with self.subTest(name), self.assertRaises(AccessError):
                report.write({name: report[name]})
        with self.assertRaises(AccessError):
            report.with_user(self.manager).unlink()
        with self.assertRaises(AccessError):
            self.env["revisit.report"].with_user(self.manager).create(
                {"callback_id": self.make_done().id}
            )

    def test_timing_is_found_as_it_is_shown(self):
        report, reports = self.talk(), self.env["revisit.report"]
        for moment, timing in (
            (TALK, "open"),
            (utc(ZONE, 2026, 3, 13), "today"),
            (utc(ZONE, 2026, 3, 14) - SECOND, "today"),
            (utc(ZONE, 2026, 3, 14), "late"),
        ):
            with self.subTest(timing=timing, moment=moment), freeze_time(moment):
                reports.invalidate_model()
                self.assertEqual(report.timing, timing)
                for key in ("open", "today", "late", "on_time", "missed"):
                    found = reports.search(
                        [("timing", "=", key), ("id", "=", report.id)]
                    )
                    self.assertEqual(bool(found), key == timing, key)

    # ------------------------------------------------------------
    # MORE TIME
    # ------------------------------------------------------------

    def test_more_time_takes_the_place_of_the_three_days(self):
        report = self.talk()
        with freeze_time(TALK + timedelta(days=2)):
            report.action_ask_extension("The customer's file is with the workshop.")
            task = report.sudo().activity_ids
            self.assertEqual(task.user_id, self.supervisor)
            report.with_user(self.supervisor).action_grant_extension(note="Wait for it")
        self.assertEqual(report.hand_in_until, utc(ZONE, 2026, 3, 18))
        self.assertFalse(report.is_extension_late)
        self.assertEqual(report.extension_state, "granted")
        self.assertFalse(report.sudo().activity_ids)
        with freeze_time(utc(ZONE, 2026, 3, 18) - SECOND):
            report.action_hand_in()
        self.assertTrue(report.is_handed_in_on_time)
        # the earlier end stays in sight
        trace = report.sudo().trace_ids.filtered(
            lambda t: t.field_name == "hand_in_until"
        )
        self.assertEqual(trace.old_text[:10], "2026-03-14")

    def test_granted_time_ends_at_midnight(self):
        report = self.talk()
        report.action_ask_extension("Ill")
        report.with_user(self.supervisor).action_grant_extension("2026-03-15", "Ill")
        with freeze_time(utc(ZONE, 2026, 3, 16)):
            report.action_hand_in()
        self.assertFalse(report.is_handed_in_on_time)
        self.assertEqual(report.timing, "missed")

    def test_refused_time_stays_as_it_was(self):
        report = self.talk()
        report.action_ask_extension("I forgot")
        asked = report.with_user(self.supervisor)
        with self.assertRaisesRegex(UserError, "Say why"):
            asked.action_refuse_extension(" ")
        asked.action_refuse_extension("Three days are enough.")
        self.assertEqual(report.hand_in_until, utc(ZONE, 2026, 3, 14))
        with self.assertRaisesRegex(UserError, "asked for before"):
            report.action_ask_extension("Please")
        with self.assertRaisesRegex(UserError, "nobody is waiting"):
            asked.action_grant_extension(note="Well")

    def test_more_time_after_the_deadline_is_refused(self):
        """Bad input: an extension after the deadline."""
        report = self.talk()
        with (
            freeze_time(utc(ZONE, 2026, 3, 14)),
            self.assertRaisesRegex(UserError, "while there is still some"),
        ):
            report.action_ask_extension("Sorry")
        self.assertFalse(report.extension_state)

    def test_nobody_gives_themselves_time(self):
        report = self.talk()
        report.action_ask_extension("Ill")
        with self.assertRaisesRegex(AccessError, "Only supervisors"):
            report.action_grant_extension()
        own = report.sudo()
        own.user_id = self.supervisor
        with self.assertRaisesRegex(UserError, "is your own"):
            report.with_user(self.supervisor).action_grant_extension()

    def test_more_time_is_given_with_a_reason(self):
        """C8: granting needs a word, as refusing does."""
        report = self.talk()
        report.action_ask_extension("Ill")
        asked = report.with_user(self.supervisor)
        for note in ("", " ", False):
            with self.assertRaisesRegex(UserError, "Say why"):
                asked.action_grant_extension("2026-03-15", note)
        asked.action_grant_extension("2026-03-15", "Ill until Saturday")
        self.assertEqual(report.extension_note, "Ill until Saturday")

    def test_a_late_decision_harms_nobody_and_is_told(self):
        """C8: asked for in time, decided after it: granted late, and traced."""
        report = self.talk()
        report.action_ask_extension("Ill")
        asked = report.with_user(self.supervisor)
        with freeze_time(utc(ZONE, 2026, 3, 16)):
            with self.assertRaisesRegex(UserError, "2026-03-15 is over"):
                asked.action_grant_extension("2026-03-15", "Ill")
            asked.action_grant_extension("2026-03-16", "I was away")
            self.assertTrue(report.is_extension_late)
            report.action_hand_in()
        self.assertTrue(report.is_handed_in_on_time)
        names = report.sudo().trace_ids.mapped("field_name")
        self.assertIn("is_extension_late", names)

    def test_handed_in_before_a_late_decision(self):
        """C8: who does not wait for the answer is on time by it all the same."""
        report = self.talk()
        report.action_ask_extension("Ill")
        with freeze_time(utc(ZONE, 2026, 3, 15)):
            report.action_hand_in()
        self.assertFalse(report.is_handed_in_on_time)
        self.assertTrue(report.sudo().activity_ids, "somebody still has to answer")
        asked = report.with_user(self.supervisor)
        with freeze_time(utc(ZONE, 2026, 3, 19)):
            with self.assertRaisesRegex(UserError, "is over"):
                asked.action_grant_extension("2026-03-14", "Ill")
            asked.action_grant_extension("2026-03-15", "I was away")
        self.assertTrue(report.is_handed_in_on_time)
        self.assertTrue(report.is_extension_late)
        self.assertFalse(report.sudo().activity_ids)

    def test_time_that_was_not_asked_for_in_time(self):
        """C8: after the time is over nothing is given that nobody asked for."""
        report = self.talk()
        report.action_ask_extension("Ill")
        report.sudo().extension_asked_at = report.hand_in_until
        with (
            freeze_time(utc(ZONE, 2026, 3, 15)),
            self.assertRaisesRegex(UserError, "nobody had asked"),
        ):
            report.with_user(self.supervisor).action_grant_extension(
                "2026-03-16", "Well"
            )

    def test_days_that_cannot_be_granted(self):
        report = self.talk()
        report.action_ask_extension("Ill")
        asked = report.with_user(self.supervisor)
        for day, text in (
            ("2026-03-13", "after the one"),
            ("2026-03-18", "up to 2026-03-17"),
            ("soon", "soon"),
        ):
            with self.subTest(day), self.assertRaisesRegex(UserError, text):
                asked.action_grant_extension(day, "Ill")
        self.rulebook.extension_days = False
        with self.assertRaisesRegex(UserError, "say until when"):
            asked.action_grant_extension(note="Ill")
        asked.action_grant_extension("2026-03-30", "Ill")
        self.assertEqual(report.hand_in_until, utc(ZONE, 2026, 3, 31))

    # ------------------------------------------------------------
    # REVIEW
    # ------------------------------------------------------------

    def test_review_files_and_locks_the_report(self):
        report = self.talk()
        report.assessment = "Content."
        callback = report.callback_id
        review = callback.with_user(self.supervisor)
        with self.assertRaisesRegex(UserError, "has not handed in"):
            review.action_review("passed")
        self.assertEqual(callback.state, "done")
        report.action_hand_in()
        review.action_review("passed", "Well done.")
        self.assertEqual(report.state, "filed")
        self.assertEqual(report.review_note, "Well done.")
        for record in (report, report.sudo(), report.with_user(self.manager)):
            with self.subTest(user=record.env.user.login, su=record.env.su):
                with self.assertRaises(UserError):
                    record.write({"assessment": "Splendid"})
        self.assertEqual(report.assessment, "Content.")

    def test_failed_without_a_report(self):
        """Who never hands in can still be reviewed: the report stays missing."""
        report = self.talk()
        report.callback_id.with_user(self.supervisor).action_review("failed", "None")
        self.assertEqual(report.state, "filed")
        self.assertFalse(report.handed_in_at or report.is_handed_in_on_time)

    def test_sent_back_and_handed_in_again(self):
        report = self.talk()
        with freeze_time(TALK + timedelta(hours=1)):
            report.action_hand_in()
        callback = report.callback_id
        callback.with_user(self.supervisor).action_review("redo", "Say more.")
        self.assertEqual(report.state, "redo")
        with self.assertRaisesRegex(UserError, "say what was redone"):
            report.action_hand_in()
        with freeze_time(TALK + timedelta(days=5)):
            report.assessment = "More."
            callback.with_user(self.agent).action_redone("Said more.")
        self.assertEqual(report.state, "handed_in")
        # the first time counts: the reviewer has taken theirs
        self.assertTrue(report.is_handed_in_on_time)
        callback.with_user(self.supervisor).action_review("passed")
        self.assertEqual(report.state, "filed")

    def test_sent_back_before_it_was_handed_in(self):
        report = self.talk()
        callback = report.callback_id
        callback.with_user(self.supervisor).action_review("redo", "Where is it?")
        self.assertEqual(report.state, "draft")
        with freeze_time(TALK + timedelta(days=5)):
            callback.with_user(self.agent).action_redone("Here.")
        self.assertEqual(report.state, "handed_in")
        self.assertFalse(report.is_handed_in_on_time)

    def test_unlocking_opens_the_report_alone(self):
        report = self.talk()
        report.assessment = "Contnet."
        report.action_hand_in()
        callback = report.callback_id
        callback.with_user(self.supervisor).action_review("passed")
        callback.with_user(self.manager).action_unlock("A typo", ["words"])
        with self.assertRaises(UserError):
            report.assessment = "Content."
        callback.with_user(self.supervisor).action_review("passed")
        callback.with_user(self.manager).action_unlock("A typo", ["report"])
        report.invalidate_recordset()
        report.assessment = "Content."
        with self.assertRaises(UserError):
            callback.with_user(self.agent).feedback = "Other words"
        callback.with_user(self.supervisor).action_review("passed")
        with self.assertRaises(UserError):
            report.assessment = "Splendid"
        trace = report.sudo().trace_ids.filtered(
            lambda t: t.field_name == "assessment" and t.new_text == "Content."
        )
        self.assertEqual((trace.old_text, trace.new_text), ("Contnet.", "Content."))

    def test_reviewed_by_whom_the_rulebook_names(self):
        """C8: a supervisor, the unit's manager, or a callback manager."""
        other = self.make_user("revisit_other", "revisit_management.group_supervisor")
        self.team.parent_id = self.make_team("Above", manager=other)
        for role, allowed in (
            ("supervisor", {self.supervisor, other, self.manager}),
            ("unit_manager", {self.supervisor, self.manager}),
            ("manager", {self.manager}),
        ):
            self.rulebook.review_role = role
            for user in (self.supervisor, other, self.manager):
                report = self.talk()
                report.action_hand_in()
                review = report.callback_id.with_user(user)
                with self.subTest(role, user=user.login):
                    if user in allowed:
                        review.action_review("passed")
                        self.assertEqual(report.state, "filed")
                        continue
                    with self.assertRaisesRegex(UserError, "has this reviewed by"):
                        review.action_review("passed")

    # ------------------------------------------------------------
    # WHO READS THEM
    # ------------------------------------------------------------

    def test_other_units_and_companies_do_not_read_it(self):
        """K1: a report is its maker's, their supervisors' and the managers'."""
        report = self.talk()
        stranger = self.make_user("revisit_far", "revisit_management.group_supervisor")
        self.make_team("Far", manager=stranger)
        for user, reads in (
            (self.agent, True),
            (self.supervisor, True),
            (self.manager, True),
            (self.agent2, False),
            (stranger, False),
            (self.portal_a, False),
            (self.employee_user, False),
        ):
            with self.subTest(user.login):
                self.assertEqual(report.with_user(user).has_access("read"), reads)
                name = report.with_user(user).sudo(False).display_name
                self.assertEqual(report.partner_id.display_name in name, reads)
        company = self.make_company()
        abroad = self.make_user(
            "revisit_abroad",
            "revisit_management.group_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(report.with_user(abroad).has_access("read"))


@tagged("post_install", "-at_install")
class TestDocuments(ReportCase):
    """I3: record and report as PDF and Excel files, in the reader's language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")

    def make_report(self):
        report = self.talk(
            channel="visit",
            measures={
                "satisfaction": 80,
                "feedback": "=Quick and kind",
                "signature": SIGNATURE,
            },
        )
        report.assessment = "A loyal customer."
        report.proposal = "Offer the warranty extension."
        report.action_hand_in()
        return report

    def test_record_says_what_was_said(self):
        callback = self.make_report().callback_id.with_user(self.agent)
        document = callback._get_document()
        facts = dict(document.facts)
        self.assertEqual(facts["Customer"], callback.partner_id.name)
        self.assertEqual(facts["Customer's Words"], "=Quick and kind")
        self.assertEqual(facts["Signature"], "Signed by the customer")
        self.assertEqual(facts["Talk"], "2026-03-10 15:00")
        sections = {section.title: section for section in document.sections}
        [answer] = sections["Questions and Answers"].rows
        self.assertEqual((answer[0], answer[3]), ("Overall Satisfaction", 80))
        self.assertEqual(len(sections["Attempts"].rows), 1)

    def test_workbooks_hold_texts_numbers_and_times(self):
        report = self.make_report()
        callback = report.callback_id.with_user(self.agent)
        for record, title in (
            (callback, "Customer Callback Record"),
            (report, "Customer Callback Report"),
        ):
            document = record._get_document()
            data = DocumentWorkbook(document).build()
            sheet = load_workbook(io.BytesIO(data)).active
            with self.subTest(title):
                self.assertEqual(sheet.title, title)
                cells = [cell for row in sheet.iter_rows() for cell in row]
                [words] = [c for c in cells if c.value == "=Quick and kind"]
                self.assertEqual(words.data_type, "s")
                self.assertIn(80, [c.value for c in cells if c.data_type == "n"])
                self.assertTrue([c for c in cells if c.is_date])

    def test_documents_in_both_languages(self):
        report = self.make_report()
        for lang, titles in (
            ("en_US", ("Customer Callback Record", "Customer Callback Report")),
            ("zh_CN", ("客户回访记录表", "客户回访报告")),
        ):
            for record, name, title in zip(
                (report.callback_id.with_user(self.agent), report),
                ("record", "report"),
                titles,
                strict=True,
            ):
                with self.subTest(lang=lang, document=name):
                    content, _kind = (
                        self.env["ir.actions.report"]
                        .with_user(self.agent)
                        .with_context(lang=lang)
                        ._render_qweb_html(
                            f"revisit_management.report_{name}", record.ids
                        )
                    )
                    tree = html.fromstring(content)
                    [heading] = tree.xpath("//h2")
                    self.assertEqual(heading.text_content().strip(), title)
                    text = tree.text_content()
                    self.assertIn("=Quick and kind", text)
                    self.assertEqual("A loyal customer." in text, name == "report")
                    self.assertTrue(tree.xpath("//img[contains(@src, 'base64')]"))

    def test_nobody_prints_what_they_may_not_read(self):
        """K1: the address of a document gives no right."""
        report = self.make_report()
        for record in (report, report.callback_id):
            with self.subTest(record._name), self.assertRaises(AccessError):
                record.with_user(self.agent2)._get_document()

    def test_issues_of_others_stay_out_of_the_documents(self):
        """K1: a document names the issues that its reader may read."""
        report = self.make_report()
        callback = report.callback_id.sudo()
        far = self.make_team("Far")
        self.make_issue(callback_id=callback.id, name="Dripping", team_id=far.id)
        # an agent reads the issues of callbacks that are theirs
        callback.user_id = self.agent2
        for user, reads in ((self.manager, True), (self.agent, False)):
            read = report.with_user(user)
            titles = [section.title for section in read._get_document().sections]
            with self.subTest(user=user.login):
                self.assertEqual("Issues" in titles, reads)
                self.assertEqual("Dripping" in read.record_html, reads)

    def test_form_shows_the_record(self):
        report = self.make_report()
        self.assertIn("Overall Satisfaction", report.record_html)
        self.assertNotIn("<script", report.record_html)
