# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Score and period arithmetic in plain Python: no database, no Odoo, no language.

Everything is exact (:class:`~decimal.Decimal`) until :func:`final_total` rounds
once, half up, to two digits. Grades compare that rounded number. What a number is
made of is returned as parts (plain JSON types); the models turn parts into sentences
in the reader's language.
"""

import calendar
from collections import namedtuple
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

ZERO = Decimal(0)
HUNDRED = Decimal(100)
BASE_TOTAL = HUNDRED
PERIOD_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
# Measures whose value lies between 0 and 100 (an average by the scale of its field).
RATE_MEASURES = ("ratio", "average")


def to_decimal(number):
    """The number as written: a float counts as its shortest text, not its bits.

    >>> to_decimal(0.1), to_decimal("2.50"), to_decimal(False)
    (Decimal('0.1'), Decimal('2.50'), Decimal('0'))
    """
    if isinstance(number, Decimal):
        return number
    return Decimal(str(number)) if number else ZERO


def round_half_up(number, digits=2):
    """The one rounding of the house.

    >>> round_half_up("90.005"), round_half_up(2.675), round_half_up(-0.125)
    (Decimal('90.01'), Decimal('2.68'), Decimal('-0.13'))
    """
    return to_decimal(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def plain(number):
    """A number as JSON text: exact, without exponent and trailing zeros.

    >>> plain(Decimal("30.00")), plain(Decimal("1E+2")), plain(None)
    ('30', '100', None)
    """
    if number is None:
        return None
    text = format(to_decimal(number), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


# ---------------------------------------------------------------------------
# Periods
# ---------------------------------------------------------------------------


def period_bounds(day, period):
    """First and last day of the month, quarter, half-year or year around a day.

    >>> [str(bound) for bound in period_bounds(date(2024, 2, 10), "month")]
    ['2024-02-01', '2024-02-29']
    >>> [str(bound) for bound in period_bounds(date(2025, 12, 31), "quarter")]
    ['2025-10-01', '2025-12-31']
    >>> [str(bound) for bound in period_bounds(date(2025, 7, 1), "half")]
    ['2025-07-01', '2025-12-31']
    """
    months = PERIOD_MONTHS[period]
    first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    last_month = first.month + months - 1
    last_day = calendar.monthrange(first.year, last_month)[1]
    return first, date(first.year, last_month, last_day)


def previous_bounds(day, period):
    """Bounds of the period before the one around a day.

    >>> [str(bound) for bound in previous_bounds(date(2025, 1, 15), "quarter")]
    ['2024-10-01', '2024-12-31']
    """
    first = period_bounds(day, period)[0]
    return period_bounds(first - timedelta(days=1), period)


def iter_periods(first, last, period):
    """Every whole period inside [first, last].

    >>> len(list(iter_periods(date(2025, 1, 1), date(2025, 3, 31), "month")))
    3
    >>> list(iter_periods(date(2025, 1, 1), date(2025, 3, 31), "year"))
    []
    """
    start, end = period_bounds(first, period)
    while end <= last:
        if start >= first:
            yield start, end
        start, end = period_bounds(end + timedelta(days=1), period)


def period_label(first, last):
    """A short name without words, the same in every language.

    >>> period_label(date(2025, 1, 1), date(2025, 3, 31))
    '2025-Q1'
    >>> period_label(date(2025, 7, 1), date(2025, 12, 31))
    '2025-H2'
    >>> period_label(date(2025, 2, 1), date(2025, 2, 28))
    '2025-02'
    >>> period_label(date(2025, 1, 5), date(2025, 1, 9))
    '2025-01-05..2025-01-09'
    """
    labels = {
        "month": f"{first:%Y-%m}",
        "quarter": f"{first.year}-Q{(first.month + 2) // 3}",
        "half": f"{first.year}-H{1 if first.month < 7 else 2}",
        "year": f"{first.year}",
    }
    for period, label in labels.items():
        if period_bounds(first, period) == (first, last):
            return label
    return f"{first}..{last}"


def utc_bounds(first, last, tz_name):
    """Half-open naive UTC bounds of local days, the last day included.

    >>> utc_bounds(date(2025, 1, 1), date(2025, 3, 31), "Asia/Shanghai")[0].isoformat()
    '2024-12-31T16:00:00'
    >>> start, end = utc_bounds(date(2025, 3, 30), date(2025, 3, 30), "Europe/Berlin")
    >>> (end - start).total_seconds() / 3600
    23.0
    """
    zone = ZoneInfo(tz_name or "UTC")

    def midnight(day):
        local = datetime.combine(day, time.min, tzinfo=zone)
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    return midnight(first), midnight(last + timedelta(days=1))


# ---------------------------------------------------------------------------
# Facts and rules
# ---------------------------------------------------------------------------

# What was counted for one subject and one metric.
Fact = namedtuple("Fact", "numerator denominator")
# A closed table row: over `lower`, up to and including `upper`.
Band = namedtuple("Band", "lower upper points")


@dataclass(frozen=True)
class Rule:
    """One indicator as plain values; see the indicator's fields for their meaning."""

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

    @cached_property
    def head(self):
        """Parts of every line that this rule judges."""
        return {
            "rule": self.kind,
            "measure": self.measure,
            "weight": plain(self.weight),
            "bonus": self.is_bonus,
        }

    @cached_property
    def limits(self):
        """Parts of every line with a value."""
        return {
            "target": plain(self.target),
            "step": plain(self.step),
            "per_step": plain(self.points_per_step),
            "lower_is_better": self.lower_is_better,
        }


