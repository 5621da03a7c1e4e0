# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL

from ...tools.planning import SHARDS


class RevisitPlannerSlot(models.Model):
    """Lock rows that serialise planning: one per company and shard.

    Every planning transaction updates its row first. A second planner waits for it,
    then fails with a serialization error instead of deciding on outdated data, and
    is retried.
    """

    _name = "revisit.planner.slot"
    _description = "Planner Slot"
    _inherit = ["revisit.protected.mixin"]

    _server_owned = {"company_id", "planned_at", "shard"}

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, ondelete="cascade"
    )
    shard = fields.Integer(default=0, required=True)
    planned_at = fields.Datetime()

    _slot_unique = models.UniqueIndex("(company_id, shard)")

    def _enter(self, company, buckets=None):
        """Lock the slots of ``company`` until the end of the transaction.

        :param buckets: only the slots of these buckets; None: all
        :raise psycopg2.errors.SerializationFailure: another planner has committed
            since this transaction began; retry on a new snapshot
        """
        shards = sorted(range(SHARDS) if buckets is None else buckets)
        self.env.execute_query(
            SQL(
                """
                INSERT INTO revisit_planner_slot (company_id, shard, planned_at)
                     SELECT %s, shard, now() at time zone 'UTC'
                       FROM unnest(%s::int4[]) shard ORDER BY shard
                ON CONFLICT (company_id, shard)
                  DO UPDATE SET planned_at = excluded.planned_at
                  RETURNING id
                """,
                company.id,
                shards,
            )
        )
        self.invalidate_model(["planned_at"])
