# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Tasks that our steps give to people."""

# Odoo's context key with which no task is given, found or ended
SKIP = "mail_activity_automation_skip"


def heard(records):
    """Return records on which no caller's context keeps a task from being given.

    Any client may send Odoo's key along: a wrong number that nobody has to find, or a
    question that reaches nobody, would leave no sign.
    """
    return records.with_context(**{SKIP: False})
