# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.mimetypes import guess_mimetype

from ...tools import faults
from ...tools.terms import CHANNELS, DONE_STATES, FIGURES, PORTAL_GROUP
from ...tools.values import MAX_ID
from .revisit_portal_shown_mixin import VERDICT

IMAGE_TYPES = ("image/png", "image/jpeg")
FILE_TYPES = (*IMAGE_TYPES, "image/webp", "application/pdf")
MAX_FILE = 10 * 1024 * 1024
# limits on a dealer's files on one callback, before and after it is finished
MAX_FILES, MAX_FILES_SIZE = 20, 50 * 1024 * 1024
NAME_SIZE = 250
# seconds within which the same attempt with the same words is a duplicate
SAME_ATTEMPT = 60


class RevisitPortalMixin(models.AbstractModel):
    """What a dealer's portal user does with a callback.

    Portal users have no other right than to read. Each step below first checks, as
    that user, whether the callback is theirs, and then works with sudo, which keeps
    the uid: attempts and results carry the portal user's name.
    """

    _name = "revisit.portal.mixin"
    _inherit = ["revisit.portal.shown.mixin"]
    _description = "Made in the Portal"

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _portal_choose_channel(self, channel):
        """Choose the channel as a dealer, if the callback is theirs."""
        # refused unless theirs; portal users may read callbacks and nothing more
        return self._portal_sudo().action_choose_channel(channel)

    def _portal_choices(self):
        """Return [(channel, label)] of the other channels that a dealer may choose."""
        self.ensure_one()
        labels = dict(CHANNELS)
        labels.update(self._fields["channel"]._description_selection(self.env))
        return [
            (key, labels[key])
            for key in self._get_offered_channels()
            if key != self.channel
        ]

    # ------------------------------------------------------------
    # ACCESS
    # ------------------------------------------------------------

    @api.model
    def _portal_domain(self):
        """Return the domain of the callbacks that the user makes in the portal.

        It repeats the record rule of portal dealers, so that a colleague whose
        other groups read more does not see other dealers' work in the portal.
        """
        if not self.env.user.has_group(PORTAL_GROUP):
            return Domain.FALSE
        return Domain("level", "=", "dealer") & Domain(
            "dealer_id", "=", self.env.user.commercial_partner_id.id
        )

    @api.model
    def _portal_find(self, callback_id):
        """Return the dealer's callback with this id, or an empty recordset.

        Missing records and those of others or headquarters give the same answer.
        """
        domain = self._portal_domain()
        if domain.is_false() or callback_id > MAX_ID:
            return self.browse()
        return self.search(domain & Domain("id", "=", callback_id))

    def _portal_sudo(self):
        """Return ``self`` with sudo, or raise unless the user may make it."""
        self.ensure_one()
        if not self.sudo(False)._portal_find(self.id):
            raise AccessError(self.env._("This callback is not one of yours."))
        return self.sudo()  # it was found among the user's own callbacks

    def _get_access_action(self, access_uid=None, force_website=False):
        """Open the dealer's page when a link in a message asks for the record.

        This is not Odoo's own portal mixin, which writes a key into addresses and
        gives it to whoever may read the record.
        """
        self.ensure_one()
        user = self.env["res.users"].browse(access_uid) if access_uid else self.env.user
        if user.sudo().share or force_website:  # the type of user decides, whoever asks
            return {
                "type": "ir.actions.act_url",
                "url": f"/my/callbacks/{self.id}",
                "target": "self",
                "res_id": self.id,
            }
        return super()._get_access_action(
            access_uid=access_uid, force_website=force_website
        )

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """Add the button that opens the portal page for dealers."""
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        for name, _function, options in groups:
            if name == "portal":
                options.update(active=True, has_button_access=True)
        return groups

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    def _portal_log_attempt(self, outcome, seen=None, phone="", again="", **values):
        """Log an attempt made by the portal user; see ``action_log_attempt``.

        :param again: one of the times that the page offers, see ``_get_times_again``
        :param seen: highest id of the attempts that the page showed, if it sends again
            what has had no answer
        :param phone: the right number, where the customer's was wrong; may be empty
        """
        if not outcome:
            error = UserError(
                self.env._("Choose how the attempt went before you log it.")
            )
            raise faults.mark(error, {"outcome": str(error)})
        callback = self._portal_sudo()  # portal users create no attempts themselves
        callback._portal_check_wanted()
        if again:
            values["next_at"] = callback._get_times_again().get(again)
        if known := callback._portal_find_attempt(seen, outcome, again, **values):
            return known.ids
        self._portal_check_again(outcome, values.get("next_at"))
        if outcome == "wrong_number":
            return callback._portal_correct_number(phone, **values)
        return callback.action_log_attempt(outcome, **values)

    def _portal_check_again(self, outcome, next_at):
        """Refuse to call again at no time, or at one that is over."""
        error = None
        if outcome == "rescheduled" and not next_at:
            error = UserError(
                self.env._(
                    "Give the date and time at which to call the customer again."
                )
            )
        if next_at and next_at <= fields.Datetime.now():
            error = UserError(
                self.env._("The time to call again is over already: correct it.")
            )
        if error:
            raise faults.mark(error, {"next_at": str(error)})

    def _portal_correct_number(self, phone, **values):
        wrong = faults.Faults()
        with wrong.at("phone"):
            self._read_right_number(phone)
        wrong.check()
        return self._correct_number(phone, **values)

    def _portal_enter_number(self, phone):
        """Keep the customer's right number, which nobody knew when it was wrong."""
        callback = self._portal_sudo()  # refused unless theirs; portal users only read
        callback._check_is_open()
        callback._portal_check_wanted()
        if not callback._portal_is_parked():
            return  # the form was sent twice, or somebody else was faster
        wrong = faults.Faults()
        with wrong.at("phone"):
            number = callback._read_right_number(phone)
            if not number:
                raise UserError(self.env._("Enter the customer's right number."))
        wrong.check()
        callback._keep_right_number(number)

    def _portal_check_wanted(self):
        """Refuse to try customers who want no more contact."""
        if self.partner_id._revisit_is_banned() and self.is_open:
            raise UserError(
                self.env._(
                    "This customer asked not to be contacted: do not try any more. Ask"
                    " headquarters to cancel the callback, if it stays in your list."
                )
            )

    def _portal_find_attempt(
        self, seen, outcome, again="", duration=0, note="", next_at=False
    ):
        """Return the same attempt, if the form was sent twice.

        Who lost the answer to the first time sends again when there is a signal, maybe
        hours later: what the page did not show yet came from the page itself.
        """
        lately = fields.Datetime.now() - timedelta(seconds=SAME_ATTEMPT)

        def is_same_time(attempt):
            if again == "hour":
                # an hour after each of the two
                hour = timedelta(hours=1)
                return attempt.next_at and attempt.next_at - attempt.at <= hour
            return attempt.next_at == (next_at or False)

        return self._get_leaders().attempt_ids.filtered(
            lambda attempt: (
                attempt.user_id == self.env.user
                and (attempt.at >= lately or seen is not None and attempt.id > seen)
                and attempt.outcome == outcome
                and attempt.duration == (duration or 0)
                and (attempt.note or "") == (note or "")
                and is_same_time(attempt)
            )
        )[:1]

    def _portal_finish(self, result, verdicts=None, questions=None, **answers):
        """Record what the customer said; see ``action_done``.

        Answers of a customer who was not reached are refused, not dropped: whoever
        typed them chose the wrong result.

        :param verdicts: ``{name: "yes" or "no"}`` by :meth:`_portal_verdicts`
        :param questions: ``{key: answer}`` by :meth:`_portal_questions`
        """
        callback = self._portal_sudo()  # refused unless theirs; portal users only read
        if result not in dict(self._fields["result"].selection):
            error = UserError(self.env._("Choose how the callback ended."))
            raise faults.mark(error, {"result": str(error)})
        if callback._portal_has_finished(result, answers, questions or {}):
            return True
        callback._check_is_open()
        others = callback._portal_read_talk(result, answers, verdicts or {}, questions)
        if result != "reached":
            self._portal_check_no_answers(answers, questions, others)
            answers, others = {n: answers[n] for n in {"feedback"} & answers.keys()}, {}
            questions = None
        if result == "refused":
            # who refused to talk is not left as "reached"
            callback._log_outcome(result)
        return callback.action_done(
            result=result, others=others, answers=questions or None, **answers
        )

    def _portal_check_no_answers(self, answers, questions, others):
        """Refuse answers of a customer who was not reached."""
        given = [
            self._fields[name]._description_string(self.env)
            for name, value in answers.items()
            if name != "feedback" and value is not False
        ]
        if any((questions or {}).values()):
            given.append(self.env._("Answers"))
        if others and not answers.get(VERDICT):
            given.append(self._fields[VERDICT]._description_string(self.env))
        if given:
            error = UserError(
                self.env._(
                    "%(fields)s: a customer who was not reached gives no answers."
                    " Clear them, or choose that the customer was reached.",
                    fields=", ".join(given),
                )
            )
            raise faults.mark(error, {"result": str(error)})

    def _portal_has_finished(self, result, answers, questions):
        """Return whether the same is recorded already: a form sent twice."""
        kept = {
            f"{answer.callback_id.id}:{answer.question_id.id}": answer
            for answer in self.answer_ids | self.follower_ids.answer_ids
        }
        for key, raw in questions.items():
            answer = kept.get(key)
            if raw and not (answer and raw in (answer.raw, str(answer.choice_id.id))):
                return False
        if any(questions.values()):
            # figures follow from the answers, and are not typed beside them
            answers = {n: v for n, v in answers.items() if n not in FIGURES}
        return (
            self.state in DONE_STATES
            and self.made_by_id == self.env.user
            and self.result == result
            and all(self[name] == value for name, value in answers.items())
        )

    def _portal_read_talk(self, result, answers, verdicts, questions):
        """Tell at once all that is wrong with what a customer has answered.

        :param answers: with the answer about the callback's own document
        :return: see :meth:`_portal_read_verdicts`
        """
        if not self.is_open:
            return {}
        wrong, others = faults.Faults(), {}
        with wrong.at():
            others = self._portal_read_verdicts(result, verdicts, answers)
        if result == "reached" and questions:
            together = self._get_finished_together()
            with wrong.at():
                given = together._read_questionnaire(questions)
                together._check_mandatory(given, {})
        wrong.check()
        return others

    def _portal_read_verdicts(self, result, verdicts, answers):
        """Return the answers about the other documents of the contact, by callback.

        :raise UserError: the customer was reached, but an answer is missing, which no
            other page asks for later
        """
        others, wrong = {}, faults.Faults()
        for name, callbacks in self._portal_verdicts().items():
            verdict = (answers if name == VERDICT else verdicts).get(name)
            if not verdict and result == "reached" and callbacks[0]._is_confirming():
                with wrong.at(name):
                    raise UserError(
                        self.env._(
                            "Ask the customer whether it is solved, and choose the"
                            " answer."
                        )
                    )
            if verdict and name != VERDICT:
                others.update({c.id: {VERDICT: verdict} for c in callbacks})
        wrong.check()
        return others

    def _portal_arrive(self):
        """Note that the dealer has arrived at the customer's; see ``action_arrive``."""
        callback = self._portal_sudo()  # refused unless theirs; portal users only read
        if callback.arrived_at:
            return True  # the button was pressed twice
        return callback.action_arrive()

    def _portal_sign(self, name, signature):
        """Store the signature that the customer drew on the dealer's phone.

        :param signature: base64 of a PNG or JPEG image
        """
        callback = self._portal_sudo()  # refused unless theirs; only steps may write it
        is_again = callback._portal_is_to_sign()
        if not is_again:
            callback._check_is_open()
            callback._portal_check_asks_signature()
        label = self.env._("Signature")
        signature = self.env["revisit.reader"]._read_file(label, signature)
        callback._check_ink(signature)
        label = self.env._("Name of the signer")
        name = self.env["revisit.reader"]._read_text(label, name, NAME_SIZE)
        name = name or callback.partner_id.name
        if is_again:
            note = self.env._("Signed again by %(name)s.", name=name)
            callback._store_second_signature(signature, note)
            return
        if callback.with_context(bin_size=False).signature == signature.encode():
            return  # the form was sent twice
        callback.write({"signature": signature, "signature_refused": False})
        callback._portal_note(self.env._("Signed by %(name)s.", name=name))

    def _portal_check_asks_signature(self):
        if not self._portal_signing()[0]:
            raise UserError(
                self.env._(
                    "%(callback)s asks for no signature: finish it without one.",
                    callback=self.display_name,
                )
            )

    def _portal_attach(self, name, content):
        """Store a file, such as the copy of a letter, as evidence.

        The same file sent twice is stored once: a form that was refused, or whose
        answer was lost, is sent again with its files.
        """
        callback = self._portal_sudo()  # refused unless theirs; they create no files
        name = name[-NAME_SIZE:]  # the end of the name has its extension
        known = callback._portal_attachments().filtered(lambda a: a.name == name)
        if content in known.mapped("raw"):
            return
        if not callback._portal_is_to_redo():
            callback._check_is_open()
        if not (callback._portal_needs_files() or callback._portal_is_to_redo()):
            raise UserError(
                self.env._(
                    "%(file)s cannot be attached: %(callback)s is not made by letter"
                    " or visit, and keeps no files.",
                    file=name,
                    callback=callback.display_name,
                )
            )
        if not content:
            raise UserError(
                self.env._("%(file)s is empty: choose the file again.", file=name)
            )
        if len(content) > MAX_FILE or guess_mimetype(content) not in FILE_TYPES:
            raise UserError(
                self.env._(
                    "%(file)s cannot be attached: send a PDF or a picture (PNG, JPEG,"
                    " WebP) of at most %(size)s MB.",
                    file=name,
                    size=MAX_FILE // 1024**2,
                )
            )
        # portal users may not create files; the callback was found as theirs
        attachments = self.env["ir.attachment"].sudo()
        values = {"res_model": self._name, "res_id": self.id, "name": name}
        callback._check_file_quota(len(content))
        attachments.create({**values, "raw": content})

    def _check_file_quota(self, size):
        """Refuse files beyond the limit for one callback."""
        kept = self._portal_attachments()
        if len(kept) < MAX_FILES and sum(kept.mapped("file_size")) + size <= (
            MAX_FILES_SIZE
        ):
            return
        raise UserError(
            self.env._(
                "%(callback)s has %(count)s files already; it keeps at most"
                " %(limit)s, of %(size)s MB together. Put the pages into one file.",
                callback=self.display_name,
                count=len(kept),
                limit=MAX_FILES,
                size=MAX_FILES_SIZE // 1024**2,
            )
        )

    def _portal_reveal_phone(self):
        """Return the customer's number to the dealer who has to call."""
        # refused unless the dealer's; the number is shown by a logged look-up
        callback = self._portal_sudo()
        if not callback._is_made_by_dealer():
            callback._check_is_open()
        return callback._reveal_phone()

    def _portal_note(self, body):
        """Log an internal note, which portal users do not see."""
        self.message_post(body=body, subtype_xmlid="mail.mt_note")
