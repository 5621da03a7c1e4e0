# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools import periods, windows
from ...tools.fields import OptionalInteger

MANAGER_GROUP = "revisit_management.group_manager"
# the words of whoever is responsible
WORDS = {"findings", "causes"}


class RevisitAnalysis(models.Model):
    """What a unit makes of its quarter or year: figures, findings, and proposals.

    Made by the system at the end of the period, for each unit that had callbacks due
    in it under a rulebook that asks for it; see ``making``. The figures are counted by
    the system, and once more when the report is handed in; see ``figures``. ``steps``
    has what people do with it.

    ==================  ==============================  =========================
    action              who                             what changes
    ==================  ==============================  =========================
    action_count        who is responsible, while it    its figures
                        is to be written
    action_hand_in      who is responsible              handed in, on time or
                                                        late; its figures stay
    decision on a       callback managers, not on       adopted or rejected, with
    proposal            their own report                a reason; until it is filed
    action_file         callback managers, not their    on file, and locked for
                        own, once all is decided        everybody
    ==================  ==============================  =========================

    The words and the proposals are written by whoever is responsible, until the report
    is handed in; until then a callback manager may make somebody else responsible.
    It is the own report, too, of whoever wrote in it before; see ``writers``.
    """

    _name = "revisit.analysis"
    _description = "Analysis Report"
    _inherit = [
        "revisit.named.mixin",
        "revisit.locked.mixin",
        "revisit.protected.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "revisit.traced.mixin",
    ]
    _order = "date_to desc, id desc"
    _rec_names_search = ["team_id"]
    _check_company_auto = True

    _traced = {"causes", "due_on", "employee_id", "findings", "state", "user_id"}

    _server_owned = {
        "adopted_count",
        "company_id",
        "counted_from",
        "date_from",
        "date_to",
        "department_id",
        "due_on",
        "employee_id",
        "filed_at",
        "filed_by_id",
        "hand_in_until",
        "handed_in_at",
        "handed_in_by_id",
        "is_late",
        "item_count",
        "kind",
        "rulebook_id",
        "state",
        "team_id",
        "working_days",
    }

    # What it is about
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook",
        required=True,
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    team_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Unit",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    kind = fields.Selection(
        selection=[("quarter", "Quarter"), ("year", "Year")],
        string="Period",
        required=True,
        readonly=True,
        default="quarter",
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    # Whose it is
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        domain=[("share", "=", False)],
        ondelete="restrict",
        tracking=True,
        help="Who writes the report and hands it in: who manages the unit or one above"
        " it. A callback manager may name somebody else.",
    )
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Counts for Employee",
        readonly=True,
        ondelete="restrict",
        groups="hr.group_hr_user,revisit_management.group_supervisor",
        help="Whoever is responsible. If that changes with less than a working day"
        " left, the report stays counted for the one before.",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        string="Counts for Department",
        readonly=True,
        ondelete="restrict",
    )
    # Time limit
    counted_from = fields.Date(
        readonly=True,
        copy=False,
        help="The day after which the working days count: the last day of the period,"
        " or the day on which the report was asked for, if its time was over by then.",
    )
    working_days = OptionalInteger(
        readonly=True,
        aggregator=None,
        help="In which it is handed in, as the rulebook had it when it was made.",
    )
    due_on = fields.Date(
        readonly=True,
        copy=False,
        tracking=True,
        help="The last day on which it is handed in on time, in the company's calendar."
        " Holidays that are entered later move it.",
    )
    hand_in_until = fields.Datetime(
        string="Hand-In Late From",
        compute="_compute_hand_in_until",
        store=True,
        help="The first moment at which the report is handed in late.",
    )
    timing = fields.Selection(
        selection=[
            ("late", "Late"),
            ("today", "Due Today"),
            ("open", "To Hand In"),
            ("on_time", "Handed In on Time"),
            ("missed", "Handed In Late"),
        ],
        compute="_compute_timing",
        search="_search_timing",
    )
    # Words
    findings = fields.Text(
        string="What Was Found",
        help="What the figures and the customers' words show. It cannot be handed in"
        " without.",
    )
    causes = fields.Text(help="Why it is so.")
    item_ids = fields.One2many(
        comodel_name="revisit.analysis.item",
        inverse_name="analysis_id",
        string="Proposals",
    )
    item_count = fields.Integer(
        string="Proposed", compute="_compute_item_counts", store=True
    )
    adopted_count = fields.Integer(
        string="Adopted", compute="_compute_item_counts", store=True
    )
    # Steps
    state = fields.Selection(
        selection=[
            ("draft", "To Write"),
            ("handed_in", "Handed In"),
            ("filed", "On File"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    handed_in_at = fields.Datetime(string="Handed In On", readonly=True, copy=False)
    handed_in_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    is_late = fields.Boolean(
        string="Handed In Late",
        compute="_compute_is_late",
        store=True,
        help="Handed in after the day on which it was due.",
    )
    filed_at = fields.Datetime(string="Filed On", readonly=True, copy=False)
    filed_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    may_write = fields.Boolean(compute="_compute_may_write")
    may_assign = fields.Boolean(compute="_compute_may_write")
    may_decide = fields.Boolean(compute="_compute_may_write")
    _period_unique = models.UniqueIndex(
        "(rulebook_id, team_id, kind, date_from)",
        "This unit has its report on this period already.",
    )
    _open_idx = models.Index("(company_id, due_on) WHERE state = 'draft'")
    _late_idx = models.Index("(company_id, hand_in_until)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("team_id.name", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        hidden = self._get_unreadable()
        hidden._hide_names()
        for analysis in self - hidden:
            analysis.display_name = self.env._(
                "Analysis %(period)s, %(unit)s",
                period=analysis._get_period(),
                # whoever reads the report may know its unit
                unit=analysis.sudo().team_id.name or "",
            )

    @api.depends("due_on", "company_id")
    def _compute_hand_in_until(self):
        for analysis in self:
            analysis.hand_in_until = analysis.due_on and windows.day_start(
                # the day is the company's, whoever may read its settings
                analysis.due_on + timedelta(days=1),
                analysis.company_id.sudo()._revisit_tz(),
            )

    @api.depends("handed_in_at", "hand_in_until")
    def _compute_is_late(self):
        for analysis in self:
            until = analysis.hand_in_until
            moment = analysis.handed_in_at
            analysis.is_late = bool(moment and until and moment >= until)

    @api.depends("handed_in_at", "is_late", "due_on")
    def _compute_timing(self):
        for analysis in self:
            today = analysis._get_today()
            if analysis.handed_in_at:
                analysis.timing = "missed" if analysis.is_late else "on_time"
            elif analysis.due_on and analysis.due_on < today:
                analysis.timing = "late"
            else:
                is_today = analysis.due_on == today
                analysis.timing = "today" if is_today else "open"

    def _search_timing(self, operator, value):
        if operator != "in":
            return NotImplemented
        compare = self.env["res.company"]._revisit_today_domain
        waiting = Domain("handed_in_at", "=", False)
        limit = Domain("due_on", "=", False)
        domains = {
            "late": waiting & compare("due_on", "<"),
            "today": waiting & compare("due_on", "="),
            "open": waiting & (limit | compare("due_on", ">")),
            "on_time": ~waiting & Domain("is_late", "=", False),
            "missed": ~waiting & Domain("is_late", "=", True),
        }
        return Domain.OR(domains[key] for key in value if key in domains)

    @api.depends("item_ids.state")
    def _compute_item_counts(self):
        for analysis in self:
            items = analysis.item_ids
            analysis.item_count = len(items)
            analysis.adopted_count = len(
                items.filtered(lambda item: item.state == "adopted")
            )

    @api.depends("state", "user_id", "handed_in_by_id", "writer_ids")
    @api.depends_context("uid")
    def _compute_may_write(self):
        is_manager = self.env.user.has_group(MANAGER_GROUP)
        for analysis in self:
            is_draft = analysis.state == "draft"
            analysis.may_write = is_draft and analysis._is_mine()
            analysis.may_assign = is_draft and is_manager
            analysis.may_decide = (
                is_manager
                and analysis.state == "handed_in"
                and not analysis._is_author()
            )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("user_id", "company_id")
    def _check_entitled(self):
        for analysis in self.filtered("user_id"):
            user = analysis.user_id
            user._revisit_check_company(analysis)
            # whoever chooses them need not be able to read the user
            if user.sudo().share or not user._revisit_oversees():
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot write %(report)s without the role Supervisor:"
                        " they would not see it. Choose somebody with that role.",
                        user=user.name,
                        report=analysis.display_name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        moved = self.browse()
        if "user_id" in vals:
            moved = self.filtered(lambda a: a.user_id.id != vals["user_id"])
        result = super().write(vals)
        moved._follow_responsible()
        return result

    def _get_protected(self, vals):
        protected = super()._get_protected(vals)
        if not all(analysis.may_write for analysis in self):
            protected |= set(vals) & WORDS
        if not all(analysis.may_assign for analysis in self):
            protected |= set(vals) & {"user_id"}
        return protected

    def _locked(self):
        return self.filtered(lambda analysis: analysis.state == "filed")

    def _get_unlocked_fields(self):
        # a task that is done may be taken off after the filing
        return super()._get_unlocked_fields() | {"activity_user_id"}

    def _get_locked_text(self, names):
        return self.env._(
            "%(report)s is on file: nothing of it changes any more. What is new belongs"
            " in the next one.",
            report=self.display_name,
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _is_mine(self):
        self.ensure_one()
        return self.user_id == self.env.user

    def _get_period(self):
        """Return the period in short, the same in every language."""
        if not (self.date_from and self.date_to):
            return ""
        return periods.label(self.date_from, self.date_to)

    def _get_today(self):
        # the day is the company's, whoever may read its settings
        return (self.company_id or self.env.company).sudo()._revisit_today()

    def _format(self, moment):
        """Return a moment as text, in the company's time zone."""
        callback = self.env["revisit.callback"]
        company = self.company_id.sudo()  # the day is the company's
        return callback._format_time(moment, tz=company._revisit_tz())
