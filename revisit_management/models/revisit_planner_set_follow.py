# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL

from ..tools import marks
from .revisit_planner_slot import SHARDS


class RevisitPlannerSet(models.AbstractModel):
    """Set-based: keeping planned callbacks true to their source."""

    _inherit = "revisit.planner.set"

    # ------------------------------------------------------------
    # FOLLOWING THE SOURCES
    # ------------------------------------------------------------

    def _follow_sources(self, policy, counts, dry_run):
        if policy.contact_type == "touch":
            return set()
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
        first, last = self.env.execute_query(
            SQL(
                """SELECT min(callback.event_at), max(callback.event_at)
                     FROM revisit_callback callback WHERE %s""",
                untouched,
            )
        )[0]
        if not first:
            return set()
        start, end = self._get_window_sql(policy, SQL("callback.event_at"), first, last)
        query = self._get_follow_query(policy)
        source = query.select(
            SQL("%s AS source_id", SQL.identifier(query.table, "id")),
            SQL("%s AS occasion", self._get_occasion_sql(policy, query)),
            SQL("%s AS event_at", self._get_event_sql(policy, query)),
            SQL(
                "%s AS partner_id",
                self._path_sql(policy, query, policy.trigger_id.partner_path),
            ),
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT callback.id, gone.gone, source.event_at,
                       customer.commercial_partner_id,
                       customer.id != callback.partner_id AS is_other
                  FROM revisit_callback callback
             LEFT JOIN (%(source)s) source ON source.source_id = callback.source_id
                   AND source.occasion = callback.occasion
                  JOIN res_partner customer ON customer.id
                       = COALESCE(source.partner_id, callback.partner_id)
                  JOIN res_partner family
                    ON family.id = customer.commercial_partner_id
            CROSS JOIN LATERAL (
                        SELECT source.source_id IS NULL
                            OR COALESCE(customer.do_not_contact, FALSE)
                            OR COALESCE(family.do_not_contact, FALSE) AS gone) gone
                 WHERE %(untouched)s
                   AND CASE WHEN gone.gone THEN callback.state != 'cancelled'
                            ELSE callback.state = 'cancelled'
                              OR callback.event_at != source.event_at
                              OR customer.id != callback.partner_id
                              OR callback.window_start != %(start)s
                              OR callback.window_end != %(end)s END
                """,
                source=source,
                start=start,
                end=end,
                untouched=untouched,
            )
        )
        gone = [row[0] for row in rows if row[1]]
        moved = [(row[0], row[2]) for row in rows if not row[1]]
        counts["cancelled"] += len(gone)
        counts["updated"] += len(moved)
        if dry_run or not rows:
            return set()
        if gone:
            self._cancel_gone(gone)
        if moved:
            self._move(policy, moved)
        others = [row[0] for row in rows if row[4] and not row[1]]
        if others:
            Callback = self.env["revisit.callback"]
            Callback.invalidate_model()
            self._change_customers(policy, Callback.browse(others))
            self.env.flush_all()
        self.env["revisit.callback"].invalidate_model()
        return {row[3] for row in rows if not row[1]}

    def _get_bucket_sql(self, commercial):
        """Return the condition that this run decides about a customer."""
        buckets = marks.read(self.env, "revisit_buckets")
        if buckets is None:
            return SQL("TRUE")
        return SQL("COALESCE(%s, 0) %% %s = ANY(%s)", commercial, SHARDS, list(buckets))

    def _cancel_gone(self, ids):
        self.env.cr.execute(
            SQL(
                """UPDATE revisit_callback
                      SET state = 'cancelled', cancel_reason = 'source',
                          contact_id = NULL, write_date = %s, write_uid = %s
                    WHERE id = ANY(%s)""",
                fields.Datetime.now(),
                self.env.uid,
                ids,
            )
        )
        Callback = self.env["revisit.callback"]
        Callback.invalidate_model()
        Callback.browse(ids)._hand_over_contacts()

    def _move(self, policy, rows):
        """Write new moments and take back cancellations.

        :param rows: ``[(callback id, event_at)]``
        """
        ids, events = zip(*rows, strict=True)
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
                UPDATE revisit_callback callback
                   SET event_at = moved.event_at,
                       window_start = COALESCE(moved.window_start,
                                               callback.window_start),
                       window_end = COALESCE(moved.window_end, callback.window_end),
                       deadline = COALESCE(moved.window_end, callback.window_end)
                                  - interval '1 second',
                       last_day = %s,
                       is_late_handover = %s,
                       state = CASE WHEN callback.state != 'cancelled'
                                    THEN callback.state
                                    WHEN callback.user_id IS NULL THEN 'planned'
                                    ELSE 'assigned' END,
                       cancel_reason = NULL,
                       write_date = %s, write_uid = %s
                  FROM unnest(%s::int4[], %s::timestamp[], %s::timestamp[],
                              %s::timestamp[])
                    AS moved (id, event_at, window_start, window_end)
                 WHERE callback.id = moved.id
                """,
                self._get_last_day_sql(
                    SQL("COALESCE(moved.window_end, callback.window_end)")
                ),
                self._get_late_handover_sql(policy),
                fields.Datetime.now(),
                self.env.uid,
                list(ids),
                list(events),
                list(starts),
                list(ends),
            )
        )

    def _get_late_handover_sql(self, policy):
        """Return whether a moved callback came to be known after its window opened."""
        if policy.delay_direction != "before":
            return SQL("callback.is_late_handover")
        return SQL(
            """CASE WHEN moved.window_start IS DISTINCT FROM callback.window_start
                     AND moved.window_start IS NOT NULL
                    THEN moved.window_start < %s
                    ELSE callback.is_late_handover END""",
            fields.Datetime.now(),
        )
