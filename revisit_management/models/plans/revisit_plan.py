# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import periods, windows

# fields on which its callbacks and its approval depend
FIXED = {"company_id", "team_id", "with_children", "period", "date_from", "date_to"}


# a plan has one of these periods, or its own dates
PLANNED = ("month", "quarter")


class RevisitPlan(models.Model):
    """The callbacks that one unit intends to make in a month or quarter.

    ============  ==========================================================
    submit        who may write the plan: supervisors of the unit, managers
    reset         the same, before the approval, with a reason
    approve       the unit's manager or one above, unless they submitted it;
                  callback managers always
    close         who may approve
    ============  ==========================================================

    Only internal users work on plans.
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
        default=lambda self: periods.bounds(self._get_today(), "month")[0],
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: periods.bounds(self._get_today(), "month")[1],
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
    # if two users plan the same month at once, the check below sees neither plan
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
                days = periods.label(plan.date_from, plan.date_to)
            plan.name = f"{plan.team_id.name or ''} {days}".strip() or "-"

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_progress(self):
        """Count the callbacks that the user may see by timing, in one grouped read."""
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

    # ------------------------------------------------------------
    # ONCHANGE METHODS
    # ------------------------------------------------------------

    @api.onchange("period", "date_from")
    def _onchange_period(self):
        if self.period in PLANNED and self.date_from:
            self.date_from, self.date_to = periods.bounds(self.date_from, self.period)

    @api.onchange("team_id")
    def _onchange_team_id(self):
        if self.team_id.plan_period in PLANNED:
            self.period = self.team_id.plan_period

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("team_id", "date_from", "date_to")
    def _check_overlap(self):
        for plan in self:
            # plans that the user may not see count, too
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
            first, last = periods.bounds(plan.date_from, plan.period)
            if (plan.date_from, plan.date_to) != (first, last):
                raise ValidationError(
                    self.env._(
                        "A plan of this period runs from %(first)s to %(last)s. Choose"
                        " these dates, or the period of your own dates.",
                        first=first,
                        last=last,
                    )
                )

    @api.constrains("owner_id", "team_id")
    def _check_entitled(self):
        for plan in self.filtered("owner_id"):
            plan.owner_id._revisit_check_right(plan.name)
            plan.owner_id._revisit_check_company(plan)
            if not plan.owner_id._revisit_may_make("hq", self.env["res.partner"]):
                raise ValidationError(
                    self.env._(
                        "%(plan)s cannot be given to %(user)s, who is no colleague."
                        " Choose a colleague.",
                        plan=plan.name,
                        user=plan.owner_id.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if "period" not in vals and vals.get("date_from") and vals.get("date_to"):
                vals["period"] = periods.recognise(
                    fields.Date.to_date(vals["date_from"]),
                    fields.Date.to_date(vals["date_to"]),
                    known=PLANNED,
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
        """Add the unit's open callbacks whose window begins in the period.

        Nothing that is due is missed: the planner is also triggered to look for
        occasions, and the next call adds what it finds.
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
                # reloads the form with its present values
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_open_callbacks(self):
        """Open the plan's callbacks; context ``not_made``: only those not made yet."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        domain = [("plan_id", "=", self.id)]
        if self.env.context.get("not_made"):
            domain.append(("is_open", "=", True))
        return {**action, "domain": domain, "context": {}}

    def action_ask_customers(self):
        """Ask by e-mail all customers whose time is planned but not agreed yet."""
        self.ensure_one()
        self.check_access("write")
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
                    count=len(callbacks._get_asked_once()),
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
        """Add callbacks in one statement; return their number."""
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
        """Return the domain of the period's open callbacks that are in no plan yet."""
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

    @api.model
    def _get_today(self):
        """Return the current date in the company's time zone."""
        return self.env.company._revisit_today()
