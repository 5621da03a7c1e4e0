# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""B2, K7: a window depends on its event and on the calendar, on nothing else."""

import random
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import Command
from odoo.tests import BaseCase, tagged

from ..tools import hours, windows
from ..tools.workdays import Workdays, office_week
from .common import NOW, SECOND, ZONE, RevisitCommon, utc

ZONES = (
    ZONE,
    "America/New_York",
    # the clock skips midnight
    "America/Santiago",
    "Asia/Beirut",
    # midnight comes twice
    "America/Havana",
    "Atlantic/Azores",
    "Pacific/Kiritimati",
)
HOURS = {"hour_from": 8, "hour_to": 17, "name": "Day"}


@tagged("post_install", "-at_install")
class TestWorkdayArithmetic(BaseCase):
    """The working days without a database."""

    def test_shift_agrees_with_counting(self):
        """B2: by number as by going from day to day, in both directions."""
        chance = random.Random(20260301)
        for _turn in range(30):
            week = {
                (parity, weekday): [(8, 17)]
                for parity in (0, 1)
                for weekday in chance.sample(range(7), chance.randint(1, 6))
            }
            corrections = {
                date(2026, 1, 1) + timedelta(days=chance.randint(0, 365)): bool(
                    chance.randint(0, 1)
                )
                for _count in range(20)
            }
            days = Workdays("UTC", week, [], corrections)
            day = date(2026, 1, 1) + timedelta(days=chance.randint(0, 365))
            for step in (-1, 1):
                count, number, reached = chance.randint(1, 60), 0, day
                while number < count:
                    reached += timedelta(days=step)
                    parity = (reached.toordinal() - 1) // 7 % 2
                    number += corrections.get(
                        reached, (parity, reached.weekday()) in week
                    )
                self.assertEqual(days.shift(day, step * count), reached)

    def test_reaches_as_far_as_asked(self):
        """B2: ten years of working days, or a year that has none."""
        days = Workdays("UTC", office_week())
        self.assertEqual((days.shift(date(2026, 1, 1), 2610)).year, 2036)
        year_off = [(datetime(2026, 1, 1), datetime(2027, 12, 31, 23, 59, 59))]
        days = Workdays("UTC", office_week(), year_off)
        self.assertEqual(days.shift(date(2025, 12, 31), 1), date(2028, 1, 3))
        self.assertEqual(days.shift(date(2028, 1, 3), -1), date(2025, 12, 31))
        with self.assertRaises(LookupError):
            Workdays("UTC", {}).shift(date(2026, 1, 1), 1)

    def test_a_second_is_no_working_day(self):
        """B2: a day off that ends at 23:59:59 leaves nothing of a round-the-clock."""
        week = {(p, d): [(0, 24)] for p in (0, 1) for d in range(7)}
        off = [(datetime(2026, 3, 10), datetime(2026, 3, 10, 23, 59, 59))]
        days = Workdays("UTC", week, off)
        self.assertFalse(days.works(date(2026, 3, 10)))
        self.assertTrue(days.works(date(2026, 3, 11)))
        half = [(datetime(2026, 3, 10), datetime(2026, 3, 10, 12))]
        days = Workdays("UTC", week, half)
        self.assertEqual(
            days.spans(date(2026, 3, 10)),
            [(datetime(2026, 3, 10, 12), datetime(2026, 3, 11))],
        )

    def test_days_begin_where_the_clock_goes_on(self):
        """K7: at skipped and repeated midnights, day by day without gap or overlap."""
        for zone in ZONES:
            for first in (date(2026, 3, 20), date(2026, 9, 1), date(2026, 10, 20)):
                for count in range(20):
                    day = first + timedelta(days=count)
                    start = windows.day_start(day, zone)
                    self.assertEqual(windows.local_date(start, zone), day, zone)
                    before = windows.local_date(start - SECOND, zone)
                    # a repeated hour of the evening belongs to the evening
                    self.assertLessEqual(before, day - timedelta(days=1), zone)

    def test_last_minute_of_a_day(self):
        """B2: an hour just below 24 is a moment of that day, not an error."""
        day, moment = date(2026, 3, 10), datetime(2026, 3, 10, 5)
        expected = datetime(2026, 3, 10, 23, 59)
        self.assertEqual(windows.day_start(day, "UTC", 23.999), expected)
        self.assertEqual(hours.next_open(moment, 23.999, 24, "UTC"), expected)


