# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class RevisitUnlock(models.Model):
    """Append-only log of who unlocked a record, when and why.

    It has the record's earlier values, so only readers of the record may read it.
    """

    _name = "revisit.unlock"
    _description = "Unlocking"
    _inherit = ["revisit.named.mixin", "revisit.protected.mixin"]
    _order = "id desc"
    _rec_name = "res_name"

    _server_owned = {
        "company_id",
        "reason",
        "res_id",
        "res_model",
        "res_name",
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
    values_before = fields.Json(readonly=True)
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

    @api.model
    def _get_unlocked_models(self):
        """Return the names of the models whose records can be locked."""
        mixin = self.env.registry["revisit.locked.mixin"]
        return [
            name
            for name, model in self.env.registry.items()
            if issubclass(model, mixin) and not model._abstract
        ]

    def write(self, vals):
        if self:
            raise UserError(self.env._("The record of an unlocking is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("The record of an unlocking is never deleted."))
