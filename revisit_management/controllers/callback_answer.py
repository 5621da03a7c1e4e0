# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..tools.values import NOTE_SIZE
from .customer_page import CustomerPage

# limit on the forms sent about one questionnaire within ten minutes
MAX_SENT = 20


class CallbackAnswer(CustomerPage):
    """The page on which a customer fills in the questionnaire of a callback."""

    @http.route(
        "/revisit/answer/<int:callback_id>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
        # the key in the link is the authority, also in browsers that keep no cookies
        csrf=False,
    )
    def callback_answer(self, callback_id, access_token=None, step=None, **form):
        """Show the questionnaire; with ``step`` store what the customer sends."""
        callback = request.env["revisit.callback"]._open_answer_link(
            callback_id, access_token
        )
        if self._is_flooding("callback_answer", callback):
            return self._render_revisit_closed(429)
        if not callback:
            return self._render_revisit_closed(404)
        if callback.partner_id.lang:
            request.update_context(lang=callback.partner_id.lang)
            callback = callback.with_context(lang=callback.partner_id.lang)
        typed = {name: text for name, text in form.items() if isinstance(text, str)}
        error = ""
        if request.httprequest.method == "POST" and not callback._has_returned():
            hits = request.env["revisit.public.hit"]._count_hit(
                "callback_answer.answer", str(callback.id)
            )
            try:
                if hits > MAX_SENT:
                    self._refuse_hurry()
                # whatever stops it, the page keeps all that was typed
                with request.env.cr.savepoint():
                    self._read_revisit_form(callback, step, typed)
            except UserError as refusal:
                error = str(refusal)
        has_returned = callback._has_returned() or not callback.is_open
        return self._render_revisit_page(
            "revisit_management.callback_answer_page",
            {
                "access_token": access_token,
                "error": error,
                "typed": typed,
                "callback": callback,
                "res_company": callback.company_id,
                "questions": {} if has_returned else callback._portal_questions(),
                "verdicts": {} if has_returned else callback._portal_verdicts(),
            },
        )

    def _refuse_hurry(self):
        raise UserError(
            request.env._("Too many answers at once: try again in ten minutes.")
        )

    def _read_revisit_form(self, callback, step, typed):
        """Store what the customer sends.

        :raise UserError: it cannot be used; the message is for the customer
        """
        if step == "stop":
            if not typed.get("sure"):
                raise UserError(
                    request.env._(
                        "Please tick the box if you want no more contact from us."
                    )
                )
            callback._return_declined()
            return
        if not callback.is_open:
            return  # answered meanwhile: the page says so
        if step != "send":
            raise UserError(request.env._("Please press one of the two buttons."))
        reader = request.env["revisit.reader"]
        feedback = reader._read_text(
            request.env._("Your words"), typed.get("feedback"), NOTE_SIZE
        )
        callback._return_answers(
            {
                question["key"]: typed.get(name)
                for name, question in callback._portal_questions().items()
            },
            {
                name: typed.get(name) if typed.get(name) in ("yes", "no") else None
                for name in callback._portal_verdicts()
            },
            feedback,
        )
