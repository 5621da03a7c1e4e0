# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""What was finished before there was a rule for tries counts as made, as it did."""

from odoo.tools.sql import column_exists, create_column


def migrate(cr, version):
    """Create the column empty, so that no update judges a million callbacks anew."""
    if version and not column_exists(cr, "revisit_callback", "unmade_reason"):
        create_column(cr, "revisit_callback", "unmade_reason", "varchar")
