# Part of Revisit. See LICENSE file for full copyright and licensing details.
import json
from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from ..tools import score as arithmetic
from ..tools.population import group_metrics
from ..tools.subjects import SUBJECTS

BATCH = 1000


class RevisitAssessment(models.Model):
    """The computation: gather facts set-based, judge in Python, store set-based.

    The number of statements does not depend on the number of subjects, beyond one per
    1,000 rows. Scores and lines are updated in place, so that adjustments, manual
    points and links to a score survive a new computation.
    """

    _inherit = "revisit.assessment"

    def _compute_scores(self):
        self.ensure_one()
        self.lock_for_update()
        self.scheme_id._check_complete()
        self.definition = self._get_definition()
        facts, unassigned = self._gather_facts()
        self._store_scores(facts)
        self._set_state(
            "computed", computed_at=fields.Datetime.now(), unassigned_count=unassigned
        )

    def _rejudge(self):
        """Judge again from the stored evidence: after adjustments and manual points."""
        for assessment in self:
            if assessment.state in ("computed", "reviewed"):
                assessment._store_scores(assessment._read_facts())

    # ------------------------------------------------------------
    # GATHER
    # ------------------------------------------------------------

    def _gather_facts(self):
        """Count every metric for every subject, storing the evidence on the way.

        :returns: ({subject id: {metric id: (fact, evidence id, position)}},
            number of records without a subject)
        """
        scheme = self.scheme_id
        metrics = scheme.indicator_ids.filtered(
            lambda indicator: indicator.rule != "manual"
        ).metric_id
        subjects = self._get_subject_filter()
        facts, unassigned = defaultdict(dict), 0
        self._clear_evidence()
        for population in group_metrics(metrics.sudo(), scheme.subject_kind):
            query = self._get_gather_query(population, subjects)
            for evidence_id, subject_id, nums, dens in self.env.execute_query(query):
                if subject_id is None:
                    unassigned += dens[0]
                    continue
                facts[subject_id].update(
                    _unpack(population.metrics.ids, evidence_id, nums, dens)
                )
        self.env["revisit.score.evidence"].invalidate_model()
        return facts, unassigned

    def _get_subject_filter(self):
        """SQL sub-select of who takes part, None when everybody does."""
        scheme = self.scheme_id
        if scheme.subject_domain.strip() == "[]" and scheme.subject_kind != "dealer":
            return None
        return scheme._search_subjects().subselect()

    def _get_gather_query(self, population, subjects):
        """One statement: scan, group, store the evidence, return the counts."""
        return SQL(
            """
            WITH found AS (%(select)s), stored AS (
                INSERT INTO revisit_score_evidence (
                    assessment_id, subject_id, model_name, population, metric_ids,
                    value_fields, record_count, ids, mask, vals, nums, dens,
                    create_uid, create_date, write_uid, write_date
                )
                SELECT %(assessment)s, subject_id, %(model)s, %(key)s,
                       %(metrics)s::jsonb, %(values)s::jsonb, cardinality(ids),
                       ids, mask, vals, nums, dens,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,
                       now() AT TIME ZONE 'UTC'
                  FROM found
                 WHERE subject_id IS NOT NULL
             RETURNING id, subject_id, nums, dens
            )
            SELECT id, subject_id, nums::text[], dens FROM stored
             UNION ALL
            SELECT NULL, NULL, NULL, ARRAY[cardinality(ids)] FROM found
             WHERE subject_id IS NULL
            """,
            select=population.select(self._get_bounds(), self.company_id, subjects),
            assessment=self.id,
            model=population.model_name,
            key=population.key,
            metrics=json.dumps(population.metrics.ids),
            values=json.dumps(population.value_fields),
            uid=self.env.uid,
        )

    def _clear_evidence(self):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("DELETE FROM revisit_score_evidence WHERE assessment_id = %s", self.id)
        )

    def _read_facts(self):
        """The facts of the last computation, from its evidence alone."""
        self.env.flush_all()
        query = SQL(
            """
            SELECT id, subject_id, metric_ids, nums::text[], dens
              FROM revisit_score_evidence WHERE assessment_id = %s
            """,
            self.id,
        )
        facts = defaultdict(dict)
        for evidence_id, subject_id, metrics, nums, dens in self.env.execute_query(
            query
        ):
            facts[subject_id].update(_unpack(metrics, evidence_id, nums, dens))
        return facts

    # ------------------------------------------------------------
    # JUDGE
    # ------------------------------------------------------------

    def _store_scores(self, facts):
        """Judge every subject and store scores and lines in place."""
        self.ensure_one()
        self.env.flush_all()
        manuals, adjustments = self._read_manuals(), self._read_adjustments()
        definition = self.definition  # read once: each reading copies it
        subject_ids = self._get_subject_ids(facts, manuals, adjustments)
        indicators = definition["indicators"]
        rules = {
            row["id"]: self.env["revisit.indicator"]._read_rule(row["rule"])
            for row in indicators
        }
        judged = {}
        for subject_id in subject_ids:
            own = facts.get(subject_id, {})
            counted = {
                row["id"]: own[row["metric"]][0]
                for row in indicators
                if row["metric"] in own
            }
            given = {key: value[0] for key, value in manuals[subject_id].items()}
            judged[subject_id] = arithmetic.judge_all(rules, counted, given)
        rows = self._prepare_scores(definition, judged, adjustments)
        Score = self.env["revisit.score"].sudo()  # rows are the system's own
        scores = Score._upsert(rows, ("assessment_id", "subject_id"))
        ids = {subject_id: score_id for score_id, _run, subject_id in scores}
        self._drop_stale(ids)
        self._store_lines(indicators, judged, facts, manuals, ids)
        self._link_evidence()
        self.invalidate_recordset(["score_ids", "pending_count", "average_total"])
        self.write(
            {
                "score_count": len(rows),
                "rated_count": sum(row["rated"] for row in rows),
            }
        )

    def _get_subject_ids(self, facts, manuals, adjustments):
        """Everybody with records, with kept points, or listed by the scheme."""
        subject_ids = set(facts) | set(adjustments) | set(manuals)
        scheme = self.scheme_id
        manual_only = not any(row["metric"] for row in self.definition["indicators"])
        if scheme.include_empty or manual_only:
            subject_ids |= set(scheme._search_subjects(active_test=True))
        return sorted(subject_ids)

    def _read_adjustments(self):
        """{subject id: [points]} of the adjustments that were made."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT s.subject_id, a.points::text
                  FROM revisit_score_adjustment a
                  JOIN revisit_score s ON s.id = a.score_id
                 WHERE a.assessment_id = %s
                """,
                self.id,
            )
        )
        found = defaultdict(list)
        for subject_id, points in rows:
            found[subject_id].append(points)
        return found

    def _read_manuals(self):
        """{subject id: {indicator id: (points, reason)}} that assessors gave."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT s.subject_id, l.indicator_id, l.manual_points::text,
                       l.manual_reason
                  FROM revisit_score_line l JOIN revisit_score s ON s.id = l.score_id
                 WHERE l.assessment_id = %s AND l.manual_by_id IS NOT NULL
                """,
                self.id,
            )
        )
        found = defaultdict(dict)
        for subject_id, indicator_id, points, reason in rows:
            found[subject_id][indicator_id] = (points, reason)
        return found

    def _prepare_scores(self, definition, judged, adjustments):
        """Values of every score, ranked among those that are rated."""
        subject_field = SUBJECTS[definition["kind"]][1]
        people = self._read_subjects(definition["kind"], list(judged))
        previous = self._read_previous()
        rows = []
        for subject_id, lines in judged.items():
            row = self._prepare_score(
                definition, lines, adjustments.get(subject_id, ())
            )
            name, user_id = people.get(subject_id, (None, None))
            previous_id, previous_total = previous.get(subject_id, (None, None))
            delta = None
            if previous_id and row["rated"]:
                delta = arithmetic.plain(
                    arithmetic.to_decimal(row["total"])
                    - arithmetic.to_decimal(previous_total)
                )
            rows.append(
                {
                    **row,
                    "assessment_id": self.id,
                    "scheme_id": self.scheme_id.id,
                    "company_id": self.company_id.id,
                    "date_from": str(self.date_from),
                    "date_to": str(self.date_to),
                    "state": self.state,
                    "subject_kind": definition["kind"],
                    "subject_id": subject_id,
                    subject_field: subject_id,
                    "subject_name": name or f"#{subject_id}",
                    "user_id": user_id,
                    "previous_id": previous_id if delta is not None else None,
                    "delta": delta,
                }
            )
        if definition["has_rank"]:
            self._rank(rows)
        return rows

    def _prepare_score(self, definition, lines, adjustments):
        """Total, grade and whether it counts, of one subject."""
        ceiling = definition["bonus_ceiling"]
        exact = arithmetic.exact_total(lines.values(), ceiling)
        total = arithmetic.settle_total(exact, adjustments, ceiling)
        samples = [
            int(arithmetic.to_decimal(lines[row["id"]].parts["denominator"]))
            for row in definition["indicators"]
            if row["guarded"]
            and row["rule"]["kind"] not in ("manual", "event")
            and lines[row["id"]].has_data
        ]
        is_small = bool(samples) and min(samples) < definition["min_count"]
        reason = None
        if not any(line.has_data for line in lines.values()):
            reason = "no_data"
        elif is_small and definition["small_sample"] == "block":
            reason = "small_sample"
        grade = {}
        if not reason:
            grade = self._find_grade(definition, total)
        return {
            "total": arithmetic.plain(total),
            "exact_total": arithmetic.plain(exact),
            "adjustment_total": arithmetic.plain(
                sum(map(arithmetic.to_decimal, adjustments), arithmetic.ZERO)
            ),
            "grade_id": grade.get("id"),
            "grade_name": grade.get("name"),
            "grade_labels": grade.get("label"),
            "grade_color": grade.get("color", 0),
            "rank": None,
            "rated": not reason,
            "unrated_reason": reason,
            "sample_count": min(samples, default=0),
            "is_small_sample": is_small,
        }

    @staticmethod
    def _find_grade(definition, total):
        grades = {row["id"]: row for row in definition["grades"]}
        table = [(row["id"], row["lower"], row["upper"]) for row in grades.values()]
        return grades.get(arithmetic.find_grade(total, table), {})

    @staticmethod
    def _rank(rows):
        totals = {
            row["subject_id"]: arithmetic.to_decimal(row["total"])
            for row in rows
            if row["rated"]
        }
        ranks = arithmetic.dense_ranks(totals)
        for row in rows:
            row["rank"] = ranks.get(row["subject_id"])

    def _read_subjects(self, kind, subject_ids):
        """{subject id: (name, user id)}, archived subjects included."""
        lang = self.company_id.partner_id.lang or "en_US"
        Subject = self.env[SUBJECTS[kind][0]].sudo().with_context(lang=lang)
        found = {}
        for subject in Subject.browse(subject_ids).exists():
            user = self.env["res.users"]
            if kind == "employee":
                user = subject.user_id
            elif kind == "team":
                user = subject.manager_id
            elif kind == "department":
                user = subject.manager_id.user_id
            found[subject.id] = (subject.display_name, user.id or None)
        return found

    def _read_previous(self):
        """{subject id: (score id, total)} of the last published score before this."""
        query = SQL(
            """
            SELECT DISTINCT ON (subject_id) subject_id, id, total::text
              FROM revisit_score
             WHERE scheme_id = %s AND rated AND date_to < %s
               AND state IN ('published', 'closed')
             ORDER BY subject_id, date_to DESC, id DESC
            """,
            self.scheme_id.id,
            self.date_from,
        )
        return {row[0]: row[1:] for row in self.env.execute_query(query)}

    def _link_previous(self):
        """Take the trend from what is published now; the last step before the seal."""
        self._rejudge()

    # ------------------------------------------------------------
    # STORE
    # ------------------------------------------------------------

    def _drop_stale(self, ids):
        """Remove scores of who has no record any more and no points kept."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM revisit_score"
                " WHERE assessment_id = %s AND NOT id = ANY(%s)",
                self.id,
                list(ids.values()),
            )
        )

    def _store_lines(self, indicators, judged, facts, manuals, ids):
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM revisit_score_line
                 WHERE assessment_id = %s AND NOT indicator_id = ANY(%s)
                """,
                self.id,
                [row["id"] for row in indicators],
            )
        )
        Line = self.env["revisit.score.line"].sudo()  # rows are the system's own
        rows = []
        for subject_id, lines in judged.items():
            own, given = facts.get(subject_id, {}), manuals[subject_id]
            for row in indicators:
                values = self._prepare_line(
                    row, lines[row["id"]], own.get(row["metric"])
                )
                values["score_id"] = ids[subject_id]
                if row["id"] in given:
                    values["parts"]["reason"] = given[row["id"]][1]
                rows.append(values)
                if len(rows) >= BATCH:
                    Line._upsert(rows, ("score_id", "indicator_id"))
                    rows = []
        Line._upsert(rows, ("score_id", "indicator_id"))

    def _prepare_line(self, row, line, fact):
        plain = arithmetic.plain
        _fact, evidence_id, position = fact or (None, None, None)
        return {
            "assessment_id": self.id,
            "company_id": self.company_id.id,
            "indicator_id": row["id"],
            "metric_id": row["metric"] or None,
            "sequence": row["sequence"],
            "label": row["label"],
            "source": row["source"],
            "numerator": line.parts.get("numerator", "0"),
            "denominator": line.parts.get("denominator", "0"),
            "value": plain(line.value) or "0",
            "weight": row["rule"]["weight"],
            "maximum": plain(line.maximum),
            "points": plain(arithmetic.round_half_up(line.points)),
            "has_data": line.has_data,
            "is_manual": row["rule"]["kind"] == "manual",
            "is_pending": bool(line.parts.get("pending")),
            "parts": line.parts,
            "model_name": row["model"] or None,
            "evidence_id": evidence_id,
            "evidence_position": position,
        }

    def _link_evidence(self):
        self.env.cr.execute(
            SQL(
                """
                UPDATE revisit_score_evidence e SET score_id = s.id
                  FROM revisit_score s
                 WHERE s.assessment_id = %(id)s AND e.assessment_id = %(id)s
                   AND s.subject_id = e.subject_id AND e.score_id IS DISTINCT FROM s.id
                """,
                id=self.id,
            )
        )
        self.env["revisit.score.evidence"].invalidate_model(["score_id"])


def _unpack(metric_ids, evidence_id, nums, dens):
    """{metric id: (fact, evidence id, position)} of one evidence row."""
    counted = zip(metric_ids, nums, dens, strict=True)
    return {
        metric_id: (
            arithmetic.Fact(arithmetic.to_decimal(number), count),
            evidence_id,
            position,
        )
        for position, (metric_id, number, count) in enumerate(counted)
    }
