# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.population import metric_bits
from ...tools.score import plain, round_half_up
from ...tools.terms import REJUDGE_LATER

WRITABLE_FIELDS = {"manual_points", "manual_reason"}


class RevisitScoreLine(models.Model):
    """One indicator on a score sheet: what was counted, the rule, the points."""

    _name = "revisit.score.line"
    _description = "Score Line"
    _inherit = [
        "revisit.named.mixin",
        "revisit.frozen.mixin",
        "revisit.upsert.mixin",
        "revisit.protected.mixin",
    ]
    _order = "score_id, sequence, indicator_id, id"
    # the assessment has who computed it and when; who gave points is a field here
    _log_access = False
    _rec_name = "name"
    _rec_names_search = ["indicator_id"]

    _server_owned = {
        "denominator",
        "evidence_id",
        "evidence_position",
        "has_data",
        "indicator_id",
        "is_manual",
        "is_pending",
        "label",
        "manual_at",
        "manual_by_id",
        "maximum",
        "metric_id",
        "model_name",
        "numerator",
        "parts",
        "points",
        "score_id",
        "sequence",
        "source",
        "value",
        "weight",
    }

    score_id = fields.Many2one(
        comodel_name="revisit.score",
        required=True,
        readonly=True,
        ondelete="cascade",  # uses the unique index
    )
    # not stored: every foreign key is checked for every line of every computation
    assessment_id = fields.Many2one(related="score_id.assessment_id")
    company_id = fields.Many2one(related="score_id.company_id")
    subject_name = fields.Char(related="score_id.subject_name")
    indicator_id = fields.Many2one(
        comodel_name="revisit.indicator",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    metric_id = fields.Many2one(
        comodel_name="revisit.metric", readonly=True, ondelete="restrict"
    )
    sequence = fields.Integer(readonly=True, aggregator=None)
    label = fields.Json(readonly=True)
    source = fields.Json(string="Source Texts", readonly=True)
    name = fields.Char(string="Indicator Name", compute="_compute_name")
    source_name = fields.Char(string="Source", compute="_compute_name")
    # Numbers
    numerator = fields.Float(digits=(16, 2), readonly=True)
    denominator = fields.Float(digits=(16, 2), readonly=True)
    value = fields.Float(digits=(16, 4), readonly=True, aggregator=None)
    value_text = fields.Char(string="Result", compute="_compute_value_text")
    weight = fields.Float(digits=(5, 2), readonly=True, aggregator=None)
    maximum = fields.Float(
        digits=(16, 4),
        readonly=True,
        aggregator=None,
        help="Weight that counts here; more than the weight where other lines have no"
        " records and are left out.",
    )
    points = fields.Float(digits=(16, 2), readonly=True, aggregator=None)
    has_data = fields.Boolean(readonly=True)
    parts = fields.Json(readonly=True)
    explanation = fields.Text(compute="_compute_explanation")
    # Given by an assessor
    is_manual = fields.Boolean(readonly=True)
    is_pending = fields.Boolean(string="To Give", readonly=True)
    manual_points = fields.Float(digits=(5, 2), aggregator=None)
    manual_reason = fields.Char()
    manual_by_id = fields.Many2one(
        comodel_name="res.users", string="Given By", readonly=True, ondelete="restrict"
    )
    manual_at = fields.Datetime(string="Given On", readonly=True)
    # Proof
    model_name = fields.Char(readonly=True)
    # no foreign key, which would be checked for every line when evidence is replaced
    evidence_id = fields.Integer(readonly=True, aggregator=None)
    evidence_position = fields.Integer(readonly=True, aggregator=None)

    _indicator_uniq = models.UniqueIndex(
        "(score_id, indicator_id)", "This indicator is on the sheet already."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("label", "source")
    @api.depends_context("lang")
    def _compute_name(self):
        read = self.env["revisit.score"]._read_translated
        for line in self:
            line.name = read(line.label)
            line.source_name = read(line.source)

    @api.depends("value", "has_data", "parts")
    def _compute_value_text(self):
        for line in self:
            line.value_text = ""
            if line.has_data and not line.is_manual:
                unit = " %" if (line.parts or {}).get("measure") == "ratio" else ""
                line.value_text = f"{_show(line.value)}{unit}"

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if vals_list:
            raise UserError(
                self.env._("Score lines come from an assessment: compute it instead.")
            )
        return super().create(vals_list)

    def write(self, vals):
        self._check_locked()
        if set(vals) - WRITABLE_FIELDS:
            raise UserError(
                self.env._("Only the points of manual indicators are entered by hand.")
            )
        self._check_manual(vals)
        self.check_access("write")
        before = {line: line.manual_points for line in self if line.manual_by_id}
        # who gave the points is recorded, users cannot choose it
        own = {"manual_by_id": self.env.uid, "manual_at": fields.Datetime.now()}
        result = super(RevisitScoreLine, self.sudo()).write({**vals, **own})
        self._note_manual(before)
        if self.env.context.get("revisit_rejudge_later") is not REJUDGE_LATER:
            self.assessment_id._rejudge()
        return result

    def _note_manual(self, before):
        """Log on the scores who gave how many points, the earlier points, and why."""
        for line in self:
            # the system writes the log, as users who give points may not always post
            line.score_id.sudo()._message_log(
                body=self.env._(
                    "%(user)s gave points for %(name)s: %(before)s → %(after)s"
                    " (%(reason)s)",
                    user=self.env.user.name,
                    name=line.name,
                    before=_show(before[line]) if line in before else "-",
                    after=_show(line.manual_points),
                    reason=line.manual_reason,
                )
            )

    def _check_manual(self, vals):
        """Raise unless points may be given: manual indicator, in range, with reason.

        :param vals: values to be written
        """
        for line in self:
            if not line.is_manual:
                raise UserError(
                    self.env._(
                        "%(name)s is counted from records. Add an adjustment with its"
                        " reason instead.",
                        name=line.name,
                    )
                )
            points = vals.get("manual_points", line.manual_points)
            if not 0 <= points <= line.weight:
                raise UserError(
                    self.env._(
                        "%(name)s gives between 0 and %(weight)s points, not"
                        " %(points)s.",
                        name=line.name,
                        weight=_show(line.weight),
                        points=_show(points),
                    )
                )
            if not (vals.get("manual_reason", line.manual_reason) or "").strip():
                raise UserError(
                    self.env._(
                        "Give the reason for the points of %(name)s: it stands on the"
                        " score sheet.",
                        name=line.name,
                    )
                )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_evidence(self):
        """Button: open exactly the counted records; of a rate those of the denominator.

        The records themselves if the user may read all of them, unchanged in number;
        otherwise the stored list, which also names records deleted since.
        """
        return self._open_evidence("counted")

    def action_open_numerator(self):
        """Button: open exactly the records of the numerator."""
        return self._open_evidence("which")

    def _open_evidence(self, part):
        """Return the action that opens counted records, see ``action_open_evidence``.

        :param part: ``counted``, or ``which`` for the numerator
        :raise UserError: no records were counted
        """
        self.ensure_one()
        self.check_access("read")
        if not self.sudo().evidence_id:  # only whether it exists
            raise UserError(self.env._("%(name)s counted no records.", name=self.name))
        if (self.parts or {}).get("measure") in ("count", "sum"):
            part = "which"
        field_name = {"counted": "revisit_line_id", "which": "revisit_line_hit_id"}[
            part
        ]
        Model = self.env.get(self.model_name)
        if (
            Model is not None
            and field_name in Model._fields
            and Model.has_access("read")
        ):
            domain = [(field_name, "=", self.id)]
            found = Model.with_context(active_test=False).search_count(domain)
            if found == self._count_evidence(part):
                return {
                    "type": "ir.actions.act_window",
                    "name": self.name,
                    "res_model": self.model_name,
                    "view_mode": "list,form",
                    "views": [(False, "list"), (False, "form")],
                    "domain": domain,
                    "context": {"active_test": False, "create": False},
                }
        return self._open_kept(part)

    def _open_kept(self, part):
        """Open the stored list: ids, values, and which records can still be read."""
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "revisit.score.record",
            "view_mode": "list",
            "views": [(False, "list")],
            "domain": [("is_numerator", "=", True)] if part == "which" else [],
            "context": {
                "revisit_line_id": self.id,
                "revisit_has_value": (self.parts or {}).get("measure")
                in ("average", "sum"),
            },
        }

    # ------------------------------------------------------------
    # EVIDENCE
    # ------------------------------------------------------------

    def _get_evidence_bit(self, part):
        counted, which = metric_bits(self.evidence_position)
        return counted if part == "counted" else which

    def _get_evidence_query(self, part):
        """Return the SELECT of the ids that prove the number of this line."""
        self.ensure_one()
        line = self.sudo()  # the user's access to the line was checked
        return SQL(
            """
            SELECT u.id
              FROM revisit_score_evidence e, unnest(e.ids, e.mask) AS u(id, mask)
             WHERE e.id = %s AND u.mask & %s <> 0
            """,
            line.evidence_id,
            line._get_evidence_bit(part),
        )

    def _count_evidence(self, part):
        query = SQL("SELECT count(*) FROM (%s) q", self._get_evidence_query(part))
        return self.env.execute_query(query)[0][0]

    # ------------------------------------------------------------
    # EXTERNAL API
    # ------------------------------------------------------------

    def _prepare_appraisal(self):
        """Return one line as JSON values; see the score's method of the same name."""
        self.ensure_one()
        return {
            "indicator": self.name,
            "weight": self.weight,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": self.value if self.has_data else None,
            "points": self.points,
            "explanation": self.explanation,
        }


def _show(number):
    """Return a number for a sentence: at most two digits, no trailing zeros."""
    return plain(round_half_up(number))
