# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class RevisitTeam(models.Model):
    """From a unit to its reports on quarters and years."""

    _inherit = "revisit.team"  # pylint: disable=consider-merging-classes-inherited

    def action_open_analyses(self):
        """Button: list the analysis reports of this unit."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_analysis_action"
        )
        return {**action, "domain": [("team_id", "=", self.id)], "context": {}}
