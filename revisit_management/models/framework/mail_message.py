# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools.links import without_keys

# what only the system says about a message: by whom, when, where and what it is
SIGNED = {
    "author_guest_id",
    "author_id",
    "date",
    "email_from",
    "is_internal",
    "message_type",
    "model",
    "res_id",
    "tracking_value_ids",
}
# what Odoo itself stores about messages that come in or go out
CARRIED_TYPES = ("email", "email_outgoing")


class MailMessage(models.Model):
    """Hides internal messages from outsiders, and stores no key of a link.

    A customer's answer to our e-mail quotes it with its link, and appears in a
    chatter that colleagues read. And a dealer who may read a callback could
    otherwise read what colleagues write about the dealer.

    Who has looked up a number, unlocked or corrected something is read by reviewers.
    So nobody but the system changes or deletes such notes, users write in their own
    name only, and change only their own comments. Odoo's steps (the mail gateway,
    reactions, stars, editing one's comment) write with the system's rights.
    """

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        is_staff = not self.env.user.share
        rows = []
        for vals in vals_list:
            row = self._without_revisit_keys(vals)
            if not self.env.su:
                row = self._revisit_sign(row)
            if is_staff and str(row.get("model") or "").startswith("revisit."):
                row = {**row, "is_internal": True}
            rows.append(row)
        return super().create(rows)

    def write(self, vals):
        if not self.env.su:
            self._revisit_check_change(vals)
        return super().write(self._without_revisit_keys(vals))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        if not self.env.su:
            self._revisit_check_change({})

    @api.model
    def _revisit_keeps(self, model, message_type):
        """Return whether messages of a kind stay as they are: ours, and our notes."""
        if str(model or "").startswith("revisit."):
            return True
        return model == "res.partner" and message_type == "notification"

    @api.model
    def _revisit_sign(self, row):
        """Return the values of a new message of ours in the user's own name.

        :raise AccessError: it would look like an e-mail of somebody's
        """
        # the client's context and default values count, too
        unsaid = [name for name in ("model", "message_type") if name not in row]
        row = {**self.default_get(unsaid), **row}
        if not self._revisit_keeps(row.get("model"), row.get("message_type")):
            return row
        self._revisit_check_type(row.get("message_type"))
        author = self.env.user.partner_id
        return {
            **row,
            "author_guest_id": False,
            "author_id": author.id,
            "date": fields.Datetime.now(),
            "email_from": author.sudo().email_formatted,  # the user's own address
            "tracking_value_ids": [],
        }

    @api.model
    def _revisit_check_type(self, message_type):
        if message_type in CARRIED_TYPES:
            raise AccessError(
                self.env._(
                    "Only the system stores e-mails here. Write a note of your own."
                )
            )

    def _revisit_check_change(self, vals):
        """Refuse to change or delete what others, or the system, have noted.

        :param vals: the values to be written; empty: the messages are deleted
        """
        author = self.env.user.partner_id
        is_signed = bool(SIGNED & set(vals))
        for message in self.sudo():  # compared only; writing checks the right
            is_own = message.message_type == "comment" and message.author_id == author
            is_moved = self._revisit_keeps(
                vals.get("model", message.model),
                vals.get("message_type", message.message_type),
            )
            is_kept = self._revisit_keeps(message.model, message.message_type)
            if (is_kept or is_moved) and (is_signed or not is_own):
                raise AccessError(
                    self.env._(
                        "What the system or a colleague has noted stays as it is. Write"
                        " a note of your own that corrects it."
                    )
                )

    @api.model
    def _without_revisit_keys(self, vals):
        texts = {
            name: vals[name]
            for name in ("body", "subject")
            if isinstance(vals.get(name), str)
        }
        # Markup stays Markup: text that was safe to show stays safe without the key
        return {
            **vals,
            **{name: type(text)(without_keys(text)) for name, text in texts.items()},
        }
