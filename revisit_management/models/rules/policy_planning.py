# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date


class RevisitPolicy(models.Model):
    """How often, for how many, from when and by whom: settings for the planner.

    A policy plans nothing for events before its rulebook is in effect. It warns if
    nobody would see what it plans, and if the company's holidays are not known: beyond
    the last year that has any, working days are counted by ordinary weeks.
    """

    _inherit = "revisit.policy"  # pylint: disable=consider-merging-classes-inherited

    recurrence = fields.Selection(
        selection=[
            ("event", "Each Event"),
            ("rolling", "Periodic: Months After the Last Callback"),
            ("calendar", "Periodic: Once per Calendar Period"),
            ("sample", "A Sample of Each Period's Events"),
        ],
        required=True,
        default="event",
        tracking=True,
    )
    period_months = fields.Integer(
        string="Every (months)",
        default=1,
        tracking=True,
        help="Periodic: months from one callback to the next, or the length of the"
        " calendar period. Sample: the length of the period that is drawn from.",
        aggregator=None,
    )
    first_after_months = fields.Integer(
        string="First After (months)",
        default=0,
        help="Months from the event, e.g. the first use, to the first callback that is"
        " due; afterwards every so many months from the last one.",
        aggregator=None,
    )
    day_from = fields.Integer(
        string="From Day of Month",
        default=0,
        help="Callbacks of a calendar period are made between these days of its first"
        " month; 0: in the whole period.",
        aggregator=None,
    )
    day_to = fields.Integer(string="To Day of Month", default=0, aggregator=None)
    first_period = fields.Selection(
        selection=[
            ("counts", "Counts, if Enough of It Remains"),
            ("next", "Does Not Count: From the Next One On"),
        ],
        string="A Customer's First Period",
        required=True,
        default="counts",
        tracking=True,
        help="Whether a customer who comes within a calendar period is due in it"
        " already. The window is then what remains of the period.",
    )
    first_period_days = fields.Integer(
        string="Days That Must Remain",
        default=0,
        aggregator=None,
        tracking=True,
        help="Who comes later, when fewer whole days of the period's window remain, is"
        " due from the next period on. 0: any rest is enough.",
    )
    opens_at = fields.Float(
        string="Opens at",
        default=0.0,
        help="Before a planned event: the local hour at which the window opens on its"
        " first day, e.g. 16:30, when the next day's list is handed over. What is"
        " handed over later is marked.",
        aggregator=None,
    )
    # Sample
    sample_rate = fields.Float(
        string="Sample (%)",
        default=0.0,
        tracking=True,
        help="How many of a period's events are drawn.",
        aggregator=None,
    )
    sample_rounding = fields.Selection(
        selection=[("up", "At Least: Round Up"), ("down", "At Most: Round Down")],
        string="Rate Means",
        required=True,
        default="up",
    )
    sample_stratum_path = fields.Char(
        string="Drawn per",
        help="The field of the documents, e.g. partner_id.callback_tier, whose values"
        " are drawn from separately. Empty: from all together.",
    )
    sample_ceiling_rate = fields.Float(
        string="Never Above (%)",
        default=0.0,
        help="The ceiling of a period's sample, in percent of what is chosen beside it;"
        " it wins over the rate. 0: no ceiling.",
        aggregator=None,
    )
    sample_ceiling_base = fields.Selection(
        selection=[
            ("population", "of the Period's Events"),
            ("household", "of the Households of Our Estates"),
        ],
        string="Ceiling Counts",
        required=True,
        default="population",
    )
    sample_seed = fields.Char(
        string="Seed",
        default=lambda self: uuid4().hex[:12],
        copy=False,
        help="The same seed draws the same events: an auditor can draw again.",
    )
    # Cap and budget
    cap_role = fields.Selection(
        selection=[
            ("held", "Counts, and May Be Held Back"),
            ("counts", "Counts, but Is Never Held Back"),
            ("exempt", "Does Not Count"),
        ],
        string="Frequency Cap",
        compute="_compute_cap_role",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    overdraw_reason = fields.Char(
        string="May Overdraw Because",
        translate=True,
        help="Why this policy, e.g. after a complaint or for a safety recall, is made"
        " although the customer's contact budget is used up. Empty: it is held back.",
    )
    use_preferred_channel = fields.Boolean(
        string="Customer's Channel First",
        help="Reach each customer through the channel that they prefer.",
    )
    # Callback or touch
    contact_type = fields.Selection(
        selection=[("callback", "Callback"), ("touch", "Touch (SMS or Email)")],
        string="Makes",
        required=True,
        default="callback",
        tracking=True,
        help="A touch is a one-way notice or greeting; it is never a callback.",
    )
    sms_template_id = fields.Many2one(
        comodel_name="sms.template", string="SMS Template", ondelete="set null"
    )
    mail_template_id = fields.Many2one(
        comodel_name="mail.template", string="Email Template", ondelete="set null"
    )
    channel_ids = fields.One2many(
        comodel_name="revisit.policy.channel",
        inverse_name="policy_id",
        string="Other Channels",
        copy=True,
    )
    step_ids = fields.One2many(
        comodel_name="revisit.policy.step",
        inverse_name="policy_id",
        string="Later Callbacks",
        copy=True,
    )
    workday_notice = fields.Char(compute="_compute_workday_notice")
    unit_problem = fields.Text(compute="_compute_unit_problem")
    role_ids = fields.One2many(
        comodel_name="revisit.policy.role",
        inverse_name="policy_id",
        string="To Interview, in This Order",
        copy=True,
    )
    units_may_choose = fields.Boolean(
        string="Units May Choose Another Channel", default=True
    )

    _sample_rate_bounded = models.Constraint(
        "CHECK(sample_rate BETWEEN 0 AND 100"
        " AND sample_ceiling_rate BETWEEN 0 AND 100)",
        "A sample is between 0 and 100 percent.",
    )
    _days_bounded = models.Constraint(
        "CHECK(day_from BETWEEN 0 AND 28 AND day_to BETWEEN 0 AND 28"
        " AND day_from <= day_to AND (day_from > 0 OR day_to = 0))",
        "Give two days of the month from 1 to 28, the earlier one first, or 0 twice.",
    )
    _first_period_days_bounded = models.Constraint(
        "CHECK(first_period_days BETWEEN 0 AND 365)",
        "The days that must remain of a first period lie between 0 and 365.",
    )
    _retry_bounded = models.Constraint(
        "CHECK(retry_no_answer BETWEEN 0 AND 10080 AND retry_busy BETWEEN 0 AND 10080)",
        "The next try is due within a week: give 0 to 10080 minutes.",
    )
    _tries_bounded = models.Constraint(
        "CHECK(tries_wanted BETWEEN 1 AND 20 AND tries_days BETWEEN 1 AND 14)",
        "Give 1 to 20 tries, on 1 to 14 days.",
    )
    _opens_at_bounded = models.Constraint(
        "CHECK(opens_at >= 0 AND opens_at < 24)", "An hour lies between 0:00 and 23:59."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("recurrence", "kind")
    def _compute_cap_role(self):
        for policy in self:
            if policy.kind in ("abnormal", "special"):
                policy.cap_role = "exempt"
            else:
                is_event = policy.recurrence == "event"
                policy.cap_role = "counts" if is_event else "held"

    @api.depends(
        "delay_unit", "delay_max", "delay_direction", "recurrence", "company_id"
    )
    @api.depends_context("lang")
    def _compute_workday_notice(self):
        for policy in self:
            is_whole = policy.company_id and policy.delay_unit == "workday"
            policy.workday_notice = (
                policy._get_workday_notice(fields.Datetime.now()) if is_whole else False
            )

    @api.depends(
        "assignment",
        "agent_id.active",
        "agent_id.group_ids",
        "contact_type",
        "level",
        "team_id.active",
        "team_id.manager_id.active",
        "team_id.manager_id.group_ids",
        "team_id.member_ids.active",
        "team_id.member_ids.group_ids",
    )
    @api.depends_context("lang")
    def _compute_unit_problem(self):
        for policy in self:
            policy.unit_problem = policy._get_unit_problem(policy.team_id)

    @api.depends("name", "rulebook_id.name")
    @api.depends_context("lang", "revisit_with_rulebook")
    def _compute_display_name(self):
        """Add the rulebook to the name where several rulebooks are listed."""
        if not self.env.context.get("revisit_with_rulebook"):
            return super()._compute_display_name()
        for policy in self:
            policy.display_name = policy._get_full_name()
        return None

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("recurrence", "period_months", "first_after_months", "sample_rate")
    def _check_recurrence(self):
        for policy in self:
            if policy.period_months < 0:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: say every how many months, from 1.",
                        policy=policy.name,
                    )
                )
            if (
                policy.recurrence in ("calendar", "sample")
                and policy.period_months
                and 12 % policy.period_months
            ):
                raise ValidationError(
                    self.env._(
                        "%(policy)s: calendar periods last 1, 2, 3, 4, 6 or 12 months.",
                        policy=policy.name,
                    )
                )
            if policy.period_months > 120 or policy.first_after_months > 120:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: nobody waits longer than ten years. Give fewer"
                        " months.",
                        policy=policy.name,
                    )
                )
            if policy.first_after_months < 0:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: the first callback comes after the event.",
                        policy=policy.name,
                    )
                )

    @api.constrains("company_id")
    def _check_company_id(self):
        """Keep a policy in the company for which it has planned."""
        for policy in self:
            elsewhere = [
                ("policy_id", "=", policy.id),
                ("company_id", "!=", policy.company_id.id),
            ]
            # records that the user may not see count as well
            if any(
                self.env[model].sudo().search_count(elsewhere, limit=1)
                for model in ("revisit.callback", "revisit.touch")
            ):
                raise ValidationError(
                    self.env._(
                        "%(policy)s has planned callbacks for its company, which would"
                        " lose their policy. Copy it for the other company instead.",
                        policy=policy.name,
                    )
                )

    @api.constrains("assignment", "agent_id", "team_id", "level", "company_id")
    def _check_entitled(self):
        for policy in self:
            if policy.level != "dealer" and policy.assignment == "dealer":
                levels = dict(self._fields["level"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "%(policy)s: callbacks of the level %(level)s are not given to"
                        " dealers' users, who could not even see them. Choose the level"
                        " Dealer, or another assignment.",
                        policy=policy.name,
                        level=levels[policy.level],
                    )
                )
            agent = policy.agent_id
            agent._revisit_check_right(policy.name)
            agent._revisit_check_company(policy)
            if agent and not agent._revisit_may_make(
                policy.level, policy.team_id.dealer_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(policy)s: %(agent)s is no colleague, so this work cannot be"
                        " given to them. Choose a colleague.",
                        policy=policy.name,
                        agent=agent.name,
                    )
                )

    @api.constrains("units_may_choose")
    def _check_units_may_choose(self):
        self.channel_ids._check_team_id()

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_unit(self):
        """Button: open the unit, to add agents and a manager."""
        self.ensure_one()
        return self.team_id._get_mend_action()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _excludes_own_customers(self):
        """Return whether nobody may verify their own work."""
        self.ensure_one()
        return self.kind == "verification" and self.rulebook_id.no_own_customer

    def _get_workday_notice(self, event_at):
        """Return a warning about the window of an event, or False."""
        self.ensure_one()
        company = self.company_id
        # calendar periods are whole months, whatever the unit of the delay
        counts = self.delay_unit == "workday" and self.recurrence != "calendar"
        until = counts and company._revisit_workdays_until()
        if not until:
            return False
        try:
            end = self._get_window(event_at)[1]
        except LookupError:
            return False
        if company._revisit_day(end - timedelta(seconds=1)) <= until:
            return False
        return self.env._(
            "%(policy)s: holidays and make-up days of %(company)s are known until"
            " %(day)s only. Beyond it, ordinary weeks are counted: load or enter the"
            " following year under Working Day Corrections.",
            policy=self.name,
            company=company.name,
            day=format_date(self.env, until),
        )

    def _get_effect_start(self):
        """Return the UTC moment from which events count, or None."""
        self.ensure_one()
        rulebook = self.rulebook_id.sudo()  # its start applies to all who plan
        return rulebook._get_effect_start() if rulebook else None

    def _get_first_moment(self):
        """Return from when events count, or None.

        A replay ignores this, as it shows what a rulebook would have done earlier.
        """
        if self.env["revisit.planner"]._is_from_scratch():
            return None
        return self._get_effect_start()

    def _get_full_name(self):
        """Return the name with the rulebook's name, as rulebooks often share names."""
        self.ensure_one()
        if not self.rulebook_id:
            return self.name
        return f"{self.name} ({self.rulebook_id.name})"

    def _get_unit_problem(self, team):
        """Return why nobody would see the policy's callbacks in a unit, or False.

        :param team: the policy's unit, or the one chosen instead
        """
        self.ensure_one()
        if self.contact_type == "touch" or (not team and self.level == "dealer"):
            return False
        if not team:
            return self.env._(
                "%(policy)s has no unit: what it plans is seen by callback managers"
                " only. Choose a unit.",
                policy=self._get_full_name(),
            )
        # who may read the policy need not see the people of every unit
        return self._get_people_problem(team.sudo())

    def _get_people_problem(self, team):
        """Return which people a unit lacks for the policy's callbacks, or False."""
        has_agents = self.assignment == "dealer" or self._get_able_agents(team)
        has_manager = team.manager_id and team.manager_id._revisit_oversees()
        if has_agents and has_manager:
            return False
        if has_agents:
            text = self.env._(
                "%(unit)s has no manager: no supervisor sees what %(policy)s plans"
                " there. Give the unit a manager.",
                unit=team.name,
                policy=self._get_full_name(),
            )
        elif has_manager:
            text = self.env._(
                "%(unit)s has no agents: what %(policy)s plans waits there for nobody."
                " Add agents to the unit.",
                unit=team.name,
                policy=self._get_full_name(),
            )
        else:
            text = self.env._(
                "%(unit)s has neither agents nor a manager: what %(policy)s plans is"
                " seen by callback managers only. Add agents and a manager to the"
                " unit.",
                unit=team.name,
                policy=self._get_full_name(),
            )
        return text

    def _get_able_agents(self, team):
        """Return the users who can make the policy's callbacks in a unit (sudo)."""
        # whoever may read the policy need not see the people of every unit
        agents = self.sudo().agent_id if self.assignment == "agent" else team.member_ids
        return agents.filtered(
            lambda user: user.active and not user._revisit_lacks_right()
        )

    def _get_unit_problems(self):
        """Return the problems of several policies, one line per unit, or False."""
        units, lines = set(), []
        for policy in self.filtered("unit_problem"):
            if policy.team_id not in units or not policy.team_id:
                lines.append(policy.unit_problem)
            units.add(policy.team_id)
        return "\n".join(lines) or False

    def _get_mend_action(self):
        """Return an action: units without people, or else policies without a unit."""
        troubled = self.filtered("unit_problem")
        if troubled.team_id:
            return troubled.team_id._get_mend_action()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_policy_action"
        )
        return {**action, "domain": [("id", "in", troubled.ids)], "context": {}}
