# Part of Revisit. See LICENSE file for full copyright and licensing details.

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

from ...tools import periods, windows
from ...tools.terms import CHANNEL_PROOFS

# how many of a customer's newest documents and callbacks are explained
NEWEST = 3


class RevisitPolicy(models.Model):
    """Explains why a customer was called, or was not, in the reader's language.

    Nothing is planned here: each method checks one possible obstacle between a
    document and a callback, in the order in which the planner checks them.
    """

    _inherit = "revisit.policy"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _explain(self, records):
        """Return what each policy planned for documents or customers, or why nothing.

        :param records: documents of one model, or customers
        :return: list of dicts with ``policy_id``, ``answer`` (``planned``,
            ``touch``, ``left_out``, ``waiting`` or ``not_concerned``), ``text``,
            ``document`` (name), ``res_model``, ``res_id``, ``callback_id``
        """
        # the wizard checks access to the records; policies may read the rest
        answers, records = [], records.with_env(self.env).sudo()
        for policy in self:
            # days and conditions are evaluated in the time zone that the planner uses
            zone = {"tz": policy.company_id._revisit_tz()}
            ours = policy.sudo().with_context(**zone)
            answers += ours._explain_one(records.with_context(**zone))
        order = ["planned", "touch", "left_out", "waiting", "not_concerned"]
        return sorted(answers, key=lambda answer: order.index(answer["answer"]))

    def _explain_one(self, records):
        planned = self._explain_planned(records)
        if not self.model_name:
            text = self.env._("It is planned by hand or by an automation only.")
            return planned or [self._answer("not_concerned", text)]
        if self.model_name not in self.env:
            return planned or [self._answer("not_concerned", self._why_broken(records))]
        if records._name not in (self.model_name, "res.partner"):
            text = self.env._(
                "It is about other documents: %(kind)s.",
                kind=self.trigger_id._get_model_label(self.env[self.model_name]),
            )
            return planned or [self._answer("not_concerned", text)]
        documents = self._get_explained_documents(records)
        known = {answer["res_id"] for answer in planned}
        others = documents.filtered(lambda document: document.id not in known)
        answers = planned + [self._explain_document(document) for document in others]
        if answers:
            return answers
        text = self._why_archived(records) or self.env._(
            "There is no document of this kind for the customer: %(kind)s.",
            kind=self.trigger_id._get_model_label(self.env[self.model_name]),
        )
        return [self._answer("not_concerned", text)]

    def _answer(self, answer, text, document=None):
        name = ""
        if document:
            planner = self.env["revisit.planner"]
            name = planner._get_source_name(self.trigger_id, document)
        return {
            "policy_id": self.id,
            "answer": answer,
            "text": text,
            "document": name,
            "res_model": document._name if document else False,
            "res_id": document.id if document else False,
            "callback_id": False,
        }

    def _get_explained_documents(self, records):
        """Return the documents themselves, or the newest documents of customers."""
        if records._name == self.model_name and records._name != "res.partner":
            return records
        family = records.commercial_partner_id
        path = self.trigger_id.partner_path
        domain = Domain(path, "child_of", family.ids)
        if self.model_name == "res.partner" and path == "id":
            domain = Domain("id", "child_of", family.ids)
        Model = self.env[self.model_name].with_context(active_test=False)
        return Model.search(domain, order="id desc", limit=NEWEST)

    def _get_overlap_key(self):
        """Return a key that is equal if two policies ask a customer the same thing."""
        self.ensure_one()
        proof = CHANNEL_PROOFS[self.channel]
        return self.trigger_id._origin.id, self.level, self.contact_type, proof

    # ------------------------------------------------------------
    # WHAT WAS PLANNED
    # ------------------------------------------------------------

    def _explain_planned(self, records):
        """Return the answers for callbacks, touches and left-out occasions."""
        answers = []
        for model, explain in (
            ("revisit.callback", self._explain_callback),
            ("revisit.touch", self._explain_touch),
            ("revisit.planning.skip", self._explain_skip),
        ):
            Model = self.env[model].with_context(active_test=False)
            domain = Domain("policy_id", "=", self.id)
            if records._name == "res.partner":
                family = records.commercial_partner_id
                domain &= Domain("partner_id", "child_of", family.ids)
            else:
                domain &= Domain("source_model", "=", records._name)
                domain &= Domain("source_id", "in", records.ids)
            found = Model.search(domain, order="event_at desc, id desc", limit=NEWEST)
            answers += [explain(row) for row in found]
        return answers

    def _answer_row(self, answer, text, row, **values):
        return {
            **self._answer(answer, text),
            "document": row.source_name or "",
            "res_model": row.source_model,
            "res_id": row.source_id,
            **values,
        }

    def _explain_callback(self, callback):
        if not callback.sudo(False).has_access("read"):
            text = self.env._("It is planned for another unit.")
            return self._answer_row("planned", text, callback)
        text = self._describe_callback_state(callback)
        return self._answer_row(
            "planned",
            " ".join(filter(None, [text, callback.decision_text])),
            callback,
            callback_id=callback.id,
        )

    def _describe_callback_state(self, callback):
        states = dict(callback._fields["state"]._description_selection(self.env))
        state = states[callback.state]
        if callback.state != "cancelled" or not callback.cancel_reason:
            return self._describe_window(callback, state)
        reasons = dict(
            callback._fields["cancel_reason"]._description_selection(self.env)
        )
        reason = reasons[callback.cancel_reason]
        if (
            callback.cancel_reason == "source"
            and callback.partner_id._revisit_is_banned()
        ):
            reason = dict(
                self.env["revisit.planning.skip"]
                ._fields["reason"]
                ._description_selection(self.env)
            )["do_not_contact"]
        return self.env._("%(state)s: %(reason)s.", state=state, reason=reason)

    def _describe_window(self, callback, state):
        if callback.done_at:
            return self.env._(
                "%(state)s; made on %(moment)s.",
                state=state,
                moment=self._format_moment(callback.done_at),
            )
        return self.env._(
            "%(state)s; to be made from %(start)s to %(end)s.",
            state=state,
            start=self._format_moment(callback.window_start),
            end=self._format_moment(callback.deadline),
        )

    def _explain_touch(self, touch):
        states = dict(touch._fields["state"]._description_selection(self.env))
        text = self.env._(
            "Notice or greeting: %(state)s; from %(start)s on.",
            state=states[touch.state].lower(),
            start=self._format_moment(touch.window_start),
        )
        return self._answer_row("touch", text, touch)

    def _explain_skip(self, skip):
        reasons = dict(skip._fields["reason"]._description_selection(self.env))
        text = self.env._("%(reason)s.", reason=reasons[skip.reason])
        return self._answer_row(
            "left_out", " ".join(filter(None, [text, skip.reason_text])), skip
        )

    # ------------------------------------------------------------
    # WHY NOTHING WAS PLANNED
    # ------------------------------------------------------------

    def _explain_document(self, document):
        """Return the answer about a document for which nothing was planned."""
        for obstacle in (
            self._why_archived,
            self._why_broken,
            self._why_other_company,
            self._why_document_archived,
            self._why_condition,
            self._why_no_date,
            self._why_not_now,
        ):
            text = obstacle(document)
            if text:
                return self._answer("not_concerned", text, document)
        text = self.env._(
            "Nothing stands against it: the planner's next run looks at it."
        )
        return self._answer("waiting", text, document)

    def _why_archived(self, _document):
        return not self.active and self.env._("The policy is archived.")

    def _why_broken(self, _document):
        broken = self.trigger_id.broken or self.trigger_id._get_definition_error()
        return broken and self.env._(
            "The policy is paused, because its trigger %(trigger)s does not work:"
            " %(error)s",
            trigger=self.trigger_id.name,
            error=broken,
        )

    def _why_other_company(self, document):
        path = self.trigger_id.company_path
        owner = path and self.env["revisit.planner"]._follow(document, path)
        if owner and owner != self.company_id:
            return self.env._(
                "The document belongs to %(owner)s, the policy to %(company)s.",
                owner=owner.name,
                company=self.company_id.name,
            )
        return False

    def _why_document_archived(self, document):
        if "active" in document and not document["active"]:
            return self.env._("The document is archived.")
        return False

    def _why_condition(self, document):
        """Return which parts of the conditions the document does not meet, as text."""
        trigger = self.trigger_id
        parts = [
            *trigger._get_failing_parts(document, trigger._get_source_domain()),
            *trigger._get_failing_parts(document, trigger._parse_domain(self.domain)),
        ]
        return parts and self.env._(
            "The document does not meet the condition: %(parts)s.",
            parts="; ".join(parts),
        )

    def _why_no_date(self, document):
        if self._get_clock(document):
            return False
        *_steps, label = self.trigger_id._get_path_labels(self.trigger_id.clock_path)
        return self.env._(
            "The date that starts the clock is not filled in: %(field)s.", field=label
        )

    def _why_not_now(self, document):
        """Return why the event is outside the time that is planned now, or False."""
        event_at = self._get_clock(document)
        since, until = self.env["revisit.planner"]._get_horizon(self, sweep=True)
        recurrences = self.env["revisit.planner"]._get_recurrences()
        return getattr(self, recurrences[self.recurrence].explain)(
            document, event_at, since, until
        )

    def _why_not_now_event(self, _document, event_at, since, until):
        if event_at < since:
            return self._get_too_early(event_at)
        if event_at >= until:
            return self.env._(
                "The event on %(day)s lies too far ahead; it is planned when it comes"
                " nearer.",
                day=self._format_day(event_at),
            )
        return False

    def _why_not_now_sample(self, _document, event_at, since, _until):
        period = self._get_period_around(event_at)
        if period.end > fields.Datetime.now():
            return self.env._(
                "The sample of the period from %(first)s is drawn after it closes, on"
                " %(day)s.",
                first=self._format_date(period.day),
                day=self._format_day(period.end),
            )
        return period.end <= since and self._get_too_early(event_at)

    def _why_not_now_calendar(self, _document, event_at, since, _until):
        period = self._get_period_around(fields.Datetime.now())
        if event_at < period.start:
            return period.start < since and self._get_next_due(period.end)
        if event_at < self._get_first_period_until(period):
            return event_at < since and self._get_next_due(period.end)
        return self._get_too_late_in_period(event_at, period)

    def _why_not_now_rolling(self, document, _event_at, since, until):
        planner = self.env["revisit.planner"]
        for event in planner._get_events_rolling(self, None, None, document):
            if event.event_at >= until:
                return self._get_next_due(event.event_at)
            if event.event_at < since:
                return self._get_too_early(event.event_at)
        return False

    def _get_too_early(self, event_at):
        return self.env._(
            "The event on %(day)s came before the policy plans events, from %(since)s"
            " on. Earlier ones are planned with Plan Past Events.",
            day=self._format_day(event_at),
            since=self._format_day(self.active_from or fields.Datetime.now()),
        )

    def _get_too_late_in_period(self, event_at, period):
        """Return why a first, partial period does not count for a document."""
        if event_at >= period.end:
            return self._get_next_due(event_at)
        if self.first_period != "counts":
            return self.env._(
                "It came on %(day)s, within a period, and the first period does not"
                " count: it is due on %(due)s.",
                day=self._format_day(event_at),
                due=self._format_day(period.end),
            )
        return self.env._(
            "It came on %(day)s, when fewer than %(days)s days of the period remained:"
            " it is due from the next one on, on %(due)s.",
            day=self._format_day(event_at),
            days=self.first_period_days,
            due=self._format_day(period.end),
        )

    def _get_next_due(self, moment):
        return self.env._(
            "It is due again on %(day)s only.", day=self._format_day(moment)
        )

    # ------------------------------------------------------------
    # TOOLS
    # ------------------------------------------------------------

    def _get_clock(self, document):
        events = self.env["revisit.planner"]._read_clock(self, document)
        return events[0].event_at if events else False

    def _get_period_around(self, moment):
        tz = self.company_id._revisit_tz()
        day = periods.first_day(windows.local_date(moment, tz), self.period_months)
        return periods.period_from(day, self.period_months, tz)

    def _format_moment(self, moment):
        tz = self.company_id._revisit_tz()
        return format_datetime(self.env, moment, tz=tz, dt_format="short")

    def _format_day(self, moment):
        tz = self.company_id._revisit_tz()
        return self._format_date(windows.local_date(moment, tz))

    def _format_date(self, day):
        return format_date(self.env, day, date_format="medium")
