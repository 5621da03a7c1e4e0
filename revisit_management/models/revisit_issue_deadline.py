# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .revisit_issue_category import SEVERITIES


class RevisitIssueDeadline(models.Model):
    """How fast issues of one category and severity are answered and solved."""

    _name = "revisit.issue.deadline"
    _description = "Issue Deadline"
    _inherit = ["revisit.protected.mixin"]
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
    respond_hours = fields.Float(string="Respond Within (h)", default=24)
    resolve_hours = fields.Float(string="Solve Within (h)", default=72)
    clock = fields.Selection(
        selection=[("elapsed", "Elapsed Time"), ("working", "Working Time")],
        required=True,
        default="elapsed",
    )

    _severity_unique = models.UniqueIndex(
        "(category_id, severity)", "This severity has its deadlines already."
    )

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
        """Return the UTC datetimes ``(respond_by, resolve_by)`` from ``start``."""
        self.ensure_one()
        return tuple(
            self._add_hours(start, hours)
            for hours in (self.respond_hours, self.resolve_hours)
        )

    def _add_hours(self, start, hours):
        elapsed = start + timedelta(hours=hours)
        company = self.company_id
        if self.clock == "elapsed" or not company.resource_calendar_id:
            return elapsed
        left = timedelta(hours=hours)
        for begin, end in self.env["revisit.workday"]._iter_working_time(
            company, start
        ):
            if left <= end - begin:
                return begin + left
            left -= end - begin
        return elapsed
