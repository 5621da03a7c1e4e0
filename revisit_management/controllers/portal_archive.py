# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import http
from odoo.fields import Domain
from odoo.http import request
from odoo.tools.sql import escape_psql

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..tools.terms import PORTAL_GROUP

PAGE_SIZE = 20


class ArchivePortal(CustomerPortal):
    """The products that a dealer's customers own, for the dealer."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "revisit_archive_count" in counters and self._is_revisit_dealer():
            values["revisit_archive_count"] = request.env[
                "revisit.archive.line"
            ].search_count(self._get_revisit_archive_domain())
        return values

    @http.route(
        ["/my/installed-products", "/my/installed-products/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_installed_products(
        self, page=1, sortby=None, search=None, search_in="all", **_kwargs
    ):
        if not self._is_revisit_dealer():
            return request.redirect("/my")
        sortings = self._get_revisit_archive_sortings()
        inputs = self._get_revisit_archive_inputs()
        chosen = {
            "sortby": sortby if sortby in sortings else "sold",
            "search_in": search_in if search_in in inputs else "all",
            "search": (search or "").replace("\x00", "").strip(),
        }
        domain = self._get_revisit_archive_domain()
        if chosen["search"]:
            domain &= self._get_revisit_archive_search_domain(
                chosen["search_in"], chosen["search"]
            )
        shown = self._prepare_revisit_archive_page(
            domain, sortings[chosen["sortby"]]["order"], page, chosen
        )
        values = {
            **self._prepare_portal_layout_values(),
            **shown,
            "searchbar_sortings": sortings,
            "searchbar_inputs": inputs,
            **chosen,
        }
        return request.render("revisit_management.portal_my_archive", values)

    def _prepare_revisit_archive_page(self, domain, order, page, chosen):
        """Return what a page of the list shows of the products in ``domain``.

        :param chosen: what the links to the other pages keep of the user's choices
        """
        lines = request.env["revisit.archive.line"]
        total = lines.search_count(domain)
        pages = pager(
            url="/my/installed-products",
            url_args=chosen,
            total=total,
            page=page,
            step=PAGE_SIZE,
        )
        found = lines.search(
            domain, order=order, limit=PAGE_SIZE, offset=pages["offset"]
        )
        return {
            # names of customers and products; access was checked by the search
            "lines": found.sudo(),
            "total": total,
            "page_name": "revisit_archive",
            "default_url": "/my/installed-products",
            "pager": pages,
        }

    def _is_revisit_dealer(self):
        return request.env.user.has_group(PORTAL_GROUP)

    def _get_revisit_archive_domain(self):
        """Repeat the record rule, as other groups may let the user read more."""
        return Domain("dealer_id", "=", request.env.user.commercial_partner_id.id)

    def _get_revisit_archive_sortings(self):
        return {
            "sold": {"label": request.env._("Sold"), "order": "sold_on desc, id desc"},
            "installed": {
                "label": request.env._("Installed"),
                "order": "installed_on desc, id desc",
            },
            "warranty": {
                "label": request.env._("Warranty"),
                "order": "warranty_until, id",
            },
        }

    def _get_revisit_archive_inputs(self):
        return {
            "all": {"input": "all", "label": request.env._("Search in All")},
            "customer": {
                "input": "customer",
                "label": request.env._("Search in Customer"),
            },
            "product": {
                "input": "product",
                "label": request.env._("Search in Product"),
            },
            "serial": {
                "input": "serial",
                "label": request.env._("Search in Serial Number"),
            },
        }

    def _get_revisit_archive_search_domain(self, search_in, search):
        search = escape_psql(search)  # what is typed stands for itself
        # customers and products are looked up without the rules of portal users,
        # and only among the dealer's own lines
        named = Domain("name", "ilike", search) | Domain(
            "default_code", "ilike", search
        )
        domains = {
            # by the name that the list shows, not by the one that we know
            "customer": Domain("filed_name", "ilike", search)
            | (
                Domain("filed_name", "=", False)
                & Domain("partner_id", "any!", Domain("complete_name", "ilike", search))
            ),
            "product": Domain("product_id", "any!", named),
            "serial": Domain("serial_number", "ilike", search),
        }
        if search_in in domains:
            return domains[search_in]
        return Domain.OR(domains.values())
