# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models


class RevisitSchemePartMixin(models.AbstractModel):
    """Rows of a scheme: changing one on its own keeps an active scheme complete.

    A save of the whole scheme checks once at its end (see the scheme's ``write``), so
    that weights can be shifted from one row to another in the form.
    """

    _name = "revisit.scheme.part.mixin"
    _description = "Part of an Appraisal Scheme"
    _inherit = ["revisit.protected.mixin"]

    _server_owned = {"company_id"}

    def _get_scheme(self):
        """Return the schemes that these rows belong to."""
        raise NotImplementedError

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._get_scheme()._check_active()
        return records

    def write(self, vals):
        schemes = self._get_scheme()
        result = super().write(vals)
        (schemes | self._get_scheme())._check_active()
        return result

    def unlink(self):
        # a plain override: the check looks at what is left after the deletion
        schemes = self._get_scheme()
        result = super().unlink()
        schemes.exists()._check_active()
        return result
