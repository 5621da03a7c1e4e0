# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import AccessError, ValidationError

from ..callbacks.revisit_helped_mixin import ACTIVITY_TYPE

# models for internal users only; callbacks may be a dealer's work
INTERNAL_MODELS = ("revisit.issue", "revisit.plan", "revisit.team", "revisit.policy")


class MailActivity(models.Model):
    """Refuses activities for users who may not see the record.

    Odoo would notify them of the record all the same.
    """

    _inherit = "mail.activity"

    def write(self, vals):
        result = super().write(vals)
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
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        # who was asked answers, whoever may write the callback
        for callback in callbacks.sudo().exists().filtered("is_open"):
            callback._keep_help(feedback)
        return result

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
