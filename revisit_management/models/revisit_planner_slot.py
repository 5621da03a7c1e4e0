# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL

# customers fall into this many buckets, by the id of their commercial partner; a
# planner may take some of them, another one the others
SHARDS = 16


class RevisitPlannerSlot(models.Model):
    """The turnstile of planning: one row per company and shard (DESIGN 1.1).

    Every planning transaction updates its row first. A second planner waits
    there, then fails with a serialization error instead of deciding on a stale
    snapshot, and is retried.
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
        """Take the slots of ``company`` until the end of the transaction.

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
