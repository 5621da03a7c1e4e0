# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    dealer_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_dealer_id",
        store=True,
        readonly=False,
        precompute=True,
        domain=[("is_dealer", "=", True)],
        ondelete="restrict",
        index="btree_not_null",
        help="The dealer who sold; the customer's dealer by default.",
    )
    callback_count = fields.Integer(
        compute="_compute_callback_count", groups="revisit_management.group_agent"
    )
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

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id")
    def _compute_dealer_id(self):
        for order in self:
            order.dealer_id = order.partner_id.dealer_id or order.dealer_id

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_callback_count(self):
        counts = self.env["revisit.callback"]._count_by_source(self)
        for order in self:
            order.callback_count = counts.get(order.id, 0)

    @api.depends("state", "signed_on")
    def _compute_contract_signed_at(self):
        for order in self:
            if order.state != "sale":
                order.contract_signed_at = False
            elif order.signed_on:
                order.contract_signed_at = order.signed_on
            else:
                order.contract_signed_at = order.contract_signed_at or order.date_order

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_callbacks(self):
        return self.env["revisit.callback"]._get_source_callbacks_action(self)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _action_confirm(self):
        result = super()._action_confirm()
        self.env["revisit.planner"]._poke()
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self.env["revisit.planner"]._poke()
        return result
