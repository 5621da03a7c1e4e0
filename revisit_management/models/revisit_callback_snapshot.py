# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models

from ..tools import windows
from .revisit_callback import SNAPSHOTS


class RevisitCallback(models.Model):
    """Whom a callback counts for: user, employee, department, unit, dealer.

    The snapshots follow the assignment until the callback is made or its window
    ends, whichever is first; a later reassignment changes only the agent.
    """

    _inherit = "revisit.callback"

    @api.model
    def _fill_snapshots(self, vals_list):
        """Add ``resp_*`` to creation values: one read per batch.

        The employee is the user's in the callback's company, archived ones
        included; the department is theirs at the date of the event.
        """
        pairs = {(v.get("user_id"), v.get("company_id")) for v in vals_list}
        employees = self._get_employees(pairs)
        for vals in vals_list:
            company_id = vals.get("company_id") or self.env.company.id
            employee = employees.get((vals.get("user_id"), company_id))
            vals.update(
                resp_user_id=vals.get("user_id"),
                resp_employee_id=employee and employee.id,
                resp_department_id=employee
                and self._get_department(employee, vals.get("event_at")).id,
                resp_team_id=vals.get("team_id"),
                resp_dealer_id=vals.get("dealer_id"),
            )

    @api.model
    def _get_department(self, employee, event_at):
        """Return the department of an employee on the local date of an event."""
        event_at = fields.Datetime.to_datetime(event_at) or fields.Datetime.now()
        tz = employee.company_id._revisit_tz()
        version = employee._get_version(windows.local_date(event_at, tz))
        return version.department_id

    def _get_employees(self, pairs):
        """Return {(user id, company id): employee}, archived ones included."""
        user_ids = [user_id for user_id, _company_id in pairs if user_id]
        employees = (
            self.env["hr.employee"]
            .sudo()
            .with_context(active_test=False)
            .search([("user_id", "in", user_ids)], order="active, id desc")
        )
        return {(e.user_id.id, e.company_id.id): e for e in employees}

    def _refresh_snapshots(self):
        """Follow a new assignment, as long as the window has not ended."""
        now = fields.Datetime.now()
        moving = self.sudo().filtered(lambda c: c.is_open and c.window_end > now)
        vals_list = [
            {
                "user_id": callback.user_id.id,
                "company_id": callback.company_id.id,
                "team_id": callback.team_id.id,
                "dealer_id": callback.dealer_id.id,
                "event_at": callback.event_at,
            }
            for callback in moving
        ]
        self._fill_snapshots(vals_list)
        for callback, vals in zip(moving, vals_list, strict=True):
            callback.write({name: vals[name] for name in SNAPSHOTS})
