# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from ...tools.tasks import heard

_logger = logging.getLogger(__name__)

ACTIVITY = "revisit_management.activity_type_analysis"


class RevisitAnalysis(models.Model):
    """Makes the reports when a period has ended, and keeps them on somebody's list.

    The daily job makes what is missing since it ran last, so that nothing is lost
    while the server is off. A report that comes too late for its time limit gets the
    whole time from the day on which it is made. Whoever gets a report with less than a
    working day left is not the one for whom it counts.
    """

    _inherit = "revisit.analysis"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_make(self):
        """Make the missing reports of every company, in one transaction each."""
        companies, failure = self.env["res.company"]._revisit_all(), None
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for company in companies:
            try:
                self.with_company(company).sudo()._make()  # as scheduled actions do
            except Exception as error:
                # go on with the other companies; raise at the end
                self.env.cr.rollback()
                _logger.exception("Analysis reports of %s failed", company.name)
                failure = error
            if not cron._commit_progress(1):
                break
        if failure:
            raise failure

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _make(self, today=None):
        """Make the reports that the current company lacks, and see to the open ones.

        :param today: the day on which it is done; None: the company's today
        :return: the new reports
        """
        today = today or self.env.company._revisit_today()
        rules = self.env["revisit.rulebook"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("state", "=", "installed"),
                ("asks_analysis", "=", True),
            ]
        )
        spans = rules._get_analysis_spans(today)
        reports = self.create(self._prepare_missing(spans, today))
        reports._count()
        handled = rules.browse().union(*spans.values())
        handled.analysis_from = today
        self._follow_up(today)
        return reports

    def _prepare_missing(self, spans, today):
        """Return the values of the reports that are missing.

        :param spans: ``{(kind, first day, last day): rulebooks}``
        """
        workdays = self.env["revisit.workday"]._get_workdays(self.env.company)
        vals_list = []
        for (kind, first, last), rules in spans.items():
            for rule, team in self._get_missing_units(kind, first, last, rules):
                values = {
                    "company_id": self.env.company.id,
                    "rulebook_id": rule.id,
                    "team_id": team.id,
                    "kind": kind,
                    "date_from": first,
                    "date_to": last,
                    **self._get_limit(
                        workdays, last, rule._get_analysis_days(kind), today
                    ),
                }
                report = self.new(values)
                values.update(report._prepare_responsible(report._find_responsible()))
                vals_list.append(values)
        return vals_list

    def _get_missing_units(self, kind, first, last, rules):
        """Return ``[(rulebook, unit)]`` with callbacks due, but without a report."""
        rows = (
            self.env["revisit.callback"]
            .with_context(active_test=False)
            ._read_group(
                self._get_due_domain(self.env.company, rules, first, last)
                # what dealers do is analysed by the units above them
                & Domain("resp_team_id", "!=", False)
                & Domain("resp_team_id.dealer_id", "=", False),
                ["rulebook_id", "resp_team_id"],
            )
        )
        known = self.search(
            [
                ("rulebook_id", "in", rules.ids),
                ("kind", "=", kind),
                ("date_from", "=", first),
            ]
        )
        pairs = {(report.rulebook_id, report.team_id) for report in known}
        return [pair for pair in rows if pair not in pairs]

    @api.model
    def _get_limit(self, workdays, last, days, today):
        """Return the values of the time limit of a report on a period.

        :param workdays: the company's ``Workdays``
        :param last: the last day of the period
        :param days: the working days of the rulebook
        :param today: the day on which the report is made
        """
        start, due_on = last, self._shift(workdays, last, days)
        is_punctual = today <= last + timedelta(days=1)
        if due_on and (due_on < today or due_on == today and not is_punctual):
            # nobody is late with what they were not asked for in time
            start, due_on = today, self._shift(workdays, today, days)
        return {"counted_from": start, "working_days": days, "due_on": due_on}

    @api.model
    def _shift(self, workdays, day, count):
        """Return the working day ``count`` days after a day; False: there is none."""
        try:
            return workdays.shift(day, count)
        except LookupError:
            return False

    def _follow_up(self, today):
        """Keep the company's open reports right: their day, person and task."""
        drafts = self.search(
            [("company_id", "=", self.env.company.id), ("state", "=", "draft")]
        )
        workdays = self.env["revisit.workday"]._get_workdays(self.env.company)
        for report in drafts:
            start, days = report.counted_from, report.working_days
            is_open = not report.due_on or report.due_on >= today
            if start and days and is_open:
                due_on = self._shift(workdays, start, days)
                if due_on and due_on < (report.due_on or due_on):
                    # nor at once, because a working day was entered afterwards
                    soonest = self._get_next_workday(workdays, today)
                    due_on = max(due_on, min(report.due_on, soonest))
                if due_on != report.due_on:
                    report.due_on = due_on
            if not report._has_responsible():
                report.user_id = report._find_responsible()
        drafts._give_tasks()

    def _has_responsible(self):
        """Return whether whoever is responsible can still write the report."""
        user = self.user_id
        return (
            bool(user)
            and user._revisit_oversees()
            and user._revisit_works_in(self.company_id)
        )

    def _find_responsible(self):
        """Return who manages the unit or one above it, or else owns the rulebook."""
        self.ensure_one()
        # who leads a unit is no secret, whoever may read units
        team, people = self.sudo().team_id, []
        while team:
            people.append(team.manager_id)
            team = team.parent_id
        people.append(self.sudo().rulebook_id.owner_id)  # nor who owns a rulebook
        for user in people:
            is_able = user and not user.share and user._revisit_oversees()
            if is_able and user._revisit_works_in(self.company_id):
                return user
        return self.env["res.users"]

    def _prepare_responsible(self, user):
        """Return the values of who is responsible, and for whom it counts."""
        self.ensure_one()
        callbacks, company = self.env["revisit.callback"], self.company_id
        key = (user.id, company.id)
        employee = callbacks._get_employees([key]).get(key)
        # the day is the company's, whoever may read its settings
        moment = company.sudo()._revisit_day_bounds(self.date_to)[0]
        department = employee and callbacks._get_department(employee, moment)
        return {
            "user_id": user.id,
            "employee_id": employee and employee.id,
            "department_id": department and department.id,
        }

    def _follow_responsible(self):
        """Let reports count for whoever is responsible now, if there is fair time.

        With less than a working day left, or late, they stay counted for the one
        before, or for nobody.
        """
        # for whom it counts is the system's to say
        for report in self.sudo()._get_with_time():
            values = report._prepare_responsible(report.user_id)
            report.write(
                {name: values[name] for name in ("employee_id", "department_id")}
            )
        self._give_tasks()

    def _get_with_time(self):
        """Return the reports to write that leave a working day after today."""
        days = self.env["revisit.workday"]
        workdays = {company: days._get_workdays(company) for company in self.company_id}
        return self.filtered(
            lambda report: (
                report.state == "draft"
                and (
                    not report.due_on
                    or report._get_next_workday(
                        workdays[report.company_id], report._get_today()
                    )
                    <= report.due_on
                )
            )
        )

    @api.model
    def _get_next_workday(self, workdays, day):
        """Return the working day after a day; without any, the day after."""
        return self._shift(workdays, day, 1) or day + timedelta(days=1)

    # ------------------------------------------------------------
    # TASKS
    # ------------------------------------------------------------

    def _give_tasks(self):
        """Put each open report on the list of its responsible, once, for its day."""
        wanted = {
            report.id: (report.user_id, report.due_on)
            for report in self
            if report.state == "draft" and report.user_id
        }
        given = {}
        # tasks of others, which only the system moves
        for task in self.sudo().activity_ids:
            if task.activity_type_id == self.env.ref(ACTIVITY):
                given[task.res_id] = (task.user_id, task.date_deadline)
        moving = self.filtered(
            lambda r: not self._is_given(wanted.get(r.id), given.get(r.id))
        )
        moving._end_tasks()
        groups = moving.filtered(lambda r: r.id in wanted).grouped(
            lambda r: wanted[r.id]
        )
        for (user, due_on), reports in groups.items():
            # whoever is responsible gets it, whoever may see their calendar
            heard(reports.sudo()).activity_schedule(
                ACTIVITY,
                date_deadline=due_on or reports[0]._get_today(),
                user_id=user.id,
            )

    @api.model
    def _is_given(self, wanted, given):
        """Return whether somebody has the task that they are to have."""
        if not (wanted and given):
            return not wanted and not given
        (user, due_on), (owner, deadline) = wanted, given
        return user == owner and due_on in (False, deadline)

    def _end_tasks(self):
        """Take the reports off everybody's list."""
        # the tasks are others', the step has checked the right
        heard(self.sudo()).activity_unlink([ACTIVITY])
