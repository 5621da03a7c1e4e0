# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.tools import SQL

from ...tools import score as arithmetic


class RevisitAssessment(models.Model):
    """What a total brings: a grade, unless it rests on too little, and a rank."""

    _inherit = "revisit.assessment"  # pylint: disable=consider-merging-classes-inherited

    @staticmethod
    def _get_samples(definition, lines):
        """Return the sizes of guarded samples; mark lines whose sample is too small.

        A guarded indicator without records has a sample of 0: it is left out of the
        total, but a subject without any answers must not be rated by the rest.
        """
        samples = []
        for row in definition["indicators"]:
            if not row["guarded"] or row["rule"]["kind"] in ("manual", "event"):
                continue
            parts = lines[row["id"]].parts
            samples.append(int(parts.get("denominator", 0)))
            if samples[-1] < definition["min_count"]:
                parts["asked"] = definition["min_count"]
        return samples

    @staticmethod
    def _find_grade(definition, total):
        grades = {row["id"]: row for row in definition["grades"]}
        table = [(row["id"], row["lower"], row["upper"]) for row in grades.values()]
        return grades.get(arithmetic.find_grade(total, table), {})

    def _rank(self, has_rank):
        """Rank rated scores: equal totals share a rank, the next ranks stay empty.

        Where the scheme only marks small samples, the mark stands beside the rank.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE revisit_score s SET rank = r.rank
                  FROM (SELECT id, CASE WHEN rated AND %(has_rank)s THEN rank() OVER (
                                   PARTITION BY rated ORDER BY total DESC) END AS rank
                          FROM revisit_score WHERE assessment_id = %(id)s) r
                 WHERE s.id = r.id AND s.rank IS DISTINCT FROM r.rank
                """,
                has_rank=has_rank,
                id=self.id,
            )
        )
        self.env["revisit.score"].invalidate_model(["rank"])
