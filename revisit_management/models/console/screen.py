# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.tools import format_datetime

from ...tools import hours, windows
from ...tools.terms import ANSWER_CHANNELS, MEASURES, OPEN_STATES

# counts of a queue are not read further
MOST_COUNTED = 999


class RevisitConsole(models.AbstractModel):
    """What a screen of the console is made of, as plain values for the browser."""

    _inherit = "revisit.console"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_screen(self, callback):
        """Return the screen of a callback, or of an empty queue.

        :param callback: leader of a contact, in the user's environment, or none
        :return: dict: ``callback`` (False if there is none), ``customer``, ``reasons``,
            ``script``, ``talk``, ``draft`` (what was said before), ``results`` (needs,
            referrals, promises), ``records``,
            ``again``, ``empty`` (what comes, and when), ``queue``, ``failed``,
            ``pressed`` (what may be taken back)
        """
        screen = {
            "callback": False,
            "queue": self._get_queue(),
            "failed": self._get_failed(),
            "pressed": self._get_pressed(),
        }
        if not callback:
            empty = self.env["revisit.callback"]._get_empty_message()
            return {**screen, "empty": empty}
        # one conversation, whoever may read which part of it
        contact = callback.sudo()._get_contact()
        contact = contact.filtered(lambda c: c.is_open == callback.is_open)
        return {
            **screen,
            "callback": self._get_head(callback),
            "customer": self._get_customer(callback),
            "reasons": [self._get_reason(reason) for reason in contact],
            "script": self._get_script(callback),
            "talk": self._get_talk(callback, contact),
            "draft": callback._get_draft(),
            "results": self._get_results(callback),
            "records": self._get_records(callback),
            "knowledge": self._get_knowledge(callback),
            "again": self._get_times_again(callback),
        }

    @api.model
    def _format_moment(self, moment):
        """Return a moment in the reader's zone, or else in the company's."""
        zone = self.env.context.get("tz") or self.env.user.tz
        # the day is the company's, whoever may read its settings
        zone = zone or self.env.company.sudo()._revisit_tz()
        return format_datetime(self.env, moment, tz=zone, dt_format="short")

    # ------------------------------------------------------------
    # THE CALLBACK
    # ------------------------------------------------------------

    @api.model
    def _get_head(self, callback):
        labels = {
            name: dict(callback._fields[name]._description_selection(self.env))
            for name in ("channel", "timing", "state")
        }
        return {
            "id": callback.id,
            "channel_label": labels["channel"][callback.channel],
            "timing": callback.timing,
            "timing_label": labels["timing"][callback.timing],
            "deadline": self._get_until(callback),
            "is_open": callback.is_open,
            "state_label": labels["state"][callback.state],
            "tries": self.env._("tries: %(count)s", count=callback.attempt_count)
            if callback.attempt_count
            else "",
            "best_hour": callback.best_hour_text or "",
            "questionnaire": callback._get_questionnaire_text(),
            "help": callback._get_help(),
            "can_send": callback.can_send_questionnaire,
            "redo": self._get_redo(callback),
            "warnings": self._get_warnings(callback),
        }

    @api.model
    def _get_until(self, callback):
        return self.env._(
            "until %(moment)s", moment=self._format_moment(callback.deadline)
        )

    @api.model
    def _get_warnings(self, callback):
        """Return what an agent should know before calling, not afterwards."""
        texts = []
        if callback.busy_user_id:
            texts.append(
                self.env._(
                    "%(user)s has this customer on the screen right now.",
                    user=callback.busy_user_id.name,
                )
            )
        if callback.is_open and callback.timing == "upcoming":
            texts.append(
                self.env._(
                    "The window opens only on %(moment)s: made before, it does not"
                    " count.",
                    moment=self._format_moment(callback.window_start),
                )
            )
        if warning := callback._get_hours_warning():
            texts.append(warning)
        if callback.has_no_phone and callback.is_open:
            texts.append(
                self.env._(
                    "No phone number of this customer is known. Ask for it where the"
                    " customer bought, or have your supervisor choose another channel."
                )
            )
        # who calls may know whether the number was wrong
        if callback.sudo().partner_id.phone_wrong_on:
            texts.append(self.env._("The known number was wrong the last time."))
        if callback.phone_warning and callback.channel not in ANSWER_CHANNELS:
            texts.append(callback.phone_warning)
        return texts + self._get_wishes(callback) + self._get_hints(callback)

    @api.model
    def _get_wishes(self, callback):
        """Return that the customer wants another time than the planned one."""
        # one conversation, whoever may read which part of it
        contact = callback.sudo()._get_contact().filtered("is_open")
        declined = contact.filtered(lambda c: c.time_state == "declined")[:1]
        if not declined:
            return []
        if declined.proposed_at:
            return [
                self.env._(
                    "The customer wants another time: %(moment)s.",
                    moment=self._format_moment(declined.proposed_at),
                )
            ]
        return [
            self.env._(
                "The customer wants another time than %(moment)s. Agree on one.",
                moment=self._format_moment(declined.planned_at),
            )
            if declined.planned_at
            else self.env._("The customer wants another time. Agree on one.")
        ]

    @api.model
    def _get_reason(self, reason):
        """Return why the customer is called: one callback of the contact (sudo)."""
        return {
            "id": reason.id,
            "policy": reason.policy_id.name,
            "about": reason.about_text or "",
            "bought": self._get_bought(reason),
            "deadline": self._get_until(reason),
            "is_late": reason.timing == "late",
            "is_mandatory": reason.is_mandatory,
            "chain": reason.chain_text or "",
            "chain_reason": reason.chain_reason or "",
            "next": reason.chain_next_text or "",
            # who makes it may say so, as soon as it is made
            "may_chain": reason.with_env(self.env).may_chain,
        }

    @api.model
    def _get_script(self, callback):
        # nobody says a word to who is written to
        is_spoken = callback.channel not in ANSWER_CHANNELS
        return {
            "opening": is_spoken and callback.contact_opening or "",
            "body": callback.contact_body or "",
            "closing": is_spoken and callback.contact_closing or "",
            "minutes": self.env._("%(count)s min", count=callback.contact_duration)
            if callback.contact_duration
            else "",
        }

    @api.model
    def _get_talk(self, callback, contact):
        """Return what is asked and what has to be recorded at the end.

        :param contact: the open callbacks of the contact (sudo)
        :return: dict: ``questions``; ``figures``, where there are no questions;
            ``recorded``, what a finished talk has brought; ``confirming``, the issues
            that the customer may confirm beside the questions; ``is_periodic``;
            ``needs_form``: signatures, files and several people have a form
        """
        questions = contact._get_questionnaire()
        rules = contact._get_evidence_rules()
        asks_roles = any(reason._get_roles_to_ask() for reason in contact)
        # one question settles a matter, not a second one beside it
        confirming = contact._get_asked_to_confirm()
        return {
            "questions": questions,
            "recorded": False if callback.is_open else self._get_recorded(contact),
            "figures": [] if questions else self._get_figures(),
            "confirming": [
                {"id": one.id, "title": one.about_text or one.policy_id.name}
                for one in confirming
            ],
            "is_periodic": callback.is_periodic,
            "needs_form": asks_roles or "signature" in rules or "file" in rules,
        }

    @api.model
    def _get_figures(self):
        """Return the standard measures as questions, for policies without any."""
        callbacks = self.env["revisit.callback"]
        return [
            {
                "key": name,
                "title": callbacks._fields[name]._description_string(self.env),
                "type": "number",
                "hint": "0-100",
                "judged": False,
                "about": False,
                "mandatory": False,
            }
            for name in MEASURES
        ]

    @api.model
    def _get_times_again(self, callback):
        """Return the moments to call again that one key chooses, the earliest first."""
        choices = self.env["revisit.callback.again"]._fields["choice"]
        labels = dict(choices._description_selection(self.env))
        now = fields.Datetime.now()
        # the hours are the customer's, whom not every agent may read
        customer = callback.sudo()
        zone, (first, last) = customer._get_customer_tz(), customer._get_call_hours()
        return [
            {
                "label": labels[choice],
                "at": fields.Datetime.to_string(moment),
                "shown": self._format_moment(moment),
            }
            for choice, moment in callback._get_times_again().items()
            if moment > now and first <= hours.local_hour(moment, zone) < last
        ]

    # ------------------------------------------------------------
    # THE QUEUE
    # ------------------------------------------------------------

    @api.model
    def _get_queue(self):
        """Return the agent's day in figures: made, to make, late, and what is next."""
        callbacks = self.env["revisit.callback"]
        now = fields.Datetime.now()
        # the day is the company's, whoever may read its settings
        company = self.env.company.sudo()
        zone = company._revisit_tz()
        today = windows.day_start(windows.local_date(now, zone), zone)
        mine = [
            ("user_id", "=", self.env.uid),
            ("contact_id", "=", False),
            ("state", "in", OPEN_STATES),
        ]
        again = callbacks.search(
            [*mine, ("next_attempt_at", ">", now)], order="next_attempt_at", limit=1
        )

        def count(domain):
            return callbacks.search_count(domain, limit=MOST_COUNTED)

        figures = {
            "made": count(
                [
                    ("made_by_id", "=", self.env.uid),
                    ("done_at", ">=", today),
                    ("contact_id", "=", False),
                ]
            ),
            "to_make": count([*mine, ("window_start", "<=", now)]),
            "late": count([*mine, ("window_end", "<=", now)]),
            "next_at": bool(again) and self._format_moment(again.next_attempt_at),
        }
        return {
            **figures,
            **self._get_to_redo(),
            "text": self._get_queue_text(figures),
        }

    @api.model
    def _get_queue_text(self, figures):
        parts = [
            self.env._("%(count)s made today", count=figures["made"]),
            self.env._("%(count)s to make", count=figures["to_make"]),
        ]
        if figures["late"]:
            parts.append(self.env._("%(count)s late", count=figures["late"]))
        if figures["next_at"]:
            parts.append(self.env._("again at %(time)s", time=figures["next_at"]))
        return " · ".join(parts)
