# Part of Revisit. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.revisit_management.tools import periods
from odoo.addons.revisit_management.tools.fields import OptionalFloat

from ...tools.terms import FROZEN_STATES, STATES

# Context value of the buttons: an object that no client can send.
BUTTON = object()


class RevisitAssessment(models.Model):
    """One run of a scheme over one period.

    ========  ==========================  ==================================
    action    who                         what it allows afterwards
    ========  ==========================  ==================================
    compute   callback manager            adjustments, manual points
    review    callback manager            publishing, or back to draft
    publish   callback manager            nothing: numbers are frozen
    close     callback manager            nothing
    ========  ==========================  ==================================
    """

    _name = "revisit.assessment"
    _description = "Assessment"
    _inherit = [
        "revisit.named.mixin",
        "revisit.frozen.mixin",
        "revisit.protected.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_to desc, id desc"
    _check_company_auto = True

    _lock_parent = None

    _server_owned = {
        "company_id",
        "computed_at",
        "content_hash",
        "definition",
        "published_at",
        "published_by_id",
        "rated_count",
        "reviewed_at",
        "reviewed_by_id",
        "rulebook_version",
        "score_count",
        "sealed_files",
        "state",
        "unassigned_count",
    }

    name = fields.Char(compute="_compute_name", search="_search_name")
    scheme_id = fields.Many2one(
        comodel_name="revisit.scheme",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        required=True,
        index=True,
    )
    subject_kind = fields.Selection(related="scheme_id.subject_kind")
    period = fields.Selection(related="scheme_id.period")
    # any day in the period is enough: computing adds missing values
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._default_date_from()
    )
    date_to = fields.Date(
        string="To",
        compute="_compute_date_to",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Last day, included. Days are those of the company's time zone.",
    )
    state = fields.Selection(
        selection=STATES, required=True, default="draft", readonly=True, tracking=True
    )
    score_ids = fields.One2many(
        comodel_name="revisit.score", inverse_name="assessment_id"
    )
    # Results of the last computation
    definition = fields.Json(readonly=True, copy=False)
    rulebook_version = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        help="The version of the scheme's rulebook when the scores were computed.",
    )
    computed_at = fields.Datetime(readonly=True, copy=False)
    score_count = fields.Integer(string="Scores", readonly=True, copy=False)
    rated_count = fields.Integer(string="Rated", readonly=True, copy=False)
    unassigned_count = fields.Integer(
        string="Records Without Subject",
        readonly=True,
        copy=False,
        help="Records of the period that count for nobody here, because they name no"
        " employee, dealer, unit or department.",
    )
    is_running = fields.Boolean(
        compute="_compute_is_running",
        help="The period was not over when the scores were computed.",
    )
    pending_count = fields.Integer(
        string="Points to Give", compute="_compute_pending_count"
    )
    average_total = OptionalFloat(compute="_compute_average_total", digits=(6, 2))
    # Who took which step
    reviewed_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    reviewed_at = fields.Datetime(readonly=True, copy=False)
    published_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    published_at = fields.Datetime(readonly=True, copy=False)
    content_hash = fields.Char(string="Seal (SHA-256)", readonly=True, copy=False)
    sealed_files = fields.Json(
        readonly=True,
        copy=False,
        help="The files that belonged to the assessment when it was published.",
    )

    _period_uniq = models.Constraint(
        "UNIQUE (scheme_id, date_from, date_to)",
        "This scheme has an assessment of this period already: open that one.",
    )
    _dates_ok = models.Constraint(
        "CHECK (date_from <= date_to)", "The period ends on its first day or later."
    )

    # ------------------------------------------------------------
    # DEFAULT AND COMPUTE METHODS
    # ------------------------------------------------------------

    @api.model
    def _default_date_from(self):
        period = "quarter"
        scheme_id = self.env.context.get("default_scheme_id")
        if scheme_id:
            period = self.env["revisit.scheme"].browse(scheme_id).period
        today = self.env.company._revisit_today()
        return periods.previous(today, period)[0]

    @api.depends("scheme_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_name(self):
        for assessment in self:
            label = ""
            if assessment.date_from and assessment.date_to:
                label = periods.label(assessment.date_from, assessment.date_to)
            scheme = assessment._get_scheme_name() or self.env._("New")
            assessment.name = f"{scheme} {label}".strip()

    def _search_name(self, operator, value):
        return Domain("scheme_id.name", operator, value)

    @api.depends("computed_at", "date_to", "company_id")
    def _compute_is_running(self):
        for assessment in self:
            computed_at = assessment.computed_at
            assessment.is_running = bool(
                computed_at and computed_at < assessment._get_end()
            )

    @api.depends("name")
    def _compute_display_name(self):
        hidden = self._get_unreadable()
        hidden._hide_names()
        for assessment in self - hidden:
            assessment.display_name = assessment.name

    @api.depends("scheme_id")
    def _compute_company_id(self):
        for assessment in self:
            assessment.company_id = assessment.scheme_id.company_id

    @api.depends("scheme_id", "date_from")
    def _compute_date_to(self):
        for assessment in self:
            if assessment.date_from and assessment.scheme_id:
                assessment.date_to = periods.bounds(
                    assessment.date_from, assessment.scheme_id.period
                )[1]
            else:
                assessment.date_to = assessment.date_to

    def _compute_pending_count(self):
        counts = dict(
            self.env["revisit.score.line"]._read_group(
                [("assessment_id", "in", self.ids), ("is_pending", "=", True)],
                ["assessment_id"],
                ["__count"],
            )
        )
        for assessment in self:
            assessment.pending_count = counts.get(assessment, 0)

    def _compute_average_total(self):
        means = dict(
            self.env["revisit.score"]._read_group(
                [("assessment_id", "in", self.ids), ("rated", "=", True)],
                ["assessment_id"],
                ["total:avg"],
            )
        )
        for assessment in self:
            assessment.average_total = means.get(assessment, False)

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("state", "draft") != "draft" for vals in vals_list):
            raise UserError(
                self.env._("A new assessment is a draft: compute it, then publish it.")
            )
        return super().create(vals_list)

    def write(self, vals):
        button = self.env.context.get("revisit_button")
        if "state" in vals and button is not BUTTON:
            raise UserError(
                self.env._(
                    "The state of an assessment changes by its buttons: compute,"
                    " review, publish, close."
                )
            )
        moved = {"scheme_id", "date_from", "date_to"} & set(vals)
        if moved and any(assessment.state != "draft" for assessment in self):
            raise UserError(
                self.env._(
                    "Set the assessment back to draft before you change its scheme or"
                    " period: its scores were counted for the old one."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_adjusted(self):
        """Keep runs with adjustments, whose author could otherwise delete the trace."""
        self._check_locked()
        adjusted = self.filtered(lambda run: run.score_ids.adjustment_ids)
        if adjusted:
            raise UserError(
                self.env._(
                    "%(assessment)s has adjustments, and their record is kept. Set it"
                    " back to draft and compute it anew instead.",
                    assessment=adjusted[0].name,
                )
            )

    def _locked(self):
        return self.filtered(lambda assessment: assessment.state in FROZEN_STATES)

    def _get_unlocked_fields(self):
        # write() protects the state: only the buttons change it
        activity = {name for name in self._fields if name.startswith("activity_")}
        return super()._get_unlocked_fields() | activity | {"state"}

    def _set_state(self, state, **values):
        """Set the state of assessments and their scores, as a button's last step."""
        # the step sets these values; its caller has checked the right to it
        self.sudo().with_context(revisit_button=BUTTON).write(
            {"state": state, **values}
        )
        self.env["revisit.score"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE revisit_score SET state = %s"
                " WHERE assessment_id = ANY(%s) AND state != %s",
                state,
                self.ids,
                state,
            )
        )
        self.env["revisit.score"].invalidate_model(["state"])

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_compute(self):
        """Count and score; adjustments and manual points are kept."""
        self._check_manager()
        self._check_state(("draft", "computed"))
        for assessment in self:
            assessment._compute_scores()
        return True

    def action_review(self):
        self._check_manager()
        self._check_state(("computed",))
        self._check_over()
        self._check_pending()
        self._set_state(
            "reviewed",
            reviewed_by_id=self.env.uid,
            reviewed_at=fields.Datetime.now(),
        )
        return True

    def action_publish(self):
        """Freeze numbers and evidence; computed ones are marked as reviewed as well."""
        self._check_manager()
        self._check_state(("computed", "reviewed"))
        self._check_over()
        self._check_apart()
        computed = self.filtered(lambda assessment: assessment.state == "computed")
        if computed:
            computed.action_review()
        for assessment in self:
            assessment._action_publish()
        return True

    def _action_publish(self):
        self.ensure_one()
        self._link_previous()
        # sealed before it is locked, in one transaction: nothing can change in between
        self._seal_files()
        self._step({"content_hash": self._get_content_hash()})
        self._set_state(
            "published",
            published_by_id=self.env.uid,
            published_at=fields.Datetime.now(),
        )

    def action_close(self):
        self._check_manager()
        self._check_state(("published",))
        self._set_state("closed")
        return True

    def action_reset(self):
        """Set back to draft; scores stay until they are computed again."""
        self._check_manager()
        self._check_state(("computed", "reviewed"))
        self._set_state("draft", reviewed_by_id=False, reviewed_at=False)
        return True

    def action_open_scores(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_scoring.revisit_score_action"
        )
        return {
            **action,
            "domain": [("assessment_id", "=", self.id)],
            "context": {"default_assessment_id": self.id},
            "display_name": self.name,
        }

    def action_open_pending(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_scoring.revisit_score_line_pending_action"
        )
        return {**action, "domain": [("assessment_id", "=", self.id)]}

    def action_export_xlsx(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/revisit/score.xlsx?assessment_id={self.id}",
            "target": "download",
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_manager(self):
        if not (
            self.env.su or self.env.user.has_group("revisit_management.group_manager")
        ):
            raise AccessError(
                self.env._("Only callback managers compute and publish assessments.")
            )
        self.check_access("write")

    def _check_state(self, states):
        """Raise unless all assessments are in one of the ``states``."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for assessment in self:
            if assessment.state not in states:
                raise UserError(
                    self.env._(
                        "%(assessment)s is %(state)s. This step is for assessments that"
                        " are: %(states)s.",
                        assessment=assessment.name,
                        state=labels[assessment.state],
                        states=", ".join(labels[state] for state in states),
                    )
                )

    def _check_pending(self):
        """Raise if an assessor has not given all points yet."""
        for assessment in self:
            if assessment.pending_count:
                raise UserError(
                    self.env._(
                        "%(assessment)s has %(count)s lines whose points an assessor"
                        " has to give. Enter them under Points to Give, then go on.",
                        assessment=assessment.name,
                        count=assessment.pending_count,
                    )
                )

    def _get_scheme_name(self):
        """Return the scheme's name in the user's language, as of the computation.

        Renaming a scheme does not rename it in published assessments.
        """
        self.ensure_one()
        run = self.sudo()  # only a name; the user's access to the run was checked
        kept = (run.definition or {}).get("scheme")
        if kept and run.state in FROZEN_STATES:
            return self.env["revisit.score"]._read_translated(kept)
        return run.scheme_id.name
