# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

DEFINITION = (
    "revisit_customer_marked",
    "revisit_customer_bought",
    "revisit_customer_delivered",
    "revisit_customer_repaired",
    "revisit_customer_invoiced",
)


class ResCompany(models.Model):
    """Who is a customer to this company, and how long products are under warranty."""

    _inherit = "res.company"

    revisit_customer_marked = fields.Boolean(
        string="Who Was Marked as a Customer",
        default=True,
        help="By the tick on the contact, a customer tier, status or attribute, or by"
        " having been created as a customer in Sales or Invoicing.",
    )
    revisit_customer_bought = fields.Boolean(
        string="Who Bought", default=True, help="Has a confirmed sales order."
    )
    revisit_customer_delivered = fields.Boolean(
        string="Who Was Delivered To",
        default=True,
        help="Got a delivery, or owns an installed product.",
    )
    revisit_customer_repaired = fields.Boolean(
        string="Who Had a Repair", default=True, help="Has a finished repair."
    )
    revisit_customer_invoiced = fields.Boolean(
        string="Who Was Invoiced", default=True, help="Has a posted invoice."
    )

    revisit_warranty_months = fields.Integer(
        string="Warranty (months)",
        default=12,
        help="Of storable products whose category says nothing else; 0: none.",
    )

    _revisit_warranty_bounded = models.Constraint(
        "CHECK(revisit_warranty_months BETWEEN 0 AND 600)",
        "A warranty lasts from 0 to 600 months.",
    )

    @api.constrains(*DEFINITION)
    def _check_revisit_customer(self):
        for company in self:
            if not any(company[name] for name in DEFINITION):
                raise ValidationError(
                    self.env._(
                        "%(company)s would have no customers at all: tick at least"
                        " one of the ways in which a contact becomes a customer.",
                        company=company.name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if set(DEFINITION) & set(vals):
            # who became a customer is due, who no longer is one leaves the queues
            self.env["revisit.planner"]._poke()
        return result
