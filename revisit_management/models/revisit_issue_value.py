# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitIssue(models.Model):
    """What decides whether, and how, a customer is called back about an issue."""

    _inherit = "revisit.issue"

    _server_owned = {"valued_at"}

    is_reply_only = fields.Boolean(
        string="Only a Reply Asked",
        help="The customer, or the body that forwarded it, only wants a reply: a"
        " rulebook may exempt it from callbacks.",
    )
    is_valuable = fields.Boolean(
        string="Valuable Suggestion",
        tracking=True,
        help="Worth a visit, where a policy says so.",
    )
    valued_at = fields.Datetime(
        string="Found Valuable",
        compute="_compute_valued_at",
        store=True,
        index="btree_not_null",
    )

    @api.depends("is_valuable")
    def _compute_valued_at(self):
        for issue in self:
            if not issue.is_valuable:
                issue.valued_at = False
            elif not issue.valued_at:
                issue.valued_at = fields.Datetime.now()

    def write(self, vals):
        result = super().write(vals)
        if {"is_reply_only", "is_valuable"} & set(vals):
            self.env["revisit.planner"]._poke()
        return result
