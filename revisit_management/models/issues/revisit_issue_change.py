# Part of Revisit. See LICENSE file for full copyright and licensing details.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ...tools.terms import SEVERITIES


class RevisitIssueChange(models.Model):
    """Append-only log of changes of category or severity, with all deadlines."""

    _name = "revisit.issue.change"
    _description = "Change of an Issue's Category or Severity"
    _inherit = ["revisit.protected.mixin"]
    _order = "id desc"
    _rec_name = "reason"

    _server_owned = {
        "at",
        "category_after_id",
        "category_before_id",
        "company_id",
        "issue_id",
        "reason",
        "resolve_by_after",
        "resolve_by_before",
        "respond_by_after",
        "respond_by_before",
        "severity_after",
        "severity_before",
        "user_id",
    }

    issue_id = fields.Many2one(
        comodel_name="revisit.issue",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="issue_id.company_id", store=True, precompute=True, index=True
    )
    at = fields.Datetime(
        string="Changed On", required=True, readonly=True, default=fields.Datetime.now
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Changed By",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    reason = fields.Text(required=True, readonly=True)
    category_before_id = fields.Many2one(
        comodel_name="revisit.issue.category", readonly=True, ondelete="restrict"
    )
    category_after_id = fields.Many2one(
        comodel_name="revisit.issue.category", readonly=True, ondelete="restrict"
    )
    severity_before = fields.Selection(selection=SEVERITIES, readonly=True)
    severity_after = fields.Selection(selection=SEVERITIES, readonly=True)
    respond_by_before = fields.Datetime(readonly=True)
    respond_by_after = fields.Datetime(readonly=True)
    resolve_by_before = fields.Datetime(string="Solve By Before", readonly=True)
    resolve_by_after = fields.Datetime(string="Solve By After", readonly=True)

    def write(self, vals):
        if self:
            raise UserError(
                self.env._("The record of an issue's change is never changed.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("The record of an issue's change is never deleted."))

    @api.model
    def _log(self, issue, reason, before):
        """Log that an issue was changed from ``before`` to its present values."""
        after = issue._read_clock()
        values = {"issue_id": issue.id, "user_id": self.env.uid, "reason": reason}
        for name in ("severity", "respond_by", "resolve_by"):
            values[f"{name}_before"] = before[name]
            values[f"{name}_after"] = after[name]
        return self.create(
            {
                **values,
                "category_before_id": before["category_id"],
                "category_after_id": after["category_id"],
            }
        )

    def _get_note(self):
        """Return the old and the new values as a note for the issue's chatter."""
        self.ensure_one()
        labels = self.env["revisit.issue"]._fields
        names = {
            "category_id": "category_%s_id",
            "severity": "severity_%s",
            "respond_by": "respond_by_%s",
            "resolve_by": "resolve_by_%s",
        }
        lines = [
            Markup("<li>%s: %s → %s</li>")
            % (
                labels[name]._description_string(self.env),
                self._show(pattern % "before"),
                self._show(pattern % "after"),
            )
            for name, pattern in names.items()
            if self[pattern % "before"] != self[pattern % "after"]
        ]
        return Markup("<p>%s</p><ul>%s</ul>") % (
            self.env._("Registration corrected: %(reason)s", reason=self.reason),
            Markup("").join(lines),
        )

    def _show(self, name):
        field, value = self._fields[name], self[name]
        if not value:
            return "-"
        if field.type == "datetime":
            # the day is the company's, whoever may read its settings
            tz = self.company_id.sudo()._revisit_tz()
            return format_datetime(self.env, value, tz=tz, dt_format="yyyy-MM-dd HH:mm")
        if field.type == "many2one":
            return value.display_name
        return dict(field._description_selection(self.env))[value]
