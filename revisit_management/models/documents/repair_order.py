# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RepairOrder(models.Model):
    _name = "repair.order"
    _inherit = ["repair.order", "revisit.protected.mixin"]

    _server_owned = {"revisit_done_at"}

    revisit_done_at = fields.Datetime(
        string="Repaired On",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the repair was finished; starts the clock of its callbacks.",
    )
    dealer_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_dealer_id",
        store=True,
        readonly=False,
        domain=[("is_dealer", "=", True)],
        ondelete="restrict",
        index="btree_not_null",
        help="The dealer or service outlet that repairs.",
    )
    technician_id = fields.Many2one(
        comodel_name="hr.employee",
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="Who repairs: customers' answers about the technician count for them.",
    )
    callback_count = fields.Integer(
        compute="_compute_callback_count", groups="revisit_management.group_agent"
    )

    @api.depends("partner_id", "sale_order_id")
    def _compute_dealer_id(self):
        for repair in self:
            repair.dealer_id = (
                repair.dealer_id
                or repair.sale_order_id.dealer_id
                or repair.partner_id.dealer_id
            )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_callback_count(self):
        counts = self.env["revisit.callback"]._count_by_source(self)
        for repair in self:
            repair.callback_count = counts.get(repair.id, 0)

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") and "revisit_done_at" not in vals:
            # Odoo has no date of its own for a finished repair; whoever finishes it may
            # not choose one
            moment = vals["state"] == "done" and fields.Datetime.now()
            super(RepairOrder, self.sudo()).write({"revisit_done_at": moment})
        if {"state", "revisit_done_at", "partner_id"} & set(vals):
            self.env["revisit.planner"]._poke()
        return result

    def action_open_callbacks(self):
        return self.env["revisit.callback"]._get_source_callbacks_action(self)
