# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize_all

from ..customers.res_partner import CHANGED_AT, CHANGERS


class RevisitAddressedMixin(models.AbstractModel):
    """Where a customer is asked: to which address, at which number, on whose word."""

    _name = "revisit.addressed.mixin"
    _description = "Address of a Questionnaire"

    phone_warning = fields.Char(
        compute="_compute_phone_warning",
        compute_sudo=True,
        exportable=False,
        groups="revisit_management.group_agent",
        help="Who has changed the customer's number, where this callback judges them.",
    )

    @api.depends(
        "user_id",
        "made_by_id",
        "done_at",
        "partner_id.phone",
        "partner_id.phone_changed_by_id",
        "partner_id.commercial_partner_id.phone",
        "partner_id.commercial_partner_id.phone_changed_by_id",
    )
    @api.depends_context("lang", "tz", "uid")
    def _compute_phone_warning(self):
        for callback in self:
            callback.phone_warning = callback._get_phone_warning()

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

    def _get_phone_warning(self):
        """Return in words who has changed the number, if they are judged, or False.

        Whoever is judged could name a friend's number: who calls, and who reviews the
        callback, knows on whose word it was dialled.
        """
        self.ensure_one()
        owner = self._get_phone_owner()
        changer, moment = owner[CHANGERS["phone"]], owner[CHANGED_AT["phone"]]
        if not changer or changer == self.env.user:
            return False
        if self.done_at and moment and moment > self.done_at:
            return False  # the talk was at the number before
        if not self._is_judged(changer):
            return False
        name = changer.partner_id.display_name
        if not moment:
            return self.env._(
                "%(user)s, who is judged by this callback, has changed the customer's"
                " number. Make sure that it is the customer who answers.",
                user=name,
            )
        return self.env._(
            "%(user)s, who is judged by this callback, has changed the customer's"
            " number on %(moment)s. Make sure that it is the customer who answers.",
            user=name,
            moment=self._format_time(moment),
        )

    def _is_judged(self, user):
        """Return whether the conversation judges a user, or their dealer (sudo).

        It judges whom its documents name, the dealers, whoever did what it verifies,
        and who makes it.
        """
        leader = self._get_leaders()
        contact = leader | leader._get_followers()
        users = contact.responsible_id | contact.user_id | contact.made_by_id
        partners, named = contact.dealer_id, {}
        for callback in contact:
            for model, res_id in (callback.subjects or {}).values():
                named.setdefault(model, set()).add(res_id)
        for model, ids in named.items():
            records = self.env[model].browse(ids).exists()
            if model == "res.partner":
                partners |= records
            elif model == "res.users":
                users |= records
            elif "user_id" in records:
                users |= records.user_id
        return bool(
            user in users
            or (user.partner_id | user.commercial_partner_id)
            & (partners | partners.commercial_partner_id)
        )

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
