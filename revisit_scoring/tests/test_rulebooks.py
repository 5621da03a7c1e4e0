# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestRulebooks(ScoringCommon):
    """R: the scoring half of the shipped rulebooks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")

    def install(self, code):
        rulebook = self.env["revisit.rulebook"].action_install(code)
        return rulebook, rulebook.scheme_ids

    def test_appliance_brings_active_schemes_without_grades(self):
        """000: staff and departments, no grades, which are 001.1's."""
        rulebook, schemes = self.install("appliance")
        self.assertEqual(set(schemes.mapped("state")), {"active"})
        kinds = schemes.mapped("subject_kind")
        self.assertEqual(sorted(kinds), ["department", "employee"])
        staff = schemes.filtered(lambda scheme: scheme.subject_kind == "employee")
        self.assertFalse(schemes.grade_ids)
        self.assertEqual(staff.with_context(lang="zh_CN").name, "回访人员考核")
        self.assertEqual(staff.company_id, self.env.company)
        self.assertEqual(staff.rulebook_id, rulebook)

    def test_appliance_guards_what_an_agent_surely_has(self):
        """L6: callbacks and answers, not issues; members of a callback unit only."""
        _rulebook, schemes = self.install("appliance")
        staff = schemes.filtered(lambda scheme: scheme.subject_kind == "employee")
        guarded = staff.indicator_ids.filtered("is_guarded").metric_id
        self.assertEqual(set(guarded.mapped("code")), {"timeliness", "attitude_caller"})
        idle, outsider = self.create_employee("idle"), self.create_employee("outsider")
        self.create_team("Unit", member_ids=(self.employee + idle).user_id.ids)
        self.create_callbacks(
            5, resp_employee_id=self.employee.id, satisfaction=90, attitude=90
        )
        for employee in (idle, outsider):
            self.create_issue(owner_id=employee.user_id.id, state="resolved")
        assessment = self.create_assessment(staff)
        # 30 x 100% + 25 x 90% + 15 x 90% + 10, of the 80 that are left without issues
        self.assertTotal(self.score_of(assessment, self.employee), 95.0)
        idle_score = self.score_of(assessment, idle)
        self.assertEqual(
            (idle_score.rated, idle_score.unrated_reason), (False, "small_sample")
        )
        self.assertFalse(idle_score.grade_id or idle_score.rank)
        self.assertFalse(self.score_of(assessment, outsider))

    def test_dealer_csi_is_three_to_seven_with_rank(self):
        """G6, 001.17."""
        _rulebook, schemes = self.install("dealer_csi")
        dealer = schemes.filtered(lambda scheme: scheme.subject_kind == "dealer")
        self.assertEqual(dealer.indicator_ids.mapped("weight"), [30, 70])
        self.assertEqual((dealer.period, dealer.has_rank), ("quarter", True))
        self.assertEqual(dealer.small_sample, "mark")
        region = schemes - dealer
        self.assertEqual(region.subject_kind, "team")
        self.assertEqual(set(schemes.mapped("state")), {"active"})

    def test_installing_again_keeps_edits(self):
        """B0: weights that the company has changed stay, even across rows."""
        rulebook, schemes = self.install("dealer_csi")
        dealer = schemes.filtered(lambda scheme: scheme.subject_kind == "dealer")
        first, second = dealer.indicator_ids
        dealer.write(
            {
                "indicator_ids": [
                    (1, first.id, {"weight": 50}),
                    (1, second.id, {"weight": 50}),
                ]
            }
        )
        rulebook.action_install()
        self.assertEqual(dealer.indicator_ids.mapped("weight"), [50, 50])
        self.assertEqual(dealer.state, "active")

    def test_scheme_set_back_to_draft_stays_a_draft(self):
        rulebook, schemes = self.install("dealer_csi")
        schemes.action_draft()
        rulebook.action_install()
        self.assertEqual(set(schemes.mapped("state")), {"draft"})

    def test_dealer_csi_replayed(self):
        """001.17 on three dealers of a quarter: formula, rank; L6: mark."""
        _rulebook, schemes = self.install("dealer_csi")
        dealer = schemes.filtered(lambda scheme: scheme.subject_kind == "dealer")
        answers = {
            "East": ([90] * 6, [80] * 6),
            "West": ([60], [100]),
            "South": ([], [70]),
        }
        for name, (sale, service) in answers.items():
            partner = self.create_dealer(name)
            for step, values in (("sale", sale), ("service", service)):
                for value in values:
                    self.create_callback(
                        resp_dealer_id=partner.id, service_step=step, satisfaction=value
                    )
        assessment = self.create_assessment(dealer)
        found = {
            score.subject_name: (score.total, score.rank, score.is_small_sample)
            for score in assessment.score_ids
        }
        self.assertEqual(found["East"], (83.0, 2, False))
        self.assertEqual(found["West"], (88.0, 1, True))
        self.assertEqual(found["South"], (70.0, 3, True))
