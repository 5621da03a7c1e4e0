# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Which callbacks are combined into one contact, and what a budget allows.

Plain Python without a database, used by both planners.
"""

from bisect import bisect_left, bisect_right, insort
from collections import namedtuple

Member = namedtuple("Member", "id start end is_new contact_id is_led user_id excluded")
Member.__doc__ = """One callback that may share a contact with others.

``contact_id`` leads it now, ``is_led`` says that it leads and attempts were
made, ``excluded`` are the users who may not make it.
"""
Combined = namedtuple("Combined", "id leader_id user_id joins")


class _Contact:
    """A contact while it is combined; the window of its leader ends first."""

    def __init__(self, leader):
        self.leader = leader
        self.user_id = leader.user_id
        self.excluded = set(leader.excluded)
        self.members = [leader]

    def takes(self, member):
        """Return whether the member fits: its window, and the agent of the contact."""
        if not (member.start < self.leader.end <= member.end):
            return False
        if self.user_id and member.user_id and self.user_id != member.user_id:
            return False
        user_id = self.user_id or member.user_id
        return user_id not in self.excluded and user_id not in member.excluded

    def add(self, member):
        self.members.append(member)
        self.user_id = self.user_id or member.user_id
        self.excluded.update(member.excluded)


def combine(members):
    """Combine callbacks of one customer, level, unit and channel into contacts.

    The window of a contact's leader ends first, so that its deadline applies to all;
    all members are open at one moment. A contact with an attempt keeps its leader.

    :param members: :class:`Member` rows, in a stable order of their own
    :return: one :class:`Combined` per member: its leader (None for a leader),
        the agent of the contact, whether the contact existed before

    >>> rows = [Member(1, 0, 9, True, None, False, None, ()),
    ...         Member(2, 3, 7, True, None, False, None, ()),
    ...         Member(3, 7, 9, True, None, False, None, ())]
    >>> [row.leader_id for row in combine(rows)]
    [None, 2, None]
    """
    contacts = [_Contact(member) for member in members if member.is_led]
    by_leader = {contact.leader.id: contact for contact in contacts}
    rest = [member for member in members if not member.is_led]
    for member in sorted(rest, key=lambda m: (m.end, m.is_new)):
        own = by_leader.get(member.contact_id)
        choices = [own, *contacts] if own else contacts
        contact = next((c for c in choices if c.takes(member)), None)
        if contact:
            contact.add(member)
        else:
            contact = _Contact(member)
            contacts.append(contact)
            by_leader[member.id] = contact
    return [
        Combined(
            member.id,
            None if member is contact.leader else contact.leader.id,
            contact.user_id,
            not all(m.is_new for m in contact.members),
        )
        for contact in contacts
        for member in contact.members
    ]


def over_budget(times, wanted, limit, span):
    """Return which new contacts of one customer exceed the rolling budget.

    :param times: moments of the existing contacts
    :param wanted: ``[(id, moment, may overdraw)]`` in order of preference
    :param limit: maximum number of contacts within any ``span``
    :param span: timedelta
    :return: ids that exceed it; those that may overdraw are planned all the same

    >>> over_budget([1, 5], [("a", 6, False), ("b", 20, False)], 2, 10)
    ['a']
    """
    times, exceeding = sorted(times), []
    for key, moment, may_overdraw in sorted(wanted, key=lambda row: not row[2]):
        exceeds = _is_full(times, moment, limit, span)
        if exceeds:
            exceeding.append(key)
        if may_overdraw or not exceeds:
            insort(times, moment)
    return exceeding


def _is_full(times, moment, limit, span):
    """Return whether another contact at ``moment`` exceeds ``limit`` in some span."""
    first = bisect_right(times, moment - span)
    last = bisect_left(times, moment + span)
    near = sorted([*times[first:last], moment])
    return any(
        near[index + limit] - near[index] < span for index in range(len(near) - limit)
    )
