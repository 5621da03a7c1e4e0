# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    handed_over_at = fields.Datetime()


class RevisitPolicy(models.Model):
    _inherit = "revisit.policy"

    assignment = fields.Selection(
        selection_add=[("first", "The Unit's First Agent")],
        ondelete={"first": "set default"},
    )


class RevisitPlanningSkip(models.Model):
    _inherit = "revisit.planning.skip"

    reason = fields.Selection(
        selection_add=[("small_order", "The order is small")],
        ondelete={"small_order": "cascade"},
    )
