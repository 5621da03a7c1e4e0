# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class ProductCategory(models.Model):
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

    @api.depends("parent_id.callback_code")
    def _compute_callback_code(self):
        for category in self:
            category.callback_code = (
                category.callback_code or category.parent_id.callback_code
            )
