# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""K7: days are the company's, whoever acts and wherever they are."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from odoo.fields import Domain
from odoo.tests import Form, tagged

from ..tools import windows
from .common import NOW, SECOND, ZONE, RevisitCommon, utc
from .test_portal import PortalCase

NEW_YORK, KIRITIMATI = "America/New_York", "Pacific/Kiritimati"
# in Shanghai it is May already, in UTC and in New York still April
NIGHT = utc(ZONE, 2026, 5, 1, 2)
FIRST_OF_MAY = date(2026, 5, 1)


class DayCommon(RevisitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = (
            "revisit_management.group_manager,stock.group_stock_manager,"
            "sales_team.group_sale_manager"
        )
        cls.actors = [
            cls.make_user("day_nowhere", groups, tz=False),
            cls.make_user("day_new_york", groups, tz=NEW_YORK),
            cls.make_user("day_kiritimati", groups, tz=KIRITIMATI),
            # what scheduled actions run as
            cls.env.ref("base.user_root"),
        ]

    def each_actor(self):
        """Yield an environment per actor: an API's, which sends no zone."""
        for user in self.actors:
            self.env.invalidate_all()
            yield self.env(user=user, context={})

    @classmethod
    def make_two_zones(cls):
        """Return a second company, in New York, whose records the actors see."""
        other = cls.make_company("New York Branch", zone=NEW_YORK)
        for user in cls.actors:
            user.company_ids += other
        return other


@tagged("post_install", "-at_install")
class TestDayOfDocuments(DayCommon):
    """A stored date is the company's day of its moment."""

    def test_delivery_is_sold_on_the_companys_day(self):
        """K7, A2: validated at two in the morning by anybody anywhere."""
        policy = self.make_policy("sold", delay_min=1, delay_max=3)
        for env in self.each_actor():
            with self.at(NIGHT):
                picking = self.make_delivery(done=False).with_env(env)
                picking.move_ids.write({"quantity": 1, "picked": True})
                picking.button_validate()
                self.plan()
            line = self.env["revisit.archive.line"].search(
                [("move_id", "in", picking.move_ids.ids)]
            )
            self.assertEqual(line.sold_on, FIRST_OF_MAY)
            self.assertEqual(line.warranty_until.month, 5)
            self.assertEqual(line.warranty_until.day, 1)
            callback = self.get_planned(line, policy)
            self.assertEqual(callback.window_start, utc(ZONE, 2026, 5, 2))
            self.assertEqual(callback.window_end, utc(ZONE, 2026, 5, 5))

    def test_dates_that_fill_themselves(self):
        """K7: defaults and stamps of today, at two in the morning in Shanghai."""
        for env in self.each_actor():
            with self.at(NIGHT):
                values = {"partner_id": self.customer.id, "product_id": self.product.id}
                line = env["revisit.archive.line"].sudo().create(values)
                partner = self.make_customer()
                partner.with_env(env).sudo().write(
                    {"do_not_contact": True, "do_not_contact_reason": "Asked for it"}
                )
                today = [
                    line.sold_on,
                    partner.do_not_contact_date,
                    env["revisit.occasion.create"].default_get(["date"])["date"],
                    env["revisit.plan.past"].default_get(["date_to"])["date_to"],
                    env["revisit.plan"]._get_today(),
                ]
                first = env["revisit.plan.past"].default_get(["date_from"])
            self.assertEqual(today, [FIRST_OF_MAY] * len(today))
            self.assertEqual(first["date_from"], date(2026, 2, 1))

    def test_filed_for_another_company(self):
        """K7: today is that of the company that a product is filed for."""
        other = self.make_two_zones()
        with self.at(NIGHT):
            line = (
                self.env["revisit.archive.line"]
                .with_context(tz=ZONE)
                .create(
                    {
                        "partner_id": self.customer.id,
                        "product_id": self.product.id,
                        "company_id": other.id,
                    }
                )
            )
        self.assertEqual(line.sold_on, date(2026, 4, 30))

    def test_customers_proposal_is_due_today(self):
        """K7, B9: the activity after a customer's answer is the company's today."""
        callback = self.make_callback(
            user_id=self.agent.id,
            planned_at=NIGHT + timedelta(hours=8),
            window_start=utc(ZONE, 2026, 5, 1),
            window_end=utc(ZONE, 2026, 5, 4),
        )
        with self.at(NIGHT):
            callback.with_context(tz=NEW_YORK)._answer_propose(
                NIGHT + timedelta(days=1, hours=8)
            )
        self.assertEqual(callback.activity_ids.date_deadline, FIRST_OF_MAY)

    def test_zone_chosen_later_moves_open_days_only(self):
        """K7: a company that corrects its zone sees its open days at once."""
        window = {
            "window_start": datetime(2026, 3, 10, 1),
            "window_end": datetime(2026, 3, 11, 2),
        }
        waiting, made = self.make_callback(**window), self.make_callback(**window)
        made.sudo().write({"state": "done", "done_at": NOW})
        self.assertEqual(waiting.last_day, date(2026, 3, 11))
        self.set_zone(NEW_YORK)
        self.assertEqual(waiting.last_day, date(2026, 3, 10))
        self.assertEqual(made.last_day, date(2026, 3, 11))
        calendar = self.company.resource_calendar_id.copy({"tz": KIRITIMATI})
        self.company.resource_calendar_id = calendar
        self.assertEqual(waiting.last_day, date(2026, 3, 11))

    def test_company_without_zone(self):
        """K7: its address' zone counts, or else UTC."""
        company = self.make_company()
        company.resource_calendar_id = False
        company.partner_id.tz = False
        callback = self.make_callback(
            policy=self.make_policy("manual", company_id=company.id),
            window_end=datetime(2026, 3, 11, 2),
        )
        with self.at(NIGHT):
            self.assertEqual(company._revisit_tz(), "UTC")
            self.assertEqual(company._revisit_today(), date(2026, 4, 30))
            self.assertEqual(callback.last_day, date(2026, 3, 11))
            company.partner_id.tz = NEW_YORK
            self.assertEqual(callback.last_day, date(2026, 3, 10))
            company.partner_id.tz = KIRITIMATI
            self.assertEqual(company._revisit_today(), FIRST_OF_MAY)
        zones = dict(self.env["res.company"]._revisit_zones())
        self.assertIn(company.id, zones[KIRITIMATI])
        self.assertIn(self.company.id, zones[ZONE])
        bounds = self.company._revisit_day_bounds(date(2026, 5, 1), date(2026, 5, 2))
        self.assertEqual(bounds, (utc(ZONE, 2026, 5, 1), utc(ZONE, 2026, 5, 3)))


@tagged("post_install", "-at_install")
class TestDayOfLists(DayCommon):
    """Lists, boards, groups and filters: each record by its own company's day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_two_zones()
        cls.companies = cls.company + cls.other
        cls.policies = {
            company: cls.make_policy("manual", company_id=company.id)
            for company in cls.companies
        }

    def with_both(self, env, model):
        return env[model].with_context(allowed_company_ids=self.companies.ids)

    def test_timing_of_two_companies_in_one_list(self):
        """K7, I2: what is due today is decided company by company."""
        ends = {
            company: utc(zone, 2026, 3, 11)
            for company, zone in ((self.company, ZONE), (self.other, NEW_YORK))
        }
        made = {}
        for company, policy in self.policies.items():
            for shift in (0, 1):
                made[company, shift] = self.make_callback(
                    policy=policy,
                    window_start=utc(ZONE, 2026, 3, 9),
                    window_end=ends[company] + shift * SECOND,
                )
        expected = {
            self.company: {0: "today", 1: "due"},
            self.other: {0: "today", 1: "due"},
        }
        ours = [("id", "in", [callback.id for callback in made.values()])]
        # 10 March in both places: evening in Shanghai, morning in New York
        with self.at(utc(ZONE, 2026, 3, 10, 23)):
            for env in self.each_actor():
                Callback = self.with_both(env, "revisit.callback").sudo()
                for (company, shift), callback in made.items():
                    timing = callback.with_env(Callback.env).timing
                    self.assertEqual(timing, expected[company][shift])
                groups = dict(Callback._read_group(ours, ["timing"], ["id:recordset"]))
                for timing in ("today", "due"):
                    found = Callback.search([*ours, ("timing", "=", timing)])
                    wanted = {
                        callback.id
                        for (company, shift), callback in made.items()
                        if expected[company][shift] == timing
                    }
                    self.assertEqual(set(found.ids), wanted)
                    self.assertEqual(set(groups[timing].ids), wanted)
        # an hour later it is 11 March in Shanghai, and still 10 March in New York
        with self.at(utc(ZONE, 2026, 3, 11, 0, 30)):
            timings = {key: callback.timing for key, callback in made.items()}
        self.assertEqual(
            timings,
            {
                (self.company, 0): "late",
                (self.company, 1): "late",
                (self.other, 0): "today",
                (self.other, 1): "due",
            },
        )

    def test_days_left_on_the_companys_calendar(self):
        """K7, C1: the board counts the days as the team does."""
        callback = self.make_callback(window_end=utc(ZONE, 2026, 5, 4))
        issue = self.make_issue()
        issue.sudo().resolve_by = utc(ZONE, 2026, 5, 3, 1)
        for env in self.each_actor():
            with self.at(NIGHT):
                self.assertEqual(callback.with_env(env).sudo().days_left, 2)
                self.assertEqual(issue.with_env(env).sudo().days_left, 2)

    def test_moments_are_grouped_by_the_companys_days(self):
        """K7, I1: the last night of a month, by search, group and reading."""
        issues = {}
        for company in self.companies:
            category = self.make_category(company_id=company.id)
            issues[company] = self.make_issue(
                category_id=category.id, company_id=company.id
            )
            issues[company].sudo().registered_at = NIGHT
        ours = [("id", "in", [issue.id for issue in issues.values()])]
        days = {self.company: FIRST_OF_MAY, self.other: date(2026, 4, 30)}
        for env in self.each_actor():
            Issue = self.with_both(env, "revisit.issue")
            for company, issue in issues.items():
                issue, day = issue.with_env(Issue.env), days[company]
                self.assertEqual(issue.registered_on, day)
                for operator, value in (
                    ("=", day),
                    (">=", day),
                    ("<=", day),
                    (">", day - timedelta(days=1)),
                    ("<", day + timedelta(days=1)),
                    ("!=", day + timedelta(days=1)),
                ):
                    domain = [("registered_on", operator, value)]
                    self.assertIn(issue, Issue.search(ours + domain), operator)
                for operator, value in ((">", day), ("<", day), ("!=", day)):
                    domain = [("registered_on", operator, value)]
                    self.assertNotIn(issue, Issue.search(ours + domain), operator)
            groups = Issue.formatted_read_group(
                ours, ["registered_on:month"], ["__count"]
            )
            self.assertEqual(
                [(g["registered_on:month"][0], g["__count"]) for g in groups],
                [("2026-04-01", 1), ("2026-05-01", 1)],
            )
            for group, company in zip(groups, (self.other, self.company), strict=True):
                found = Issue.search(Domain(ours) & Domain(group["__extra_domain"]))
                self.assertEqual(found.ids, issues[company].ids)
        exported = issues[self.company].export_data(["registered_on"])["datas"]
        self.assertEqual(exported, [[FIRST_OF_MAY]])

    def test_every_day_of_a_moment_is_grouped(self):
        """K7: each such field can be grouped in the screens."""
        for model, name in (
            ("revisit.callback", "event_on"),
            ("revisit.callback", "done_on"),
            ("revisit.attempt", "made_on"),
            ("revisit.touch", "opens_on"),
            ("revisit.touch", "sent_on"),
            ("revisit.occasion", "occurs_on"),
            ("revisit.planning.skip", "event_on"),
            ("revisit.issue", "registered_on"),
        ):
            with self.subTest(model=model, name=name):
                Model = self.env[model]
                self.assertTrue(Model.fields_get([name])[name]["groupable"])
                self.assertFalse(Model.search([(name, "=", "1999-01-01")]))
                Model.formatted_read_group([], [f"{name}:month"], ["__count"])

    def test_done_day_of_callbacks_and_attempts(self):
        """K7: a call of the night counts for the company's new day."""
        done = self.make_callback(
            user_id=self.agent.id,
            window_start=utc(ZONE, 2026, 5, 1),
            window_end=utc(ZONE, 2026, 5, 4),
        )
        with self.at(NIGHT):
            as_agent = done.with_user(self.agent).with_context(tz=NEW_YORK)
            as_agent.action_log_attempt("reached")
            as_agent.action_done(satisfaction=80)
        self.assertEqual(done.done_on, FIRST_OF_MAY)
        self.assertEqual(done.attempt_ids.made_on, FIRST_OF_MAY)
        mine = [("id", "=", done.id), ("done_on", "=", "2026-05-01")]
        self.assertEqual(self.callbacks.search(mine), done)
        empty = [("id", "=", done.id), ("done_on", "=", False)]
        self.assertFalse(self.callbacks.search(empty))

    def test_warranty_ends_with_the_companys_day(self):
        """K7, A2: on its last evening a product is under warranty."""
        lines = {
            company: self.make_archive_line(
                company_id=company.id, warranty_until="2026-04-30"
            )
            for company in self.companies
        }
        ours = [("id", "in", [line.id for line in lines.values()])]
        for env in self.each_actor():
            with self.at(NIGHT):
                Line = self.with_both(env, "revisit.archive.line")
                states = {
                    company: line.with_env(Line.env).is_under_warranty
                    for company, line in lines.items()
                }
                self.assertEqual(states, {self.company: False, self.other: True})
                for value, company in ((True, self.other), (False, self.company)):
                    domain = [*ours, ("is_under_warranty", "=", value)]
                    self.assertEqual(Line.search(domain).ids, lines[company].ids)
                domain = [*ours, ("is_under_warranty", "!=", True)]
                self.assertEqual(Line.search(domain).ids, lines[self.company].ids)

    def test_coming_occasions(self):
        """K7: an occasion of today is coming, one of yesterday is not."""
        moments = (utc(ZONE, 2026, 5, 1) - SECOND, utc(ZONE, 2026, 5, 1))
        past, coming = self.env["revisit.occasion"].create(
            [
                {"partner_id": self.customer.id, "kind": "event", "occurs_at": moment}
                for moment in moments
            ]
        )
        ours = [("id", "in", (past + coming).ids)]
        for env in self.each_actor():
            with self.at(NIGHT):
                Occasion = env["revisit.occasion"]
                found = Occasion.search([*ours, ("is_coming", "=", True)])
                self.assertEqual(found.ids, coming.ids)
                found = Occasion.search([*ours, ("is_coming", "=", False)])
                self.assertEqual(found.ids, past.ids)
                flags = (past + coming).with_env(env).mapped("is_coming")
                self.assertEqual(flags, [False, True])

    def test_calendar_shows_the_companys_last_day(self):
        """K7, C1: on the same date for every reader, and in the range asked for."""
        callback = self.make_callback(window_end=utc(ZONE, 2026, 5, 2))
        for zone in (ZONE, NEW_YORK, KIRITIMATI, "Pacific/Pago_Pago"):
            with self.subTest(zone=zone):
                Callback = self.callbacks.with_context(tz=zone)
                at = callback.with_env(Callback.env).calendar_at
                self.assertEqual(windows.local_date(at, zone), FIRST_OF_MAY)
                for first, last, found in (
                    (FIRST_OF_MAY, FIRST_OF_MAY, callback),
                    (date(2026, 4, 1), date(2026, 4, 30), callback.browse()),
                    (date(2026, 5, 2), date(2026, 5, 31), callback.browse()),
                ):
                    start = windows.day_start(first, zone)
                    end = windows.day_start(last + timedelta(days=1), zone)
                    domain = [
                        ("id", "=", callback.id),
                        ("calendar_at", ">=", start),
                        ("calendar_at", "<", end),
                    ]
                    self.assertEqual(Callback.search(domain), found)
                for operator, shifts in (
                    (">", (-SECOND,)),
                    (">=", (-SECOND, timedelta())),
                    ("<", (SECOND,)),
                    ("<=", (timedelta(), SECOND)),
                ):
                    for shift in (-SECOND, timedelta(), SECOND):
                        domain = [("id", "=", callback.id)]
                        domain.append(("calendar_at", operator, at + shift))
                        self.assertEqual(bool(Callback.search(domain)), shift in shifts)

    def test_today_in_a_condition_is_the_companys(self):
        """K7, B2: a policy's relative dates, planned by anybody and by the cron."""
        order = self.make_order(date=NIGHT - timedelta(hours=1))
        late = self.make_order(date=NIGHT - timedelta(hours=1))
        order.commitment_date = utc(ZONE, 2026, 5, 1, 0, 30)
        late.commitment_date = utc(ZONE, 2026, 5, 1) - SECOND
        for planner in (False, True):
            self.company.revisit_plan_through_orm = planner
            policy = self.make_policy(
                code=f"today_{planner}", domain="[('commitment_date', '>=', 'today')]"
            )
            with self.at(NIGHT):
                for env in self.each_actor():
                    counts = policy.with_env(env).generate(
                        NIGHT - timedelta(days=1), NIGHT, dry_run=True
                    )
                    self.assertEqual(counts["created"], 1)
                self.plan()
                answers = policy.with_context(tz=NEW_YORK)._explain(late)
            self.assertTrue(self.get_planned(order, policy))
            self.assertFalse(self.get_planned(late, policy))
            self.assertEqual(answers[0]["answer"], "not_concerned")
            policy.active = False

    def test_plans_take_the_companys_days(self):
        """K7, B9: a plan of May holds what opens in the first night of May."""
        callback = self.make_callback(
            window_start=utc(ZONE, 2026, 5, 1), window_end=utc(ZONE, 2026, 5, 4)
        )
        before = self.make_callback(
            window_start=utc(ZONE, 2026, 5, 1) - SECOND,
            window_end=utc(ZONE, 2026, 5, 4),
        )
        plan = self.env["revisit.plan"].create(
            {
                "team_id": self.team.id,
                "date_from": "2026-05-01",
                "date_to": "2026-05-31",
            }
        )
        plan.with_context(tz=NEW_YORK)._fill()
        self.assertEqual(callback.plan_id, plan)
        self.assertFalse(before.plan_id)

    def test_occasions_of_a_day_begin_with_it(self):
        """K7, B1: a holiday written down from New York is the company's holiday."""
        wizard = Form(self.env["revisit.occasion.create"].with_context(tz=NEW_YORK))
        wizard.name, wizard.date = "May Day", FIRST_OF_MAY
        wizard.domain = str([("id", "=", self.customer.id)])
        wizard.save().action_create()
        occasion = self.env["revisit.occasion"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(occasion.occurs_at, utc(ZONE, 2026, 5, 1))
        self.assertEqual(occasion.occurs_on, FIRST_OF_MAY)


@tagged("post_install", "-at_install")
class TestDayOfPortal(PortalCase):
    """H1, K7: a dealer abroad sees the days of the company that they work for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.company
        # the end of the company's today, tomorrow's and yesterday's
        today = company._revisit_today()
        ends = [
            company._revisit_day_bounds(today + timedelta(days=shift))[1]
            for shift in (-1, 0, 1)
        ]
        cls.late, cls.today, cls.tomorrow = (
            cls.make_dealer_callback(
                window_start=cls.now - timedelta(days=9), window_end=end
            )
            for end in ends
        )

    def test_same_days_for_every_dealer(self):
        """K7: badges, filters and words, wherever the dealer's clock stands."""
        for zone in (NEW_YORK, KIRITIMATI, False):
            self.portal_a.tz = zone
            self.env.flush_all()
            self.login()
            with self.subTest(zone=zone):
                pages = {
                    name: self.get_links(
                        self.get_page(f"/my/callbacks?filterby={name}")
                    )
                    for name in ("urgent", "today", "late")
                }
                self.assertEqual(
                    pages,
                    {
                        "urgent": [self.late.id, self.today.id],
                        "today": [self.today.id],
                        "late": [self.late.id],
                    },
                )
                counts = self.make_jsonrpc_request(
                    "/my/counters", {"counters": ["revisit_callback_urgent_count"]}
                )
                self.assertEqual(counts["revisit_callback_urgent_count"], 2)
                for callback, text in (
                    (self.today, "Due today"),
                    (self.tomorrow, "Due tomorrow"),
                    (self.late, "Late by 1 day"),
                ):
                    self.assertIn(text, self.get_page(f"/my/callbacks/{callback.id}"))

    def test_times_are_the_companys_and_say_so(self):
        """K7: a window that ends with the day reads 23:59, in the list, too."""
        self.portal_a.tz = NEW_YORK
        self.env.flush_all()
        self.login()
        for url in ("/my/callbacks", f"/my/callbacks/{self.today.id}"):
            page = self.get_page(url)
            self.assertIn("11:59", page)
            self.assertIn(ZONE, page)
            self.assertNotIn(NEW_YORK, page)

    def test_next_call_is_read_on_the_companys_clock(self):
        """K7: what is typed into the page beside its zone."""
        self.portal_a.tz = NEW_YORK
        self.env.flush_all()
        self.login()
        local = (
            (self.now + timedelta(days=1))
            .replace(tzinfo=ZoneInfo("UTC"))
            .astimezone(ZoneInfo(ZONE))
        )
        self.post(
            self.tomorrow,
            "attempt",
            outcome="rescheduled",
            next_at=f"{local:%Y-%m-%dT%H:%M}",
        )
        self.tomorrow.invalidate_recordset()
        expected = (self.now + timedelta(days=1)).replace(second=0, microsecond=0)
        self.assertEqual(self.tomorrow.attempt_ids.next_at, expected)
