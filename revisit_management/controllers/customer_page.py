# Part of Revisit. See LICENSE file for full copyright and licensing details.
import ipaddress
import logging
from urllib.parse import urlencode

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..tools.faults import mark

_logger = logging.getLogger(__name__)

# limits on the requests of one visitor within ten minutes; behind a private address
# there may be a whole office, or a proxy that hides all visitors
MAX_WRONG = 20
MAX_WRONG_PRIVATE = 50
MAX_OPENED = 200
MAX_OPENED_PRIVATE = 2000
# limit on the wishes for no more contact by one link within ten minutes
MAX_STOPS = 10


class CustomerPage(http.Controller):
    """What the pages have in common that customers open by the key in a link.

    Only the key opens them, whoever is logged in: a colleague or dealer who tries out
    callback numbers learns nothing, not even whether a callback exists. Opening a page
    changes nothing, because mail scanners open links, too.
    """

    # ------------------------------------------------------------
    # LIMITS
    # ------------------------------------------------------------

    def _is_flooding(self, page, opened, link=None):
        """Count the request; return whether this visitor has made too many.

        :param page: for which page it is counted
        :param opened: what the key has opened, may be empty
        :param link: ``(scope, id, key)`` of a callback's page; a key that was ours is
            not guessed
        """
        address = request.httprequest.remote_addr or ""
        try:
            is_private = ipaddress.ip_address(address).is_private
        except ValueError:
            is_private = True
        if link and not opened:
            opened = request.env["revisit.callback"]._open_stop_link(*link)
        if opened:
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
    # NO MORE CONTACT
    # ------------------------------------------------------------

    def _is_one_click(self):
        """Return whether a mail program asks for no more contact (RFC 8058)."""
        http_request = request.httprequest
        return (
            http_request.method == "POST"
            and http_request.form.get("List-Unsubscribe") == "One-Click"
        )

    def _read_one_click(self, step, form):
        """Return what a form asks for: a mail program has been confirmed already."""
        return ("stop", {**form, "sure": "1"}) if self._is_one_click() else (step, form)

    def _check_revisit_stop(self, form):
        if not form.get("sure"):
            error = UserError(
                request.env._(
                    "Please tick the box if you want no more contact from us."
                )
            )
            raise mark(error, {"sure": str(error)})

    def _answer_dead_link(self, link, step, form, typed=()):
        """Say that a link opens nothing; one of ours may still stop all contact.

        :param link: ``(scope, id, key)``, see ``_open_stop_link``
        :param typed: ``[(what was asked, text)]`` of a form that came too late
        """
        callbacks = request.env["revisit.callback"]
        company = callbacks._get_link_company(*link)
        callback = callbacks._open_stop_link(*link)
        if callback and request.httprequest.method == "POST" and step == "stop":
            request.update_context(lang=callback.partner_id.lang or request.env.lang)
            hits = request.env["revisit.public.hit"]._count_hit(
                "customer_page.stop", str(callback.id)
            )
            if hits > MAX_STOPS:
                return self._render_revisit_closed(429)
            try:
                self._check_revisit_stop(form)
            except UserError as refusal:
                error = str(refusal)
                return self._render_revisit_closed(
                    404, company, callback, faults={"sure": error}, access_token=link[2]
                )
            callback._stop_by_link(link[0])
            return self._reload_revisit_page(request.httprequest.path, link[2])
        return self._render_revisit_closed(
            404, company, callback, access_token=link[2], typed=typed
        )

    # ------------------------------------------------------------
    # PAGES
    # ------------------------------------------------------------

    def _render_revisit_closed(self, status, company=None, callback=None, **values):
        """Say that the link is not valid, with the same page whatever the reason.

        :param company: whose name and phone number help, in the customer's language,
            see ``_get_link_company``
        :param callback: whose customer may stop all contact here, or nothing
        """
        if company and company.env.lang:
            request.update_context(lang=company.env.lang)
        banned = callback and callback.partner_id._revisit_is_banned()
        values = {
            "too_many": status == 429,
            "company": company,
            "may_stop": bool(callback) and not banned,
            "is_banned": banned,
            **values,
        }
        if company:
            values["res_company"] = company
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
        address, as some browsers keep no cookies. A mail program wants no other page.
        """
        if self._is_one_click():
            return self._hide_revisit_key(request.make_response(""))
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
