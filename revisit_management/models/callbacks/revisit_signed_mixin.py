# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ...tools.ink import is_signature
from ...tools.marks import SIGNING
from ...tools.tasks import heard
from ...tools.terms import (
    DONE_STATES,
)
from ...tools.values import NOTE_SIZE

MAX_SIGNATURE = 2 * 1024 * 1024
ACTIVITY = "revisit_management.activity_type_callback_signature"


class RevisitSignedMixin(models.AbstractModel):
    """A customer's signature, which proves a visit and must have been drawn.

    A saved signature stays. Only a supervisor may have it replaced, with a reason,
    and the earlier one is kept as a file; nobody reviews the callback until then.
    """

    _name = "revisit.signed.mixin"
    _description = "Signed by the Customer"

    _server_owned = {"sign_reason"}

    signature = fields.Binary(copy=False, attachment=True)
    signature_refused = fields.Boolean(
        string="Refused to Sign",
        copy=False,
        help="The customer was asked to sign and refused; say why in the feedback.",
    )
    sign_reason = fields.Text(
        string="To Be Signed Again",
        readonly=True,
        copy=False,
        help="Why the customer has to sign a visit again that was made. Empty as soon"
        " as it is signed.",
    )
    awaits_signature = fields.Boolean(compute="_compute_awaits_signature")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "sign_reason", "made_by_id")
    @api.depends_context("uid")
    def _compute_awaits_signature(self):
        for callback in self:
            callback.awaits_signature = bool(
                callback.sign_reason and callback._may_have_signed()
            )

    @api.model
    def _get_to_sign_domain(self):
        """Return the domain of finished callbacks that must be signed again."""
        return Domain("state", "=", "done") & Domain("sign_reason", "!=", False)

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("signature")
    def _check_signature(self):
        # lists ask for its size instead, so the content is requested
        for callback in self.with_context(bin_size=False).filtered("signature"):
            callback._check_ink(callback.signature)

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def _check_signature_kept(self, value):
        """Refuse to replace a signature, for the system's steps as well.

        :param value: base64, or False
        """
        if self.env.context.get("revisit_signing") is SIGNING:
            return
        given = value.encode() if isinstance(value, str) else value
        # what is signed stays, whoever may read it; the system's steps obey, too
        for callback in self.with_context(bin_size=False).sudo():
            if given and callback.sign_reason:
                raise UserError(
                    self.env._(
                        "%(callback)s is to be signed again: use its Sign button, so"
                        " that it counts as signed.",
                        callback=callback.display_name,
                    )
                )
            if callback.signature and callback.signature != (given or False):
                raise UserError(
                    self.env._(
                        "%(callback)s is signed already, and a signature stays as it"
                        " is. Ask your supervisor to have it signed again.",
                        callback=callback.display_name,
                    )
                )

    def _write_signature(self, vals):
        """Write a signature past the check that keeps it, but not past the lock."""
        # only steps write signatures, whoever calls them
        self.sudo().with_context(revisit_signing=SIGNING).write(vals)

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_sign(self):
        self.ensure_one()
        self._check_awaits_signature()
        return self._get_dialog("revisit.callback.sign", self.env._("Sign"))

    def action_sign(self, signature):
        """Store the missing signature of a callback that was made.

        It counts for the whole contact.

        :param signature: base64 of a PNG or JPEG picture
        :raise AccessError: the user has not made the callback and is not a supervisor
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
        self._store_second_signature(signature, self.env._("Signed again."))
        return True

    def _check_may_sign_again(self):
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._("Only supervisors have a callback signed again.")
            )

    def action_open_sign_again(self):
        self.ensure_one()
        self._check_may_sign_again()
        return self._get_dialog(
            "revisit.reason", self.env._("Sign Again"), default_step="sign"
        )

    def action_sign_again(self, reason):
        """Take the signature away, so that the customer can sign again.

        One conversation is signed once, so it is removed from the whole contact. The
        earlier signature is kept in the chatter, with the reason, and whoever made the
        callback is asked to have it signed.

        :param reason: text, required
        :raise AccessError: the user is not a supervisor
        :raise UserError: no reason, no signature, or the callback is reviewed
        """
        self._check_may_sign_again()
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
        # the whole contact is asked, whoever may read which part of it
        self.sudo().union(*conversations)._check_locked()
        for conversation in conversations:
            kept = (self & conversation)[0].with_context(bin_size=False)
            kept._keep_signature(reason)
            conversation._write_signature({"signature": False})
            conversation._ask_for_signature(reason)
        return True

    def _keep_signature(self, reason):
        """Log the signature that is taken away, as a file with the reason."""
        self.ensure_one()
        content = base64.b64decode(self.signature)
        # a user who may have it signed again need not be a follower
        self.sudo().message_post(
            body=self.env._("To be signed again: %(reason)s", reason=reason),
            attachments=[(self.env._("Signature Before"), content)],
            subtype_xmlid="mail.mt_note",
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _check_ink(self, signature):
        """Refuse a picture on which nothing is drawn.

        :param signature: base64 of a PNG or JPEG picture
        :raise ValidationError: it is empty, too small, too large or not a picture
        """
        try:
            content = base64.b64decode(signature or "", validate=True)
        except (binascii.Error, TypeError, ValueError):
            content = b""
        if len(content) > MAX_SIGNATURE or not is_signature(content):
            raise ValidationError(
                self.env._(
                    "No signature can be seen on the picture. Let the customer sign"
                    " again with a finger or pen."
                )
            )

    def _store_second_signature(self, signature, note):
        """Store a new signature for the whole contact, and finish the activity."""
        conversation = self._get_conversations()[0]
        conversation._write_signature(
            {"signature": signature, "signature_refused": False, "sign_reason": False}
        )
        # the activity is the agent's, but a supervisor may finish it, too
        heard(conversation.sudo()).activity_unlink([ACTIVITY])
        self.sudo().message_post(body=note, subtype_xmlid="mail.mt_note")

    def _is_to_sign(self):
        """Return whether a visit that was made has to be signed again."""
        self.ensure_one()
        return bool(self.filtered_domain(self._get_to_sign_domain()))

    def _portal_is_to_sign(self):
        """Return whether it is the dealer who has it signed again (sudo)."""
        return self._is_to_sign() and self._is_made_by_dealer()

    def _may_have_signed(self):
        """Return whether the user may add a signature to a finished callback."""
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
        """Return a list of the contacts of ``self``, each with all its callbacks."""
        # it is one conversation, whoever may read which part of it
        leaders = self.sudo()._get_leaders()
        followers = self.sudo().search(
            [("contact_id", "in", leaders.ids), ("state", "!=", "cancelled")],
            order="window_end, id",
        )
        everything = (leaders | followers).with_env(self.env)
        # the leader identifies the contact, and may belong to another unit
        return list(everything.grouped(lambda c: c.sudo()._get_leaders()).values())

    def _get_unsigned(self):
        """Return the callback of one contact that must be signed again, or none."""
        # the whole contact counts, whoever may read which part of it
        asking = self.sudo().filtered("sign_reason")
        return asking._find_strictest(asking) if asking else self.browse()

    def _ask_for_signature(self, reason):
        """Ask the maker of the callback to have it signed, if a rule requires it."""
        # policies, whose rules are read here, are not open to everybody
        made = self.sudo().filtered(
            lambda c: (
                c.state in DONE_STATES and c.result == "reached" and not c.is_imported
            )
        )
        asking = made._get_evidence_rules().get("signature", self.browse())
        if not asking or not made._get_missing_signature(None):
            return
        made._write_signature({"sign_reason": reason})
        callback = made._find_strictest(asking)
        user = callback.made_by_id
        is_able = user and user._revisit_may_make(callback.level, callback.dealer_id)
        if is_able and user.share:
            # dealers have no activities, but a list of their work in the portal
            leader = callback._get_leaders().with_context(lang=user.lang)
            subject = leader.env._(
                "To be signed again: %(callback)s", callback=leader.display_name
            )
            leader._tell_portal_user(user, subject, reason)
            return
        if not is_able:
            user = self.env.user  # whoever made it cannot get the activity any more
        # a user who may have it signed again need not be able to create activities
        heard(callback).activity_schedule(ACTIVITY, note=reason, user_id=user.id)

    def _tell_portal_user(self, user, subject, body):
        """Send a dealer's user what is to be done, with the link to its page."""
        self.message_notify(
            subject=subject,
            body=body,
            partner_ids=user.partner_id.ids,
            email_layout_xmlid="mail.mail_notification_layout",
            model_description=self.env["ir.model"]._get(self._name).display_name,
        )

    def _check_signed(self):
        """Refuse to review callbacks whose signature is still missing.

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
