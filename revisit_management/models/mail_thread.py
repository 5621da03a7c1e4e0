# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class MailThread(models.AbstractModel):
    """Who follows one of our records from outside gets no mail of what staff write."""

    _inherit = "mail.thread"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if not self._name.startswith("revisit.") or not message.is_internal:
            return recipients
        named = set((msg_vals or {}).get("partner_ids") or message.partner_ids.ids)
        return [
            recipient
            for recipient in recipients
            if not recipient["share"] or recipient["id"] in named
        ]
