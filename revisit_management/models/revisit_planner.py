# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
import random
import time
from collections import Counter
from datetime import timedelta

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import marks, windows
from ..tools.workdays import Calendars
from .revisit_planner_slot import SHARDS

_logger = logging.getLogger(__name__)

RETRIES = 5
LOST_RACES = (SerializationFailure, DeadlockDetected)
BATCH = 1000
# a person's quiet contexts: planned work carries no message and no follower
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
}
# what a run's details are summed up by, see _get_details
DETAILS = (
    "policy_id",
    "team_id",
    "user_id",
    "dealer_id",
    "month",
    "reason",
    "callbacks",
    "contacts",
)
# what is told about each occasion, see _get_rows
ROWS = (
    "policy_id",
    "source_id",
    "source_name",
    "partner_id",
    "team_id",
    "user_id",
    "window_start",
    "window_end",
)
# what a touch takes over from its candidate
TOUCH_FIELDS = (
    "company_id",
    "policy_id",
    "rulebook_id",
    "source_model",
    "source_id",
    "source_name",
    "occasion",
    "event_at",
    "window_start",
    "window_end",
    "partner_id",
    "dealer_id",
    "level",
    "channel",
)
SKIP_FIELDS = (
    "company_id",
    "policy_id",
    "source_model",
    "source_id",
    "source_name",
    "occasion",
    "partner_id",
    "event_at",
)


class Replayed:
    """Ids of policies that a replay plans anew: a context that no request can send.

    Equal to nothing but itself: environments of equal contexts are one.
    """

    def __init__(self, ids):
        self.ids = list(ids)


class Candidate:
    """One occasion that has no callback yet, and what is decided about it."""

    def __init__(self, policy, commercial_id, vals):
        self.policy = policy
        self.commercial_id = commercial_id
        self.vals = vals
        self.reason = self.decision = False
        # a candidate or a callback that leads the contact; its own callback
        self.leader = self.callback = False
        # whether the contact existed before this run
        self.joins = False
        # candidates and open callbacks that follow it
        self.members, self.followers = [], []
        self.is_touch = policy.contact_type == "touch"

    @property
    def excluded(self):
        """Ids of the users who may not make it (L8)."""
        own = self.vals["responsible_id"]
        return (own,) if own and self.policy._excludes_own_customers() else ()

    def get_key(self):
        names = ("policy_id", "source_model", "source_id", "occasion")
        return tuple(self.vals[name] for name in names)

    def get_last_day(self):
        """Return the local date on which the window ends, or None."""
        end = self.vals.get("window_end")
        tz = self.policy.company_id._revisit_tz()
        return end and windows.local_date(end - timedelta(seconds=1), tz)

    def get_callback_vals(self):
        leader = self.leader
        if isinstance(leader, Candidate):
            leader = leader.callback
        user_id = self.vals.get("user_id") or False
        return {
            **self.vals,
            "user_id": user_id,
            "state": "assigned" if user_id else "planned",
            "contact_id": leader.id if leader else False,
            "decision": self.decision,
        }

    def get_touch_vals(self):
        return {name: self.vals[name] for name in TOUCH_FIELDS}

    def get_skip_vals(self):
        return {
            **{name: self.vals[name] for name in SKIP_FIELDS},
            "reason": self.reason,
            "retry_until": self.vals.get("window_end"),
            "decision": self.decision,
        }


