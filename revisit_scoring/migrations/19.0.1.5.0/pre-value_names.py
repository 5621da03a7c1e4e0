# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Keep with each evidence which field its values were taken from, before metrics read
another one. The seal leaves this column out: what was published stays as it was."""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column


def migrate(cr, version):
    if not version or column_exists(cr, "revisit_score_evidence", "value_names"):
        return
    create_column(cr, "revisit_score_evidence", "value_names", "jsonb")
    cr.execute(
        SQL(
            """
            UPDATE revisit_score_evidence e SET value_names = (
                   SELECT jsonb_agg(
                          CASE WHEN m.measure IN ('average', 'sum')
                               THEN m.value_field END
                          ORDER BY listed.place)
                     FROM jsonb_array_elements_text(e.metric_ids)
                          WITH ORDINALITY AS listed(metric_id, place)
                LEFT JOIN revisit_metric m ON m.id = listed.metric_id::int4)
            """
        )
    )
