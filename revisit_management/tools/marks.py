# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Values that our methods pass on in the context, and that no client can send.

A client that calls a method may send any context, but only numbers, texts and
lists. An object of this class is none of these, so forged values are ignored.
"""


class Told:
    """A value in a context; equal only to itself, so contexts never get mixed up."""

    def __init__(self, value):
        self.value = value


def read(env, key):
    """Return what our own code has put into the context under a key, or None."""
    told = env.context.get(key)
    return told.value if isinstance(told, Told) else None


# context key of the moment at which an outcome was pressed that is recorded later
PRESSED = "revisit_pressed"

# context key of the steps that send a customer the key to a page of theirs
ASKING = "revisit_asking"

# context key of the callbacks that end as the customer wishes, on a page of theirs
REFUSED = "revisit_refused"

# context value of the planner: an object that no client can send
PLANNING = object()

# context value while a message attaches files: an object that no client can send
CARRIED = object()

# context key while a file with our fields is read; for a client that sends it, values
# are read strictly
STRICT = "revisit_strict"

# context key about the rows being stored: a model of which all have an external ID
NAMED = "revisit_named"

# context key while past callbacks are imported; a client that sends it gets the same
# checks and the same result as an import
IMPORT = "revisit_import"

# context value of the step that replaces a signature, past the check that keeps it
SIGNING = object()

# context value while contacts are merged, with what the system has noted on them
MERGING = object()
