# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class StockPicking(models.Model):
    """Files deliveries as installed products, and takes returns off again."""

    _inherit = "stock.picking"

    dealer_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_dealer_id",
        store=True,
        readonly=False,
        domain=[("is_dealer", "=", True)],
        ondelete="restrict",
        index="btree_not_null",
    )
    callback_count = fields.Integer(
        compute="_compute_callback_count", groups="revisit_management.group_agent"
    )

    _date_done_idx = models.Index("(date_done) WHERE state = 'done'")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id", "sale_id")
    def _compute_dealer_id(self):
        for picking in self:
            picking.dealer_id = (
                picking.sale_id.dealer_id
                or picking.partner_id.dealer_id
                or picking.dealer_id
            )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_callback_count(self):
        counts = self.env["revisit.callback"]._count_by_source(self)
        for picking in self:
            picking.callback_count = counts.get(picking.id, 0)

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_cancel(self):
        result = super().action_cancel()
        self.env["revisit.planner"]._poke()
        return result

    def action_open_callbacks(self):
        return self.env["revisit.callback"]._get_source_callbacks_action(self)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _action_done(self):
        result = super()._action_done()
        delivered = self.filtered(
            lambda picking: (
                picking.state == "done"
                and picking.picking_type_code == "outgoing"
                and picking.partner_id
            )
        )
        if delivered:
            delivered._file_installed_products()
            self.env["revisit.planner"]._poke()
        returned = self.move_ids.filtered(
            lambda move: move.state == "done" and move.location_id.usage == "customer"
        )
        if returned:
            returned._take_back_installed_products()
        return result

    def _file_installed_products(self):
        """File the delivered products as the customer's installed products."""
        vals_list = [
            line.picking_id._prepare_installed_product(line)
            for line in self._get_filed_move_lines()
        ]
        # users who validate a delivery need not be agents
        self.env["revisit.archive.line"].sudo().create(vals_list)

    def _prepare_installed_product(self, line):
        """Return the values of one delivered line; the user is who files it."""
        self.ensure_one()
        # the company's day, wherever the delivery is validated
        sold_on = self.company_id._revisit_day(
            self.sale_id.date_order or self.date_done
        )
        # what is delivered is sold, whatever date the order bears
        sold_on = min(sold_on, self.company_id._revisit_today())
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "product_id": line.product_id.id,
            "quantity": line.quantity_product_uom,
            "lot_id": line.lot_id.id,
            "dealer_id": self.dealer_id.id,
            "sold_on": sold_on,
            "filed_by_id": self.env.uid,
            "move_id": line.move_id.id,
        }

    def _get_filed_move_lines(self):
        """Return the delivered lines to file as installed products.

        Products that only go back to their owner are left out: their installed
        products get the quantity back here.
        """
        lines = self.move_line_ids.filtered(
            lambda line: line.quantity > 0 and line.product_id.type == "consu"
        )
        again = lines.filtered("move_id.origin_returned_move_id")
        if not again:
            return lines
        installed = again.move_id._get_installed_by_move()
        restored = lines.browse()
        for line in again:
            owned = installed[line.move_id].filtered(
                lambda product, line=line: product.lot_id == line.lot_id
            )
            if owned:
                owned._give_back(line.quantity_product_uom)
                restored += line
        return lines - restored
