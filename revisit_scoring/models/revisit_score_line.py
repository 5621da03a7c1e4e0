# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.population import metric_bits
from ..tools.score import plain, round_half_up, to_decimal

WRITABLE_FIELDS = {"manual_points", "manual_reason"}


class RevisitScoreLine(models.Model):
    """One indicator on a score sheet: what was counted, the rule, the points (G8)."""

    _name = "revisit.score.line"
    _description = "Score Line"
    _inherit = ["revisit.frozen.mixin", "revisit.upsert.mixin"]
    _order = "score_id, sequence, indicator_id, id"
    _rec_name = "name"

    score_id = fields.Many2one(
        comodel_name="revisit.score",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    assessment_id = fields.Many2one(
        comodel_name="revisit.assessment",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True
    )
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
    value = fields.Float(digits=(16, 4), readonly=True, aggregator="avg")
    value_text = fields.Char(string="Result", compute="_compute_value_text")
    weight = fields.Float(digits=(5, 2), readonly=True, aggregator="avg")
    maximum = fields.Float(
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Weight that counts here; more than the weight where other lines have no"
        " records and are left out.",
    )
    points = fields.Float(digits=(16, 2), readonly=True, aggregator="avg")
    has_data = fields.Boolean(readonly=True)
    parts = fields.Json(readonly=True)
    explanation = fields.Text(compute="_compute_explanation")
    # Given by an assessor
    is_manual = fields.Boolean(readonly=True)
    is_pending = fields.Boolean(string="To Give", readonly=True)
    manual_points = fields.Float(digits=(5, 2), aggregator="avg")
    manual_reason = fields.Char()
    manual_by_id = fields.Many2one(
        comodel_name="res.users", string="Given By", readonly=True, ondelete="restrict"
    )
    manual_at = fields.Datetime(string="Given On", readonly=True)
    # Proof
    model_name = fields.Char(readonly=True)
    # a plain number: evidence is replaced as a whole with each computation, and a
    # foreign key would look up every line of every row replaced
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

    @api.depends("parts", "manual_points", "manual_reason", "manual_by_id")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for line in self:
            line.explanation = " ".join(line._get_sentences())

    def _get_sentences(self):
        """The line in words: what was counted, the rule, its result."""
        self.ensure_one()
        parts = self.parts or {}
        if parts.get("pending"):
            return [self.env._("An assessor has to give the points.")]
        if parts.get("empty"):
            return [self._say_empty(parts)]
        if parts.get("rule") == "manual":
            return [self._say_manual(parts)]
        if not parts:
            return []
        sentences = [self._say_count(parts), self._say_rule(parts)]
        if to_decimal(parts["effective"]) != to_decimal(parts["weight"]):
            sentences.append(
                self.env._(
                    "The weight %(weight)s counts as %(effective)s, because other lines"
                    " have no records.",
                    weight=_show(parts["weight"]),
                    effective=_show(parts["effective"]),
                )
            )
        return sentences

    def _say_empty(self, parts):
        if parts["empty"] == "full":
            return self.env._("No records in this period: full points.")
        if parts["empty"] == "zero":
            return self.env._("No records in this period: no points.")
        return self.env._(
            "No records in this period: left out, its weight is spread over the other"
            " lines."
        )

    def _say_manual(self, parts):
        return self.env._(
            "%(points)s of %(maximum)s points given by %(user)s: %(reason)s",
            points=_show(parts.get("points")),
            maximum=_show(parts["effective"]),
            user=self.sudo().manual_by_id.name or "",
            reason=self.manual_reason or "",
        )

    def _say_count(self, parts):
        values = {
            "numerator": _show(parts["numerator"]),
            "denominator": _show(parts["denominator"]),
            "value": _show(parts["value"]),
        }
        if parts["measure"] == "ratio":
            return self.env._(
                "%(numerator)s of %(denominator)s: %(value)s%%.", **values
            )
        if parts["measure"] == "average":
            return self.env._("Mean %(value)s over %(denominator)s answers.", **values)
        if parts["measure"] == "count":
            return self.env._("%(numerator)s among %(denominator)s records.", **values)
        return self.env._("Sum %(value)s over %(denominator)s records.", **values)

    def _say_rule(self, parts):
        values = {
            "points": _show(parts["points"]),
            "maximum": _show(parts["effective"]),
            "target": _show(parts["target"]),
            "steps": _show(parts.get("steps")),
            "step": _show(parts["step"]),
            "per_step": _show(parts["per_step"]),
            "off": _show(parts.get("off")),
            "limit": _show(parts.get("zero_limit")),
        }
        if parts.get("zero_limit") is not None:
            return self.env._(
                "That is beyond the limit of %(limit)s: no points.", **values
            )
        if parts.get("unset"):
            return self.env._(
                "The rulebook leaves the number of points open: %(points)s of"
                " %(maximum)s points, nothing taken off.",
                **values,
            )
        say = getattr(self, f"_say_{parts['rule']}")
        return say(parts, values)

    def _say_proportional(self, _parts, values):
        return self.env._(
            "In proportion to the target %(target)s: %(points)s of %(maximum)s points.",
            **values,
        )

    def _say_mean(self, _parts, values):
        return self.env._(
            "The value itself, weighted %(maximum)s%%: %(points)s points.", **values
        )

    def _say_step(self, parts, values):
        if parts["lower_is_better"]:
            return self.env._(
                "%(steps)s steps of %(step)s above the target %(target)s, %(per_step)s"
                " off each: %(points)s of %(maximum)s points.",
                **values,
            )
        return self.env._(
            "%(steps)s steps of %(step)s below the target %(target)s, %(per_step)s off"
            " each: %(points)s of %(maximum)s points.",
            **values,
        )

    def _say_event(self, parts, values):
        if parts["bonus"]:
            return self.env._(
                "%(per_step)s for each: %(points)s bonus points.", **values
            )
        return self.env._(
            "%(per_step)s off for each: %(points)s of %(maximum)s points.",
            **values,
        )

    def _say_bands(self, parts, values):
        lower, upper = parts["band"]
        return self.env._(
            "Over %(lower)s up to %(upper)s: %(points)s of %(maximum)s points.",
            lower=_show(lower),
            upper=_show(upper),
            **values,
        )

    def _get_event_label(self):
        """“2 × Finished late”, for the sum on the sheet."""
        self.ensure_one()
        if (self.parts or {}).get("rule") != "event":
            return self.name
        return self.env._(
            "%(count)s × %(name)s",
            count=_show(self.parts["numerator"]),
            name=self.name,
        )

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
        result = super().write(
            {**vals, "manual_by_id": self.env.uid, "manual_at": fields.Datetime.now()}
        )
        if not self.env.context.get("revisit_rejudge_later"):
            self.assessment_id._rejudge()
        return result

    def _check_manual(self, vals):
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
        """Open exactly the records counted: in a rate those of the denominator.

        The records themselves where the reader may see all of them as they are; else
        the list that was kept, which also names what is gone since.
        """
        return self._open_evidence("counted")

    def action_open_numerator(self):
        """Open exactly the records of the numerator."""
        return self._open_evidence("which")

    def _open_evidence(self, part):
        self.ensure_one()
        self.check_access("read")
        if not self.sudo().evidence_id:
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
        """The kept list: ids, values, and what of it is still there to be read."""
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "revisit.score.record",
            "view_mode": "list",
            "views": [(False, "list")],
            "domain": [("is_numerator", "=", True)] if part == "which" else [],
            "context": {
                "revisit_line_id": self.id,
                "revisit_has_value": self.sudo().metric_id.has_value,
            },
        }

    # ------------------------------------------------------------
    # EVIDENCE
    # ------------------------------------------------------------

    def _get_evidence_bit(self, part):
        counted, which = metric_bits(self.evidence_position)
        return counted if part == "counted" else which

    def _get_evidence_query(self, part):
        """SELECT of the ids that this line counted; the numbers' last word."""
        self.ensure_one()
        line = self.sudo()  # the reader's access to the line was checked
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
        """One line as JSON values; see the score's method of the same name."""
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
    """A number for a sentence: two digits at most, no trailing zeros."""
    return plain(round_half_up(number))
