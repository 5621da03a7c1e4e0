# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import periods, windows
from ...tools.terms import ATTRIBUTE, UNKNOWN

TOUCHED_BY_RECURRENCE = {
    "day_from",
    "day_to",
    "first_after_months",
    "first_period",
    "first_period_days",
    "period_months",
    "recurrence",
}
# types of fields by which a sample can be stratified
STRATUM_TYPES = ("many2one", "selection", "char", "boolean")


class RevisitPolicy(models.Model):
    """When callbacks are due again, and how a sample is distributed."""

    _inherit = "revisit.policy"  # pylint: disable=consider-merging-classes-inherited

    draw_count = fields.Integer(compute="_compute_draw_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_draw_count(self):
        Draw = self.env["revisit.draw"]
        if not Draw.has_access("read"):
            self.draw_count = 0
            return
        counts = dict(
            Draw._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.draw_count = counts.get(policy, 0)

    @api.depends("recurrence", "period_months", "day_from", "day_to")
    def _compute_window_text(self):
        result = super()._compute_window_text()
        for policy in self.filtered(lambda policy: policy.recurrence == "calendar"):
            values = {
                "months": policy.period_months,
                "first": policy.day_from,
                "last": policy.day_to,
            }
            if not policy.period_months:
                text = self.env._("How often is not set yet")
            elif policy.period_months == 1 and policy.day_from:
                text = self.env._("Every month, day %(first)s to %(last)s", **values)
            elif policy.period_months == 1:
                text = self.env._("Every month")
            elif policy.day_from:
                text = self.env._(
                    "Every %(months)s months, day %(first)s to %(last)s", **values
                )
            else:
                text = self.env._("Every %(months)s months", **values)
            policy.window_text = text
        return result

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("first_period_days", "period_months")
    def _check_first_period_days(self):
        for policy in self.filtered("period_months"):
            longest = 31 * policy.period_months
            if policy.first_period_days > longest:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: %(days)s days never remain of a period of"
                        " %(months)s months. Give at most %(longest)s.",
                        policy=policy.name,
                        days=policy.first_period_days,
                        months=policy.period_months,
                        longest=longest,
                    )
                )

    @api.constrains("recurrence", "trigger_id", "active")
    def _check_recurrence_trigger(self):
        for policy in self.filtered("active"):
            if policy.recurrence != "event" and not policy.model_name:
                raise ValidationError(
                    self.env._(
                        "%(policy)s comes back by itself, so it needs documents to"
                        " look at. Choose a trigger that has some.",
                        policy=policy.name,
                    )
                )

    @api.constrains("recurrence", "sample_rate", "active")
    def _check_sample_rate(self):
        for policy in self.filtered("active"):
            if policy.recurrence == "sample" and not policy.sample_rate:
                raise ValidationError(
                    self.env._(
                        "%(policy)s draws nothing at 0 %%. Say how many percent are"
                        " drawn, or archive the policy until that is decided.",
                        policy=policy.name,
                    )
                )

    @api.constrains("recurrence", "period_months", "active")
    def _check_months_decided(self):
        """Refuse 0, "not decided", for a policy that plans or has planned."""
        unset = self.filtered(lambda p: p.recurrence != "event" and not p.period_months)
        unset.filtered("active")._check_months_set()
        if not unset:
            return
        for model in ("revisit.callback", "revisit.touch"):
            # other units' rows count as well
            Model = self.env[model].sudo().with_context(active_test=False)
            row = Model.search([("policy_id", "in", unset.ids)], limit=1)
            row.policy_id._check_months_set()

    def _may_unset_months(self, known):
        """Return whether the months are as shipped and nothing was planned with them.

        :param known: the cells of the row as they were loaded
        """
        self.ensure_one()
        default = self.default_get(["period_months"]).get("period_months")
        loaded = known.get("period_months", ["", default])[1]
        if self.active or not self.period_months or self.period_months != loaded:
            return False
        return not any(
            # one is enough, whoever may read it
            self.env[model].sudo().search_count([("policy_id", "=", self.id)], limit=1)
            for model in ("revisit.callback", "revisit.touch", "revisit.draw")
        )

    def _check_months_set(self):
        """Raise if a policy recurs and the number of months is not set."""
        for policy in self:
            if policy.recurrence != "event" and not policy.period_months:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: it is not set how often it comes back. Say every"
                        " how many months, from 1; until that is decided, the policy"
                        " stays archived.",
                        policy=policy.name,
                    )
                )

    @api.constrains("sample_stratum_path", "recurrence", "trigger_id")
    def _check_stratum_path(self):
        for policy in self.filtered(lambda policy: policy.recurrence == "sample"):
            if not policy.sample_stratum_path or policy.model_name not in self.env:
                continue
            message = policy._get_stratum_error()
            if message:
                raise ValidationError(
                    self.env._(
                        "%(policy)s cannot be drawn per %(path)s: %(message)s",
                        policy=policy.name,
                        path=policy.sample_stratum_path,
                        message=message,
                    )
                )

    @api.constrains("period_months")
    def _check_period_drawn(self):
        # all draws count, whoever may read them
        draws = self.env["revisit.draw"].sudo().search([("policy_id", "in", self.ids)])
        draw = draws.filtered(lambda d: d.period_months != d.policy_id.period_months)
        if draw:
            raise ValidationError(
                self.env._(
                    "%(policy)s has drawn samples already, and what is drawn stays as"
                    " it is. For other periods, copy the policy and archive this one.",
                    policy=draw[0].policy_id.name,
                )
            )

    # ------------------------------------------------------------
    # CRUD AND ACTION METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if TOUCHED_BY_RECURRENCE & set(vals):
            self.env["revisit.planner"]._redate_policies(self)
        return result

    def action_open_draws(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_draw_action"
        )
        return {**action, "domain": [("policy_id", "=", self.id)], "context": {}}

    # ------------------------------------------------------------
    # BUSINESS METHODS: PERIODS
    # ------------------------------------------------------------

    def _get_window(self, event_at, workdays=None):
        if self.recurrence != "calendar":
            return super()._get_window(event_at, workdays)
        return periods.calendar_window(
            event_at,
            self.period_months,
            self.company_id._revisit_tz(),
            self.day_from,
            self.day_to,
        )

    def _get_span(self):
        if self.recurrence != "calendar":
            return super()._get_span()
        return timedelta(days=31 * self.period_months)

    def _get_first_months(self):
        """Return after how many months the first callback is due."""
        self.ensure_one()
        return self.first_after_months or self.period_months

    def _get_due_periods(self, date_from, date_to, by_records=False):
        """Return the periods in which each document is due once.

        A document that comes within a period is due on the day it comes, any other
        when the period begins: the range of due moments narrows them down later.

        :param by_records: return the present period, for documents planned now
        """
        self.ensure_one()
        months, tz = self.period_months, self.company_id._revisit_tz()
        due = (
            [self._get_present_period()]
            if by_records
            else periods.overlapping(date_from, date_to, months, tz)
        )
        return [period for period in due if self._is_in_effect(period)]

    def _is_in_effect(self, period):
        """Return whether a period ends after the rulebook has come into effect."""
        start = self._get_first_moment()
        return not start or period.end > start

    def _get_first_period_until(self, period):
        """Return the moment before which a document must be dated to be due.

        It is the start of the period, unless its first, partial one counts.
        """
        self.ensure_one()
        if self.first_period != "counts":
            return period.start
        _start, end = self._get_window(period.start)
        tz = self.company_id._revisit_tz()
        return periods.first_period_until(period, end, self.first_period_days, tz)

    def _get_present_period(self):
        months, tz = self.period_months, self.company_id._revisit_tz()
        today = windows.local_date(fields.Datetime.now(), tz)
        return periods.period_from(periods.first_day(today, months), months, tz)

    def _get_due_occasion(self, period):
        return f"due:{period.day}"

    def _get_period_of_occasion(self, occasion):
        """Return the period to which a calendar occasion belongs, or None.

        Occasions of another period length belong to no period any more.
        """
        months, tz = self.period_months, self.company_id._revisit_tz()
        kind, _colon, text = occasion.partition(":")
        if kind != "due":
            return None
        day = fields.Date.to_date(text)
        if day != periods.first_day(day, months):
            return None
        return periods.period_from(day, months, tz)

    # ------------------------------------------------------------
    # BUSINESS METHODS: SAMPLES
    # ------------------------------------------------------------

    def _get_closed_periods(self, date_from, date_to):
        """Return {occasion: Period} of the closed periods that end in a range."""
        self.ensure_one()
        tz = self.company_id._revisit_tz()
        date_to = min(date_to, fields.Datetime.now())
        return {
            f"{period.day:%Y-%m}": period
            for period in periods.ending_between(
                date_from, date_to, self.period_months, tz
            )
            if self._is_in_effect(period)
        }

    def _prepare_decisions(self, numbers):
        """Return the decision on each stratum of each period, still without ranks.

        :param numbers: ``{(occasion, stratum): number of documents}``
        :return: ``{(occasion, stratum): dict}``, see ``revisit.decision.mixin``
        """
        self.ensure_one()
        by_occasion, households = {}, self._get_households()
        for (occasion, stratum), number in numbers.items():
            by_occasion.setdefault(occasion, {})[stratum] = number
        decisions = {}
        for occasion, strata in by_occasion.items():
            ceiling = self._get_ceiling(sum(strata.values()), households)
            quotas = periods.quotas(
                strata,
                self.sample_rate,
                self.sample_rounding,
                None if ceiling == UNKNOWN else ceiling,
            )
            for stratum, number in strata.items():
                decisions[occasion, stratum] = {
                    "period": occasion,
                    "stratum": stratum,
                    "of": number,
                    "quota": quotas[stratum],
                    "ceiling": ceiling,
                }
        return decisions

    def _get_ceiling(self, population, households):
        """Return the maximum for a whole period: int, None or ``UNKNOWN``."""
        if not self.sample_ceiling_rate:
            return None
        base = population if self.sample_ceiling_base == "population" else households
        if not base:
            return UNKNOWN if self.sample_ceiling_base == "household" else 0
        return periods.percent_down(self.sample_ceiling_rate, base)

    def _get_households(self):
        """Return the number of households of the company's estates, 0 if unknown."""
        # the sum must not depend on the user who draws
        Partner = self.env["res.partner"].sudo()
        if (
            self.sample_ceiling_base != "household"
            or "household_count" not in Partner._fields
        ):
            return 0
        return Partner._read_group(
            [
                ("is_estate", "=", True),
                ("company_id", "in", [self.company_id.id, False]),
            ],
            [],
            ["household_count:sum"],
        )[0][0]

    def _get_stratum_error(self):
        """Return why documents cannot be stratified by the path, or False."""
        self.ensure_one()
        return self.trigger_id._get_path_error(
            self.env[self.model_name], self.sample_stratum_path, STRATUM_TYPES
        )

    def _get_stratum_field(self):
        """Return the field at the end of the stratum path."""
        if ATTRIBUTE in self.sample_stratum_path:
            return self.env["revisit.attribute.value"]._fields["text"]
        Model = self.env[self.model_name]
        *steps, last = self.sample_stratum_path.split(".")
        for step in steps:
            Model = Model[step]
        return Model._fields[last]

    def _get_stratum_label(self, stratum):
        """Return a stratum's label in the reader's language, from its stored text."""
        self.ensure_one()
        if not self.sample_stratum_path or not stratum or self._get_stratum_error():
            return stratum or self.env._("without a value")
        field = self._get_stratum_field()
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(stratum, stratum)
        if field.type == "boolean":
            name = field._description_string(self.env)
            if stratum == "true":
                return self.env._("%(field)s: yes", field=name)
            return self.env._("%(field)s: no", field=name)
        if field.type == "many2one" and stratum.isdecimal():
            # whoever may read the draw may see the names of its groups
            record = self.env[field.comodel_name].sudo().browse(int(stratum)).exists()
            return record.display_name or stratum
        return stratum
