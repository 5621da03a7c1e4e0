# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""When customers answer: rates of weekdays and hours, honest about small numbers.

Plain Python without a database. A cell is ``(kind, weekday, hour)``: the kind of
customer, 0 (Monday) to 6, and the local hour 0 to 23. A rate is a share, 0 to 1.

The rate of a cell is drawn towards the rate of its hour, this one towards its kind's,
and that one towards the company's, by as much as chance alone explains the differences
(beta-binomial model; moments after Kleinman 1973, "Proportions with extraneous
variance: single and independent samples"). Where chance explains them all, every cell
has the same rate, and nothing is recommended.

Few tries and no differences claim nothing:

>>> few = learn({("person", 0, 9): (3, 3), ("person", 0, 10): (3, 0)})
>>> any(cell.is_better for cell in few.values())
False
>>> same = learn({("person", 0, hour): (100, 30) for hour in range(9, 20)})
>>> {round(cell.rate, 4) for cell in same.values()}, same["person", 0, 9].is_better
({0.3}, False)
>>> learn({})
{}
"""

from datetime import timedelta
from math import exp, inf, lgamma, log, sqrt
from typing import NamedTuple

# what was entered later has an hour from memory
ENTERED_WITHIN = timedelta(hours=1)
# no claim is made on fewer tries
FEWEST_TRIES = 30
# as rarely may any cell of a company without a pattern be called better
FALSE_CLAIMS = 0.01
# a term of a sum that is left out
NEGLIGIBLE = 1e-12
# 95 of 100 intervals hold the true difference
Z = 1.959963984540054


class Cell(NamedTuple):
    """What is known of a kind of customer at one hour of one weekday.

    ``tries`` and ``answered`` were counted, ``rate`` (0 to 1) is what to expect,
    ``usual`` is the rate of the kind at any hour, and ``is_better`` says that more
    answer than chance explains.
    """

    tries: int
    answered: int
    rate: float
    usual: float
    is_better: bool


def learn(counts):
    """Return what to expect of each cell.

    :param counts: ``{(kind, weekday, hour): (tries, answered)}``
    :return: ``{(kind, weekday, hour): Cell}``

    Whoever answers in the evening is called in the evening:

    >>> counts = {("person", day, hour): (40, 24 if hour == 18 else 10)
    ...           for day in range(5) for hour in range(9, 20)}
    >>> cells = learn(counts)
    >>> sorted({hour for (_, _, hour), cell in cells.items() if cell.is_better})
    [18]
    >>> cell = cells["person", 0, 18]
    >>> round(cell.rate, 2), round(cell.usual, 2)
    (0.57, 0.28)
    """
    kinds, hours = add_up(counts)
    rates = get_rates(counts, kinds, hours)
    usual = {kind: share(*pair) for kind, pair in kinds.items()}
    # each hour and each cell is asked whether it is better: all of them share the doubt
    doubt = FALSE_CLAIMS / max(1, len(hours) + len(counts))
    better = {
        key
        for key, pair in [*hours.items(), *counts.items()]
        if is_better(*pair, usual[key[0]], doubt)
    }
    return {
        key: Cell(
            *counts[key],
            rates[key],
            usual[key[0]],
            rates[key] > usual[key[0]] and bool({key, (key[0], key[2])} & better),
        )
        for key in counts
    }


def add_up(counts):
    """Return the counts of kinds, and of hours of any weekday.

    >>> add_up({("person", 0, 9): (3, 1), ("person", 1, 9): (2, 2)})
    ({'person': (5, 3)}, {('person', 9): (5, 3)})
    """
    kinds, hours = {}, {}
    for (kind, _weekday, hour), pair in counts.items():
        kinds[kind] = add(kinds.get(kind, (0, 0)), pair)
        hours[kind, hour] = add(hours.get((kind, hour), (0, 0)), pair)
    return kinds, hours


def get_rates(counts, kinds, hours):
    """Return the rate to expect of each cell, ``{cell: rate}``; see the module."""
    if not counts:
        return {}
    tries, answered = zip(*kinds.values(), strict=True)
    whole = share(sum(tries), sum(answered))
    kind_rates = shrink(kinds, dict.fromkeys(kinds, whole))
    hour_rates = {}
    for kind in kinds:
        own = {key: pair for key, pair in hours.items() if key[0] == kind}
        hour_rates |= shrink(own, dict.fromkeys(own, kind_rates[kind]))
    means = {key: hour_rates[key[0], key[2]] for key in counts}
    return shrink(counts, means)


def add(one, other):
    """Return the sum of two ``(tries, answered)``."""
    return one[0] + other[0], one[1] + other[1]


def share(tries, answered):
    """Return the share that answered, 0 without a try."""
    return answered / tries if tries else 0.0


def shrink(counts, means):
    """Draw the rates of groups towards their means, by what chance explains.

    :param counts: ``{group: (tries, answered)}``
    :param means: ``{group: rate}`` that is expected without knowing the group
    :return: ``{group: rate}``

    >>> counts = {"a": (1000, 600), "b": (1000, 200), "c": (4, 4)}
    >>> rates = shrink(counts, dict.fromkeys(counts, 0.4))
    >>> [round(rates[group], 2) for group in "abc"]
    [0.6, 0.2, 0.8]
    """
    weight = get_weight(counts, means)
    return {
        group: means[group]
        if weight == inf
        else (answered + weight * means[group]) / (tries + weight)
        for group, (tries, answered) in counts.items()
    }


def get_weight(counts, means):
    """Return how many tries the means are worth; infinitely many without differences.

    >>> get_weight({"a": (100, 31), "b": (100, 29)}, {"a": 0.3, "b": 0.3})
    inf
    """
    tries = sum(n for n, _ in counts.values())
    chance = sum(means[g] * (1 - means[g]) for g in counts)
    seen = sum(
        n * (share(n, answered) - means[g]) ** 2
        for g, (n, answered) in counts.items()
        if n
    )
    noise = chance / len(counts) if counts else 0
    # each mean was estimated, and has taken one degree of freedom
    extra = seen - noise * max(1, len(counts) - len(set(means.values())))
    if extra <= 0 or not noise:
        return inf
    variance = extra / (tries - sum(n * n for n, _ in counts.values()) / tries or inf)
    return max(0.0, noise / variance - 1) if variance else inf


def is_better(tries, answered, usual, doubt):
    """Return whether so many answers are too many for chance, after enough tries.

    :param doubt: probability below which chance is ruled out

    >>> is_better(100, 52, 0.31, 0.0001), is_better(100, 35, 0.31, 0.0001)
    (True, False)
    >>> is_better(29, 29, 0.31, 0.0001), is_better(50, 50, 0, 0.01)
    (False, True)
    """
    if tries < FEWEST_TRIES or answered <= usual * tries:
        return False
    return get_tail(tries, answered, usual) < doubt


def get_tail(tries, answered, rate):
    """Return the probability of at least so many answers, of a binomial.

    >>> round(get_tail(10, 8, 0.5), 6)
    0.054688
    >>> get_tail(10, 3, 0), get_tail(10, 3, 1)
    (0.0, 1.0)
    """
    if rate <= 0 or rate >= 1:
        return float(rate >= 1 or not answered)
    total = 0.0
    for count in range(answered, tries + 1):
        term = exp(
            lgamma(tries + 1)
            - lgamma(count + 1)
            - lgamma(tries - count + 1)
            + count * log(rate)
            + (tries - count) * log(1 - rate)
        )
        total += term
        # beyond the mean the terms only become smaller
        if count > rate * tries and term < total * NEGLIGIBLE:
            break
    return total


def compare(guided, others):
    """Return the difference of two rates, and the interval that holds the true one.

    :param guided, others: ``(tries, answered)``
    :return: ``(difference, low, high)``, or None where one was never tried
    :source: Newcombe 1998, method 10 (hybrid of Wilson's score intervals)

    >>> [round(value, 4) for value in compare((70, 56), (80, 48))]
    [0.2, 0.0524, 0.3339]
    >>> compare((0, 0), (80, 48))
    """
    if not guided[0] or not others[0]:
        return None
    one, other = share(*guided), share(*others)
    low, high = get_interval(*guided)
    other_low, other_high = get_interval(*others)
    difference = one - other
    return (
        difference,
        difference - sqrt((one - low) ** 2 + (other_high - other) ** 2),
        difference + sqrt((high - one) ** 2 + (other - other_low) ** 2),
    )


def get_interval(tries, answered):
    """Return Wilson's interval of 95 % of a rate.

    >>> [round(value, 4) for value in get_interval(263, 81)]
    [0.2553, 0.3662]
    """
    rate, square = share(tries, answered), Z * Z
    middle = rate + square / (2 * tries)
    spread = Z * sqrt(rate * (1 - rate) / tries + square / (4 * tries * tries))
    whole = 1 + square / tries
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
