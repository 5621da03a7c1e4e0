# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ...tools.tasks import heard
from ...tools.terms import DONE_STATES
from ...tools.values import NOTE_SIZE

ACTIVITY_TYPE = "revisit_management.activity_type_callback_chain"


class RevisitChainedMixin(models.AbstractModel):
    """A second, third … callback about one matter, until it is settled.

    Each is a callback of its own, with the window, channel and agent that the policy
    has for its position (``revisit.policy.step``), and counts on its own; what came
    before is not changed. Whoever has made one asks for the next with the reason, or
    the customer says that nothing is settled. Where the positions are used up, or the
    customer may not be called so often, whoever manages the unit gets the task.
    """

    _name = "revisit.chained.mixin"
    _description = "Chain of Callbacks About One Matter"

    _server_owned = {"chain_id", "chain_position", "chain_reason"}

    chain_id = fields.Many2one(
        comodel_name="revisit.callback",
        string="First of the Chain",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        groups="revisit_management.group_agent",
        help="The first callback about the matter. Empty: this is the first one.",
    )
    chain_position = fields.Integer(
        string="No. in Chain",
        readonly=True,
        copy=False,
        aggregator=None,
        groups="revisit_management.group_agent",
        help="2: the second callback about the matter. 0: the first, or the only one.",
    )
    chain_reason = fields.Text(
        string="Why Again",
        readonly=True,
        copy=False,
        groups="revisit_management.group_agent",
    )
    chain_count = fields.Integer(
        string="Callbacks About This",
        compute="_compute_chain_count",
        groups="revisit_management.group_agent",
    )
    chain_text = fields.Char(
        string="Before This One",
        compute="_compute_chain_text",
        compute_sudo=True,
        groups="revisit_management.group_agent",
    )
    chain_next_text = fields.Char(
        string="The Next One",
        compute="_compute_chain_next_text",
        compute_sudo=True,
        groups="revisit_management.group_agent",
        help="When, how and by whom the next callback about this would be made.",
    )
    may_chain = fields.Boolean(
        string="May Be Called Again About",
        compute="_compute_may_chain",
        groups="revisit_management.group_agent",
    )

    _next_unique = models.UniqueIndex(
        "(previous_id) WHERE previous_id IS NOT NULL",
        "The next callback about this is planned already.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("chain_id", "previous_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_chain_count(self):
        firsts = self.mapped(lambda c: c.chain_id or c._origin)
        counts = dict(
            self.env["revisit.callback"]._read_group(
                [("chain_id", "in", firsts.ids)], ["chain_id"], ["__count"]
            )
        )
        for callback in self:
            count = counts.get(callback.chain_id or callback._origin, 0)
            callback.chain_count = count and count + 1

    @api.depends("chain_position", "previous_id")
    @api.depends_context("lang", "tz")
    def _compute_chain_text(self):
        results = dict(
            self.env["revisit.callback"]
            ._fields["result"]
            ._description_selection(self.env)
        )
        for callback in self:
            last = callback.previous_id
            if not last:
                callback.chain_text = False
                continue
            said = last.feedback or results.get(last.result, "")
            callback.chain_text = self.env._(
                "Callback no. %(number)s about this; last time, on %(moment)s by"
                " %(user)s: %(said)s",
                number=callback.chain_position or 2,
                moment=last._format_time(last.done_at) if last.done_at else "–",
                user=(last.made_by_id or last.user_id).name or "–",
                said=said or "–",
            )

    @api.depends("chain_position", "policy_id.step_ids")
    @api.depends_context("lang")
    def _compute_chain_next_text(self):
        now = fields.Datetime.now()
        for callback in self:
            callback.chain_next_text = callback._get_chain_next_text(now)

    @api.depends("state", "made_by_id", "policy_id.step_ids")
    @api.depends_context("uid")
    def _compute_may_chain(self):
        followed = self._get_followed()
        for callback in self:
            callback.may_chain = (
                callback.state in DONE_STATES
                and callback not in followed
                # whether the policy has steps, whoever may read it
                and bool(callback.sudo()._get_steps())
                and callback._may_ask_again()
                and not callback._waits_for_solution()
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_chain(self):
        """Button: list the callbacks about this matter, the first one first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        first = self.chain_id or self
        return {
            **action,
            "name": self.env._("Callbacks About This"),
            "domain": list(self._get_chain_domain(first)),
            "context": {"active_test": False},
        }

    def action_open_call_about(self):
        """Button: ask why the customer is to be called again about the matter."""
        self.ensure_one()
        self._check_may_chain()
        return self._get_dialog(
            "revisit.reason",
            self.env._("Call Again About This"),
            default_step="chain",
        )

    def action_call_about(self, reason):
        """Plan the next callback about a matter that is not settled.

        :param reason: text, required
        :return: an action that says what has come of it
        :raise AccessError: the user has not made it, and is no supervisor
        :raise UserError: no reason, not finished, no rule for it, or planned already
        """
        self.ensure_one()
        self._check_may_chain()
        return self._get_chain_notice(self._continue_chain(self._read_why(reason)))

    # ------------------------------------------------------------
    # WHO MAY, AND WHEN
    # ------------------------------------------------------------

    @api.model
    def _get_chain_domain(self, first):
        return Domain("id", "in", first.ids) | Domain("chain_id", "in", first.ids)

    def _get_steps(self):
        """Return the steps of the policy (sudo), none where it plans nothing more."""
        self.ensure_one()
        policy = self.policy_id
        return policy.step_ids if policy.active else policy.step_ids.browse()

    def _get_followed(self):
        """Return those that have a next one already, also a cancelled one."""
        # whether there is one, whoever may read it
        rows = self.sudo().with_context(active_test=False)
        found = rows.search([("previous_id", "in", self.ids)])
        return self.browse(found.previous_id.ids)

    def _find_next(self):
        """Return the next callback about the matter (sudo), or none."""
        # there is at most one, whoever may read it
        rows = self.sudo().with_context(active_test=False)
        return rows.search([("previous_id", "=", self.id)], limit=1)

    def _may_ask_again(self):
        """Return whether the user has made it, or oversees who has."""
        self.ensure_one()
        if self.env.su:
            return True
        is_maker = self.made_by_id == self.env.user
        group = "supervisor" if not is_maker else "agent"
        return self.env.user.has_group(f"revisit_management.group_{group}")

    def _waits_for_solution(self):
        """Return whether its issue was reopened: the next one follows the solution."""
        self.ensure_one()
        return self.source_model == "revisit.issue" and self.customer_confirmed == "no"

    def _check_may_chain(self):
        self.check_access("read")
        if self.state not in DONE_STATES:
            raise UserError(
                self.env._(
                    "%(callback)s is not finished: record its result first, or choose"
                    " Call Again for another try.",
                    callback=self.display_name,
                )
            )
        if not self._may_ask_again():
            raise AccessError(
                self.env._(
                    "Whoever has made a callback says that it has to go on, or their"
                    " supervisor. Tell one of them."
                )
            )
        # the rules hold, whoever may read the policy
        if not self.sudo()._get_steps():
            raise UserError(
                self.env._(
                    "%(policy)s has no rule for a second callback about a matter. A"
                    " callback manager adds it on the policy, under Later Callbacks.",
                    policy=self.sudo().policy_id.name,  # its name stands on the form
                )
            )
        if self._waits_for_solution():
            raise UserError(
                self.env._(
                    "%(callback)s: its issue was reopened, and the customer is called"
                    " when it is solved again.",
                    callback=self.display_name,
                )
            )
        self._check_not_followed()

    def _check_not_followed(self):
        known = self._find_next()
        if known.state == "cancelled":
            raise UserError(
                self.env._(
                    "The next callback about this was planned, and cancelled. Reopen"
                    " it: %(callback)s.",
                    callback=known.display_name,
                )
            )
        if known:
            raise UserError(
                self.env._(
                    "The next callback about this is planned already, until"
                    " %(moment)s: %(callback)s.",
                    moment=known._format_time(known.deadline),
                    callback=known.display_name,
                )
            )
        if self._find_chain_task():
            raise UserError(
                self.env._(
                    "%(callback)s: the unit's manager has this as a task already.",
                    callback=self.display_name,
                )
            )

    def _read_why(self, reason):
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "chain_reason")
        reason = (reader._read_text(label, reason, NOTE_SIZE) or "").strip()
        if not reason:
            raise UserError(self.env._("Say what is not settled yet."))
        return reason

    # ------------------------------------------------------------
    # GOING ON
    # ------------------------------------------------------------

    def _chain_talk(self, again):
        """Go on with matters of a talk that the user has just finished.

        :param again: ``{callback id: why}``, of the conversation; what a browser sends
        """
        if not again:
            return
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "chain_reason")
        # one conversation, whoever may read which part of it
        talks = self.sudo()._get_conversations()
        for callback in self.sudo().union(*talks):
            why = again.get(str(callback.id), again.get(callback.id))
            if why is None or why is False:
                continue
            reason = callback._read_why(reader._read_text(label, why, NOTE_SIZE))
            if known := callback._find_next():
                # the customer's answer has planned it already
                known.write({"chain_reason": reason})
                continue
            callback.with_env(self.env)._check_may_chain()
            callback._continue_chain(reason)

    def _chain_unsettled(self):
        """Go on because the customer says so; return whether the policy has a rule."""
        self.ensure_one()
        if not self._get_steps():
            return False
        if not self._find_next() and not self._find_chain_task():
            self._continue_chain(
                self.env._("The customer says that the matter is not settled.")
            )
        return True

    def _continue_chain(self, reason, moment=None):
        """Plan the next callback, or give the matter to whoever manages the unit.

        :param reason: why again; the right was checked
        :param moment: see ``_plan_in_chain`` of the planner
        :return: the new callback (sudo), empty if there is none, and in words why not
        """
        known = self.sudo()  # a step of the system, see above
        step = known._get_step(known._get_chain_position() + 1)
        if not step:
            text = self.env._("All callbacks that the policy has for it were made.")
            known._escalate_chain(reason, text)
            return known.browse(), text
        candidate = self.env["revisit.planner"]._plan_in_chain(
            known, step, reason, moment
        )
        if candidate.reason:
            text = known._get_left_out_text(candidate)
            if candidate.reason != "do_not_contact":
                known._escalate_chain(reason, text)
            return known.browse(), text
        callback = candidate.callback.with_env(known.env)
        callback._note_batch(
            self.env._(
                "%(user)s asked for it, about the same matter as %(callback)s:"
                " %(reason)s",
                user=self.env.user.name,
                callback=known.display_name,
                reason=reason,
            )
        )
        if callback.user_id != self.env.user:
            callback._tell_agents()
        return callback, ""

    def _get_chain_position(self):
        """Return the position of a callback (sudo) in its chain, from 1."""
        self.ensure_one()
        if self.chain_position:
            return self.chain_position
        counts = self.policy_id.trigger_id.occasion_field
        planner = self.env["revisit.planner"]
        return planner._get_position(self.occasion) if counts else 1

    def _get_step(self, position):
        """Return the policy's step of a position, or none if they are used up."""
        return self._get_steps().filtered(lambda step: step.position == position)

    def _get_left_out_text(self, candidate):
        """Return why the planner has left the next one out, in words."""
        skips = self.env["revisit.planning.skip"]
        names = ("policy_id", "source_model", "source_id", "occasion")
        key = zip(names, candidate.get_key(), strict=True)
        skip = skips.search([(name, "=", value) for name, value in key], limit=1)
        return skip.reason_text or candidate.reason

    # ------------------------------------------------------------
    # THE SUPERVISOR'S TASK
    # ------------------------------------------------------------

    def _find_chain_task(self):
        # the task may be a colleague's
        return heard(self.sudo()).activity_search([ACTIVITY_TYPE])

    def _escalate_chain(self, reason, text):
        """Give whoever manages the unit (sudo) the task to settle the matter."""
        managers = self._get_managers()
        heard(self).activity_schedule(
            ACTIVITY_TYPE,
            date_deadline=self.company_id._revisit_today(),
            summary=reason.splitlines()[0][:100],
            note=plaintext2html(f"{text}\n{reason}"),
            user_id=(managers[:1] or self.user_id or self.env.user).id,
        )

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _get_chain_next_text(self, now):
        """Return when, how and by whom the next one is made (sudo), or False."""
        if not self._get_steps():
            return False
        position = self._get_chain_position() + 1
        step = self._get_step(position)
        if not step:
            return self.env._(
                "All callbacks that the policy has for it are used up: whoever manages"
                " the unit gets it as a task."
            )
        rules = dict(step._fields["agent_rule"]._description_selection(self.env))
        channels = dict(step._fields["channel"]._description_selection(self.env))
        try:
            start, end = step._get_step_window(now)
        except LookupError:
            return False
        return self.env._(
            "Callback no. %(number)s, from %(start)s to %(end)s: %(channel)s,"
            " %(agent)s.",
            number=position,
            start=self._format_time(start),
            end=self._format_time(end),
            channel=channels.get(step.channel)
            or self.env._("the channel of the policy"),
            agent=rules[step.agent_rule],
        )

    def _get_chain_notice(self, outcome):
        """Return an action that tells the user what has come of it."""
        callback, text = outcome
        if callback:
            text = self.env._(
                "Planned, from %(start)s to %(end)s.",
                start=callback._format_time(callback.window_start),
                end=callback._format_time(callback.deadline),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if callback else "warning",
                "title": self.env._("Call Again About This")
                if callback
                else self.env._("Not Planned"),
                "message": text,
                "sticky": not callback,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
