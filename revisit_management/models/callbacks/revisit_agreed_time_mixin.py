# Part of Revisit. See LICENSE file for full copyright and licensing details.
from operator import ge, gt, le, lt

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_datetime

from ...tools import hours, marks, windows
from ...tools.tasks import heard

# fields set only by the steps that ask the customer
AGREEMENT = {
    "link_serial",
    "proposed_at",
    "time_answered_at",
    "time_answered_by",
    "time_state",
}
NO_ANSWER = {"time_answered_at": False, "time_answered_by": False, "proposed_at": False}
COMPARISONS = {"<": lt, "<=": le, ">": gt, ">=": ge}
# how many days ahead a customer may propose a time
MAX_PROPOSAL_DAYS = 366
ACTIVITY_TYPE = "revisit_management.activity_type_callback_time"


class RevisitAgreedTimeMixin(models.AbstractModel):
    """When a callback is to be made: its planned time, and the customer's answer."""

    _name = "revisit.agreed.time.mixin"
    _description = "Time Agreed With the Customer"

    _server_owned = {
        *AGREEMENT,
    }

    planned_at = fields.Datetime(
        string="Planned Time",
        copy=False,
        tracking=True,
        index="btree_not_null",
        help="Lies within the window, unless a supervisor gives a reason.",
    )
    planned_reason = fields.Char(
        string="Reason Outside Window",
        copy=False,
        tracking=True,
        help="Why it is planned before or after its window; given by a supervisor.",
    )
    is_outside_window = fields.Boolean(
        string="Planned Outside Window", compute="_compute_is_outside_window"
    )
    time_state = fields.Selection(
        selection=[
            ("open", "Not Asked"),
            ("asked", "Asked"),
            ("confirmed", "Confirmed"),
            ("declined", "Other Time Wanted"),
        ],
        string="Customer's Confirmation",
        default="open",
        readonly=True,
        copy=False,
        tracking=True,
        help="Whether the customer agrees with the planned time.",
    )
    time_answered_at = fields.Datetime(
        string="Answered", readonly=True, copy=False, help="When the customer answered."
    )
    time_answered_by = fields.Selection(
        selection=[("agent", "Noted by the Agent"), ("customer", "By the Customer")],
        string="Answer Given",
        readonly=True,
        copy=False,
    )
    proposed_at = fields.Datetime(
        string="Customer's Proposal", readonly=True, copy=False
    )
    # Calendar
    calendar_at = fields.Datetime(
        compute="_compute_calendar_at",
        search="_search_calendar_at",
        help="The planned time, else noon of the window's last day, on the reader's"
        " clock: the calendar shows the company's day wherever the reader is.",
    )
    is_day_only = fields.Boolean(compute="_compute_calendar_at")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("planned_at", "window_start", "window_end")
    def _compute_is_outside_window(self):
        for callback in self:
            at = callback.planned_at
            callback.is_outside_window = bool(
                at and not callback.window_start <= at < callback.window_end
            )

    @api.depends("planned_at", "last_day")
    @api.depends_context("tz", "uid")
    def _compute_calendar_at(self):
        zone = self.env.tz.zone
        for callback in self:
            day = callback.last_day
            callback.calendar_at = callback.planned_at or (
                day and windows.day_start(day, zone, hour=12)
            )
            callback.is_day_only = not callback.planned_at

    def _search_calendar_at(self, operator, value):
        if operator not in COMPARISONS:
            return NotImplemented
        moment, zone = fields.Datetime.to_datetime(value), self.env.tz.zone
        day = windows.local_date(moment, zone)
        noon = windows.day_start(day, zone, hour=12)
        # whether noon of that very day matches, too
        fits = COMPARISONS[operator](noon, moment)
        return Domain("planned_at", operator, value) | (
            Domain("planned_at", "=", False)
            & Domain("last_day", operator[0] + "=" * fits, day)
        )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("planned_at", "planned_reason")
    def _check_planned_at(self):
        self.filtered(
            lambda callback: not (callback.planned_reason or "").strip()
        )._check_within_window()

    def _check_within_window(self):
        for callback in self.filtered("is_outside_window"):
            raise ValidationError(
                self.env._(
                    "%(callback)s: %(time)s lies outside its window, from %(start)s"
                    " to %(end)s. Choose a time within it, or have a supervisor"
                    " plan it with a reason.",
                    callback=callback.display_name,
                    time=callback._format_time(callback.planned_at),
                    start=callback._format_time(callback.window_start),
                    end=callback._format_time(callback.deadline),
                )
            )

    @api.constrains("plan_id")
    def _check_plan_id(self):
        for callback in self.filtered("plan_id"):
            # whoever may read the callback may see these two names
            plan, team = callback.sudo().plan_id, callback.sudo().team_id
            plan._check_adjustable()
            if not callback.is_open:
                raise ValidationError(
                    self.env._(
                        "%(callback)s is not open any more: plan only callbacks that"
                        " are still to be made.",
                        callback=callback.display_name,
                    )
                )
            if not (team.parent_path or "").startswith(plan.team_id.parent_path):
                raise ValidationError(
                    self.env._(
                        "%(callback)s does not belong to %(team)s or a unit below it,"
                        " so it cannot stand in that unit's plan.",
                        callback=callback.display_name,
                        team=plan.team_id.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def _check_plan_left(self, plan_id):
        """Refuse to take callbacks out of a plan that is settled.

        :param plan_id: the id of the plan to which they are moved, or a falsy value
        """
        left = self.filtered(lambda callback: callback.plan_id.id != plan_id)
        # agents of the callback need not have access to the unit's plan
        left.sudo().plan_id._check_adjustable()

    def _get_replanned(self, vals):
        """Return the callbacks whose planned time changes by these values."""
        if "planned_at" not in vals:
            return self.browse()
        planned_at = fields.Datetime.to_datetime(vals["planned_at"])
        return self.filtered(lambda c: (c.planned_at or None) != planned_at)

    def _forget_agreement(self):
        """Reopen the customer's answer: it was about another time.

        What an agent plans anew lies in the window, whatever reason stands there.
        """
        if not self._is_supervisor():
            self._check_within_window()
        answered = self.filtered(lambda callback: callback.time_state != "open")
        # the answer is server-owned: no user may write it directly
        answered.sudo().write({"time_state": "open", **NO_ANSWER})

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_confirm_time(self):
        """Record that the customer has told the agent that the time suits them."""
        self._check_time_planned()
        self._step_answer("confirmed", "agent")
        return True

    def action_decline_time(self):
        """Record that the customer has told the agent that the time does not suit."""
        self._check_time_planned()
        self._step_answer("declined", "agent")
        return True

    def action_accept_proposal(self):
        """Plan callbacks at the times that their customers have proposed."""
        self._check_is_open()
        for callback in self:
            if not callback.proposed_at:
                raise UserError(
                    self.env._(
                        "%(callback)s: the customer has proposed no other time.",
                        callback=callback.display_name,
                    )
                )
            vals = {"planned_at": callback.proposed_at}
            if self._is_supervisor() and not callback.planned_reason:
                vals["planned_reason"] = self.env._("The customer asked for this time.")
            callback.write(vals)
            callback._step_answer("confirmed", "customer")
        return True

    def action_ask_time(self):
        """Ask the customers by e-mail whether the planned time suits them."""
        self._check_time_planned()
        self.check_access("write")
        self._check_may_be_asked()
        # a planned time that is changed is open again, and may be asked
        asked = self.filtered(lambda c: c.time_state == "asked")[:1]
        if asked:
            raise UserError(
                self.env._(
                    "%(callback)s: the customer was asked about this time already and"
                    " has not answered yet. Wait for the answer, or plan another time.",
                    callback=asked.display_name,
                )
            )
        self._step({"time_state": "asked", **NO_ANSWER})
        self.sudo()._end_links()  # the new question has its own key
        template = self.env.ref("revisit_management.mail_template_callback_time")
        # whoever may work on the callback, the message is the company's
        sender = self[:1].sudo()._get_sender()
        mails = template.sudo().send_mail_batch(  # see above
            self._get_asked_once().ids, email_values=sender
        )
        for mail in mails.with_context(**{marks.ASKING: marks.Told(True)}):
            mail.revisit_callback_id = mail.res_id
        # at once: the time that is asked about may be near
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        self._note_batch(
            self.env._("The customer was asked by e-mail to confirm the planned time.")
        )
        return True

    def _check_may_be_asked(self):
        """Refuse to ask who may not or cannot be asked, or not in time any more."""
        now = fields.Datetime.now()
        for callback in self.sudo():  # the customer may be closed to the agent
            if callback.partner_id._revisit_is_banned():
                raise UserError(
                    self.env._(
                        "%(customer)s asked not to be contacted. Have a supervisor"
                        " cancel the callback.",
                        customer=callback.partner_id.name,
                    )
                )
            if not callback.partner_id.email:
                raise UserError(
                    self.env._(
                        "No e-mail address of %(customer)s is known. Ask by phone and"
                        " note the answer with the buttons.",
                        customer=callback.partner_id.name,
                    )
                )
            if callback.planned_at <= now:
                raise UserError(
                    self.env._(
                        "%(callback)s: the planned time is over. Choose a later one"
                        " before you ask the customer.",
                        callback=callback.display_name,
                    )
                )
            callback._check_worth_asking()

    def _check_worth_asking(self):
        """Refuse to ask for a time that was declined, or at no hour of calls."""
        self.ensure_one()
        if self.time_state == "declined":
            raise UserError(
                self.env._(
                    "%(callback)s: the customer has declined this time. Accept the"
                    " customer's proposal or plan another time first.",
                    callback=self.display_name,
                )
            )
        if self._is_at_call_hour():
            return
        first, last = self._get_call_hours()
        raise UserError(
            self.env._(
                "%(callback)s: %(time)s is no hour at which the customer is called,"
                " which is from %(first)s to %(last)s. Plan another time, or have a"
                " supervisor plan it with a reason.",
                callback=self.display_name,
                time=self.get_time_label(),
                first=hours.format_hour(first),
                last=hours.format_hour(last),
            )
        )

    def _is_at_call_hour(self):
        """Return whether the planned time is one that the customer could choose.

        A supervisor's reason for the time allows any hour, as it does for windows.
        """
        self.ensure_one()
        first, last = self._get_call_hours()
        hour = hours.local_hour(self.planned_at, self._get_customer_tz())
        return first <= hour < last or bool((self.planned_reason or "").strip())

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _filter_askable(self):
        """Return callbacks whose customers can be asked by e-mail and were not yet."""
        now = fields.Datetime.now()
        return self.filtered(
            lambda callback: (
                callback.is_open
                and callback.time_state == "open"
                and callback.planned_at
                and callback.planned_at > now
                # customer and call hours decide, whoever may read them
                and callback.sudo().partner_id.email
                and callback.sudo()._is_at_call_hour()
                and not callback.sudo().partner_id._revisit_is_banned()
            )
        )

    def _is_supervisor(self):
        return self.env.user.has_group("revisit_management.group_supervisor")

    def _step_answer(self, state, by):
        (self | self._get_asked_along())._step(
            {
                "time_state": state,
                "time_answered_at": fields.Datetime.now(),
                "time_answered_by": by,
                "proposed_at": False,
            }
        )

    def _check_time_planned(self):
        self._check_is_open()
        without = self.filtered(lambda callback: not callback.planned_at)
        if without:
            raise UserError(
                self.env._(
                    "%(callback)s: enter the planned time first.",
                    callback=without[0].display_name,
                )
            )

    def _note_batch(self, body):
        """Log the same internal note on each of the callbacks, all at once."""
        # logged by the system, after steps that have checked the user's right
        self.sudo()._message_log_batch(dict.fromkeys(self.ids, body))

    def _format_time(self, moment, tz=None):
        """Return a moment as text, by default in the company's time zone."""
        # the day is the company's, whoever may read its settings
        tz = tz or self.company_id.sudo()._revisit_tz()
        return format_datetime(self.env, moment, tz=tz, dt_format="yyyy-MM-dd HH:mm")

    def _to_local(self, moment):
        """Return a moment in the company's local time, or False if it is empty."""
        # the day is the company's, whoever may read its settings
        tz = self.company_id.sudo()._revisit_tz()
        return moment and windows.to_local(moment, tz)

    # ------------------------------------------------------------
    # THE CUSTOMER'S PAGE (called with sudo, after the token was checked)
    # ------------------------------------------------------------

    @api.private
    def get_time_url(self):
        """Return the address of the customer's page as it is written in messages.

        The key is only added when the message is sent: whoever reads the message
        before, in a preview or a rendered template, gets an address without access.
        """
        self.ensure_one()
        return self._get_time_address() if self.is_open else self.get_base_url()

    def _may_answer_time(self):
        """Return whether the customer may still answer about the time.

        Their own answer is final; they may correct one that an agent recorded.
        """
        self.ensure_one()
        return bool(
            self.is_open
            and self.planned_at
            and self.planned_at > fields.Datetime.now()
            and self.time_answered_by != "customer"
        )

    def _answer_confirm(self):
        """Confirm the planned time for the customer."""
        ours = self._in_our_language()
        ours._step_answer("confirmed", "customer")
        ours._note_batch(ours.env._("The customer confirmed the planned time."))

    def _answer_propose(self, moment):
        """Store another time that the customer proposes.

        :param moment: naive UTC datetime
        :raise UserError: it is over, too far ahead, or outside the hours for calls
        """
        self.ensure_one()
        self._check_proposal(moment)
        ours = self._in_our_language()
        ours._step_answer("declined", "customer")
        # these fields are server-owned; the customer's link was checked
        ours.sudo().proposed_at = moment
        ours._note_batch(
            ours.env._(
                "The customer proposes another time: %(time)s.",
                time=ours._format_time(moment),
            )
        )
        ours._schedule_agreement()

    def _check_proposal(self, moment):
        now = fields.Datetime.now()
        if moment <= now:
            raise UserError(
                self.env._("This time is over already: choose a later one, please.")
            )
        if (moment - now).days > MAX_PROPOSAL_DAYS:
            raise UserError(
                self.env._("Choose a time within the next twelve months, please.")
            )
        first, last = self._get_call_hours()
        if not first <= hours.local_hour(moment, self._get_customer_tz()) < last:
            raise UserError(
                self.env._(
                    "We call between %(first)s and %(last)s: choose an hour within"
                    " these, please.",
                    first=hours.format_hour(first),
                    last=hours.format_hour(last),
                )
            )

    def _is_confirmed_by_customer(self):
        self.ensure_one()
        return self.time_state == "confirmed" and self.time_answered_by == "customer"

    def _schedule_agreement(self):
        """Ask the agent to agree on a time; there is at most one open request."""
        user = self.user_id or self.team_id.manager_id
        activity = heard(self).activity_search([ACTIVITY_TYPE])[:1]
        if not user or activity:
            return
        told = self.with_context(lang=user.lang)
        heard(told).activity_schedule(
            ACTIVITY_TYPE,
            date_deadline=self.company_id._revisit_today(),
            summary=told.env._("Agree on another time with the customer"),
            user_id=user.id,
        )
