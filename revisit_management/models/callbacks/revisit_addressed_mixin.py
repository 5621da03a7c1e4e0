# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.exceptions import UserError
from odoo.tools import email_normalize_all

# so many corrections of one customer's number are looked at, the last ones first
MOST_CORRECTIONS = 50


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

    def _get_corrections(self):
        """Return the tries after which the number that gets the SMS was corrected."""
        self.ensure_one()
        if self._get_recipient()[1] != "sms":
            return self.env["revisit.attempt"]
        # at most a few for one customer
        return self.env["revisit.attempt"].search(
            [
                ("outcome", "=", "wrong_number"),
                (
                    "callback_id.commercial_partner_id",
                    "=",
                    self.commercial_partner_id.id,
                ),
            ],
            order="at desc, id desc",
            limit=MOST_CORRECTIONS,
        )

    def _note_correctors(self):
        """Log on whose word the SMS goes to another number than before.

        A customer's answers count for or against people: whoever reviews them sees who
        has said where they may be asked.
        """
        for callback in self:
            last = callback._get_corrections()[:1]
            if last:
                callback._note_batch(
                    self.env._(
                        "%(agent)s said on %(moment)s that the customer's number was"
                        " wrong; the questionnaire goes to the one entered since."
                        " Ring it, if the answers are to be relied on.",
                        agent=last.user_id.name,
                        moment=callback._format_time(last.at),
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
