# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.tools import format_date

from ...tools import periods
from ...tools.documents import Document, Section, to_html
from .figures import FIGURES

# of what a figure is a share; the others have none
SHARES = {
    "made_count": "due_count",
    "on_time_count": "due_count",
    "reached_count": "made_count",
    "resolved_count": "issue_count",
    "resolved_on_time_count": "issue_count",
}


class RevisitAnalysis(models.Model):
    """The report as a document: figures beside the period before, words, proposals.

    The layout of the PDF is report/revisit_analysis_templates.xml; the Excel file is
    written in controllers/workbook.py; the form shows the same figures.
    """

    _inherit = "revisit.analysis"  # pylint: disable=consider-merging-classes-inherited

    @api.depends("figures", *FIGURES)
    @api.depends_context("lang", "uid")
    def _compute_figures_html(self):
        for analysis in self:
            analysis.figures_html = to_html(analysis._get_figure_sections()) or False

    def action_export(self):
        """Button: the report as an Excel file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/revisit/analysis/{self.id}.xlsx",
            "target": "download",
        }

    def _get_document(self):
        """Return the report as a :class:`Document`, in the reader's language."""
        self.ensure_one()
        # the URL of a report requires no access right, so it is checked here
        self.check_access("read")
        title = self.env._("Analysis Report")
        unit = self.sudo().team_id.name  # who may read the report may know
        sections = [*self._get_figure_sections(), *self._get_item_sections()]
        return Document(
            f"{title} {self._get_period()} {unit}",
            title,
            self._get_document_facts(),
            sections,
        )

    # ------------------------------------------------------------
    # TEXTS (access was checked)
    # ------------------------------------------------------------

    def _get_document_facts(self):
        """Return ``[(label, text)]`` for the head of the document."""
        report = self.sudo()  # names of people, unit and rulebook
        states = dict(self._fields["state"]._description_selection(self.env))
        facts = [
            (self.env._("Unit"), report.team_id.name),
            (
                self.env._("Period"),
                f"{self._get_period()} ({self.date_from} – {self.date_to})",
            ),
            (self.env._("Rulebook"), report.rulebook_id.name),
            (self.env._("Responsible"), report.user_id.name),
            (self.env._("Due On"), self.due_on and format_date(self.env, self.due_on)),
            (self.env._("Handed In On"), self._get_hand_in_text()),
            (
                self.env._("Counted On"),
                self.counted_at and self._format(self.counted_at),
            ),
            (self.env._("State"), states[self.state]),
            (self.env._("What Was Found"), self.findings),
            (self.env._("Causes"), self.causes),
            (
                self.env._("Filed On"),
                self.filed_at
                and f"{self._format(self.filed_at)}, {report.filed_by_id.name}",
            ),
        ]
        return [(label, text) for label, text in facts if text]

    def _get_hand_in_text(self):
        """Return when and by whom the report was handed in, and whether in time."""
        if not self.handed_in_at:
            return ""
        labels = dict(self._fields["timing"]._description_selection(self.env))
        user = self.sudo().handed_in_by_id  # who has handed it in stands on it
        text = f"{self._format(self.handed_in_at)}, {user.name}"
        return f"{text} ({labels[self.timing]})" if self.due_on else text

    def _get_figure_sections(self):
        """Return the tables of figures; none where nothing was counted yet."""
        figures = self.figures
        if not figures:
            return []
        before = periods.label(
            fields.Date.to_date(figures["before_from"]),
            fields.Date.to_date(figures["before_to"]),
        )
        headers = [(self._get_period(), 12), (before, 12), (self.env._("Change"), 12)]
        sections = [
            Section(
                self.env._("Figures"),
                [(self.env._("Figure"), 34), *headers],
                self._get_figure_rows(figures["before"]),
            )
        ]
        for title, label, rows in (
            (
                self.env._("Issues by Category"),
                self.env._("Category"),
                figures["categories"],
            ),
            (
                self.env._("Issues by Product"),
                self.env._("Product"),
                figures["products"],
            ),
        ):
            if rows:
                cells = [self._to_row(row) for row in rows]
                sections.append(Section(title, [(label, 34), *headers], cells))
        return sections

    def _get_figure_rows(self, before):
        """Return ``[(label, present, before, change)]``, shares below their numbers."""
        present, rows = {name: self[name] for name in FIGURES}, []
        for name in FIGURES:
            label = self._fields[name]._description_string(self.env)
            rows.append(self._compare(label, present[name], before[name]))
            whole = SHARES.get(name)
            if whole:
                shares = [
                    bool(numbers[whole])
                    and round(100 * numbers[name] / numbers[whole], 1)
                    for numbers in (present, before)
                ]
                rows.append(self._compare(f"{label} (%)", *shares))
        return rows

    @api.model
    def _compare(self, label, present, before):
        """Return a row; a number that there is not is an empty cell."""
        is_known = present is not False and before is not False
        change = round(present - before, 2) if is_known else False
        return label, present, before, change

    @api.model
    def _to_row(self, row):
        """Return a row of issues, by the name that the reader knows."""
        names = row["names"]
        name = (
            names.get(self.env.lang) or names.get("en_US") or next(iter(names.values()))
        )
        return self._compare(name, row["count"], row["before"])

    def _get_item_sections(self):
        """Return the table of proposals and decisions, if there are any."""
        labels = dict(self.item_ids._fields["state"]._description_selection(self.env))
        rows = [
            (
                item.proposal,
                labels[item.state],
                item.decided_by_id.name or "",
                item.decided_at and self._format(item.decided_at),
                item.reason or "",
            )
            # the names of those who have decided stand on the report
            for item in self.sudo().item_ids
        ]
        headers = [
            (self.env._("Proposal"), 34),
            (self.env._("Decision"), 12),
            (self.env._("Decided By"), 18),
            (self.env._("Decided On"), 17),
            (self.env._("Reason"), 40),
        ]
        return rows and [Section(self.env._("Proposals"), headers, rows)] or []
