# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ...tools.tasks import heard
from ...tools.values import NOTE_SIZE

ACTIVITY_TYPE = "revisit_management.activity_type_callback_help"
# what the browser of who has asked listens to
HELP_EVENT = "revisit.help"


class RevisitHelpedMixin(models.AbstractModel):
    """A question to the supervisor in the middle of a talk, and its answer.

    The question is an activity of whoever manages the unit; what they write as they
    mark it done is the answer, which whoever has asked sees at once.
    """

    _name = "revisit.helped.mixin"
    _description = "Help From the Supervisor"

    _server_owned = {"help_answer", "help_by_id", "help_question"}

    help_question = fields.Text(
        string="Question to the Supervisor",
        readonly=True,
        copy=False,
        groups="revisit_management.group_agent",
    )
    help_answer = fields.Text(
        string="Supervisor's Answer",
        readonly=True,
        copy=False,
        groups="revisit_management.group_agent",
    )
    help_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Asked Supervisor",
        readonly=True,
        copy=False,
        groups="revisit_management.group_agent",
        help="Who was asked, or else has answered.",
    )

    may_answer = fields.Boolean(
        compute="_compute_may_answer", groups="revisit_management.group_agent"
    )

    @api.depends("help_question", "help_answer", "state")
    @api.depends_context("uid")
    def _compute_may_answer(self):
        oversees = self.env.user._revisit_oversees()
        for callback in self:
            is_asked = callback.help_question and not callback.help_answer
            callback.may_answer = bool(oversees and is_asked and callback.is_open)

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_help(self):
        """Button: ask the supervisor, who answers from their list of activities."""
        return self._get_dialog(
            "revisit.reason", self.env._("Ask Supervisor"), default_step="help"
        )

    def action_ask_supervisor(self, question):
        """Ask whoever manages the unit; the answer comes back to the callback.

        :param question: text
        :raise UserError: nothing is asked, or nobody manages the unit
        """
        self.ensure_one()
        self._check_is_open()
        self.check_access("write")
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "help_question")
        question = reader._read_text(label, question, NOTE_SIZE)
        if not question:
            raise UserError(self.env._("Write down what you want to know."))
        callback = self._get_leaders()
        manager = callback._find_helper()
        callback._step(
            {"help_question": question, "help_answer": False, "help_by_id": manager.id}
        )
        # one question at a time: a newer one takes its place
        heard(callback.sudo()).activity_unlink([ACTIVITY_TYPE])
        # who asks may give the supervisor a task, whoever may see their calendar
        heard(callback.sudo()).activity_schedule(
            ACTIVITY_TYPE,
            date_deadline=callback.company_id.sudo()._revisit_today(),
            summary=question.splitlines()[0][:100],
            note=plaintext2html(question),
            user_id=manager.id,
        )
        return True

    def action_open_answer(self):
        """Button: answer what the agent wants to know."""
        self.ensure_one()
        return self._get_dialog(
            "revisit.reason", self.env._("Answer the Agent"), default_step="answer"
        )

    def action_answer_help(self, answer):
        """Answer what an agent has asked; their screen shows it at once.

        Whoever oversees agents may, not only who was asked.

        :param answer: text
        :raise AccessError: the user oversees nobody
        :raise UserError: no words, or nothing is asked
        """
        self.ensure_one()
        if not self.env.su and not self.env.user._revisit_oversees():
            raise AccessError(
                self.env._("Only supervisors answer what an agent asks of them.")
            )
        self.check_access("read")
        reader = self.env["revisit.reader"]
        label = reader._get_label(self, "help_answer")
        answer = reader._read_text(label, answer, NOTE_SIZE)
        if not answer:
            raise UserError(self.env._("Write down your answer."))
        # the task may be a colleague's; the right was checked
        asked = self.sudo()._get_leaders()
        tasks = asked.activity_search([ACTIVITY_TYPE])
        if not tasks or not asked.help_question or asked.help_answer:
            raise UserError(
                self.env._(
                    "%(callback)s: nobody waits for an answer.",
                    callback=self.display_name,
                )
            )
        tasks._action_done(feedback=answer)
        return True

    def _find_helper(self):
        """Return who manages the unit, or else one above it; never the user."""
        for manager in self._get_managers() - self.env.user:
            return manager
        raise UserError(
            self.env._(
                "%(callback)s: nobody else manages its unit, so there is nobody to ask."
                " Have an administrator enter the unit's manager.",
                callback=self.display_name,
            )
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_managers(self):
        """Return who manages the unit and those above it, the nearest first."""
        self.ensure_one()
        # who leads a unit is no secret, whoever may read units
        team, managers = self.sudo().team_id, self.env["res.users"]
        while team:
            if team.manager_id and team.manager_id._revisit_oversees():
                managers |= team.manager_id
            team = team.parent_id
        return managers.with_env(self.env)

    def _keep_help(self, answer):
        """Keep the supervisor's answer (sudo), and tell who has asked."""
        self.ensure_one()
        self.write(
            {
                "help_answer": answer or self.env._("Dealt with."),
                "help_by_id": self.env.uid,
            }
        )
        self.user_id._bus_send(
            HELP_EVENT, {"callback_id": self.id, "help": self._get_help()}
        )

    def _get_help(self):
        """Return what was asked and answered, for the screen, or False."""
        self.ensure_one()
        callback = self.sudo()  # whom the agent has asked is no secret to them
        if not callback.help_question:
            return False
        return {
            "question": callback.help_question,
            "answer": callback.help_answer or "",
            "by": callback.help_by_id.name or "",
        }
