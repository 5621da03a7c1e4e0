# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.fields import Domain


class SigningApi:
    """A provider of SMS that gets texts with the keys to the customers' pages."""

    def __init__(self, api, callbacks):
        """
        :param api: the provider
        :param callbacks: {uuid of an SMS: its callback}
        """
        self._api = api
        self._callbacks = callbacks

    def __getattr__(self, name):
        return getattr(self._api, name)

    def _send_sms_batch(self, messages, *args, **kwargs):
        signed = []
        for message in messages:
            others = []
            for number in message["numbers"]:
                callback = self._callbacks.get(number["uuid"])
                if not callback:
                    others.append(number)
                    continue
                text = callback._sign_links(message["content"], is_html=False)
                signed.append({**message, "content": text, "numbers": [number]})
            if others:
                signed.append({**message, "numbers": others})
        return self._api._send_sms_batch(signed, *args, **kwargs)


class SmsSms(models.Model):
    _inherit = "sms.sms"

    revisit_callback_id = fields.Many2one(
        comodel_name="revisit.callback",
        string="Asks About Callback",
        ondelete="set null",
        index="btree_not_null",
        help="The customer gets the key to this callback's page with the message.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        check = self.env["mail.mail"]._revisit_check_asking
        return super().create([check(vals) for vals in vals_list])

    def write(self, vals):
        if "revisit_callback_id" in vals:
            vals = self.env["mail.mail"]._revisit_check_asking(vals)
        return super().write(vals)

    def _goes_to_customer(self):
        """Return whether it asks a customer, at the number that is known of them."""
        callback = self.revisit_callback_id
        if not callback:
            return False
        return self.number == callback._read_number(callback._get_recipient()[0])

    def _send_with_api(self, sms_api, **options):
        """Add the key to the link when the message is sent, as in e-mails.

        Nothing is sent to who has said meanwhile that they want no more contact.
        """
        # whoever runs the queue
        unwanted = self.sudo()._revisit_find_unwanted().with_env(self.env)
        if unwanted:
            unwanted.action_set_canceled()
            wanted = self - unwanted
            return wanted and wanted._send_with_api(sms_api, **options)
        asking = self.filtered(lambda sms: sms._goes_to_customer())
        if asking:
            callbacks = {sms.uuid: sms.revisit_callback_id for sms in asking}
            sms_api = SigningApi(sms_api, callbacks)
        return super()._send_with_api(sms_api, **options)

    # ------------------------------------------------------------
    # NO MORE CONTACT
    # ------------------------------------------------------------

    def _revisit_find_unwanted(self):
        """Return the messages of ours to customers who refuse all contact (sudo)."""
        asking = self.filtered("revisit_callback_id")
        touches = self.env["revisit.touch"].search(
            [("notification_id.sms_id_int", "in", (self - asking).ids)]
        )
        refused = touches.filtered(lambda t: t.partner_id._revisit_is_banned())
        ids = refused.notification_id.mapped("sms_id_int")
        return self.filtered(lambda sms: sms.id in ids) | asking.filtered(
            lambda sms: sms.revisit_callback_id.partner_id._revisit_is_banned()
        )

    @api.model
    def _revisit_withdraw(self, partners):
        """Cancel what waits to be sent to these customers by callbacks and touches."""
        touches = self.env["revisit.touch"]._find_queued(partners)
        ids = touches.notification_id.mapped("sms_id_int")
        ours = Domain("revisit_callback_id.partner_id", "in", partners.ids)
        waiting = Domain("state", "=", "outgoing") & Domain("to_delete", "!=", True)
        found = self.search((ours | Domain("id", "in", ids)) & waiting)
        found.action_set_canceled()
