# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.exceptions import UserError
from odoo.tools import email_normalize_all

from ..customers.res_partner import CHANGERS


class RevisitAddressedMixin(models.AbstractModel):
    """To which contact and address of a customer a questionnaire goes."""

    _name = "revisit.addressed.mixin"
    _description = "Address of a Questionnaire"

    def _get_recipient(self):
        """Return ``(contact, "email" or "sms")``; the contact may be empty."""
        self.ensure_one()
        family = (self.partner_id, self.partner_id.commercial_partner_id)
        with_mail = [p for p in family if email_normalize_all(p.email or "")]
        with_number = [p for p in family if self._read_number(p)]
        if self.channel == "sms":
            return (with_number or [family[0].browse()])[0], "sms"
        if with_mail or self.channel == "email":
            return (with_mail or [family[0].browse()])[0], "email"
        return (with_number or [family[0].browse()])[0], "sms"

    def _get_changer(self):
        """Return who has changed the address to which the questionnaire goes (sudo)."""
        self.ensure_one()
        contact, way = self._get_recipient()
        return contact[CHANGERS["phone" if way == "sms" else "email"]]

    def _note_changers(self):
        """Log on whose word a questionnaire goes to another address than before.

        A customer's answers count for or against people: whoever reviews them sees who
        has said where they may be asked.
        """
        for callback in self:
            if changer := callback._get_changer():
                callback._note_batch(
                    self.env._(
                        "The questionnaire goes to an address or number that %(user)s"
                        " entered. Check it, if the answers are to be relied on.",
                        user=changer.name,
                    )
                )

    def _read_number(self, contact):
        """Return a contact's number with its prefix, or False for one that is none."""
        if not contact.phone:
            return False
        reader = self.env["revisit.reader"]
        country = contact.country_id or self.company_id.country_id
        try:
            label = reader._get_label(contact, "phone")
            return reader._read_phone(label, contact.phone, country)
        except UserError:
            return False
