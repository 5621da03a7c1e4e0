# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.tools import format_date


class RevisitDecisionMixin(models.AbstractModel):
    """Explains in a sentence why the planner decided as it did.

    ``decision`` stores, for

    - a sample: ``{"period": "2026-03", "stratum": text or None, "rank": int,
      "of": int, "quota": int, "ceiling": int, None or "unknown"}``
    - a document that is too late for its sample: ``{"period": "2026-03",
      "late": True}``
    - a cap or quota: ``{"limit": int, "limit_from": date, "months": int,
      "number": int}``
    - the budget: ``{"budget": int, "days": int, "overdrawn": bool}``
    - an absence: ``{"absent": name}``
    """

    _name = "revisit.decision.mixin"
    _description = "Explained Decision"

    # the caps and the budget count headquarters' contacts, which dealers do not see
    decision_text = fields.Char(
        string="Explanation",
        compute="_compute_decision_text",
        compute_sudo=True,
        groups="revisit_management.group_agent",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("decision", "policy_id")
    @api.depends_context("lang")
    def _compute_decision_text(self):
        for record in self:
            record.decision_text = record._get_decision_text()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_draw_text(self, decision):
        if decision.get("late"):
            return self.env._(
                "This document appeared after the draw of the period from %(month)s.",
                month=self._get_month(decision),
            )
        if not decision.get("rank"):
            return False
        values = {
            "month": self._get_month(decision),
            "rank": decision["rank"],
            "of": decision["of"],
            "quota": decision["quota"],
        }
        if self.policy_id.sample_stratum_path or decision["stratum"]:
            stratum = self.policy_id._get_stratum_label(decision["stratum"])
            text = self.env._(
                "Draw of the period from %(month)s, %(stratum)s: number %(rank)s of"
                " %(of)s; the first %(quota)s are called.",
                stratum=stratum,
                **values,
            )
        else:
            text = self.env._(
                "Draw of the period from %(month)s: number %(rank)s of %(of)s; the"
                " first %(quota)s are called.",
                **values,
            )
        return " ".join(filter(None, [text, self._get_ceiling_text(decision)]))

    def _get_ceiling_text(self, decision):
        ceiling = decision.get("ceiling")
        if ceiling is None:
            return ""
        if ceiling == "unknown":
            return self.env._(
                "There was no ceiling, because the number of households is not known."
            )
        return self.env._("Never more than %s in the whole period.", ceiling)

    def _get_month(self, decision):
        day = fields.Date.to_date(f"{decision['period']}-01")
        return format_date(self.env, day, date_format="yyyy-MM")

    def _get_decision_text(self):
        """Return the decision as sentences, or False. Extend it for other rules."""
        decision = self.decision or {}
        texts = [
            self._get_draw_text(decision),
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
        """Return why the budget may be exceeded: the policy's or contact's reason."""
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
