# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging

from psycopg2 import DataError

from odoo import models
from odoo.exceptions import UserError
from odoo.http import request

from ...tools.links import HideKeys
from ...tools.values import has_halves

# Odoo's own server logs each address that is asked for, and ours have a key
HideKeys.attach("werkzeug")


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Make the translations of our scripts available in the portal, too."""
        names = super()._get_translation_frontend_modules_name()
        return [*names, "revisit_management"]

    @classmethod
    def _handle_error(cls, exception):
        """Say in words that a text has a character that cannot be kept.

        Our models refuse it where they read values; programs can send it with every
        other argument, too: a search, a message, the name of a file.
        """
        if cls._revisit_is_unstorable(exception):
            # it is the sender's mistake, not the server's
            exception.loglevel = logging.WARNING
            exception = UserError(
                request.env._(
                    "What was sent holds a character that no text has. Type it again."
                )
            )
        return super()._handle_error(exception)

    @classmethod
    def _revisit_is_unstorable(cls, exception):
        """Return whether the database has refused a character of a text."""
        if isinstance(exception, UnicodeEncodeError):
            return has_halves(exception.object)
        if isinstance(exception, DataError):
            # of JSON, and of texts: "22P05", "22021"
            return exception.pgcode in ("22P05", "22021")
        return isinstance(exception, ValueError) and "NUL (0x00)" in str(exception)
