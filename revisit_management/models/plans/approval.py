# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.values import NOTE_SIZE

ADJUSTABLE_STATES = ("draft", "submitted")
# how many names the chatter lists at most
CLOSING_LIMIT = 100


class RevisitPlan(models.Model):
    """Who submits, approves, closes and resets a plan, and what prevents it."""

    _inherit = "revisit.plan"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "team_id", "submitted_by_id")
    @api.depends_context("uid")
    def _compute_may_approve(self):
        for plan in self:
            plan.may_approve = plan.state == "submitted" and not (
                plan._get_approval_obstacle()
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_submit(self):
        """Submit drafts for approval."""
        self._check_state("draft")
        self._check_filled()
        self._step(
            {
                "state": "submitted",
                "submitted_by_id": self.env.uid,
                "submitted_at": fields.Datetime.now(),
            }
        )
        return True

    def action_open_reset(self):
        self.ensure_one()
        self._check_state("submitted")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Back to Draft"),
            "res_model": "revisit.plan.reset",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    def action_reset(self, reason):
        """Set submitted plans back to draft.

        :param reason: text, kept in the chatter
        """
        self._check_state("submitted")
        reason = self.env["revisit.reader"]._read_text(
            self.env._("Reason"), reason, NOTE_SIZE
        )
        if not reason:
            raise UserError(self.env._("Say what has to be changed in the plan."))
        self._step({"state": "draft", "submitted_by_id": False, "submitted_at": False})
        for plan in self:
            plan.message_post(
                body=self.env._("Back to draft: %(reason)s", reason=reason),
                subtype_xmlid="mail.mt_note",
            )
        return True

    def action_approve(self):
        """Approve submitted plans: from then on their callbacks are fixed."""
        self._check_state("submitted")
        self._check_may_approve()
        self._check_filled()
        self._step(
            {
                "state": "approved",
                "approved_by_id": self.env.uid,
                "approved_at": fields.Datetime.now(),
            }
        )
        return True

    def action_close(self):
        """Close approved plans; the chatter lists callbacks that were not made."""
        self._check_state("approved")
        self._check_may_approve(own=True)
        self._step({"state": "closed", "closed_at": fields.Datetime.now()})
        for plan in self:
            plan.message_post(
                body=plan._get_closing_message(), subtype_xmlid="mail.mt_note"
            )
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_state(self, state):
        """Raise unless all plans are in ``state``; the message names their states."""
        for plan in self.filtered(lambda plan: plan.state != state):
            messages = {
                "draft": self.env._(
                    "%(plan)s is still a draft: submit it first.", plan=plan.name
                ),
                "submitted": self.env._(
                    "%(plan)s has been submitted already and waits for its approval.",
                    plan=plan.name,
                ),
                "approved": self.env._(
                    "%(plan)s has been approved already.", plan=plan.name
                ),
                "closed": self.env._(
                    "%(plan)s is closed: nothing of it changes any more.",
                    plan=plan.name,
                ),
            }
            raise UserError(messages[plan.state])

    def _check_adjustable(self):
        fixed = self.filtered(lambda plan: plan.state not in ADJUSTABLE_STATES)
        if fixed:
            raise UserError(
                self.env._(
                    "%(plan)s is approved: its callbacks are fixed. Agents, times and"
                    " channels may still change, and what need not be made can be"
                    " cancelled.",
                    plan=fixed[0].name,
                )
            )

    def _check_filled(self):
        filled = (
            self.env["revisit.callback"]
            .sudo()  # whether one exists, whoever may read it
            ._read_group(
                [("plan_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["plan_id"],
            )
        )
        empty = self.filtered(lambda plan: plan.id not in {p.id for (p,) in filled})
        if empty:
            raise UserError(
                self.env._(
                    "%(plan)s is empty: take in the unit's callbacks first.",
                    plan=empty[0].name,
                )
            )

    def _check_may_approve(self, own=False):
        for plan in self:
            obstacle = plan._get_approval_obstacle(own)
            if obstacle:
                raise AccessError(obstacle)

    def _get_approval_obstacle(self, own=False):
        """Return why the user may not approve the plan, or False.

        :param own: leave out the check that somebody else submitted the plan
        """
        user = self.env.user
        if user.has_group("revisit_management.group_manager"):
            return False
        is_supervisor = user.has_group("revisit_management.group_supervisor")
        if not is_supervisor or not self.team_id.is_overseen:
            return self.env._(
                "Only the manager of the unit, or a callback manager, approves its"
                " plans. Submit the plan and ask them."
            )
        if self.submitted_by_id == user and not own:
            return self.env._(
                "%(plan)s was submitted by yourself: somebody else approves it.",
                plan=self.name,
            )
        return False

    def _get_closing_message(self):
        """Return what was made and what was not, as text for the chatter."""
        self.ensure_one()
        open_callbacks = self.callback_ids.filtered("is_open")
        lines = [
            self.env._(
                "Closed: %(made)s of %(total)s callbacks were made, %(cancelled)s"
                " were cancelled.",
                made=self.done_count,
                total=self.callback_count,
                cancelled=self.cancelled_count,
            )
        ]
        if open_callbacks:
            names = open_callbacks[:CLOSING_LIMIT].mapped("display_name")
            lines.append(self.env._("Not made: %(names)s.", names="; ".join(names)))
        if len(open_callbacks) > CLOSING_LIMIT:
            lines.append(
                self.env._(
                    "And %(count)s more: see the plan's open callbacks.",
                    count=len(open_callbacks) - CLOSING_LIMIT,
                )
            )
        return " ".join(lines)
