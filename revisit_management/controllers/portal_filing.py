# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request

from ..models.archives.filing import LENGTHS, TooManyFiled
from .portal_archive import ArchivePortal

FIELDS = (
    "phone",
    "name",
    "street",
    "city",
    "product",
    "product_id",
    "serial_number",
    "quantity",
    "sold_on",
    "installed_on",
)
# longer than anything that is kept: what comes is read, but not carried along
MAX_TYPED = 1000
# session key: the sale that was just filed, until the list is shown
FILED = "revisit_archive_filed"


class FilingPortal(ArchivePortal):
    """A dealer files a retail sale, on the day and on a phone."""

    @http.route(
        "/my/installed-products/new",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def portal_file_installed_product(self, **post):
        if not self._is_revisit_dealer():
            return request.redirect("/my")
        typed = {
            name: post[name].replace("\x00", "").strip()[:MAX_TYPED]
            if isinstance(post.get(name), str)
            else ""
            for name in FIELDS
        }
        error = ""
        if request.httprequest.method == "POST":
            try:
                with request.env.cr.savepoint():
                    line = request.env["revisit.archive.line"]._portal_file(typed)
                request.session[FILED] = line.id
                return request.redirect("/my/installed-products", code=303)
            except UserError as refusal:
                error = str(refusal)
                if isinstance(refusal, TooManyFiled):
                    request.env["revisit.archive.line"]._portal_ask_headquarters(
                        refusal.customer
                    )
        return self._render_revisit_filing(typed, error)

    def _render_revisit_filing(self, typed, error):
        lines = request.env["revisit.archive.line"]
        company = request.env.company
        today = str(company._revisit_today())
        found = lines._portal_get_products(typed["product"], company)
        values = self._prepare_portal_layout_values()
        values.update(
            # a form that is opened anew begins with today
            typed=typed if error else {**typed, "sold_on": today},
            error=error,
            today=today,
            lengths=LENGTHS,
            choices=found if error and len(found) > 1 else found[:0],
            usual=lines._portal_get_usual(),
            page_name="revisit_archive_new",
        )
        return request.render("revisit_management.portal_file_archive", values)

    def _prepare_revisit_archive_page(self, domain, order, page, chosen):
        """Say on the list what was just filed."""
        values = super()._prepare_revisit_archive_page(domain, order, page, chosen)
        filed = request.session.get(FILED)
        if filed:
            request.session.pop(FILED)
            lines = request.env["revisit.archive.line"]
            own = lines.search(
                self._get_revisit_archive_domain() & Domain("id", "=", filed)
            )
            values["filed"] = own.sudo()  # access was checked by the search
        return values
