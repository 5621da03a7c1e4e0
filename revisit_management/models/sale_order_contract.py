# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    contract_signed_at = fields.Datetime(
        string="Contract Signed",
        compute="_compute_contract_signed_at",
        store=True,
        readonly=False,
        copy=False,
        index="btree_not_null",
        help="When the customer signed online, else when the order was confirmed;"
        " enter the day of a signature on paper. Starts the clock of callbacks.",
    )

    @api.depends("state", "signed_on")
    def _compute_contract_signed_at(self):
        for order in self:
            if order.state != "sale":
                order.contract_signed_at = False
            elif order.signed_on:
                order.contract_signed_at = order.signed_on
            else:
                order.contract_signed_at = order.contract_signed_at or order.date_order
