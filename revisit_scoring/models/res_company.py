# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_score_today(self):
        """Today, in the time zone in which this company counts days."""
        self.ensure_one()
        now = datetime.now(timezone.utc)
        return now.astimezone(ZoneInfo(self._revisit_tz())).date()
