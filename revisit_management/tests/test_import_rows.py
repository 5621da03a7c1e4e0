# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
import zipfile
from datetime import date

import openpyxl

from odoo.tests import tagged

from .test_import_values import LINES, ImportValuesCase


@tagged("post_install", "-at_install")
class TestImportRows(ImportValuesCase):
    """B10, K7: no row is lost or gets another value; each is called by its number."""

    def test_open_quote_loses_no_row(self):
        """K7: a quote that does not end, or in a later row, is told with its row."""
        lines = ["Customer,Product,Sold On,Serial Number"]
        lines += [f"Li Na,Fridge,2026-03-01,A{number}" for number in range(4)]
        for row, cell in ((2, '"5th floor'), (4, '"')):
            wrong = list(lines)
            wrong[row] = f"Li Na,Fridge,2026-03-01,{cell}"
            with self.subTest(cell=cell), self.undone():
                result = self.run_file("\n".join(wrong).encode())
                self.assertFalse(result["ids"])
                [message] = result["messages"]
                self.assertIn(f"Row {row + 1}: a text begins with", message["message"])
        closed = ['Li Na,Fridge,2026-03-01,"5th', 'Li Na,Fridge,2026-03-01,19" rack']
        with self.subTest(cell="closed again"), self.undone():
            result = self.run_file("\n".join([lines[0], *closed]).encode())
            self.assertIn("Row 2: a text begins", result["messages"][0]["message"])
        inch = [*lines[:2], 'Li Na,Fridge,2026-03-01,"19"" rack"']
        inch.append('Li Na,Fridge,2026-03-01,5" x')
        with self.undone():
            self.assertFalse(self.run_file("\n".join(inch).encode())["messages"])
            names = self.get_lines().mapped("serial_number")
            self.assertEqual(set(names), {"A0", '19" rack', '5" x'})

    def test_rows_are_counted_as_spreadsheets_do(self):
        """B10: empty rows and texts of several lines keep the numbers right."""
        good, bad = self.make_row(), self.make_row(sold="soon", serial="A9")
        rows = [self.header, good, [], ["", "", "", ""], bad]
        book = self.make_xlsx([self.header, good, [], [None] * 4, bad])
        for content in (self.make_text(rows), book):
            with self.undone():
                result = self.run_file(content)
                [message] = result["messages"]
                self.assertIn("Row 5: Sold On", message["message"])
        header = [*self.header, "Place"]
        lines = [header, [*good, "Hall\nleft"], [*bad, ""]]
        [message] = self.run_file(self.make_text(lines))["messages"]
        self.assertIn("Row 3: Sold On", message["message"])
        long = [self.header, good, [], [*self.make_row(serial="B"), "5"]]
        [message] = self.run_file(self.make_text(long))["messages"]
        self.assertIn("Row 4 has 5 cells", message["message"])

    def test_thousands_of_a_column_with_commas(self):
        """K7: 2.500 is no 2.5 where the column writes decimals with a comma."""
        header = [*self.header, "Quantity"]
        for other in ("1.234,5", "5,5", "0,25"):
            rows = [
                header,
                [*self.make_row(), other],
                [*self.make_row(serial="A2"), "2.500"],
            ]
            with self.subTest(other=other), self.undone():
                result = self.run_file(self.make_text(rows, ";"))
                self.assertFalse(result["ids"])
                self.assertTrue(
                    any("Row 3: Quantity" in m["message"] for m in result["messages"])
                )
        rows = [header, [*self.make_row(), "5,5"], [*self.make_row(serial="A2"), "2,5"]]
        self.assertFalse(self.run_file(self.make_text(rows, ";"))["messages"])
        self.assertEqual(sorted(self.get_lines().mapped("quantity")), [2.5, 5.5])

    def test_merged_cells_are_refused(self):
        """K7: the second row of merged cells would get nothing, or the default."""
        book = openpyxl.load_workbook(
            io.BytesIO(
                self.make_xlsx(
                    [self.header, self.make_row(), self.make_row(serial="A2")]
                )
            )
        )
        book.active.merge_cells("C2:C3")
        [message] = self.run_file(self.save(book))["messages"]
        self.assertIn("C2:C3", message["message"])

    def test_dates_that_a_spreadsheet_made_of_texts(self):
        """K7: a serial number 3-5 is no date, nor is a long one a power of ten."""
        for serial in (date(2026, 3, 5), "1.23457E+14"):
            rows = [self.header, self.make_row(serial=serial)]
            with self.subTest(serial=serial):
                [message] = self.run_file(self.make_xlsx(rows))["messages"]
                self.assertIn("Row 2: ", message["message"])
                self.assertIn("Format the column as text", message["message"])

    def test_formula_with_an_empty_result_is_an_empty_cell(self):
        """K7: it has its result, which is a text of no characters."""
        rows = [self.header, self.make_row(serial='=IF(1,"","x")')]
        stream = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(self.make_xlsx(rows))) as old,
            zipfile.ZipFile(stream, "w") as new,
        ):
            for name in old.namelist():
                content = old.read(name).decode()
                content = content.replace('<c r="D2"><f>', '<c r="D2" t="str"><f>')
                new.writestr(name, content)
        self.assertFalse(self.run_file(stream.getvalue())["messages"])
        self.assertFalse(self.get_lines().serial_number)

    def test_long_rows_of_odoos_models_with_columns_of_ours(self):
        """K7: 9,5 without quotes stays no 9 in a file of products."""
        content = b"Name,Warranty (Months)\nA,12\nB,2,5\n"
        result = self.run_file(content, "product.template")
        self.assertFalse(result["ids"])
        self.assertIn("Row 3 has 3 cells", result["messages"][0]["message"])
        plain = b"Name,Sales Price\nA,12\nB,2,5\n"
        self.run_file(plain, "product.template")
        self.assertNotIn("error", self.preview)

    def test_programs_give_one_cell_for_each_column(self):
        """K7, N: a row that does not fit is refused, and named."""
        names = ["partner_id/.id", "product_id/.id", "quantity"]
        row = [str(self.single.id), str(self.product.id), "9"]
        result = self.env[LINES].load(names, [row, [*row, "5"]])
        self.assertFalse(result["ids"])
        self.assertIn("Row 2 has 4 cells", result["messages"][0]["message"])

    def test_accounting_formats_show_the_number(self):
        """K7: a space, brackets of negative ones and a currency are no other value."""
        book = openpyxl.Workbook()
        book.active.append([*self.header, "Quantity"])
        formats = ('_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_)', "[$¥-804]#,##0.00")
        for row, code in enumerate(formats, 2):
            book.active.append([*self.make_row(serial=f"A{row}"), 3])
            book.active.cell(row, 5).number_format = code
        self.assertFalse(self.run_file(self.save(book))["messages"])
        self.assertEqual(self.get_lines().mapped("quantity"), [3, 3])

    def test_hidden_sheets_are_not_read(self):
        """K7: what the sender has hidden is not what they have sent."""
        book = openpyxl.Workbook()
        book.active.append(["Customer", "Old list"])
        book.active.append(["Li Na", "x"])
        book.active.sheet_state = "hidden"
        sheet = book.create_sheet("Sold")
        sheet.append(self.header)
        sheet.append(self.make_row())
        book.active = 1
        self.assertFalse(self.run_file(self.save(book))["messages"])
        self.assertEqual(self.preview["options"]["sheet"], "Sold")
        self.assertEqual(len(self.get_lines()), 1)

    def test_files_without_rows(self):
        """K7: nothing to import is said in words, with what to do."""
        titles, empty = self.make_text([self.header]), openpyxl.Workbook()
        for content, words in (
            (titles, "no row below the one with the titles"),
            (self.make_xlsx([self.header]), "no row below the one with the titles"),
            (self.save(empty), "This file is empty"),
        ):
            with self.subTest(words=words):
                [message] = self.run_file(content)["messages"]
                self.assertIn(words, message["message"])

    def test_ods_is_refused(self):
        """K7: its cells do not say what they show: 95% would be 0.95."""
        wizard = self.env["base_import.import"].create(
            {
                "res_model": LINES,
                "file": b"PK",
                "file_name": "file.ods",
                "file_type": "application/vnd.oasis.opendocument.spreadsheet",
            }
        )
        titles = ["partner_id", "product_id", "sold_on", "serial_number"]
        result = wizard.execute_import(titles, self.header, {"has_headers": True})
        [message] = result["messages"]
        self.assertIn("Save the file as XLSX or CSV", message["message"])

    def save(self, book):
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()
