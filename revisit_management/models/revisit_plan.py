# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import plan_period, windows
from ..tools.values import NOTE_SIZE

# what its callbacks and its approval rest on
FIXED = {"company_id", "team_id", "with_children", "period", "date_from", "date_to"}
ADJUSTABLE_STATES = ("draft", "submitted")
# names that the chatter lists at the end
CLOSING_LIMIT = 100


class RevisitPlan(models.Model):
    """The callbacks that one unit sets out to make in a month or quarter (B9).

    ============  ==========================================================
    submit        who may write the plan: supervisors of the unit, managers
    reset         the same, before the approval, with a reason
    approve       the unit's manager or one above, unless they submitted it;
                  callback managers always
    close         who may approve
    ============  ==========================================================
    """

    _name = "revisit.plan"
    _description = "Callback Plan"
    _inherit = [
        "revisit.named.mixin",
        "revisit.protected.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    # set by the steps of the plan only
    _server_owned = {
        "approved_at",
        "approved_by_id",
        "closed_at",
        "state",
        "submitted_at",
        "submitted_by_id",
    }

    name = fields.Char(
        compute="_compute_name",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    team_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Unit",
        required=True,
        check_company=True,
        ondelete="restrict",
        index=True,
    )
    with_children = fields.Boolean(
        string="With Units Below",
        help="Take in the callbacks of the units below this one, too.",
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        ondelete="restrict",
        tracking=True,
        help="Who draws the plan up and sees to it that it is carried out.",
    )
    # Period
    period = fields.Selection(
        selection=[
            ("month", "Month"),
            ("quarter", "Quarter"),
            ("free", "Own Dates"),
        ],
        required=True,
        default="month",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: plan_period.bounds(self._get_today(), "month")[0],
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: plan_period.bounds(self._get_today(), "month")[1],
    )
    note = fields.Text(string="Purpose")
    # Approval
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("closed", "Closed"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    submitted_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    submitted_at = fields.Datetime(readonly=True, copy=False)
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    approved_at = fields.Datetime(readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    may_approve = fields.Boolean(compute="_compute_may_approve")
    # Callbacks
    callback_ids = fields.One2many(
        comodel_name="revisit.callback", inverse_name="plan_id"
    )
    progress_ids = fields.One2many(
        comodel_name="revisit.plan.progress",
        inverse_name="plan_id",
        string="Progress per Agent",
    )
    callback_count = fields.Integer(string="Callbacks", compute="_compute_progress")
    done_count = fields.Integer(string="Made", compute="_compute_progress")
    due_count = fields.Integer(
        string="Due", compute="_compute_progress", help="Open, and still in time."
    )
    late_count = fields.Integer(string="Late", compute="_compute_progress")
    cancelled_count = fields.Integer(string="Cancelled", compute="_compute_progress")
    progress = fields.Float(
        compute="_compute_progress", help="Made, of those that were not cancelled."
    )

    _dates_ordered = models.Constraint(
        "CHECK(date_from <= date_to)", "A plan must end after it begins."
    )
    # two people who plan the same month at once: the check below sees neither
    _period_unique = models.UniqueIndex(
        "(team_id, date_from)",
        "This unit has a plan that begins on the same day: continue that one.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("team_id", "date_from", "date_to")
    def _compute_name(self):
        for plan in self:
            days = ""
            if plan.date_from and plan.date_to:
                days = plan_period.label(plan.date_from, plan.date_to)
            plan.name = f"{plan.team_id.name or ''} {days}".strip() or "-"

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_progress(self):
        """Count what the reader may see by its timing, in one grouped read."""
        rows = self.env["revisit.callback"]._read_group(
            [("plan_id", "in", self.ids)], ["plan_id", "timing"], ["__count"]
        )
        counts = {(plan.id, timing): count for plan, timing, count in rows}
        for plan in self:

            def count(*timings, plan_id=plan._origin.id):
                return sum(counts.get((plan_id, timing), 0) for timing in timings)

            plan.done_count = count("on_time", "missed")
            plan.due_count = count("upcoming", "due", "today")
            plan.late_count = count("late")
            plan.cancelled_count = count("cancelled")
            total = plan.done_count + plan.due_count + plan.late_count
            plan.callback_count = total
            plan.progress = 100.0 * plan.done_count / total if total else 0.0

    @api.depends("state", "team_id", "submitted_by_id")
    @api.depends_context("uid")
    def _compute_may_approve(self):
        for plan in self:
            plan.may_approve = plan.state == "submitted" and not (
                plan._get_approval_obstacle()
            )

    # ------------------------------------------------------------
    # CONSTRAINT AND ONCHANGE METHODS
    # ------------------------------------------------------------

    @api.constrains("team_id", "date_from", "date_to")
    def _check_overlap(self):
        for plan in self:
            # a plan that the user may not see takes up the days all the same
            overlap = self.sudo().search(
                [
                    ("id", "!=", plan.id),
                    ("team_id", "=", plan.team_id.id),
                    ("date_from", "<=", plan.date_to),
                    ("date_to", ">=", plan.date_from),
                ],
                limit=1,
            )
            if overlap:
                raise ValidationError(
                    self.env._(
                        "%(plan)s covers some of these days for %(team)s already."
                        " Choose other dates, or extend that plan.",
                        plan=overlap.name,
                        team=plan.team_id.name,
                    )
                )

    @api.constrains("period", "date_from", "date_to")
    def _check_period(self):
        for plan in self.filtered(lambda plan: plan.period != "free"):
            first, last = plan_period.bounds(plan.date_from, plan.period)
            if (plan.date_from, plan.date_to) != (first, last):
                raise ValidationError(
                    self.env._(
                        "A plan of this period runs from %(first)s to %(last)s. Choose"
                        " these dates, or the period of your own dates.",
                        first=first,
                        last=last,
                    )
                )

    @api.onchange("period", "date_from")
    def _onchange_period(self):
        if self.period in plan_period.MONTHS and self.date_from:
            self.date_from, self.date_to = plan_period.bounds(
                self.date_from, self.period
            )

    @api.onchange("team_id")
    def _onchange_team_id(self):
        if self.team_id.plan_period in plan_period.MONTHS:
            self.period = self.team_id.plan_period

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if "period" not in vals and vals.get("date_from") and vals.get("date_to"):
                vals["period"] = plan_period.recognise(
                    fields.Date.to_date(vals["date_from"]),
                    fields.Date.to_date(vals["date_to"]),
                )
        return super().create(vals_list)

    def write(self, vals):
        if set(vals) & FIXED:
            self._check_adjustable()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        self._check_adjustable()

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_fill(self):
        """Take in the unit's open callbacks whose window begins in the period.

        Nothing that is due is missed: the planner is asked to look for occasions
        as well, and what it finds is taken in by the next call.
        """
        self._check_adjustable()
        self.check_access("write")
        count = sum(plan._fill() for plan in self)
        self.env["revisit.planner"]._poke()
        if count:
            message = self.env._("%(count)s callbacks were taken in.", count=count)
        else:
            message = self.env._("No further callback of this period is open.")
        hint = self.env._(
            "New occasions are being looked for now; take them in in a few minutes."
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": f"{message} {hint}",
                "type": "success" if count else "info",
                # shows the form with what it holds now
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_submit(self):
        """Hand drafts in for approval."""
        self._check_state("draft")
        self._check_filled()
        self._step(
            {
                "state": "submitted",
                "submitted_by_id": self.env.uid,
                "submitted_at": fields.Datetime.now(),
            }
        )
        return True

    def action_open_reset(self):
        self.ensure_one()
        self._check_state("submitted")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Back to Draft"),
            "res_model": "revisit.plan.reset",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    def action_reset(self, reason):
        """Give submitted plans back to be drawn up again.

        :param reason: text, kept in the chatter
        """
        self._check_state("submitted")
        reason = self.env["revisit.reader"]._read_text(
            self.env._("Reason"), reason, NOTE_SIZE
        )
        if not reason:
            raise UserError(self.env._("Say what has to be changed in the plan."))
        self._step({"state": "draft", "submitted_by_id": False, "submitted_at": False})
        for plan in self:
            plan.message_post(
                body=self.env._("Back to draft: %(reason)s", reason=reason),
                subtype_xmlid="mail.mt_note",
            )
        return True

    def action_approve(self):
        """Approve submitted plans: from then on their callbacks are fixed."""
        self._check_state("submitted")
        self._check_may_approve()
        self._check_filled()
        self._step(
            {
                "state": "approved",
                "approved_by_id": self.env.uid,
                "approved_at": fields.Datetime.now(),
            }
        )
        return True

    def action_close(self):
        """Close approved plans; the chatter keeps what was not made."""
        self._check_state("approved")
        self._check_may_approve(own=True)
        self._step({"state": "closed", "closed_at": fields.Datetime.now()})
        for plan in self:
            plan.message_post(
                body=plan._get_closing_message(), subtype_xmlid="mail.mt_note"
            )
        return True

    def action_open_callbacks(self):
        """Open the plan's callbacks; context ``not_made`` leaves out the rest."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        domain = [("plan_id", "=", self.id)]
        if self.env.context.get("not_made"):
            domain.append(("is_open", "=", True))
        return {**action, "domain": domain, "context": {}}

    def action_ask_customers(self):
        """Ask by e-mail all customers whose time is planned and not agreed yet."""
        self.ensure_one()
        callbacks = self.callback_ids._filter_askable()
        if not callbacks:
            raise UserError(
                self.env._(
                    "There is nobody to ask: enter planned times from now on first, for"
                    " customers whose e-mail address is known."
                )
            )
        callbacks.action_ask_time()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._(
                    "%(count)s customers were asked to confirm their time.",
                    count=len(callbacks),
                ),
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_export(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/revisit/plan/{self.id}.xlsx",
            "target": "download",
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _fill(self):
        """Take in callbacks by one statement; return how many."""
        self.ensure_one()
        Callback = self.env["revisit.callback"]
        Callback.check_access("write")
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE revisit_callback
                   SET plan_id = %s, write_uid = %s, write_date = %s
                 WHERE id IN %s
             RETURNING id
                """,
                self.id,
                self.env.uid,
                fields.Datetime.now(),
                Callback._search(self._get_fill_domain()).subselect(),
            )
        )
        Callback.invalidate_model(["plan_id", "write_uid", "write_date"])
        self.invalidate_recordset()
        return len(rows)

    def _get_fill_domain(self):
        """Return the open callbacks of the period that belong to no plan yet."""
        tz = self.company_id._revisit_tz()
        operator = "child_of" if self.with_children else "="
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("team_id", operator, self.team_id.id)
            & Domain("plan_id", "=", False)
            & Domain("is_open", "=", True)
            & Domain("window_start", ">=", windows.day_start(self.date_from, tz))
            & Domain(
                "window_start",
                "<",
                windows.day_start(self.date_to + timedelta(days=1), tz),
            )
        )

    def _check_state(self, state):
        """Raise unless all plans are in ``state``, saying where they are."""
        for plan in self.filtered(lambda plan: plan.state != state):
            messages = {
                "draft": self.env._(
                    "%(plan)s is still a draft: submit it first.", plan=plan.name
                ),
                "submitted": self.env._(
                    "%(plan)s has been submitted already and waits for its approval.",
                    plan=plan.name,
                ),
                "approved": self.env._(
                    "%(plan)s has been approved already.", plan=plan.name
                ),
                "closed": self.env._(
                    "%(plan)s is closed: nothing of it changes any more.",
                    plan=plan.name,
                ),
            }
            raise UserError(messages[plan.state])

    def _check_adjustable(self):
        fixed = self.filtered(lambda plan: plan.state not in ADJUSTABLE_STATES)
        if fixed:
            raise UserError(
                self.env._(
                    "%(plan)s is approved: its callbacks are fixed. Agents, times and"
                    " channels may still change, and what need not be made can be"
                    " cancelled.",
                    plan=fixed[0].name,
                )
            )

    def _check_filled(self):
        filled = (
            self.env["revisit.callback"]
            .sudo()
            ._read_group(
                [("plan_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["plan_id"],
            )
        )
        empty = self.filtered(lambda plan: plan.id not in {p.id for (p,) in filled})
        if empty:
            raise UserError(
                self.env._(
                    "%(plan)s is empty: take in the unit's callbacks first.",
                    plan=empty[0].name,
                )
            )

    def _check_may_approve(self, own=False):
        for plan in self:
            obstacle = plan._get_approval_obstacle(own)
            if obstacle:
                raise AccessError(obstacle)

    def _get_approval_obstacle(self, own=False):
        """Return why the user may not approve the plan, or False.

        :param own: leave it to who submitted the plan, too
        """
        user = self.env.user
        if user.has_group("revisit_management.group_manager"):
            return False
        is_supervisor = user.has_group("revisit_management.group_supervisor")
        if not is_supervisor or not self.team_id.is_overseen:
            return self.env._(
                "Only the manager of the unit, or a callback manager, approves its"
                " plans. Submit the plan and ask them."
            )
        if self.submitted_by_id == user and not own:
            return self.env._(
                "%(plan)s was submitted by yourself: somebody else approves it.",
                plan=self.name,
            )
        return False

    def _get_closing_message(self):
        """Return what was made and what was not, as text for the chatter."""
        self.ensure_one()
        open_callbacks = self.callback_ids.filtered("is_open")
        lines = [
            self.env._(
                "Closed: %(made)s of %(total)s callbacks were made, %(cancelled)s"
                " were cancelled.",
                made=self.done_count,
                total=self.callback_count,
                cancelled=self.cancelled_count,
            )
        ]
        if open_callbacks:
            names = open_callbacks[:CLOSING_LIMIT].mapped("display_name")
            lines.append(self.env._("Not made: %(names)s.", names="; ".join(names)))
        if len(open_callbacks) > CLOSING_LIMIT:
            lines.append(
                self.env._(
                    "And %(count)s more: see the plan's open callbacks.",
                    count=len(open_callbacks) - CLOSING_LIMIT,
                )
            )
        return " ".join(lines)

    @api.model
    def _get_today(self):
        """Return the date on the company's calendar."""
        tz = self.env.company._revisit_tz()
        return windows.local_date(fields.Datetime.now(), tz)
