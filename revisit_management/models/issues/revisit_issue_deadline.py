# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.terms import SEVERITIES


class RevisitIssueDeadline(models.Model):
    """How fast issues of one category and severity are answered and solved."""

    _name = "revisit.issue.deadline"
    _description = "Issue Deadline"
    _inherit = ["revisit.protected.mixin", "revisit.reading.mixin"]
    _order = "category_id, resolve_hours desc"
    _rec_name = "severity"

    _server_owned = {"company_id"}

    category_id = fields.Many2one(
        comodel_name="revisit.issue.category",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="category_id.company_id", store=True)
    severity = fields.Selection(selection=SEVERITIES, required=True, default="normal")
    respond_hours = fields.Float(
        string="Respond Within (h)", default=24, aggregator=None
    )
    resolve_hours = fields.Float(string="Solve Within (h)", default=72, aggregator=None)
    clock = fields.Selection(
        selection=[("elapsed", "Elapsed Time"), ("working", "Working Time")],
        required=True,
        default="elapsed",
    )

    clock_error = fields.Char(string="Warning", compute="_compute_clock_error")

    _severity_unique = models.UniqueIndex(
        "(category_id, severity)", "This severity has its deadlines already."
    )

    @api.depends("clock", "company_id", "category_id")
    def _compute_clock_error(self):
        for deadline in self:
            company = deadline.company_id or deadline.category_id.company_id
            deadline.clock_error = deadline._get_clock_error() if company else False

    @api.constrains("respond_hours", "resolve_hours")
    def _check_hours(self):
        for deadline in self:
            if not 0 < deadline.respond_hours <= deadline.resolve_hours:
                raise ValidationError(
                    self.env._(
                        "%(category)s: the time to respond must be above 0 and not"
                        " longer than the time to solve.",
                        category=deadline.category_id.name,
                    )
                )

    def _get_moments(self, start):
        """Return the UTC datetimes ``(respond_by, resolve_by)`` from ``start``.

        Both are False if the company has no working hours to count, see
        :meth:`_get_clock_error`.
        """
        self.ensure_one()
        return tuple(
            self._add_hours(start, hours)
            for hours in (self.respond_hours, self.resolve_hours)
        )

    def _add_hours(self, start, hours):
        left = timedelta(hours=hours)
        if self.clock == "elapsed":
            return start + left
        workdays = self.env["revisit.workday"]._get_workdays(self.company_id)
        for begin, end in workdays.iter_from(start):
            if left <= end - begin:
                return begin + left
            left -= end - begin
        return False

    def _get_clock_error(self):
        """Return why working hours cannot be counted, or False."""
        self.ensure_one()
        company = self.company_id.sudo()  # not everybody may read its calendar
        if self.clock == "elapsed" or (
            self.env["revisit.workday"]._get_workdays(company).has_hours()
        ):
            return False
        return self.env._(
            "%(category)s counts working time, but the calendar %(calendar)s of"
            " %(company)s has no working hours, so there is no deadline. Enter its"
            " hours, or count elapsed time.",
            category=self.category_id.name,
            calendar=company.resource_calendar_id.name,
            company=company.name,
        )
