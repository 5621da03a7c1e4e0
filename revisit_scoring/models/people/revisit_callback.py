# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class RevisitCallback(models.Model):
    _name = "revisit.callback"
    _inherit = ["revisit.callback", "revisit.counted.mixin"]

    # the date by which every metric of satisfaction selects its period
    _done_idx = models.Index("(company_id, done_at) WHERE done_at IS NOT NULL")
