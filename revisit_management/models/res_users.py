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
