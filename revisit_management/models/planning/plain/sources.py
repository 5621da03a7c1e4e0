# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta
from uuid import uuid4

from odoo import api, fields, models
from odoo.fields import Domain

from ....tools import windows
from ....tools.planning import (
    CHAINED,
    LEAD_TIME,
    Candidate,
    Event,
)
from ....tools.terms import ATTRIBUTE


class RevisitPlanner(models.AbstractModel):
    """Finds the documents that are occasions, and when their events happened.

    Events before the rulebook is in effect do not count. A path may end in a
    customer's attribute, ``partner_id.attribute:<code>``.
    """

    _inherit = "revisit.planner"  # pylint: disable=consider-merging-classes-inherited

    def _get_events(self, policy, date_from, date_to, records=None):
        """Return the events of one policy, oldest first.

        :return: list of ``Event``
        """
        trigger = policy.trigger_id
        if not trigger.model_name:
            events = self._get_manual_events(policy, records)
        elif records is not None and records._name != trigger.model_name:
            return []
        else:
            find = getattr(self, self._get_recurrences()[policy.recurrence].events)
            events = sorted(
                find(policy, date_from, date_to, records),
                key=lambda event: (event.event_at, event.source.id),
            )
        start = self._get_first_moment(policy)
        return [event for event in events if not start or event.event_at >= start]

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

    def _get_manual_events(self, policy, records):
        """Return an event now for each document, unless its callback is still open."""
        if not records:
            return []
        now = fields.Datetime.now()
        ours = [
            # the planner's rights count, not those of the user who chose the documents
            record
            for record in records.with_env(self.env)
            if self._is_of_company(record, policy.company_id)
        ]
        occasion = self._get_run().occasion
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
        """Return whether a document belongs to the company, or to none."""
        owner = "company_id" in record and record["company_id"]
        return not owner or owner == company

    def _search_sources(self, policy, domain):
        return self.env[policy.model_name].search(domain, order="id")

    def _get_matching_events(self, policy, source_ids):
        """Return {(source id, occasion): Event} of the documents that still count."""
        domain = self._get_source_domain(policy) & Domain("id", "in", source_ids)
        events = self._read_clock(policy, self._search_sources(policy, domain))
        find = getattr(self, self._get_recurrences()[policy.recurrence].matching)
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
        """Return the domain of the clock's range; dates are widened to whole days."""
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
        """Return an event for each document whose clock has a value.

        A date counts as its local midnight.

        :param sources: documents of the policy's model
        """
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
        """Return the occasions that have a callback already, even an archived one."""
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
        """Return the name of the model of which the policy creates records."""
        is_touch = policy.contact_type == "touch"
        return "revisit.touch" if is_touch else "revisit.callback"

    def _get_workdays(self, policy, events):
        """Return the working days in which the windows of the events are counted."""
        return policy._get_workdays() if events else ()

    def _get_horizon(self, policy, sweep):
        """Return the range of events that a scheduled run plans."""
        now = fields.Datetime.now()
        # events of the present second belong to this run
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

    def _get_first_moment(self, policy):
        """Return from when single events count; periods are left out as a whole."""
        if policy.recurrence in ("calendar", "sample"):
            return None
        return policy._get_first_moment()

    # ------------------------------------------------------------
    # PREPARING ROWS
    # ------------------------------------------------------------

    def _prepare_candidate(self, policy, event, workdays):
        """Return the candidate of one event, with the reason if it is left out."""
        source = event.source
        partner = self._get_partner(policy.trigger_id, source)
        vals = self._prepare_candidate_vals(policy, event, partner)
        candidate = Candidate(policy, partner.commercial_partner_id.id, vals)
        candidate.decision = event.decision
        try:
            start, end = policy._get_window(event.event_at, workdays)
        except LookupError:
            candidate.reason = "no_workdays"
            return candidate
        vals.update(window_start=start, window_end=end)
        known_at = self._get_known_at(policy, source)
        vals.update(
            self._prepare_handover(policy, event.event_at, start, end, known_at)
        )
        candidate.reason = event.skip_reason or self._get_skip_reason(
            policy, event, partner
        )
        return candidate

    def _prepare_candidate_vals(self, policy, event, partner):
        """Return what a candidate takes from its policy and its document."""
        source, trigger = event.source, policy.trigger_id
        dealer = self._get_dealer(trigger, source, partner)
        team = self._get_team(policy, dealer)
        responsible = self._follow(source, trigger.user_path)
        product = self._follow(source, trigger.product_path)
        return {
            "company_id": policy.company_id.id,
            "policy_id": policy.id,
            "rulebook_id": policy.rulebook_id.id,
            "rulebook_version": policy.rulebook_id.version,
            "source_model": source._name,
            "source_id": source.id,
            "source_name": self._get_source_name(trigger, source),
            "occasion": event.occasion,
            "event_at": event.event_at,
            "partner_id": partner.id,
            "kind": policy.kind,
            "level": policy.level,
            "channel": self._get_channel(policy, event, partner, team),
            "service_step": policy.service_step,
            "script_id": policy.script_id.id,
            "team_id": team.id,
            "dealer_id": dealer.id,
            "product_id": product.id if product else False,
            "responsible_id": responsible.id if responsible else False,
            "subjects": self._get_subjects(policy, source),
        }

    def _prepare_redate(self, policy, callback, event, workdays):
        """Return the changed window of a callback whose document moved."""
        try:
            start, end = policy._get_window(event.event_at, workdays)
        except LookupError:
            return {}
        wanted = {
            "event_at": event.event_at,
            "window_start": start,
            "window_end": end,
        }
        if self._is_named_anew(callback, event.event_at):
            wanted["subjects"] = self._get_subjects(policy, event.source)
        changed = {name: val for name, val in wanted.items() if callback[name] != val}
        if self._is_handed_over_again(policy, callback, changed):
            now = fields.Datetime.now()
            changed |= self._prepare_handover(policy, event.event_at, start, end, now)
        return changed

    def _is_named_anew(self, callback, event_at):
        """Return whether a callback judges whom its document names by now.

        Whoever did the work when the event happened is judged, whoever stands on the
        document later. An event that lies ahead is still to be done by somebody; one
        that has another moment after a cancellation is another event.
        """
        is_ahead = event_at > fields.Datetime.now()
        is_other = callback.state == "cancelled" and callback.event_at != event_at
        return is_ahead or is_other

    def _get_skip_reason(self, policy, event, partner):
        """Return why an occasion is left out, or False."""
        for reason, rule in self._get_skip_rules().items():
            if getattr(self, rule.plain)(policy, event, partner):
                return reason
        return False

    def _has_no_customer(self, policy, event, partner):
        return not partner

    def _is_unwanted(self, policy, event, partner):
        return partner._revisit_is_banned()

    def _get_channel(self, policy, event, partner, team):
        """Return the channel: that of the policy's first matching line, or its own."""
        position = self._get_position(event.occasion)
        for line in policy.channel_ids.filtered(lambda line: not line.is_choice):
            if (
                line.position_from <= position
                and (not line.team_id or line.team_id == team)
                and event.source.filtered_domain(line._get_condition())
            ):
                return line.channel
        preferred = policy.use_preferred_channel and partner.callback_channel
        return preferred or policy.channel

    @api.model
    def _get_position(self, occasion):
        """Return the position of an occasion in its chain, from 1.

        >>> [self._get_position(text) for text in ("", "try:3:17", "1")]
        [1, 3, 2]
        """
        if occasion.isdigit():
            return int(occasion) + 1
        kind, _colon, rest = occasion.partition(":")
        return int(rest.partition(":")[0]) if f"{kind}:" == CHAINED else 1

    @api.model
    def _is_chained(self, callback):
        """Return whether a person or a customer asked for it, and no document."""
        return callback.occasion.startswith(CHAINED)

    def _get_partner(self, trigger, source):
        if trigger.model_name:
            return self._follow(source, trigger.partner_path) or self.env["res.partner"]
        if source._name == "res.partner":
            return source
        return (
            source["partner_id"] if "partner_id" in source else self.env["res.partner"]
        )

    def _get_source_name(self, trigger, source):
        if not trigger.model_name:
            return source.display_name
        return self._follow(source, trigger.name_path) or str(source.id)

    def _get_dealer(self, trigger, source, partner):
        dealer = self._follow(source, trigger.dealer_path) or partner.dealer_id
        return dealer.commercial_partner_id if dealer else self.env["res.partner"]

    def _get_team(self, policy, dealer):
        """Return the policy's unit, but at the dealer's level first the dealer's."""
        unit = self._get_unit(policy)
        if policy.level == "dealer" and dealer:
            units = self._get_run().dealer_units.get(policy.id)
            if units is None:
                units = self._get_dealer_units(policy)
            return unit.browse(units.get(dealer.id)) or unit
        return unit

    def _get_unit(self, policy):
        """Return the policy's unit, or the one that was chosen for this run."""
        team = self.env["revisit.team"].browse(self._get_run().team_id or ())
        # a chosen unit of another company does not count
        is_ours = team.company_id == policy.company_id
        return team if is_ours else policy.team_id

    def _get_dealer_units(self, policy):
        """Return {dealer id: id of the dealer's first unit}, for a dealers' policy."""
        if policy.level != "dealer":
            return {}
        teams = self.env["revisit.team"].search(
            [("dealer_id", "!=", False), ("company_id", "=", policy.company_id.id)]
        )
        return {team.dealer_id.id: team.id for team in reversed(teams)}

    def _follow(self, record, path):
        """Follow a dotted path from one record; return False if it is empty.

        The path may end in a customer's attribute.
        """
        prefix, code = self._split_attribute(path)
        for step in prefix.split(".") if prefix or not code else ():
            if not step or not record:
                return False
            record = record[step]
        if code:
            return record and record._revisit_get_attribute(code, self.env.company)
        return record

    def _split_attribute(self, path):
        """Return ``(path to the customer, code)``; the code is empty for plain paths.

        E.g. ``("partner_id", "usage_type")`` of ``partner_id.attribute:usage_type``.
        """
        prefix, _marker, code = (path or "").partition(ATTRIBUTE)
        return prefix.rstrip("."), code
