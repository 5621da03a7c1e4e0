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

        These are those that decide, and those that say whom the callbacks judge.
        """
        trigger = policy.trigger_id
        paths = [
            trigger.dealer_path,
            trigger.product_path,
            trigger.user_path,
            *trigger.subject_ids.mapped("path"),
        ]
        judged = self._get_first_steps(trigger.model_name, paths)
        return judged | self._get_deciding_fields(policy)

    def _get_deciding_fields(self, policy):
        """Return the names of the document's fields that decide about a callback.

        They say whether a customer is called at all, when, and which customer.
        """
        trigger = policy.trigger_id
        if not trigger.model_name:
            return set()
        paths = [
            "active",
            trigger.clock_path,
            trigger.company_path,
            trigger.occasion_field,
            trigger.partner_path,
            *(c.field_expr for c in policy._get_condition().iter_conditions()),
        ]
        return self._get_first_steps(trigger.model_name, paths)

    def _get_first_steps(self, model_name, paths):
        """Return the names of the fields of a model with which the paths begin."""
        if not model_name:
            return set()
        names = {path.split(".")[0] for path in paths if path}
        return names & set(self.env[model_name]._fields) - {"id"}

    def _get_written_fields(self, policy):
        """Return the names of those source fields that people write down.

        What a step of the document sets is known from that moment on.
        """
        names = self._get_source_fields(policy)
        return names - self.env[policy.model_name]._get_server_owned()

    def _get_known_at(self, policy, source):
        """Return since when it is known what a policy reads of a document.

        :return: when it was created, or when one of these facts was last changed
        """
        if not self._is_written_down(policy):
            return source.create_date
        names = self._get_written_fields(policy)
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
        if self._is_chained(callback):
            return True
        return (
            self._is_written_down(policy)
            and callback.state != "cancelled"
            and not callback.is_known_too_late
            and callback.window_end <= fields.Datetime.now()
        )

    def _get_withdrawn(self, policy, callbacks):
        """Return those callbacks of a policy for which their documents no longer ask.

        :param callbacks: callbacks that follow their documents, of one company
        """
        planner = self._for_company(policy.company_id)
        policy = policy.with_env(planner.env)
        events = planner._get_matching_events(policy, callbacks.mapped("source_id"))
        return callbacks.filtered(
            lambda c: (
                (c.source_id, c.occasion) not in events and not planner._is_chained(c)
            )
        )
