# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models

LONGEST = 600


class ProductTemplate(models.Model):
    """How long the product is under warranty from its sale."""

    _inherit = "product.template"

    warranty_rule = fields.Selection(
        selection=[
            ("default", "As the Category Says"),
            ("months", "A Number of Months"),
            ("none", "No Warranty"),
        ],
        string="Warranty",
        required=True,
        default="default",
        help="Services have none. Where the category leaves it to the company, storable"
        " products have the company's warranty, others have none.",
    )
    warranty_months = fields.Integer(string="Warranty (months)", aggregator=None)

    _warranty_bounded = models.Constraint(
        f"CHECK(warranty_months BETWEEN 0 AND {LONGEST})",
        "A warranty lasts from 0 to 600 months.",
    )

    def _get_warranty_months(self):
        """Return for how many months the product is under warranty, 0 for none."""
        if not self or self.type == "service":
            return 0
        if self.warranty_rule != "default":
            return self.warranty_months if self.warranty_rule == "months" else 0
        return self.categ_id._get_warranty_months(self.is_storable)


class ProductCategory(models.Model):
    _inherit = "product.category"

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

    def _get_warranty_months(self, is_storable):
        """Return the months of the nearest category that gives any, else the company's.

        :param is_storable: whether the product is kept in stock; what is used up has
            no warranty unless somebody says so
        """
        category = self
        while category and category.warranty_rule == "default":
            category = category.parent_id
        if category:
            is_given = category.warranty_rule == "months"
            return category.warranty_months if is_given else 0
        return self.env.company.revisit_warranty_months if is_storable else 0
