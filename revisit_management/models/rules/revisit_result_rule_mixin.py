# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitResultRuleMixin(models.AbstractModel):
    """Who decides what is made of a talk's results."""

    _name = "revisit.result.rule.mixin"
    _description = "Rule of Results"

    agents_value_suggestions = fields.Boolean(
        string="Agents Judge Suggestions",
        tracking=True,
        help="Whoever notes a suggestion may say that it is valuable. Otherwise only"
        " supervisors do.",
    )
