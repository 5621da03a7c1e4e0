# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Score arithmetic in plain Python: no database, no Odoo, no language.

Everything is exact (:class:`~decimal.Decimal`) until :func:`final_total` rounds
once, half away from zero, to two digits. Grades compare that rounded number. The parts
that explain a number are returned as plain JSON types; the models turn them into
sentences in the user's language.
"""

from collections import namedtuple
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import TypedDict

ZERO = Decimal(0)
HUNDRED = Decimal(100)
BASE_TOTAL = HUNDRED
# Measures with a value between 0 and 100 (an average by the scale of its field).
RATE_MEASURES = ("ratio", "average")
# Rules: how points follow from a value, a number of events or an assessor.
RULE_KINDS = ("proportional", "step", "event", "bands", "mean", "manual")


def to_decimal(number):
    """Return the number as written: a float by its shortest text, not its bits.

    >>> to_decimal(0.1), to_decimal("2.50"), to_decimal(False)
    (Decimal('0.1'), Decimal('2.50'), Decimal('0'))
    """
    if isinstance(number, Decimal):
        return number
    return Decimal(str(number)) if number else ZERO


def round_half_up(number, digits=2):
    """Round half away from zero; every rounded number is rounded here.

    >>> round_half_up("90.005"), round_half_up(2.675), round_half_up(-0.125)
    (Decimal('90.01'), Decimal('2.68'), Decimal('-0.13'))
    """
    return to_decimal(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def plain(number):
    """Return a number as JSON text: exact, without exponent and trailing zeros.

    >>> plain(Decimal("30.00")), plain(Decimal("1E+2")), plain(None)
    ('30', '100', None)
    """
    if number is None:
        return None
    text = format(to_decimal(number), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


# ---------------------------------------------------------------------------
# Facts and rules
# ---------------------------------------------------------------------------

# What was counted for one subject and one metric.
Fact = namedtuple("Fact", "numerator denominator")
# A row of a table: above `lower`, up to and including `upper`.
Band = namedtuple("Band", "lower upper points")


class Parts(TypedDict, total=False):
    """The parts that explain a line, as they are stored: JSON, numbers as exact text.

    Keys that do not apply to a line are left out.
    """

    rule: str  # one of RULE_KINDS
    measure: str  # "ratio", "average" or "count"
    bonus: bool  # on top of the base total
    weight: str  # points, as the scheme says
    effective: str  # points, after weights of lines without data were spread
    points: str  # points reached
    numerator: str  # what counts, in records or in the unit of a value field
    denominator: str  # records among which it was counted
    value: str  # per cent, mean, or number, by the measure
    target: str  # in the unit of the value
    step: str  # in the unit of the value
    per_step: str  # points per step or event
    lower_is_better: bool
    steps: str  # steps or events that count
    off: str  # points taken off
    band: list[str]  # lower and upper bound, in the unit of the value
    zero_limit: str  # in events, or as the value: beyond it the line has no points
    unset: bool  # a number of the rule was left blank
    pending: bool  # an assessor has not given points yet
    empty: str  # nothing was counted: "reweight", "full" or "zero"


@dataclass(frozen=True)
class Rule:
    """One indicator as plain values; the fields of the indicator explain them.

    >>> Rule("median", Decimal(10))
    Traceback (most recent call last):
    ...
    ValueError: No rule is called 'median'.
    """

    kind: str
    weight: Decimal
    measure: str = "ratio"
    target: Decimal = HUNDRED
    step: Decimal = ZERO
    points_per_step: Decimal = ZERO
    step_rounding: str = "full"
    lower_is_better: bool = False
    zero_limit: Decimal | None = None
    when_empty: str = "reweight"
    is_bonus: bool = False
    bands: tuple = ()

    def __post_init__(self):
        if self.kind not in RULE_KINDS:
            raise ValueError(f"No rule is called {self.kind!r}.")

    @cached_property
    def head(self):
        """The parts of every line that this rule scores."""
        return {
            "rule": self.kind,
            "measure": self.measure,
            "weight": plain(self.weight),
            "bonus": self.is_bonus,
        }

    @cached_property
    def limits(self):
        """The parts of every line with a value."""
        return {
            "target": plain(self.target),
            "step": plain(self.step),
            "per_step": plain(self.points_per_step),
            "lower_is_better": self.lower_is_better,
        }


@dataclass
class Line:
    """The result for one indicator: exact points, and the parts that explain them."""

    points: Decimal = ZERO
    maximum: Decimal = ZERO
    value: Decimal | None = None
    counted: bool = False
    has_data: bool = False
    parts: Parts = field(default_factory=Parts)


def metric_value(measure, fact):
    """Return the value of a metric, or None if nothing could be counted.

    >>> metric_value("ratio", Fact(18, 20)), metric_value("ratio", Fact(0, 0))
    (Decimal('90'), None)
    >>> metric_value("average", Fact(Decimal("171"), 2))
    Decimal('85.5')
    >>> metric_value("count", Fact(3, 40))
    Decimal('3')
    """
    if fact is None or not fact.denominator:
        return None
    if measure == "ratio":
        return HUNDRED * fact.numerator / fact.denominator
    if measure == "average":
        return to_decimal(fact.numerator) / fact.denominator
    return to_decimal(fact.numerator)


def count_steps(distance, step, rounding="full"):
    """Return the number of steps in a distance: full ones, started ones, or exact.

    >>> [count_steps(Decimal("2.5"), Decimal(1), how) for how in ("full", "started")]
    [Decimal('2'), Decimal('3')]
    >>> count_steps(Decimal("2.5"), Decimal(1), "exact"), count_steps(-1, Decimal(1))
    (Decimal('2.5'), Decimal('0'))
    """
    if distance <= 0 or not step:
        return ZERO
    steps = distance / step
    if rounding == "full":
        return steps.to_integral_value(ROUND_FLOOR)
    if rounding == "started":
        return steps.to_integral_value(ROUND_CEILING)
    return steps


def find_band(value, bands):
    """Return the row of a table for a value: lower bound excluded, upper included.

    The lowest row also includes its own lower bound, the highest everything above.

    >>> table = [Band(Decimal(0), Decimal(60), 0), Band(Decimal(60), Decimal(100), 1)]
    >>> [find_band(Decimal(v), table).points for v in ("0", "60", "60.01", "105")]
    [0, 0, 1, 1]
    """
    ordered = sorted(bands, key=lambda band: band.lower)
    for band in ordered:
        if value <= band.upper:
            return band
    return ordered[-1] if ordered else None


def table_problem(rows, low, high):
    """Return the first hole or overlap in rows of (lower, upper), or None.

    >>> table_problem([(0, 60), (60, 110)], 0, 110)
    >>> table_problem([(0, 60), (70, 110)], 0, 110)
    ('hole', Decimal('60'), Decimal('70'))
    >>> table_problem([(0, 60), (50, 110)], 0, 110)
    ('overlap', Decimal('50'), Decimal('60'))
    >>> table_problem([(0, 60), (60, 100)], 0, 110)
    ('hole', Decimal('100'), Decimal('110'))
    >>> table_problem([(60, 60)], 0, 110)
    ('reversed', Decimal('60'), Decimal('60'))
    """
    reached = to_decimal(low)
    ordered = sorted((to_decimal(lower), to_decimal(upper)) for lower, upper in rows)
    for lower, upper in ordered:
        if upper <= lower:
            return "reversed", lower, upper
        if lower > reached:
            return "hole", reached, lower
        if lower < reached:
            return "overlap", lower, min(reached, upper)
        reached = upper
    if reached < to_decimal(high):
        return "hole", reached, to_decimal(high)
    return None


def _points_off(rule, events, value, weight):
    """Return (steps or events, points off), scaled to the effective weight."""
    if rule.kind == "event":
        steps = events
    else:
        distance = value - rule.target if rule.lower_is_better else rule.target - value
        steps = count_steps(distance, rule.step, rule.step_rounding)
    scale = weight / rule.weight if rule.weight else Decimal(1)
    return steps, steps * rule.points_per_step * scale


def _is_zeroed(rule, compared):
    if rule.zero_limit is None:
        return False
    if rule.kind == "event" or rule.lower_is_better:
        return compared > rule.zero_limit
    return compared < rule.zero_limit


def _is_unset(rule):
    """Return whether a number of the rule is blank, so that points do not change."""
    if rule.kind == "event":
        return not rule.points_per_step
    if rule.kind == "step":
        return not (rule.points_per_step and rule.step)
    if rule.kind == "proportional":
        return not rule.target
    return rule.kind == "bands" and not rule.bands


def _achieve_steps(rule, value, events, weight, parts):
    steps, off = _points_off(rule, events, value, weight)
    parts.update(steps=plain(steps), off=plain(min(off, weight)))
    if rule.is_bonus:
        return min(off, weight) if weight else off
    return max(weight - off, ZERO)


def _achieve_share(rule, value, events, weight, parts):
    if rule.lower_is_better:
        return weight * (rule.target / value if value > rule.target else Decimal(1))
    return weight * min(value / rule.target, Decimal(1))


def _achieve_band(rule, value, events, weight, parts):
    band = find_band(value, rule.bands)
    parts["band"] = [plain(band.lower), plain(band.upper)]
    scale = weight / rule.weight if rule.weight else Decimal(1)
    return min(to_decimal(band.points) * scale, weight)


def _achieve_mean(rule, value, events, weight, parts):
    return weight * min(value, HUNDRED) / HUNDRED


ACHIEVERS = {
    "step": _achieve_steps,
    "event": _achieve_steps,
    "proportional": _achieve_share,
    "bands": _achieve_band,
    "mean": _achieve_mean,
}


def _achieved(rule, value, events, weight, parts):
    """Return the exact points of a rule for a value; add explanations to ``parts``."""
    if _is_unset(rule):
        parts["unset"] = True
        return ZERO if rule.is_bonus else weight
    return ACHIEVERS[rule.kind](rule, value, events, weight, parts)


def judge(rule, fact=None, manual=None, weight=None):
    """Return the :class:`Line` with the result for one indicator.

    :param fact: the count (:class:`Fact`), or None
    :param manual: points given by an assessor, None as long as they are missing
    :param weight: effective weight if lines without data were left out

    >>> rule = Rule("proportional", Decimal(30), target=Decimal(95))
    >>> judge(rule, Fact(19, 20)).points
    Decimal('30')
    >>> judge(Rule("event", Decimal(20), "count", points_per_step=Decimal("1.5")),
    ...       Fact(2, 40)).points
    Decimal('17.0')
    >>> judge(Rule("mean", Decimal(70), "average"), Fact(171, 2)).points
    Decimal('59.85')
    >>> judge(Rule("mean", Decimal(70), "average"), Fact(0, 0)).parts["empty"]
    'reweight'
    """
    weight = rule.weight if weight is None else weight
    parts = Parts(**rule.head, effective=plain(weight))
    line = Line(maximum=weight, parts=parts)
    if rule.kind == "manual":
        if manual is None:
            parts["pending"] = True
            line.maximum = ZERO
            return line
        scale = weight / rule.weight if rule.weight else Decimal(1)
        line.points = min(max(to_decimal(manual), ZERO), rule.weight) * scale
        line.counted = line.has_data = True
    else:
        line.value = metric_value(rule.measure, fact)
        if line.value is None:
            return _judge_empty(rule, line, weight)
        _judge_value(rule, line, fact, weight)
    parts["points"] = plain(line.points)
    return line


def _judge_value(rule, line, fact, weight):
    events = to_decimal(fact.numerator)
    line.counted = line.has_data = True
    line.parts.update(
        numerator=plain(fact.numerator),
        denominator=plain(fact.denominator),
        value=plain(line.value),
        **rule.limits,
    )
    line.points = _achieved(rule, line.value, events, weight, line.parts)
    compared = events if rule.kind == "event" else line.value
    if _is_zeroed(rule, compared):
        line.parts.update(zero_limit=plain(rule.zero_limit), off=plain(weight))
        line.points = ZERO


def _judge_empty(rule, line, weight):
    """Set the result of a line without records, as the indicator says."""
    line.parts["empty"] = rule.when_empty
    if rule.is_bonus or rule.when_empty == "reweight":
        line.maximum = ZERO
    else:
        line.counted = True
        line.points = weight if rule.when_empty == "full" else ZERO
    line.parts["points"] = plain(line.points)
    return line


def judge_all(rules, facts, manuals):
    """Score the indicators of one subject; spread the weights of lines without data.

    :param rules: {key: Rule}; ``facts`` and ``manuals`` have the same keys
    :return: {key: Line}

    >>> dealer = {"sale": Rule("mean", Decimal(30), "average"),
    ...           "service": Rule("mean", Decimal(70), "average")}
    >>> both = judge_all(dealer, {"sale": Fact(180, 2), "service": Fact(80, 1)}, {})
    >>> final_total(both.values())
    Decimal('83.00')
    >>> one = judge_all(dealer, {"sale": Fact(180, 2), "service": Fact(0, 0)}, {})
    >>> final_total(one.values()), one["sale"].parts["effective"]
    (Decimal('90.00'), '100')
    """
    lines = {
        key: judge(rule, facts.get(key), manuals.get(key))
        for key, rule in rules.items()
    }
    base = [key for key, rule in rules.items() if not rule.is_bonus]
    counted = sum((rules[key].weight for key in base if lines[key].counted), ZERO)
    whole = sum((rules[key].weight for key in base), ZERO)
    if counted and counted != whole:
        for key in base:
            if lines[key].counted:
                weight = rules[key].weight * whole / counted
                lines[key] = judge(rules[key], facts.get(key), manuals.get(key), weight)
    return lines


def exact_total(lines, bonus_ceiling=10):
    """Return the sum of points before adjustments and rounding, with capped bonus."""
    base = sum((line.points for line in lines if not line.parts["bonus"]), ZERO)
    bonus = sum((line.points for line in lines if line.parts["bonus"]), ZERO)
    return base + min(bonus, to_decimal(bonus_ceiling))


def final_total(lines, adjustments=(), bonus_ceiling=10):
    """Return the total that is shown: adjusted, kept within limits, rounded once.

    >>> final_total([], [Decimal(120)]), final_total([], [Decimal(-5)])
    (Decimal('110.00'), Decimal('0.00'))
    """
    return settle_total(exact_total(lines, bonus_ceiling), adjustments, bonus_ceiling)


def settle_total(exact, adjustments=(), bonus_ceiling=10):
    """Return the same as :func:`final_total`, from the stored exact sum.

    >>> settle_total("87.395", ["-0.4", 0.4]), settle_total("100", ["15"], 0)
    (Decimal('87.40'), Decimal('100.00'))
    """
    total = to_decimal(exact) + sum(map(to_decimal, adjustments), ZERO)
    limit = BASE_TOTAL + to_decimal(bonus_ceiling)
    return round_half_up(min(max(total, ZERO), limit))


def sum_total(exact, adjustments=()):
    """Return the adjusted total before its limits, rounded like the shown total.

    >>> sum_total("91", [-100, -100.5])
    Decimal('-109.50')
    """
    return round_half_up(to_decimal(exact) + sum(map(to_decimal, adjustments), ZERO))


def find_grade(total, grades):
    """Return the key of the grade of a rounded total, from (key, lower, upper).

    >>> five = [("A", 90, 110), ("B", 80, 90), ("C", 70, 80), ("D", 60, 70)]
    >>> five += [("E", 0, 60)]
    >>> [find_grade(Decimal(v), five) for v in ("90", "90.01", "60", "60.01", "0")]
    ['B', 'A', 'E', 'D', 'E']
    >>> find_grade(Decimal(1), [])
    """
    rows = [
        Band(to_decimal(lower), to_decimal(upper), key) for key, lower, upper in grades
    ]
    band = find_band(to_decimal(total), rows)
    return band.points if band else None
