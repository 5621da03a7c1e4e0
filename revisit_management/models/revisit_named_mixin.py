# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, api, models


class RevisitNamedMixin(models.AbstractModel):
    """Records whose names tell something: only their readers see them.

    Odoo shows the name of a linked record to whoever may read the link, with the
    system's rights. A callback's name says which customer was called and why, so
    others see its kind and number. A model with names of its own gives them to
    ``_get_readable_names`` only.
    """

    _name = "revisit.named.mixin"
    _description = "Names for Readers"

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_display_name(self):
        hidden = self._get_unreadable()
        hidden._hide_names()
        return super(RevisitNamedMixin, self - hidden)._compute_display_name()

    def _hide_names(self):
        """Set neutral names."""
        if not self:
            return
        # the name of the model is no secret, but its table is not everybody's
        kind = self.env["ir.model"].sudo()._get(self._name).name
        for record in self:
            record.display_name = f"{kind} {record._origin.id}"

    def _get_unreadable(self):
        """Return the stored records that whoever is acting may not read."""
        if self.env.uid == SUPERUSER_ID:
            return self.browse()
        stored = self.filtered(lambda record: record._origin)
        origins = stored._origin.sudo(False)
        if not origins.has_access("read"):
            return stored
        closed = set((origins - origins._filtered_access("read"))._ids)
        return stored.filtered(lambda record: record._origin.id in closed)
