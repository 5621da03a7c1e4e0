# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.tools import format_date, formatLang

from ..tools import periods
from ..tools.terms import PERIOD_MONTHS

# reasons that limits give; other reasons do not depend on frequency
HELD_BACK = ("cap", "budget", "touch_quota")
DAYS_PER_MONTH = 365.25 / 12


class RevisitWhatIf(models.TransientModel):
    """The effect of a change, in words."""

    _inherit = "revisit.what.if"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    def _get_months(self):
        """Return the length of the period in months, with days as fractions."""
        period = periods.recognise(self.date_from, self.date_to)
        if period in PERIOD_MONTHS:
            return PERIOD_MONTHS[period]
        return ((self.date_to - self.date_from).days + 1) / DAYS_PER_MONTH

    def _describe(self, policies, changes, sums, lines):
        """Return in words what was replayed, what is changed and the effect."""
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
        """Return the changes of one record as text: name, old value, new value."""
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
