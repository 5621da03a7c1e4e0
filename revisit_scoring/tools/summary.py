# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""The parts of a total, in the order in which a reader adds them up."""

from .score import ZERO, to_decimal


def summary_parts(lines):
    """Return the parts of a total: one first number, then deductions and additions.

    Indicators with deductions per event are included with full points in the first
    number and listed as deductions, so that the reader sees the cost of each event.

    :param lines: [(key, parts)] in the order of the sheet
    :return: [(sign, amount, key)]; the key of the first number is None

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
    """Return the parts of the first number of :func:`summary_parts`: [(key, amount)].

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
