# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..tools.terms import PORTAL_GROUP
from ..tools.values import NOTE_SIZE
from .customer_page import CustomerPage

# limit on the forms sent by one customer within ten minutes
MAX_SENT = 10


class CustomerDataMixin:
    """What both ways to the page have in common."""

    def _prepare_revisit_data(self, partner, company, **values):
        """Return what the page shows; ``partner`` and ``company`` are with sudo."""
        return {
            "partner": partner,
            "company": company,
            "max_words": NOTE_SIZE,
            "words": "",
            "error": "",
            **values,
            **partner._revisit_get_known(company, values["is_signed_in"]),
        }

    def _answer_revisit_data(self, partner, company, step, form):
        """Do what the customer asks for.

        :return: what was typed, and why it was refused; the latter is empty if not
        """
        words = form.get("words")
        words = words.replace("\x00", "").strip() if isinstance(words, str) else ""
        words = words.replace("\r\n", "\n")
        try:
            with request.env.cr.savepoint():
                self._do_revisit_data(partner, company, step, form, words)
        except UserError as refusal:
            return words, str(refusal)
        return "", ""

    def _do_revisit_data(self, partner, company, step, form, words):
        hits = request.env["revisit.public.hit"]._count_hit(
            "customer_data.sent", str(partner.id)
        )
        if hits > MAX_SENT:
            raise UserError(
                request.env._("Too many answers at once: try again in ten minutes.")
            )
        if step == "correct":
            partner._revisit_ask_correction(company, words)
        elif step == "stop":
            if not form.get("sure"):
                raise UserError(
                    request.env._(
                        "Please tick the box if you want no more contact from us."
                    )
                )
            partner._revisit_stop(company)
        else:
            raise UserError(request.env._("Please press one of the two buttons."))


class CustomerData(CustomerDataMixin, CustomerPage):
    """What we know about a customer, for whoever has opened their questionnaire."""

    @http.route(
        "/revisit/me/<int:partner_id>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
        # the key in the link is the authority, also in browsers that keep no cookies
        csrf=False,
    )
    def customer_data(self, partner_id, access_token=None, step=None, **form):
        """Show what is known; with ``step`` do what the customer asks for."""
        partners = request.env["res.partner"]
        partner, company = partners._revisit_open_data(partner_id, access_token)
        if self._is_flooding("customer_data", partner):
            return self._render_revisit_closed(429)
        if not partner:
            owner, company = partners._revisit_open_data(
                partner_id, access_token, expired=True
            )
            company = company.with_context(lang=owner.lang)
            return self._render_revisit_closed(404, company)
        if partner.lang:
            request.update_context(lang=partner.lang)
            partner = partner.with_context(lang=partner.lang)
            company = company.with_context(lang=partner.lang)
        words, error = "", ""
        if request.httprequest.method == "POST":
            words, error = self._answer_revisit_data(partner, company, step, form)
            if not error:
                return self._reload_revisit_page(
                    f"/revisit/me/{partner.id}", access_token
                )
        values = self._prepare_revisit_data(
            partner,
            company,
            is_signed_in=False,
            access_token=access_token,
            words=words,
            error=error,
            res_company=company,
        )
        return self._render_revisit_page(
            "revisit_management.customer_data_page", values
        )


class CustomerDataPortal(CustomerDataMixin, CustomerPortal):
    """The same for customers who log in to the portal: of themselves only."""

    @http.route(
        "/my/customer-data",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def portal_my_customer_data(self, step=None, **form):
        user = request.env.user
        if not user.share or user.has_group(PORTAL_GROUP):
            return request.redirect("/my")
        # a portal user may not read callbacks; these are the user's own
        partner, company = user.partner_id.sudo(), request.env.company.sudo()
        words, error = "", ""
        if request.httprequest.method == "POST":
            words, error = self._answer_revisit_data(partner, company, step, form)
            if not error:
                return request.redirect("/my/customer-data", code=303)
        values = self._prepare_portal_layout_values()
        values |= self._prepare_revisit_data(
            partner,
            company,
            is_signed_in=True,
            words=words,
            error=error,
            page_name="revisit_data",
        )
        response = request.render("revisit_management.portal_my_customer_data", values)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "DENY"
        return response
