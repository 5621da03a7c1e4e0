# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class MailComposeMessage(models.TransientModel):
    """Writes about our records in the name of who sends, to many at once, too."""

    _inherit = "mail.compose.message"

    def _prepare_mail_values_static(self):
        """Name the user as the author: Odoo stores what goes to many with sudo."""
        values = super()._prepare_mail_values_static()
        Message = self.env["mail.message"]
        if not self.env.su and Message._revisit_keeps(
            self.model, values.get("message_type")
        ):
            values["author_id"] = self.env.user.partner_id.id
        return values
