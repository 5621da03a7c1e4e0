# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.planning import CHAINED, SHARDS, Candidate, Event, PlanningRun

# what the next callback takes over from the one before
TAKEN_OVER = (
    "company_id",
    "dealer_id",
    "partner_id",
    "policy_id",
    "product_id",
    "responsible_id",
    "team_id",
)
COPIED = ("level", "source_id", "source_model", "source_name", "subjects")


class RevisitPlanner(models.AbstractModel):
    """Plans the next callback about a matter that is not settled, and links chains.

    One callback at a time, while somebody waits for it: record by record, whatever the
    company's setting, but with the limits, bans and contacts of every other callback.
    Where a document itself asks again (a reopened issue), its callbacks are linked.
    """

    _inherit = "revisit.planner"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # THE NEXT ONE
    # ------------------------------------------------------------

    @api.model
    def _plan_in_chain(self, previous, step, reason, moment=None):
        """Plan the callback that follows another one.

        :param previous: a callback that was made (sudo)
        :param step: the ``revisit.policy.step`` of its position
        :param reason: why again, in words
        :param moment: when it was asked for, naive UTC; by default now
        :return: the :class:`Candidate`: with its ``callback``, or the ``reason`` why it
            is left out, which is then listed under Left Out
        """
        company = previous.company_id
        run = PlanningRun(buckets=[previous.commercial_partner_id.id % SHARDS])
        planner = self._for_company(company, run)
        # budget and contacts of the customer are decided by one planner at a time
        planner.env["revisit.planner.slot"]._enter(company, run.buckets)
        plain = planner.env["revisit.planner"]
        candidate = plain._prepare_chained(
            previous.with_env(plain.env),
            step.with_env(plain.env),
            moment or fields.Datetime.now(),
        )
        candidate.vals["chain_reason"] = reason
        plain._decide([candidate], set())
        plain._store([candidate])
        return candidate

    def _prepare_chained(self, previous, step, moment):
        """Return the candidate, with the reason if it is left out."""
        policy, partner = previous.policy_id, previous.partner_id
        first = previous.chain_id or previous
        occasion = f"{CHAINED}{step.position}:{first.id}"
        event = Event(self._get_chained_source(previous), moment, occasion)
        candidate = Candidate(
            policy,
            previous.commercial_partner_id.id,
            {
                **{name: previous[name].id for name in TAKEN_OVER},
                **{name: previous[name] for name in COPIED},
                "rulebook_id": policy.rulebook_id.id,
                "rulebook_version": policy.rulebook_id.version,
                "occasion": occasion,
                "event_at": moment,
                "kind": policy.kind,
                "channel": step.channel
                or self._get_chained_channel(previous, event, step),
                "service_step": policy.service_step,
                "script_id": policy.script_id.id,
                "previous_id": previous.id,
                "chain_id": first.id,
                "chain_position": step.position,
            },
        )
        try:
            start, end = step._get_step_window(moment)
        except LookupError:
            candidate.reason = "no_workdays"
            return candidate
        candidate.vals.update(window_start=start, window_end=end)
        candidate.reason = self._get_skip_reason(policy, event, partner)
        if not candidate.reason:
            self._exclude_doers(policy, [candidate])
            self._give_chained(candidate, previous, step)
        return candidate

    def _get_chained_source(self, previous):
        """Return the document of a chain, or an empty recordset if it is gone."""
        model = previous.source_model
        if model not in self.env:
            return previous.browse()
        return self.env[model].browse(previous.source_id).exists()

    def _get_chained_channel(self, previous, event, step):
        """Return the channel that the policy has for a position."""
        policy = previous.policy_id
        if event.source and event.source._name == policy.model_name:
            return self._get_channel(
                policy, event, previous.partner_id, previous.team_id
            )
        for line in policy.channel_ids:
            # conditions are on documents of the policy's own kind
            if (
                not line.is_choice
                and line.position_from <= step.position
                and line.domain in (False, "", "[]")
                and line.team_id in (previous.team_id, line.team_id.browse())
            ):
                return line.channel
        return policy.channel

    def _give_chained(self, candidate, previous, step):
        """Assign the callback to whom its step names, if they may make it."""
        maker = previous.made_by_id or previous.user_id
        if step.agent_rule == "same":
            self._give_to(candidate, maker.id, maker.filtered("active").ids)
            return
        if step.agent_rule == "supervisor":
            leading = previous._get_managers()[:1]
            self._give_to(candidate, leading.id, leading.ids)
            return
        candidate.excluded = (*candidate.excluded, *maker.ids)
        colleagues = previous.team_id._get_colleagues(previous.level) - maker
        loads = self._get_loads(colleagues.ids)
        for user_id in sorted(loads, key=lambda user_id: (loads[user_id], user_id)):
            self._give_to(candidate, user_id, colleagues.ids)
            if candidate.vals.get("user_id"):
                break

    # ------------------------------------------------------------
    # LINKS
    # ------------------------------------------------------------

    def _get_repeated(self, batch):
        """Return the ids of the new callbacks whose documents count their turns."""
        return [
            candidate.callback.id
            for candidate in batch
            if candidate.callback and candidate.policy.trigger_id.occasion_field
        ]

    def _link_repeats(self, ids):
        """Link callbacks whose documents have asked again to the ones before.

        :param ids: new callbacks of policies whose documents count their turns
        """
        if not ids:
            return
        callbacks = self.env["revisit.callback"].browse(ids)
        callbacks.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE revisit_callback callback
                   SET previous_id = link.previous_id, chain_id = link.chain_id,
                       chain_position = link.position
                  FROM (SELECT DISTINCT ON (next.id) next.id,
                               before.id AS previous_id,
                               COALESCE(before.chain_id, before.id) AS chain_id,
                               COALESCE(before.chain_position, 1) + 1 AS position
                          FROM revisit_callback next
                          JOIN revisit_callback before
                            ON before.policy_id = next.policy_id
                           AND before.source_model = next.source_model
                           AND before.source_id = next.source_id
                           AND before.id != next.id
                         WHERE next.id = ANY(%s) AND next.occasion ~ '^[0-9]+$'
                           AND before.state IN ('done', 'reviewed')
                           AND NOT EXISTS (
                               SELECT 1 FROM revisit_callback other
                                WHERE other.previous_id = before.id)
                      ORDER BY next.id, before.done_at DESC, before.id DESC) link
                 WHERE callback.id = link.id AND callback.previous_id IS NULL
                """,
                ids,
            )
        )
        callbacks.invalidate_recordset(["chain_id", "chain_position", "previous_id"])
