# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models

from .ir_attachment import CARRIED


class MailThread(models.AbstractModel):
    """Who follows one of our records from outside gets no mail of what staff write."""

    _inherit = "mail.thread"

    def _process_attachments_for_post(
        self, attachments, attachment_ids, message_values
    ):
        """Let a message carry files to a record, be it closed."""
        records = self.with_context(revisit_carried=CARRIED)
        return super(MailThread, records)._process_attachments_for_post(
            attachments, attachment_ids, message_values
        )

    def _message_create(self, values_list):
        # pictures within the text become files as well
        records = self.with_context(revisit_carried=CARRIED)
        return super(MailThread, records)._message_create(values_list)

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
