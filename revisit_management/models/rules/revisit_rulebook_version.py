# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitRulebookVersion(models.Model):
    """What changed in a rulebook from one version to the next, by whom and why.

    Only the step that raises the version writes it; it is never edited.
    """

    _name = "revisit.rulebook.version"
    _description = "Version of a Rulebook"
    _inherit = ["revisit.protected.mixin"]
    _order = "rulebook_id, number desc"
    _rec_name = "number"

    _server_owned = {
        "cells",
        "changes",
        "company_id",
        "made_at",
        "number",
        "reason",
        "rulebook_id",
        "user_id",
    }

    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="rulebook_id.company_id", store=True, index=True
    )
    number = fields.Integer(
        string="Version", required=True, readonly=True, aggregator=None
    )
    reason = fields.Text(required=True, readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users", string="Made By", readonly=True, ondelete="restrict"
    )
    made_at = fields.Datetime(string="Made On", required=True, readonly=True)
    cells = fields.Json(
        readonly=True,
        help="The values of all rows at this version, as an export would write them.",
    )
    changes = fields.Json(
        readonly=True, help="Model, row, column, old and new value of each change."
    )
    changes_text = fields.Text(
        string="What Changed", compute="_compute_changes_text", compute_sudo=True
    )

    _number_unique = models.UniqueIndex(
        "(rulebook_id, number)", "This version of the rulebook exists already."
    )

    @api.depends("changes")
    @api.depends_context("lang")
    def _compute_changes_text(self):
        for version in self:
            version.changes_text = "\n".join(
                self._describe_change(*change) for change in version.changes or []
            )

    @api.model
    def _describe_change(self, model, row, column, old, new):
        """Return one change in words; an uninstalled model is named technically."""
        label, name = model, column.partition("@")[0].partition("/")[0]
        if model in self.env:
            # a model's name may be shown to everybody, but few may read models
            label = self.env["ir.model"].sudo()._get(model).name
        if not column:
            if old is None:
                return self.env._("%(kind)s %(row)s: added", kind=label, row=row)
            return self.env._("%(kind)s %(row)s: removed", kind=label, row=row)
        field = self.env[model]._fields.get(name) if model in self.env else None
        return self.env._(
            "%(kind)s %(row)s, %(column)s: %(old)s → %(new)s",
            kind=label,
            row=row,
            column=field._description_string(self.env) if field else column,
            old=old or "-",
            new=new or "-",
        )
