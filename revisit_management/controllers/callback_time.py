# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..tools import hours
from ..tools.faults import Faults, read
from ..tools.links import TIME_PATH, TIME_SCOPE
from .customer_page import CustomerPage

# limit on the answers to one question within ten minutes
MAX_ANSWERS = 10


class CallbackTime(CustomerPage):
    """The page on which a customer answers whether the time of a callback suits."""

    @http.route(
        "/revisit/time/<int:callback_id>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
        # the key in the link is the authority, also in browsers that keep no cookies
        csrf=False,
    )
    def callback_time(self, callback_id, access_token=None, step=None, **form):
        """Show the planned time; with ``step`` store the customer's answer."""
        callback = request.env["revisit.callback"]._open_time_link(
            callback_id, access_token
        )
        step, form = self._read_one_click(step, form)
        link = (TIME_SCOPE, callback_id, access_token)
        if self._is_flooding("callback_time", callback, link):
            return self._render_revisit_closed(429)
        if not callback:
            late = self._get_revisit_late_proposal(callback_id, access_token, form)
            return self._answer_dead_link(link, step, form, late)
        if callback.partner_id.lang:
            request.update_context(lang=callback.partner_id.lang)
            callback = callback.with_context(lang=callback.partner_id.lang)
        error, wrong = "", {}
        if request.httprequest.method == "POST":
            try:
                self._answer_revisit_time(callback, step, form)
                return self._reload_revisit_page(
                    f"{TIME_PATH}{callback.id}", access_token
                )
            except UserError as refusal:
                error, wrong = str(refusal), read(refusal)
        return self._render_revisit_time(callback, access_token, error, wrong, form)

    def _get_revisit_late_proposal(self, callback_id, key, form):
        """Return the time proposed by a form whose link has ended meanwhile."""
        callbacks = request.env["revisit.callback"]
        callback = callbacks._get_linked(TIME_SCOPE, callback_id, key)
        proposed = form.get("proposed")
        if not callback or request.httprequest.method != "POST":
            return []
        if not isinstance(proposed, str) or not callback._clean_untaken(proposed):
            return []
        proposed = callback._clean_untaken(proposed)
        return [(callback.env._("Your proposal"), proposed.replace("T", " "))]

    # ------------------------------------------------------------
    # PAGES
    # ------------------------------------------------------------

    def _render_revisit_time(self, callback, key, error, wrong, form):
        first, last = map(hours.format_hour, callback._get_call_hours())
        proposed = form.get("proposed")
        return self._render_revisit_page(
            "revisit_management.callback_time_page",
            {
                "access_token": key,
                # told where it belongs, or else at the top
                "error": "" if wrong else error,
                "faults": wrong,
                "callback": callback,
                "res_company": callback.company_id,
                "may_answer": callback._may_answer_time(),
                "proposed": proposed if isinstance(proposed, str) else "",
                "seen": callback.planned_at and str(callback.planned_at),
                "answered": callback.time_answered_at or "",
                "foreign_zone": callback._get_foreign_zone(),
                "proposal": callback.proposed_at
                and callback._format_for_customer(callback.proposed_at),
                "call_hours": request.env._(
                    "We call between %(first)s and %(last)s.", first=first, last=last
                ),
            },
        )

    # ------------------------------------------------------------
    # ANSWERS
    # ------------------------------------------------------------

    def _answer_revisit_time(self, callback, step, form):
        """Store the customer's answer.

        :raise UserError: the answer cannot be used; the message is for the customer
        """
        if step == "confirm" and callback._is_confirmed_by_customer():
            return  # the form was sent twice
        hits = request.env["revisit.public.hit"]._count_hit(
            "callback_time.answer", str(callback.id)
        )
        if hits > MAX_ANSWERS:
            raise UserError(
                request.env._("Too many answers at once: try again in ten minutes.")
            )
        if step == "stop":
            self._check_revisit_stop(form)
            callback._answer_stop()
            return
        self._check_page_is_current(callback, form)
        if step == "confirm":
            callback._answer_confirm()
            return
        if step != "propose":
            raise UserError(request.env._("Please press one of the two buttons."))
        reader, tz = request.env["revisit.reader"], callback._get_customer_tz()
        try:
            proposed = reader._read_moment("proposed", form.get("proposed"), tz)
        except UserError:
            proposed = False  # the reader's message is not meant for customers
        wrong = Faults()
        with wrong.at("proposed"):
            if not proposed:
                raise UserError(
                    request.env._(
                        "Please choose a day and a time that suit you better."
                    )
                )
            callback._answer_propose(proposed)
        wrong.check()

    def _check_page_is_current(self, callback, form):
        """Refuse an answer that was given on an outdated page.

        :raise UserError: something was answered or planned since the page was made
        """
        if callback.time_answered_by == "customer":
            raise UserError(
                request.env._(
                    "You have answered already, and nothing was changed now. What you"
                    " said is shown below; call us, please, if it no longer suits you."
                )
            )
        is_current = (
            form.get("seen") == str(callback.planned_at)
            and form.get("answered", "") == str(callback.time_answered_at or "")
            and callback._may_answer_time()
        )
        if not is_current:
            raise UserError(
                request.env._(
                    "The time has been changed meanwhile. Please look at it again."
                )
            )
