# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class RevisitAttribute(models.Model):
    """A property of customers that a rulebook uses, e.g. the supply in kV.

    Policies select by it through ``('attribute_value_ids', 'any', [...])``;
    samples use ``attribute:<code>`` or ``partner_id.attribute:<code>`` as stratum.
    """

    _name = "revisit.attribute"
    _description = "Customer Attribute"
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="By which conditions and samples name the attribute."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    kind = fields.Selection(
        selection=[("text", "Text"), ("number", "Number"), ("choice", "Choice")],
        required=True,
        default="text",
    )
    unit = fields.Char(translate=True, help="E.g. kV.")
    choice_ids = fields.One2many(
        comodel_name="revisit.attribute.choice", inverse_name="attribute_id"
    )

    _code_unique = models.UniqueIndex(
        "(company_id, code)", "Another attribute of this company has this code."
    )

    def write(self, vals):
        if "kind" in vals:
            self.filtered(lambda a: a.kind != vals["kind"])._check_unused()
        return super().write(vals)

    def _check_unused(self):
        value = (
            self.env["revisit.attribute.value"]
            .sudo()  # one is enough, whoever may read it
            .search([("attribute_id", "in", self.ids)], limit=1)
        )
        if value:
            raise ValidationError(
                self.env._(
                    "Customers have values of %(attribute)s already, so its kind"
                    " stays. Create another attribute instead.",
                    attribute=value.attribute_id.name,
                )
            )

    @api.model
    def _get_value_sql(self, partner_id, code, company):
        """Return the SQL of a customer's value as text; NULL if it has none.

        :param partner_id: SQL of the customer's id
        """
        self.env["revisit.attribute.value"].flush_model()
        return SQL(
            """(SELECT attribute_value.text FROM revisit_attribute_value attribute_value
                 WHERE attribute_value.partner_id = %s AND attribute_value.code = %s
                   AND attribute_value.company_id = %s)""",
            partner_id,
            code,
            company.id,
        )


class RevisitAttributeChoice(models.Model):
    """One of the values that an attribute of the kind Choice may have."""

    _name = "revisit.attribute.choice"
    _description = "Choice of an Attribute"
    _inherit = ["revisit.protected.mixin"]
    _order = "sequence, id"

    _server_owned = {"company_id"}

    attribute_id = fields.Many2one(
        comodel_name="revisit.attribute", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="attribute_id.company_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)

    _code_unique = models.UniqueIndex(
        "(attribute_id, code)", "This attribute has a choice with this code already."
    )


class RevisitAttributeValue(models.Model):
    """One customer's value of one attribute; samples are stratified by ``text``."""

    _name = "revisit.attribute.value"
    _description = "Attribute of a Customer"
    _inherit = ["revisit.protected.mixin"]
    _order = "attribute_id, id"
    _rec_name = "text"

    _server_owned = {"code", "company_id", "kind"}

    partner_id = fields.Many2one(
        comodel_name="res.partner", required=True, ondelete="cascade", index=True
    )
    attribute_id = fields.Many2one(
        comodel_name="revisit.attribute", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        related="attribute_id.company_id", store=True, index=True
    )
    code = fields.Char(related="attribute_id.code", store=True, string="Attribute Code")
    kind = fields.Selection(related="attribute_id.kind", store=True)
    unit = fields.Char(related="attribute_id.unit")
    choice_id = fields.Many2one(
        comodel_name="revisit.attribute.choice",
        domain="[('attribute_id', '=', attribute_id)]",
        ondelete="restrict",
    )
    number = fields.Float(digits=(16, 2), aggregator=None)
    text = fields.Char(
        compute="_compute_text",
        store=True,
        readonly=False,
        precompute=True,
        help="The code of the choice, the number as text, or the text.",
    )

    _value_unique = models.UniqueIndex(
        "(partner_id, attribute_id)", "The customer has this attribute already."
    )

    @api.depends("choice_id.code", "number", "attribute_id.kind")
    def _compute_text(self):
        for value in self:
            if value.attribute_id.kind == "choice":
                value.text = value.choice_id.code
            elif value.attribute_id.kind == "number":
                value.text = f"{value.number:.2f}".rstrip("0").rstrip(".")
            else:
                value.text = value.text

    @api.constrains("attribute_id", "choice_id")
    def _check_choice_id(self):
        for value in self:
            is_choice = value.attribute_id.kind == "choice"
            owner = value.choice_id.attribute_id
            if is_choice and owner != value.attribute_id:
                raise ValidationError(
                    self.env._(
                        "%(customer)s: choose a value of %(attribute)s.",
                        customer=value.partner_id.display_name,
                        attribute=value.attribute_id.name,
                    )
                )
