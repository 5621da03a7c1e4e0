# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...tools.local_day import LocalDay
from ...tools.terms import SEVERITIES

OPEN_STATES = ("new", "acknowledged", "investigating", "agreed", "resolved")
RESOLVED_STATES = ("resolved", "confirmed", "closed")
AGENT_GROUP = "revisit_management.group_agent"


class RevisitIssue(models.Model):
    """What a customer complained about; open until the customer agrees it is solved.

    Only internal users work on issues.
    """

    _name = "revisit.issue"
    _description = "Customer Issue"
    _inherit = [
        "revisit.named.mixin",
        "revisit.protected.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "revisit.issue.by.hand.mixin",
        "revisit.informed.mixin",
    ]
    _order = "is_resolved, resolve_by, id desc"
    _check_company_auto = True

    _server_owned = {
        "acknowledged_at",
        "confirmed_at",
        "is_resolved",
        "is_resolved_on_time",
        "is_respond_on_time",
        "reopen_count",
        "resolve_by",
        "resolved_at",
        "resolved_by_id",
        "resp_employee_id",
        "respond_by",
        "state",
    }

    name = fields.Char(string="Subject", required=True, tracking=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    # Intake
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
    )
    is_anonymous = fields.Boolean(
        string="Anonymous", help="Exempt from the confirming callback."
    )
    callback_id = fields.Many2one(
        comodel_name="revisit.callback",
        string="Raised in Callback",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    intake = fields.Selection(
        selection=[
            ("callback", "Callback"),
            ("phone", "Phone"),
            ("store", "Store"),
            ("email", "Email"),
            ("portal", "Portal"),
            ("chat", "Chat"),
            ("letter", "Letter"),
            ("social", "Social Media"),
            ("platform", "Third-Party Platform"),
            ("authority", "Forwarded by a Superior Body"),
        ],
        required=True,
        default="phone",
    )
    intake_kind = fields.Selection(
        selection=[
            ("complaint", "Complaint"),
            ("suggestion", "Suggestion"),
            ("request", "Request"),
        ],
        string="Kind",
        required=True,
        default="complaint",
    )
    product_id = fields.Many2one(
        comodel_name="product.product", ondelete="restrict", check_company=True
    )
    purchased_on = fields.Date()
    description = fields.Text(string="What Happened")
    # Routing
    category_id = fields.Many2one(
        comodel_name="revisit.issue.category",
        required=True,
        check_company=True,
        ondelete="restrict",
        tracking=True,
        index=True,
    )
    severity = fields.Selection(
        selection=SEVERITIES, required=True, default="normal", tracking=True
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        compute="_compute_route",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        ondelete="restrict",
        tracking=True,
        index="btree_not_null",
    )
    co_department_ids = fields.Many2many(
        comodel_name="hr.department",
        relation="revisit_issue_co_department_rel",
        compute="_compute_co_department_ids",
        store=True,
        readonly=False,
        string="Involved Departments",
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        string="Issue Owner",
        compute="_compute_route",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        tracking=True,
        index="btree_not_null",
    )
    resp_employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Counts for Employee",
        compute="_compute_resp_employee_id",
        store=True,
        # no precompute: it would read the field with the rights of the agent
        compute_sudo=True,
        ondelete="restrict",
        index="btree_not_null",
        groups="hr.group_hr_user,revisit_management.group_supervisor",
    )
    team_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Unit",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    dealer_id = fields.Many2one(
        comodel_name="res.partner",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
    )
    # Deadlines
    registered_at = fields.Datetime(
        string="Registered", required=True, default=fields.Datetime.now, copy=False
    )
    respond_by = fields.Datetime(
        compute="_compute_deadlines",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    resolve_by = fields.Datetime(
        string="Solve By",
        compute="_compute_deadlines",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    registered_on = LocalDay(string="Registered On", moment="registered_at")
    days_left = fields.Integer(
        compute="_compute_days_left",
        help="Days until it is to be solved, on the company's calendar.",
    )
    deadline_error = fields.Char(
        compute="_compute_deadline_error",
        help="Why the deadlines of its category cannot be counted.",
    )
    acknowledged_at = fields.Datetime(string="Acknowledged", readonly=True, copy=False)
    resolved_at = fields.Datetime(string="Solved", readonly=True, copy=False)
    resolved_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Solved By",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Whom the customer judges when they are asked whether it is solved.",
    )
    confirmed_at = fields.Datetime(string="Confirmed", readonly=True, copy=False)
    # Solution
    state = fields.Selection(
        selection=[
            ("new", "New"),
            ("acknowledged", "Acknowledged"),
            ("investigating", "Investigating"),
            ("agreed", "Solution Agreed"),
            ("resolved", "Solved"),
            ("confirmed", "Confirmed by Customer"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="new",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand="_group_expand_state",
    )
    is_open = fields.Boolean(compute="_compute_is_open", search="_search_is_open")
    root_cause = fields.Selection(
        selection=[
            ("design", "Design"),
            ("production", "Production"),
            ("service", "Service Process"),
            ("other", "Other"),
        ],
    )
    solution = fields.Text(
        string="Agreed Solution", help="Measures, expected effect and follow-up."
    )
    resolution = fields.Text(string="Result", copy=False)
    reopen_count = fields.Integer(string="Reopened", readonly=True, copy=False)
    is_resolved = fields.Boolean(
        compute="_compute_outcome", store=True, precompute=True
    )
    is_respond_on_time = fields.Boolean(
        string="Responded on Time",
        compute="_compute_outcome",
        store=True,
        precompute=True,
    )
    is_resolved_on_time = fields.Boolean(
        string="Solved on Time", compute="_compute_outcome", store=True, precompute=True
    )
    timing = fields.Selection(
        selection=[
            ("open", "In Time"),
            ("respond_late", "Answer Overdue"),
            ("late", "Solution Overdue"),
            ("done", "Settled"),
        ],
        compute="_compute_timing",
    )
    confirming_count = fields.Integer(
        string="Confirming Callbacks", compute="_compute_confirming_count"
    )

    _open_idx = models.Index(
        "(department_id, resolve_by) WHERE state IN"
        " ('new', 'acknowledged', 'investigating', 'agreed', 'resolved')"
    )
    _registered_idx = models.Index("(company_id, registered_at)")
    _resolved_idx = models.Index("(company_id, resolved_at)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("category_id")
    def _compute_route(self):
        for issue in self:
            # whoever registers an issue need not have access to the routes
            category = issue.category_id.sudo()
            issue.department_id = category.department_id
            issue.owner_id = category._get_owner() if category else False

    @api.depends("category_id")
    def _compute_co_department_ids(self):
        for issue in self:
            # whoever registers an issue need not have access to the routes
            issue.co_department_ids = issue.category_id.sudo().co_department_ids

    @api.depends("resolve_by", "company_id")
    def _compute_days_left(self):
        for issue in self:
            by, company = issue.resolve_by, issue.company_id
            is_dated = by and company
            issue.days_left = (
                is_dated and (company._revisit_day(by) - company._revisit_today()).days
            )

    @api.depends("category_id", "severity", "resolve_by")
    def _compute_deadline_error(self):
        for issue in self:
            # who works on the issue may read the message, but not the routes behind it
            category = issue.category_id.sudo()
            is_routed = category and issue.severity and not issue.resolve_by
            deadline = is_routed and category._get_deadline(issue.severity)
            issue.deadline_error = deadline._get_clock_error() if deadline else False

    @api.depends("owner_id", "company_id")
    def _compute_resp_employee_id(self):
        """Follow the owner until it is settled for whom the issue counts."""
        pairs = {(issue.owner_id.id, issue.company_id.id) for issue in self}
        employees = self.env["revisit.callback"]._get_employees(pairs)
        for issue in self:
            if issue.resp_employee_id and issue._is_settled():
                # a later owner changes nothing
                issue.resp_employee_id = issue.resp_employee_id
                continue
            key = (issue.owner_id.id, issue.company_id.id)
            issue.resp_employee_id = employees.get(key, False)

    def _is_settled(self):
        """Return whether a good or bad verdict counts already, for whoever owned it.

        That is when it was solved, even if the customer did not agree; when the time
        for the solution has passed; and when the answer was late, or is.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        return bool(
            self.resolved_at
            or self.reopen_count
            or (self.resolve_by and self.resolve_by < now)
            or (self.respond_by and self.respond_by < (self.acknowledged_at or now))
        )

    @api.depends("state")
    def _compute_is_open(self):
        for issue in self:
            issue.is_open = issue.state in OPEN_STATES

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "in" if True in value else "not in", OPEN_STATES)

    @api.depends("state", "acknowledged_at", "resolved_at", "respond_by", "resolve_by")
    def _compute_outcome(self):
        for issue in self:
            issue.is_resolved = issue.state in RESOLVED_STATES
            issue.is_respond_on_time = bool(
                issue.acknowledged_at
                and (not issue.respond_by or issue.acknowledged_at <= issue.respond_by)
            )
            issue.is_resolved_on_time = bool(
                issue.is_resolved
                and issue.resolved_at
                and (not issue.resolve_by or issue.resolved_at <= issue.resolve_by)
            )

    @api.depends("state", "acknowledged_at", "respond_by", "resolve_by")
    def _compute_timing(self):
        now = fields.Datetime.now()
        for issue in self:
            if issue.is_resolved or issue.state == "cancelled":
                issue.timing = "done"
            elif issue.resolve_by and issue.resolve_by < now:
                issue.timing = "late"
            elif (
                not issue.acknowledged_at
                and issue.respond_by
                and issue.respond_by < now
            ):
                issue.timing = "respond_late"
            else:
                issue.timing = "open"

    def _compute_confirming_count(self):
        counts = dict(
            self.env["revisit.callback"]._read_group(
                self._get_confirming_domain(), ["source_id"], ["__count"]
            )
        )
        for issue in self:
            issue.confirming_count = counts.get(issue.id, 0)

    @api.model
    def _group_expand_state(self, states, domain):
        return list(OPEN_STATES) + [s for s in states if s not in OPEN_STATES]

    # ------------------------------------------------------------
    # ONCHANGE METHODS
    # ------------------------------------------------------------

    @api.onchange("callback_id")
    def _onchange_callback_id(self):
        if self.callback_id:
            self.intake = "callback"

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("owner_id")
    def _check_entitled(self):
        for issue in self.filtered("owner_id"):
            issue.owner_id._revisit_check_company(issue)
            if not issue.owner_id._revisit_may_own_issues():
                raise ValidationError(
                    self.env._(
                        "%(issue)s cannot be given to %(user)s, who is no colleague"
                        " with the role Agent and could not see it. Choose one who is.",
                        issue=issue.name,
                        user=issue.owner_id.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("callback_id") and not vals.get("intake"):
                vals["intake"] = "callback"
        issues = super().create(vals_list)
        self.env["revisit.planner"]._poke()
        return issues

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        """Keep what somebody has worked on, or was late with: scores count it."""
        now = fields.Datetime.now()
        for issue in self:
            is_late = any(
                moment and moment <= now
                for moment in (issue.respond_by, issue.resolve_by)
            )
            if issue.state != "new" or is_late:
                raise UserError(
                    self.env._(
                        "%(issue)s has been worked on, or its time has run out: it"
                        " stays. Close it, and say in its solution why it was none.",
                        issue=issue.name,
                    )
                )
        if following := self._get_following():
            raise UserError(
                self.env._(
                    "%(callback)s was planned for this issue. Cancel the issue with a"
                    " reason, which stays on the callback.",
                    callback=following[0].display_name,
                )
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_acknowledge(self):
        """Record that the owner has answered, which ends the time for an answer."""
        self._check_may_work()
        new = self.filtered(lambda issue: issue.state == "new")
        new._step({"state": "acknowledged", "acknowledged_at": fields.Datetime.now()})
        for issue in new.filtered(lambda issue: not issue.owner_id):
            issue.owner_id = self.env.user
        return True

    def action_investigate(self):
        self._check_state(("new", "acknowledged"))
        self.action_acknowledge()
        self._step({"state": "investigating"})
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_state(self, states):
        wrong = self.filtered(lambda issue: issue.state not in states)
        if wrong:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(issue)s is in the state %(state)s, which does not allow this"
                    " step.",
                    issue=wrong[0].name,
                    state=labels[wrong[0].state],
                )
            )
