# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Lets Python sleep under libfaketime 0.9.10, which refuses how ``time.sleep`` waits.

Python waits until a moment of the monotonic clock, and libfaketime takes that moment
for one of the clock that it shifts: "Invalid argument". Read by Python at its start,
see ``CLOCK`` in ``docker/lib.sh``.
"""

import select
import time


def sleep(seconds):
    """Wait, whatever the clock of the day says."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = sleep
