# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import SECOND, ZONE, RevisitCommon, utc

APRIL = utc(ZONE, 2026, 4, 1, 9, 0)


class AnalysisCase(RevisitCommon):
    """A unit whose rulebook asks for analyses of its quarters and years."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rulebook = cls.env["revisit.rulebook"].create(
            {
                "name": "Analysed",
                "code": "analysed",
                "asks_analysis": True,
                "quarter_analysis_days": 10,
                "year_analysis_days": 15,
                "analysis_from": "2026-03-01",
            }
        )
        cls.policy = cls.make_policy("manual", rulebook_id=cls.rulebook.id)
        cls.analyses = cls.env["revisit.analysis"]
        cls.manager2 = cls.make_user(
            "revisit_manager2", "revisit_management.group_manager"
        )

    @classmethod
    def make_due(cls, day="2026-03-20", **values):
        """Create a callback of the unit that is due on a day."""
        start = utc(ZONE, *date.fromisoformat(day).timetuple()[:3])
        return cls.make_callback(
            **{
                "policy": cls.policy,
                "rulebook_id": cls.rulebook.id,
                "team_id": cls.team.id,
                "user_id": cls.agent.id,
                "event_at": start - timedelta(days=1),
                "window_start": start,
                "window_end": start + timedelta(days=1),
                **values,
            }
        )

    def make_reports(self, moment=APRIL):
        """Return what the daily job makes at a moment."""
        with freeze_time(moment):
            return self.analyses._make()

    def make_report(self):
        """Return a report to write, as its responsible sees it."""
        self.make_due()
        return self.make_reports().with_user(self.supervisor)

    def hand_in(self, report, moment=APRIL, proposals=("Call in the evening",)):
        report.write(
            {
                "findings": "Nobody answers before noon",
                "item_ids": [Command.create({"proposal": p}) for p in proposals],
            }
        )
        with freeze_time(moment):
            return report.action_hand_in()


@tagged("post_install", "-at_install")
class TestAnalysisDue(AnalysisCase):
    """C8, R quantified: 10 working days after a quarter's end, 15 a year's."""

    def due(self, last, days=10):
        workdays = self.env["revisit.workday"]._get_workdays(self.company)
        last = date.fromisoformat(last)
        limit = self.analyses._get_limit(workdays, last, days, last + timedelta(1))
        return str(limit["due_on"])

    def test_quantified_alone_asks_for_analyses(self):
        """R quantified: 001.18; the other rule texts name no such report."""
        for code in self.rulebook._get_shipped_codes():
            rulebook = self.install_rulebook(code)
            asked = code == "quantified"
            with self.subTest(code):
                self.assertEqual(rulebook.asks_analysis, asked)
                self.assertEqual(
                    (rulebook.quarter_analysis_days, rulebook.year_analysis_days),
                    (10, 15) if asked else (False, False),
                )

    def test_working_days_after_the_end(self):
        """Wednesday 1 April is the first one, so the tenth is Tuesday the 14th."""
        self.assertEqual(self.due("2026-03-31"), "2026-04-14")
        # ends on a Saturday: Monday is the first
        self.assertEqual(self.due("2028-09-30"), "2028-10-13")

    def test_holidays_and_make_up_days(self):
        days = self.env["revisit.workday"]
        days.create({"date": "2026-04-06", "is_working": False, "name": "Qingming"})
        self.assertEqual(self.due("2026-03-31"), "2026-04-15")
        days.create({"date": "2026-04-11", "is_working": True, "name": "Made up"})
        self.assertEqual(self.due("2026-03-31"), "2026-04-14")

    def test_national_holidays_of_october(self):
        self.env["revisit.workday"].action_load_china()
        # 1 to 7 October 2026 are off, and Saturday the 10th is worked
        self.assertEqual(self.due("2026-09-30"), "2026-10-20")

    def test_over_the_end_of_the_year(self):
        self.assertEqual(self.due("2026-12-31"), "2027-01-14")
        self.assertEqual(self.due("2026-12-31", 15), "2027-01-21")

    def test_leap_day_counts_as_a_working_day(self):
        """29 February 2028 is a Tuesday."""
        self.assertEqual(self.due("2027-12-31", 42), "2028-02-29")
        self.assertEqual(self.due("2027-12-31", 43), "2028-03-01")

    def test_no_working_day_at_all(self):
        """A calendar without hours: no limit, so nothing is late."""
        self.company.resource_calendar_id.attendance_ids.unlink()
        report = self.make_report()
        self.assertFalse(report.due_on)
        self.assertFalse(report.hand_in_until)
        self.assertEqual(report.timing, "open")
        self.hand_in(report, APRIL + timedelta(days=400))
        self.assertFalse(report.is_late)

    def test_late_begins_at_the_companys_midnight(self):
        """The last moment of the 14th in Shanghai, and the next one."""
        midnight = utc(ZONE, 2026, 4, 15)
        for moment, late in ((midnight - SECOND, False), (midnight, True)):
            with self.subTest(late=late):
                self.analyses.search([]).sudo().unlink()
                self.rulebook.analysis_from = "2026-03-01"
                report = self.make_report()
                self.assertEqual(report.hand_in_until, midnight)
                notice = self.hand_in(report, moment)
                self.assertEqual(report.is_late, late)
                self.assertEqual(report.timing, "missed" if late else "on_time")
                if late:
                    self.assertIn("counts as late", notice["params"]["message"])

    def test_limits_that_cannot_be(self):
        for values in (
            {"quarter_analysis_days": 0},
            {"quarter_analysis_days": -1},
            {"year_analysis_days": 251},
            {"quarter_analysis_days": False, "year_analysis_days": False},
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, "working days"),
                self.env.cr.savepoint(),
            ):
                self.rulebook.write(values)

    def test_holidays_entered_later_move_what_is_open(self):
        report = self.make_report()
        self.env["revisit.workday"].create({"date": "2026-04-06", "is_working": False})
        self.make_reports(APRIL + timedelta(days=1))
        self.assertEqual(report.due_on, date(2026, 4, 15))
        self.assertEqual(report.activity_ids.date_deadline, date(2026, 4, 15))
        # a day that is over stays
        self.env["revisit.workday"].create({"date": "2026-04-07", "is_working": False})
        self.make_reports(APRIL + timedelta(days=30))
        self.assertEqual(report.due_on, date(2026, 4, 15))


@tagged("post_install", "-at_install")
class TestAnalysisMaking(AnalysisCase):
    """C8, I3: the system begins the reports, once each, whenever it runs."""

    def test_made_once_at_the_end_of_the_quarter(self):
        self.make_due()
        self.assertFalse(self.make_reports(utc(ZONE, 2026, 4, 1) - SECOND))
        report = self.make_reports(utc(ZONE, 2026, 4, 1))
        self.assertRecordValues(
            report,
            [
                {
                    "team_id": self.team.id,
                    "rulebook_id": self.rulebook.id,
                    "kind": "quarter",
                    "date_from": date(2026, 1, 1),
                    "date_to": date(2026, 3, 31),
                    "due_on": date(2026, 4, 14),
                    "user_id": self.supervisor.id,
                    "state": "draft",
                    "due_count": 1,
                }
            ],
        )
        for moment in (APRIL, APRIL + timedelta(days=1), APRIL + timedelta(days=60)):
            self.assertFalse(self.make_reports(moment))
        # nor if somebody puts the day back
        self.rulebook.analysis_from = "2026-01-01"
        self.assertFalse(self.make_reports())
        self.assertEqual(self.analyses.search_count([]), 1)

    def test_scheduled_action_runs_it(self):
        self.make_due()
        cron = self.env.ref("revisit_management.ir_cron_analysis")
        with freeze_time(APRIL), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(self.analyses.search([]).team_id, self.team)

    def test_server_was_off_for_a_week(self):
        self.make_due()
        report = self.make_reports(APRIL + timedelta(days=7))
        self.assertEqual(report.due_on, date(2026, 4, 14), "the rule's day stands")

    def test_server_was_off_for_half_a_year(self):
        """Nobody is late with what they were not asked for: the time counts anew."""
        self.make_due()
        self.make_due("2026-05-20")
        first, second = self.make_reports(utc(ZONE, 2026, 9, 1, 9)).sorted("date_to")
        self.assertEqual(first.date_to, date(2026, 3, 31))
        self.assertEqual(second.date_to, date(2026, 6, 30))
        for report in (first, second):
            self.assertEqual(report.counted_from, date(2026, 9, 1))
            self.assertEqual(report.due_on, date(2026, 9, 15))

    def test_quarter_and_year_end_together(self):
        self.make_due("2026-12-10")
        self.rulebook.analysis_from = "2026-12-31"
        quarter, year = self.make_reports(utc(ZONE, 2027, 1, 1, 9)).sorted("kind")
        self.assertEqual((quarter.kind, str(quarter.due_on)), ("quarter", "2027-01-14"))
        self.assertEqual((year.kind, str(year.due_on)), ("year", "2027-01-21"))
        self.assertEqual(year.date_from, date(2026, 1, 1))

    def test_periods_without_days_are_not_analysed(self):
        self.rulebook.write(
            {"quarter_analysis_days": False, "analysis_from": "2026-12-31"}
        )
        self.make_due("2026-12-10")
        report = self.make_reports(utc(ZONE, 2027, 1, 1, 9))
        self.assertEqual(report.kind, "year")

    def test_only_units_with_work_under_the_rulebook(self):
        """Not a unit without callbacks, a dealer's, or one of another rulebook."""
        self.make_team("Idle", manager=self.supervisor)
        dealers = self.make_team("Dealer's", kind="dealer", dealer_id=self.dealer_a.id)
        self.make_due(
            team_id=dealers.id,
            user_id=False,
            level="dealer",
            dealer_id=self.dealer_a.id,
        )
        other = self.make_policy("manual")
        self.make_due(policy=other, rulebook_id=other.rulebook_id.id)
        self.make_due(state="cancelled", cancel_reason="person")
        self.assertFalse(self.make_reports())

    def test_switching_on_asks_for_nothing_earlier(self):
        self.make_due()
        self.rulebook.asks_analysis = False
        with freeze_time(APRIL):
            self.rulebook.asks_analysis = True
        self.assertEqual(self.rulebook.analysis_from, date(2026, 4, 1))
        self.assertFalse(self.make_reports())

    def test_who_is_responsible(self):
        """The unit's manager, one above, or the owner; else nobody, which is said."""
        above = self.make_team("Above", manager=self.supervisor)
        self.team.write({"manager_id": False, "parent_id": above.id})
        report = self.make_report()
        self.assertEqual(report.user_id, self.supervisor)
        above.manager_id = False
        self.rulebook.owner_id = self.manager
        self.assertEqual(report.sudo()._find_responsible(), self.manager)
        self.rulebook.owner_id = False
        report.sudo().user_id = False
        self.assertFalse(report.sudo()._find_responsible())
        with self.assertRaisesRegex(UserError, "Nobody is responsible"):
            report.with_user(self.manager).action_hand_in()
        # as soon as the unit has a manager, the next run gives it to them
        self.team.manager_id = self.supervisor
        self.make_reports()
        self.assertEqual(report.user_id, self.supervisor)
        self.assertEqual(report.activity_ids.user_id, self.supervisor)

    def test_who_leaves_passes_it_on(self):
        report = self.make_report().sudo()
        self.team.manager_id = self.manager
        self.supervisor.active = False
        self.make_reports()
        self.assertEqual(report.user_id, self.manager)

    def test_task_on_the_list_until_the_hand_in(self):
        report = self.make_report()
        kind = self.env.ref("revisit_management.activity_type_analysis")
        self.assertRecordValues(
            report.activity_ids,
            [
                {
                    "activity_type_id": kind.id,
                    "user_id": self.supervisor.id,
                    "date_deadline": date(2026, 4, 14),
                }
            ],
        )
        # done without the report: it is on the list again on the next day
        report.activity_ids.action_done()
        self.assertFalse(report.activity_ids)
        self.make_reports()
        self.assertEqual(len(report.activity_ids), 1)
        self.hand_in(report)
        self.assertFalse(report.activity_ids)
        self.make_reports()
        self.assertFalse(report.activity_ids)

    def test_cost_does_not_grow_with_the_units(self):
        """K4: making reports of 2 and of 12 units."""

        def count(number):
            for place in range(number):
                unit = self.make_team(f"Unit {number} {place}", manager=self.supervisor)
                self.make_due(team_id=unit.id)
            self.rulebook.analysis_from = "2026-03-01"
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            reports = self.make_reports()
            self.env.flush_all()
            self.assertEqual(len(reports), number)
            return self.env.cr.sql_log_count - before

        few, many = count(2), count(12)
        # following and tracking cost a little per record; the scans do not
        self.assertLess((many - few) / 10, 30)


