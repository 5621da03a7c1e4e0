# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.fields import OptionalFloat

# what was chosen, and what that counts: it stays as it was when the customer chose it
MEANING = {"matrix_question_id", "question_id", "revisit_value"}


class SurveyQuestionAnswer(models.Model):
    """A choice, and what it counts."""

    _name = "survey.question.answer"
    _inherit = [
        "survey.question.answer",
        "revisit.reading.mixin",
        "revisit.worded.mixin",
    ]
    _revisit_guarded = True
    _revisit_meaning = frozenset(MEANING)
    _revisit_wording = frozenset({"value"})

    revisit_value = OptionalFloat(
        string="Counts",
        digits=(5, 2),
        aggregator=None,
        help="From 0 (bad) to 100 (good). Empty: whoever chooses it is not counted, as"
        " after Does Not Apply.",
    )
    is_counted = fields.Boolean(compute="_compute_is_counted")

    _revisit_value_bounded = models.Constraint(
        "CHECK(revisit_value BETWEEN 0 AND 100)", "A choice counts from 0 to 100."
    )

    @api.depends("revisit_value")
    def _compute_is_counted(self):
        for choice in self:
            choice.is_counted = choice.revisit_value is not False

    @api.model_create_multi
    def create(self, vals_list):
        choices = super().create(vals_list)
        choices.question_id.survey_id._check_editor()
        # a later release of a rulebook, which the system loads, may add some
        answered = not self.env.su and choices._filter_answered()
        if answered:
            answered._refuse_change()
        return choices

    def write(self, vals):
        self.question_id.survey_id._check_editor()
        if MEANING & set(vals):
            self._check_meaning_kept(vals)
        result = super().write(vals)
        # of the questionnaire into which it was moved, too
        self.question_id.survey_id._check_editor()
        return result

    def _check_meaning_kept(self, vals):
        names = MEANING & set(vals)
        for choice in self._filter_answered():
            if any(
                choice._fields[name].convert_to_cache(vals[name], choice)
                != choice._fields[name].convert_to_cache(choice[name], choice)
                for name in names
            ):
                choice._refuse_change()

    def _refuse_change(self):
        raise UserError(
            self.env._(
                "Customers have answered %(question)s already: its choices, and what"
                " they count, stay. Retire the question, and add a new one.",
                question=self[0].question_id.title or self[0].value,
            )
        )

    def _filter_answered(self):
        """Return the choices among which a customer has chosen: one, or another."""
        answered = self.question_id._filter_answered()
        return self.filtered(lambda choice: choice.question_id in answered)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_chosen(self):
        answered = self._filter_answered()
        if answered:
            answered._refuse_change()

    def _is_called(self, text):
        """Return whether it is called so, in any of the installed languages."""
        self.ensure_one()
        for lang, _name in self.env["res.lang"].get_installed():
            if (self.with_context(lang=lang).value or "").casefold() == text.casefold():
                return True
        return False
