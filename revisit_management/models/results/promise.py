# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, plaintext2html

from ...tools import windows
from ...tools.tasks import heard
from ...tools.values import NOTE_SIZE, has_words

ACTIVITY = "revisit_management.activity_type_result_promise"
# nobody promises an answer for later
MOST_DAYS = 366
# as far ahead the next working day is looked for
NEAR = timedelta(days=30)


class RevisitResult(models.Model):
    """An answer that was promised to the customer: by when, by whom, and kept or not.

    Whoever gives it has a task until it is given. Whether it was in time counts for
    them: a promise that a supervisor gives to somebody else counts for the other one,
    unless less than an hour of working time was left by then.
    """

    _inherit = "revisit.result"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {
        "answer",
        "answer_state",
        "answered_at",
        "answered_by_id",
        "promised_until",
    }

    promised_on = fields.Date(
        string="Answer By",
        copy=False,
        help="The working day by whose end the customer has the answer.",
    )
    promised_until = fields.Datetime(
        string="Answer Late From",
        readonly=True,
        copy=False,
        help="The first moment at which the answer is late.",
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        string="Answer Given By",
        copy=False,
        ondelete="restrict",
        tracking=True,
        help="Who gives the answer; by default whoever has promised it.",
    )
    answer = fields.Text(string="What Was Answered", readonly=True, copy=False)
    answered_at = fields.Datetime(string="Answered On", readonly=True, copy=False)
    answered_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    answer_state = fields.Selection(
        selection=[
            ("open", "To Be Answered"),
            ("kept", "Answered in Time"),
            ("late", "Answered Late"),
        ],
        string="Promise",
        compute="_compute_answer_state",
        store=True,
        help="Empty for results that promise nothing.",
    )
    is_overdue = fields.Boolean(
        string="Late", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    may_answer = fields.Boolean(compute="_compute_may_answer")

    _open_idx = models.Index(
        "(owner_id, promised_until) WHERE kind = 'promise' AND answered_at IS NULL"
    )
    _promised_idx = models.Index("(company_id, promised_until) WHERE kind = 'promise'")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("kind", "answered_at", "promised_until")
    def _compute_answer_state(self):
        for result in self:
            if result.kind != "promise":
                result.answer_state = False
            elif not result.answered_at:
                result.answer_state = "open"
            else:
                is_kept = result.answered_at < result.promised_until
                result.answer_state = "kept" if is_kept else "late"

    @api.depends("answer_state", "promised_until")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for result in self:
            until = result.promised_until
            result.is_overdue = bool(
                result.answer_state == "open" and until and until <= now
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("answer_state", "=", "open") & Domain(
            "promised_until", "<=", fields.Datetime.now()
        )
        return late if True in value else ~late

    @api.depends("answer_state", "owner_id")
    @api.depends_context("uid")
    def _compute_may_answer(self):
        for result in self:
            result.may_answer = result.answer_state == "open" and result._may_answer()

    def _may_answer(self):
        self.ensure_one()
        # compared only, whoever may read it
        return self.env.user == self.sudo().owner_id or self._leads_unit()

    def _is_late(self):
        """Return whether the promised time is over, and nobody has answered."""
        self.ensure_one()
        until = self.promised_until
        return bool(until and not self.answered_at and until <= fields.Datetime.now())

    @api.model
    def _has_fair_time(self, until, company):
        """Return whether somebody else has the working time to answer from now on."""
        workdays = self.env["revisit.workday"]._get_workdays(company)
        now = fields.Datetime.now()
        return self.env["revisit.callback"]._is_fair(workdays, now, until)

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("owner_id", "kind")
    def _check_owner(self):
        for result in self.filtered("owner_id"):
            owner = result.owner_id
            owner._revisit_check_company(result)
            if not owner._revisit_may_own_issues():
                raise ValidationError(
                    self.env._(
                        "%(result)s cannot be given to %(user)s, who is no colleague"
                        " with the role Agent and could not see it. Choose one who is.",
                        result=result.display_name,
                        user=owner.name,
                    )
                )

    # ------------------------------------------------------------
    # NOTING
    # ------------------------------------------------------------

    @api.model
    def _prepare_promise(self, kind, vals, callback):
        """Return by when and by whom the answer is given, read and checked.

        :param callback: of the talk (sudo)
        """
        if kind != "promise":
            return dict.fromkeys(("promised_on", "promised_until", "owner_id"), False)
        reader, company = self.env["revisit.reader"], callback.company_id
        label = reader._get_label(self, "promised_on")
        day = reader._read_date(label, vals.get("promised_on"))
        self._check_promised_on(day, company)
        until = windows.day_start(day + timedelta(days=1), company._revisit_tz())
        label = reader._get_label(self, "owner_id")
        ids = vals.get("owner_id") and reader._read_ids(label, [vals["owner_id"]])
        owner = self.env["res.users"].browse(ids or self.env.uid)
        self._check_promised_by(owner, until, callback)
        return {"promised_on": day, "promised_until": until, "owner_id": owner.id}

    @api.model
    def _check_promised_by(self, owner, until, callback):
        """Refuse to promise in the name of others what they cannot know or keep.

        :param until: the first moment at which the answer is late
        :param callback: of the talk (sudo)
        """
        user = self.env.user
        is_free = self.env.su or user.has_group("revisit_management.group_manager")
        if owner == user or is_free:
            return
        # whose units they are, whoever may read units
        teams = self.env["revisit.team"].sudo()
        units = callback.team_id or teams.search(
            ["|", ("member_ids", "in", user.ids), ("manager_id", "=", user.id)]
        )
        if self._is_supervisor():
            led = user.revisit_managed_team_ids.ids
            units |= teams.search([("id", "child_of", led)])
        if owner not in units.member_ids | units.manager_id:
            raise UserError(
                self.env._(
                    "%(user)s does not belong to the unit of the callback. Promise the"
                    " answer yourself, or choose a colleague of the unit.",
                    user=owner.sudo().name,  # whom the user has chosen
                )
            )
        if not self._has_fair_time(until, callback.company_id):
            raise UserError(
                self.env._(
                    "Less than an hour of working time is left for %(user)s. Promise"
                    " the answer yourself, or for a later day.",
                    user=owner.sudo().name,  # see above
                )
            )

    @api.model
    def _check_promised_on(self, day, company):
        """Refuse days on which nobody can answer.

        :param company: of the talk (sudo)
        """
        today = company._revisit_today()
        if not day:
            raise UserError(
                self.env._("Say by when the customer gets the promised answer.")
            )
        if day < today:
            raise UserError(
                self.env._(
                    "%(day)s is over: choose the day by which the customer gets the"
                    " answer.",
                    day=format_date(self.env, day),
                )
            )
        if (day - today).days > MOST_DAYS:
            raise UserError(
                self.env._(
                    "%(day)s is more than a year ahead. Choose a day within the next"
                    " twelve months.",
                    day=format_date(self.env, day),
                )
            )
        next_day = self._get_working_day(company, day)
        if next_day != day:
            raise UserError(
                self.env._(
                    "Nobody works on %(day)s. Choose a working day, e.g. %(next)s.",
                    day=format_date(self.env, day),
                    next=format_date(self.env, next_day),
                )
            )

    @api.model
    def _get_working_day(self, company, day):
        """Return the day, or else the next one on which the company works."""
        days = self.env["revisit.workday"]._get_working_dates(company, day, day + NEAR)
        return days[0] if days else day

    @api.model
    def _get_next_day(self, company):
        """Return the working day after today, which is offered for a promise."""
        return self._get_working_day(
            company, company._revisit_today() + timedelta(days=1)
        )

    def _begin_promise(self):
        """Give whoever answers the task."""
        known = self.sudo()  # a step gives the task, whoever has it
        heard(known).activity_schedule(
            ACTIVITY,
            date_deadline=known.promised_on,
            summary=known.words.splitlines()[0][:100],
            note=plaintext2html(known.words),
            user_id=known.owner_id.id,
        )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if "owner_id" in vals:
            self._follow_owner()
        return result

    def _follow_owner(self):
        """Give the task to whoever answers now, and let it count for them."""
        for result in self.sudo():  # the task may be anybody's; the right was checked
            if result.answer_state != "open":
                continue
            heard(result).activity_reschedule(
                [ACTIVITY], new_user_id=result.owner_id.id
            )
            if self._has_fair_time(result.promised_until, result.company_id):
                result.write(
                    self._prepare_counted(result.owner_id.id, result.callback_id)
                )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_answer(self):
        """Button: ask what the customer was answered."""
        self.ensure_one()
        self._check_may_answer()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answered"),
            "res_model": "revisit.result.answer",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_result_id": self.id},
        }

    def action_answer(self, answer):
        """Note that the customer has the promised answer.

        :param answer: text, what was answered
        :raise AccessError: it is somebody else's
        :raise UserError: no words, or nothing is to be answered
        """
        self.ensure_one()
        self.check_access("write")
        self._check_may_answer()
        answer = self._read_answer(answer)
        self._keep_answer(answer)
        # the task may be a colleague's; the right was checked
        heard(self.sudo()).activity_feedback([ACTIVITY], feedback=answer)
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _read_answer(self, answer):
        """Return what the customer was answered, as it came from outside.

        :raise UserError: it says nothing
        """
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "answer")
        answer = (reader._read_text(label, answer, NOTE_SIZE) or "").strip()
        if not has_words(answer):
            raise UserError(self.env._("Write down what the customer was answered."))
        return answer

    def _check_task_done(self, feedback):
        """Refuse to end the tasks of open promises without their answer.

        :raise AccessError: somebody else answers
        """
        # its state, whoever may read it
        for result in self.filtered(lambda r: r.sudo().answer_state == "open"):
            result._read_answer(feedback)
            if not result._may_answer():
                result._refuse_answer()

    def _check_may_answer(self):
        if self.kind != "promise":
            raise UserError(
                self.env._("%(result)s promises no answer.", result=self.display_name)
            )
        if self.answered_at:
            raise UserError(
                self.env._(
                    "%(result)s: the customer was answered on %(moment)s.",
                    result=self.display_name,
                    # the day is the company's
                    moment=self.callback_id.sudo()._format_time(self.answered_at),
                )
            )
        if not self._may_answer():
            self._refuse_answer()

    def _refuse_answer(self):
        raise AccessError(
            self.env._(
                "%(result)s: the answer is given by %(user)s. Tell them what you"
                " know, or have it given to you.",
                result=self.display_name,
                user=self.sudo().owner_id.name,  # who has it is told, nothing else
            )
        )

    def _keep_answer(self, answer):
        """Note what was answered; the right was checked. Once only."""
        for result in self.filtered(lambda r: r.answer_state == "open"):
            # noted by the system, with whoever has answered
            result.sudo().write(
                {
                    "answer": answer or self.env._("Dealt with."),
                    "answered_at": fields.Datetime.now(),
                    "answered_by_id": self.env.uid,
                }
            )
