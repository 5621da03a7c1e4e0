# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL

from .revisit_callback import RevisitCallback
from .revisit_planner import BATCH, TOUCH_FIELDS
from .revisit_planner_set import TABLE

# columns that go from the candidates into the callbacks as they are
CALLBACK_COLUMNS = (
    "policy_id",
    "source_model",
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
    "channel",
    "is_late_handover",
    "decision",
)


class RevisitPlannerSet(models.AbstractModel):
    """Set-based: writing what was decided."""

    _inherit = "revisit.planner.set"

    def _store(self, batch, counts):
        has_followers = self._number_leaders(batch)
        self._insert_callbacks(has_followers)
        if any(policy.contact_type == "touch" for policy in batch.policies):
            self._insert_touches()
        self._store_contacts(batch)
        self._forget_skips()
        counts["new_skips"] += self._insert_skips()

    def _number_leaders(self, batch):
        """Give its future id to each candidate that leads others.

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
        """Insert callbacks with the snapshots that scores are computed from."""
        now, uid = fields.Datetime.now(), self.env.uid
        company = self.env.company
        fixed = {
            "company_id": company.id,
            "active": True,
            "is_on_time": False,
            "is_own_customer": False,
            "attempt_count": 0,
            "create_uid": uid,
            "create_date": now,
            "write_uid": uid,
            "write_date": now,
        }
        contact = SQL("NULLIF(GREATEST(c.contact_id, 0), 0)")
        if has_followers:
            contact = SQL("COALESCE(leader.real_id, %s)", contact)
        computed = {
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
        }
        leader = SQL("LEFT JOIN %s leader ON leader.id = c.contact_id", TABLE)
        is_hooked = self._is_hooked()
        names = [*fixed, *computed, *CALLBACK_COLUMNS]
        values = [
            *(SQL("%s", value) for value in fixed.values()),
            *computed.values(),
            *(SQL.identifier("c", name) for name in CALLBACK_COLUMNS),
        ]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO revisit_callback (%(names)s)
                SELECT %(values)s
                  FROM %(table)s c
                  JOIN revisit_policy policy ON policy.id = c.policy_id
             LEFT JOIN revisit_rulebook rulebook ON rulebook.id = policy.rulebook_id
                       %(leader)s
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
                 WHERE c.reason IS NULL AND policy.contact_type = 'callback'
              ORDER BY c.policy_id, c.event_at, c.source_id
                       %(returning)s
                """,
                names=SQL(", ").join(SQL.identifier(name) for name in names),
                values=SQL(", ").join(values),
                table=TABLE,
                leader=leader if has_followers else SQL(),
                company=company.id,
                tz=company._revisit_tz(),
                returning=SQL("RETURNING id") if is_hooked else SQL(),
            )
        )
        ids = [row[0] for row in self.env.cr.fetchall()] if is_hooked else []
        Callback = self.env["revisit.callback"]
        Callback.invalidate_model()
        for start in range(0, len(ids), BATCH):
            Callback.browse(ids[start : start + BATCH])._callbacks_planned()

    def _is_hooked(self):
        """Return whether any module wants to know what was planned."""
        hook = type(self.env["revisit.callback"])._callbacks_planned
        return hook is not RevisitCallback._callbacks_planned

    def _insert_touches(self):
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
        """Let open callbacks follow the leaders that this run has inserted."""
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
        """Let open callbacks follow others, and give those of nobody to an agent.

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
        """Keep one row per occasion that is left out, with its present reason.

        :return: how many rows are new or tell a new reason
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
        """Drop the rows of occasions that were left out before and are planned now."""
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
