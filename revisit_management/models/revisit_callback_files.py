# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.values import NOTE_SIZE
from .revisit_callback import DONE_STATES


class RevisitCallback(models.Model):
    """What proves that a callback was made: its signature and files (C4).

    A signature that was saved stays. Only a supervisor has it taken again, with a
    reason, and the one before is kept as a file.
    """

    _inherit = "revisit.callback"

    _server_owned = {"sealed_files"}

    sealed_files = fields.Json(
        readonly=True,
        copy=False,
        help="The files that belonged to the callback when it was reviewed.",
    )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        if "signature" in vals:
            self._check_signature_kept(vals["signature"])
        return super().write(vals)

    def _check_signature_kept(self, value):
        """Refuse to replace a signature, for the system's steps as well.

        :param value: base64, or False
        """
        given = value.encode() if isinstance(value, str) else value
        for callback in self.with_context(bin_size=False).sudo():
            if callback.signature and callback.signature != (given or False):
                raise UserError(
                    self.env._(
                        "%(callback)s is signed already, and a signature stays as it"
                        " is. Ask your supervisor to have it signed again.",
                        callback=callback.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_sign_again(self):
        self.ensure_one()
        return self._get_dialog(
            "revisit.reason", self.env._("Sign Again"), default_step="sign"
        )

    def action_sign_again(self, reason):
        """Take the signature away, so that the customer can sign again.

        One conversation is signed once: it is taken from all of the contact. The
        one before is kept in the chatter, with the reason, and whoever made the
        callback is asked to have it signed.

        :param reason: text, required
        :raise AccessError: the user is no supervisor
        :raise UserError: no reason, no signature, or the callback is reviewed
        """
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._("Only supervisors have a callback signed again.")
            )
        self.check_access("write")
        reason = self.env["revisit.reader"]._read_text(
            self.env._("Reason"), reason, NOTE_SIZE
        )
        if not reason:
            raise UserError(self.env._("Say why the customer has to sign again."))
        unsigned = self.filtered(lambda callback: not callback.signature)
        if unsigned:
            raise UserError(
                self.env._(
                    "%(callback)s is not signed yet.",
                    callback=unsigned[0].display_name,
                )
            )
        conversations = self._get_conversations()
        self.sudo().union(*conversations)._check_locked()
        for conversation in conversations:
            kept = (self & conversation)[0].with_context(bin_size=False)
            kept._keep_signature(reason)
            conversation._write_signature({"signature": False})
            conversation._ask_for_signature(reason)
        return True

    def _write_signature(self, vals):
        """Write what only the step itself may: past the check, not past the lock."""
        # pylint: disable=super-method-mismatch
        return super(RevisitCallback, self.sudo()).write(vals)

    def _keep_signature(self, reason):
        """Log the signature that is taken away, as a file with the reason."""
        self.ensure_one()
        content = base64.b64decode(self.signature)
        # whoever may have it signed again need not follow the callback
        self.sudo().message_post(
            body=self.env._("To be signed again: %(reason)s", reason=reason),
            attachments=[(self.env._("Signature Before"), content)],
            subtype_xmlid="mail.mt_note",
        )

    # ------------------------------------------------------------
    # FILES
    # ------------------------------------------------------------

    def _get_file_owners(self):
        """The recordings of the attempts belong to the callback as well."""
        owners = super()._get_file_owners()
        # files of attempts count, whoever may read the attempts
        attempts = self.sudo().attempt_ids
        owners["revisit.attempt"] = {a.id: a.callback_id.id for a in attempts}
        return owners

    def _check_files_kept(self, files):
        result = super()._check_files_kept(files)
        made = self.filtered(lambda callback: callback.state in DONE_STATES)
        if made and not self.env.user.has_group("revisit_management.group_supervisor"):
            mine = files.filtered(lambda file: file.res_id in made._ids)
            if mine and self.env.uid != SUPERUSER_ID:
                raise UserError(
                    self.env._(
                        "%(file)s belongs to a callback that was made, so it stays."
                        " Ask your supervisor if it has to go.",
                        file=mine[0].name,
                    )
                )
        return result
