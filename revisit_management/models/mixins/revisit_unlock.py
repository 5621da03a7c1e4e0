# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools.values import MAX_ID


class RevisitUnlock(models.Model):
    """Append-only log of who unlocked a record, when and why.

    What an unlocking opens: ``PARTS`` in callbacks/revisit_corrected_mixin.py. The lock
    itself: ``revisit.locked.mixin``.

    It has the record's earlier values, so only readers of the record may read it.
    """

    _name = "revisit.unlock"
    _description = "Unlocking"
    _inherit = ["revisit.named.mixin", "revisit.protected.mixin"]
    _order = "id desc"
    _rec_name = "res_name"

    _server_owned = {
        "company_id",
        "parts",
        "reason",
        "res_id",
        "res_model",
        "res_name",
        "trace_from",
        "user_id",
        "values_before",
    }

    company_id = fields.Many2one(
        comodel_name="res.company", readonly=True, ondelete="restrict", index=True
    )
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="res_model", required=True, readonly=True
    )
    res_name = fields.Char(string="Record", readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users", required=True, readonly=True, ondelete="restrict"
    )
    reason = fields.Text(required=True, readonly=True)
    parts = fields.Json(readonly=True, help="What was opened; empty: the whole record.")
    parts_text = fields.Char(string="Opened", compute="_compute_texts")
    values_before = fields.Json(readonly=True)
    trace_from = fields.Integer(
        readonly=True, aggregator=None, help="The last change before the unlocking."
    )
    trace_ids = fields.Many2many(
        comodel_name="revisit.trace",
        string="Changed Since",
        compute="_compute_trace_ids",
        help="What was changed after the unlocking and before the next one.",
    )
    is_record_open = fields.Boolean(
        compute="_compute_is_record_open",
        search="_search_is_record_open",
        help="Whether the reader may read the record itself.",
    )

    _res_idx = models.Index("(res_model, res_id)")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_record_open(self):
        self.is_record_open = False
        for model, unlocks in self.grouped("res_model").items():
            # record rules run this with sudo, but it must apply to the reader
            records = self.env[model].sudo(False)
            if not records.has_access("read"):
                continue
            records = records.with_context(active_test=False)
            readable = records.search([("id", "in", unlocks.mapped("res_id"))])
            for unlock in unlocks:
                unlock.is_record_open = unlock.res_id in readable._ids

    def _search_is_record_open(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        domains = []
        for model in self._get_unlocked_models():
            # record rules run this with sudo, but it must apply to the reader
            records = self.env[model].sudo(False).with_context(active_test=False)
            if records.has_access("read"):
                query = records._search(Domain.TRUE)
                domains.append(
                    Domain("res_model", "=", model) & Domain("res_id", "in", query)
                )
        return Domain.OR(domains)

    @api.depends("parts", "res_model")
    @api.depends_context("lang")
    def _compute_texts(self):
        for unlock in self:
            model = self.env.get(unlock.res_model)
            labels = model._get_part_labels() if model is not None else {}
            parts = unlock.parts or []
            unlock.parts_text = ", ".join(labels.get(part, part) for part in parts)

    @api.depends("res_model", "res_id", "trace_from")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_trace_ids(self):
        """Find what changed after each unlocking, in two searches for all of them."""
        domain = [("res_id", "in", self.mapped("res_id"))]
        # only where the next unlocking begins, whoever may read that one
        rows = self.sudo().search(domain, order="id")
        # with the reader's own rights: who reads the record reads its traces
        traces = self.env["revisit.trace"].search(domain)
        by_record = traces.grouped(lambda trace: (trace.res_model, trace.res_id))
        nobody = self.env["revisit.trace"]
        for unlock in self:
            record = (unlock.res_model, unlock.res_id)
            later = rows.filtered(
                lambda row, u=unlock, r=record: (
                    (row.res_model, row.res_id) == r and row.id > u.id
                )
            )
            end = later[0].trace_from if later else MAX_ID
            unlock.trace_ids = by_record.get(record, nobody).filtered(
                lambda trace, u=unlock, end=end: (
                    u.trace_from < trace.id <= end
                    and not trace.field_name.startswith("review")
                )
            )

    @api.model
    def _get_unlocked_models(self):
        """Return the names of the models whose records can be locked."""
        mixin = self.env.registry["revisit.locked.mixin"]
        return [
            name
            for name, model in self.env.registry.items()
            if issubclass(model, mixin) and not model._abstract
        ]

    def action_open_record(self):
        """Button: open the record that was unlocked."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def write(self, vals):
        if self:
            raise UserError(self.env._("The record of an unlocking is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("The record of an unlocking is never deleted."))
