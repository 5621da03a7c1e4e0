# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models


class RevisitSchemePartMixin(models.AbstractModel):
    """Rows of a scheme; a change of a single row must keep an active scheme complete.

    Saving the whole scheme checks once at the end (see the scheme's ``write``), so that
    weights can be moved from one row to another in the form.
    """

    _name = "revisit.scheme.part.mixin"
    _description = "Part of an Appraisal Scheme"
    _inherit = ["revisit.protected.mixin"]

    _server_owned = {"company_id"}

    def _get_scheme(self):
        """Return the schemes to which these rows belong."""
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
        # not api.ondelete: the check must see the rows that are left after the deletion
        schemes = self._get_scheme()
        result = super().unlink()
        schemes.exists()._check_active()
        return result
