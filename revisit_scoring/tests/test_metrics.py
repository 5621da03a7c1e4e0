# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestMetrics(ScoringCommon):
    """G1: data, not code; only settings administrators define them."""

    def values(self, **values):
        return {
            "name": "Made by phone",
            "code": "test_metric",
            "model_name": "revisit.callback",
            "date_field": "done_at",
            "numerator_domain": "[('channel', '=', 'phone')]",
            "employee_path": "resp_employee_id",
            **values,
        }

    def test_shipped_metrics_compile(self):
        metrics = self.env["revisit.metric"].search([])
        metrics._check_definition()
        self.assertFalse(metrics.filtered("broken").mapped("broken_message"))
        self.assertGreaterEqual(len(metrics), 20)

    def test_unknown_model_is_marked(self):
        metric = self.env["revisit.metric"].create(self.values(model_name="no.model"))
        self.assertIn("no.model", metric.broken_message)

    def test_unsearchable_field_is_marked(self):
        """DESIGN 2.2: compiling finds what a well-formed domain hides."""
        metric = self.env["revisit.metric"].create(
            self.values(domain="[('display_name', '=like', 3)]")
        )
        metric.write({"numerator_domain": "[('no_field', '=', 1)]", "domain": "[]"})
        self.assertIn("no_field", metric.broken_message)

    def test_code_in_a_domain_is_not_evaluated(self):
        metric = self.env["revisit.metric"].create(
            self.values(domain="[('id', 'in', user.env['res.users'].search([]).ids)]")
        )
        self.assertTrue(metric.broken)

    def test_path_to_the_wrong_model_is_marked(self):
        metric = self.env["revisit.metric"].create(
            self.values(employee_path="resp_user_id")
        )
        self.assertIn("does not lead to hr.employee", metric.broken_message)

    def test_repaired_metric_works_again(self):
        metric = self.env["revisit.metric"].create(self.values(date_field="nope"))
        self.assertTrue(metric.broken)
        metric.date_field = "done_at"
        self.assertFalse(metric.broken)

    def test_dotted_path_and_own_model(self):
        """A company scores its own models: here employees who have a login."""
        metric = self.env["revisit.metric"].create(
            self.values(
                model_name="hr.employee",
                date_field="create_date",
                numerator_domain="[('user_id', '!=', False)]",
                employee_path=False,
                department_path="current_version_id.department_id",
            )
        )
        self.assertIn(metric.broken_message, ("", False))

    def test_average_needs_a_value_field(self):
        with self.assertRaisesRegex(ValidationError, "needs a value field"):
            self.env["revisit.metric"].create(self.values(measure="average"))

    def test_metric_leads_to_somebody(self):
        with self.assertRaisesRegex(ValidationError, "leads to nobody"):
            self.env["revisit.metric"].create(self.values(employee_path=False))

    @mute_logger("odoo.sql_db")
    def test_only_settings_administrators_define(self):
        manager = new_test_user(
            self.env, "manager.wu", "revisit_management.group_manager"
        )
        Metric = self.env["revisit.metric"].with_user(manager)
        with self.assertRaises(AccessError):
            Metric.create(self.values())
        with self.assertRaises(AccessError):
            Metric.browse(self.metric("timeliness").id).write({"domain": "[]"})
        with self.assertRaises(AccessError):
            Metric.browse(self.metric("timeliness").id).action_check()

    def test_rate_never_passes_100(self):
        """G1: the numerator is a part of the denominator by construction."""
        scheme = self.create_scheme([("callback_rate", 100)])
        self.create_callbacks(3, resp_employee_id=self.employee.id)
        # called in the period, but due in another one: not in this rate
        self.create_callback(
            resp_employee_id=self.employee.id, window_end=datetime(2025, 5, 1)
        )
        line = self.create_assessment(scheme).score_ids.line_ids
        self.assertEqual((line.numerator, line.denominator, line.value), (3, 3, 100))

    def test_period_ends_in_the_companys_time_zone(self):
        """B2: a window that ends at local midnight belongs to the day before."""
        scheme = self.create_scheme([("callback_rate", 100)])
        inside = datetime(2025, 3, 31, 16, 0)  # 1 April 00:00 in Shanghai
        outside = datetime(2025, 3, 31, 16, 0, 1)
        before = datetime(2024, 12, 31, 16, 0)  # 1 January 00:00 in Shanghai
        for window_end in (inside, outside, before):
            self.create_callback(
                resp_employee_id=self.employee.id,
                window_start=datetime(2024, 12, 1),
                window_end=window_end,
            )
        line = self.create_assessment(scheme).score_ids.line_ids
        self.assertEqual(line.denominator, 1)

    def test_cancelled_callbacks_are_not_due(self):
        scheme = self.create_scheme([("callback_rate", 100)])
        self.create_callback(resp_employee_id=self.employee.id)
        self.create_callback(resp_employee_id=self.employee.id, state="cancelled")
        line = self.create_assessment(scheme).score_ids.line_ids
        self.assertEqual(line.denominator, 1)

    def test_known_too_late_counts_for_nobody(self):
        """B2: neither as made nor as missed, neither as punctual nor as late."""
        late = {"is_known_too_late": True, "is_late_handover": True}
        unmade = {"state": "planned", "done_at": False, "result": False}
        handed_over_late = {"is_late_handover": True}
        for code in (
            "callback_rate",
            "timeliness",
            "callbacks_late",
            "callbacks_missed",
            "dealer_callback_rate",
            "dealer_timeliness",
            "dealer_callbacks_late",
        ):
            self.assertEqual(
                self.metric(code).denominator_domain,
                "[('is_known_too_late', '=', False)]",
            )
        scheme = self.create_scheme([("callback_rate", 50), ("timeliness", 50)])
        subject = {"resp_employee_id": self.employee.id}
        self.create_callbacks(3, **subject)
        self.create_callback(**subject, **handed_over_late)
        self.create_callbacks(2, **subject, **late, **unmade)
        self.create_callback(**subject, **late, done_at=datetime(2025, 2, 20))
        for line in self.create_assessment(scheme).score_ids.line_ids:
            self.assertEqual((line.numerator, line.denominator), (4, 4))

    def test_reports_count_for_who_has_talked(self):
        """G1, C8: written and handed in on time, late records, missing reports."""
        codes = (
            "report_timeliness",
            "hand_in_timeliness",
            "records_late",
            "reports_missing",
        )
        scheme = self.create_scheme([(code, 25) for code in codes])
        # the callback counts for a colleague, who was to make it
        colleague = self.create_employee("agent.wang")
        talk, on_time = datetime(2025, 2, 2, 3), datetime(2025, 2, 2, 4)
        late = datetime(2025, 2, 9)
        for recorded, handed_in in (
            (on_time, on_time),
            (on_time, datetime(2025, 2, 4)),
            (late, late),
            (on_time, False),
        ):
            self.env["revisit.report"].create(
                {
                    "callback_id": self.create_callback(
                        resp_employee_id=colleague.id
                    ).id,
                    "company_id": self.company.id,
                    "partner_id": self.customer.id,
                    "user_id": self.employee.user_id.id,
                    "employee_id": self.employee.id,
                    "talked_at": talk,
                    "recorded_at": recorded,
                    "record_until": datetime(2025, 2, 2, 16),
                    "report_until": datetime(2025, 2, 3, 16),
                    "hand_in_until": datetime(2025, 2, 5, 16),
                    "written_at": handed_in,
                    "handed_in_at": handed_in,
                }
            )
        scores = self.create_assessment(scheme).score_ids
        lines = scores.filtered(lambda s: s.employee_id == self.employee).line_ids
        self.assertEqual(
            {line.metric_id.code: (line.numerator, line.denominator) for line in lines},
            {
                "report_timeliness": (1, 4),
                "hand_in_timeliness": (2, 4),
                "records_late": (1, 4),
                "reports_missing": (1, 4),
            },
        )

    def create_result(self, kind, **values):
        """Create a result that counts for the employee, whoever made the callback."""
        colleague = self.create_employee(f"agent.{kind}{len(values)}")
        return self.env["revisit.result"].create(
            {
                "callback_id": self.create_callback(resp_employee_id=colleague.id).id,
                "company_id": self.company.id,
                "partner_id": self.customer.id,
                "user_id": self.employee.user_id.id,
                "employee_id": self.employee.id,
                "kind": kind,
                "words": "Said",
                "noted_at": datetime(2025, 2, 2, 3),
                **values,
            }
        )

    def test_results_count_for_who_has_noted_them(self):
        """G1, C7: promises kept and late, suggestions, referrals and their invoices."""
        promise = {
            "promised_on": "2025-02-03",
            "promised_until": datetime(2025, 2, 3, 16),
            "owner_id": self.employee.user_id.id,
        }
        self.create_result("promise", **promise, answered_at=datetime(2025, 2, 3, 15))
        self.create_result(
            "promise",
            **promise,
            answered_at=datetime(2025, 2, 3, 17),
            answer="Late",
        )
        self.create_result("promise", **promise)
        self.create_result(
            "suggestion", is_valuable=True, valued_at=datetime(2025, 2, 5)
        )
        referral = self.create_result(
            "referral", referred_name="Zhang", referred_phone="+8613900139000"
        )
        invoice = self.create_invoice(referral.referred_partner_id, 250)
        self.create_invoice(self.customer, 1000)
        self.assertEqual(referral.invoiced_amount, invoice.amount_untaxed)
        expected = {
            "promises_kept": (1, 3),
            "promises_late": (2, 3),
            "valuable_suggestions": (1, 1),
            "referrals_invoiced": (1, 1),
            "referral_amount": (250, 1),
        }
        scheme = self.create_scheme([(code, 20) for code in expected])
        scores = self.create_assessment(scheme).score_ids
        lines = scores.filtered(lambda s: s.employee_id == self.employee).line_ids
        self.assertEqual(
            {line.metric_id.code: (line.numerator, line.denominator) for line in lines},
            expected,
        )

    def create_invoice(self, partner, amount):
        """Create and post an invoice in the period, without taxes."""
        accounts = self.env["account.account"].create(
            [
                {
                    "name": kind,
                    "code": f"{kind[:3].upper()}{partner.id}",
                    "account_type": kind,
                    "reconcile": kind == "asset_receivable",
                }
                for kind in ("income", "asset_receivable")
            ]
        )
        partner.property_account_receivable_id = accounts[1]
        journal = self.env["account.journal"].create(
            {
                "name": "Sales",
                "code": f"S{partner.id}",
                "type": "sale",
                "company_id": self.company.id,
                "default_account_id": accounts[0].id,
            }
        )
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "journal_id": journal.id,
                "invoice_date": "2025-02-10",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "quantity": 1,
                            "price_unit": amount,
                            "account_id": accounts[0].id,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        invoice.action_post()
        return invoice

    def test_analyses_late_and_proposals_adopted(self):
        """G1, C8: late or never handed in, and what the company adopted."""
        codes = ("analyses_late", "proposals_adopted")
        scheme = self.create_scheme([(code, 50) for code in codes])
        team = self.env["revisit.team"].create({"name": "Unit", "kind": "hq"})
        rulebook = self.env["revisit.rulebook"].create({"name": "R", "code": "r"})
        due = datetime(2025, 2, 14, 3)
        reports = self.env["revisit.analysis"].create(
            [
                {
                    "company_id": self.company.id,
                    "rulebook_id": rulebook.id,
                    "team_id": team.id,
                    "kind": kind,
                    "date_from": first,
                    "date_to": last,
                    "due_on": due.date(),
                    "employee_id": self.employee.id,
                    "handed_in_at": moment,
                }
                for kind, first, last, moment in (
                    ("quarter", "2024-10-01", "2024-12-31", due),
                    ("year", "2024-01-01", "2024-12-31", datetime(2025, 2, 14, 18)),
                    ("quarter", "2024-07-01", "2024-09-30", False),
                )
            ]
        )
        self.env["revisit.analysis.item"].create(
            [
                {
                    "analysis_id": reports[0].id,
                    "proposal": "Call in the evening",
                    "employee_id": self.employee.id,
                    "state": state,
                    "decided_at": moment,
                }
                for state, moment in (
                    ("adopted", due),
                    ("rejected", due),
                    ("adopted", datetime(2024, 2, 1)),
                    ("proposed", False),
                )
            ]
        )
        self.create_callback(resp_employee_id=self.employee.id)
        scores = self.create_assessment(scheme).score_ids
        lines = scores.filtered(lambda s: s.employee_id == self.employee).line_ids
        self.assertEqual(
            {line.metric_id.code: (line.numerator, line.denominator) for line in lines},
            {"analyses_late": (2, 3), "proposals_adopted": (1, 2)},
        )

    def test_measure_not_asked_is_left_out(self):
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        self.create_callback(resp_employee_id=self.employee.id, satisfaction=80)
        self.create_callback(resp_employee_id=self.employee.id)
        line = self.create_assessment(scheme).score_ids.line_ids
        self.assertEqual((line.denominator, line.value), (1, 80))

    def test_dealer_rate_counts_the_dealers_own_calls(self):
        """B5: headquarters' callbacks are not due by the dealer."""
        dealer = self.create_dealer("Dealer East")
        scheme = self.create_scheme(
            [("dealer_callback_rate", 100)], subject_kind="dealer"
        )
        self.create_callback(resp_dealer_id=dealer.id, level="dealer", state="assigned")
        self.create_callback(resp_dealer_id=dealer.id, level="hq")
        line = self.create_assessment(scheme).score_ids.line_ids
        self.assertEqual((line.numerator, line.denominator), (0, 1))
