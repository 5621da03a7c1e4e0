# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import format_date


class RevisitDecisionMixin(models.AbstractModel):
    """The decisions about caps, quotas, the budget and absences, in words (B6, L3).

    A cap or quota stores ``{"limit": int, "limit_from": date, "months": int,
    "number": int}``, the budget ``{"budget": int, "days": int, "overdrawn": bool}``,
    an absence ``{"absent": name}``.
    """

    _inherit = "revisit.decision.mixin"

    def _get_decision_text(self):
        decision = self.decision or {}
        texts = [
            super()._get_decision_text(),
            self._get_limit_text(decision),
            self._get_budget_text(decision),
            self._get_absence_text(decision),
        ]
        return " ".join(filter(None, texts)) or False

    def _get_limit_text(self, decision):
        if "limit" not in decision:
            return False
        values = {
            "limit": decision["limit"],
            "day": format_date(
                self.env,
                fields.Date.to_date(decision["limit_from"]),
                date_format="medium",
            ),
            "months": decision["months"],
            "number": decision["number"],
        }
        is_touch = "reason" in self and self.reason == "touch_quota"
        if is_touch and values["months"] == 1:
            return self.env._(
                "%(limit)s notices and greetings are allowed in the month from %(day)s;"
                " this would be number %(number)s.",
                **values,
            )
        if is_touch:
            return self.env._(
                "%(limit)s notices and greetings are allowed in the %(months)s months"
                " from %(day)s; this would be number %(number)s.",
                **values,
            )
        if values["months"] == 1:
            return self.env._(
                "%(limit)s callbacks are allowed in the month from %(day)s; this would"
                " be number %(number)s.",
                **values,
            )
        return self.env._(
            "%(limit)s callbacks are allowed in the %(months)s months from %(day)s;"
            " this would be number %(number)s.",
            **values,
        )

    def _get_budget_text(self, decision):
        if "budget" not in decision:
            return False
        values = {"budget": decision["budget"], "days": decision["days"]}
        if not decision.get("overdrawn"):
            return self.env._(
                "The company contacts a customer at most %(budget)s times within"
                " %(days)s days; this would be once more.",
                **values,
            )
        reason = self._get_overdraw_reason()
        if not reason:
            return self.env._(
                "It exceeds the budget of %(budget)s contacts within %(days)s days.",
                **values,
            )
        return self.env._(
            "It exceeds the budget of %(budget)s contacts within %(days)s days,"
            " because: %(reason)s",
            reason=reason,
            **values,
        )

    def _get_overdraw_reason(self):
        """Return why the budget may be overdrawn: this policy's, else its contact's."""
        policies = self.policy_id
        if self._name == "revisit.callback":
            policies |= self._get_contact().policy_id
        return next(filter(None, policies.mapped("overdraw_reason")), False)

    def _get_absence_text(self, decision):
        if not decision.get("absent"):
            return False
        return self.env._(
            "It was passed on because %(agent)s is away.", agent=decision["absent"]
        )
