# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Mark what is ours on schemes and their rows; begin the rulebooks' history."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    rulebooks = env["revisit.rulebook"].with_context(active_test=False)
    installed = rulebooks.search([("state", "=", "installed")])
    installed.filtered("is_shipped")._load_marks("revisit_scoring")
    installed._remember_first_version()
