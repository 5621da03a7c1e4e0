# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        result = super().write(vals)
        if "notification_status" in vals:
            # SMS reports, the mail queue and bounces all write here
            self.env["revisit.touch"].sudo()._follow_delivery(self)
            self.env["revisit.callback"].sudo()._follow_questionnaires(self)
        return result
