# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re
from datetime import timedelta

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.archives.filing import FILED_A_DAY
from .test_portal import PortalCase

URL = "/my/installed-products/new"
NUMBER = "139 1234 5678"


@tagged("post_install", "-at_install")
class TestPortalFiling(PortalCase):
    """A2, A3, H1: a dealer files a retail sale, on its day, for themselves alone."""

    browser_size = "390x844"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.cn")
        cls.product.default_code = "FR-1"
        cls.lines = cls.env["revisit.archive.line"]
        cls.today = cls.company._revisit_today()
        cls.typed = {
            "phone": NUMBER,
            "name": "Li Na",
            "street": "8 East Street",
            "city": "Wuhan",
            "product": "FR-1",
            "serial_number": "A-100",
            "sold_on": str(cls.today),
        }

    def file(self, user=None, **typed):
        """File a sale as a dealer does; return the product."""
        lines = self.lines.with_user(user or self.portal_a)
        return lines._portal_file({**self.typed, **typed})

    def send(self, **typed):
        page = self.url_open(URL)
        token = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")
        response = self.url_open(
            URL, data={**self.typed, **typed, "csrf_token": token[0]}
        )
        self.env.invalidate_all()
        return response

    def refuse(self, text, user=None, **typed):
        before = self.lines.search_count([])
        with self.assertRaisesRegex(UserError, text):
            self.file(user, **typed)
        self.assertEqual(self.lines.search_count([]), before)

    # ------------------------------------------------------------
    # FILED
    # ------------------------------------------------------------

    def test_a_sale_is_filed_and_reported(self):
        line = self.file(installed_on=str(self.today))
        self.assertEqual(line.dealer_id, self.dealer_a)
        self.assertEqual(line.filed_by_id, self.portal_a)
        self.assertEqual((line.sold_on, line.installed_on), (self.today, self.today))
        self.assertEqual(line.serial_number, "A-100")
        self.assertTrue(line.filed_at)
        customer = line.partner_id
        self.assertEqual(customer.name, "Li Na")
        self.assertEqual(customer.phone_sanitized, "+8613912345678")
        self.assertEqual((customer.street, customer.city), ("8 East Street", "Wuhan"))
        self.assertEqual(customer.dealer_id, self.dealer_a)

    def test_own_customer_is_found_by_number(self):
        first = self.file()
        again = self.file(phone="+86 13912345678", name="", serial_number="A-101")
        self.assertEqual(again.partner_id, first.partner_id)

    def test_late_filing_counts(self):
        """A3: sold yesterday, to be reported on the day."""
        self.env["revisit.rulebook"].create(
            {
                "name": "Day",
                "code": "day",
                "asks_archive": True,
                "archive_reported_days": 0,
            }
        )
        self.assertFalse(self.file().is_filed_late)
        yesterday = str(self.today - timedelta(days=1))
        self.assertTrue(self.file(sold_on=yesterday, serial_number="B").is_filed_late)

    # ------------------------------------------------------------
    # OTHER DEALERS' CUSTOMERS
    # ------------------------------------------------------------

    def make_foreign(self, **values):
        return self.make_customer(
            "Secret Name", phone=NUMBER, dealer_id=self.dealer_b.id, **values
        )

    def test_foreign_customers_are_not_told(self):
        """K3: the same words whether the number is unknown or another dealer's."""
        self.refuse("None of your customers has this number", name="")
        foreign = self.make_foreign()
        self.refuse("None of your customers has this number", name="")
        line = self.file()
        self.assertNotEqual(line.partner_id, foreign)
        self.assertEqual(line.partner_id.name, "Li Na")
        task = line.partner_id.activity_ids
        self.assertEqual(task.user_id, self.supervisor, "who sees whether they are one")
        self.assertIn("Secret Name", task.note)

    def test_who_knows_name_and_number_finds_the_customer(self):
        foreign = self.make_foreign()
        line = self.file(name="secret  name")
        self.assertEqual(line.partner_id, foreign)
        self.assertEqual(foreign.dealer_id, self.dealer_b, "stays the other's")

    def test_the_list_shows_the_name_that_was_typed(self):
        """K3: not the one that we know, neither shown nor found by a search."""
        foreign = self.make_foreign()
        line = self.file(name="secretname")
        again = self.file(name="", serial_number="A-101")
        self.assertEqual((line + again).partner_id, foreign)
        self.assertEqual((line + again).mapped("filed_name"), ["secretname"] * 2)
        self.login()
        page = self.url_open("/my/installed-products")
        self.assertIn("secretname", page.text)
        self.assertNotIn("Secret Name", page.text)
        for text, found in (("secretname", True), ("Secret Name", False)):
            page = self.url_open(
                f"/my/installed-products?search_in=customer&search={text}"
            )
            self.assertEqual("o_revisit_archive_line" in page.text, found, text)
        page = self.send(name="SecretName", serial_number="A-102")
        self.assertIn("SecretName", page.text)
        self.assertNotIn("Secret Name", page.text)

    def test_many_sales_for_one_number_ask_headquarters(self):
        """A2, K3: a customer is not flooded; the unit looks, once a day."""
        foreign = self.make_foreign()
        for number in range(FILED_A_DAY):
            self.file(name="secret name", serial_number=f"N-{number}")
        self.refuse("call headquarters", name="secret name", serial_number="N-9")
        self.refuse("call headquarters", name="Another", serial_number="N-9")
        self.login()
        for number in ("N-9", "N-10"):
            page = self.send(name="secret name", serial_number=number)
            self.assertIn("call headquarters", page.text)
        task = foreign.activity_ids
        self.assertEqual(len(task), 1)
        self.assertEqual(task.user_id, self.supervisor)
        self.assertIn(self.dealer_a.name, task.note)
        self.file(phone="139 0000 1111", serial_number="N-11")
        self.file(self.portal_b, name="secret name", serial_number="N-12")
        for line in foreign.archive_line_ids:
            line.filed_at -= timedelta(days=1)
        self.file(name="secret name", serial_number="N-13")

    def test_serial_numbers_of_others_are_not_told(self):
        self.file(self.portal_b)
        self.refuse("is filed already. Check the number")
        self.refuse("You have filed .* already", user=self.portal_b)

    # ------------------------------------------------------------
    # BAD INPUT
    # ------------------------------------------------------------

    def test_what_is_wrong_is_said(self):
        tomorrow = str(self.today + timedelta(days=1))
        long_ago = str(self.today - timedelta(days=32))
        yesterday = str(self.today - timedelta(days=1))
        for typed, text in (
            ({"phone": ""}, "Enter the customer's phone number"),
            ({"phone": "12"}, "Phone"),
            ({"product": ""}, "Enter the product"),
            ({"product": "No such thing"}, "We have no product"),
            ({"product": "Consulting"}, "We have no product"),
            ({"sold_on": ""}, "Enter the day of the sale"),
            ({"sold_on": tomorrow}, "still to come"),
            ({"sold_on": "31.2."}, "Sold"),
            ({"sold_on": long_ago}, "of the last 31 days"),
            ({"installed_on": yesterday}, "before it is sold"),
            ({"quantity": "0"}, "Quantity"),
            ({"quantity": "x"}, "Quantity"),
            ({"quantity": "2"}, "One serial number"),
            ({"name": "x" * 200}, "Name"),
        ):
            with self.subTest(typed):
                self.refuse(text, **typed)
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Li Na")]))

    def test_the_same_sale_twice(self):
        self.file(serial_number="")
        self.refuse("already", serial_number="")
        self.file(serial_number="A-1")
        self.refuse("already", serial_number="a-1")
        self.file(phone="139 0000 2222", serial_number="A-2")
        self.refuse("already", phone="139 0000 2222", serial_number="")
        self.file(
            serial_number="", quantity="1", sold_on=str(self.today - timedelta(1))
        )

    def test_several_products_of_one_name(self):
        first, second = self.env["product.product"].create(
            [
                {"name": "Washer 8", "type": "consu"},
                {"name": "Washer 9", "type": "consu"},
            ]
        )
        self.refuse("choose one", product="Washer")
        line = self.file(product="Washer", product_id=str(second.id))
        self.assertEqual(line.product_id, second)
        self.refuse("choose one", product="Washer", product_id=str(self.product.id))
        self.assertEqual(self.file(product="washer 8").product_id, first)

    def test_only_dealers_file(self):
        for user in (self.portal_customer, self.agent, self.employee_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.file(user)

    # ------------------------------------------------------------
    # THE PAGE
    # ------------------------------------------------------------

    def test_typed_text_is_kept(self):
        self.login()
        page = self.send(product="No such thing", name="王小明 <b>")
        self.assertIn("We have no product", page.text)
        form = html.fromstring(page.text)
        for name, value in (
            ("name", "王小明 <b>"),
            ("phone", NUMBER),
            ("street", "8 East Street"),
            ("sold_on", str(self.today)),
        ):
            self.assertEqual(form.xpath(f"//input[@name='{name}']/@value"), [value])

    def test_filed_once_and_told(self):
        self.login()
        page = self.send()
        self.assertIn("Filed and reported to headquarters", page.text)
        self.assertIn("Li Na", page.text)
        line = self.lines.search([("serial_number", "=", "A-100")])
        self.assertEqual(line.filed_by_id, self.portal_a)
        again = self.url_open("/my/installed-products")
        self.assertNotIn("Filed and reported", again.text)

    def test_posting_needs_the_page(self):
        self.login()
        self.assertEqual(self.url_open(URL, data=self.typed).status_code, 400)

    def test_others_are_sent_home(self):
        self.login("revisit_customer")
        page = self.url_open(URL)
        self.assertFalse(re.search("File it and report it", page.text))

    def test_on_a_phone(self):
        """H1, H3: at 390 pixels, with a mistake on the way."""
        self.start_tour(
            "/my/installed-products", "revisit_filing_tour", login="revisit_dealer_a"
        )
        self.env.invalidate_all()
        line = self.lines.search([("dealer_id", "=", self.dealer_a.id)])
        self.assertEqual(line.partner_id.name, "Li Na 李娜")
        self.assertEqual((line.product_id, line.sold_on), (self.product, self.today))
        self.assertEqual(line.serial_number, "SN-7")
