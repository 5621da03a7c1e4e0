# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class RevisitAnswer(models.Model):
    _name = "revisit.answer"
    _inherit = ["revisit.answer", "revisit.counted.mixin"]
