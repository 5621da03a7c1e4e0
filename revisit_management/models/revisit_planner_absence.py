# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL

from ..tools import windows


class RevisitPlanner(models.AbstractModel):
    """Work of agents who are away for the whole window goes to others (B10)."""

    _inherit = "revisit.planner"

    def _reassign_absent(self):
        """Pass on untouched callbacks whose agent is on leave until their last day.

        They go to the present agent of the unit with the fewest open callbacks,
        or back to the unit's queue. Absence is a leave of the employee's resource.
        """
        away = self._get_absences()
        callbacks = self._get_absent_callbacks(away)
        if not callbacks:
            return
        loads = self._get_loads(callbacks.team_id.member_ids.filtered("active").ids)
        passed = {}
        for callback in callbacks:
            user = self._get_stand_in(callback, away, loads)
            passed.setdefault((callback.user_id, user), []).append(callback.id)
        for (absent, user), ids in passed.items():
            group = callbacks.browse(ids)
            followers = group._get_followers()
            (group | followers).user_id = user
            for callback in group:
                callback.decision = {**(callback.decision or {}), "absent": absent.name}
        # the planner writes in silence; who takes over must know of it
        callbacks._tell_agents()

    def _get_absences(self):
        """Return {user id: [(first day, last day)]} of leaves that are not over."""
        company = self.env.company
        rows = self.env.execute_query(
            SQL(
                """
                SELECT employee.user_id,
                       (away.date_from AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date,
                       (away.date_to AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date
                  FROM resource_calendar_leaves away
                  JOIN hr_employee employee ON employee.resource_id = away.resource_id
                 WHERE away.time_type = 'leave' AND away.date_to >= %(now)s
                   AND employee.company_id = %(company)s AND employee.active
                   AND employee.user_id IS NOT NULL
                """,
                tz=company._revisit_tz(),
                now=fields.Datetime.now(),
                company=company.id,
            )
        )
        away = {}
        for user_id, first, last in rows:
            away.setdefault(user_id, []).append((first, last))
        return away

    def _get_absent_callbacks(self, away):
        """Return the untouched leading callbacks of agents who cannot make them."""
        callbacks = self.env["revisit.callback"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("user_id", "in", list(away)),
                ("state", "=", "assigned"),
                ("attempt_count", "=", 0),
                ("contact_id", "=", False),
                ("window_end", ">", fields.Datetime.now()),
            ],
            order="window_end, id",
        )
        return callbacks.filtered(
            lambda callback: (
                self._is_bucket_ours(callback.commercial_partner_id)
                and self._is_away(callback, callback.user_id.id, away)
            )
        )

    def _is_away(self, callback, user_id, away):
        """Return whether somebody is on leave as long as a callback may be made."""
        begin = max(callback.window_start, fields.Datetime.now())
        first = windows.local_date(begin, self.env.company._revisit_tz())
        return any(
            start <= first and end >= callback.last_day
            for start, end in away.get(user_id, ())
        )

    def _get_stand_in(self, callback, away, loads):
        """Return the present agent of the unit with the lightest load, or nobody."""
        own = callback.policy_id._excludes_own_customers() and callback.responsible_id
        present = [
            user
            for user in callback.team_id.member_ids.filtered("active").sorted("id")
            if not self._is_away(callback, user.id, away)
            and user != own
            and user._revisit_may_make(
                callback.level, callback.dealer_id, callback.company_id
            )
        ]
        if not present:
            return self.env["res.users"]
        user = min(present, key=lambda user: loads[user.id])
        loads[user.id] += 1
        return user
