# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ....tools import windows
from ....tools.planning import DETAILS, ROWS, SHARDS, TABLE, Batch

COLUMNS = {
    "policy_id": "int4",
    "source_model": "varchar",
    "source_id": "int4",
    "source_name": "varchar",
    "occasion": "varchar",
    "event_at": "timestamp",
    "window_start": "timestamp",
    "window_end": "timestamp",
    "partner_id": "int4",
    "commercial_partner_id": "int4",
    "dealer_id": "int4",
    "product_id": "int4",
    "responsible_id": "int4",
    "team_id": "int4",
    "user_id": "int4",
    "channel": "varchar",
    "is_late_handover": "boolean",
    "is_known_too_late": "boolean",
    "reason": "varchar",
    "decision": "jsonb",
    "subjects": "jsonb",
}
# an edge at infinity stands for the event's own moment
ITSELF = "infinity"


class RevisitPlannerSet(models.AbstractModel):
    """The set-based planner: the same decisions as the plain one, in SQL.

    The candidates of all policies are inserted into one temporary table, by one
    statement per policy: the ORM compiles conditions and paths, the database finds
    what is missing. Windows are computed per local day in Python and looked up by the
    number of the day. The plain planner is the reference: a test compares both row by
    row on random data.
    """

    _name = "revisit.planner.set"
    _inherit = "revisit.planner"
    _description = "Set-Based Callback Planner"

    # ------------------------------------------------------------
    # THE BATCH
    # ------------------------------------------------------------

    def _plan_policies(self, jobs, moved=()):
        by_hand = [job for job in jobs if not job[0].model_name]
        if by_hand:
            # any document can be the occasion, so there is nothing to compile
            self.env["revisit.planner"]._plan_policies(by_hand)
            jobs = [job for job in jobs if job[0].model_name]
        if not jobs:
            return None
        self.env.flush_all()
        return super()._plan_policies(jobs, moved)

    def _new_batch(self):
        return Batch()

    def _ensure_table(self, batch):
        """Create the table of the candidates, numbered downwards from -1."""
        if batch.has_table:
            return
        columns = SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(kind))
            for name, kind in COLUMNS.items()
        )
        self.env.cr.execute(
            SQL(
                """
                DROP TABLE IF EXISTS pg_temp.%(table)s;
                CREATE TEMPORARY TABLE %(table)s (
                    id int4 GENERATED ALWAYS AS IDENTITY (
                        START WITH -1 INCREMENT BY -1),
                    contact_id int4, real_id int4,
                    joins boolean DEFAULT FALSE, %(columns)s) ON COMMIT DROP
                """,
                table=TABLE,
                columns=columns,
            )
        )
        batch.has_table = True

    def _close_batch(self, batch):
        if batch.has_table:
            self.env.cr.execute(SQL("DROP TABLE %s", TABLE))

    def _decide(self, batch, moved):
        self._ensure_table(batch)
        self.env.cr.execute(SQL("ANALYZE %s", TABLE))
        return super()._decide(batch, moved)

    def _count(self, batch):
        counts = self._get_run().counts
        for reason, number in self.env.execute_query(
            SQL("SELECT reason, count(*) FROM %s GROUP BY reason", TABLE)
        ):
            if reason:
                counts["skipped"][reason] += number
            else:
                counts["created"] += number

    def _get_details(self, batch):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT policy_id, team_id, user_id, dealer_id,
                       date_trunc('month', %s)::date, reason, count(*),
                       count(*) FILTER (WHERE contact_id IS NULL)
                  FROM %s GROUP BY 1, 2, 3, 4, 5, 6
                """,
                self._get_last_day_sql(SQL("window_end")),
                TABLE,
            )
        )
        return [dict(zip(DETAILS, row, strict=True)) for row in rows]

    def _get_rows(self, batch):
        names = (*ROWS, "reason", "leads")
        rows = self.env.execute_query(
            SQL(
                """SELECT %s, reason, contact_id IS NULL FROM %s
                 ORDER BY window_end, source_id""",
                SQL(", ").join(SQL.identifier(name) for name in ROWS),
                TABLE,
            )
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    # ------------------------------------------------------------
    # FINDING WHAT IS MISSING
    # ------------------------------------------------------------

    def _collect(self, batch, policy, date_from, date_to):
        run = self._get_run()
        records = run.records
        if records is not None and records._name != policy.model_name:
            return
        query = self._get_event_query(policy, date_from, date_to, records)
        total, missing, first, last = self._count_events(policy, query)
        run.counts["existing"] += total - missing
        if missing:
            has_table = batch.has_table
            try:
                self._ensure_table(batch)
                self._collect_candidates(policy, query, first, last)
            except Exception:
                # the savepoint rolls back a table that was created within it
                batch.has_table = has_table
                raise
            batch.policies.append(policy)

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
        """Return the SQL of the event's UTC moment; a date begins at local midnight."""
        clock = self._path_sql(policy, query, policy.trigger_id.clock_path)
        if self._get_clock_type(policy) == "date":
            return self._get_day_start_sql(clock, policy.company_id._revisit_tz())
        return clock

    def _get_day_start_sql(self, day, tz):
        """Return the SQL of the UTC moment at which a day begins, as in ``windows``.

        If there are two midnights, PostgreSQL returns the second; the day begins an
        hour after 23:00 if that is earlier.
        """
        return SQL(
            """LEAST(%(day)s::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC',
                     ((%(day)s::timestamp - interval '1 hour')
                      AT TIME ZONE %(tz)s AT TIME ZONE 'UTC') + interval '1 hour')""",
            day=day,
            tz=tz,
        )

    def _path_sql(self, policy, query, path):
        """Return the column at the end of a dotted path, adding its joins.

        The path may end in a customer's attribute.
        """
        prefix, code = self._split_attribute(path)
        if code:
            partner_id = self._path_sql(policy, query, prefix or "id")
            return self.env["revisit.attribute"]._get_value_sql(
                partner_id, code, policy.company_id
            )
        model, alias = self.env[policy.model_name], query.table
        *steps, last = path.split(".")
        for step in steps:
            model, alias = model._fields[step].join(model, alias, query)
        return model._field_to_sql(alias, last, query)

    def _get_occasion_sql(self, policy, query):
        """Return the SQL of the occasion: empty, or the count that makes it unique."""
        name = policy.trigger_id.occasion_field
        if not name:
            return SQL("''")
        return SQL(
            "COALESCE(NULLIF(%s, 0)::text, '')", self._path_sql(policy, query, name)
        )

    def _get_reason_sql(self, policy, query):
        """Return the SQL of why an event is left out for any customer, or NULL."""
        return SQL("NULL::varchar")

    def _get_decision_sql(self, policy, query):
        """Return the SQL of the JSON that explains a decision on an event, or NULL."""
        return SQL("NULL::jsonb")

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
        buckets = self._get_run().buckets
        if buckets is not None:
            path = f"{policy.trigger_id.partner_path}.commercial_partner_id"
            customer = self._path_sql(policy, query, path)
            query.add_where(
                SQL("COALESCE(%s, 0) %% %s = ANY(%s)", customer, SHARDS, list(buckets))
            )
        event_at = self._get_event_sql(policy, query)
        if self._is_from_scratch():
            missing = SQL("TRUE")
        else:
            # the existing row of the same occasion, if any
            table = self.env[self._get_target(policy)]._table
            known = SQL.identifier("known")
            query.add_join(
                "LEFT JOIN", "known", table, self._get_key_sql(policy, query, "known")
            )
            missing = SQL("%s.id IS NULL", known)
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
        """Insert what is missing into the table, with windows and reasons."""
        edges = map(SQL, ("event_at", "window_start", "window_end", "known_at"))
        handover = self._get_handover_sql(policy, *edges)
        user = self._get_assignments()[policy.assignment].sql
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO %(table)s (%(names)s)
                WITH source AS (%(source)s), reached AS (%(reached)s)
                SELECT %(policy)s, %(model)s, source_id, source_name, occasion,
                       event_at, window_start, window_end, partner_id,
                       commercial_partner_id, own_dealer_id, product_id,
                       responsible_id, team_id, %(user)s, %(channel)s,
                       %(handover)s,
                       COALESCE(reason,
                           CASE WHEN window_end IS NULL THEN 'no_workdays'
                                %(rules)s END),
                       decision, subjects
                  FROM reached
                """,
                table=TABLE,
                names=SQL(", ").join(SQL.identifier(name) for name in COLUMNS),
                source=self._get_source_sql(policy, query),
                reached=self._get_reached_sql(policy, first, last),
                policy=policy.id,
                model=policy.model_name,
                user=getattr(self, user)(policy),
                channel=self._get_channel_sql(policy),
                handover=SQL(", ").join(handover.values()),
                rules=self._get_skip_rules_sql(policy),
            )
        )

    def _get_source_sql(self, policy, query):
        """Return the query of the columns that only depend on the documents."""
        trigger = policy.trigger_id
        nothing = SQL("NULL::int4")

        def column(path):
            return self._path_sql(policy, query, path) if path else nothing

        id_text = SQL("%s::text", SQL.identifier(query.table, "id"))
        name = column(trigger.name_path) if trigger.name_path else id_text
        return query.select(
            SQL("%s AS source_id", SQL.identifier(query.table, "id")),
            SQL("COALESCE(NULLIF(%s, ''), %s) AS source_name", name, id_text),
            SQL("%s AS occasion", self._get_occasion_sql(policy, query)),
            SQL("%s AS event_at", self._get_event_sql(policy, query)),
            SQL("%s AS known_at", self._get_known_sql(policy, query)),
            SQL("%s AS partner_id", column(trigger.partner_path)),
            SQL("%s AS dealer_id", column(trigger.dealer_path)),
            SQL("%s AS product_id", column(trigger.product_path)),
            SQL("%s AS responsible_id", column(trigger.user_path)),
            SQL("%s AS reason", self._get_reason_sql(policy, query)),
            SQL("%s AS decision", self._get_decision_sql(policy, query)),
            SQL("%s AS subjects", self._get_subjects_sql(policy, query)),
            *self._get_channel_columns(policy, query),
        )

    def _get_reached_sql(self, policy, first, last):
        """Return the query that adds customer, dealer, window and unit to ``source``.

        Its columns are those of ``source``, and ``commercial_partner_id``,
        ``callback_channel``, ``is_banned``, ``own_dealer_id``, ``window_start``,
        ``window_end`` and ``team_id``: the SQL halves of extensions can use them.
        """
        start, end = self._get_window_sql(policy, SQL("source.event_at"), first, last)
        return SQL(
            """
            SELECT source.*, customer.commercial_partner_id,
                   customer.callback_channel,
                   COALESCE(customer.do_not_contact, FALSE)
                   OR COALESCE(family.do_not_contact, FALSE) AS is_banned,
                   dealer.commercial_partner_id AS own_dealer_id,
                   %(start)s AS window_start,
                   %(end)s AS window_end,
                   %(team)s AS team_id
              FROM source
         LEFT JOIN res_partner customer ON customer.id = source.partner_id
         LEFT JOIN res_partner family ON family.id = customer.commercial_partner_id
         LEFT JOIN res_partner dealer
                ON dealer.id = COALESCE(source.dealer_id, customer.dealer_id)
            """,
            start=start,
            end=end,
            team=self._get_team_sql(policy),
        )

    def _get_skip_rules_sql(self, policy):
        """Return the branches of the CASE with the reason why an event is left out."""
        return SQL(" ").join(
            SQL("WHEN %s THEN %s", getattr(self, rule.sql)(policy), reason)
            for reason, rule in self._get_skip_rules().items()
        )

    def _get_no_customer_sql(self, policy):
        return SQL("partner_id IS NULL")

    def _get_unwanted_sql(self, policy):
        return SQL("is_banned")

    def _get_channel_columns(self, policy, query):
        """Return a column per channel line: whether the document matches it."""
        return [
            SQL(
                "%s IN %s AS %s",
                SQL.identifier(query.table, "id"),
                self.env[policy.model_name]
                .with_context(active_test=False)
                ._search(line._get_condition())
                .subselect(),
                SQL.identifier(f"line_{line.id}"),
            )
            for line in policy.channel_ids
            if not line.is_choice
        ]

    def _get_channel_sql(self, policy):
        """Return the SQL of the channel: the first matching line's, or the policy's."""
        cases = [
            SQL(
                "WHEN %s AND %s >= %s AND %s THEN %s",
                SQL.identifier(f"line_{line.id}"),
                SQL(
                    """CASE WHEN occasion ~ '^\\d+$' THEN occasion::int4 + 1
                            WHEN occasion LIKE 'try:%%'
                            THEN split_part(occasion, ':', 2)::int4 ELSE 1 END"""
                ),
                line.position_from,
                SQL("team_id = %s", line.team_id.id) if line.team_id else SQL("TRUE"),
                line.channel,
            )
            for line in policy.channel_ids
            if not line.is_choice
        ]
        if policy.use_preferred_channel:
            cases.append(SQL("WHEN callback_channel IS NOT NULL THEN callback_channel"))
        if not cases:
            return SQL("%s::varchar", policy.channel)
        return SQL("CASE %s ELSE %s END", SQL(" ").join(cases), policy.channel)

    def _get_window_sql(self, policy, event_at, first, last):
        """Return the SQL of the window's two edges for events at ``event_at``.

        The edges are computed in Python for each local day between ``first`` and
        ``last``, and looked up by the number of the day. NULL means that the working
        calendar does not reach far enough.
        """
        if policy.delay_unit == "hour":
            return self._get_hour_window_sql(policy, event_at)
        begins, starts, ends = self._get_day_windows(policy, first, last)
        number = SQL("width_bucket(%s, %s::timestamp[])", event_at, begins)

        def edge(moments):
            found = SQL("(%s::timestamp[])[%s]", moments, number)
            if ITSELF not in moments:
                return found
            return SQL(
                "CASE %s WHEN 'infinity' THEN %s ELSE %s END", found, event_at, found
            )

        return edge(starts), edge(ends)

    def _get_hour_window_sql(self, policy, event_at):
        """Return the SQL of the two edges of a window that is counted in hours."""
        sign = -1 if policy.delay_direction == "before" else 1
        near = timedelta(hours=sign * policy.delay_min)
        far = timedelta(hours=sign * policy.delay_max)
        return tuple(SQL("(%s + %s)", event_at, delay) for delay in sorted((near, far)))

    def _get_day_windows(self, policy, first, last):
        """Return begin and window of each local day, as ``(begins, starts, ends)``."""
        tz = policy.company_id._revisit_tz()
        day, last_day = windows.local_date(first, tz), windows.local_date(last, tz)
        workdays = policy._get_workdays()
        begins, starts, ends = [], [], []
        while day <= last_day:
            begins.append(windows.day_start(day, tz))
            try:
                start, end = windows.day_window(
                    day,
                    policy.delay_min,
                    policy.delay_max,
                    policy.delay_unit,
                    tz,
                    before=policy.delay_direction == "before",
                    workdays=workdays,
                    opens_at=policy.opens_at,
                )
                starts.append(start or ITSELF)
                ends.append(end or ITSELF)
            except LookupError:
                starts.append(None)
                ends.append(None)
            day += timedelta(days=1)
        return begins, starts, ends

    def _get_team_sql(self, policy):
        """Return the SQL of the unit; a dealer's own goes first at its level."""
        fixed = SQL("%s::int4", self._get_unit(policy).id or None)
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

    def _get_last_day_sql(self, window_end):
        """Return the SQL of the local date on which a window ends."""
        return SQL(
            """((%s - interval '1 second') AT TIME ZONE 'UTC' AT TIME ZONE %s)::date""",
            window_end,
            self.env.company._revisit_tz(),
        )
