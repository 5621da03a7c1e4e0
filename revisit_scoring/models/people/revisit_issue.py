# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class RevisitIssue(models.Model):
    _name = "revisit.issue"
    _inherit = ["revisit.issue", "revisit.counted.mixin"]
