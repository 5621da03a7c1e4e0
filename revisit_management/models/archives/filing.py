# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.sql import escape_psql

from ...tools.terms import PORTAL_GROUP

# how far back dealers file sales, as agents do; and how many products are offered
FILED_DAYS, OFFERED = 31, 10
# how many sales a dealer files for one number in a day before headquarters is asked: a
# reading of ours, no rulebook says it; each sale has callbacks that the customer hears
FILED_A_DAY = 5
LENGTHS = {"name": 128, "street": 256, "city": 128, "serial_number": 128}


class TooManyFiled(UserError):
    """A dealer has filed so many sales for a customer today that people should look."""

    def __init__(self, words, customer):
        super().__init__(words)
        self.customer = customer


class RevisitArchiveLine(models.Model):
    """A retail sale that a dealer files in the portal.

    Portal users have no other right than to read. Each step first checks that the user
    is a dealer's, then works with sudo, which keeps the uid: the sale is filed by them.

    A customer who is there already is found by number. A dealer is told nothing of
    customers who are not theirs: one whose name was typed as we know it gets the
    product; else the dealer gets a customer of their own, and the unit the task to see
    whether it is the same person. The dealer sees no difference.
    """

    _inherit = "revisit.archive.line"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {"filed_name"}

    filed_name = fields.Char(
        string="Filed as",
        readonly=True,
        copy=False,
        help="The customer's name as the dealer typed it: what the dealer sees of a"
        " customer whom we may know under another name.",
    )

    # ------------------------------------------------------------
    # THE STEP
    # ------------------------------------------------------------

    @api.model
    def _portal_file(self, typed):
        """File a sale as a dealer.

        :param typed: ``{name of the form's field: text}``
        :return: the product (sudo)
        :raise UserError: something is missing or wrong; in words for the dealer
        """
        dealer = self._portal_get_dealer()
        company = self.env.company
        values = self._portal_read(typed, company)
        product = self._portal_find_product(
            typed.get("product"), typed.get("product_id"), company
        )
        number = self._portal_read_phone(typed.get("phone"), company)
        self._portal_check_new(dealer, product, values)
        self._portal_check_many(dealer, company, number)
        customer = self._portal_get_customer(dealer, company, number, typed)
        if twin := self._portal_find_twin(dealer, product, customer, values):
            raise UserError(
                self.env._(
                    "You have filed this sale to the same customer on %(day)s already."
                    " If it is another piece, give its serial number.",
                    day=format_date(self.env, company._revisit_day(twin.filed_at)),
                )
            )
        # the user is a dealer's, and the sale becomes that dealer's
        return self.sudo().create(
            {
                **values,
                "company_id": company.id,
                "dealer_id": dealer.id,
                "filed_name": self._portal_get_filed_name(dealer, customer, typed),
                "partner_id": customer.id,
                "product_id": product.id,
            }
        )

    @api.model
    def _portal_get_dealer(self):
        """Return the dealer for whom the user works.

        :raise AccessError: the user is no dealer's
        """
        user = self.env.user
        dealer = user.commercial_partner_id
        if not user.has_group(PORTAL_GROUP) or not dealer.sudo().is_dealer:  # own
            raise AccessError(self.env._("Only dealers file their sales here."))
        return dealer

    # ------------------------------------------------------------
    # WHAT WAS TYPED
    # ------------------------------------------------------------

    @api.model
    def _portal_read(self, typed, company):
        """Return the sale's own values.

        :raise UserError: a day or number cannot be one
        """
        reader, today = self.env["revisit.reader"], company._revisit_today()
        labels = {
            name: self._fields[name]._description_string(self.env)
            for name in ("sold_on", "installed_on", "serial_number", "quantity")
        }
        sold = reader._read_date(labels["sold_on"], typed.get("sold_on"))
        installed = reader._read_date(labels["installed_on"], typed.get("installed_on"))
        self._portal_check_days(sold, installed, labels, today)
        serial = reader._read_text(
            labels["serial_number"],
            typed.get("serial_number"),
            LENGTHS["serial_number"],
        )
        return {
            "sold_on": sold,
            "installed_on": installed,
            "serial_number": serial,
            "quantity": self._portal_read_quantity(typed, labels["quantity"], serial),
        }

    @api.model
    def _portal_check_days(self, sold, installed, labels, today):
        """Refuse days that are missing, to come, too old, or in the wrong order."""
        if not sold:
            raise UserError(self.env._("Enter the day of the sale."))
        for day, label in ((sold, "sold_on"), (installed, "installed_on")):
            if day and day > today:
                raise UserError(
                    self.env._(
                        "%(field)s: %(day)s is still to come. Enter the day on which"
                        " it happened.",
                        field=labels[label],
                        day=format_date(self.env, day),
                    )
                )
        if sold < today - timedelta(days=FILED_DAYS):
            raise UserError(
                self.env._(
                    "Sold on %(day)s: you file the sales of the last %(count)s days."
                    " Correct the day, or ask headquarters to file an older sale.",
                    day=format_date(self.env, sold),
                    count=FILED_DAYS,
                )
            )
        if installed and installed < sold:
            raise UserError(
                self.env._(
                    "It cannot be installed before it is sold. Correct the days."
                )
            )

    @api.model
    def _portal_read_quantity(self, typed, label, serial):
        reader = self.env["revisit.reader"]
        quantity = reader._read_number(label, typed.get("quantity"), 1, 9999, 1) or 1
        if serial and quantity > 1:
            raise UserError(
                self.env._(
                    "One serial number is of one piece. File %(count)s pieces one by"
                    " one, or leave the number out.",
                    count=quantity,
                )
            )
        return quantity

    @api.model
    def _portal_read_phone(self, raw, company):
        reader = self.env["revisit.reader"]
        label = self.env["res.partner"]._fields["phone"]._description_string(self.env)
        # the country of the company's numbers is no secret
        number = reader._read_phone(label, raw, company.sudo().country_id)
        if not number:
            raise UserError(self.env._("Enter the customer's phone number."))
        return number

    @api.model
    def _portal_find_product(self, text, product_id, company):
        """Return the product that was typed, by code, barcode or name (sudo).

        :param product_id: the one that was chosen among several
        :raise UserError: none, or several
        """
        text = (text or "").strip()
        if not text:
            raise UserError(self.env._("Enter the product that was sold."))
        found = self._portal_get_products(text, company)
        if len(found) > 1 and product_id and product_id.isdecimal():
            chosen = found.filtered(lambda product: str(product.id) == product_id)
            found = chosen or found
        if not found:
            raise UserError(
                self.env._(
                    "We have no product “%(text)s”. Enter its code, or a part of its"
                    " name.",
                    text=text[:80],
                )
            )
        if len(found) > 1:
            raise UserError(
                self.env._("Several products are called so: choose one of them below.")
            )
        return found

    @api.model
    def _portal_get_products(self, text, company):
        """Return the products on sale that a text names, at most ten (sudo)."""
        # what is on sale is no secret of the dealer's maker
        products = self.env["product.product"].sudo()
        on_sale = Domain("sale_ok", "=", True) & Domain("type", "=", "consu")
        on_sale &= Domain("company_id", "in", [company.id, False])
        text = (text or "").strip()
        exact = Domain("default_code", "=ilike", escape_psql(text)) | Domain(
            "barcode", "=", text
        )
        found = products.search(on_sale & exact, limit=OFFERED) if text else products
        if not found and text:
            named = Domain("name", "=ilike", escape_psql(text))
            found = products.search(on_sale & named, limit=OFFERED)
        if not found and text:
            part = escape_psql(text)
            like = Domain("name", "ilike", part) | Domain("default_code", "ilike", part)
            found = products.search(on_sale & like, limit=OFFERED)
        return found

    @api.model
    def _portal_get_usual(self):
        """Return the products that the dealer has filed last, to be offered (sudo)."""
        dealer = self._portal_get_dealer()
        lines = self.search(
            [("dealer_id", "=", dealer.id)], order="id desc", limit=5 * OFFERED
        )
        return lines.sudo().product_id[:OFFERED]  # the dealer's own sales

    # ------------------------------------------------------------
    # WHAT IS THERE ALREADY
    # ------------------------------------------------------------

    @api.model
    def _portal_check_new(self, dealer, product, values):
        """Refuse a serial number that is filed already; whose it is is not told."""
        serial = values["serial_number"]
        if not serial:
            return
        # whoever has filed it
        known = self.sudo().search(
            [
                ("product_id", "=", product.id),
                ("serial_number", "=ilike", escape_psql(serial)),
            ],
            limit=1,
        )
        if known and known.dealer_id == dealer:
            raise UserError(
                self.env._(
                    "You have filed %(product)s with the serial number %(number)s"
                    " already. It is in your list.",
                    product=product.display_name,
                    number=serial,
                )
            )
        if known:
            raise UserError(
                self.env._(
                    "%(product)s with the serial number %(number)s is filed already."
                    " Check the number; if it is right, call headquarters.",
                    product=product.display_name,
                    number=serial,
                )
            )

    @api.model
    def _portal_find_twin(self, dealer, product, customer, values):
        if values["serial_number"]:
            return self.browse()  # looked up by its number
        # the dealer's own sales
        return self.sudo().search(
            [
                ("dealer_id", "=", dealer.id),
                ("partner_id", "=", customer.id),
                ("product_id", "=", product.id),
                ("sold_on", "=", values["sold_on"]),
            ],
            limit=1,
        )

    @api.model
    def _portal_check_many(self, dealer, company, number):
        """Ask headquarters about more sales for a number than people usually buy.

        :raise TooManyFiled: the dealer has filed ``FILED_A_DAY`` for it today
        """
        today = company._revisit_today()
        # the dealer's own sales; the day is the company's, not that of UTC
        recent = self.sudo().with_context(active_test=False)
        recent = recent.search(
            [
                ("dealer_id", "=", dealer.id),
                ("company_id", "=", company.id),
                ("move_id", "=", False),
                ("partner_id.phone_sanitized", "=", number),
                ("filed_at", ">=", today - timedelta(days=1)),
            ]
        )
        filed = recent.filtered(
            lambda line: company._revisit_day(line.filed_at) == today
        )
        if len(filed) >= FILED_A_DAY:
            raise TooManyFiled(
                self.env._(
                    "You have filed %(count)s sales for this customer today."
                    " Headquarters is asked to look at them: call headquarters to file"
                    " more, or give the number of pieces where they are the same.",
                    count=len(filed),
                ),
                filed[:1].partner_id,
            )

    @api.model
    def _portal_ask_headquarters(self, customer):
        """Give the unit the task to look at what a dealer files, once a day (sudo)."""
        dealer, company = self._portal_get_dealer(), self.env.company
        # the user is a dealer's; the task is the unit's
        customer._revisit_ask_about_filings(company, dealer.sudo())

    @api.model
    def _portal_get_filed_name(self, dealer, customer, typed):
        """Return the name that the dealer typed, now or for an earlier sale."""
        name = self._portal_read_line("name", typed)
        if name:
            return name
        # the dealer's own sales
        earlier = self.sudo().search(
            [
                ("dealer_id", "=", dealer.id),
                ("partner_id", "=", customer.id),
                ("filed_name", "!=", False),
            ],
            order="id desc",
            limit=1,
        )
        return earlier.filed_name

    # ------------------------------------------------------------
    # WHOSE IT IS
    # ------------------------------------------------------------

    @api.model
    def _portal_get_customer(self, dealer, company, number, typed):
        """Return the customer with this number, or a new one (sudo).

        :raise UserError: the dealer's own customers have no such number, and no name
            was typed
        """
        name = self._portal_read_line("name", typed)
        spelled = self._portal_spell(name)
        # compared only: whose number it is, whoever may read the contacts
        partners = self.env["res.partner"].sudo()
        known = partners.search(
            [
                ("phone_sanitized", "=", number),
                ("is_dealer", "!=", True),
                ("partner_share", "=", True),
                ("company_id", "in", [company.id, False]),
            ],
            order="id",
        )
        own = known.filtered(lambda partner: self._portal_is_own(dealer, partner))
        if own:
            same = own.filtered(lambda p: self._portal_spell(p.name) == spelled)
            return (same or own)[:1]
        if not name:
            raise UserError(
                self.env._(
                    "None of your customers has this number yet. Enter the customer's"
                    " name."
                )
            )
        same = known.filtered(
            lambda partner: self._portal_spell(partner.name) == spelled
        )
        if same:
            return same[:1]
        customer = self._portal_create_customer(dealer, number, name, typed)
        if known:
            customer._revisit_ask_whether_same(company, known)
        return customer

    @api.model
    def _portal_create_customer(self, dealer, number, name, typed):
        # the user is a dealer's, and the customer becomes that dealer's
        dealer = dealer.sudo()
        return dealer.create(
            {
                "name": name,
                "phone": number,
                "street": self._portal_read_line("street", typed),
                "city": self._portal_read_line("city", typed),
                "dealer_id": dealer.id,
                "company_id": dealer.company_id.id,
                "lang": self.env.user.lang,
            }
        )

    @api.model
    def _portal_read_line(self, name, typed):
        label = self.env["res.partner"]._fields[name]._description_string(self.env)
        reader = self.env["revisit.reader"]
        text = reader._read_text(label, typed.get(name), LENGTHS[name]) or ""
        return " ".join(text.split())

    @api.model
    def _portal_spell(self, name):
        return "".join((name or "").casefold().split())

    @api.model
    def _portal_is_own(self, dealer, partner):
        """Return whether the dealer may see the customer: theirs, or has bought."""
        return partner.dealer_id == dealer or bool(
            partner.archive_line_ids.filtered(lambda line: line.dealer_id == dealer)
        )
