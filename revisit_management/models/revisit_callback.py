# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..tools import windows
from ..tools.fields import OptionalFloat, OptionalInteger
from .revisit_policy import CHANNELS, KINDS, LEVELS
from .revisit_trigger import SERVICE_STEPS

OPEN_STATES = ("planned", "assigned", "in_progress")
DONE_STATES = ("done", "reviewed")
# what the planner puts into the context: an object that no request can send
PLANNING = object()
MEASURES = ("satisfaction", "quality", "attitude", "efficiency")
SNAPSHOTS = (
    "resp_user_id",
    "resp_employee_id",
    "resp_department_id",
    "resp_team_id",
    "resp_dealer_id",
)
# what only managers may move by hand
WINDOW = {"event_at", "window_start", "window_end", "policy_id"}
# whom it is for and why: moving these would move it past rules and rates
IDENTITY = {
    "active",
    "company_id",
    "dealer_id",
    "kind",
    "level",
    "partner_id",
    "rulebook_id",
    "service_step",
}
# how it is made, about what and by which unit: a supervisor's decision
ASSIGNMENT = {"channel", "product_id", "team_id", "script_id", "plan_id"}
ANSWERS = {
    *MEASURES,
    "nps",
    "feedback",
    "customer_confirmed",
    "signature",
    "signature_refused",
}


