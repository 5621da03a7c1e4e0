# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, escape_psql

from ...tools import emails, windows

# characters of a name, a number or an address
LONGEST = 120


class RevisitResult(models.Model):
    """A new customer whom this one refers, and what is invoiced to them.

    The new contact is made at once and remembers who has referred it. What counts is
    the untaxed amount of its invoices that are posted from that day on, less credit
    notes, in the company's currency.
    """

    _inherit = "revisit.result"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {"invoiced_amount", "invoiced_on", "referred_partner_id"}

    referred_name = fields.Char(string="New Customer", copy=False)
    referred_phone = fields.Char(
        string="Their Phone",
        copy=False,
        help="With area code or country code; kept as one number.",
    )
    referred_email = fields.Char(string="Their Email", copy=False)
    referred_partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Referred Customer",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    invoiced_amount = fields.Monetary(
        string="Invoiced",
        compute="_compute_invoiced",
        store=True,
        aggregator="sum",
        help="Untaxed, in the company's currency: posted invoices to the new customer,"
        " less credit notes.",
    )
    invoiced_on = fields.Date(
        string="First Invoice",
        compute="_compute_invoiced",
        store=True,
        index="btree_not_null",
    )

    @api.depends(
        "referred_partner_id.revisit_move_ids.state",
        "referred_partner_id.revisit_move_ids.invoice_date",
        "referred_partner_id.revisit_move_ids.amount_untaxed_signed",
    )
    def _compute_invoiced(self):
        """Add up what was invoiced to the referred customers, in one query."""
        totals = {}
        referred = self.referred_partner_id
        moves = self.env["account.move"]._read_group(
            [
                ("commercial_partner_id", "in", referred.ids),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
            ],
            ["commercial_partner_id", "company_id", "invoice_date:day"],
            ["amount_untaxed_signed:sum"],
        )
        for partner, company, day, amount in moves:
            totals.setdefault((partner, company), []).append((day, amount))
        for result in self:
            company, partner = result.company_id, result.referred_partner_id
            noted = result.noted_at and windows.local_date(
                result.noted_at, company._revisit_tz()
            )
            rows = [
                (day, amount)
                for day, amount in totals.get((partner, company), ())
                if day and noted and day >= noted
            ]
            result.invoiced_amount = sum(amount for _day, amount in rows)
            result.invoiced_on = min((day for day, _amount in rows), default=False)

    # ------------------------------------------------------------
    # NOTING
    # ------------------------------------------------------------

    @api.model
    def _prepare_referral(self, kind, vals, callback):
        """Return name, phone and email of the new customer, read and checked.

        :param callback: of the talk (sudo)
        :raise UserError: something is missing, or the customer is not new
        """
        names = ("referred_name", "referred_phone", "referred_email")
        if kind != "referral":
            return dict.fromkeys(names, False)
        reader = self.env["revisit.reader"]
        label = {name: reader._get_label(self, name) for name in names}
        name, raw = (
            (reader._read_text(label[field], vals.get(field), LONGEST) or "").strip()
            for field in names[:2]
        )
        country = callback.partner_id.country_id or callback.company_id.country_id
        phone = reader._read_phone(label["referred_phone"], raw, country)
        if not name:
            raise UserError(self.env._("Give the name of the new customer."))
        email = reader._read_email(label[names[2]], vals.get(names[2]), LONGEST)
        if not phone and not email:
            raise UserError(
                self.env._(
                    "Give a phone number or an email address of %(name)s, so that"
                    " somebody can get in touch.",
                    name=name,
                )
            )
        self._check_new(phone, email, callback)
        return dict(zip(names, (name, phone, email), strict=True))

    @api.model
    def _check_new(self, phone, email, callback):
        """Refuse whom the company knows already, and the agent themselves.

        :param callback: of the talk (sudo)
        """
        if self._is_address_of_user(phone, email, callback):
            raise UserError(
                self.env._(
                    "This is your own number or address. Give that of the new customer."
                )
            )
        match = Domain.FALSE
        if phone:
            match |= Domain("phone_sanitized", "=", phone)
        if email:
            match |= self._match_email(email)
        # who is known already, archived or not, whoever may read it
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        found = partners.search(
            match & Domain("company_id", "in", (False, callback.company_id.id)),
            limit=50,
        )
        if callback.commercial_partner_id in found.commercial_partner_id:
            raise UserError(
                self.env._(
                    "This is the customer with whom you talk, or somebody of the same"
                    " company. Give the number of whom they refer."
                )
            )
        if found:
            raise UserError(
                self.env._(
                    "%(number)s is known already: only a new customer is referred."
                    " If it is somebody else, ask for another number.",
                    number=phone if phone in found.mapped("phone_sanitized") else email,
                )
            )

    @api.model
    def _match_email(self, email):
        """Return the domain of whoever reads an address, with any tag or none."""
        plain = emails.without_tag(email)
        name, _at, domain = escape_psql(plain).partition("@")
        return Domain("email_normalized", "in", [email, plain]) | Domain(
            "email_normalized", "=like", f"{name}+%@{domain}"
        )

    @api.model
    def _is_address_of_user(self, phone, email, callback):
        """Return whether a number or an address is the user's own."""
        user = self.env.user.sudo()  # compared only
        people = user.employee_ids | user.partner_id.employee_ids
        numbers = {user.partner_id.phone, *people.mapped("work_phone")}
        numbers |= {*people.mapped("mobile_phone"), *people.mapped("private_phone")}
        country = callback.company_id.country_id
        known = {callback._normalise_number(n, country) for n in numbers if n}
        mails = {user.email, user.login, *people.mapped("work_email")}
        mails |= set(people.mapped("private_email"))
        return bool(
            (phone and phone in known)
            or email
            and emails.without_tag(email)
            in {
                emails.without_tag(email_normalize(mail) or "")
                for mail in mails
                if mail
            }
        )

    def _begin_referral(self):
        """Make the contact of the new customer, who knows who has referred them."""
        known = self.sudo()  # whoever notes a referral need not edit contacts
        known.referred_partner_id = known.referred_partner_id.create(
            {
                "name": known.referred_name,
                "phone": known.referred_phone,
                "email": known.referred_email,
                "lang": known.partner_id.lang,
                "country_id": known.partner_id.country_id.id,
                "company_id": known.partner_id.company_id.id,
                "revisit_referral_id": self.id,
            }
        )

    def action_open_referred(self):
        """Button: open the contact of the new customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": self.referred_partner_id.id,
        }