class WindowCommon(RevisitCommon):
    @classmethod
    def make_calendar(cls, days, **values):
        """Return a calendar with hours on given ``(weekday, week type)``."""
        return cls.env["resource.calendar"].create(
            {
                "name": "Calendar",
                "company_id": cls.company.id,
                "tz": ZONE,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {**HOURS, "dayofweek": str(weekday), "week_type": week_type}
                    )
                    for weekday, week_type in days
                ],
                **values,
            }
        )

    @classmethod
    def make_calendars(cls):
        """Return {name: calendar}, all kinds that a company can have."""
        two_weeks = [(weekday, "0") for weekday in (0, 1, 2)]
        two_weeks += [(weekday, "1") for weekday in (3, 5)]
        return {
            "office": cls.make_calendar([(d, False) for d in range(5)]),
            "six_days": cls.make_calendar([(d, False) for d in range(6)]),
            "mondays": cls.make_calendar([(0, False)]),
            "two_weeks": cls.make_calendar(two_weeks, two_weeks_calendar=True),
            "flexible": cls.make_calendar(
                [], schedule_type="flexible", full_time_required_hours=40
            ),
            "none": cls.env["resource.calendar"],
        }

    @classmethod
    def take_off(cls, first, last, zone=ZONE):
        """Close the company from one local day to another, both included."""
        return cls.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": cls.company.id,
                "calendar_id": False,
                "date_from": windows.day_start(first, zone),
                "date_to": windows.day_start(last + timedelta(days=1), zone) - SECOND,
            }
        )

    @classmethod
    def set_calendar(cls, calendar, zone):
        cls.company.partner_id.tz = zone
        if calendar:
            calendar.tz = zone
        cls.company.resource_calendar_id = calendar


