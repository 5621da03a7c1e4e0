# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL


class RevisitScoreEvidence(models.Model):
    """The records that a score counted: one row per score and population.

    Parallel arrays in plain PostgreSQL columns (the ORM has no array field): ``ids``,
    ``mask`` (two bits per metric: counted, of which), ``vals`` (values of averages and
    sums), and per metric ``nums`` and ``dens``. The numbers recompute from these alone.
    They are read by the engine, the score line and `revisit.score.record` only.
    """

    _name = "revisit.score.evidence"
    _description = "Score Evidence"
    _inherit = ["revisit.frozen.mixin"]
    _order = "id"
    _rec_name = "population"

    assessment_id = fields.Many2one(
        comodel_name="revisit.assessment",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    score_id = fields.Many2one(
        comodel_name="revisit.score", readonly=True, ondelete="cascade", index=True
    )
    subject_id = fields.Integer(readonly=True, aggregator=None)
    model_name = fields.Char(required=True, readonly=True)
    population = fields.Char(readonly=True)
    metric_ids = fields.Json(readonly=True)
    value_fields = fields.Json(readonly=True)
    record_count = fields.Integer(readonly=True)

    def init(self):
        for column, kind in (
            ("ids", "int4[]"),
            ("mask", "int4[]"),
            ("vals", "numeric[]"),
            ("nums", "numeric[]"),
            ("dens", "int4[]"),
        ):
            self.env.cr.execute(
                SQL(
                    "ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s %s",
                    SQL.identifier(self._table),
                    SQL.identifier(column),
                    SQL(kind),  # pylint: disable=sql-injection
                )
            )