class RevisitPlanner(models.AbstractModel):
    """Turns occasions into callbacks, once each, and keeps them true (B8).

    Three steps per policy: insert what is missing, move what was moved, cancel
    or revive what left or came back. Events only poke it; the scheduled action
    is right without any poke. The methods of this model decide record by record
    in Python, for a company that plans through the ORM and as the oracle of
    `revisit.planner.set`, which decides the same in SQL.
    """

    _name = "revisit.planner"
    _description = "Callback Planner"

    # ------------------------------------------------------------
    # ENTRY POINTS
    # ------------------------------------------------------------

    @api.model
    def _poke(self):
        """Wake the planning job soon, once per transaction, at no cost."""
        flags = self.env.cr.precommit.data
        if flags.get("revisit.poke"):
            return
        flags["revisit.poke"] = True
        cron = self.env.ref("revisit_management.ir_cron_plan", raise_if_not_found=False)
        if cron:
            # a future moment needs no notification, and bursts fall together
            at = fields.Datetime.now().replace(second=0) + timedelta(minutes=1)
            cron.sudo()._trigger(at=at)

    @api.model
    def _cron_plan(self, sweep=False):
        """Plan what is due in every company, one transaction each.

        :param sweep: look at everything since each policy's activation, for
            dates that were edited long after the event
        """
        companies, failure = self.env["res.company"]._revisit_all(), None
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for company in companies:
            try:
                self._plan_company_retrying(company, sweep)
            except Exception as error:
                # one company's trouble is not the others'
                self.env.cr.rollback()
                _logger.exception("Planning of %s failed", company.name)
                failure = error
            if not cron._commit_progress(1):
                break
        if failure:
            raise failure

    def _plan_company_retrying(self, company, sweep=False):
        """Plan one company; on a lost race roll back and start from a new snapshot."""
        for attempt in range(1, RETRIES + 1):
            try:
                return self._plan_company(company, sweep)
            except LOST_RACES:
                self.env.cr.rollback()
                if attempt == RETRIES:
                    raise
                _logger.info("Planning of %s lost a race, trying again", company.name)
                # those who work through a long run in slices get out of the way
                time.sleep(random.uniform(0, attempt))

    def _plan_company(self, company, sweep=False, buckets=None):
        """Plan all active policies of one company for their horizon."""
        started_at = fields.Datetime.now()
        planner = self._for_company(company, buckets)
        planner.env["revisit.planner.slot"]._enter(company, buckets)
        policies = planner.env["revisit.policy"].search(
            [("company_id", "=", company.id), ("trigger_id.model_name", "!=", False)]
        )
        policies.trigger_id._check_definition()
        counts, errors = planner._new_counts(), []
        jobs = [
            (policy, *planner._get_horizon(policy, sweep))
            for policy in policies
            if not policy.trigger_broken
        ]
        moved = planner._get_partners_with_several() if sweep else ()
        planner._plan_policies(jobs, counts, errors=errors, moved=moved)
        planner._reassign_absent()
        errors += [
            f"{policy.name}: {policy.trigger_broken}"
            for policy in policies
            if policy.trigger_broken
        ]
        # told with the latest event that this run may have planned
        notices = filter(
            None, (policy._get_workday_notice(until) for policy, _since, until in jobs)
        )
        planner.env["revisit.run"]._log_run(
            company, started_at, counts, errors, notices
        )
        return counts

    @api.model
    def _plan(
        self,
        policies,
        date_from=None,
        date_to=None,
        dry_run=False,
        records=None,
        buckets=None,
        details=None,
        errors=None,
        rows=None,
    ):
        """Plan ``policies`` for a range of events or for given documents.

        :param date_from: UTC datetime, included
        :param date_to: UTC datetime, excluded
        :param records: documents to plan instead of the range
        :param buckets: plan only the customers of these buckets, see ``SHARDS``
        :param details: a list that takes what was decided, see ``_get_details``
        :param errors: see ``_plan_policies``
        :param rows: a list that takes each occasion's decision, see ``_get_rows``
        :return: counts, see :meth:`RevisitPolicy.generate`
        """
        counts = self._new_counts()
        for company in policies.sudo().company_id:
            planner = self._for_company(company, buckets)
            if not dry_run:
                planner.env["revisit.planner.slot"]._enter(company, buckets)
            ours = planner.env["revisit.policy"].browse(policies.ids)
            jobs = [
                (policy, date_from, date_to)
                for policy in ours.filtered(lambda p, c=company: p.company_id == c)
            ]
            planner._plan_policies(
                jobs,
                counts,
                records,
                dry_run,
                errors=errors,
                details=details,
                rows=rows,
            )
        counts["skipped"] = dict(counts["skipped"])
        del counts["new_skips"]
        return counts

    @api.model
    def _redate_policies(self, policies):
        """Let untouched callbacks follow an edited window at the next run."""
        if policies:
            self._poke()

    # ------------------------------------------------------------
    # THE STEPS
    # ------------------------------------------------------------

    def _get_partners_with_several(self):
        """Return ids of the commercial partners with several open callbacks."""
        groups = self.env["revisit.callback"]._read_group(
            [("company_id", "=", self.env.company.id), ("is_open", "=", True)],
            ["commercial_partner_id"],
            having=[("__count", ">", 1)],
        )
        return [partner.id for (partner,) in groups]

    def _plan_policies(
        self,
        jobs,
        counts,
        records=None,
        dry_run=False,
        errors=None,
        details=None,
        moved=(),
        rows=None,
    ):
        """Decide together what the policies of one company ask for.

        All policies are in one batch, because the frequency cap, the contacts
        and the agents' loads are the customer's and the unit's, not a policy's.

        :param jobs: ``[(policy, date_from, date_to)]``
        :param errors: a list that takes the failures of single policies; without
            one, the first failure ends the planning
        :param moved: ids of commercial partners whose open callbacks are combined
        """
        batch, moved, sound = self._new_batch(dry_run), set(moved), []
        for job in jobs:
            # a policy that fails must not leave its figures behind
            own = self._new_counts()
            try:
                with self.env.cr.savepoint():
                    moved |= self._start_policy(batch, *job, own, records, dry_run)
            except LOST_RACES:
                raise
            except Exception as error:
                if errors is None:
                    raise
                _logger.exception("Planning of %s failed", job[0].name)
                errors.append(f"{job[0].name}: {error}")
            else:
                sound.append(job)
                for name, count in own.items():
                    counts[name] += count
        if batch or moved:
            self._decide(batch, moved, dry_run)
            self._count(batch, counts)
            if details is not None:
                details += self._get_details(batch)
            if rows is not None:
                rows += self._get_rows(batch)
            if not dry_run:
                self._store(batch, counts)
            self._close_batch(batch)
        if records is None and not dry_run:
            for job in sound:
                self._record_draws(*job)

    def _start_policy(
        self, batch, policy, date_from, date_to, counts, records, dry_run
    ):
        """Follow the sources of one policy and collect what is missing.

        :return: ids of the commercial partners whose callbacks have moved
        """
        moved = set()
        if policy.model_name and records is None and not self._is_from_scratch():
            moved = self._follow_sources(policy, counts, dry_run)
        self._collect(batch, policy, date_from, date_to, records, counts)
        return moved

    def _decide(self, batch, moved, dry_run=False):
        """Fill in who makes each callback, in which contact, and what is held back."""
        self._combine(batch, moved, dry_run)
        self._hold_back(batch)
        self._assign(batch, dry_run)

    def _new_batch(self, dry_run):
        """Return what takes the candidates of a run; falsy while there are none."""
        return []

    def _close_batch(self, batch):
        """Give back what the batch has taken."""

    def _collect(self, batch, policy, date_from, date_to, records, counts):
        """Add a candidate for each event of one policy that is not planned yet."""
        events = self._get_events(policy, date_from, date_to, records)
        events = [event for event in events if self._is_in_bucket(policy, event)]
        planned = self._get_known_keys(policy, events)
        missing = [e for e in events if (e.source.id, e.occasion) not in planned]
        counts["existing"] += len(events) - len(missing)
        workdays = self._get_workdays(policy, missing)
        units = self._get_dealer_units(policy) if missing else {}
        planner = self.with_context(revisit_dealer_units=marks.Told(units))
        candidates = [planner._prepare_candidate(policy, e, workdays) for e in missing]
        getattr(self, f"_assign_{policy.assignment}")(policy, candidates)
        batch += candidates

    def _count(self, batch, counts):
        for candidate in batch:
            if candidate.reason:
                counts["skipped"][candidate.reason] += 1
            else:
                counts["created"] += 1

    def _get_details(self, batch):
        """Return what a run decides, summed up.

        :return: list of dicts with the ids of policy, unit, agent and dealer, the
            local month (a date) of the end of the window, the reason (None:
            planned), the number of callbacks and of contacts
        """
        sums = {}
        for candidate in batch:
            vals = candidate.vals
            last_day = candidate.get_last_day()
            key = (
                vals["policy_id"],
                vals["team_id"] or None,
                vals.get("user_id") or None,
                vals["dealer_id"] or None,
                last_day and last_day.replace(day=1),
                candidate.reason or None,
            )
            callbacks, contacts = sums.get(key, (0, 0))
            sums[key] = (callbacks + 1, contacts + (not candidate.leader))
        return [dict(zip(DETAILS, (*key, *sums[key]), strict=True)) for key in sums]

    def _get_rows(self, batch):
        """Return what a run decides about each occasion, in the order of the windows.

        :return: list of dicts with the columns ``ROWS``; ``leads`` tells who gets a
            contact of their own
        """
        found = [
            {
                **{name: candidate.vals.get(name) or None for name in ROWS},
                "reason": candidate.reason or None,
                "leads": not candidate.leader,
            }
            for candidate in batch
        ]
        return sorted(found, key=lambda row: str(row["window_end"] or ""))

    def _store(self, batch, counts):
        """Insert the callbacks, touches and left-out occasions of a batch."""
        planned = [candidate for candidate in batch if not candidate.reason]
        leading = [c for c in planned if not isinstance(c.leader, Candidate)]
        following = [c for c in planned if isinstance(c.leader, Candidate)]
        for candidates in (leading, following):
            self._create_callbacks([c for c in candidates if not c.is_touch])
        self._create_touches([c for c in planned if c.is_touch])
        self._store_contacts(batch)
        counts["new_skips"] += self._store_skips(batch)

    def _create_callbacks(self, candidates):
        Callback = self.env["revisit.callback"]
        vals_list = [candidate.get_callback_vals() for candidate in candidates]
        Callback._fill_snapshots(vals_list)
        for start in range(0, len(vals_list), BATCH):
            callbacks = Callback.create(vals_list[start : start + BATCH])
            for candidate, callback in zip(candidates[start:], callbacks, strict=False):
                candidate.callback = callback
            callbacks._callbacks_planned()

    def _create_touches(self, candidates):
        if candidates:
            touches = self.env["revisit.touch"]
            touches.create([candidate.get_touch_vals() for candidate in candidates])
            touches._wake()

    def _store_skips(self, batch):
        """Keep one row per occasion that is left out, with its present reason.

        :return: how many rows are new or tell a new reason
        """
        Skip = self.env["revisit.planning.skip"]
        known = {
            (skip.policy_id.id, skip.source_model, skip.source_id, skip.occasion): skip
            for skip in Skip.search(
                [
                    ("policy_id", "in", list({c.policy.id for c in batch})),
                    ("source_id", "in", [c.vals["source_id"] for c in batch]),
                ]
            )
        }
        created, changed = [], 0
        for candidate in batch:
            skip = known.get(candidate.get_key())
            if not candidate.reason:
                (skip or Skip).unlink()
            elif not skip:
                created.append(candidate.get_skip_vals())
            elif skip.reason != candidate.reason:
                skip.write(candidate.get_skip_vals())
                changed += 1
        Skip.create(created)
        return len(created) + changed

    def _follow_sources(self, policy, counts, dry_run):
        """Re-date, cancel or revive what nobody has touched yet.

        :return: ids of the commercial partners whose callbacks have moved
        """
        callbacks = self.env["revisit.callback"].search(
            Domain("policy_id", "=", policy.id)
            & Domain("source_model", "=", policy.model_name)
            & (
                Domain("state", "in", ("planned", "assigned"))
                | (
                    Domain("state", "=", "cancelled")
                    & Domain("cancel_reason", "=", "source")
                )
            )
            & Domain("attempt_count", "=", 0)
        )
        callbacks = callbacks.filtered(
            lambda c: self._is_bucket_ours(c.commercial_partner_id)
        )
        events = self._get_matching_events(policy, callbacks.mapped("source_id"))
        workdays = self._get_workdays(policy, list(events.values()))
        gone = moved = callbacks.browse()
        for callback in callbacks:
            event = events.get((callback.source_id, callback.occasion))
            partner = event and self._get_partner(policy.trigger_id, event.source)
            if event is None or (partner or callback.partner_id)._revisit_is_banned():
                gone += callback.filtered("is_open")
                continue
            vals = self._prepare_redate(policy, callback, event, workdays)
            if callback.state == "cancelled":
                vals.update(
                    state="assigned" if callback.user_id else "planned",
                    cancel_reason=False,
                )
            is_other = partner and partner != callback.partner_id
            if vals or is_other:
                moved += callback
            if dry_run:
                continue
            if vals:
                callback.write(vals)
            if is_other:
                self._change_customers(policy, callback)
        counts["updated"] += len(moved)
        counts["cancelled"] += len(gone)
        if gone and not dry_run:
            gone.write(
                {"state": "cancelled", "cancel_reason": "source", "contact_id": False}
            )
            gone._hand_over_contacts()
        return set() if dry_run else set(moved.commercial_partner_id.ids)

    def _change_customers(self, policy, callbacks):
        """Let callbacks be about the customer whom their document names now."""
        trigger = policy.trigger_id
        callbacks._hand_over_contacts()
        for callback in callbacks:
            source = self.env[callback.source_model].browse(callback.source_id)
            partner = self._get_partner(trigger, source)
            dealer = self._get_dealer(trigger, source, partner)
            vals = {
                "partner_id": partner.id,
                "dealer_id": dealer.id,
                "team_id": self._get_team(policy, dealer).id,
                "contact_id": False,
            }
            if policy.assignment == "dealer":
                # what one dealer has to do is nothing to another one
                candidate = Candidate(policy, False, {**vals, "responsible_id": False})
                self._assign_dealer(policy, [candidate])
                vals["user_id"] = candidate.vals.get("user_id")
            elif not self._may_keep(callback, dealer):
                vals["user_id"] = False
            callback.write(vals)

    def _may_keep(self, callback, dealer):
        """Return whether an agent may still make what is another dealer's now."""
        user = callback.user_id
        return not user or user._revisit_may_make(
            callback.level, dealer, callback.company_id
        )

    # ------------------------------------------------------------
    # PREPARING ROWS
    # ------------------------------------------------------------

    def _prepare_candidate(self, policy, event, workdays):
        """Return the candidate of one event, with the reason if it is left out."""
        source, trigger = event.source, policy.trigger_id
        partner = self._get_partner(trigger, source)
        dealer = self._get_dealer(trigger, source, partner)
        team = self._get_team(policy, dealer)
        responsible = self._follow(source, trigger.user_path)
        product = self._follow(source, trigger.product_path)
        vals = {
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
        }
        candidate = Candidate(policy, partner.commercial_partner_id.id, vals)
        candidate.decision = event.decision
        try:
            start, end = policy._get_window(event.event_at, workdays)
        except LookupError:
            candidate.reason = "no_workdays"
            return candidate
        vals.update(window_start=start, window_end=end)
        vals["is_late_handover"] = (
            policy.delay_direction == "before" and source.create_date > start
        )
        candidate.reason = event.skip_reason or self._get_skip_reason(
            policy, event, partner
        )
        return candidate

    def _prepare_redate(self, policy, callback, event, workdays):
        """Return the changed window of a callback whose document moved."""
        try:
            start, end = policy._get_window(event.event_at, workdays)
        except LookupError:
            return {}
        wanted = {"event_at": event.event_at, "window_start": start, "window_end": end}
        changed = {name: val for name, val in wanted.items() if callback[name] != val}
        if "window_start" in changed and policy.delay_direction == "before":
            changed["is_late_handover"] = fields.Datetime.now() > start
        return changed

    def _get_skip_reason(self, policy, event, partner):
        """Return why an occasion is left out, or False. Extend per rule."""
        if not partner:
            return "no_customer"
        if partner._revisit_is_banned():
            return "do_not_contact"
        return False

    def _get_channel(self, policy, event, partner, team):
        """Return how the customer is reached: the policy's first line that fits."""
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

        >>> [self._get_position(text) for text in ("", "try:3", "1")]
        [1, 3, 2]
        """
        if occasion.isdigit():
            return int(occasion) + 1
        number = occasion.removeprefix("try:")
        return int(number) if number != occasion else 1

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
        """Return the policy's unit; a dealer's own unit goes first at its level."""
        unit = self._get_unit(policy)
        if policy.level == "dealer" and dealer:
            units = marks.read(self.env, "revisit_dealer_units")
            if units is None:
                units = self._get_dealer_units(policy)
            return unit.browse(units.get(dealer.id)) or unit
        return unit

    def _get_unit(self, policy):
        """Return the policy's unit, or the one that was chosen by hand for this run."""
        team = self.env["revisit.team"].browse(
            marks.read(self.env, "revisit_team_id") or ()
        )
        # no choice carries work into another company
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
        """Follow a dotted path from one record; False where it is empty."""
        for step in (path or "").split("."):
            if not step or not record:
                return False
            record = record[step]
        return record

    # ------------------------------------------------------------
    # TOOLING
    # ------------------------------------------------------------

    def _is_from_scratch(self):
        """Return whether the run decides as if the policies had planned nothing yet."""
        return bool(self._get_replayed_ids())

    def _get_replayed_ids(self):
        """Return the policies whose present callbacks a replay does not count.

        A list that came with a request is none of ours: a run that writes would
        plan past caps and quotas.
        """
        replayed = self.env.context.get("revisit_from_scratch")
        return replayed.ids if isinstance(replayed, Replayed) else []

    def _is_in_bucket(self, policy, event):
        partner = self._get_partner(policy.trigger_id, event.source)
        return self._is_bucket_ours(partner.commercial_partner_id)

    def _is_bucket_ours(self, commercial):
        """Return whether this run decides about a customer."""
        buckets = marks.read(self.env, "revisit_buckets")
        return buckets is None or (commercial.id or 0) % SHARDS in buckets

    def _for_company(self, company, buckets=None):
        """Return a company's planner: superuser, in that company, without messages.

        The set-based planner, unless the company wants every callback to go
        through the ORM's ``create()``, for the sake of its own extensions.
        """
        model = (
            "revisit.planner"
            if company.sudo().revisit_plan_through_orm
            else "revisit.planner.set"
        )
        return (
            self.env[model]
            .sudo()
            .with_company(company)
            .with_context(
                allowed_company_ids=company.ids,
                active_test=True,
                revisit_buckets=marks.Told(buckets),
                # whoever asks may have sent it; what is planned is no import
                revisit_import=False,
                # "today" in a condition is the company's, whoever wakes the planner
                tz=company._revisit_tz(),
                revisit_calendars=Calendars(),
                **QUIET,
            )
        )

    @api.model
    def _new_counts(self):
        return {
            "created": 0,
            "existing": 0,
            "updated": 0,
            "cancelled": 0,
            "skipped": Counter(),
            "new_skips": 0,
        }
