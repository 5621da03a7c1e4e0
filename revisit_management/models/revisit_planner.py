# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
from collections import Counter
from datetime import timedelta

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import api, fields, models
from odoo.fields import Domain

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

    def _plan_company(self, company, sweep=False):
        """Plan all active policies of one company for their horizon."""
        started_at = fields.Datetime.now()
        planner = self._for_company(company)
        planner.env["revisit.planner.slot"]._enter(company)
        policies = planner.env["revisit.policy"].search(
            [("company_id", "=", company.id), ("trigger_id.model_name", "!=", False)]
        )
        policies.trigger_id._check_definition()
        counts, errors = planner._new_counts(), []
        for policy in policies.filtered(lambda policy: not policy.trigger_broken):
            # a policy that fails must not leave its figures behind
            own = planner._new_counts()
            try:
                with self.env.cr.savepoint():
                    since, until = planner._get_horizon(policy, sweep)
                    planner._plan_policy(policy, own, since, until)
            except LOST_RACES:
                raise
            except Exception as error:
                _logger.exception("Planning of %s failed", policy.name)
                errors.append(f"{policy.name}: {error}")
            else:
                for name, count in own.items():
                    counts[name] += count
        errors += [
            f"{policy.name}: {policy.trigger_broken}"
            for policy in policies
            if policy.trigger_broken
        ]
        planner.env["revisit.run"]._log_run(company, started_at, counts, errors)
        return counts

    @api.model
    def _plan(
        self, policies, date_from=None, date_to=None, dry_run=False, records=None
    ):
        """Plan ``policies`` for a range of events or for given documents.

        :param date_from: UTC datetime, included
        :param date_to: UTC datetime, excluded
        :param records: documents to plan instead of the range
        :return: counts, see :meth:`RevisitPolicy.generate`
        """
        counts = self._new_counts()
        for company in policies.sudo().company_id:
            planner = self._for_company(company)
            if not dry_run:
                planner.env["revisit.planner.slot"]._enter(company)
            ours = planner.env["revisit.policy"].browse(policies.ids)
            for policy in ours.filtered(lambda p, c=company: p.company_id == c):
                planner._plan_policy(
                    policy, counts, date_from, date_to, records, dry_run=dry_run
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
    # ONE POLICY
    # ------------------------------------------------------------

    def _plan_policy(
        self, policy, counts, date_from, date_to, records=None, dry_run=False
    ):
        """Run the three steps of one policy and add up ``counts``."""
        events = self._get_events(policy, date_from, date_to, records)
        self._insert_missing(policy, events, counts, dry_run)
        if policy.model_name and records is None:
            self._follow_sources(policy, counts, dry_run)

    def _insert_missing(self, policy, events, counts, dry_run):
        planned = self._get_known_keys(policy, events)
        missing = [e for e in events if (e.source.id, e.occasion) not in planned]
        counts["existing"] += len(events) - len(missing)
        workdays = self._get_workdays(policy, missing)
        vals_list, skip_list = [], []
        for event in missing:
            vals = self._prepare_callback(policy, event, workdays)
            reason = vals.pop("skip_reason", None)
            if reason:
                counts["skipped"][reason] += 1
                skip_list.append(self._prepare_skip(vals, reason))
            else:
                vals_list.append(vals)
        counts["created"] += len(vals_list)
        if dry_run:
            return
        self._assign(policy, vals_list)
        Callback = self.env["revisit.callback"]
        for start in range(0, len(vals_list), BATCH):
            Callback.create(vals_list[start : start + BATCH])._callbacks_planned()
        counts["new_skips"] += self._store_skips(policy, skip_list, vals_list)

    def _store_skips(self, policy, skip_list, vals_list):
        """Keep one row per occasion that is left out, with its present reason.

        :param skip_list: values of what is left out now
        :param vals_list: values of what has been planned instead
        :return: how many rows are new or tell a new reason
        """
        Skip = self.env["revisit.planning.skip"]
        decided = skip_list + vals_list
        known = {
            (skip.source_id, skip.occasion): skip
            for skip in Skip.search(
                [
                    ("policy_id", "=", policy.id),
                    ("source_id", "in", [vals["source_id"] for vals in decided]),
                ]
            )
        }
        created, changed = [], 0
        for vals in skip_list:
            skip = known.get((vals["source_id"], vals["occasion"]))
            if not skip:
                created.append(vals)
            elif skip.reason != vals["reason"]:
                skip.write(vals)
                changed += 1
        Skip.create(created)
        keys = {(vals["source_id"], vals["occasion"]) for vals in vals_list}
        Skip.union(*(known[key] for key in keys & set(known))).unlink()
        return len(created) + changed

    def _follow_sources(self, policy, counts, dry_run):
        """Re-date, cancel or revive what nobody has touched yet."""
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
        events = self._get_matching_events(policy, callbacks.mapped("source_id"))
        workdays = self._get_workdays(policy, list(events.values()))
        gone = callbacks.browse()
        for callback in callbacks:
            event = events.get((callback.source_id, callback.occasion))
            if event is None or callback.partner_id._revisit_is_banned():
                gone += callback.filtered("is_open")
                continue
            vals = self._prepare_redate(policy, callback, event, workdays)
            if callback.state == "cancelled":
                vals.update(
                    state="assigned" if callback.user_id else "planned",
                    cancel_reason=False,
                )
            if vals:
                counts["updated"] += 1
                if not dry_run:
                    callback.write(vals)
        counts["cancelled"] += len(gone)
        if gone and not dry_run:
            gone.write({"state": "cancelled", "cancel_reason": "source"})
            gone._hand_over_contacts()

    # ------------------------------------------------------------
    # PREPARING ROWS
    # ------------------------------------------------------------

    def _prepare_callback(self, policy, event, workdays):
        """Return callback values; ``skip_reason`` says why there is none."""
        source, trigger = event.source, policy.trigger_id
        partner = self._get_partner(trigger, source)
        dealer = self._get_dealer(trigger, source, partner)
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
            "channel": policy.channel,
            "service_step": policy.service_step,
            "script_id": policy.script_id.id,
            "team_id": self._get_team(policy, dealer).id,
            "dealer_id": dealer.id,
            "product_id": product.id if product else False,
            "responsible_id": responsible.id if responsible else False,
        }
        try:
            start, end = policy._get_window(event.event_at, workdays)
        except LookupError:
            return {**vals, "skip_reason": "no_workdays"}
        vals.update(window_start=start, window_end=end)
        reason = self._get_skip_reason(policy, event, partner)
        return {**vals, "skip_reason": reason} if reason else vals

    def _prepare_skip(self, vals, reason):
        names = (
            "company_id",
            "policy_id",
            "source_model",
            "source_id",
            "source_name",
            "occasion",
            "partner_id",
            "event_at",
        )
        return {
            **{name: vals[name] for name in names},
            "reason": reason,
            "retry_until": vals.get("window_end"),
        }

    def _prepare_redate(self, policy, callback, event, workdays):
        """Return the changed window of a callback whose document moved."""
        try:
            start, end = policy._get_window(event.event_at, workdays)
        except LookupError:
            return {}
        wanted = {"event_at": event.event_at, "window_start": start, "window_end": end}
        return {name: val for name, val in wanted.items() if callback[name] != val}

    def _get_skip_reason(self, policy, event, partner):
        """Return why an occasion is left out, or False. Extend per rule."""
        if not partner:
            return "no_customer"
        if partner._revisit_is_banned():
            return "do_not_contact"
        return False

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
        if policy.level == "dealer" and dealer:
            team = self.env["revisit.team"].search(
                [
                    ("dealer_id", "=", dealer.id),
                    ("company_id", "=", policy.company_id.id),
                ],
                limit=1,
            )
            return team or policy.team_id
        return policy.team_id

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

    def _for_company(self, company):
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
            .with_context(allowed_company_ids=company.ids, active_test=True, **QUIET)
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
