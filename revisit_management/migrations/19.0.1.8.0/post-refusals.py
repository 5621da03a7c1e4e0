# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Refusals end what was begun: those that were noted before this version, too."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    partners = env["res.partner"].with_context(active_test=False)
    refusing = partners.search([("do_not_contact", "=", True)])
    if refusing:
        env["revisit.callback"]._stop_for(refusing)
