# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields

from ..tools import windows
from .analyses import Analyses
from .archives import Archives
from .documents import Documents
from .issues import Issues
from .knowledge import Knowledge
from .reports import Reports
from .results import Results
from .story import AGENTS, DEALERS, DONE_MARK, ZONE, Story
from .work import Work


class Demonstration(
    Documents, Work, Issues, Reports, Archives, Results, Knowledge, Analyses
):
    """Fills a demonstration database with two quarters of work.

    The people, dealers, products and customers are in ``revisit_demo.xml``; here
    they buy, get repairs, are called and complain. What agents and dealers do goes
    through the same methods as in real work.

    The story is the same whenever it is loaded: it ends with yesterday, at the last
    midnight of the company's zone, and everything in it lies a fixed number of days
    and hours before that end. Nothing is compared with the clock, and random values
    depend on the seed and on the place in the story, see :class:`Story`. Today has
    open work only.
    """

    def load(self):
        """Create the dated records, once per database."""
        parameters = self.env["ir.config_parameter"]
        if parameters.get_param(DONE_MARK):
            return
        parameters.set_param(DONE_MARK, fields.Date.to_string(self.today))
        self._set_up_company()
        self._set_up_rulebooks()
        story = Story()
        orders = self._sell(story)
        self._deliver(story, orders)
        self._install(story, orders)
        self._sell_retail(story)
        self._date_filings()
        self._fill_archives(story)
        self._repair(story)
        self._date_foreign_documents(story, orders)
        self._plan()
        self._change_orders(orders)
        self._plan()
        self._make_plans()
        self._work(story, self._get_waiting())
        issues = self._raise_issues(story)
        self._date_registrations()
        self._plan()
        self._work(story, self._get_waiting())
        self._handle_issues(issues)
        for round_number in range(2):
            self._plan()
            self._confirm(story, issues, round_number)
        self._write_down(story, issues)

    def _write_down(self, story, issues):
        """What is written, reviewed and counted after the talks."""
        self._note_results()
        self._report(story)
        self._review(story)
        self._train()
        self._release()
        self._finish_plans()
        self._analyse()
        self._learn_best_hours()
        self.env["revisit.archive"]._cron_recount()
        self._go_on(story)
        self._know(issues)

    # ------------------------------------------------------------
    # SETTING UP
    # ------------------------------------------------------------

    def _set_up_company(self):
        """Set the company's time zone to its people's, so that "today" is right."""
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
        """Install both rulebooks and adapt them to this company, as a manager would."""
        rulebooks = self.env["revisit.rulebook"]
        for code in ("appliance", "dealer_csi"):
            rulebooks += rulebooks.action_install(code)
        rulebooks.write(
            {
                "effective_from": self._get_first_day(),
                "owner_id": self._user("manager").id,
                "review_on": self.today + timedelta(days=180),
            }
        )
        self._ask_for_reports(rulebooks[0])
        self._allow_chains(rulebooks[0])
        self._ask_for_analyses(rulebooks)
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
        """Set managers and staff of the departments of the rulebook."""
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
