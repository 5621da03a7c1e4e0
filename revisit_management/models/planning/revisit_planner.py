# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
import random
import time
from collections import Counter
from datetime import timedelta

from odoo import api, fields, models

from ...tools import marks
from ...tools.marks import PLANNING
from ...tools.planning import (
    DETAILS,
    LOST_RACES,
    QUIET,
    ROWS,
    SHARDS,
    Pair,
    PlanningRun,
    Recurrence,
)
from ...tools.workdays import Calendars

_logger = logging.getLogger(__name__)

RETRIES = 5


class RevisitPlanner(models.AbstractModel):
    """Creates callbacks for occasions, one each, and keeps them up to date.

    Three steps per policy: insert what is missing, move what was moved, cancel
    or revive what left or came back. Events only wake it earlier: the scheduled
    action finds everything without them, too. The methods of this model decide
    record by record in Python, for companies that plan through the ORM and as the
    reference for `revisit.planner.set`, which decides the same in SQL.
    """

    _name = "revisit.planner"
    _description = "Callback Planner"

    # ------------------------------------------------------------
    # ENTRY POINTS
    # ------------------------------------------------------------

    @api.model
    def _poke(self):
        """Trigger the planning job soon, once per transaction, at hardly any cost."""
        flags = self.env.cr.precommit.data
        if flags.get("revisit.poke"):
            return
        flags["revisit.poke"] = True
        cron = self.env.ref("revisit_management.ir_cron_plan", raise_if_not_found=False)
        if cron:
            # a moment in the future needs no notification, and joins several triggers
            at = fields.Datetime.now().replace(second=0) + timedelta(minutes=1)
            cron.sudo()._trigger(at=at)

    @api.model
    def _cron_plan(self, sweep=False):
        """Plan what is due in every company, in one transaction each.

        :param sweep: look at everything since the activation of each policy, for
            dates that were edited long after the event
        """
        companies, failure = self.env["res.company"]._revisit_all(), None
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for company in companies:
            try:
                self._plan_company_retrying(company, sweep)
            except Exception as error:
                # go on with the other companies; raise at the end
                self.env.cr.rollback()
                _logger.exception("Planning of %s failed", company.name)
                failure = error
            if not cron._commit_progress(1):
                break
        if failure:
            raise failure

    def _plan_company_retrying(self, company, sweep=False):
        """Plan one company; after a serialization failure, retry on a new snapshot."""
        for attempt in range(1, RETRIES + 1):
            try:
                return self._plan_company(company, sweep)
            except LOST_RACES:
                self.env.cr.rollback()
                if attempt == RETRIES:
                    raise
                _logger.info("Planning of %s lost a race, trying again", company.name)
                # wait at random for processes that work through a long run in slices
                time.sleep(random.uniform(0, attempt))

    def _plan_company(self, company, sweep=False, buckets=None):
        """Plan all active policies of one company for their horizon.

        :param sweep: see :meth:`_cron_plan`
        :param buckets: plan only these shards of the customers; None: all
        :return: counts, see ``PlanningRun``
        """
        started_at = fields.Datetime.now()
        run = PlanningRun(buckets=buckets, is_lenient=True)
        planner = self._for_company(company, run)
        planner.env["revisit.planner.slot"]._enter(company, buckets)
        policies = planner.env["revisit.policy"].search(
            [("company_id", "=", company.id), ("trigger_id.model_name", "!=", False)]
        )
        policies.trigger_id._check_definition()
        broken = policies.filtered("trigger_broken")
        jobs = [
            (policy, *planner._get_horizon(policy, sweep))
            for policy in policies - broken
        ]
        moved = planner._get_partners_with_several() if sweep else ()
        planner._plan_policies(jobs, moved)
        planner._reassign_absent()
        run.errors += [f"{policy.name}: {policy.trigger_broken}" for policy in broken]
        # notices about the working days up to the latest event of this run
        notices = filter(
            None, (policy._get_workday_notice(until) for policy, _since, until in jobs)
        )
        planner.env["revisit.run"]._log_run(
            company, started_at, run.counts, run.errors, notices
        )
        return run.counts

    @api.model
    def _plan(self, policies, date_from=None, date_to=None, run=None):
        """Plan ``policies`` for a range of events or for given documents.

        :param date_from: UTC datetime, included
        :param date_to: UTC datetime, excluded
        :param run: a :class:`PlanningRun` with options, which collects the results
        :return: the run
        """
        run = run or PlanningRun()
        for company in policies.sudo().company_id:  # the caller has checked them
            planner = self._for_company(company, run)
            if not run.dry_run:
                planner.env["revisit.planner.slot"]._enter(company, run.buckets)
            ours = planner.env["revisit.policy"].browse(policies.ids)
            planner._plan_policies(
                [
                    (policy, date_from, date_to)
                    for policy in ours
                    if policy.company_id == company
                ]
            )
        return run

    @api.model
    def _redate_policies(self, policies):
        """Let untouched callbacks follow an edited window at the next run."""
        if policies:
            self._poke()

    # ------------------------------------------------------------
    # THE STEPS
    # ------------------------------------------------------------

    def _get_partners_with_several(self):
        """Return the ids of commercial partners with several open callbacks."""
        groups = self.env["revisit.callback"]._read_group(
            [("company_id", "=", self.env.company.id), ("is_open", "=", True)],
            ["commercial_partner_id"],
            having=[("__count", ">", 1)],
        )
        return [partner.id for (partner,) in groups]

    def _plan_policies(self, jobs, moved=()):
        """Plan what the policies of one company ask for, all in one batch.

        All policies are in one batch, because the frequency cap and the contacts belong
        to the customer and the agents' loads to the unit, not to one policy.

        :param jobs: ``[(policy, date_from, date_to)]``
        :param moved: ids of commercial partners whose open callbacks are combined
        """
        run, batch, moved, sound = self._get_run(), self._new_batch(), set(moved), []
        for job in jobs:
            found = self._try_policy(batch, *job)
            if found is not None:
                sound.append(job)
                moved |= found
        if batch or moved:
            self._decide(batch, moved)
            self._count(batch)
            self._keep_decisions(batch)
            if not run.dry_run:
                self._store(batch)
                self.env["revisit.callback"]._ask_in_company(self.env.company)
            self._close_batch(batch)
        if run.records is None and not run.dry_run:
            for job in sound:
                self._record_draws(*job)

    def _try_policy(self, batch, policy, date_from, date_to):
        """Start a policy; if it fails, neither its rows nor its counts remain.

        :return: ids of the commercial partners whose callbacks have moved, or None
        """
        run = self._get_run()
        kept = {**run.counts, "skipped": Counter(run.counts["skipped"])}
        try:
            with self.env.cr.savepoint():
                return self._start_policy(batch, policy, date_from, date_to)
        except LOST_RACES:
            raise
        except Exception as error:
            if not run.is_lenient:
                raise
            _logger.exception("Planning of %s failed", policy.name)
            run.counts = kept
            run.errors.append(f"{policy.name}: {error}")
        return None

    def _start_policy(self, batch, policy, date_from, date_to):
        """Update callbacks to their documents and collect what is missing.

        :return: ids of the commercial partners whose callbacks have moved
        """
        moved, run = set(), self._get_run()
        if policy.model_name and run.records is None and not run.replayed:
            moved = self._follow_sources(policy)
        self._collect(batch, policy, date_from, date_to)
        return moved

    def _decide(self, batch, moved):
        """Decide on agent and contact of each callback, and what is held back."""
        self._combine(batch, moved)
        self._hold_back(batch)
        self._assign(batch)

    def _new_batch(self):
        """Return an empty batch; false in a condition until candidates are added."""
        return []

    def _close_batch(self, batch):
        """Release the resources of the batch."""

    def _collect(self, batch, policy, date_from, date_to):
        """Add a candidate for each event of one policy that is not planned yet."""
        run = self._get_run()
        events = self._get_events(policy, date_from, date_to, run.records)
        events = [event for event in events if self._is_in_bucket(policy, event)]
        planned = self._get_known_keys(policy, events)
        missing = [e for e in events if (e.source.id, e.occasion) not in planned]
        run.counts["existing"] += len(events) - len(missing)
        workdays = self._get_workdays(policy, missing)
        if missing:
            run.dealer_units[policy.id] = self._get_dealer_units(policy)
        candidates = [self._prepare_candidate(policy, e, workdays) for e in missing]
        self._exclude_doers(policy, candidates)
        assign = self._get_assignments()[policy.assignment].plain
        getattr(self, assign)(policy, candidates)
        batch += candidates

    def _count(self, batch):
        counts = self._get_run().counts
        for candidate in batch:
            if candidate.reason:
                counts["skipped"][candidate.reason] += 1
            else:
                counts["created"] += 1

    def _keep_decisions(self, batch):
        """Store details and rows on the run, as far as ``run.keeps`` asks for them."""
        run = self._get_run()
        if "details" in run.keeps:
            run.details += self._get_details(batch)
        if "rows" in run.keeps:
            run.rows += self._get_rows(batch)

    def _get_details(self, batch):
        """Return a summary of what a run decides.

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

        :return: list of dicts with the columns ``ROWS``; ``leads`` says whether it is
            a contact of its own
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

    # ------------------------------------------------------------
    # EXTENSION POINTS
    # ------------------------------------------------------------

    @api.model
    def _get_assignments(self):
        """Return {value of a policy's ``assignment``: :class:`Pair`}. Extend it.

        - plain ``(policy, candidates)``: set ``vals["user_id"]`` of the candidates
        - sql ``(policy)``: return the SQL of the user's id, over the columns that
          ``_get_reached_sql`` lists
        """
        return {
            "none": Pair("_assign_none", "_get_none_sql"),
            "responsible": Pair("_assign_responsible", "_get_responsible_sql"),
            "dealer": Pair("_assign_dealer", "_get_dealer_sql"),
            "agent": Pair("_assign_agent", "_get_agent_sql"),
            # the unit distributes these when all candidates are known, see _assign
            "round_robin": Pair("_assign_none", "_get_none_sql"),
            "least_loaded": Pair("_assign_none", "_get_none_sql"),
        }

    @api.model
    def _get_skip_rules(self):
        """Return {reason: :class:`Pair`}; the first that applies counts. Extend it.

        The reason is one of ``revisit.planning.skip``.

        - plain ``(policy, event, partner)``: return whether the occasion is left out
        - sql ``(policy)``: return the condition, over the columns that
          ``_get_reached_sql`` lists
        """
        return {
            "no_customer": Pair("_has_no_customer", "_get_no_customer_sql"),
            "do_not_contact": Pair("_is_unwanted", "_get_unwanted_sql"),
        }

    @api.model
    def _get_recurrences(self):
        """Return {value of a policy's ``recurrence``: :class:`Recurrence`}. Extend it.

        - events ``(policy, date_from, date_to, records)``: return the ``Event`` list
        - matching ``(policy, events)``: return the events that still count
        - join ``(policy, query, date_from, date_to, records)``: join what is due to the
          query of the documents, under the alias ``DUE``; False: their own event
        - follow ``(policy, query)``: the same for what was planned before
        - explain, of ``revisit.policy``, ``(document, event_at, since, until)``: return
          why nothing is planned now, or False
        """
        return {
            name: Recurrence(
                events=f"_get_events_{name}",
                matching=f"_get_matching_{name}",
                join=name != "event" and f"_join_{name}",
                follow=name != "event" and f"_join_following_{name}",
                explain=f"_why_not_now_{name}",
            )
            for name in ("event", "rolling", "calendar", "sample")
        }

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _get_run(self):
        """Return the run that this planner works on.

        Only our own code can put a run into the context: a client that could send one
        could plan past caps and quotas.
        """
        return marks.read(self.env, "revisit_run") or PlanningRun()

    def _is_from_scratch(self):
        """Return whether to decide as if the policies had planned nothing yet."""
        return bool(self._get_run().replayed)

    def _is_in_bucket(self, policy, event):
        partner = self._get_partner(policy.trigger_id, event.source)
        return self._is_bucket_ours(partner.commercial_partner_id)

    def _is_bucket_ours(self, commercial):
        """Return whether this run plans for the customer."""
        buckets = self._get_run().buckets
        return buckets is None or (commercial.id or 0) % SHARDS in buckets

    def _for_company(self, company, run=None):
        """Return a company's planner: superuser, in that company, without messages.

        This is the set-based planner, unless the company wants every callback to be
        created by the ORM's ``create()``, for the sake of its own extensions.
        """
        model = (
            "revisit.planner"
            # the company's setting counts, whoever starts the planner
            if company.sudo().revisit_plan_through_orm
            else "revisit.planner.set"
        )
        return (
            self.env[model]
            .sudo()  # see above: whoever starts the planner
            .with_company(company)
            .with_context(
                allowed_company_ids=company.ids,
                active_test=True,
                revisit_run=marks.Told(run or PlanningRun()),
                # a client may have sent this key, but planning is never an import
                revisit_import=False,
                # "today" in a condition is the company's, whoever starts the planner
                tz=company._revisit_tz(),
                revisit_calendars=Calendars(),
                # assigning in the planner does not reassign the rest of a contact
                revisit_planning=PLANNING,
                **QUIET,
            )
        )
