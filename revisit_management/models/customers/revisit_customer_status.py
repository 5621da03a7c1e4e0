# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitCustomerStatus(models.Model):
    """A special status of customers, such as VIP or press, that policies select."""

    _name = "revisit.customer.status"
    _description = "Customer Status"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="By which conditions name the status.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()

    _code_unique = models.UniqueIndex("(code)", "Another status has this code.")
