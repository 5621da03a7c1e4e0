# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL


class RevisitPlannerSlot(models.Model):
    """The turnstile of planning: one row per company and shard (DESIGN 1.1).

    Every planning transaction updates its row first. A second planner waits
    there, then fails with a serialization error instead of deciding on a stale
    snapshot, and is retried.
    """

    _name = "revisit.planner.slot"
    _description = "Planner Slot"

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, ondelete="cascade"
    )
    shard = fields.Integer(default=0, required=True)
    planned_at = fields.Datetime()

    _slot_unique = models.UniqueIndex("(company_id, shard)")

    def _enter(self, company, shard=0):
        """Take the slot of ``company`` until the end of the transaction.

        :raise psycopg2.errors.SerializationFailure: another planner has committed
            since this transaction began; retry on a new snapshot
        """
        self.env.execute_query(
            SQL(
                """
                INSERT INTO revisit_planner_slot (company_id, shard, planned_at)
                     VALUES (%s, %s, now() at time zone 'UTC')
                ON CONFLICT (company_id, shard)
                  DO UPDATE SET planned_at = excluded.planned_at
                  RETURNING id
                """,
                company.id,
                shard,
            )
        )
        self.invalidate_model(["planned_at"])
