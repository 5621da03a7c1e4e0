# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.tools import SQL

from ...tools.terms import FROZEN_STATES


class RevisitCallback(models.Model):
    _name = "revisit.callback"
    _inherit = ["revisit.callback", "revisit.counted.mixin"]

    # the date by which metrics of what was made select their period
    _done_idx = models.Index("(company_id, done_at) WHERE done_at IS NOT NULL")

    def _get_counted_text(self):
        """Name the published assessments whose scores have counted the callback."""
        known = super()._get_counted_text()
        names = self._get_counting().mapped("display_name")
        if not names:
            return known
        text = self.env._(
            "These published assessments have counted it, and keep their scores:"
            " %(assessments)s. A correction belongs into the next period, as an"
            " adjustment with its reason.",
            assessments=", ".join(names),
        )
        return f"{known}\n{text}" if known else text

    def _get_counting(self):
        """Return the published assessments that have counted the callback (sudo).

        Its answers are counted for whom they judge.
        """
        self.ensure_one()
        days = [day for day in (self.done_on, self.last_day) if day]
        # who may unlock is told which results are concerned, not what they are
        assessments = self.env["revisit.assessment"].sudo()
        if not days:
            return assessments
        assessments.flush_model(["company_id", "date_from", "date_to", "state"])
        self.env["revisit.answer"].flush_model(["callback_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT a.id
                  FROM revisit_assessment a
                  JOIN revisit_score_evidence e ON e.assessment_id = a.id
                 WHERE a.company_id = %(company)s
                   AND a.state IN %(states)s
                   AND a.date_from <= %(last)s AND a.date_to >= %(first)s
                   AND (e.model_name = %(model)s AND %(id)s = ANY(e.ids)
                        OR e.model_name = 'revisit.answer' AND e.ids && ARRAY(
                           SELECT id FROM revisit_answer
                            WHERE callback_id = %(id)s)::int4[])
                """,
                company=self.company_id.id,
                states=tuple(FROZEN_STATES),
                first=min(days),
                last=max(days),
                model=self._name,
                id=self.id,
            )
        )
        return assessments.browse(row[0] for row in rows).sorted("date_from")
