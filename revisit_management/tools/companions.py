# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Modules that are used if they are installed, without depending on them."""


def queue_job(env):
    """Return the model of OCA's ``queue_job``, or None if it is not installed.

    If it is installed, every recordset has ``with_delay(...)``.
    """
    # few may read jobs; they are only counted here
    return env["queue.job"].sudo() if "queue.job" in env else None
