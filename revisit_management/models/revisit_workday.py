# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models

from ..tools.workdays import Workdays, office_week


class RevisitWorkday(models.Model):
    """One date that differs from a company's working calendar.

    Odoo's calendars can only take days away; a make-up working Saturday needs
    a correction in the other direction.
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
        another one), corrected by this model's rows. Who has no calendar, or a
        flexible one, works from Monday to Friday in office hours.
        """
        # what a company works is the same for whoever acts
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
        """Return the hours of a calendar's week or two, see ``Workdays``."""
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
        """Return ``[(start, end)]``, naive UTC, of the days that all are off."""
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
        return self.sudo().search_fetch(
            [("company_id", "=", company.id)], ["date", "is_working"]
        )
