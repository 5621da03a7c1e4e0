# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import marks, windows
from .revisit_planner import DETAILS, ROWS
from .revisit_planner_slot import SHARDS

TABLE = SQL.identifier("revisit_candidate")
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
    "reason": "varchar",
    "decision": "jsonb",
}


class Batch:
    """The candidates of a run lie in a temporary table; this says of which policies."""

    def __init__(self, dry_run):
        self.dry_run = dry_run
        self.has_table = False
        self.policies = []
        # open callbacks that get another leader: [(id, leader id, user id)]
        self.followers = []
        # {leading candidate's id: users excluded for the sake of open callbacks}
        self.excluded = {}

    def __bool__(self):
        return bool(self.policies)


class RevisitPlannerSet(models.AbstractModel):
    """The planner in sets: the same decisions as the plain one, in SQL (P1-P7).

    The candidates of all policies come into one temporary table, one statement
    per policy: the ORM compiles the conditions and paths, the database finds what
    is missing. Windows are decided per local day in Python and applied by number
    of the day. The plain planner is its oracle: a test compares both row by row
    on random data.
    """

    _name = "revisit.planner.set"
    _inherit = "revisit.planner"
    _description = "Set-Based Callback Planner"

    # ------------------------------------------------------------
    # THE BATCH
    # ------------------------------------------------------------

    def _plan_policies(self, jobs, counts, records=None, dry_run=False, **options):
        by_hand = [job for job in jobs if not job[0].model_name]
        if by_hand:
            # any document can be the occasion: there is nothing to compile
            plain = self.env["revisit.planner"]
            plain._plan_policies(by_hand, counts, records, dry_run, **options)
            jobs = [job for job in jobs if job[0].model_name]
        if not jobs:
            return None
        self.env.flush_all()
        return super()._plan_policies(jobs, counts, records, dry_run, **options)

    def _new_batch(self, dry_run):
        return Batch(dry_run)

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

    def _decide(self, batch, moved, dry_run=False):
        self._ensure_table(batch)
        self.env.cr.execute(SQL("ANALYZE %s", TABLE))
        return super()._decide(batch, moved, dry_run)

    def _count(self, batch, counts):
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

    def _collect(self, batch, policy, date_from, date_to, records, counts):
        if records is not None and records._name != policy.model_name:
            return
        query = self._get_event_query(policy, date_from, date_to, records)
        total, missing, first, last = self._count_events(policy, query)
        counts["existing"] += total - missing
        if missing:
            has_table = batch.has_table
            try:
                self._ensure_table(batch)
                self._collect_candidates(policy, query, first, last)
            except Exception:
                # the savepoint takes back a table that was made within it
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
        """Return the UTC moment of the event; a date begins at local midnight."""
        clock = self._path_sql(policy, query, policy.trigger_id.clock_path)
        if self._get_clock_type(policy) == "date":
            return self._get_day_start_sql(clock, policy.company_id._revisit_tz())
        return clock

    def _get_day_start_sql(self, day, tz):
        """Return the UTC moment at which a local day begins, as in ``windows``.

        The database takes the second of two midnights; the day begins an hour
        after 23:00 where that is earlier.
        """
        return SQL(
            """LEAST(%(day)s::timestamp AT TIME ZONE %(tz)s AT TIME ZONE 'UTC',
                     ((%(day)s::timestamp - interval '1 hour')
                      AT TIME ZONE %(tz)s AT TIME ZONE 'UTC') + interval '1 hour')""",
            day=day,
            tz=tz,
        )

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

    def _get_reason_sql(self, policy, query):
        """Return why an event is left out, whoever the customer is, or NULL."""
        return SQL("NULL::varchar")

    def _get_decision_sql(self, policy, query):
        """Return the JSON of what a decision about an event rests on, or NULL."""
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
        buckets = marks.read(self.env, "revisit_buckets")
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
            # the row of the same occasion, if there is one
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
        """Put what is missing into the table, windows and reasons included."""
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
            SQL("%s AS created_at", SQL.identifier(query.table, "create_date")),
            SQL("%s AS partner_id", column(trigger.partner_path)),
            SQL("%s AS dealer_id", column(trigger.dealer_path)),
            SQL("%s AS product_id", column(trigger.product_path)),
            SQL("%s AS responsible_id", column(trigger.user_path)),
            SQL("%s AS reason", self._get_reason_sql(policy, query)),
            SQL("%s AS decision", self._get_decision_sql(policy, query)),
            *self._get_channel_columns(policy, query),
        )
        event_at = SQL("source.event_at")
        start, end = self._get_window_sql(policy, event_at, first, last)
        is_before = policy.delay_direction == "before"
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO %(table)s (%(names)s)
                WITH source AS (%(source)s),
                reached AS (
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
             LEFT JOIN res_partner family
                    ON family.id = customer.commercial_partner_id
             LEFT JOIN res_partner dealer
                    ON dealer.id = COALESCE(source.dealer_id, customer.dealer_id))
                SELECT %(policy)s, %(model)s, source_id, source_name, occasion,
                       event_at, window_start, window_end, partner_id,
                       commercial_partner_id, own_dealer_id, product_id,
                       responsible_id, team_id, %(user)s, %(channel)s,
                       %(late)s,
                       COALESCE(reason,
                           CASE WHEN window_end IS NULL THEN 'no_workdays'
                                WHEN partner_id IS NULL THEN 'no_customer'
                                WHEN is_banned THEN 'do_not_contact' END),
                       decision
                  FROM reached
                """,
                table=TABLE,
                names=SQL(", ").join(SQL.identifier(name) for name in COLUMNS),
                source=source,
                start=start,
                end=end,
                team=self._get_team_sql(policy),
                policy=policy.id,
                model=policy.model_name,
                user=getattr(self, f"_get_{policy.assignment}_sql")(policy),
                channel=self._get_channel_sql(policy),
                late=SQL("created_at > window_start") if is_before else SQL("FALSE"),
            )
        )

    def _get_channel_columns(self, policy, query):
        """Return a column per channel line: whether the document meets it."""
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
        """Return how the customer is reached: the policy's first line that fits."""
        cases = [
            SQL(
                "WHEN %s AND %s >= %s AND %s THEN %s",
                SQL.identifier(f"line_{line.id}"),
                SQL(
                    """CASE WHEN occasion ~ '^\\d+$' THEN occasion::int4 + 1
                            WHEN occasion LIKE 'try:%%'
                            THEN substr(occasion, 5)::int4 ELSE 1 END"""
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
        workdays = policy._get_workdays()
        begins, starts, ends = [], [], []
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
                    before=policy.delay_direction == "before",
                    workdays=workdays,
                    opens_at=policy.opens_at,
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
            if itself not in moments:
                return found
            return SQL(
                "CASE %s WHEN 'infinity' THEN %s ELSE %s END", found, event_at, found
            )

        return edge(starts), edge(ends)

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
        """Return the local date on which a window ends."""
        return SQL(
            """((%s - interval '1 second') AT TIME ZONE 'UTC' AT TIME ZONE %s)::date""",
            window_end,
            self.env.company._revisit_tz(),
        )