@tagged("post_install", "-at_install")
class TestSameWindowEverywhere(WindowCommon):
    """One event has one window, by whatever way it comes to be planned."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendars = cls.make_calendars()
        cls.trigger = cls.env.ref("revisit_management.trigger_abnormal")

    def is_worked(self, calendar, day, zone, off, corrections):
        """Tell without the code under test whether a day is worked."""
        if day in corrections:
            return corrections[day]
        if any(first <= day <= last for first, last in off):
            return False
        if not calendar or calendar.flexible_hours:
            return day.weekday() < 5
        begin = datetime.combine(day, time(6), tzinfo=ZoneInfo(zone))
        found = calendar._attendance_intervals_batch(begin, begin + timedelta(hours=12))
        return bool(list(found[False]))

    def get_expected(self, policy, event_at, zone, is_worked):
        """Return the window of an event, counted from day to day."""
        step = -1 if policy.delay_direction == "before" else 1
        day, number, reached = windows.local_date(event_at, zone), 0, {}
        reached[0] = day
        while number < policy.delay_max:
            day += timedelta(days=step)
            if is_worked(day):
                number += 1
                reached[number] = day
        if step == -1:
            first, last = reached[policy.delay_max], reached[policy.delay_min]
        else:
            first, last = reached[policy.delay_min], reached[policy.delay_max]
        start = windows.day_start(first, zone)
        end = windows.day_start(last + timedelta(days=1), zone)
        if step == -1:
            return start, end if policy.delay_min else event_at
        return start if policy.delay_min else event_at, end

    def make_policies(self, **values):
        """Return the same policy once per way of planning."""
        number = self.env["revisit.policy"].search_count([])
        return {
            way: self.make_policy(
                self.trigger, code=f"{way}_{number}", team_id=self.team.id, **values
            )
            for way in ("set", "plain", "single", "import")
        }

    def plan_each_way(self, policies, events, date_from, date_to):
        """Return {way: {event id: window}}."""
        self.company.revisit_plan_through_orm = False
        policies["set"].generate(date_from, date_to)
        for event in events:
            policies["single"]._plan_records(event)
        self.company.revisit_plan_through_orm = True
        policies["plain"].generate(date_from, date_to)
        self.company.revisit_plan_through_orm = False
        found = {
            way: {
                callback.source_id: (callback.window_start, callback.window_end)
                for callback in self.callbacks.search([("policy_id", "=", policy.id)])
            }
            for way, policy in policies.items()
        }
        rows = [
            (
                {
                    "policy_id": policies["import"].id,
                    "event_at": event.occurs_at,
                    "window_end": False,
                    "event_id": event.id,
                },
                "",
            )
            for event in events
        ]
        for vals, message in self.callbacks._fill_import_windows(rows):
            self.assertFalse(message)
            window = vals["window_start"], vals["window_end"]
            found["import"][vals["event_id"]] = window
        return found

    def test_random_events_calendars_and_zones(self):
        """B2, B8, K7: planners, single documents and imports agree with counting."""
        chance = random.Random(20261126)
        begin = datetime(2026, 1, 5)
        for turn, (name, calendar) in enumerate(self.calendars.items()):
            zone = ZONES[turn % len(ZONES)]
            self.set_calendar(calendar, zone)
            off = [(date(2026, 2, 14), date(2026, 2, 27))]
            leaves = self.take_off(*off[0], zone=zone)
            corrections = {
                (begin + timedelta(days=chance.randint(0, 300))).date(): bool(
                    chance.randint(0, 1)
                )
                for _count in range(12)
            }
            rows = self.env["revisit.workday"].create(
                [
                    {"date": day, "is_working": is_working}
                    for day, is_working in corrections.items()
                ]
            )
            events = self.env["revisit.occasion"].create(
                [
                    {
                        "partner_id": self.make_customer().id,
                        "kind": "abnormal",
                        "occurs_at": begin
                        + timedelta(seconds=chance.randint(0, 200 * 86400)),
                    }
                    for _count in range(12)
                ]
            )

            def is_worked(day, arguments=(calendar, zone, off, corrections)):
                calendar, zone, off, corrections = arguments
                return self.is_worked(calendar, day, zone, off, corrections)

            for first, last in ((0, 3), (1, 1), (2, 15), (5, 40)):
                policies = self.make_policies(
                    delay_unit="workday", delay_min=first, delay_max=last
                )
                with self.at(begin + timedelta(days=250)):
                    found = self.plan_each_way(
                        policies, events, begin, begin + timedelta(days=250)
                    )
                for event in events:
                    expected = self.get_expected(
                        policies["set"], event.occurs_at, zone, is_worked
                    )
                    for way, planned in found.items():
                        self.assertEqual(
                            planned[event.id],
                            expected,
                            f"{way}, {name}, {zone}, {first}-{last}, {event.occurs_at}",
                        )
            events.active = False
            leaves.unlink()
            rows.unlink()

    def test_other_rows_and_ranges_change_nothing(self):
        """B2, B10: an event alone, among far ones, and in any range asked for."""
        self.set_calendar(self.calendars["mondays"], ZONE)
        policy = self.make_policy(
            self.trigger, delay_unit="workday", delay_min=1, delay_max=2
        )
        event_at = utc(ZONE, 2026, 3, 10, 9)
        expected = (utc(ZONE, 2026, 3, 16), utc(ZONE, 2026, 3, 24))
        self.assertEqual(policy._get_window(event_at), expected)
        for others in ([], [datetime(2019, 5, 1)], [datetime(2031, 1, 1)]):
            rows = [
                ({"policy_id": policy.id, "event_at": at, "window_end": False}, "")
                for at in [*others, event_at]
            ]
            vals, message = self.callbacks._fill_import_windows(rows)[-1]
            self.assertFalse(message)
            self.assertEqual((vals["window_start"], vals["window_end"]), expected)
        days = self.env["revisit.workday"]
        for first in (date(2026, 1, 1), date(2026, 3, 4), date(2026, 3, 16)):
            found = days._get_working_dates(self.company, first, date(2026, 3, 31))
            self.assertIn(date(2026, 3, 16), found)
            self.assertTrue(all(day.weekday() == 0 for day in found))

    def test_calendar_agrees_with_odoo(self):
        """B2, D2: fixed hours, days off and halves of days as Odoo counts them."""
        calendar = self.calendars["two_weeks"]
        half = self.take_off(date(2026, 3, 9), date(2026, 3, 9))
        half.date_to = utc(ZONE, 2026, 3, 9, 12)
        self.take_off(date(2026, 2, 14), date(2026, 2, 27))
        zone = ZoneInfo(ZONE)
        for kind in ("office", "six_days", "two_weeks"):
            calendar = self.calendars[kind]
            self.set_calendar(calendar, ZONE)
            begin = datetime(2026, 1, 1, tzinfo=zone)
            end = datetime(2026, 6, 1, tzinfo=zone)
            domain = [
                ("time_type", "=", "leave"),
                ("company_id", "in", [False, self.company.id]),
            ]
            expected = [
                tuple(
                    edge.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
                    for edge in interval[:2]
                )
                for interval in calendar._work_intervals_batch(
                    begin, end, domain=domain
                )[False]
                if interval[1] - interval[0] > SECOND
            ]
            days = self.env["revisit.workday"]._get_workdays(self.company)
            found = [
                span
                for number in range(151)
                for span in days.spans(date(2026, 1, 1) + timedelta(days=number))
            ]
            self.assertEqual(found, expected, kind)

    def test_flexible_week_does_not_depend_on_the_first_day(self):
        """B2: flexible hours are Monday to Friday, whatever day one looks from."""
        self.set_calendar(self.calendars["flexible"], ZONE)
        for hours_a_week in (8, 20, 40):
            self.calendars["flexible"].full_time_required_hours = hours_a_week
            for first in range(2, 9):
                found = self.env["revisit.workday"]._get_working_dates(
                    self.company, date(2026, 3, first), date(2026, 3, 15)
                )
                expected = [
                    date(2026, 3, day)
                    for day in range(first, 16)
                    if date(2026, 3, day).weekday() < 5
                ]
                self.assertEqual(found, expected)

    def test_calendar_without_hours_is_told(self):
        """B2: nothing is planned, and the list of what was left out says why."""
        self.set_calendar(self.make_calendar([]), ZONE)
        policies = self.make_policies(delay_unit="workday", delay_min=1, delay_max=3)
        event = self.env["revisit.occasion"].create(
            {"partner_id": self.customer.id, "kind": "abnormal", "occurs_at": NOW}
        )
        for plain in (False, True):
            self.company.revisit_plan_through_orm = plain
            policy = policies["plain" if plain else "set"]
            counts = policy.generate(NOW, NOW + timedelta(days=1))
            self.assertEqual(counts["skipped"], {"no_workdays": 1})
            skip = self.env["revisit.planning.skip"].search(
                [("policy_id", "=", policy.id)]
            )
            self.assertEqual(skip.source_id, event.id)
        row = {"policy_id": policy.id, "event_at": NOW, "window_end": False}
        ((vals, message),) = self.callbacks._fill_import_windows([(row, "")])
        self.assertIsNone(vals)
        self.assertIn("working calendar", message)


@tagged("post_install", "-at_install")
class TestReach(WindowCommon):
    """Scheduled planning looks as far as the policies ask."""

    def check_found(self, policy, event_at, now):
        event = self.env["revisit.occasion"].create(
            {
                "partner_id": self.make_customer().id,
                "kind": "abnormal",
                "occurs_at": event_at,
            }
        )
        for plain in (False, True):
            self.company.revisit_plan_through_orm = plain
            with self.at(now):
                since, until = self.planner._get_horizon(policy, sweep=False)
                self.assertLessEqual(since, event_at)
                self.assertLess(event_at, until)
                if plain:
                    self.get_planned(event, policy).sudo().unlink()
                self.plan()
            self.assertEqual(len(self.get_planned(event, policy)), 1)

    def test_last_day_of_a_window_is_still_planned(self):
        """B8: whatever lies between, and with no days to catch up."""
        self.company.revisit_catch_up_days = 0
        self.take_off(date(2026, 4, 1), date(2026, 8, 31))
        kinds = {
            "workday": [("mondays", 20), ("mondays", 200), ("office", 1)],
            "month": [("office", 36)],
            "day": [("office", 400)],
            "hour": [("office", 800)],
        }
        calendars = self.make_calendars()
        event_at = utc(ZONE, 2026, 3, 31, 9)
        for unit, cases in kinds.items():
            for name, delay in cases:
                with self.subTest(unit=unit, name=name, delay=delay):
                    self.set_calendar(calendars[name], ZONE)
                    policy = self.make_policy(
                        "abnormal",
                        code=f"reach_{unit}_{name}_{delay}",
                        delay_unit=unit,
                        delay_min=0,
                        delay_max=delay,
                    )
                    last = policy._get_window(event_at)[1] - SECOND
                    self.check_found(policy, event_at, last)
                    policy.active = False

    def test_planned_dates_are_seen_before_their_window_opens(self):
        """B2, B8: a window long before a planned date is not missed."""
        calendars = self.make_calendars()
        trigger = self.env.ref("revisit_management.trigger_delivery_planned")
        for name, unit, delay in (
            ("mondays", "workday", 30),
            ("office", "workday", 200),
            ("office", "month", 12),
        ):
            with self.subTest(name=name, unit=unit):
                self.set_calendar(calendars[name], ZONE)
                policy = self.make_policy(
                    trigger,
                    code=f"ahead_{name}_{unit}",
                    delay_direction="before",
                    delay_unit=unit,
                    delay_min=1,
                    delay_max=delay,
                )
                event_at = utc(ZONE, 2028, 6, 1, 9)
                opens = policy._get_window(event_at)[0]
                with self.at(opens - timedelta(days=7)):
                    _since, until = self.planner._get_horizon(policy, sweep=False)
                self.assertLess(event_at, until)

    def test_birthdays_are_written_as_early_as_policies_ask(self):
        """B1: a window 60 days before a birthday has its birthday."""
        occasions = self.env["revisit.occasion"]
        self.customer.birthday = "1980-06-30"
        leap = self.make_customer(birthday="1988-02-29")
        with self.at(NOW):
            occasions._create_birthdays(self.company)
            self.assertFalse(occasions.search([("partner_id", "=", self.customer.id)]))
            self.make_policy(
                "birthday",
                delay_direction="before",
                delay_min=1,
                delay_max=90,
            )
            occasions._create_birthdays(self.company)
        found = occasions.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(found.occurs_at, utc(ZONE, 2026, 6, 30))
        for year, day in ((2027, 28), (2028, 29)):
            with self.at(utc(ZONE, year, 1, 20)):
                occasions._create_birthdays(self.company)
            born = occasions.search([("partner_id", "=", leap.id)], order="occurs_at")
            self.assertEqual(born[-1:].occurs_on, date(year, 2, day))
        self.assertEqual(len(born), 2, "once a year")

    def test_beyond_the_known_holidays_it_is_said(self):
        """B2: the year after the last holidays is planned, in so many words."""
        policy = self.make_policy(
            "abnormal", delay_unit="workday", delay_min=1, delay_max=3
        )
        years = self.make_policy(
            "abnormal", delay_unit="workday", delay_min=1, delay_max=300
        )
        plain = self.make_policy("abnormal", delay_unit="day", delay_max=999)
        with self.at(utc(ZONE, 2027, 12, 30, 9)):
            self.assertFalse(policy.workday_notice, "the company enters no holidays")
        self.env["revisit.workday"].action_load_china()
        with self.at(utc(ZONE, 2027, 12, 1, 9)):
            self.assertFalse(policy.workday_notice)
            self.assertIn("known until", years.workday_notice)
        with self.at(utc(ZONE, 2027, 12, 31, 9)):
            self.assertIn(policy.name, policy.workday_notice)
            self.assertFalse(plain.workday_notice)
            self.env["revisit.occasion"].create(
                {"partner_id": self.customer.id, "kind": "abnormal"}
            )
            self.plan()
            run = self.env["revisit.run"].search([], limit=1)
            self.assertEqual(run.state, "done")
            self.assertIn(policy.name, run.notice)
            self.assertNotIn(plain.name, run.notice.replace(policy.name, ""))
            wizard = self.env["revisit.plan.past"].create(
                {
                    "policy_ids": [Command.set(policy.ids)],
                    "date_from": "2027-12-01",
                    "date_to": "2027-12-31",
                }
            )
            wizard.action_check()
            self.assertIn(policy.workday_notice, wizard.outcome)


@tagged("post_install", "-at_install")
class TestDatesOfClocks(WindowCommon):
    """A date begins at the same moment in Python and in the database."""

    def test_skipped_and_repeated_midnights(self):
        """K7, B8: both planners agree on dates at which the clock changes."""
        days = [
            date(2026, 3, 8),
            date(2026, 3, 29),
            date(2026, 4, 5),
            date(2026, 9, 6),
            date(2026, 10, 25),
            date(2026, 11, 1),
        ]
        for number, zone in enumerate(ZONES):
            self.set_zone(zone)
            found = {}
            lines = [
                self.make_archive_line(
                    partner=self.make_customer(),
                    sold_on=day,
                    company_id=self.company.id,
                )
                for day in days
            ]
            for plain in (False, True):
                self.company.revisit_plan_through_orm = plain
                policy = self.make_policy(
                    "sold", code=f"clock_{number}_{plain}", delay_min=0, delay_max=1
                )
                policy.generate(datetime(2026, 1, 1), datetime(2027, 1, 1))
                found[plain] = [
                    (callback.event_at, callback.window_start, callback.window_end)
                    for line in lines
                    for callback in self.get_planned(line, policy)
                ]
                policy.active = False
            expected = [windows.day_start(day, zone) for day in days]
            self.assertEqual([row[0] for row in found[False]], expected, zone)
            self.assertEqual(found[False], found[True], zone)


@tagged("post_install", "-at_install")
class TestDeadlinesInWorkingTime(WindowCommon):
    """D2: working time as the windows count it, or a sentence."""

    def make_working(self, registered_at, respond=1, resolve=3):
        category = self.make_category(
            deadline_ids=[
                Command.create(
                    {
                        "severity": "low",
                        "respond_hours": respond,
                        "resolve_hours": resolve,
                        "clock": "working",
                    }
                )
            ]
        )
        return self.make_issue(category_id=category.id, registered_at=registered_at)

    def test_calendar_without_hours_is_an_error_on_the_issue(self):
        """D2: never elapsed time in the place of working time."""
        self.set_calendar(self.make_calendar([]), ZONE)
        issue = self.make_working(NOW)
        self.assertFalse(issue.respond_by)
        self.assertFalse(issue.resolve_by)
        self.assertIn("no working hours", issue.deadline_error)
        row = issue.category_id.deadline_ids
        self.assertEqual(row.clock_error, issue.deadline_error)
        self.assertEqual(issue.category_id.clock_error, issue.deadline_error)
        by_hand = self.make_working(NOW)
        by_hand.sudo().resolve_by = NOW
        self.assertFalse(by_hand.deadline_error, "a deadline was given by hand")
        row.clock = "elapsed"
        self.assertFalse(row.clock_error)
        self.assertEqual(self.make_issue().deadline_error, False)

    def test_flexible_and_missing_calendars_have_office_hours(self):
        """D2: Monday to Friday, 8 to 12 and 13 to 17, as a new calendar of Odoo."""
        for name in ("flexible", "none"):
            self.set_calendar(self.make_calendars()[name], ZONE)
            issue = self.make_working(utc(ZONE, 2026, 3, 6, 16))
            self.assertEqual(issue.respond_by, utc(ZONE, 2026, 3, 6, 17), name)
            self.assertEqual(issue.resolve_by, utc(ZONE, 2026, 3, 9, 10), name)
            self.assertFalse(issue.deadline_error)

    def test_long_deadlines_are_counted_to_their_end(self):
        """D2: 6000 working hours are years; nothing ends after a year and a half."""
        issue = self.make_working(utc(ZONE, 2026, 1, 5, 8), 8, 6000)
        self.assertEqual(issue.respond_by, utc(ZONE, 2026, 1, 5, 17))
        days = self.env["revisit.workday"]._get_workdays(self.company)
        last = days.shift(date(2026, 1, 4), 750)
        self.assertEqual(
            issue.resolve_by, utc(ZONE, last.year, last.month, last.day, 17)
        )
        self.assertGreater(last.year, 2027)

    def test_make_up_hours_do_not_depend_on_the_start(self):
        """D2: a worked Saturday has the same hours from wherever one counts."""
        calendar = self.make_calendar([])
        for weekday, hour_to in ((0, 12), (1, 17), (2, 17)):
            calendar.attendance_ids = [
                Command.create({**HOURS, "dayofweek": str(weekday), "hour_to": hour_to})
            ]
        self.set_calendar(calendar, ZONE)
        self.env["revisit.workday"].create({"date": "2026-03-14", "is_working": True})
        days = self.env["revisit.workday"]._get_workdays(self.company)
        expected = (utc(ZONE, 2026, 3, 14, 8), utc(ZONE, 2026, 3, 14, 12))
        for day in (2, 9, 10, 11, 12, 13, 14):
            spans = days.iter_from(utc(ZONE, 2026, 3, day))
            found = next(span for span in spans if span[0] >= expected[0])
            self.assertEqual(found, expected)
