# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import score as arithmetic

RULES = [
    ("proportional", "In Proportion to the Target"),
    ("mean", "The Value Itself"),
    ("step", "Points off per Step From the Target"),
    ("event", "Points per Event"),
    ("bands", "Bands"),
    ("manual", "Given by an Assessor"),
]


class RevisitIndicator(models.Model):
    """One line of a scheme: a metric, its weight, and the rule from value to points."""

    _name = "revisit.indicator"
    _description = "Appraisal Indicator"
    _inherit = ["revisit.reading.mixin", "revisit.scheme.part.mixin"]
    _order = "scheme_id, sequence, id"

    scheme_id = fields.Many2one(
        comodel_name="revisit.scheme", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        translate=True,
    )
    metric_id = fields.Many2one(
        comodel_name="revisit.metric", ondelete="restrict", index="btree_not_null"
    )
    measure = fields.Selection(related="metric_id.measure")
    source = fields.Char(
        translate=True, help="Where the number comes from, in words: count, spot check."
    )
    # Rule
    rule = fields.Selection(selection=RULES, required=True, default="proportional")
    weight = fields.Float(
        required=True, digits=(5, 2), help="Most points that this indicator gives."
    )
    is_bonus = fields.Boolean(
        string="Bonus",
        help="Adds to the 100, up to the scheme's bonus ceiling. A bonus per event"
        " gives points instead of taking them off.",
    )
    target = fields.Float(default=100.0, digits=(16, 2), aggregator=None)
    lower_is_better = fields.Boolean(
        help="For costs and complaints: full points at the target or below it."
    )
    step = fields.Float(
        default=1.0,
        digits=(16, 2),
        help="Size of one step away from the target.",
        aggregator=None,
    )
    points_per_step = fields.Float(
        string="Points per Step or Event",
        digits=(16, 2),
        help="0 means not set: nothing is taken off, and the line says so.",
        aggregator=None,
    )
    step_rounding = fields.Selection(
        selection=[
            ("full", "Full steps only"),
            ("started", "Started steps too"),
            ("exact", "In proportion"),
        ],
        required=True,
        default="full",
    )
    has_zero_limit = fields.Boolean(string="Zero Beyond a Limit")
    zero_limit = fields.Float(
        digits=(16, 2),
        help="No points at all beyond it: more events than this, or a value worse than"
        " this.",
        aggregator=None,
    )
    band_ids = fields.One2many(
        comodel_name="revisit.indicator.band", inverse_name="indicator_id", copy=True
    )
    # Guards
    when_empty = fields.Selection(
        selection=[
            ("reweight", "Leave out, spread its weight"),
            ("full", "Full points"),
            ("zero", "No points"),
        ],
        string="Without Records",
        required=True,
        default="reweight",
    )
    is_guarded = fields.Boolean(
        string="Needs the Smallest Sample",
        default=True,
        help="The scheme's smallest sample applies to the records of this indicator.",
    )

    _weight_ok = models.Constraint(
        "CHECK (weight >= 0 AND weight <= 100)", "A weight lies between 0 and 100."
    )
    _numbers_ok = models.Constraint(
        "CHECK (points_per_step >= 0 AND step >= 0)",
        "Steps and points per step are 0 or more: the rule itself takes them off.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("metric_id")
    def _compute_name(self):
        for indicator in self:
            indicator.name = indicator.name or indicator.metric_id.name or ""

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    def _check_complete(self):
        """Raise if this indicator cannot be scored; the message says why."""
        self.ensure_one()
        problem = self._get_problem()
        if problem:
            raise ValidationError(problem)
        if self.rule == "bands":
            self._check_bands()

    def _get_problem(self):
        values = {"name": self.name, "scheme": self.scheme_id.name}
        if self.rule == "manual":
            return ""
        if not self.metric_id:
            return self.env._(
                "%(name)s of %(scheme)s has no metric: choose what is counted, or let"
                " an assessor give the points.",
                **values,
            )
        self.metric_id._get_subject_path(self.scheme_id.subject_kind)
        values["metric"] = self.metric_id.name
        if self.metric_id.broken:
            return self.env._(
                "The metric %(metric)s of %(name)s no longer works: %(message)s. Ask a"
                " settings administrator to repair it.",
                message=self.metric_id.broken_message,
                **values,
            )
        if self.rule == "mean" and self.measure not in arithmetic.RATE_MEASURES:
            return self.env._(
                "%(name)s of %(scheme)s takes the value itself, but %(metric)s is a"
                " number without an upper end: choose points per event or bands.",
                **values,
            )
        return ""

    def _check_bands(self):
        rows = [(band.lower, band.upper) for band in self.band_ids]
        high = 100 if self.measure in arithmetic.RATE_MEASURES else 0
        problem = arithmetic.table_problem(rows, 0, high)
        if problem:
            self.scheme_id._raise_table_problem(
                self.env._("bands of %s", self.name), problem
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_scheme(self):
        return self.scheme_id

    def _prepare_definition(self):
        """Return a plain JSON copy for an assessment; :meth:`_read_rule` reads it."""
        self.ensure_one()
        plain = arithmetic.plain
        return {
            "id": self.id,
            "metric": self.metric_id.id if self.rule != "manual" else False,
            "model": self.metric_id.model_name if self.rule != "manual" else False,
            "label": self._fields["name"]._get_stored_translations(self),
            "source": self._fields["source"]._get_stored_translations(self),
            "sequence": self.sequence,
            "guarded": self.is_guarded,
            "rule": {
                "kind": self.rule,
                "measure": self.measure or "count",
                "weight": plain(self.weight),
                "target": plain(self.target),
                "step": plain(self.step),
                "points_per_step": plain(self.points_per_step),
                "step_rounding": self.step_rounding,
                "lower_is_better": self.lower_is_better,
                "zero_limit": plain(self.zero_limit) if self.has_zero_limit else None,
                "when_empty": self.when_empty,
                "is_bonus": self.is_bonus,
                "bands": [
                    [plain(band.lower), plain(band.upper), plain(band.points)]
                    for band in self.band_ids
                ],
            },
        }

    @api.model
    def _read_rule(self, values):
        """Return the :class:`~..tools.score.Rule` of a stored definition."""
        number = arithmetic.to_decimal
        numbers = ("weight", "target", "step", "points_per_step")
        limit = values["zero_limit"]
        return arithmetic.Rule(
            **{
                **values,
                **{name: number(values[name]) for name in numbers},
                "zero_limit": None if limit is None else number(limit),
                "bands": tuple(
                    arithmetic.Band(*map(number, band)) for band in values["bands"]
                ),
            }
        )
