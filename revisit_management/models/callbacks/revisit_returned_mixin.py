# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext

from ...tools.faults import Faults, mark
from ...tools.links import ANSWER_PATH, ANSWER_SCOPE
from ...tools.terms import ANSWER_CHANNELS, ANSWERS, DONE_STATES
from ...tools.values import NOTE_SIZE
from .revisit_mailed_mixin import ENDED, LINK_DAYS

_logger = logging.getLogger(__name__)

# marks the notes of what came too late, and how many of them a callback keeps
UNTAKEN, MAX_UNTAKEN = "o_revisit_untaken", 5


class RevisitReturnedMixin(models.AbstractModel):
    """What the customer sends from the page of a questionnaire.

    The methods are called with sudo, after the key in the link was checked.
    """

    _name = "revisit.returned.mixin"
    _inherit = ["revisit.unwanted.mixin"]
    _description = "Answers Sent by the Customer"

    is_returned = fields.Boolean(
        string="Sent by the Customer",
        compute="_compute_is_returned",
        compute_sudo=True,
        help="The customer has sent the answers and words of this conversation.",
    )

    @api.depends(
        "returned_at",
        "contact_id.returned_at",
        "contact_id.follower_ids.returned_at",
        "follower_ids.returned_at",
    )
    def _compute_is_returned(self):
        """Ask for whole conversations, in one query: one part was sent with the rest.

        The questionnaire of a conversation stands on the callback that leads it, while
        the answers are kept on each callback that asked.
        """
        leaders = self._get_leaders()._origin
        together = Domain("id", "in", leaders.ids) | Domain(
            "contact_id", "in", leaders.ids
        )
        # archived ones were sent as well
        returned = self.with_context(active_test=False).search(
            together & Domain("returned_at", "!=", False)
        )
        sent = set(returned._get_leaders().ids)
        for callback in self:
            callback.is_returned = callback._get_leaders()._origin.id in sent

    # ------------------------------------------------------------
    # THE LINK
    # ------------------------------------------------------------

    def _get_answer_address(self):
        """Return the address of the customer's questionnaire, without the key."""
        self.ensure_one()
        return f"{self.get_base_url()}{ANSWER_PATH}{self.id}"

    @api.private
    def get_answer_url(self):
        """Return the address of the questionnaire as it is written in messages.

        The key is only added when the message is sent: whoever reads the message
        before, in a preview or a rendered template, gets an address without access.
        """
        self.ensure_one()
        return self._get_answer_address() if self.is_open else self.get_base_url()

    def _sign_links(self, text, is_html=True):
        text = super()._sign_links(text, is_html)
        if self.is_open and self.questionnaire_sent_at:
            address, key = self._get_answer_address(), self._sign_answer()
            text = self._add_key(text, address, key, is_html)
        return text

    def _sign_answer(self):
        """Return the key to the questionnaire, valid for some days after it is sent."""
        sent_at = self.questionnaire_sent_at or fields.Datetime.now()
        end = max(self.window_end, sent_at + timedelta(days=LINK_DAYS))
        return self._sign(ANSWER_SCOPE, self.questionnaire_serial, end)

    @api.model
    def _open_answer_link(self, callback_id, key):
        """Return the callback whose questionnaire a key opens, as the superuser.

        One that was answered meanwhile opens, too: to say so, and to stop contacts.

        :return: an empty recordset for every key that is wrong, expired or revoked
        """
        callback, serial = self._open_link(ANSWER_SCOPE, callback_id, key)
        is_valid = callback.questionnaire_serial == serial and (
            # one that is made in another way now is not answered on the page
            (callback.is_open and callback.channel in ANSWER_CHANNELS)
            or callback.state in DONE_STATES
            or callback.questionnaire_state in ENDED
        )
        return callback if is_valid else callback.browse()

    # ------------------------------------------------------------
    # WHAT IS SENT
    # ------------------------------------------------------------

    def _is_asking(self):
        """Return whether the customer has the questionnaire, and may answer it."""
        return (
            self.questionnaire_state in ("queued", "sent")
            and self.channel in ANSWER_CHANNELS
        )

    def _may_answer(self):
        """Return whether the word is not the customer's: asked, or sent already."""
        # it is one conversation, whoever may read which part of it
        leaders = self.sudo()._get_leaders()
        is_asking = any(leader._is_asking() for leader in leaders)
        return not is_asking and not any(self.mapped("is_returned"))

    def _check_not_asking(self, outcome="reached"):
        """Refuse to answer in the customer's place, unless somebody has talked to them.

        :raise UserError: the customer has the questionnaire
        """
        for leader in self.sudo()._get_leaders():  # one conversation
            talked = "reached" in leader.attempt_ids.mapped("outcome")
            if outcome == "reached" and leader._is_asking() and not talked:
                raise UserError(
                    self.env._(
                        "%(callback)s: the customer has the questionnaire. Wait for"
                        " their answers, or log the talk in which they gave them.",
                        callback=leader.display_name,
                    )
                )

    def _has_returned(self):
        """Return whether the customer has answered, or declined, already."""
        self.ensure_one()
        return self.questionnaire_state in ENDED

    def _return_answers(self, answers, verdicts, feedback):
        """Finish the conversation with what the customer has sent.

        :param answers: ``{key of a question: answer}``, see ``_get_questionnaire``
        :param verdicts: ``{name: "yes" or "no"}``, see ``_portal_verdicts``
        :param feedback: words; they are an answer, too, without any figure
        :raise UserError: something is missing, or no answer; in the customer's words
        """
        self.ensure_one()
        given = {key: raw for key, raw in answers.items() if raw}
        feedback = self._check_returned(answers, given, verdicts, feedback)
        said = {"feedback": feedback, "customer_confirmed": False}
        said.update({k: v for k, v in verdicts.items() if k in said})
        others = self._portal_read_verdicts("reached", verdicts, said)
        # before the conversation is finished: nothing is asked any more then
        ours = self._in_our_language()
        ours._note_returned("answered")
        ours._forget_typed()
        # it was made by whoever has sent the questionnaire
        maker = ours.with_user(self.questionnaire_sent_by_id).sudo()
        try:
            maker.action_done(
                result="reached",
                others=others,
                # who only has something to say leaves out what the rulebook asks
                answers=answers if self._must_answer(given, feedback) else None,
                **{name: value for name, value in said.items() if value},
            )
        except UserError as error:
            # its words are meant for colleagues
            _logger.warning("Answers to %s were refused: %s", self.id, error)
            raise UserError(
                self.env._("We could not take your answers. Please call us instead.")
            ) from error
        ours._note_batch(ours.env._("The customer has sent their answers."))

    def _check_returned(self, answers, given, verdicts, feedback):
        """Tell at once all that is missing or cannot be read.

        :return: the customer's own words, or False
        :raise UserError: in the words of each question, see ``tools/faults.py``
        """
        wrong, words = Faults(), feedback
        with wrong.at():
            self._check_complete(given, verdicts, feedback)
        with wrong.at():
            self._get_finished_together()._read_questionnaire(answers)
        with wrong.at("feedback"):
            words = self._read_own_words(feedback)
        wrong.check()
        return words

    def _read_own_words(self, words):
        count = len((words or "").strip())
        if count > NOTE_SIZE:
            raise UserError(
                self.env._(
                    "Your words have %(count)s characters, and %(limit)s are kept:"
                    " please shorten them.",
                    count=count,
                    limit=NOTE_SIZE,
                )
            )
        reader = self.env["revisit.reader"]
        return reader._read_text(self.env._("Your words"), words, NOTE_SIZE)

    def _must_answer(self, given, feedback):
        """Return whether the questions that the rulebook wants asked are wanted here.

        Words alone are an answer, and better than a page that is left unsent.
        """
        is_asked = bool(self._get_finished_together()._get_asked())
        return is_asked and bool(given or not feedback)

    def _check_complete(self, given, verdicts, feedback):
        if not given and not any(verdicts.values()) and not feedback:
            raise UserError(
                self.env._(
                    "Please answer at least one question, or tell us something in your"
                    " own words."
                )
            )
        missing = self._get_missing(given, verdicts, feedback)
        if missing:
            sentence = self.env._("Please answer this question, too.")
            raise mark(UserError(sentence), dict.fromkeys(missing, sentence))

    def _get_missing(self, given, verdicts, feedback):
        """Return the questions that are still to be answered, by key or field."""
        is_wanted = self._must_answer(given, feedback)
        missing = [
            # whether a matter is settled is asked even of who has only words
            question["key"]
            for question in self._portal_questions().values()
            if question["key"] not in given
            and (question["settles"] or is_wanted and question["mandatory"])
        ]
        return missing + [
            name
            for name, callbacks in self._portal_verdicts().items()
            if callbacks[0]._is_confirming() and not verdicts.get(name)
        ]

    def _has_told(self):
        """Return whether the customer has sent words of their own from the page."""
        leader = self._get_leaders()[:1]
        return leader.questionnaire_state == "answered" and bool(leader.feedback)

    # ------------------------------------------------------------
    # WHAT COMES TOO LATE
    # ------------------------------------------------------------

    def _get_untaken(self, typed):
        """Return what was sent after the callback was finished.

        What is recorded alike is left out: a form that was sent twice.

        :param typed: ``{name of the form's field: text}``
        :return: ``[(question, answer)]``, texts of bounded length
        """
        self.ensure_one()
        contact = self._get_contact()
        kept = {f"{a.callback_id.id}:{a.question_id.id}": a for a in contact.answer_ids}
        untaken = []
        for question in contact._get_questionnaire():
            key = question["key"]
            text = self._clean_untaken(typed.get(f"question_{key.replace(':', '_')}"))
            answer = kept.get(key, self.env["revisit.answer"])
            if text and text not in (answer.raw, str(answer.choice_id.id)):
                labels = {str(choice): label for choice, label in question["choices"]}
                untaken.append((question["title"], labels.get(text, text)))
        field = self._fields["customer_confirmed"]
        verdicts = dict(field._description_selection(self.env))
        for callback in contact:
            name = "" if callback == self else f"_{callback.id}"
            verdict = typed.get(f"customer_confirmed{name}")
            if verdict in verdicts and verdict != callback.customer_confirmed:
                label = field._description_string(self.env)
                untaken.append((label, verdicts[verdict]))
        words = self._clean_untaken(typed.get("feedback"))
        if words and words != self._clean_untaken(self.feedback):
            untaken.append((self.env._("Your words"), words))
        return untaken

    @api.model
    def _clean_untaken(self, text):
        # nobody types a NUL byte, and a browser sends no longer texts
        return (text or "").replace("\x00", "").strip()[:NOTE_SIZE]

    def _keep_untaken(self, typed):
        """Keep as a note, once, what came too late, and tell who has made it.

        :param typed: see :meth:`_get_untaken`
        :return: what came too late, in the customer's words
        :raise UserError: too much was sent already
        """
        self.ensure_one()
        untaken = self._get_untaken(typed)
        if untaken and not self._in_our_language()._note_untaken(typed):
            raise UserError(
                self.env._("We could not take your answers. Please call us instead.")
            )
        return untaken

    def _note_untaken(self, typed):
        """Write down what came too late; return whether there was room for it."""
        rows = Markup("").join(
            Markup("<li>%s: %s</li>") % (question, answer)
            for question, answer in self._get_untaken(typed)
        )
        body = Markup('<p>%s</p><ul class="%s">%s</ul>') % (
            self.env._("The customer sent this when it was finished already:"),
            UNTAKEN,
            rows,
        )
        notes = self.message_ids.filtered(lambda note: UNTAKEN in (note.body or ""))
        known = {html2plaintext(note.body) for note in notes}
        if html2plaintext(body) in known:
            return True
        if len(notes) >= MAX_UNTAKEN:
            return False
        self.message_post(
            body=body,
            subtype_xmlid="mail.mt_note",
            partner_ids=self._get_told_of_untaken().partner_id.ids,
        )
        return True

    def _get_told_of_untaken(self):
        """Return the colleague who is told: who has made it, or has it, or leads."""
        users = self.made_by_id | self.user_id | self.team_id.manager_id
        return users.filtered(lambda user: user.active and not user.share)[:1]

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    def _forget_typed(self):
        """Empty what colleagues have typed before: it is not the customer's answer."""
        contact = self.sudo()._get_finished_together()  # one conversation
        contact.write(dict.fromkeys(ANSWERS & set(self._get_result_fields()), False))

    def _note_returned(self, state):
        self.write(
            {
                "questionnaire_state": state,
                "questionnaire_error": False,
                "returned_at": state == "answered" and fields.Datetime.now(),
            }
        )
