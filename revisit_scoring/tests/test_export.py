# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
import json
from datetime import timedelta

from openpyxl import load_workbook

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import ScoringFixtures


@tagged("post_install", "-at_install")
class TestExport(ScoringFixtures, HttpCase):
    """G11: export XLSX, and the external API with a key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.set_up_scoring()
        cls.employee = cls.create_employee("agent.li", "revisit_management.group_agent")
        cls.tricky = cls.env["hr.employee"].create({"name": "=1+1"})
        for employee, value in ((cls.employee, 93), (cls.tricky, 61.005)):
            cls.create_callback(resp_employee_id=employee.id, satisfaction=value)
        scheme = cls.create_scheme([("satisfaction", 100, "mean")])
        cls.assessment = cls.create_assessment(scheme)
        cls.assessment.action_publish()
        cls.reader = new_test_user(
            cls.env,
            "hr.reader",
            "revisit_scoring.group_hr_reader",
            password="hr.reader",
        )
        cls.agent = cls.employee.user_id

    def download(self, login, **params):
        self.authenticate(login, login)
        query = "&".join(f"{key}={value}" for key, value in params.items())
        return self.url_open(f"/revisit/score.xlsx?{query}")

    def rows(self, response, sheet):
        book = load_workbook(io.BytesIO(response.content))
        return [list(row) for row in book[sheet].iter_rows(values_only=True)]

    def test_workbook_holds_the_scores(self):
        response = self.download("hr.reader", assessment_id=self.assessment.id)
        self.assertEqual(response.status_code, 200)
        rows = self.rows(response, "Scores")
        self.assertEqual(
            rows[0][:6], ["Scored", "Scheme", "Period", "From", "To", "Total"]
        )
        found = {row[0]: row for row in rows[1:]}
        self.assertEqual(found[self.employee.name][5:7], [93, "A"])
        self.assertEqual(found["=1+1"][5], 61.01)
        self.assertEqual(found[self.employee.name][3].date().isoformat(), "2025-01-01")
        lines = self.rows(response, "Indicators")
        self.assertEqual(len(lines), 3)
        self.assertEqual(lines[1][2], "Satisfaction")

    def test_workbook_and_interface_tell_a_small_sample(self):
        """L6, G11: the figure with its mark, how many answers, how many were asked."""
        scheme = self.create_scheme(
            [("satisfaction", 100, "mean")],
            min_count=3,
            small_sample="mark",
            name="Guarded",
        )
        assessment = self.create_assessment(scheme)
        assessment.action_publish()
        response = self.download("hr.reader", assessment_id=assessment.id)
        head, row, *_rest = self.rows(response, "Scores")
        row = dict(zip(head, row, strict=True))
        self.assertEqual((row["Sample"], row["Small Sample"]), (1, "Small sample"))
        self.assertEqual((row["Grade"] or "", row["Rank"]), ("", 1))
        self.assertTrue(row["Total"])
        head, row, *_rest = self.rows(response, "Indicators")
        self.assertEqual(dict(zip(head, row, strict=True))["Smallest Sample"], 3)
        scores = self.env["revisit.score"].with_user(self.reader)
        found = {
            (row["scheme"], row["small_sample"], row["sample_count"], row["min_count"])
            for row in scores.get_appraisal_scores("2025-01-01", "2025-12-31")
        }
        # without a guard nobody asked for a sample
        self.assertEqual(
            found, {("Guarded", True, 1, 3), ("Callback staff", False, 1, 0)}
        )

    def test_selected_scores_only(self):
        score = self.score_of(self.assessment, self.employee)
        action = score.action_export_xlsx()
        self.assertEqual(action["url"], f"/revisit/score.xlsx?ids={score.id}")
        rows = self.rows(self.download("hr.reader", ids=score.id), "Scores")
        self.assertEqual([row[0] for row in rows[1:]], [self.employee.name])

    def test_headers_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.reader.lang = "zh_CN"
        response = self.download("hr.reader", assessment_id=self.assessment.id)
        self.assertEqual(response.status_code, 200)

    def test_export_is_refused_without_the_group(self):
        response = self.download("agent.li", assessment_id=self.assessment.id)
        self.assertEqual(response.status_code, 403)

    def test_nonsense_is_not_found(self):
        self.assertEqual(self.download("hr.reader", ids="a-b").status_code, 404)
        self.assertEqual(self.download("hr.reader", assessment_id="x").status_code, 404)
        # an empty workbook would look like an answer
        self.assertEqual(self.download("hr.reader", ids=999999).status_code, 404)
        self.assertEqual(self.download("hr.reader").status_code, 404)

    # -- external API ---------------------------------------------------------

    def key_of(self, user):
        return (
            self.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
        )

    def post(self, user, **values):
        return self.url_open(
            "/json/2/revisit.score/get_appraisal_scores",
            data=json.dumps(values),
            headers={
                "Authorization": f"bearer {self.key_of(user)}",
                "Content-Type": "application/json",
            },
        )

    def test_scores_are_pulled_with_a_key(self):
        response = self.post(self.reader, date_from="2025-01-01", date_to="2025-12-31")
        self.assertEqual(response.status_code, 200, response.text)
        found = {row["employee_id"]: row for row in response.json()}
        own = found[self.employee.id]
        self.assertEqual((own["total"], own["grade"], own["rank"]), (93, "A", 1))
        self.assertEqual((own["date_from"], own["period"]), ("2025-01-01", "2025-Q1"))
        self.assertEqual(own["lines"][0]["denominator"], 1)
        self.assertIn("93", own["lines"][0]["explanation"])
        self.assertEqual(len(found), 2)

    def test_pull_is_narrowed_by_employee_and_period(self):
        response = self.post(
            self.reader,
            date_from="2025-01-01",
            date_to="2025-03-31",
            employee_ids=[self.employee.id],
        )
        self.assertEqual(len(response.json()), 1)
        response = self.post(self.reader, date_from="2025-01-02", date_to="2025-12-31")
        self.assertEqual(response.json(), [])

    def test_pull_is_refused_without_the_group(self):
        response = self.post(self.agent, date_from="2025-01-01", date_to="2025-12-31")
        self.assertEqual(response.status_code, 403)
        with self.assertRaisesRegex(AccessError, "Only HR readers"):
            self.env["revisit.score"].with_user(self.agent).get_appraisal_scores(
                "2025-01-01", "2025-12-31"
            )

    def test_unpublished_scores_are_not_pulled(self):
        scheme = self.create_scheme([("callback_rate", 100)], name="Draft")
        self.create_assessment(scheme)
        rows = (
            self.env["revisit.score"]
            .with_user(self.reader)
            .get_appraisal_scores("2025-01-01", "2025-12-31")
        )
        self.assertEqual({row["scheme"] for row in rows}, {"Callback staff"})
        json.dumps(rows)  # JSON types only

    def test_score_sheet_prints(self):
        report = self.env["ir.actions.report"].with_user(self.reader)
        html, _kind = report._render_qweb_html(
            "revisit_scoring.report_score_sheet", self.assessment.score_ids.ids
        )
        self.assertIn(self.employee.name, html.decode())
        self.assertIn("Mean 93 over 1 answers", html.decode())
