# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Email addresses that are typed in: one that can be written to, or refused.

Plain Python without a database.
"""

import re

from .values import Unreadable

# a name, and a domain with its country or kind at the end, as the internet has them
ADDRESS = re.compile(
    r"[^@\s]+@(?:[^@\s.]+\.)+(?:[^\W\d_]{2,63}|xn--[a-z0-9-]+)", re.IGNORECASE
)


def check_email(address):
    """Return an address, or refuse what no letter reaches.

    >>> check_email("li@example.com")
    'li@example.com'
    >>> reasons = []
    >>> for raw in ("a@b", "a@b.", "a@1.2", "a b@c.de", "@c.de", False):
    ...     try:
    ...         check_email(raw)
    ...     except Unreadable as error:
    ...         reasons.append(error.reason)
    >>> " ".join(reasons)
    'email email email email email email'
    """
    if not address or not ADDRESS.fullmatch(address):
        raise Unreadable("email")
    return address


def without_tag(address):
    """Return an address without its tag: both reach the same person.

    >>> without_tag("li+shop@example.com"), without_tag("li@example.com")
    ('li@example.com', 'li@example.com')
    >>> without_tag("+86@example.com"), without_tag("")
    ('+86@example.com', '')
    """
    name, _at, domain = address.partition("@")
    plain = name.partition("+")[0]
    return f"{plain}@{domain}" if plain else address
