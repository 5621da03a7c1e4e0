# Part of Revisit. See LICENSE file for full copyright and licensing details.
import csv
import io
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

import openpyxl

from odoo.tests import tagged
from odoo.tools.misc import file_open

from .common import ZONE, utc
from .test_import import GOOD, HEADER, OPTIONS, XLSX, ImportCase, change

LINES = "revisit.archive.line"
# by how they begin
KINDS = {
    b"PK": ("file.xlsx", XLSX),
    b"\xd0\xcf": ("file.xls", "application/vnd.ms-excel"),
}


class ImportValuesCase(ImportCase):
    """Files as people send them, through preview and import as the page does."""

    def run_file(self, content, model=LINES, options=None, user=None, dryrun=False):
        """Import a file as the page does: what the preview found goes back."""
        name, kind = KINDS.get(content[:2], ("file.csv", "text/csv"))
        wizard = self.env["base_import.import"].with_user(user or self.importer)
        wizard = wizard.create(
            {
                "res_model": model,
                "file": content,
                "file_name": name,
                "file_type": kind,
            }
        )
        asked = {"has_headers": True, "quoting": '"', "limit": 2, **(options or {})}
        self.preview = wizard.parse_preview(asked)
        if "error" in self.preview:
            return {"ids": False, "messages": [{"message": self.preview["error"]}]}
        matches, headers = self.preview["matches"], self.preview["headers"]
        columns = ["/".join(matches.get(n, [])) or False for n in range(len(headers))]
        return wizard.execute_import(
            columns, headers, self.preview["options"], dryrun=dryrun
        )

    def make_text(self, rows, delimiter=",", encoding="utf-8"):
        stream = io.StringIO()
        csv.writer(stream, delimiter=delimiter).writerows(rows)
        return stream.getvalue().encode(encoding)

    @contextmanager
    def undone(self, **names):
        """A sub-test whose import is taken back."""
        savepoint = self.env.cr.savepoint()
        try:
            with self.subTest(**names):
                yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def get_lines(self):
        return self.env[LINES].search([("partner_id", "in", self.people.ids)])

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.twins = cls.make_customer("张伟") + cls.make_customer("张伟")
        cls.single = cls.make_customer("Li Na", ref="C-77")
        cls.people = cls.twins + cls.single
        cls.header = ["Customer", "Product", "Sold On", "Serial Number"]

    def make_row(self, customer="Li Na", sold="2026-03-01", serial="A1"):
        return [customer, "Fridge", sold, serial]

    def check_refused(self, result, row, *texts, place=None):
        """Nothing is stored, and the row is told, in the answer and in its text.

        :param row: number of the record, from 0
        :param place: row of the file; by default the header is above the records
        """
        self.assertFalse(result["ids"])
        self.assertTrue(result["messages"])
        for message in result["messages"]:
            self.assertEqual(message["type"], "error")
            # the page adds none then
            if "field" not in message:
                self.assertTrue(message["tells_row"])
        [message] = [m for m in result["messages"] if m["rows"]["from"] == row]
        self.assertIn(f"Row {place or row + 2}:", message["message"])
        for text in texts:
            self.assertIn(text, message["message"])
        return message


