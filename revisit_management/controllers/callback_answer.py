# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..tools.links import ANSWER_PATH, ANSWER_SCOPE
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
        step, form = self._read_one_click(step, form)
        link = (ANSWER_SCOPE, callback_id, access_token)
        if self._is_flooding("callback_answer", callback, link):
            return self._render_revisit_closed(429)
        if not callback:
            late = self._get_revisit_late_answers(callback_id, access_token, form)
            return self._answer_dead_link(link, step, form, late)
        if callback.partner_id.lang:
            request.update_context(lang=callback.partner_id.lang)
            callback = callback.with_context(lang=callback.partner_id.lang)
        typed = self._get_revisit_texts(form)
        error, wrong, untaken = "", {}, []
        if request.httprequest.method == "POST":
            try:
                untaken = self._answer_revisit_form(callback, step, typed)
            except UserError as refusal:
                # the customer's own callback, by its key
                told = callback._portal_tell(refusal)
                error, wrong = told["error"], told["faults"]
            if not error and not untaken:
                return self._reload_revisit_page(
                    f"{ANSWER_PATH}{callback.id}", access_token
                )
        return self._render_revisit_questionnaire(
            callback,
            access_token=access_token,
            error=error,
            faults=wrong,
            untaken=untaken,
            typed=typed,
        )

    def _get_revisit_late_answers(self, callback_id, key, form):
        """Return ``[(question, answer)]`` of a form whose link has ended meanwhile.

        Only whoever has got the link reads there what they have typed.
        """
        callbacks = request.env["revisit.callback"]
        callback = callbacks._get_linked(ANSWER_SCOPE, callback_id, key)
        if not callback or request.httprequest.method != "POST":
            return []
        typed, rows = self._get_revisit_texts(form), []
        for name, question in callback._portal_questions().items():
            choices = {str(choice): label for choice, label in question["choices"]}
            if text := callback._clean_untaken(typed.get(name)):
                rows.append((question["title"], choices.get(text, text)))
        if words := callback._clean_untaken(typed.get("feedback")):
            rows.append((callback.env._("Your words"), words))
        return rows

    @staticmethod
    def _get_revisit_texts(form):
        """Return the texts of a form; files in their place are left out."""
        return {
            # a browser sends two characters for the end of each line
            name: text.replace("\r\n", "\n")
            for name, text in form.items()
            if isinstance(text, str)
        }

    def _render_revisit_questionnaire(self, callback, **values):
        is_asked = callback.is_open and not callback._has_returned()
        return self._render_revisit_page(
            "revisit_management.callback_answer_page",
            {
                **values,
                "callback": callback,
                "res_company": callback.company_id,
                "max_words": NOTE_SIZE,
                "questions": callback._portal_questions() if is_asked else {},
                "verdicts": callback._portal_verdicts() if is_asked else {},
            },
        )

    def _answer_revisit_form(self, callback, step, typed):
        """Store what the customer sends; return what was not taken, see below.

        :raise UserError: it cannot be used; whatever stops it, nothing is stored
        """
        hits = request.env["revisit.public.hit"]._count_hit(
            "callback_answer.answer", str(callback.id)
        )
        if hits > MAX_SENT:
            self._refuse_hurry()
        with request.env.cr.savepoint():
            return self._read_revisit_form(callback, step, typed)

    def _refuse_hurry(self):
        raise UserError(
            request.env._("Too many answers at once: try again in ten minutes.")
        )

    def _read_revisit_form(self, callback, step, typed):
        """Store what the customer sends.

        :return: ``[(question, answer)]`` of what came after the callback was finished
        :raise UserError: it cannot be used; the message is for the customer
        """
        if step == "stop":
            self._check_revisit_stop(typed)
            callback._return_declined()
            return []
        if step != "send":
            raise UserError(request.env._("Please press one of the two buttons."))
        if callback._has_returned() or not callback.is_open:
            return callback._keep_untaken(typed)
        callback._return_answers(
            {
                question["key"]: typed.get(name)
                for name, question in callback._portal_questions().items()
            },
            {
                name: typed.get(name) if typed.get(name) in ("yes", "no") else None
                for name in callback._portal_verdicts()
            },
            typed.get("feedback"),
        )
        return []
