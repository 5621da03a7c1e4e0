# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitRulebookRaise(models.TransientModel):
    """Asks why a rulebook gets a new version, and shows what has changed."""

    _name = "revisit.rulebook.raise"
    _description = "New Version of a Rulebook"

    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook", required=True, readonly=True
    )
    reason = fields.Text(required=True)
    changes_text = fields.Text(
        string="Changed Since the Last Version", compute="_compute_changes_text"
    )

    @api.depends("rulebook_id")
    def _compute_changes_text(self):
        Version = self.env["revisit.rulebook.version"]
        for wizard in self:
            changes = []
            if wizard.rulebook_id.version_ids:
                # an export reads e.g. departments, which a manager may not be able to
                changes = wizard.rulebook_id.sudo()._get_changes()
            wizard.changes_text = "\n".join(
                Version._describe_change(*change) for change in changes
            )

    def action_apply(self):
        self.ensure_one()
        return self.rulebook_id.action_new_version(self.reason)
