# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta
from uuid import uuid4

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import windows
from ...tools.marks import IMPORT, PLANNING
from ...tools.terms import (
    ANSWERS,
    ASSIGNMENT,
    CHANNELS,
    DONE_STATES,
    IDENTITY,
    KINDS,
    LEVELS,
    OPEN_STATES,
    SERVICE_STEPS,
    SNAPSHOTS,
)
from .revisit_redone_mixin import REDONE

# only managers may change these by hand
WINDOW = {"event_at", "window_start", "window_end", "policy_id"}
# what is fixed once it is made, beside the window and whom it is for
MADE = {
    "next_attempt_at",
    "plan_id",
    "planned_at",
    "planned_reason",
    "product_id",
    "team_id",
    "user_id",
}
# context keys with which Odoo itself sends no notifications
SILENT = ("tracking_disable", "mail_auto_subscribe_no_notify")


class RevisitCallback(models.Model):
    """One call (or visit, letter …) owed to a customer: one occasion, one policy.

    Planned by the planner, made by an agent or a dealer, reviewed by a supervisor and
    locked. ``resp_*`` say for whom it counts: as assigned until it is made or late.

    Fields, ``create`` and ``write`` are here; ``responsibility`` has who, ``work`` how,
    ``contact`` what is made together, ``customer`` whom, ``review`` what follows.

    =====================  =======================  ===================================
    action                 who                      what changes
    =====================  =======================  ===================================
    action_take            agents of the unit       agent; planned becomes assigned
    action_log_attempt     who may write it         an attempt more; in progress
    action_done            who may write it, not    answers, result, made, by whom;
                           about their own work     done, with the whole contact
    action_send_           who may write it         the questionnaire is on its way;
    questionnaire                                   what comes back finishes it
    action_ask_supervisor  who may write it         a task of who manages the unit
    action_sign            its maker, supervisors   the signature that is missing
    action_sign_again      supervisors              the signature goes, and is kept
    action_review          supervisors, not of      verdict, guidance; reviewed and
                           their own calls; or a    locked, or back to its maker
                           manager
    action_redone          its maker, supervisors   handed in again for review
    action_correct         supervisors, with a      answers and their figures, while
                           reason                   done or unlocked
    action_unlock          managers, with a reason  back to done; only the unlocked
                                                    parts change
    action_cancel          supervisors; reason if   cancelled; leaves its contact
                           mandatory or late (own: managers)
    action_reopen          supervisors, with a      planned or assigned again, in a
                           reason if time is up     contact of its own
    =====================  =======================  ===================================

    =====================================  ===========================================
    written by hand                        by whom, and until when
    =====================================  ===========================================
    ``_server_owned``                      nobody
    window, policy, customer, level, kind  managers, until it is made
    channel, script                        supervisors
    unit, product, plan                    supervisors, until it is made
    agent                                  supervisors, agents if free; until it is made
    answers                                who makes it; supervisors once it is made;
                                           nobody what the customer has sent
    next callback on                       who makes it; supervisors once it is made
    words, signature, next callback on     its maker, too, while it is to be redone
    planned time, next try                 who makes it, until it is made
    anything                               nobody once it is reviewed
    =====================================  ===========================================
    """

    _name = "revisit.callback"
    _description = "Callback"
    _inherit = [
        "revisit.timed.mixin",
        "revisit.handover.mixin",
        "revisit.evidence.mixin",
        "revisit.answered.mixin",
        "revisit.interview.mixin",
        "revisit.drafted.mixin",
        "revisit.added.mixin",
        "revisit.best.hour.mixin",
        "revisit.queue.mixin",
        "revisit.outcome.mixin",
        "revisit.made.mixin",
        "revisit.parked.mixin",
        "revisit.agreed.time.mixin",
        "revisit.returned.mixin",
        "revisit.addressed.mixin",
        "revisit.mailed.mixin",
        "revisit.source.mixin",
        "revisit.linked.mixin",
        "revisit.helped.mixin",
        "revisit.visited.mixin",
        "revisit.signed.mixin",
        "revisit.redone.mixin",
        "revisit.chained.mixin",
        "revisit.topic.mixin",
        "revisit.taught.mixin",
        "revisit.reported.mixin",
        "revisit.by.hand.mixin",
        "revisit.corrected.mixin",
        "revisit.past.import.mixin",
        "revisit.portal.mixin",
        "revisit.named.mixin",
        "revisit.locked.mixin",
        "revisit.protected.mixin",
        "revisit.decision.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "revisit.traced.mixin",
    ]

    _order = "window_end, id"
    _rec_names_search = ["partner_id", "source_name"]
    _check_company_auto = True

    _server_owned = {
        *SNAPSHOTS,
        "answer_ids",
        "cancel_note",
        "phone_reader_ids",
        "cancel_reason",
        "commercial_partner_id",
        "coverage",
        "deadline",
        "decision",
        "last_day",
        "occasion",
        "previous_id",
        "roles_asked",
        "roles_reached",
        "rulebook_version",
        "source_id",
        "source_model",
        "source_name",
        "state",
        "subjects",
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
        comodel_name="product.product",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
    )
    # Customer
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
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
        check_company=True,
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
    previous_id = fields.Many2one(
        comodel_name="revisit.callback",
        string="Previous Callback",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        # its mere name would show dealers that headquarters has called
        groups="revisit_management.group_agent",
    )
    decision = fields.Json(
        readonly=True,
        copy=False,
        groups="revisit_management.group_agent",
        help="Why the planner decided as it did, e.g. how a sample was drawn.",
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
    script_id = fields.Many2one(comodel_name="revisit.script", ondelete="restrict")
    script_opening = fields.Text(related="script_id.opening")
    script_body = fields.Html(related="script_id.body")
    script_closing = fields.Text(related="script_id.closing")
    script_duration = fields.Integer(related="script_id.duration", aggregator=None)
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
    cancel_reason = fields.Selection(
        selection=[
            ("source", "The document no longer asks for it"),
            ("person", "Cancelled by a person"),
        ],
        readonly=True,
    )

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
    _to_redo_idx = models.Index("(dealer_id) WHERE review_verdict = 'redo'")
    _to_sign_idx = models.Index("(dealer_id, window_end) WHERE sign_reason IS NOT NULL")
    # callbacks that still follow their document: a small part of the table
    _untouched_idx = models.Index(
        "(policy_id, event_at) WHERE attempt_count = 0 AND ("
        "state IN ('planned', 'assigned')"
        " OR (state = 'cancelled' AND cancel_reason = 'source'))"
    )
    _source_idx = models.Index("(source_model, source_id)")
    _made_idx = models.Index("(made_by_id, done_at) WHERE made_by_id IS NOT NULL")
    _due_idx = models.Index("(company_id, window_end)")
    _window_ordered = models.Constraint(
        "CHECK(window_start < window_end)",
        "A callback's window must end after it begins.",
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
                # whoever may read the callback may see these two names
                policy=callback.sudo().policy_id.name or "",
                customer=callback.sudo().partner_id.display_name or "",
            )

    @api.depends("state")
    def _compute_is_open(self):
        for callback in self:
            callback.is_open = callback.state in OPEN_STATES

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
                # the day is the company's, whoever may read its settings
                end - timedelta(seconds=1),
                callback.company_id.sudo()._revisit_tz(),
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
        self._fill_subjects([v for v in vals_list if "subjects" not in v])
        without_snapshot = [v for v in vals_list if "resp_team_id" not in v]
        if without_snapshot:
            self._fill_snapshots(without_snapshot)
        return super()._prepare_create_values(vals_list)

    @api.model
    def _get_undefaulted(self):
        # an answer is what a customer said, never a default value
        return super()._get_undefaulted() | ANSWERS

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get(IMPORT):
            return self._create_imported(vals_list)
        silent = self.with_context(mail_auto_subscribe_no_notify=True)
        callbacks = super(RevisitCallback, silent).create(vals_list)
        callbacks.with_env(self.env)._check_planned_by_hand()
        for callback, vals in zip(callbacks, vals_list, strict=True):
            if vals.get("planned_at"):
                callback._follow_appointments(vals)
        # the planner checks assignments itself, and does not notify one by one
        if self.env.context.get("revisit_planning") is not PLANNING:
            given = callbacks.sudo().filtered(lambda c: c._is_own_of(c.user_id))
            if given:
                given._override_own_customer()
            if not any(self.env.context.get(key) for key in SILENT):
                callbacks.with_env(self.env)._notify_given()
        return callbacks.with_env(self.env)

    def write(self, vals):
        if "signature" in vals:
            self._check_signature_kept(vals["signature"])
        if "plan_id" in vals:
            self._check_plan_left(vals["plan_id"])
        replanned = self._get_replanned(vals)
        promises = replanned._get_promises()
        own, passed_on = self._check_own_given(vals)
        carried, moving = self._leave_behind(vals)
        result = super().write(vals)
        if "next_attempt_at" in vals:
            self._check_next_try()
        self._correct_answers(vals)
        self._follow_assignment(vals)
        if carried:
            moving._carry_followers(carried)
        if "channel" in vals:
            self._carry_channel(vals["channel"])
        if own:
            own._override_own_customer()
        if passed_on := passed_on.filtered("is_own_customer"):
            passed_on.write({"is_own_customer": False})
        if replanned:
            replanned._forget_agreement()
            self._keep_promises(promises)
        self._follow_appointments(vals)
        return result

    def _get_protected(self, vals):
        protected, names = super()._get_protected(vals), set(vals)
        if not self:
            return protected
        is_made = any(callback.state in DONE_STATES for callback in self)
        if names & ANSWERS and not self._may_answer():
            # nobody answers in a customer's place, or changes what they have sent
            protected |= names & ANSWERS
        if is_made:
            # the score counts what was talked about, by whom, about whom and in time
            protected |= names & (MADE | WINDOW | IDENTITY - {"active"})
            protected |= self._get_protected_own(names)
        if not self.env.user.has_group("revisit_management.group_manager"):
            protected |= names & (WINDOW | IDENTITY)
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            protected |= names & ASSIGNMENT
            if "user_id" in vals and not self._is_taking(vals["user_id"]):
                protected |= {"user_id"}
            if is_made:
                mine = all(callback.may_redo for callback in self)
                free = REDONE if mine else set()
                protected |= names & (ANSWERS | {"next_due_on"}) - free
        return protected

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _callbacks_planned(self):
        """Hook: called in batches with callbacks that the planner has inserted."""

    def init(self):
        # SQL inserts bypass Odoo's default: set it in the column
        self.env.cr.execute(
            SQL("ALTER TABLE revisit_callback ALTER time_state SET DEFAULT 'open'")
        )
