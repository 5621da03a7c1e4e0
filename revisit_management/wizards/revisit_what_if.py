# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_amount, formatLang

from ..tools import periods, windows
from ..tools.fields import OptionalFloat, OptionalInteger
from ..tools.terms import ASSIGNMENTS, CHANNELS, DELAY_UNITS, PERIOD_MONTHS, PERIODS

# fields that can be changed: {field here: field of the policy, rulebook or company}
POLICY_TRIALS = {
    "new_delay_min": "delay_min",
    "new_delay_max": "delay_max",
    "new_delay_unit": "delay_unit",
    "new_period_months": "period_months",
    "new_sample_rate": "sample_rate",
    "new_domain": "domain",
    "new_channel": "channel",
    "new_cap_role": "cap_role",
    "new_assignment": "assignment",
    "new_agent_id": "agent_id",
    "new_team_id": "team_id",
}
RULEBOOK_TRIALS = {
    "new_cap_limit": "cap_limit",
    "new_cap_period": "cap_period",
    "new_merge": "merge_contacts",
    "new_touch_limit": "touch_limit",
}
COMPANY_TRIALS = {"new_budget_limit": "revisit_budget_limit"}
# writing any other field makes the stored result outdated
RESULTS = {"is_computed", "has_changes", "outcome", "line_ids", "total_ids"}
MEASURES = ("calls", "contacts", "left_out", "touches", "hours", "cost")


