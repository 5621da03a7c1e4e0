# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Sharing work evenly among people, moving as little as possible."""


def share(loads, owned, free, may=lambda person, item: True):
    """Return who gets which item, so that loads differ as little as they may.

    Whoever has most gives first, of what others may be given what stands last.

    :param loads: ``{person: number of items}``, all items of whoever takes part
    :param owned: ``{person: [items]}`` of these, those that may be moved
    :param free: items that nobody has, or whose owner does not take part
    :param may: ``may(person, item)``: whether a person can be given an item
    :return: ``(given, left)``: ``{person: [items]}``, and the items for nobody

    >>> share({"Ann": 5, "Bob": 1}, {"Ann": [1, 2, 3, 4, 5]}, [])
    ({'Bob': [5, 4]}, [])
    >>> share({"Ann": 2, "Bob": 0}, {}, [7, 8, 9])
    ({'Bob': [7, 8], 'Ann': [9]}, [])
    >>> share({"Ann": 0, "Bob": 0}, {}, [7], may=lambda person, item: False)
    ({}, [7])
    >>> share({"Ann": 1, "Bob": 1}, {"Ann": [1], "Bob": [2]}, [])
    ({}, [])

    What stands last need not be what the other one may be given:

    >>> share({"Ann": 4, "Bob": 0}, {"Ann": [1, 2, 3, 4]}, [], lambda _p, i: i < 3)
    ({'Bob': [2, 1]}, [])
    """
    loads = dict(loads)
    # in the order of the lists; an item leaves a dictionary faster than a list
    held = {person: dict.fromkeys(owned.get(person, ())) for person in loads}
    taken = {}
    left = _give_free(loads, held, taken, free, may)
    # who was given something may have made room for others by passing on their own
    while _pass_on(loads, held, taken, may):
        pass
    given = {}
    for item, person in taken.items():
        given.setdefault(person, []).append(item)
    return given, left


def share_by_urgency(classes, may=lambda person, item: True):
    """Return who gets which item, so that everybody has as much of what is urgent.

    Each class is shared so that all that is as urgent or more so is even: who has more
    of the late ones gets fewer of those that are due later.

    :param classes: ``[(loads, owned, free)]`` as :func:`share` takes them, the most
        urgent first
    :return: ``(given, left)`` of all classes, see :func:`share`

    Ann has as many as Bob, but all that is late:

    >>> late = ({"Ann": 4, "Bob": 0}, {"Ann": [1, 2, 3, 4]}, [])
    >>> later = ({"Ann": 0, "Bob": 4}, {"Bob": [5, 6, 7, 8]}, [])
    >>> share_by_urgency([late, later])
    ({'Bob': [4, 3], 'Ann': [8, 7]}, [])
    >>> share_by_urgency([({"Ann": 1, "Bob": 0}, {}, []), ({"Ann": 0}, {}, [5, 6])])
    ({'Bob': [5], 'Ann': [6]}, [])
    """
    people = dict.fromkeys(person for loads, _o, _f in classes for person in loads)
    totals = dict.fromkeys(people, 0)
    given, left = {}, []
    for loads, owned, free in classes:
        for person, count in loads.items():
            totals[person] += count
        moved, kept = share(totals, owned, free, may)
        owners = {item: person for person, items in owned.items() for item in items}
        for person, items in moved.items():
            given.setdefault(person, []).extend(items)
            for item in items:
                totals[person] += 1
                if owners.get(item) in totals:
                    totals[owners[item]] -= 1
        left += kept
    return given, left


def _give_free(loads, held, taken, free, may):
    """Give what is nobody's to whoever has least; return what nobody may be given."""
    left = []
    for item in free:
        person = _find_lightest(loads, loads, item, may)
        if person is None:
            left.append(item)
            continue
        loads[person] += 1
        held[person][item] = None
        taken[item] = person
    return left


def _find_lightest(people, loads, item, may):
    """Return who has least of those who can be given an item, or None."""
    least_first = sorted(people, key=loads.get)
    return next((person for person in least_first if may(person, item)), None)


def _pass_on(loads, held, taken, may):
    """Let whoever has most give, until nobody can; return whether anything moved."""
    untried = {person: list(items) for person, items in held.items()}
    moved = False
    while untried:
        giver = max(untried, key=loads.get)
        lighter = [person for person in loads if loads[person] < loads[giver] - 1]
        if not lighter or not untried[giver]:
            del untried[giver]
            continue
        item = untried[giver].pop()
        person = _find_lightest(lighter, loads, item, may)
        if person is None:
            continue
        del held[giver][item]
        held[person][item] = None
        loads[giver] -= 1
        loads[person] += 1
        taken[item] = person
        moved = True
    return moved
