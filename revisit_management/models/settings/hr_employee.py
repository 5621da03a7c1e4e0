# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    callback_count = fields.Integer(
        string="Callbacks",
        compute="_compute_callback_count",
        groups="hr.group_hr_user",
    )

    def _compute_callback_count(self):
        counts = dict(
            self.env["revisit.callback"]
            .sudo()  # only a number; HR may not read callbacks
            ._read_group(
                [("resp_employee_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["resp_employee_id"],
                ["__count"],
            )
        )
        for employee in self:
            employee.callback_count = counts.get(employee, 0)
