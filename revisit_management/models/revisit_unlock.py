# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError


class RevisitUnlock(models.Model):
    """Append-only record of who opened a locked record, when and why."""

    _name = "revisit.unlock"
    _description = "Unlocking"
    _inherit = ["revisit.protected.mixin"]
    _order = "id desc"
    _rec_name = "res_name"

    _server_owned = {
        "reason",
        "res_id",
        "res_model",
        "res_name",
        "user_id",
        "values_before",
    }

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

    _res_idx = models.Index("(res_model, res_id)")

    def write(self, vals):
        if self:
            raise UserError(self.env._("The record of an unlocking is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("The record of an unlocking is never deleted."))