@tagged("post_install", "-at_install")
class TestImportValues(ImportValuesCase):
    """B10, K7: a file is read exactly, and taken whole or not at all."""

    # ------------------------------------------------------------
    # NAMES
    # ------------------------------------------------------------

    def test_name_of_two_customers(self):
        """B10: refused with its row, however often somebody presses Import."""
        rows = [self.header, self.make_row(), self.make_row("张伟", serial="A2")]
        for dryrun in (True, False, False):
            result = self.run_file(self.make_text(rows), dryrun=dryrun)
            message = self.check_refused(result, 1, "Customer", "张伟", "external ID")
            self.assertEqual(message["field"], "partner_id")
            self.assertFalse(self.get_lines())
        self.assertFalse(
            self.env["base_import.mapping"].search([("res_model", "=", LINES)])
        )

    def test_ids_and_references_tell_twins_apart(self):
        """B10: external ID, database ID and a unique reference name one customer."""
        self.twins[0].ref = "C-1"
        self.env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": "twin",
                "model": "res.partner",
                "res_id": self.twins[1].id,
            }
        )
        for header, value, partner in (
            ("Customer", "C-1", self.twins[0]),
            ("Customer/External ID", "twin", self.twins[1]),
            ("Customer/Database ID", str(self.twins[0].id), self.twins[0]),
        ):
            with self.subTest(header=header):
                row = self.make_row(value, serial=header)
                rows = [[header, *self.header[1:]], row]
                result = self.run_file(self.make_text(rows))
                self.assertFalse(result["messages"])
                line = self.env[LINES].browse(result["ids"])
                self.assertEqual(line.partner_id, partner)
                self.assertEqual(line.sold_on, date(2026, 3, 1))

    def test_every_relation_refuses_double_names(self):
        """B10: products, dealers, policies and agents, not customers only."""
        self.env["product.product"].create({"name": "Fridge"})
        self.make_dealer("Dealer A")
        self.make_policy(name="After a Sale", code="second")
        self.make_user("twin_agent", "revisit_management.group_agent", name="Twin")
        self.agent.name = "Twin"
        rows = [self.header, self.make_row()]
        self.check_refused(self.run_file(self.make_text(rows)), 0, "Fridge")
        rows = [["Customer", "Dealer", "Product/Database ID"]]
        rows += [["Li Na", "Dealer A", str(self.product.id)]]
        self.check_refused(self.run_file(self.make_text(rows)), 0, "Dealer A")
        for cells in ({"Policy": "After a Sale"}, {"Made_By": "Twin"}):
            row = change(**cells)
            result = self.run_file(self.make_text([HEADER, row]), "revisit.callback")
            self.check_refused(result, 0, *cells.values())
        self.assertFalse(self.get_imported())

    def test_contacts_with_our_columns(self):
        """B10: a dealer's name in a file of contacts; other contacts' files as ever."""
        self.make_dealer("Dealer A")
        rows = [["Name", "Dealer"], ["Wang", "Dealer A"]]
        result = self.run_file(self.make_text(rows), "res.partner")
        self.check_refused(result, 0, "Dealer A")
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Wang")]))

    def test_load_by_a_program(self):
        """B10: the same through the external API, without the import page."""
        load = self.env[LINES].with_user(self.importer).load
        columns = ["partner_id", "product_id", "quantity"]
        for row in (["张伟", "Fridge", "1"], ["Li Na", "Fridge", "1,234"]):
            told = row[0] if row[2] == "1" else row[2]
            self.check_refused(load(columns, [row]), 0, told, place=1)
        self.assertFalse(self.get_lines())
        self.assertTrue(load(columns, [["Li Na", "Fridge", "2"]])["ids"])

    def test_document_of_two(self):
        """B10: two documents of one name are told apart by their ID."""
        orders = self.make_order() + self.make_order()
        orders.write({"name": "S-TWICE"})
        header = [*HEADER, "Source Model", "Document"]
        rows = [header, [*GOOD, "sale.order", "S-TWICE"]]
        result = self.run_file(self.make_text(rows), "revisit.callback")
        self.check_refused(result, 0, "More than one document")

    def test_columns_below_other_columns(self):
        """B10: ours are read strictly wherever they stand in a contacts' file."""
        load = self.env["res.partner"].with_user(self.importer).load
        self.make_dealer("Dealer A")
        for column, value, text in (
            ("callback_hour_from", "1;5", "no hour of the day"),
            ("dealer_id", "Dealer A", "more than one record"),
            ("birthday", "03/05/1980", "no date"),
        ):
            with self.undone(column=column):
                columns = ["name", "child_ids/name", f"child_ids/{column}"]
                result = load(columns, [["Firm", "Wang", value]])
                self.check_refused(result, 0, text, place=1)
                self.assertFalse(
                    self.env["res.partner"].search([("name", "=", "Firm")])
                )
        columns = ["name", "child_ids/name", "child_ids/callback_hour_from"]
        for value, hour in (("1,5", 1.5), ("9:30", 9.5)):
            result = load(columns, [["Firm", "Wang", value]])
            self.assertFalse(result["messages"])
            firm = self.env["res.partner"].browse(result["ids"])
            self.assertEqual(firm.child_ids.callback_hour_from, hour)

    def test_columns_that_lead_to_ours(self):
        """B10: any step of any column decides."""
        users, partners = self.env["res.users"], self.env["res.partner"]
        for model, column, is_strict in (
            (users, "callback_tier", True),
            (users, "partner_id/callback_tier", True),
            (users, "partner_id:dealer_id.id", True),
            (partners, "child_ids/child_ids/callback_hour_from", True),
            (partners, "child_ids/country_id/.id", False),
            (partners, ".id", False),
            (partners, "child_ids/nonsense/dealer_id", False),
        ):
            with self.subTest(column=column):
                self.assertEqual(
                    model._revisit_is_read_strictly(["name", column, False]), is_strict
                )

    # ------------------------------------------------------------
    # TWICE
    # ------------------------------------------------------------

    def test_same_products_twice(self):
        """A2: neither the same file twice nor a row twice doubles a product."""
        header = [*self.header, "Quantity"]
        for serial in ("A1", ""):
            first = [*self.make_row(serial=serial), "2"]
            other = [*self.make_row(serial=serial and "A2", sold="2026-03-02"), "2"]
            content = self.make_text([header, first, other])
            text = "serial number A2" if serial else "whole quantity"
            with self.undone(serial=serial):
                self.assertEqual(len(self.run_file(content)["ids"]), 2)
                result = self.run_file(content)
                self.check_refused(result, 1, text)
                self.check_refused(result, 0, "is there already")
                self.assertEqual(len(self.get_lines()), 2)
            with self.undone(serial=serial, file="one"):
                content = self.make_text([header, first, other, other])
                self.check_refused(self.run_file(content), 2, text)
                self.assertFalse(self.get_lines())

    def test_same_products_deliberately(self):
        """A2: external IDs tell them apart, but not two of one serial number."""
        header = ["External ID", *self.header]
        rows = [["row_1", *self.make_row(serial="")]]
        rows += [["row_2", *self.make_row(serial="")]]
        for _time in range(2):
            result = self.run_file(self.make_text([header, *rows]))
            self.assertFalse(result["messages"])
            self.assertEqual(len(self.get_lines()), 2)
        rows = [["row_3", *self.make_row()], ["row_4", *self.make_row(serial=" a1")]]
        result = self.run_file(self.make_text([header, *rows]))
        self.check_refused(result, 1, "serial number")
        self.get_lines().active = False
        self.assertFalse(
            self.run_file(self.make_text([self.header, self.make_row()]))["messages"]
        )

    def test_same_occasions_twice(self):
        """B1: an occasion is told from another one by its reference."""
        header = ["Customer", "Kind", "When", "Reference"]
        rows = [["Li Na", "Hotline", "2026-03-01 10:00:00", name] for name in "AB"]
        rows[0][1] = rows[1][1] = "hotline"
        content = self.make_text([header, *rows])
        result = self.run_file(content, "revisit.occasion")
        self.assertFalse(result["messages"])
        self.assertEqual(len(result["ids"]), 2)
        result = self.run_file(content, "revisit.occasion")
        self.check_refused(result, 0, "there already", "reference")
        self.check_refused(result, 1, "there already")

    def test_cost_of_looking_for_twins(self):
        """A2: one look for a whole file."""
        lines = self.env[LINES].with_context(revisit_strict=True)
        values = {"partner_id": self.single.id, "product_id": self.product.id}
        counts = []
        for size in (2, 20):
            made = self.env[LINES].create(
                [{**values, "serial_number": f"S{size}/{n}"} for n in range(size)]
            )
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            made.with_env(lines.env)._check_imported_once()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    # ------------------------------------------------------------
    # ALL OR NOTHING
    # ------------------------------------------------------------

    def test_last_row_of_many(self):
        """B10: one wrong row, far behind the page's batches, and nothing is there."""
        rows = [self.make_row(serial=f"N{number}") for number in range(7)]
        wrong = self.make_row(serial="N7", sold="2026-02-30")
        result = self.run_file(self.make_text([self.header, *rows, wrong]))
        self.check_refused(result, 7, "Sold On", "2026-02-30")
        self.assertFalse(self.get_lines())
        result = self.run_file(self.make_text([self.header, *rows]))
        self.assertEqual(len(result["ids"]), 7)
        self.assertFalse(result["nextrow"])

    def test_rule_that_a_row_breaks(self):
        """B10: what the model itself refuses is told on its own row."""
        header = [*self.header, "Warranty Until"]
        rows = [header, [*self.make_row(), ""], [*self.make_row(), "2020-01-01"]]
        result = self.run_file(self.make_text(rows))
        self.check_refused(result, 1, "lose its warranty")
        self.assertEqual(len(result["messages"]), 1)
        self.assertFalse(self.get_lines())

    def test_rule_that_every_row_breaks(self):
        """B10: each row is told, the first one, too; and none that is right."""
        header = [*self.header, "Warranty Until"]
        good, wrong = [*self.make_row(serial="G"), ""], [*self.make_row(), "2020-01-01"]
        for rows, told in (
            ([wrong, wrong], [0, 1]),
            ([good, wrong, wrong], [1, 2]),
            ([wrong, good, wrong], [0, 2]),
        ):
            with self.subTest(told=told):
                result = self.run_file(self.make_text([header, *rows]))
                found = [message["rows"]["from"] for message in result["messages"]]
                self.assertEqual(found, told)
                for row in told:
                    self.check_refused(result, row, "lose its warranty")

    def test_empty_cells(self):
        """B10: what is required is asked for by its label; a default is taken."""
        header = ["Customer", "Product", "Quantity"]
        rows = [header, ["Li Na", "Fridge", "3"], ["", "Fridge", ""]]
        result = self.run_file(self.make_text(rows))
        message = self.check_refused(result, 1, "Customer is empty")
        self.assertNotIn("Model:", message["message"])
        rows = [header, ["Li Na", "Fridge", "3"], ["Li Na", "Fridge", ""]]
        result = self.run_file(self.make_text(rows))
        self.assertFalse(result["messages"])
        lines = self.env[LINES].browse(result["ids"])
        self.assertEqual(lines.mapped("quantity"), [3, 1])
        rows = [["Name", "Call From", "Call Until"], ["Wang", "", "18:00"]]
        rows[0][2] = self.env["res.partner"]._fields["callback_hour_to"].string
        result = self.run_file(self.make_text(rows), "res.partner")
        partner = self.env["res.partner"].browse(result["ids"])
        self.assertEqual(partner.callback_hour_from, 9)
        self.assertEqual(partner.callback_hour_to, 18)
        category = self.make_category()
        rows = [["Customer", "Severity", "Subject", "Category/Database ID"]]
        rows += [["Li Na", "", "Broken", str(category.id)]]
        result = self.run_file(self.make_text(rows), "revisit.issue")
        message = self.check_refused(result, 0, "Severity is empty")
        self.assertNotIn("Model:", message["message"])

    def test_flag_that_is_none(self):
        """B10: a word that is neither yes nor no was a yes."""
        rows = [["Name", "Is a Dealer"], ["Wang", "perhaps"]]
        result = self.run_file(self.make_text(rows), "res.partner")
        self.check_refused(result, 0, "perhaps")
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Wang")]))

    # ------------------------------------------------------------
    # NUMBERS
    # ------------------------------------------------------------

    def test_numbers_of_people(self):
        """E2: read as they are meant, or refused; never another number."""
        for text, number in (
            ("9,5", 9.5),
            ("9.5", 9.5),
            ("９．５", 9.5),
            ("95", 95),
            ("4.5/5", None),
            ("95%", None),
            ("95 分", None),
            ("1,234", None),
            ("nan", None),
            ("1e1", None),
            ("九十", None),
            ("$95", None),
            ("(95)", None),
            ("9 5", None),
            ("1_0", None),
        ):
            content = self.make_text([HEADER, change(Satisfaction=text)], ";")
            for options in (None, dict(OPTIONS, separator=";")):
                with self.undone(text=text, options=options):
                    result = self.run_file(content, "revisit.callback", options)
                    if number is None:
                        self.check_refused(result, 0, "Satisfaction", text)
                        continue
                    self.assertFalse(result["messages"])
                    callback = self.callbacks.browse(result["ids"])
                    self.assertEqual(callback.satisfaction, number)
        self.assertFalse(self.get_imported())

    def test_thousands_where_the_comma_is_chosen(self):
        """B10: in a file with decimal commas 1.234 may be either."""
        options = {"float_decimal_separator": ",", "float_thousand_separator": "."}
        header = ["Customer", "Product", "Quantity"]
        for text, number in (("1.234", None), ("1.234,5", 1234.5), ("2,5", 2.5)):
            rows = [header, ["Li Na", "Fridge", text]]
            result = self.run_file(self.make_text(rows, ";"), options=options)
            with self.subTest(text=text):
                if number is None:
                    self.check_refused(result, 0, "two ways")
                else:
                    line = self.env[LINES].browse(result["ids"])
                    self.assertEqual(line.quantity, number)

    def test_recommendation_is_whole(self):
        header = [*HEADER, "Recommendation (0-10)"]
        for text, number in (("8.5", None), ("8", 8), ("8.0", 8), ("11", None)):
            rows = [header, [*GOOD, text]]
            with self.undone(text=text):
                result = self.run_file(self.make_text(rows), "revisit.callback")
                if number is None:
                    self.check_refused(result, 0, "Recommendation", text)
                else:
                    callback = self.callbacks.browse(result["ids"])
                    self.assertEqual(callback.nps, number)

    # ------------------------------------------------------------
    # SPREADSHEETS
    # ------------------------------------------------------------

    def make_book(self, rows, formats):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        for place, number_format in formats.items():
            book.active[place].number_format = number_format
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def test_cells_that_show_something_else(self):
        """B10: 0.95 that reads 95% is neither."""
        moments = [datetime(2026, 3, 1, 10), datetime(2026, 3, 3, 15)]
        for value, number_format, number in (
            (0.95, "0%", None),
            (95, '0"分"', None),
            (95, "0000", None),
            (95, "0.0E+00", None),
            (9.5, "# ?/?", None),
            (95, "General", 95),
            (95.5, "0.00", 95.5),
            (95, "#,##0.00_);[Red](#,##0.00)", 95),
        ):
            with self.undone(value=value, format=number_format):
                row = [*GOOD[:2], *moments, *GOOD[4:6], value]
                content = self.make_book([HEADER, row], {"G2": number_format})
                for dryrun in (True, False):
                    result = self.run_file(content, "revisit.callback", dryrun=dryrun)
                    if number is None:
                        self.check_refused(result, 0, "cell G2", str(value))
                if number is not None:
                    callback = self.callbacks.browse(result["ids"])
                    self.assertEqual(callback.satisfaction, number)
        self.assertFalse(self.get_imported())

    def test_hours(self):
        """B10: 9:00 is nine o'clock, as text, as time, and as a number."""
        for value, number_format, hour in (
            ("9:00", None, 9),
            ("09:30:00", None, 9.5),
            ("9,5", None, 9.5),
            (time(9, 0), "h:mm", 9),
            (timedelta(hours=9, minutes=15), "[h]:mm", 9.25),
            (0.375, "General", None),
            ("25:00", None, None),
            ("nine", None, None),
        ):
            with self.undone(value=value):
                formats = {"B2": number_format} if number_format else {}
                rows = [["Name", "Call From"], ["Wang", value]]
                result = self.run_file(self.make_book(rows, formats), "res.partner")
                if hour is None:
                    self.check_refused(result, 0, "Call From", "9:30 or 9.5")
                    continue
                self.assertFalse(result["messages"])
                partner = self.env["res.partner"].browse(result["ids"])
                self.assertEqual(partner.callback_hour_from, hour)

    def test_time_where_none_is_taken(self):
        """B10: the advice does not lead to a part of a day."""
        row = [*GOOD[:6], time(9, 0)]
        content = self.make_book([HEADER, row], {"G2": "h:mm"})
        result = self.run_file(content, "revisit.callback")
        message = self.check_refused(result, 0, "cell G2", "09:00:00", "as text")
        self.assertNotIn("plain numbers", message["message"])

    def test_files_of_others(self):
        """B10: without a column of ours, all is as Odoo has it."""
        plain = self.env["base_import.import"]
        for value, number_format, error in (
            ("#N/A", None, "Invalid cell value at row 3, column 1: #N/A"),
            (time(9, 30), "h:mm", "Invalid cell format at row 3, column 1"),
            ("03/05/2026", None, ""),
            (0.95, "0%", ""),
        ):
            formats = {"A3": number_format} if number_format else {}
            rows = [["City", "Name"], ["Wien", "A"], [value, "B"]]
            content = self.make_book(rows, formats)
            for model in ("res.partner", "res.country.state"):
                with self.subTest(value=value, model=model):
                    found = {}
                    for is_plain in (False, True):
                        wizard = plain.with_user(self.importer)
                        wizard = wizard.with_context(revisit_plain=is_plain).create(
                            {"res_model": model, "file": content, "file_type": XLSX}
                        )
                        options = {"has_headers": True, "quoting": '"'}
                        found[is_plain] = wizard.parse_preview(options)
                        self.assertTrue(
                            found[is_plain].get("error", "").startswith(error)
                        )
                    self.assertEqual(found[False], found[True])
        with self.assertRaisesRegex(ValueError, "row 3, column 1: #N/A"):
            content = self.make_book([["City", "Name"], ["W", "A"], ["#N/A", "B"]], {})
            wizard = plain.with_user(self.importer).create(
                {"res_model": "res.partner", "file": content, "file_type": XLSX}
            )
            options = {"has_headers": True, "quoting": '"'}
            wizard.execute_import(["city", "name"], ["City", "Name"], options)

    def test_cells_of_old_spreadsheets(self):
        """B10: the same in a file of the old kind, an empty row in it."""
        with file_open("revisit_management/tests/files/percent.xls", "rb") as file:
            content = file.read()
        result = self.run_file(content)
        self.check_refused(result, 1, "cell C4", "0.95", place=4)
        self.assertEqual(len(result["messages"]), 1)
        self.assertFalse(self.get_lines())

    def test_long_numbers_lose_digits(self):
        """B10: a spreadsheet keeps fifteen digits of a serial number."""
        rows = [self.header, self.make_row(serial=123456789012345678)]
        result = self.run_file(self.make_book(rows, {}))
        self.check_refused(result, 0, "cell D2", "15 digits")
        rows = [self.header, self.make_row(serial="123456789012345678")]
        line = self.env[LINES].browse(self.run_file(self.make_book(rows, {}))["ids"])
        self.assertEqual(line.serial_number, "123456789012345678")

    def test_dates(self):
        """B10: the year first, or a cell that is a date; nothing is guessed."""
        for value, day in (
            ("2026-03-05", date(2026, 3, 5)),
            ("2026/3/5", date(2026, 3, 5)),
            ("2026年3月5日", date(2026, 3, 5)),
            ("20260305", date(2026, 3, 5)),
            (date(2026, 3, 5), date(2026, 3, 5)),
            (datetime(2026, 3, 5), date(2026, 3, 5)),
            (46086, None),
            ("46086", None),
            ("41512", None),
            ("03/05/2026", None),
            ("26-3-5", None),
            ("2026-02-30", None),
            ("1026-03-05", None),
        ):
            with self.undone(value=value):
                rows = [self.header, self.make_row(sold=value)]
                result = self.run_file(self.make_book(rows, {}))
                if day is None:
                    self.check_refused(result, 0, "Sold On", str(value))
                else:
                    self.assertFalse(result["messages"])
                    line = self.env[LINES].browse(result["ids"])
                    self.assertEqual(line.sold_on, day)
        self.assertFalse(self.get_lines())

    def test_order_of_day_and_month(self):
        """B10: the importer's choice counts, and a column that has but one order."""
        for options, days, wanted in (
            ({"date_format": "%d/%m/%Y"}, ["02/03/2026"], [date(2026, 3, 2)]),
            ({}, ["25/04/2025", "03/05/2025"], [date(2025, 4, 25), date(2025, 5, 3)]),
        ):
            rows = [self.make_row(sold=day, serial=f"{options}{day}") for day in days]
            result = self.run_file(
                self.make_text([self.header, *rows]), options=options
            )
            with self.subTest(days=days):
                self.assertFalse(result["messages"])
                lines = self.env[LINES].browse(result["ids"])
                self.assertEqual(lines.mapped("sold_on"), wanted)

    def test_moments_are_the_companys(self):
        """K7: whoever brings the file, and wherever they sit."""
        for name, zone in (("abroad", "America/New_York"), ("program", False)):
            user = self.make_user(
                f"importer_{name}",
                "revisit_management.group_manager,base.group_partner_manager",
                tz=zone,
            )
            for text, moment in (
                ("2026-03-03 15:00:00", utc(ZONE, 2026, 3, 3, 15)),
                ("2026-03-03T15:00:00.000+09:00", utc("Asia/Tokyo", 2026, 3, 3, 15)),
                ("2026-03-03T07:00Z", utc(ZONE, 2026, 3, 3, 15)),
            ):
                content = self.make_text([HEADER, change(Made=text, Made_By="")])
                with self.undone(user=name, text=text):
                    result = self.run_file(content, "revisit.callback", user=user)
                    self.assertFalse(result["messages"])
                    callback = self.callbacks.browse(result["ids"])
                    self.assertEqual(callback.done_at, moment)

    # ------------------------------------------------------------
    # ENCODINGS
    # ------------------------------------------------------------

    CONTACTS = [["Name", "Phone"], ["Zhang Wei 张伟", "13800138000"]]
    CONTACTS += [["Li Na 李娜", "13900139000"]]

    def check_contacts(self, result):
        self.assertFalse(result["messages"])
        partners = self.env["res.partner"].browse(result["ids"])
        self.assertEqual(partners.mapped("name"), ["Zhang Wei 张伟", "Li Na 李娜"])
        self.assertEqual(partners.mapped("phone"), ["13800138000", "13900139000"])
        partners.unlink()

    def test_chinese_file_of_a_chinese_user(self):
        """B10: the page proposes gb18030, and the names are exact."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.importer.lang = "zh_CN"
        for encoding in ("gb18030", "gbk"):
            content = self.make_text(self.CONTACTS, encoding=encoding)
            result = self.run_file(content, "res.partner")
            self.assertEqual(self.preview["options"]["encoding"], "gb18030")
            self.check_contacts(result)

    def test_chinese_file_of_somebody_else(self):
        """B10: refused with what to do; the choice then holds."""
        self.company.country_id = self.env.ref("base.us")
        content = self.make_text(self.CONTACTS, encoding="gb18030")
        result = self.run_file(content, "res.partner")
        self.assertFalse(result["ids"])
        self.assertIn("gb18030", result["messages"][0]["message"])
        wizard = self.env["base_import.import"].create(
            {"res_model": "res.partner", "file": content, "file_type": "text/csv"}
        )
        options = {"has_headers": True, "quoting": '"'}
        [message] = wizard.execute_import(["name", "phone"], [], options)["messages"]
        self.assertIn("gb18030", message["message"])
        options = {"encoding": "gb18030"}
        self.check_contacts(self.run_file(content, "res.partner", options))

    def test_unicode_files(self):
        """B10: with and without a mark, in any separator."""
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le"):
            for delimiter in (",", ";", "\t"):
                content = self.make_text(self.CONTACTS, delimiter, encoding)
                with self.subTest(encoding=encoding, delimiter=delimiter):
                    self.check_contacts(self.run_file(content, "res.partner"))
        content = self.make_text(self.CONTACTS, encoding="utf-8-sig")
        self.check_contacts(
            self.run_file(content, "res.partner", {"encoding": "utf-8"})
        )

    def test_choices_in_any_language(self):
        """B10: keys and labels of every installed language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        field = self.env["ir.model.fields"]._get("res.partner", "callback_tier")
        high = field.selection_ids.filtered(lambda choice: choice.value == "high")
        high.with_context(lang="zh_CN").name = "高价值"
        for text in ("high", "High", "高价值"):
            rows = [["Name", "Callback Tier"], ["Wang", text]]
            result = self.run_file(self.make_text(rows), "res.partner")
            partner = self.env["res.partner"].browse(result["ids"])
            self.assertEqual(partner.callback_tier, "high")
