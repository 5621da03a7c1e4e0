# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_score_today(self):
        """Today on this company's calendar, for scripts and reports."""
        return self._revisit_today()
