# Part of Revisit. See LICENSE file for full copyright and licensing details.
from markupsafe import Markup

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ...tools.tasks import heard
from ...tools.values import NOTE_SIZE

RESUME = "hr.resume.line"
ACTIVITY = "revisit_management.activity_type_training"


class RevisitTrainedMixin(models.AbstractModel):
    """Findings after which a supervisor asks for a training of the person.

    It is recorded on the employee: on their resume, where Odoo's app for skills is
    installed; else as a task of their manager. Both lead back to the finding, which
    itself is not changed. A model says in :meth:`_get_trained` whom it is about, and in
    :meth:`_check_asks_training` when it asks for it.
    """

    _name = "revisit.trained.mixin"
    _description = "Asks for Training"

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_training(self):
        """Button: ask what is to be learnt, until when."""
        self.ensure_one()
        self._check_may_train()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for Training"),
            "res_model": "revisit.training",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_res_model": self._name,
                "default_res_id": self.id,
                "default_employee_name": self._get_trained().name,
                "default_why": self._get_training_reason(),
            },
        }

    def action_ask_training(self, what, why="", until=None):
        """Record on the employee that a training is needed.

        :param what: text, required: what is to be learnt
        :param why: text; by default what the finding says
        :param until: date by which it is over, ISO 8601, or nothing
        :raise AccessError: the user is no supervisor
        :raise UserError: nothing asks for it, nobody to train, or asked for before
        """
        self.ensure_one()
        employee = self._check_may_train()
        reader = self.env["revisit.reader"]
        what = (reader._read_text(self.env._("What"), what, 200) or "").strip()
        why = reader._read_text(self.env._("Why"), why, NOTE_SIZE)
        until = reader._read_date(self.env._("Until"), until)
        if not what:
            raise UserError(self.env._("Say what is to be learnt."))
        today = employee.company_id._revisit_today()
        if until and until < today:
            raise UserError(
                self.env._("The day is over already: choose a later one, or none.")
            )
        note = Markup('%s<p><a href="%s">%s</a></p>') % (
            plaintext2html(why or self._get_training_reason() or ""),
            self._get_finding_link(),
            self.display_name,
        )
        if RESUME in self.env:
            self._write_resume(employee, what, note, today, until)
        else:
            self._give_training_task(employee, what, note, until or today)
        return self._tell_training(employee, what)

    # ------------------------------------------------------------
    # EXTENSION POINTS
    # ------------------------------------------------------------

    def _get_trained(self):
        """Return the employee (sudo) whom the finding is about. Extend per model."""
        return self.env["hr.employee"].sudo()  # few may read employees

    def _check_asks_training(self):
        """Raise unless the finding asks for a training. Extend per model."""

    def _get_training_reason(self):
        """Return in words what the finding says. Extend per model."""
        return ""

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_finding_link(self):
        return f"/odoo/{self._name}/{self.id}"

    def _check_may_train(self):
        """Return the employee (sudo), after checking who asks, for whom and when."""
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._("Only supervisors ask for a training. Tell yours why.")
            )
        self.check_access("read")
        self._check_asks_training()
        employee = self._get_trained()
        if not employee:
            raise UserError(
                self.env._(
                    "%(record)s: whom it is about is no employee of the company, so no"
                    " training can be recorded. Ask HR to enter the employee.",
                    record=self.display_name,
                )
            )
        if employee.user_id == self.env.user:
            raise UserError(
                self.env._("Somebody else decides which training you need yourself.")
            )
        if self._find_training(employee):
            raise UserError(
                self.env._(
                    "A training of %(employee)s was asked for already, because of"
                    " %(record)s.",
                    employee=employee.name,
                    record=self.display_name,
                )
            )
        return employee

    def _tell_training(self, employee, what):
        """Note on the finding what was asked for; return an action that says so."""
        text = self.env._(
            "%(user)s has asked for a training of %(employee)s: %(what)s.",
            user=self.env.user.name,
            employee=employee.name,
            what=what,
        )
        # logged by the system; the right was checked
        self.sudo()._message_log(body=text)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": text,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _find_training(self, employee):
        """Return what was recorded on an employee (sudo) because of this finding."""
        link = f'"{self._get_finding_link()}"'
        if RESUME in self.env:
            return employee.env[RESUME].search(
                [("employee_id", "=", employee.id), ("description", "like", link)],
                limit=1,
            )
        tasks = heard(employee).activity_search([ACTIVITY], only_automated=False)
        return tasks.filtered(lambda task: link in (task.note or ""))

    def _write_resume(self, employee, what, note, today, until):
        """Add a line to the resume of an employee (sudo)."""
        types = employee.env["hr.resume.line.type"]
        training = types.search([("is_course", "=", True)], limit=1)
        employee.env[RESUME].create(
            {
                "employee_id": employee.id,
                "name": what,
                "description": note,
                "date_start": today,
                "date_end": until,
                "line_type_id": training.id,
            }
        )

    def _give_training_task(self, employee, what, note, until):
        """Give whoever manages an employee (sudo) the task to have them trained."""
        manager = (
            employee.parent_id.user_id or employee.department_id.manager_id.user_id
        )
        heard(employee).activity_schedule(
            ACTIVITY,
            date_deadline=until,
            summary=what,
            note=note,
            user_id=(manager or self.env.user).id,
        )
