# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""What one method tells another through the context, and no request can send.

Whoever calls a method from outside sends a context along: numbers, texts, lists.
An object of this class is none of these, so that a forged value is not taken.
"""


class Told:
    """A value in a context. Equal to nothing but itself, as are environments."""

    def __init__(self, value):
        self.value = value


def read(env, key):
    """Return what our own code has put into the context under a key, or None."""
    told = env.context.get(key)
    return told.value if isinstance(told, Told) else None
