# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date, datetime, timedelta

from odoo.tests import BaseCase, tagged

from ..tools import windows
from . import common
from .common import SECOND, RevisitCommon, utc

SHANGHAI, BERLIN, UTC = "Asia/Shanghai", "Europe/Berlin", "UTC"

# (zone, local time of the event): a plain day, late in the evening, and the two
# days on which Berlin changes its clocks, from the day before and on the day
EVENTS = [
    (SHANGHAI, (2026, 3, 3, 23, 30)),
    (UTC, (2026, 2, 26, 0, 0)),
    (BERLIN, (2026, 3, 28, 23, 30)),
    (BERLIN, (2026, 3, 29, 12, 0)),
    (BERLIN, (2026, 10, 24, 0, 30)),
    (BERLIN, (2026, 10, 25, 2, 30)),
]
# what the two rulebooks demand, read from RULEBOOKS.md: first day, last day
APPLIANCE = {
    "appliance_purchase": ("order", 1, 3),
    "appliance_sold": ("sold", 1, 3),
    "appliance_installation": ("installed", 2, 5),
    "appliance_repair": ("repair", 2, 5),
    "appliance_issue_resolved": ("resolved", 0, 3),
}
DEALER_CSI = {
    "csi_sale_dealer": ("order", 0, 3),
    "csi_sale_hq": ("order", 4, 7),
    "csi_sold_dealer": ("sold", 0, 3),
    "csi_sold_hq": ("sold", 4, 7),
    "csi_service_dealer": ("repair", 3, 5),
    "csi_service_hq": ("repair", 6, 10),
    "csi_complaint_dealer": ("issue", 0, 2),
    "csi_complaint_region": ("issue", 0, 2),
    "csi_complaint_hq": ("issue", 3, 7),
}


class TestWindowArithmetic(BaseCase):
    """B2 without a database: which moments a window holds."""

    def test_day_one_is_the_next_local_day(self):
        """B2: days count in the company's zone, not in UTC."""
        # 23:30 in Shanghai is still the day before in UTC
        event = utc(SHANGHAI, 2026, 3, 3, 23, 30)
        self.assertEqual(
            windows.window(event, 1, 3, "day", SHANGHAI),
            (datetime(2026, 3, 3, 16, 0), datetime(2026, 3, 6, 16, 0)),
        )
        self.assertEqual(
            windows.window(event, 1, 3, "day", UTC),
            (datetime(2026, 3, 4), datetime(2026, 3, 7)),
        )

    def test_day_zero_opens_at_the_event(self):
        """B2: a window from day 0 opens at the event itself."""
        event = utc(SHANGHAI, 2026, 3, 3, 15, 12, 7)
        start, end = windows.window(event, 0, 2, "day", SHANGHAI)
        self.assertEqual(start, event)
        self.assertEqual(end, utc(SHANGHAI, 2026, 3, 6))

    def test_day_window_follows_the_clock_change(self):
        """B2: a local day has 23 or 25 hours when the clocks change."""
        start, end = windows.window(utc(BERLIN, 2026, 3, 28, 12), 1, 1, "day", BERLIN)
        self.assertEqual(start, datetime(2026, 3, 28, 23, 0))
        self.assertEqual(end, datetime(2026, 3, 29, 22, 0))
        start, end = windows.window(utc(BERLIN, 2026, 10, 24, 12), 1, 1, "day", BERLIN)
        self.assertEqual(end - start, timedelta(hours=25))

    def test_hours_are_exact_over_the_clock_change(self):
        """B2: hours are exact, whatever the wall clock does."""
        event = utc(BERLIN, 2026, 3, 28, 12)
        self.assertEqual(
            windows.window(event, 2, 24, "hour", BERLIN),
            (event + timedelta(hours=2), event + timedelta(hours=24)),
        )

    def test_months_end_at_month_ends(self):
        """B2: a month after the 31st is the last day of a shorter month."""
        cases = [
            ((2026, 1, 31), 1, (2026, 2, 28)),
            ((2028, 1, 31), 1, (2028, 2, 29)),
            ((2026, 2, 28), 1, (2026, 3, 28)),
            ((2026, 8, 31), 6, (2027, 2, 28)),
            ((2026, 12, 15), 1, (2027, 1, 15)),
        ]
        for event, months, day in cases:
            with self.subTest(event=event, months=months):
                start, end = windows.window(
                    utc(SHANGHAI, *event, 22, 0), months, months, "month", SHANGHAI
                )
                self.assertEqual(start, utc(SHANGHAI, *day))
                self.assertEqual(
                    end, utc(SHANGHAI, *day) + timedelta(days=1), "one day long"
                )

    def test_before_ends_at_the_planned_event(self):
        """B2: counted back, a window until day 0 ends at the event."""
        event = utc(SHANGHAI, 2026, 3, 20, 14, 0)
        self.assertEqual(
            windows.window(event, 0, 1, "day", SHANGHAI, before=True),
            (utc(SHANGHAI, 2026, 3, 19), event),
        )
        self.assertEqual(
            windows.window(event, 2, 3, "day", SHANGHAI, before=True),
            (utc(SHANGHAI, 2026, 3, 17), utc(SHANGHAI, 2026, 3, 19)),
        )
        self.assertEqual(
            windows.window(event, 1, 24, "hour", SHANGHAI, before=True),
            (event - timedelta(hours=24), event - timedelta(hours=1)),
        )
        self.assertEqual(
            windows.window(event, 1, 1, "month", SHANGHAI, before=True),
            (utc(SHANGHAI, 2026, 2, 20), utc(SHANGHAI, 2026, 2, 21)),
        )

    def test_working_days_skip_what_is_not_listed(self):
        """B2: the n-th working day never counts the event's own date."""
        days = [date(2026, 3, d) for d in (5, 6, 9, 10, 11, 14)]
        cases = [
            (date(2026, 3, 6), 1, date(2026, 3, 9)),  # Friday to Monday
            (date(2026, 3, 7), 1, date(2026, 3, 9)),  # from a Saturday
            (date(2026, 3, 10), 3, None),
            (date(2026, 3, 10), 2, date(2026, 3, 14)),  # a make-up Saturday
            (date(2026, 3, 7), -1, date(2026, 3, 6)),
            (date(2026, 3, 9), -2, date(2026, 3, 5)),
            (date(2026, 3, 7), 0, date(2026, 3, 7)),
        ]
        for day, count, expected in cases:
            with self.subTest(day=day, count=count):
                if expected:
                    self.assertEqual(
                        windows.shift_day(day, count, "workday", days), expected
                    )
                else:
                    with self.assertRaises(LookupError):
                        windows.shift_day(day, count, "workday", days)


