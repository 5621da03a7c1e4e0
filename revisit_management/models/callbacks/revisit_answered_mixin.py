# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections import namedtuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools import marks
from ...tools.faults import Faults
from ...tools.terms import DONE_STATES, FIGURES

# context key while figures follow the answer of the callback that leads them
FOLLOWING = "revisit_following"

# One question of a conversation: the callbacks that ask it alike, the first of which
# keeps the answer, and whom it judges as ``(kind, model, id)``.
Asked = namedtuple("Asked", "question callbacks subject")


class RevisitAnsweredMixin(models.AbstractModel):
    """What is asked in a conversation, and what the customer answered.

    The questions are those of the policies. In one conversation a question is asked
    once for all callbacks that mean the same by it: the same measure of the same
    subject. Its answer is kept once, and counts for all of them in the figures that
    each callback sums up.
    """

    _name = "revisit.answered.mixin"
    _description = "Answers of a Conversation"
    _inherit = ["revisit.judged.mixin"]

    subjects = fields.Json(
        readonly=True,
        copy=False,
        help="Whom the document named when the callback was planned, by kind.",
    )
    survey_id = fields.Many2one(
        comodel_name="survey.survey",
        string="Questionnaire",
        compute="_compute_survey_id",
        compute_sudo=True,
    )
    answer_ids = fields.One2many(
        comodel_name="revisit.answer",
        inverse_name="callback_id",
        string="Answers",
        readonly=True,
        copy=False,
    )
    contact_questions = fields.Html(
        string="Questions",
        compute="_compute_contact_questions",
        compute_sudo=True,
        help="What is asked in this conversation, and whom each answer judges.",
    )

    @api.depends("policy_id.survey_id")
    def _compute_survey_id(self):
        for callback in self:
            callback.survey_id = callback.policy_id.survey_id

    @api.depends("survey_id", "contact_id", "subjects")
    @api.depends_context("lang")
    def _compute_contact_questions(self):
        for callback in self:
            shown = (
                callback._get_leaders()._get_finished_together()._get_questionnaire()
            )
            items = (
                Markup("<li>%s%s</li>")
                % (
                    question["title"],
                    Markup(" <small class='text-muted'>→ %s</small>")
                    % question["judged"]
                    if question["judged"]
                    else "",
                )
                for question in shown
            )
            text = Markup("").join(items)
            callback.contact_questions = bool(text) and Markup("<ol>%s</ol>") % text

    # ------------------------------------------------------------
    # WHAT IS ASKED
    # ------------------------------------------------------------

    def _get_asked(self):
        """Return the questions of the conversation about ``self``, each once.

        :return: list of :class:`Asked`, in the order in which they are asked
        """
        asked, meant = [], {}
        for callback in self:
            own = {}
            # the questions hold for agents and dealers, who read no policies
            for question in callback.sudo().survey_id._get_revisit_questions():
                subject = callback._get_subject(question.subject_kind)
                meaning = question.measure_id or question
                key = (meaning, subject, callback._get_unnamed_key(subject))
                if question.measure_id.is_resolution:
                    # one matter may be settled while another is not
                    key += (callback.source_model, callback.source_id)
                before = meant.get(key)
                if before is None:
                    entry = Asked(question, callback, subject)
                    asked.append(entry)
                    own[key] = [*own.get(key, ()), len(asked) - 1]
                else:
                    for place in before:
                        entry = asked[place]
                        asked[place] = entry._replace(
                            callbacks=entry.callbacks | callback
                        )
            meant.update(own)
        return asked

    def _get_questionnaire(self):
        """Return the questions of the conversation about ``self``, to be shown.

        :return: list of dicts: ``key`` as ``action_done`` takes it, ``title``,
            ``judged`` (the name of whom it judges), ``about`` (the document, where not
            all ask it), ``type`` (``scale``, ``choice``, ``number`` or ``text``),
            ``low``, ``high``, their labels, ``choices`` as (id, label), ``mandatory``,
            ``settles`` (whether the answer is the customer's verdict on a matter)
        """
        shown = []
        for entry in self._get_asked():
            judged, callback = self._get_subject_name(entry.subject), entry.callbacks[0]
            # who or what is judged is named once
            about = [part for part in callback._get_about_parts() if part != judged]
            shown.append(
                entry.question._get_shown(
                    key=self._get_asked_key(entry),
                    judged=judged,
                    about=len(entry.callbacks) < len(self) and " · ".join(about),
                    settles=self._is_settling(entry),
                )
            )
        return shown

    def _get_subject(self, kind):
        """Return whom an answer would judge: ``(kind, model, id)``.

        Model and id are False for the service as a whole, for who makes the callback,
        and for those whom the document did not name.
        """
        self.ensure_one()
        if kind == "dealer":
            return kind, "res.partner", self.dealer_id.id
        if kind == "product":
            return kind, "product.product", self.product_id.id
        named = (self.subjects or {}).get(kind)
        if not named and kind == "shop" and self.dealer_id:
            return kind, "res.partner", self.dealer_id.id
        model, res_id = named or (False, False)
        return kind, model, res_id

    def _get_unnamed_key(self, subject):
        """Return what tells two people apart whom nobody has named: their documents.

        The service as a whole, and who makes the callback, are the same for all; whose
        callback is verified is known from the document.
        """
        kind, _model, res_id = subject
        is_verified = kind == "caller" and self.kind == "verification"
        if res_id or (kind in ("callback", "caller") and not is_verified):
            return None
        return self.source_model, self.source_id

    @api.model
    def _fill_subjects(self, vals_list):
        """Add to creation values whom the document names, where its trigger says so."""
        policies = self.env["revisit.policy"].sudo()  # who may plan need not read them
        for vals in vals_list:
            trigger = policies.browse(vals.get("policy_id")).trigger_id
            model = vals.get("source_model")
            if not trigger.model_name:
                # planned by hand for a document: as those that plan for it
                trigger = self.env["revisit.trigger"].sudo()._get_of_model(model)
            elif model != trigger.model_name:
                continue
            if not trigger.subject_ids:
                continue
            # who may plan need not read the document
            source = self.env[model].sudo().browse(vals.get("source_id")).exists()
            if source:
                vals["subjects"] = trigger._read_subjects(source)

    @api.model
    def _get_subject_name(self, subject):
        """Return how people call a subject, or False where nobody is named."""
        _kind, model, res_id = subject
        # who is judged is no secret to who asks the question
        record = self.env[model].sudo().browse(res_id).exists() if res_id else None
        # a product by its name, as the agent says it
        named = record and record.with_context(display_default_code=False)
        return named.display_name if named else False

    # ------------------------------------------------------------
    # WHAT WAS ANSWERED
    # ------------------------------------------------------------

    def _read_questionnaire(self, answers):
        """Return what was answered, as it came from outside.

        :param answers: ``{question id: answer}``; an answer is a number, the id or the
            text of a choice, or words. Where two callbacks ask the same question about
            different people, ``"callback id:question id"`` tells them apart
        :return: list of ``(Asked, answer)``, see ``survey.question._read_answer``
        :raise UserError: the question is not asked in this conversation
        :raise ValidationError: an answer is not one of its question's
        """
        if not answers:
            return []
        if not isinstance(answers, dict):
            raise UserError(
                self.env._(
                    "Give the answers as a table: the id of each question, and what was"
                    " answered."
                )
            )
        asked, known = self._get_asked(), {}
        for entry in asked:
            for callback in entry.callbacks:
                known.setdefault(str(entry.question.id), entry)
                known[f"{callback.id}:{entry.question.id}"] = entry
        given, faults = {}, Faults()
        for key, raw in answers.items():
            entry = known.get(str(key)) or self._refuse_question(key, asked)
            with faults.at(self._get_asked_key(entry)):
                answer = entry.question._read_answer(raw)
                if answer:
                    given[asked.index(entry)] = answer
        faults.check()
        return [(asked[place], given[place]) for place in sorted(given)]

    def _refuse_question(self, key, asked):
        questions = (f"{entry.question.id} ({entry.question.title})" for entry in asked)
        raise UserError(
            self.env._(
                "Question %(key)s is not asked in this conversation. Its questions are:"
                " %(known)s.",
                key=self.env["revisit.reader"]._show(key),
                known=", ".join(questions) or self.env._("none"),
            )
        )

    def _check_mandatory(self, given, said):
        """Refuse to leave out what the rulebook wants asked.

        :param given: what :meth:`_read_questionnaire` returned
        :param said: ``{callback: {field: value}}``: figures without their questions
        :raise UserError: names the first question without an answer
        """
        faults = Faults()
        for entry in self._find_demanded(given, said):
            with faults.at(self._get_asked_key(entry)):
                self._refuse_unanswered(entry.question)
        faults.check()

    def _find_demanded(self, given, said):
        """Return what the rulebook wants asked, and has no answer."""
        unanswered = []
        answered = {(e.question, e.callbacks) for e, _answer in given}
        for entry in self._get_asked():
            is_given = (entry.question, entry.callbacks) in answered
            if self._is_demanded(entry, said) and not is_given:
                if entry.question in entry.callbacks.answer_ids.question_id:
                    continue  # answered by somebody else before
                figure = entry.question.measure_id.code
                if said.get(entry.callbacks[0], {}).get(figure, False) is not False:
                    continue  # told as a figure, by another program
                unanswered.append(entry)
        return unanswered

    def _get_figures(self):
        """Return ``{callback: {measure: mean}}`` of the answers to its questions.

        An answer counts for every callback that asks the question alike.
        """
        found = {}
        for entry in self._get_asked():
            code = entry.question.measure_id.code
            if code not in FIGURES:
                continue
            rows = entry.callbacks[0].answer_ids.filtered(
                lambda a, q=entry.question: a.question_id == q and a.value is not False
            )
            for callback in entry.callbacks if rows else self.browse():
                values = found.setdefault(callback, {}).setdefault(code, [])
                values.extend(rows.mapped("value"))
        return {
            callback: {
                code: self._get_sum(code, values) for code, values in codes.items()
            }
            for callback, codes in found.items()
        }

    @api.model
    def _get_sum(self, code, values):
        """Return the figure of a callback from the values of its answers (0-100).

        >>> self._get_sum("quality", [80, 90]), self._get_sum("nps", [84])
        (85.0, 8)
        """
        mean = sum(values) / len(values) * FIGURES[code] / 100
        return int(mean + 0.5) if FIGURES[code] == 10 else round(mean, 2)

    def _check_said_once(self, figures, measures):
        """Refuse figures beside answers to the questions that make them.

        :param figures: see :meth:`_get_figures`
        :param measures: ``{callback: {field: value}}`` as they were given
        """
        for callback, codes in figures.items():
            for code in codes:
                if measures.get(callback, {}).get(code, False) is not False:
                    raise ValidationError(
                        self.env._(
                            "%(measure)s follows from the answers to its questions:"
                            " leave the figure out.",
                            measure=self._fields[code]._description_string(self.env),
                        )
                    )

    # ------------------------------------------------------------
    # KEEPING ANSWERS
    # ------------------------------------------------------------

    def _record_answers(
        self, said, answers, moment, role=None, interviewee=None, is_reached=True
    ):
        """Write down all that was said in the conversation about ``self``.

        :param said: ``{callback: {field: value}}``, what was recorded on each
        :param answers: see :meth:`_read_questionnaire`
        :param is_reached: whether there was a talk, in which questions could be asked
        :param role: as whom somebody answered
        :param interviewee: who answered
        """
        given = self._read_questionnaire(answers)
        # a program that sends no answers has asked without our questions
        if is_reached and answers is not None:
            self._check_mandatory(given, said)
        self._keep_answers(given, moment, role, interviewee)
        said = self._settle_verdicts(said)
        # what others have answered before counts along
        figures = self._get_figures()
        self._check_said_once(figures, said)
        self._keep_measures(said, moment)
        for callback in self:
            with callback._naming_row(self):
                callback.write({**said[callback], **figures.get(callback, {})})
        self._count_roles()

    def _keep_answers(self, given, moment, role=None, interviewee=None):
        """Keep what was answered, each answer once.

        :param given: what :meth:`_read_questionnaire` returned
        :param moment: naive UTC
        :param role: the ``revisit.contact.role`` as which somebody answered
        :param interviewee: the ``res.partner`` who answered, if not the customer
        :return: the answers
        """
        rows = [
            {
                "callback_id": entry.callbacks[0].id,
                "question_id": entry.question.id,
                "measure_id": entry.question.measure_id.id,
                "value": answer["value"],
                "raw": answer["raw"],
                "choice_id": answer["choice_id"],
                "role_id": role and role.id,
                "interviewee_id": interviewee and interviewee.id,
                "subject": entry.subject,
            }
            for entry, answer in given
        ]
        return self.env["revisit.answer"]._keep(rows, moment)

    def _keep_measures(self, measures, moment):
        """Keep figures that were recorded without a question, each said once.

        :param measures: ``{callback: {field: value}}``, whoever leads the conversation
            first
        """
        known = self.env["revisit.measure"]._get_standard()
        rows, said = [], set()
        for callback, values in measures.items():
            for code in FIGURES.keys() & values.keys():
                value = values[code]
                if value is False or value is None:
                    continue
                subject = callback._get_subject(callback._get_measured_kind(code))
                if (code, value, subject) in said:
                    continue
                said.add((code, value, subject))
                rows.append(
                    {
                        "callback_id": callback.id,
                        "measure_id": known[code],
                        "value": value * 100 / FIGURES[code],
                        "raw": f"{value:g}",
                        "subject": subject,
                    }
                )
        return self.env["revisit.answer"]._keep(rows, moment)

    def _get_measured_kind(self, code):
        """Return whom a figure without a question judges: whom all its questions do."""
        # the questions hold for agents and dealers, who read no policies
        questions = self.sudo().survey_id._get_revisit_questions()
        kinds = {q.subject_kind for q in questions if q.measure_id.code == code}
        return kinds.pop() if len(kinds) == 1 else "callback"

    # ------------------------------------------------------------
    # CORRECTIONS
    # ------------------------------------------------------------

    def _correct_answers(self, vals):
        """Let the answer behind a figure follow its correction.

        :raise UserError: the figure is the mean of several answers
        """
        codes = FIGURES.keys() & vals.keys()
        if marks.read(self.env, FOLLOWING):
            return
        for callback in self if codes else self.browse():
            if callback.state not in DONE_STATES:
                continue
            for code in codes:
                callback._correct_answer(code, vals[code])
                callback._follow_correction(code, vals[code])

    def _check_not_said_for_all(self, code):
        """Refuse to correct a figure whose answer is kept on another callback.

        :raise UserError: names the callback with which the answer is corrected
        """
        # what was said holds for the conversation, whoever may read which part of it
        callback = self.sudo()
        if callback[code] is False or not callback.contact_id:
            return
        leader = callback.contact_id
        if leader.answer_ids.filtered(lambda answer: answer.measure == code):
            raise UserError(
                self.env._(
                    "%(measure)s was said once for the whole conversation: it is"
                    " corrected on %(callback)s.",
                    measure=self._fields[code]._description_string(self.env),
                    callback=leader.display_name,
                )
            )

    def _follow_correction(self, code, value):
        """Let the figures of the followers be what the leader's answer says."""
        # the figures of a conversation are written by this step, by nobody's hand
        followers = self.sudo().follower_ids.filtered(
            lambda follower: (
                follower.state in DONE_STATES
                and not follower.answer_ids.filtered(lambda a: a.measure == code)
                and follower[code] is not False
            )
        )
        followers.with_context(**{FOLLOWING: marks.Told(True)}).write({code: value})

    def _correct_answer(self, code, value):
        # an answer is written by this step, by nobody's hand
        answers = self.sudo().answer_ids.filtered(lambda a: a.measure == code)
        if not answers:
            self._check_not_said_for_all(code)
        if len(answers) > 1:
            raise UserError(
                self.env._(
                    "%(callback)s: %(measure)s is the mean of %(count)s answers, so it"
                    " cannot be corrected as a whole.",
                    callback=self.display_name,
                    measure=self._fields[code]._description_string(self.env),
                    count=len(answers),
                )
            )
        if value is False or value is None:
            answers.unlink()
        elif answers:
            answers.write({"value": value * 100 / FIGURES[code], "raw": f"{value:g}"})
        else:
            moment = self.done_at or fields.Datetime.now()
            self._keep_measures({self: {code: value}}, moment)
