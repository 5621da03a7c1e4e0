# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.exceptions import UserError

from ...tools.terms import FROZEN_STATES


class RevisitScore(models.Model):
    """A training that a grade asks for; the published score is not changed."""

    _inherit = "revisit.score"  # pylint: disable=consider-merging-classes-inherited

    def _get_trained(self):
        # supervisors name the employee, though few may read employees
        return self.sudo().employee_id or super()._get_trained()

    def _check_asks_training(self):
        if self.subject_kind != "employee" or self.state not in FROZEN_STATES:
            raise UserError(
                self.env._(
                    "%(score)s: a training is asked for because of a published score of"
                    " a person.",
                    score=self.display_name,
                )
            )
        return super()._check_asks_training()

    def _get_training_reason(self):
        parts = [self.grade_name, self.period_label, self.explanation]
        return "\n".join(part for part in parts if part)