@tagged("post_install", "-at_install")
class TestRulebookWindows(RevisitCommon):
    """B2, R: the two rulebooks at the first and the last second of each window."""

    def make_source(self, kind, moment, zone):
        """Return a document whose event of ``kind`` lies at a UTC moment."""
        day = windows.local_date(moment, zone)
        partner = self.make_customer(kind)
        if kind == "order":
            return self.make_order(partner, date=moment)
        if kind == "repair":
            return self.make_repair(partner, date=moment)
        if kind == "sold":
            return self.make_archive_line(partner, sold_on=day)
        if kind == "installed":
            return self.make_archive_line(partner, installed_on=day)
        issue = self.make_issue(partner_id=partner.id, registered_at=moment)
        if kind == "resolved":
            with self.at(moment):
                issue.action_resolve("Repaired")
        return issue

    def assertWindow(self, callback, first, end):
        """Assert that exactly the moments in [first, end) are on time."""
        self.assertEqual((callback.window_start, callback.window_end), (first, end))
        self.assertEqual(callback.deadline, end - SECOND)
        callback = callback.sudo()
        callback.action_log_attempt("reached")
        for moment, expected in (
            (first - SECOND, False),
            (first, True),
            (end - SECOND, True),
            (end, False),
        ):
            with self.at(end + timedelta(days=1)):
                callback.action_done(done_at=moment, feedback="In a hurry")
                self.assertEqual(callback.is_on_time, expected, moment)
                timing = "on_time" if expected else "missed"
                self.assertEqual(callback.timing, timing)
            callback.write({"state": "in_progress", "done_at": False, "result": False})
        # the next one of this customer is a contact of its own
        callback.action_cancel()

    def check_rulebook(self, code, table):
        rulebook = self.install_rulebook(code, active_from=datetime(2026, 1, 1))
        policies = {policy.code: policy for policy in rulebook.policy_ids}
        self.assertEqual(set(policies), set(table), "each policy is tested")
        for zone, parts in EVENTS:
            self.set_zone(zone)
            event_at = utc(zone, *parts)
            midnight = datetime(*parts[:3])
            kinds = {kind for kind, _first, _last in table.values()}
            sources = {k: self.make_source(k, event_at, zone) for k in kinds}
            with self.at(event_at + timedelta(days=1)):
                self.plan()
            for policy_code, (kind, first, last) in table.items():
                with self.subTest(zone=zone, event=parts, policy=policy_code):
                    callback = self.get_planned(sources[kind], policies[policy_code])
                    self.assertEqual(len(callback), 1)
                    begin = midnight + timedelta(days=first)
                    until = midnight + timedelta(days=last + 1)
                    start = utc(zone, *begin.timetuple()[:3])
                    if not first and kind != "sold":
                        start = event_at
                    end = utc(zone, *until.timetuple()[:3])
                    self.assertWindow(callback, start, end)

    def test_appliance_windows(self):
        """B2, R: purchase days 1-3, installation and repair days 2-5."""
        self.check_rulebook("appliance", APPLIANCE)

    def test_dealer_csi_windows(self):
        """B2, R: sale <=3 and 4-7; repair 3-5 and 6-10; complaint <=2 and 3-7."""
        self.check_rulebook("dealer_csi", DEALER_CSI)


