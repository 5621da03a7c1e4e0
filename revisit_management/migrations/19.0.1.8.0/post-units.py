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
              FROM (SELECT DISTINCT ON (own.id) own.id, m.resp_team_id
                      FROM revisit_answer own
                      JOIN revisit_callback c ON c.id = own.callback_id
                      JOIN revisit_callback m
                        ON m.source_model = c.source_model
                       AND m.source_id = c.source_id
                       AND m.kind != 'verification'
                       AND m.made_by_id = own.user_id
                     WHERE own.subject_kind = 'caller' AND own.team_id IS NULL
                       AND c.kind = 'verification'
                     ORDER BY own.id, m.done_at DESC NULLS LAST, m.id DESC) made
             WHERE made.id = a.id
            """
        )
    )