@dataclass
class Line:
    """The judgement of one indicator: points (exact), and the parts that explain it."""

    points: Decimal = ZERO
    maximum: Decimal = ZERO
    value: Decimal | None = None
    counted: bool = False
    has_data: bool = False
    parts: dict = field(default_factory=dict)


def metric_value(measure, fact):
    """Value of a metric, or None where nothing could be counted.

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
    """How many steps lie in a distance: full ones, started ones, or exactly.

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
    """The row of a table that holds a value: lower bound out, upper bound in.

    The lowest row also holds its own lower bound, the highest everything above.

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
    """First hole or overlap in rows of (lower, upper), or None when they are exact.

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
    """Points off by steps or events, scaled with a re-weighted indicator."""
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
    """A number left blank takes and pays nothing, and the row says so."""
    if rule.kind == "event":
        return not rule.points_per_step
    if rule.kind == "step":
        return not (rule.points_per_step and rule.step)
    if rule.kind == "proportional":
        return not rule.target
    return rule.kind == "bands" and not rule.bands


def _achieved(rule, value, events, weight, parts):
    """Exact points of a rule for a value; fills in the parts that explain them."""
    if _is_unset(rule):
        parts["unset"] = True
        return ZERO if rule.is_bonus else weight
    if rule.kind in ("step", "event"):
        steps, off = _points_off(rule, events, value, weight)
        parts.update(steps=plain(steps), off=plain(min(off, weight)))
        if rule.is_bonus:
            return min(off, weight) if weight else off
        return max(weight - off, ZERO)
    if rule.kind == "proportional":
        if rule.lower_is_better:
            share = rule.target / value if value > rule.target else Decimal(1)
        else:
            share = min(value / rule.target, Decimal(1))
        return weight * share
    if rule.kind == "bands":
        band = find_band(value, rule.bands)
        parts["band"] = [plain(band.lower), plain(band.upper)]
        scale = weight / rule.weight if rule.weight else Decimal(1)
        return min(to_decimal(band.points) * scale, weight)
    return weight * min(value, HUNDRED) / HUNDRED  # mean


def judge(rule, fact=None, manual=None, weight=None):
    """Judge one indicator.

    :param fact: what was counted (:class:`Fact`), or None
    :param manual: points given by an assessor, None while they are missing
    :param weight: effective weight when lines without data were left out

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
    parts = {**rule.head, "effective": plain(weight)}
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
    """Nothing was counted: what happens then is the indicator's choice."""
    line.parts["empty"] = rule.when_empty
    if rule.is_bonus or rule.when_empty == "reweight":
        line.maximum = ZERO
    else:
        line.counted = True
        line.points = weight if rule.when_empty == "full" else ZERO
    line.parts["points"] = plain(line.points)
    return line


