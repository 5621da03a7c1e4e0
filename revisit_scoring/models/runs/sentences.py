# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models

from ...tools.score import HUNDRED, plain, round_half_up, to_decimal
from .revisit_score_line import _show


def _show_unit(number):
    """Return the points per event with four digits, as the reader multiplies them."""
    return plain(round_half_up(number, 4))


def _scale(parts, points):
    """Return points of the scheme, scaled to the effective weight of a line."""
    weight = to_decimal(parts["weight"])
    if not weight:
        return to_decimal(points)
    return to_decimal(points) * to_decimal(parts["effective"]) / weight


def _get_left_out(parts):
    """Return the weights that still share the 100 points, and those left out."""
    base = HUNDRED * to_decimal(parts["weight"]) / to_decimal(parts["effective"])
    return {"base": _show(base), "left_out": _show(HUNDRED - base)}


def _equation(left, shown, points):
    """Return ``left = points``, with ≈ if rounded numbers give another result."""
    sign = "=" if round_half_up(shown) == round_half_up(points) else "≈"
    return f"{left} {sign} {_show(points)}"


class RevisitScoreLine(models.Model):
    """Explains a line's points in sentences, so that a reader can recompute them.

    The sentence about the whole score is in sheet.py."""

    _inherit = "revisit.score.line"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("parts", "manual_points", "manual_reason", "manual_by_id")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for line in self:
            line.explanation = " ".join(line._get_sentences())

    def _get_sentences(self):
        """Return the line in sentences: what was counted, the rule, its result."""
        self.ensure_one()
        parts = self.parts or {}
        if not parts:
            return []
        if parts.get("pending"):
            return [self.env._("An assessor has to give the points.")]
        if parts.get("empty"):
            sentences = [self._say_empty(parts), self._say_asked(parts)]
        elif parts["rule"] == "manual":
            sentences = [self._say_manual(parts), self._say_manual_weight(parts)]
        else:
            sentences = [
                self._say_count(parts),
                self._say_rule(parts),
                self._say_weight(parts),
                self._say_asked(parts),
            ]
        return list(filter(None, sentences))

    def _say_weight(self, parts):
        """Return why a line counts for more than its weight, with the calculation."""
        weight, effective = to_decimal(parts["weight"]), to_decimal(parts["effective"])
        if effective == weight:
            return ""
        values = {
            "weight": _show(weight),
            "effective": _show(effective),
            **_get_left_out(parts),
        }
        if parts["rule"] in ("step", "event") and to_decimal(parts.get("steps")):
            return self.env._(
                "The weight %(weight)s counts as %(effective)s (%(weight)s of %(base)s)"
                " and %(per_step)s off as %(each)s, because lines worth %(left_out)s"
                " are left out.",
                per_step=_show(parts["per_step"]),
                each=_show_unit(_scale(parts, parts["per_step"])),
                **values,
            )
        return self.env._(
            "The weight %(weight)s counts as %(effective)s (%(weight)s of %(base)s),"
            " because lines worth %(left_out)s are left out.",
            **values,
        )

    def _say_asked(self, parts):
        if not parts.get("asked"):
            return ""
        return self.env._(
            "Small sample: the scheme asks for at least %(asked)s.",
            asked=_show(parts["asked"]),
        )

    def _say_empty(self, parts):
        """Return what the scheme gives to a line without records.

        :param parts: see :class:`~..tools.score.Parts`
        """
        if parts["bonus"]:
            return self.env._("No records in this period: no bonus.")
        if parts["empty"] == "full":
            return self.env._("No records in this period: full points.")
        if parts["empty"] == "zero":
            return self.env._("No records in this period: no points.")
        return self.env._(
            "No records in this period: left out, its weight is spread over the other"
            " lines."
        )

    def _say_manual(self, parts):
        weight = to_decimal(parts["weight"])
        return self.env._(
            "%(points)s of %(maximum)s points given by %(user)s. Reason: %(reason)s.",
            points=_show(min(to_decimal(self.manual_points), weight)),
            maximum=_show(weight),
            user=self.sudo().manual_by_id.name or "",  # only a name, not the user
            reason=(self.manual_reason or "").strip().rstrip("."),
        )

    def _say_manual_weight(self, parts):
        """Return the value of the given points if other lines were left out."""
        if to_decimal(parts["effective"]) == to_decimal(parts["weight"]):
            return ""
        return self.env._(
            "They count as %(points)s of %(maximum)s, because lines worth %(left_out)s"
            " are left out.",
            points=_show(parts["points"]),
            maximum=_show(parts["effective"]),
            left_out=_get_left_out(parts)["left_out"],
        )

    def _say_count(self, parts):
        """Return what was counted, by the measure of the indicator.

        :param parts: see :class:`~..tools.score.Parts`
        """
        values = {
            "numerator": _show(parts["numerator"]),
            "denominator": _show(parts["denominator"]),
            "value": _show(parts["value"]),
        }
        if parts["measure"] == "ratio":
            return self.env._(
                "%(numerator)s of %(denominator)s: %(value)s%%.", **values
            )
        if parts["measure"] == "average":
            return self.env._("Mean %(value)s over %(denominator)s answers.", **values)
        if parts["measure"] == "count":
            return self.env._("%(numerator)s among %(denominator)s records.", **values)
        return self.env._("Sum %(value)s over %(denominator)s records.", **values)

    def _say_rule(self, parts):
        """Return how the rule leads from the value to the points.

        :param parts: see :class:`~..tools.score.Parts`
        """
        is_rate = parts["measure"] == "ratio" and parts["rule"] != "event"
        unit = "%" if is_rate else ""
        values = {
            "points": _show(parts["points"]),
            "maximum": _show(parts["effective"]),
            "target": _show(parts["target"]) + unit,
        }
        if parts.get("zero_limit") is not None:
            return self.env._(
                "That is beyond the limit of %(limit)s: no points.",
                limit=_show(parts["zero_limit"]) + unit,
            )
        if parts.get("unset"):
            return self.env._(
                "The rulebook leaves the number of points open: %(points)s of"
                " %(maximum)s points, nothing taken off.",
                **values,
            )
        say = getattr(self, f"_say_{parts['rule']}")
        return say(parts, values)

    def _say_proportional(self, parts, values):
        """Return the calculation of points in proportion to the target.

        :param parts: see :class:`~..tools.score.Parts`
        :param values: the numbers as shown, for the placeholders
        """
        shown = {
            name: round_half_up(parts[name])
            for name in ("value", "target", "effective")
        }
        value, target, maximum = shown.values()
        lower_is_better = parts["lower_is_better"]
        share = (target, value) if lower_is_better else (value, target)
        if share[0] >= share[1]:
            return self.env._(
                "The target %(target)s is reached: %(points)s of %(maximum)s points.",
                **values,
            )
        values["formula"] = _equation(
            f"{_show(share[0])} / {_show(share[1])} × {_show(maximum)}",
            share[0] / share[1] * maximum,
            parts["points"],
        )
        if lower_is_better:
            return self.env._(
                "Above the target %(target)s: %(formula)s of %(maximum)s points.",
                **values,
            )
        return self.env._(
            "Below the target %(target)s: %(formula)s of %(maximum)s points.", **values
        )

    def _say_mean(self, parts, values):
        value = min(round_half_up(parts["value"]), HUNDRED)
        values["formula"] = _equation(
            f"{_show(value)} × {values['maximum']}%",
            value * round_half_up(parts["effective"]) / HUNDRED,
            parts["points"],
        )
        return self.env._("The value itself counts: %(formula)s points.", **values)

    def _say_step(self, parts, values):
        """Return the steps from the target, and what they cost or bring.

        :param parts: see :class:`~..tools.score.Parts`
        :param values: the numbers as shown, for the placeholders
        """
        values.update(steps=_show(parts["steps"]), step=_show(parts["step"]))
        if parts["lower_is_better"]:
            start = self.env._(
                "Steps of %(step)s above the target %(target)s: %(steps)s.", **values
            )
        else:
            start = self.env._(
                "Steps of %(step)s below the target %(target)s: %(steps)s.", **values
            )
        return f"{start} {self._say_each(parts, values)}"

    def _say_event(self, parts, values):
        return self._say_each(parts, values)

    def _say_each(self, parts, values):
        """Return the points per step or event, and those of all of them."""
        steps = to_decimal(parts["steps"])
        if not steps and not parts["bonus"]:
            return self.env._(
                "Nothing to take off: %(points)s of %(maximum)s points.", **values
            )
        each = _show_unit(_scale(parts, parts["per_step"]))
        change = f"{_show(steps)} × {each}"
        whole = round_half_up(steps) * to_decimal(each)
        maximum = round_half_up(parts["effective"])
        points = to_decimal(parts["points"])
        values["each"] = each
        if parts["bonus"]:
            if maximum and whole > maximum:
                return self.env._(
                    "%(each)s for each, at most %(maximum)s: %(points)s bonus points.",
                    **values,
                )
            values["formula"] = _equation(change, whole, points)
            return self.env._("%(each)s for each: %(formula)s bonus points.", **values)
        if not points:
            return self.env._(
                "%(each)s off for each: none of %(maximum)s points are left.", **values
            )
        values["formula"] = _equation(
            f"{values['maximum']} - {change}", maximum - whole, points
        )
        return self.env._(
            "%(each)s off for each: %(formula)s of %(maximum)s points.", **values
        )

    def _say_bands(self, parts, values):
        """Return the band of the value, and its points.

        :param parts: see :class:`~..tools.score.Parts`
        :param values: the numbers as shown, for the placeholders
        """
        lower, upper = map(to_decimal, parts["band"])
        value = to_decimal(parts["value"])
        values.update(lower=_show(lower), upper=_show(upper))
        if value > upper:  # the highest row includes everything above it
            return self.env._(
                "Over %(lower)s: %(points)s of %(maximum)s points.", **values
            )
        if value <= lower:  # the lowest row includes its own lower bound
            return self.env._(
                "Up to %(upper)s: %(points)s of %(maximum)s points.", **values
            )
        return self.env._(
            "Over %(lower)s up to %(upper)s: %(points)s of %(maximum)s points.",
            **values,
        )

    def _get_event_label(self):
        """Return “2 × Finished late”, for the sum on the sheet."""
        self.ensure_one()
        if (self.parts or {}).get("rule") != "event":
            return self.name
        return self.env._(
            "%(count)s × %(name)s",
            count=_show(self.parts["numerator"]),
            name=self.name,
        )

    def _get_whole_label(self, is_reduced):
        """Return the line's name, for the number before deductions."""
        self.ensure_one()
        if is_reduced:
            return self.env._("%s before deductions", self.name)
        return self.name
