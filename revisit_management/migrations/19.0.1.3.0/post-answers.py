# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Figures recorded before there were answers become answers that judge nobody."""

from odoo.tools import SQL


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        SQL(
            """
            INSERT INTO revisit_answer (
                   callback_id, company_id, measure_id, value, raw, answered_at,
                   person_key, subject_kind, kind, level, service_step)
            SELECT c.id, c.company_id, m.id, said.given * said.factor,
                   trim_scale(said.given)::text,
                   COALESCE(c.done_at, c.write_date), 0, 'callback', c.kind, c.level,
                   c.service_step
              FROM revisit_callback c
        CROSS JOIN LATERAL (VALUES
                   ('satisfaction', c.satisfaction::numeric, 1),
                   ('quality', c.quality::numeric, 1),
                   ('attitude', c.attitude::numeric, 1),
                   ('efficiency', c.efficiency::numeric, 1),
                   ('nps', c.nps::numeric, 10)
                   ) said (code, given, factor)
              JOIN revisit_measure m ON m.code = said.code AND m.company_id IS NULL
             WHERE said.given IS NOT NULL
                ON CONFLICT DO NOTHING
            """
        )
    )