class RevisitCallback(models.Model):
    """One contact owed to one customer about one occasion, by one policy.

    Planned by the planner, made by an agent or a dealer, reviewed by a
    supervisor and locked from then on. ``resp_*`` say whom it counts for: they
    follow the assignment until the callback is made or its window ends.
    """

    _name = "revisit.callback"
    _description = "Callback"
    _inherit = [
        "revisit.named.mixin",
        "revisit.locked.mixin",
        "revisit.protected.mixin",
        "revisit.decision.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "window_end, id"
    _rec_names_search = ["partner_id", "source_name"]
    _check_company_auto = True

    # set by actions only: scores rest on them
    _server_owned = {
        *SNAPSHOTS,
        "attempt_count",
        "cancel_note",
        "cancel_reason",
        "commercial_partner_id",
        "contact_id",
        "deadline",
        "decision",
        "done_at",
        "is_late_handover",
        "is_on_time",
        "is_own_customer",
        "last_day",
        "made_by_id",
        "occasion",
        "previous_id",
        "responsible_id",
        "result",
        "review_note",
        "review_verdict",
        "reviewed_at",
        "reviewed_by_id",
        "rulebook_version",
        "source_id",
        "source_model",
        "source_name",
        "state",
    }

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    active = fields.Boolean(default=True)
    # Occasion
    policy_id = fields.Many2one(
        comodel_name="revisit.policy",
        required=True,
        ondelete="restrict",
        check_company=True,
    )
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook",
        ondelete="restrict",
        index="btree_not_null",
    )
    rulebook_version = fields.Integer(readonly=True, aggregator=None)
    source_model = fields.Char(required=True, readonly=True)
    source_id = fields.Many2oneReference(
        model_field="source_model",
        string="Document ID",
        required=True,
        readonly=True,
        aggregator=None,
    )
    source_name = fields.Char(string="Document", readonly=True)
    occasion = fields.Char(required=True, default="", readonly=True)
    event_at = fields.Datetime(string="Event", required=True)
    kind = fields.Selection(selection=KINDS, required=True, default="routine")
    service_step = fields.Selection(
        selection=SERVICE_STEPS, required=True, default="other"
    )
    product_id = fields.Many2one(
        comodel_name="product.product", ondelete="restrict", index="btree_not_null"
    )
    # Customer
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        ondelete="restrict",
        index=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        store=True,
        precompute=True,
        index=True,
        string="Commercial Entity",
    )
    dealer_id = fields.Many2one(
        comodel_name="res.partner",
        ondelete="restrict",
        help="The dealer who sold, delivered or repaired.",
    )
    # Window
    window_start = fields.Datetime(string="Earliest", required=True)
    window_end = fields.Datetime(
        string="End of Window",
        required=True,
        help="The first moment at which the callback is late.",
    )
    deadline = fields.Datetime(
        string="Latest",
        compute="_compute_deadline",
        store=True,
        precompute=True,
        help="The last moment at which the callback is on time.",
    )
    last_day = fields.Date(
        compute="_compute_last_day",
        store=True,
        precompute=True,
        help="The last day of the window, in the company's time zone.",
    )
    # Who and how
    level = fields.Selection(selection=LEVELS, required=True, default="hq")
    channel = fields.Selection(
        selection=CHANNELS, required=True, default="phone", tracking=True
    )
    contact_id = fields.Many2one(
        comodel_name="revisit.callback",
        string="Combined Into",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The callback that leads the contact in which this one is made too.",
    )
    previous_id = fields.Many2one(
        comodel_name="revisit.callback",
        string="Previous Callback",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        # its mere name would tell dealers that headquarters has called (L1)
        groups="revisit_management.group_agent",
    )
    decision = fields.Json(
        readonly=True,
        copy=False,
        help="Why the planner decided as it did, e.g. how a sample was drawn.",
    )
    is_late_handover = fields.Boolean(
        string="Handed Over Late",
        readonly=True,
        copy=False,
        help="The planned event became known only after the window had opened.",
    )
    is_own_customer = fields.Boolean(
        string="Own Customer",
        readonly=True,
        copy=False,
        help="A supervisor gave the verification to the person whose work it verifies.",
    )
    plan_id = fields.Many2one(
        comodel_name="revisit.plan", ondelete="set null", index="btree_not_null"
    )
    team_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Unit",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Agent",
        ondelete="restrict",
        tracking=True,
        index="btree_not_null",
        domain=lambda self: self._get_agent_domain(),
    )
    responsible_id = fields.Many2one(
        comodel_name="res.users",
        string="Salesperson or Technician",
        readonly=True,
        ondelete="restrict",
        help="Who sold, delivered or repaired, taken from the document.",
    )
    script_id = fields.Many2one(comodel_name="revisit.script", ondelete="restrict")
    script_opening = fields.Text(related="script_id.opening")
    script_body = fields.Html(related="script_id.body")
    script_closing = fields.Text(related="script_id.closing")
    script_duration = fields.Integer(related="script_id.duration", aggregator=None)
    # Whom it counts for
    resp_user_id = fields.Many2one(
        comodel_name="res.users", string="Counts for User", ondelete="restrict"
    )
    resp_employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Counts for Employee",
        ondelete="restrict",
        groups="hr.group_hr_user,revisit_management.group_supervisor",
    )
    resp_department_id = fields.Many2one(
        comodel_name="hr.department",
        string="Counts for Department",
        ondelete="restrict",
    )
    resp_team_id = fields.Many2one(
        comodel_name="revisit.team", string="Counts for Unit", ondelete="restrict"
    )
    resp_dealer_id = fields.Many2one(
        comodel_name="res.partner", string="Counts for Dealer", ondelete="restrict"
    )
    made_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict"
    )
    # Result
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("assigned", "Assigned"),
            ("in_progress", "In Progress"),
            ("done", "Done"),
            ("reviewed", "Reviewed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="planned",
        readonly=True,
        tracking=True,
        group_expand="_group_expand_state",
    )
    is_open = fields.Boolean(compute="_compute_is_open", search="_search_is_open")
    result = fields.Selection(
        selection=[
            ("reached", "Customer Reached"),
            ("not_reached", "Customer Not Reached"),
            ("refused", "Customer Refused"),
        ],
        readonly=True,
        copy=False,
    )
    cancel_reason = fields.Selection(
        selection=[
            ("source", "The document no longer asks for it"),
            ("person", "Cancelled by a person"),
        ],
        readonly=True,
    )
    done_at = fields.Datetime(string="Made", readonly=True, copy=False)
    is_on_time = fields.Boolean(
        string="On Time", compute="_compute_is_on_time", store=True, precompute=True
    )
    # no tracking: it would show an empty answer as 0.00; the traces keep both apart
    satisfaction = OptionalFloat(digits=(5, 2), aggregator="avg", copy=False)
    quality = OptionalFloat(
        string="Product Quality", digits=(5, 2), aggregator="avg", copy=False
    )
    attitude = OptionalFloat(
        string="Service Attitude", digits=(5, 2), aggregator="avg", copy=False
    )
    efficiency = OptionalFloat(
        string="Service Efficiency", digits=(5, 2), aggregator="avg", copy=False
    )
    nps = OptionalInteger(string="Recommendation (0-10)", aggregator="avg", copy=False)
    feedback = fields.Text(copy=False, help="What the customer said.")
    customer_confirmed = fields.Selection(
        selection=[("yes", "Solved"), ("no", "Not Solved")],
        string="Customer's Verdict",
        copy=False,
        help="Whether the customer agrees that the issue is solved.",
    )
    signature = fields.Binary(copy=False, attachment=True)
    signature_refused = fields.Boolean(
        string="Refused to Sign",
        copy=False,
        help="The customer was asked to sign and refused; say why in the feedback.",
    )
    review_verdict = fields.Selection(
        selection=[("passed", "Passed"), ("failed", "Failed")],
        readonly=True,
        copy=False,
    )
    review_note = fields.Text(readonly=True, copy=False)
    reviewed_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    reviewed_at = fields.Datetime(readonly=True, copy=False)
    # Linked records
    may_assign = fields.Boolean(compute="_compute_may_assign")
    attempt_ids = fields.One2many(
        comodel_name="revisit.attempt", inverse_name="callback_id"
    )
    attempt_count = fields.Integer(
        string="Attempts",
        compute="_compute_attempt_count",
        store=True,
        aggregator="sum",
    )
    next_attempt_at = fields.Datetime(
        string="Call Again", copy=False, help="When the customer asked to be called."
    )
    issue_ids = fields.One2many(
        comodel_name="revisit.issue", inverse_name="callback_id"
    )
    issue_count = fields.Integer(compute="_compute_issue_count")

    _occasion_unique = models.UniqueIndex(
        "(policy_id, source_model, source_id, occasion)",
        "This policy has planned a callback for this occasion already.",
    )
    _agent_queue_idx = models.Index(
        "(user_id, window_end, id) WHERE contact_id IS NULL"
        " AND state IN ('planned', 'assigned', 'in_progress')"
    )
    _team_queue_idx = models.Index(
        "(team_id, window_end, id) WHERE contact_id IS NULL"
        " AND state IN ('planned', 'assigned', 'in_progress')"
    )
    _dealer_queue_idx = models.Index("(dealer_id, window_end, id)")
    # what still follows its document: few of many, once most have been made
    _untouched_idx = models.Index(
        "(policy_id, event_at) WHERE attempt_count = 0 AND ("
        "state IN ('planned', 'assigned')"
        " OR (state = 'cancelled' AND cancel_reason = 'source'))"
    )
    _source_idx = models.Index("(source_model, source_id)")
    _due_idx = models.Index("(company_id, window_end)")
    _window_ordered = models.Constraint(
        "CHECK(window_start < window_end)",
        "A callback's window must end after it begins.",
    )
    _measures_bounded = models.Constraint(
        "CHECK(satisfaction BETWEEN 0 AND 100 AND quality BETWEEN 0 AND 100"
        " AND attitude BETWEEN 0 AND 100 AND efficiency BETWEEN 0 AND 100)",
        "Measures run from 0 to 100. Leave a measure empty if it was not asked.",
    )
    _nps_bounded = models.Constraint(
        "CHECK(nps BETWEEN 0 AND 10)",
        "The recommendation runs from 0 to 10. Leave it empty if it was not asked.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id", "policy_id")
    def _compute_display_name(self):
        hidden = self._get_unreadable()
        hidden._hide_names()
        for callback in self - hidden:
            callback.display_name = self.env._(
                "%(customer)s · %(policy)s",
                policy=callback.sudo().policy_id.name or "",
                customer=callback.sudo().partner_id.display_name or "",
            )

    @api.depends("state")
    def _compute_is_open(self):
        for callback in self:
            callback.is_open = callback.state in OPEN_STATES

    @api.depends_context("uid")
    def _compute_may_assign(self):
        self.may_assign = self.env.user.has_group("revisit_management.group_supervisor")

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "in" if True in value else "not in", OPEN_STATES)

    @api.depends("window_end")
    def _compute_deadline(self):
        for callback in self:
            end = callback.window_end
            callback.deadline = end and end - timedelta(seconds=1)

    @api.depends("window_end", "company_id")
    def _compute_last_day(self):
        for callback in self:
            end = callback.window_end
            callback.last_day = end and windows.local_date(
                end - timedelta(seconds=1), callback.company_id.sudo()._revisit_tz()
            )

    @api.depends("done_at", "window_start", "window_end")
    def _compute_is_on_time(self):
        for callback in self:
            callback.is_on_time = bool(
                callback.done_at
                and callback.window_start <= callback.done_at < callback.window_end
            )

    @api.depends("attempt_ids")
    def _compute_attempt_count(self):
        for callback in self:
            callback.attempt_count = len(callback.attempt_ids)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_issue_count(self):
        counts = dict(
            self.env["revisit.issue"]._read_group(
                [("callback_id", "in", self.ids)], ["callback_id"], ["__count"]
            )
        )
        for callback in self:
            callback.issue_count = counts.get(callback, 0)

    @api.model
    def _group_expand_state(self, states, domain):
        """Show the columns of open work even when they are empty.

        Planned callbacks are nobody's yet: their column is no part of "mine".
        """
        # anybody may send it: it only folds columns of a board
        shown = OPEN_STATES[1:] if self.env.context.get("revisit_mine") else OPEN_STATES
        return [*shown, *(state for state in states if state not in shown)]

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains(*MEASURES, "nps")
    def _check_measures(self):
        limits = {**dict.fromkeys(MEASURES, 100), "nps": 10}
        for callback in self:
            for name, limit in limits.items():
                value = callback[name]
                if value is not False and not 0 <= value <= limit:
                    raise ValidationError(
                        self.env._(
                            "%(measure)s is %(value)s: give a number from 0 to"
                            " %(limit)s, or leave it empty if it was not asked.",
                            measure=self._fields[name]._description_string(self.env),
                            value=value,
                            limit=limit,
                        )
                    )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def _prepare_create_values(self, vals_list):
        for vals in vals_list:
            if vals.get("source_model"):
                continue
            # planned by hand: the occasion is the customer
            vals["source_model"] = "res.partner"
            vals["source_id"] = vals.get("partner_id")
            vals["occasion"] = f"manual:{uuid4().hex}"
        without_snapshot = [v for v in vals_list if "resp_team_id" not in v]
        if without_snapshot:
            self._fill_snapshots(without_snapshot)
        return super()._prepare_create_values(vals_list)

    @api.model
    def _get_agent_domain(self):
        """Return the domain, as text for views, of who may be given a callback."""
        agents = self.env["ir.model.data"]._xmlid_to_res_id(
            "revisit_management.group_agent"
        )
        dealers = self.env["ir.model.data"]._xmlid_to_res_id(
            "revisit_management.group_portal_dealer"
        )
        return (
            f"['|', '&', ('share', '=', False), ('all_group_ids', 'in', [{agents}]),"
            f" '&', ('all_group_ids', 'in', [{dealers}]),"
            " ('commercial_partner_id', '=', level == 'dealer' and dealer_id)]"
        )

    @api.model
    def _get_undefaulted(self):
        # an answer is what a customer said, never what somebody preset
        return super()._get_undefaulted() | ANSWERS

    def _get_protected(self, vals):
        protected, names = super()._get_protected(vals), set(vals)
        if not self:
            return protected
        is_made = any(callback.state in DONE_STATES for callback in self)
        if is_made:
            # the score counts what was talked about, and by whom
            protected |= names & {"product_id", "user_id"}
        if not self.env.user.has_group("revisit_management.group_manager"):
            protected |= names & (WINDOW | IDENTITY)
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            protected |= names & ASSIGNMENT
            if "user_id" in vals and not self._is_taking(vals["user_id"]):
                protected |= {"user_id"}
            if is_made:
                protected |= names & ANSWERS
        return protected

    def write(self, vals):
        assignment = {"user_id", "team_id", "dealer_id"} & set(vals)
        if not assignment or set(SNAPSHOTS) & set(vals):
            return super().write(vals)
        result = super().write(vals)
        if "user_id" in vals:
            self._follow_assignment(vals["user_id"])
        self._refresh_snapshots()
        return result

    def _is_taking(self, user_id):
        """Return whether the user takes callbacks that are nobody's else."""
        return user_id == self.env.uid and not (self.user_id - self.env.user)

    def _follow_assignment(self, user_id):
        """Keep planned and assigned in step with whether there is an agent."""
        before, after = ("planned", "assigned") if user_id else ("assigned", "planned")
        moved = self.filtered(lambda callback: callback.state == before)
        if moved:
            moved.sudo().write({"state": after})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_made(self):
        made = self.filtered(lambda callback: callback.state in DONE_STATES)
        if made:
            raise UserError(
                self.env._(
                    "%(callback)s was made and counts in scores, so it stays."
                    " Archive it if it should no longer be listed.",
                    callback=made[0].display_name,
                )
            )

    def _locked(self):
        """Reviewed callbacks are locked: scores rest on them."""
        return super()._locked() | self.filtered(lambda c: c.state == "reviewed")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _callbacks_planned(self):
        """Hook: called in batches with callbacks that the planner has inserted."""

    @api.model
    def _get_source_action(self, model, res_id):
        """Return the action that opens a document, or say why it cannot."""
        if model not in self.env or not self.env[model].browse(res_id).exists():
            raise UserError(
                self.env._(
                    "The document is gone: it was deleted, or its app was uninstalled."
                )
            )
        document = self.env[model].browse(res_id)
        if not document.has_access("read"):
            raise AccessError(
                self.env._(
                    "Your role may not open this document: %(kind)s. Ask your"
                    " supervisor, if you need to look into it.",
                    kind=self.env["ir.model"].sudo()._get(model).name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.model
    def _count_by_source(self, sources):
        """Return {document id: number of its callbacks} for documents of one model."""
        return dict(
            self._read_group(
                [
                    ("source_model", "=", sources._name),
                    ("source_id", "in", sources.ids),
                ],
                ["source_id"],
                ["__count"],
            )
        )

    @api.model
    def _get_source_callbacks_action(self, sources):
        """Return the action that lists the callbacks of documents."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        domain = [
            ("source_model", "=", sources._name),
            ("source_id", "in", sources.ids),
        ]
        return {**action, "domain": domain, "context": {}}
