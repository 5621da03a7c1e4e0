# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class HrEmployee(models.Model):
    _name = "hr.employee"
    _inherit = ["hr.employee", "revisit.scored.mixin"]

    _score_field = "employee_id"
