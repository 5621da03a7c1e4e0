# Part of Revisit. See LICENSE file for full copyright and licensing details.
import json

from odoo import fields, models
from odoo.tools import SQL

from ....tools.planning import BATCH, SHARDS, TABLE, TOUCH_FIELDS

# columns that are copied unchanged from candidates to callbacks
CALLBACK_COLUMNS = (
    "policy_id",
    *("source_model", "source_id", "source_name"),
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
    "channel",
    "is_late_handover",
    "is_known_too_late",
    "decision",
    "subjects",
)


class RevisitPlannerSet(models.AbstractModel):
    """Set-based: writes new decisions, and keeps earlier callbacks up to date."""

    _inherit = "revisit.planner.set"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _store(self, batch):
        has_followers = self._number_leaders(batch)
        self._insert_callbacks(has_followers)
        if any(policy.contact_type == "touch" for policy in batch.policies):
            self._insert_touches()
        self._store_contacts(batch)
        self._link_repeats(self._get_repeated(batch))
        self._forget_skips()
        self._get_run().counts["new_skips"] += self._insert_skips()

    def _number_leaders(self, batch):
        """Set the future id of each candidate that leads others.

        :return: whether any candidate follows another one
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s SET real_id = nextval('revisit_callback_id_seq')
                 WHERE reason IS NULL AND (
                       id = ANY(%(leaders)s)
                       OR id IN (SELECT contact_id FROM %(table)s
                                  WHERE contact_id < 0))
                """,
                table=TABLE,
                leaders=[leader_id for _id, leader_id, _user_id in batch.followers],
            )
        )
        return bool(self.env.cr.rowcount)

    def _insert_callbacks(self, has_followers):
        """Insert callbacks with the snapshots from which scores are computed."""
        leader = SQL("LEFT JOIN %s leader ON leader.id = c.contact_id", TABLE)
        is_hooked = self._is_hooked()
        columns = self._get_callback_columns(has_followers)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO revisit_callback (%(names)s)
                SELECT %(values)s
                  FROM %(table)s c
                  JOIN revisit_policy policy ON policy.id = c.policy_id
             LEFT JOIN revisit_rulebook rulebook ON rulebook.id = policy.rulebook_id
                       %(leader)s
                       %(employee)s
                 WHERE c.reason IS NULL AND policy.contact_type = 'callback'
              ORDER BY c.policy_id, c.event_at, c.source_id
                       %(returning)s
                """,
                names=SQL(", ").join(SQL.identifier(name) for name in columns),
                values=SQL(", ").join(columns.values()),
                table=TABLE,
                leader=leader if has_followers else SQL(),
                employee=self._get_employee_join(),
                returning=SQL("RETURNING id") if is_hooked else SQL(),
            )
        )
        ids = [row[0] for row in self.env.cr.fetchall()] if is_hooked else []
        Callback = self.env["revisit.callback"]
        Callback.invalidate_model()
        for start in range(0, len(ids), BATCH):
            Callback.browse(ids[start : start + BATCH])._callbacks_planned()

    def _get_callback_columns(self, has_followers):
        """Return {column: SQL of its value} of callbacks, from candidates ``c``."""
        now, uid = fields.Datetime.now(), self.env.uid
        contact = SQL("NULLIF(GREATEST(c.contact_id, 0), 0)")
        if has_followers:
            contact = SQL("COALESCE(leader.real_id, %s)", contact)
        fixed = {
            "company_id": self.env.company.id,
            "active": True,
            "is_on_time": False,
            "is_own_customer": False,
            "attempt_count": 0,
            "create_uid": uid,
            "create_date": now,
            "write_uid": uid,
            "write_date": now,
        }
        return {
            **{name: SQL("%s", value) for name, value in fixed.items()},
            "id": SQL("COALESCE(c.real_id, nextval('revisit_callback_id_seq'))"),
            "contact_id": contact,
            "rulebook_id": SQL("policy.rulebook_id"),
            "rulebook_version": SQL("COALESCE(rulebook.version, 0)"),
            "kind": SQL("policy.kind"),
            "level": SQL("policy.level"),
            "service_step": SQL("policy.service_step"),
            "script_id": SQL("policy.script_id"),
            "state": SQL(
                "CASE WHEN c.user_id IS NULL THEN 'planned' ELSE 'assigned' END"
            ),
            "deadline": SQL("c.window_end - interval '1 second'"),
            "last_day": self._get_last_day_sql(SQL("c.window_end")),
            "resp_user_id": SQL("c.user_id"),
            "resp_team_id": SQL("c.team_id"),
            "resp_dealer_id": SQL("c.dealer_id"),
            "resp_employee_id": SQL("employee.id"),
            "resp_department_id": SQL("version.department_id"),
            **{name: SQL.identifier("c", name) for name in CALLBACK_COLUMNS},
        }

    def _get_employee_join(self):
        """Return the joins of the agent's employee and of the version of that day."""
        company = self.env.company
        return SQL(
            """
            LEFT JOIN LATERAL (
                        SELECT e.id FROM hr_employee e
                         WHERE e.user_id = c.user_id AND e.company_id = %(company)s
                      ORDER BY e.active DESC, e.id LIMIT 1) employee ON TRUE
            LEFT JOIN LATERAL (
                        SELECT v.department_id FROM hr_version v
                         WHERE v.employee_id = employee.id AND v.active
                      ORDER BY v.date_version > %(day)s,
                               CASE WHEN v.date_version <= %(day)s
                                    THEN v.date_version END DESC NULLS LAST,
                               v.date_version LIMIT 1) version ON TRUE
            """,
            company=company.id,
            day=SQL(
                "(c.event_at AT TIME ZONE 'UTC' AT TIME ZONE %s)::date",
                company._revisit_tz(),
            ),
        )

    def _is_hooked(self):
        """Return whether any module extends the hook ``_callbacks_planned``."""
        classes = type(self.env["revisit.callback"]).__mro__
        return sum("_callbacks_planned" in vars(cls) for cls in classes) > 1

    def _insert_touches(self):
        """Insert the touches of the candidates."""
        now, uid = fields.Datetime.now(), self.env.uid
        fixed = {
            "state": "planned",
            "create_uid": uid,
            "create_date": now,
            "write_uid": uid,
            "write_date": now,
        }
        sources = {
            "company_id": SQL("%s", self.env.company.id),
            "rulebook_id": SQL("policy.rulebook_id"),
            "level": SQL("policy.level"),
        }
        names = [*TOUCH_FIELDS, "commercial_partner_id"]
        values = [sources.get(name, SQL.identifier("c", name)) for name in names]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO revisit_touch (%(names)s)
                SELECT %(values)s
                  FROM %(table)s c
                  JOIN revisit_policy policy ON policy.id = c.policy_id
                 WHERE c.reason IS NULL AND policy.contact_type = 'touch'
              ORDER BY c.policy_id, c.event_at, c.source_id
                """,
                names=SQL(", ").join(SQL.identifier(n) for n in [*names, *fixed]),
                values=SQL(", ").join(
                    [*values, *(SQL("%s", value) for value in fixed.values())]
                ),
                table=TABLE,
            )
        )
        self.env["revisit.touch"].invalidate_model()
        self.env["revisit.touch"]._wake()

    def _store_contacts(self, batch):
        """Make open callbacks followers of the leaders that this run has inserted."""
        if not batch.followers:
            return
        leaders = {
            row[0]: row[1:]
            for row in self.env.execute_query(
                SQL(
                    "SELECT id, real_id, user_id FROM %s WHERE real_id IS NOT NULL",
                    TABLE,
                )
            )
        }
        self._write_contacts(
            [
                (callback_id, *leaders[leader_id])
                for callback_id, leader_id, _user_id in batch.followers
                if leader_id in leaders
            ]
        )

    def _write_contacts(self, rows):
        """Set leaders of open callbacks, and the agent where they have none.

        :param rows: ``[(callback id, leader id or None, user id or None)]``
        """
        ids, contacts, users = zip(*rows, strict=True)
        self.env.cr.execute(
            SQL(
                """UPDATE revisit_callback callback SET contact_id = moved.contact_id
                     FROM unnest(%s::int4[], %s::int4[]) AS moved (id, contact_id)
                    WHERE callback.id = moved.id
                      AND callback.contact_id IS DISTINCT FROM moved.contact_id""",
                list(ids),
                list(contacts),
            )
        )
        Callback = self.env["revisit.callback"]
        Callback.invalidate_model()
        given = {}
        for callback_id, user_id in zip(ids, users, strict=True):
            if user_id:
                given.setdefault(user_id, []).append(callback_id)
        for user_id, callback_ids in given.items():
            callbacks = Callback.browse(callback_ids)
            callbacks.filtered(lambda c: not c.user_id).user_id = user_id
        self.env.flush_all()

    def _insert_skips(self):
        """Store one row per occasion that is left out, with its present reason.

        :return: how many rows are new or have another reason
        """
        now, uid = fields.Datetime.now(), self.env.uid
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO revisit_planning_skip (
                       company_id, policy_id, source_model, source_id, source_name,
                       occasion, partner_id, event_at, reason, retry_until, decision,
                       create_uid, create_date, write_uid, write_date)
                SELECT %s, policy_id, source_model, source_id, source_name,
                       occasion, partner_id, event_at, reason, window_end, decision,
                       %s, %s, %s, %s
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
                self.env.company.id,
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

    def _forget_skips(self):
        """Delete rows of occasions that were left out before and are planned now."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM revisit_planning_skip skip USING %s c
                      WHERE skip.policy_id = c.policy_id
                        AND skip.source_model = c.source_model
                        AND skip.source_id = c.source_id
                        AND skip.occasion = c.occasion AND c.reason IS NULL
                """,
                TABLE,
            )
        )
        self.env["revisit.planning.skip"].invalidate_model()

    # ------------------------------------------------------------
    # FOLLOWING THE SOURCES
    # ------------------------------------------------------------

    def _follow_sources(self, policy):
        untouched = self._get_untouched_sql(policy)
        rows = untouched and self.env.execute_query(
            self._get_changes_sql(policy, *untouched)
        )
        if not rows:
            return set()
        gone = [row[0] for row in rows if row[1]]
        moved = [(row[0], row[2], row[5]) for row in rows if not row[1]]
        run = self._get_run()
        run.counts["cancelled"] += len(gone)
        run.counts["updated"] += len(moved)
        if run.dry_run:
            return set()
        if gone:
            self._cancel_gone(gone)
        if moved:
            self._move(policy, moved)
        others = [row[0] for row in rows if row[4] and not row[1]]
        Callback = self.env["revisit.callback"]
        if others:
            Callback.invalidate_model()
            self._change_customers(policy, Callback.browse(others))
            self.env.flush_all()
        Callback.invalidate_model()
        return {row[3] for row in rows if not row[1]}

    def _get_untouched_sql(self, policy):
        """Return a condition on the callbacks that follow their documents.

        :return: (condition, first and last moment of their events), or None
        """
        if policy.contact_type == "touch":
            return None
        untouched = SQL(
            """callback.policy_id = %s AND callback.source_model = %s
               AND callback.attempt_count = 0 AND (
                   callback.state IN ('planned', 'assigned')
                   OR (callback.state = 'cancelled'
                       AND callback.cancel_reason = 'source'))
               AND %s""",
            policy.id,
            policy.model_name,
            self._get_bucket_sql(SQL("callback.commercial_partner_id")),
        )
        [[first, last]] = self.env.execute_query(
            SQL(
                """SELECT min(callback.event_at), max(callback.event_at)
                     FROM revisit_callback callback WHERE %s""",
                untouched,
            )
        )
        return (untouched, first, last) if first else None

    def _get_changes_sql(self, policy, untouched, first, last):
        """Return the query of the callbacks whose documents have changed.

        Columns: id, is gone, event, commercial partner, is another's, subjects.
        """
        start, end = self._get_window_sql(policy, SQL("callback.event_at"), first, last)
        return SQL(
            """
            SELECT callback.id, gone.gone, source.event_at,
                   customer.commercial_partner_id,
                   customer.id != callback.partner_id AS is_other,
                   CASE WHEN %(anew)s THEN source.subjects ELSE callback.subjects END
              FROM revisit_callback callback
         LEFT JOIN (%(source)s) source ON source.source_id = callback.source_id
               AND source.occasion = callback.occasion AND NOT %(settled)s
              JOIN res_partner customer ON customer.id
                   = COALESCE(source.partner_id, callback.partner_id)
              JOIN res_partner family ON family.id = customer.commercial_partner_id
        CROSS JOIN LATERAL (
                    SELECT (source.source_id IS NULL AND NOT %(settled)s)
                        OR COALESCE(customer.do_not_contact, FALSE)
                        OR COALESCE(family.do_not_contact, FALSE) AS gone) gone
             WHERE %(untouched)s
               AND CASE WHEN gone.gone THEN callback.state != 'cancelled'
                        WHEN %(settled)s THEN FALSE
                        ELSE callback.state = 'cancelled'
                          OR callback.event_at != source.event_at
                          OR customer.id != callback.partner_id
                          OR (%(anew)s AND callback.subjects
                              IS DISTINCT FROM source.subjects)
                          OR callback.window_start != %(start)s
                          OR callback.window_end != %(end)s END
            """,
            source=self._get_followed_sql(policy),
            start=start,
            end=end,
            untouched=untouched,
            settled=self._get_settled_sql(policy),
            anew=self._get_named_anew_sql(),
        )

    def _get_followed_sql(self, policy):
        """Return the query of the documents as they are now."""
        query = self._get_follow_query(policy)
        path = policy.trigger_id.partner_path
        return query.select(
            SQL("%s AS source_id", SQL.identifier(query.table, "id")),
            SQL("%s AS occasion", self._get_occasion_sql(policy, query)),
            SQL("%s AS event_at", self._get_event_sql(policy, query)),
            SQL("%s AS partner_id", self._path_sql(policy, query, path)),
            SQL("%s AS subjects", self._get_subjects_sql(policy, query)),
        )

    def _get_bucket_sql(self, commercial):
        """Return the condition that this run plans for a customer."""
        buckets = self._get_run().buckets
        if buckets is None:
            return SQL("TRUE")
        return SQL("COALESCE(%s, 0) %% %s = ANY(%s)", commercial, SHARDS, list(buckets))

    def _cancel_gone(self, ids):
        """Cancel callbacks whose occasion is gone, given their ids."""
        self.env.cr.execute(
            SQL(
                """UPDATE revisit_callback
                      SET state = 'cancelled', cancel_reason = 'source',
                          contact_id = NULL, %s, write_date = %s, write_uid = %s
                    WHERE id = ANY(%s)""",
                self._get_gone_left_sql(),
                fields.Datetime.now(),
                self.env.uid,
                ids,
            )
        )
        Callback = self.env["revisit.callback"]
        Callback.invalidate_model()
        Callback.browse(ids)._hand_over_contacts()

    def _move(self, policy, rows):
        """Write new moments and subjects, and take back cancellations.

        :param rows: ``[(callback id, event_at, subjects)]``
        """
        ids, events, subjects = zip(*rows, strict=True)
        workdays, edges = policy._get_workdays(), []
        for event_at in events:
            try:
                edges.append(policy._get_window(event_at, workdays))
            except LookupError:
                edges.append((None, None))
        starts, ends = zip(*edges, strict=True)
        self.env.cr.execute(
            SQL(
                """
                UPDATE revisit_callback callback SET %s
                  FROM unnest(%s::int4[], %s::timestamp[], %s::timestamp[],
                              %s::timestamp[], %s::jsonb[])
                    AS moved (id, event_at, window_start, window_end, subjects)
                 WHERE callback.id = moved.id
                """,
                self._get_moved_values_sql(policy),
                list(ids),
                list(events),
                list(starts),
                list(ends),
                [found and json.dumps(found) for found in subjects],
            )
        )

    def _get_moved_values_sql(self, policy):
        """Return what a callback is set to by its row of ``moved``."""
        window_end = SQL("COALESCE(moved.window_end, callback.window_end)")
        return SQL(
            """
            event_at = moved.event_at,
            window_start = COALESCE(moved.window_start, callback.window_start),
            window_end = %(end)s, deadline = %(end)s - interval '1 second',
            last_day = %(day)s, %(handover)s subjects = moved.subjects,
            state = CASE WHEN callback.state != 'cancelled' THEN callback.state
                         WHEN callback.user_id IS NULL THEN 'planned'
                         ELSE 'assigned' END,
            cancel_reason = NULL, cancel_note = NULL, %(left)s,
            write_date = %(now)s, write_uid = %(uid)s
            """,
            end=window_end,
            day=self._get_last_day_sql(window_end),
            handover=self._get_moved_handover_sql(policy),
            left=self._get_moved_left_sql(self._get_moved_too_late_sql(policy)),
            now=fields.Datetime.now(),
            uid=self.env.uid,
        )
