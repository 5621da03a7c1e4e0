# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools import marks
from ...tools.marks import ASKING


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
        for vals in vals_list:
            self._revisit_check_asking(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._revisit_check_asking(vals)
        return super().write(vals)

    @api.model
    def _revisit_check_asking(self, vals):
        """Refuse to add a customer's key to a message that is not one of our steps'."""
        if vals.get("revisit_callback_id") and not marks.read(self.env, ASKING):
            raise AccessError(
                self.env._("Only the steps of a callback ask its customer.")
            )

    def _personalize_outgoing_body(self, body, partner=False, doc_to_followers=None):
        """Add the key to the link when the message is sent, for the customer only.

        Messages that are stored, previewed or sent to others have no key.
        """
        body = super()._personalize_outgoing_body(
            body, partner=partner, doc_to_followers=doc_to_followers
        )
        callback = self.revisit_callback_id
        asked = callback.partner_id | callback._get_recipient()[0] if callback else None
        if callback and partner and partner in asked:
            return callback._sign_links(body)
        return body
