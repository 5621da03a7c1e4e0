# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Sharing work evenly among people, moving as little as possible."""


def share(loads, owned, free, may=lambda person, item: True):
    """Return who gets which item, so that loads differ by one at most.

    Whoever has too much gives away what stands last in their list.

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
    """
    loads = dict(loads)
    least, more = divmod(sum(loads.values()) + len(free), len(loads))
    pool = list(free)
    for person in sorted(loads, key=loads.get, reverse=True):
        most = least + (more > 0)
        more -= loads[person] >= most
        items = list(owned.get(person, ()))
        while loads[person] > most and items:
            pool.append(items.pop())
            loads[person] -= 1
    given, left = {}, []
    for item in pool:
        least_first = sorted(loads, key=loads.get)
        person = next((person for person in least_first if may(person, item)), None)
        if person is None:
            left.append(item)
            continue
        loads[person] += 1
        given.setdefault(person, []).append(item)
    return given, left
