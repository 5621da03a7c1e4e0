# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models

from odoo.addons.base_import.models.base_import import FIELDS_RECURSION_LIMIT

from ..models.revisit_callback_import import IMPORT


class BaseImportImport(models.TransientModel):
    """Offers for past callbacks the columns that a file may hold (B10)."""

    _inherit = "base_import.import"

    @api.model
    def get_fields_tree(self, model, depth=FIELDS_RECURSION_LIMIT):
        if model == "revisit.callback":
            self = self.with_context(**{IMPORT: True})
        return super().get_fields_tree(model, depth)
