# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.fields import Domain

from ...tools import windows


class StockMove(models.Model):
    _inherit = "stock.move"

    def _take_back_installed_products(self):
        """Deduct returned quantities from the customers' installed products."""
        installed = self._get_installed_by_move()
        for move in self:
            company = move.company_id
            day = windows.local_date(move.date, company._revisit_tz())
            for line in move.move_line_ids.filtered(lambda line: line.quantity > 0):
                owned = installed[move].filtered(
                    lambda product, line=line: (
                        product.active
                        and product.product_id == line.product_id
                        and (not line.lot_id or product.lot_id == line.lot_id)
                    )
                )
                owned._take_back(line.quantity_product_uom, day)

    def _get_installed_by_move(self):
        """Return {move: installed products whose quantity the move changes}.

        These come from the delivery that the move returns, the newest first; without
        a delivery all of the customer's are returned, whoever filed them.
        """
        delivered = {move: move._get_first_delivery() for move in self}
        customers = self.picking_id.partner_id.commercial_partner_id
        moves = self.browse().union(*delivered.values())
        lines = (
            self.env["revisit.archive.line"]
            # users who receive goods need not be agents
            .sudo()
            .with_context(active_test=False)
            .search(
                Domain("product_id", "in", self.product_id.ids)
                & Domain("company_id", "in", self.company_id.ids)
                & (
                    Domain("move_id", "in", moves.ids)
                    | Domain("partner_id.commercial_partner_id", "in", customers.ids)
                ),
                order="sold_on desc, id desc",
            )
        )
        return {
            move: lines.filtered(
                lambda line, move=move: move._is_installed_by(line, delivered[move])
            )
            for move in self
        }

    def _get_first_delivery(self):
        """Return the first delivery in a chain of returns, or an empty recordset."""
        move, seen = self.origin_returned_move_id, self
        while move.origin_returned_move_id and move not in seen:
            seen += move
            move = move.origin_returned_move_id
        return move

    def _is_installed_by(self, line, delivery):
        """Return whether the move concerns this installed product."""
        if line.company_id != self.company_id or line.product_id != self.product_id:
            return False
        if delivery:
            return line.move_id == delivery
        customer = self.picking_id.partner_id.commercial_partner_id
        return bool(customer) and line.partner_id.commercial_partner_id == customer
