# Part of Revisit. See LICENSE file for full copyright and licensing details.
import csv

from odoo import api, fields, models
from odoo.tools import file_open

from ...tools.workdays import Workdays, office_week

CHINA = "revisit_management/data/workdays/cn.csv"


class RevisitWorkday(models.Model):
    """One date that differs from a company's working calendar.

    Odoo's calendars can only take days away; a make-up working Saturday needs
    a correction in the other direction. A shipped calendar can be loaded: China's days
    come from the yearly notices of the State Council's General Office of 12 November
    2024 (for 2025) and 4 November 2025 (for 2026), weekends within a holiday included,
    for companies that work on Saturdays. For 2027 only the statutory days are given,
    and their names say so.
    """

    _name = "revisit.workday"
    _description = "Working Day Correction"
    _order = "date desc"
    _rec_name = "date"

    date = fields.Date(required=True)
    is_working = fields.Boolean(string="Working Day", default=True)
    name = fields.Char(string="Occasion", translate=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )

    _date_unique = models.UniqueIndex(
        "(company_id, date)", "This date has a correction already: edit that one."
    )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_load_china(self):
        """Add China's days of 2025 to 2027 to the current company.

        Dates that the company has corrected already stay as they are.

        :raise AccessError: the caller may not create corrections
        """
        count = len(self._load_calendar(CHINA))
        if count:
            message = self.env._("%(count)s dates were added.", count=count)
        else:
            message = self.env._("All dates are there already; nothing was changed.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success" if count else "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_working_dates(self, company, first, last):
        """Return the sorted local dates on which ``company`` works.

        :param first: first date, included
        :param last: last date, included
        """
        return self._get_workdays(company).between(first, last)

    @api.model
    def _get_workdays(self, company):
        """Return the working days and hours of ``company``, a ``Workdays``.

        Attendances of its calendar, minus leaves of this company (never those of
        another one), corrected by this model's rows. A company without a calendar, or
        with a flexible one, works from Monday to Friday in office hours.
        """
        # a company's working time is the same for every user
        company = company.sudo()
        calendar = company.resource_calendar_id
        corrections = self._get_corrections(company)
        return Workdays(
            company._revisit_tz(),
            self._get_week(calendar),
            self._get_leaves(company, calendar),
            {correction.date: correction.is_working for correction in corrections},
        )

    @api.model
    def _get_week(self, calendar):
        """Return the hours of a calendar's one or two weeks, see ``Workdays``."""
        if not calendar or calendar.flexible_hours:
            return office_week()
        week = {}
        for attendance in calendar._get_global_attendances():
            hours = (attendance.hour_from, attendance.hour_to)
            parities = (0, 1)
            if calendar.two_weeks_calendar:
                parities = (int(attendance.week_type),)
            for parity in parities:
                week.setdefault((parity, int(attendance.dayofweek)), []).append(hours)
        return week

    @api.model
    def _get_leaves(self, company, calendar):
        """Return ``[(start, end)]``, naive UTC, of leaves of the whole company."""
        leaves = self.env["resource.calendar.leaves"].sudo()  # see _get_workdays
        return [
            (leave.date_from, leave.date_to)
            for leave in leaves.search_fetch(
                [
                    ("time_type", "=", "leave"),
                    ("resource_id", "=", False),
                    ("company_id", "in", [False, company.id]),
                    ("calendar_id", "in", [False, calendar.id]),
                ],
                ["date_from", "date_to"],
            )
        ]

    @api.model
    def _get_corrections(self, company):
        return self.sudo().search_fetch(  # working days are the same for all
            [("company_id", "=", company.id)], ["date", "is_working"]
        )

    def _load_calendar(self, path):
        """Create the dates of a CSV file that the current company lacks.

        :param path: file with the columns date, is_working, name, name@<language>
        :return: the new corrections
        """
        self.check_access("create")
        company = self.env.company
        with file_open(path, "r") as stream:
            rows = list(csv.DictReader(stream))
        known = {
            str(correction.date)
            for correction in self.search([("company_id", "=", company.id)])
        }
        rows = [row for row in rows if row["date"] not in known]
        corrections = self.with_context(lang="en_US").create(
            [
                {
                    "company_id": company.id,
                    "date": row["date"],
                    "is_working": row["is_working"] == "True",
                    "name": row["name"],
                }
                for row in rows
            ]
        )
        rulebooks = self.env["revisit.rulebook"]
        for correction, row in zip(corrections, rows, strict=True):
            for lang, values in rulebooks._get_translations(row).items():
                correction.with_context(lang=lang).write(values)
        return corrections
