# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import phones

# channels that end where no number is known
NUMBER_CHANNELS = ("phone", "sms")


class RevisitCallback(models.Model):
    """Callbacks that nobody can make, for want of a number.

    They are planned all the same: the obligation stands, and who sold the product
    can ask for the number.
    """

    _inherit = "revisit.callback"

    has_no_phone = fields.Boolean(
        string="No Phone Number",
        compute="_compute_has_no_phone",
        compute_sudo=True,
        search="_search_has_no_phone",
        help="No number of this customer or their company is known.",
    )

    phone_hint = fields.Char(
        string="Hint", compute="_compute_has_no_phone", compute_sudo=True
    )

    @api.depends(
        "channel",
        "state",
        "partner_id.phone",
        "partner_id.commercial_partner_id.phone",
    )
    def _compute_has_no_phone(self):
        for callback in self:
            callback.has_no_phone = (
                callback.channel in NUMBER_CHANNELS
                and bool(callback.partner_id)
                and not callback._get_phone()
            )
            is_missed = callback.has_no_phone and callback.is_open
            callback.phone_hint = is_missed and self.env._("No phone number")

    def _search_has_no_phone(self, operator, value):
        if operator != "in":
            return NotImplemented
        unknown = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "COALESCE(%s, '') !~ %s",
                model._field_to_sql(alias, "phone", query),
                phones.get_digits(),
            ),
            predicate=lambda partner: not phones.has_digits(partner.phone),
        )
        # as the field itself: whether there is a number is no secret to who calls
        missing = (
            Domain("channel", "in", NUMBER_CHANNELS)
            & Domain("partner_id", "any!", unknown)
            & Domain("commercial_partner_id", "any!", unknown)
        )
        return missing if True in value else ~missing
