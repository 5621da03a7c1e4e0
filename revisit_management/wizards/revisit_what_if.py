# Part of Revisit. See LICENSE file for full copyright and licensing details.
from contextlib import closing
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_amount, format_date, formatLang

from ..models.revisit_planner import QUIET
from ..models.revisit_policy import ASSIGNMENTS, CHANNELS, DELAY_UNITS
from ..models.revisit_rulebook import PERIODS
from ..tools import plan_period, windows
from ..tools.fields import OptionalFloat, OptionalInteger

# what can be tried: {field here: field of the policy, rulebook or company}
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
# whatever else is written makes the result a thing of the past
RESULTS = {"is_computed", "has_changes", "outcome", "line_ids", "total_ids"}
MEASURES = ("calls", "contacts", "left_out", "touches", "hours", "cost")
# limits hold these back; the other reasons are no question of frequency
HELD_BACK = ("cap", "budget", "touch_quota")
DAYS_PER_MONTH = 365.25 / 12


class RevisitWhatIf(models.TransientModel):
    """Replays policies over a past period, as they are and as changed (B8, L9).

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
        first, _last = plan_period.bounds(today, "quarter")
        return plan_period.bounds(first - timedelta(days=1), "quarter")

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
        if self.period in plan_period.MONTHS and self.date_from:
            self.date_from, self.date_to = plan_period.bounds(
                self.date_from, self.period
            )

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
        """Return what a rulebook has switched on; if that is nothing, all it has."""
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

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.depends("policy_ids", "rulebook_id")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._("What If")

    def write(self, vals):
        if not RESULTS & set(vals):
            # a result is shown, and switched on, only with what led to it
            vals = {**vals, "is_computed": False}
        return super().write(vals)

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_compute(self):
        """Replay the policies as they are and as changed; keep only the figures."""
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
        """Open the figures by month, agent, dealer and policy."""
        self.ensure_one()
        self._check_manager()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_what_if_line_action"
        )
        return {**action, "domain": [("what_if_id", "=", self.id)]}

    def action_switch_on(self):
        """Write the changes that were shown, and switch archived policies on.

        Done with the caller's own rights. What is active already keeps the moment
        of its activation: what is due since then stays due.
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
                # at once: only together they may make sense
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
        """Return what is replayed, archived policies included."""
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
    # THE REPLAY
    # ------------------------------------------------------------

    def _get_range(self):
        """Return the chosen days as ``[from, to)`` in UTC."""
        tz = self.company_id._revisit_tz()
        return (
            windows.day_start(self.date_from, tz),
            windows.day_start(self.date_to + timedelta(days=1), tz),
        )

    def _replay(self, policies, changes):
        """Return what would have been decided after ``changes``; nothing remains.

        :param changes: ``[(record, vals)]``
        :return: list of dicts, see ``_get_details`` of the planner
        """
        with closing(self.env.cr.savepoint()):
            for record, vals in changes:
                if record._name == "res.company":
                    # a figure to try, taken back below: nobody's right to change it
                    record = record.sudo()
                record.with_context(**QUIET).write(vals)
            # what the database itself refuses is refused here
            self.env.flush_all()
            date_from, date_to = policies._check_generate(*self._get_range())
            return self.env["revisit.planner"]._replay(policies, date_from, date_to)

    def _get_changes(self):
        """Return ``[(record, vals)]`` of what differs from the present values."""
        found = [
            (self.company_id, self._get_trials(self.company_id, COMPANY_TRIALS)),
            (self.rulebook_id, self._get_trials(self.rulebook_id, RULEBOOK_TRIALS)),
            (self.policy_id, self._get_trials(self.policy_id, POLICY_TRIALS)),
        ]
        return [(record, vals) for record, vals in found if vals]

    def _get_trials(self, record, trials):
        """Return the values to try on ``record``; what is empty stays as it is."""
        if not record:
            return {}
        given = {
            name: self[name]
            for name in trials
            # an optional number is False while it is empty, and may be 0
            if (self[name] if self._is_choice(name) else self[name] is not False)
        }
        vals = {}
        for name, value in given.items():
            if value != self._to_trial(record, trials[name]):
                vals[trials[name]] = self._to_value(name, value)
        return vals

    def _is_choice(self, name):
        return self._fields[name].type not in ("integer", "float")

    @api.model
    def _to_trial(self, record, target):
        """Return a present value in the form in which it is tried here."""
        value = record[target]
        if target == "merge_contacts":
            return "yes" if value else "no"
        return value

    @api.model
    def _to_value(self, name, value):
        """Return the value that is written for a trial."""
        if name == "new_merge":
            return value == "yes"
        return value.id if isinstance(value, models.BaseModel) else value

    # ------------------------------------------------------------
    # THE FIGURES
    # ------------------------------------------------------------

    def _prepare_lines(self, before, after):
        """Return the values of the lines: both replays side by side."""
        names = ("policy_id", "team_id", "user_id", "dealer_id", "month", "reason")
        merged = {}
        for side, details in (("before", before), ("after", after)):
            for row in details:
                key = tuple(row[name] for name in names)
                merged.setdefault(key, {})[side] = row
        policies = self.env["revisit.policy"].browse({key[0] for key in merged})
        minutes = {p.id: p.script_id.duration or self.default_minutes for p in policies}
        touching = set(policies.filtered(lambda p: p.contact_type == "touch").ids)
        assignees = self._get_assignees({key[1:3] for key in merged})
        vals_list = []
        for key, sides in merged.items():
            vals = dict(zip(names, key, strict=True))
            vals["what_if_id"] = self.id
            vals["currency_id"] = self.currency_id.id
            vals["assignee"] = assignees[key[1:3]]
            figures = {
                side: self._get_figures(
                    sides.get(side), key[0] in touching, minutes[key[0]]
                )
                for side in ("before", "after")
            }
            for name in MEASURES:
                old, new = figures["before"][name], figures["after"][name]
                vals[f"{name}_before"], vals[f"{name}_after"] = old, new
                vals[f"{name}_change"] = new - old
            vals_list.append(vals)
        return vals_list

    def _get_figures(self, row, is_touch, minutes):
        """Return {measure: number} of one row of details, which may be missing."""
        figures = dict.fromkeys(MEASURES, 0)
        if not row:
            return figures
        if row["reason"]:
            figures["left_out"] = row["callbacks"]
        elif is_touch:
            figures["touches"] = row["callbacks"]
        else:
            hours = row["contacts"] * minutes / 60
            figures.update(
                calls=row["callbacks"],
                contacts=row["contacts"],
                hours=hours,
                cost=hours * self.hourly_cost,
            )
        return figures

    def _get_assignees(self, keys):
        """Return {(unit id, user id): name of the agent or of the unit's queue}."""
        teams = self.env["revisit.team"].browse({key[0] for key in keys if key[0]})
        users = self.env["res.users"].browse({key[1] for key in keys if key[1]})
        # names only, of people who may be another unit's or a dealer's
        names = {user.id: user.name for user in users.sudo()}
        queues = {
            team.id: self.env._("Queue of %(unit)s", unit=team.name)
            for team in teams.sudo()
        }
        nobody = self.env._("Nobody's queue")
        return {
            (team_id, user_id): names.get(user_id) or queues.get(team_id, nobody)
            for team_id, user_id in keys
        }

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
        """Return the rows of the summary, written in the reader's language."""
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

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    def _get_months(self):
        """Return how many months the period lasts, days counted as their share."""
        period = plan_period.recognise(self.date_from, self.date_to)
        if period in plan_period.MONTHS:
            return plan_period.MONTHS[period]
        return ((self.date_to - self.date_from).days + 1) / DAYS_PER_MONTH

    def _describe(self, policies, changes, sums, lines):
        """Return in words what was replayed, what is tried and what it would do."""
        texts = [self._describe_present(sums)]
        if changes:
            texts += [self._describe_change(*change) for change in changes]
            texts.append(self._describe_difference(sums, lines))
        archived = policies.filtered(lambda policy: not policy.active)
        if archived:
            texts.append(
                self.env._(
                    "Not switched on yet, but counted here: %(policies)s.",
                    policies=", ".join(archived.mapped("name")),
                )
            )
        by_hand = policies.filtered(lambda policy: not policy.model_name)
        if by_hand:
            texts.append(
                self.env._(
                    "Started by hand, so not counted here: %(policies)s.",
                    policies=", ".join(by_hand.mapped("name")),
                )
            )
        return "\n".join(texts)

    def _describe_present(self, sums):
        calls, contacts = sums["calls"][0], sums["contacts"][0]
        return self.env._(
            "As it is, the events from %(first)s to %(last)s make %(calls)s callbacks"
            " per month in %(contacts)s contacts: %(hours)s hours a month, costing"
            " %(cost)s.",
            first=format_date(self.env, self.date_from),
            last=format_date(self.env, self.date_to),
            calls=self._format_monthly("calls", calls),
            contacts=self._format_monthly("contacts", contacts),
            hours=self._format_monthly("hours", sums["hours"][0]),
            cost=self._format_monthly("cost", sums["cost"][0]),
        )

    def _format_monthly(self, name, number):
        monthly = number / self._get_months()
        if (
            name in ("calls", "contacts", "left_out")
            and not float(round(monthly, 1)).is_integer()
        ):
            return formatLang(self.env, monthly, digits=1)
        return self._format(name, monthly)

    def _describe_change(self, record, vals):
        """Return one record's changes: name, old value, new value."""
        texts = [
            self.env._(
                "%(field)s: %(old)s → %(new)s",
                field=record._fields[name]._description_string(self.env),
                old=self._describe_value(record, name, record[name]),
                new=self._describe_value(record, name, value),
            )
            for name, value in vals.items()
        ]
        return self.env._(
            "Changed in %(record)s: %(changes)s.",
            record=record.display_name,
            changes="; ".join(texts),
        )

    def _describe_value(self, record, name, value):
        field = record._fields[name]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field.type == "many2one":
            value = self.env[field.comodel_name].browse(value or ())
            return value.display_name or self.env._("none")
        if field.type == "float":
            return formatLang(self.env, value, digits=1)
        return str(value)

    def _describe_difference(self, sums, lines):
        """Return how many callbacks more or fewer the changes make."""
        old, new = sums["calls"]
        held = sum(
            after - before
            for reason, (before, after) in self._sum_left_out(lines).items()
            if reason in HELD_BACK
        )
        return " ".join([self._describe_calls(new - old), self._describe_held(held)])

    def _describe_calls(self, change):
        number = self._format_monthly("calls", abs(change))
        if change > 0:
            return self.env._(
                "As changed: %(number)s callbacks more per month.", number=number
            )
        if change < 0:
            return self.env._(
                "As changed: %(number)s callbacks fewer per month.", number=number
            )
        return self.env._("As changed: as many callbacks as before.")

    def _describe_held(self, change):
        number = self._format_monthly("left_out", abs(change))
        if change > 0:
            return self.env._(
                "The limits hold back %(number)s more per month.", number=number
            )
        if change < 0:
            return self.env._(
                "The limits hold back %(number)s fewer per month.", number=number
            )
        return self.env._("The limits hold back as many as before.")
