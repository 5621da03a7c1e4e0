# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import marks
from ...tools.terms import DONE_STATES, FIGURES, MEASURES
from ...tools.values import NOTE_SIZE
from .revisit_answered_mixin import FOLLOWING

# what a manager unlocks, each with the fields and the children that it opens
PARTS = {
    "answers": {
        *MEASURES,
        "nps",
        "customer_confirmed",
        "roles_asked",
        "roles_reached",
        "coverage",
        "revisit.answer",
    },
    "words": {"feedback"},
    "files": {"signature", "signature_refused", "sign_reason"},
    "attempts": {"revisit.attempt"},
    "next": {"next_due_on"},
    "report": {"revisit.report"},
    "results": {"revisit.result"},
}
# what the steps write with which a correction begins and ends
STEPS = {
    "redo_count",
    "redo_note",
    "redone_at",
    "review_note",
    "review_verdict",
    "reviewed_at",
    "reviewed_by_id",
    "sealed_files",
    "state",
    "unlocked_parts",
}


class RevisitCorrectedMixin(models.AbstractModel):
    """What is put right after a callback was made, by whom, and what that leaves.

    Until the review, supervisors correct answers, with a reason. After it the callback
    is locked; a manager unlocks the parts that are to be corrected, with a reason, and
    nothing else changes until it is reviewed again. Everything leaves a trace.
    """

    _name = "revisit.corrected.mixin"
    _description = "Corrected After the Talk"

    _server_owned = {"unlock_ids", "unlocked_parts"}

    unlocked_parts = fields.Json(
        readonly=True,
        copy=False,
        help="What a manager has unlocked since the review; empty: nothing is.",
    )
    unlocked_text = fields.Char(
        string="Unlocked for Correction", compute="_compute_unlocked_text"
    )
    unlock_ids = fields.One2many(
        comodel_name="revisit.unlock",
        inverse_name="res_id",
        string="Unlockings",
        domain=lambda self: [("res_model", "=", self._name)],
        readonly=True,
        copy=False,
        groups="revisit_management.group_supervisor",
    )
    may_correct = fields.Boolean(compute="_compute_may_correct")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("unlocked_parts")
    @api.depends_context("lang")
    def _compute_unlocked_text(self):
        labels = self._get_part_labels()
        for callback in self:
            parts = callback.unlocked_parts or []
            callback.unlocked_text = ", ".join(labels[part] for part in parts)

    @api.depends("is_returned", "state", "unlocked_parts")
    @api.depends_context("uid")
    def _compute_may_correct(self):
        is_supervisor = self._is_supervisor()
        for callback in self:
            parts = callback.unlocked_parts
            callback.may_correct = (
                is_supervisor
                and callback.state == "done"
                and not callback.is_returned
                and (not parts or "answers" in parts)
            )

    @api.model
    def _get_part_labels(self):
        """Return ``{part: what people call it}``."""
        return {
            "answers": self.env._("Answers"),
            "words": self.env._("Customer's Words"),
            "files": self.env._("Signature and Files"),
            "attempts": self.env._("Attempts"),
            "next": self.env._("Next Callback"),
            "report": self.env._("Report"),
            "results": self.env._("Results"),
        }

    # ------------------------------------------------------------
    # WHAT IS LOCKED
    # ------------------------------------------------------------

    def _locked(self):
        """Return callbacks that are reviewed, or unlocked in part since then."""
        return super()._locked() | self.filtered(
            lambda c: c.state == "reviewed" or c.unlocked_parts
        )

    def _get_opened(self):
        """Return the fields and child models that an unlocking has opened."""
        self.ensure_one()
        return set().union(*(PARTS[part] for part in self.unlocked_parts or ()))

    def _is_opened(self, names):
        if super()._is_opened(names):
            return True
        if names is None or not self.unlocked_parts:
            return False
        return set(names) <= self._get_opened() | STEPS

    def _is_part_opened(self, model):
        return super()._is_part_opened(model) or model in self._get_opened()

    def _get_sealed(self):
        opened = self.filtered(lambda c: "files" in (c.unlocked_parts or ()))
        return super()._get_sealed() - opened

    def _get_locked_text(self, names):
        parts = self.unlocked_parts
        if not parts:
            return super()._get_locked_text(names)
        return self.env._(
            "%(name)s is unlocked for these alone: %(parts)s. Have it reviewed again,"
            " and unlocked for what else is wrong.",
            name=self.display_name,
            parts=self.unlocked_text,
        )

    # ------------------------------------------------------------
    # UNLOCKING
    # ------------------------------------------------------------

    def action_open_unlock(self):
        self.ensure_one()
        self._check_may_unlock()
        return self._get_dialog("revisit.callback.unlock", self.env._("Unlock"))

    def action_unlock(self, reason, parts=None):
        """Unlock reviewed callbacks; the reason is kept for ever.

        :param parts: what may be corrected: ``answers``, ``words``, ``files``,
            ``attempts``, ``next``, ``report``; None: all of these, and nothing else
        :raise AccessError: the user is no manager
        :raise UserError: no reason, or a part that is none
        """
        self._check_may_unlock()
        self.check_access("write")
        reason = self.env["revisit.reader"]._read_text(
            self.env._("Reason"), reason, NOTE_SIZE
        )
        parts = self._read_parts(parts)
        vals = {
            "state": "done",
            "review_verdict": False,
            "reviewed_at": False,
            "unlocked_parts": parts,
        }
        if "files" in parts:
            vals["sealed_files"] = False
        reviewed = self.filtered(lambda callback: callback.state == "reviewed")
        for callback in reviewed._action_unlock(reason, vals, parts):
            callback.message_post(
                body=self.env._(
                    "Unlocked (%(parts)s): %(reason)s",
                    parts=callback.unlocked_text,
                    reason=reason,
                ),
                subtype_xmlid="mail.mt_note",
            )
        return True

    def _read_parts(self, parts):
        """Return the names of parts as they came from outside, in our order."""
        if parts is None:
            return list(PARTS)
        known = isinstance(parts, (list, tuple)) and [p for p in PARTS if p in parts]
        if not known or len(known) != len(parts):
            raise UserError(
                self.env._(
                    "Say which parts are to be corrected: %(parts)s.",
                    parts=", ".join(PARTS),
                )
            )
        return known

    def _check_may_unlock(self):
        if not self.env.user.has_group("revisit_management.group_manager"):
            raise AccessError(
                self.env._("Only callback managers unlock reviewed callbacks.")
            )

    def _get_counted_text(self):
        """Hook: return which published results have counted the callback, or False."""
        self.ensure_one()
        return False

    def _get_protected_own(self, names):
        """Return what supervisors do not change on callbacks that they made."""
        own = any(callback.made_by_id == self.env.user for callback in self)
        is_agent = not self._is_supervisor()  # other rules hold for agents
        if not own or is_agent or self._is_manager():
            return set()
        return names & {*PARTS["answers"], *PARTS["words"]}

    def _is_manager(self):
        return self.env.user.has_group("revisit_management.group_manager")

    # ------------------------------------------------------------
    # CORRECTING ANSWERS
    # ------------------------------------------------------------

    def action_open_correct(self):
        self.ensure_one()
        self._check_may_correct()
        return self._get_dialog(
            "revisit.callback.correct",
            self.env._("Correct Answers"),
            dialog_size="extra-large",
        )

    def action_correct(self, answers, reason):
        """Put answers right that were written down wrongly.

        Figures and followers follow what the answers say now.

        :param answers: ``{id of a revisit.answer: what was answered}``, as
            ``action_done`` takes it; empty where the question was not asked. What was
            left out is added by ``"callback id:question id"``
        :param reason: text, required
        :raise AccessError: the user is no supervisor
        :raise UserError: no reason, not made yet, locked, or made by the user
        :raise ValidationError: an answer is not one of its question's
        """
        self.ensure_one()
        self._check_may_correct()
        reason = self.env["revisit.reader"]._read_text(
            self.env._("Reason"), reason, NOTE_SIZE
        )
        if not reason:
            raise UserError(self.env._("Say why the answers are corrected."))
        # answers are written by this step, by nobody's hand; the right was checked
        conversation = self.sudo()._get_conversations()[0]
        added, corrections = self._read_corrections(conversation, answers)
        wrong = [(answer.callback_id, answer.measure) for answer, _raw in corrections]
        for answer, raw in corrections:
            answer._correct(raw)
        for callback, code in dict.fromkeys(wrong):
            callback._follow_answers(code)
        conversation._add_answers(added, self.done_at)
        self.sudo().message_post(  # a note of the system's
            body=self.env._("Answers corrected: %(reason)s", reason=reason),
            subtype_xmlid="mail.mt_note",
        )
        return True

    def _read_corrections(self, conversation, answers):
        """Return what is added, and what is corrected, as it came from outside.

        :return: ``({key of a question: what was answered}, [(answer, the same)])``
        """
        if not isinstance(answers, dict) or not answers:
            raise UserError(
                self.env._(
                    "Give the corrections as a table: the id of each answer, and what"
                    " was answered."
                )
            )
        known = {str(answer.id): answer for answer in conversation.answer_ids}
        added = {key: raw for key, raw in answers.items() if ":" in str(key)}
        unknown = [key for key in answers if str(key) not in known | added]
        if unknown:
            raise UserError(
                self.env._(
                    "Answer %(key)s was not given in this conversation.",
                    key=self.env["revisit.reader"]._show(unknown[0]),
                )
            )
        corrected = [
            (known[str(k)], raw) for k, raw in answers.items() if k not in added
        ]
        return added, corrected

    def _check_may_correct(self):
        if not self._is_supervisor():
            raise AccessError(
                self.env._(
                    "Only supervisors correct answers. Tell yours what is wrong."
                )
            )
        self.check_access("write")
        if self.state not in DONE_STATES:
            raise UserError(
                self.env._(
                    "%(callback)s is not made yet: its answers are recorded with its"
                    " result.",
                    callback=self.display_name,
                )
            )
        self._check_locked({"revisit.answer"})
        if self.is_returned:
            raise UserError(
                self.env._(
                    "%(callback)s: the customer has sent these answers. They stay as"
                    " they are; write on the callback what you know.",
                    callback=self.display_name,
                )
            )
        if self.made_by_id == self.env.user and not self._is_manager():
            raise UserError(
                self.env._(
                    "%(callback)s was made by yourself: somebody else corrects it.",
                    callback=self.display_name,
                )
            )

    def _follow_answers(self, code):
        """Let a figure, and those of the followers, be what the answers say now."""
        self.ensure_one()
        if code not in FIGURES:
            return
        said = self.answer_ids.filtered(
            lambda a: a.measure == code and a.value is not False
        )
        value = self._get_sum(code, said.mapped("value")) if said else False
        self.with_context(**{FOLLOWING: marks.Told(True)}).write({code: value})
        self._follow_correction(code, value)
