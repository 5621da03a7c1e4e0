# Part of Revisit. See LICENSE file for full copyright and licensing details.
import csv
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import file_open

from ..models.settings.revisit_workday import CHINA
from .common import ZONE, RevisitCommon, utc


@tagged("post_install", "-at_install")
class TestChineseCalendar(RevisitCommon):
    """B2, DESIGN 1.7: holidays and make-up working days of China, 2025 to 2027."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workdays = cls.env["revisit.workday"]

    def load(self, user=None, company=None):
        workdays = self.workdays.with_user(user or self.manager)
        return workdays.with_company(company or self.company).action_load_china()

    def get_dates(self, company=None):
        return self.workdays.search(
            [("company_id", "=", (company or self.company).id)], order="date"
        )

    def assertWorking(self, first, last, *days):
        """Assert the working dates of a range."""
        dates = self.workdays._get_working_dates(self.company, first, last)
        self.assertEqual(dates, list(days))

    # ------------------------------------------------------------
    # THE DAYS
    # ------------------------------------------------------------

    def test_spring_festival_2026(self):
        """B2: nine days off from February 15th, two Saturdays worked instead."""
        self.load()
        self.assertWorking(
            date(2026, 2, 13),
            date(2026, 3, 2),
            date(2026, 2, 13),
            date(2026, 2, 14),
            *(date(2026, 2, day) for day in range(24, 29)),
            date(2026, 3, 2),
        )

    def test_national_day_2025(self):
        """B2: eight days off with Mid-Autumn, a Sunday and a Saturday worked."""
        self.load()
        self.assertWorking(
            date(2025, 9, 27),
            date(2025, 10, 12),
            date(2025, 9, 28),
            date(2025, 9, 29),
            date(2025, 9, 30),
            date(2025, 10, 9),
            date(2025, 10, 10),
            date(2025, 10, 11),
        )

    def test_days_of_each_year(self):
        """B2: as many days off and make-up days as the notices name."""
        self.load()
        counts = {
            year: [
                len(
                    self.get_dates().filtered(
                        lambda day, year=year, working=working: (
                            day.date.year == year and day.is_working == working
                        )
                    )
                )
                for working in (False, True)
            ]
            for year in (2025, 2026, 2027)
        }
        self.assertEqual(counts, {2025: [28, 5], 2026: [33, 6], 2027: [13, 0]})

    def test_unpublished_year_says_so(self):
        """B2: for 2027 there are the statutory days only, and they tell."""
        self.load()
        days = self.get_dates().filtered(lambda day: day.date.year == 2027)
        for day in days:
            self.assertIn("is not published yet", day.name)
            self.assertFalse(day.is_working)
        self.assertEqual(
            [str(day.date)[5:] for day in days],
            ["01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02"]
            + ["06-09", "09-15", "10-01", "10-02", "10-03"],
        )

    # ------------------------------------------------------------
    # WINDOWS
    # ------------------------------------------------------------

    def test_windows_of_three_working_days(self):
        """B2, DESIGN 1.7: over the festival and a make-up Saturday, both planners."""
        self.load()
        events = {
            # the last day before: the make-up Saturday, then after the festival
            (2026, 2, 13, 10): ((2026, 2, 14), (2026, 2, 26)),
            # within the festival
            (2026, 2, 18, 10): ((2026, 2, 24), (2026, 2, 27)),
            # a Thursday before the make-up Saturday of February 28th
            (2026, 2, 26, 10): ((2026, 2, 27), (2026, 3, 3)),
            # on that Saturday
            (2026, 2, 28, 10): ((2026, 3, 2), (2026, 3, 5)),
        }
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            policy = self.make_policy(delay_min=1, delay_max=3, delay_unit="workday")
            orders = {
                event: self.make_order(date=utc(ZONE, *event)) for event in events
            }
            policy.generate(utc(ZONE, 2026, 2, 1), utc(ZONE, 2026, 3, 2))
            for event, (start, end) in events.items():
                with self.subTest(through_orm=through_orm, event=event):
                    callback = self.get_planned(orders[event], policy)
                    self.assertEqual(
                        (callback.window_start, callback.window_end),
                        (utc(ZONE, *start), utc(ZONE, *end)),
                    )

    # ------------------------------------------------------------
    # LOADING
    # ------------------------------------------------------------

    def test_loading_twice_keeps_edits(self):
        """B0, B2: a second time adds nothing and changes no edited date."""
        own = self.workdays.create({"date": "2026-02-14", "is_working": False})
        self.load()
        count = len(self.get_dates())
        self.assertFalse(own.is_working)
        closed = self.get_dates().filtered(lambda day: str(day.date) == "2026-02-28")
        closed.write({"is_working": False, "name": "We stay closed"})
        answer = self.load()
        self.assertIn("nothing was changed", answer["params"]["message"])
        self.assertEqual(len(self.get_dates()), count)
        self.assertEqual((closed.is_working, closed.name), (False, "We stay closed"))

    def test_companies_load_separately(self):
        """K3: each company loads its own."""
        other = self.make_company()
        self.manager.company_ids += other
        self.load(company=other)
        self.assertFalse(self.get_dates())
        self.assertEqual(len(self.get_dates(other)), 85)

    def test_only_managers_load(self):
        """K1: agents and supervisors do not change the calendar."""
        for user in (self.agent, self.supervisor):
            with self.assertRaises(AccessError):
                self.load(user)

    def test_names_are_translated(self):
        """K5: in every active language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.load()
        day = self.get_dates().filtered(lambda day: str(day.date) == "2026-02-14")
        self.assertEqual(day.name, "Make-up working day (Spring Festival)")
        self.assertEqual(day.with_context(lang="zh_CN").name, "调休上班（春节）")

    def test_file_is_importable(self):
        """B2: the same file goes through Odoo's own import."""
        with file_open(CHINA, "r") as stream:
            header, *rows = csv.reader(stream)
        columns = header[:3]
        result = self.workdays.with_user(self.manager).load(
            columns, [row[:3] for row in rows]
        )
        self.assertFalse(result["messages"])
        self.assertEqual(len(self.get_dates()), len(rows))
        self.assertWorking(
            date(2026, 1, 3), date(2026, 1, 5), *(date(2026, 1, day) for day in (4, 5))
        )
