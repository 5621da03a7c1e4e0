# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import windows
from .revisit_callback import DONE_STATES


class RevisitCallback(models.Model):
    """The next date that an agent agrees with a customer (B3)."""

    _inherit = "revisit.callback"

    next_due_on = fields.Date(
        string="Next Callback On",
        copy=False,
        help="When the customer should be called again, as agreed at the end of this"
        " callback. Empty: as the policy says.",
    )
    is_periodic = fields.Boolean(compute="_compute_is_periodic")

    @api.depends("policy_id.recurrence")
    def _compute_is_periodic(self):
        followers = self.sudo()._get_followers().grouped("contact_id")
        for callback in self:
            contact = callback.sudo() | followers.get(callback.sudo(), self.browse())
            callback.is_periodic = bool(contact._filter_periodic())

    def _filter_periodic(self):
        return self.filtered(
            lambda callback: callback.policy_id.recurrence == "rolling"
        )

    @api.constrains("next_due_on")
    def _check_next_due_on(self):
        for callback in self.filtered("next_due_on"):
            made = callback.done_at or fields.Datetime.now()
            tz = callback.company_id.sudo()._revisit_tz()
            if callback.next_due_on <= windows.local_date(made, tz):
                raise ValidationError(
                    self.env._(
                        "%(callback)s: the next callback comes after this one. Choose"
                        " a later day, or leave it empty.",
                        callback=callback.display_name,
                    )
                )

    def _get_protected(self, vals):
        protected = super()._get_protected(vals)
        if (
            "next_due_on" in vals
            and any(callback.state in DONE_STATES for callback in self)
            and not self.env.user.has_group("revisit_management.group_supervisor")
        ):
            protected |= {"next_due_on"}
        return protected

    def action_done(self, result=None, done_at=None, **measures):
        """See the base method.

        :param measures: also ``next_due_on``, the agreed date of the next callback,
            for periodic policies
        """
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "next_due_on")
        next_due_on = reader._read_date(label, measures.pop("next_due_on", None))
        if next_due_on:
            self._check_is_open()
            self.check_access("write")
            self._agree_next(next_due_on)
        return super().action_done(result=result, done_at=done_at, **measures)

    def _agree_next(self, next_due_on):
        """Note the agreed date on the periodic callbacks of the contacts."""
        contact = self.sudo() | self.sudo()._get_followers()
        periodic = contact._filter_periodic()
        if not periodic:
            raise UserError(
                self.env._(
                    "Only callbacks that come back some months after the last one have"
                    " a next date. Leave it empty."
                )
            )
        periodic.write({"next_due_on": next_due_on})
