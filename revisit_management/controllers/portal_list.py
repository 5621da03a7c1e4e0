# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, http
from odoo.fields import Domain
from odoo.http import request
from odoo.tools.sql import escape_psql

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..tools.terms import PORTAL_GROUP

PAGE_SIZE = 20
# session key: the callbacks of the list that was shown last
HISTORY = "revisit_callbacks_history"


class CallbackList(CustomerPortal):
    """The list of a dealer's own callbacks, and their number on the home page."""

    # ------------------------------------------------------------
    # HOME
    # ------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        wanted = {"revisit_callback_count", "revisit_callback_urgent_count"}
        wanted &= set(counters)
        if wanted and request.env.user.has_group(PORTAL_GROUP):
            filters = self._get_revisit_filters()
            keys = {
                "revisit_callback_count": "open",
                "revisit_callback_urgent_count": "urgent",
            }
            for counter in wanted:
                values[counter] = request.env["revisit.callback"].search_count(
                    self._get_revisit_domain(filters[keys[counter]]["domain"])
                )
        return values

    # ------------------------------------------------------------
    # LIST
    # ------------------------------------------------------------

    @http.route(
        ["/my/callbacks", "/my/callbacks/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_callbacks(
        self,
        page=1,
        sortby=None,
        filterby=None,
        search=None,
        search_in="all",
        **_kwargs,
    ):
        if not request.env.user.has_group(PORTAL_GROUP):
            return request.redirect("/my")
        sortings = self._get_revisit_sortings()
        filters = self._get_revisit_filters()
        inputs = self._get_revisit_search_inputs()
        chosen = {
            "sortby": sortby if sortby in sortings else "deadline",
            "filterby": filterby if filterby in filters else "open",
            "search_in": search_in if search_in in inputs else "all",
            "search": self._clean_revisit_text(search),
        }
        domain = self._get_revisit_domain(filters[chosen["filterby"]]["domain"])
        if chosen["search"]:
            domain &= self._get_revisit_search_domain(
                chosen["search_in"], chosen["search"]
            )
        shown = self._prepare_revisit_page(
            domain, sortings[chosen["sortby"]]["order"], page, chosen
        )
        request.session[HISTORY] = shown["callbacks"].ids
        values = {
            **self._prepare_portal_layout_values(),
            **shown,
            "searchbar_sortings": sortings,
            "searchbar_filters": filters,
            "searchbar_inputs": inputs,
            **chosen,
        }
        return request.render("revisit_management.portal_my_callbacks", values)

    def _prepare_revisit_page(self, domain, order, page, chosen):
        """Return what a page of the list shows of the callbacks in ``domain``.

        :param chosen: what the links to the other pages keep of the user's choices
        """
        Callback = request.env["revisit.callback"]
        total = Callback.search_count(domain)
        pages = pager(
            url="/my/callbacks",
            url_args=chosen,
            total=total,
            page=page,
            step=PAGE_SIZE,
        )
        callbacks = Callback._portal_search(
            domain, order=order, limit=PAGE_SIZE, offset=pages["offset"]
        )
        # names of customers and products; access was checked by the search
        callbacks = callbacks.sudo()
        zones = {company._revisit_tz() for company in callbacks.company_id}
        return {
            "callbacks": callbacks,
            "timezone_name": ", ".join(sorted(zones)),
            "total": total,
            "page_name": "revisit_callback",
            "default_url": "/my/callbacks",
            "pager": pages,
        }

    def _get_revisit_domain(self, domain):
        """Return the user's callbacks in ``domain``, one for each contact."""
        return (
            request.env["revisit.callback"]._portal_domain()
            & Domain("contact_id", "=", False)
            & domain
        )

    def _get_revisit_sortings(self):
        return {
            "deadline": {"label": request.env._("Deadline"), "order": "due"},
            "newest": {
                "label": request.env._("Newest"),
                "order": "event_at desc, id desc",
            },
        }

    def _get_revisit_filters(self):
        Callback = request.env["revisit.callback"]
        is_open = Domain("is_open", "=", True)
        # what colleagues have made, they put right
        own = Callback._get_made_by_dealer_domain()
        to_sign = own & Callback._get_to_sign_domain()
        to_redo = own & Callback._get_to_redo_domain()
        late = is_open & Domain("window_end", "<=", fields.Datetime.now())
        # what ends today, even if it has not opened yet, or was promised for today
        urgent = is_open & Callback._get_due_today_domain()
        return {
            "open": {
                "label": request.env._("Open"),
                "domain": is_open | to_sign | to_redo,
            },
            "urgent": {
                "label": request.env._("Late or Due Today"),
                "domain": urgent | to_sign | to_redo,
            },
            "today": {"label": request.env._("Due Today"), "domain": urgent & ~late},
            "late": {"label": request.env._("Late"), "domain": late},
            "to_sign": {
                "label": request.env._("To Be Signed Again"),
                "domain": to_sign,
            },
            "to_redo": {"label": request.env._("To Be Redone"), "domain": to_redo},
            "done": {
                "label": request.env._("Done"),
                "domain": Domain("state", "in", ("done", "reviewed")),
            },
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
        }

    def _get_revisit_search_inputs(self):
        return {
            "all": {"input": "all", "label": request.env._("Search in All")},
            "customer": {
                "input": "customer",
                "label": request.env._("Search in Customer"),
            },
            "document": {
                "input": "document",
                "label": request.env._("Search in Document"),
            },
        }

    def _get_revisit_search_domain(self, search_in, search):
        search = escape_psql(search)  # what is typed stands for itself
        domains = {
            # portal users cannot read customers: the name is looked up without
            # their rules, and only among callbacks that are theirs
            "customer": Domain(
                "partner_id", "any!", Domain("complete_name", "ilike", search)
            ),
            "document": Domain("source_name", "ilike", search),
        }
        if search_in in domains:
            return domains[search_in]
        return Domain.OR(domains.values())

    def _clean_revisit_text(self, text):
        # nobody can type a file in place of a text, or a NUL byte
        return text.replace("\x00", "").strip() if isinstance(text, str) else ""
