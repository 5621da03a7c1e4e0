# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.values import NOTE_SIZE

# what is corrected with a reason, once customers may be called about it
REASONED = {
    "intake_kind",
    "is_anonymous",
    "is_reply_only",
    "is_valuable",
    "partner_id",
}
SUPERVISOR = "revisit_management.group_supervisor"
MANAGER = "revisit_management.group_manager"


class RevisitIssueByHandMixin(models.AbstractModel):
    """Who works on an issue, who decides about it by hand, and what that leaves.

    Colleagues are judged by issues and by the callbacks about them. So only those
    answer and solve an issue for whom that counts; verdicts and cancellations by hand
    are supervisors' steps with a reason; and a callback that is cancelled with them
    says why, and its trace by whom. Callbacks whose window has ended stay as they are.
    """

    _name = "revisit.issue.by.hand.mixin"
    _description = "Issue: Decided by Hand"
    _inherit = ["revisit.settled.mixin"]

    _server_owned = {"cancel_note", "verdict_note"}
    _traced = {"cancel_note", "verdict_note"}

    cancel_note = fields.Text(
        string="Why Cancelled", readonly=True, copy=False, tracking=True
    )
    verdict_note = fields.Text(
        string="Verdict by Hand",
        readonly=True,
        copy=False,
        tracking=True,
        help="How the customer's verdict is known without a callback.",
    )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        before = self._read_decisive(vals)
        result = super().write(vals)
        self._trace_on_callbacks(before)
        return result

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_confirm(self):
        """Button: ask how it is known that the customer agrees."""
        return self._get_reason_dialog("confirm", self.env._("Customer Agrees"))

    def action_open_reject(self):
        """Button: ask how it is known that the customer is not satisfied."""
        return self._get_reason_dialog("reject", self.env._("Not Satisfied"))

    def action_open_cancel(self):
        """Button: ask for the reason before an issue is cancelled."""
        return self._get_reason_dialog("cancel", self.env._("Cancel Issue"))

    def action_cancel(self, reason=None):
        """Cancel issues that are none, and the callbacks that are not late yet.

        :param reason: text, required
        :raise AccessError: the user is not a supervisor
        :raise UserError: no reason, or the issue is overdue or came back already
        """
        self._check_state(("new", "acknowledged", "investigating", "agreed"))
        self._check_may_cancel()
        reason = self._read_step_reason(reason)
        self._step({"state": "cancelled", "cancel_note": reason})
        self._withdraw_callbacks(reason)
        self.env["revisit.planner"]._poke()
        return True

    # ------------------------------------------------------------
    # WHO MAY DO IT
    # ------------------------------------------------------------

    def _check_may_work(self):
        """Refuse to answer or to solve what counts for somebody else.

        :raise AccessError: the user is neither the owner, nor a colleague of the
            department, nor a supervisor
        """
        if self.env.su or self.env.user.has_group(SUPERVISOR):
            return
        for issue in self.sudo():  # who registered it need not see its department
            if issue.owner_id - self.env.user and not issue._is_colleagues():
                raise AccessError(
                    self.env._(
                        "%(issue)s is answered and solved by %(owner)s, a colleague of"
                        " the department, or a supervisor: it counts for them. Tell"
                        " them what you know, or have it given to you.",
                        issue=issue.name,
                        owner=issue.owner_id.name,
                    )
                )

    def _is_colleagues(self):
        """Return whether the issue is the user's department's, and others' (sudo).

        Who has registered an issue for somebody else does not answer in their name.
        """
        self.ensure_one()
        mine = self.env.user.employee_ids
        departments = self.department_id | self.co_department_ids
        return self.create_uid != self.env.user and bool(
            departments & mine.department_id or departments.manager_id & mine
        )

    def _check_may_judge(self):
        """Refuse the verdict of who worked on the issue, or is no supervisor.

        :raise AccessError: the customer's verdict comes by a callback, or by another
        """
        if self.env.su or self.env.user.has_group(MANAGER):
            return
        is_supervisor = self.env.user.has_group(SUPERVISOR)
        for issue in self:
            if not is_supervisor:
                raise AccessError(
                    self.env._(
                        "%(issue)s: the customer says in a callback whether it is"
                        " solved. Only supervisors record that by hand, with a reason:"
                        " ask yours.",
                        issue=issue.name,
                    )
                )
            if self.env.user in issue.owner_id | issue.resolved_by_id:
                raise AccessError(
                    self.env._(
                        "%(issue)s is your own, or solved by you: another supervisor"
                        " or a callback manager records the customer's verdict.",
                        issue=issue.name,
                    )
                )

    def _check_may_cancel(self):
        """Refuse to take an issue out of what is counted.

        :raise AccessError: the user is not a supervisor
        :raise UserError: the issue was late, or came back, before
        """
        if not self.env.user.has_group(SUPERVISOR):
            raise AccessError(
                self.env._(
                    "Only supervisors cancel issues. Solve it, or tell yours why it is"
                    " none."
                )
            )
        for issue in self if not self.env.su else self.browse():
            if issue._is_settled():
                raise UserError(
                    self.env._(
                        "%(issue)s is overdue or was not solved to the customer's"
                        " satisfaction: that counts, so it is not cancelled any more."
                        " Solve it, and say in its result why it was none.",
                        issue=issue.name,
                    )
                )

    def _read_step_reason(self, reason):
        """Return the reason of a step, as it came from outside.

        :raise UserError: there is none
        """
        reader = self.env["revisit.reader"]
        reason = reader._read_text(self.env._("Reason"), reason, NOTE_SIZE)
        if not (reason or "").strip() and not self.env.su:
            raise UserError(
                self.env._(
                    "%(issue)s: say why, or how you know it. The reason is kept with"
                    " your name.",
                    issue=self[:1].name or "",
                )
            )
        return (reason or "").strip() or False

    def _get_reason_dialog(self, step, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "revisit.issue.reason",
            "view_mode": "form",
            "target": "new",
            "context": {"default_issue_id": self.id, "default_step": step},
        }

    # ------------------------------------------------------------
    # THE CALLBACKS ABOUT IT
    # ------------------------------------------------------------

    def _get_settled_names(self, policy):
        """Leave owner, product and dealer free: they change with the daily work."""
        return self.env["revisit.planner"]._get_deciding_fields(policy)

    def _read_settled(self):
        """Let supervisors, too, correct facts by a step with a reason only."""
        if self.env.su or not self._is_supervisor():
            return super()._read_settled()
        planner, settled = self.env["revisit.planner"], {}
        for callback in self._get_following():
            if callback.window_start <= fields.Datetime.now():
                issue = self.sudo().browse(callback.source_id)  # compared only
                names = REASONED & planner._get_deciding_fields(callback.policy_id)
                values = {name: issue[name] for name in names}
                settled.setdefault(issue, {}).update(values)
        return settled

    def _refuse_settled(self, names):
        if not self.env.user.has_group(SUPERVISOR):
            return super()._refuse_settled(names)
        labels = [self._fields[name]._description_string(self.env) for name in names]
        raise UserError(
            self.env._(
                "%(issue)s: a callback about it is due, and %(fields)s may cancel it"
                " or move it. Use “Correct Registration”, which asks for the reason.",
                issue=self.name,
                fields=", ".join(sorted(labels)),
            )
        )

    def _get_following(self):
        """Return the callbacks (sudo) that the planner still lets follow the issues."""
        planner = self.env["revisit.planner"]
        # they may be another unit's
        callbacks = (
            self.env["revisit.callback"]
            .sudo()
            .search(
                [
                    ("source_model", "=", self._name),
                    ("source_id", "in", self.ids),
                    ("state", "in", ("planned", "assigned")),
                    ("attempt_count", "=", 0),
                ]
            )
        )
        return callbacks.filtered(
            lambda c: (
                c.policy_id.model_name == self._name
                and not planner._has_settled(c.policy_id, c)
            )
        )

    def _read_decisive(self, vals):
        """Return {callback: {field: old value}} of what a change may move or cancel.

        Steps tell their callbacks themselves.
        """
        names = set(vals) & self._get_traced() - self._get_server_owned()
        if not names:
            return {}
        planner, before = self.env["revisit.planner"], {}
        for callback in self._get_following():
            decisive = names & planner._get_deciding_fields(callback.policy_id)
            issue = self.sudo().browse(callback.source_id)  # values are traced only
            if decisive:
                before[callback] = {name: issue[name] for name in decisive}
        return before

    def _trace_on_callbacks(self, before):
        """Show on callbacks who has changed what they rest on."""
        rows = []
        for callback, values in before.items():
            issue = self.sudo().browse(callback.source_id)  # values are traced only
            rows += [
                {
                    **issue._prepare_trace(name, old, issue[name]),
                    "res_model": callback._name,
                    "res_id": callback.id,
                    "company_id": callback.company_id.id,
                    "part": issue.name,
                }
                for name, old in values.items()
                if issue[name] != old
            ]
        self._create_traces(rows)

    def _withdraw_callbacks(self, reason):
        """Cancel what is no longer asked for, after a step with a reason.

        Only what nobody has begun and what is not late yet; the planner would cancel
        the same, but could not say who has decided it, and why.
        """
        following = self._get_following()
        gone = following.browse()
        for policy, callbacks in following.grouped("policy_id").items():
            planner = self.env["revisit.planner"]
            gone |= planner._get_withdrawn(policy, callbacks)
        for issue_id, callbacks in gone.grouped("source_id").items():
            issue = self.browse(issue_id)
            callbacks._withdraw(
                self.env._(
                    "%(user)s, on the issue %(issue)s: %(reason)s",
                    user=self.env.user.name,
                    issue=issue.name,
                    reason=reason or "-",
                )
            )
