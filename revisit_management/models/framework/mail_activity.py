# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import ormcache

from ..callbacks.revisit_helped_mixin import ACTIVITY_TYPE
from ..results.promise import ACTIVITY as PROMISE_TYPE

MODULE = "revisit_management"

# models for internal users only; callbacks may be a dealer's work
INTERNAL_MODELS = (
    "revisit.analysis",
    "revisit.issue",
    "revisit.plan",
    "revisit.team",
    "revisit.policy",
    "revisit.result",
)


class MailActivity(models.Model):
    """Refuses activities for users who may not see the record.

    Odoo would notify them of the record all the same. And it lets whoever may write a
    record do, move or delete the tasks on it, so that an agent could take the
    reviewer's: tasks that our steps give belong to whom they are given to.

    =========================  =======================================================
    tasks of our types         done, rescheduled, reassigned, deleted by
    =========================  =======================================================
    help with a callback       supervisors alone
    all others                 whom they are given to, supervisors
    =========================  =======================================================

    Only our steps give them, and supervisors: whoever gets one may rely on it.
    """

    _inherit = "mail.activity"

    # ------------------------------------------------------------
    # WHOSE TASKS THEY ARE
    # ------------------------------------------------------------

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if operation not in ("write", "unlink"):
            return result
        others = self._revisit_get_others_tasks()
        if not others:
            return result
        if result:
            return result[0] | others, result[1]
        return others, others._revisit_refuse_task

    def _revisit_get_others_tasks(self):
        """Return the tasks that our steps have given to somebody else than the user."""
        if not self or self.env.user._revisit_oversees():
            return self.browse()
        kinds = self._revisit_get_given_types()
        # compared only, whoever may read them
        return self.filtered(
            lambda activity: (
                activity.sudo().activity_type_id.id in kinds
                and activity.sudo().user_id != self.env.user  # see above
            )
        )

    @api.model
    @ormcache()
    def _revisit_get_given_types(self):
        """Return the ids of the types of tasks that our steps give, a frozenset.

        Extend it for an add-on whose steps give tasks of its own types.
        """
        rows = self.env["ir.model.data"].sudo()  # technical, the same for everybody
        types = rows.search(
            [("model", "=", "mail.activity.type"), ("module", "=", MODULE)]
        )
        return frozenset(types.mapped("res_id"))

    def _revisit_get_given(self):
        """Return what a task is, and on which record."""
        task = self.sudo()  # compared only, whoever may read it
        return task.activity_type_id.id, task.res_model, task.res_id

    def _revisit_check_given(self):
        """Refuse tasks of our types that no step of ours has given.

        :raise AccessError: the user is no supervisor
        """
        if self.env.su or not self or self.env.user._revisit_oversees():
            return
        kinds = self._revisit_get_given_types()
        # compared only, whoever may read them
        forged = self.sudo().filtered(lambda task: task.activity_type_id.id in kinds)
        if forged:
            raise AccessError(
                self.env._(
                    "The task %(task)s is given by its own step alone, or by a"
                    " supervisor. Choose another type, such as a to-do.",
                    task=forged[0].activity_type_id.name,
                )
            )

    def _revisit_refuse_task(self):
        """Return the error that says whose task the first one is."""
        task = self[0].sudo()  # who has it is told, nothing else
        return AccessError(
            self.env._(
                "The task %(task)s is %(user)s's: they deal with it, or a supervisor."
                " Tell them what you know.",
                task=task.activity_type_id.name,
                user=task.user_id.name or self.env._("nobody"),
            )
        )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        activities._revisit_check_given()
        return activities

    def write(self, vals):
        before = {task: task._revisit_get_given() for task in self}
        result = super().write(vals)
        changed = self.filtered(lambda task: before[task] != task._revisit_get_given())
        changed._revisit_check_given()
        if {"res_id", "res_model", "res_model_id"} & set(vals) and not self.env.su:
            self._revisit_check_moved()
        return result

    def _action_done(self, feedback=False, attachment_ids=None):
        helping = self.filtered(lambda activity: activity._is_revisit_help())
        if helping and not self.env.su and not self.env.user._revisit_oversees():
            raise AccessError(
                self.env._("Only supervisors answer what an agent asks of them.")
            )
        callbacks = self.env["revisit.callback"].browse(helping.mapped("res_id"))
        promised = self._get_revisit_promises()
        if not self.env.su:
            promised.exists()._check_task_done(feedback)
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        # who was asked answers, whoever may write the callback
        for callback in callbacks.sudo().exists().filtered("is_open"):
            callback._keep_help(feedback)
        # whoever does the task has given the answer, which was theirs
        promised.sudo().exists()._keep_answer(feedback)
        return result

    def _get_revisit_promises(self):
        """Return the promised answers whose tasks these are."""
        kind = self.env.ref(PROMISE_TYPE, raise_if_not_found=False)
        tasks = self.filtered(
            lambda activity: (
                activity.res_model == "revisit.result"
                and activity.activity_type_id == kind
            )
        )
        return self.env["revisit.result"].browse(tasks.mapped("res_id"))

    def _is_revisit_help(self):
        """Return whether an agent asks for help in it."""
        kind = self.env.ref(ACTIVITY_TYPE, raise_if_not_found=False)
        return self.res_model == "revisit.callback" and self.activity_type_id == kind

    def _revisit_check_moved(self):
        """Refuse to move an activity to a record that the user may not change."""
        for activity in self:
            name = activity.res_model or ""
            if activity.res_id and name.startswith("revisit.") and name in self.env:
                records = self.env[name].browse(activity.res_id)
                records.check_access("write")

    @api.constrains("user_id", "res_model_id", "res_id")
    def _check_revisit_entitled(self):
        for activity in self.filtered("user_id"):
            if not activity._is_revisit_entitled():
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot be given a task on %(record)s, which they may"
                        " not see. Choose a colleague.",
                        user=activity.user_id.name,
                        record=activity.res_name,
                    )
                )

    def _is_revisit_entitled(self):
        """Return whether the assigned user may know about the record."""
        self.ensure_one()
        user = self.user_id.sudo()  # whoever plans it need not see the user's groups
        if str(self.res_model).startswith("revisit."):
            # the record's company counts, whoever may read it
            record = self.env[self.res_model].sudo().browse(self.res_id)
            if "company_id" in record and not user._revisit_works_in(record.company_id):
                return False
        if self.res_model == "revisit.callback":
            # the callback's dealer counts, whoever may read it
            callback = self.env[self.res_model].sudo().browse(self.res_id)
            if self._is_revisit_help() and not user._revisit_oversees():
                return False
            return user._revisit_may_make(callback.level, callback.dealer_id)
        return self.res_model not in INTERNAL_MODELS or not user.share
