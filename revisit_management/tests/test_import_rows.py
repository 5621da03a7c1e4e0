# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
import zipfile
from datetime import date, datetime

import openpyxl

from odoo import Command
from odoo.tests import tagged
from odoo.tools import file_open

from .common import ZONE, utc
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

    def test_two_stray_quotes_swallow_no_row(self):
        """K7: what lies between them looks like one cell of several lines."""
        lines = ["Customer,Product,Sold On,Serial Number"]
        lines += ['Li Na,Fridge,2026-03-01,"55 inch', "Li Na,Fridge,2026-03-02,B2"]
        lines += ['Li Na,Fridge,2026-03-03,OL41"']
        [message] = self.run_file("\n".join(lines).encode())["messages"]
        self.assertIn("Row 2: a text begins with", message["message"])
        self.assertFalse(self.get_lines())

    def test_files_that_can_be_read_in_two_ways(self):
        """K7: GB18030 that is UTF-8 by chance, European names for a Chinese user."""
        text = "Name,Phone\n钱小强,13800138000\n谢摇,13900139000\n"
        english = text.encode("gb18030")
        european = "Name,Phone\nMüller,1\nJürgen Bäcker,2\n".encode("cp1252")
        self.env["res.lang"]._activate_lang("zh_CN")
        self.importer.lang = "zh_CN"
        for content in (english, european):
            [message] = self.run_file(content, "res.partner")["messages"]
            self.assertIn("which encoding", message["message"])
        chosen = {"encoding": "gb18030"}
        result = self.run_file(english, "res.partner", chosen)
        names = self.env["res.partner"].browse(result["ids"]).mapped("name")
        self.assertEqual(names, ["钱小强", "谢摇"])

    def test_product_without_a_date_was_not_sold_today(self):
        """K7: what the file does not say is not said, and plans nothing."""
        rows = [["Customer", "Product", "Serial Number"], ["Li Na", "Fridge", "A1"]]
        self.assertFalse(self.run_file(self.make_text(rows))["messages"])
        self.assertFalse(self.get_lines().sold_on)

    def test_half_past_nine_is_no_number(self):
        """K7: 9.30 may be 9:30 or 9:18, whoever has written it."""
        book = openpyxl.Workbook()
        book.active.append(["Name", "Call From"])
        book.active.append(["Wang", 9.3])
        book.active["B2"].number_format = "0.00"
        for content in (b"Name,Call From\nWang,9.30\n", self.save(book)):
            [message] = self.run_file(content, "res.partner")["messages"]
            self.assertIn("Write it as 9:30 or 9.5", message["message"])

    def test_times_of_old_spreadsheets(self):
        """K7: a time of day in the old format, as in the new one."""
        with file_open("revisit_management/tests/files/times.xls", "rb") as file:
            content = file.read()
        result = self.run_file(content, "res.partner")
        self.assertFalse(result["messages"])
        partner = self.env["res.partner"].browse(result["ids"])
        self.assertEqual(
            (partner.callback_hour_from, partner.callback_hour_to), (9.5, 20)
        )
        self.assertEqual(partner.birthday, date(2000, 1, 1))

    def test_what_is_exported_reads_back(self):
        """K7: by a colleague in another zone: moments are the company's."""
        occasion = self.env["revisit.occasion"].create(
            {
                "kind": "other",
                "partner_id": self.single.id,
                "occurs_at": utc(ZONE, 2026, 3, 5, 10),
            }
        )
        self.importer.write(
            {
                "tz": "America/New_York",
                "group_ids": [Command.link(self.ref("base.group_allow_export"))],
            }
        )
        exporting = occasion.with_user(self.importer).with_context(
            tz="America/New_York"
        )
        [row] = exporting.export_data(["kind", "partner_id/.id", "occurs_at"])["datas"]
        self.assertEqual(str(row[2]), "2026-03-05 10:00:00")

    def test_dates_that_no_calendar_has(self):
        """K7: the cell is named, instead of a file that cannot be read."""
        for value, words in ((99999999, "row 2, column 2"), (0, "cell B2")):
            book = openpyxl.Workbook()
            book.active.append(["Name", "Birthday"])
            book.active.append(["Wang", value])
            book.active["B2"].number_format = "yyyy-mm-dd"
            [message] = self.run_file(self.save(book), "res.partner")["messages"]
            self.assertIn(words, message["message"])

    def test_dates_of_which_only_the_month_is_shown(self):
        """K7: they are dates, and no time of day."""
        book = openpyxl.Workbook()
        book.active.append(["Name", "Birthday"])
        book.active.append(["Wang", datetime(2000, 3, 5)])
        book.active["B2"].number_format = 'm"月"'
        result = self.run_file(self.save(book), "res.partner")
        self.assertFalse(result["messages"])
        partner = self.env["res.partner"].browse(result["ids"])
        self.assertEqual(partner.birthday, date(2000, 3, 5))

    def test_empty_text_file(self):
        """K7: a file of no bytes says so."""
        wizard = self.env["base_import.import"].create(
            {"res_model": LINES, "file": b"", "file_type": "text/csv"}
        )
        preview = wizard.parse_preview({"has_headers": True, "quoting": '"'})
        self.assertIn("This file is empty", preview["error"])

    def save(self, book):
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()
