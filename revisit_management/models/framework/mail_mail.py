# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class MailMail(models.Model):
    _inherit = "mail.mail"

    revisit_callback_id = fields.Many2one(
        comodel_name="revisit.callback",
        string="Asks About Callback",
        ondelete="set null",
        index="btree_not_null",
        help="The customer gets the key to this callback's page with the message.",
    )

    def _personalize_outgoing_body(self, body, partner=False, doc_to_followers=None):
        """Add the key to the link when the message is sent, for the customer only.

        Messages that are stored, previewed or sent to others have no key.
        """
        body = super()._personalize_outgoing_body(
            body, partner=partner, doc_to_followers=doc_to_followers
        )
        callback = self.revisit_callback_id
        if callback and partner == callback.partner_id:
            return callback._sign_links(body)
        return body
