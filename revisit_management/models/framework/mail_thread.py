# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ...tools.links import without_keys_in_mail
from ...tools.marks import CARRIED

# what a user does not say about a message of ours
UNSAID = ("author_guest_id", "author_id", "date", "email_from", "tracking_value_ids")


class MailThread(models.AbstractModel):
    """Keeps internal messages from followers who are not internal users.

    Users write about our records in their own name, as ``mail.message`` demands.
    """

    _inherit = "mail.thread"

    def _process_attachments_for_post(
        self, attachments, attachment_ids, message_values
    ):
        """Allow messages to attach files even to closed records, without our keys."""
        records = self.with_context(revisit_carried=CARRIED)
        attachments = [without_keys_in_mail(*file) for file in attachments or ()]
        return super(MailThread, records)._process_attachments_for_post(
            attachments, attachment_ids, message_values
        )

    def _message_create(self, values_list):
        # pictures within the text become attachments as well
        records = self.with_context(revisit_carried=CARRIED)
        return super(MailThread, records)._message_create(values_list)

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        self._revisit_check_told(partner_ids)
        return super().message_subscribe(partner_ids, subtype_ids)

    def message_post(self, **kwargs):
        self._revisit_check_told(kwargs.get("partner_ids"))
        message_type = kwargs.get("message_type", "notification")
        return super().message_post(**self._revisit_sign(message_type, kwargs))

    def message_notify(self, **kwargs):
        self._revisit_check_told(kwargs.get("partner_ids"))
        return super().message_notify(**self._revisit_sign("user_notification", kwargs))

    def _revisit_sign(self, message_type, kwargs):
        """Return the arguments of a new message, which is the user's own."""
        Message = self.env["mail.message"]
        model = kwargs.get("model") or self._name
        if self.env.su or not Message._revisit_keeps(model, message_type):
            return kwargs
        Message._revisit_check_type(message_type)
        return {name: value for name, value in kwargs.items() if name not in UNSAID}

    @api.model
    def _get_allowed_message_params(self):
        names = super()._get_allowed_message_params()
        # Odoo posts with the system's rights what a client sends: comments only
        is_kept = self.env["mail.message"]._revisit_keeps(self._name, "notification")
        return names - {"message_type"} if is_kept else names

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Take e-mails to our records from the mail server only.

        Any user can call the gateway, with a message that names any sender.
        """
        is_ours = any(
            str(model or "").startswith("revisit.") for model, *_rest in routes or ()
        )
        if is_ours and not (self.env.su or self.env.user._is_system()):
            raise AccessError(
                self.env._("Only the mail server brings e-mails to these records.")
            )
        return super()._message_route_process(message, message_dict, routes)

    def _revisit_check_told(self, partner_ids):
        """Refuse to notify users who work in none of the record's companies."""
        is_ours = self._name.startswith("revisit.") and "company_id" in self
        if not partner_ids or not is_ours:
            return
        if isinstance(partner_ids, (set, frozenset)):
            partner_ids = list(partner_ids)
        ids = self.env["revisit.reader"]._read_ids("partner_ids", partner_ids) or []
        # the writer need not be able to read other users' companies
        partners = self.env["res.partner"].sudo().browse(ids)
        for partner in partners.filtered(lambda p: not p.partner_share and p.user_ids):
            for record in self.sudo():
                if record.company_id and not any(
                    user._revisit_works_in(record.company_id)
                    for user in partner.user_ids
                ):
                    raise UserError(
                        self.env._(
                            "%(partner)s cannot be told of %(record)s: they do not work"
                            " in %(company)s.",
                            partner=partner._revisit_get_told_name(),
                            record=record.display_name,
                            company=record.company_id.name,
                        )
                    )

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
