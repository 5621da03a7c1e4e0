# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import marks
from ...tools.links import TIME_SCOPE
from ...tools.tasks import heard
from ...tools.terms import OPEN_STATES
from .revisit_agreed_time_mixin import ACTIVITY_TYPE as TIME_WANTED
from .revisit_parked_mixin import ACTIVITY_TYPE as NUMBER_WANTED

_logger = logging.getLogger(__name__)

# how many callbacks a message names at most
LISTED = 20


class RevisitUnwantedMixin(models.AbstractModel):
    """What ends when a customer wants no more contact.

    Whoever notes it, and wherever: messages that wait to be sent are withdrawn at once,
    and callbacks that were begun end, with a note that says why; who had them is told
    once. What is late stays, and counted: a supervisor cancels it with a reason. What
    nobody has touched the planner takes back, as it would plan it again if the customer
    changed their mind. If they do so in time, what was begun goes on as it was, too;
    otherwise it says why it does not. Messages are checked once more when they leave.
    """

    _name = "revisit.unwanted.mixin"
    _description = "No More Contact"

    _server_owned = {"refused_from"}

    refused_from = fields.Json(
        readonly=True,
        copy=False,
        help="How far it was when the customer's refusal ended it; it goes on from"
        " there if the refusal is taken back in time.",
    )

    # ------------------------------------------------------------
    # ASKED FOR ON A PAGE (with sudo, after the key was checked)
    # ------------------------------------------------------------

    def _return_declined(self):
        """Stop contacting the customer, who has asked for it on the page."""
        self.ensure_one()
        ours = self._in_our_language()
        if self.is_open:
            ours._note_returned("declined")
        ours._stop_contacts(
            ours.env._("Asked for it on the page of a questionnaire."),
            self.questionnaire_sent_by_id,
        )

    def _answer_stop(self):
        """Stop contacting the customer, who asked for it on the page of the time."""
        self.ensure_one()
        ours = self._in_our_language()
        ours._stop_contacts(
            ours.env._("Asked for it on the page of an agreed time."),
            self.questionnaire_sent_by_id or self.user_id,
        )

    def _stop_by_link(self, scope):
        """Stop contacting the customer, by a link of theirs whose time is over.

        :param scope: the purpose for which the link was sent
        """
        if scope == TIME_SCOPE:
            self._answer_stop()
        else:
            self._return_declined()

    def _stop_contacts(self, reason, maker):
        """Contact the customer no more, who has asked for it, and end the callback.

        :param reason: where they have asked for it
        :param maker: the user who has written to them; the callback ends as theirs
        """
        self.ensure_one()
        # first the callback: it ends as refused, and is not cancelled with the others
        ended = self._end_as_refused(reason, maker)
        if self.partner_id.do_not_contact:
            ended._tell_of_refusal()
            return
        told = {marks.REFUSED: marks.Told(ended)}
        self.partner_id.with_context(**told).write(
            {"do_not_contact": True, "do_not_contact_reason": reason}
        )
        self.partner_id.message_post(
            body=self.env._("The customer has asked not to be contacted any more."),
            subtype_xmlid="mail.mt_note",
        )

    def _end_as_refused(self, reason, maker):
        """Finish the callback as the customer wishes; nobody has tried to reach them.

        :return: the callback, if it was open and is finished now
        """
        if not self.is_open or not maker:
            return self.browse()
        self._forget_typed()
        # by whoever has written to the customer
        made = self.with_user(maker).sudo()
        made = made.with_context(**{marks.REFUSED: marks.Told(self)})
        try:
            with self.env.cr.savepoint():
                made.action_done(result="refused")
        except UserError as error:
            # the customer's wish holds; colleagues find the callback still open
            _logger.warning("Callback %s was not closed: %s", self.id, error)
            return self.browse()
        self._note_batch(reason)
        return self

    # ------------------------------------------------------------
    # WHEREVER IT IS NOTED (with sudo)
    # ------------------------------------------------------------

    @api.model
    def _stop_for(self, partners):
        """End what is under way to contacts who want no more contact from now on.

        :param partners: who has just refused; their company's refusal is theirs, too
        """
        family = partners.with_context(active_test=False).search(
            [("id", "child_of", partners.ids)]
        )
        family = family.filtered(lambda partner: partner._revisit_is_banned())
        self.env["mail.mail"]._revisit_withdraw(family)
        self.env["sms.sms"]._revisit_withdraw(family)
        self.env["revisit.touch"]._stop_for(family)
        begun = self.search(
            [
                ("partner_id", "in", family.ids),
                ("state", "in", OPEN_STATES),
                ("attempt_count", ">", 0),
            ]
        )
        # what is late stays counted, until a supervisor cancels it with a reason
        begun = begun.filtered(lambda callback: not callback._is_late())
        for callbacks in begun.grouped("company_id").values():
            callbacks._in_our_language()._cancel_refused()
        # one that was just finished on the customer's page is told of along
        ended = marks.read(partners.env, marks.REFUSED) or self.browse()
        (begun | ended.with_env(self.env))._tell_of_refusal()

    def _cancel_refused(self):
        """Cancel callbacks that were begun; the note says why."""
        before = {callback: {"state": callback.state} for callback in self}
        notes = {p: self._get_refusal_note(p) for p in self.partner_id}
        for callback in self:
            moment = fields.Datetime.to_string(callback.next_attempt_at)
            callback.write(
                {
                    "state": "cancelled",
                    "cancel_reason": "source",
                    "cancel_note": notes[callback.partner_id],
                    "contact_id": False,
                    "next_attempt_at": False,
                    "refused_from": {
                        "state": callback.state,
                        "next_attempt_at": moment,
                        "contact_id": callback.contact_id.id,
                    },
                }
            )
        self._leave_traces(before)
        heard(self).activity_unlink([TIME_WANTED, NUMBER_WANTED])
        self._hand_over_contacts()

    @api.model
    def _resume_for(self, partners):
        """Go on with what a refusal has ended that is taken back.

        :param partners: who may be contacted again; what their company refused to,
            their contacts do no more, unless they refuse themselves
        """
        family = partners.with_context(active_test=False).search(
            [("id", "child_of", partners.ids)]
        )
        family = family.filtered(lambda partner: not partner._revisit_is_banned())
        ended = self.search(
            [
                ("partner_id", "in", family.ids),
                ("state", "=", "cancelled"),
                ("refused_from", "!=", False),
            ]
        )
        for callbacks in ended.grouped("company_id").values():
            callbacks._in_our_language()._resume_refused()

    def _resume_refused(self):
        """Reopen, as they were, those whose window has not ended; say why of others."""
        over = self.filtered(lambda c: c.window_end <= fields.Datetime.now())
        resumed = self - over
        before = {callback: {"state": callback.state} for callback in resumed}
        earlier = {callback: callback.refused_from for callback in resumed}
        self.write({"refused_from": False})
        for callback, values in earlier.items():
            callback.write(
                {
                    "state": values["state"],
                    "next_attempt_at": values["next_attempt_at"],
                    "cancel_reason": False,
                    "cancel_note": False,
                }
            )
        for callback, values in earlier.items():
            leader = self.browse(values["contact_id"] or ()).exists()
            if leader.is_open and not leader.contact_id:
                callback.contact_id = leader
        self._leave_traces(before)
        resumed._note_batch(
            self.env._("The customer may be contacted again: this goes on as it was.")
        )
        over._note_batch(
            self.env._(
                "The customer may be contacted again, but the window has ended: it"
                " stays cancelled. A supervisor reopens it if it is still needed."
            )
        )
        resumed._ask_for_numbers()
        resumed._tell_agents()

    def _get_refusal_note(self, partner):
        family = partner.commercial_partner_id
        reason = partner.do_not_contact_reason or family.do_not_contact_reason
        return self.env._(
            "%(customer)s asked not to be contacted any more: %(reason)s",
            customer=partner.display_name,
            reason=reason or "-",
        )

    def _tell_of_refusal(self):
        """Tell agents and dealers, each once, which of their callbacks have ended."""
        for user, callbacks in self.grouped("user_id").items():
            if not user.active or user == self.env.user:
                continue
            told = callbacks.with_context(lang=user.lang)
            lines = [
                Markup("<li>%s</li>") % callback._get_row_name()
                for callback in told[:LISTED]
            ]
            body = Markup("<p>%s</p><ul>%s</ul>") % (
                told.env._(
                    "The customer asked not to be contacted any more. There is nothing"
                    " left to do about:"
                ),
                Markup("").join(lines),
            )
            subject = told.env._(
                "%(customer)s wants no more contact",
                customer=told[0].partner_id.display_name,
            )
            told[0]._tell_portal_user(user, subject, body)

    # ------------------------------------------------------------
    # WORDS FOR COLLEAGUES
    # ------------------------------------------------------------

    def _in_our_language(self):
        """Return the same in the company's language.

        What a customer does on a page of theirs is noted for colleagues, who need not
        know the customer's language.
        """
        return self.with_context(lang=self.company_id[:1].partner_id.lang)