def judge_all(rules, facts, manuals):
    """Judge the indicators of one subject; weights of what has no data are spread.

    :param rules: {key: Rule}; ``facts`` and ``manuals`` by the same keys
    :returns: {key: Line}

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
    """Sum of the points before adjustments and rounding; bonus up to its ceiling."""
    base = sum((line.points for line in lines if not line.parts["bonus"]), ZERO)
    bonus = sum((line.points for line in lines if line.parts["bonus"]), ZERO)
    return base + min(bonus, to_decimal(bonus_ceiling))


def final_total(lines, adjustments=(), bonus_ceiling=10):
    """The total that is shown: adjusted, kept within its limits, rounded once.

    >>> final_total([], [Decimal(120)]), final_total([], [Decimal(-5)])
    (Decimal('110.00'), Decimal('0.00'))
    """
    return settle_total(exact_total(lines, bonus_ceiling), adjustments, bonus_ceiling)


def settle_total(exact, adjustments=(), bonus_ceiling=10):
    """As :func:`final_total`, from the stored exact sum.

    >>> settle_total("87.395", ["-0.4", 0.4]), settle_total("100", ["15"], 0)
    (Decimal('87.40'), Decimal('100.00'))
    """
    total = to_decimal(exact) + sum(map(to_decimal, adjustments), ZERO)
    limit = BASE_TOTAL + to_decimal(bonus_ceiling)
    return round_half_up(min(max(total, ZERO), limit))


def sum_total(exact, adjustments=()):
    """The adjusted total before its limits, rounded as the one that is shown.

    >>> sum_total("91", [-100, -100.5])
    Decimal('-109.50')
    """
    return round_half_up(to_decimal(exact) + sum(map(to_decimal, adjustments), ZERO))


def find_grade(total, grades):
    """Key of the grade of a rounded total among (key, lower, upper).

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


def summary_parts(lines):
    """What a total is made of: one first number, then what was taken off or added.

    Indicators that take points off per event are counted whole in the first number and
    listed as deductions, so that the reader sees what each event cost.

    :param lines: [(key, parts)] in the order of the sheet
    :returns: [(sign, amount, key)]; the key of the first number is None

    >>> rate = {"rule": "mean", "points": "72", "effective": "80", "bonus": False}
    >>> late = {"rule": "event", "points": "17", "effective": "20", "bonus": False,
    ...         "off": "3"}
    >>> summary_parts([("rate", rate), ("late", late)])
    [('+', Decimal('92'), None), ('-', Decimal('3'), 'late')]
    """
    first, rest = ZERO, []
    for key, parts in lines:
        points = to_decimal(parts.get("points"))
        if parts["bonus"]:
            if points:
                rest.append(("+", points, key))
        elif parts["rule"] == "event" and parts.get("off"):
            off = to_decimal(parts["effective"]) - points
            first += points + off
            if off:
                rest.append(("-", off, key))
        else:
            first += points
    return [("+", first, None), *rest]


def whole_parts(lines):
    """What the first number of :func:`summary_parts` is made of: [(key, amount)].

    >>> rate = {"rule": "mean", "points": "72", "effective": "80", "bonus": False}
    >>> late = {"rule": "event", "points": "17", "effective": "20", "bonus": False,
    ...         "off": "3"}
    >>> whole_parts([("rate", rate), ("late", late)])
    [('rate', Decimal('72')), ('late', Decimal('20'))]
    """
    parts = []
    for key, line in lines:
        if line["bonus"] or line.get("pending") or line.get("empty") == "reweight":
            continue
        points = to_decimal(line.get("points"))
        if line["rule"] == "event" and line.get("off"):
            points = to_decimal(line["effective"])
        parts.append((key, points))
    return parts
