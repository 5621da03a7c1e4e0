# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_adjustments import AdjustedCommon

WHAT = "How to listen"


@tagged("post_install", "-at_install")
class TestTraining(AdjustedCommon):
    """C11: a grade asks for a training; the published score stays as it is."""

    def get_recorded(self):
        if "hr.resume.line" in self.env:
            lines = self.env["hr.resume.line"].search(
                [("employee_id", "=", self.employee.id)]
            )
            return [(line.name, line.description) for line in lines]
        return [(task.summary, task.note) for task in self.employee.activity_ids]

    def test_recorded_because_of_a_published_score(self):
        """C11: with the sheet's own words, and the way back to it."""
        self.assertRaises(UserError, self.score.action_ask_training, WHAT)
        self.assessment.action_review()
        self.assessment.action_publish()
        score = self.score.with_user(self.manager)
        before = (score.total, score.sudo().write_date)
        score.action_ask_training(WHAT)
        [(what, why)] = self.get_recorded()
        self.assertEqual(what, WHAT)
        self.assertIn("91", why)
        self.assertIn(f'"/odoo/revisit.score/{score.id}"', why)
        self.assertEqual(before, (score.total, score.sudo().write_date))
        self.assertRaises(UserError, score.action_ask_training, WHAT)
        own = self.score.with_user(self.employee.user_id)
        self.assertRaises(AccessError, own.action_ask_training, WHAT)
