# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

from odoo import api, models

# mail.notification status: (delivery_state, state); mail servers report no "delivered"
STATES = {
    "ready": ("queued", "sent"),
    "process": ("processing", "sent"),
    "pending": ("sent", "sent"),
    "sent": ("delivered", "delivered"),
    "bounce": ("bounced", "failed"),
    "exception": ("failed", "failed"),
    "canceled": ("cancelled", "cancelled"),
}
EMAIL_SENT = ("sent", "sent")
DETAIL_SIZE = 200
ADDRESS = re.compile(r"[^\s<>\"']+@[^\s<>\"',;]+")
# digits of every script, with any separators between them
NUMBER = re.compile(r"[+＋]?\d(?:[^\w<>@]{0,3}\d){6,}")


class RevisitTouch(models.Model):
    """Updates touches to what Odoo learns about their delivery."""

    _inherit = "revisit.touch"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _follow_delivery(self, notifications):
        """Copy the status of the touches' ``mail.notification`` records."""
        touches = self.search_fetch(
            [("notification_id", "in", notifications.ids)],
            ["notification_id", "channel"],
        )
        for touch in touches:
            touch.write(touch._get_delivery_values())

    def _get_delivery_values(self):
        """Return values for a touch that correspond to its notification's status."""
        self.ensure_one()
        notification = self.notification_id
        status = notification.notification_status
        delivery, state = STATES[status]
        if status == "sent" and self.channel == "email":
            delivery, state = EMAIL_SENT
        is_failed = state == "failed"
        return {
            "delivery_state": delivery,
            "state": state,
            "cancel_reason": state == "cancelled" and self._get_cancel_reason(),
            "failure_type": is_failed and (notification.failure_type or "unknown"),
            "failure_reason": is_failed
            and self._mask_contacts(notification.failure_reason),
        }

    def _get_cancel_reason(self):
        """Return why a message was taken out of its queue."""
        return "banned" if self.partner_id._revisit_is_banned() else "person"

    @api.model
    def _mask_contacts(self, text):
        """Return the beginning of a report without numbers and addresses."""
        callbacks = self.env["revisit.callback"]
        text = ADDRESS.sub(lambda hit: callbacks._mask_email(hit[0]), text or "")
        text = NUMBER.sub(lambda hit: callbacks._mask_phone(hit[0]), text)
        return " ".join(text.split())[:DETAIL_SIZE]
