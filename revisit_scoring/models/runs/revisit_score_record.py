# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL

# Ids contain the line's id, so that the cache of a request can hold several lines.
ID_ROOM = 2**20


class RevisitScoreRecord(models.Model):
    """The evidence of one score line as a list, even if records have changed since.

    This is not a table: it shows the stored ids of the line whose id is in the context,
    ``revisit_line_id``. It is opened if the records themselves were deleted, or the
    user may not read them all.
    """

    _name = "revisit.score.record"
    _description = "Counted Record"
    _auto = False
    _order = "id"
    _rec_name = "record_name"
    _rec_names_search = ["res_model"]

    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Integer(string="Record ID", readonly=True, aggregator=None)
    record_name = fields.Char(string="Record", compute="_compute_record")
    status = fields.Selection(
        selection=[
            ("there", "There"),
            ("closed", "Not open to you"),
            ("gone", "Deleted since"),
        ],
        compute="_compute_record",
    )
    value = fields.Float(readonly=True, aggregator="avg")
    is_numerator = fields.Boolean(string="In the Numerator", readonly=True)

    @property
    def _table_query(self):
        line = self._get_line()
        if not line:
            return SQL(
                "SELECT 0::int8 AS id, ''::varchar AS res_model, 0 AS res_id,"
                " 0::numeric AS value, FALSE AS is_numerator WHERE FALSE"
            )
        counted, which = (
            line._get_evidence_bit("counted"),
            line._get_evidence_bit("which"),
        )
        return SQL(
            """
            SELECT %(line)s::int8 * %(room)s + u.ord AS id,
                   e.model_name AS res_model, u.id AS res_id,
                   %(value)s AS value, u.mask & %(which)s <> 0 AS is_numerator
              FROM revisit_score_evidence e
             CROSS JOIN unnest(e.ids, e.mask) WITH ORDINALITY AS u(id, mask, ord)
             %(values)s
             WHERE e.id = %(evidence)s AND u.mask & %(counted)s <> 0
            """,
            **self._get_value_sql(line),
            line=line.id,
            room=ID_ROOM,
            counted=counted,
            which=which,
            evidence=line.evidence_id,
        )

    def _get_line(self):
        """Return the line named by the context, if the user may read it."""
        # clients send this key, so it only finds lines that the user may read
        line_id = self.env.context.get("revisit_line_id")
        line = self.env["revisit.score.line"].browse(
            line_id if type(line_id) is int else ()
        )
        line = line.exists()._filtered_access("read")
        return line.filtered("evidence_id").sudo()  # its metric is read, not shown

    def _get_value_sql(self, line):
        """Return SQL of a metric's value: ``vals`` has k values per record in a row."""
        # only its columns, for a line that the user may read
        evidence = self.env["revisit.score.evidence"].sudo().browse(line.evidence_id)
        names = evidence.value_fields or []  # users may not read evidence itself
        taken = evidence.value_names or []
        place = line.evidence_position
        name = taken[place] if place < len(taken) else None
        if name not in names:
            return {"value": SQL("NULL::numeric"), "values": SQL()}
        join = SQL(
            """
            JOIN unnest(e.vals) WITH ORDINALITY AS v(val, ord)
              ON v.ord = (u.ord - 1) * %s + %s
            """,
            len(names),
            names.index(name) + 1,
        )
        return {"value": SQL("v.val"), "values": join}

    def _compute_record(self):
        """Set the names that the user may read, with one search per model."""
        self.record_name = ""
        self.status = "gone"
        for model, records in self.grouped("res_model").items():
            Model = self.env.get(model)
            if Model is None:
                continue
            # only whether they exist; names are read with the user's rights
            found = Model.sudo().browse(records.mapped("res_id")).exists()
            readable = Model.browse(found.ids)
            readable = (
                readable._filtered_access("read")
                if Model.has_access("read")
                else Model.browse()
            )
            names = {record.id: record.display_name for record in readable}
            existing = set(found.ids)
            for record in records:
                if record.res_id in names:
                    record.record_name = names[record.res_id]
                    record.status = "there"
                elif record.res_id in existing:
                    record.status = "closed"

    def action_open_record(self):
        """Button: open the record itself, with the user's rights."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
