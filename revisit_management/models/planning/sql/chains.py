# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.tools import SQL

from ....tools.planning import TABLE


class RevisitPlannerSet(models.AbstractModel):
    """Set-based: finds the callbacks whose documents have asked again."""

    _inherit = "revisit.planner.set"  # pylint: disable=consider-merging-classes-inherited

    def _get_repeated(self, batch):
        """Return the ids of the new callbacks whose documents count their turns."""
        counting = [p.id for p in batch.policies if p.trigger_id.occasion_field]
        if not counting:
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT callback.id FROM %s c
                  JOIN revisit_callback callback
                    ON callback.policy_id = c.policy_id
                   AND callback.source_model = c.source_model
                   AND callback.source_id = c.source_id
                   AND callback.occasion = c.occasion
                 WHERE c.reason IS NULL AND c.occasion != ''
                   AND c.policy_id = ANY(%s)
                """,
                TABLE,
                counting,
            )
        )
        return [row[0] for row in rows]
