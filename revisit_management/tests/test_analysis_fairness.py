# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import SECOND, ZONE, utc
from .test_analysis import APRIL, AnalysisCase


@tagged("post_install", "-at_install")
class TestAnalysisWriters(AnalysisCase):
    """C8: whoever wrote in a report has its credit, and does not decide on it."""

    def test_who_wrote_in_it_does_not_decide(self):
        """C8, J: a manager takes a report, writes in it, and gives it back."""
        report = self.make_report()
        theirs = report.item_ids.create(
            {"analysis_id": report.id, "proposal": "Call in the evening"}
        )
        foreign = report.with_user(self.manager)
        for words in (
            {"item_ids": [Command.create({"proposal": "A price list"})]},
            {"item_ids": [Command.update(theirs.id, {"proposal": "Call at noon"})]},
            {"causes": "No price list"},
        ):
            with self.subTest(words), self.env.cr.savepoint() as savepoint:
                with freeze_time(APRIL):
                    foreign.user_id = self.manager
                    foreign.write(words)
                    foreign.user_id = self.supervisor
                self.assertEqual(report.writer_ids, self.supervisor + self.manager)
                self.hand_in(report)
                mine = report.item_ids.with_user(self.manager)
                self.assertFalse(foreign.may_decide)
                for step in (
                    lambda m=mine: m.action_adopt("Good"),
                    foreign.action_file,
                ):
                    with self.assertRaisesRegex(UserError, "you have written in it"):
                        step()
                mine.with_user(self.manager2).action_adopt("Good")
                foreign.with_user(self.manager2).action_file()
                savepoint.rollback()
                self.env.invalidate_all()
        with self.assertRaises(AccessError):
            foreign.writer_ids = False

    def test_proposals_count_for_who_wrote_them(self):
        """C8: not for who hands them in, nor for who rewords them."""
        mine = self.make_employee(self.supervisor)
        other = self.make_employee(self.manager)
        report = self.make_report()
        foreign = report.with_user(self.manager)
        with freeze_time(APRIL):
            foreign.user_id = self.manager
            item = foreign.item_ids.create(
                {"analysis_id": report.id, "proposal": "A price list"}
            )
            foreign.user_id = self.supervisor
        item.with_user(self.supervisor).proposal = "A list of prices"
        self.hand_in(report)
        own = report.item_ids - item
        self.assertEqual(item.sudo().employee_id, other)
        self.assertEqual(own.sudo().employee_id, mine)
        (item + own).with_user(self.manager2).action_adopt("From May on")
        told = self.env["mail.message"].search(
            [("model", "=", report._name), ("res_id", "=", report.id)], limit=2
        )
        for user, texts in (
            (self.manager, ["A list of prices"]),
            (self.supervisor, ["A list of prices", "Call in the evening"]),
        ):
            body = told.filtered(
                lambda m, u=user: u.partner_id in m.notified_partner_ids
            ).body
            with self.subTest(user.login):
                self.assertEqual([t for t in texts if t in body], texts)
                self.assertEqual("Call in the evening" in body, len(texts) > 1)


@tagged("post_install", "-at_install")
class TestAnalysisFairTime(AnalysisCase):
    """C8: nobody is late at once with what they are given on the last day."""

    def test_given_on_the_last_day_counts_for_the_one_before(self):
        """Due on Tuesday the 14th: given on the 13th it is theirs, on the 14th not."""
        before = self.make_employee(self.supervisor)
        after = self.make_employee(self.manager)
        last = utc(ZONE, 2026, 4, 14)
        for moment, employee in (
            (last - SECOND, after),
            (last, before),
            (last + timedelta(days=1) - SECOND, before),
        ):
            with self.subTest(moment), self.env.cr.savepoint() as savepoint:
                report = self.make_report().with_user(self.manager2)
                self.assertEqual(report.sudo().employee_id, before)
                with freeze_time(moment):
                    report.user_id = self.manager
                self.assertEqual(report.user_id, self.manager)
                self.assertEqual(report.sudo().employee_id, employee)
                traced = {
                    trace.field_name: trace.user_id for trace in report.sudo().trace_ids
                }
                names = {"user_id"} | ({"employee_id"} if employee == after else set())
                self.assertEqual(traced, dict.fromkeys(names, self.manager2))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_given_before_a_weekend(self):
        """A report due on a Saturday that is worked no more leaves no working day."""
        before = self.make_employee(self.supervisor)
        self.make_employee(self.manager)
        report = self.make_report().with_user(self.manager2)
        report.sudo().due_on = "2026-04-18"
        with freeze_time(utc(ZONE, 2026, 4, 17, 9)):
            report.user_id = self.manager
        self.assertEqual(report.sudo().employee_id, before)

    def test_named_on_the_last_day_where_nobody_was(self):
        self.team.manager_id = False
        self.make_employee(self.supervisor)
        report = self.make_report().sudo()
        self.assertFalse(report.user_id)
        self.team.manager_id = self.supervisor
        self.make_reports(utc(ZONE, 2026, 4, 14, 9))
        self.assertEqual(report.user_id, self.supervisor)
        self.assertFalse(report.employee_id)

    def test_made_on_its_last_day_has_the_whole_time(self):
        """The server was off; but a limit of one day is one day."""
        self.make_due()
        report = self.make_reports(utc(ZONE, 2026, 4, 14, 9))
        self.assertEqual(report.due_on, date(2026, 4, 28))
        workdays = self.env["revisit.workday"]._get_workdays(self.company)
        limit = self.analyses._get_limit(
            workdays, date(2026, 3, 31), 1, date(2026, 4, 1)
        )
        self.assertEqual(limit["due_on"], date(2026, 4, 1))

    def test_working_days_entered_later_leave_a_day(self):
        report = self.make_report()
        self.env["revisit.workday"].create({"date": "2026-04-11", "is_working": True})
        for day in (13, 14):
            self.make_reports(utc(ZONE, 2026, 4, day, 9))
            self.assertEqual(report.due_on, date(2026, 4, 14))
        report.sudo().due_on = "2026-04-14"
        self.make_reports(utc(ZONE, 2026, 4, 8, 9))
        self.assertEqual(report.due_on, date(2026, 4, 13))
