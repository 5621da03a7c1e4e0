# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import marks


class RevisitRulebookVersion(models.Model):
    """What a rulebook said from one version to the next, who changed it and why.

    Written by the step that makes a version, and by nothing else; never edited.
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
        """Return one change in words; a model that is gone goes by its name."""
        label, name = model, column.partition("@")[0].partition("/")[0]
        if model in self.env:
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


class RevisitRulebook(models.Model):
    """A version is raised by a deliberate step, which tells the reason."""

    _inherit = "revisit.rulebook"

    _server_owned = {"review_reminded_on", "stopped_ids", "version"}

    version_ids = fields.One2many(
        comodel_name="revisit.rulebook.version",
        inverse_name="rulebook_id",
        string="History",
    )

    def action_open_new_version(self):
        """Ask for the reason and show what has changed since the last version."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Version"),
            "res_model": "revisit.rulebook.raise",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rulebook_id": self.id},
        }

    def action_new_version(self, reason):
        """Raise the version of an installed rulebook.

        :param reason: text, required
        :raise AccessError: the caller is not a callback manager
        :raise UserError: no reason is given, or the rulebook is not installed
        """
        self.ensure_one()
        self._check_may_manage()
        self.check_access("write")
        if not (isinstance(reason, str) and reason.strip()):
            raise UserError(self.env._("Say why the rulebook has a new version."))
        if self.state != "installed":
            raise UserError(
                self.env._(
                    "%(rulebook)s is not installed: install it first.",
                    rulebook=self.name,
                )
            )
        # the number is the system's; the right was checked above
        whole = self.sudo()
        whole._remember_first_version()
        changes = whole._get_changes()
        whole.version += 1
        whole._write_version(reason.strip(), changes)
        return True

    def _check_may_manage(self):
        if not (
            self.env.su or self.env.user.has_group("revisit_management.group_manager")
        ):
            raise AccessError(
                self.env._("Only callback managers change what a rulebook says.")
            )

    def _remember_first_version(self):
        """Keep the first history row of rulebooks that have none."""
        for rulebook in self.sudo().filtered(lambda r: not r.version_ids):
            rulebook._write_version(self.env._("Installed"), [])

    def _write_version(self, reason, changes):
        self.ensure_one()
        # nobody may write history, so the system does
        self.env["revisit.rulebook.version"].sudo().create(
            {
                "rulebook_id": self.id,
                "number": self.version,
                "reason": reason,
                "user_id": self.env.uid,
                "made_at": fields.Datetime.now(),
                "cells": self._get_cells(),
                "changes": changes,
            }
        )

    def _get_cells(self):
        """Return {model: {row id: {column: text}}} of all that belongs to it."""
        self.ensure_one()
        files = self.with_context(revisit_every_column=marks.Told(True))._export_files()
        return {
            model: {row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in rows}
            for model, (header, rows) in files.items()
        }

    def _get_changes(self):
        """Return the changes since the last version, see ``changes``."""
        self.ensure_one()
        before = self.version_ids.sorted("number")[-1:].cells or {}
        now, changes = self._get_cells(), []
        for model in dict.fromkeys([*before, *now]):
            old_rows, new_rows = before.get(model, {}), now.get(model, {})
            for row in dict.fromkeys([*old_rows, *new_rows]):
                changes += self._compare_cells(
                    model, row, old_rows.get(row), new_rows.get(row)
                )
        return changes

    @api.model
    def _compare_cells(self, model, row, old, new):
        """Return the changes of one row; None stands for a row that is not there."""
        cells = new if new is not None else old
        name = cells.get("name") or cells.get("code") or row
        if old is None or new is None:
            return [[model, name, "", None if old is None else row, row]]
        # a column that only one of them has came or went with a release; texts of
        # other languages are there only where they differ
        return [
            [model, name, column, old.get(column, ""), new.get(column, "")]
            for column in dict.fromkeys([*old, *new])
            if ("@" in column or (column in old and column in new))
            and old.get(column, "") != new.get(column, "")
        ]
