# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import ValidationError

# what only colleagues work on; callbacks may be a dealer's
INTERNAL_MODELS = ("revisit.issue", "revisit.plan", "revisit.team", "revisit.policy")


class MailActivity(models.Model):
    """Odoo tells whoever is given a task, also of what they may not see."""

    _inherit = "mail.activity"

    def write(self, vals):
        result = super().write(vals)
        if {"res_id", "res_model", "res_model_id"} & set(vals) and not self.env.su:
            self._revisit_check_moved()
        return result

    def _revisit_check_moved(self):
        """Refuse to move a task to a record of ours that the user may not change."""
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
        """Return whether the assigned user may know of the record."""
        self.ensure_one()
        user = self.user_id.sudo()
        if str(self.res_model).startswith("revisit."):
            record = self.env[self.res_model].sudo().browse(self.res_id)
            if "company_id" in record and not user._revisit_works_in(record.company_id):
                return False
        if self.res_model == "revisit.callback":
            callback = self.env[self.res_model].sudo().browse(self.res_id)
            return user._revisit_may_make(callback.level, callback.dealer_id)
        return self.res_model not in INTERNAL_MODELS or not user.share
