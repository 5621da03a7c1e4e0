# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

from odoo.fields import Command
from odoo.tests import tagged

from ..tools.score import Fact, judge, plain, round_half_up
from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestExplanation(ScoringCommon):
    """G8, L5: every sentence adds up with the numbers on the sheet."""

    def say(self, fact, effective=None, measure="ratio", manual=None, **rule):
        """The sentence of one line, judged from a rule as an indicator has it."""
        values = {
            "kind": "proportional",
            "measure": measure,
            "weight": "10",
            "target": "95",
            "step": "5",
            "points_per_step": "1",
            "step_rounding": "full",
            "lower_is_better": False,
            "zero_limit": None,
            "when_empty": "reweight",
            "is_bonus": False,
            "bands": [],
            **rule,
        }
        rule = self.env["revisit.indicator"]._read_rule(values)
        judged = judge(rule, fact and Fact(*fact), manual, effective)
        line = self.env["revisit.score.line"].new({"parts": judged.parts})
        if manual is not None:
            line.manual_points, line.manual_reason = manual, "spot checks"
            line.manual_by_id = self.env.user
        self.check_equations(line.explanation, judged.points)
        return line.explanation

    def check_equations(self, text, points):
        """Whatever is written with “=” is right, and ends in the line's points."""
        for left, sign, right in re.findall(r"(\d[\d ./×%-]*) ([=≈]) ([\d.]+)", text):
            self.assertEqual(right, plain(round_half_up(points)), text)
            code = left.replace("×", "*").replace("%", "/100")
            value = eval(code)  # pylint: disable=eval-used
            difference = abs(value - float(right))
            self.assertLess(difference, 0.0051 if sign == "=" else 0.06, text)

    def test_event_says_what_one_really_costs(self):
        """L5: 1 off in the scheme is 1.25 off where weights were spread."""
        self.assertEqual(
            self.say((7, 40), measure="count", kind="event"),
            "7 among 40 records. 1 off for each: 10 - 7 × 1 = 3 of 10 points.",
        )
        self.assertEqual(
            self.say((7, 40), round_half_up("12.5"), measure="count", kind="event"),
            "7 among 40 records. 1.25 off for each: 12.5 - 7 × 1.25 = 3.75 of 12.5"
            " points. The weight 10 counts as 12.5 (10 of 80) and 1 off as 1.25,"
            " because lines worth 20 are left out.",
        )

    def test_event_with_uneven_weight_is_marked_as_rounded(self):
        effective = round_half_up(100 / 7.5, 9)
        text = self.say((5, 9), effective, measure="count", kind="event")
        self.assertIn("1.3333 off for each: 13.33 - 5 × 1.3333 ≈ 6.67 of 13.33", text)
        self.assertIn("(10 of 75) and 1 off as 1.3333", text)
        self.assertIn("lines worth 25 are", text)

    def test_event_at_its_ends(self):
        count = {"measure": "count", "kind": "event"}
        self.assertIn("Nothing to take off: 10 of 10", self.say((0, 4), **count))
        self.assertIn("none of 10 points are left", self.say((12, 40), **count))
        self.assertIn(
            "limit of 3: no points", self.say((4, 9), zero_limit="3", **count)
        )
        self.assertIn(
            "leaves the number of points open: 10 of 10",
            self.say((4, 9), points_per_step="0", **count),
        )

    def test_bonus(self):
        bonus = {"measure": "count", "kind": "event", "is_bonus": True}
        self.assertIn("1 for each: 4 × 1 = 4 bonus points", self.say((4, 4), **bonus))
        self.assertIn("at most 10: 10 bonus points", self.say((14, 14), **bonus))
        self.assertEqual(
            self.say((0, 0), when_empty="full", **bonus),
            "No records in this period: no bonus.",
        )

    def test_steps(self):
        self.assertEqual(
            self.say((82, 100), kind="step"),
            "82 of 100: 82%. Steps of 5 below the target 95%: 2. 1 off for each:"
            " 10 - 2 × 1 = 8 of 10 points.",
        )
        self.assertIn(
            "above the target 50%: 3. 2 off for each: 10 - 3 × 2 = 4 of 10",
            self.say(
                (65, 100),
                kind="step",
                target="50",
                lower_is_better=True,
                points_per_step="2",
            ),
        )

    def test_proportional(self):
        self.assertIn(
            "The target 95% is reached: 10 of 10 points.", self.say((97, 100))
        )
        self.assertIn(
            "Below the target 95%: 90.32 / 95 × 37.5 = 35.65 of 37.5 points.",
            self.say((28, 31), round_half_up("37.5"), weight="30"),
        )
        self.assertIn(
            "Above the target 50%: 50 / 80 × 10 = 6.25 of 10 points.",
            self.say((80, 100), target="50", lower_is_better=True),
        )

    def test_mean(self):
        self.assertEqual(
            self.say((2958, 36), measure="average", kind="mean", weight="25"),
            "Mean 82.17 over 36 answers. The value itself counts:"
            " 82.17 × 25% = 20.54 points.",
        )

    def test_bands(self):
        bands = {"kind": "bands", "bands": [["0", "60", "0"], ["60", "100", "10"]]}
        self.assertIn("Up to 60: 0 of 10", self.say((0, 10), **bands))
        self.assertIn("Over 0 up to 60: 0 of 10", self.say((6, 10), **bands))
        self.assertIn("Over 60 up to 100: 10 of 10", self.say((7, 10), **bands))

    def test_points_given_by_a_person_are_those_that_were_given(self):
        given = {"kind": "manual", "measure": "count"}
        name = self.env.user.name
        self.assertEqual(
            self.say(None, manual=8, **given),
            f"8 of 10 points given by {name}. Reason: spot checks.",
        )
        self.assertEqual(
            self.say(None, round_half_up("12.5"), manual=8, **given),
            f"8 of 10 points given by {name}. Reason: spot checks. They count as 10 of"
            " 12.5, because lines worth 20 are left out.",
        )

    def test_sheet_adds_up_to_the_digit(self):
        """Three lines of a third each: the sum says what rounding left over."""
        scheme = self.create_scheme(
            [
                ("timeliness", 30),
                ("satisfaction", 25, "mean"),
                ("resolution_rate", 25),
                ("callbacks_late", 20, "event", {"points_per_step": 1}),
            ]
        )
        for value in (81, 86, 92):
            self.create_callback(resp_employee_id=self.employee.id, satisfaction=value)
        self.create_callback(
            resp_employee_id=self.employee.id, done_at=scheme.create_date
        )
        score = self.create_assessment(scheme).score_ids
        score.write(
            {"adjustment_ids": [Command.create({"points": -1.5, "reason": "Appeal"})]}
        )
        for line in score.explanation.splitlines():
            total, parts = line.split(" = ")
            numbers = re.sub(r"\([^()]*\)", "", parts).replace(" ", "")
            added = sum(map(float, re.findall(r"[+-]?[\d.]+", numbers)))
            self.assertAlmostEqual(added, float(total), places=2, msg=line)
