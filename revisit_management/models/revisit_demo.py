# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections import namedtuple
from datetime import datetime, time, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

from odoo import api, fields, models

from ..tools import marks, windows
from .revisit_planner import QUIET

SEED = 20260101
ZONE = "Asia/Shanghai"
# two quarters: on any day the last whole quarter lies within them from end to end
DAYS = 186
DONE_MARK = "revisit_management.demo_loaded_on"

# How people work: shares of callbacks made on time and late (the rest is never
# made), how they treat customers, and what dealers' customers answer: to the dealer
# and to headquarters, which does not hear the same.
Agent = namedtuple("Agent", "on_time late attitude")
Dealer = namedtuple("Dealer", "on_time late attitude told_dealer told_hq")
AGENTS = {
    "agent": Agent(0.97, 0.02, 95),
    "agent2": Agent(0.90, 0.07, 90),
    "agent3": Agent(0.95, 0.04, 93),
    "agent4": Agent(0.76, 0.17, 80),
    "region": Agent(0.85, 0.10, 88),
}
DEALERS = {
    "evergreen": Dealer(0.94, 0.04, 94, 95, 93),
    "harbour": Dealer(0.82, 0.11, 88, 92, 84),
    "brightway": Dealer(0.58, 0.18, 78, 93, 67),
}


class Story:
    """Which document of the story a record is, and the chance that belongs to it.

    What is drawn for a document depends on the seed, on what is drawn and on the
    document's place in the story, on nothing else. One stream for all would shift
    every later draw by one that is made or left out, and the demonstration would be
    another company at another minute.
    """

    def __init__(self):
        self._places = {}

    def place(self, kind, records):
        """Number ``records`` as the documents of one kind, in their order."""
        for number, record in enumerate(records):
            self._places[record._name, record.id] = f"{kind} {number}"

    def rng(self, act, *position):
        """Return the generator of one act at one position of the story."""
        return Random(repr((SEED, act, *position)))

    def rng_of(self, act, callback):
        """Return the generator of what happens to one callback."""
        source = (callback.source_model, callback.source_id)
        place = self._places.get(source, callback.source_name)
        return self.rng(act, callback.policy_id.code or callback.policy_id.name, place)


