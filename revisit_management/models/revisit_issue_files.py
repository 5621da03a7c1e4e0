# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitIssue(models.Model):
    """The files of an issue: proof of what was wrong, sealed when it is closed."""

    _name = "revisit.issue"
    _inherit = ["revisit.issue", "revisit.sealed.mixin"]

    _server_owned = {"sealed_files"}

    sealed_files = fields.Json(
        readonly=True,
        copy=False,
        help="The files that belonged to the issue when it was closed.",
    )

    def action_close(self):
        result = super().action_close()
        self._seal_files()
        return result

    def _get_sealed(self):
        closed = self.filtered(lambda issue: issue.state == "closed")
        return super()._get_sealed() | closed
