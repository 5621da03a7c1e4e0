# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import consteq

from ..models.revisit_callback_portal import MAX_ID


class CallbackTime(http.Controller):
    """The page on which a customer confirms the time of a callback (SPEC B9)."""

    @http.route(
        "/revisit/time/<int:callback_id>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def callback_time(self, callback_id, access_token=None, step=None, **form):
        """Show the planned time; with ``step`` take the customer's answer.

        Only the token opens the page, whoever is logged in: a dealer who follows a
        number learns nothing, not even whether the callback exists (L1). Looking at
        the page changes nothing, since mail scanners do so.
        """
        callback = self._find_revisit_callback(callback_id, access_token)
        if not callback:
            raise request.not_found()
        values = {"access_token": access_token, "error": "", "thanks": False}
        if request.httprequest.method == "POST" and callback._may_answer_time():
            try:
                self._answer_revisit_time(callback, step, form)
                values["thanks"] = True
            except UserError as error:
                values["error"] = str(error)
        tz = callback._get_customer_tz()
        values.update(
            callback=callback,
            res_company=callback.company_id,
            may_answer=callback._may_answer_time(),
            proposed=form.get("proposed") or "",
            seen=callback.planned_at and str(callback.planned_at),
            tz=tz,
            proposal=callback.proposed_at
            and callback._format_time(callback.proposed_at, tz),
        )
        response = request.render("revisit_management.callback_time_page", values)
        # the address is a key: it goes to no other site and into no cache
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def _find_revisit_callback(self, callback_id, token):
        """Return the callback with sudo if the token is its own, else nothing."""
        callbacks = request.env["revisit.callback"].with_user(SUPERUSER_ID)
        if callback_id > MAX_ID or not token:
            return callbacks
        callback = callbacks.browse(callback_id).exists()
        if not callback.access_token or not consteq(callback.access_token, token):
            return callbacks
        lang = callback.partner_id.lang
        if lang:
            request.update_context(lang=lang)
            callback = callback.with_context(lang=lang)
        return callback

    def _answer_revisit_time(self, callback, step, form):
        """Take the customer's answer.

        :raise UserError: what the customer may read and correct
        """
        if form.get("seen") != str(callback.planned_at):
            raise UserError(
                request.env._(
                    "The time has been changed meanwhile. Please look at it again."
                )
            )
        if step == "confirm":
            callback._answer_confirm()
            return
        reader, tz = request.env["revisit.reader"], callback._get_customer_tz()
        try:
            proposed = reader._read_moment("proposed", form.get("proposed"), tz)
        except UserError:
            proposed = False  # a sentence for customers, not for programs
        if not proposed:
            raise UserError(
                request.env._("Please choose a day and a time that suit you better.")
            )
        callback._answer_propose(proposed)
