# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitHandoverMixin(models.AbstractModel):
    """Whether a callback came to be known in time to be made in its window.

    This is said of events that are planned ahead, and of those that people write down
    (see ``revisit.settled.mixin``); other documents record their own moment.
    """

    _name = "revisit.handover.mixin"
    _description = "Known in Time"
    _inherit = ["revisit.left.mixin"]

    _server_owned = {
        "is_known_too_late",
        "is_late_handover",
    }

    is_late_handover = fields.Boolean(
        string="Handed Over Late",
        readonly=True,
        copy=False,
        help="The event became known only after the window had opened.",
    )
    is_known_too_late = fields.Boolean(
        string="Known Too Late",
        readonly=True,
        copy=False,
        help="The event became known only after the window had ended. Nobody could"
        " make this callback on time: rates and punctuality leave it out.",
    )
