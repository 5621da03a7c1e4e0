# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.fields import Domain

from ....tools import periods, windows
from ....tools.planning import AFTER, LEAD_TIME, Event, PlanningRun
from ....tools.terms import OPEN_STATES


class RevisitPlanner(models.AbstractModel):
    """Periodic occasions and samples, document by document; replays of a past period.

    A replay decides as if the policies had planned nothing yet.
    """

    _inherit = "revisit.planner"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_horizon(self, policy, sweep):
        """Return the range that a scheduled run looks at, see the base method.

        Calendar periods that are over are not planned any more: a document that meets
        the policy's condition only now was not due in them. Rolling periods stay due,
        however long ago that was.
        """
        since, until = super()._get_horizon(policy, sweep)
        if policy.recurrence == "event":
            return since, until
        now, tz = fields.Datetime.now(), policy.company_id._revisit_tz()
        activation = policy.active_from or now
        # due dates have no hour: the day of the activation counts as a whole
        activation = windows.day_start(windows.local_date(activation, tz), tz)
        if policy.recurrence == "rolling":
            return activation, now + policy._get_span() + LEAD_TIME
        if policy.recurrence == "calendar":
            since = max(activation, policy._get_present_period().start)
            return since, now + timedelta(minutes=1)
        return max(activation, since), until

    def _replay(self, policies, date_from, date_to):
        """Return what policies would have decided, without writing anything.

        :param date_from: UTC datetime, included
        :param date_to: UTC datetime, excluded
        :return: list of dicts, see ``_get_details``
        """
        run = PlanningRun(dry_run=True, replayed=policies.ids, keeps=["details"])
        self._plan(policies, date_from, date_to, run)
        return [{**row, "reason": row["reason"] or None} for row in run.details]

    # ------------------------------------------------------------
    # CALENDAR PERIODS
    # ------------------------------------------------------------

    def _get_events_calendar(self, policy, date_from, date_to, records):
        """Return one event per document and period, including a first, partial one."""
        due = policy._get_due_periods(date_from, date_to, records is not None)
        if not due:
            return []
        domain = self._get_source_domain(policy)
        if records is not None:
            domain &= Domain("id", "in", records.ids)
        events = self._cross(
            policy,
            self._read_clock(policy, self._search_sources(policy, domain)),
            {policy._get_due_occasion(period): period for period in due},
        )
        if records is None:
            events = [e for e in events if date_from <= e.event_at < date_to]
        return events

    def _get_matching_calendar(self, policy, events):
        rows = self._get_following(policy, [event.source.id for event in events])
        due = {
            occasion: policy._get_period_of_occasion(occasion)
            for occasion in set(rows.mapped("occasion"))
        }
        return self._cross(policy, events, {name: p for name, p in due.items() if p})

    def _cross(self, policy, events, due):
        """Return an event per period and document that is dated early enough for it."""
        tz = policy.company_id._revisit_tz()
        until = {name: policy._get_first_period_until(p) for name, p in due.items()}
        days = [
            (event, windows.day_start(windows.local_date(event.event_at, tz), tz))
            for event in events
        ]
        return [
            Event(event.source, max(period.start, day), occasion)
            for event, day in days
            for occasion, period in due.items()
            if event.event_at < until[occasion]
        ]

    # ------------------------------------------------------------
    # ROLLING PERIODS
    # ------------------------------------------------------------

    def _get_events_rolling(self, policy, date_from, date_to, records):
        """Return the event for which each document is waiting, one per document."""
        if self._is_from_scratch() and records is None:
            return self._replay_rolling(policy, date_from, date_to)
        domain = self._get_source_domain(policy)
        if records is not None:
            domain &= Domain("id", "in", records.ids)
        clocks = self._read_clock(policy, self._search_sources(policy, domain))
        last = self._get_last_callbacks(policy, [clock.source.id for clock in clocks])
        events = [
            self._get_next_event(policy, clock, last.get(clock.source.id))
            for clock in clocks
        ]
        if records is None:
            events = [e for e in events if date_from <= e.event_at < date_to]
        return events

    def _replay_rolling(self, policy, date_from, date_to):
        """Replay a whole chain, as if each callback was made on the day it was due."""
        tz, months = policy.company_id._revisit_tz(), policy.period_months
        last_day, events = windows.local_date(date_to, tz), []
        sources = self._search_sources(policy, self._get_source_domain(policy))
        for clock in self._read_clock(policy, sources):
            first_day = windows.local_date(clock.event_at, tz)
            number = 0
            while True:
                after = policy._get_first_months() + number * months
                due_on = first_day + relativedelta(months=after)
                if due_on > last_day:
                    break
                due = windows.day_start(due_on, tz)
                if date_from <= due < date_to:
                    occasion = f"{AFTER}{number}" if number else ""
                    events.append(Event(clock.source, due, occasion))
                number += 1
        return events

    def _get_next_event(self, policy, clock, last):
        if not last:
            return Event(clock.source, self._get_first_due(policy, clock))
        if self._is_waiting(last):
            return Event(clock.source, last.event_at, last.occasion)
        due = self._get_due_after(policy, last)
        return Event(clock.source, due, f"{AFTER}{last.id}")

    def _get_last_callbacks(self, policy, source_ids):
        """Return {document id: its open callback, or the one that was closed last}."""
        if self._is_from_scratch():
            return {}
        callbacks = (
            self.env["revisit.callback"]
            .with_context(active_test=False)
            .search(
                [
                    ("policy_id", "=", policy.id),
                    ("source_model", "=", policy.model_name),
                    ("source_id", "in", source_ids),
                ]
            )
        )

        def turn(callback):
            waits = self._is_waiting(callback)
            closed_at = datetime.min if waits else self._get_closed_at(callback)
            return waits, closed_at, callback.id

        return {
            source_id: max(group, key=turn)
            for source_id, group in callbacks.grouped("source_id").items()
        }

    def _is_waiting(self, callback):
        """Return whether a callback still counts as its document's next one.

        A callback that the planner has cancelled revives with its document. One that
        was archived does not: it counts as closed without being made.
        """
        return callback.active and (
            callback.state in OPEN_STATES
            or (callback.state == "cancelled" and callback.cancel_reason == "source")
        )

    def _get_closed_at(self, callback):
        return callback.done_at or callback.event_at

    def _get_first_due(self, policy, clock):
        tz = policy.company_id._revisit_tz()
        return periods.months_after(clock.event_at, policy._get_first_months(), tz)

    def _get_due_after(self, policy, callback):
        """Return when the next callback is due: as agreed, or after the period."""
        tz = policy.company_id._revisit_tz()
        if callback.next_due_on:
            return windows.day_start(callback.next_due_on, tz)
        closed_at = self._get_closed_at(callback)
        return periods.months_after(closed_at, policy.period_months, tz)

    def _get_matching_rolling(self, policy, events):
        """Return the events of the callbacks that still follow their documents.

        :param events: the own events of the documents, from which the first is due
        """
        clocks = {event.source.id: event for event in events}
        rows = self._get_following(policy, list(clocks))
        previous = {row: self._get_previous(row) for row in rows}
        known = self.env["revisit.callback"].union(*previous.values()).exists()
        matching = []
        for row in rows:
            clock, last = clocks[row.source_id], previous[row]
            if not row.occasion:
                due = self._get_first_due(policy, clock)
            elif not last:
                continue
            elif last not in known:
                due = row.event_at
            elif self._is_waiting(last):
                # reopened: its successor waits until it is closed again
                continue
            else:
                due = self._get_due_after(policy, last)
            matching.append(Event(clock.source, due, row.occasion))
        return matching

    def _get_previous(self, callback):
        """Return the callback that the occasion names, which may have been deleted."""
        number = callback.occasion.removeprefix(AFTER)
        is_next = callback.occasion.startswith(AFTER) and number.isdecimal()
        return callback.browse([int(number)] if is_next else [])

    def _get_following(self, policy, source_ids):
        """Return the callbacks that may still follow their documents."""
        return self.env["revisit.callback"].search(
            Domain("policy_id", "=", policy.id)
            & Domain("source_model", "=", policy.model_name)
            & Domain("source_id", "in", source_ids)
            & (
                Domain("state", "in", ("planned", "assigned"))
                | (
                    Domain("state", "=", "cancelled")
                    & Domain("cancel_reason", "=", "source")
                )
            )
        )

    # ------------------------------------------------------------
    # SAMPLES
    # ------------------------------------------------------------

    def _record_draws(self, policy, date_from, date_to):
        """Store the draws of this run, which are final from then on."""
        if policy.recurrence == "sample":
            closed = self._get_closed_periods(policy, date_from, date_to)
            self.env["revisit.draw"]._record(policy, closed)

    def _get_closed_periods(self, policy, date_from, date_to, records=None):
        """Return {occasion: Period} of the samples that this run draws.

        Selected documents are not the whole population, nor are some of the customers:
        samples wait for a run that sees all of them.
        """
        if records is not None or self._get_run().buckets is not None:
            return {}
        return policy._get_closed_periods(date_from, date_to)

    def _get_drawn_occasions(self, policy):
        """Return the occasions whose draws this run has to respect."""
        if self._is_from_scratch():
            return []
        return self.env["revisit.draw"]._get_drawn_occasions(policy)

    def _get_events_sample(self, policy, date_from, date_to, records):
        """Return the documents of the closed periods, each with its decision."""
        closed = self._get_closed_periods(policy, date_from, date_to, records)
        if not closed:
            return []
        domain = self._get_source_domain(policy)
        clocks = self._read_clock(policy, self._search_sources(policy, domain))
        members = {
            (clock.source, occasion): period
            for clock in clocks
            for occasion, period in closed.items()
            if clock.event_at < period.end
            and (policy.trigger_id.is_population or period.start <= clock.event_at)
        }
        drawn = self._get_drawn_occasions(policy)
        decisions = self._draw(policy, [key for key in members if key[1] not in drawn])
        left_out = self._get_left_out(policy, list(closed))
        events = []
        for (source, occasion), period in members.items():
            reason, decision = left_out.get((source.id, occasion), (None, None))
            if reason == "not_drawn":
                continue
            decision = decision or decisions.get((source, occasion))
            decision = decision or {"period": occasion, "late": True}
            is_drawn = decision.get("rank", 1) <= decision.get("quota", 0)
            reason = None if is_drawn else "not_drawn"
            events.append(Event(source, period.end, occasion, decision, reason))
        return events

    def _draw(self, policy, members):
        """Return {member: decision} of periods that are drawn now.

        :param members: ``[(document, occasion)]``
        """
        strata, seed = {}, policy.sample_seed or ""
        for source, occasion in members:
            key = periods.draw_key(seed, source._name, source.id, occasion)
            stratum = self._get_stratum(policy, source)
            strata.setdefault((occasion, stratum), []).append((key, source.id, source))
        shares = policy._prepare_decisions(
            {name: len(turns) for name, turns in strata.items()}
        )
        return {
            (source, name[0]): {**shares[name], "rank": rank}
            for name, turns in strata.items()
            for rank, (_key, _id, source) in enumerate(sorted(turns), 1)
        }

    def _get_stratum(self, policy, source):
        """Return the stratum of a document as text, or None if it is empty."""
        if not policy.sample_stratum_path:
            return None
        value = self._follow(source, policy.sample_stratum_path)
        kind = policy._get_stratum_field().type
        if kind == "boolean":
            return "true" if value else "false"
        if kind == "many2one":
            value = value.id if value else False
        return str(value) if value else None

    def _get_left_out(self, policy, occasions):
        """Return {(document id, occasion): (reason, decision)}."""
        if self._is_from_scratch():
            return {}
        skips = self.env["revisit.planning.skip"].search(
            [("policy_id", "=", policy.id), ("occasion", "in", occasions)]
        )
        return {
            (skip.source_id, skip.occasion): (skip.reason, skip.decision)
            for skip in skips
            if skip.source_model == policy.model_name
        }

    def _get_matching_sample(self, policy, events):
        """Return events of drawn documents that still count, with unchanged dates."""
        sources = {event.source.id: event.source for event in events}
        return [
            Event(sources[row.source_id], row.event_at, row.occasion)
            for row in self._get_following(policy, list(sources))
            if row.occasion and ":" not in row.occasion
        ]
