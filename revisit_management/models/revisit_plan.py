# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import windows


class RevisitPlan(models.Model):
    """The callbacks that one unit sets out to make in a month or quarter (B9)."""

    _name = "revisit.plan"
    _description = "Callback Plan"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

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
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(day=1),
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: (
            fields.Date.context_today(self) + relativedelta(months=1, day=1, days=-1)
        ),
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("approved", "Approved"),
            ("closed", "Closed"),
        ],
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
    )
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="restrict"
    )
    note = fields.Text(string="Purpose")
    callback_ids = fields.One2many(
        comodel_name="revisit.callback", inverse_name="plan_id"
    )
    callback_count = fields.Integer(string="Callbacks", compute="_compute_progress")
    done_count = fields.Integer(string="Made", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress")

    _dates_ordered = models.Constraint(
        "CHECK(date_from <= date_to)", "A plan must end after it begins."
    )

    @api.depends("team_id", "date_from")
    def _compute_name(self):
        for plan in self:
            month = plan.date_from and plan.date_from.strftime("%Y-%m")
            plan.name = f"{plan.team_id.name or ''} {month or ''}".strip() or "-"

    def _compute_progress(self):
        rows = self.env["revisit.callback"]._read_group(
            [("plan_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["plan_id"],
            ["__count", "done_at:count"],
        )
        counts = {plan: (total, done) for plan, total, done in rows}
        for plan in self:
            total, done = counts.get(plan, (0, 0))
            plan.callback_count, plan.done_count = total, done
            plan.progress = 100.0 * done / total if total else 0.0

    @api.constrains("team_id", "date_from", "date_to")
    def _check_overlap(self):
        for plan in self:
            overlap = self.search(
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

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_fill(self):
        """Take in the unit's open callbacks whose window begins in the period."""
        for plan in self:
            if plan.state != "draft":
                raise UserError(
                    self.env._(
                        "%(plan)s is approved: its callbacks are fixed.", plan=plan.name
                    )
                )
            tz = plan.company_id._revisit_tz()
            self.env["revisit.callback"].search(
                [
                    ("team_id", "=", plan.team_id.id),
                    ("plan_id", "=", False),
                    ("is_open", "=", True),
                    ("window_start", ">=", windows.day_start(plan.date_from, tz)),
                    (
                        "window_start",
                        "<",
                        windows.day_start(plan.date_to + timedelta(days=1), tz),
                    ),
                ]
            ).plan_id = plan
        return True

    def action_approve(self):
        for plan in self:
            if plan.state != "draft":
                raise UserError(
                    self.env._("%(plan)s has been approved already.", plan=plan.name)
                )
            if not plan.callback_count:
                raise UserError(
                    self.env._(
                        "%(plan)s is empty: take in the unit's callbacks first.",
                        plan=plan.name,
                    )
                )
        self.write({"state": "approved", "approved_by_id": self.env.uid})
        return True

    def action_close(self):
        self.write({"state": "closed"})
        return True

    def action_open_callbacks(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        return {**action, "domain": [("plan_id", "=", self.id)], "context": {}}
