# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
from unittest.mock import patch

from pypdf import PdfReader, PdfWriter

from odoo.tests import TransactionCase, tagged

from odoo.addons.base.models import ir_actions_report as base_report

from .common import RevisitMixin

REPORT = "revisit_management.report_plan"


@tagged("post_install", "-at_install")
class TestPrinting(RevisitMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpRevisit()
        cls.team = cls.env["revisit.team"].create({"name": "Callback Centre"})
        cls.plans = cls.env["revisit.plan"].create(
            [
                {
                    "team_id": cls.team.id,
                    "name": f"Plan {month}",
                    "note": f"Purpose of month {month}",
                    "date_from": f"2026-0{month}-01",
                    "date_to": f"2026-0{month}-{last}",
                }
                for month, last in ((3, 31), (4, 30), (5, 31))
            ]
        )

    def print_plans(self, is_patched, report=REPORT, records=None):
        """Print without wkhtmltopdf; return the documents of each of its runs."""
        runs = []

        def run(_report, bodies, **options):
            runs.append([str(body) for body in bodies])
            writer, stream = PdfWriter(), io.BytesIO()
            for _body in bodies:
                writer.add_blank_page(width=100, height=100)
            writer.write(stream)
            return stream.getvalue()

        model = type(self.env["ir.actions.report"])
        info = base_report._wkhtml()._replace(is_patched_qt=is_patched)
        with (
            patch.object(base_report, "_wkhtml", lambda: info),
            patch.object(model, "get_wkhtmltopdf_state", lambda _report: "ok"),
            patch.object(model, "_run_wkhtmltopdf", run),
        ):
            pdf, _kind = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf(report, (records or self.plans).ids)
            )
        self.assertEqual(len(PdfReader(io.BytesIO(pdf)).pages), 3)
        return runs

    def test_documents_are_printed_one_by_one_where_they_must_be(self):
        runs = self.print_plans(is_patched=False)
        self.assertEqual([len(bodies) for bodies in runs], [1, 1, 1])
        for plan, (body,) in zip(self.plans, runs, strict=True):
            self.assertIn(plan.note, body)

    def test_documents_are_printed_at_once_where_they_can_be(self):
        runs = self.print_plans(is_patched=True)
        self.assertEqual([len(bodies) for bodies in runs], [3])

    def test_styles_need_no_server(self):
        for is_patched in (False, True):
            for bodies in self.print_plans(is_patched):
                for body in bodies:
                    self.assertNotIn('href="/web/assets', body)
                    self.assertIn(".table-borderless", body)

    def test_reports_of_others_are_left_alone(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(3)]
        )
        report = self.env["ir.actions.report"].create(
            {
                "name": "Foreign",
                "model": "res.partner",
                "report_type": "qweb-pdf",
                "report_name": "foreign.report",
            }
        )
        self.env["ir.ui.view"].create(
            {
                "name": "foreign.report",
                "key": "foreign.report",
                "type": "qweb",
                "arch": """
                    <t t-call="web.html_container">
                        <t t-foreach="docs" t-as="doc">
                            <div
                                class="article"
                                t-att-data-oe-model="doc._name"
                                t-att-data-oe-id="doc.id"
                            >
                                <p t-out="doc.name" />
                            </div>
                        </t>
                    </t>
                """,
            }
        )
        runs = self.print_plans(False, report, partners)
        self.assertEqual([len(bodies) for bodies in runs], [3])
        self.assertIn('href="/web/assets', runs[0][0])

    def test_several_plans_become_one_file(self):
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() == "install":
            self.skipTest("wkhtmltopdf is not installed")
        with self.allow_pdf_render():
            pdf, _kind = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf(REPORT, self.plans.ids)
            )
        pages = PdfReader(io.BytesIO(pdf)).pages
        for month, page in zip((3, 4, 5), pages, strict=True):
            words = " ".join(page.extract_text().split())
            self.assertIn(f"Purpose of month {month}", words)
