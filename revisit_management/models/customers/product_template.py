# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models

LONGEST = 600


class ProductTemplate(models.Model):
    """Adds how long the product is under warranty after its sale."""

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
