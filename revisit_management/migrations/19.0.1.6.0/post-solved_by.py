# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Issues solved so far were solved by their owners; customers judge who solved one."""

from odoo.tools import SQL


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        SQL(
            """
            UPDATE revisit_issue SET resolved_by_id = owner_id
             WHERE resolved_at IS NOT NULL AND resolved_by_id IS NULL
            """
        )
    )
    # the shipped definition is the user's to change: only one that nobody has changed
    cr.execute(
        SQL(
            """
            UPDATE revisit_trigger_subject subject SET path = 'resolved_by_id'
              FROM ir_model_data data
             WHERE data.module = 'revisit_management'
               AND data.name = 'trigger_issue_resolved_handler'
               AND data.model = 'revisit.trigger.subject'
               AND data.res_id = subject.id
               AND subject.path = 'owner_id'
            """
        )
    )
