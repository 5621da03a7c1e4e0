# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64
import io
import random
from collections import Counter, namedtuple
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from odoo import api, fields, models

from ..tools import windows
from .revisit_planner import QUIET

SEED = 20260101
ZONE = "Asia/Shanghai"
# a quarter and what came before it: the last whole quarter is always half filled
DAYS = 130
ORDERS = 138
# sold in the last days of them, so that today's queues are full
RECENT_ORDERS = 52
RECENT_DAYS = 12
REPAIRS = 48
RETAIL_SALES = 14
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
# what customers without a dealer say
TOLD_DIRECT = 89
REVIEWERS = ("supervisor", "supervisor2")

INSTALLED = {
    "washer",
    "washer_dryer",
    "aircon_wall",
    "aircon_tower",
    "oven",
    "hood",
    "dishwasher",
    "heater",
}

GOOD_WORDS = (
    "Everything works, the fitter explained the programmes well.",
    "Delivered on the agreed morning. 很满意，师傅很专业。",
    "Very quiet machine, would buy it again.",
    "师傅穿了鞋套，安装干净利落。 The fitter was careful and clean.",
    "Quick repair, the price was told beforehand.",
    "No complaints. Asked when the filter should be cleaned; explained.",
    "服务热情，没有问题。 Friendly service, no problems.",
)
FAIR_WORDS = (
    "Works, but the delivery came two hours late.",
    "Satisfied with the product; the manual is hard to read.",
    "Had to call twice to get an appointment. 预约打了两次电话。",
    "The noise is a little higher than expected.",
    "Packaging was left behind in the corridor.",
)
POOR_WORDS = (
    "Nobody told me the price of the parts before the repair. 维修前没有报价。",
    "The fitter came a day late and did not call.",
    "It was repaired twice and still makes noise. 修了两次还有异响。",
    "The shop promised a free hood filter; it never came.",
    "Nobody answers the dealer's telephone.",
)
NOTES = ("", "", "Mailbox", "Rang for a minute", "Was in a meeting", "Line was cut")
REVIEW_NOTES = {
    "passed": ("", "", "", "Clear and complete.", "Good handling of the question."),
    "failed": (
        "Purpose of the call was not told; please use the opening of the script.",
        "Feedback is one word only: write down what the customer said.",
    ),
}

