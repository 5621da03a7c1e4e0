# Part of Revisit. See LICENSE file for full copyright and licensing details.
import json
from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from ...tools import score as arithmetic
from ...tools.population import group_metrics
from ...tools.subjects import SUBJECTS

BATCH = 100  # subjects scored and stored at a time


class RevisitAssessment(models.Model):
    """The computation: gather facts set-based, score in Python, store set-based.

    Few statements per batch of subjects. Scores and lines are updated in place, so that
    adjustments, manual points and links to a score survive a new computation.
    """

    _inherit = "revisit.assessment"  # pylint: disable=consider-merging-classes-inherited

    def _compute_scores(self):
        self.ensure_one()
        self.lock_for_update()
        self.scheme_id._check_complete()
        self._step(
            {
                "definition": self._get_definition(),
                "rulebook_version": self.scheme_id.rulebook_id.version,
            }
        )
        facts, unassigned = self._gather_facts()
        self._store_scores(facts)
        self._set_state(
            "computed", computed_at=fields.Datetime.now(), unassigned_count=unassigned
        )

    def _rejudge(self):
        """Score again from the stored evidence, after adjustments and manual points."""
        for assessment in self:
            if assessment.state in ("computed", "reviewed"):
                assessment._store_scores(assessment._read_facts())

    # ------------------------------------------------------------
    # GATHER
    # ------------------------------------------------------------

    def _gather_facts(self):
        """Count every metric for every subject, and store the evidence.

        :return: ({subject id: [(metric ids, evidence id, nums, dens)]}, left out)
        """
        scheme = self.scheme_id
        metrics = scheme.indicator_ids.filtered(
            lambda indicator: indicator.rule != "manual"
        ).metric_id
        subjects = self._get_subject_filter()
        facts, unassigned, kept = defaultdict(list), 0, []
        self.env.flush_all()
        # all records count, whoever computes
        for population in group_metrics(metrics.sudo(), scheme.subject_kind):
            query = self._get_gather_query(population, subjects)
            metric_ids = population.metrics.ids
            for evidence_id, subject_id, *counts, size in self.env.execute_query(query):
                if subject_id is None:
                    unassigned += size
                    continue
                kept.append(evidence_id)
                facts[subject_id].append((metric_ids, evidence_id, *counts))
        self._drop_evidence(kept)
        self.env["revisit.score.evidence"].invalidate_model()
        return facts, unassigned

    def _get_subject_filter(self):
        """SQL sub-select of who takes part, None when everybody does."""
        scheme = self.scheme_id
        if scheme.subject_domain.strip() == "[]" and scheme.subject_kind != "dealer":
            return None
        return scheme._search_subjects().subselect()

    def _get_gather_query(self, population, subjects):
        """Scan, group, store the evidence that changed, and return the counts."""
        return SQL(
            """
            WITH found AS (%(select)s), stored AS (%(store)s)
            SELECT coalesce(stored.id, before.id), found.subject_id,
                   found.nums::text[], found.dens, cardinality(found.ids)
              FROM found
              LEFT JOIN stored ON stored.subject_id = found.subject_id
              LEFT JOIN revisit_score_evidence before
                     ON before.assessment_id = %(assessment)s
                    AND before.subject_id = found.subject_id
                    AND md5(before.population) = md5(%(key)s)
            """,
            select=population.select(self._get_bounds(), self.company_id, subjects),
            store=self._get_store_query(population),
            assessment=self.id,
            key=population.key,
        )

    def _get_store_query(self, population):
        """Store what was found as evidence, and return the rows that were written."""
        columns = (
            "metric_ids value_fields value_names record_count ids mask vals nums dens"
        ).split()
        return SQL(
            """
            INSERT INTO revisit_score_evidence AS e (
                   assessment_id, subject_id, model_name, population, %(columns)s)
            SELECT %(assessment)s, subject_id, %(model)s, %(key)s, %(metrics)s::jsonb,
                   %(values)s::jsonb, %(names)s::jsonb, cardinality(ids),
                   ids, mask, vals, nums, dens
              FROM found WHERE subject_id IS NOT NULL
                ON CONFLICT (assessment_id, subject_id, md5(population))
                DO UPDATE SET (%(columns)s) = ROW(%(new)s)
             WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
         RETURNING id, subject_id
            """,
            assessment=self.id,
            model=population.model_name,
            key=population.key,
            metrics=json.dumps(population.metrics.ids),
            values=json.dumps(population.value_fields),
            names=json.dumps(population.value_names),
            columns=SQL(", ").join(map(SQL.identifier, columns)),
            new=SQL(", ").join(SQL.identifier("excluded", name) for name in columns),
            old=SQL(", ").join(SQL.identifier("e", name) for name in columns),
        )

    def _drop_evidence(self, kept):
        """Delete the evidence of subjects and populations that no longer exist."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM revisit_score_evidence"
                " WHERE assessment_id = %s AND NOT id = ANY(%s)",
                self.id,
                kept,
            )
        )

    def _read_facts(self):
        """Return the facts of the last computation, from its evidence alone."""
        self.env.flush_all()
        query = SQL(
            """
            SELECT subject_id, metric_ids, id, nums::text[], dens
              FROM revisit_score_evidence WHERE assessment_id = %s
            """,
            self.id,
        )
        facts = defaultdict(list)
        for subject_id, *row in self.env.execute_query(query):
            facts[subject_id].append(row)
        return facts

    # ------------------------------------------------------------
    # SCORE
    # ------------------------------------------------------------

    def _store_scores(self, facts):
        """Score every subject, and store scores and lines in place.

        Each batch is stored before the next one is scored.

        :param facts: the first result of :meth:`_gather_facts`
        """
        self.ensure_one()
        self.env.flush_all()
        manuals, adjustments = self._read_manuals(), self._read_adjustments()
        definition = self.definition  # read once, as each read copies it
        rules = {
            row["id"]: self.env["revisit.indicator"]._read_rule(row["rule"])
            for row in definition["indicators"]
        }
        subject_ids = self._get_subject_ids(facts, manuals, adjustments)
        self._drop_stale(subject_ids, list(rules))
        previous, rated_count = self._read_previous(), 0
        for start in range(0, len(subject_ids), BATCH):
            judged, proofs = {}, {}
            for subject_id in subject_ids[start : start + BATCH]:
                proofs[subject_id] = _unpack(facts.get(subject_id, ()))
                judged[subject_id] = self._judge(
                    definition, rules, proofs[subject_id], manuals[subject_id]
                )
            rows = self._prepare_scores(definition, judged, adjustments, previous)
            rated_count += sum(
                row["rated"] and not row["is_small_sample"] for row in rows
            )
            # only the system writes these rows
            Score = self.env["revisit.score"].sudo()
            Score._upsert(rows, ("assessment_id", "subject_id"))
            self._store_lines(definition, judged, proofs, manuals)
        self._rank(definition["has_rank"])
        self.invalidate_recordset(["score_ids", "pending_count", "average_total"])
        self._step({"score_count": len(subject_ids), "rated_count": rated_count})

    @staticmethod
    def _judge(definition, rules, proofs, manuals):
        """Return {indicator id: line} of one subject."""
        counted = {
            row["id"]: proofs[row["metric"]][0]
            for row in definition["indicators"]
            if row["metric"] in proofs
        }
        given = {key: value[0] for key, value in manuals.items()}
        return arithmetic.judge_all(rules, counted, given)

    def _get_subject_ids(self, facts, manuals, adjustments):
        """Return subjects with records, with kept points, or listed by the scheme."""
        subject_ids = set(facts) | set(adjustments) | set(manuals)
        scheme = self.scheme_id
        manual_only = not any(row["metric"] for row in self.definition["indicators"])
        if scheme.include_empty or manual_only:
            subject_ids |= set(scheme._search_subjects(active_test=True))
        return sorted(subject_ids)

    def _read_adjustments(self):
        """Return {subject id: [points]} of all adjustments."""
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
        """Return {subject id: {indicator id: (points, reason)}} given by assessors."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT s.subject_id, l.indicator_id, l.manual_points::text,
                       l.manual_reason
                  FROM revisit_score_line l JOIN revisit_score s ON s.id = l.score_id
                 WHERE s.assessment_id = %s AND l.manual_by_id IS NOT NULL
                """,
                self.id,
            )
        )
        found = defaultdict(dict)
        for subject_id, indicator_id, points, reason in rows:
            found[subject_id][indicator_id] = (points, reason)
        return found

    def _prepare_scores(self, definition, judged, adjustments, previous):
        """Return values of scores; ranks follow when all scores are stored."""
        subject_field = SUBJECTS[definition["kind"]][1]
        people = self._read_subjects(definition["kind"], list(judged))
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
        return rows

    def _prepare_score(self, definition, lines, adjustments):
        """Return total, grade and whether it counts, for one subject."""
        ceiling = definition["bonus_ceiling"]
        exact = arithmetic.exact_total(lines.values(), ceiling)
        total = arithmetic.settle_total(exact, adjustments, ceiling)
        samples = self._get_samples(definition, lines)
        is_small = bool(samples) and min(samples) < definition["min_count"]
        reason = None
        if not any(line.has_data for line in lines.values()):
            reason = "no_data"
        elif is_small and definition["small_sample"] == "block":
            reason = "small_sample"
        grade = {}
        if not reason and not is_small:
            grade = self._find_grade(definition, total)
        return {
            # empty, not 0, so that averages of many scores leave it out
            "total": None if reason == "no_data" else arithmetic.plain(total),
            "exact_total": arithmetic.plain(exact),
            "adjustment_total": arithmetic.plain(
                sum(map(arithmetic.to_decimal, adjustments), arithmetic.ZERO)
            ),
            "grade_id": grade.get("id"),
            "grade_name": grade.get("name"),
            "grade_labels": grade.get("label"),
            "grade_color": grade.get("color", 0),
            "rated": not reason,
            "unrated_reason": reason,
            "sample_count": min(samples, default=0),
            "is_small_sample": is_small,
        }

    def _read_subjects(self, kind, subject_ids):
        """Return {subject id: (name, user id)}, including archived subjects."""
        lang = self.company_id.partner_id.lang or "en_US"
        # names and users of all scored subjects; managers may not read employees
        Subject = self.env[SUBJECTS[kind][0]].sudo().with_context(lang=lang)
        subjects = Subject.browse(subject_ids).exists()
        names = {"employee": ["user_id"], "team": ["manager_id"]}
        names["department"] = names["team"]
        subjects.fetch(["display_name", *names.get(kind, ())])
        found = {}
        for subject in subjects:
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
        """Return {subject id: (score id, total)} of the last published score before."""
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
        """Set the trend from scores published now; the last step before the seal."""
        self._rejudge()

    # ------------------------------------------------------------
    # STORE
    # ------------------------------------------------------------

    def _drop_stale(self, subject_ids, indicator_ids):
        """Delete scores of subjects without records, and lines of old indicators."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM revisit_score"
                " WHERE assessment_id = %s AND NOT subject_id = ANY(%s)",
                self.id,
                subject_ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM revisit_score_line l USING revisit_score s
                 WHERE s.id = l.score_id AND s.assessment_id = %s
                   AND NOT l.indicator_id = ANY(%s)
                """,
                self.id,
                indicator_ids,
            )
        )

    def _store_lines(self, definition, judged, proofs, manuals):
        """Store the lines of a batch; values shared per indicator are sent once."""
        indicators = definition["indicators"]
        ids = dict(
            self.env.execute_query(
                SQL(
                    "SELECT subject_id, id FROM revisit_score"
                    " WHERE assessment_id = %s AND subject_id = ANY(%s)",
                    self.id,
                    list(judged),
                )
            )
        )
        rows = []
        for subject_id, lines in judged.items():
            given = manuals[subject_id]
            for row in indicators:
                line = lines[row["id"]]
                if row["id"] in given:
                    line.parts["reason"] = given[row["id"]][1]
                proof = proofs[subject_id].get(row["metric"])
                rows.append(
                    {
                        "score_id": ids[subject_id],
                        "indicator_id": row["id"],
                        **self._prepare_line(line, proof),
                    }
                )
        Line = self.env["revisit.score.line"].sudo()  # only the system writes these
        shared = [self._prepare_shared(row) for row in indicators]
        Line._upsert(rows, ("score_id", "indicator_id"), shared, "indicator_id")

    def _prepare_shared(self, row):
        """Return values that all lines of an indicator share, from its definition."""
        return {
            "indicator_id": row["id"],
            "metric_id": row["metric"] or None,
            "sequence": row["sequence"],
            "label": row["label"],
            "source": row["source"],
            "weight": row["rule"]["weight"],
            "is_manual": row["rule"]["kind"] == "manual",
            "model_name": row["model"] or None,
        }

    def _prepare_line(self, line, proof):
        """Return values of one line; ``proof`` is (fact, evidence id, position)."""
        _fact, evidence_id, position = proof or (None, None, None)
        parts = line.parts
        return {
            "numerator": parts.get("numerator", "0"),
            "denominator": parts.get("denominator", "0"),
            "value": parts.get("value", "0"),
            "maximum": arithmetic.plain(line.maximum),
            "points": arithmetic.plain(arithmetic.round_half_up(line.points)),
            "has_data": line.has_data,
            "is_pending": bool(parts.get("pending")),
            "parts": parts,
            "evidence_id": evidence_id,
            "evidence_position": position,
        }


def _unpack(facts):
    """Return {metric id: (fact, evidence id, position)} of one subject."""
    return {
        metric_id: (
            arithmetic.Fact(arithmetic.to_decimal(number), count),
            evidence_id,
            position,
        )
        for metric_ids, evidence_id, nums, dens in facts
        for position, (metric_id, number, count) in enumerate(
            zip(metric_ids, nums, dens, strict=True)
        )
    }
