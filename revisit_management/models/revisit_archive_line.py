# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL


class RevisitArchiveLine(models.Model):
    """One product that a customer owns, whoever sold it (A2).

    Filed from the company's own deliveries, by dealers in the portal, or by
    import; a dealer's retail sale needs no order here.
    """

    _name = "revisit.archive.line"
    _description = "Installed Product"
    _inherit = [
        "revisit.named.mixin",
        "revisit.imported.once.mixin",
        "revisit.protected.mixin",
        "mail.thread",
    ]
    _order = "sold_on desc, id desc"
    _rec_name = "product_id"
    _check_company_auto = True

    _filled_numbers = ("quantity",)
    _server_owned = {"filed_at", "filed_by_id", "move_id"}

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    active = fields.Boolean(default=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        ondelete="restrict",
        index=True,
    )
    product_id = fields.Many2one(
        comodel_name="product.product", required=True, ondelete="restrict", index=True
    )
    quantity = fields.Float(default=1.0, digits="Product Unit")
    lot_id = fields.Many2one(
        comodel_name="stock.lot",
        string="Lot/Serial Number",
        domain="[('product_id', '=', product_id)]",
        ondelete="set null",
    )
    serial_number = fields.Char(
        compute="_compute_serial_number",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
    )
    place = fields.Char(help="Room or address where the product stands.")
    dealer_id = fields.Many2one(
        comodel_name="res.partner", ondelete="restrict", index="btree_not_null"
    )
    sold_on = fields.Date(
        default=lambda self: self.env.company._revisit_today(), index=True
    )
    installed_on = fields.Date(index="btree_not_null")
    first_use_on = fields.Date(index="btree_not_null")
    warranty_until = fields.Date()
    is_under_warranty = fields.Boolean(
        string="Under Warranty",
        compute="_compute_is_under_warranty",
        search="_search_is_under_warranty",
    )
    filed_at = fields.Datetime(
        string="Filed", default=fields.Datetime.now, readonly=True, copy=False
    )
    filed_by_id = fields.Many2one(
        comodel_name="res.users",
        default=lambda self: self.env.uid,
        readonly=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(
        comodel_name="stock.move",
        string="Delivery Line",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "Give the number of products that the customer owns."
    )

    @api.depends("lot_id")
    def _compute_serial_number(self):
        for line in self:
            line.serial_number = line.lot_id.name or line.serial_number

    @api.depends("warranty_until", "company_id")
    def _compute_is_under_warranty(self):
        for line in self:
            company = line.company_id or self.env.company
            line.is_under_warranty = bool(
                line.warranty_until and line.warranty_until >= company._revisit_today()
            )

    def _search_is_under_warranty(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self.env["res.company"]._revisit_today_domain("warranty_until", ">=")
        return domain if True in value else ~domain

    @api.constrains("sold_on", "installed_on", "warranty_until")
    def _check_dates(self):
        for line in self:
            later = [line.installed_on, line.warranty_until]
            if line.sold_on and any(day and day < line.sold_on for day in later):
                raise ValidationError(
                    self.env._(
                        "%(product)s cannot be installed, or lose its warranty, before"
                        " it is sold. Correct the dates.",
                        product=line.product_id.display_name,
                    )
                )

    @api.model
    def get_import_templates(self):
        return [
            *super().get_import_templates(),
            {
                "label": self.env._("Import Template for Products Sold"),
                "template": "/revisit_management/static/xls/revisit_archive_line.xlsx",
            },
        ]

    @api.model
    def _get_twin_conditions(self):
        product = SQL("new.product_id = old.product_id")
        numbers = [
            SQL("lower(NULLIF(btrim(%s.serial_number), ''))", SQL.identifier(name))
            for name in ("new", "old")
        ]
        same_number = SQL("%s AND %s = %s", product, *numbers)
        without_number = SQL(
            """
            %s AND COALESCE(%s, %s) IS NULL
            AND new.partner_id = old.partner_id
            AND new.quantity = old.quantity
            AND new.sold_on IS NOT DISTINCT FROM old.sold_on
            AND new.dealer_id IS NOT DISTINCT FROM old.dealer_id
            """,
            product,
            *numbers,
        )
        return [(same_number, True), (without_number, False)]

    def _prepare_twin_error(self, is_certain):
        self.ensure_one()
        product = self.product_id.display_name
        if is_certain:
            return self.env._(
                "%(product)s with the serial number %(number)s is there already. Leave"
                " the row out, or correct the number; archive the old record if the"
                " product has another owner now.",
                product=product,
                number=self.serial_number,
            )
        return self.env._(
            "%(product)s, sold to %(customer)s on %(day)s, is there already. Leave the"
            " row out; if it is another one, give the rows serial numbers, write one"
            " row with the whole quantity, or give every row an external ID.",
            product=product,
            customer=self.partner_id.display_name,
            day=self.sold_on or "-",
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if "sold_on" not in vals and vals.get("company_id"):
                # today is that of the company it is filed for
                company = self.env["res.company"].browse(vals["company_id"])
                vals["sold_on"] = company._revisit_today()
        lines = super().create(vals_list)
        lines.filtered("dealer_id")._check_may_give()
        self.env["revisit.planner"]._poke()
        return lines

    def write(self, vals):
        # who sees whom: another customer counts as much as another dealer
        before = {line.id: (line.dealer_id, line.partner_id) for line in self}
        result = super().write(vals)
        if {"dealer_id", "partner_id"} & set(vals):
            moved = self.filtered(
                lambda line: (line.dealer_id, line.partner_id) != before[line.id]
            )
            moved._check_may_give()
        return result

    def _check_may_give(self):
        """Refuse to show customers to dealers who have nothing to do with them.

        A dealer sees whose products they are. Who writes down a product gives it to
        the dealer whose customer it is; anything else is a supervisor's decision.
        """
        if self.env.su or self.env.user.has_group(
            "revisit_management.group_supervisor"
        ):
            return
        for line in self:
            own = line.partner_id.dealer_id
            if line.dealer_id and line.dealer_id != own:
                raise AccessError(
                    self.env._(
                        "%(dealer)s would see %(customer)s through this product. Only"
                        " supervisors give a customer's product to another dealer.",
                        dealer=line.dealer_id.name,
                        customer=line.partner_id.name,
                    )
                )
