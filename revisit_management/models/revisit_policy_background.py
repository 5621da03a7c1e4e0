# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..tools import slices, windows
from .revisit_planner_slot import SHARDS

# how many processes can plan one range side by side
LANES = 4
# a longer range is a slip of the keyboard; each month is cut into slices
MOST_DAYS = 30 * 366


class RevisitPolicy(models.Model):
    """Planning a long period of the past in the background (K4)."""

    _inherit = "revisit.policy"

    def generate_in_background(self, date_from, date_to):
        """Plan as :meth:`generate` does, month by month in the background.

        Managers only. Asking again while it is under way changes nothing.

        :param date_from: first moment, included: ISO 8601 with its offset, or UTC
        :param date_to: last moment, excluded, likewise
        :return: the runs, one per company
        :raise AccessError: the caller is not a callback manager
        :raise UserError: the range is empty, or a policy's company is not active
        """
        date_from, date_to = self._check_generate(date_from, date_to)
        if (date_to - date_from).days > MOST_DAYS:
            raise UserError(
                self.env._(
                    "Plan 30 years at most at a time: check the year of the first and"
                    " of the last day."
                )
            )
        others = self.sudo().company_id - self.env.companies
        if others:
            raise UserError(
                self.env._(
                    "Some policies belong to %(companies)s: switch to that company,"
                    " or leave these policies out.",
                    companies=", ".join(others.mapped("name")),
                )
            )
        runs = self.env["revisit.run"]
        for company in self.company_id:
            policies = self.filtered(lambda p, c=company: p.company_id == c)
            runs += policies._start_run(company, date_from, date_to)
        return runs

    def _start_run(self, company, date_from, date_to):
        ids = sorted(self.ids)
        tz = company._revisit_tz()
        name = self.env._(
            "Plan %(policies)s, %(period)s",
            policies=", ".join(self.mapped("name")[:3])
            + (f" (+{len(self) - 3})" if len(self) > 3 else ""),
            period=self._get_period_name(date_from, date_to, tz),
        )
        return self.env["revisit.run"]._run_in_background(
            "plan_range",
            company,
            f"plan_range:{ids}:{date_from}:{date_to}",
            name,
            self._prepare_slices(date_from, date_to, tz),
        )

    def _prepare_slices(self, date_from, date_to, tz):
        """Cut the work by months and customers, so that each slice stays small.

        A sample is drawn from all of a period's events: whole years, which hold
        whole periods of any length, and all customers.
        """
        sampled = self.filtered(lambda policy: policy.recurrence == "sample")
        parts = []
        if self - sampled:
            for first, last in slices.month_slices(date_from, date_to, tz):
                for lane in range(LANES):
                    buckets = list(range(lane, SHARDS, LANES))
                    parts.append((self - sampled, first, last, lane, buckets))
        if sampled:
            for first, last in slices.month_slices(date_from, date_to, tz, 12):
                parts.append((sampled, first, last, LANES, None))
        return [
            {
                "name": self._get_period_name(first, last, tz)
                + (f" ({lane + 1}/{LANES})" if buckets else ""),
                "lane": lane,
                "parameters": {
                    "policy_ids": policies.ids,
                    "date_from": fields.Datetime.to_string(first),
                    "date_to": fields.Datetime.to_string(last),
                    "buckets": buckets,
                },
            }
            for policies, first, last, lane, buckets in parts
        ]

    def _get_period_name(self, date_from, date_to, tz):
        """Return the local days of ``[date_from, date_to)`` as text."""
        first = windows.local_date(date_from, tz)
        last = windows.local_date(date_to - timedelta(seconds=1), tz)
        return f"{format_date(self.env, first)} – {format_date(self.env, last)}"