@tagged("post_install", "-at_install")
class TestAnalysisSteps(AnalysisCase):
    """C8: written by its responsible, decided by a manager, filed and locked."""

    def test_written_handed_in_decided_and_filed(self):
        report = self.make_report()
        self.hand_in(report, proposals=("Call in the evening", "A price list"))
        self.assertEqual(report.state, "handed_in")
        self.assertEqual(report.handed_in_by_id, self.supervisor)
        first, second = report.item_ids.with_user(self.manager)
        first.action_adopt("From May on")
        second.action_reject("There is one")
        self.assertRecordValues(
            report.item_ids,
            [
                {"state": "adopted", "decided_by_id": self.manager.id},
                {"state": "rejected", "decided_by_id": self.manager.id},
            ],
        )
        self.assertEqual((report.item_count, report.adopted_count), (2, 1))
        report.with_user(self.manager).action_file()
        self.assertEqual(report.state, "filed")
        self.assertEqual(report.filed_by_id, self.manager)

    def test_refusals_in_clear_words(self):
        report = self.make_report()
        for user, words in (
            (self.supervisor, "has no words yet"),
            (self.manager, "is written and handed in by revisit_supervisor"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                report.with_user(user).action_hand_in()
        report.findings = "  "
        with self.assertRaisesRegex(UserError, "has no words yet"):
            report.action_hand_in()
        self.hand_in(report)
        for step in (report.action_hand_in, report.action_count):
            with self.assertRaisesRegex(UserError, "was handed in by"):
                step()
        with self.assertRaises(AccessError):
            report.with_user(self.agent).read(["findings"])

    def test_words_are_the_responsibles_until_the_hand_in(self):
        report = self.make_report()
        for user in (self.manager, self.manager2):
            with self.assertRaises(AccessError):
                report.with_user(user).write({"findings": "Mine"})
            with self.assertRaisesRegex(UserError, "is written and handed in by"):
                report.item_ids.with_user(user).create(
                    {"analysis_id": report.id, "proposal": "Mine"}
                )
        self.hand_in(report)
        with self.assertRaises(AccessError):
            report.write({"causes": "Later"})
        item = report.item_ids
        for step in (
            lambda: item.write({"proposal": "Another"}),
            item.unlink,
            lambda: item.create({"analysis_id": report.id, "proposal": "Later"}),
            lambda: report.write({"item_ids": [Command.clear()]}),
        ):
            with self.assertRaisesRegex(UserError, "was handed in by"):
                step()

    def test_only_managers_who_are_no_authors_decide(self):
        report = self.make_report()
        report.with_user(self.manager).user_id = self.manager
        mine = report.with_user(self.manager)
        self.hand_in(mine)
        item = report.item_ids
        with self.assertRaisesRegex(AccessError, "Only callback managers"):
            item.with_user(self.supervisor).action_adopt("Good")
        with self.assertRaisesRegex(AccessError, "Only callback managers"):
            report.with_user(self.supervisor).action_file()
        for step in (
            lambda: item.with_user(self.manager).action_adopt("Good"),
            item.with_user(self.manager).action_open_reject,
            mine.action_file,
        ):
            with self.assertRaisesRegex(UserError, "is your own"):
                step()
        theirs = item.with_user(self.manager2)
        with self.assertRaisesRegex(UserError, "Say why"):
            theirs.action_adopt("  ")
        with self.assertRaises(UserError):
            theirs.write({"state": "adopted"})
        with self.assertRaisesRegex(UserError, "1 proposals wait"):
            report.with_user(self.manager2).action_file()
        theirs.action_reject("Not now")
        with self.assertRaisesRegex(UserError, "decided on so already"):
            theirs.action_reject("Not now")
        # until it is filed, a decision may change, and both stay on record
        theirs.action_adopt("From May on")
        states = [
            trace.value_pair["new"]
            for trace in report.sudo().trace_ids.sorted("id")
            if trace.field_name == "state" and trace.part_model == item._name
        ]
        self.assertEqual(states, ["rejected", "adopted"])

    def test_not_handed_in_is_not_decided(self):
        report = self.make_report()
        report.item_ids.create({"analysis_id": report.id, "proposal": "Early"})
        for step in (
            lambda: report.item_ids.with_user(self.manager).action_adopt("Good"),
            report.with_user(self.manager).action_file,
        ):
            with self.assertRaisesRegex(UserError, "is not handed in yet"):
                step()

    def test_filed_is_locked_for_everybody(self):
        report = self.make_report()
        self.hand_in(report)
        item = report.item_ids
        item.with_user(self.manager).action_adopt("From May on")
        report.with_user(self.manager).action_file()
        for env in (report.env, report.with_user(self.manager).env, self.env):
            for sudo in (False, True):
                locked = report.with_env(env).sudo(sudo)
                line = item.with_env(env).sudo(sudo)
                for step in (
                    lambda r=locked: r.write({"findings": "Other"}),
                    lambda r=locked: r.write({"state": "draft"}),
                    lambda r=locked: r.write({"due_count": 0}),
                    lambda i=line: i.write({"state": "rejected"}),
                    lambda i=line: i.write({"proposal": "Other"}),
                    lambda i=line: i.create(
                        {"analysis_id": report.id, "proposal": "New"}
                    ),
                    line.unlink,
                    locked.unlink,
                ):
                    with (
                        self.subTest(user=env.user.login, sudo=sudo),
                        self.assertRaises(UserError),
                        self.env.cr.savepoint(),
                    ):
                        step()
        with self.assertRaisesRegex(UserError, "is on file: nothing"):
            item.with_user(self.manager).action_reject("Regret")

    def test_author_is_told_in_their_language(self):
        report = self.make_report()
        self.hand_in(report)
        report.item_ids.with_user(self.manager).action_adopt("From May on")
        message = self.env["mail.message"].search(
            [("model", "=", report._name), ("res_id", "=", report.id)], limit=1
        )
        self.assertIn("From May on", message.body)
        self.assertIn(self.supervisor.partner_id, message.notified_partner_ids)

    def test_managers_make_somebody_else_responsible(self):
        employee = self.make_employee(self.supervisor)
        other = self.make_employee(self.manager)
        report = self.make_report().sudo()
        self.assertEqual(report.employee_id, employee)
        with self.assertRaises(AccessError):
            report.with_user(self.supervisor).sudo(False).user_id = self.manager
        with self.assertRaisesRegex(ValidationError, "role Supervisor"):
            report.with_user(self.manager).sudo(False).user_id = self.agent
        with freeze_time(APRIL):
            report.with_user(self.manager).sudo(False).user_id = self.manager
        self.assertEqual(report.employee_id, other)
        self.assertEqual(report.activity_ids.user_id, self.manager)
        # whoever gets it late is not the one who was late
        with freeze_time(APRIL + timedelta(days=30)):
            report.with_user(self.manager).sudo(False).user_id = self.supervisor
        self.assertEqual(report.employee_id, other)
        self.hand_in(
            report.with_user(self.supervisor).sudo(False), APRIL + timedelta(days=31)
        )
        self.assertEqual(report.item_ids.employee_id, employee)

    def test_other_units_and_companies_do_not_read_it(self):
        report = self.make_report()
        stranger = self.make_user(
            "revisit_stranger", "revisit_management.group_supervisor"
        )
        self.make_team("Strangers", manager=stranger)
        for user, count in (
            (self.supervisor, 1),
            (self.manager, 1),
            (stranger, 0),
        ):
            with self.subTest(user.login):
                self.assertEqual(self.analyses.with_user(user).search_count([]), count)
        other = self.make_company()
        elsewhere = self.make_analysis(other)
        self.assertFalse(elsewhere.with_user(self.manager).has_access("read"))
        self.assertTrue(report.with_user(self.manager).has_access("read"))

    def test_timing_is_found_as_it_is_shown(self):
        self.make_report()
        report = self.analyses.search([])
        for moment, timing in (
            (utc(ZONE, 2026, 4, 14) - SECOND, "open"),
            (utc(ZONE, 2026, 4, 14), "today"),
            (utc(ZONE, 2026, 4, 15), "late"),
        ):
            with self.subTest(timing), freeze_time(moment):
                report.invalidate_recordset(["timing"])
                self.assertEqual(report.timing, timing)
                found = [
                    name
                    for name in ("late", "today", "open", "on_time", "missed")
                    if self.analyses.search([("timing", "=", name)])
                ]
                self.assertEqual(found, [timing])
