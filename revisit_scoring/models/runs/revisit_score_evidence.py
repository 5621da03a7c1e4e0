# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL


class RevisitScoreEvidence(models.Model):
    """The records that a score counted: one row per score and population.

    Parallel arrays in plain PostgreSQL columns (the ORM has no array field): ``ids``,
    ``mask`` (two bits per metric: counted, numerator), ``vals`` (values of averages and
    sums), and per metric ``nums`` and ``dens``. The numbers can be recomputed from
    these alone. Only the engine, the score line and ``revisit.score.record`` read them.
    """

    _name = "revisit.score.evidence"
    _description = "Score Evidence"
    _inherit = ["revisit.frozen.mixin", "revisit.protected.mixin"]
    _order = "id"
    _rec_name = "population"
    _log_access = False  # the assessment has the user and the time

    _server_owned = {
        "assessment_id",
        "metric_ids",
        "model_name",
        "population",
        "record_count",
        "subject_id",
        "value_fields",
        "value_names",
    }

    assessment_id = fields.Many2one(
        comodel_name="revisit.assessment",
        required=True,
        readonly=True,
        ondelete="cascade",  # uses the unique index
    )
    # with the assessment it identifies the score, which is stored after the evidence
    subject_id = fields.Integer(readonly=True, aggregator=None)
    model_name = fields.Char(required=True, readonly=True)
    population = fields.Char(readonly=True)
    metric_ids = fields.Json(readonly=True)
    value_fields = fields.Json(readonly=True)
    # per metric the field whose values it took, as metrics may read another one later
    value_names = fields.Json(readonly=True)
    record_count = fields.Integer(readonly=True)

    _population_uniq = models.UniqueIndex(
        "(assessment_id, subject_id, md5(population))"
    )

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
        self._use_fast_compression("ids", "mask", "vals")

    def _use_fast_compression(self, *columns):
        """Use lz4: PostgreSQL's own compression stores long arrays half as fast."""
        known = self.env.execute_query(
            SQL(
                "SELECT FROM pg_settings"
                " WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)"
            )
        )
        for column in columns if known else ():
            self.env.cr.execute(
                SQL(
                    "ALTER TABLE %s ALTER COLUMN %s SET COMPRESSION lz4",
                    SQL.identifier(self._table),
                    SQL.identifier(column),
                )
            )
