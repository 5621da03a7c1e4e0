# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models

from .revisit_callback import PLANNING


class RevisitPlanner(models.AbstractModel):
    """The planner decides itself which callbacks share a contact."""

    _inherit = "revisit.planner"

    def _for_company(self, company, buckets=None):
        """Assignments of the planner move neither followers nor leaders along."""
        planner = super()._for_company(company, buckets)
        return planner.with_context(revisit_planning=PLANNING)
