# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "revisit.scored.mixin", "revisit.protected.mixin"]

    _score_field = "dealer_id"

    _server_owned = {"revisit_region_id"}

    revisit_unit_ids = fields.One2many(
        comodel_name="revisit.team",
        inverse_name="dealer_id",
        string="Callback Units of the Dealer",
        groups="base.group_user",
    )
    # the region by the present hierarchy of units; records that must keep the region of
    # their date store a unit of their own
    revisit_region_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Callback Region",
        compute="_compute_revisit_region_id",
        store=True,
        index="btree_not_null",
        groups="base.group_user",
    )

    def _auto_init(self):
        # create the column empty, as nearly all of a million customers have no region
        if not column_exists(self.env.cr, self._table, "revisit_region_id"):
            create_column(self.env.cr, self._table, "revisit_region_id", "int4")
        return super()._auto_init()

    @api.depends(
        "revisit_unit_ids.kind",
        "revisit_unit_ids.parent_id.kind",
        "revisit_unit_ids.parent_id.parent_id.kind",
        "revisit_unit_ids.parent_id.parent_id.parent_id.kind",
    )
    def _compute_revisit_region_id(self):
        for partner in self:
            regions = [unit._get_region() for unit in partner.revisit_unit_ids]
            partner.revisit_region_id = next(filter(None, regions), False)

    def _get_scored(self):
        return self.filtered("is_dealer")
