# Part of Revisit. See LICENSE file for full copyright and licensing details.
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import content_disposition, request

from ..tools.values import MAX_ID
from .workbook import XLSX, DocumentWorkbook


class DocumentExport(http.Controller):
    """Plans, records, reports and analyses as workbooks, with what the user may see."""

    @http.route(
        "/revisit/plan/<int:plan_id>.xlsx", type="http", auth="user", readonly=True
    )
    def plan_xlsx(self, plan_id):
        """Return a plan as a workbook: a row for each callback."""
        return self._respond(self._find("revisit.plan", plan_id), is_landscape=True)

    @http.route(
        "/revisit/record/<int:callback_id>.xlsx",
        type="http",
        auth="user",
        readonly=True,
    )
    def record_xlsx(self, callback_id):
        """Return the record of a conversation as a workbook."""
        callback = self._find("revisit.callback", callback_id)
        if request.env.user.share:
            raise NotFound()
        return self._respond(callback)

    @http.route(
        "/revisit/report/<int:report_id>.xlsx", type="http", auth="user", readonly=True
    )
    def report_xlsx(self, report_id):
        """Return the report on a conversation as a workbook."""
        return self._respond(self._find("revisit.report", report_id))

    @http.route(
        "/revisit/analysis/<int:analysis_id>.xlsx",
        type="http",
        auth="user",
        readonly=True,
    )
    def analysis_xlsx(self, analysis_id):
        """Return the analysis report of a unit as a workbook."""
        return self._respond(self._find("revisit.analysis", analysis_id))

    def _find(self, model, res_id):
        """Return the record, or raise NotFound whether or not it exists."""
        records = request.env[model]
        if res_id > MAX_ID or not records.has_access("read"):
            raise NotFound()
        record = records.search([("id", "=", res_id)])
        if not record:
            raise NotFound()
        return record

    def _respond(self, record, **layout):
        document = record._get_document()
        name = f"{document.name}.xlsx"
        return request.make_response(
            DocumentWorkbook(document, **layout).build(),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
