# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models

from ...tools.fields import OptionalFloat
from ...tools.local_day import LocalDay
from ...tools.terms import FIGURES, KINDS, LEVELS, SERVICE_STEPS, SUBJECT_KINDS


class RevisitAnswer(models.Model):
    """What a customer answered to one question, and whom the answer judges.

    Written when the talk is recorded, by nobody's hand. Whom it judges was named by the
    document when the callback was planned, and stays. What scores group and filter by
    stands in the row itself: a quarter of a million answers is read in one scan.
    """

    _name = "revisit.answer"
    _description = "Answer of a Customer"
    _inherit = [
        "revisit.locked.mixin",
        "revisit.protected.mixin",
    ]
    # the last talk first, and within it the questions as they were asked
    _order = "answered_at desc, id"
    _rec_name = "raw"
    _log_access = False
    _lock_parent = "callback_id"

    _server_owned = {
        "answered_at",
        "callback_id",
        "choice_id",
        "company_id",
        "dealer_id",
        "department_id",
        "employee_id",
        "interviewee_id",
        "kind",
        "level",
        "measure_id",
        "person_key",
        "product_id",
        "question_id",
        "raw",
        "role_id",
        "service_step",
        "subject_kind",
        "team_id",
        "user_id",
        "value",
    }

    callback_id = fields.Many2one(
        comodel_name="revisit.callback",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True
    )
    partner_id = fields.Many2one(
        related="callback_id.partner_id", string="Customer", related_sudo=False
    )
    # What was answered
    question_id = fields.Many2one(
        comodel_name="survey.question",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: the figure as a whole was recorded, without a question.",
    )
    title = fields.Char(
        string="What Was Asked",
        compute="_compute_title",
        compute_sudo=True,
        help="The question, or the figure that was recorded without one.",
    )
    measure_id = fields.Many2one(
        comodel_name="revisit.measure", readonly=True, ondelete="restrict"
    )
    measure = fields.Char(
        related="measure_id.code", string="Measure Code", related_sudo=True
    )
    value = OptionalFloat(
        digits=(5, 2),
        readonly=True,
        aggregator="avg",
        help="From 0 (bad) to 100 (good); empty where the answer does not count.",
    )
    raw = fields.Text(string="As It Was Given", readonly=True)
    choice_id = fields.Many2one(
        comodel_name="survey.question.answer",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    answer_text = fields.Char(
        string="Answer Given",
        compute="_compute_answer_text",
        compute_sudo=True,
        help="What was answered; a choice in the reader's language.",
    )
    answered_at = fields.Datetime(string="Answered", required=True, readonly=True)
    answered_on = LocalDay(string="Day", moment="answered_at")
    # Who answered
    interviewee_id = fields.Many2one(
        comodel_name="res.partner",
        readonly=True,
        ondelete="restrict",
        help="Who was asked, where it was not the customer of the callback.",
    )
    # whoever is merged with another contact later has answered all the same
    person_key = fields.Integer(
        string="Number of the Person", required=True, readonly=True, aggregator=None
    )
    role_id = fields.Many2one(
        comodel_name="revisit.contact.role",
        string="Asked As",
        readonly=True,
        ondelete="restrict",
    )
    # Whom it judges
    subject_kind = fields.Selection(
        selection=SUBJECT_KINDS, string="Judges", required=True, readonly=True
    )
    subject_name = fields.Char(
        string="Judged",
        compute="_compute_subject_name",
        compute_sudo=True,
        help="Whom or what the answer counts for.",
    )
    user_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict"
    )
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        readonly=True,
        ondelete="restrict",
        groups="hr.group_hr_user,revisit_management.group_supervisor",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department", readonly=True, ondelete="restrict"
    )
    team_id = fields.Many2one(
        comodel_name="revisit.team", string="Unit", readonly=True, ondelete="restrict"
    )
    dealer_id = fields.Many2one(
        comodel_name="res.partner", readonly=True, ondelete="restrict"
    )
    product_id = fields.Many2one(
        comodel_name="product.product", readonly=True, ondelete="restrict"
    )
    # What it was about
    kind = fields.Selection(selection=KINDS, readonly=True)
    level = fields.Selection(selection=LEVELS, readonly=True)
    service_step = fields.Selection(selection=SERVICE_STEPS, readonly=True)

    _said_once = models.UniqueIndex(
        "(callback_id, COALESCE(question_id, -measure_id), COALESCE(role_id, 0),"
        " person_key)",
        "This question has been answered already.",
    )
    _period_idx = models.Index("(company_id, answered_at)")
    _employee_idx = models.Index(
        "(employee_id, measure_id, answered_at) WHERE employee_id IS NOT NULL"
    )
    _dealer_idx = models.Index(
        "(dealer_id, measure_id, answered_at) WHERE dealer_id IS NOT NULL"
    )
    _product_idx = models.Index(
        "(product_id, measure_id, answered_at) WHERE product_id IS NOT NULL"
    )
    _value_bounded = models.Constraint(
        "CHECK(value BETWEEN 0 AND 100)", "An answer counts from 0 to 100."
    )

    @api.depends("question_id", "measure_id")
    @api.depends_context("lang")
    def _compute_title(self):
        for answer in self:
            question, measure = answer.question_id, answer.measure_id
            answer.title = question.title or measure.display_name or False

    @api.depends("raw", "choice_id.value")
    @api.depends_context("lang")
    def _compute_answer_text(self):
        for answer in self:
            answer.answer_text = answer.choice_id.value or answer.raw or False

    @api.depends("employee_id", "user_id", "dealer_id", "product_id", "team_id")
    def _compute_subject_name(self):
        for answer in self:
            subject = (
                answer.employee_id
                or answer.user_id
                or answer.dealer_id
                or answer.product_id
                or answer.team_id
            )
            # a product by its name, as people say it
            named = subject.with_context(display_default_code=False)
            answer.subject_name = named.display_name or False

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _keep(self, rows, moment):
        """Create answers with whom they judge, all in one statement.

        :param rows: values of the answers, with ``subject`` as ``_get_subject`` says
        """
        # answers are written by this step, by nobody's hand
        answers = self.sudo()
        if not rows:
            return answers
        Callback = self.env["revisit.callback"].sudo()  # see above
        callbacks = Callback.browse([row["callback_id"] for row in rows])
        judged = self._resolve_subjects(
            [(c, row.pop("subject")) for c, row in zip(callbacks, rows, strict=True)]
        )
        for callback, row, subject in zip(callbacks, rows, judged, strict=True):
            row.update(
                subject,
                company_id=callback.company_id.id,
                person_key=row.get("interviewee_id") or 0,
                answered_at=moment,
                kind=callback.kind,
                level=callback.level,
                service_step=callback.service_step,
            )
        return answers.create(rows)

    def _correct(self, raw):
        """Put down what was answered in truth, and leave a trace of what stood there.

        :param raw: see ``survey.question._read_answer``; empty: it was not asked
        """
        self.ensure_one()
        callback = self.callback_id
        said = self._read_correction(raw)
        if said and said["raw"] == self.raw:
            return
        callback._create_traces(
            [
                {
                    "res_model": callback._name,
                    "res_id": callback.id,
                    "company_id": callback.company_id.id,
                    "part": self.title,
                    "part_model": self._name,
                    "field_name": "raw",
                    "value_pair": {"old": self.raw, "new": said and said["raw"]},
                    "user_id": self.env.uid,
                }
            ]
        )
        if said:
            self.write(said)
        else:
            self.unlink()

    def _read_correction(self, raw):
        """Return the values of an answer as it came from outside, or None."""
        if self.question_id:
            return self.question_id._read_answer(raw) or None
        limit = FIGURES[self.measure]
        number = self.env["revisit.reader"]._read_number(
            self.measure_id.display_name, raw, low=0, high=limit
        )
        if number is False:
            return None
        return {"value": number * 100 / limit, "raw": f"{number:g}"}

    @api.model
    def _resolve_subjects(self, pairs):
        """Return what an answer keeps of whom it judges, a dict per pair.

        A user's employee is theirs in the callback's company, archived ones included;
        the department is theirs on the day of the event, the unit of who called is
        the one whose callback it was.

        :param pairs: ``[(callback, (kind, model, id))]``
        """
        verified = {
            callback: self._get_verified(callback)
            for callback, (kind, *_named) in pairs
            if kind == "caller" and callback.kind == "verification"
        }
        judged = [verified.get(callback, callback) for callback, _subject in pairs]
        makers = [
            self._get_maker(callback, subject, made)
            for (callback, subject), made in zip(pairs, judged, strict=True)
        ]
        wanted = {
            (res_id, callback.company_id.id)
            for (callback, _s), (model, res_id) in zip(pairs, makers, strict=True)
            if model == "res.users"
        }
        employees = self.env["revisit.callback"]._get_employees(wanted)
        return [
            {
                "subject_kind": subject[0],
                "team_id": subject[0] == "caller" and made.resp_team_id.id,
                **self._resolve_subject(callback, model, res_id, employees),
            }
            for (callback, subject), made, (model, res_id) in zip(
                pairs, judged, makers, strict=True
            )
        ]

    @api.model
    def _get_maker(self, callback, subject, made):
        """Return ``(model, id)`` of a subject; who makes the callback is known now.

        :param made: the callback whose maker is meant, which is another one where the
            answer verifies
        """
        kind, model, res_id = subject
        if kind != "caller" or res_id:
            return model, res_id
        if callback.kind == "verification":
            return "res.users", made.made_by_id.id
        return "res.users", (callback.made_by_id or self.env.user).id

    @api.model
    def _get_verified(self, callback):
        """Return the made callback that this one verifies: the last one before it."""
        return callback.search(
            [
                ("source_model", "=", callback.source_model),
                ("source_id", "=", callback.source_id),
                ("kind", "!=", "verification"),
                ("made_by_id", "!=", False),
                ("id", "!=", callback.id),
            ],
            order="done_at desc, id desc",
            limit=1,
        )

    @api.model
    def _resolve_subject(self, callback, model, res_id, employees):
        # whoever is judged may be gone by now: the answer then judges nobody
        record = model and self.env[model].sudo().browse(res_id).exists()
        if not record:
            return {}
        if model == "res.partner":
            return {"dealer_id": record.commercial_partner_id.id}
        if model == "product.product":
            return {"product_id": record.id}
        if model == "revisit.team":
            return {"team_id": record.id, "dealer_id": record.dealer_id.id}
        found, employee = {}, record
        if model == "res.users":
            found["user_id"] = record.id
            if record.share:
                # a dealer's person: the dealer answers for them
                return {**found, "dealer_id": record.commercial_partner_id.id}
            employee = employees.get((record.id, callback.company_id.id))
        if employee:
            found["employee_id"] = employee.id
            found["user_id"] = found.get("user_id") or employee.user_id.id
            found["department_id"] = callback._get_department(
                employee, callback.event_at
            ).id
        return found
