# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.fields import Domain


class IrRule(models.Model):
    """Our wizards are visible only to the user who opened them.

    What somebody types into a wizard is private until it is saved, and what it shows
    was read with that user's rights. Odoo has no such rule for wizards; the single rule
    here also covers wizards that are added later.
    """

    _inherit = "ir.rule"

    @api.model
    def _compute_domain(self, model_name, mode="read"):
        domain = super()._compute_domain(model_name, mode)
        model = self.env[model_name]
        if self.env.su or not self._is_revisit_dialog(model):
            return domain
        return (domain & Domain("create_uid", "=", self.env.uid)).optimize(model)

    @api.model
    def _is_revisit_dialog(self, model):
        return model._transient and model._name.startswith("revisit.")
