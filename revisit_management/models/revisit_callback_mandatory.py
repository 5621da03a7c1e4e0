# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.exceptions import UserError


class RevisitCallback(models.Model):
    """A callback that the rules demand is not cancelled without a reason."""

    _inherit = "revisit.callback"

    is_mandatory = fields.Boolean(related="policy_id.is_mandatory")
    cancel_note = fields.Text(
        string="Why Cancelled", readonly=True, copy=False, tracking=True
    )

    def action_open_cancel(self):
        """Ask for the reason before callbacks are cancelled."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel Callback"),
            "res_model": "revisit.callback.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_callback_ids": self.ids},
        }

    def action_reopen(self):
        result = super().action_reopen()
        # the note belongs to the cancellation, and its tracking keeps it
        self.sudo().filtered("is_open").cancel_note = False
        return result

    def _get_cancel_note(self, reason):
        """Return the reason of a cancellation, or False.

        :raise UserError: one is mandatory, and no reason is given
        """
        note = reason.strip() if isinstance(reason, str) else ""
        mandatory = self.filtered("is_mandatory")
        if mandatory and not note and not self.env.su:
            raise UserError(
                self.env._(
                    "%(callback)s is mandatory: say why it is cancelled.",
                    callback=mandatory[0].display_name,
                )
            )
        return note or False
