# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ...tools.faults import Faults
from ...tools.tasks import heard
from ...tools.values import NOTE_SIZE, TEXT_SIZE

ACTIVITY = "revisit_management.activity_type_callback_redo"
AGAIN = "revisit_management.activity_type_callback_review"
# what its maker may change while a callback is to be redone; no figures
REDONE = {"feedback", "next_due_on", "signature", "signature_refused"}


class RevisitRedoneMixin(models.AbstractModel):
    """A callback that its review sends back to whoever made it.

    It stays made and counted. Its maker reads the guidance, adds what is missing
    (words, files, a signature, issues) and hands it in again; the reviewer is told.
    Answers of the customer are corrected by supervisors, with a reason.
    """

    _name = "revisit.redone.mixin"
    _description = "Sent Back by the Review"

    _server_owned = {"redo_count", "redo_note", "redone_at"}

    redo_count = fields.Integer(
        string="Times Sent Back",
        default=0,
        readonly=True,
        copy=False,
        aggregator=None,
        help="How often the review has sent it back to its maker.",
    )
    redo_note = fields.Text(
        string="What Was Redone",
        readonly=True,
        copy=False,
        help="As its maker says, when it is handed in again.",
    )
    redone_at = fields.Datetime(
        string="Handed In Again", readonly=True, copy=False, help="The last time."
    )
    may_redo = fields.Boolean(compute="_compute_may_redo")

    @api.depends("review_verdict", "state", "made_by_id")
    @api.depends_context("uid")
    def _compute_may_redo(self):
        for callback in self:
            callback.may_redo = callback._is_to_redo() and callback._may_redo()

    @api.model
    def _get_to_redo_domain(self):
        """Return the domain of callbacks that the review has sent back."""
        return Domain("state", "=", "done") & Domain("review_verdict", "=", "redo")

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_redone(self):
        self.ensure_one()
        self._check_may_redo()
        return self._get_dialog(
            "revisit.reason", self.env._("Hand In Again"), default_step="redone"
        )

    def action_redone(self, note="", answers=None, feedback=None):
        """Hand callbacks in again that the review has sent back.

        :param note: what was redone
        :param answers: to questions that nobody has answered, see ``action_done``;
            what was answered before is corrected by supervisors
        :param feedback: what the customer said, as it reads now; None: as before
        :raise AccessError: made by somebody else, and the user is no supervisor
        :raise UserError: it is not to be redone
        """
        self.check_access("write")
        for callback in self:
            callback._check_may_redo()
        for callback in self if answers else self.browse():
            callback._redo_answers(answers)
        if feedback is not None:
            self.write(
                {"feedback": self._read_answers({"feedback": feedback})["feedback"]}
            )
        self._hand_in_again(note)
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _redo_answers(self, answers):
        """Add what the customer was asked again; what is locked stays as it is."""
        self.ensure_one()
        self._check_locked({"revisit.answer"})
        if self.is_returned:
            raise UserError(
                self.env._(
                    "%(callback)s: the customer has sent these answers, nobody else"
                    " adds any. Write down in the note what you know.",
                    callback=self.display_name,
                )
            )
        # answers are written by this step, by nobody's hand; the right was checked
        conversation = self.sudo()._get_conversations()[0]
        conversation._add_answers(answers, fields.Datetime.now())

    def _hand_in_again(self, note):
        """Note what was redone, with the whole conversation, and tell the reviewer."""
        self.check_access("write")
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "redo_note")
        note = reader._read_text(label, note, NOTE_SIZE)
        # it is one conversation, whoever may read which part of it
        for conversation in self.sudo()._get_conversations():
            leader = conversation._get_leaders()
            together = conversation.filtered(lambda c: c._is_to_redo())
            reviewer = together.reviewed_by_id[:1]
            together.write(
                {
                    "review_verdict": False,
                    "redo_note": note,
                    "redone_at": fields.Datetime.now(),
                }
            )
            leader._end_redo()
            leader._get_reports()._hand_in_again()
            if not reviewer or reviewer == self.env.user:
                continue
            if reviewer._revisit_oversees():
                leader._ask_to(AGAIN, reviewer, note)

    def _portal_redo(self, feedback, note):
        """Hand in again what the review has sent back to the dealer.

        :param feedback: what the customer said, as it reads now; None: as it was
        :param note: what was redone
        :raise AccessError: it was made by somebody else than the dealer's users
        :raise UserError: it is not to be redone, or the customer has sent the words
        """
        callback = self._portal_sudo()  # refused unless theirs; portal users only read
        if not callback._is_to_redo():
            if callback.redone_at and (callback.redo_note or "") == (note or ""):
                return  # the form was sent twice
            raise UserError(
                self.env._(
                    "%(callback)s is not to be redone any more.",
                    callback=callback.display_name,
                )
            )
        if not callback._is_made_by_dealer():
            callback._refuse_others_redo()
        wrong, reader = Faults(), self.env["revisit.reader"]
        with wrong.at("feedback"):
            label = reader._get_label(callback, "feedback")
            reader._read_text(label, feedback, TEXT_SIZE)
        with wrong.at("note"):
            reader._read_text(reader._get_label(callback, "redo_note"), note, NOTE_SIZE)
        wrong.check()
        callback._portal_reword(feedback)
        callback._hand_in_again(note)

    def _portal_reword(self, feedback):
        """Put the customer's words as the dealer has them now, unless they were sent.

        :param feedback: see :meth:`_portal_redo`
        """
        if feedback is None:
            return
        label = self._fields["feedback"]._description_string(self.env)
        feedback = self.env["revisit.reader"]._read_text(label, feedback, TEXT_SIZE)
        if (self.feedback or "") == (feedback or ""):
            return
        if self.is_returned:
            raise UserError(
                self.env._(
                    "%(callback)s: the customer has sent these words, and they stay as"
                    " they are. Write what you know under What Was Redone.",
                    callback=self.display_name,
                )
            )
        self.feedback = feedback

    @api.model
    def _get_made_by_dealer_domain(self):
        """Return the domain of what users of the user's own dealer have made."""
        own = Domain(
            "commercial_partner_id", "=", self.env.user.commercial_partner_id.id
        )
        # whose user it was, whoever may read users
        return Domain("made_by_id", "any!", own)

    def _is_made_by_dealer(self):
        """Return whether the dealer's own users have made it, nobody of ours (sudo)."""
        self.ensure_one()
        dealer = self.dealer_id
        return bool(dealer) and self.made_by_id.commercial_partner_id == dealer

    def _portal_is_to_redo(self):
        """Return whether it is the dealer who redoes it (sudo)."""
        return self._is_to_redo() and self._is_made_by_dealer()

    def _ask_to(self, activity, user, note):
        """Give somebody a task that is due today."""
        heard(self).activity_schedule(
            activity,
            date_deadline=self.company_id._revisit_today(),
            note=note and plaintext2html(note),
            user_id=user.id,
        )

    def _is_to_redo(self):
        """Return whether the review has sent it back and it is not handed in yet."""
        self.ensure_one()
        return self.state == "done" and self.review_verdict == "redo"

    def _may_redo(self):
        self.ensure_one()
        return self.made_by_id == self.env.user or self._is_supervisor()

    def _check_may_redo(self):
        self.ensure_one()
        if not self._is_to_redo():
            raise UserError(
                self.env._(
                    "%(callback)s is not to be redone: only what the review has sent"
                    " back is handed in again.",
                    callback=self.display_name,
                )
            )
        if not self._may_redo():
            self._refuse_others_redo()

    def _refuse_others_redo(self):
        raise AccessError(
            self.env._(
                "%(callback)s was made by somebody else: they, or a supervisor,"
                " hand it in again.",
                callback=self.display_name,
            )
        )

    def _send_back(self, review):
        """Give conversations back to who has made them, each as a whole.

        :param review: the values of the review
        """
        # a review is entered by its step alone, which has checked the right
        for conversation in self.sudo()._get_conversations():
            leader = conversation._get_leaders()
            together = conversation.filtered(lambda c: c.state == "done")
            for callback in together:
                callback.write({**review, "redo_count": callback.redo_count + 1})
            leader._get_reports()._send_back()
            maker = together.made_by_id[:1]
            is_able = maker and maker._revisit_may_make(leader.level, leader.dealer_id)
            if is_able and maker.share:
                # dealers have no activities, but a list of their work in the portal
                told = leader.with_context(lang=maker.lang)
                subject = told.env._(
                    "To be redone: %(callback)s", callback=told.display_name
                )
                told._tell_portal_user(maker, subject, review["review_note"])
            else:
                # whoever made it may be gone: the reviewer finds somebody
                user = maker if is_able else self.env.user
                leader._ask_to(ACTIVITY, user, review["review_note"])

    def _end_redo(self):
        """Take the tasks of redoing and reviewing again off everybody's list."""
        # the tasks are others', the step has checked the right
        heard(self.sudo()._get_leaders()).activity_unlink([ACTIVITY, AGAIN])
