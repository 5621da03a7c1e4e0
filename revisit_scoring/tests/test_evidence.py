# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestEvidence(ScoringCommon):
    """G8, L4: one click to exactly the records counted, then and a year later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "manager.wu", "revisit_management.group_manager"
        )
        cls.scheme = cls.create_scheme(
            [
                ("callback_rate", 40),
                ("satisfaction", 40, "mean"),
                ("quality", 10, "mean"),
                ("callbacks_late", 10, "event", {"points_per_step": 1}),
            ]
        )
        employee = cls.employee.id
        cls.good = cls.create_callbacks(
            3, resp_employee_id=employee, satisfaction=90, quality=70
        )
        cls.late = cls.create_callback(
            resp_employee_id=employee, satisfaction=50, done_at=datetime(2025, 2, 9)
        )
        cls.missed = cls.create_callback(
            resp_employee_id=employee, state="assigned", done_at=False
        )
        cls.create_callbacks(2, satisfaction=10)  # nobody's
        cls.assessment = cls.create_assessment(cls.scheme)
        cls.lines = {
            line.metric_id.code: line for line in cls.assessment.score_ids.line_ids
        }

    def open(self, code, numerator=False, user=None):
        line = self.lines[code].with_user(user or self.manager)
        action = (
            line.action_open_numerator() if numerator else line.action_open_evidence()
        )
        Model = line.env[action["res_model"]].with_context(**action["context"])
        return action["res_model"], Model.search(action["domain"])

    def test_records_equal_the_numbers(self):
        for code, counted in (
            ("callback_rate", "revisit.callback"),
            ("satisfaction", "revisit.answer"),
            ("quality", "revisit.answer"),
        ):
            with self.subTest(code=code):
                model, records = self.open(code)
                self.assertEqual(model, counted)
                self.assertEqual(len(records), self.lines[code].denominator)
        self.assertEqual(self.lines["callback_rate"].denominator, 5)
        self.assertEqual(self.open("callback_rate", True)[1], self.good | self.late)
        self.assertEqual(self.open("quality")[1].callback_id, self.good)

    def test_events_open_the_events(self):
        self.assertEqual(self.lines["callbacks_late"].numerator, 1)
        self.assertEqual(self.open("callbacks_late")[1], self.late)

    def test_equal_after_edits_archiving_and_handing_on(self):
        self.assessment.action_publish()
        self.good.sudo().write({"resp_employee_id": False, "active": False})
        self.missed.sudo().write({"window_end": datetime(2026, 1, 1)})
        model, records = self.open("callback_rate")
        self.assertEqual(model, "revisit.callback")
        self.assertEqual(records, self.good | self.late | self.missed)

    def test_deleted_records_stay_listed(self):
        """DESIGN 5.2: the kept list still equals the number."""
        self.assessment.action_publish()
        self.missed.sudo().unlink()
        model, records = self.open("callback_rate")
        self.assertEqual(model, "revisit.score.record")
        self.assertEqual(len(records), 5)
        self.assertEqual(sorted(set(records.mapped("status"))), ["gone", "there"])
        gone = records.filtered(lambda record: record.status == "gone")
        self.assertEqual(gone.res_id, self.missed.id)

    def test_kept_values_give_the_mean_again(self):
        self.assessment.action_publish()
        self.good.sudo().write({"satisfaction": 1})
        for code, mean in (("satisfaction", 80), ("quality", 70)):
            line = self.lines[code]
            records = (
                self.env["revisit.score.record"]
                .with_context(revisit_line_id=line.id)
                .search([])
            )
            values = records.mapped("value")
            self.assertEqual(sum(values) / len(values), mean)
            self.assertEqual(line.value, mean)

    def test_reader_without_the_records_gets_the_kept_list(self):
        """Numbers stay checkable; what the reader may not open says so."""
        self.assessment.action_publish()
        reader = new_test_user(self.env, "hr.reader", "revisit_scoring.group_hr_reader")
        model, records = self.open("callback_rate", user=reader)
        self.assertEqual(model, "revisit.score.record")
        self.assertEqual(len(records), 5)
        self.assertEqual(set(records.mapped("status")), {"closed"})
        self.assertFalse(any(records.mapped("record_name")))

    def test_line_that_is_not_readable_opens_nothing(self):
        """The search-only field asks for the rights on the line."""
        stranger = new_test_user(self.env, "x.yang", "revisit_management.group_agent")
        line = self.lines["callback_rate"]
        with self.assertRaises(AccessError):
            line.with_user(stranger).action_open_evidence()
        Callback = self.env["revisit.callback"].with_user(stranger)
        self.assertFalse(Callback.search([("revisit_line_id", "=", line.id)]))
        Record = self.env["revisit.score.record"].with_user(stranger)
        self.assertFalse(Record.with_context(revisit_line_id=line.id).search([]))
        self.assertFalse(Record.search([]))

    def test_line_without_records_says_so(self):
        scheme = self.create_scheme(
            [("callback_rate", 50), ("resolution_rate", 50)], name="Two"
        )
        line = self.create_assessment(scheme).score_ids.line_ids[1]
        with self.assertRaisesRegex(UserError, "counted no records"):
            line.action_open_evidence()

    def test_more_metrics_than_one_mask_holds(self):
        """16 metrics over one population are two evidence rows, each number right."""
        metric = self.metric("callback_rate")
        rows = []
        for number in range(16):
            copy = metric.copy({"code": f"copy_{number}", "name": f"Copy {number}"})
            rows.append(
                {
                    "metric_id": copy.id,
                    "name": copy.name,
                    "weight": 6.25,
                    "rule": "proportional",
                }
            )
        scheme = self.create_scheme([], active=False, name="Many")
        scheme.write({"indicator_ids": [(0, 0, row) for row in rows]})
        scheme.action_activate()
        score = self.create_assessment(scheme).score_ids
        self.assertEqual(set(score.line_ids.mapped("value")), {80.0})
        self.assertEqual(len(set(score.line_ids.mapped("evidence_id"))), 2)
        for line in score.line_ids:
            self.assertEqual(line._count_evidence("which"), 4)
