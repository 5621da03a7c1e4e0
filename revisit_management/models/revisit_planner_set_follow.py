# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL

from ..tools import windows
from .revisit_planner_set import TABLE


class RevisitPlannerSet(models.AbstractModel):
    """Set-based: who makes the callbacks, and keeping them true to their source."""

    _inherit = "revisit.planner.set"

    # ------------------------------------------------------------
    # ASSIGNMENT
    # ------------------------------------------------------------

    def _assign_set_none(self, policy):
        """Leave the callbacks in the unit's queue."""

    def _assign_set_responsible(self, policy):
        self._update_user(
            SQL(
                """(SELECT u.id FROM res_users u WHERE u.id = c.responsible_id
                       AND u.active AND NOT u.share)"""
            )
        )

    def _assign_set_agent(self, policy):
        if policy.agent_id.active:
            self._update_user(SQL("%s", policy.agent_id.id))

    def _assign_set_dealer(self, policy):
        self._update_user(
            SQL(
                """(SELECT u.id FROM res_users u
                      JOIN res_partner p ON p.id = u.partner_id
                     WHERE p.commercial_partner_id = c.dealer_id
                       AND u.active AND u.share ORDER BY u.id LIMIT 1)"""
            )
        )

    def _assign_set_round_robin(self, policy):
        team = policy.team_id
        agents = team.member_ids.filtered("active").sorted("id").ids
        if not agents:
            return
        number = self._update_user(
            SQL(
                "(%s::int4[])[(turn.number + %s) %% %s + 1]",
                agents,
                team.assigned_count,
                len(agents),
            )
        )
        team.assigned_count = (team.assigned_count + number) % len(agents)

    def _assign_set_least_loaded(self, policy):
        """Deal the callbacks out so that the lightest loads fill up first."""
        agents = policy.team_id.member_ids.filtered("active").sorted("id").ids
        if not agents:
            return
        total = self.env.execute_query(
            SQL("SELECT count(*) FROM %s WHERE reason IS NULL", TABLE)
        )[0][0]
        order = self._deal_out(self._get_loads(agents), total)
        self._update_user(SQL("(%s::int4[])[turn.number + 1]", order))

    def _update_user(self, user_sql):
        """Set ``user_id`` of the candidates; ``turn.number`` counts from 0."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s c SET user_id = %(user)s
                  FROM (SELECT source_id, occasion, row_number() OVER (
                                   ORDER BY window_end, source_id) - 1 AS number
                          FROM %(table)s WHERE reason IS NULL) turn
                 WHERE turn.source_id = c.source_id AND turn.occasion = c.occasion
                """,
                table=TABLE,
                user=user_sql,
            )
        )
        return self.env.cr.rowcount

    # ------------------------------------------------------------
    # FOLLOWING THE SOURCES
    # ------------------------------------------------------------

    def _follow_sources(self, policy, counts, dry_run):
        untouched = SQL(
            """callback.policy_id = %s AND callback.source_model = %s
               AND callback.attempt_count = 0 AND (
                   callback.state IN ('planned', 'assigned')
                   OR (callback.state = 'cancelled'
                       AND callback.cancel_reason = 'source'))""",
            policy.id,
            policy.model_name,
        )
        first, last = self.env.execute_query(
            SQL(
                """SELECT min(callback.event_at), max(callback.event_at)
                     FROM revisit_callback callback WHERE %s""",
                untouched,
            )
        )[0]
        if not first:
            return
        start, end = self._get_window_sql(policy, SQL("callback.event_at"), first, last)
        query = self._get_follow_query(policy)
        source = query.select(
            SQL("%s AS source_id", SQL.identifier(query.table, "id")),
            SQL("%s AS occasion", self._get_occasion_sql(policy, query)),
            SQL("%s AS event_at", self._get_event_sql(policy, query)),
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT callback.id, gone.gone, source.event_at
                  FROM revisit_callback callback
                  JOIN res_partner customer ON customer.id = callback.partner_id
                  JOIN res_partner family
                    ON family.id = customer.commercial_partner_id
             LEFT JOIN (%(source)s) source ON source.source_id = callback.source_id
                   AND source.occasion = callback.occasion
            CROSS JOIN LATERAL (
                        SELECT source.source_id IS NULL
                            OR COALESCE(customer.do_not_contact, FALSE)
                            OR COALESCE(family.do_not_contact, FALSE) AS gone) gone
                 WHERE %(untouched)s
                   AND CASE WHEN gone.gone THEN callback.state != 'cancelled'
                            ELSE callback.state = 'cancelled'
                              OR callback.event_at != source.event_at
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
            return
        if gone:
            self._cancel_gone(gone)
        if moved:
            self._move(policy, moved)
        self.env["revisit.callback"].invalidate_model()

    def _cancel_gone(self, ids):
        self.env.cr.execute(
            SQL(
                """UPDATE revisit_callback
                      SET state = 'cancelled', cancel_reason = 'source',
                          write_date = %s, write_uid = %s
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
        tz = policy.company_id._revisit_tz()
        workdays = self._get_workdays_between(
            policy,
            windows.local_date(min(events), tz),
            windows.local_date(max(events), tz),
        )
        edges = []
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
                    policy, SQL("COALESCE(moved.window_end, callback.window_end)")
                ),
                fields.Datetime.now(),
                self.env.uid,
                list(ids),
                list(events),
                list(starts),
                list(ends),
            )
        )
