# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    revisit_team_ids = fields.Many2many(
        comodel_name="revisit.team",
        relation="revisit_team_member_rel",
        column1="user_id",
        column2="team_id",
        string="Callback Units",
    )
    revisit_managed_team_ids = fields.One2many(
        comodel_name="revisit.team",
        inverse_name="manager_id",
        string="Managed Callback Units",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # nobody sees the queue of who has left: back to the unit's
            self.env["revisit.callback"].sudo().search(
                [("user_id", "in", self.ids), ("is_open", "=", True)]
            ).write({"user_id": False})
        return result
