# Part of Revisit. See LICENSE file for full copyright and licensing details.
import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.values import NOTE_SIZE

# what is kept of a talk that is to go on, as the console sends it
DRAFTED = ("answers", "measures", "next_due_on", "others")
# as many characters are kept
DRAFT_SIZE = 60000


class RevisitDraftedMixin(models.AbstractModel):
    """What was answered and said in a talk that is to go on another time.

    It stays with the callback, for whoever makes it in the end, until it is finished;
    nothing of it counts before. The words stand in the note of the attempt, too.
    """

    _name = "revisit.drafted.mixin"
    _description = "Talk That Goes On"

    _server_owned = {"draft"}

    draft = fields.Json(
        readonly=True,
        copy=False,
        groups="revisit_management.group_agent",
        help="Answers and words of a talk that was not finished, by whom and when.",
    )
    draft_text = fields.Char(
        string="Begun",
        compute="_compute_draft_text",
        compute_sudo=True,
        groups="revisit_management.group_agent",
        help="The console shows the answers that are kept, when it goes on.",
    )

    @api.depends("draft")
    @api.depends_context("lang", "tz", "uid")
    def _compute_draft_text(self):
        for callback in self:
            callback.draft_text = callback._get_draft_text()

    def _get_draft_text(self):
        """Return in words by whom and when the talk was begun, or False."""
        draft = self.draft
        if not draft:
            return False
        user = self.env["res.users"].browse(draft["user_id"]).exists()
        moment = fields.Datetime.to_datetime(draft["at"])
        return self.env._(
            "%(user)s has begun the talk on %(moment)s. Answers that are kept:"
            " %(count)s.",
            user=user.name or "",
            moment=self.env["revisit.console"]._format_moment(moment),
            count=len(draft.get("answers") or {}),
        )

    def _keep_draft(self, said):
        """Keep what was said so far; words that were taken back are forgotten.

        :param said: see ``revisit.pending.outcome._apply``
        :raise UserError: it is too long
        :raise ValidationError: an answer is not one of its question's
        """
        self.ensure_one()
        if not any(name in said for name in DRAFTED):
            return
        said = self._filter_drafted(self.env["revisit.console"]._read_said(said))
        draft = {name: said[name] for name in DRAFTED if self._is_said(said.get(name))}
        if len(json.dumps(draft, ensure_ascii=False)) > DRAFT_SIZE:
            raise UserError(
                self.env._(
                    "What was typed is too long to be kept until the next call:"
                    " shorten it."
                )
            )
        if draft:
            moment = self.env["revisit.attempt"]._get_moment()
            draft |= {
                "at": fields.Datetime.to_string(moment),
                "user_id": self.env.uid,
            }
        self._get_leaders()._step({"draft": draft or False})

    def _filter_drafted(self, said):
        """Return what was said of this conversation: its questions, its callbacks."""
        # one conversation, whoever may read which part of it
        contact = self.sudo()._get_leaders()._get_finished_together()
        asked, answers = contact._get_draft_questions(), said.get("answers") or {}
        answers = {key: value for key, value in answers.items() if key in asked}
        for key, value in answers.items():
            asked[key]._read_answer(value)
        ids, others = {str(one.id) for one in contact}, said.get("others") or {}
        others = {key: values for key, values in others.items() if str(key) in ids}
        return {**said, "answers": answers, "others": others}

    def _get_draft_questions(self):
        """Return ``{key: question}`` of the conversation about ``self``."""
        return {
            f"{one.id}:{entry.question.id}": entry.question
            for entry in self._get_asked()
            for one in entry.callbacks
        }

    @api.model
    def _is_said(self, value):
        return any(value.values()) if isinstance(value, dict) else bool(value)

    @api.model
    def _get_noted_words(self, said):
        """Return the note of an attempt: what was typed, cut where it is too long."""
        words = (said.get("measures") or {}).get("feedback")
        note = said.get("note") or (words if isinstance(words, str) else "")
        return f"{note[: NOTE_SIZE - 1]}…" if len(note) > NOTE_SIZE else note

    def _get_draft(self):
        """Return what is kept of the talk, for the screen, or False.

        Answers to questions that are not asked any more are left out.
        """
        self.ensure_one()
        # whoever makes the callback goes on where the last one has stopped
        callback = self.sudo()
        draft = callback.is_open and callback.draft
        if not draft:
            return False
        asked = callback._get_finished_together()._get_draft_questions()
        answers = draft.get("answers") or {}
        return {
            **draft,
            "answers": {key: value for key, value in answers.items() if key in asked},
            "text": callback.draft_text,
        }
