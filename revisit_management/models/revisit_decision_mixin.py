# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.tools import format_date


class RevisitDecisionMixin(models.AbstractModel):
    """Why the planner decided as it did, as a sentence (B4).

    A sample stores ``{"period": "2026-03", "stratum": text or None, "rank": int,
    "of": int, "quota": int, "ceiling": int, None or "unknown"}``; a document
    that came too late ``{"period": "2026-03", "late": True}``.
    """

    _name = "revisit.decision.mixin"
    _description = "Explained Decision"

    decision_text = fields.Char(
        string="Explanation", compute="_compute_decision_text", compute_sudo=True
    )

    @api.depends("decision", "policy_id")
    @api.depends_context("lang")
    def _compute_decision_text(self):
        for record in self:
            record.decision_text = record._get_decision_text()

    def _get_decision_text(self):
        """Return the decision as sentences, or False. Extend per rule."""
        decision = self.decision or {}
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
