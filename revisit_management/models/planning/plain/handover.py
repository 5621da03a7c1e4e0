# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields, models

from ....tools import windows


class RevisitPlanner(models.AbstractModel):
    """Says which callbacks came to be known too late, and which have settled.

    Events that are planned ahead, and facts that people write down, may become known
    when the window is open already, or over. Callbacks about such facts follow their
    record only until their window has ended, so that what somebody missed cannot be
    moved or taken away through the record. Callbacks that were known too late have
    nothing to hide: they follow corrections.
    """

    _inherit = "revisit.planner"  # pylint: disable=consider-merging-classes-inherited

    def _is_written_down(self, policy):
        """Return whether the policy's documents are facts that people write down."""
        return bool(policy.model_name) and isinstance(
            self.env[policy.model_name], self.pool["revisit.settled.mixin"]
        )

    def _get_source_fields(self, policy):
        """Return the names of the document's fields on which a policy's callbacks rest.

        These are the first steps of all paths of its trigger and of its conditions.
        """
        trigger = policy.trigger_id
        if not trigger.model_name:
            return set()
        paths = [
            "active",
            trigger.clock_path,
            trigger.company_path,
            trigger.dealer_path,
            trigger.occasion_field,
            trigger.partner_path,
            trigger.product_path,
            trigger.user_path,
            *trigger.subject_ids.mapped("path"),
            *(c.field_expr for c in policy._get_condition().iter_conditions()),
        ]
        names = {path.split(".")[0] for path in paths if path}
        return names & set(self.env[trigger.model_name]._fields) - {"id"}

    def _get_known_at(self, policy, source):
        """Return since when it is known what a policy reads of a document.

        :return: when it was created, or when one of these facts was last changed
        """
        if not self._is_written_down(policy):
            return source.create_date
        names = self._get_source_fields(policy)
        traces = source.trace_ids.filtered(lambda trace: trace.field_name in names)
        return max([source.create_date, *traces.mapped("at")])

    def _prepare_handover(self, policy, event_at, start, end, known_at):
        """Return what a callback says about the moment at which it became known.

        What is written down on the day of the event is in time, unless the window has
        ended by then.
        """
        is_late = is_too_late = False
        if policy.delay_direction == "before" or self._is_written_down(policy):
            opened, tz = start, policy.company_id._revisit_tz()
            if policy.delay_direction != "before":
                day = windows.local_date(event_at, tz) + timedelta(days=1)
                opened = max(start, windows.day_start(day, tz))
            is_too_late = known_at >= end
            is_late = is_too_late or known_at > opened
        return {"is_late_handover": is_late, "is_known_too_late": is_too_late}

    def _is_handed_over_again(self, policy, callback, changed):
        """Return whether a callback is known only now, as its document changed."""
        if self._is_written_down(policy) and callback.state == "cancelled":
            return True
        return "window_start" in changed

    def _has_settled(self, policy, callback):
        """Return whether a callback no longer follows its document."""
        return (
            self._is_written_down(policy)
            and callback.state != "cancelled"
            and not callback.is_known_too_late
            and callback.window_end <= fields.Datetime.now()
        )
