# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io

import xlsxwriter
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import content_disposition, request

from ..models.plans.report import Row
from ..tools.values import MAX_ID

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class PlanExport(http.Controller):
    @http.route(
        "/revisit/plan/<int:plan_id>.xlsx", type="http", auth="user", readonly=True
    )
    def plan_xlsx(self, plan_id):
        """Return a plan as a workbook, with the rows that the user may see."""
        plans = request.env["revisit.plan"]
        if plan_id > MAX_ID or not plans.has_access("read"):
            raise NotFound()
        plan = plans.search([("id", "=", plan_id)])
        if not plan:
            raise NotFound()
        return request.make_response(
            PlanWorkbook(plan).build(),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(f"{plan.name}.xlsx")),
            ],
        )


class PlanWorkbook:
    """One sheet: the unit and period of the plan, then a row for each callback."""

    def __init__(self, plan):
        self.plan = plan
        self.env = plan.env

    def build(self):
        """Return the bytes of the workbook."""
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            self.title = book.add_format({"bold": True, "font_size": 14})
            self.bold = book.add_format({"bold": True})
            self.head = book.add_format(
                {"bold": True, "bg_color": "#E9ECEF", "bottom": 1, "text_wrap": True}
            )
            self.time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
            sheet = book.add_worksheet(self.env._("Callback Plan"))
            sheet.set_landscape()
            sheet.set_paper(9)  # A4
            sheet.fit_to_pages(1, 0)
            self._write_rows(sheet, self._write_head(sheet))
        return stream.getvalue()

    def _write_head(self, sheet):
        """Write the facts above the table; return the first row of the table."""
        sheet.write_string(0, 0, self.env._("Callback Plan"), self.title)
        row = 1
        for label, text in self.plan._get_report_facts():
            sheet.write_string(row, 0, label, self.bold)
            sheet.write_string(row, 2, text)
            row += 1
        return row + 1

    def _write_rows(self, sheet, first):
        for column, (label, width) in enumerate(self.plan._get_report_headers()):
            sheet.set_column(column, column, width)
            sheet.write_string(first, column, label, self.head)
        rows = self.plan._get_report_rows()
        for number, row in enumerate(rows, first + 1):
            for column, value in enumerate(row):
                self._write_cell(sheet, number, column, value)
        sheet.freeze_panes(first + 1, 0)
        sheet.repeat_rows(first)
        sheet.autofilter(first, 0, first + len(rows), len(Row._fields) - 1)

    def _write_cell(self, sheet, row, column, value):
        """Write texts as texts, so that a name that starts with = is not a formula."""
        if value is False or value is None or value == "":
            return
        if hasattr(value, "year"):
            sheet.write_datetime(row, column, value, self.time)
        elif isinstance(value, int):
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, str(value))
