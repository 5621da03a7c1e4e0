# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools import windows
from ...tools.faults import Faults
from ...tools.fields import OptionalFloat, OptionalInteger
from ...tools.terms import (
    MEASURES,
)
from ...tools.values import NOTE_SIZE, TEXT_SIZE, is_given


class RevisitCallback(models.Model):
    """Making callbacks: attempts, answers, results, and when to call again."""

    _inherit = "revisit.callback"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {
        "attempt_count",
        "done_at",
        "result",
    }

    result = fields.Selection(
        selection=[
            ("reached", "Customer Reached"),
            ("not_reached", "Customer Not Reached"),
            ("refused", "Customer Refused"),
        ],
        readonly=True,
        copy=False,
    )
    done_at = fields.Datetime(string="Made", readonly=True, copy=False)
    # no tracking, which would show an empty answer as 0.00; traces distinguish both
    satisfaction = OptionalFloat(digits=(5, 2), aggregator="avg", copy=False)
    quality = OptionalFloat(
        string="Product Quality", digits=(5, 2), aggregator="avg", copy=False
    )
    attitude = OptionalFloat(
        string="Service Attitude", digits=(5, 2), aggregator="avg", copy=False
    )
    efficiency = OptionalFloat(
        string="Service Efficiency", digits=(5, 2), aggregator="avg", copy=False
    )
    nps = OptionalInteger(string="Recommendation (0-10)", aggregator="avg", copy=False)
    feedback = fields.Text(copy=False, help="What the customer said.")
    customer_confirmed = fields.Selection(
        selection=[("yes", "Solved"), ("no", "Not Solved")],
        string="Customer's Verdict",
        copy=False,
        help="Whether the customer agrees that the issue is solved.",
    )
    attempt_ids = fields.One2many(
        comodel_name="revisit.attempt", inverse_name="callback_id"
    )
    attempt_count = fields.Integer(
        string="Attempts",
        compute="_compute_attempt_count",
        store=True,
        aggregator="sum",
    )
    next_attempt_at = fields.Datetime(
        string="Call Again", copy=False, help="When the customer asked to be called."
    )
    next_due_on = fields.Date(
        string="Next Callback On",
        copy=False,
        help="When the customer should be called again, as agreed at the end of this"
        " callback. Empty: as the policy says.",
    )
    is_periodic = fields.Boolean(compute="_compute_is_periodic")
    offered_channels = fields.Char(
        compute="_compute_offered_channels",
        help="The channels that the policy leaves to the choice of the caller.",
    )

    _measures_bounded = models.Constraint(
        "CHECK(satisfaction BETWEEN 0 AND 100 AND quality BETWEEN 0 AND 100"
        " AND attitude BETWEEN 0 AND 100 AND efficiency BETWEEN 0 AND 100)",
        "Measures run from 0 to 100. Leave a measure empty if it was not asked.",
    )
    _nps_bounded = models.Constraint(
        "CHECK(nps BETWEEN 0 AND 10)",
        "The recommendation runs from 0 to 10. Leave it empty if it was not asked.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("attempt_ids")
    def _compute_attempt_count(self):
        for callback in self:
            callback.attempt_count = len(callback.attempt_ids)

    @api.depends("policy_id.recurrence")
    def _compute_is_periodic(self):
        # it is one conversation, whoever may read which part of it
        followers = self.sudo()._get_followers().grouped("contact_id")
        for callback in self:
            contact = callback.sudo() | followers.get(callback.sudo(), self.browse())
            callback.is_periodic = bool(contact._filter_periodic())

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains(*MEASURES, "nps")
    def _check_measures(self):
        limits = {**dict.fromkeys(MEASURES, 100), "nps": 10}
        for callback in self:
            for name, limit in limits.items():
                value = callback[name]
                if value is not False and not 0 <= value <= limit:
                    raise ValidationError(
                        self.env._(
                            "%(measure)s is %(value)s: give a number from 0 to"
                            " %(limit)s, or leave it empty if it was not asked.",
                            measure=self._fields[name]._description_string(self.env),
                            value=value,
                            limit=limit,
                        )
                    )

    @api.constrains("next_due_on")
    def _check_next_due_on(self):
        for callback in self.filtered("next_due_on"):
            made = callback.done_at or fields.Datetime.now()
            # the day is the company's, whoever may read its settings
            tz = callback.company_id.sudo()._revisit_tz()
            if callback.next_due_on <= windows.local_date(made, tz):
                raise ValidationError(
                    self.env._(
                        "%(callback)s: the next callback comes after this one. Choose"
                        " a later day, or leave it empty.",
                        callback=callback.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_log_attempt(
        self, outcome, duration=0, note="", next_at=False, recording=False, wrap_up=0
    ):
        """Record one attempt to reach the customer.

        :param outcome: ``reached``, ``no_answer``, ``busy``, ``wrong_number``,
            ``refused`` or ``rescheduled``
        :param duration: seconds
        :param note: text
        :param next_at: when the customer wants to be called: ISO 8601 with its
            offset, or UTC
        :param recording: base64 file
        :param wrap_up: seconds from the end of the call to its outcome
        :return: ids of the attempts
        :raise UserError: the callback is finished or cancelled, or the time to call
            again is over already
        """
        self._check_is_open()
        values = self._read_attempt(
            outcome=outcome,
            duration=duration,
            note=note,
            next_at=next_at,
            recording=recording,
            wrap_up=wrap_up,
        )
        recording = values.pop("recording")
        attempts = self.env["revisit.attempt"].create(
            [{**values, "callback_id": leader.id} for leader in self._get_leaders()]
        )
        if values["outcome"] != "reached":
            self._release_customers()
        if recording:
            # whoever calls leaves a recording; few may listen to it
            attempts.sudo().write({"recording": recording})
        return attempts.ids

    @api.model
    def _read_attempt(self, outcome, duration, note, next_at, recording, wrap_up):
        """Return the values of an attempt as they came from outside."""
        reader, attempts = self.env["revisit.reader"], self.env["revisit.attempt"]
        label = partial(reader._get_label, attempts)
        field = attempts._fields["outcome"]
        if not is_given(outcome):
            raise UserError(
                self.env._("Choose how the attempt went before you log it.")
            )
        again = reader._read_moment(label("next_at"), next_at, "UTC")
        if again and again <= attempts._get_moment():
            self._refuse_past_time()
        seconds = {
            name: reader._read_number(label(name), value, low=0, high=86400, step=1)
            for name, value in (("duration", duration), ("wrap_up", wrap_up))
        }
        return {
            **seconds,
            "outcome": reader._read_choice(label("outcome"), field, outcome),
            "note": reader._read_text(label("note"), note, NOTE_SIZE),
            "next_at": again,
            "recording": reader._read_file(label("recording"), recording),
        }

    def _refuse_past_time(self):
        raise UserError(
            self.env._(
                "The time to call again is over already, or none was given: choose"
                " a later one."
            )
        )

    def action_log_reached(self):
        """Button: the customer is on the phone.

        The attempt is logged when the conversation is over: by *Finish*, with its
        result. A wizard that is discarded leaves nothing behind.
        """
        self._check_not_own()
        action = self.action_open_finish()
        return {**action, "context": {**action["context"], "default_result": "reached"}}

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

        :raise AccessError: the user is not a supervisor and enters an earlier time
        :raise UserError: the time cannot be read, or lies in the future
        """
        now = fields.Datetime.now()
        if not is_given(done_at):
            return self.env["revisit.attempt"]._get_moment()
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

    def _check_after_event(self, done_at, moment):
        """Refuse a time that is given, and lies before what the callback is about.

        Papers and clocks disagree by hours: within a day the callback is taken, and
        counts as made before its window began.
        """
        for callback in self if is_given(done_at) else self.browse():
            # the rule of the policy holds, whoever may read it
            counts_back = callback.sudo().policy_id.delay_direction == "before"
            earliest = callback.event_at and callback.event_at - timedelta(days=1)
            if earliest and moment < earliest and not counts_back:
                raise UserError(
                    self.env._(
                        "%(callback)s was made before its event happened, on"
                        " %(moment)s. Correct the date.",
                        callback=callback.display_name,
                        moment=callback._format_time(callback.event_at),
                    )
                )

    @api.model
    def _read_answers(self, answers):
        """Return the customer's answers, after checking a caller's arguments.

        :param answers: {field: value}, of the fields that ``action_done`` accepts
        :raise ValidationError: a value cannot be read, or is out of its range
        """
        values, faults = {}, Faults()
        for name, value in answers.items():
            with faults.at(name):
                values[name] = self._read_answer(name, self._fields[name], value)
        faults.check()
        return values

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

    def action_done(
        self,
        result=None,
        done_at=None,
        others=None,
        answers=None,
        role_id=None,
        interviewee_id=None,
        **measures,
    ):
        """Finish callbacks with what the customer said.

        :param result: key of the result; by default what the attempts say
        :param done_at: ISO 8601 with offset, or UTC; supervisors enter earlier ones
        :param others: ``{callback id: {measure: value}}``; the rest get ``measures``
        :param answers: ``{question id: answer}``, see :meth:`_read_questionnaire`
        :param role_id, interviewee_id: ids of who answered, if not the customer
        :param measures: those of :meth:`_get_result_fields`; followers of the contact
            get the same; and ``next_due_on``, the agreed date of a periodic one
        :raise UserError: already finished, or the channel's evidence is missing
        :raise ValidationError: a measure is out of its range
        """
        self._agree_next(measures.pop("next_due_on", None))
        self._check_result_fields(measures)
        measures = self._read_answers(measures)
        result = self._read_result(result)
        self._check_may_finish()
        moment = self._get_done_at(done_at)
        self._check_after_event(done_at, moment)
        # from here on the step itself writes what nobody may write by hand
        said = self.sudo()._get_contact_answers(measures, others)
        contact = self.sudo().union(*said)
        person = contact._read_interviewee(role_id, interviewee_id)
        outcome = result or self[:1]._get_result()
        self._check_not_asking(outcome)
        contact._record_answers(said, answers, moment, *person, outcome == "reached")
        self._finish_contact(contact, result, moment)
        contact._note_entered_afterwards(is_given(done_at) and not self.env.su)
        contact._callbacks_done()
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_result_fields(self):
        """Return the names of the fields that ``action_done`` accepts."""
        return [
            *MEASURES,
            "nps",
            "feedback",
            "customer_confirmed",
            "signature",
            "signature_refused",
        ]

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

    def _get_dialog(self, model, name, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            # a button adds the views itself, our console does not
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_callback_id": self.id, **context},
        }

    def _filter_periodic(self):
        return self.filtered(
            lambda callback: callback.policy_id.recurrence == "rolling"
        )

    def _read_result(self, result):
        """Return the result that the caller sent, or say why it is none."""
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "result")
        return reader._read_choice(label, self._fields["result"], result)

    def _check_may_finish(self):
        self._check_is_open()
        self.check_access("write")
        self._check_not_own()

    def _finish_contact(self, contact, result, moment):
        """Finish the conversations of ``contact``; others may have the customers."""
        for conversation in contact.grouped(lambda c: c._get_leaders()).values():
            conversation._finish_conversation(result, moment)
        self.sudo()._leave_open_contacts()  # contacts are moved by steps alone
        self._release_customers()

    def _finish_conversation(self, result, moment):
        """Check the evidence once for the whole conversation, and finish it."""
        outcome = result or self[0]._get_result()
        self._share_evidence()
        self._check_evidence(outcome)
        self.write(
            {
                "state": "done",
                "result": outcome,
                "done_at": moment,
                "made_by_id": self.env.uid,
                "next_attempt_at": False,
                "draft": False,
            }
        )
        self._begin_report()

    def _agree_next(self, next_due_on):
        """Store the agreed date of the next callback on the periodic callbacks.

        :param next_due_on: what the caller sent, of any type; empty stores nothing
        :raise UserError: no callback of the contacts is periodic
        """
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "next_due_on")
        next_due_on = reader._read_date(label, next_due_on)
        if not next_due_on:
            return
        self._check_is_open()
        self.check_access("write")
        # whoever makes a contact is responsible for all its callbacks
        contact = self.sudo() | self.sudo()._get_followers()
        periodic = contact._filter_periodic()
        if not periodic:
            raise UserError(
                self.env._(
                    "Only callbacks that come back some months after the last one have"
                    " a next date. Leave it empty."
                )
            )
        periodic.write({"next_due_on": next_due_on})
