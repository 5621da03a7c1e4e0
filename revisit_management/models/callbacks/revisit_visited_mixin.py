# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import marks, windows
from ...tools.fields import OptionalInteger
from ...tools.terms import DONE_STATES, OPEN_STATES

# channels for which an agent goes to the customer, or meets them
MET_CHANNELS = ("visit", "meeting", "service_day", "symposium")
# what an appointment is made of
APPOINTED = {"active", "channel", "partner_id", "planned_at", "state", "user_id"}
# minutes of an appointment whose script says nothing
LEAST_MINUTES = 30
# context key while an appointment follows its callback
FOLLOWING = "revisit_appointment"
# Odoo writes to nobody about an appointment that only its agent attends
SILENT = {"no_mail_to_attendees": True, "dont_notify": True, "mail_create_nolog": True}


class RevisitVisitedMixin(models.AbstractModel):
    """The appointment of a visit in the agent's calendar, and when they arrived.

    The appointment follows the planned time, and the planned time follows it when the
    agent moves it in the calendar. It is private: others see that the agent is busy.
    """

    _name = "revisit.visited.mixin"
    _description = "Appointment of a Visit"

    _server_owned = {"appointment_id", "arrival_delay", "arrived_at", "promised_at"}

    appointment_id = fields.Many2one(
        comodel_name="calendar.event",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    arrived_at = fields.Datetime(
        string="Arrived", readonly=True, copy=False, help="At the customer's."
    )
    promised_at = fields.Datetime(
        string="Promised Time",
        readonly=True,
        copy=False,
        help="The time that was planned before it was moved on its own day. An arrival"
        " on that day counts from it, unless the customer has agreed with the later"
        " one.",
    )
    arrival_delay = OptionalInteger(
        string="Arrived Late (min)",
        compute="_compute_arrival_delay",
        store=True,
        aggregator="avg",
        help="Minutes after the appointment; negative: before it. Empty without an"
        " appointment.",
    )
    may_arrive = fields.Boolean(compute="_compute_may_arrive")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("arrived_at")
    def _compute_arrival_delay(self):
        # the appointment counts that held when they arrived
        for callback in self:
            arrived, appointed = callback.arrived_at, callback._get_appointed()
            callback.arrival_delay = (arrived and appointed) and round(
                (arrived - appointed).total_seconds() / 60
            )

    def _get_appointed(self):
        """Return the time from which an arrival counts, or False for none."""
        self.ensure_one()
        promised = self.promised_at
        if not promised or self._has_agreed(promised):
            return self.planned_at
        zone = self.company_id._revisit_tz()
        if windows.local_date(promised, zone) != windows.local_date(
            self.arrived_at or promised, zone
        ):
            return self.planned_at
        return min(promised, self.planned_at or promised)

    def _has_agreed(self, promised):
        """Return whether the customer agreed with another time than was promised.

        What an agent notes about it counts only before the promise was over.
        """
        if self.time_state != "confirmed":
            return False
        return self.time_answered_by == "customer" or self.time_answered_at < promised

    @api.depends("channel", "state", "arrived_at")
    def _compute_may_arrive(self):
        for callback in self:
            callback.may_arrive = (
                callback.channel in MET_CHANNELS
                and callback.state in ("assigned", "in_progress")
                and not callback.arrived_at
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_arrive(self):
        """Note that whoever makes the visit has arrived at the customer's.

        :raise UserError: the callback is no visit, or somebody has arrived already
        """
        self._check_is_open()
        self.check_access("write")
        self._check_not_own()
        # it is one conversation, whoever may read which part of it
        contact = self.sudo()._get_conversation()
        for callback in contact:
            if callback.channel not in MET_CHANNELS:
                raise UserError(
                    self.env._(
                        "%(callback)s is no visit, so nobody arrives.",
                        callback=callback.display_name,
                    )
                )
            if callback.arrived_at:
                raise UserError(
                    self.env._(
                        "%(callback)s: the arrival was noted already, at %(moment)s.",
                        callback=callback.display_name,
                        moment=callback._format_time(callback.arrived_at),
                    )
                )
        contact.write({"arrived_at": fields.Datetime.now()})
        return True

    # ------------------------------------------------------------
    # THE APPOINTMENT
    # ------------------------------------------------------------

    def _get_promises(self):
        """Return ``{callback: the time promised for today or False}`` before a move."""
        now = fields.Datetime.now()
        promises = {}
        for callback in self.filtered(lambda c: c.channel in MET_CHANNELS):
            zone = callback.company_id._revisit_tz()
            today = windows.local_date(now, zone)
            times = [callback.promised_at, callback.planned_at]
            promises[callback] = min(
                (at for at in times if at and windows.local_date(at, zone) == today),
                default=False,
            )
        return promises

    @api.model
    def _keep_promises(self, promises):
        """Remember from which time an arrival counts that is moved on its own day."""
        for callback, promised in promises.items():
            if callback.promised_at != promised:
                callback.sudo().promised_at = promised  # server-owned

    def _follow_appointments(self, vals):
        """Create, move or delete the appointments after a write of ``vals``."""
        if not APPOINTED & set(vals) or marks.read(self.env, FOLLOWING):
            return
        # the appointment is a consequence, whoever may write into the calendar
        for callback in self.sudo():
            event = callback.appointment_id.with_context(
                **SILENT, **{FOLLOWING: marks.Told(True)}
            )
            wanted = callback._prepare_appointment()
            if not wanted:
                # what was made stays in the calendar
                if event and callback.state not in DONE_STATES:
                    event.unlink()
            elif event:
                event.write(wanted)
            else:
                callback.appointment_id = event.create(wanted)

    def _prepare_appointment(self):
        """Return the values of the appointment, or False where there is none."""
        self.ensure_one()
        user = self.user_id
        if (
            self.channel not in MET_CHANNELS
            or self.contact_id
            or not self.planned_at
            or self.state not in OPEN_STATES
            or not user
            or user.share
        ):
            return False
        minutes = max(self._get_contact_script()["duration"], LEAST_MINUTES)
        return {
            "name": self.display_name,
            "start": self.planned_at,
            "stop": self.planned_at + timedelta(minutes=minutes),
            "location": self._portal_address(),
            "user_id": user.id,
            "partner_ids": [fields.Command.set(user.partner_id.ids)],
            "privacy": "private",
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
        }
