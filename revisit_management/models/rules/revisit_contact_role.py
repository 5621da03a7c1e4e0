# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitContactRole(models.Model):
    """The role of a contact at the customer: equipment head, technician, end user."""

    _name = "revisit.contact.role"
    _description = "Contact Role"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex("(code)", "Another role has this code.")


class RevisitPolicyRole(models.Model):
    """A role that a policy wants interviewed, in order."""

    _name = "revisit.policy.role"
    _description = "Role to Interview"
    _inherit = ["revisit.protected.mixin"]
    _order = "sequence, id"
    _rec_name = "role_id"

    _server_owned = {"company_id"}

    policy_id = fields.Many2one(
        comodel_name="revisit.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    role_id = fields.Many2one(
        comodel_name="revisit.contact.role", required=True, ondelete="restrict"
    )
    applies_to = fields.Selection(
        selection=[
            ("all", "Every Callback"),
            ("first", "The First Callback"),
            ("later", "Later Callbacks"),
        ],
        required=True,
        default="all",
        help="Of a periodic policy; the others only know the first.",
    )
