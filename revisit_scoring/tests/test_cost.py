# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestCost(ScoringCommon):
    """P8: statements do not grow with the number of subjects."""

    def count_queries(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.cr.sql_log_count - start

    def fill(self, count, prefix):
        employees = self.env["hr.employee"].create(
            [{"name": f"{prefix} {number}"} for number in range(count)]
        )
        for employee in employees:
            self.create_callback(resp_employee_id=employee.id, satisfaction=80)
        return employees

    def test_computing_costs_the_same_for_2_and_22_subjects(self):
        scheme = self.create_scheme(
            [("timeliness", 50), ("satisfaction", 30, "mean"), ("resolution_rate", 20)]
        )
        assessment = self.create_assessment(scheme, compute=False)
        self.fill(2, "Few")
        assessment.action_compute()
        few = self.count_queries(assessment.action_compute)
        self.fill(20, "Many")
        assessment.action_compute()
        many = self.count_queries(assessment.action_compute)
        self.assertEqual(assessment.score_count, 22)
        self.assertLessEqual(many, few + 3)

    def test_publishing_costs_the_same_for_2_and_22_subjects(self):
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        self.fill(2, "Few")
        few = self.count_queries(self.create_assessment(scheme).action_publish)
        scheme = scheme.copy({"name": "Second"})
        scheme.action_activate()
        self.fill(20, "Many")
        many = self.count_queries(self.create_assessment(scheme).action_publish)
        self.assertLessEqual(many, few + 3)

    def test_scores_on_employees_cost_the_same_for_2_and_22(self):
        employees = self.fill(22, "All")
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        self.create_assessment(scheme).action_publish()
        names = ["revisit_score_total", "revisit_score_count", "revisit_score_grade"]

        def read(records):
            return self.count_queries(lambda: records.read(names))

        read(employees)
        self.assertLessEqual(read(employees), read(employees[:2]) + 3)

    def test_list_of_scores_costs_the_same_for_2_and_22(self):
        self.fill(22, "All")
        scheme = self.create_scheme([("satisfaction", 100, "mean")])
        ids = self.create_assessment(scheme).score_ids.ids
        names = ["subject_name", "total", "explanation", "grade_label", "display_name"]

        def read(some):
            # browsed: the prefetch of a one2many is lost with the cache
            scores = self.env["revisit.score"].browse(some)
            return self.count_queries(lambda: scores.read(names))

        read(ids)
        self.assertLessEqual(read(ids), read(ids[:2]) + 3)
