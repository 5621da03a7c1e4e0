# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import periods
from ...tools.fields import OptionalFloat
from ...tools.terms import DONE_STATES

# what the system counts; ``figures`` has what it is compared with, and the tables
FIGURES = (
    "due_count",
    "made_count",
    "on_time_count",
    "reached_count",
    "satisfaction",
    "answer_count",
    "issue_count",
    "resolved_count",
    "resolved_on_time_count",
)
# how many categories and products the report lists
LISTED = 5


class RevisitAnalysis(models.Model):
    """The figures of a report, counted in two scans per period for all its units.

    What was due in the period is followed to the present: what was made of it, how,
    and what the customers said; and so is what was complained about in the period.
    The moment of counting stands on the report, and the hand-in counts last.
    """

    _inherit = "revisit.analysis"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {*FIGURES, "counted_at", "figures"}

    due_count = fields.Integer(
        string="Callbacks Due",
        readonly=True,
        help="Of the unit under the rulebook, whose window ended in the period; without"
        " cancelled ones and those known too late.",
    )
    made_count = fields.Integer(
        string="Made",
        readonly=True,
        help="Of those due, without those that are finished, but do not count as made.",
    )
    on_time_count = fields.Integer(
        string="Made on Time", readonly=True, help="Of those due."
    )
    reached_count = fields.Integer(
        string="Customers Reached", readonly=True, help="Of those made."
    )
    satisfaction = OptionalFloat(
        digits=(5, 2),
        readonly=True,
        aggregator="avg",
        help="Mean of what customers answered in the callbacks due, from 0 to 100.",
    )
    answer_count = fields.Integer(
        string="Answers on Satisfaction",
        readonly=True,
        help="How many the mean is made of.",
    )
    issue_count = fields.Integer(
        string="Issues",
        readonly=True,
        help="Of the unit, registered in the period, in a category of the rulebook or"
        " of none; without cancelled ones.",
    )
    resolved_count = fields.Integer(
        string="Issues Solved", readonly=True, help="Of those registered."
    )
    resolved_on_time_count = fields.Integer(
        string="Issues Solved on Time", readonly=True, help="Of those registered."
    )
    figures = fields.Json(
        string="Comparison",
        readonly=True,
        copy=False,
        help="The figures of the period before, and issues by category and product.",
    )
    counted_at = fields.Datetime(
        string="Counted On",
        readonly=True,
        copy=False,
        help="When the figures were counted; the hand-in counts for the last time.",
    )
    figures_html = fields.Html(string="Figures", compute="_compute_figures_html")

    # ------------------------------------------------------------
    # GROUPS
    # ------------------------------------------------------------

    def _read_group_select(self, aggregate_spec, query):
        """Weigh means by their answers: 100 of one answer and 50 of three are 62.5."""
        select = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec != "satisfaction:avg":
            return select
        return SQL(
            "(SUM(%(mean)s * %(count)s)"
            " / NULLIF(SUM(%(count)s) FILTER (WHERE %(mean)s IS NOT NULL), 0))",
            mean=self._field_to_sql(self._table, "satisfaction", query),
            count=self._field_to_sql(self._table, "answer_count", query),
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _count(self):
        """Count the figures of these reports, and what they are compared with."""
        reports = self.sudo()  # of the whole unit, whoever asks
        spans = reports.grouped(
            lambda a: (a.company_id, a.kind, a.date_from, a.date_to)
        )
        for (company, kind, first, last), group in spans.items():
            before = periods.previous(first, kind)
            group = group.with_company(company)
            present = group._read_figures(first, last)
            earlier = group._read_figures(*before)
            names = group._read_names(present)
            for analysis in group:
                key = (analysis.rulebook_id.id, analysis.team_id.id)
                analysis.write(
                    analysis._prepare_figures(present[key], earlier[key], names, before)
                )

    def _read_figures(self, first, last):
        """Return ``{(rulebook id, unit id): Counter}`` of a period.

        Besides the figures, a counter has ``("category_id", id)``,
        ``("product_id", id)`` and the sum of the answers.
        """
        found = defaultdict(Counter)
        self._read_callbacks(found, first, last)
        self._read_issues(found, first, last)
        return found

    def _read_callbacks(self, found, first, last):
        rows = (
            self.env["revisit.callback"]
            .with_context(active_test=False)
            ._read_group(
                self._get_due_domain(self.company_id, self.rulebook_id, first, last)
                & Domain("resp_team_id", "in", self.team_id.ids),
                [
                    "rulebook_id",
                    "resp_team_id",
                    "state",
                    "unmade_reason",
                    "is_on_time",
                    "result",
                ],
                ["__count", "satisfaction:count", "satisfaction:sum"],
            )
        )
        for rulebook, team, state, unmade, *row in rows:
            on_time, result, count, answers, total = row
            counter = found[rulebook.id, team.id]
            counter["due_count"] += count
            counter["answer_count"] += answers
            counter["answer_sum"] += total or 0
            if state in DONE_STATES and not unmade:
                counter["made_count"] += count
                counter["on_time_count"] += count if on_time else 0
                counter["reached_count"] += count if result == "reached" else 0

    @api.model
    def _get_due_domain(self, company, rulebooks, first, last):
        """Return the domain of the callbacks due from one day to another."""
        start, end = company._revisit_day_bounds(first, last)
        return (
            Domain("company_id", "=", company.id)
            & Domain("rulebook_id", "in", rulebooks.ids)
            # a window that ends at midnight belongs to the day before
            & Domain("window_end", ">", start)
            & Domain("window_end", "<=", end)
            & Domain("state", "!=", "cancelled")
            & Domain("is_known_too_late", "=", False)
        )

    def _read_issues(self, found, first, last):
        company = self.company_id
        start, end = company._revisit_day_bounds(first, last)
        rows = self.env["revisit.issue"]._read_group(
            Domain("company_id", "=", company.id)
            & Domain("team_id", "in", self.team_id.ids)
            & Domain("registered_at", ">=", start)
            & Domain("registered_at", "<", end)
            & Domain("state", "!=", "cancelled"),
            [
                "team_id",
                "category_id",
                "product_id",
                "is_resolved",
                "is_resolved_on_time",
            ],
            ["__count"],
        )
        for team, category, product, resolved, on_time, count in rows:
            # a category of no rulebook counts under each
            for rulebook in category.rulebook_id or self.rulebook_id:
                counter = found[rulebook.id, team.id]
                counter["issue_count"] += count
                counter["resolved_count"] += count if resolved else 0
                counter["resolved_on_time_count"] += count if on_time else 0
                counter["category_id", category.id] += count
                counter["product_id", product.id] += count if product else 0

    def _read_names(self, found):
        """Return ``{(field, id): {language: name}}`` of what is counted, for good."""
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        issues, names = self.env["revisit.issue"], defaultdict(dict)
        for field in ("category_id", "product_id"):
            ids = {
                key[1]
                for counter in found.values()
                for key in counter
                if key[0] == field
            }
            records = self.env[issues._fields[field].comodel_name].browse(ids)
            for language in languages:
                for record in records.with_context(lang=language):
                    names[field, record.id][language] = record.display_name
        return names

    def _prepare_figures(self, present, earlier, names, before):
        """Return the values of one report's figures.

        :param present: a counter of the period
        :param earlier: the same of the period before
        :param names: see :meth:`_read_names`
        :param before: the bounds of the period before
        """
        tables = {
            field: [
                {"names": names[key], "count": count, "before": earlier[key]}
                for key, count in sorted(
                    (
                        (key, count)
                        for key, count in present.items()
                        if key[0] == field and count
                    ),
                    key=lambda row: (-row[1], row[0]),
                )[:LISTED]
            ]
            for field in ("category_id", "product_id")
        }
        return {
            **self._to_figures(present),
            "figures": {
                "before": self._to_figures(earlier),
                "before_from": str(before[0]),
                "before_to": str(before[1]),
                "categories": tables["category_id"],
                "products": tables["product_id"],
            },
            "counted_at": fields.Datetime.now(),
        }

    @api.model
    def _to_figures(self, counter):
        """Return ``{figure: number}`` of a counter."""
        figures = {name: counter[name] for name in FIGURES}
        answers = counter["answer_count"]
        mean = answers and round(counter["answer_sum"] / answers, 2)
        return {**figures, "satisfaction": mean if answers else False}
