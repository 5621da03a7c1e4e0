# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
from datetime import timedelta

from lxml import html
from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..controllers.workbook import DocumentWorkbook
from .common import ZONE, RevisitMixin, utc
from .test_analysis import APRIL, AnalysisCase

MARCH = utc(ZONE, 2026, 3, 20, 15, 0)


@tagged("post_install", "-at_install")
class TestAnalysisFigures(AnalysisCase):
    """C8, I1: what the system counts of a unit's quarter."""

    def make_quarter(self):
        """Four callbacks due in March, one of December; three issues, two solved."""
        for values in (
            {
                "state": "done",
                "result": "reached",
                "satisfaction": 80,
                "done_at": MARCH,
            },
            {
                "state": "done",
                "result": "reached",
                "satisfaction": 95,
                "done_at": MARCH + timedelta(days=9),
            },
            {"state": "done", "result": "not_reached", "done_at": MARCH},
            {},
        ):
            self.make_due().sudo().write(values)
        # an edge: the window ends at the midnight that begins April
        self.make_due("2026-03-31").sudo().write({"state": "planned"})
        self.make_due("2026-04-01")
        self.make_due(state="cancelled", cancel_reason="person")
        self.make_due("2025-12-31")
        self.make_due().sudo().is_known_too_late = True
        price = self.make_category("Price", rulebook_id=self.rulebook.id)
        manner = self.make_category("Manner")
        foreign = self.make_category(
            "Foreign", rulebook_id=self.rulebook.copy({"code": "foreign"}).id
        )
        solved = {"state": "resolved", "resolved_at": MARCH + timedelta(hours=5)}
        for category, values in (
            (price, {"resolve_by": MARCH + timedelta(days=1), **solved}),
            (price, {"resolve_by": MARCH, **solved}),
            (manner, {}),
            (foreign, {}),
            (manner, {"state": "cancelled"}),
        ):
            issue = self.make_issue(
                category_id=category.id,
                team_id=self.team.id,
                product_id=self.product.id,
                registered_at=MARCH,
            )
            issue.sudo().write(values)
        self.make_issue(
            category_id=price.id,
            team_id=self.team.id,
            registered_at=utc(ZONE, 2025, 12, 31, 23, 59),
        )

    def test_figures_at_their_edges(self):
        self.make_quarter()
        report = self.make_reports()
        self.assertRecordValues(
            report,
            [
                {
                    "due_count": 5,
                    # given up without a try is not made
                    "made_count": 2,
                    "on_time_count": 1,
                    "reached_count": 2,
                    "satisfaction": 87.5,
                    "answer_count": 2,
                    "issue_count": 3,
                    "resolved_count": 2,
                    "resolved_on_time_count": 1,
                }
            ],
        )
        before = report.figures["before"]
        self.assertEqual((before["due_count"], before["issue_count"]), (1, 1))
        self.assertIs(before["satisfaction"], False, "nobody was asked: not 0")
        self.assertEqual(
            [
                (row["names"]["en_US"], row["count"], row["before"])
                for row in report.figures["categories"]
            ],
            [("Price", 2, 1), ("Manner", 1, 0)],
        )
        [product] = report.figures["products"]
        self.assertEqual((product["names"]["en_US"], product["count"]), ("Fridge", 3))

    def test_figures_freeze_at_the_hand_in(self):
        """Counted again while it is written, and for the last time at the hand-in."""
        first = self.make_due()
        report = self.make_reports().with_user(self.supervisor)
        self.assertEqual(report.made_count, 0)
        first.sudo().write({"state": "done", "result": "reached", "done_at": MARCH})
        report.action_count()
        self.assertEqual(report.made_count, 1)
        second = self.make_due()
        self.hand_in(report)
        self.assertEqual((report.due_count, report.made_count), (2, 1))
        second.sudo().write({"state": "done", "result": "reached", "done_at": MARCH})
        self.make_reports(APRIL + timedelta(days=2))
        self.assertEqual(report.made_count, 1)

    def test_groups_average_answers_and_not_averages(self):
        """G8: 100 of one answer and 50 of three are 62.5; who was not asked is out."""
        first = self.make_analysis(satisfaction=100, answer_count=1)
        values = {"rulebook_id": first.rulebook_id.id, "kind": "year"}
        self.make_analysis(**values, satisfaction=50, answer_count=3)
        self.make_analysis(**values, date_from="2025-01-01", satisfaction=False)
        domain = [("rulebook_id", "=", first.rulebook_id.id)]
        [(mean, count)] = self.analyses._read_group(
            domain, [], ["satisfaction:avg", "__count"]
        )
        self.assertEqual((mean, count), (62.5, 3))
        rows = self.analyses._read_group(domain, ["team_id"], ["satisfaction:avg"])
        self.assertEqual(rows, [(self.team, 62.5)])

    def test_names_stay_as_they_were(self):
        self.make_quarter()
        report = self.make_reports()
        self.env["revisit.issue.category"].search([("name", "=", "Price")]).name = "X"
        self.product.name = "X"
        rows = report._get_document().sections[1].rows
        self.assertEqual([row[0] for row in rows], ["Price", "Manner"])


