# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class HrDepartment(models.Model):
    _name = "hr.department"
    _inherit = ["hr.department", "revisit.scored.mixin"]

    _score_field = "department_id"
