# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models


class RevisitDemo(models.AbstractModel):
    """Entry point of the demonstration data files; no other code uses ``demo/``."""

    _name = "revisit.demo"
    _description = "Revisit Demonstration Data"

    @api.model
    def _load_quarter(self):
        """Create the dated demonstration data, once per database."""
        from ...demo.quarter import Demonstration  # noqa: PLC0415

        Demonstration(self.env).load()
