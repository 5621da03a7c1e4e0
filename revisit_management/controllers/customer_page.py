# Part of Revisit. See LICENSE file for full copyright and licensing details.
import ipaddress
import logging
from urllib.parse import urlencode

from odoo import http
from odoo.http import request

_logger = logging.getLogger(__name__)

# limits on the requests of one visitor within ten minutes; behind a private address
# there may be a whole office, or a proxy that hides all visitors
MAX_WRONG = 20
MAX_WRONG_PRIVATE = 50
MAX_OPENED = 200
MAX_OPENED_PRIVATE = 2000


class CustomerPage(http.Controller):
    """What the pages have in common that customers open by the key in a link.

    Only the key opens them, whoever is logged in: a colleague or dealer who tries out
    callback numbers learns nothing, not even whether a callback exists. Opening a page
    changes nothing, because mail scanners open links, too.
    """

    # ------------------------------------------------------------
    # LIMITS
    # ------------------------------------------------------------

    def _is_flooding(self, page, callback):
        """Count the request; return whether this visitor has made too many.

        :param page: for which page it is counted
        :param callback: what the key has opened, may be empty
        """
        address = request.httprequest.remote_addr or ""
        try:
            is_private = ipaddress.ip_address(address).is_private
        except ValueError:
            is_private = True
        if callback:
            purpose = f"{page}.opened"
            limit = MAX_OPENED_PRIVATE if is_private else MAX_OPENED
        else:
            purpose = f"{page}.wrong"
            limit = MAX_WRONG_PRIVATE if is_private else MAX_WRONG
        hits = request.env["revisit.public.hit"]._count_hit(purpose, address)
        if hits == limit + 1:
            _logger.warning(
                "Too many requests for customers' pages from one address (%s).%s",
                purpose,
                " It is a private one: behind a proxy, set proxy_mode." * is_private,
            )
        return hits > limit

    # ------------------------------------------------------------
    # PAGES
    # ------------------------------------------------------------

    def _render_revisit_closed(self, status, company=None, typed=()):
        """Say that the link is not valid, with the same page whatever the reason.

        :param company: whose phone number helps, in the customer's language, see
            ``_get_link_company``
        :param typed: ``[(what was asked, text)]`` of a form that came too late
        """
        if company and company.env.lang:
            request.update_context(lang=company.env.lang)
        values = {
            "too_many": status == 429,
            "phone": company and company.phone,
            "typed": typed,
        }
        return self._render_revisit_page(
            "revisit_management.callback_time_closed", values, status
        )

    def _render_revisit_page(self, template, values, status=200):
        lang = request.env.lang or "en_US"
        values = {**values, "html_data": {"lang": lang.replace("_", "-")}}
        response = request.render(template, values, status=status)
        return self._hide_revisit_key(response)

    def _reload_revisit_page(self, path, key):
        """Answer a form that was taken: the page is loaded anew.

        So going back, or loading it again, sends nothing twice. The key stays in the
        address, as some browsers keep no cookies.
        """
        address = f"{path}?{urlencode({'access_token': key})}"
        return self._hide_revisit_key(request.redirect(address, code=303))

    def _hide_revisit_key(self, response):
        # the address contains the key: no other site and no cache may get it
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        # nobody else's page lays a button over ours
        response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        response.headers["X-Frame-Options"] = "DENY"
        return response
