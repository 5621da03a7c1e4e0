# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections import Counter

from odoo.tests import tagged

from odoo.addons.revisit_management.tests.demo import DemoCase

USUAL = "2026-11-11 15:00"
# wall clocks in the company's zone: where the last whole quarter ended yesterday, a
# day short of three months ago, and between; where UTC has another quarter; the
# Spring Festival, and the week of the National Day
MOMENTS = (
    "2026-12-31 23:30",
    "2027-01-01 00:30",
    "2026-07-01 07:59",
    "2028-03-31 12:00",
    "2027-02-06 10:15",
    "2026-10-04 18:30",
)


@tagged("post_install", "-at_install")
class TestDemo(DemoCase):
    def tell_scores(self):
        """Return the story, and what is made of it by the scores.

        How many records a score counts is the calendar's: a quarter begins and ends
        on fixed dates. Who is scored is not, and that there are enough records.
        """
        self.env["revisit.demo"]._publish_quarter()
        self.env.flush_all()
        scores = self.env["revisit.score"].search([])
        return {
            **self.tell_story(),
            "assessments": Counter(
                (run.scheme_id.name, run.state, self.is_over_when_published(run))
                for run in scores.assessment_id
            ),
            "scores": Counter(
                (score.subject_name, score.scheme_id.name, score.rated)
                for score in scores
            ),
            "small samples": Counter(
                score.subject_name for score in scores if score.is_small_sample
            ),
        }

    def is_over_when_published(self, run):
        return run.date_to < run.company_id._revisit_day(run.published_at)

    def test_same_story_and_enough_to_score_at_every_moment(self):
        reference = self.load(USUAL, self.tell_scores)
        self.assertGreaterEqual(len(reference["assessments"]), 4)
        self.assertGreaterEqual(len(reference["scores"]), 10)
        # L6: those about whom too few customers were asked are shown without a rank
        unrated = [name for name, _scheme, rated in reference["scores"] if not rated]
        self.assertEqual(Counter(unrated), reference["small samples"])
        self.assertLess(len(unrated), len(reference["scores"]) / 2)
        for moment in MOMENTS:
            with self.subTest(moment=moment):
                told = self.load(moment, self.tell_scores)
                self.assertSameStory(told, reference, moment)
