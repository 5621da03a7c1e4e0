# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools import windows

# the words of whoever has talked with the customer
WORDS = {"assessment", "proposal"}


class RevisitReport(models.Model):
    """The report on one conversation: what its maker makes of it, and when.

    Begun by the system when a conversation ends whose rulebook asks for a report. What
    was said is on the callbacks and is not typed again: the maker adds an assessment
    and proposals, if there are any, and hands it in. The review of the callbacks files
    the report, or sends it back; both are locked together.

    ==============================  ================  =============================
    action                          who               what changes
    ==============================  ================  =============================
    action_hand_in                  its maker         handed in, on time or late
    action_ask_extension            its maker, while  a task of the unit's manager
                                    there is time
    action_grant_extension,         supervisors, not  the time to hand in
    action_refuse_extension         their own
    review of the callback          see there         filed, or to be redone
    ==============================  ================  =============================

    The words are their maker's, until the report is handed in; again while it is to be
    redone, or while a manager has unlocked it.
    """

    _name = "revisit.report"
    _description = "Callback Report"
    _inherit = [
        "revisit.named.mixin",
        "revisit.locked.mixin",
        "revisit.protected.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "revisit.traced.mixin",
    ]
    _order = "hand_in_until, id"
    _lock_parent = "callback_id"
    _check_company_auto = True

    _traced = {"assessment", "hand_in_until", "proposal", "state"}

    _server_owned = {
        "callback_id",
        "company_id",
        "department_id",
        "employee_id",
        "filed_at",
        "hand_in_until",
        "handed_in_at",
        "handed_in_by_id",
        "is_handed_in_on_time",
        "is_record_on_time",
        "is_written_on_time",
        "partner_id",
        "record_until",
        "recorded_at",
        "report_until",
        "rulebook_id",
        "state",
        "talked_at",
        "team_id",
        "user_id",
        "written_at",
    }

    callback_id = fields.Many2one(
        comodel_name="revisit.callback",
        required=True,
        readonly=True,
        ondelete="restrict",
        help="The callback that leads the conversation.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook", readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    # Whose it is, for good
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Made By",
        required=True,
        readonly=True,
        ondelete="restrict",
        help="Who has talked with the customer, and hands in the report.",
    )
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        readonly=True,
        ondelete="restrict",
        groups="hr.group_hr_user,revisit_management.group_supervisor",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department", readonly=True, ondelete="restrict"
    )
    team_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Unit",
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    # The talk and its record
    talked_at = fields.Datetime(
        string="Talk",
        required=True,
        readonly=True,
        help="When the customer was reached; all time limits count from its day.",
    )
    recorded_at = fields.Datetime(
        string="Recorded", required=True, readonly=True, help="When it was written."
    )
    record_until = fields.Datetime(string="Record Late From", readonly=True)
    is_record_on_time = fields.Boolean(
        string="Record on Time",
        compute="_compute_on_time",
        store=True,
        help="Or without a time limit.",
    )
    # The report
    assessment = fields.Text(
        help="What you make of the talk and its result. What the customer said stands"
        " in the record already."
    )
    proposal = fields.Text(string="Proposed Measures")
    written_at = fields.Datetime(string="Written", readonly=True, copy=False)
    report_until = fields.Datetime(string="Report Late From", readonly=True)
    is_written_on_time = fields.Boolean(
        string="Written on Time", compute="_compute_on_time", store=True
    )
    # Hand-in
    handed_in_at = fields.Datetime(string="Handed In On", readonly=True, copy=False)
    handed_in_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    hand_in_until = fields.Datetime(
        string="Hand-In Late From",
        readonly=True,
        tracking=True,
        help="The first moment at which the report is handed in late.",
    )
    is_handed_in_on_time = fields.Boolean(
        string="Handed In on Time", compute="_compute_on_time", store=True
    )
    # the last moments, as people say them
    record_due = fields.Datetime(compute="_compute_due")
    report_due = fields.Datetime(compute="_compute_due")
    hand_in_due = fields.Datetime(string="Hand-In Due", compute="_compute_due")
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
    # Review
    state = fields.Selection(
        selection=[
            ("draft", "To Hand In"),
            ("handed_in", "Handed In"),
            ("redo", "To Be Redone"),
            ("filed", "On File"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    filed_at = fields.Datetime(string="Filed On", readonly=True, copy=False)
    review_verdict = fields.Selection(
        related="callback_id.review_verdict", string="Verdict"
    )
    review_note = fields.Text(related="callback_id.review_note", string="Guidance")
    may_write = fields.Boolean(compute="_compute_may_write")
    record_html = fields.Html(string="Record", compute="_compute_record_html")

    _callback_unique = models.UniqueIndex(
        "(callback_id)", "This conversation has its report already."
    )
    _open_idx = models.Index("(user_id, hand_in_until) WHERE state IN ('draft','redo')")
    _team_idx = models.Index("(team_id, state, hand_in_until)")
    _period_idx = models.Index("(company_id, hand_in_until)")
    _written_idx = models.Index("(company_id, report_until)")
    _talked_idx = models.Index("(company_id, talked_at)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id", "talked_at")
    def _compute_display_name(self):
        hidden = self._get_unreadable()
        hidden._hide_names()
        for report in self - hidden:
            callback = report.callback_id.sudo()  # whoever reads the report may know
            report.display_name = self.env._(
                "Report on %(customer)s, %(day)s",
                # see above
                customer=report.sudo().partner_id.display_name or "",
                day=callback._format_time(report.talked_at)[:10],
            )

    @api.depends(
        "recorded_at",
        "record_until",
        "written_at",
        "report_until",
        "handed_in_at",
        "hand_in_until",
    )
    def _compute_on_time(self):
        def is_on_time(moment, until):
            return bool(moment and (not until or moment < until))

        for report in self:
            report.is_record_on_time = is_on_time(
                report.recorded_at, report.record_until
            )
            report.is_written_on_time = is_on_time(
                report.written_at, report.report_until
            )
            report.is_handed_in_on_time = is_on_time(
                report.handed_in_at, report.hand_in_until
            )

    @api.depends("record_until", "report_until", "hand_in_until")
    def _compute_due(self):
        for report in self:
            for name in ("record", "report", "hand_in"):
                until = report[f"{name}_until"]
                report[f"{name}_due"] = until and until - timedelta(seconds=1)

    @api.depends("handed_in_at", "is_handed_in_on_time", "hand_in_until")
    def _compute_timing(self):
        now = fields.Datetime.now()
        for report in self:
            if report.handed_in_at:
                on_time = report.is_handed_in_on_time
                report.timing = "on_time" if on_time else "missed"
                continue
            until = report.hand_in_until
            if until and until <= now:
                report.timing = "late"
            elif until and until <= report._get_day_end():
                report.timing = "today"
            else:
                report.timing = "open"

    def _search_timing(self, operator, value):
        if operator != "in":
            return NotImplemented
        now, tonight = fields.Datetime.now(), self._get_day_end()
        waiting = Domain("handed_in_at", "=", False)
        limit = Domain("hand_in_until", "=", False)
        domains = {
            "late": waiting & Domain("hand_in_until", "<=", now),
            "today": waiting
            & Domain("hand_in_until", ">", now)
            & Domain("hand_in_until", "<=", tonight),
            "open": waiting & (limit | Domain("hand_in_until", ">", tonight)),
            "on_time": Domain("is_handed_in_on_time", "=", True),
            "missed": ~waiting & Domain("is_handed_in_on_time", "=", False),
        }
        return Domain.OR(domains[key] for key in value if key in domains)

    @api.depends("state", "user_id", "callback_id.unlocked_parts")
    @api.depends_context("uid")
    def _compute_may_write(self):
        for report in self:
            report.may_write = report._is_mine() and report._is_writable()

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        first = self.browse()
        if WORDS & set(vals):
            first = self.filtered(lambda report: not report.written_at)
        result = super().write(vals)
        first = first.filtered(lambda report: report.assessment or report.proposal)
        if first:
            # the moment is the system's; who may write the words was checked
            first.sudo().write({"written_at": fields.Datetime.now()})
        emptied = self.filtered(
            lambda report: (
                report.written_at
                and not (report.handed_in_at or report.assessment or report.proposal)
            )
        )
        if emptied:
            # as above: the moment goes with the words
            emptied.sudo().write({"written_at": False})
        return result

    def _get_protected(self, vals):
        protected = super()._get_protected(vals)
        if not all(report.may_write for report in self):
            protected |= set(vals) & WORDS
        return protected

    def _get_unlocked_fields(self):
        # a task that is done may be taken off after the review
        return super()._get_unlocked_fields() | {"activity_user_id"}

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_hand_in(self):
        """Hand reports in, with what their makers have added.

        :raise UserError: handed in already, filed, or somebody else's
        """
        self.check_access("write")
        for report in self:
            report._check_mine()
            if report.state == "redo":
                raise UserError(
                    self.env._(
                        "%(report)s was sent back: say what was redone, with the button"
                        " Hand In Again of its callback.",
                        report=report.display_name,
                    )
                )
            if report.state != "draft":
                raise UserError(
                    self.env._(
                        "%(report)s was handed in by %(user)s, on %(moment)s.",
                        report=report.display_name,
                        # who has handed it in stands on it
                        user=report.sudo().handed_in_by_id.name,
                        moment=report._format(report.handed_in_at),
                    )
                )
        self._hand_in()
        return True

    def action_open_review(self):
        """Button: review the callbacks of the report, and so the report."""
        self.ensure_one()
        return self.callback_id.action_open_review()

    def action_open_redone(self):
        """Button: hand the report in again, with the callbacks that were sent back."""
        self.ensure_one()
        return self.callback_id.action_open_redone()

    def action_open_callback(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Callback"),
            "res_model": "revisit.callback",
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": self.callback_id.id,
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _begin(self, callbacks, rules):
        """Begin the report on a conversation that the user has just finished.

        :param callbacks: those of the conversation, made (sudo)
        :param rules: the rulebooks that ask for a report
        """
        leader = callbacks._get_leaders()
        company, user = leader.company_id, self.env.user
        talked_at = callbacks._get_talked_at()
        employee = callbacks._get_employees([(user.id, company.id)]).get(
            (user.id, company.id)
        )
        ends = rules._get_report_ends(talked_at, company._revisit_tz())
        return self.sudo().create(  # begun by the system alone
            {
                "callback_id": leader.id,
                "company_id": company.id,
                "rulebook_id": rules[0].id,
                "partner_id": leader.partner_id.id,
                "user_id": user.id,
                "employee_id": employee and employee.id,
                "department_id": employee
                and callbacks._get_department(employee, talked_at).id,
                "team_id": leader.team_id.id,
                "talked_at": talked_at,
                "recorded_at": fields.Datetime.now(),
                **ends,
            }
        )

    def _hand_in(self):
        """Note who hands the reports in, and when; both were checked."""
        now = fields.Datetime.now()
        for report in self.sudo():  # the moments are the system's
            report.write(
                {
                    "state": "handed_in",
                    "handed_in_at": now,
                    "handed_in_by_id": self.env.uid,
                    "written_at": report.written_at or now,
                }
            )
        # who has asked in time still gets an answer, if it is late now
        self.filtered(lambda report: not report._is_extension_open())._end_extension()

    def _hand_in_again(self):
        """Hand in what was sent back; the time of the first hand-in stays."""
        back = self.filtered(lambda report: report.state == "redo")
        back.sudo().write({"state": "handed_in"})  # by the step of the callback
        self.filtered(lambda report: report.state == "draft")._hand_in()

    def _send_back(self):
        """Let what was handed in be redone; the review has checked the right."""
        handed_in = self.filtered(lambda report: report.state == "handed_in")
        handed_in.sudo().write({"state": "redo"})  # see above

    def _file(self):
        """File reports whose callbacks are being reviewed, which locks both."""
        # the review has checked the right
        filing = self.sudo().filtered(lambda report: report.state != "filed")
        if filing:
            filing.write({"state": "filed", "filed_at": fields.Datetime.now()})
            filing._end_extension()

    def _is_mine(self):
        self.ensure_one()
        return self.user_id == self.env.user

    def _is_writable(self):
        """Return whether the words of the report may still change."""
        self.ensure_one()
        return self.state in ("draft", "redo") or (
            # whoever wrote it need not be able to read what was unlocked
            self.state == "filed" and self._is_opened(WORDS)
        )

    def _check_mine(self):
        if not self._is_mine():
            raise UserError(
                self.env._(
                    "%(report)s is handed in by %(user)s, who has talked with the"
                    " customer.",
                    report=self.display_name,
                    user=self.user_id.name,
                )
            )

    def _get_day_end(self):
        """Return the naive UTC datetime at which the company's day ends."""
        return windows.days_end(fields.Datetime.now(), 0, self._get_tz())

    def _get_tz(self):
        # the day is the company's, whoever may read its settings
        return (self[:1].company_id or self.env.company).sudo()._revisit_tz()

    def _format(self, moment):
        """Return a moment as text, in the company's time zone."""
        callback = self.callback_id.sudo()  # the day is the company's
        return callback._format_time(moment)
