# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools import marks
from ...tools.terms import FIGURES
from .revisit_answered_mixin import FOLLOWING


class RevisitAddedMixin(models.AbstractModel):
    """Answers that are added to a talk after it was recorded.

    Only questions that nobody has answered get one: its maker adds it while the
    callback is to be redone, a supervisor with a reason. It is traced like every other
    change, and figures, followers and the matter itself follow it.
    """

    _name = "revisit.added.mixin"
    _description = "Answers Added After the Talk"

    is_unanswered = fields.Boolean(
        string="Nothing Answered",
        compute="_compute_is_unanswered",
        compute_sudo=True,
        search="_search_is_unanswered",
        help="The customer was reached, and none of the questions was answered.",
    )

    @api.depends("answer_ids", "contact_id.answer_ids", "survey_id", "result")
    def _compute_is_unanswered(self):
        for callback in self:
            answers = callback.answer_ids | callback.contact_id.answer_ids
            callback.is_unanswered = (
                callback.result == "reached"
                and not callback.is_imported
                and bool(callback.survey_id)
                and not answers
            )

    @api.model
    def _search_is_unanswered(self, operator, value):
        if operator != "in":
            return NotImplemented
        unanswered = (
            Domain("result", "=", "reached")
            & Domain("is_imported", "=", False)
            & Domain("policy_id", "any!", [("survey_id", "!=", False)])
            & Domain("answer_ids", "not any!", [])
            & Domain("contact_id", "not any!", Domain("answer_ids", "any!", []))
        )
        return unanswered if True in value else ~unanswered

    def _find_unanswered(self):
        """Return the questions of a conversation (sudo) that nobody has answered.

        :return: list of ``(key, Asked)``, in the order in which they are asked; none
            where the customer was not reached
        """
        reached = self.filtered(lambda callback: callback.result == "reached")
        return [
            (self._get_asked_key(entry), entry)
            for entry in reached._get_asked()
            if entry.question not in entry.callbacks.answer_ids.question_id
        ]

    @api.model
    def _refuse_unanswered(self, question):
        told = question.constr_error_msg
        refusal = UserError(
            told
            or self.env._(
                "%(question)s: the rulebook wants this answered. Choose an answer"
                " before you finish.",
                question=question.title,
            )
        )
        refusal.alone = told or self.env._(
            "The rulebook wants this answered: choose an answer."
        )
        raise refusal

    @api.model
    def _get_asked_key(self, entry):
        """Return the key of a question, as ``_get_questionnaire`` has it."""
        return f"{entry.callbacks[0].id}:{entry.question.id}"

    def _get_given(self):
        """Return what was answered in a conversation (sudo), as it is shown.

        :return: ``{key of the question: answer}``, see ``_get_questionnaire``
        """
        given = {}
        for entry in self._get_asked():
            answer = entry.callbacks.answer_ids.filtered(
                lambda a, q=entry.question: a.question_id == q
            )[:1]
            if answer:
                key = self._get_asked_key(entry)
                given[key] = str(answer.choice_id.id or answer.raw)
        return given

    def _add_answers(self, answers, moment):
        """Keep answers to questions of a conversation (sudo) that had none.

        :param answers: as ``action_done`` takes them
        :param moment: when the customer has answered, naive UTC
        :raise UserError: the question was answered before, or is not asked
        """
        given = self._read_questionnaire(answers)
        if not given:
            return
        free = dict(self._find_unanswered())
        for entry, _answer in given:
            if self._get_asked_key(entry) not in free:
                raise UserError(
                    self.env._(
                        "%(question)s was answered before, or the customer was not"
                        " reached. What was written down wrongly is corrected by a"
                        " supervisor.",
                        question=entry.question.title,
                    )
                )
        self._keep_answers(given, moment)
        self._trace_added(given)
        for entry, _answer in given:
            entry.callbacks._follow_added(entry)

    def _trace_added(self, given):
        self._create_traces(
            [
                {
                    "res_model": self._name,
                    "res_id": entry.callbacks[0].id,
                    "company_id": entry.callbacks[0].company_id.id,
                    "part": entry.question.title,
                    "part_model": "revisit.answer",
                    "field_name": "raw",
                    "value_pair": {"old": None, "new": answer["raw"]},
                    "user_id": self.env.uid,
                }
                for entry, answer in given
            ]
        )

    def _follow_added(self, entry):
        """Let the figures and the verdict be what the answer says that was added."""
        first, code = self[0], entry.question.measure_id.code
        first._follow_answers(code)
        for other in self[1:] if code in FIGURES else self.browse():
            if code not in other.answer_ids.mapped("measure"):
                followed = other.with_context(**{FOLLOWING: marks.Told(True)})
                followed.write({code: first[code]})
        settled = self.filtered(
            lambda c: (
                entry.question.measure_id.is_resolution
                and not c.customer_confirmed
                and c._is_confirming()
            )
        )
        for callback, question, value in settled._get_resolutions():
            if question == entry.question:
                callback.customer_confirmed = "yes" if value == 100 else "no"
        settled._follow_verdicts()