class RevisitDemo(models.AbstractModel):
    """Fills a demonstration database with two quarters of work.

    The people, dealers, products and customers are in ``demo/revisit_demo.xml``;
    here they buy, get repairs, are called and complain. What agents and dealers do
    goes through the same methods as in real work.

    The same story at every moment: it ends with yesterday, at the last midnight of
    the company's zone, and everything in it lies a fixed number of days and hours
    before that end. Nothing is compared with the clock, and what is drawn depends
    on the seed and on the place in the story, see :class:`Story`. Today holds open
    work only. Only demonstration data calls this.

    This file begins, sets up and knows the dates; ``revisit_demo_documents`` trades,
    ``revisit_demo_work`` makes callbacks and ``revisit_demo_issues`` complains.
    """

    _name = "revisit.demo"
    _description = "Revisit Demonstration Data"

    @api.model
    def _load_quarter(self):
        """Create the dated demonstration data, once per database."""
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param(DONE_MARK):
            return
        parameters.set_param(DONE_MARK, fields.Date.to_string(self._get_today()))
        demo = self._for_demo()
        demo._set_up_company()
        demo._set_up_rulebooks()
        story = Story()
        orders = demo._sell(story)
        demo._deliver(story, orders)
        demo._install(story, orders)
        demo._sell_retail(story)
        demo._repair(story)
        demo._date_foreign_documents(story, orders)
        demo._plan()
        demo._change_orders(orders)
        demo._plan()
        demo._make_plans()
        demo._work(story, demo._get_waiting())
        issues = demo._raise_issues(story)
        demo._plan()
        demo._work(story, demo._get_waiting())
        demo._handle_issues(issues)
        for round_number in range(2):
            demo._plan()
            demo._confirm(story, issues, round_number)
        demo._review(story)
        demo._release()
        demo._finish_plans()

    # ------------------------------------------------------------
    # SETTING UP
    # ------------------------------------------------------------

    def _for_demo(self):
        company = self.env.ref("base.main_company")
        return (
            self.sudo()
            .with_company(company)
            .with_context(
                allowed_company_ids=company.ids,
                skip_sms=True,
                tz=ZONE,
                revisit_demo_today=marks.Told(
                    self._get_loaded_on() or self._get_today()
                ),
                **QUIET,
            )
        )

    def _set_up_company(self):
        """Move the company to the zone of its people, so that today is right."""
        company = self.env.company
        company.name = "Northlake Appliances 北湖家电"
        company.resource_calendar_id.tz = ZONE
        company.partner_id.tz = ZONE
        self.env.ref("base.user_admin").tz = ZONE
        location = self._get_warehouse().lot_stock_id
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            [
                {
                    "product_id": product.id,
                    "location_id": location.id,
                    "inventory_quantity": 120,
                }
                for product in self._get_products()
            ]
        ).action_apply_inventory()

    def _set_up_rulebooks(self):
        """Install both rulebooks and fit them to this company, as a manager would."""
        rulebooks = self.env["revisit.rulebook"]
        for code in ("appliance", "dealer_csi"):
            rulebooks += rulebooks.action_install(code)
        rulebooks.write(
            {
                "effective_from": self._get_first_day(),
                "owner_id": self._user("manager").id,
                "review_on": self._get_today() + timedelta(days=180),
            }
        )
        self._link_departments()
        self._link_units()
        policies = rulebooks.policy_ids
        policies.active_from = windows.day_start(self._get_first_day(), ZONE)
        # dealers' customers belong to the dealer rulebook, all others to the first
        direct = "[('dealer_id', '=', False)]"
        for code in ("appliance_purchase", "appliance_repair"):
            policies.filtered(lambda p, c=code: p.code == c).domain = direct
        policies.filtered(lambda p: p.code == "appliance_sold").active = False
        for policy in policies.filtered(lambda p: p.rulebook_id.code == "dealer_csi"):
            known = policy.domain.strip("[] ,")
            policy.domain = (
                f"[{known + ', ' if known else ''}('dealer_id', '!=', False)]"
            )

    def _link_departments(self):
        """Give the departments of the rulebook their heads and staff."""
        staff = {
            "department_callback": ["manager", "supervisor", "supervisor2", *AGENTS],
            "department_after_sales": ["service"],
            "department_rd": ["quality"],
            "department_sales": ["sales"],
        }
        for xmlid, logins in staff.items():
            department = self._rulebook_ref("appliance", xmlid)
            employees = [self._ref(f"employee_{login}") for login in logins]
            department.manager_id = employees[0]
            for employee in employees:
                employee.department_id = department
        production = self._rulebook_ref("appliance", "department_production")
        production.manager_id = production.manager_id or self._ref("employee_quality")
        complaints = self._rulebook_ref("dealer_csi", "category_complaint")
        complaints.department_id = self._rulebook_ref(
            "appliance", "department_after_sales"
        )

    def _link_units(self):
        region = self._rulebook_ref("dealer_csi", "team_region")
        department = self._rulebook_ref("appliance", "department_callback")
        units = {
            self._rulebook_ref("appliance", "team_callback"): (
                "supervisor",
                ["agent", "agent2"],
            ),
            self._rulebook_ref("dealer_csi", "team_hq"): (
                "supervisor2",
                ["agent3", "agent4"],
            ),
            region: ("supervisor2", ["region"]),
        }
        for unit, (manager, members) in units.items():
            unit.write(
                {
                    "manager_id": self._user(manager).id,
                    "member_ids": [self._user(login).id for login in members],
                    "department_id": department.id,
                }
            )
        names = {"en_US": "East China Region", "zh_CN": "华东大区"}
        for lang, _name in self.env["res.lang"].get_installed():
            region.with_context(lang=lang).name = names.get(lang, names["en_US"])
        for code in DEALERS:
            self._ref(f"team_{code}").write(
                {"parent_id": region.id, "manager_id": self._user("supervisor2").id}
            )

    # ------------------------------------------------------------
    # RECORDS
    # ------------------------------------------------------------

    def _ref(self, xmlid):
        """Return a record of the demonstration; thousands of times, so from cache.

        ``env.ref`` would ask the database each time whether the record exists.
        """
        model, record_id = self.env["ir.model.data"]._xmlid_to_res_model_res_id(
            f"revisit_management.{xmlid}", raise_if_not_found=True
        )
        return self.env[model].browse(record_id)

    def _rulebook_ref(self, code, xmlid):
        """Return what a rulebook brought to this company."""
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

    def _get_loaded_on(self):
        """Return the day on which the story was loaded, if it was.

        Loading may run past midnight, and the scores are made by another module.
        """
        parameters = self.env["ir.config_parameter"].sudo()
        return fields.Date.to_date(parameters.get_param(DONE_MARK))

    def _get_today(self):
        """Return the day after the story, in the company's zone."""
        today = marks.read(self.env, "revisit_demo_today")
        return today or windows.local_date(fields.Datetime.now(), ZONE)

    def _get_end(self):
        """Return the moment at which the story ends: the midnight before today."""
        return windows.day_start(self._get_today(), ZONE)

    def _get_first_day(self):
        return self._get_today() - timedelta(days=DAYS)

    def _get_day_bounds(self, days_ago):
        """Return the UTC bounds of a local day of the story."""
        first = windows.day_start(self._get_today() - timedelta(days=days_ago), ZONE)
        return first, first + timedelta(days=1)

    def _get_moments(self, story, kind, count, oldest, newest):
        """Return ``count`` UTC moments of shopping hours, oldest first."""
        span = oldest - newest
        moments = []
        for number in range(count):
            day = self._get_today() - timedelta(days=oldest - number * span // count)
            clock = story.rng(kind, oldest, number).randint(9 * 60, 20 * 60)
            moments.append(windows.day_start(day, ZONE) + timedelta(minutes=clock))
        return sorted(moments)

    def _get_talk_time(self, rng, first, last):
        """Return a moment in [first, last), in the hours in which people are called."""
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
