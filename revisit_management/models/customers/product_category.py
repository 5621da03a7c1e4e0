# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models

from .product_template import LONGEST


class ProductCategory(models.Model):
    """Adds the code that policies use, and the warranty of its products."""

    _inherit = "product.category"

    callback_code = fields.Char(
        compute="_compute_callback_code",
        recursive=True,
        store=True,
        readonly=False,
        index="btree_not_null",
        help="By which callback policies name the category, e.g. tiles; the"
        " categories below it that have none take it over.",
    )
    warranty_rule = fields.Selection(
        selection=[
            ("default", "As the Category Above or the Company Says"),
            ("months", "A Number of Months"),
            ("none", "No Warranty"),
        ],
        string="Warranty",
        required=True,
        default="default",
    )
    warranty_months = fields.Integer(string="Warranty (months)", aggregator=None)

    _warranty_bounded = models.Constraint(
        f"CHECK(warranty_months BETWEEN 0 AND {LONGEST})",
        "A warranty lasts from 0 to 600 months.",
    )

    @api.depends("parent_id.callback_code")
    def _compute_callback_code(self):
        for category in self:
            category.callback_code = (
                category.callback_code or category.parent_id.callback_code
            )

    def _get_warranty_months(self, is_storable):
        """Return the months of the nearest category with a warranty, or the company's.

        :param is_storable: whether the product is kept in stock; consumables have
            no warranty unless it is set explicitly
        """
        category = self
        while category and category.warranty_rule == "default":
            category = category.parent_id
        if category:
            is_given = category.warranty_rule == "months"
            return category.warranty_months if is_given else 0
        return self.env.company.revisit_warranty_months if is_storable else 0
