# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""New columns that are empty for all callbacks so far, which need no computing."""

from odoo.tools.sql import column_exists, create_column

COLUMNS = {"return_rate": "numeric", "arrival_delay": "int4"}


def migrate(cr, version):
    """Create the columns, so that no update reads a million callbacks."""
    for name, kind in COLUMNS.items():
        if not column_exists(cr, "revisit_callback", name):
            create_column(cr, "revisit_callback", name, kind)
