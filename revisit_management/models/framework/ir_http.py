# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Make the translations of our scripts available in the portal, too."""
        names = super()._get_translation_frontend_modules_name()
        return [*names, "revisit_management"]
