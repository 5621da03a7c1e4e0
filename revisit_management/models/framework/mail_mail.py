# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools import marks
from ...tools.links import find_signed
from ...tools.marks import ASKING

# what a message with a key never takes from somebody's defaults
NEUTRAL = {"email_cc": False, "email_to": False, "headers": False}


class MailMail(models.Model):
    _inherit = "mail.mail"

    revisit_callback_id = fields.Many2one(
        comodel_name="revisit.callback",
        string="Asks About Callback",
        ondelete="set null",
        index="btree_not_null",
        help="The customer gets the key to this callback's page with the message.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        rows = [self._revisit_check_asking(vals) for vals in vals_list]
        return super().create(
            [{**NEUTRAL, **row} if row["revisit_callback_id"] else row for row in rows]
        )

    def write(self, vals):
        if "revisit_callback_id" in vals:
            vals = {**NEUTRAL, **self._revisit_check_asking(vals)}
        return super().write(vals)

    @api.model
    def _revisit_check_asking(self, vals):
        """Refuse to add a customer's key to a message that is not one of our steps'.

        :return: the values, with the callback or with none: nobody's defaults name it
        """
        callback_id = vals.get("revisit_callback_id") or False
        if callback_id and not marks.read(self.env, ASKING):
            raise AccessError(
                self.env._("Only the steps of a callback ask its customer.")
            )
        return {**vals, "revisit_callback_id": callback_id}

    # ------------------------------------------------------------
    # NO MORE CONTACT
    # ------------------------------------------------------------

    def _send(self, *args, **kwargs):
        """Send nothing to who has said meanwhile that they want no more contact."""
        waiting = self.filtered(lambda mail: mail.state == "outgoing")
        # whoever runs the queue; those that are cancelled are passed over
        waiting.sudo()._revisit_find_unwanted()._revisit_cancel()
        return super()._send(*args, **kwargs)

    def _revisit_find_unwanted(self):
        """Return the messages of ours to customers who refuse all contact (sudo)."""
        asking = self.filtered("revisit_callback_id")
        touches = self.env["revisit.touch"].search(
            [("notification_id.mail_mail_id", "in", (self - asking).ids)]
        )
        refused = touches.filtered(lambda t: t.partner_id._revisit_is_banned())
        return refused.notification_id.mail_mail_id | asking.filtered(
            lambda mail: mail.revisit_callback_id.partner_id._revisit_is_banned()
        )

    @api.model
    def _revisit_withdraw(self, partners):
        """Cancel what waits to be sent to these customers by callbacks and touches."""
        touches = self.env["revisit.touch"]._find_queued(partners)
        self.search(
            [("revisit_callback_id.partner_id", "in", partners.ids)]
            + [("state", "=", "outgoing")]
        )._revisit_cancel()
        touches.notification_id.mail_mail_id._revisit_cancel()

    def _revisit_cancel(self):
        waiting = self.filtered(lambda mail: mail.state == "outgoing")
        if not waiting:
            return
        waiting.cancel()
        self.env["mail.notification"].search(
            [("mail_mail_id", "in", waiting.ids)]
        ).write(
            {
                "notification_status": "canceled",
                "failure_reason": self.env._("The customer wants no more contact."),
            }
        )

    # ------------------------------------------------------------
    # KEYS
    # ------------------------------------------------------------

    def _personalize_outgoing_body(self, body, partner=False, doc_to_followers=None):
        """Add the key to the link when the message is sent, for the customer only.

        Messages that are stored, previewed or sent to others have no key.
        """
        body = super()._personalize_outgoing_body(
            body, partner=partner, doc_to_followers=doc_to_followers
        )
        callback = self.revisit_callback_id
        if self._revisit_is_asked(partner):
            return callback._sign_links(body)
        return body

    def _revisit_is_asked(self, partner):
        """Return whether a recipient is the customer whom the message asks."""
        callback = self.revisit_callback_id
        asked = callback and callback.partner_id | callback._get_recipient()[0]
        return bool(callback and partner and partner in asked)

    def _prepare_outgoing_list(self, *args, **kwargs):
        """Let mail programs stop all contact with one click, as the page does.

        They send a form to the page's address (RFC 8058); opening it changes nothing.
        As in the text, the key is only added to the customer's own copy.
        """
        outgoing = super()._prepare_outgoing_list(*args, **kwargs)
        for email in outgoing:
            if self._revisit_is_asked(email["partner_id"]):
                if address := find_signed(email["body"]):
                    email["headers"] = {
                        **email["headers"],
                        "List-Unsubscribe": f"<{address}>",
                        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                    }
        return outgoing