@tagged("post_install", "-at_install")
class TestWorkingDays(RevisitCommon):
    """B2, DESIGN 1.7: working days are those of this company alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workdays = cls.env["revisit.workday"]
        cls.policy = cls.make_policy(delay_min=1, delay_max=3, delay_unit="workday")

    def get_days(self, first=9, last=15, company=None):
        days = self.workdays._get_working_dates(
            company or self.company, date(2026, 3, first), date(2026, 3, last)
        )
        return [day.day for day in days]

    def add_leave(self, day, company, **values):
        # Odoo takes the leave's company from the environment
        leaves = self.env["resource.calendar.leaves"].with_company(company)
        return leaves.create(
            {
                "name": "Holiday",
                "date_from": utc(common.ZONE, 2026, 3, day),
                "date_to": utc(common.ZONE, 2026, 3, day, 23, 59, 59),
                "time_type": "leave",
                **values,
            }
        )

    def test_corrections_work_in_both_directions(self):
        """B2: a make-up Saturday works, a bridge Monday does not."""
        self.assertEqual(self.get_days(), [9, 10, 11, 12, 13])
        self.workdays.create({"date": date(2026, 3, 14), "is_working": True})
        self.workdays.create({"date": date(2026, 3, 9), "is_working": False})
        self.assertEqual(self.get_days(), [10, 11, 12, 13, 14])

    def test_leave_of_another_company_does_not_leak(self):
        """DESIGN 1.7 b, K3: another company's holiday takes no day away here."""
        other = self.make_company()
        leave = self.add_leave(10, other)
        self.assertEqual((leave.company_id, leave.calendar_id.ids), (other, []))
        self.workdays.create(
            {"date": date(2026, 3, 12), "is_working": False, "company_id": other.id}
        )
        self.assertEqual(self.get_days(), [9, 10, 11, 12, 13])
        self.assertEqual(self.get_days(company=other), [9, 11, 13])

    def test_own_leave_takes_a_day_away(self):
        """B2: a public holiday of the company is no working day."""
        calendar = self.company.resource_calendar_id
        self.add_leave(11, self.company, calendar_id=calendar.id)
        self.assertEqual(self.get_days(), [9, 10, 12, 13])

    def test_policy_window_spans_the_weekend(self):
        """B2: working days 1 to 3 after a Thursday end on Tuesday."""
        order = self.make_order(date=utc(common.ZONE, 2026, 3, 5, 15, 0))
        self.plan()
        callback = self.get_planned(order, self.policy)
        self.assertEqual(callback.window_start, utc(common.ZONE, 2026, 3, 6))
        self.assertEqual(callback.window_end, utc(common.ZONE, 2026, 3, 11))
        # Saturday becomes a working day: the untouched callback follows
        self.workdays.create({"date": date(2026, 3, 7)})
        self.plan()
        self.assertEqual(callback.window_end, utc(common.ZONE, 2026, 3, 10))

    def test_calendar_without_working_days_is_told(self):
        """B8: what cannot be dated is listed with its reason."""
        self.company.resource_calendar_id.attendance_ids.unlink()
        order = self.make_order()
        self.plan()
        self.assertFalse(self.get_planned(order, self.policy))
        skip = self.env["revisit.planning.skip"].search(
            [("policy_id", "=", self.policy.id), ("source_id", "=", order.id)]
        )
        self.assertEqual(skip.reason, "no_workdays")
        self.assertIn("working calendar", skip.reason_text)
