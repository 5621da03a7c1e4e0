# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date

from ...tools.marks import STRICT

# how far back agents file sales; callbacks about older ones are nobody's work any more
FILED_DAYS = 31


class RevisitArchiveLine(models.Model):
    """One product that a customer owns, whoever sold it, and its warranty.

    Filed from the company's own deliveries, by dealers in the portal, or by import;
    a dealer's retail sale needs no order here. Returned products are removed.
    """

    _name = "revisit.archive.line"
    _description = "Installed Product"
    _inherit = [
        "revisit.named.mixin",
        "revisit.imported.once.mixin",
        "revisit.protected.mixin",
        "mail.thread",
        "revisit.settled.mixin",
    ]
    _order = "sold_on desc, id desc"
    _rec_name = "product_id"
    _check_company_auto = True
    _filled_numbers = ("quantity",)

    _server_owned = {
        "filed_at",
        "filed_by_id",
        "is_warranty_manual",
        "move_id",
        "returned_on",
    }

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
        check_company=True,
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    quantity = fields.Float(default=1.0, digits="Product Unit")
    lot_id = fields.Many2one(
        comodel_name="stock.lot",
        string="Lot/Serial Number",
        domain="[('product_id', '=', product_id)]",
        ondelete="set null",
        check_company=True,
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
        comodel_name="res.partner",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
    )
    sold_on = fields.Date(
        default=lambda self: self.env.company._revisit_today(), index=True
    )
    installed_on = fields.Date(index="btree_not_null")
    installed_by_id = fields.Many2one(
        comodel_name="hr.employee",
        check_company=True,
        ondelete="restrict",
        help="Who fitted it: customers' answers about the technician count for them.",
    )
    first_use_on = fields.Date(index="btree_not_null")
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
    warranty_until = fields.Date(
        compute="_compute_warranty_until",
        inverse="_inverse_warranty_until",
        store=True,
        readonly=False,
        precompute=True,
        help="Counted from the sale, as the product, its category or the company says;"
        " what is entered here stays.",
    )
    is_warranty_manual = fields.Boolean(
        string="Warranty Entered by Hand",
        readonly=True,
        copy=False,
        help="The end of the warranty was entered by hand and stays as it is.",
    )
    returned_on = fields.Date(
        readonly=True, copy=False, help="The day on which all of it came back to us."
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "Give the number of products that the customer owns."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

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

    @api.depends("product_id", "sold_on")
    def _compute_warranty_until(self):
        for line in self:
            if line.is_warranty_manual:
                line.warranty_until = line.warranty_until
            else:
                line.warranty_until = line._get_default_warranty()

    def _inverse_warranty_until(self):
        # only the system sets this mark, which records that the date was entered
        for line in self.sudo():
            line.is_warranty_manual = (
                line.warranty_until != line._get_default_warranty()
            )

    # ------------------------------------------------------------
    # ONCHANGE METHODS
    # ------------------------------------------------------------

    @api.onchange("warranty_until")
    def _onchange_warranty_until(self):
        self._inverse_warranty_until()

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

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

    @api.constrains("sold_on")
    def _check_sold(self):
        """What is filed as sold is sold: also when a file says so."""
        for line in self.filtered("sold_on"):
            company = line.company_id or self.env.company
            if line.sold_on > company._revisit_today():
                raise ValidationError(
                    self.env._(
                        "%(product)s: %(day)s, the day of the sale, is still to come."
                        " Enter the day on which it was sold, or file it once it is.",
                        product=line.product_id.display_name,
                        day=format_date(self.env, line.sold_on),
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._prepare_filed(vals) for vals in vals_list]
        lines = super().create(vals_list)
        given = [bool(vals.get("warranty_until")) for vals in vals_list]
        lines.browse(
            line.id for line, is_given in zip(lines, given, strict=True) if is_given
        )._inverse_warranty_until()
        lines.filtered("dealer_id")._check_may_give()
        lines._check_filed_in_time()
        self.env["revisit.planner"]._poke()
        return lines

    def write(self, vals):
        # another customer changes who can see whom, as another dealer does
        before = {line.id: (line.dealer_id, line.partner_id) for line in self}
        sold = {line.id: line.sold_on for line in self}
        result = super().write(vals)
        if "sold_on" in vals:
            resold = self.filtered(lambda line: line.sold_on != sold[line.id])
            resold._check_filed_in_time()
        if {"dealer_id", "partner_id"} & set(vals):
            moved = self.filtered(
                lambda line: (line.dealer_id, line.partner_id) != before[line.id]
            )
            moved._check_may_give()
        if {"active", "product_id", "sold_on"} & set(vals):
            # callbacks planned for it have to follow
            self.env["revisit.planner"]._poke()
        return result

    @api.model
    def _prepare_filed(self, vals):
        """Return the values of a new line without empty values that would decide."""
        # an empty cell of a file is not a decision against a warranty
        vals = {n: value for n, value in vals.items() if value or n != "warranty_until"}
        if "sold_on" not in vals and self.env.context.get(STRICT):
            # a file that does not say when it was sold does not say "today"
            vals["sold_on"] = False
        elif "sold_on" not in vals and vals.get("company_id"):
            # "today" is that of the company in which it is filed
            company = self.env["res.company"].browse(vals["company_id"])
            vals["sold_on"] = company._revisit_today()
        return vals

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

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

    def _check_may_give(self):
        """Refuse to show customers to dealers who have nothing to do with them.

        A dealer sees the customers of their products. A user may file a product only
        for the dealer of its customer; anything else is a supervisor's decision.
        """
        if self._is_supervisor():
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

    def _check_filed_in_time(self):
        """Refuse sales of long ago: their callbacks would be late from the beginning.

        :raise UserError: an agent files an old sale, which a supervisor may do
        """
        if self._is_supervisor():
            return
        for line in self.filtered("sold_on"):
            company = line.company_id or self.env.company
            earliest = company._revisit_today() - timedelta(days=FILED_DAYS)
            if line.sold_on < earliest:
                raise UserError(
                    self.env._(
                        "%(product)s was sold on %(day)s. Agents file the sales of the"
                        " last %(count)s days; only supervisors file older ones."
                        " Correct the day, or ask a supervisor.",
                        product=line.product_id.display_name,
                        day=format_date(self.env, line.sold_on),
                        count=FILED_DAYS,
                    )
                )

    def _get_default_warranty(self):
        """Return the last day of the warranty according to the product, or False."""
        self.ensure_one()
        company = self.company_id or self.env.company
        # a dealer's portal user may not read the company's products
        product = self.product_id.sudo().with_company(company)
        months = product.product_tmpl_id._get_warranty_months()
        if not self.sold_on or not months:
            return False
        return self.sold_on + relativedelta(months=months)

    # ------------------------------------------------------------
    # RETURNS
    # ------------------------------------------------------------

    def _take_back(self, quantity, day):
        """Deduct a returned quantity from these lines, one after the other.

        A line that is returned completely is archived: the planner then cancels its
        callbacks that nobody has begun.

        :return: the quantity that no line could cover
        """
        for line in self:
            rounding = line.product_id.uom_id
            if rounding.compare(quantity, 0) <= 0:
                break
            taken = min(line.quantity, quantity)
            quantity -= taken
            if rounding.compare(line.quantity, taken) > 0:
                line.quantity -= taken
            else:
                line.write({"active": False, "returned_on": day})
        return quantity

    def _give_back(self, quantity):
        """Add a quantity that is delivered again to the lines it was deducted from.

        :return: the quantity that no line could cover
        """
        for line in self:
            if line.product_id.uom_id.compare(quantity, 0) <= 0:
                break
            if line.active:
                line.quantity += quantity
                return 0.0
            given = min(line.quantity, quantity)
            line.write({"active": True, "returned_on": False, "quantity": given})
            quantity -= given
        return quantity
