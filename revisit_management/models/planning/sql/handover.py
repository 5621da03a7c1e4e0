# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL

from ....tools.planning import CHAINED


class RevisitPlannerSet(models.AbstractModel):
    """Set-based: what came to be known too late, and what has settled."""

    _inherit = "revisit.planner.set"  # pylint: disable=consider-merging-classes-inherited

    def _get_known_sql(self, policy, query):
        """Return the SQL of since when it is known what a policy reads of a document.

        It is when it was created, or when one of these facts was last changed.
        """
        created_at = SQL.identifier(query.table, "create_date")
        if not self._is_written_down(policy):
            return created_at
        return SQL(
            """GREATEST(%s, (SELECT max(trace.at) FROM revisit_trace trace
                              WHERE trace.res_model = %s AND trace.res_id = %s
                                AND trace.field_name = ANY(%s)))""",
            created_at,
            policy.model_name,
            SQL.identifier(query.table, "id"),
            sorted(self._get_written_fields(policy)),
        )

    def _get_handover_sql(self, policy, event_at, start, end, known_at):
        """Return the SQL of what callbacks say about when they became known, by name.

        What is written down on the day of the event is in time, unless the window has
        ended by then.
        """
        is_before = policy.delay_direction == "before"
        if not is_before and not self._is_written_down(policy):
            return {name: SQL("FALSE") for name in self._get_handover_names()}
        opened = start
        if not is_before:
            tz = policy.company_id._revisit_tz()
            day = SQL(
                "((%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date + 1)", event_at, tz
            )
            opened = SQL("GREATEST(%s, %s)", start, self._get_day_start_sql(day, tz))
        return {
            "is_late_handover": SQL(
                "(%(known)s > %(opened)s OR %(known)s >= %(end)s)",
                known=known_at,
                opened=opened,
                end=end,
            ),
            "is_known_too_late": SQL("(%s >= %s)", known_at, end),
        }

    def _get_handover_names(self):
        return ("is_late_handover", "is_known_too_late")

    def _get_moved_handover_sql(self, policy):
        """Return the same of callbacks that are known only now, as they are moved."""
        return SQL("").join(
            SQL("%s = %s, ", SQL.identifier(name), value)
            for name, value in self._get_moved_handover(policy).items()
        )

    def _get_moved_too_late_sql(self, policy):
        """Return whether moved callbacks are known too late from now on."""
        kept = SQL("callback.is_known_too_late")
        value = self._get_moved_handover(policy).get("is_known_too_late", kept)
        return SQL("COALESCE(%s, FALSE)", value)

    def _get_moved_handover(self, policy):
        """Return ``{name: SQL}`` of what moved callbacks say, if it may change."""
        if policy.delay_direction != "before" and not self._is_written_down(policy):
            return {}
        again = SQL("moved.window_start IS DISTINCT FROM callback.window_start")
        if self._is_written_down(policy):
            again = SQL("(%s OR callback.state = 'cancelled')", again)
        names = ("event_at", "window_start", "window_end")
        moved = [SQL.identifier("moved", name) for name in names]
        now = SQL("%s::timestamp", fields.Datetime.now())
        news = self._get_handover_sql(policy, *moved, now)
        return {
            name: SQL(
                """CASE WHEN moved.window_start IS NOT NULL AND %(again)s
                        THEN %(new)s ELSE callback.%(name)s END""",
                name=SQL.identifier(name),
                again=again,
                new=new,
            )
            for name, new in news.items()
        }

    def _get_settled_sql(self, policy):
        """Return the condition that a callback no longer follows its document."""
        if not self._is_written_down(policy):
            return SQL("(callback.occasion LIKE %s)", f"{CHAINED}%")
        return SQL(
            """(callback.occasion LIKE %s OR (
                callback.state != 'cancelled' AND callback.window_end <= %s
                AND callback.is_known_too_late IS NOT TRUE))""",
            f"{CHAINED}%",
            fields.Datetime.now(),
        )
