# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
from datetime import timedelta

from odoo import api, fields, models

from ...tools import periods

_logger = logging.getLogger(__name__)

# how long before a period begins its draft is created
LEAD = timedelta(days=7)


class RevisitTeam(models.Model):
    _inherit = "revisit.team"

    plan_period = fields.Selection(
        selection=[
            ("none", "No Plan"),
            ("month", "Each Month"),
            ("quarter", "Each Quarter"),
        ],
        string="Plans",
        required=True,
        default="none",
        help="The period for which the draft of a plan is created by itself, a week"
        " before it begins.",
    )


class RevisitPlan(models.Model):
    """Creates the drafts of plans that units expect before a month or quarter."""

    _inherit = "revisit.plan"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _cron_create_drafts(self):
        """Create the missing drafts of every company, in one transaction each."""
        companies, failure = self.env["res.company"]._revisit_all(), None
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for company in companies:
            try:
                self.with_company(company)._create_drafts()
            except Exception as error:
                # go on with the other companies; raise at the end
                self.env.cr.rollback()
                _logger.exception("Plans of %s failed", company.name)
                failure = error
            if not cron._commit_progress(1):
                break
        if failure:
            raise failure

    @api.model
    def _create_drafts(self):
        """Create drafts of the running period, and of the next one when it is near.

        The running one is there already, unless the unit has just been told to
        plan or the scheduled action did not run for a while.
        """
        today = self._get_today()
        plans = self.create(
            [
                {
                    "team_id": team.id,
                    "company_id": team.company_id.id,
                    "owner_id": team.manager_id.id,
                    "date_from": first,
                    "date_to": last,
                }
                for team, (first, last) in self._get_missing_drafts(today)
            ]
        )
        for plan in plans:
            plan._fill()
            if plan.owner_id:
                plan.activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=max(plan.date_from, today),
                    summary=self.env._("Complete and submit the plan"),
                    user_id=plan.owner_id.id,
                )
        return plans

    @api.model
    def _get_missing_drafts(self, today):
        """Return the periods that units want planned, and that no plan touches.

        :return: sorted list of ``(team, (first day, last day))``
        """
        teams = self.env["revisit.team"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("plan_period", "!=", "none"),
            ]
        )
        wanted = {
            (team, periods.bounds(day, team.plan_period))
            for team in teams
            for day in (today, today + LEAD)
        }
        known = self.search([("team_id", "in", teams.ids), ("date_to", ">=", today)])
        missing = [
            (team, (first, last))
            for team, (first, last) in wanted
            if not any(
                plan.team_id == team
                and plan.date_from <= last
                and plan.date_to >= first
                for plan in known
            )
        ]
        return sorted(missing, key=lambda pair: (pair[0].id, pair[1]))
