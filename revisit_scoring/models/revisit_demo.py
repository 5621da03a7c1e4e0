# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models

from ..tools import score as arithmetic


class RevisitDemo(models.AbstractModel):
    """The scores of the demonstration: the last whole quarter, published."""

    _inherit = "revisit.demo"

    @api.model
    def _publish_quarter(self):
        """Publish the quarter before the company's today, which the story covers."""
        demo = self._for_demo()
        first, last = arithmetic.previous_bounds(demo._get_today(), "quarter")
        demo.env["revisit.scheme"]._assess_range(
            first, last, demo.env.company, publish=True
        )
