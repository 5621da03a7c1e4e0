# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import fields

from ..tools import windows
from ..tools.planning import QUIET
from .story import DAYS, DONE_MARK, ZONE


class Stage:
    """The setting of the story: its company, its records by name, its days.

    :param env: environment of any user; the story works as the system, in the
        company of the demonstration and its zone
    """

    def __init__(self, env):
        parameters = env["ir.config_parameter"].sudo()  # few may read parameters
        # loading may run past midnight, and another module makes the scores later
        loaded_on = fields.Date.to_date(parameters.get_param(DONE_MARK))
        #: the day after the story, in the company's zone
        self.today = loaded_on or windows.local_date(fields.Datetime.now(), ZONE)
        company = env.ref("base.main_company")
        system = company.sudo().with_company(company)
        self.env = system.with_context(
            allowed_company_ids=company.ids, skip_sms=True, tz=ZONE, **QUIET
        ).env

    # ------------------------------------------------------------
    # RECORDS
    # ------------------------------------------------------------

    def _ref(self, xmlid):
        """Return a record of the demonstration; cached, as it is called very often.

        ``env.ref`` would ask the database each time whether the record exists.
        """
        model, record_id = self.env["ir.model.data"]._xmlid_to_res_model_res_id(
            f"revisit_management.{xmlid}", raise_if_not_found=True
        )
        return self.env[model].browse(record_id)

    def _rulebook_ref(self, code, xmlid):
        """Return a record that a rulebook created in this company."""
        return self._ref(f"{self.env.company.id}_{code}_{xmlid}")

    def _user(self, login):
        return self._ref(f"user_{login}")

    def _get_warehouse(self):
        return self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )

    def _get_products(self):
        return self.env["product.product"].search(
            [("categ_id", "=", self._ref("product_category_appliances").id)], order="id"
        )

    def _get_customers(self):
        customers = [self._ref(f"customer_{n:02d}") for n in range(1, 61)]
        return self.env["res.partner"].concat(*customers)

    # ------------------------------------------------------------
    # DATES AND CHANCE
    # ------------------------------------------------------------

    def _get_end(self):
        """Return the moment at which the story ends: the midnight before today."""
        return windows.day_start(self.today, ZONE)

    def _get_first_day(self):
        return self.today - timedelta(days=DAYS)

    def _get_day_bounds(self, days_ago):
        """Return the UTC bounds of a local day of the story."""
        first = windows.day_start(self.today - timedelta(days=days_ago), ZONE)
        return first, first + timedelta(days=1)

    def _get_moments(self, story, kind, count, oldest, newest):
        """Return ``count`` UTC moments in shopping hours, oldest first."""
        span = oldest - newest
        moments = []
        for number in range(count):
            day = self.today - timedelta(days=oldest - number * span // count)
            clock = story.rng(kind, oldest, number).randint(9 * 60, 20 * 60)
            moments.append(windows.day_start(day, ZONE) + timedelta(minutes=clock))
        return sorted(moments)

    def _get_talk_time(self, rng, first, last):
        """Return a moment in [first, last), within the hours for calls."""
        last -= timedelta(seconds=1)
        zone = ZoneInfo(ZONE)
        for _try in range(20):
            share = rng.random()
            day = windows.local_date(first + (last - first) * share, ZONE)
            clock = time(rng.randint(9, 19), rng.randint(0, 59), rng.randint(0, 59))
            local = datetime.combine(day, clock, tzinfo=zone)
            moment = local.astimezone(timezone.utc).replace(tzinfo=None)
            if first <= moment <= last:
                return moment
        return first + (last - first) * rng.random()

    def _draw(self, rng, mean, spread):
        """Return an answer from 0 to 100 around ``mean``."""
        return float(max(20, min(100, round(rng.gauss(mean, spread)))))