# One problem in five lines: how it is filed (see Problem), its subject, what happened,
# the agreed solution and the result; "-" is nothing yet. Times are days ago, and
# hours until somebody answers and solves it.
PROBLEMS = """
appliance_quality normal callback complaint fridge_4d 112 6 96 closed production
Fridge: ice on the back wall
Thick ice on the back wall of the fridge after three weeks. 冷藏室后壁结冰。
Replace the door seal and the defrost sensor.
Seal and sensor replaced; no ice after ten days.

appliance_service normal callback complaint aircon_wall 104 3 30 closed service
Fitter did not clean up after drilling
Dust on the bed and the floor after the wall was drilled.
Cleaning at our cost; word with the fitter.
Cleaned next day, the fitter apologised in person.

csi_complaint high phone complaint washer 96 30 110 closed service
Dealer charged for a repair under warranty
The customer paid 380 for a pump that is under warranty. 保修期内收费。
Refund by the dealer, letter of apology.
Refund of 380 confirmed by the bank receipt.

appliance_sales normal store request oven 90 5 20 closed other
Question on the trade-in offer
Does the trade-in offer hold for an oven bought before the holiday? 以旧换新咨询。
Explain the terms; voucher of 200 as goodwill.
Voucher sent by SMS.

appliance_quality normal callback complaint dishwasher 83 10 150 closed design
Dishwasher leaves water in the basin
About one litre of water stands in the basin after each programme.
Longer drain hose loop, check of the pump.
Hose laid anew, basin dry in three runs.

appliance_service high callback complaint washer_dryer 77 20 90 reopened service
Third appointment missed
The technician missed three appointments. 三次预约均未上门。
Visit with the head of after-sales, same day.
Repaired in the presence of the head of after-sales.

appliance_quality high callback complaint heater 71 4 60 closed design
Water heater switches off in winter mode
Goes out after two minutes when the inlet water is cold.
New control board with corrected threshold.
Board changed; twenty starts without fault.

csi_complaint normal platform complaint fridge_2d 64 40 130 closed service
Dealer delivered a display piece
Scratches and shelf labels on a fridge sold as new. 样机当新机出售。
Exchange against a new unit.
Exchanged, old unit taken back.

appliance_service normal phone complaint hood 58 8 50 closed service
Range hood mounted too low
Hood hangs 10 cm lower than drawn in the plan.
Mount it again at the height of the plan.
Mounted again, wall repaired.

appliance_quality normal callback suggestion washer 52 12 70 closed design
Suggestion: beep volume should be adjustable
Would like to switch off the beep at night. 希望提示音可调。
Passed on to development; planned for the next software.
Customer was told; noted for the next release.

appliance_sales normal callback complaint aircon_tower 45 9 40 confirmed other
Promised discount not on the invoice
The sales adviser promised 300 off at the fair.
Pay back 300.
300 paid back.

csi_complaint high callback complaint dryer 40 28 120 confirmed service
Dealer does not answer the telephone
Five calls in one week, nobody answered or called back. 多次致电无人接听。
Dealer names a second contact and a service line.
New number works; customer has been served.

appliance_quality normal callback complaint freezer 34 7 100 confirmed production
Chest freezer: lid does not close tightly
A gap of 3 mm on the left; ice at the edge.
New hinges.
Hinges changed, lid closes.

appliance_service critical phone complaint heater 29 1 7 confirmed service
Smell of gas after the installation
Smell of gas at the joint; the customer shut the valve. 安装后有煤气味。
Emergency visit, joint made anew, pressure test.
Tight; pressure test recorded.

appliance_quality high callback complaint aircon_wall 24 30 140 reopened production
Air conditioner drips into the room
Water drips from the indoor unit after one hour.
Level the unit, clear the drain.
Drain cleared, no drops in two hours.

csi_complaint normal callback complaint oven 19 26 90 confirmed service
Dealer sold an extended warranty without papers
Paid 299 for two more years, has no certificate. 延保没有凭证。
Certificate issued by headquarters.
Certificate sent by letter.

appliance_service normal chat complaint dishwasher 15 6 44 confirmed service
Old machine was not taken away
Taking the old dishwasher away was paid for, but did not happen.
Pick it up within two days.
Picked up.

appliance_sales normal callback request fridge_2d 12 4 15 resolved other
Asks for a price list of shelves
Wants two more glass shelves.
Send the price list.
Price list sent, order placed.

appliance_quality normal callback complaint washer_dryer 9 11 120 resolved production
Washer-dryer stops while spinning
Stops with code E21 at 1,200 turns. 脱水时停机，显示E21。
Change the damper and the sensor.
Damper and sensor changed, three test runs passed.

appliance_service normal callback complaint aircon_tower 7 9 0 agreed service
Fitter asked for money for the bracket
Asked for 150 in cash, no receipt. 师傅现场收费未开票。
Pay back 150; talk with the fitter.
-

csi_complaint high callback complaint hood 6 33 0 investigating service
Dealer refuses to exchange a damaged hood
Glass was broken in the box; the dealer says it is the customer's fault.
-
-

appliance_quality high callback complaint fridge_4d 5 8 0 investigating -
Freezer compartment at minus 9 degrees only
Food is soft; set to minus 18. 冷冻室温度不达标。
-
-

appliance_service normal phone complaint washer 4 20 0 acknowledged -
Technician left a leaking hose
Leaks since the repair on Tuesday.
-
-

csi_complaint normal callback complaint dryer 3 0 0 new -
Delivery postponed twice without a word
Dealer moved the delivery twice. 送货两次延期未通知。
-
-

appliance_sales normal email request dishwasher 2 14 0 acknowledged -
Invoice with the company's tax number
Needs the invoice in the name of a company.
-
-

appliance_quality normal callback complaint aircon_wall 1 0 0 new -
Remote control shows Fahrenheit
Cannot be switched to Celsius.
-
-
"""
DEALER_COMPLAINT = "csi_complaint"
Problem = namedtuple(
    "Problem",
    "category severity intake kind product age acknowledged solved end cause"
    " name text solution result",
)


