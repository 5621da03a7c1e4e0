# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import marks, windows
from ...tools.rulebook_files import ADOPTED

_logger = logging.getLogger(__name__)
# rows that stay as long as customers have values for them
KEPT_WITH_VALUES = {
    "revisit.attribute": "attribute_id",
    "revisit.attribute.choice": "choice_id",
}


class RevisitRulebook(models.Model):
    """The life of a rulebook: in effect, reviewed, stopped, resumed, removed.

    A new version is a deliberate step, for which the user gives a reason.
    """

    _inherit = "revisit.rulebook"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {
        "review_reminded_on",
        "stopped_ids",
        "version",
    }

    stopped_ids = fields.Json(
        readonly=True,
        copy=False,
        help="What archiving the rulebook has stopped: {model: ids}.",
    )
    review_reminded_on = fields.Date(
        readonly=True,
        copy=False,
        help="The review date of which the owner was reminded: one reminder each.",
    )
    version_ids = fields.One2many(
        comodel_name="revisit.rulebook.version",
        inverse_name="rulebook_id",
        string="History",
    )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        if "active" not in vals:
            return super().write(vals)
        is_active = bool(vals["active"])
        changing = self.filtered(lambda rulebook: rulebook.active != is_active)
        if not is_active:
            changing._stop_rows()
        result = super().write(vals)
        if is_active:
            changing._resume_rows()
        return result

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_archive(self):
        """Ask what to do with open work before an installed rulebook is archived."""
        asked = self.filtered(lambda r: r.active and r.state == "installed")
        if len(self) == 1 and asked:
            return self.action_open_archive()
        return super().action_archive()

    def action_open_archive(self):
        self.ensure_one()
        return self._get_end_dialog("archive", self.env._("Archive Rulebook"))

    def action_open_take_out(self):
        self.ensure_one()
        return self._get_end_dialog("take_out", self.env._("Take Rulebook Out"))

    def action_stop(self, open_work="keep"):
        """Archive rulebooks with their policies, routes and schemes.

        :param open_work: ``keep``: open callbacks are still made; ``cancel``: open
            callbacks and waiting touches are cancelled
        :raise AccessError: the caller is not a callback manager
        """
        self._check_may_manage()
        self.check_access("write")
        if open_work not in ("keep", "cancel"):
            raise UserError(
                self.env._("Open callbacks are kept or cancelled: say keep or cancel.")
            )
        self.write({"active": False})
        if open_work == "cancel":
            # managers decide on all work of the company
            self.sudo()._cancel_open_work()
        return True

    def action_take_out(self):
        """Remove a rulebook that was never used, as if it had never been installed.

        :raise AccessError: the caller is not a callback manager
        :raise UserError: something was planned or scored under it
        """
        self.ensure_one()
        self._check_may_manage()
        self.check_access("unlink")
        message = self._get_use_text()
        if message:
            raise UserError(message)
        # the group was checked; a manager need not own e.g. the mail aliases of units
        whole = self.sudo().with_context(active_test=False)
        whole._unlink_rows()
        if not whole.is_shipped:
            whole.unlink()
            return False
        whole.version_ids.unlink()
        whole.write(
            {
                "state": "available",
                "active": True,
                "baseline": False,
                "stopped_ids": False,
                "effective_from": False,
                "review_on": False,
                "review_reminded_on": False,
                "owner_id": False,
                "version": 1,
            }
        )
        return True

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
        # only the system sets the number; the right was checked above
        whole = self.sudo()
        whole._remember_first_version()
        changes = whole._get_changes()
        whole.version += 1
        whole._write_version(reason.strip(), changes)
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_may_manage(self):
        if not (
            self.env.su or self.env.user.has_group("revisit_management.group_manager")
        ):
            raise AccessError(
                self.env._("Only callback managers change what a rulebook says.")
            )

    def _remember_first_version(self):
        """Create the first history row of rulebooks that have none."""
        # no user may write history; the steps that call this check the role
        for rulebook in self.sudo().filtered(lambda r: not r.version_ids):
            rulebook._write_version(self.env._("Installed"), [])

    def _write_version(self, reason, changes):
        self.ensure_one()
        # no user may write history, so the system does
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
        """Return {model: {row id: {column: text}}} of all rows of the rulebook."""
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
        """Return the changes of one row; None means that a version lacks the row."""
        cells = new if new is not None else old
        name = cells.get("name") or cells.get("code") or row
        if old is None or new is None:
            return [[model, name, "", None if old is None else row, row]]
        # a column in only one version was added or removed by a release; texts of other
        # languages are only present if they differ
        return [
            [model, name, column, old.get(column, ""), new.get(column, "")]
            for column in dict.fromkeys([*old, *new])
            if ("@" in column or (column in old and column in new))
            and old.get(column, "") != new.get(column, "")
        ]

    # ------------------------------------------------------------
    # ARCHIVING
    # ------------------------------------------------------------

    def _get_end_dialog(self, step, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "revisit.rulebook.end",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rulebook_id": self.id, "default_step": step},
        }

    def _get_stoppable(self):
        """Return {model: domain} of the rows that are archived with the rulebook."""
        return {
            "revisit.policy": [("rulebook_id", "=", self.id)],
            "revisit.issue.category": [("rulebook_id", "=", self.id)],
        }

    def _stop_rows(self):
        """Archive the rows that plan or score for the rulebooks, and remember them."""
        for rulebook in self:
            stopped = {}
            for model, domain in rulebook._get_stoppable().items():
                rows = self.env[model].search([*domain, ("active", "=", True)])
                rows.active = False
                if rows:
                    stopped[model] = rows.ids
            # only this step sets it, whoever may archive
            rulebook.sudo().stopped_ids = stopped

    def _resume_rows(self):
        """Unarchive exactly those rows that archiving the rulebooks has archived."""
        for rulebook in self:
            for model, ids in (rulebook.stopped_ids or {}).items():
                if model in self.env:
                    rows = self.env[model].with_context(active_test=False)
                    rows = rows.browse(ids).exists()
                    rows.filtered(lambda row: not row.active).active = True
            rulebook.sudo().stopped_ids = False  # only this step sets it

    def _get_open_work(self):
        """Return the open callbacks and the waiting touches."""
        policies = self.with_context(active_test=False).policy_ids
        by_policy = [("policy_id", "in", policies.ids)]
        return (
            self.env["revisit.callback"].search([*by_policy, ("is_open", "=", True)]),
            self.env["revisit.touch"].search([*by_policy, ("state", "=", "planned")]),
        )

    def _cancel_open_work(self):
        callbacks, touches = self._get_open_work()
        if callbacks:
            callbacks.action_cancel(reason=self.env._("The rulebook was archived."))
        if touches:
            touches.action_cancel()

    # ------------------------------------------------------------
    # REMOVING
    # ------------------------------------------------------------

    def _get_uses(self):
        """Return ``[(label, number)]`` of records that were made under the rulebook."""
        policies = self.with_context(active_test=False).policy_ids
        categories = self.env["revisit.issue.category"].with_context(active_test=False)
        categories = categories.search([("rulebook_id", "=", self.id)])
        uses = [
            (self.env._("callbacks"), "revisit.callback", policies, "policy_id"),
            (self.env._("touches"), "revisit.touch", policies, "policy_id"),
            (self.env._("draws of samples"), "revisit.draw", policies, "policy_id"),
            (self.env._("issues"), "revisit.issue", categories, "category_id"),
        ]
        return [
            (
                label,
                self.env[model]
                .with_context(active_test=False)
                .search_count([(name, "in", rows.ids)]),
            )
            for label, model, rows, name in uses
        ]

    def _get_use_text(self):
        """Return why the rulebook cannot be removed, or False."""
        self.ensure_one()
        # other users' records count, whether or not the caller may read them
        uses = [use for use in self.sudo()._get_uses() if use[1]]
        if not uses:
            return False
        return self.env._(
            "%(rulebook)s cannot be taken out: under it there are %(uses)s, which keep"
            " the rules they were made under. Archive it instead.",
            rulebook=self.name,
            uses=", ".join(f"{number} {label}" for label, number in uses),
        )

    def _get_edited_rows(self):
        """Return the names of rows that the company has edited or added."""
        self.ensure_one()
        # a row may refer to records that managers may not read
        found = self.sudo()._get_export_records()
        start, edited = self._get_id_prefix(), []
        rivals = self._get_rival_prefixes()
        kept = {
            (model, row) for model, row, what, _c in self._preview() if what == "kept"
        }
        for model, records in found.items():
            if model == self._name or model in ADOPTED:
                continue
            xmlids = records._get_external_ids()
            for record in records:
                bare = [
                    xmlid.partition(".")[2].removeprefix(start)
                    for xmlid in xmlids[record.id]
                    if self._has_own_name(xmlid.partition(".")[2], start, rivals)
                ]
                if not bare or (model, bare[0]) in kept:
                    edited.append(record.display_name)
        return edited

    def _unlink_rows(self):
        """Delete the rows of the rulebook, in reverse order."""
        self.ensure_one()
        skips = self.env["revisit.planning.skip"]
        skips.search([("policy_id", "in", self.policy_ids.ids)]).unlink()
        found = {
            model: self._get_own_records(model, {})
            for model in self._get_source_models()
        }
        for model, records in reversed(found.items()):
            if model == self._name:
                continue
            if model in ADOPTED:
                # it will be found by its name when the rulebook is installed again
                self._forget_ids(model)
            else:
                self._unlink_unused(records)

    def _forget_ids(self, model):
        prefix, rivals = self._get_id_prefix(), self._get_rival_prefixes()
        rows = self.env["ir.model.data"].search(
            [("model", "=", model), ("name", "=like", f"{prefix}%")]
        )
        rows.filtered(lambda row: self._has_own_name(row.name, prefix, rivals)).unlink()

    @api.model
    def _unlink_unused(self, records):
        """Delete rows, except those that other records use, e.g. units."""
        left = records.exists()
        while left:
            # a unit above others goes once these have gone
            staying = left.filtered(lambda record: not self._unlink_one(record))
            if len(staying) == len(left):
                _logger.info("Still used, so they stay: %s", staying)
                return
            left = staying

    @api.model
    def _unlink_one(self, record):
        """Delete a row, unless others use it; return whether it is gone."""
        used = KEPT_WITH_VALUES.get(record._name)
        values = self.env["revisit.attribute.value"]
        if used and values.search_count([(used, "=", record.id)], limit=1):
            return False
        try:
            with self.env.cr.savepoint():
                record.unlink()
        except (UserError, IntegrityError):
            if record._name == "revisit.policy":
                raise
            return False
        return True

    # ------------------------------------------------------------
    # IN EFFECT
    # ------------------------------------------------------------

    def _take_effect(self):
        """Set a new rulebook in effect from today, by the company's date."""
        for rulebook in self.filtered(lambda r: r.state == "available"):
            vals = {"effective_from": rulebook._get_today()}
            if not rulebook.owner_id and not self.env.user._is_superuser():
                vals["owner_id"] = self.env.uid
            rulebook.write(vals)

    def _get_today(self):
        """Return the company's current date."""
        self.ensure_one()
        tz = self.company_id._revisit_tz()
        return windows.local_date(fields.Datetime.now(), tz)

    def _get_effect_start(self):
        """Return the UTC moment from which events count, or None."""
        self.ensure_one()
        if not self.effective_from:
            return None
        return windows.day_start(self.effective_from, self.company_id._revisit_tz())

    # ------------------------------------------------------------
    # REVIEW
    # ------------------------------------------------------------

    @api.model
    def _cron_remind_reviews(self):
        """Remind each owner of a rulebook whose review is due, once per date."""
        due = self.search(
            [
                ("state", "=", "installed"),
                ("review_on", "!=", False),
                ("owner_id", "!=", False),
            ]
        ).filtered(lambda rulebook: rulebook._is_review_due())
        for rulebook in due:
            rulebook._remind_of_review()

    def _is_review_due(self):
        self.ensure_one()
        return (
            self.review_reminded_on != self.review_on
            and self.review_on <= self._get_today()
        )

    def _remind_of_review(self):
        self.ensure_one()
        user = self._get_reviewer()
        if not user:
            return
        rulebook = self.with_context(lang=user.lang)
        rulebook.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.review_on,
            user_id=user.id,
            summary=rulebook.env._("Review the rulebook"),
            note=rulebook.env._(
                "Is it still right? Change what is not, make a new version with its"
                " reason, then set the next review date."
            ),
        )
        self.review_reminded_on = self.review_on

    def _get_reviewer(self):
        """Return the owner, or a manager of the company if the owner has left."""
        self.ensure_one()
        managers = self.env.ref("revisit_management.group_manager").all_user_ids
        users = self.owner_id | managers.sorted("id")
        return users.filtered(lambda u: u.active and u._revisit_may_own(self))[:1]
