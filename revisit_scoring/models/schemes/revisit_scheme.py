# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.revisit_management.tools import periods

from ...tools import score as arithmetic
from ...tools.population import parse_domain
from ...tools.subjects import KINDS, PERIODS, SUBJECTS
from ...tools.terms import WHOLE

_logger = logging.getLogger(__name__)


class RevisitScheme(models.Model):
    """How a kind of subject is scored over a kind of period.

    A draft scheme may be incomplete, so that files can be loaded row by row and lists
    edited line by line. An active scheme is complete after every save and is prepared
    by the scheduled job. Computing checks again, whatever the state.
    """

    _name = "revisit.scheme"
    _description = "Appraisal Scheme"
    _inherit = ["revisit.protected.mixin", "mail.thread", "revisit.reading.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    _server_owned = {"activated_on"}

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    state = fields.Selection(
        selection=[("draft", "Draft"), ("active", "Active")],
        required=True,
        default="draft",
        tracking=True,
        help="Active schemes are complete after every save and are prepared by the"
        " scheduled job. A draft is computed only on request, to try it out.",
    )
    activated_on = fields.Datetime(readonly=True, copy=False)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook", ondelete="set null", index="btree_not_null"
    )
    description = fields.Text(translate=True)
    # Who and when
    subject_kind = fields.Selection(
        selection=KINDS, string="Scored", required=True, default="employee"
    )
    period = fields.Selection(selection=PERIODS, required=True, default="quarter")
    subject_domain = fields.Char(
        required=True,
        default="[]",
        help="Which employees, dealers, units or departments take part.",
    )
    subject_model = fields.Char(compute="_compute_subject_model")
    include_empty = fields.Boolean(
        string="List Who Has Nothing",
        help="Also list who takes part but has no record in the period, as not rated.",
    )
    # How
    indicator_ids = fields.One2many(
        comodel_name="revisit.indicator", inverse_name="scheme_id", copy=True
    )
    grade_ids = fields.One2many(
        comodel_name="revisit.grade", inverse_name="scheme_id", copy=True
    )
    total_weight = fields.Float(compute="_compute_total_weight", digits=(6, 2))
    bonus_ceiling = fields.Float(
        default=10.0,
        digits=(5, 2),
        help="Most points that bonus indicators add to the 100.",
        aggregator=None,
    )
    has_rank = fields.Boolean(string="Ranking", default=True)
    # Small samples
    min_count = fields.Integer(
        string="Smallest Sample",
        help="With fewer answers than this, a result says little about anybody: it is"
        " shown, but brings no grade. 0 turns the guard off. Points off per event are"
        " never held back.",
        aggregator=None,
    )
    small_sample = fields.Selection(
        selection=[
            ("block", "Not rated: no grade, no rank"),
            ("mark", "Figure and rank with a mark: no grade"),
        ],
        string="Below That",
        required=True,
        default="block",
    )
    assessment_ids = fields.One2many(
        comodel_name="revisit.assessment", inverse_name="scheme_id"
    )
    assessment_count = fields.Integer(compute="_compute_assessment_count")

    _min_count_ok = models.Constraint(
        "CHECK (min_count >= 0)", "The smallest sample is 0 (no guard) or more."
    )
    _bonus_ok = models.Constraint(
        "CHECK (bonus_ceiling >= 0 AND bonus_ceiling <= 10)",
        "The bonus ceiling lies between 0 and 10 points.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("subject_kind")
    def _compute_subject_model(self):
        for scheme in self:
            scheme.subject_model = SUBJECTS[scheme.subject_kind or "employee"][0]

    @api.depends("indicator_ids.weight", "indicator_ids.is_bonus")
    def _compute_total_weight(self):
        for scheme in self:
            base = scheme.indicator_ids.filtered(lambda line: not line.is_bonus)
            scheme.total_weight = sum(base.mapped("weight"))

    def _compute_assessment_count(self):
        counts = dict(
            self.env["revisit.assessment"]._read_group(
                [("scheme_id", "in", self.ids)], ["scheme_id"], ["__count"]
            )
        )
        for scheme in self:
            scheme.assessment_count = counts.get(scheme, 0)

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("subject_domain", "subject_kind")
    def _check_subject_domain(self):
        for scheme in self:
            try:
                scheme._search_subjects()
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The selection of who takes part in %(scheme)s cannot be read:"
                        " %(error)s. Correct the domain, or leave [] for everybody.",
                        scheme=scheme.name,
                        error=error,
                    )
                ) from error

    def _check_complete(self):
        """Raise if this scheme is not complete; the message says what is missing."""
        for scheme in self:
            scheme._check_weights()
            scheme._check_grades()
            for indicator in scheme.indicator_ids:
                indicator._check_complete()

    def _check_weights(self):
        self.ensure_one()
        total = sum(
            (
                arithmetic.to_decimal(indicator.weight)
                for indicator in self.indicator_ids
                if not indicator.is_bonus
            ),
            arithmetic.ZERO,
        )
        if total != arithmetic.HUNDRED:
            raise ValidationError(
                self.env._(
                    "The weights of %(scheme)s add up to %(total)s instead of 100."
                    " Change the weights of its indicators, or mark extra ones as"
                    " bonus.",
                    scheme=self.name,
                    total=arithmetic.plain(total),
                )
            )

    def _check_grades(self):
        self.ensure_one()
        if not self.grade_ids:
            return
        rows = [(grade.lower, grade.upper) for grade in self.grade_ids]
        problem = arithmetic.table_problem(rows, 0, 100 + self.bonus_ceiling)
        if problem:
            self._raise_table_problem(self.env._("grades of %s", self.name), problem)

    def _raise_table_problem(self, table, problem):
        """Raise, and name the wrong bounds in a table of grades or bands."""
        kind, lower, upper = problem
        values = {
            "table": table,
            "lower": arithmetic.plain(lower),
            "upper": arithmetic.plain(upper),
        }
        if kind == "hole":
            message = self.env._(
                "The %(table)s leave a hole: nothing covers over %(lower)s up to"
                " %(upper)s. Move a neighbouring bound, or add a row.",
                **values,
            )
        elif kind == "overlap":
            message = self.env._(
                "The %(table)s overlap: over %(lower)s up to %(upper)s is covered"
                " twice. Make each lower bound equal to the upper bound of the row"
                " below.",
                **values,
            )
        else:
            message = self.env._(
                "The %(table)s have a row whose upper bound %(upper)s is not above its"
                " lower bound %(lower)s. Correct the row.",
                **values,
            )
        raise ValidationError(message)

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # all rows of one save are checked together, once the whole scheme exists
        whole = self.with_context(revisit_scheme_whole=WHOLE)
        schemes = super(RevisitScheme, whole).create(vals_list).with_env(self.env)
        schemes._check_active()
        return schemes

    def write(self, vals):
        whole = self.with_context(revisit_scheme_whole=WHOLE)
        result = super(RevisitScheme, whole).write(vals)
        self._check_active()
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for scheme, vals in zip(self, vals_list, strict=True):
            vals["state"] = "draft"
            vals["name"] = self.env._("%s (copy)", scheme.name)
        return vals_list

    def _check_active(self):
        """Check that active schemes are complete, after every kind of save."""
        if self.env.context.get("revisit_scheme_whole") is not WHOLE:
            self.filtered(lambda scheme: scheme.state == "active")._check_complete()

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_activate(self):
        drafts = self.filtered(lambda scheme: scheme.state == "draft")
        drafts.write({"state": "active"})
        drafts._step({"activated_on": fields.Datetime.now()})

    def action_draft(self):
        """Set back to draft: the scheme may be incomplete and is not computed."""
        self.write({"state": "draft"})

    def action_open_assessments(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_scoring.revisit_assessment_action"
        )
        return {
            **action,
            "domain": [("scheme_id", "=", self.id)],
            "context": {"default_scheme_id": self.id},
        }

    def action_assess_last_period(self):
        """Compute the last ended period and open it."""
        assessments = self.env["revisit.assessment"]
        for scheme in self:
            first, last = scheme._get_last_period()
            assessments |= scheme._get_assessment(first, last)
        assessments.filtered(
            lambda run: run.state in ("draft", "computed")
        ).action_compute()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_scoring.revisit_assessment_action"
        )
        if len(assessments) == 1:
            return {
                **action,
                "views": [(False, "form")],
                "view_mode": "form",
                "res_id": assessments.id,
            }
        return {**action, "domain": [("id", "in", assessments.ids)]}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _search_subjects(self, active_test=False):
        """Return the query of the subjects; see ``subject_domain``."""
        self.ensure_one()
        model, _field, _path = SUBJECTS[self.subject_kind]
        Subject = self.env[model].sudo()  # independent of the user's rights
        Subject = Subject.with_context(tz=self.company_id._revisit_tz())
        domain = parse_domain(self.subject_domain)
        domain &= Domain("company_id", "in", [self.company_id.id, False])
        if self.subject_kind == "dealer":
            domain &= Domain("is_dealer", "=", True)
        return Subject._search(domain, active_test=active_test)

    def _get_last_period(self):
        """Return first and last day of the last ended period, by the company's date."""
        self.ensure_one()
        today = self.company_id._revisit_today()
        return periods.previous(today, self.period)

    def _get_assessment(self, first, last):
        """Find or create the assessment of a period."""
        self.ensure_one()
        Assessment = self.env["revisit.assessment"].with_company(self.company_id)
        values = {"scheme_id": self.id, "date_from": first, "date_to": last}
        domain = [(name, "=", value) for name, value in values.items()]
        return Assessment.search(domain, limit=1) or Assessment.create(values)

    @api.model
    def _assess_range(self, date_from, date_to, company=None, publish=False):
        """Compute every whole period inside a range for a company's active schemes.

        Published assessments are left alone. It is for demo data, scripts and jobs.

        :param publish: also review and publish; manual indicators must be given
        :return: the assessments
        """
        company = company or self.env.company
        schemes = self.search(
            [("state", "=", "active"), ("company_id", "=", company.id)]
        )
        assessments = self.env["revisit.assessment"]
        for scheme in schemes:
            for first, last in periods.each_within(
                fields.Date.to_date(date_from),
                fields.Date.to_date(date_to),
                scheme.period,
            ):
                assessments |= scheme._get_assessment(first, last)
        open_runs = assessments.filtered(lambda run: run.state in ("draft", "computed"))
        open_runs.action_compute()
        if publish:
            assessments.filtered(
                lambda run: run.state in ("computed", "reviewed")
            ).action_publish()
        return assessments

    # ------------------------------------------------------------
    # CRON METHODS
    # ------------------------------------------------------------

    @api.model
    def _cron_prepare_assessments(self):
        """Draft and compute the last ended period of every active scheme, once.

        A scheme that cannot be computed is logged and does not hold up the others.
        """
        self.env["revisit.metric"]._check_all()
        todo = self.search([("state", "=", "active")]).filtered(
            lambda scheme: scheme._is_due()
        )
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(todo))
        failure = None
        for scheme in todo:
            try:
                first, last = scheme._get_last_period()
                scheme._get_assessment(first, last).action_compute()
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Assessment of scheme %s failed", scheme.id)
                failure = error
            if not Cron._commit_progress(1):
                break
        if failure:
            raise failure

    def _is_due(self):
        """Return whether the last period ended while active and has no assessment."""
        self.ensure_one()
        first, last = self._get_last_period()
        since = self.activated_on
        if since and self.company_id._revisit_day(since) > last:
            return False
        return not self.env["revisit.assessment"].search_count(
            [
                ("scheme_id", "=", self.id),
                ("date_from", "=", first),
                ("date_to", "=", last),
            ],
            limit=1,
        )
