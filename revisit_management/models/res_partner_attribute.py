# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResPartner(models.Model):
    """What policies select customers by: status, estate, role, attributes (A1)."""

    _inherit = "res.partner"

    callback_status_ids = fields.Many2many(
        comodel_name="revisit.customer.status",
        relation="revisit_partner_status_rel",
        column1="partner_id",
        column2="status_id",
        string="Special Status",
        groups="revisit_management.group_agent",
    )
    contact_role_id = fields.Many2one(
        comodel_name="revisit.contact.role",
        ondelete="restrict",
        index="btree_not_null",
        groups="revisit_management.group_agent",
    )
    is_estate = fields.Boolean(string="Is an Estate", index="btree_not_null")
    household_count = fields.Integer(
        string="Households", help="Ceilings of samples are counted from them."
    )
    estate_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_estate", "=", True)],
        ondelete="restrict",
        index="btree_not_null",
    )
    attribute_value_ids = fields.One2many(
        comodel_name="revisit.attribute.value",
        inverse_name="partner_id",
        string="Attributes",
        groups="revisit_management.group_agent",
    )

    _household_count_positive = models.Constraint(
        "CHECK(household_count >= 0)", "Households are counted from 0."
    )
    # the clock of Contact Left, Periodic and Sample
    _revisit_create_date_idx = models.Index("(create_date)")

    @api.constrains("estate_id", "is_estate")
    def _check_estate_id(self):
        for partner in self:
            if partner.estate_id and not partner.estate_id.is_estate:
                raise ValidationError(
                    self.env._(
                        "%(estate)s is not marked as an estate. Mark it first, or"
                        " choose another one for %(customer)s.",
                        estate=partner.estate_id.display_name,
                        customer=partner.display_name,
                    )
                )

    def _revisit_get_attribute(self, code, company):
        """Return the customer's value of an attribute as text, or False."""
        self.ensure_one()
        value = self.sudo().attribute_value_ids.filtered(
            lambda value: value.code == code and value.company_id == company
        )
        return value.text
