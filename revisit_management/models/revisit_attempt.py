# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

OUTCOMES = [
    ("reached", "Reached"),
    ("no_answer", "No Answer"),
    ("busy", "Busy"),
    ("wrong_number", "Wrong Number"),
    ("refused", "Refused"),
    ("rescheduled", "Rescheduled"),
]


class RevisitAttempt(models.Model):
    """One try at reaching the customer; part of the callback's proof (C3)."""

    _name = "revisit.attempt"
    _description = "Callback Attempt"
    _inherit = ["revisit.locked.mixin", "revisit.protected.mixin"]
    _order = "at desc, id desc"
    _rec_name = "outcome"

    _lock_parent = "callback_id"

    _server_owned = {"company_id"}

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="callback_id.company_id", store=True, precompute=True, index=True
    )
    at = fields.Datetime(string="Time", required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Made By",
        required=True,
        default=lambda self: self.env.uid,
        ondelete="restrict",
    )
    outcome = fields.Selection(selection=OUTCOMES, required=True)
    duration = fields.Integer(string="Duration (s)")
    note = fields.Char()
    next_at = fields.Datetime(string="Call Again")
    recording = fields.Binary(
        attachment=True, groups="revisit_management.group_recording"
    )

    _duration_bounded = models.Constraint(
        "CHECK(duration BETWEEN 0 AND 86400)",
        "A call lasts between 0 seconds and a day. Give its duration in seconds.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self._may_correct():
            # whoever calls logs it themselves, and at once
            now = fields.Datetime.now()
            vals_list = [{**v, "at": now, "user_id": self.env.uid} for v in vals_list]
        attempts = super().create(vals_list)
        attempts.callback_id._check_not_own()
        for attempt in attempts:
            if not attempt.callback_id.is_open:
                raise UserError(
                    self.env._(
                        "%(callback)s is finished: no further attempt can be logged.",
                        callback=attempt.callback_id.display_name,
                    )
                )
        attempts.callback_id.sudo().filtered(
            lambda callback: callback.state != "in_progress"
        ).write({"state": "in_progress"})
        for attempt in attempts.filtered(lambda a: not a.callback_id.user_id):
            # who calls from the unit's queue takes the callback
            attempt.callback_id.sudo().user_id = attempt.user_id
        for attempt in attempts.filtered("next_at"):
            attempt.callback_id.next_attempt_at = attempt.next_at
        return attempts

    def write(self, vals):
        free = {"note", "next_at"}
        if not any(attempt.sudo().recording for attempt in self):
            # a recording may come later, but once it is there it stays
            free.add("recording")
        self._check_kept(set(vals) - free)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        self._check_kept({"outcome"})

    def _check_kept(self, names):
        """Attempts are proof: whoever made them does not change them afterwards."""
        if names and not self._may_correct():
            raise AccessError(
                self.env._(
                    "A logged attempt is proof and stays as it is. Log another one, or"
                    " ask your supervisor to correct it."
                )
            )

    def _may_correct(self):
        return self.env.su or self.env.user.has_group(
            "revisit_management.group_supervisor"
        )
