# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_score_today(self):
        """Return today's date in the company's time zone, for scripts and reports."""
        return self._revisit_today()
