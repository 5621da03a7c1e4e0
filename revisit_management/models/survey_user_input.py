# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class SurveyUserInput(models.Model):
    """A returned survey: called on again while the customer is not content."""

    _name = "survey.user_input"
    _inherit = ["survey.user_input", "revisit.protected.mixin"]

    _server_owned = {"revisit_due_from", "revisit_unsettled_count"}

    revisit_due_from = fields.Datetime(
        string="Callback Due From",
        compute="_compute_revisit_due_from",
        store=True,
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the survey was returned, or when the last callback left it"
        " unsettled; starts the clock of callbacks.",
    )
    revisit_unsettled_count = fields.Integer(
        string="Callbacks That Settled Nothing",
        readonly=True,
        copy=False,
        aggregator=None,
    )

    @api.depends("end_datetime")
    def _compute_revisit_due_from(self):
        for answer in self:
            if not answer.revisit_unsettled_count:
                answer.revisit_due_from = answer.end_datetime

    def _ask_again(self, moment):
        """Let the next callback be due: each one is an occasion of its own."""
        for answer in self:
            answer.write(
                {
                    "revisit_due_from": moment,
                    "revisit_unsettled_count": answer.revisit_unsettled_count + 1,
                }
            )


class RevisitCallback(models.Model):
    _inherit = "revisit.callback"

    def _is_confirming(self):
        """After a survey, too, the customer says whether the matter is settled."""
        if self.source_model == "survey.user_input":
            return True
        return super()._is_confirming()

    def _callbacks_done(self):
        for callback in self:
            if (
                callback.source_model == "survey.user_input"
                and callback.customer_confirmed == "no"
            ):
                # agents do not read the surveys themselves
                answers = self.env["survey.user_input"].sudo()
                answer = answers.browse(callback.source_id).exists()
                answer._ask_again(callback.done_at)
        return super()._callbacks_done()
