# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections import namedtuple
from datetime import timedelta
from uuid import uuid4

from odoo import fields, models
from odoo.fields import Domain

from ..tools import marks, windows

# how far ahead a planned date (a delivery, an appointment) is looked at
LEAD_TIME = timedelta(days=31)

# ``decision`` and ``skip_reason`` are those of a sample
Event = namedtuple(
    "Event", "source event_at occasion decision skip_reason", defaults=["", None, None]
)


class RevisitPlanner(models.AbstractModel):
    """Which documents are occasions, and when they happened."""

    _inherit = "revisit.planner"

    def _get_events(self, policy, date_from, date_to, records=None):
        """Return the events of one policy, oldest first.

        :return: list of ``Event``
        """
        trigger = policy.trigger_id
        if not trigger.model_name:
            return self._get_manual_events(policy, records)
        if records is not None and records._name != trigger.model_name:
            return []
        find = getattr(self, f"_get_events_{policy.recurrence}")
        return sorted(
            find(policy, date_from, date_to, records),
            key=lambda event: (event.event_at, event.source.id),
        )

    def _get_events_event(self, policy, date_from, date_to, records):
        """Return each document's own event."""
        domain = self._get_source_domain(policy)
        if records is not None:
            domain &= Domain("id", "in", records.ids)
        else:
            domain &= self._get_clock_domain(policy, date_from, date_to)
        events = self._read_clock(policy, self._search_sources(policy, domain))
        if records is None:
            events = [e for e in events if date_from <= e.event_at < date_to]
        return events

    def _search_sources(self, policy, domain):
        return self.env[policy.model_name].search(domain, order="id")

    def _get_manual_events(self, policy, records):
        """Return an event now for each document, unless its callback still waits."""
        if not records:
            return []
        now = fields.Datetime.now()
        ours = [
            # the planner decides, not who chose the documents
            record
            for record in records.with_env(self.env)
            if self._is_of_company(record, policy.company_id)
        ]
        occasion = marks.read(self.env, "revisit_occasion")
        if occasion:
            return [Event(record, now, occasion) for record in ours]
        waiting = self.env["revisit.callback"].search(
            [
                ("policy_id", "=", policy.id),
                ("source_model", "=", records._name),
                ("source_id", "in", records.ids),
                ("is_open", "=", True),
            ]
        )
        occasions = {callback.source_id: callback.occasion for callback in waiting}
        return [
            Event(record, now, occasions.get(record.id) or f"manual:{uuid4().hex}")
            for record in ours
        ]

    def _is_of_company(self, record, company):
        """Return whether a document is the company's own, or everybody's."""
        owner = "company_id" in record and record["company_id"]
        return not owner or owner == company

    def _get_matching_events(self, policy, source_ids):
        """Return {(source id, occasion): Event} of the documents that still count."""
        domain = self._get_source_domain(policy) & Domain("id", "in", source_ids)
        events = self._read_clock(policy, self._search_sources(policy, domain))
        find = getattr(self, f"_get_matching_{policy.recurrence}")
        return {(e.source.id, e.occasion): e for e in find(policy, events)}

    def _get_matching_event(self, policy, events):
        return events

    def _get_source_domain(self, policy):
        domain = policy._get_condition()
        company_path = policy.trigger_id.company_path
        if company_path:
            domain &= Domain(company_path, "in", [policy.company_id.id, False])
        return domain & Domain(policy.trigger_id.clock_path, "!=", False)

    def _get_clock_domain(self, policy, date_from, date_to):
        """Return the range of the clock; a date field is widened to whole days."""
        path = policy.trigger_id.clock_path
        if self._get_clock_type(policy) == "date":
            tz = policy.company_id._revisit_tz()
            date_from = windows.local_date(date_from, tz)
            date_to = windows.local_date(date_to, tz)
        return Domain(path, ">=", date_from) & Domain(path, "<=", date_to)

    def _get_clock_type(self, policy):
        Model = self.env[policy.model_name]
        *steps, last = policy.trigger_id.clock_path.split(".")
        for step in steps:
            Model = Model[step]
        return Model._fields[last].type

    def _read_clock(self, policy, sources):
        trigger, tz = policy.trigger_id, policy.company_id._revisit_tz()
        is_date = self._get_clock_type(policy) == "date"
        events = []
        for source in sources:
            moment = self._follow(source, trigger.clock_path)
            if moment:
                moment = windows.day_start(moment, tz) if is_date else moment
                count = trigger.occasion_field and source[trigger.occasion_field]
                events.append(Event(source, moment, str(count) if count else ""))
        return events

    def _get_known_keys(self, policy, events):
        """Return the occasions that have a callback already, an archived one too."""
        if self._is_from_scratch():
            return set()
        rows = (
            self.env[self._get_target(policy)]
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("policy_id", "=", policy.id),
                    ("source_id", "in", [event.source.id for event in events]),
                ],
                ["source_id", "source_model", "occasion"],
            )
        )
        names = {event.source._name for event in events}
        return {
            (row.source_id, row.occasion) for row in rows if row.source_model in names
        }

    def _get_target(self, policy):
        """Return the model that the policy's occasions become."""
        is_touch = policy.contact_type == "touch"
        return "revisit.touch" if is_touch else "revisit.callback"

    def _get_workdays(self, policy, events):
        """Return the working days that the windows of the events count in."""
        return policy._get_workdays() if events else ()

    def _get_horizon(self, policy, sweep):
        """Return the range of events that a scheduled run looks at."""
        now = fields.Datetime.now()
        # events of this very second belong to this run
        until = now + timedelta(minutes=1)
        if policy.trigger_id.is_planned_date:
            until = now + policy._get_span() + LEAD_TIME
        since = policy.active_from or now
        if self._get_clock_type(policy) == "date":
            # a date has no hour: the day of the activation counts as a whole
            tz = policy.company_id._revisit_tz()
            since = windows.day_start(windows.local_date(since, tz), tz)
        if not sweep:
            catch_up = timedelta(days=policy.company_id.revisit_catch_up_days)
            since = max(since, now - policy._get_span() - catch_up)
        return since, until
