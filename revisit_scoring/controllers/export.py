# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io

import xlsxwriter
from werkzeug.exceptions import Forbidden, NotFound

from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.revisit_management.tools.values import MAX_ID

from ..tools.evidence import unpack_ids

BATCH = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ScoreExport(http.Controller):
    @http.route("/revisit/score.xlsx", type="http", auth="user", readonly=True)
    def score_xlsx(self, assessment_id=None, ids=None):
        """Return scores as a workbook: those of an assessment, or the selected ones.

        Rows are limited by the user's record rules.
        """
        user = request.env.user
        if not user.has_groups(
            "revisit_scoring.group_hr_reader,revisit_management.group_manager"
        ):
            raise Forbidden()
        try:
            if assessment_id:
                ids = str(int(assessment_id))
                domain = [("assessment_id", "=", int(assessment_id))]
            else:
                domain = [("id", "in", unpack_ids(ids))]
            if max(unpack_ids(ids), default=0) > MAX_ID:
                raise NotFound()
        except ValueError:
            raise NotFound() from None
        # an empty workbook would look like a valid result
        if not request.env["revisit.score"].search_count(domain, limit=1):
            raise NotFound()
        data = ScoreWorkbook(request.env["revisit.score"]).build(domain)
        name = request.env._("scores") + ".xlsx"
        return request.make_response(
            data,
            headers=[
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(name)),
            ],
        )


class ScoreWorkbook:
    """Two sheets, written row by row in constant memory: scores and their lines."""

    def __init__(self, Score):
        self.Score = Score
        self.env = Score.env

    def build(self, domain):
        """Return a workbook, as bytes, with the scores in a domain."""
        stream = io.BytesIO()
        options = {"constant_memory": True, "in_memory": False}
        with xlsxwriter.Workbook(stream, options) as book:
            self.bold = book.add_format({"bold": True, "bg_color": "#E9ECEF"})
            self.number = book.add_format({"num_format": "0.00"})
            self.date = book.add_format({"num_format": "yyyy-mm-dd"})
            ids = self.Score.search(domain).ids
            self._write_sheet(
                book.add_worksheet(self.env._("Scores")),
                self._get_score_headers(),
                self._iter_scores(ids),
            )
            self._write_sheet(
                book.add_worksheet(self.env._("Indicators")),
                self._get_line_headers(),
                self._iter_lines(ids),
            )
        return stream.getvalue()

    def _write_sheet(self, sheet, headers, rows):
        for column, (label, width) in enumerate(headers):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, label, self.bold)
        sheet.freeze_panes(1, 2)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                self._write_cell(sheet, number, column, value)

    def _write_cell(self, sheet, row, column, value):
        """Write texts as texts, so that a name that starts with = is not a formula."""
        if value is None or value is False or value == "":
            return
        if hasattr(value, "year"):
            sheet.write_datetime(row, column, value, self.date)
        elif isinstance(value, float):
            sheet.write_number(row, column, value, self.number)
        elif isinstance(value, int):
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, str(value))

    def _iter_batches(self, ids):
        """Yield scores in batches; clears the cache in between, to limit memory."""
        for start in range(0, len(ids), BATCH):
            yield self.Score.browse(ids[start : start + BATCH])
            self.env.invalidate_all(flush=False)

    def _get_score_headers(self):
        return [
            (self.env._("Scored"), 28),
            (self.env._("Scheme"), 28),
            (self.env._("Period"), 12),
            (self.env._("From"), 12),
            (self.env._("To"), 12),
            (self.env._("Total"), 10),
            (self.env._("Grade"), 8),
            (self.env._("Meaning"), 14),
            (self.env._("Rank"), 8),
            (self.env._("Change"), 10),
            (self.env._("Adjustments"), 12),
            (self.env._("Sample"), 8),
            (self.env._("Small Sample"), 14),
            (self.env._("Not Rated Because"), 24),
            (self.env._("State"), 12),
            (self.env._("Explanation"), 70),
        ]

    def _iter_scores(self, ids):
        states = dict(self.Score._fields["state"]._description_selection(self.env))
        reasons = dict(
            self.Score._fields["unrated_reason"]._description_selection(self.env)
        )
        for batch in self._iter_batches(ids):
            for score in batch:
                yield [
                    score.subject_name,
                    score.scheme_name,
                    score.period_label,
                    score.date_from,
                    score.date_to,
                    None if score.unrated_reason == "no_data" else score.total,
                    score.grade_name,
                    score.grade_label,
                    score.rank or None,
                    score.delta if score.previous_id else None,
                    score.adjustment_total or None,
                    score.sample_count if self._is_guarded(score) else None,
                    self.env._("Small sample") if score.is_small_sample else None,
                    reasons.get(score.unrated_reason),
                    states[score.state],
                    score.explanation,
                ]

    @staticmethod
    def _is_guarded(score):
        """Return whether the scheme asked for a smallest sample at that time."""
        # only a number: whoever reads scores need not read runs
        definition = score.sudo().assessment_id.definition or {}
        return bool(definition.get("min_count"))

    def _get_line_headers(self):
        return [
            (self.env._("Scored"), 28),
            (self.env._("Period"), 12),
            (self.env._("Indicator"), 28),
            (self.env._("Source"), 18),
            (self.env._("Numerator"), 12),
            (self.env._("Denominator"), 12),
            (self.env._("Value"), 10),
            (self.env._("Weight"), 10),
            (self.env._("Counts As"), 10),
            (self.env._("Points"), 10),
            (self.env._("Smallest Sample"), 14),
            (self.env._("Explanation"), 90),
        ]

    def _iter_lines(self, ids):
        for batch in self._iter_batches(ids):
            for line in batch.line_ids:
                score = line.score_id
                yield [
                    score.subject_name,
                    score.period_label,
                    line.name,
                    line.source_name,
                    line.numerator if line.has_data and not line.is_manual else None,
                    line.denominator if line.has_data and not line.is_manual else None,
                    line.value if line.has_data and not line.is_manual else None,
                    line.weight,
                    line.maximum,
                    line.points,
                    (line.parts or {}).get("asked"),
                    line.explanation,
                ]
