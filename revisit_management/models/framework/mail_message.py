# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models

from ...tools.links import without_keys


class MailMessage(models.Model):
    """Hides internal messages from outsiders, and stores no key of a link.

    A customer's answer to our e-mail quotes it with its link, and appears in a
    chatter that colleagues read. And a dealer who may read a callback could
    otherwise read what colleagues write about the dealer.
    """

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        is_staff = not self.env.user.share
        rows = []
        for vals in vals_list:
            row = self._without_revisit_keys(vals)
            if is_staff and str(row.get("model") or "").startswith("revisit."):
                row = {**row, "is_internal": True}
            rows.append(row)
        return super().create(rows)

    def write(self, vals):
        return super().write(self._without_revisit_keys(vals))

    @api.model
    def _without_revisit_keys(self, vals):
        texts = {
            name: vals[name]
            for name in ("body", "subject")
            if isinstance(vals.get(name), str)
        }
        # Markup stays Markup: text that was safe to show stays safe without the key
        return {
            **vals,
            **{name: type(text)(without_keys(text)) for name, text in texts.items()},
        }
