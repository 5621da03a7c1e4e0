# Part of Revisit. See LICENSE file for full copyright and licensing details.
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class RevisitArchiveLine(models.Model):
    """Until when an installed product is under warranty, and what came back of it."""

    _inherit = "revisit.archive.line"

    _server_owned = {"is_warranty_manual", "returned_on"}

    warranty_until = fields.Date(
        compute="_compute_warranty_until",
        inverse="_inverse_warranty_until",
        store=True,
        readonly=False,
        precompute=True,
        help="Counted from the sale, as the product, its category or the company says;"
        " what is entered here stays.",
    )
    is_warranty_manual = fields.Boolean(
        string="Warranty Entered by Hand",
        readonly=True,
        copy=False,
        help="The end of the warranty was entered by hand and stays as it is.",
    )
    returned_on = fields.Date(
        readonly=True, copy=False, help="The day on which all of it came back to us."
    )

    @api.depends("product_id", "sold_on")
    def _compute_warranty_until(self):
        for line in self:
            if line.is_warranty_manual:
                line.warranty_until = line.warranty_until
            else:
                line.warranty_until = line._get_default_warranty()

    def _inverse_warranty_until(self):
        # the mark is the system's: it says what was done, and nobody sets it by hand
        for line in self.sudo():
            line.is_warranty_manual = (
                line.warranty_until != line._get_default_warranty()
            )

    @api.onchange("warranty_until")
    def _onchange_warranty_until(self):
        self._inverse_warranty_until()

    def _get_default_warranty(self):
        """Return the last day of the warranty by the product's rule, or False."""
        self.ensure_one()
        company = self.company_id or self.env.company
        # a dealer's portal user may not read the products of the maker
        product = self.product_id.sudo().with_company(company)
        months = product.product_tmpl_id._get_warranty_months()
        if not self.sold_on or not months:
            return False
        return self.sold_on + relativedelta(months=months)

    @api.model_create_multi
    def create(self, vals_list):
        # an empty cell of a file is no decision against a warranty
        vals_list = [
            {
                name: value
                for name, value in vals.items()
                if value or name != "warranty_until"
            }
            for vals in vals_list
        ]
        lines = super().create(vals_list)
        given = [bool(vals.get("warranty_until")) for vals in vals_list]
        lines.browse(
            line.id for line, is_given in zip(lines, given, strict=True) if is_given
        )._inverse_warranty_until()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if {"active", "product_id", "sold_on"} & set(vals):
            # what was planned for it follows
            self.env["revisit.planner"]._poke()
        return result

    # ------------------------------------------------------------
    # RETURNS
    # ------------------------------------------------------------

    def _take_back(self, quantity, day):
        """Take a returned quantity off these lines, one after the other.

        A line of which all came back is archived: the planner then cancels what
        was planned for it and nobody has touched.

        :return: the quantity that found no line
        """
        for line in self:
            rounding = line.product_id.uom_id
            if rounding.compare(quantity, 0) <= 0:
                break
            taken = min(line.quantity, quantity)
            quantity -= taken
            if rounding.compare(line.quantity, taken) > 0:
                line.quantity -= taken
            else:
                line.write({"active": False, "returned_on": day})
        return quantity

    def _give_back(self, quantity):
        """Put a quantity that goes out again back on the lines it was taken off.

        :return: the quantity that found no line
        """
        for line in self:
            if line.product_id.uom_id.compare(quantity, 0) <= 0:
                break
            if line.active:
                line.quantity += quantity
                return 0.0
            given = min(line.quantity, quantity)
            line.write({"active": True, "returned_on": False, "quantity": given})
            quantity -= given
        return quantity
