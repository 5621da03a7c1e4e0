# Part of Revisit. See LICENSE file for full copyright and licensing details.
import json

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ....tools import periods, windows
from ....tools.planning import AFTER, DUE, TABLE

DRAW = SQL.identifier("revisit_drawing")
WAITING = SQL(
    """(callback.active AND (callback.state IN ('planned', 'assigned', 'in_progress')
        OR (callback.state = 'cancelled' AND callback.cancel_reason = 'source')))"""
)
FOLLOWING = SQL(
    """(callback.active AND (callback.state IN ('planned', 'assigned')
        OR (callback.state = 'cancelled' AND callback.cancel_reason = 'source')))"""
)


class RevisitPlannerSet(models.AbstractModel):
    """Set-based: periodic occasions and samples.

    The due moments of a document are one more table in its query, ``revisit_due``;
    the steps of the planner stay the same.
    """

    _inherit = "revisit.planner.set"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    # ------------------------------------------------------------
    # THE QUERY OF WHAT IS DUE
    # ------------------------------------------------------------

    def _get_event_query(self, policy, date_from, date_to, records=None):
        if policy.recurrence == "event":
            query = super()._get_event_query(policy, date_from, date_to, records)
        else:
            domain = self._get_source_domain(policy)
            if records is not None:
                domain &= Domain("id", "in", records.ids)
            query = self.env[policy.model_name]._search(domain)
            join = getattr(self, self._get_recurrences()[policy.recurrence].join)
            join(policy, query, date_from, date_to, records)
        if start := self._get_first_moment(policy):
            event_at = self._get_event_sql(policy, query)
            query.add_where(SQL("%s >= %s", event_at, start))
        return query

    def _get_follow_query(self, policy):
        """Return the query of documents that still count, with their due moments."""
        query = self.env[policy.model_name]._search(self._get_source_domain(policy))
        if policy.recurrence != "event":
            follow = self._get_recurrences()[policy.recurrence].follow
            getattr(self, follow)(policy, query)
        return query

    def _get_clock_sql(self, policy, query):
        """Return the SQL of the UTC moment of the document's own clock."""
        # self._get_event_sql calls this  # pylint: disable=super-method-mismatch
        return super()._get_event_sql(policy, query)

    def _get_event_sql(self, policy, query):
        if policy.recurrence == "event":
            return super()._get_event_sql(policy, query)
        if policy.recurrence != "rolling" or self._is_from_scratch():
            return SQL.identifier(DUE, "event_at")
        first = self._get_months_after_sql(
            policy, self._get_clock_sql(policy, query), policy._get_first_months()
        )
        due_on = SQL("COALESCE(%s, %s)", SQL.identifier(DUE, "due_on"), first)
        return SQL(
            "COALESCE(%s, %s)",
            SQL.identifier(DUE, "event_at"),
            self._get_day_start_sql(due_on, policy.company_id._revisit_tz()),
        )

    def _get_occasion_sql(self, policy, query):
        if policy.recurrence == "event":
            return super()._get_occasion_sql(policy, query)
        return SQL("COALESCE(%s, '')", SQL.identifier(DUE, "occasion"))

    def _get_months_after_sql(self, policy, moment, months):
        """Return the SQL of the local date ``months`` after a UTC moment."""
        return SQL(
            """((%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date
                + make_interval(months => %s))::date""",
            moment,
            policy.company_id._revisit_tz(),
            months,
        )

    def _get_rows_sql(self, policy):
        """Return the condition of the policy's callbacks about its documents."""
        return SQL(
            "callback.policy_id = %s AND callback.source_model = %s",
            policy.id,
            policy.model_name,
        )

    # ------------------------------------------------------------
    # CALENDAR PERIODS
    # ------------------------------------------------------------

    def _join_calendar(self, policy, query, date_from, date_to, records):
        due = policy._get_due_periods(date_from, date_to, records is not None)
        self._join_periods(
            policy, query, {policy._get_due_occasion(period): period for period in due}
        )
        if records is None:
            event_at = self._get_event_sql(policy, query)
            query.add_where(SQL("%s >= %s", event_at, date_from))
            query.add_where(SQL("%s < %s", event_at, date_to))

    def _join_following_calendar(self, policy, query):
        """Join the periods for which callbacks exist that follow their documents."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT callback.occasion FROM revisit_callback callback
                    WHERE %s AND %s""",
                self._get_rows_sql(policy),
                FOLLOWING,
            )
        )
        due = {name: policy._get_period_of_occasion(name) for (name,) in rows}
        self._join_periods(policy, query, {name: p for name, p in due.items() if p})

    def _join_periods(self, policy, query, due):
        """Join to each document the periods in which it is due.

        :param due: ``{occasion: Period}``
        """
        clock, tz = self._get_clock_sql(policy, query), policy.company_id._revisit_tz()
        day = SQL(
            """(date_trunc('day', %s AT TIME ZONE 'UTC' AT TIME ZONE %s)
                AT TIME ZONE %s AT TIME ZONE 'UTC')""",
            clock,
            tz,
            tz,
        )
        # due when the period begins, or on the later day of the document
        table = SQL(
            """LATERAL (SELECT GREATEST(period.start_at, %s) AS event_at,
                               period.occasion
                          FROM unnest(%s::timestamp[], %s::timestamp[], %s::text[])
                            AS period (start_at, until, occasion)
                         WHERE %s < period.until)""",
            day,
            [period.start for period in due.values()],
            [policy._get_first_period_until(period) for period in due.values()],
            list(due),
            clock,
        )
        query.add_join("JOIN", DUE, table, SQL("TRUE"))

    def _get_window_sql(self, policy, event_at, first, last):
        if policy.recurrence != "calendar":
            return super()._get_window_sql(policy, event_at, first, last)
        months, tz = policy.period_months, policy.company_id._revisit_tz()
        day = periods.first_day(windows.local_date(first, tz), months)
        begin = windows.day_start(day, tz)
        begins = [
            period.start
            for period in periods.starting_between(
                begin, max(last, begin) + policy._get_span(), months, tz
            )
        ]
        edges = [policy._get_window(begin) for begin in begins]
        number = SQL("width_bucket(%s, %s::timestamp[])", event_at, begins)
        start, end = (
            SQL("(%s::timestamp[])[%s]", [edge[side] for edge in edges], number)
            for side in (0, 1)
        )
        return SQL("GREATEST(%s, %s)", start, event_at), end

    # ------------------------------------------------------------
    # ROLLING PERIODS
    # ------------------------------------------------------------

    def _join_rolling(self, policy, query, date_from, date_to, records):
        """Join each document's open callback, or the one that was closed last."""
        if self._is_from_scratch() and records is None:
            self._join_replay(policy, query, date_from, date_to)
            return
        closed_at = SQL("COALESCE(callback.done_at, callback.event_at)")
        after = self._get_due_on_sql(policy, SQL("callback.next_due_on"), closed_at)
        table = SQL(
            """
            (SELECT DISTINCT ON (callback.source_id) callback.source_id,
                    CASE WHEN %(waiting)s THEN callback.occasion
                         ELSE 'after:' || callback.id END AS occasion,
                    CASE WHEN %(waiting)s THEN callback.event_at END AS event_at,
                    %(after)s AS due_on
               FROM revisit_callback callback
              WHERE %(rows)s AND NOT %(from_scratch)s
           ORDER BY callback.source_id, %(waiting)s DESC,
                    CASE WHEN %(waiting)s THEN NULL ELSE %(closed_at)s END DESC,
                    callback.id DESC)
            """,
            waiting=WAITING,
            after=after,
            rows=self._get_rows_sql(policy),
            from_scratch=self._is_from_scratch(),
            closed_at=closed_at,
        )
        query.add_join("LEFT JOIN", DUE, table, self._get_due_key(query))
        if records is None:
            event_at = self._get_event_sql(policy, query)
            query.add_where(SQL("%s >= %s", event_at, date_from))
            query.add_where(SQL("%s < %s", event_at, date_to))

    def _join_replay(self, policy, query, date_from, date_to):
        """Join the due moments of each document as if nothing had been planned yet."""
        tz, months = policy.company_id._revisit_tz(), policy.period_months
        clock = self._get_clock_sql(policy, query)
        first_day = SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", clock, tz)
        due_on = SQL(
            "(%s + make_interval(months => %s + turn * %s))::date",
            first_day,
            policy._get_first_months(),
            months,
        )
        # only the few turns near the range; the conditions below limit it exactly
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
            **{
                "from": self._get_turn_sql(policy, first_day, date_from),
                "to": self._get_turn_sql(policy, first_day, date_to),
            },
        )
        due_at = SQL.identifier(DUE, "event_at")
        query.add_join(
            "JOIN",
            DUE,
            table,
            SQL("%s >= %s AND %s < %s", due_at, date_from, due_at, date_to),
        )

    def _get_turn_sql(self, policy, first_day, moment):
        """Return the number of the turn in the month of ``moment``."""
        day = windows.local_date(moment, policy.company_id._revisit_tz())
        return SQL(
            """(%(month)s - (date_part('year', %(first)s)::int4 * 12
                      + date_part('month', %(first)s)::int4) - %(before)s)
                / %(months)s""",
            month=day.year * 12 + day.month,
            first=first_day,
            before=policy._get_first_months(),
            months=policy.period_months,
        )

    def _join_following_rolling(self, policy, query):
        """Join each later callback with the date that follows from its predecessor.

        If somebody has deleted the predecessor, the date stays; as long as the
        predecessor is open again, the callback waits.
        """
        after = self._get_due_on_sql(
            policy,
            SQL("previous.next_due_on"),
            SQL("COALESCE(previous.done_at, previous.event_at)"),
        )
        table = SQL(
            """
            (SELECT callback.source_id, callback.occasion,
                    CASE WHEN callback.occasion != '' AND previous.id IS NULL
                         THEN callback.event_at END AS event_at,
                    %(after)s AS due_on
               FROM revisit_callback callback
          LEFT JOIN revisit_callback previous ON previous.id = CASE
                    WHEN callback.occasion ~ '^after:[0-9]+$'
                    THEN substr(callback.occasion, 7)::int4 END
              WHERE %(rows)s AND %(following)s
                AND callback.occasion ~ '^(after:[0-9]+)?$'
                AND (previous.id IS NULL OR NOT (
                     previous.active AND (
                        previous.state IN ('planned', 'assigned', 'in_progress')
                        OR (previous.state = 'cancelled'
                            AND previous.cancel_reason = 'source')))))
            """,
            after=after,
            rows=self._get_rows_sql(policy),
            following=FOLLOWING,
        )
        query.add_join("JOIN", DUE, table, self._get_due_key(query))

    def _get_due_key(self, query):
        return SQL(
            "%s = %s",
            SQL.identifier(DUE, "source_id"),
            SQL.identifier(query.table, "id"),
        )

    def _get_due_on_sql(self, policy, agreed, closed_at):
        return SQL(
            "COALESCE(%s, %s)",
            agreed,
            self._get_months_after_sql(policy, closed_at, policy.period_months),
        )

    # ------------------------------------------------------------
    # SAMPLES
    # ------------------------------------------------------------

    def _join_sample(self, policy, query, date_from, date_to, records):
        """Join each document's closed period; earlier draws stay as they are."""
        closed = self._get_closed_periods(policy, date_from, date_to, records)
        clock = self._get_clock_sql(policy, query)
        table = SQL(
            """(SELECT unnest(%s::timestamp[]) AS start_at,
                       unnest(%s::timestamp[]) AS event_at,
                       unnest(%s::text[]) AS occasion)""",
            [period.start for period in closed.values()],
            [period.end for period in closed.values()],
            list(closed),
        )
        condition = SQL(
            "(%(everybody)s OR %(clock)s >= %(start)s) AND %(clock)s < %(end)s",
            clock=clock,
            everybody=policy.trigger_id.is_population,
            start=SQL.identifier(DUE, "start_at"),
            end=SQL.identifier(DUE, "event_at"),
        )
        query.add_join("JOIN", DUE, table, condition)
        if self._is_from_scratch():
            return
        query.add_where(
            SQL(
                """NOT EXISTS (SELECT FROM revisit_planning_skip skip WHERE %s
                                      AND skip.reason = 'not_drawn')""",
                self._get_key_sql(policy, query, "skip"),
            )
        )

    def _join_following_sample(self, policy, query):
        """Join the periods for which each document was drawn, with unchanged dates."""
        table = SQL(
            """
            (SELECT callback.source_id, callback.occasion, callback.event_at
               FROM revisit_callback callback
              WHERE %s AND %s
                AND callback.occasion != '' AND callback.occasion !~ ':')
            """,
            self._get_rows_sql(policy),
            FOLLOWING,
        )
        query.add_join("JOIN", DUE, table, self._get_due_key(query))

    def _collect_candidates(self, policy, query, first, last):
        result = super()._collect_candidates(policy, query, first, last)
        if policy.recurrence == "sample":
            drawn = self._get_drawn_occasions(policy)
            self._recall_draws(policy, drawn)
            self._draw_strata(policy, drawn)
            self._leave_out_undrawn(policy)
        return result

    def _recall_draws(self, policy, drawn):
        """Copy decisions from earlier draws; documents that came later have none."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s c
                   SET decision = COALESCE(
                        (SELECT skip.decision FROM revisit_planning_skip skip
                          WHERE skip.policy_id = %(policy)s
                            AND skip.source_model = %(model)s
                            AND skip.source_id = c.source_id
                            AND skip.occasion = c.occasion),
                        jsonb_build_object('period', c.occasion, 'late', TRUE))
                 WHERE c.policy_id = %(policy)s AND c.occasion = ANY(%(drawn)s)
                """,
                table=TABLE,
                policy=policy.id,
                model=policy.model_name,
                drawn=drawn,
            )
        )

    def _draw_strata(self, policy, drawn):
        """Number the documents of each stratum by hash and share out the quotas."""
        numbered = self._get_numbered_sql(policy, drawn)
        self.env.cr.execute(
            SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", DRAW, numbered)
        )
        rows = self.env.execute_query(
            SQL("SELECT occasion, stratum, count(*) FROM %s GROUP BY 1, 2", DRAW)
        )
        decisions = policy._prepare_decisions({row[:2]: row[2] for row in rows})
        self._write_decisions(policy, decisions)
        self.env.cr.execute(SQL("DROP TABLE %s", DRAW))

    def _get_numbered_sql(self, policy, drawn):
        """Return the query of the documents to draw from, numbered in their stratum.

        :param drawn: occasions whose documents were drawn before
        """
        query = self.env[policy.model_name]._search(Domain.TRUE, active_test=False)
        candidate = SQL("candidate.source_id = %s", SQL.identifier(query.table, "id"))
        query.add_join("JOIN", "candidate", TABLE, candidate)
        query.add_where(SQL("candidate.policy_id = %s", policy.id))
        query.add_where(SQL("candidate.occasion != ALL(%s)", drawn))
        stratum = self._get_stratum_sql(policy, query)
        turn = SQL(
            """md5(%s || candidate.source_id || ':' || candidate.occasion)
               COLLATE "C", candidate.source_id""",
            f"{policy.sample_seed or ''}:{policy.model_name}:",
        )
        return query.select(
            SQL("candidate.source_id"),
            SQL("candidate.occasion"),
            SQL("%s AS stratum", stratum),
            SQL(
                """row_number() OVER (PARTITION BY candidate.occasion, %s
                                          ORDER BY %s) AS rank""",
                stratum,
                turn,
            ),
        )

    def _write_decisions(self, policy, decisions):
        """Write each document's number, and the decision about its stratum.

        :param decisions: {(occasion, stratum): decision}
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s c
                   SET decision = share.decision::jsonb
                                  || jsonb_build_object('rank', d.rank)
                  FROM %(draw)s d
                  JOIN unnest(%(occasions)s::text[], %(strata)s::text[],
                              %(decisions)s::text[])
                       AS share (occasion, stratum, decision)
                    ON share.occasion = d.occasion
                   AND share.stratum IS NOT DISTINCT FROM d.stratum
                 WHERE c.policy_id = %(policy)s
                   AND d.source_id = c.source_id AND d.occasion = c.occasion
                """,
                table=TABLE,
                draw=DRAW,
                policy=policy.id,
                occasions=[occasion for occasion, _stratum in decisions],
                strata=[stratum for _occasion, stratum in decisions],
                decisions=[json.dumps(value) for value in decisions.values()],
            )
        )

    def _leave_out_undrawn(self, policy):
        self.env.cr.execute(
            SQL(
                """
                UPDATE %s SET reason = 'not_drawn'
                 WHERE policy_id = %s AND reason IS DISTINCT FROM 'no_workdays'
                   AND COALESCE((decision ->> 'rank')::int
                                > (decision ->> 'quota')::int, TRUE)
                """,
                TABLE,
                policy.id,
            )
        )

    def _get_stratum_sql(self, policy, query):
        """Return the SQL of a document's stratum as text, NULL if it is empty."""
        if not policy.sample_stratum_path:
            return SQL("NULL::text")
        column = self._path_sql(policy, query, policy.sample_stratum_path)
        if policy._get_stratum_field().type == "boolean":
            return SQL("COALESCE(%s, FALSE)::text", column)
        return SQL("NULLIF(%s::text, '')", column)
