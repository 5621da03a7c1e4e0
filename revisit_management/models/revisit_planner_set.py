# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import windows

TABLE = SQL.identifier("revisit_candidate")
# columns that go from the candidates into the callbacks as they are
CALLBACK_COLUMNS = (
    "source_id",
    "source_name",
    "occasion",
    "event_at",
    "window_start",
    "window_end",
    "partner_id",
    "commercial_partner_id",
    "dealer_id",
    "product_id",
    "responsible_id",
    "team_id",
    "user_id",
    "decision",
)


class RevisitPlannerSet(models.AbstractModel):
    """The planner in sets: the same decisions as the plain one, in SQL (P1-P7).

    Candidates come from one statement per policy: the ORM compiles the
    conditions and paths, the database finds what is missing. Windows are
    decided per local day in Python and applied by number of the day. The plain
    planner is its oracle: a test compares both row by row on random data.
    """

    _name = "revisit.planner.set"
    _inherit = "revisit.planner"
    _description = "Set-Based Callback Planner"

    # ------------------------------------------------------------
    # ONE POLICY
    # ------------------------------------------------------------

    def _plan_policy(
        self, policy, counts, date_from, date_to, records=None, dry_run=False
    ):
        if not policy.model_name:
            return super()._plan_policy(
                policy, counts, date_from, date_to, records, dry_run
            )
        if records is not None and records._name != policy.model_name:
            return None
        self.env.flush_all()
        query = self._get_event_query(policy, date_from, date_to, records)
        total, missing, first, last = self._count_events(policy, query)
        counts["existing"] += total - missing
        if missing:
            self._collect_candidates(policy, query, first, last)
            self._insert_candidates(policy, counts, dry_run)
            self.env.cr.execute(SQL("DROP TABLE %s", TABLE))
        if records is None:
            self._follow_sources(policy, counts, dry_run)
        return None

    # ------------------------------------------------------------
    # FINDING WHAT IS MISSING
    # ------------------------------------------------------------

    def _get_event_query(self, policy, date_from, date_to, records=None):
        """Return the query of a policy's documents in a range, or among records."""
        domain = self._get_source_domain(policy)
        if records is not None:
            domain &= Domain("id", "in", records.ids)
            return self.env[policy.model_name]._search(domain)
        domain &= self._get_clock_domain(policy, date_from, date_to)
        query = self.env[policy.model_name]._search(domain)
        event_at = self._get_event_sql(policy, query)
        query.add_where(SQL("%s >= %s", event_at, date_from))
        query.add_where(SQL("%s < %s", event_at, date_to))
        return query

    def _get_event_sql(self, policy, query):
        """Return the UTC moment of the event; a date begins at local midnight."""
        clock = self._path_sql(policy, query, policy.trigger_id.clock_path)
        if self._get_clock_type(policy) == "date":
            tz = policy.company_id._revisit_tz()
            return SQL("(%s::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC')", clock, tz)
        return clock

    def _path_sql(self, policy, query, path):
        """Return the column at the end of a dotted path, adding its joins."""
        model, alias = self.env[policy.model_name], query.table
        *steps, last = path.split(".")
        for step in steps:
            model, alias = model._fields[step].join(model, alias, query)
        return model._field_to_sql(alias, last, query)

    def _get_occasion_sql(self, policy, query):
        """Return the occasion's text: empty, or the count that makes it new."""
        name = policy.trigger_id.occasion_field
        if not name:
            return SQL("''")
        return SQL(
            "COALESCE(NULLIF(%s, 0)::text, '')", self._path_sql(policy, query, name)
        )

    def _get_key_sql(self, policy, query, table):
        """Return the condition that joins a document to its row in ``table``."""
        return SQL(
            "%(t)s.policy_id = %(policy)s AND %(t)s.source_model = %(model)s"
            " AND %(t)s.source_id = %(id)s AND %(t)s.occasion = %(occasion)s",
            t=SQL.identifier(table),
            policy=policy.id,
            model=policy.model_name,
            id=SQL.identifier(query.table, "id"),
            occasion=self._get_occasion_sql(policy, query),
        )

    def _count_events(self, policy, query):
        """Return ``(events, missing ones, first and last missing moment)``."""
        event_at = self._get_event_sql(policy, query)
        key = self._get_key_sql(policy, query, "revisit_callback")
        query.add_join("LEFT JOIN", "revisit_callback", "revisit_callback", key)
        missing = SQL("revisit_callback.id IS NULL")
        rows = self.env.execute_query(
            query.select(
                SQL("count(*)"),
                SQL("count(*) FILTER (WHERE %s)", missing),
                SQL("min(%s) FILTER (WHERE %s)", event_at, missing),
                SQL("max(%s) FILTER (WHERE %s)", event_at, missing),
            )
        )
        query.add_where(missing)
        return rows[0]

    def _collect_candidates(self, policy, query, first, last):
        """Put what is missing into a temporary table, windows and reasons included."""
        trigger = policy.trigger_id
        nothing = SQL("NULL::int4")

        def column(path):
            return self._path_sql(policy, query, path) if path else nothing

        id_text = SQL("%s::text", SQL.identifier(query.table, "id"))
        name = column(trigger.name_path) if trigger.name_path else id_text
        source = query.select(
            SQL("%s AS source_id", SQL.identifier(query.table, "id")),
            SQL("COALESCE(NULLIF(%s, ''), %s) AS source_name", name, id_text),
            SQL("%s AS occasion", self._get_occasion_sql(policy, query)),
            SQL("%s AS event_at", self._get_event_sql(policy, query)),
            SQL("%s AS partner_id", column(trigger.partner_path)),
            SQL("%s AS dealer_id", column(trigger.dealer_path)),
            SQL("%s AS product_id", column(trigger.product_path)),
            SQL("%s AS responsible_id", column(trigger.user_path)),
        )
        event_at = SQL("source.event_at")
        start, end = self._get_window_sql(policy, event_at, first, last)
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE %(table)s ON COMMIT DROP AS
                WITH source AS (%(source)s)
                SELECT source.source_id, source.source_name, source.occasion,
                       source.event_at, source.partner_id, source.product_id,
                       source.responsible_id,
                       customer.commercial_partner_id,
                       dealer.commercial_partner_id AS dealer_id,
                       %(start)s AS window_start,
                       %(end)s AS window_end,
                       %(team)s AS team_id,
                       NULL::int4 AS user_id,
                       NULL::jsonb AS decision,
                       CASE WHEN %(end)s IS NULL THEN 'no_workdays'
                            WHEN source.partner_id IS NULL THEN 'no_customer'
                            WHEN customer.do_not_contact OR family.do_not_contact
                            THEN 'do_not_contact' END AS reason
                  FROM source
             LEFT JOIN res_partner customer ON customer.id = source.partner_id
             LEFT JOIN res_partner family
                    ON family.id = customer.commercial_partner_id
             LEFT JOIN res_partner dealer
                    ON dealer.id = COALESCE(source.dealer_id, customer.dealer_id)
                """,
                table=TABLE,
                source=source,
                start=start,
                end=end,
                team=self._get_team_sql(policy),
            )
        )

    def _get_window_sql(self, policy, event_at, first, last):
        """Return the SQL of the window's two edges for events at ``event_at``.

        Each local day between ``first`` and ``last`` has its edges computed in
        Python; the scan finds the day by number. NULL means that the working
        calendar does not reach far enough.
        """
        if policy.delay_unit == "hour":
            sign = -1 if policy.delay_direction == "before" else 1
            near = timedelta(hours=sign * policy.delay_min)
            far = timedelta(hours=sign * policy.delay_max)
            return tuple(
                SQL("(%s + %s)", event_at, delay) for delay in sorted((near, far))
            )
        tz = policy.company_id._revisit_tz()
        day, last_day = windows.local_date(first, tz), windows.local_date(last, tz)
        workdays = self._get_workdays_between(policy, day, last_day)
        begins, starts, ends = [], [], []
        before = policy.delay_direction == "before"
        # an edge at infinity stands for the event's own moment
        itself = "infinity"
        while day <= last_day:
            begins.append(windows.day_start(day, tz))
            try:
                start, end = windows.day_window(
                    day,
                    policy.delay_min,
                    policy.delay_max,
                    policy.delay_unit,
                    tz,
                    before=before,
                    workdays=workdays,
                )
                starts.append(start or itself)
                ends.append(end or itself)
            except LookupError:
                starts.append(None)
                ends.append(None)
            day += timedelta(days=1)
        number = SQL("width_bucket(%s, %s::timestamp[])", event_at, begins)

        def edge(moments):
            found = SQL("(%s::timestamp[])[%s]", moments, number)
            return SQL(
                "CASE %s WHEN 'infinity' THEN %s ELSE %s END", found, event_at, found
            )

        return edge(starts), edge(ends)

    def _get_workdays_between(self, policy, first_day, last_day):
        if policy.delay_unit != "workday":
            return ()
        margin = policy._get_span() + timedelta(days=31)
        return self.env["revisit.workday"]._get_working_dates(
            policy.company_id, first_day - margin, last_day + margin
        )

    def _get_team_sql(self, policy):
        """Return the SQL of the unit; a dealer's own goes first at its level."""
        fixed = SQL("%s::int4", policy.team_id.id or None)
        if policy.level != "dealer":
            return fixed
        return SQL(
            """COALESCE((SELECT team.id FROM revisit_team team
                          WHERE team.dealer_id = dealer.commercial_partner_id
                            AND team.company_id = %s AND team.active
                       ORDER BY team.parent_path, %s, team.id LIMIT 1), %s)""",
            policy.company_id.id,
            self.env["revisit.team"]._field_to_sql("team", "name"),
            fixed,
        )

    # ------------------------------------------------------------
    # WRITING
    # ------------------------------------------------------------

    def _insert_candidates(self, policy, counts, dry_run):
        """Insert the callbacks and the left-out occasions of the candidates."""
        rows = self.env.execute_query(
            SQL("SELECT reason, count(*) FROM %s GROUP BY reason", TABLE)
        )
        numbers = dict(rows)
        created = numbers.pop(None, 0)
        counts["created"] += created
        for reason, number in numbers.items():
            counts["skipped"][reason] += number
        if dry_run:
            return
        if created:
            getattr(self, f"_assign_set_{policy.assignment}")(policy)
            self._insert_callbacks(policy)
            self._forget_skips(policy)
        if numbers:
            counts["new_skips"] += self._insert_skips(policy)

    def _insert_callbacks(self, policy):
        """Insert callbacks with the snapshots that scores are computed from."""
        now, uid = fields.Datetime.now(), self.env.uid
        fixed = {
            "company_id": policy.company_id.id,
            "policy_id": policy.id,
            "rulebook_id": policy.rulebook_id.id or None,
            "rulebook_version": policy.rulebook_id.version or 0,
            "source_model": policy.model_name,
            "kind": policy.kind,
            "level": policy.level,
            "channel": policy.channel,
            "service_step": policy.service_step,
            "script_id": policy.script_id.id or None,
            "active": True,
            "is_on_time": False,
            "attempt_count": 0,
            "create_uid": uid,
            "create_date": now,
            "write_uid": uid,
            "write_date": now,
        }
        computed = {
            "state": SQL(
                "CASE WHEN c.user_id IS NULL THEN 'planned' ELSE 'assigned' END"
            ),
            "deadline": SQL("c.window_end - interval '1 second'"),
            "last_day": self._get_last_day_sql(policy, SQL("c.window_end")),
            "resp_user_id": SQL("c.user_id"),
            "resp_team_id": SQL("c.team_id"),
            "resp_dealer_id": SQL("c.dealer_id"),
            "resp_employee_id": SQL("employee.id"),
            "resp_department_id": SQL("version.department_id"),
        }
        names = [*fixed, *computed, *CALLBACK_COLUMNS]
        values = [
            *(SQL("%s", value) for value in fixed.values()),
            *computed.values(),
            *(SQL.identifier("c", name) for name in CALLBACK_COLUMNS),
        ]
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO revisit_callback (%(names)s)
                SELECT %(values)s
                  FROM %(table)s c
             LEFT JOIN LATERAL (
                        SELECT e.id FROM hr_employee e
                         WHERE e.user_id = c.user_id AND e.company_id = %(company)s
                      ORDER BY e.active DESC, e.id LIMIT 1) employee ON TRUE
             LEFT JOIN LATERAL (
                        SELECT v.department_id FROM hr_version v
                         WHERE v.employee_id = employee.id AND v.active
                      ORDER BY v.date_version > (c.event_at AT TIME ZONE 'UTC'
                                                 AT TIME ZONE %(tz)s)::date,
                               CASE WHEN v.date_version <= (
                                        c.event_at AT TIME ZONE 'UTC'
                                        AT TIME ZONE %(tz)s)::date
                                    THEN v.date_version END DESC NULLS LAST,
                               v.date_version LIMIT 1) version ON TRUE
                 WHERE c.reason IS NULL
              ORDER BY c.event_at, c.source_id
             RETURNING id
                """,
                names=SQL(", ").join(SQL.identifier(name) for name in names),
                values=SQL(", ").join(values),
                table=TABLE,
                company=policy.company_id.id,
                tz=policy.company_id._revisit_tz(),
            )
        )
        Callback = self.env["revisit.callback"]
        Callback.invalidate_model()
        Callback.browse(row[0] for row in rows)._callbacks_planned()

    def _get_last_day_sql(self, policy, window_end):
        return SQL(
            """((%s - interval '1 second') AT TIME ZONE 'UTC' AT TIME ZONE %s)::date""",
            window_end,
            policy.company_id._revisit_tz(),
        )

    def _insert_skips(self, policy):
        """Keep one row per occasion that is left out, with its present reason.

        :return: how many rows are new or tell a new reason
        """
        now, uid = fields.Datetime.now(), self.env.uid
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO revisit_planning_skip (
                       company_id, policy_id, source_model, source_id, source_name,
                       occasion, partner_id, event_at, reason, retry_until,
                       decision, create_uid, create_date, write_uid, write_date)
                SELECT %s, %s, %s, source_id, source_name,
                       occasion, partner_id, event_at, reason, window_end,
                       decision, %s, %s, %s, %s
                  FROM %s WHERE reason IS NOT NULL
                    ON CONFLICT (policy_id, source_model, source_id, occasion)
                    DO UPDATE SET reason = excluded.reason,
                                  partner_id = excluded.partner_id,
                                  event_at = excluded.event_at,
                                  retry_until = excluded.retry_until,
                                  decision = excluded.decision,
                                  write_date = excluded.write_date
                            WHERE revisit_planning_skip.reason != excluded.reason
                """,
                policy.company_id.id,
                policy.id,
                policy.model_name,
                uid,
                now,
                uid,
                now,
                TABLE,
            )
        )
        news = self.env.cr.rowcount
        self.env["revisit.planning.skip"].invalidate_model()
        return news

    def _forget_skips(self, policy):
        """Drop the rows of occasions that were left out before and are planned now."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM revisit_planning_skip skip USING %s c
                      WHERE skip.policy_id = %s AND skip.source_model = %s
                        AND skip.source_id = c.source_id
                        AND skip.occasion = c.occasion AND c.reason IS NULL
                """,
                TABLE,
                policy.id,
                policy.model_name,
            )
        )
        self.env["revisit.planning.skip"].invalidate_model()
