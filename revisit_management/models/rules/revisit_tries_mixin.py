# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitTriesMixin(models.AbstractModel):
    """When a customer who was not reached is tried again, and how often."""

    _name = "revisit.tries.mixin"
    _description = "Rule for Tries"

    retry_no_answer = fields.Integer(
        string="Again After No Answer (minutes)",
        default=120,
        aggregator=None,
        help="When the next try is due after nobody answered. 0: at once.",
    )
    retry_busy = fields.Integer(
        string="Again After Busy (minutes)", default=15, aggregator=None
    )
    # no rulebook gives these two numbers: they are ours
    tries_wanted = fields.Integer(
        string="Tries Before It Is Given Up",
        default=3,
        aggregator=None,
        help="A customer who was not reached counts as called after so many tries, each"
        " made when the next one was due. With fewer, the callback does not count as"
        " made.",
    )
    tries_days = fields.Integer(string="On So Many Days", default=1, aggregator=None)