def parse_problems(text):
    """Return the problems of a text like ``PROBLEMS``."""
    problems = []
    for block in text.strip().split("\n\n"):
        head, *texts = block.splitlines()
        cells = ["" if cell == "-" else cell for cell in head.split() + texts]
        problem = Problem(*cells)
        problems.append(
            problem._replace(
                age=int(problem.age),
                acknowledged=int(problem.acknowledged),
                solved=int(problem.solved),
            )
        )
    return problems


class RevisitDemo(models.AbstractModel):
    """Fills a demonstration database with a quarter of work.

    The people, dealers, products and customers are in ``demo/revisit_demo.xml``;
    here they buy, get repairs, are called and complain, dated up to today. What
    agents and dealers do goes through the same methods as in real work. Seeded: the
    same day gives the same figures. Nothing but demonstration data calls this.
    """

    _name = "revisit.demo"
    _description = "Revisit Demonstration Data"

    @api.model
    def _load_quarter(self):
        """Create the dated demonstration data, once per database."""
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param(DONE_MARK):
            return
        parameters.set_param(DONE_MARK, fields.Date.to_string(fields.Date.today()))
        demo = self._for_demo()
        demo._set_up_company()
        demo._set_up_rulebooks()
        rng = random.Random(SEED)
        orders = demo._sell(rng)
        demo._deliver(rng, orders)
        demo._install(rng)
        demo._sell_retail(rng)
        demo._repair(rng)
        demo._finish_foreign_repairs()
        demo._plan()
        demo._change_orders(orders)
        demo._plan()
        demo._make_plans()
        demo._work(rng, demo._get_waiting())
        issues = demo._raise_issues(rng)
        demo._plan()
        demo._work(rng, demo._get_waiting())
        demo._handle_issues(issues)
        for _round in range(2):
            demo._plan()
            demo._confirm(rng, issues)
        demo._review(rng)
        demo._release()

    # ------------------------------------------------------------
    # SETTING UP
    # ------------------------------------------------------------

    def _for_demo(self):
        company = self.env.ref("base.main_company")
        return (
            self.sudo()
            .with_company(company)
            .with_context(
                allowed_company_ids=company.ids, skip_sms=True, tz=ZONE, **QUIET
            )
        )

    def _set_up_company(self):
        """Move the company to the zone of its people, so that today is right."""
        company = self.env.company
        company.name = "Northlake Appliances 北湖家电"
        company.resource_calendar_id.tz = ZONE
        company.partner_id.tz = ZONE
        self.env.ref("base.user_admin").tz = ZONE
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            [
                {
                    "product_id": product.id,
                    "location_id": self._get_warehouse().lot_stock_id.id,
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
    # WHAT HAPPENED TO CUSTOMERS
    # ------------------------------------------------------------

    def _sell(self, rng):
        """Confirm the orders of the quarter and date them back, oldest first."""
        moments = self._get_moments(rng, ORDERS - RECENT_ORDERS, DAYS, RECENT_DAYS)
        moments += self._get_moments(rng, RECENT_ORDERS, RECENT_DAYS, 1)
        products, customers = list(self._get_products()), self._get_customers()
        vals_list = []
        for count, _moment in enumerate(moments):
            bought = rng.sample(products, 2 if rng.random() < 0.15 else 1)
            vals_list.append(
                {
                    "partner_id": customers[count * 7 % len(customers)].id,
                    "user_id": self._user("sales").id,
                    "order_line": [
                        (0, 0, {"product_id": product.id, "product_uom_qty": 1})
                        for product in bought
                    ],
                }
            )
        orders = self.env["sale.order"].create(vals_list)
        orders.action_confirm()
        for order, moment in zip(orders, moments, strict=True):
            order.date_order = moment
        return orders

    def _deliver(self, rng, orders):
        """Deliver most orders 1 to 4 days later; the newest are still on their way."""
        now = fields.Datetime.now()
        dated = {}
        for order in orders:
            moment = order.date_order + timedelta(days=rng.randint(1, 4), hours=2)
            picking = order.picking_ids[:1]
            if picking and moment < now and rng.random() < 0.96:
                dated[picking] = moment
        pickings = self.env["stock.picking"].concat(*dated)
        pickings.action_assign()
        pickings = pickings.filtered(lambda picking: picking.state == "assigned")
        pickings.move_ids.picked = True
        pickings._action_done()
        for picking in pickings:
            picking.date_done = dated[picking]
        lines = self.env["revisit.archive.line"].search(
            [("move_id", "in", pickings.move_ids.ids)]
        )
        for line in lines:
            line.filed_at = line.move_id.picking_id.date_done

    def _install(self, rng):
        """Install what needs a fitter 1 or 2 days after the delivery."""
        products = self.env["product.product"].concat(
            *(self._ref(f"product_{name}") for name in sorted(INSTALLED))
        )
        today = self._get_today()
        for line in self.env["revisit.archive.line"].search(
            [("product_id", "in", products.ids), ("move_id", "!=", False)], order="id"
        ):
            day = windows.local_date(line.filed_at, ZONE)
            day += timedelta(days=rng.randint(1, 2))
            if day <= today:
                line.installed_on = day
                line.place = rng.choice(
                    ["Kitchen", "Bathroom", "Living room", "Balcony"]
                )

    def _sell_retail(self, rng):
        """File what dealers sold in their shops: no order of ours stands behind it."""
        products = list(self._get_products())
        customers = self._get_customers().filtered("dealer_id")
        vals_list = []
        for moment in self._get_moments(rng, RETAIL_SALES, DAYS, 1):
            customer = rng.choice(customers)
            day = windows.local_date(moment, ZONE)
            vals_list.append(
                {
                    "company_id": self.env.company.id,
                    "partner_id": customer.id,
                    "product_id": rng.choice(products).id,
                    "dealer_id": customer.dealer_id.id,
                    "sold_on": day,
                    "warranty_until": day + timedelta(days=365),
                    "serial_number": f"NL{rng.randint(10**7, 10**8 - 1)}",
                    "filed_at": moment,
                    "filed_by_id": self._get_dealer_user(customer.dealer_id).id,
                }
            )
        self.env["revisit.archive.line"].create(vals_list)

    def _repair(self, rng):
        """Repair installed products, most of them finished."""
        recent = self._get_moments(rng, REPAIRS // 4, RECENT_DAYS, 1)
        moments = self._get_moments(rng, REPAIRS * 3 // 4, DAYS, RECENT_DAYS) + recent
        lines = self.env["revisit.archive.line"].search(
            [("product_id", "in", self._get_products().ids)], order="sold_on, id"
        )
        repairs, finished = self.env["repair.order"], {}
        for moment in moments:
            day = windows.local_date(moment, ZONE)
            owned = lines.filtered(lambda line, d=day: line.sold_on < d)
            line = rng.choice(owned or lines[:5])
            repair = repairs.create(
                {
                    "partner_id": line.partner_id.id,
                    "product_id": line.product_id.id,
                    "product_qty": 1,
                    "user_id": self._user("service").id,
                    "picking_type_id": self._get_warehouse().repair_type_id.id,
                    "schedule_date": moment - timedelta(days=1),
                    "under_warranty": True,
                }
            )
            repairs += repair
            finished[repair] = moment
        repairs._action_repair_confirm()
        repairs.action_repair_start()
        # three are still in the workshop
        done = repairs[:-3]
        done.action_repair_end()
        for repair in done:
            repair.revisit_done_at = finished[repair]

    def _finish_foreign_repairs(self):
        """Finish two repairs of Odoo's own demonstration, where they are loaded."""
        for days, xmlid in ((3, "repair.repair_r0"), (6, "repair.repair_r2")):
            repair = self.env.ref(xmlid, raise_if_not_found=False)
            if repair and repair.state == "draft":
                repair._action_repair_confirm()
                repair.action_repair_start()
                repair.action_repair_end()
                repair.revisit_done_at = fields.Datetime.now() - timedelta(days=days)

    def _change_orders(self, orders):
        """Cancel three fresh orders and move one: their callbacks follow."""
        waiting = orders.filtered(
            lambda order: "done" not in order.picking_ids.mapped("state")
        )
        waiting[:-2][::3][:3]._action_cancel()
        moved = waiting[-1:]
        if moved:
            moved.date_order = fields.Datetime.now() - timedelta(hours=20)

    # ------------------------------------------------------------
    # PLANNING
    # ------------------------------------------------------------

    def _plan(self):
        """Plan the whole quarter with every policy."""
        policies = self.env["revisit.policy"].search(
            [("company_id", "=", self.env.company.id), ("model_name", "!=", False)]
        )
        first = windows.day_start(self._get_first_day(), ZONE)
        policies.generate(first, fields.Datetime.now() + timedelta(minutes=1))

    def _make_plans(self):
        """Set up the monthly plans of the two centres, this month and the last."""
        this = self._get_today().replace(day=1)
        last = (this - timedelta(days=1)).replace(day=1)
        units = self._rulebook_ref("appliance", "team_callback")
        units += self._rulebook_ref("dealer_csi", "team_hq")
        for unit in units:
            for first in (last, this):
                following = (first + timedelta(days=31)).replace(day=1)
                plan = self.env["revisit.plan"].create(
                    {
                        "team_id": unit.id,
                        "date_from": first,
                        "date_to": following - timedelta(days=1),
                        "note": "Satisfaction after sales, installations and repairs.",
                    }
                )
                plan.action_fill()
                if plan.callback_count:
                    plan.with_user(unit.manager_id).sudo().action_approve()
                    if first == last:
                        plan.action_close()

    # ------------------------------------------------------------
    # MAKING CALLBACKS
    # ------------------------------------------------------------

    def _get_waiting(self):
        """Return the untouched callbacks whose window has begun, oldest first."""
        return self.env["revisit.callback"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("state", "=", "assigned"),
                ("attempt_count", "=", 0),
                ("window_start", "<", fields.Datetime.now()),
                ("policy_id.code", "!=", "appliance_issue_resolved"),
            ],
            order="window_end, id",
        )

    def _work(self, rng, callbacks):
        """Let agents and dealers make their callbacks, each in their own manner."""
        kept = self._keep_for_today(callbacks)
        for callback in callbacks.filtered(lambda c: c.state == "assigned"):
            if callback in kept:
                self._try_in_vain(rng, callback, 0.25)
                continue
            moment = self._get_done_at(rng, callback)
            if moment:
                self._make(rng, callback, moment)
            else:
                self._try_in_vain(rng, callback, 0.4)

    def _keep_for_today(self, callbacks):
        """Return callbacks to leave open: per person three due today, two just late."""
        now, tomorrow = fields.Datetime.now(), callbacks._get_end_of_today()
        kept, counts = callbacks.browse(), Counter()
        for callback in callbacks.sorted("window_end", reverse=True):
            if now < callback.window_end <= tomorrow:
                key, limit = (callback.user_id, "today"), 3
            elif now - timedelta(days=4) < callback.window_end <= now:
                key, limit = (callback.user_id, "late"), 2
            else:
                continue
            if counts[key] < limit:
                counts[key] += 1
                kept += callback
        return kept

    def _get_done_at(self, rng, callback):
        """Return when a callback is made, by the habits of who makes it, or False."""
        now, habits = fields.Datetime.now(), self._get_habits(callback)
        start, end = callback.window_start, callback.window_end
        fate = rng.random()
        if end > now:
            return fate < 0.45 and self._get_talk_time(rng, start, now)
        if fate < habits.on_time:
            return self._get_talk_time(rng, start, end)
        if fate < habits.on_time + habits.late:
            last = end + timedelta(days=4)
            return last < now and self._get_talk_time(rng, end, last)
        return False

    def _make(self, rng, callback, moment):
        """Log the attempts and the result of one callback, as who makes it."""
        actor = self._as_maker(callback)
        fate = rng.random()
        is_visit = self._make_visit(rng, callback)
        if fate < 0.055 and not is_visit:
            for days in (2, 1, 0):
                at = max(moment - timedelta(days=days), callback.window_start)
                outcome = rng.choice(["no_answer", "no_answer", "busy"])
                self._log(rng, actor, outcome, at)
            return actor.action_done(done_at=moment)
        if fate < 0.075 and not is_visit:
            outcome = "refused" if fate < 0.065 else "wrong_number"
            self._log(rng, actor, outcome, moment)
            return actor.action_done(done_at=moment)
        if rng.random() < 0.2:
            before = max(moment - timedelta(hours=3), callback.window_start)
            self._log(rng, actor, rng.choice(["no_answer", "busy"]), before)
        if not is_visit:
            self._log(rng, actor, "reached", moment, rng.randint(70, 400))
        measures = self._get_measures(rng, callback)
        if is_visit:
            measures["signature"] = self._get_signature(rng)
        return actor.action_done("reached", done_at=moment, **measures)

    def _make_visit(self, rng, callback):
        """Turn some callbacks of dealers into visits; return whether it is one."""
        if callback.level == "dealer" and rng.random() < 0.08:
            callback.channel = "visit"
        return callback.channel == "visit"

    def _try_in_vain(self, rng, callback, chance):
        """Log a try of today that did not reach the customer, for some."""
        now = fields.Datetime.now()
        if callback.window_end < now - timedelta(days=14) or rng.random() > chance:
            return
        at = max(callback.window_start, now - timedelta(minutes=rng.randint(20, 400)))
        outcome = rng.choice(["no_answer", "busy", "rescheduled"])
        values = {"note": rng.choice(NOTES)}
        if outcome == "rescheduled":
            values["note"] = "Asked to be called again tomorrow evening. 请明晚再联系。"
            evening = self._get_today() + timedelta(days=1)
            values["next_at"] = windows.day_start(evening, ZONE) + timedelta(hours=18.5)
        self._as_maker(callback).with_context(default_at=at).action_log_attempt(
            outcome, **values
        )

    def _log(self, rng, actor, outcome, at, duration=0):
        note = "" if outcome == "reached" else rng.choice(NOTES)
        actor.with_context(default_at=at).action_log_attempt(
            outcome, duration=duration, note=note
        )

    def _get_measures(self, rng, callback):
        """Return the answers of a customer; some questions are not asked."""
        habits = self._get_habits(callback)
        mean = self._get_mean(callback)
        satisfaction = self._draw(rng, mean, 7)
        measures = {
            "satisfaction": satisfaction,
            "attitude": self._draw(rng, habits.attitude, 5),
            "feedback": self._get_words(rng, satisfaction),
        }
        if rng.random() < 0.85:
            measures["quality"] = self._draw(rng, (mean + 90) / 2, 7)
        if rng.random() < 0.75:
            measures["efficiency"] = self._draw(rng, mean - 2, 8)
        if rng.random() < 0.6:
            measures["nps"] = max(0, min(10, round(satisfaction / 10 - 0.3)))
        return measures

    def _get_words(self, rng, satisfaction):
        if satisfaction >= 88:
            return rng.choice(GOOD_WORDS) if rng.random() < 0.7 else ""
        return rng.choice(FAIR_WORDS if satisfaction >= 72 else POOR_WORDS)

    def _get_mean(self, callback):
        dealer = self._get_dealer_habits(callback.dealer_id)
        if not dealer:
            return TOLD_DIRECT
        return dealer.told_dealer if callback.level == "dealer" else dealer.told_hq

    def _get_habits(self, callback):
        if callback.level == "dealer":
            return self._get_dealer_habits(callback.dealer_id) or DEALERS["harbour"]
        return AGENTS.get(callback.user_id.login, AGENTS["agent2"])

    def _review(self, rng):
        """Let supervisors review most of what is older than a week."""
        callbacks = self.env["revisit.callback"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("state", "=", "done"),
                ("done_at", "<", fields.Datetime.now() - timedelta(days=7)),
            ],
            order="id",
        )
        groups = {}
        for callback in callbacks:
            fate = rng.random()
            if fate < 0.3:
                continue
            verdict = "failed" if fate > 0.96 else "passed"
            reviewer = callback.team_id.manager_id or self._user(REVIEWERS[0])
            key = (reviewer, verdict, rng.choice(REVIEW_NOTES[verdict]))
            groups[key] = groups.get(key, callbacks.browse()) + callback
        for (reviewer, verdict, note), chosen in groups.items():
            chosen.with_user(reviewer).sudo().action_review(verdict, note)

    def _release(self):
        """Put some callbacks of tomorrow back into the queue of their unit."""
        units = {("appliance", "team_callback"): 5, ("dealer_csi", "team_hq"): 2}
        for xmlid, limit in units.items():
            upcoming = self.env["revisit.callback"].search(
                [
                    ("team_id", "=", self._rulebook_ref(*xmlid).id),
                    ("state", "=", "assigned"),
                    ("timing", "in", ("upcoming", "due")),
                ],
                order="window_start desc, id",
                limit=limit,
            )
            upcoming.user_id = False

    # ------------------------------------------------------------
    # ISSUES
    # ------------------------------------------------------------

    def _raise_issues(self, rng):
        """Register the problems, from callbacks and from elsewhere."""
        issues = {}
        for problem in parse_problems(PROBLEMS):
            line, callback = self._find_occasion(rng, problem, issues)
            moment = callback.done_at or self._get_talk_time(
                rng, *self._get_day_bounds(problem.age)
            )
            creator = callback.made_by_id
            if creator.share or not creator:
                creator = self._user("supervisor")
            vals = self._prepare_issue(problem, line, callback, moment)
            issue = self.env["revisit.issue"].with_user(creator).sudo().create(vals)
            issues[issue] = problem
        return issues

    def _find_occasion(self, rng, problem, issues):
        """Return the product that a problem is about, and the callback that told it."""
        first, last = self._get_day_bounds(problem.age)
        domain = [
            ("product_id", "=", self._ref(f"product_{problem.product}").id),
            ("sold_on", "<", windows.local_date(first, ZONE)),
        ]
        if problem.category == DEALER_COMPLAINT:
            domain.append(("dealer_id", "!=", False))
        lines = self.env["revisit.archive.line"].search(domain, order="sold_on desc")
        callbacks = self.env["revisit.callback"]
        taken = [issue.callback_id.id for issue in issues]
        for line in lines if problem.intake == "callback" else ():
            callback = callbacks.search(
                [
                    ("partner_id", "=", line.partner_id.id),
                    ("result", "=", "reached"),
                    ("level", "!=", "dealer"),
                    ("done_at", ">=", first - timedelta(days=3)),
                    ("done_at", "<", last + timedelta(days=2)),
                    ("id", "not in", taken),
                ],
                order="satisfaction, id",
                limit=1,
            )
            if callback:
                return line, callback
        return (rng.choice(lines[:5]) if lines else lines), callbacks

    def _prepare_issue(self, problem, line, callback, moment):
        category = self.env["revisit.issue.category"].search(
            [
                ("code", "=", problem.category),
                ("company_id", "=", self.env.company.id),
            ]
        )
        customer = line.partner_id or self._get_customers()[:1]
        intake = problem.intake
        if intake == "callback" and not callback:
            intake = "phone"
        return {
            "name": problem.name,
            "description": problem.text,
            "category_id": category.id,
            "severity": problem.severity,
            "intake": intake,
            "intake_kind": problem.kind,
            "partner_id": customer.id,
            "product_id": self._ref(f"product_{problem.product}").id,
            "purchased_on": line.sold_on,
            "callback_id": callback.id,
            "dealer_id": customer.dealer_id.id,
            "team_id": self._get_issue_unit(callback, customer).id,
            "registered_at": moment,
        }

    def _get_issue_unit(self, callback, customer):
        unit = callback.team_id
        if not unit and customer.dealer_id:
            unit = self.env["revisit.team"].search(
                [("dealer_id", "=", customer.dealer_id.id)], limit=1
            )
        return unit or self._rulebook_ref("appliance", "team_callback")

    def _handle_issues(self, issues):
        """Let the owners answer, examine and solve, at the times of the story."""
        for issue, problem in issues.items():
            if problem.end == "new":
                continue
            owned = issue.with_user(issue.owner_id or self._user("service")).sudo()
            if problem.end == "acknowledged":
                owned.action_acknowledge()
            else:
                owned.action_investigate()
            self._date_issue(issue, "acknowledged_at", problem.acknowledged)
            issue.root_cause = problem.cause or False
            issue.solution = problem.solution or False
            if problem.end == "agreed":
                owned.action_agree()
            elif problem.solved:
                owned.action_agree()
                owned.action_resolve(problem.result)
                self._date_issue(issue, "resolved_at", problem.solved)

    def _date_issue(self, issue, name, hours):
        now = fields.Datetime.now()
        moment = issue.registered_at + timedelta(hours=hours)
        if hours > 8:
            moment = self._get_office_time(moment)
        issue[name] = min(moment, now - timedelta(minutes=30))

    def _confirm(self, rng, issues):
        """Make the confirming callbacks; a customer who says no reopens the issue."""
        callbacks = self.env["revisit.callback"].search(
            [
                ("source_model", "=", "revisit.issue"),
                ("source_id", "in", [issue.id for issue in issues]),
                ("policy_id.code", "=", "appliance_issue_resolved"),
                ("is_open", "=", True),
            ],
            order="id",
        )
        by_id = {issue.id: issue for issue in issues}
        for callback in callbacks:
            issue = by_id[callback.source_id]
            if issues[issue].end == "resolved":
                continue
            self._confirm_one(rng, callback, issue, issues[issue])

    def _confirm_one(self, rng, callback, issue, problem):
        last = min(callback.window_end, fields.Datetime.now())
        moment = self._get_talk_time(rng, callback.window_start, last)
        actor = self._as_maker(callback)
        self._log(rng, actor, "reached", moment, rng.randint(60, 200))
        if problem.end == "reopened" and not issue.reopen_count:
            actor.action_done(
                done_at=moment,
                customer_confirmed="no",
                satisfaction=35,
                attitude=70,
                feedback="It came back after two days. 两天后问题再次出现。",
            )
            owned = issue.with_user(issue.owner_id).sudo()
            owned.action_resolve(f"{problem.result} Checked again after a week.")
            issue.resolved_at = min(
                moment + timedelta(days=3), fields.Datetime.now() - timedelta(hours=1)
            )
        else:
            actor.action_done(
                done_at=moment,
                customer_confirmed="yes",
                satisfaction=self._draw(rng, 86, 6),
                attitude=self._draw(rng, 92, 4),
                feedback="Confirmed: solved. 已解决。",
            )
            issue.confirmed_at = moment
            if problem.end in ("closed", "reopened"):
                issue.with_user(issue.owner_id).sudo().action_close()
        issue.message_ids.date = moment

    # ------------------------------------------------------------
    # TOOLING
    # ------------------------------------------------------------

    def _ref(self, xmlid):
        return self.env.ref(f"revisit_management.{xmlid}")

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

    def _get_dealer_user(self, dealer):
        return self.env["res.users"].search(
            [("partner_id", "child_of", dealer.id), ("share", "=", True)], limit=1
        )

    def _get_dealer_habits(self, dealer):
        for code, habits in DEALERS.items():
            if dealer == self._ref(f"dealer_{code}"):
                return habits
        return None

    def _as_maker(self, callback):
        """Return the callback as its agent; portal users act through sudo there too."""
        user = callback.user_id
        made = callback.with_user(user)
        return made.sudo() if user.share else made

    def _get_today(self):
        return windows.local_date(fields.Datetime.now(), ZONE)

    def _get_first_day(self):
        return self._get_today() - timedelta(days=DAYS)

    def _get_day_bounds(self, days_ago):
        """Return the UTC bounds of a local day, never later than now."""
        first = windows.day_start(self._get_today() - timedelta(days=days_ago), ZONE)
        return first, min(first + timedelta(days=1), fields.Datetime.now())

    def _get_moments(self, rng, count, oldest, newest):
        """Return ``count`` UTC moments of shopping hours, oldest first."""
        span = oldest - newest
        moments = []
        for number in range(count):
            day = self._get_today() - timedelta(days=oldest - number * span // count)
            clock = timedelta(minutes=rng.randint(9 * 60, 20 * 60))
            moments.append(windows.day_start(day, ZONE) + clock)
        return sorted(moments)

    def _get_talk_time(self, rng, first, last):
        """Return a moment in [first, last), in the hours in which people are called."""
        last = min(last, fields.Datetime.now()) - timedelta(seconds=1)
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

    def _get_office_time(self, moment):
        """Return a moment of the night as the next morning at nine."""
        local = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(ZONE))
        if 9 <= local.hour < 19:
            return moment
        day = local.date() + timedelta(days=local.hour >= 19)
        return windows.day_start(day, ZONE) + timedelta(hours=9, minutes=local.minute)

    def _draw(self, rng, mean, spread):
        """Return an answer from 0 to 100 around ``mean``."""
        return float(max(20, min(100, round(rng.gauss(mean, spread)))))

    def _get_signature(self, rng):
        """Return a scribble as a PNG, base64."""
        image = Image.new("RGB", (240, 80), "white")
        x, y, points = 20, 45, []
        while x < 220:
            points.append((x, y))
            x += rng.randint(5, 14)
            y = rng.randint(18, 64)
        ImageDraw.Draw(image).line(points, fill="#1c2b5a", width=3, joint="curve")
        stream = io.BytesIO()
        image.save(stream, "PNG")
        return base64.b64encode(stream.getvalue())
