# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError

from .revisit_rulebook import ADOPTED

_logger = logging.getLogger(__name__)

# what customers' data hangs on stays while it is used
KEPT_WITH_VALUES = {
    "revisit.attribute": "attribute_id",
    "revisit.attribute.choice": "choice_id",
}


class RevisitRulebook(models.Model):
    """Stopping a rulebook, letting it go on, and taking it out of a company."""

    _inherit = "revisit.rulebook"

    stopped_ids = fields.Json(
        readonly=True,
        copy=False,
        help="What archiving the rulebook has stopped: {model: ids}.",
    )

    # ------------------------------------------------------------
    # ARCHIVING
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

    def action_archive(self):
        """Ask what becomes of open work before an installed rulebook is archived."""
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

    def _get_end_dialog(self, step, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "revisit.rulebook.end",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rulebook_id": self.id, "default_step": step},
        }

    def action_stop(self, open_work="keep"):
        """Archive rulebooks with their policies, routes and schemes.

        :param open_work: ``keep``: open callbacks are still made; ``cancel``: they and
            the touches that wait are cancelled
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
            # managers decide about the whole company's work
            self.sudo()._cancel_open_work()
        return True

    def _get_stoppable(self):
        """Return {model: domain} of the rows that are archived with the rulebook."""
        return {
            "revisit.policy": [("rulebook_id", "=", self.id)],
            "revisit.issue.category": [("rulebook_id", "=", self.id)],
        }

    def _stop_rows(self):
        """Archive what works for the rulebooks, and remember it."""
        for rulebook in self:
            stopped = {}
            for model, domain in rulebook._get_stoppable().items():
                rows = self.env[model].search([*domain, ("active", "=", True)])
                rows.active = False
                if rows:
                    stopped[model] = rows.ids
            # set by this step alone, whoever may archive
            rulebook.sudo().stopped_ids = stopped

    def _resume_rows(self):
        """Unarchive exactly what archiving the rulebooks has stopped."""
        for rulebook in self:
            for model, ids in (rulebook.stopped_ids or {}).items():
                if model in self.env:
                    rows = self.env[model].with_context(active_test=False)
                    rows = rows.browse(ids).exists()
                    rows.filtered(lambda row: not row.active).active = True
            rulebook.sudo().stopped_ids = False

    def _get_open_work(self):
        """Return the open callbacks and the touches that wait."""
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
    # TAKING OUT
    # ------------------------------------------------------------

    def action_take_out(self):
        """Remove a rulebook under which nothing was done, as if never installed.

        :raise AccessError: the caller is not a callback manager
        :raise UserError: something was planned or scored under it
        """
        self.ensure_one()
        self._check_may_manage()
        self.check_access("unlink")
        message = self._get_use_text()
        if message:
            raise UserError(message)
        # the right was checked; a manager need not own e.g. the units' mailboxes
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

    def _get_uses(self):
        """Return ``[(label, number)]`` of what was done under the rulebook."""
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
        """Return why the rulebook cannot be taken out, or False."""
        self.ensure_one()
        # what others have done counts, whether or not the caller may read it
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
        """Return the names of rows that the company has edited, or added itself."""
        self.ensure_one()
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
        """Delete the rows of the rulebook, the last ones first."""
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
                # found by its name again when the rulebook is installed again
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
        """Delete rows; what others use, e.g. a unit, stays with them."""
        for record in records.exists():
            used = KEPT_WITH_VALUES.get(record._name)
            values = self.env["revisit.attribute.value"]
            if used and values.search_count([(used, "=", record.id)], limit=1):
                continue
            try:
                with self.env.cr.savepoint():
                    record.unlink()
            except (UserError, IntegrityError) as error:
                if record._name == "revisit.policy":
                    raise
                _logger.info("%s stays: %s", record.display_name, error)
