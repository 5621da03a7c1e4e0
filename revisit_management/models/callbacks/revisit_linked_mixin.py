# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re
from datetime import timezone

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import format_date, format_datetime
from odoo.tools.misc import consteq, hash_sign, verify_hash_signed

from ...tools import windows
from ...tools.links import MAX_LINK, SERIALS, TIME_PATH, TIME_SCOPE, read_key
from ...tools.values import MAX_ID


class RevisitLinkedMixin(models.AbstractModel):
    """The customer's own pages of a callback, and the keys that open them.

    A key is a signature made while a message is sent to the customer. It is stored in
    no column, message or preview, so nobody who works on the callback can read it and
    answer as the customer. It is valid for one page, until its time ends, the callback
    is made, or the customer is asked again.
    """

    _name = "revisit.linked.mixin"
    _description = "Pages of the Customer"

    link_serial = fields.Integer(
        string="Link Number",
        default=0,
        readonly=True,
        copy=False,
        aggregator=None,
        help="Raised with every question to the customer: older links end with it.",
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """Open messages only to readers of the record, not to a key or signature."""
        for name in ("hash", "pid", "token"):
            kwargs.pop(name, None)
        return super()._get_thread_with_access(thread_id, **kwargs)

    # ------------------------------------------------------------
    # TIMES ON THE PAGE
    # ------------------------------------------------------------

    @api.private
    def get_time_label(self):
        """Return the planned time as text for the customer."""
        self.ensure_one()
        return self._format_for_customer(self.planned_at)

    def _get_customer_tz(self):
        return self.partner_id.tz or self.company_id._revisit_tz()

    def _get_foreign_zone(self):
        """Return the zone of times shown to the customer, unless it is their own.

        A customer without a zone has the company's, if they live in its country and
        that has one clock: otherwise they have to be told whose clock it is.
        """
        customer, company = self.partner_id, self.company_id
        code = company.country_id.code
        is_near = not customer.country_id or customer.country_id.code == code
        if customer.tz or (is_near and windows.has_one_clock(code)):
            return False
        return self._get_customer_tz()

    def _format_for_customer(self, moment):
        """Return a moment as people say it: day of the week, date and time.

        >>> self._format_for_customer(moment)
        'Sunday, November 29, 2026, 11:00'
        """
        tz = self._get_customer_tz()
        day = format_date(
            self.env, windows.to_local(moment, tz).date(), date_format="full"
        )
        time = format_datetime(self.env, moment, tz=tz, dt_format="HH:mm")
        text = self.env._("%(day)s, %(time)s", day=day, time=time)
        zone = self._get_foreign_zone()
        return f"{text} ({zone})" if zone else text

    # ------------------------------------------------------------
    # KEYS
    # ------------------------------------------------------------

    def _get_time_address(self):
        """Return the address of the customer's page, without the key."""
        self.ensure_one()
        return f"{self.get_base_url()}{TIME_PATH}{self.id}"

    def _sign_links(self, text, is_html=True):
        """Return the text of a message to the customer with the keys in its links."""
        self.ensure_one()
        if self.is_open and self.planned_at:
            address, key = self._get_time_address(), self._sign_time()
            text = self._add_key(text, address, key, is_html)
        return text

    @api.model
    def _add_key(self, text, address, key, is_html):
        """Add a key where the whole link is the page's address, and nowhere else.

        An address within another one, or of a picture, would tell others the key.
        """
        start = r'(<a\s(?:[^<>]*\s)?href=")' if is_html else r"((?<!\S))"
        end = '(?=")' if is_html else r"(?!\S)"
        link = start + re.escape(address) + end
        return re.sub(link, rf"\g<1>{address}?access_token={key}", text)

    def _sign(self, scope, serial, end):
        """Return the key to one page, which expires at ``end`` (naive UTC)."""
        end = end.replace(tzinfo=timezone.utc)
        # only the system may read the secret that signs
        return hash_sign(self.sudo().env, scope, [self.id, serial], end)

    def _sign_time(self):
        """Return the key to the page of the planned time, valid until it is over."""
        end = max(self.window_end, self.planned_at or self.window_end)
        return self._sign(TIME_SCOPE, self.link_serial, end)

    def _end_links(self):
        """Make all links invalid that were sent before."""
        for callback in self:
            callback.link_serial += 1

    @api.model
    def _open_time_link(self, callback_id, key):
        """Return the callback whose page of the time a key opens, as the superuser.

        :return: an empty recordset for every key that is wrong, expired or revoked
        """
        callback, serial = self._open_link(TIME_SCOPE, callback_id, key)
        # who has just asked for no more contact on it is told that it is noted
        is_asked = callback.is_open and callback.planned_at
        is_valid = callback.link_serial == serial and (
            is_asked or callback.partner_id._revisit_is_banned()
        )
        return callback if is_valid else callback.browse()

    @api.model
    def _open_link(self, scope, callback_id, key, expired=False):
        """Return the callback that a key was signed for, and the link's number.

        :param scope: the purpose for which it was signed
        :param callback_id: the number in the address
        :param key: what the visitor sent, of any type and content
        :param expired: open keys whose time is over, too, to say whose they were
        :return: ``(callback as the superuser, number)``; an empty recordset for every
            key that is wrong or expired
        """
        callbacks = self.env["revisit.callback"].with_user(SUPERUSER_ID)
        if not isinstance(key, str) or not 0 < len(key) <= MAX_LINK:
            return callbacks, None
        try:
            payload = self._verify_key(scope, key, expired)
        except ValueError:  # not base64, not UTF-8, or another version
            return callbacks, None
        if payload is None or callback_id > MAX_ID or payload[0] != callback_id:
            return callbacks, None
        return callbacks.browse(callback_id).exists(), payload[1]

    @api.model
    def _verify_key(self, scope, key, expired):
        """Return what a key was signed for, or None.

        :raise ValueError: it is none: not base64, not UTF-8, or of another version
        """
        # only the system may read the secret that signs
        env = self.sudo().env
        payload = verify_hash_signed(env, scope, key)
        if payload is not None or not expired:
            return payload
        end, values = read_key(key)
        # signed anew, it is the same only if it was ours
        ours = hash_sign(env, scope, values, end)
        return values if consteq(ours.encode(), key.encode()) else None

    @api.model
    def _open_stop_link(self, scope, callback_id, key):
        """Return the callback on whose latest link the customer may stop all contact.

        What a link asks ends with its time, the wish to be left in peace does not.

        :return: the callback as the superuser; an empty recordset for keys that are
            wrong, or were replaced by a later message's
        """
        callback, serial = self._open_link(scope, callback_id, key, expired=True)
        is_latest = callback and callback[SERIALS[scope]] == serial
        return callback if is_latest else callback.browse()

    @api.model
    def _get_link_company(self, scope, callback_id, key):
        """Return the company that has sent a link, though it opens nothing any more.

        :return: the company that a signed key names, and the customer's language; for
            other keys the only company there is, or an empty recordset: whoever tries
            out numbers learns nothing
        """
        if callback := self._get_linked(scope, callback_id, key):
            return callback.company_id.with_context(lang=callback.partner_id.lang)
        # its phone number is public
        companies = self.env["res.company"].sudo().search([], limit=2)
        return companies if len(companies) == 1 else companies.browse()

    @api.model
    def _get_linked(self, scope, callback_id, key):
        """Return whose link it is, or was, in the customer's language (superuser).

        It tells a customer what became of their link, and opens nothing.
        """
        callback, _serial = self._open_link(scope, callback_id, key, expired=True)
        return callback.with_context(lang=callback.partner_id.lang)
