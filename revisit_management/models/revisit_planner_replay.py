# Part of Revisit. See LICENSE file for full copyright and licensing details.
from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL

from ..tools import windows
from .revisit_planner import Replayed
from .revisit_planner_recurrence import AFTER
from .revisit_planner_set_recurrence import DUE
from .revisit_planner_source import Event


class RevisitPlanner(models.AbstractModel):
    """Replays policies over a past period as if they had planned nothing (L9)."""

    _inherit = "revisit.planner"

    def _replay(self, policies, date_from, date_to):
        """Return what policies would have decided, writing nothing.

        :param date_from: UTC datetime, included
        :param date_to: UTC datetime, excluded
        :return: list of dicts, see ``_get_details``
        """
        details = []
        self.with_context(revisit_from_scratch=Replayed(policies.ids))._plan(
            policies, date_from, date_to, dry_run=True, details=details
        )
        return [{**row, "reason": row["reason"] or None} for row in details]

    def _get_events_rolling(self, policy, date_from, date_to, records):
        """Replay the whole chain: each callback made on the day it was due."""
        if not self._is_from_scratch() or records is not None:
            return super()._get_events_rolling(policy, date_from, date_to, records)
        tz, months = policy.company_id._revisit_tz(), policy.period_months
        last_day, events = windows.local_date(date_to, tz), []
        sources = self._search_sources(policy, self._get_source_domain(policy))
        for clock in self._read_clock(policy, sources):
            first_day = windows.local_date(clock.event_at, tz)
            number = 0
            while True:
                after = policy._get_first_months() + number * months
                due_on = first_day + relativedelta(months=after)
                if due_on > last_day:
                    break
                due = windows.day_start(due_on, tz)
                if date_from <= due < date_to:
                    occasion = f"{AFTER}{number}" if number else ""
                    events.append(Event(clock.source, due, occasion))
                number += 1
        return events

    def _get_loads(self, agent_ids):
        """Leave out the present callbacks of what is replayed."""
        loads, replayed = super()._get_loads(agent_ids), self._get_replayed_ids()
        if replayed:
            for user, count in self.env["revisit.callback"]._read_group(
                [
                    ("user_id", "in", agent_ids),
                    ("is_open", "=", True),
                    ("policy_id", "in", replayed),
                ],
                ["user_id"],
                ["__count"],
            ):
                loads[user.id] -= count
        return loads


class RevisitPlannerSet(models.AbstractModel):
    _inherit = "revisit.planner.set"

    def _join_rolling(self, policy, query, date_from, date_to, records):
        if not self._is_from_scratch() or records is not None:
            return super()._join_rolling(policy, query, date_from, date_to, records)
        tz, months = policy.company_id._revisit_tz(), policy.period_months
        clock = self._get_clock_sql(policy, query)
        first_day = SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", clock, tz)

        def turn(moment):
            """Return the number of the turn in the month of ``moment``."""
            day = windows.local_date(moment, tz)
            return SQL(
                """(%s - (date_part('year', %s)::int4 * 12
                          + date_part('month', %s)::int4) - %s) / %s""",
                day.year * 12 + day.month,
                first_day,
                first_day,
                policy._get_first_months(),
                months,
            )

        due_on = SQL(
            "(%s + make_interval(months => %s + turn * %s))::date",
            first_day,
            policy._get_first_months(),
            months,
        )
        # the few turns around the range; the conditions below cut it exactly
        table = SQL(
            """
            LATERAL (SELECT %(due)s AS event_at,
                            CASE WHEN turn > 0 THEN %(after)s || turn ELSE '' END
                                AS occasion
                       FROM generate_series(
                            GREATEST(0, %(from)s - 1), %(to)s + 1) turn)
            """,
            due=self._get_day_start_sql(due_on, tz),
            after=AFTER,
            **{"from": turn(date_from), "to": turn(date_to)},
        )
        due_at = SQL.identifier(DUE, "event_at")
        query.add_join(
            "JOIN",
            DUE,
            table,
            SQL("%s >= %s AND %s < %s", due_at, date_from, due_at, date_to),
        )
        return None

    def _get_event_sql(self, policy, query):
        if policy.recurrence == "rolling" and self._is_from_scratch():
            return SQL.identifier(DUE, "event_at")
        return super()._get_event_sql(policy, query)
