# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools.sql import escape_psql

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..tools.terms import MEASURES, PORTAL_GROUP
from ..tools.values import MAX_DIGITS, NOTE_SIZE

PAGE_SIZE = 20
HISTORY = "revisit_callbacks_history"
# session key: what was typed next to a step that succeeded, until the page is shown
TYPED = "revisit_callbacks_typed"
ATTEMPT_FIELDS = ("outcome", "minutes", "note", "next_at", "phone", "seen")
ANSWER_FIELDS = (*MEASURES, "nps", "feedback", "customer_confirmed")
RESULT_FIELDS = ("result", *ANSWER_FIELDS, "signature_refused")


class CallbackPortal(CustomerPortal):
    """A dealer's own callbacks, for the dealer's portal users."""

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
                # a field that was not sent is left as it is
                words = typed["feedback"] if "feedback" in post else None
                callback._portal_redo(words, typed["note"])
                return request.redirect(f"/my/callbacks/{callback.id}?message=redone")
            with request.env.cr.savepoint():
                if step == "finish":
                    self._finish_revisit_callback(
                        callback, {**typed, "sent": set(post)}, verdicts, questions
                    )
                    return request.redirect(f"/my/callbacks/{callback.id}?message=done")
                callback._portal_log_attempt(**self._parse_revisit_attempt(typed))
        except UserError as error:
            return self._render_revisit_callback(callback, typed, error=str(error))
        # the attempts say now how the callback ends
        kept = {**{name: typed[name] for name in result_fields}, "result": ""}
        request.session[TYPED] = {str(callback.id): kept}
        anchor = "#finish" if typed["outcome"] == "reached" else ""
        return request.redirect(f"/my/callbacks/{callback.id}?message=attempt{anchor}")

    def _get_revisit_typed(self, post, result_fields):
        return {
            name: self._clean_revisit_text(post.get(name))
            for name in (*ATTEMPT_FIELDS, *result_fields)
        }

    def _finish_revisit_callback(self, callback, typed, verdicts, questions):
        # its state only, of a callback that was found as the dealer's
        if typed["outcome"] and callback.sudo().is_open:
            # one page, one step: what was chosen above is logged, too
            callback._portal_log_attempt(**self._parse_revisit_attempt(typed))
        callback._portal_finish(
            verdicts={name: typed[name] for name in verdicts},
            questions={
                question["key"]: typed[name] for name, question in questions.items()
            },
            **self._parse_revisit_result(typed),
        )

    def _choose_revisit_channel(self, callback, channel, typed):
        """Let a dealer choose among the ways that the policy offers."""
        callback._portal_choose_channel(channel)
        request.session[TYPED] = {str(callback.id): typed}
        return request.redirect(f"/my/callbacks/{callback.id}?message=channel")

    def _render_revisit_callback(self, callback, typed, error=None, message=None):
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
            message=message,
            number=message == "attempt"
            and callback_sudo._portal_get_seen_number(request.env.user),
            asks_signature=asks_signature,
            may_refuse_signature=may_refuse,
            follows=follows,
            seen=max(attempts.ids, default=0),
            max_note=NOTE_SIZE,
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
            raise UserError(" ".join(refusals))

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
        reader = request.env["revisit.reader"]
        minutes = reader._read_number(
            request.env._("Duration in minutes"), typed["minutes"], low=0, high=1440
        )
        zone = request.env["revisit.callback"]._portal_zone()
        seen = typed["seen"]
        return {
            "outcome": typed["outcome"],
            # scripts send it; nobody types it, so that no error names it
            "seen": int(seen) if seen.isdecimal() and len(seen) < MAX_DIGITS else None,
            "duration": round((minutes or 0) * 60),
            "note": typed["note"],
            "phone": typed["phone"],
            "next_at": reader._read_moment(
                request.env._("Date and time of the next call"), typed["next_at"], zone
            ),
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

    def _clean_revisit_text(self, text):
        # nobody can type a file in place of a text, or a NUL byte
        return text.replace("\x00", "").strip() if isinstance(text, str) else ""

    def _set_revisit_timezone(self, callback):
        """Show and read times in the zone of the callback's company, which is named."""
        # a dealer's user may not read calendars; only the time zone is read here
        request.update_context(tz=callback.sudo().company_id._revisit_tz())
        return callback.with_env(request.env)
