# Part of Revisit. See LICENSE file for full copyright and licensing details.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.revisit_management.tools import periods, windows

from ...tools import score as arithmetic
from ...tools.evidence import pack_ids
from ...tools.subjects import KINDS, SUBJECTS
from ...tools.terms import FROZEN_STATES, REJUDGE_LATER, STATES

WRITABLE_FIELDS = {"line_ids", "adjustment_ids"}
# Number of characters that every proxy accepts in a URL.
ADDRESS_ROOM = 6000


class RevisitScore(models.Model):
    """The result of one subject in one assessment: the score sheet.

    Every number is a plain stored value, written by the computation. Users only add
    adjustments and the points of manual indicators, until it is published.
    """

    _name = "revisit.score"
    _description = "Score"
    _inherit = [
        "revisit.named.mixin",
        "revisit.frozen.mixin",
        "revisit.protected.mixin",
        "revisit.upsert.mixin",
        "revisit.trained.mixin",
        "mail.thread",
    ]
    _order = "date_to desc, scheme_id, rank, total desc, id"
    _rec_name = "subject_name"
    _rec_names_search = ["subject_name"]

    _server_owned = {
        "adjustment_total",
        "assessment_id",
        "company_id",
        "date_from",
        "date_to",
        "dealer_id",
        "delta",
        "department_id",
        "employee_id",
        "exact_total",
        "grade_color",
        "grade_id",
        "grade_labels",
        "grade_name",
        "is_small_sample",
        "previous_id",
        "rank",
        "rated",
        "sample_count",
        "scheme_id",
        "state",
        "subject_id",
        "subject_kind",
        "subject_name",
        "team_id",
        "total",
        "unrated_reason",
        "user_id",
    }

    assessment_id = fields.Many2one(
        comodel_name="revisit.assessment",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    # Copied from the assessment
    scheme_id = fields.Many2one(
        comodel_name="revisit.scheme",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="To", readonly=True)
    period_label = fields.Char(string="Period", compute="_compute_period_label")
    quarter = fields.Selection(
        selection=[("this", "This Quarter"), ("last", "Last Quarter")],
        compute="_compute_quarter",
        search="_search_quarter",
        help="In which quarter of the company's calendar the period ended.",
    )
    state = fields.Selection(selection=STATES, required=True, readonly=True)
    # Who
    subject_kind = fields.Selection(
        selection=KINDS, string="Kind", required=True, readonly=True
    )
    subject_id = fields.Integer(
        string="Subject ID", required=True, readonly=True, aggregator=None
    )
    subject_name = fields.Char(string="Scored", readonly=True)
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    dealer_id = fields.Many2one(
        comodel_name="res.partner",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    team_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Unit",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The employee's user, or who heads the unit or department: this person"
        " sees the published score.",
    )
    # Result; no aggregation, as an average of totals would be no subject's result
    total = fields.Float(digits=(6, 2), readonly=True, aggregator=None)
    exact_total = fields.Char(readonly=True, help="Before adjustments and rounding.")
    adjustment_total = fields.Float(
        string="Adjustments", digits=(6, 2), readonly=True, aggregator=None
    )
    grade_id = fields.Many2one(
        comodel_name="revisit.grade", readonly=True, ondelete="restrict"
    )
    grade_name = fields.Char(string="Grade Letter", readonly=True)
    grade_labels = fields.Json(readonly=True)
    grade_label = fields.Char(string="Meaning", compute="_compute_grade_label")
    grade_color = fields.Integer(readonly=True, aggregator=None)
    rank = fields.Integer(readonly=True, aggregator=None)
    rated = fields.Boolean(readonly=True)
    unrated_reason = fields.Selection(
        selection=[
            ("no_data", "No records in the period"),
            ("small_sample", "Too few records"),
        ],
        string="Not Rated Because",
        readonly=True,
    )
    sample_count = fields.Integer(
        string="Sample",
        readonly=True,
        aggregator=None,
        help="The fewest answers of an indicator that needs the smallest sample.",
    )
    is_small_sample = fields.Boolean(string="Small Sample", readonly=True)
    # Trend
    previous_id = fields.Many2one(
        comodel_name="revisit.score",
        string="Previous Score",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    delta = fields.Float(string="Change", digits=(6, 2), readonly=True, aggregator=None)
    scheme_name = fields.Char(compute="_compute_scheme_name")
    # What it is made of
    line_ids = fields.One2many(
        comodel_name="revisit.score.line", inverse_name="score_id"
    )
    adjustment_ids = fields.One2many(
        comodel_name="revisit.score.adjustment", inverse_name="score_id"
    )
    explanation = fields.Text(compute="_compute_explanation")

    _subject_uniq = models.UniqueIndex(
        "(assessment_id, subject_id)", "This subject has a score already."
    )
    _previous_idx = models.Index("(scheme_id, subject_id, date_to)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("subject_name", "scheme_id", "date_from", "date_to")
    def _compute_display_name(self):
        hidden = self._get_unreadable()
        hidden._hide_names()
        for score in self - hidden:
            score.display_name = f"{score.subject_name} {score.period_label}"

    @api.depends("date_to", "company_id")
    def _compute_quarter(self):
        quarters = {
            company: self._get_quarters(company._revisit_today())
            for company in self.company_id
        }
        for score in self:
            score.quarter = next(
                (
                    name
                    for name, (first, last) in quarters[score.company_id].items()
                    if score.date_to and first <= score.date_to <= last
                ),
                False,
            )

    def _search_quarter(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains, now = {"this": [], "last": []}, fields.Datetime.now()
        for zone, ids in self.env["res.company"]._revisit_zones():
            quarters = self._get_quarters(windows.local_date(now, zone))
            for name, (first, last) in quarters.items():
                domains[name].append(
                    Domain("company_id", "in", ids)
                    & Domain("date_to", ">=", first)
                    & Domain("date_to", "<=", last)
                )
        ended = {name: Domain.OR(parts) for name, parts in domains.items()}
        ended[False] = ~Domain.OR(ended.values())
        return Domain.OR(ended[name] for name in value if name in ended)

    @api.model
    def _get_quarters(self, today):
        """Return the first and last day of this and of the last quarter."""
        return {
            "this": periods.bounds(today, "quarter"),
            "last": periods.previous(today, "quarter"),
        }

    @api.depends("date_from", "date_to")
    def _compute_period_label(self):
        for score in self:
            score.period_label = ""
            if score.date_from and score.date_to:
                score.period_label = periods.label(score.date_from, score.date_to)

    @api.depends("assessment_id.definition", "scheme_id.name", "state")
    @api.depends_context("lang")
    def _compute_scheme_name(self):
        for score in self:
            # only a name: dealers' users may read scores, but not runs
            score.scheme_name = score.sudo().assessment_id._get_scheme_name()

    @api.depends("grade_labels")
    @api.depends_context("lang")
    def _compute_grade_label(self):
        for score in self:
            score.grade_label = self._read_translated(score.grade_labels)

    def _get_settled_total(self, points):
        """Return the total with these adjustments, limited to the scale."""
        self.ensure_one()
        ceiling = self._get_bonus_ceiling()
        return float(arithmetic.settle_total(self.exact_total or 0, points, ceiling))

    def _check_within_scale(self, given, points):
        """Refuse adjustments that together go beyond the end of the scale.

        Points beyond the end would change nothing now, but would offset later
        adjustments or adjustments that are taken back.

        :param given: the points of the existing adjustments
        :param points: the points of the new adjustment
        :raise ValidationError: the total would be beyond the scale, further than now
        """
        self.ensure_one()
        before, after = (
            arithmetic.sum_total(self.exact_total or 0, added)
            for added in (given, [*given, points])
        )
        limit = 100 + arithmetic.to_decimal(self._get_bonus_ceiling())
        if min(before, 0) <= after <= max(before, limit):
            return
        raise ValidationError(
            self.env._(
                "%(subject)s has %(before)s points; %(points)s more would make it"
                " %(after)s, beyond the scale from 0 to %(limit)s. Give fewer points,"
                " or take another adjustment back first.",
                subject=self.subject_name,
                before=arithmetic.plain(before),
                points=arithmetic.plain(points),
                after=arithmetic.plain(after),
                limit=arithmetic.plain(limit),
            )
        )

    def _get_bonus_ceiling(self):
        """Return how far above 100 the scale of the assessment reaches."""
        definition = self.sudo().assessment_id.definition or {}  # only a number
        return definition.get("bonus_ceiling") or 0

    def _note_adjustments(self, adjustments):
        """Log on the score who adjusted it, by how much and why."""
        self.ensure_one()
        lines = [
            self.env._(
                "%(user)s: %(points)s points, %(before)s → %(after)s (%(reason)s)",
                user=adjustment.user_id.name,
                points=f"{adjustment.points:+.2f}",
                before=f"{adjustment.total_before:.2f}",
                after=f"{adjustment.total_after:.2f}",
                reason=adjustment.reason,
            )
            for adjustment in adjustments
        ]
        title = self.env._("Adjusted")
        if adjustments.reverses_id:
            title = self.env._("Adjustment taken back")
        # the system writes the log, as users who may adjust may not always post
        self.sudo()._message_log(
            body=Markup("<p>%s</p><ul>%s</ul>")
            % (title, Markup("").join(Markup("<li>%s</li>") % line for line in lines))
        )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if vals_list:
            raise UserError(
                self.env._("Scores come from an assessment: compute it instead.")
            )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_adjusted(self):
        self._check_locked()
        for score in self.filtered("adjustment_ids"):
            raise UserError(
                self.env._(
                    "%(score)s has adjustments, and their record is kept. Take them"
                    " back instead, or compute the assessment anew.",
                    score=score.display_name,
                )
            )

    def write(self, vals):
        foreign = set(vals) - WRITABLE_FIELDS
        if foreign:
            self._check_locked()
            raise UserError(
                self.env._(
                    "The numbers of a score are computed. Add an adjustment with its"
                    " reason instead."
                )
            )
        result = super(
            RevisitScore, self.with_context(revisit_rejudge_later=REJUDGE_LATER)
        ).write(vals)
        self.assessment_id._rejudge()
        return result

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_subject(self):
        """Button: open the subject of this sheet, if the user may read it."""
        self.ensure_one()
        model, name, _path = SUBJECTS[self.subject_kind]
        if model == "hr.employee" and not self.env[model].has_access("read"):
            model = "hr.employee.public"
        subject = self.env[model].browse(self[name].id)
        if not subject.has_access("read"):
            raise AccessError(
                self.env._(
                    "Your role may not open %(subject)s; the score sheet holds all that"
                    " it may see. Ask a callback manager for more.",
                    subject=self.subject_name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": self[name].id,
            "views": [(False, "form")],
        }

    def action_export_xlsx(self):
        """Download the selected scores as a workbook."""
        ids = pack_ids(self.ids)
        if len(ids) > ADDRESS_ROOM:
            raise UserError(
                self.env._(
                    "That are too many single scores for one download. Export the whole"
                    " assessment, or select fewer."
                )
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/revisit/score.xlsx?ids={ids}",
            "target": "download",
        }

    # ------------------------------------------------------------
    # EXTERNAL API
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def get_appraisal_scores(self, date_from, date_to, employee_ids=None):
        """Return published employee scores of periods inside [date_from, date_to].

        For HR systems: ``POST /json/2/revisit.score/get_appraisal_scores``.

        :param str date_from: first day, the year first
        :param str date_to: last day, included
        :param list employee_ids: only these employees
        :return: one dict of JSON values per score, by employee and period
        :raise UserError: a day or the list of employees cannot be read, or the last
            day is before the first
        """
        self._check_reader()
        reader = self.env["revisit.reader"]
        days = [
            reader._read_date(name, day)
            for name, day in (("date_from", date_from), ("date_to", date_to))
        ]
        if not all(days):
            raise UserError(self.env._("Give the first and the last day."))
        if days[0] > days[1]:
            raise UserError(self.env._("The last day is before the first: swap them."))
        employee_ids = reader._read_ids("employee_ids", employee_ids)
        domain = [
            ("subject_kind", "=", "employee"),
            ("state", "in", FROZEN_STATES),
            ("company_id", "in", self.env.companies.ids),
            ("date_from", ">=", days[0]),
            ("date_to", "<=", days[1]),
        ]
        if employee_ids is not False:
            domain.append(("subject_id", "in", employee_ids))
        scores = self.search(domain, order="subject_id, date_to, id")
        return [score._prepare_appraisal() for score in scores]

    @api.model
    def _check_reader(self):
        if not (
            self.env.su or self.env.user.has_group("revisit_scoring.group_hr_reader")
        ):
            raise AccessError(
                self.env._(
                    "Only HR readers and HR officers pull scores. Ask an administrator"
                    " for the group Score Reader."
                )
            )

    def _prepare_appraisal(self):
        """Return one score as JSON values. Extend with care: outside code reads it."""
        self.ensure_one()
        score = self.sudo()  # names of scheme and indicators; access was checked
        return {
            "id": score.id,
            "employee_id": score.subject_id,
            "employee_name": score.subject_name,
            "company_id": score.company_id.id,
            "scheme_id": score.scheme_id.id,
            "scheme": score.scheme_name,
            "period": score.period_label,
            "date_from": str(score.date_from),
            "date_to": str(score.date_to),
            "rated": score.rated,
            "unrated_reason": score.unrated_reason or None,
            "small_sample": score.is_small_sample,
            "sample_count": score.sample_count,
            "min_count": (score.assessment_id.definition or {}).get("min_count") or 0,
            "total": None if score.unrated_reason == "no_data" else score.total,
            "grade": score.grade_name or None,
            "grade_label": score.grade_label or None,
            "rank": score.rank or None,
            "change": score.delta if score.previous_id else None,
            "explanation": score.explanation,
            "published_at": str(score.assessment_id.published_at),
            "lines": [line._prepare_appraisal() for line in score.line_ids],
        }
