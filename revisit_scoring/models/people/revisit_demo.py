# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models


class RevisitDemo(models.AbstractModel):
    _inherit = "revisit.demo"

    @api.model
    def _publish_quarter(self):
        """Publish the scores of the demonstration."""
        from ...demo.scores import publish_quarter  # noqa: PLC0415

        publish_quarter(self.env)
