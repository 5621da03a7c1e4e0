# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..tools import windows


class RevisitRulebook(models.Model):
    """From when a rulebook is in effect, and when it is looked at again."""

    _inherit = "revisit.rulebook"

    review_reminded_on = fields.Date(
        readonly=True,
        copy=False,
        help="The review date of which the owner was reminded: one reminder each.",
    )

    # ------------------------------------------------------------
    # IN EFFECT
    # ------------------------------------------------------------

    def _take_effect(self):
        """Let a new rulebook be in effect from today, the company's day."""
        for rulebook in self.filtered(lambda r: r.state == "available"):
            vals = {"effective_from": rulebook._get_today()}
            if not rulebook.owner_id and not self.env.user._is_superuser():
                vals["owner_id"] = self.env.uid
            rulebook.write(vals)

    def _get_today(self):
        """Return the company's day."""
        self.ensure_one()
        tz = self.company_id._revisit_tz()
        return windows.local_date(fields.Datetime.now(), tz)

    def _get_effect_start(self):
        """Return the UTC moment from which events count, or None."""
        self.ensure_one()
        if not self.effective_from:
            return None
        return windows.day_start(self.effective_from, self.company_id._revisit_tz())

    # ------------------------------------------------------------
    # REVIEW
    # ------------------------------------------------------------

    @api.model
    def _cron_remind_reviews(self):
        """Remind each owner of a rulebook whose review is due, once per date."""
        due = self.search(
            [
                ("state", "=", "installed"),
                ("review_on", "!=", False),
                ("owner_id", "!=", False),
            ]
        ).filtered(lambda rulebook: rulebook._is_review_due())
        for rulebook in due:
            rulebook._remind_of_review()

    def _is_review_due(self):
        self.ensure_one()
        return (
            self.review_reminded_on != self.review_on
            and self.review_on <= self._get_today()
        )

    def _remind_of_review(self):
        self.ensure_one()
        rulebook = self.with_context(lang=self.owner_id.lang)
        rulebook.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.review_on,
            user_id=self.owner_id.id,
            summary=rulebook.env._("Review the rulebook"),
            note=rulebook.env._(
                "Is it still right? Change what is not, make a new version with its"
                " reason, then set the next review date."
            ),
        )
        self.review_reminded_on = self.review_on


class RevisitPolicy(models.Model):
    """A policy plans nothing for events before its rulebook is in effect."""

    _inherit = "revisit.policy"

    def _get_effect_start(self):
        """Return the UTC moment from which events count, or None."""
        self.ensure_one()
        rulebook = self.rulebook_id.sudo()
        return rulebook._get_effect_start() if rulebook else None

    def _get_due_periods(self, date_from, date_to, by_records=False):
        """Leave out the periods that were over before the rulebook was in effect."""
        due = super()._get_due_periods(date_from, date_to, by_records)
        start = self._get_first_moment()
        return [period for period in due if not start or period.end > start]

    def _get_closed_periods(self, date_from, date_to):
        """Leave out the periods that were over before the rulebook was in effect."""
        closed = super()._get_closed_periods(date_from, date_to)
        start = self._get_first_moment()
        return {
            occasion: period
            for occasion, period in closed.items()
            if not start or period.end > start
        }

    def _get_first_moment(self):
        """Return from when events count, or None.

        A replay asks what a rulebook would have done before it was there.
        """
        if self.env["revisit.planner"]._is_from_scratch():
            return None
        return self._get_effect_start()

    def _check_generate(self, date_from, date_to):
        date_from, date_to = super()._check_generate(date_from, date_to)
        for policy in self:
            start = policy._get_effect_start()
            if start and date_to <= start:
                raise UserError(
                    self.env._(
                        "%(policy)s plans nothing before %(day)s: from then on its"
                        " rulebook %(rulebook)s is in effect. Choose a later range, or"
                        " put Effective From on the rulebook back.",
                        policy=policy.name,
                        day=format_date(self.env, policy.rulebook_id.effective_from),
                        rulebook=policy.rulebook_id.name,
                    )
                )
        return date_from, date_to


class RevisitPlanner(models.AbstractModel):
    """Events before the rulebook is in effect are no occasions."""

    _inherit = "revisit.planner"

    def _get_events(self, policy, date_from, date_to, records=None):
        events = super()._get_events(policy, date_from, date_to, records)
        start = self._get_first_moment(policy)
        if not start:
            return events
        return [event for event in events if event.event_at >= start]

    def _get_first_moment(self, policy):
        """Return from when single events count; periods are left out as a whole."""
        if policy.recurrence in ("calendar", "sample"):
            return None
        return policy._get_first_moment()


class RevisitPlannerSet(models.AbstractModel):
    _inherit = "revisit.planner.set"

    def _get_event_query(self, policy, date_from, date_to, records=None):
        query = super()._get_event_query(policy, date_from, date_to, records)
        start = self._get_first_moment(policy)
        if start:
            event_at = self._get_event_sql(policy, query)
            query.add_where(SQL("%s >= %s", event_at, start))
        return query
