# Part of Revisit. See LICENSE file for full copyright and licensing details.
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..tools import score
from ..tools.score import Band, Fact, Rule, judge, judge_all


@tagged("post_install", "-at_install")
class TestArithmetic(BaseCase):
    """G2, G3: pure arithmetic, without a database."""

    def test_half_is_rounded_up_once_at_the_end(self):
        """G2: 3 x 26.665 is 79.995 and shows 80.00, not 3 x 26.67 = 80.01."""
        lines = {
            key: judge(Rule("mean", Decimal("26.665"), "average"), Fact(100, 1))
            for key in "abc"
        }
        self.assertEqual(score.final_total(lines.values()), Decimal("80.00"))

    def test_zero_beyond_a_limit(self):
        """G2: more late callbacks than the limit leave nothing of the indicator."""
        rule = Rule(
            "event",
            Decimal(20),
            "count",
            points_per_step=Decimal(1),
            zero_limit=Decimal(5),
        )
        self.assertEqual(judge(rule, Fact(5, 9)).points, 15)
        self.assertEqual(judge(rule, Fact(6, 9)).points, 0)

    def test_points_off_never_go_below_zero(self):
        rule = Rule("event", Decimal(5), "count", points_per_step=Decimal(3))
        self.assertEqual(judge(rule, Fact(9, 9)).points, 0)

    def test_steps_count_when_full(self):
        """001.18: points off for every 5% below the target."""
        rule = Rule(
            "step",
            Decimal(20),
            target=Decimal(95),
            step=Decimal(5),
            points_per_step=Decimal(2),
        )
        self.assertEqual(judge(rule, Fact(86, 100)).points, 18)
        self.assertEqual(judge(rule, Fact(85, 100)).points, 16)

    def test_parameter_left_blank_takes_nothing_off(self):
        """RULEBOOKS: a parameter not set pays or takes nothing and says so."""
        line = judge(Rule("event", Decimal(20), "count"), Fact(4, 9))
        self.assertEqual((line.points, line.parts["unset"]), (20, True))

    def test_bands(self):
        rule = Rule(
            "bands",
            Decimal(10),
            bands=(
                Band(Decimal(0), Decimal(60), Decimal(0)),
                Band(Decimal(60), Decimal(100), Decimal(10)),
            ),
        )
        self.assertEqual(judge(rule, Fact(60, 100)).points, 0)
        self.assertEqual(judge(rule, Fact(61, 100)).points, 10)

    def test_bonus_ends_at_its_ceiling(self):
        """G2: total 100 plus bonus at most 10."""
        rules = {
            "rate": Rule("mean", Decimal(100), "average"),
            "ideas": Rule(
                "event",
                Decimal(20),
                "count",
                points_per_step=Decimal(3),
                is_bonus=True,
            ),
        }
        lines = judge_all(rules, {"rate": Fact(100, 1), "ideas": Fact(5, 5)}, {})
        self.assertEqual(lines["ideas"].points, 15)
        self.assertEqual(score.final_total(lines.values()), Decimal("110.00"))

    def test_value_above_100_does_not_pass_the_weight(self):
        line = judge(Rule("mean", Decimal(30), "average"), Fact(120, 1))
        self.assertEqual(line.points, 30)

    def test_lower_is_better(self):
        rule = Rule(
            "proportional", Decimal(10), target=Decimal(50), lower_is_better=True
        )
        self.assertEqual(judge(rule, Fact(40, 100)).points, 10)
        self.assertEqual(judge(rule, Fact(100, 100)).points, 5)
