# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools.terms import SUBJECT_KINDS

# types of questions whose answers can be measured, and of those that cannot
MEASURED_TYPES = ("scale", "numerical_box", "simple_choice")
TEXT_TYPES = ("char_box", "text_box")

# what an answer means: it stays as it was when the customer answered
MEANING = {
    "is_page",
    "is_reversed",
    "measure_id",
    "question_type",
    "scale_max",
    "scale_min",
    "subject_kind",
    "survey_id",
    "validation_max_float_value",
    "validation_min_float_value",
    "validation_required",
}

# what a customer reads before the answer
WORDING = {
    "description",
    "scale_max_label",
    "scale_mid_label",
    "scale_min_label",
    "title",
}

# as long as an answer in words may be
TEXT_SIZE = 5000


class SurveyQuestion(models.Model):
    """A question of a callback knows what it measures, and whom its answer judges.

    What an answer means is frozen with the first one: a changed question is a new one,
    and the old one is retired.
    """

    _name = "survey.question"
    _inherit = ["survey.question", "revisit.reading.mixin", "revisit.worded.mixin"]
    _revisit_guarded = True
    _revisit_meaning = frozenset(MEANING)
    _revisit_wording = frozenset(WORDING)

    survey_type = fields.Selection(related="survey_id.survey_type")
    measure_id = fields.Many2one(
        comodel_name="revisit.measure",
        ondelete="restrict",
        index="btree_not_null",
        help="What the answer is counted as. Empty: it is kept, and not counted.",
    )
    subject_kind = fields.Selection(
        selection=SUBJECT_KINDS,
        string="Judges",
        required=True,
        default="callback",
        help="Whom or what the answer is about. The trigger of the policy says where"
        " the document names them.",
    )
    is_reversed = fields.Boolean(
        string="High Is Bad", help="The highest answer counts 0, the lowest one 100."
    )
    is_retired = fields.Boolean(
        string="Retired",
        copy=False,
        help="Not asked any more; its answers stay and count.",
    )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    def _check_revisit_definition(self):
        """Refuse questions whose answers could not be read or counted.

        :raise ValidationError: names the question, and says what to change
        """
        for question in self:
            problem = (
                question.survey_id.survey_type == "revisit"
                and not question.is_page
                and question._get_definition_problem()
            )
            if problem:
                raise ValidationError(
                    self.env._(
                        "%(question)s: %(problem)s",
                        question=question.title,
                        problem=problem,
                    )
                )

    def _get_definition_problem(self):
        self.ensure_one()
        if self.question_type not in MEASURED_TYPES + TEXT_TYPES:
            return self.env._(
                "a callback asks for a choice, a scale, a number or words. Choose one"
                " of these types."
            )
        if self.measure_id and self.question_type in TEXT_TYPES:
            return self.env._(
                "words cannot be measured. Choose another type, or leave the measure"
                " empty."
            )
        low, high = self._get_bounds()
        if self.question_type == "numerical_box" and not low < high:
            return self.env._(
                "give the smallest number that can be answered, and a greater one."
            )
        return False

    def _get_choices_problem(self):
        """Return why it cannot be asked: its choices are added after the question."""
        choices = self.suggested_answer_ids
        if self.question_type != "simple_choice":
            return False
        if len(choices) < 2:
            return self.env._("give at least two choices.")
        if self.measure_id and not any(choice.is_counted for choice in choices):
            return self.env._(
                "say of at least one choice what it counts, from 0 to 100, or leave the"
                " measure empty."
            )
        return False

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        questions = super().create(vals_list)
        questions.survey_id._check_editor()
        questions._check_revisit_definition()
        return questions

    def write(self, vals):
        self.survey_id._check_editor()
        if MEANING & set(vals):
            self._check_meaning_kept(vals)
        result = super().write(vals)
        # of the questionnaire into which it was moved, too
        self.survey_id._check_editor()
        self._check_revisit_definition()
        return result

    def _check_meaning_kept(self, vals):
        """Refuse to change what the answers that were given mean.

        :raise UserError: the question has answers, and a value would change
        """
        for question in self._filter_answered():
            changed = [
                name
                for name in MEANING & set(vals)
                if question._fields[name].convert_to_cache(vals[name], question)
                != question._fields[name].convert_to_cache(question[name], question)
            ]
            if changed:
                labels = [
                    question._fields[name]._description_string(self.env)
                    for name in changed
                ]
                raise UserError(
                    self.env._(
                        "%(question)s was answered by customers already: what their"
                        " answers mean stays (%(fields)s). Retire this question, and"
                        " add a new one.",
                        question=question.title,
                        fields=", ".join(sorted(labels)),
                    )
                )

    def _filter_answered(self):
        if not self.ids:
            return self.browse()
        # whoever may see the answers: they keep the question as it is
        groups = (
            self.env["revisit.answer"]
            .sudo()
            ._read_group([("question_id", "in", self.ids)], ["question_id"])
        )
        return self.browse([question.id for (question,) in groups])

    @api.ondelete(at_uninstall=False)
    def _unlink_except_answered(self):
        self.survey_id._check_editor()
        answered = self._filter_answered()
        if answered:
            raise UserError(
                self.env._(
                    "%(question)s was answered by customers already, so it stays."
                    " Retire it: it is not asked any more.",
                    question=answered[0].title,
                )
            )

    # ------------------------------------------------------------
    # READING ANSWERS
    # ------------------------------------------------------------

    def _get_bounds(self):
        """Return the smallest and the greatest number that can be answered."""
        self.ensure_one()
        if self.question_type == "scale":
            return self.scale_min, self.scale_max
        if self.validation_required:
            return self.validation_min_float_value, self.validation_max_float_value
        return 0, 100

    def _get_shown(self, **details):
        """Return what a page needs to ask it, as plain values, beside ``details``."""
        self.ensure_one()
        types = {"scale": "scale", "simple_choice": "choice", "numerical_box": "number"}
        low, high = self._get_bounds()
        return {
            **details,
            "title": self.title,
            "type": types.get(self.question_type, "text"),
            "low": low,
            "high": high,
            "hint": self.env._("%(low)g to %(high)g", low=low, high=high),
            "low_label": self.scale_min_label or "",
            "high_label": self.scale_max_label or "",
            "choices": [
                (choice.id, choice.value) for choice in self.suggested_answer_ids
            ],
            # without it the matter would stay open
            "mandatory": self.constr_mandatory or bool(details.get("settles")),
        }

    def _read_answer(self, raw):
        """Return what a customer answered, as it is kept; the one reader for everybody.

        :param raw: what was sent: a number on the scale, the id or the text of a
            choice, or words; empty means that the question was not asked
        :return: ``{"value": 0-100 or False, "raw": text, "choice_id": id or False}``,
            or False where nothing was answered; the value is False for what does not
            count
        :raise ValidationError: the answer is not one of the question's
        """
        self.ensure_one()
        if raw is None or raw is False or (isinstance(raw, str) and not raw.strip()):
            return False
        if self.question_type == "simple_choice":
            return self._read_choice(raw)
        reader = self.env["revisit.reader"]
        # a question has its own end, which the sentence does not share
        label = self.env._("“%(question)s”", question=self.title)
        if self.question_type in TEXT_TYPES:
            text = reader._read_text(label, raw, TEXT_SIZE)
            return text and {"value": False, "raw": text, "choice_id": False}
        low, high = self._get_bounds()
        step = 1 if self.question_type == "scale" else None
        number = reader._read_number(label, raw, low=low, high=high, step=step)
        if number is False:
            return False
        share = 100 * (number - low) / (high - low)
        return {
            "value": 100 - share if self.is_reversed else share,
            "raw": f"{number:g}",
            "choice_id": False,
        }

    def _read_choice(self, raw):
        choices, text = self.suggested_answer_ids, str(raw).strip()
        found = choices.filtered(lambda choice: str(choice.id) == text)
        if not found:
            found = choices.filtered(lambda choice: choice._is_called(text))[:1]
        if not found:
            refusal = ValidationError(
                self.env._(
                    "%(question)s: %(answer)s is none of its choices. Use one of:"
                    " %(choices)s.",
                    question=self.title,
                    answer=self.env["revisit.reader"]._show(raw),
                    choices=", ".join(choices.mapped("value")),
                )
            )
            refusal.alone = self.env._("This is none of the choices: choose one.")
            raise refusal
        value = found.revisit_value if found.is_counted else False
        if found.is_counted and self.is_reversed:
            value = 100 - value
        return {"value": value, "raw": found.value, "choice_id": found.id}
