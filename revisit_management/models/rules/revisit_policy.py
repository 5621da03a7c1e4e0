# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ...tools import windows
from ...tools.terms import (
    ASSIGNMENTS,
    CHANNELS,
    DELAY_UNITS,
    KINDS,
    LEVELS,
    SERVICE_STEPS,
)
from ...tools.workdays import Calendars

# the longest time that one unit can last, for the horizon of events; for working
# days the calendar is read as well, since a month may have only one of them
UNIT_SPAN = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "workday": timedelta(days=4),
    "month": timedelta(days=31),
}
TOUCHED_BY_DEFINITION = {
    "delay_min",
    "delay_max",
    "delay_unit",
    "delay_direction",
}


class RevisitPolicy(models.Model):
    """One rule: trigger, window, channel, level and how callbacks are assigned."""

    _name = "revisit.policy"
    _description = "Callback Policy"
    _inherit = ["mail.thread", "revisit.reading.mixin", "revisit.tries.mixin"]
    _order = "rulebook_id, sequence, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    active_from = fields.Datetime(
        string="Plans Events From",
        default=fields.Datetime.now,
        tracking=True,
        copy=False,
        help="Events before this moment are planned only through Plan Past Events.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    # Occasion
    trigger_id = fields.Many2one(
        comodel_name="revisit.trigger", ondelete="restrict", index=True, tracking=True
    )
    model_name = fields.Char(related="trigger_id.model_name")
    trigger_broken = fields.Text(related="trigger_id.broken")
    domain = fields.Char(
        string="Extra Condition",
        default="[]",
        help="Narrows the trigger's documents, e.g. to a product category.",
    )
    service_step = fields.Selection(
        selection=SERVICE_STEPS,
        compute="_compute_service_step",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    # Window
    delay_min = fields.Integer(
        string="Earliest", default=1, tracking=True, aggregator=None
    )
    delay_max = fields.Integer(
        string="Latest", default=3, tracking=True, aggregator=None
    )
    delay_unit = fields.Selection(
        selection=DELAY_UNITS, required=True, default="day", tracking=True
    )
    delay_direction = fields.Selection(
        selection=[("after", "After the Event"), ("before", "Before a Planned Event")],
        required=True,
        default="after",
    )
    window_text = fields.Char(string="Window", compute="_compute_window_text")
    # What and who
    kind = fields.Selection(selection=KINDS, required=True, default="routine")
    level = fields.Selection(
        selection=LEVELS, required=True, default="hq", tracking=True
    )
    channel = fields.Selection(
        selection=CHANNELS, required=True, default="phone", tracking=True
    )
    signature_rule = fields.Selection(
        selection=[
            ("required", "Signature Required"),
            ("refusal", "Signature, or the Recorded Refusal"),
            ("none", "No Signature"),
        ],
        required=True,
        default="required",
        help="What proves an on-site visit.",
    )
    is_mandatory = fields.Boolean(
        string="Mandatory",
        tracking=True,
        help="The rules demand these callbacks: who cancels one says why.",
    )
    script_id = fields.Many2one(
        comodel_name="revisit.script", check_company=True, ondelete="restrict"
    )
    survey_id = fields.Many2one(
        comodel_name="survey.survey",
        string="Questionnaire",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        domain=[("survey_type", "=", "revisit")],
        help="What is asked, and whom each answer judges.",
    )
    team_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Unit",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: the unit of the document's dealer, if the level is Dealer.",
    )
    assignment = fields.Selection(selection=ASSIGNMENTS, required=True, default="none")
    agent_id = fields.Many2one(comodel_name="res.users", ondelete="restrict")
    note = fields.Text(translate=True)
    callback_count = fields.Integer(compute="_compute_callback_count")

    _code_unique = models.UniqueIndex(
        "(company_id, code)", "Another policy of this company has this code."
    )
    _delay_positive = models.Constraint(
        "CHECK(delay_min >= 0 AND delay_max >= 0)",
        "Delays are counted from 0. To count back from a planned event, choose"
        " Before a Planned Event.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("trigger_id")
    def _compute_service_step(self):
        for policy in self:
            policy.service_step = policy.trigger_id.service_step or "other"

    @api.depends("delay_min", "delay_max", "delay_unit", "delay_direction")
    def _compute_window_text(self):
        units = dict(self._fields["delay_unit"]._description_selection(self.env))
        for policy in self:
            values = {
                "first": policy.delay_min,
                "last": policy.delay_max,
                "unit": units.get(policy.delay_unit, ""),
            }
            if policy.delay_direction == "before":
                text = self.env._("%(unit)s %(last)s to %(first)s before", **values)
            else:
                text = self.env._("%(unit)s %(first)s to %(last)s after", **values)
            policy.window_text = text

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_callback_count(self):
        counts = dict(
            self.env["revisit.callback"]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.callback_count = counts.get(policy, 0)

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("survey_id")
    def _check_survey_id(self):
        for survey in self.survey_id:
            # managers of callbacks need no right to all surveys
            problem = survey.sudo()._get_asking_problem()
            if problem:
                raise ValidationError(problem)

    @api.constrains("delay_min", "delay_max", "delay_unit", "delay_direction")
    def _check_window(self):
        for policy in self:
            if policy.delay_min > policy.delay_max:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: the earliest delay (%(first)s) lies after the"
                        " latest one (%(last)s). Exchange the two numbers.",
                        policy=policy.name,
                        first=policy.delay_min,
                        last=policy.delay_max,
                    )
                )
            longest = {"hour": 8784, "day": 3660, "workday": 2620, "month": 120}
            if policy.delay_max > longest[policy.delay_unit]:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: a latest delay of %(last)s is too long. Give at"
                        " most %(longest)s in this unit.",
                        policy=policy.name,
                        last=policy.delay_max,
                        longest=longest[policy.delay_unit],
                    )
                )
            if policy.delay_direction == "before" and not policy.delay_max:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: a window before a planned event must begin before"
                        " it. Give a latest number above 0.",
                        policy=policy.name,
                    )
                )
            if policy.delay_unit == "hour" and policy.delay_min == policy.delay_max:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: a window in hours needs a latest delay above the"
                        " earliest one, or nobody could ever be on time.",
                        policy=policy.name,
                    )
                )

    @api.constrains(
        "trigger_id", "active", "delay_direction", "delay_unit", "recurrence"
    )
    def _check_trigger_id(self):
        for policy in self.filtered("active"):
            if not policy.trigger_id:
                raise ValidationError(
                    self.env._(
                        "%(policy)s has no trigger, so nothing would ever start its"
                        " clock. Choose the trigger, or archive the policy.",
                        policy=policy.name,
                    )
                )
            if not policy.trigger_id.active:
                raise ValidationError(
                    self.env._(
                        "%(policy)s waits for %(trigger)s, which is archived: unarchive"
                        " the trigger first. It may need an app that is not installed.",
                        policy=policy.name,
                        trigger=policy.trigger_id.name,
                    )
                )
            policy._check_clock()

    def _check_clock(self):
        """Raise if the trigger's clock does not tell what the window counts from."""
        self.ensure_one()
        if (
            self.delay_direction == "before"
            and self.recurrence in ("event", "sample")
            and not self.trigger_id.is_planned_date
        ):
            raise ValidationError(
                self.env._(
                    "%(policy)s counts back from the event, but %(trigger)s only"
                    " knows events that have happened. Choose a trigger with a"
                    " planned date, such as Delivery Planned.",
                    policy=self.name,
                    trigger=self.trigger_id.name,
                )
            )
        if self.delay_unit == "hour" and self._has_date_clock():
            raise ValidationError(
                self.env._(
                    "%(policy)s counts hours, but %(trigger)s only knows a date."
                    " Count in days.",
                    policy=self.name,
                    trigger=self.trigger_id.name,
                )
            )

    def _has_date_clock(self):
        """Return whether the trigger's clock is a date without an hour."""
        self.ensure_one()
        # tried as the planner does, not with the rights of who edits the policy
        if not self.model_name or self.trigger_id.sudo()._get_definition_error():
            return False
        # the type of a field: its documents may be closed to who edits the policy
        return self.env["revisit.planner"].sudo()._get_clock_type(self) == "date"

    @api.constrains("domain", "trigger_id")
    def _check_domain(self):
        for policy in self.filtered("trigger_id.model_name"):
            if policy.model_name not in self.env:
                continue
            message = policy._get_domain_error()
            if message:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: %(message)s", policy=policy.name, message=message
                    )
                )

    @api.constrains("assignment", "agent_id", "team_id", "level")
    def _check_assignment(self):
        for policy in self:
            if policy.assignment == "agent" and not policy.agent_id:
                raise ValidationError(
                    self.env._("%(policy)s: choose the agent.", policy=policy.name)
                )
            if policy.assignment in ("round_robin", "least_loaded") and not (
                policy.team_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(policy)s shares callbacks out among a unit's agents:"
                        " choose the unit.",
                        policy=policy.name,
                    )
                )

    def _get_domain_error(self):
        """Return why the extra condition cannot be searched, or False."""
        self.ensure_one()
        return self.trigger_id._get_domain_error(self.domain)

    def _check_own_rights(self):
        """Compile the extra condition with the rights of the user who wrote it.

        Managers must not find out by trial what their own rights hide. Conditions that
        the system itself writes, e.g. of a shipped rulebook, are not checked.
        """
        if self.env.su:
            return
        for policy in self.filtered(lambda policy: policy.model_name in self.env):
            domain = policy.trigger_id._parse_domain(policy.domain)
            policy._check_may_search(policy.domain, domain)
            # the values by which a sample is stratified are shown, so they are checked;
            # attributes are not fields of the documents, and may be read
            path = (policy.sample_stratum_path or "").partition("attribute:")[0]
            if path:
                asked = Domain(path.rstrip("."), "!=", False)
                policy._check_may_search(policy.sample_stratum_path, asked)

    def _check_may_search(self, text, domain):
        """Raise unless the user may search the documents by ``domain``."""
        if domain.is_true():
            return
        try:
            self.env[self.model_name]._search(domain, limit=1).select()
        except ValueError:
            return  # there is no such field: the check of the definition says so
        except AccessError as error:
            raise ValidationError(
                self.env._(
                    "%(policy)s: you may not read all that the condition"
                    " %(domain)s asks for.",
                    policy=self.name,
                    domain=text,
                )
            ) from error

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies._check_own_rights()
        return policies

    def write(self, vals):
        if vals.get("active") and "active_from" not in vals:
            vals = {**vals, "active_from": fields.Datetime.now()}
        result = super().write(vals)
        if {"domain", "trigger_id", "sample_stratum_path"} & set(vals):
            self._check_own_rights()
        if TOUCHED_BY_DEFINITION & set(vals):
            self.env["revisit.planner"]._redate_policies(self)
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        for policy, vals in zip(self, vals_list, strict=True):
            vals.update(
                {
                    "name": self.env._("%s (copy)", policy.name),
                    "code": f"{policy.code}_copy",
                    "active": False,
                    **(default or {}),
                }
            )
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        used = (
            self.env["revisit.callback"]
            .sudo()  # one is enough, whoever may read it
            .search([("policy_id", "in", self.ids)], limit=1)
        )
        if used:
            raise UserError(
                self.env._(
                    "%(policy)s has callbacks, which keep the rule they were made"
                    " under. Archive the policy instead.",
                    policy=used.policy_id.name,
                )
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_callbacks(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        domain = [("policy_id", "=", self.id)]
        return {**action, "domain": domain, "context": {}}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_window(self, event_at, workdays=None):
        """Return ``(start, end)``, naive UTC and half-open, for one event.

        :param workdays: the result of :meth:`_get_workdays`, read once for many events
        :raise LookupError: the working calendar has too few working days
        """
        self.ensure_one()
        return windows.window(
            event_at,
            self.delay_min,
            self.delay_max,
            self.delay_unit,
            self.company_id._revisit_tz(),
            before=self.delay_direction == "before",
            workdays=self._get_workdays() if workdays is None else workdays,
            opens_at=self.opens_at,
        )

    def _get_workdays(self):
        """Return the company's working days, if the policy counts in them.

        A planning run reads the calendar once, see ``Calendars``.
        """
        self.ensure_one()
        if self.delay_unit != "workday":
            return ()
        company = self.company_id
        known = self.env.context.get("revisit_calendars")
        if not isinstance(known, Calendars):
            return self.env["revisit.workday"]._get_workdays(company)
        if company.id not in known:
            known[company.id] = self.env["revisit.workday"]._get_workdays(company)
        return known[company.id]

    def _get_span(self):
        """Return a timedelta that is never shorter than a window that is open now.

        It is used backwards for events whose window is open, and forwards for those
        whose window opens later, whatever holidays lie between.
        """
        self.ensure_one()
        span = UNIT_SPAN[self.delay_unit] * (self.delay_max + 1)
        if self.delay_unit == "workday":
            today, workdays = self.company_id._revisit_today(), self._get_workdays()
            for count in (-self.delay_max - 1, self.delay_max + 1):
                try:
                    reached = workdays.shift(today, count)
                except LookupError:
                    continue
                span = max(span, abs(reached - today) + timedelta(days=1))
        return span

    def _get_condition(self):
        """Return the domain of the documents that this policy plans for."""
        self.ensure_one()
        trigger = self.trigger_id
        return trigger._get_source_domain() & trigger._parse_domain(self.domain)
