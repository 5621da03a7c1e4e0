# Part of Revisit. See LICENSE file for full copyright and licensing details.
import random
from datetime import datetime, timedelta

from odoo.tests import TransactionCase, freeze_time, tagged

# what both planners must agree on, besides the key
COMPARED = (
    "company_id",
    "partner_id",
    "commercial_partner_id",
    "dealer_id",
    "product_id",
    "responsible_id",
    "team_id",
    "user_id",
    "script_id",
    "rulebook_id",
    "rulebook_version",
    "source_name",
    "event_at",
    "window_start",
    "window_end",
    "deadline",
    "last_day",
    "kind",
    "level",
    "channel",
    "service_step",
    "state",
    "cancel_reason",
    "active",
    "is_on_time",
    "attempt_count",
    "resp_user_id",
    "resp_employee_id",
    "resp_department_id",
    "resp_team_id",
    "resp_dealer_id",
    "decision",
    "is_late_handover",
    "is_known_too_late",
    "is_unwanted",
    "left_at",
    "left_by_id",
    "subjects",
)
TOUCH_COMPARED = (
    "partner_id",
    "commercial_partner_id",
    "dealer_id",
    "event_at",
    "window_start",
    "window_end",
    "channel",
    "level",
    "state",
)
# after the last period that is looked at has closed
NOW = datetime(2026, 5, 10)
START = datetime(2026, 3, 1)


