# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, api, models


class RevisitNamedMixin(models.AbstractModel):
    """Hides a record's display name from users who may not read the record.

    Odoo shows the name of a linked record to everybody who may read the link, using
    sudo. The name of a callback says which customer was called and why, so other
    users see only its kind and number. A model with its own names computes them only
    for the records in ``_get_readable_names``.
    """

    _name = "revisit.named.mixin"
    _description = "Names for Readers"

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_display_name(self):
        hidden = self._get_unreadable()
        hidden._hide_names()
        return super(RevisitNamedMixin, self - hidden)._compute_display_name()

    def _hide_names(self):
        """Set neutral display names."""
        if not self:
            return
        # the model's name may be shown to everybody, but few may read ir.model
        kind = self.env["ir.model"].sudo()._get(self._name).name
        for record in self:
            record.display_name = f"{kind} {record._origin.id}"

    def _get_unreadable(self):
        """Return the stored records that the current user may not read."""
        if self.env.uid == SUPERUSER_ID:
            return self.browse()
        stored = self.filtered(lambda record: record._origin)
        origins = stored._origin.sudo(False)
        if not origins.has_access("read"):
            return stored
        closed = set((origins - origins._filtered_access("read"))._ids)
        return stored.filtered(lambda record: record._origin.id in closed)
