# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models

from .revisit_callback_link import TIME_PATH, without_keys


class MailMessage(models.Model):
    """Messages keep no key to a customer's page.

    A customer's answer to our e-mail quotes it with its link, and the answer lands
    in a chatter that colleagues read.
    """

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._without_revisit_keys(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._without_revisit_keys(vals))

    @api.model
    def _without_revisit_keys(self, vals):
        body = vals.get("body")
        if not isinstance(body, str) or TIME_PATH not in body:
            return vals
        # Markup stays Markup: what was safe to show is safe without the key
        return {**vals, "body": type(body)(without_keys(body))}
