# Part of Revisit. See LICENSE file for full copyright and licensing details.
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools.values import NOTE_SIZE, TEXT_SIZE, is_given
from .revisit_callback import MEASURES, OPEN_STATES


class RevisitCallback(models.Model):
    """What people do with a callback: attempts, finishing, review, unlocking."""

    _inherit = "revisit.callback"

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_take(self):
        """Take callbacks from the unit's queue."""
        self._check_is_open()
        self.check_access("write")
        self.write({"user_id": self.env.uid})
        return True

    def action_log_attempt(
        self, outcome, duration=0, note="", next_at=False, recording=False
    ):
        """Record one try at reaching the customer.

        :param outcome: ``reached``, ``no_answer``, ``busy``, ``wrong_number``,
            ``refused`` or ``rescheduled``
        :param duration: seconds
        :param note: text
        :param next_at: when the customer wants to be called: ISO 8601 with its
            offset, or UTC
        :param recording: base64 file
        :return: ids of the attempts
        :raise UserError: the callback is finished or cancelled
        """
        self._check_is_open()
        values = self._read_attempt(
            outcome=outcome,
            duration=duration,
            note=note,
            next_at=next_at,
            recording=recording,
        )
        recording = values.pop("recording")
        attempts = self.env["revisit.attempt"].create(
            [{**values, "callback_id": leader.id} for leader in self._get_leaders()]
        )
        if recording:
            # whoever calls leaves a recording; few may listen to it
            attempts.sudo().write({"recording": recording})
        return attempts.ids

    @api.model
    def _read_attempt(self, outcome, duration, note, next_at, recording):
        """Return the values of an attempt as they came from outside."""
        reader, attempts = self.env["revisit.reader"], self.env["revisit.attempt"]
        label = partial(reader._get_label, attempts)
        field = attempts._fields["outcome"]
        if not is_given(outcome):
            raise UserError(
                self.env._("Choose how the attempt went before you log it.")
            )
        return {
            "outcome": reader._read_choice(label("outcome"), field, outcome),
            "duration": reader._read_number(
                label("duration"), duration, low=0, high=86400, step=1
            ),
            "note": reader._read_text(label("note"), note, NOTE_SIZE),
            "next_at": reader._read_moment(label("next_at"), next_at, "UTC"),
            "recording": reader._read_file(label("recording"), recording),
        }

    def action_log_reached(self):
        """Button: the customer is on the phone.

        The attempt is logged when the talk is over: by *Finish*, with what came of
        it. A dialog that is discarded leaves nothing behind.
        """
        self._check_not_own()
        action = self.action_open_finish()
        return {**action, "context": {**action["context"], "default_result": "reached"}}

    def action_log_no_answer(self):
        self.action_log_attempt("no_answer")
        return True

    def action_log_busy(self):
        self.action_log_attempt("busy")
        return True

    def action_done(self, result=None, done_at=None, others=None, **measures):
        """Finish callbacks with what the customer said.

        :param result: ``reached``, ``not_reached`` or ``refused``; by default
            what the attempts say
        :param done_at: when the contact was, now by default: ISO 8601 with its
            offset, or UTC; only supervisors enter an earlier one, which is noted on
            the callback
        :param others: ``{callback id: {measure: value}}`` for callbacks made in the
            same contact; what is not given there is as in ``measures``
        :param measures: ``satisfaction``, ``quality``, ``attitude``,
            ``efficiency`` (0-100), ``nps`` (0-10), ``feedback``,
            ``customer_confirmed``; followers of the contact get the same
        :raise UserError: already finished, or the channel's evidence is missing
        :raise ValidationError: a measure is out of its range
        """
        self._check_result_fields(measures)
        measures = self._read_answers(measures)
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "result")
        result = reader._read_choice(label, self._fields["result"], result)
        self._check_is_open()
        self.check_access("write")
        self._check_not_own()
        moment = self._get_done_at(done_at)
        # from here on the step itself writes what nobody may write by hand
        answers = self.sudo()._get_contact_answers(measures, others)
        contact = self.sudo().union(*answers)
        for callback in contact:
            with callback._naming_row(contact):
                callback.write(answers[callback])
        for conversation in contact.grouped(lambda c: c._get_leaders()).values():
            outcome = result or conversation[0]._get_result()
            conversation._share_evidence()
            conversation._check_evidence(outcome)
            conversation.write(
                {
                    "state": "done",
                    "result": outcome,
                    "done_at": moment,
                    "made_by_id": self.env.uid,
                    "next_attempt_at": False,
                }
            )
        self.sudo()._leave_open_contacts()
        if done_at and not self.env.su:
            for callback in contact:
                callback.message_post(
                    body=self.env._("Entered afterwards: made at an earlier time."),
                    subtype_xmlid="mail.mt_note",
                )
        contact._callbacks_done()
        return True

    def _check_result_fields(self, names):
        unknown = set(names) - set(self._get_result_fields())
        if unknown:
            raise UserError(
                self.env._(
                    "%(names)s cannot be recorded on a callback. Use: %(known)s.",
                    names=", ".join(sorted(unknown)),
                    known=", ".join(self._get_result_fields()),
                )
            )

    def _get_done_at(self, done_at):
        """Return when the callbacks were made.

        :raise AccessError: somebody below a supervisor enters an earlier time
        :raise UserError: the time is none, or lies in the future
        """
        now = fields.Datetime.now()
        if not done_at:
            return now
        if not self.env.su and not self.env.user.has_group(
            "revisit_management.group_supervisor"
        ):
            raise AccessError(
                self.env._(
                    "A callback is made when you record it. Ask your supervisor to"
                    " enter one that was made earlier."
                )
            )
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "done_at")
        moment = reader._read_moment(label, done_at, "UTC")
        if moment > now:
            raise UserError(
                self.env._("A callback cannot be made in the future: correct the date.")
            )
        return moment

    @api.model
    def _read_answers(self, answers):
        """Return what the customer said, as it came from outside.

        :param answers: {field: value}, of the fields that ``action_done`` takes
        :raise ValidationError: a value cannot be read, or is out of its range
        """
        return {
            name: self._read_answer(name, self._fields[name], value)
            for name, value in answers.items()
        }

    @api.model
    def _read_answer(self, name, field, value):
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, name)
        if name in MEASURES:
            return reader._read_number(label, value, low=0, high=100)
        if name == "nps":
            return reader._read_number(label, value, low=0, high=10, step=1)
        if field.type == "selection":
            return reader._read_choice(label, field, value)
        if field.type == "boolean":
            return reader._read_flag(label, value)
        if field.type == "binary":
            return reader._read_file(label, value)
        return reader._read_text(label, value, TEXT_SIZE)

    def action_review(self, verdict="passed", note=""):
        """Review finished callbacks and lock them.

        :param verdict: ``passed`` or ``failed``
        :param note: guidance for the agent
        """
        self._check_may_review()
        reader, field = self.env["revisit.reader"], self._fields["review_verdict"]
        label = reader._get_label(self, "review_verdict")
        verdict = reader._read_choice(label, field, verdict)
        if not verdict:
            raise UserError(self.env._("The verdict is either passed or failed."))
        label = reader._get_label(self, "review_note")
        note = reader._read_text(label, note, NOTE_SIZE)
        unfinished = self.filtered(lambda callback: callback.state != "done")
        if unfinished:
            raise UserError(
                self.env._(
                    "%(callback)s is not finished, so it cannot be reviewed yet.",
                    callback=unfinished[0].display_name,
                )
            )
        self.check_access("write")
        self._check_signed()
        self._seal_files()
        self.sudo().write(
            {
                "state": "reviewed",
                "review_verdict": verdict,
                "review_note": note,
                "reviewed_by_id": self.env.uid,
                "reviewed_at": fields.Datetime.now(),
            }
        )
        return True

    def action_review_passed(self):
        """Button: review without a note."""
        return self.action_review("passed")

    def action_unlock(self, reason):
        """Open reviewed callbacks again; the reason is kept for ever."""
        if not self.env.user.has_group("revisit_management.group_manager"):
            raise AccessError(
                self.env._("Only callback managers unlock reviewed callbacks.")
            )
        self.check_access("write")
        reason = self.env["revisit.reader"]._read_text(
            self.env._("Reason"), reason, NOTE_SIZE
        )
        for callback in self._action_unlock(
            reason,
            {
                "state": "done",
                "review_verdict": False,
                "reviewed_at": False,
                "sealed_files": False,
            },
        ):
            callback.message_post(
                body=self.env._("Unlocked: %(reason)s", reason=reason),
                subtype_xmlid="mail.mt_note",
            )
        return True

    def action_cancel(self, reason=None):
        """Cancel open callbacks; the planner leaves them alone from then on.

        :param reason: text, required for callbacks of mandatory policies
        """
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._(
                    "Only supervisors cancel callbacks. Tell yours why this one is not"
                    " needed."
                )
            )
        self._check_is_open()
        self.check_access("write")
        note = self._get_cancel_note(reason)
        self.sudo().write(
            {
                "state": "cancelled",
                "cancel_reason": "person",
                "cancel_note": note,
                "contact_id": False,
            }
        )
        self.sudo()._hand_over_contacts()
        return True

    def action_reopen(self):
        """Take back a cancellation.

        :raise AccessError: the user is no supervisor, whose decision it was
        """
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._(
                    "Only supervisors take back a cancellation. Tell yours why the"
                    " callback is needed after all."
                )
            )
        self.check_access("write")
        cancelled = self.sudo().filtered(lambda callback: callback.state == "cancelled")
        cancelled.cancel_reason = False
        with_agent = cancelled.filtered("user_id")
        with_agent.state = "assigned"
        (cancelled - with_agent).state = "planned"
        return True

    def action_open_finish(self):
        """Open the dialog in which the result is recorded."""
        self.ensure_one()
        self._check_is_open()
        return self._get_dialog("revisit.callback.finish", self.env._("Result"))

    def action_open_unlock(self):
        self.ensure_one()
        return self._get_dialog("revisit.reason", self.env._("Unlock"))

    def action_open_source(self):
        """Open the document that the callback is about."""
        self.ensure_one()
        return self._get_source_action(self.source_model, self.source_id)

    def action_open_issues(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_issue_action"
        )
        return {
            **action,
            "domain": [("callback_id", "=", self.id)],
            "context": {**self._get_issue_defaults(), "create": True},
        }

    def action_raise_issue(self):
        """Open a new issue with what the callback knows already."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Issue"),
            "res_model": "revisit.issue",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
            "context": self._get_issue_defaults(),
        }

    @api.model
    def action_next_callback(self):
        """Open the agent's most urgent callback that may be made now."""
        now = fields.Datetime.now()
        mine = [
            ("user_id", "=", self.env.uid),
            ("state", "in", OPEN_STATES),
            ("contact_id", "=", False),
            ("window_start", "<=", now),
            "|",
            ("next_attempt_at", "=", False),
            ("next_attempt_at", "<=", now),
        ]
        mine = self._get_not_own_domain() & Domain(mine)
        callback = self.search(mine, order="window_end, id", limit=1)
        if not callback:
            raise UserError(
                self.env._(
                    "None of your callbacks may be made right now. Look at your"
                    " queue for those that open later."
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("My Next Callback"),
            "res_model": self._name,
            "res_id": callback.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_result_fields(self):
        """Return the names of the fields that ``action_done`` takes."""
        return [
            *MEASURES,
            "nps",
            "feedback",
            "customer_confirmed",
            "signature",
            "signature_refused",
        ]

    def _get_leaders(self):
        """Return the leading callbacks of the contacts that ``self`` belong to."""
        return self.mapped(lambda callback: callback.contact_id or callback)

    def _get_followers(self):
        """Return the open callbacks that are made in the same contacts."""
        if not self:
            return self
        return self.search([("contact_id", "in", self.ids), ("is_open", "=", True)])

    def _hand_over_contacts(self):
        """Let the earliest follower lead each contact whose leader falls away."""
        followers = self._get_followers().sorted(lambda c: (c.window_end, c.id))
        for group in followers.grouped("contact_id").values():
            group[0].contact_id = False
            group[1:].contact_id = group[0]

    def _callbacks_done(self):
        """Hook: called once with callbacks that were just finished."""
        issue_callbacks = self.filtered(
            lambda callback: (
                callback.source_model == "revisit.issue" and callback.customer_confirmed
            )
        )
        for callback in issue_callbacks:
            # the agent who calls need not have a right on the department's issue
            issue = self.env["revisit.issue"].sudo().browse(callback.source_id).exists()
            # a call while the issue is being worked on decides nothing yet
            if callback.customer_confirmed == "no":
                issue.filtered(
                    lambda issue: issue.state in ("resolved", "confirmed", "closed")
                )._action_reject(callback)
            else:
                issue.filtered(lambda issue: issue.state == "resolved")._action_confirm(
                    callback
                )
        self.env["revisit.planner"]._poke()

    def _is_confirming(self):
        """Return whether the customer is asked to confirm that an issue is solved."""
        self.ensure_one()
        if self.source_model != "revisit.issue":
            return False
        issue = self.env["revisit.issue"].sudo().browse(self.source_id).exists()
        return issue.state in ("resolved", "confirmed", "closed")

    def _check_is_open(self):
        closed = self.filtered(lambda callback: not callback.is_open)
        if closed:
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(callback)s is %(state)s already: nothing more can be recorded"
                    " on it.",
                    callback=closed[0].display_name,
                    state=states[closed[0].state].lower(),
                )
            )

    def _check_may_review(self):
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(self.env._("Only supervisors review callbacks."))
        own = self.filtered(lambda callback: callback.made_by_id == self.env.user)
        if own and not self.env.user.has_group("revisit_management.group_manager"):
            raise UserError(
                self.env._(
                    "%(callback)s was made by yourself: somebody else reviews it.",
                    callback=own[0].display_name,
                )
            )

    def _get_issue_defaults(self):
        return {
            "default_callback_id": self.id,
            "default_intake": "callback",
            "default_partner_id": self.partner_id.id,
            "default_product_id": self.product_id.id,
            "default_dealer_id": self.dealer_id.id,
            "default_team_id": self.team_id.id,
            "default_company_id": self.company_id.id,
            # what the customer said is what happened: nobody types it twice
            "default_description": self.feedback or False,
        }

    def _get_dialog(self, model, name, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_callback_id": self.id, **context},
        }
