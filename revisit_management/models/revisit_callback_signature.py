# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64
import binascii

from odoo import api, models
from odoo.exceptions import ValidationError

from ..tools.ink import is_signature

MAX_SIGNATURE = 2 * 1024 * 1024


class RevisitCallback(models.Model):
    """A customer's signature proves a visit, so it must have been drawn."""

    _inherit = "revisit.callback"

    @api.constrains("signature")
    def _check_signature(self):
        # not its size, which lists ask for in its place
        for callback in self.with_context(bin_size=False).filtered("signature"):
            callback._check_ink(callback.signature)

    @api.model
    def _check_ink(self, signature):
        """Refuse a picture that nobody has drawn.

        :param signature: base64 of a PNG or JPEG picture
        :raise ValidationError: it is empty, too small, too large or no picture
        """
        try:
            content = base64.b64decode(signature or "", validate=True)
        except (binascii.Error, TypeError, ValueError):
            content = b""
        if len(content) > MAX_SIGNATURE or not is_signature(content):
            raise ValidationError(
                self.env._(
                    "No signature can be seen on the picture. Let the customer sign"
                    " again with a finger or pen."
                )
            )
