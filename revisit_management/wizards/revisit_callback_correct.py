# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError


class RevisitCallbackCorrect(models.TransientModel):
    """Shows the answers of a conversation, so that wrong ones are put right.

    Questions that nobody has answered are listed, too. Who may correct is checked in
    ``action_correct``.
    """

    _name = "revisit.callback.correct"
    _description = "Correct Answers"

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    line_ids = fields.One2many(
        comodel_name="revisit.callback.correct.line",
        inverse_name="wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    reason = fields.Text(required=True)

    @api.depends("callback_id")
    def _compute_line_ids(self):
        for wizard in self:
            # what was said holds for the conversation, whoever may read which part
            conversation = wizard.callback_id.sudo()._get_conversations()[0]
            given = [
                {"answer_id": answer.id, "callback_id": answer.callback_id.id}
                for answer in conversation.answer_ids.sorted("id")
            ]
            left = [
                {
                    "callback_id": entry.callbacks[0].id,
                    "question_id": entry.question.id,
                }
                for _key, entry in conversation._find_unanswered()
            ]
            wizard.line_ids = [fields.Command.clear()] + [
                fields.Command.create(values) for values in given + left
            ]

    def action_apply(self):
        self.ensure_one()
        corrections = {
            line._get_key(): line._get_correction()
            for line in self.line_ids
            if line._is_corrected()
        }
        if not corrections:
            raise UserError(
                self.env._("Enter what was answered in truth, or discard the dialog.")
            )
        return self.callback_id.action_correct(corrections, self.reason)


class RevisitCallbackCorrectLine(models.TransientModel):
    """One question: what was written down, if anything, and what was said in truth."""

    _name = "revisit.callback.correct.line"
    _description = "Correction of an Answer"
    _rec_name = "text"

    wizard_id = fields.Many2one(
        comodel_name="revisit.callback.correct", required=True, ondelete="cascade"
    )
    answer_id = fields.Many2one(
        comodel_name="revisit.answer", readonly=True, ondelete="cascade"
    )
    callback_id = fields.Many2one(
        comodel_name="revisit.callback", readonly=True, ondelete="cascade"
    )
    question_id = fields.Many2one(
        comodel_name="survey.question", readonly=True, ondelete="cascade"
    )
    question = fields.Text(string="Asked", compute="_compute_answer", compute_sudo=True)
    judged = fields.Char(compute="_compute_answer", compute_sudo=True)
    about = fields.Char(compute="_compute_answer", compute_sudo=True)
    raw = fields.Text(
        string="Written Down", compute="_compute_answer", compute_sudo=True
    )
    choice_ids = fields.Many2many(
        comodel_name="survey.question.answer",
        compute="_compute_answer",
        compute_sudo=True,
    )
    has_choices = fields.Boolean(compute="_compute_answer", compute_sudo=True)
    text = fields.Char(string="Answered in Truth")
    choice_id = fields.Many2one(
        comodel_name="survey.question.answer",
        string="Chosen in Truth",
        domain="[('id', 'in', choice_ids)]",
    )
    is_not_asked = fields.Boolean(string="Not Asked")

    @api.depends("answer_id", "callback_id", "question_id")
    def _compute_answer(self):
        for line in self:
            answer = line.answer_id
            question = answer.question_id or line.question_id
            line.question = answer.title or question.title
            line.raw = answer.answer_text
            line.judged = line._get_judged(question)
            line.about = line.callback_id.about_text
            is_choice = question.question_type == "simple_choice"
            line.choice_ids = question.suggested_answer_ids if is_choice else False
            line.has_choices = is_choice

    def _get_judged(self, question):
        """Return the name of whom the answer counts for, or would count for."""
        if self.answer_id or not question:
            return self.answer_id.subject_name
        callback = self.callback_id
        return callback._get_subject_name(callback._get_subject(question.subject_kind))

    def _is_corrected(self):
        self.ensure_one()
        return bool((self.text or "").strip() or self.choice_id or self.is_not_asked)

    def _get_key(self):
        """Return by what ``action_correct`` knows the line."""
        self.ensure_one()
        if self.answer_id:
            return self.answer_id.id
        return f"{self.callback_id.id}:{self.question_id.id}"

    def _get_correction(self):
        """Return what was answered in truth, as ``action_correct`` takes it."""
        self.ensure_one()
        if self.is_not_asked:
            return False
        return self.choice_id.id if self.has_choices else self.text
