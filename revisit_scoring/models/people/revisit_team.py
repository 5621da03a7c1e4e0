# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class RevisitTeam(models.Model):
    _name = "revisit.team"
    _inherit = ["revisit.team", "revisit.scored.mixin"]

    _score_field = "team_id"

    def _get_region(self):
        """Return the region of a unit, which can be the unit itself; may be empty."""
        self.ensure_one()
        unit = self
        while unit and unit.kind != "region":
            unit = unit.parent_id
        return unit
