# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..tools.faults import Faults, mark
from ..tools.terms import MEASURES
from ..tools.values import MAX_DIGITS, NOTE_SIZE
from .portal_list import HISTORY, CallbackList

# session key: what was typed next to a step that succeeded, until the page is shown
TYPED = "revisit_callbacks_typed"
ATTEMPT_FIELDS = ("outcome", "minutes", "note", "next_at", "again", "phone", "seen")
ANSWER_FIELDS = (*MEASURES, "nps", "feedback", "customer_confirmed")
RESULT_FIELDS = ("result", *ANSWER_FIELDS, "signature_refused")


class CallbackPortal(CallbackList):
    """A dealer's own callbacks, for the dealer's portal users."""

    # ------------------------------------------------------------
    # ONE CALLBACK
    # ------------------------------------------------------------

    @http.route(
        "/my/callbacks/<int:callback_id>",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def portal_my_callback(self, callback_id, step=None, message=None, **post):
        callback = request.env["revisit.callback"]._portal_find(callback_id)
        if not callback:
            return request.redirect("/my")
        callback = self._set_revisit_timezone(callback)
        # whether the dealer may see the leader is checked next
        leader = callback.sudo().contact_id
        if leader and request.env["revisit.callback"]._portal_find(leader.id):
            return request.redirect(f"/my/callbacks/{leader.id}")
        if request.httprequest.method == "POST":
            return self._post_revisit_callback(callback, step, post)
        typed = request.session.get(TYPED, {}).get(str(callback_id))
        if typed is not None:
            request.session.pop(TYPED)
        return self._render_revisit_callback(callback, typed, message=message)

    def _post_revisit_callback(self, callback, step, post):
        """Do one step; whatever stops it, the page keeps all that was typed."""
        verdicts = list(callback.sudo()._portal_verdicts())  # names of fields
        # access was checked when the callback was found
        questions = callback.sudo()._portal_questions()
        result_fields = dict.fromkeys((*RESULT_FIELDS, *verdicts, *questions))
        typed = self._get_revisit_typed(post, result_fields)
        try:
            self._save_revisit_files(callback)
            if step == "channel" or post.get("channel"):
                return self._choose_revisit_channel(
                    callback, post.get("channel"), typed
                )
            if step == "arrive":
                callback._portal_arrive()
                request.session[TYPED] = {str(callback.id): typed}
                return request.redirect(f"/my/callbacks/{callback.id}?message=arrived")
            if step == "number":
                callback._portal_enter_number(typed["phone"])
                request.session[TYPED] = {str(callback.id): {**typed, "phone": ""}}
                return request.redirect(f"/my/callbacks/{callback.id}?message=number")
            if step == "redone":
                return self._redo_revisit_callback(callback, typed, post)
            with request.env.cr.savepoint():
                if step == "finish":
                    self._finish_revisit_callback(
                        callback, {**typed, "sent": set(post)}, verdicts, questions
                    )
                    return request.redirect(f"/my/callbacks/{callback.id}?message=done")
                callback._portal_log_attempt(**self._parse_revisit_attempt(typed))
        except UserError as error:
            # the names of the callback, which was found as the dealer's
            told = callback.sudo()._portal_tell(error)
            return self._render_revisit_callback(callback, typed, **told)
        # the attempts say now how the callback ends
        kept = {**{name: typed[name] for name in result_fields}, "result": ""}
        request.session[TYPED] = {str(callback.id): kept}
        anchor = "#finish" if typed["outcome"] == "reached" else ""
        return request.redirect(f"/my/callbacks/{callback.id}?message=attempt{anchor}")

    def _get_revisit_typed(self, post, result_fields):
        typed = {
            name: self._clean_revisit_text(post.get(name))
            for name in (*ATTEMPT_FIELDS, *result_fields)
        }
        if typed["again"] and not typed["outcome"]:
            typed["outcome"] = "rescheduled"
        return typed

    def _redo_revisit_callback(self, callback, typed, post):
        # a field that was not sent is left as it is
        words = typed["feedback"] if "feedback" in post else None
        callback._portal_redo(words, typed["note"])
        return request.redirect(f"/my/callbacks/{callback.id}?message=redone")

    def _finish_revisit_callback(self, callback, typed, verdicts, questions):
        # its state only, of a callback that was found as the dealer's
        is_tried = typed["outcome"] and callback.sudo().is_open
        wrong, attempt, result = Faults(), {}, {}
        if is_tried:
            with wrong.at():
                attempt = self._parse_revisit_attempt(typed)
        talk = {
            "verdicts": {name: typed[name] for name in verdicts},
            "questions": {
                question["key"]: typed[name] for name, question in questions.items()
            },
        }
        with wrong.at():
            result = self._parse_revisit_result(typed)
        with wrong.at():
            # all that is wrong is told at once, of a callback found as the dealer's
            callback.sudo()._portal_read_talk(typed["result"], typed, **talk)
        wrong.check()
        if is_tried:
            # one page, one step: what was chosen above is logged, too
            callback._portal_log_attempt(**attempt)
        callback._portal_finish(**talk, **result)

    def _choose_revisit_channel(self, callback, channel, typed):
        """Let a dealer choose among the ways that the policy offers."""
        callback._portal_choose_channel(channel)
        request.session[TYPED] = {str(callback.id): typed}
        return request.redirect(f"/my/callbacks/{callback.id}?message=channel")

    def _render_revisit_callback(
        self, callback, typed, error=None, faults=None, message=None
    ):
        callback_sudo = callback.sudo()  # access was checked when it was found
        if typed is None:
            typed = self._get_revisit_recorded(callback_sudo)
        attempts = callback_sudo._get_leaders().attempt_ids
        # before the first attempt nothing is known of how it ends
        follows = callback_sudo._get_result() if attempts else ""
        if not typed.get("result"):
            typed = {**typed, "result": follows}
        asks_signature, may_refuse = callback_sudo._portal_signing()
        values = self._prepare_portal_layout_values()
        values.update(
            self._get_revisit_neighbours(callback),
            **self._get_revisit_choices(callback),
            **callback_sudo._portal_standing(),
            callback=callback_sudo,
            contact=callback_sudo._get_contact(),
            script=callback_sudo._get_contact_script(),
            typed=typed,
            error=error,
            faults=faults or {},
            message=message,
            number=message == "attempt"
            and callback_sudo._portal_get_seen_number(request.env.user),
            asks_signature=asks_signature,
            may_refuse_signature=may_refuse,
            follows=follows,
            seen=max(attempts.ids, default=0),
            max_note=NOTE_SIZE,
            slots=callback_sudo._portal_get_slots(),
            next_callback=self._get_revisit_next(callback_sudo),
            timezone_name=str(callback._portal_zone()),
            page_name="revisit_callback",
        )
        return request.render("revisit_management.portal_my_callback", values)

    def _get_revisit_choices(self, callback):
        """Return what the page offers to choose from."""
        selections = {
            name: callback.env[model]._fields[name]._description_selection(callback.env)
            for model, name in (
                ("revisit.attempt", "outcome"),
                ("revisit.callback", "result"),
                ("revisit.callback", "customer_confirmed"),
            )
        }
        callback = callback.sudo()  # access was checked when it was found
        return {
            "outcomes": selections["outcome"],
            "results": selections["result"],
            "verdicts": selections["customer_confirmed"],
            "verdict_rows": callback._portal_verdicts(),
            "questions": callback._portal_questions(),
            "channel_choices": callback._portal_choices(),
        }

    def _get_revisit_recorded(self, callback):
        """Return the answers recorded so far, as text for the form."""
        values = {
            name: f"{callback[name]:g}" if callback[name] is not False else ""
            for name in (*MEASURES, "nps")
        }
        return {
            **values,
            "feedback": callback.feedback or "",
            "customer_confirmed": callback.customer_confirmed or "",
            "signature_refused": "1" if callback.signature_refused else "",
        }

    def _get_revisit_neighbours(self, callback):
        """Return the links to the next callbacks of the list that was shown last.

        Not Odoo's ``get_records_pager``: that one writes access tokens, and these
        pages are for signed-in users only.
        """
        history = request.session.get(HISTORY, [])
        if callback.id not in history:
            return {}
        index = history.index(callback.id)
        before, after = history[max(index - 1, 0) : index], history[index + 1 :]
        return {
            "prev_record": before and f"/my/callbacks/{before[0]}",
            "next_record": after and f"/my/callbacks/{after[0]}",
        }

    def _get_revisit_next(self, callback):
        """Return the next of today's work, after the one on the page."""
        today = self._get_revisit_filters()["urgent"]["domain"]
        return callback._portal_find_next(self._get_revisit_domain(today))

    def _save_revisit_files(self, callback):
        # kept even if the step fails: a browser does not send files again by itself
        refusals = []
        for upload in request.httprequest.files.getlist("files"):
            try:
                if upload.filename:
                    callback._portal_attach(upload.filename, upload.read())
            except UserError as refusal:
                refusals.append(str(refusal))
        if refusals:
            error = UserError(" ".join(refusals))
            raise mark(error, {"files": str(error)})

    # ------------------------------------------------------------
    # PHONE NUMBER, SIGNATURE AND FILES
    # ------------------------------------------------------------

    @http.route(
        "/my/callbacks/<int:callback_id>/files/<int:attachment_id>",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_callback_file(self, callback_id, attachment_id):
        """Download a file that the dealer has attached."""
        callback = request.env["revisit.callback"]._portal_find(callback_id)
        # portal users may read no files except those of a callback found as theirs
        attachments = callback and callback.sudo()._portal_attachments()
        for attachment in attachments or ():
            if attachment.id == attachment_id:
                stream = request.env["ir.binary"]._get_stream_from(attachment)
                return stream.get_response(as_attachment=True)
        raise request.not_found()

    @http.route(
        "/my/callbacks/<int:callback_id>/phone",
        type="jsonrpc",
        auth="user",
        website=True,
    )
    def portal_callback_phone(self, callback_id):
        """Return the customer's number, after logging who asked for it."""
        callback = request.env["revisit.callback"]._portal_find(callback_id)
        if not callback:
            return {"error": request.env._("This callback is not one of yours.")}
        try:
            return {"phone": callback._portal_reveal_phone()}
        except UserError as error:
            return {"error": str(error)}

    @http.route(
        "/my/callbacks/<int:callback_id>/sign",
        type="jsonrpc",
        auth="user",
        website=True,
    )
    def portal_callback_sign(self, callback_id, name=None, signature=None):
        """Store a signature; the page stays open, with all that is typed on it."""
        callback = request.env["revisit.callback"]._portal_find(callback_id)
        if not callback:
            return {"error": request.env._("This callback is not one of yours.")}
        try:
            callback._portal_sign(name, signature)
        except UserError as error:
            return {"error": str(error)}
        # only the state is read, of a callback found as the dealer's
        if not callback.sudo().is_open:
            return {"message": request.env._("The signature is saved. Thank you.")}
        return {
            "message": request.env._(
                "The signature is saved. Close this window and finish the callback."
            )
        }

    # ------------------------------------------------------------
    # FROM TEXT TO VALUES
    # ------------------------------------------------------------

    def _parse_revisit_attempt(self, typed):
        reader, wrong = request.env["revisit.reader"], Faults()
        minutes = next_at = False
        with wrong.at("minutes"):
            minutes = reader._read_number(
                request.env._("Duration in minutes"), typed["minutes"], low=0, high=1440
            )
        zone = request.env["revisit.callback"]._portal_zone()
        with wrong.at("next_at"):
            next_at = reader._read_moment(
                request.env._("Date and time of the next call"), typed["next_at"], zone
            )
        wrong.check()
        seen = typed["seen"]
        return {
            "outcome": typed["outcome"],
            # scripts send it; nobody types it, so that no error names it
            "seen": int(seen) if seen.isdecimal() and len(seen) < MAX_DIGITS else None,
            "duration": round((minutes or 0) * 60),
            "note": typed["note"],
            "phone": typed["phone"],
            "again": typed["again"],
            "next_at": next_at,
        }

    def _parse_revisit_result(self, typed):
        """Return the answers; empty ones are False, as "not asked" is not zero.

        A field that the form did not have stays as it is.
        """
        names = [name for name in ANSWER_FIELDS if name in typed["sent"]]
        answers = {name: typed[name] for name in names}
        answers["signature_refused"] = bool(typed["signature_refused"])
        return {
            **request.env["revisit.callback"]._read_answers(answers),
            "result": typed["result"],
        }

    def _set_revisit_timezone(self, callback):
        """Show and read times in the zone of the callback's company, which is named."""
        # a dealer's user may not read calendars; only the time zone is read here
        request.update_context(tz=callback.sudo().company_id._revisit_tz())
        return callback.with_env(request.env)
