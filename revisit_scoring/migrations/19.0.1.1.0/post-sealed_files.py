# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tools import SQL


def migrate(cr, version):
    """Seal the files of what was published, and fill the totals of adjustments.

    What the total was before and after an adjustment follows from the kept exact total
    and from the adjustments before it.
    """
    cr.execute(
        SQL(
            """
            UPDATE revisit_assessment r
               SET sealed_files = coalesce((
                    SELECT jsonb_agg(jsonb_build_array(f.id, f.checksum) ORDER BY f.id)
                      FROM ir_attachment f
                     WHERE f.res_model = 'revisit.assessment' AND f.res_id = r.id),
                    '[]')
             WHERE r.state IN ('published', 'closed') AND r.sealed_files IS NULL
            """
        )
    )
    cr.execute(
        SQL(
            """
            WITH steps AS (
                SELECT a.id, s.exact_total::numeric AS exact,
                       100 + coalesce((r.definition ->> 'bonus_ceiling')::numeric, 0)
                           AS top,
                       a.points,
                       sum(a.points) OVER (PARTITION BY a.score_id ORDER BY a.id)
                           AS upto
                  FROM revisit_score_adjustment a
                  JOIN revisit_score s ON s.id = a.score_id
                  JOIN revisit_assessment r ON r.id = s.assessment_id
                 WHERE a.total_after IS NULL AND s.exact_total IS NOT NULL
                   AND a.points <> 'NaN'
            )
            UPDATE revisit_score_adjustment a
               SET total_before =
                       round(least(greatest(exact + upto - steps.points, 0), top), 2),
                   total_after = round(least(greatest(exact + upto, 0), top), 2)
              FROM steps WHERE steps.id = a.id
            """
        )
    )
