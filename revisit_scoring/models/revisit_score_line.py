# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.population import metric_bits
from ..tools.score import HUNDRED, plain, round_half_up, to_decimal
from .revisit_assessment import REJUDGE_LATER

WRITABLE_FIELDS = {"manual_points", "manual_reason"}


class RevisitScoreLine(models.Model):
    """One indicator on a score sheet: what was counted, the rule, the points (G8)."""

    _name = "revisit.score.line"
    _description = "Score Line"
    _inherit = [
        "revisit.named.mixin",
        "revisit.frozen.mixin",
        "revisit.upsert.mixin",
        "revisit.protected.mixin",
    ]
    _order = "score_id, sequence, indicator_id, id"
    # the assessment tells who computed and when; who gives points is a field here
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
        ondelete="cascade",  # found by the unique index
    )
    # not stored: each foreign key is looked up for each line of each computation
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
    # a plain number: a foreign key would look up every line of every row replaced
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
        if not parts:
            return []
        if parts.get("pending"):
            return [self.env._("An assessor has to give the points.")]
        if parts.get("empty"):
            sentences = [self._say_empty(parts), self._say_asked(parts)]
        elif parts["rule"] == "manual":
            sentences = [self._say_manual(parts), self._say_manual_weight(parts)]
        else:
            sentences = [
                self._say_count(parts),
                self._say_rule(parts),
                self._say_weight(parts),
                self._say_asked(parts),
            ]
        return list(filter(None, sentences))

    def _say_weight(self, parts):
        """Why a line counts for more than its weight, so that it can be checked."""
        weight, effective = to_decimal(parts["weight"]), to_decimal(parts["effective"])
        if effective == weight:
            return ""
        values = {
            "weight": _show(weight),
            "effective": _show(effective),
            **_get_left_out(parts),
        }
        if parts["rule"] in ("step", "event") and to_decimal(parts.get("steps")):
            return self.env._(
                "The weight %(weight)s counts as %(effective)s (%(weight)s of %(base)s)"
                " and %(per_step)s off as %(each)s, because lines worth %(left_out)s"
                " are left out.",
                per_step=_show(parts["per_step"]),
                each=_show_unit(_scale(parts, parts["per_step"])),
                **values,
            )
        return self.env._(
            "The weight %(weight)s counts as %(effective)s (%(weight)s of %(base)s),"
            " because lines worth %(left_out)s are left out.",
            **values,
        )

    def _say_asked(self, parts):
        if not parts.get("asked"):
            return ""
        return self.env._(
            "Small sample: the scheme asks for at least %(asked)s.",
            asked=_show(parts["asked"]),
        )

    def _say_empty(self, parts):
        if parts["bonus"]:
            return self.env._("No records in this period: no bonus.")
        if parts["empty"] == "full":
            return self.env._("No records in this period: full points.")
        if parts["empty"] == "zero":
            return self.env._("No records in this period: no points.")
        return self.env._(
            "No records in this period: left out, its weight is spread over the other"
            " lines."
        )

    def _say_manual(self, parts):
        weight = to_decimal(parts["weight"])
        return self.env._(
            "%(points)s of %(maximum)s points given by %(user)s. Reason: %(reason)s.",
            points=_show(min(to_decimal(self.manual_points), weight)),
            maximum=_show(weight),
            user=self.sudo().manual_by_id.name or "",
            reason=(self.manual_reason or "").strip().rstrip("."),
        )

    def _say_manual_weight(self, parts):
        """What the given points count, where other lines were left out."""
        if to_decimal(parts["effective"]) == to_decimal(parts["weight"]):
            return ""
        return self.env._(
            "They count as %(points)s of %(maximum)s, because lines worth %(left_out)s"
            " are left out.",
            points=_show(parts["points"]),
            maximum=_show(parts["effective"]),
            left_out=_get_left_out(parts)["left_out"],
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
        is_rate = parts["measure"] == "ratio" and parts["rule"] != "event"
        unit = "%" if is_rate else ""
        values = {
            "points": _show(parts["points"]),
            "maximum": _show(parts["effective"]),
            "target": _show(parts["target"]) + unit,
        }
        if parts.get("zero_limit") is not None:
            return self.env._(
                "That is beyond the limit of %(limit)s: no points.",
                limit=_show(parts["zero_limit"]) + unit,
            )
        if parts.get("unset"):
            return self.env._(
                "The rulebook leaves the number of points open: %(points)s of"
                " %(maximum)s points, nothing taken off.",
                **values,
            )
        say = getattr(self, f"_say_{parts['rule']}")
        return say(parts, values)

    def _say_proportional(self, parts, values):
        shown = {
            name: round_half_up(parts[name])
            for name in ("value", "target", "effective")
        }
        value, target, maximum = shown.values()
        lower_is_better = parts["lower_is_better"]
        share = (target, value) if lower_is_better else (value, target)
        if share[0] >= share[1]:
            return self.env._(
                "The target %(target)s is reached: %(points)s of %(maximum)s points.",
                **values,
            )
        values["formula"] = _equation(
            f"{_show(share[0])} / {_show(share[1])} × {_show(maximum)}",
            share[0] / share[1] * maximum,
            parts["points"],
        )
        if lower_is_better:
            return self.env._(
                "Above the target %(target)s: %(formula)s of %(maximum)s points.",
                **values,
            )
        return self.env._(
            "Below the target %(target)s: %(formula)s of %(maximum)s points.", **values
        )

    def _say_mean(self, parts, values):
        value = min(round_half_up(parts["value"]), HUNDRED)
        values["formula"] = _equation(
            f"{_show(value)} × {values['maximum']}%",
            value * round_half_up(parts["effective"]) / HUNDRED,
            parts["points"],
        )
        return self.env._("The value itself counts: %(formula)s points.", **values)

    def _say_step(self, parts, values):
        values.update(steps=_show(parts["steps"]), step=_show(parts["step"]))
        if parts["lower_is_better"]:
            start = self.env._(
                "Steps of %(step)s above the target %(target)s: %(steps)s.", **values
            )
        else:
            start = self.env._(
                "Steps of %(step)s below the target %(target)s: %(steps)s.", **values
            )
        return f"{start} {self._say_each(parts, values)}"

    def _say_event(self, parts, values):
        return self._say_each(parts, values)

    def _say_each(self, parts, values):
        """What one step or event costs or brings here, and what all of them do."""
        steps = to_decimal(parts["steps"])
        if not steps and not parts["bonus"]:
            return self.env._(
                "Nothing to take off: %(points)s of %(maximum)s points.", **values
            )
        each = _show_unit(_scale(parts, parts["per_step"]))
        change = f"{_show(steps)} × {each}"
        whole = round_half_up(steps) * to_decimal(each)
        maximum = round_half_up(parts["effective"])
        points = to_decimal(parts["points"])
        values["each"] = each
        if parts["bonus"]:
            if maximum and whole > maximum:
                return self.env._(
                    "%(each)s for each, at most %(maximum)s: %(points)s bonus points.",
                    **values,
                )
            values["formula"] = _equation(change, whole, points)
            return self.env._("%(each)s for each: %(formula)s bonus points.", **values)
        if not points:
            return self.env._(
                "%(each)s off for each: none of %(maximum)s points are left.", **values
            )
        values["formula"] = _equation(
            f"{values['maximum']} - {change}", maximum - whole, points
        )
        return self.env._(
            "%(each)s off for each: %(formula)s of %(maximum)s points.", **values
        )

    def _say_bands(self, parts, values):
        lower, upper = map(to_decimal, parts["band"])
        value = to_decimal(parts["value"])
        values.update(lower=_show(lower), upper=_show(upper))
        if value > upper:  # the highest row holds everything above it
            return self.env._(
                "Over %(lower)s: %(points)s of %(maximum)s points.", **values
            )
        if value <= lower:  # the lowest row holds its own lower bound
            return self.env._(
                "Up to %(upper)s: %(points)s of %(maximum)s points.", **values
            )
        return self.env._(
            "Over %(lower)s up to %(upper)s: %(points)s of %(maximum)s points.",
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

    def _get_whole_label(self, is_reduced):
        """The line's name, for the number before anything was taken off."""
        self.ensure_one()
        if is_reduced:
            return self.env._("%s before deductions", self.name)
        return self.name

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
        # who gave the points is recorded, never chosen
        own = {"manual_by_id": self.env.uid, "manual_at": fields.Datetime.now()}
        result = super(RevisitScoreLine, self.sudo()).write({**vals, **own})
        self._note_manual(before)
        if self.env.context.get("revisit_rejudge_later") is not REJUDGE_LATER:
            self.assessment_id._rejudge()
        return result

    def _note_manual(self, before):
        """Log on the scores who gave how many points, what they were, and why."""
        for line in self:
            # the log is the system's: who may give points may not always post
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


def _show_unit(number):
    """What one event costs: four digits, because it is multiplied by the reader."""
    return plain(round_half_up(number, 4))


def _scale(parts, points):
    """Points of the scheme as they count on a line whose weight grew."""
    weight = to_decimal(parts["weight"])
    if not weight:
        return to_decimal(points)
    return to_decimal(points) * to_decimal(parts["effective"]) / weight


def _get_left_out(parts):
    """The weights that still share the 100 points, and those that were left out."""
    base = HUNDRED * to_decimal(parts["weight"]) / to_decimal(parts["effective"])
    return {"base": _show(base), "left_out": _show(HUNDRED - base)}


def _equation(left, shown, points):
    """``left = points``, or ≈ where the rounded numbers give another result."""
    sign = "=" if round_half_up(shown) == round_half_up(points) else "≈"
    return f"{left} {sign} {_show(points)}"
