# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .revisit_callback import DONE_STATES

ACTIVITY = "revisit_management.activity_type_callback_signature"


class RevisitCallback(models.Model):
    """A visit that was made, and whose signature has to be given again.

    Until then nobody reviews it: what proves the conversation is missing.
    """

    _inherit = "revisit.callback"

    awaits_signature = fields.Boolean(compute="_compute_awaits_signature")

    @api.depends(
        "state",
        "result",
        "channel",
        "contact_id.signature",
        "follower_ids.signature",
        "signature",
        "signature_refused",
        "feedback",
        "policy_id.signature_rule",
    )
    @api.depends_context("uid")
    def _compute_awaits_signature(self):
        for callback in self:
            callback.awaits_signature = bool(
                callback._may_have_signed()
                and callback.sudo()._get_conversations()[0]._get_unsigned()
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_sign(self):
        self.ensure_one()
        self._check_awaits_signature()
        return self._get_dialog("revisit.callback.sign", self.env._("Sign"))

    def action_sign(self, signature):
        """Store the signature that a callback that was made lacks.

        It counts for the whole contact.

        :param signature: base64 of a PNG or JPEG picture
        :raise AccessError: neither who made the callback nor a supervisor
        :raise UserError: the callback is reviewed, or needs no signature
        :raise ValidationError: nothing is drawn on the picture
        """
        self.ensure_one()
        self.check_access("write")
        self._check_awaits_signature()
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "signature")
        signature = reader._read_file(label, signature)
        self._check_ink(signature)
        conversation = self._get_conversations()[0]
        conversation._write_signature(
            {"signature": signature, "signature_refused": False}
        )
        # the task is the agent's, and a supervisor may settle it, too
        conversation.sudo().activity_unlink([ACTIVITY])
        self.sudo().message_post(
            body=self.env._("Signed again."), subtype_xmlid="mail.mt_note"
        )
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _may_have_signed(self):
        """Return whether the user may enter the signature of a made callback."""
        self.ensure_one()
        if self.state != "done":
            return False
        is_supervisor = self.env.user.has_group("revisit_management.group_supervisor")
        return is_supervisor or self.made_by_id == self.env.user

    def _check_awaits_signature(self):
        self._check_locked()
        if self.state == "done" and not self._may_have_signed():
            raise AccessError(
                self.env._(
                    "%(callback)s was made by somebody else: they, or a supervisor,"
                    " have it signed.",
                    callback=self.display_name,
                )
            )
        if not self.awaits_signature:
            raise UserError(
                self.env._(
                    "%(callback)s needs no signature now. Sign it when you finish it,"
                    " or ask your supervisor to have it signed again.",
                    callback=self.display_name,
                )
            )

    def _get_conversations(self):
        """Return a list of the contacts of ``self``, each with all that was made."""
        leaders = self.sudo()._get_leaders()
        followers = self.sudo().search(
            [("contact_id", "in", leaders.ids), ("state", "!=", "cancelled")],
            order="window_end, id",
        )
        everything = (leaders | followers).with_env(self.env)
        return list(everything.grouped(lambda c: c.sudo()._get_leaders()).values())

    def _get_unsigned(self):
        """Return who of one contact asks for a signature that is not there."""
        made = self.sudo().filtered(
            lambda c: (
                c.state in DONE_STATES and c.result == "reached" and not c.is_imported
            )
        )
        asking = made._get_evidence_rules().get("signature", self.browse())
        if asking and made._get_missing_signature(None):
            return made._find_strictest(asking)
        return self.browse()

    def _ask_for_signature(self, reason):
        """Ask who made the callback to have it signed, where a rule demands it."""
        asking = self._get_unsigned()
        if not asking:
            return
        user = asking.made_by_id
        if (
            not user
            or user.share
            or not user._revisit_may_make(asking.level, asking.dealer_id)
        ):
            # who cannot be given the task: a dealer's user, or who left
            user = self.env.user
        # whoever has it signed again need not be able to give tasks
        asking.activity_schedule(ACTIVITY, note=reason, user_id=user.id)

    def _check_signed(self):
        """Refuse to review what is still to be signed.

        :raise UserError: names the callback whose rule is the strictest
        """
        for conversation in self._get_conversations():
            asking = conversation._get_unsigned()
            if asking:
                raise UserError(
                    self.env._(
                        "%(callback)s lacks the customer's signature, so it cannot be"
                        " reviewed yet. Have it signed with the button Sign.",
                        callback=asking._get_row_name(),
                    )
                )
