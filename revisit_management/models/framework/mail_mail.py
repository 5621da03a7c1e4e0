# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools import marks
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
