# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.fields import Domain

from ....tools.planning import (
    BATCH,
    Candidate,
)


class RevisitPlanner(models.AbstractModel):
    """Writes new decisions, and keeps earlier callbacks up to date."""

    _inherit = "revisit.planner"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # THE STEPS
    # ------------------------------------------------------------

    def _store(self, batch):
        """Insert the callbacks, touches and left-out occasions of a batch."""
        planned = [candidate for candidate in batch if not candidate.reason]
        leading = [c for c in planned if not isinstance(c.leader, Candidate)]
        following = [c for c in planned if isinstance(c.leader, Candidate)]
        for candidates in (leading, following):
            self._create_callbacks([c for c in candidates if not c.is_touch])
        self._create_touches([c for c in planned if c.is_touch])
        self._store_contacts(batch)
        self._link_repeats(self._get_repeated(planned))
        self._get_run().counts["new_skips"] += self._store_skips(batch)

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
        """Store one row per occasion that is left out, with its present reason.

        :return: how many rows are new or have another reason
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

    def _follow_sources(self, policy):
        """Move, cancel or revive callbacks that nobody has begun yet.

        :return: ids of the commercial partners whose callbacks have moved
        """
        callbacks = self._get_untouched(policy)
        events = self._get_matching_events(policy, callbacks.mapped("source_id"))
        workdays = self._get_workdays(policy, list(events.values()))
        run, moved = self._get_run(), callbacks.browse()
        settled = callbacks.filtered(lambda c: self._has_settled(policy, c))
        # their documents no longer count, but the customers' refusals do
        gone = settled.filtered("is_open")
        gone = gone.filtered(lambda c: c.partner_id._revisit_is_banned())
        for callback in callbacks - settled:
            event = events.get((callback.source_id, callback.occasion))
            partner = event and self._get_partner(policy.trigger_id, event.source)
            if event is None or (partner or callback.partner_id)._revisit_is_banned():
                gone += callback.filtered("is_open")
                continue
            vals = {
                **self._prepare_redate(policy, callback, event, workdays),
                **self._prepare_revival(callback),
            }
            is_other = partner and partner != callback.partner_id
            if vals or is_other:
                moved += callback
            if run.dry_run:
                continue
            if vals:
                callback.write(vals)
            if is_other:
                self._change_customers(policy, callback)
        run.counts["updated"] += len(moved)
        run.counts["cancelled"] += len(gone)
        if gone and not run.dry_run:
            gone.write(
                {"state": "cancelled", "cancel_reason": "source", "contact_id": False}
            )
            gone._hand_over_contacts()
        return set() if run.dry_run else set(moved.commercial_partner_id.ids)

    def _prepare_revival(self, callback):
        """Return what takes back the cancellation of a callback, if it has one."""
        if callback.state != "cancelled":
            return {}
        state = "assigned" if callback.user_id else "planned"
        return {"state": state, "cancel_reason": False, "cancel_note": False}

    def _get_untouched(self, policy):
        """Return the callbacks that follow their documents."""
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
        return callbacks.filtered(
            lambda c: self._is_bucket_ours(c.commercial_partner_id)
        )

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
                # another dealer's callback needs another agent
                candidate = Candidate(policy, False, {**vals, "responsible_id": False})
                self._assign_dealer(policy, [candidate])
                vals["user_id"] = candidate.vals.get("user_id")
            elif not self._may_keep(callback, dealer):
                vals["user_id"] = False
            callback.write(vals)

    def _may_keep(self, callback, dealer):
        """Return whether the agent may still make a callback of another dealer."""
        user = callback.user_id
        return not user or user._revisit_may_make(
            callback.level, dealer, callback.company_id
        )
