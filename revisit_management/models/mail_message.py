# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models

from .revisit_callback_link import TIME_PATH, without_keys


class MailMessage(models.Model):
    """Messages on our records: what staff write stays with staff, and no key is kept.

    A customer's answer to our e-mail quotes it with its link, and the answer lands
    in a chatter that colleagues read. And a dealer, who may read a callback, could
    read what colleagues say on it about the dealer.
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
        body = vals.get("body")
        if not isinstance(body, str) or TIME_PATH not in body:
            return vals
        # Markup stays Markup: what was safe to show is safe without the key
        return {**vals, "body": type(body)(without_keys(body))}
