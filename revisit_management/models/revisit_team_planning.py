# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields, models

# the scheduled action runs every 15 minutes
LATE = timedelta(hours=1)


class RevisitTeam(models.Model):
    """When the planner last ran, for the board: without it no work arrives (K4)."""

    _inherit = "revisit.team"

    last_planning_at = fields.Datetime(
        string="Last Planning Run", compute="_compute_last_planning"
    )
    is_planning_late = fields.Boolean(compute="_compute_last_planning")

    def _compute_last_planning(self):
        # slots are internal; when they were used is no secret
        rows = (
            self.env["revisit.planner.slot"]
            .sudo()
            ._read_group(
                [("company_id", "in", self.company_id.ids)],
                ["company_id"],
                ["planned_at:max"],
            )
        )
        moments = dict(rows)
        limit = fields.Datetime.now() - LATE
        for team in self:
            moment = moments.get(team.company_id)
            team.last_planning_at = moment
            team.is_planning_late = not moment or moment < limit
