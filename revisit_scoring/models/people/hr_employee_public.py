# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class HrEmployeePublic(models.Model):
    """Internal users read employees through this model, so it has the same fields."""

    _name = "hr.employee.public"
    _inherit = ["hr.employee.public", "revisit.scored.mixin"]

    _score_field = "employee_id"