@tagged("post_install", "-at_install")
class TestPlannerOracle(TransactionCase):
    """The set-based planner gives the same rows as the plain one (B8)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.company = cls.env["res.company"].create({"name": "Oracle Works"})
        cls.env = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": cls.company.ids,
                "tracking_disable": True,
                "mail_create_nolog": True,
            },
        )
        cls.env.user.company_ids |= cls.company
        cls.company = cls.company.with_env(cls.env)
        cls.mine = [("company_id", "=", cls.company.id)]

    def test_planners_agree_in_utc(self):
        """B2, B8, B10: rows, skips and counts are equal; UTC."""
        self._make_world(random.Random(1), "UTC")
        self._check_agreement(11)

    def test_planners_agree_in_shanghai(self):
        """B2, B8, B10: rows, skips and counts are equal; eight hours ahead."""
        self._make_world(random.Random(2), "Asia/Shanghai")
        self._check_agreement(12)

    def test_planners_agree_over_daylight_saving(self):
        """B2, B8, B10: rows, skips and counts are equal; clocks change in March."""
        self._make_world(random.Random(3), "Europe/Berlin")
        self._check_agreement(13)

    def test_planners_agree_west_of_greenwich(self):
        """B2, B8, B10: rows, skips and counts are equal; behind UTC, with a change."""
        self._make_world(random.Random(4), "America/New_York")
        self._check_agreement(14)

    # ------------------------------------------------------------
    # THE COMPARISON
    # ------------------------------------------------------------

    def _check_agreement(self, disturb_seed):
        """Plan, disturb the documents and plan again, with either planner."""
        results = []
        for through_orm in (True, False):
            savepoint = self.env.cr.savepoint()
            self.company.revisit_plan_through_orm = through_orm
            self.policies.team_id.assigned_count = 0
            outcome = []
            dry = self._plan(dry_run=True)
            outcome.append(dry)
            outcome.append(self._plan())
            self.assertEqual(dry["created"], outcome[-1]["created"])
            outcome.append(self._snapshot())
            self._disturb(random.Random(disturb_seed))
            outcome.append(self._plan())
            outcome.append(self._snapshot())
            outcome.append(self._plan())
            self._reopen()
            outcome.append(self._plan())
            outcome.append(self._snapshot())
            for row in outcome[-1][0].values():
                # reopened ones join contacts in the order of their ids, which differ
                row.pop("contact", None)
            results.append(outcome)
            savepoint.rollback()
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        plain, fast = results
        self.assertGreater(plain[1]["created"], 100)
        self.assertTrue(any(row.get("contact") for row in plain[2][0].values()))
        self.assertTrue(any(key[0] == "touch" for key in plain[2][0]))
        self._check_own_work(plain[2][0])
        self.assertLessEqual({"cap", "budget", "touch_quota"}, set(plain[1]["skipped"]))
        self.assertTrue(plain[1]["skipped"])
        self.assertTrue(plain[3]["updated"])
        self.assertTrue(plain[3]["cancelled"])
        self.assertFalse(plain[5]["updated"])
        # contacts that were combined may leave room for a few that were held back:
        # how many depends on the ids of the customers, by which budgets are drawn
        self.assertLess(plain[5]["created"], plain[1]["created"] / 20)
        self._check_recurrences(plain)
        for step, (ours, theirs) in enumerate(zip(fast, plain, strict=True)):
            if isinstance(ours, tuple):
                for mine, others in zip(ours, theirs, strict=True):
                    self.assertEqual(self._differ(mine, others), [], f"step {step}")
            else:
                self.assertEqual(ours, theirs, f"step {step}")

    def _check_own_work(self, rows):
        """Assert that the world has verifications, and nobody's own work (L8)."""
        found = 0
        for key, row in rows.items():
            if not str(key[0]).startswith("verifying_") or not row["user_id"]:
                continue
            found, (_code, model, res_id, _occasion) = found + 1, key
            self.assertNotEqual(row["user_id"], row["responsible_id"])
            if model == "revisit.issue":
                workers = self.env[model].browse(res_id).worked_by_ids
                self.assertNotIn(row["user_id"], workers.ids)
        self.assertGreater(found, 5)

    def _differ(self, ours, theirs):
        """Return the first differences of two dicts, legibly."""
        found = []
        for key in sorted({*ours, *theirs}, key=str):
            mine, others = ours.get(key), theirs.get(key)
            if mine and others and isinstance(mine, dict):
                found += [
                    (key, name, mine[name], others[name])
                    for name in mine
                    if mine[name] != others[name]
                ]
            elif mine != others:
                found.append((key, mine, others))
        return found[:6]

    def _check_recurrences(self, outcome):
        """Assert that the world has something of each recurrence (B3, B4)."""
        rows, left_out, draws = outcome[4]
        occasions = [key[3] for key in rows]
        for start in ("due:", "after ", "2026-"):
            found = [name for name in occasions if str(name).startswith(start)]
            self.assertTrue(found, start)
        self.assertGreater(len(draws), 3)
        decisions = [values[0] for values in left_out.values() if values[0]]
        self.assertTrue([d for d in decisions if d.get("late")])
        self.assertTrue([d for d in decisions if d.get("rank")])
        # a reopened callback makes its successor wait
        self.assertTrue(outcome[6]["cancelled"])

    def _plan(self, dry_run=False):
        return self.policies.generate(
            START - timedelta(days=5), START + timedelta(days=100), dry_run=dry_run
        )

    def _snapshot(self):
        """Return all planned rows and left-out occasions as plain values."""
        self.env.flush_all()
        self.env.invalidate_all()
        rows = {}
        for row in self.env["revisit.callback"].search(self.mine, order="id"):
            key = self._get_key(row)
            values = row.read(COMPARED, load=None)[0]
            values.pop("id")
            leader = row.contact_id
            values["contact"] = self._get_key(leader) if leader else None
            if row.is_open:
                self.assertTrue(leader.is_open or not leader)
                self.assertFalse(leader.contact_id, "a leader follows nobody")
            self.assertNotIn(key, rows)
            rows[key] = values
        for touch in self.env["revisit.touch"].search(self.mine):
            key = (
                "touch",
                touch.policy_id.code,
                touch.source_model,
                touch.source_id,
                touch.occasion,
            )
            values = touch.read(TOUCH_COMPARED, load=None)[0]
            values.pop("id")
            rows[key] = values
        skips = self.env["revisit.planning.skip"].search(self.mine)
        left_out = {
            self._get_key(s): (
                s.decision,
                s.reason,
                s.partner_id.id,
                s.event_at,
                s.retry_until,
                s.source_name,
            )
            for s in skips
        }
        draws = {
            (draw.policy_id.code, draw.period_start): draw.read(
                ["population", "drawn_count", "ceiling", "quotas"]
            )[0]
            | {"id": None}
            for draw in self.env["revisit.draw"].search(self.mine)
        }
        return rows, left_out, draws

    def _get_key(self, row):
        """Return the key of a row; ids of callbacks differ from run to run."""
        occasion = row.occasion
        if occasion.startswith("after:"):
            previous = self.env["revisit.callback"].browse(int(occasion[6:]))
            occasion = f"after {self._get_key(previous)}"
        return (row.policy_id.code, row.source_model, row.source_id, occasion)

    # ------------------------------------------------------------
    # A RANDOM WORLD
    # ------------------------------------------------------------

    def _make_world(self, rng, zone):
        self.company.resource_calendar_id = self.env["resource.calendar"].create(
            {"name": zone, "tz": zone, "company_id": self.company.id}
        )
        self.env["revisit.workday"].create(
            [
                {"date": "2026-03-07", "is_working": True},
                {"date": "2026-03-10", "is_working": False},
            ]
        )
        # one is in effect from within the range, the other one without a limit
        appliance = self.env["revisit.rulebook"].action_install("appliance")
        appliance.effective_from = (START + timedelta(days=20)).date()
        dealer_csi = self.env["revisit.rulebook"].action_install("dealer_csi")
        dealer_csi.effective_from = False
        self._make_people(rng)
        self._make_policies(rng)
        self._make_documents(rng)

    def _make_people(self, rng):
        Partner = self.env["res.partner"]
        self.dealers = Partner.create(
            [
                {"name": f"Dealer {n}", "is_dealer": True, "is_company": True}
                for n in range(3)
            ]
        )
        agent = self.env.ref("revisit_management.group_agent")
        self.users = self.env["res.users"].create(
            [
                {
                    "name": f"Agent {n}",
                    "login": f"oracle_agent_{n}",
                    "group_ids": agent.ids,
                    "company_id": self.company.id,
                    "company_ids": self.company.ids,
                }
                for n in range(4)
            ]
        )
        portal = self.env.ref("revisit_management.group_portal_dealer")
        self.env["res.users"].create(
            {
                "name": "Dealer 0's user",
                "login": "oracle_dealer",
                "partner_id": Partner.create(
                    {"name": "Clerk", "parent_id": self.dealers[0].id}
                ).id,
                "group_ids": [(6, 0, portal.ids)],
                "company_id": self.company.id,
                "company_ids": self.company.ids,
            }
        )
        departments = self.env["hr.department"].create(
            [{"name": "North"}, {"name": "South"}]
        )
        for user in self.users[:3]:
            employee = self.env["hr.employee"].create(
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": self.company.id,
                    "department_id": departments[0].id,
                    "date_version": "2026-01-01",
                }
            )
            employee.create_version(
                {"date_version": "2026-03-15", "department_id": departments[1].id}
            )
        self.env["revisit.team"].create(
            {
                "name": "Dealer 1's unit",
                "kind": "dealer",
                "dealer_id": self.dealers[1].id,
            }
        )
        self.team = self.env["revisit.team"].create(
            {"name": "Oracle Team", "member_ids": [(6, 0, self.users.ids)]}
        )
        families = Partner.create(
            [
                {
                    "name": f"Family {n}",
                    "do_not_contact": not n,
                    "do_not_contact_reason": "asked",
                }
                for n in range(4)
            ]
        )
        self.customers = Partner.create(
            [
                {
                    "name": f"Customer {n}",
                    "parent_id": rng.choice([False, *families.ids]),
                    "dealer_id": rng.choice([False, *self.dealers.ids]),
                    "callback_channel": rng.choice([False, "phone", "visit"]),
                    "do_not_contact": n == 5,
                    "do_not_contact_reason": "asked",
                }
                for n in range(25)
            ]
        )

    def _make_policies(self, rng):
        triggers = [
            self.env.ref(f"revisit_management.trigger_{code}")
            for code in ("order_confirmed", "repair_done", "installed", "sold")
        ]
        for number in range(10):
            low, trigger = rng.randint(0, 3), rng.choice(triggers)
            # a date knows no hours
            units = ["hour", "day", "workday", "month"]
            units = units[1:] if trigger.clock_path.endswith("_on") else units
            self.env["revisit.policy"].create(
                {
                    "name": f"Random {number}",
                    "code": f"random_{number}",
                    "trigger_id": trigger.id,
                    "delay_min": low,
                    "delay_max": low + rng.randint(1, 4),
                    "delay_unit": rng.choice(units),
                    **self._choose_assignment(rng),
                    "team_id": self.team.id,
                    "domain": rng.choice(
                        ["[]", "[('partner_id.dealer_id', '!=', False)]"]
                    ),
                }
            )
        self._make_recurring(rng)
        self._make_limits(rng)
        self._make_verifying(random.Random(7))
        self.policies = self.env["revisit.policy"].search(self.mine)

    def _make_verifying(self, rng):
        """Policies that nobody makes who has worked on what they verify."""
        rulebook = self.env["revisit.rulebook"].create(
            {"name": "Own work", "code": "own_work", "no_own_customer": True}
        )
        for number in range(6):
            trigger = rng.choice(["issue_resolved", "issue_registered", "repair_done"])
            self.env["revisit.policy"].create(
                {
                    "name": f"Verifying {number}",
                    "code": f"verifying_{number}",
                    "trigger_id": self.env.ref(
                        f"revisit_management.trigger_{trigger}"
                    ).id,
                    "kind": "verification",
                    "rulebook_id": rulebook.id,
                    "delay_max": rng.randint(1, 4),
                    "assignment": rng.choice(["round_robin", "least_loaded", "agent"]),
                    "agent_id": self.users[number % 4].id,
                    "team_id": self.team.id,
                }
            )

    def _choose_assignment(self, rng):
        level = rng.choice(["dealer", "region", "hq"])
        assignments = ["none", "responsible", "dealer", "round_robin", "least_loaded"]
        assignment = rng.choice(assignments)
        if assignment == "dealer":
            # nobody else's work is given to dealers' users
            level = "dealer"
        return {"level": level, "assignment": assignment}

    def _make_limits(self, rng):
        """Caps, budget, touches, own customers and channels of the random policies."""
        self.company.write({"revisit_budget_limit": 14, "revisit_budget_days": 14})
        rulebooks = self.env["revisit.rulebook"].create(
            [
                {
                    "name": f"Limits {scope}",
                    "code": f"limits_{scope}",
                    "cap_limit": 3,
                    "cap_period": period,
                    "cap_scope": scope,
                    "touch_limit": 1,
                    "touch_joins_cap": scope == "company",
                    "no_own_customer": True,
                }
                for scope, period in (("rulebook", "quarter"), ("company", "month"))
            ]
        )
        policies = self.env["revisit.policy"].search(
            [
                *self.mine,
                "|",
                ("code", "like", "random_"),
                ("code", "in", ("recurring_0", "recurring_1")),
            ]
        )
        for policy in policies:
            policy.write(
                {
                    "rulebook_id": rng.choice([False, *rulebooks.ids]),
                    "kind": rng.choice(["routine", "verification", "abnormal"]),
                    "cap_role": rng.choice(["held", "held", "counts", "exempt"]),
                    "overdraw_reason": rng.choice([False, False, "A complaint"]),
                    "use_preferred_channel": rng.random() < 0.3,
                    "channel_ids": [
                        (
                            0,
                            0,
                            {
                                "domain": "[('id', '>', 0)]",
                                "team_id": rng.choice([False, self.team.id]),
                                "position_from": rng.choice([1, 2]),
                                "channel": rng.choice(["visit", "letter"]),
                            },
                        )
                    ]
                    * rng.choice([0, 0, 1]),
                }
            )
        template = self.env["sms.template"].create(
            {
                "name": "Thanks",
                "model_id": self.env["ir.model"]._get("sale.order").id,
                "body": "Thank you",
            }
        )
        for number, rulebook in enumerate(rulebooks):
            self.env["revisit.policy"].create(
                {
                    "name": f"Touch {number}",
                    "code": f"touch_{number}",
                    "rulebook_id": rulebook.id,
                    "trigger_id": self.env.ref(
                        "revisit_management.trigger_order_confirmed"
                    ).id,
                    "contact_type": "touch",
                    "channel": "sms",
                    "sms_template_id": template.id,
                    "delay_min": 0,
                    "delay_max": 2,
                }
            )
        self.env["revisit.policy"].create(
            {
                "name": "Before the delivery",
                "code": "before_delivery",
                "trigger_id": self.env.ref(
                    "revisit_management.trigger_delivery_planned"
                ).id,
                "delay_direction": "before",
                "delay_min": 0,
                "delay_max": 1,
                "opens_at": 16.5,
                "team_id": self.team.id,
                "assignment": "least_loaded",
            }
        )

    def _make_recurring(self, rng):
        """Two policies of each recurrence, and samples with and without strata."""
        triggers = [
            self.env.ref(f"revisit_management.trigger_{code}")
            for code in ("order_confirmed", "repair_done", "installed")
        ]
        strata = ["partner_id.dealer_id", "state", False, "partner_id.is_dealer"]
        for number, recurrence in enumerate(["calendar", "rolling", "sample"] * 3):
            low, trigger = rng.randint(0, 9), rng.choice(triggers)
            if recurrence == "sample":
                trigger = triggers[0]
            day_from = rng.choice([0, 5, 11])
            self.env["revisit.policy"].create(
                {
                    "name": f"{recurrence} {number}",
                    "code": f"recurring_{number}",
                    "recurrence": recurrence,
                    "trigger_id": trigger.id,
                    "delay_min": low,
                    "delay_max": low + rng.randint(1, 9),
                    "delay_unit": rng.choice(["day", "workday"]),
                    "delay_direction": "before"
                    if recurrence == "rolling" and number > 2
                    else "after",
                    "period_months": rng.choice([1, 1, 2]),
                    "first_after_months": rng.choice([0, 1]),
                    "first_period": rng.choice(["counts", "counts", "next"]),
                    "first_period_days": rng.choice([0, 3, 7, 20]),
                    "day_from": day_from,
                    "day_to": day_from and day_from + 8,
                    "level": rng.choice(["dealer", "hq"]),
                    "team_id": self.team.id,
                    "assignment": rng.choice(["none", "round_robin", "responsible"]),
                    "sample_rate": rng.choice([10.0, 33.3, 50.0]),
                    "sample_rounding": rng.choice(["up", "down"]),
                    "sample_stratum_path": recurrence == "sample"
                    and strata[number // 3],
                    "sample_ceiling_rate": rng.choice([0.0, 15.0]),
                    "sample_seed": f"seed {number}",
                }
            )

    def _make_documents(self, rng):
        def moment():
            return START + timedelta(seconds=rng.randrange(50 * 86400))

        product = self.env["product.product"].create(
            {"name": "Fridge", "type": "consu"}
        )
        warehouse = self.env["stock.warehouse"].search(self.mine, limit=1)
        customer_place = self.env.ref("stock.stock_location_customers")
        self.pickings = self.env["stock.picking"].create(
            [
                {
                    "partner_id": rng.choice(self.customers.ids),
                    "picking_type_id": warehouse.out_type_id.id,
                    "location_id": warehouse.lot_stock_id.id,
                    "location_dest_id": customer_place.id,
                    "move_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": product.id,
                                "product_uom_qty": 1,
                                "location_id": warehouse.lot_stock_id.id,
                                "location_dest_id": customer_place.id,
                            },
                        )
                    ],
                }
                for _n in range(15)
            ]
        )
        self.pickings.action_confirm()
        for picking in self.pickings:
            picking.scheduled_date = moment()
        self.orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": rng.choice(self.customers.ids),
                    "company_id": self.company.id,
                    "user_id": rng.choice([False, *self.users.ids]),
                }
                for _n in range(60)
            ]
        )
        for order in self.orders:
            state = rng.choice(["sale", "sale", "sale", "draft"])
            order.write({"date_order": moment(), "state": state})
        self.repairs = self.env["repair.order"].create(
            [
                {
                    "partner_id": rng.choice([False, *self.customers.ids]),
                    "product_id": product.id,
                    "company_id": self.company.id,
                    "user_id": rng.choice([False, *self.users.ids]),
                }
                for _n in range(30)
            ]
        )
        for repair in self.repairs:
            repair.write({"state": "done", "revisit_done_at": moment()})
        self.lines = self.env["revisit.archive.line"].create(
            [
                {
                    "partner_id": rng.choice(self.customers.ids),
                    "product_id": product.id,
                    "dealer_id": rng.choice([False, *self.dealers.ids]),
                    "sold_on": "2026-02-20",
                    "installed_on": rng.choice([False, moment().date()]),
                    "company_id": self.company.id,
                }
                for _n in range(30)
            ]
        )
        categories = self.env["revisit.issue.category"].search(self.mine)
        self.issues = self.env["revisit.issue"].create(
            [
                {
                    "name": f"Issue {n}",
                    "partner_id": rng.choice([False, *self.customers.ids]),
                    "category_id": rng.choice(categories.ids),
                    "registered_at": moment(),
                    "reopen_count": rng.choice([0, 0, 1, 2]),
                    "owner_id": rng.choice(self.users.ids),
                }
                for n in range(30)
            ]
        )
        people = random.Random(8)
        for issue in self.issues[::2]:
            issue.write(
                {
                    "state": "resolved",
                    "resolved_at": moment(),
                    "resolved_by_id": people.choice(self.users.ids),
                }
            )
            # an earlier owner has worked on it, too
            issue.owner_id = people.choice(self.users)
        self._let_half_be_known_in_time()

    def _let_half_be_known_in_time(self):
        """Callbacks about these documents settle; the others were known too late."""
        self.env.flush_all()
        for records in (self.lines, self.issues):
            self.env.cr.execute(
                f"UPDATE {records._table} SET create_date = %s WHERE id IN %s",
                [START - timedelta(days=9), records[::2]._ids],
            )
            records.invalidate_recordset(["create_date"])

    def _disturb_products(self):
        """Move, archive, revive and give away products, known in time or not."""
        later = [line for line in self.lines if line.installed_on]
        for line in later[:8]:
            line.installed_on += timedelta(days=40)
        for line in later[8:12]:
            line.active = False
        for line in later[12:15]:
            line.partner_id = self.customers[-2]
        for line in self.lines - self.lines.concat(*later):
            line.installed_on = START + timedelta(days=line.id % 60)

    def _disturb_people(self, rng):
        """Let others stand on the documents, of which some lie ahead."""
        for record in (*self.orders[::2], *self.pickings):
            record.user_id = rng.choice(self.users)

    def _reopen(self):
        """Take back cancellations whose successors are planned already."""
        self.env["revisit.callback"].search(
            [
                *self.mine,
                ("policy_id.recurrence", "=", "rolling"),
                ("cancel_reason", "=", "person"),
            ]
        ).action_reopen()

    def _disturb(self, rng):
        """Move, cancel and revive documents; touch some callbacks before."""
        self._touch_callbacks(rng)
        for order in self.orders:
            dice = rng.random()
            if dice < 0.2:
                order.date_order += timedelta(hours=rng.randint(1, 100))
            elif dice < 0.4:
                order.state = "cancel"
            elif dice < 0.5:
                order.partner_id = rng.choice(self.customers)
        # these appear after the draws of their periods
        self.orders.filtered(lambda order: order.state == "draft")[:4].state = "sale"
        for picking in self.pickings[:5]:
            picking.scheduled_date += timedelta(days=rng.randint(-3, 6))
        for issue in self.issues:
            dice = rng.random()
            if dice < 0.3:
                issue.reopen_count += 1
            elif dice < 0.4:
                issue.state = "cancelled"
            elif dice < 0.5:
                issue.is_anonymous = True
            elif dice < 0.6:
                issue.write({"partner_id": self.customers[-3].id, "owner_id": False})
            elif dice < 0.7 and issue.resolved_at:
                issue.resolved_at += timedelta(days=9)
        for repair in self.repairs.filtered(lambda r: not r.partner_id)[:3]:
            repair.partner_id = self.customers[-1]
        # into a period whose sample has been drawn
        sold = self.orders.filtered(lambda order: order.state == "sale")
        sold[:3].date_order = START - timedelta(days=10)
        self.policies[3].delay_max += 1
        for policy in self.policies.filtered(lambda p: p.recurrence == "calendar"):
            policy.day_from, policy.day_to = 3, 9
        for policy in self.policies.filtered(lambda p: p.recurrence == "rolling")[:2]:
            policy.period_months += 1
        brisk = self.policies.filtered(lambda p: p.recurrence == "rolling")[-1]
        brisk.period_months = brisk.first_after_months = 1
        self.env["revisit.callback"].search(
            [("policy_id", "=", brisk.id), ("is_open", "=", True)],
            order="event_at, source_id",
            limit=3,
        ).action_cancel()
        self._disturb_products()
        self._disturb_people(random.Random(9))
        self.customers[7:9].write(
            {"do_not_contact": True, "do_not_contact_reason": "asked later"}
        )

    def _touch_callbacks(self, rng):
        """Try, cancel and finish some callbacks."""
        planned = self.env["revisit.callback"].search(
            [*self.mine, ("policy_id.code", "not like", "verifying_")],
            order="policy_id, source_id, event_at",
        )
        brisk = self.policies.filtered(lambda p: p.recurrence == "rolling")[-1]
        for callback in planned:
            if not callback.is_open or callback.policy_id == brisk:
                continue  # made together with another one, or needed open later
            dice = rng.random()
            if dice < 0.1:
                callback.action_log_attempt("no_answer")
            elif dice < 0.2:
                callback.action_cancel()
            elif dice < 0.8 and callback.policy_id.recurrence == "rolling":
                if callback.contact_id:
                    continue
                agreed = dice < 0.25 and {"next_due_on": "2026-05-20"}
                callback.action_log_attempt("reached")
                callback.action_done(done_at="2026-04-01 20:00:00", **(agreed or {}))
