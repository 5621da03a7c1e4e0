# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re
from datetime import timezone

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools.misc import hash_sign, verify_hash_signed

from .revisit_callback_portal import MAX_ID

# what is signed for one purpose opens no page of another
TIME_SCOPE = "revisit_management.callback_time"
TIME_PATH = "/revisit/time/"
# ours have some 90 characters
MAX_LINK = 200
# the key in an address, with what may stand around it in HTML
_KEY = re.compile(r"(/revisit/time/\d+)\?[^\s\"'<>]*access_token[^\s\"'<>]*")


def without_keys(text):
    """Return ``text`` with the keys taken out of the addresses of customers' pages.

    >>> without_keys("see https://x.cn/revisit/time/7?access_token=AQ-x_9, please")
    'see https://x.cn/revisit/time/7 please'
    """
    return _KEY.sub(r"\1", text)


class RevisitCallback(models.Model):
    """The customer's own key to the page of a callback.

    The key is a signature made while an e-mail leaves for the customer. It stands
    in no column, message or preview, so nobody who works on the callback can read
    it and answer as the customer. It holds for one page, until the window is over,
    the callback is made, or the customer is asked anew.
    """

    _inherit = "revisit.callback"

    link_serial = fields.Integer(
        string="Link Number",
        default=0,
        readonly=True,
        copy=False,
        aggregator=None,
        help="Raised with every question to the customer: older links end with it.",
    )

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """Open messages to readers of the record, and to no key or signature."""
        for name in ("hash", "pid", "token"):
            kwargs.pop(name, None)
        return super()._get_thread_with_access(thread_id, **kwargs)

    def _get_time_address(self):
        """Return the address of the customer's page, without the key to it."""
        self.ensure_one()
        return f"{self.get_base_url()}{TIME_PATH}{self.id}"

    def _sign_time_links(self, body):
        """Return the body of a message to the customer with the key in its links."""
        self.ensure_one()
        if not self.is_open or not self.planned_at:
            return body
        address = self._get_time_address()
        link = re.compile(rf"{re.escape(address)}(?![\d?])")
        return link.sub(f"{address}?access_token={self._sign_time()}", body)

    def _sign_time(self):
        """Return the key, which ends with the window."""
        end = max(self.window_end, self.planned_at or self.window_end)
        end = end.replace(tzinfo=timezone.utc)
        # only the system reads the secret that signs
        env = self.sudo().env
        return hash_sign(env, TIME_SCOPE, [self.id, self.link_serial], end)

    def _end_links(self):
        """Let the links that were sent before open nothing any more."""
        for callback in self:
            callback.link_serial += 1

    @api.model
    def _open_time_link(self, callback_id, key):
        """Return the callback, with the system's rights, that ``key`` opens.

        :param callback_id: the number in the address
        :param key: what the visitor sent, of any type and content
        :return: an empty recordset for every key that is wrong, over or revoked
        """
        callbacks = self.env["revisit.callback"].with_user(SUPERUSER_ID)
        if not isinstance(key, str) or not 0 < len(key) <= MAX_LINK:
            return callbacks
        try:
            # only the system reads the secret that signs
            payload = verify_hash_signed(self.sudo().env, TIME_SCOPE, key)
        except ValueError:  # no base64, no UTF-8, another version
            return callbacks
        if payload is None or callback_id > MAX_ID or payload[0] != callback_id:
            return callbacks
        callback = callbacks.browse(callback_id).exists()
        if callback.is_open and callback.link_serial == payload[1]:
            return callback
        return callbacks
