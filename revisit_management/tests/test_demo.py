# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tests import tagged

from .demo import DemoCase

USUAL = "2026-11-11 15:00"
# wall clocks in the company's zone, where the date in UTC is the day before until 8
MOMENTS = (
    # two at which the demonstration was once an empty company
    "2026-11-26 06:41",
    "2026-11-26 07:07",
    # just before and after midnight, and after that in UTC
    "2026-03-10 23:59",
    "2026-03-11 00:00",
    "2026-03-11 08:01",
    # the leap day, and the end of a month
    "2028-02-29 12:00",
)


@tagged("post_install", "-at_install")
class TestDemo(DemoCase):
    def test_two_quarters_are_analysed(self):
        """C8: by the calendar, so it is told apart from the story."""

        def tell():
            reports = self.env["revisit.analysis"].search([("kind", "=", "quarter")])
            return {
                quarter: {
                    "units": len(group.team_id),
                    "states": set(group.mapped("state")),
                    "timings": set(group.mapped("timing")),
                    "adopted": sum(group.mapped("adopted_count")),
                    "due": min(group.mapped("due_count")),
                    "tasks": len(group.activity_ids),
                    "waiting": len(group.filtered(lambda r: r.state == "draft")),
                }
                for quarter, group in reports.grouped("date_to").items()
            }

        for moment in (USUAL, "2026-04-03 10:00"):
            with self.subTest(moment=moment):
                last, earlier = self.load(moment, tell).values()
                self.assertEqual(earlier["states"], {"filed"})
                self.assertEqual(earlier["timings"], {"on_time"})
                self.assertEqual(earlier["adopted"], 1)
                self.assertGreater(min(earlier["units"], last["units"]), 1)
                self.assertGreater(min(earlier["due"], last["due"]), 0)
                self.assertEqual(last["tasks"], last["waiting"])
                self.assertEqual("missed" in last["timings"], moment == USUAL)

    def test_same_story_at_every_moment(self):
        reference = self.load(USUAL, self.tell_story)
        self.assertGreater(sum(reference["callbacks"].values()), 300)
        self.assertGreater(reference["timings"]["appliance_purchase", "on_time"], 20)
        for moment in MOMENTS:
            with self.subTest(moment=moment):
                told = self.load(moment, self.tell_story)
                self.assertSameStory(told, reference, moment)

    def test_chains_knowledge_and_training(self):
        """C9, C11: a third callback about a matter, answers, a training."""
        told = self.load(USUAL, self.tell_news)
        self.assertEqual(set(told["positions"]), {2, 3})
        self.assertEqual(told["states"], {"draft": 1, "published": 2})
        self.assertEqual(told["trainings"], 1)

    def tell_news(self):
        callbacks = self.env["revisit.callback"].search([("chain_position", ">", 1)])
        states = self.env["revisit.knowledge"]._read_group([], ["state"], ["__count"])
        trained = [("activity_type_id.name", "=", "Training")]
        trainings = self.env["mail.activity"].search_count(trained)
        if "hr.resume.line" in self.env:
            lines = [("description", "like", "/odoo/revisit.callback/")]
            trainings = self.env["hr.resume.line"].search_count(lines)
        return {
            "positions": callbacks.filtered(
                lambda c: c.source_model != "revisit.issue"
            ).mapped("chain_position"),
            "states": dict(states),
            "trainings": trainings,
        }
