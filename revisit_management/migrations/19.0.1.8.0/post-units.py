# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Answers about who called name the unit whose callback it was."""

from odoo.tools import SQL


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        SQL(
            """
            UPDATE revisit_answer a SET team_id = c.resp_team_id
              FROM revisit_callback c
             WHERE c.id = a.callback_id AND a.subject_kind = 'caller'
               AND a.team_id IS NULL AND c.kind != 'verification'
            """
        )
    )
    # what verifies judges who made the last callback before it
    cr.execute(
        SQL(
            """
            UPDATE revisit_answer a SET team_id = made.resp_team_id
              FROM revisit_callback c
        CROSS JOIN LATERAL (
                   SELECT m.resp_team_id FROM revisit_callback m
                    WHERE m.source_model = c.source_model
                      AND m.source_id = c.source_id
                      AND m.kind != 'verification' AND m.made_by_id = a.user_id
                    ORDER BY m.done_at DESC NULLS LAST, m.id DESC LIMIT 1) made
             WHERE c.id = a.callback_id AND a.subject_kind = 'caller'
               AND a.team_id IS NULL AND c.kind = 'verification'
            """
        )
    )
