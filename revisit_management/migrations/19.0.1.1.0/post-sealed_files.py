# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tools import SQL


def migrate(cr, version):
    """Seal the files of what was reviewed or closed before files were sealed."""
    cr.execute(
        SQL(
            """
            WITH sealed AS (
                SELECT c.id,
                       coalesce(jsonb_agg(jsonb_build_array(f.id, f.checksum)
                                ORDER BY f.id) FILTER (WHERE f.id IS NOT NULL), '[]')
                           AS files
                  FROM revisit_callback c
                  LEFT JOIN revisit_attempt a ON a.callback_id = c.id
                  LEFT JOIN ir_attachment f
                         ON (f.res_model = 'revisit.callback' AND f.res_id = c.id)
                         OR (f.res_model = 'revisit.attempt' AND f.res_id = a.id)
                 WHERE c.state = 'reviewed' AND c.sealed_files IS NULL
              GROUP BY c.id
            )
            UPDATE revisit_callback c SET sealed_files = sealed.files
              FROM sealed WHERE sealed.id = c.id
            """
        )
    )
    cr.execute(
        SQL(
            """
            UPDATE revisit_issue i
               SET sealed_files = coalesce((
                    SELECT jsonb_agg(jsonb_build_array(f.id, f.checksum) ORDER BY f.id)
                      FROM ir_attachment f
                     WHERE f.res_model = 'revisit.issue' AND f.res_id = i.id), '[]')
             WHERE i.state = 'closed' AND i.sealed_files IS NULL
            """
        )
    )
