# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Modules that are used where they are installed, and never depended on."""


def queue_job(env):
    """Return the model of OCA's ``queue_job``, or None where it is not installed.

    Where it is, every recordset has ``with_delay(...)``.
    """
    return env["queue.job"].sudo() if "queue.job" in env else None
