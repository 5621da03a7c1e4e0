# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools import hours, marks
from ...tools.best_hour import ENTERED_WITHIN
from ...tools.faults import Faults
from ...tools.local_day import LocalDay
from ...tools.terms import OUTCOMES
from .revisit_agreed_time_mixin import MAX_PROPOSAL_DAYS

# clocks of machines that record calls may differ by so much
CLOCK_DIFFERENCE = timedelta(minutes=5)


class RevisitAttempt(models.Model):
    """One attempt to reach the customer; part of the callback's proof.

    Only users who may make the callback may log an attempt.
    """

    _name = "revisit.attempt"
    _description = "Callback Attempt"
    _inherit = ["revisit.locked.mixin", "revisit.protected.mixin"]
    _order = "at desc, id desc"
    _rec_name = "outcome"
    _lock_parent = "callback_id"

    _server_owned = {
        "company_id",
        "hour_group",
    }

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="callback_id.company_id", store=True, precompute=True, index=True
    )
    at = fields.Datetime(
        string="Time", required=True, default=lambda self: self._get_moment()
    )
    made_on = LocalDay(string="Day", moment="at")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Made By",
        required=True,
        default=lambda self: self.env.uid,
        ondelete="restrict",
    )
    outcome = fields.Selection(selection=OUTCOMES, required=True)
    duration = fields.Integer(string="Duration (s)")
    wrap_up = fields.Integer(
        string="Wrap-Up (s)",
        help="From the end of the call to its outcome. Measured, never forced.",
    )
    note = fields.Char()
    next_at = fields.Datetime(string="Call Again")
    hour_group = fields.Selection(
        selection=[("best", "Best Hour"), ("any", "Any Hour")],
        string="Measured As",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Whether the hour of the first call was chosen for the customer. A part"
        " of the customers is called at any hour, to measure what it brings.",
    )
    recording = fields.Binary(
        attachment=True, groups="revisit_management.group_recording"
    )

    _duration_bounded = models.Constraint(
        "CHECK(duration BETWEEN 0 AND 86400 AND wrap_up BETWEEN 0 AND 86400)",
        "A call lasts between 0 seconds and a day. Give its duration in seconds.",
    )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("user_id", "callback_id")
    def _check_entitled(self):
        for attempt in self:
            callback = attempt.callback_id.sudo()  # the rule applies to everybody
            if not attempt.user_id._revisit_may_make(
                callback.level, callback.dealer_id, callback.company_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot have tried %(callback)s: it is neither theirs"
                        " to make nor a colleague's. Enter who called.",
                        user=attempt.user_id.name,
                        callback=callback.display_name,
                    )
                )

    @api.constrains("at")
    def _check_at(self):
        now = fields.Datetime.now()
        for attempt in self:
            if attempt.at > now + CLOCK_DIFFERENCE:
                raise ValidationError(
                    self.env._(
                        "%(moment)s is still to come. Enter when the customer was"
                        " called.",
                        moment=attempt.callback_id._format_time(attempt.at),
                    )
                )

    @api.constrains("next_at")
    def _check_next_at(self):
        """Refuse times to call again at which the customer may not be called.

        A supervisor may enter one that the customer has asked for.
        """
        may_choose_any = self.env.uid == SUPERUSER_ID or self.env.user.has_group(
            "revisit_management.group_supervisor"
        )
        wrong = Faults()
        for attempt in self.filtered("next_at"):
            with wrong.at("next_at"):
                attempt._check_hour_again(may_choose_any)
        wrong.check()

    def _check_hour_again(self, may_choose_any):
        # the hours are the customer's, whom not every agent may read
        callback = self.callback_id.sudo()
        zone, (first, last) = callback._get_customer_tz(), callback._get_call_hours()
        moment = callback._format_time(self.next_at, zone)
        if self.next_at <= self.at:
            callback._refuse_past_time()
        if (self.next_at - self.at).days > MAX_PROPOSAL_DAYS:
            raise ValidationError(
                self.env._(
                    "%(moment)s is more than a year ahead. Choose a time to call"
                    " again within the next twelve months.",
                    moment=moment,
                )
            )
        is_open = first <= hours.local_hour(self.next_at, zone) < last
        if not is_open and not may_choose_any:
            raise ValidationError(
                self.env._(
                    "%(moment)s is no hour at which this customer may be called,"
                    " which is from %(first)s to %(last)s (%(zone)s). Choose"
                    " another time. If the customer asked for this one, have a"
                    " supervisor enter it.",
                    moment=moment,
                    first=hours.format_hour(first),
                    last=hours.format_hour(last),
                    zone=zone,
                )
            )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self._may_correct():
            # agents log their own attempts, at the time of the call
            now = self._get_moment()
            vals_list = [{**v, "at": now, "user_id": self.env.uid} for v in vals_list]
        attempts = super().create(vals_list)
        attempts.callback_id._check_not_own()
        for attempt in attempts:
            if not attempt.callback_id.is_open:
                raise UserError(
                    self.env._(
                        "%(callback)s is finished: no further attempt can be logged.",
                        callback=attempt.callback_id.display_name,
                    )
                )
        attempts.callback_id.sudo().filtered(  # states are set by steps alone
            lambda callback: callback.state != "in_progress"
        ).write({"state": "in_progress"})
        for attempt in attempts.filtered(lambda a: not a.callback_id.user_id):
            # who calls from the unit's queue takes the callback
            attempt.callback_id.sudo().user_id = attempt.user_id
        attempts._note_entered_afterwards()
        attempts._note_hour_group()
        now = fields.Datetime.now()
        for attempt in attempts:
            if due := attempt.next_at or attempt._get_retry_at():
                # what was due before people have entered it is due at once
                due = due if self.env.su else max(due, now)
                attempt.callback_id.sudo().next_attempt_at = due  # by this step
        return attempts

    def _note_entered_afterwards(self):
        """Trace the tries that a supervisor has entered after they were made."""
        if self.env.su:
            return
        earliest = fields.Datetime.now() - ENTERED_WITHIN
        late = self.filtered(lambda attempt: attempt.at < earliest)
        self._create_traces(
            [attempt._prepare_trace("at", False, attempt.at) for attempt in late]
        )

    def _note_hour_group(self):
        """Note in which group a first call counts, unless it was entered later."""
        earliest = fields.Datetime.now() - ENTERED_WITHIN
        for attempt in self.filtered(lambda attempt: attempt.at >= earliest):
            group = attempt.callback_id._get_hour_group(attempt)
            if group:
                attempt.sudo().hour_group = group  # the group is drawn, not typed

    @api.model
    def _get_moment(self):
        """Return when an attempt was made: now, or when its outcome was pressed."""
        return marks.read(self.env, marks.PRESSED) or fields.Datetime.now()

    def _get_retry_at(self):
        """Return when the policy wants the next try, or False.

        It waits for the next hour at which the customer may be called.
        """
        # policy and hours hold for agents and dealers, who need not read them
        callback = self.callback_id.sudo()
        policy = callback.policy_id
        minutes = {
            "no_answer": policy.retry_no_answer,
            "busy": policy.retry_busy,
        }.get(self.outcome)
        if not minutes:
            return False
        return hours.next_open(
            self.at + timedelta(minutes=minutes),
            *callback._get_call_hours(),
            callback._get_customer_tz(),
        )

    def write(self, vals):
        free = {"note", "next_at"}
        # few may listen to recordings; only whether there is one is read
        if not any(attempt.sudo().recording for attempt in self):
            # a recording may be added later, but once it is there it stays
            free.add("recording")
        self._check_kept(set(vals) - free)
        if "callback_id" in vals and not self.env.su:
            raise AccessError(
                self.env._("An attempt stays with its callback. Log another one.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        self._check_kept({"outcome"})

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_kept(self, names):
        """Refuse changes: attempts are proof, even for the user who logged them."""
        if names and not self._may_correct():
            raise AccessError(
                self.env._(
                    "A logged attempt is proof and stays as it is. Log another one, or"
                    " ask your supervisor to correct it."
                )
            )

    def _may_correct(self):
        return self.env.su or self.env.user.has_group(
            "revisit_management.group_supervisor"
        )
