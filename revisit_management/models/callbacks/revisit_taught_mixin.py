# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.exceptions import UserError


class RevisitTaughtMixin(models.AbstractModel):
    """A training that the review of a callback asks for."""

    _name = "revisit.taught.mixin"
    _description = "Training After a Review"
    _inherit = ["revisit.trained.mixin"]

    def _get_trained(self):
        # who has made it stands on the callback, and supervisors name employees
        callback = self.sudo()
        key = (callback.made_by_id.id, callback.company_id.id)
        found = callback._get_employees([key]).get(key)
        return found or super()._get_trained()

    def _check_asks_training(self):
        if self.review_verdict not in ("redo", "failed"):
            raise UserError(
                self.env._(
                    "%(callback)s: no review asks for a training. Review it first: to"
                    " be redone, or failed.",
                    callback=self.display_name,
                )
            )
        return super()._check_asks_training()

    def _get_training_reason(self):
        return self.review_note or super()._get_training_reason()