@tagged("post_install", "-at_install")
class TestAnalysisDocuments(AnalysisCase):
    """I3, K5: the report as PDF and XLSX, in the reader's language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_due().sudo().write(
            {"state": "done", "result": "reached", "satisfaction": 80, "done_at": MARCH}
        )

    def get_report(self):
        report = self.make_reports().with_user(self.supervisor)
        self.hand_in(report, proposals=("=1+1 in the evening",))
        report.item_ids.with_user(self.manager).action_adopt("From May on")
        return report

    def test_workbook_holds_numbers_and_texts(self):
        report = self.get_report()
        book = DocumentWorkbook(report._get_document()).build()
        sheet = load_workbook(io.BytesIO(book)).active
        rows = [
            [cell for cell in row if cell is not None]
            for row in sheet.iter_rows(values_only=True)
        ]
        self.assertIn(["Callbacks Due", 1, 0, 1], rows)
        self.assertIn(["Made (%)", 100], rows, "no share of nothing")
        self.assertIn(["Satisfaction", 80], rows)
        [proposal] = [row for row in rows if row and str(row[0]).startswith("=1+1")]
        self.assertEqual(proposal[1], "Adopted")

    def test_pdf_page_in_both_languages(self):
        report = self.get_report()
        for lang, words in (
            ("en_US", ("Analysis Report", "What Was Found", "Adopted")),
            ("zh_CN", ("Nobody answers before noon",)),
        ):
            if lang != "en_US":
                self.env["res.lang"]._activate_lang(lang)
            content, kind = (
                self.env["ir.actions.report"]
                .with_user(self.supervisor)
                .with_context(lang=lang)
                ._render_qweb_html("revisit_management.report_analysis", report.ids)
            )
            self.assertEqual(kind, "html")
            text = html.fromstring(content).text_content()
            for word in words:
                self.assertIn(word, text)

    def test_nobody_prints_what_they_may_not_read(self):
        report = self.get_report()
        with self.assertRaises(AccessError):
            report.with_user(self.agent)._get_document()

    def test_form_shows_the_figures(self):
        report = self.get_report()
        self.assertIn("Callbacks Due", report.figures_html)
        self.assertIn("2026-Q1", report.figures_html)
        self.assertIn("2025-Q4", report.figures_html)


@tagged("post_install", "-at_install")
class TestAnalysisFile(RevisitMixin, HttpCase):
    """I3: the workbook by its address, for those who may read the report."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpRevisit()
        cls.report = cls.make_analysis(user=cls.supervisor)

    def test_address(self):
        url = f"/revisit/analysis/{self.report.id}.xlsx"
        self.authenticate(self.supervisor.login, self.supervisor.login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        load_workbook(io.BytesIO(response.content))
        for login in (self.agent.login, self.portal_a.login):
            self.authenticate(login, login)
            self.assertEqual(self.url_open(url).status_code, 404)
