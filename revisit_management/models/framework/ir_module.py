# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def _load_module_terms(self, modules, langs, overwrite=False):
        """Translate installed rulebooks when a language is activated."""
        result = super()._load_module_terms(modules, langs, overwrite=overwrite)
        if "revisit_management" in modules and self.env.registry.loaded:
            # a user who adds a language need not be a callback manager
            self.env["revisit.rulebook"].sudo()._translate_all()
        return result
