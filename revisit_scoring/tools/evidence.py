# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""The ids of counted records in compact form."""

# Maximum number of scores in one download.
MAX_IDS = 100000


def pack_ids(ids):
    """Return ids as a short text for a URL, with ranges written as "from-to".

    >>> pack_ids([3, 1, 2, 9])
    '1-3,9'
    """
    runs = []
    for number in sorted(ids):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{a}-{b}" if a != b else f"{a}" for a, b in runs)


def unpack_ids(text):
    """Return the ids of :func:`pack_ids`; at most 100,000, to limit typed ranges.

    >>> unpack_ids("1-3,9")
    [1, 2, 3, 9]
    >>> len(unpack_ids("1-99999999999," * 500))
    100000
    """
    ids = []
    for run in filter(None, (text or "").split(",")):
        first, _dash, last = run.partition("-")
        first, last = int(first), int(last or first)
        # cut before the range is built, as a user may have typed it
        room = MAX_IDS - len(ids)
        if room <= 0:
            break
        ids += range(first, min(last, first + room - 1) + 1)
    return ids
