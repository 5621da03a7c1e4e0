# Part of Revisit. See LICENSE file for full copyright and licensing details.
import hashlib
import json

from odoo import models
from odoo.tools import SQL

from ...tools import score as arithmetic
from ...tools.terms import FROZEN_STATES


class RevisitAssessment(models.Model):
    """Freezes a published assessment, and proves that it has not been changed."""

    _inherit = "revisit.assessment"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_verify(self):
        """Compute the seal again and report whether anything was changed since."""
        self.ensure_one()
        self._check_state(FROZEN_STATES)
        intact = self._is_intact()
        message = self.env._(
            "The seal is intact: nothing was changed since publishing."
        )
        if not intact:
            message = self.env._(
                "The seal is broken: scores, lines or evidence were changed in the"
                " database since publishing. Compare with a backup."
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if intact else "danger",
                "sticky": not intact,
                "message": message,
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_definition(self):
        """Return a plain copy of the scheme's rules, to be kept with the assessment."""
        self.ensure_one()
        scheme = self.scheme_id
        return {
            "scheme": scheme._fields["name"]._get_stored_translations(scheme),
            "kind": scheme.subject_kind,
            "bonus_ceiling": arithmetic.plain(scheme.bonus_ceiling),
            "min_count": scheme.min_count,
            "small_sample": scheme.small_sample,
            "has_rank": scheme.has_rank,
            "indicators": [
                indicator._prepare_definition() for indicator in scheme.indicator_ids
            ],
            "grades": [grade._prepare_definition() for grade in scheme.grade_ids],
        }

    def _is_intact(self):
        self.ensure_one()
        return self.content_hash == self._get_content_hash()

    def _get_content_hash(self):
        """Return the SHA-256 of published data: definition, scores, lines, evidence.

        Personal names are left out, so that they can be anonymised later.
        """
        self.ensure_one()
        self.env.flush_all()
        digest = hashlib.sha256()
        head = [
            self.id,
            self.scheme_id.id,
            str(self.date_from),
            str(self.date_to),
            self.definition,
        ]
        digest.update(json.dumps(head, sort_keys=True).encode())
        for query in self._get_hash_queries():
            for row in self.env.execute_query(query):
                digest.update(json.dumps(row, sort_keys=True, default=str).encode())
        return digest.hexdigest()

    def _get_hash_queries(self):
        """Queries whose rows are sealed. Extend for rows of other modules."""
        return [
            self._get_score_hash_query(),
            self._get_line_hash_query(),
            self._get_adjustment_hash_query(),
            self._get_evidence_hash_query(),
        ]

    def _get_score_hash_query(self):
        """Query of the scores that are sealed."""
        return SQL(
            """
            SELECT id, subject_kind, subject_id, user_id, total::text, exact_total,
                   grade_id, grade_name, rank, rated, unrated_reason, sample_count,
                   is_small_sample, previous_id, delta::text
              FROM revisit_score WHERE assessment_id = %s ORDER BY id
            """,
            self.id,
        )

    def _get_line_hash_query(self):
        """Query of the lines that are sealed: what each indicator counted and gave."""
        return SQL(
            """
            SELECT l.id, l.score_id, l.indicator_id, l.metric_id, l.label,
                   l.numerator::text, l.denominator::text, l.value::text,
                   l.weight::text, l.maximum::text, l.points::text, l.has_data,
                   l.parts, l.manual_points::text, l.manual_reason,
                   l.evidence_id, l.evidence_position
              FROM revisit_score_line l JOIN revisit_score s ON s.id = l.score_id
             WHERE s.assessment_id = %s ORDER BY l.id
            """,
            self.id,
        )

    def _get_adjustment_hash_query(self):
        """Query of the adjustments that are sealed."""
        return SQL(
            """
            SELECT id, score_id, points::text, reason, user_id
              FROM revisit_score_adjustment WHERE assessment_id = %s ORDER BY id
            """,
            self.id,
        )

    def _get_evidence_hash_query(self):
        """Query of the evidence that is sealed, the records of a row as one hash."""
        return SQL(
            """
            SELECT id, subject_id, model_name, population, metric_ids,
                   encode(sha256(convert_to(concat_ws('|', ids::text, mask::text,
                       vals::text, nums::text, dens::text), 'UTF8')), 'hex')
              FROM revisit_score_evidence WHERE assessment_id = %s ORDER BY id
            """,
            self.id,
        )
