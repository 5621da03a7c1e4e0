# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class SurveySurvey(models.Model):
    """Questionnaires of callbacks are Odoo's surveys of a type of their own.

    Editor, choices, conditions and languages are Odoo's; their answers are ours, see
    ``revisit.answer``. Each company has its own.
    """

    _name = "survey.survey"
    _inherit = ["survey.survey", "revisit.reading.mixin"]
    _check_company_auto = True
    _revisit_guarded = True

    survey_type = fields.Selection(
        selection_add=[("revisit", "Callback")], ondelete={"revisit": "set default"}
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
    )
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook",
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
    )
    revisit_policy_ids = fields.One2many(
        comodel_name="revisit.policy",
        inverse_name="survey_id",
        string="Asked By",
        groups="revisit_management.group_agent",
    )

    @api.depends("survey_type")
    def _compute_company_id(self):
        for survey in self:
            if survey.survey_type == "revisit" and not survey.company_id:
                survey.company_id = self.env.company
            elif survey.survey_type != "revisit":
                survey.company_id = False

    @api.depends("survey_type")
    @api.depends_context("uid")
    def _compute_allowed_survey_types(self):
        result = super()._compute_allowed_survey_types()
        if self.env.user.has_group("revisit_management.group_manager"):
            for survey in self:
                survey.allowed_survey_types = [
                    *(survey.allowed_survey_types or []),
                    "revisit",
                ]
        return result

    @api.constrains("survey_type", "question_and_page_ids")
    def _check_revisit_questions(self):
        ours = self.filtered(lambda survey: survey.survey_type == "revisit")
        ours.question_and_page_ids._check_revisit_definition()

    @api.model_create_multi
    def create(self, vals_list):
        surveys = super().create(vals_list)
        surveys._check_editor()
        return surveys

    def write(self, vals):
        self._check_editor()
        if {"company_id", "survey_type"} & set(vals):
            self._check_kept(vals)
        result = super().write(vals)
        # of what it has become, too
        self._check_editor()
        return result

    def _check_editor(self):
        """Refuse to change questionnaires of callbacks for who only edits surveys.

        :raise AccessError: the user is no callback manager
        """
        if self.env.su or self.env.user.has_group("revisit_management.group_manager"):
            return
        # what it is decides, whoever may read it
        for survey in self.sudo().filtered(lambda s: s.survey_type == "revisit"):
            raise AccessError(
                self.env._(
                    "%(survey)s is asked in callbacks: only callback managers change"
                    " it. Ask one of them, or copy it as a survey.",
                    survey=survey.title,
                )
            )

    def _check_kept(self, vals):
        """Keep a questionnaire one of callbacks, and in its company, once it is asked.

        :raise UserError: names the questionnaire
        """
        ours = self.filtered(lambda survey: survey.survey_type == "revisit")
        for survey in ours:
            kind = vals.get("survey_type", survey.survey_type)
            company_id = vals.get("company_id", survey.company_id.id)
            if kind == survey.survey_type and company_id == survey.company_id.id:
                continue
            is_asked = survey._get_asking_policy() or (
                survey.question_ids._filter_answered()
            )
            if is_asked or (kind == "revisit" and not company_id):
                raise UserError(
                    self.env._(
                        "%(survey)s is asked in callbacks of its company, and stays"
                        " such a questionnaire. Copy it for anything else.",
                        survey=survey.title,
                    )
                )

    def _get_asking_policy(self):
        """Return a policy that asks one of these questionnaires, if there is any."""
        # a policy that one may not read asks its questions all the same
        policies = self.env["revisit.policy"].sudo().with_context(active_test=False)
        return policies.search([("survey_id", "in", self.ids)], limit=1)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        self._check_editor()
        policy = self._get_asking_policy()
        if policy:
            raise UserError(
                self.env._(
                    "%(survey)s is asked by the policy %(policy)s. Choose another"
                    " questionnaire there first, or archive this one.",
                    survey=policy.survey_id.title,
                    policy=policy.name,
                )
            )

    def _check_answer_creation(self, user, partner, email, test_entry=False, **options):
        # answers given on the pages of surveys would belong to no callback
        if self.survey_type == "revisit" and not test_entry:
            raise UserError(
                self.env._(
                    "%(survey)s is asked in callbacks, and answered there. Copy it as a"
                    " survey to send it by a link.",
                    survey=self.title,
                )
            )
        return super()._check_answer_creation(
            user, partner, email, test_entry=test_entry, **options
        )

    def _get_revisit_questions(self):
        """Return the questions that are asked now, in their order."""
        return self.question_ids.filtered(lambda question: not question.is_retired)

    def _get_asking_problem(self):
        """Return why the questionnaire cannot be asked, in words, or False."""
        self.ensure_one()
        if self.survey_type != "revisit":
            return self.env._(
                "%(survey)s is no questionnaire for callbacks. Choose one of the type"
                " Callback.",
                survey=self.title,
            )
        for question in self._get_revisit_questions():
            if problem := question._get_choices_problem():
                return f"{question.title}: {problem}"
        return False
