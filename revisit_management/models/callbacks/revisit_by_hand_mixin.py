# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ...tools import windows
from ...tools.values import NOTE_SIZE
from .revisit_agreed_time_mixin import MAX_PROPOSAL_DAYS

PASSED_ON = {"team_id", "user_id"}
# the working time in which a colleague can make what somebody else plans for them
FAIR_TIME = timedelta(hours=1)


class RevisitByHandMixin(models.AbstractModel):
    """What people plan, pass on, enter later or reopen by hand, and what that leaves.

    Scores count what was due to whom: nobody but managers makes others late by hand,
    and what happens to a callback that is late already stays visible.
    """

    _name = "revisit.by.hand.mixin"
    _description = "Planned and Changed by Hand"
    _inherit = ["revisit.verified.mixin"]

    _server_owned = {"reopen_note"}

    reopen_note = fields.Text(
        string="Why Reopened", readonly=True, copy=False, tracking=True
    )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_reopen(self):
        """Button: reopen a callback, and ask for the reason if no time is left."""
        self.ensure_one()
        self._check_may_reopen()
        if self._get_hasty():
            return self._get_dialog(
                "revisit.reason", self.env._("Reopen"), default_step="reopen"
            )
        return self.action_reopen()

    def action_reopen(self, reason=None):
        """Reopen cancelled callbacks.

        Where too little of the window is left, nobody can make them on time: they
        count as known too late. But where there was enough time before they were
        cancelled, they count as if they never had been.

        :param reason: text, required where too little time is left
        :raise AccessError: the user is not a supervisor
        """
        self._check_may_reopen()
        # only steps may set states; the right was checked above
        cancelled = self.sudo().filtered(lambda callback: callback.state == "cancelled")
        hasty = cancelled._get_hasty()
        note = hasty.with_env(self.env)._read_reopen_note(reason)
        before = {c: {"state": c.state} for c in cancelled}
        # the note belongs to the cancellation and stays in its tracking; a reopened
        # callback leads a contact of its own
        cancelled.write(
            {
                "cancel_reason": False,
                "cancel_note": False,
                "contact_id": False,
                "refused_from": False,
                "reopen_note": note,
            }
        )
        with_agent = cancelled.filtered("user_id")
        with_agent.state = "assigned"
        (cancelled - with_agent).state = "planned"
        (hasty - hasty._get_had_time()).write(
            {"is_known_too_late": True, "is_late_handover": True}
        )
        self._leave_traces(before)
        cancelled._ask_for_numbers()
        return True

    def _is_late(self):
        """Return whether it is still to be made, though its window has ended."""
        self.ensure_one()
        return self.is_open and self.window_end <= fields.Datetime.now()

    def _check_next_try(self):
        """Refuse times to call again by hand that are over, or farther than a year.

        What was promised comes first in the queue: nobody promises the past. Steps of
        the system call again at once.
        """
        now = fields.Datetime.now()
        for callback in self.filtered("next_attempt_at") if not self.env.su else ():
            if callback.next_attempt_at <= now:
                self._refuse_past_time()
            if (callback.next_attempt_at - now).days > MAX_PROPOSAL_DAYS:
                raise ValidationError(
                    self.env._(
                        "%(moment)s is more than a year ahead. Choose a time to call"
                        " again within the next twelve months.",
                        moment=callback._format_time(callback.next_attempt_at),
                    )
                )

    def _check_may_reopen(self):
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._(
                    "Only supervisors take back a cancellation. Tell yours why the"
                    " callback is needed after all."
                )
            )
        self.check_access("write")

    def _check_planned_by_hand(self):
        """Refuse to plan what nobody can make, and what counts for another unit.

        :raise UserError: the user is neither manager nor system
        """
        self._check_next_try()
        if self.env.su or self.env.user.has_group("revisit_management.group_manager"):
            return
        units, hasty = self._get_units(), self._get_hasty()
        for callback in self:
            if callback._is_late():
                raise UserError(
                    self.env._(
                        "%(callback)s: its window has ended. Only callback managers"
                        " plan what was due before; choose a later end.",
                        callback=callback.display_name,
                    )
                )
            if callback in hasty:
                raise UserError(
                    self.env._(
                        "%(callback)s: nobody can make it before its window ends."
                        " Leave at least one hour of working time, or choose the end"
                        " of the day.",
                        callback=callback.display_name,
                    )
                )
            if callback._counts_elsewhere(units):
                raise UserError(
                    self.env._(
                        "%(callback)s would count for another unit. Have that unit's"
                        " supervisor plan it, or a callback manager.",
                        callback=callback.display_name,
                    )
                )

    def _get_units(self):
        """Return the units of the user, of the agents and of the dealers (sudo)."""
        # whose units they are, whoever may read units
        teams = self.env["revisit.team"].sudo()
        mine = self.env.user.revisit_managed_team_ids
        return teams.search(
            Domain("id", "child_of", mine.ids)
            | Domain("member_ids", "in", self.user_id.ids)
            | Domain("manager_id", "in", self.user_id.ids)
            | Domain("dealer_id", "in", self.dealer_id.ids)
        )

    def _counts_elsewhere(self, units):
        """Return whether agent or dealer belong to units that the user does not lead.

        Who belongs to no unit is anybody's.

        :param units: see :meth:`_get_units`
        """
        self.ensure_one()
        agent, dealer = self.user_id, self.level == "dealer" and self.dealer_id
        theirs = []
        if agent and agent != self.env.user:
            theirs.append(
                units.filtered(lambda u: agent in u.member_ids | u.manager_id)
            )
        if dealer:
            theirs.append(units.filtered(lambda unit: unit.dealer_id == dealer))
        # units are compared only, whoever may read them
        own = self.env.user.revisit_managed_team_ids.sudo()
        paths = tuple(unit.parent_path for unit in own)
        led = self.sudo().team_id | units.filtered(
            lambda unit: paths and unit.parent_path.startswith(paths)
        )
        return any(found and not found & led for found in theirs)

    def _get_hasty(self):
        """Return those whose window leaves colleagues too little time from now on.

        Enough is one hour of the company's working time; or, outside of it, an hour
        until the end of the day.
        """
        now, workdays = fields.Datetime.now(), self._get_workdays_by_company()
        return self.filtered(
            lambda callback: (
                not (
                    callback._has_working_time(now, workdays)
                    or callback._has_rest_of_day(now)
                )
            )
        )

    def _get_workdays_by_company(self):
        days = self.env["revisit.workday"]
        return {company: days._get_workdays(company) for company in self.company_id}

    def _has_rest_of_day(self, now):
        """Return whether it may be made until its day ends, and for an hour."""
        self.ensure_one()
        start = max(now, self.window_start)
        # the day is the company's, whoever may read its settings
        tz = self.company_id.sudo()._revisit_tz()
        day = windows.local_date(start, tz) + timedelta(days=1)
        end = self.window_end
        return end - start >= FAIR_TIME and end >= windows.day_start(day, tz)

    def _has_working_time(self, since, workdays, until=None):
        """Return whether its window has enough working time after a moment.

        :param workdays: see :meth:`_get_workdays_by_company`
        :param until: the moment at which it ends, if not with the window
        """
        self.ensure_one()
        start, end = max(since, self.window_start), until or self.window_end
        return self._is_fair(workdays[self.company_id], start, end)

    @api.model
    def _is_fair(self, workdays, start, end):
        """Return whether enough working time lies between two moments.

        :param workdays: the company's, a ``Workdays``
        """
        if not workdays.has_hours():
            return end - start >= FAIR_TIME
        left = FAIR_TIME
        for begin, stop in workdays.iter_from(start):
            if begin >= end or left <= timedelta():
                break
            left -= min(stop, end) - begin
        return left <= timedelta()

    def _read_reopen_note(self, reason):
        """Return why callbacks without enough time are reopened, or False.

        :raise UserError: there is no reason, but such a callback
        """
        reader = self.env["revisit.reader"]
        note = reader._read_text(
            reader._get_label(self, "reopen_note"), reason, NOTE_SIZE
        )
        note = (note or "").strip()
        if self and not note and not self.env.su:
            raise UserError(
                self.env._(
                    "%(callback)s has too little time left, or none: say why it is"
                    " needed after all.",
                    callback=self[0].display_name,
                )
            )
        return note or False

    def _get_had_time(self):
        """Return those that left enough time before they were cancelled.

        What was known too late by then stays so. Without a trace nobody knows when it
        was cancelled.
        """
        stretches, workdays = self._read_stretches(), self._get_workdays_by_company()
        return self.filtered(
            lambda c: (
                not c.is_known_too_late
                and any(c._had_time(*s, workdays) for s in stretches.get(c.id, ()))
            )
        )

    def _read_stretches(self):
        """Return {callback id: [(since, until)]} of when they could be made.

        Each began with the planning or a reopening, and ended with a cancellation.
        """
        # only when it was
        traces = (
            self.env["revisit.trace"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("part_model", "=", self._name),
                    ("field_name", "=", "state"),
                ],
                order="at, id",
            )
        )
        since, found = {c.id: c.create_date for c in self}, {}
        for trace in traces:
            if trace.value_pair.get("new") == "cancelled":
                stretch = (since[trace.res_id], trace.at)
                found.setdefault(trace.res_id, []).append(stretch)
            else:
                since[trace.res_id] = trace.at
        return found

    def _had_time(self, since, until, workdays):
        """Return whether it could be made between two moments, or was late by then.

        :param workdays: see :meth:`_get_workdays_by_company`
        """
        self.ensure_one()
        if until >= self.window_end:
            return True
        since = max(since, self.window_start)
        if self._has_working_time(since, workdays):
            return self._has_working_time(since, workdays, until)
        return until - since >= FAIR_TIME and self._has_rest_of_day(since)

    def _withdraw(self, note):
        """Cancel callbacks (sudo) whose document no longer asks for them.

        :param note: which step has decided that, by whom and why
        """
        before = {callback: {"state": callback.state} for callback in self}
        self.write(
            {
                "state": "cancelled",
                "cancel_reason": "source",
                "cancel_note": note,
                "contact_id": False,
            }
        )
        self._leave_traces(before)
        self._hand_over_contacts()

    # ------------------------------------------------------------
    # PASSING ON
    # ------------------------------------------------------------

    def _check_passed_on(self, vals):
        """Refuse to let what is due count for a unit that the user does not lead.

        While there is fair time, the whole contact may be passed on; that is traced.

        :raise UserError: it is late, or due within the working day
        """
        foreign = self._get_foreign(vals)
        if not foreign:
            return
        # it is one conversation, whoever may read which part of it
        contact = self.sudo() | self.sudo()._get_followers()
        moving = contact.filtered(
            lambda c: c.is_open and any(c[n].id != vals[n] for n in foreign)
        )
        workdays = moving._get_workdays_by_company()
        for callback in moving:
            # the day is the company's, whoever may read its settings
            company = callback.company_id.sudo()
            day = company._revisit_today() + timedelta(days=1)
            tomorrow = windows.day_start(day, company._revisit_tz())
            if not callback._has_working_time(tomorrow, workdays):
                raise UserError(
                    self.env._(
                        "%(callback)s is late, or due before the next working day, and"
                        " would count for another unit. Have it made in yours, or ask"
                        " a callback manager.",
                        callback=callback.display_name,
                    )
                )
        given = {name: moving[name].browse(vals[name]) for name in sorted(foreign)}
        self._create_traces(
            [
                callback._prepare_trace(name, callback[name], value)
                for callback in moving
                for name, value in given.items()
                if callback[name] != value
            ]
        )

    def _get_foreign(self, vals):
        """Return which of the values name a unit that the user does not lead.

        Managers may, and agents take only what is their unit's. Heads belong to their
        units; who belongs to none is given work with time left, like others' people.
        """
        user = self.env.user
        if (
            not PASSED_ON & set(vals)
            or self.env.su
            or user.has_group("revisit_management.group_manager")
            or not user.has_group("revisit_management.group_supervisor")
        ):
            return set()
        # whose units they are, whoever may read units
        teams = self.env["revisit.team"].sudo()
        led = teams.search([("id", "child_of", user.revisit_managed_team_ids.ids)])
        foreign = set()
        if vals.get("team_id") and vals["team_id"] not in led.ids:
            foreign.add("team_id")
        if vals.get("user_id") and vals["user_id"] != user.id:
            agent = vals["user_id"]
            theirs = teams.search(
                ["|", ("member_ids", "in", [agent]), ("manager_id", "=", agent)]
            )
            if not theirs & led:
                foreign.add("user_id")
        return foreign

    # ------------------------------------------------------------
    # MARKS
    # ------------------------------------------------------------

    def _read_traced(self, names):
        """Trace who gives a late callback to somebody else, before it is made, too."""
        before = super()._read_traced(names)
        passed_on = sorted(PASSED_ON.intersection(names))
        if passed_on and not self.env.su:
            for callback in self.sudo():  # a value is traced, whoever may read it
                if callback._is_late():
                    values = {name: callback[name] for name in passed_on}
                    before.setdefault(callback, {}).update(values)
        return before

    def _note_entered_afterwards(self, is_entered):
        """Say on each callback, and in its trace, that it was made before its entry.

        :param is_entered: whether a supervisor has said when it was made
        """
        if not is_entered:
            return
        self._note_batch(self.env._("Entered afterwards: made at an earlier time."))
        self._create_traces(
            [
                callback._prepare_trace("done_at", False, callback.done_at)
                for callback in self
            ]
        )
