# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models

from ...tools.terms import FROZEN_STATES


class RevisitScoredMixin(models.AbstractModel):
    """Adds the latest published score to a scored record.

    Computed with the user's rights and never stored: users who may not read a score do
    not see that it exists.
    """

    _name = "revisit.scored.mixin"
    _description = "Has Scores"

    _score_field = None  # many2one of revisit.score to this model

    revisit_score_id = fields.Many2one(
        comodel_name="revisit.score",
        string="Latest Score Sheet",
        compute="_compute_revisit_score",
    )
    revisit_score_total = fields.Float(
        string="Latest Score", digits=(6, 2), compute="_compute_revisit_score"
    )
    revisit_score_grade = fields.Char(string="Grade", compute="_compute_revisit_score")
    revisit_score_trend = fields.Selection(
        selection=[("up", "Better"), ("same", "Unchanged"), ("down", "Worse")],
        string="Trend",
        compute="_compute_revisit_score",
    )
    revisit_score_count = fields.Integer(
        string="Scores", compute="_compute_revisit_score"
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_revisit_score(self):
        """Use one grouped read for counts and last days, and one search for scores."""
        counts, latest = self._get_latest_scores()
        for record in self:
            score = latest.get(record.id, self.env["revisit.score"])
            record.revisit_score_id = score
            record.revisit_score_total = score.total
            record.revisit_score_grade = score.grade_name
            record.revisit_score_trend = score and score._get_trend()
            record.revisit_score_count = counts.get(record.id, 0)

    def _get_latest_scores(self):
        """Return ({id: number of scores}, {id: latest score}), by the user's rights."""
        Score = self.env["revisit.score"]
        scored = self._get_scored()
        if not scored or not Score.has_access("read"):
            return {}, {}
        domain = [
            (self._score_field, "in", scored.ids),
            ("state", "in", FROZEN_STATES),
        ]
        groups = Score._read_group(domain, ["subject_id"], ["__count", "date_to:max"])
        counts = {subject_id: count for subject_id, count, _last in groups}
        days = list({last for _subject, _count, last in groups})
        scores = Score.search_fetch(
            [*domain, ("date_to", "in", days)],
            ["subject_id", "total", "grade_name", "delta", "previous_id", "date_to"],
            order="date_to, rated, id",
        )
        return counts, {score.subject_id: score for score in scores}

    def _get_scored(self):
        """Return the records that can have scores at all. Extend it to save queries."""
        return self

    def action_open_revisit_scores(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_scoring.revisit_score_action"
        )
        return {
            **action,
            "domain": [(self._score_field, "=", self.id)],
            "context": {},
        }
