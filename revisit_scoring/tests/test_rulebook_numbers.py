# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tests import tagged

from .common import ScoringCommon

BY_RULE = {
    "proportional": ("weight", "target"),
    "mean": ("weight",),
    "step": ("weight", "target", "step", "points_per_step"),
    "event": ("weight", "points_per_step"),
    "bands": ("weight",),
    "manual": ("weight",),
}
CSI = "经销商客户满意度分值= ∑(售车后用户回访分值)/售车后回访用户总数*0.3＋…"
QUARTER = "客服部每季度给出各经销商的满意度分值和排名"
# {(rulebook, row id, value's name): (value, sentence)}
SEEDS = {
    ("dealer_csi", "scheme_dealer", "period"): ("quarter", QUARTER),
    ("dealer_csi", "scheme_region", "period"): ("quarter", QUARTER),
    ("dealer_csi", "indicator_sale", "weight"): (30, CSI),
    ("dealer_csi", "indicator_complaint", "weight"): (
        100,
        "对客户投诉经营区处理后的监督调查性回访,分值与经销商的考核方式相同",
    ),
    **{
        ("five_grades", f"grade_{letter}", name): (value, sentence)
        for letter, lower, upper, sentence in (
            ("a", 90, 100, "A(优秀):90分以上;考核总分为100分"),
            ("b", 80, 90, "B(良好):80~90(含)分"),
            ("c", 70, 80, "C(中等):70~80(含)分"),
            ("d", 60, 70, "D(尚可):60~70(含)分"),
            ("e", 0, 60, "E(差):60以下(含)"),
        )
        for name, value in (("lower", lower), ("upper", upper))
    },
}


@tagged("post_install", "-at_install")
class TestRulebookNumbers(ScoringCommon):
    """G2, R: a number of a scheme stands in a rule's text, or is marked as ours."""

    def get_numbers(self, record):
        """Return the names of the values of a row that are numbers in force."""
        if record._name == "revisit.scheme":
            return ["period"] + ["min_count"] * bool(record.min_count)
        if record._name == "revisit.grade":
            return ["lower", "upper"]
        if record._name == "revisit.indicator.band":
            return ["lower", "upper", "points"]
        names = [*BY_RULE[record.rule]]
        return names + ["zero_limit"] * record.has_zero_limit

    def test_every_number_has_its_sentence_or_our_mark(self):
        used = set()
        for code in self.env["revisit.rulebook"]._get_shipped_codes():
            rulebook = self.env["revisit.rulebook"].action_install(code)
            for module, model, header, rows in rulebook._iter_files():
                if module != "revisit_scoring":
                    continue
                for cells in rows:
                    row = cells[header.index("id")]
                    record = rulebook._get_record(rulebook._get_xmlid(module, row))
                    ours = (record.our_values or "").split()
                    for name in self.get_numbers(record):
                        key = (code, row, name)
                        with self.subTest(code=code, model=model, row=row, name=name):
                            self.assertNotEqual(key in SEEDS, name in ours)
                            if key in SEEDS:
                                used.add(key)
                                self.assertEqual(record[name], SEEDS[key][0])
        self.assertEqual(used, set(SEEDS), "a sentence that no row needs")

    def test_five_grades_owns_the_grades(self):
        """G3, [001.1]: lower bound excluded, upper one included, out of 100."""
        rulebook = self.env["revisit.rulebook"].action_install("five_grades")
        scheme = rulebook.scheme_ids
        self.assertEqual((scheme.state, scheme.bonus_ceiling), ("draft", 0))
        scheme._check_grades()
        find = self.env["revisit.assessment"]._find_grade
        definition = {
            "grades": [grade._prepare_definition() for grade in scheme.grade_ids]
        }
        found = {
            total: find(definition, total)["name"]
            for total in (100, 90.01, 90, 80.01, 80, 70, 60.01, 60, 0)
        }
        self.assertEqual(
            found,
            {
                100: "A",
                90.01: "A",
                90: "B",
                80.01: "B",
                80: "C",
                70: "D",
                60.01: "D",
                60: "E",
                0: "E",
            },
        )
        appliance = self.env["revisit.rulebook"].action_install("appliance")
        self.assertFalse(appliance.scheme_ids.grade_ids, "[000] has no grades")
