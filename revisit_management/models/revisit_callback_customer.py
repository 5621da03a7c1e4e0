# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import phones

HISTORY_LIMIT = 10


class RevisitCallback(models.Model):
    """What the caller knows about the customer before the call (C2, K2)."""

    _inherit = "revisit.callback"

    phone_masked = fields.Char(
        string="Phone", compute="_compute_masked", compute_sudo=True, exportable=False
    )
    email_masked = fields.Char(
        string="Email", compute="_compute_masked", compute_sudo=True, exportable=False
    )
    call_between = fields.Char(compute="_compute_call_between", compute_sudo=True)
    history_ids = fields.Many2many(
        comodel_name="revisit.callback",
        string="Earlier Callbacks",
        compute="_compute_customer_records",
    )
    customer_issue_ids = fields.Many2many(
        comodel_name="revisit.issue",
        string="Open Issues",
        compute="_compute_customer_records",
    )
    customer_product_ids = fields.Many2many(
        comodel_name="revisit.archive.line",
        string="Installed Products",
        compute="_compute_customer_records",
    )

    @api.depends(
        "partner_id.phone",
        "partner_id.commercial_partner_id.phone",
        "partner_id.email",
    )
    def _compute_masked(self):
        for callback in self:
            partner = callback.partner_id
            callback.phone_masked = self._mask_phone(callback._get_phone())
            callback.email_masked = self._mask_email(partner.email)

    @api.depends("partner_id")
    def _compute_call_between(self):
        to_time = self.env["ir.qweb.field.float_time"].value_to_html
        for callback in self:
            partner = callback.partner_id
            hours = (partner.callback_hour_from, partner.callback_hour_to)
            callback.call_between = " - ".join(to_time(hour, {}) for hour in hours)

    @api.depends("partner_id")
    def _compute_customer_records(self):
        """Find what the viewer may see of the same customer; for one form."""
        for callback in self:
            family = [("partner_id", "child_of", callback.commercial_partner_id.ids)]
            others = [*family, ("id", "!=", callback._origin.id)]
            callback.history_ids = self.search(
                [*others, ("state", "in", ("done", "reviewed"))],
                order="done_at desc",
                limit=HISTORY_LIMIT,
            )
            callback.customer_issue_ids = self.env["revisit.issue"].search(
                [*family, ("is_open", "=", True)], limit=HISTORY_LIMIT
            )
            callback.customer_product_ids = self.env["revisit.archive.line"].search(
                family, limit=HISTORY_LIMIT
            )

    def action_reveal_phone(self):
        """Show the customer's number to who has to call; the look-up is logged."""
        self.ensure_one()
        number = self._reveal_phone()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.partner_id.name,
                "message": number,
                "type": "info",
                "sticky": True,
            },
        }

    def _reveal_phone(self):
        """Return the full number, after checking the task and logging the look-up.

        The one way to a number, for the office and the portal: only while there is
        something to do for this customer. The note names the reader, never the number.

        :raise UserError: the callback is closed, the customer refuses contact, or
            no number is known
        """
        self.ensure_one()
        self.check_access("read")
        self._check_is_open()
        # the caller's right is the open task, not a right on contacts
        callback = self.sudo()
        if callback.partner_id._revisit_is_banned():
            raise UserError(
                self.env._(
                    "This customer asked not to be contacted. Have a supervisor cancel"
                    " the callback."
                )
            )
        number = callback._get_phone()
        if not number:
            raise UserError(
                self.env._(
                    "No phone number of this customer is known. Ask for it where the"
                    " customer bought."
                )
            )
        callback.message_post(
            body=self.env._(
                "%(user)s looked up the phone number.", user=self.env.user.name
            ),
            subtype_xmlid="mail.mt_note",
        )
        return number

    def _get_phone(self):
        """Return the contact's number, else the one of the contact's company."""
        self.ensure_one()
        partner = self.partner_id
        numbers = (partner.phone, partner.commercial_partner_id.phone)
        # "see the note" is no number
        return next((text for text in numbers if phones.has_digits(text)), False)

    @api.model
    def _mask_phone(self, phone):
        """Return the numbers of a field with their middles hidden, or nothing."""
        return phones.mask_numbers(phone)

    @api.model
    def _mask_email(self, email):
        """Return the addresses of a field, of each name the first letter."""
        return phones.mask_addresses(email)