class RevisitWhatIf(models.TransientModel):
    """Replays policies over a past period, as they are and as changed.

    The changes are written in a savepoint that is always rolled back, so that
    the planner decides exactly as it would after switching them on.
    """

    _name = "revisit.what.if"
    _description = "What If"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook",
        string="Whole Rulebook",
        check_company=True,
        domain="[('state', '=', 'installed')]",
    )
    with_archived = fields.Boolean(
        string="Archived Policies, Too",
        help="Replay the rulebook's policies that are not switched on as well.",
    )
    policy_ids = fields.Many2many(
        comodel_name="revisit.policy",
        string="Policies",
        check_company=True,
        context={"active_test": False},
        help="What is replayed: as if these policies had planned nothing yet, whatever"
        " the day of their activation, archived ones included.",
    )
    # Period
    period = fields.Selection(
        selection=[
            ("month", "Month"),
            ("quarter", "Quarter"),
            ("free", "Own Dates"),
        ],
        required=True,
        default="quarter",
    )
    date_from = fields.Date(string="Events From", required=True)
    date_to = fields.Date(string="Events Until", required=True)
    # Effort
    default_minutes = fields.Integer(
        string="Minutes Without a Script",
        default=5,
        required=True,
        help="How long a contact takes whose policy has no script that says so.",
    )
    hourly_cost = fields.Monetary(string="Cost of an Hour")
    # Trials
    policy_id = fields.Many2one(
        comodel_name="revisit.policy",
        string="Change This Policy",
        check_company=True,
        context={"active_test": False},
        domain="[('id', 'in', policy_ids)]",
    )
    recurrence = fields.Selection(related="policy_id.recurrence")
    model_name = fields.Char(related="policy_id.model_name")
    new_delay_min = OptionalInteger(string="Earliest")
    new_delay_max = OptionalInteger(string="Latest")
    new_delay_unit = fields.Selection(selection=DELAY_UNITS, string="Delay Unit")
    new_period_months = OptionalInteger(string="Every (months)")
    new_sample_rate = OptionalFloat(string="Sample (%)")
    new_domain = fields.Char(string="Extra Condition")
    new_channel = fields.Selection(selection=CHANNELS, string="Channel")
    new_cap_role = fields.Selection(
        selection=lambda self: (
            self.env["revisit.policy"]
            ._fields["cap_role"]
            ._description_selection(self.env)
        ),
        string="Frequency Cap",
    )
    new_assignment = fields.Selection(selection=ASSIGNMENTS, string="Assignment")
    new_agent_id = fields.Many2one(comodel_name="res.users", string="Agent")
    new_team_id = fields.Many2one(
        comodel_name="revisit.team", string="Unit", check_company=True
    )
    new_cap_limit = OptionalInteger(string="Callbacks at Most")
    new_cap_period = fields.Selection(selection=PERIODS, string="per")
    new_merge = fields.Selection(
        selection=[("yes", "Yes"), ("no", "No")], string="Combine Callbacks"
    )
    new_touch_limit = OptionalInteger(string="Touches at Most")
    new_budget_limit = OptionalInteger(
        string="Contact Budget",
        help="How many contacts of all kinds a customer of the company gets within the"
        " days of the settings; 0: no budget.",
    )
    # Result
    is_computed = fields.Boolean(readonly=True)
    has_changes = fields.Boolean(readonly=True)
    outcome = fields.Text(readonly=True)
    total_ids = fields.One2many(
        comodel_name="revisit.what.if.total",
        inverse_name="what_if_id",
        readonly=True,
    )
    line_ids = fields.One2many(
        comodel_name="revisit.what.if.line",
        inverse_name="what_if_id",
        readonly=True,
    )

    _default_minutes_positive = models.Constraint(
        "CHECK(default_minutes > 0)", "A contact takes at least one minute."
    )
    _hourly_cost_positive = models.Constraint(
        "CHECK(hourly_cost >= 0)", "An hour costs nothing or more."
    )

    # ------------------------------------------------------------
    # DEFAULTS AND ONCHANGE METHODS
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        chosen = self.env["revisit.policy"]
        reader = self.env["revisit.reader"]
        active_ids = (
            reader._read_ids(
                reader._get_label(self, "policy_ids"),
                self.env.context.get("active_ids"),
            )
            or []
        )
        if self.env.context.get("active_model") == "revisit.policy":
            chosen = chosen.browse(active_ids).exists()
            values["policy_ids"] = [fields.Command.set(chosen.ids)]
            values["policy_id"] = chosen.id if len(chosen) == 1 else False
        elif self.env.context.get("active_model") == "revisit.rulebook":
            chosen = self.env["revisit.rulebook"].browse(active_ids[:1]).exists()
            values["rulebook_id"] = chosen.id
        if len(chosen.company_id) > 1:
            raise UserError(self.env._("Choose policies of one company at a time."))
        company = chosen.company_id or self.env.company
        first, last = self._get_last_quarter(company)
        values.update(company_id=company.id, date_from=first, date_to=last)
        values["hourly_cost"] = company.revisit_hourly_cost
        return values

    @api.model
    def _get_last_quarter(self, company):
        """Return the first and last day of the company's last full quarter."""
        today = windows.local_date(fields.Datetime.now(), company._revisit_tz())
        first, _last = periods.bounds(today, "quarter")
        return periods.bounds(first - timedelta(days=1), "quarter")

    @api.onchange("rulebook_id", "with_archived")
    def _onchange_rulebook_id(self):
        if self.rulebook_id:
            self.policy_ids = self._get_rulebook_policies()
        for name, target in RULEBOOK_TRIALS.items():
            rulebook = self.rulebook_id
            self[name] = self._to_trial(rulebook, target) if rulebook else False

    @api.onchange("policy_ids")
    def _onchange_policy_ids(self):
        policies = self.policy_ids._origin
        if self.policy_id._origin not in policies:
            self.policy_id = policies if len(policies) == 1 else False

    @api.onchange("policy_id")
    def _onchange_policy_id(self):
        for name, target in POLICY_TRIALS.items():
            policy = self.policy_id
            self[name] = self._to_trial(policy, target) if policy else False

    @api.onchange("company_id")
    def _onchange_company_id(self):
        for name, target in COMPANY_TRIALS.items():
            self[name] = self._to_trial(self.company_id, target)

    @api.onchange("period", "date_from")
    def _onchange_period(self):
        if self.period in PERIOD_MONTHS and self.date_from:
            self.date_from, self.date_to = periods.bounds(self.date_from, self.period)

    @api.onchange(
        "policy_ids",
        "date_from",
        "date_to",
        "default_minutes",
        "hourly_cost",
        *POLICY_TRIALS,
        *RULEBOOK_TRIALS,
        *COMPANY_TRIALS,
    )
    def _onchange_inputs(self):
        self.is_computed = False

    def _get_rulebook_policies(self):
        """Return the rulebook's active policies, or all of them if none is active."""
        policies = self.env["revisit.policy"].with_context(active_test=False)
        policies = policies.search([("rulebook_id", "=", self.rulebook_id._origin.id)])
        if self.with_archived:
            return policies
        return policies.filtered("active") or policies

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for wizard in self:
            if wizard.date_from > wizard.date_to:
                raise ValidationError(
                    self.env._("The first day lies after the last one: exchange them.")
                )

    @api.constrains("new_agent_id", "company_id")
    def _check_new_agent_id(self):
        for wizard in self:
            wizard.new_agent_id._revisit_check_company(wizard)

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.depends("policy_ids", "rulebook_id")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._("What If")

    def write(self, vals):
        if not RESULTS & set(vals):
            # a result is only shown, and activated, with the values that led to it
            vals = {**vals, "is_computed": False}
        return super().write(vals)

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_compute(self):
        """Replay the policies as they are and as changed; only store the figures."""
        self.ensure_one()
        self._check_manager()
        policies = self._get_policies()
        changes = self._get_changes()
        before = self._replay(policies, [])
        after = self._replay(policies, changes) if changes else before
        self.line_ids.unlink()
        self.total_ids.unlink()
        lines = self.line_ids.create(self._prepare_lines(before, after))
        sums = self._sum(lines)
        self.total_ids.create(self._prepare_totals(sums, lines))
        self.write(
            {
                "is_computed": True,
                "has_changes": bool(changes)
                or not all(policy.active for policy in policies),
                "outcome": self._describe(policies, changes, sums, lines),
            }
        )

    def action_open_lines(self):
        """Button: open the figures by month, agent, dealer and policy."""
        self.ensure_one()
        self._check_manager()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_what_if_line_action"
        )
        return {**action, "domain": [("what_if_id", "=", self.id)]}

    def action_switch_on(self):
        """Write the changes that were shown, and activate archived policies.

        The caller's own rights apply. Active policies keep their time of activation, so
        that what has been due since then stays due.
        """
        self.ensure_one()
        self._check_manager()
        if not self.is_computed:
            raise UserError(
                self.env._("Compute with these values first: see what they do.")
            )
        policies = self._get_policies()
        changes = self._get_changes()
        archived = policies.filtered(lambda policy: not policy.active)
        if not (changes or archived):
            raise UserError(
                self.env._("Nothing to switch on: every value is as it is already.")
            )
        for record, vals in changes:
            self._check_may_write(record)
            if record._name == "revisit.policy" and record in archived:
                # all at once, as some changes are only valid together
                vals = {**vals, "active": True}
                archived -= record
            record.write(vals)
        archived.write({"active": True})
        self.is_computed = False
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_policy_action"
        )
        return {
            **action,
            "domain": [("id", "in", policies.ids)],
            "context": {"active_test": False},
        }

    # ------------------------------------------------------------
    # CHECKS
    # ------------------------------------------------------------

    def _check_manager(self):
        if not (
            self.env.su or self.env.user.has_group("revisit_management.group_manager")
        ):
            raise AccessError(
                self.env._("Only callback managers try out changes of policies.")
            )

    def _check_may_write(self, record):
        if record._name == "res.company" and not record.has_access("write"):
            raise UserError(
                self.env._(
                    "The contact budget belongs to the company's settings, which"
                    " only an administrator changes. Ask for it, or leave it as it is."
                )
            )

    def _get_policies(self):
        """Return the policies that are replayed, including archived ones."""
        policies = self.with_context(active_test=False).policy_ids
        if not policies:
            raise UserError(
                self.env._("Choose the policies, or a whole rulebook, to replay.")
            )
        if self.policy_id and self.policy_id not in policies:
            raise UserError(
                self.env._(
                    "%(policy)s is to be changed but not replayed. Add it to the"
                    " policies.",
                    policy=self.policy_id.name,
                )
            )
        for policy in policies:
            if not policy.trigger_id:
                raise UserError(
                    self.env._(
                        "%(policy)s has no trigger, so no past event would have"
                        " started it. Choose the trigger first.",
                        policy=policy.name,
                    )
                )
        if not any(policies.mapped("model_name")):
            raise UserError(
                self.env._(
                    "These policies are started by hand, so there is nothing in the"
                    " past to replay. Choose others."
                )
            )
        return policies

    # ------------------------------------------------------------
    # THE FIGURES
    # ------------------------------------------------------------

    def _sum(self, lines):
        """Return {measure: (before, after)} of all lines."""
        return {
            name: (
                sum(lines.mapped(f"{name}_before")),
                sum(lines.mapped(f"{name}_after")),
            )
            for name in MEASURES
        }

    def _sum_left_out(self, lines):
        """Return {reason: (before, after)}, in the order of the reasons."""
        groups = lines.filtered("reason").grouped("reason")
        return {
            reason: self._sum(groups[reason])["left_out"]
            for reason in self._get_reason_names()
            if reason in groups
        }

    def _get_reason_names(self):
        field = self.env["revisit.planning.skip"]._fields["reason"]
        return dict(field._description_selection(self.env))

    def _prepare_totals(self, sums, lines):
        """Return the rows of the summary, in the user's language."""
        names = {
            "calls": self.env._("Callbacks"),
            "contacts": self.env._("Contacts, after combining"),
            "hours": self.env._("Hours"),
            "cost": self.env._("Cost"),
            "touches": self.env._("Touches"),
        }
        rows = [
            (name, label, *sums[name])
            for name, label in names.items()
            if name != "touches" or any(sums[name])
        ]
        reasons = self._get_reason_names()
        rows += [
            ("left_out", reasons[reason], old, new)
            for reason, (old, new) in self._sum_left_out(lines).items()
        ]
        return [
            {
                "what_if_id": self.id,
                "name": label,
                "before": self._format(name, old),
                "after": self._format(name, new),
                "change": self._format(name, new - old, with_sign=True),
            }
            for name, label, old, new in rows
        ]

    def _format(self, name, number, with_sign=False):
        if name == "cost":
            text = format_amount(self.env, number, self.currency_id)
        else:
            text = formatLang(self.env, number, digits=1 if name == "hours" else 0)
        return f"+{text}" if with_sign and number > 0 else text
