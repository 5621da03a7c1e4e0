# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import format_date


class RevisitPolicy(models.Model):
    """Says in words where the company's holidays are not known yet.

    Holidays and make-up days are entered year by year. Beyond the last year that
    has any, working days are counted by ordinary weeks, and nobody should learn
    that from a callback on a holiday.
    """

    _inherit = "revisit.policy"

    workday_notice = fields.Char(compute="_compute_workday_notice")

    @api.depends(
        "delay_unit", "delay_max", "delay_direction", "recurrence", "company_id"
    )
    @api.depends_context("lang")
    def _compute_workday_notice(self):
        for policy in self:
            is_whole = policy.company_id and policy.delay_unit == "workday"
            policy.workday_notice = (
                policy._get_workday_notice(fields.Datetime.now()) if is_whole else False
            )

    def _get_workday_notice(self, event_at):
        """Return what to know about the window of an event, or False."""
        self.ensure_one()
        company = self.company_id
        # calendar periods are whole months, whatever the unit says
        counts = self.delay_unit == "workday" and self.recurrence != "calendar"
        until = counts and company._revisit_workdays_until()
        if not until:
            return False
        try:
            end = self._get_window(event_at)[1]
        except LookupError:
            return False
        if company._revisit_day(end - timedelta(seconds=1)) <= until:
            return False
        return self.env._(
            "%(policy)s: holidays and make-up days of %(company)s are known until"
            " %(day)s only. Beyond it, ordinary weeks are counted: load or enter the"
            " following year under Working Day Corrections.",
            policy=self.name,
            company=company.name,
            day=format_date(self.env, until),
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    def _revisit_workdays_until(self):
        """Return the end of the last year with holidays or make-up days, or None.

        A company that enters none works by its calendar alone, for ever.
        """
        self.ensure_one()
        # what is entered is the same for whoever asks
        last = (
            self.env["revisit.workday"]
            .sudo()
            .search([("company_id", "=", self.id)], order="date desc", limit=1)
        )
        return last and date(last.date.year, 12, 31) or None
