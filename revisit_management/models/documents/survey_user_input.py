# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class SurveyUserInput(models.Model):
    """A returned survey, followed by callbacks until the customer is content."""

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
        """Make the next callback due; each callback has an occasion of its own."""
        for answer in self:
            answer.write(
                {
                    "revisit_due_from": moment,
                    "revisit_unsettled_count": answer.revisit_unsettled_count + 1,
                }
            )
