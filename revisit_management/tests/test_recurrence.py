# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date, datetime, timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, Form, tagged
from odoo.tools import mute_logger

from ..tools import marks, periods
from ..tools.planning import SHARDS, PlanningRun
from .common import NOW, SECOND, ZONE, RevisitCommon, utc

BERLIN = "Europe/Berlin"


class TestPeriods(BaseCase):
    """Periods, due dates and quotas without a database."""

    def test_periods_are_aligned_to_january(self):
        """B3: each length that divides a year, from its first to its last day."""
        for months, first_of_dec in (
            (1, 12),
            (2, 11),
            (3, 10),
            (4, 9),
            (6, 7),
            (12, 1),
        ):
            day = periods.first_day(date(2026, 12, 31), months)
            self.assertEqual(day, date(2026, first_of_dec, 1))
            self.assertEqual(periods.first_day(day, months), day)

    def test_quarter_borders(self):
        """B3: the border's moment belongs to the new quarter, a second less not."""
        border = utc(ZONE, 2026, 4, 1)
        for end, expected in ((border, []), (border + SECOND, [date(2026, 4, 1)])):
            found = periods.starting_between(utc(ZONE, 2026, 1, 2), end, 3, ZONE)
            self.assertEqual([period.day for period in found], expected)
        found = periods.starting_between(border, border + SECOND, 3, ZONE)
        self.assertEqual([p.start for p in found], [border])
        self.assertEqual([p.end for p in found], [utc(ZONE, 2026, 7, 1)])

    def test_closed_periods(self):
        """B4: a period is closed by its end, and belongs to one of two ranges."""
        first, border = utc(ZONE, 2026, 3, 1), utc(ZONE, 2026, 4, 1)
        for start, end, expected in (
            (first, border - SECOND, []),
            (first, border, [date(2026, 3, 1)]),
            (border, utc(ZONE, 2026, 5, 1) - SECOND, []),
        ):
            found = periods.ending_between(start, end, 1, ZONE)
            self.assertEqual([period.day for period in found], expected)

    def test_windows_over_daylight_saving(self):
        """B3: days begin at local midnight on both sides of the change."""
        start, end = periods.calendar_window(utc(BERLIN, 2026, 3, 1), 1, BERLIN)
        self.assertEqual(start, datetime(2026, 2, 28, 23))
        self.assertEqual(end, datetime(2026, 3, 31, 22))
        start, end = periods.calendar_window(
            utc(BERLIN, 2026, 3, 1), 1, BERLIN, day_from=28, day_to=28
        )
        self.assertEqual(end - start, timedelta(hours=24))
        self.assertEqual(
            periods.months_after(utc(BERLIN, 2026, 3, 28, 23, 30), 7, BERLIN),
            utc(BERLIN, 2026, 10, 28),
        )

    def test_month_ends(self):
        """B3: months clamp to the last day, in leap years too."""
        for day, months, expected in (
            ((2026, 1, 31), 1, (2026, 2, 28)),
            ((2028, 1, 31), 1, (2028, 2, 29)),
            ((2028, 2, 29), 12, (2029, 2, 28)),
            ((2026, 8, 31), 3, (2026, 11, 30)),
            ((2026, 12, 31), 2, (2027, 2, 28)),
        ):
            self.assertEqual(
                periods.months_after(utc(ZONE, *day, 23, 59), months, ZONE),
                utc(ZONE, *expected),
            )

    def test_rates_are_exact(self):
        """B4: floors round up, ceilings down, and floats do not add one."""
        self.assertEqual(periods.percent_down(5.0, 19), 0)
        self.assertEqual(periods.percent_down(5.0, 20), 1)
        for number, up, down in ((1, 1, 0), (10, 1, 1), (11, 2, 1), (30, 3, 3)):
            self.assertEqual(periods.quotas({"a": number}, 10.0, "up"), {"a": up})
            self.assertEqual(periods.quotas({"a": number}, 10.0, "down"), {"a": down})
        self.assertEqual(periods.quotas({"a": 1000}, 0.7, "up"), {"a": 7})
        self.assertEqual(periods.quotas({"a": 3}, 0.0, "up"), {"a": 0})
        self.assertEqual(periods.quotas({}, 10.0, "up", ceiling=0), {})

    def test_ceiling_wins(self):
        """B4: the largest strata give first, in the same order each time."""
        numbers = {None: 40, "a": 90, "b": 90, "c": 1}
        self.assertEqual(
            periods.quotas(numbers, 10.0, "up"), {None: 4, "a": 9, "b": 9, "c": 1}
        )
        for ceiling, expected in (
            (23, [4, 9, 9, 1]),
            (22, [4, 8, 9, 1]),
            (21, [4, 8, 8, 1]),
            (12, [4, 3, 4, 1]),
            (1, [0, 0, 0, 1]),
            (0, [0, 0, 0, 0]),
        ):
            found = periods.quotas(numbers, 10.0, "up", ceiling)
            self.assertEqual(list(found.values()), expected, ceiling)
            turned = dict(reversed(numbers.items()))
            self.assertEqual(periods.quotas(turned, 10.0, "up", ceiling), found)


class RecurrenceCommon(RevisitCommon):
    """The scheduled planning, once with either planner."""

    def both(self):
        """Yield with the set-based planner, then from the same start with the ORM."""
        for through_orm in (False, True):
            savepoint = self.env.cr.savepoint()
            self.company.revisit_plan_through_orm = through_orm
            yield through_orm
            savepoint.rollback()
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def get_dates(self, callbacks):
        return [
            (c.occasion, c.event_at, c.window_start, c.window_end) for c in callbacks
        ]


@tagged("post_install", "-at_install")
class TestCalendar(RecurrenceCommon):
    """B3: once per calendar period."""

    def make_calendar(self, **values):
        return self.make_policy(
            recurrence="calendar",
            **{"period_months": 1, "active_from": NOW, **values},
        )

    def test_once_in_each_period(self):
        """B3: the rest of the first period, then each whole one, and none twice."""
        for _through_orm in self.both():
            policy = self.make_calendar()
            order = self.make_order(date=utc(ZONE, 2026, 3, 20, 12))
            found = []
            for moment in (
                utc(ZONE, 2026, 3, 31, 23, 58),
                utc(ZONE, 2026, 4, 1),
                utc(ZONE, 2026, 4, 15),
                utc(ZONE, 2026, 5, 2),
            ):
                with self.at(moment):
                    self.plan()
                found.append(len(self.get_planned(order, policy)))
            self.assertEqual(found, [1, 2, 2, 3])
            march, april, may = self.get_planned(order, policy)
            self.assertEqual(
                self.get_dates(march),
                [
                    (
                        "due:2026-03-01",
                        utc(ZONE, 2026, 3, 20),
                        utc(ZONE, 2026, 3, 20),
                        utc(ZONE, 2026, 4, 1),
                    )
                ],
            )
            self.assertEqual(
                self.get_dates(april),
                [
                    (
                        "due:2026-04-01",
                        utc(ZONE, 2026, 4, 1),
                        utc(ZONE, 2026, 4, 1),
                        utc(ZONE, 2026, 5, 1),
                    )
                ],
            )
            self.assertEqual(may.occasion, "due:2026-05-01")

    def test_clock_on_the_border(self):
        """B3: who comes in with the period's first moment is due in all of it."""
        for _through_orm in self.both():
            policy = self.make_calendar(period_months=3)
            before = self.make_order(date=utc(ZONE, 2026, 4, 1) - SECOND)
            after = self.make_order(date=utc(ZONE, 2026, 4, 1))
            with self.at(utc(ZONE, 2026, 4, 2)):
                self.plan()
            whole = ("due:2026-04-01", *[utc(ZONE, 2026, 4, 1)] * 2)
            for order in (before, after):
                callback = self.get_planned(order, policy)
                self.assertEqual(
                    self.get_dates(callback), [(*whole, utc(ZONE, 2026, 7, 1))]
                )

    def test_days_of_month(self):
        """B3, 001.5: the window is the named days of the period's first month."""
        for _through_orm in self.both():
            policy = self.make_calendar(period_months=2, day_from=11, day_to=20)
            order = self.make_order(date=utc(ZONE, 2026, 4, 20))
            with self.at(utc(ZONE, 2026, 5, 1, 8)):
                self.plan()
                callback = self.get_planned(order, policy)
                self.assertEqual(callback.window_start, utc(ZONE, 2026, 5, 11))
                self.assertEqual(callback.window_end, utc(ZONE, 2026, 5, 21))
                # untouched ones follow the policy
                policy.write({"day_from": 0, "day_to": 0})
                self.plan()
            self.assertEqual(callback.window_start, utc(ZONE, 2026, 5, 1))
            self.assertEqual(callback.window_end, utc(ZONE, 2026, 7, 1))

    def test_condition_lost_and_regained(self):
        """B3, B8: cancelled with the document's condition, and revived with it."""
        for _through_orm in self.both():
            policy = self.make_calendar()
            order = self.make_order(date=utc(ZONE, 2026, 3, 20))
            states = []
            with self.at(utc(ZONE, 2026, 4, 2)):
                for state in ("sale", "cancel", "sale"):
                    order.state = state
                    self.plan()
                    states.append(self.get_planned(order, policy).state)
            self.assertEqual(states, ["planned", "cancelled", "planned"])

    def test_newcomers_are_not_late_for_past_periods(self):
        """B3: who meets the condition only now was not due in earlier periods."""
        for _through_orm in self.both():
            policy = self.make_calendar()
            order = self.make_order(date=utc(ZONE, 2026, 3, 11))
            order.state = "cancel"
            with self.at(utc(ZONE, 2026, 6, 20)):
                order.state = "sale"
                self.planner._plan_company(self.company, sweep=True)
            self.assertEqual(
                self.get_planned(order, policy).mapped("occasion"), ["due:2026-06-01"]
            )

    def test_another_length(self):
        """B3: periods that no longer exist are cancelled, the others re-dated."""
        for _through_orm in self.both():
            policy = self.make_calendar()
            order = self.make_order(date=utc(ZONE, 2026, 3, 20))
            for month in (4, 5):
                with self.at(utc(ZONE, 2026, month, 2)):
                    self.plan()
            policy.period_months = 3
            with self.at(utc(ZONE, 2026, 5, 3)):
                self.plan()
            april, may = self.get_planned(order, policy)
            self.assertEqual(april.window_end, utc(ZONE, 2026, 7, 1))
            self.assertEqual((may.state, may.cancel_reason), ("cancelled", "source"))

    def test_planning_given_documents(self):
        """B3, B7: a server action plans the present period."""
        for _through_orm in self.both():
            policy = self.make_calendar()
            order = self.make_order(date=utc(ZONE, 2026, 2, 20))
            counts = policy._plan_records(order)
            self.assertEqual(counts["created"], 1)
            self.assertEqual(self.get_planned(order).occasion, "due:2026-03-01")


@tagged("post_install", "-at_install")
class TestRolling(RecurrenceCommon):
    """B3: some months after the last callback."""

    def make_rolling(self, **values):
        return self.make_policy(
            recurrence="rolling",
            **{
                "period_months": 6,
                "delay_min": 0,
                "delay_max": 14,
                "delay_direction": "before",
                **values,
            },
        )

    def finish(self, callback, moment, **measures):
        callback.user_id = self.agent
        with self.at(moment):
            callback.action_log_attempt("reached")
            callback.action_done(**measures)
            self.plan()

    def test_chain(self):
        """B3, 002.2: first after one month, then every six from the last one made."""
        for _through_orm in self.both():
            policy = self.make_rolling(first_after_months=1)
            order = self.make_order(date=utc(ZONE, 2026, 2, 28, 15))
            self.plan()
            first = self.get_planned(order, policy)
            self.assertEqual(
                self.get_dates(first),
                [
                    (
                        "",
                        utc(ZONE, 2026, 3, 28),
                        utc(ZONE, 2026, 3, 14),
                        utc(ZONE, 2026, 3, 28),
                    )
                ],
            )
            self.finish(first, utc(ZONE, 2026, 3, 31, 10))
            self.assertEqual(self.get_planned(order, policy), first)
            for _run in range(2):
                with self.at(utc(ZONE, 2026, 9, 1)):
                    self.plan()
                second = self.get_planned(order, policy) - first
                self.assertEqual(second.occasion, f"after:{first.id}")
                self.assertEqual(second.event_at, utc(ZONE, 2026, 9, 30))

    def test_agreed_date(self):
        """B3, 001.6: the agent's date overrides the policy's, whenever it is set."""
        for _through_orm in self.both():
            policy = self.make_rolling()
            order = self.make_order(date=utc(ZONE, 2025, 9, 20))
            self.plan()
            first = self.get_planned(order, policy)
            self.finish(first, NOW, next_due_on="2026-03-25")
            second = self.get_planned(order, policy) - first
            self.assertEqual(second.event_at, utc(ZONE, 2026, 3, 25))
            first.next_due_on = "2026-03-27"
            self.plan()
            self.assertEqual(second.event_at, utc(ZONE, 2026, 3, 27))

    def test_cancelled_by_a_person(self):
        """B3: the next one counts from the date of the one that was cancelled."""
        for _through_orm in self.both():
            policy = self.make_rolling(period_months=1)
            order = self.make_order(date=utc(ZONE, 2026, 2, 20))
            self.plan()
            first = self.get_planned(order, policy)
            first.action_cancel()
            with self.at(utc(ZONE, 2026, 3, 21)):
                self.plan()
            second = self.get_planned(order, policy) - first
            self.assertEqual(second.event_at, utc(ZONE, 2026, 4, 20))
            # reopened: one at a time, the successor comes back when it is closed
            first.action_reopen()
            self.plan()
            self.assertEqual((first.state, second.state), ("planned", "cancelled"))
            first.action_cancel()
            self.plan()
            self.assertEqual((first.state, second.state), ("cancelled", "planned"))
            self.assertEqual(len(self.get_planned(order, policy)), 2)

    def test_changed_length(self):
        """B3: another length re-dates what nobody has touched, under its old key."""
        for _through_orm in self.both():
            policy = self.make_rolling(period_months=1)
            orders = [
                self.make_order(partner=partner, date=utc(ZONE, 2026, 2, 20))
                for partner in (self.customer, self.make_customer("Another"))
            ]
            self.plan()
            untouched, touched = [self.get_planned(order, policy) for order in orders]
            touched.action_log_attempt("no_answer")
            policy.period_months = 2
            self.plan()
            self.assertEqual(untouched.event_at, utc(ZONE, 2026, 4, 20))
            self.assertEqual(touched.event_at, utc(ZONE, 2026, 3, 20))
            self.assertEqual(untouched.occasion, "")
            orders[0].state = "cancel"
            self.plan()
            self.assertEqual(untouched.state, "cancelled")

    def test_agents_date_in_the_dialog(self):
        """B3: asked for periodic policies only, and it lies ahead."""
        periodic = self.make_callback(
            policy=self.make_rolling(), user_id=self.agent.id
        ).with_user(self.agent)
        periodic.action_log_attempt("reached")
        wizard = Form(
            self.env["revisit.callback.finish"]
            .with_user(self.agent)
            .with_context(default_callback_id=periodic.id)
        )
        self.assertTrue(wizard.is_periodic)
        wizard.next_due_on = "2026-05-01"
        wizard.save().action_finish()
        self.assertEqual(periodic.next_due_on, date(2026, 5, 1))
        self.assertRefused(
            AccessError, "Next Callback On", periodic.write, {"next_due_on": False}
        )
        periodic.with_user(self.supervisor).next_due_on = "2026-05-02"
        once = self.make_callback(user_id=self.agent.id).with_user(self.agent)
        once.action_log_attempt("reached")
        self.assertFalse(once.is_periodic)
        self.assertRefused(
            UserError, "next date", once.action_done, next_due_on="2026-05-01"
        )
        self.assertEqual(once.state, "in_progress")

    def test_agents_date_lies_ahead(self):
        """B3: a next date that is not later than the callback is refused."""
        callback = self.make_callback(
            policy=self.make_rolling(), user_id=self.agent.id
        ).with_user(self.agent)
        callback.action_log_attempt("reached")
        self.assertRefused(
            ValidationError, "later day", callback.action_done, next_due_on="2026-03-10"
        )

    def test_needs_documents(self):
        """B3, B4: a trigger without documents cannot come back by itself."""
        self.assertRefused(
            ValidationError,
            "documents",
            self.make_policy,
            "manual",
            recurrence="rolling",
        )


@tagged("post_install", "-at_install")
class TestSample(RecurrenceCommon):
    """B4: drawn once, when the period has closed."""

    def make_sample(self, **values):
        return self.make_policy(
            recurrence="sample",
            **{
                "period_months": 1,
                "active_from": NOW,
                "sample_rate": 10.0,
                "sample_seed": "seed",
                "domain": "[('client_order_ref', '=', 'sample')]",
                **values,
            },
        )

    def make_orders(self, number, partner=None, day=15):
        return self.env["sale.order"].concat(
            *(
                self.make_order(
                    partner=partner,
                    client_order_ref="sample",
                    date=utc(ZONE, 2026, 3, day),
                )
                for _n in range(number)
            )
        )

    def plan_in_april(self, dry_run=False, policy=None):
        with self.at(utc(ZONE, 2026, 4, 1)):
            if not dry_run:
                return self.plan()
            return policy.generate(
                utc(ZONE, 2026, 3, 1), utc(ZONE, 2026, 4, 1), dry_run=True
            )

    def get_skips(self, policy):
        return self.env["revisit.planning.skip"].search([("policy_id", "=", policy.id)])

    def get_drawn(self, policy):
        return self.callbacks.search([("policy_id", "=", policy.id)])

    def get_draw(self, policy):
        return self.env["revisit.draw"].search([("policy_id", "=", policy.id)])

    def test_after_the_period_has_closed(self):
        """B4: nothing a second before the end; then each document is decided."""
        for _through_orm in self.both():
            policy, orders = self.make_sample(), self.make_orders(11)
            with self.at(utc(ZONE, 2026, 4, 1) - SECOND):
                self.plan()
            self.assertFalse(self.get_drawn(policy))
            self.assertFalse(self.get_draw(policy))
            self.plan_in_april()
            drawn, skips = self.get_drawn(policy), self.get_skips(policy)
            self.assertEqual((len(drawn), len(skips)), (2, 9))
            self.assertEqual(set(drawn.mapped("occasion")), {"2026-03"})
            self.assertEqual(set(drawn.mapped("event_at")), {utc(ZONE, 2026, 4, 1)})
            self.assertEqual(set(skips.mapped("reason")), {"not_drawn"})
            turns = sorted(
                orders.ids,
                key=lambda i: periods.draw_key("seed", "sale.order", i, "2026-03"),
            )
            self.assertEqual(set(drawn.mapped("source_id")), set(turns[:2]))
            ranks = {row.source_id: row.decision["rank"] for row in skips}
            self.assertEqual([ranks[i] for i in turns[2:]], list(range(3, 12)))

    def test_dry_run_writes_nothing(self):
        """B4, B8: the counts of the draw, without a draw."""
        for _through_orm in self.both():
            policy = self.make_sample()
            self.make_orders(11)
            counts = self.plan_in_april(dry_run=True, policy=policy)
            self.assertEqual(counts["created"], 2)
            self.assertEqual(counts["skipped"], {"not_drawn": 9})
            self.assertFalse(self.get_draw(policy))
            self.assertFalse(self.get_skips(policy))

    def test_strata(self):
        """B4, 001.2: a share of each value of the field, one for no value at all."""
        for _through_orm in self.both():
            policy = self.make_sample(sample_stratum_path="partner_id.dealer_id")
            ours = self.make_customer("Of A", dealer_id=self.dealer_a.id)
            self.make_orders(1, partner=ours)
            self.make_orders(11)
            self.plan_in_april()
            draw = self.get_draw(policy)
            self.assertCountEqual(
                draw.quotas,
                [
                    {"stratum": None, "of": 11, "quota": 2},
                    {"stratum": str(self.dealer_a.id), "of": 1, "quota": 1},
                ],
            )
            self.assertEqual((draw.population, draw.drawn_count), (12, 3))
            self.assertIn("Dealer A: 1 of 1", draw.quota_text)
            [callback] = self.get_drawn(policy).filtered(
                lambda c, ours=ours: c.partner_id == ours
            )
            self.assertEqual(
                callback.decision_text,
                "Draw of the period from 2026-03, Dealer A: number 1 of 1; the"
                " first 1 are called.",
            )

    def test_ceiling_wins(self):
        """B4, 002.1: 5% of 19 is none at all, however much the rate asks for."""
        for _through_orm in self.both():
            policy = self.make_sample(sample_rate=10.0, sample_ceiling_rate=5.0)
            self.make_orders(19)
            self.plan_in_april()
            self.assertFalse(self.get_drawn(policy))
            skips = self.get_skips(policy)
            self.assertEqual(len(skips), 19)
            self.assertIn(
                "Never more than 0 in the whole period.", skips[0].decision_text
            )
            self.assertEqual(self.get_draw(policy).ceiling, 0)

    def test_ceiling_over_households(self):
        """B4, 002.1: percent of the estates' households, none while unknown."""
        Policy = type(self.env["revisit.policy"])
        for households, drawn, ceiling in ((0, 10, False), (50, 2, 2)):
            for _through_orm in self.both():
                policy = self.make_sample(
                    sample_rate=50.0,
                    sample_ceiling_rate=5.0,
                    sample_ceiling_base="household",
                )
                self.make_orders(20)
                with patch.object(Policy, "_get_households", return_value=households):
                    self.plan_in_april()
                draw, callbacks = self.get_draw(policy), self.get_drawn(policy)
                self.assertEqual(len(callbacks), drawn)
                self.assertEqual(draw.ceiling, ceiling)
                self.assertEqual(draw.is_ceiling_unknown, not households)
                unknown = "households is not known" in callbacks[0].decision_text
                self.assertEqual(unknown, not households)

    def test_drawn_once(self):
        """B4: neither another rate nor another document draws the period again."""
        for _through_orm in self.both():
            policy, orders = self.make_sample(), self.make_orders(11)
            self.plan_in_april()
            drawn = self.get_drawn(policy)
            policy.write({"sample_rate": 100.0, "sample_seed": "another"})
            late = self.make_orders(1, day=20)
            (orders - orders.browse(drawn.mapped("source_id")))[0].state = "cancel"
            with self.at(utc(ZONE, 2026, 4, 3)):
                self.plan()
                self.plan()
            self.assertEqual(self.get_drawn(policy), drawn)
            skip = self.get_skips(policy).filtered(
                lambda s, late=late: s.source_id == late.id
            )
            self.assertEqual(skip.reason, "not_drawn")
            self.assertEqual(
                skip.decision_text,
                "This document appeared after the draw of the period from 2026-03.",
            )
            draw = self.get_draw(policy)
            self.assertEqual((draw.rate, draw.seed, draw.population), (10, "seed", 11))
            self.assertFalse(draw._get_differences())

    def test_run_of_some_customers(self):
        """B4: a run that sees a part of the customers leaves samples to the others."""
        for _through_orm in self.both():
            policy = self.make_sample(sample_rate=100.0)
            self.make_orders(2)
            everybody = range(SHARDS)
            with self.at(utc(ZONE, 2026, 4, 1)):
                self.planner._plan_company(self.company, buckets=everybody)
                self.assertFalse(self.get_drawn(policy))
                self.assertFalse(self.get_draw(policy))
                self.plan()
            self.assertEqual(self.get_draw(policy).drawn_count, 2)

    def test_what_if(self):
        """B4, B8: what a policy would have done does not look at what it did."""
        for through_orm in self.both():
            policy = self.make_sample()
            self.make_orders(11)
            self.plan_in_april()
            model = "revisit.planner" if through_orm else "revisit.planner.set"
            run = PlanningRun(dry_run=True, replayed=[0])
            planner = self.env[model].sudo().with_context(revisit_run=marks.Told(run))
            job = (policy, utc(ZONE, 2026, 3, 1), utc(ZONE, 2026, 4, 1))
            with self.at(utc(ZONE, 2026, 4, 3)):
                planner._plan_policies([job])
            self.assertEqual(run.counts["created"], 2)
            self.assertEqual(run.counts["skipped"], {"not_drawn": 9})

    def test_no_request_turns_a_run_into_a_replay(self):
        """B4: a list in the context is none of ours, so caps and draws hold."""
        policy = self.make_sample()
        run = PlanningRun(replayed=policy.ids)
        for sent, expected in (
            ([policy.id], []),
            ({"replayed": policy.ids}, []),
            (run, []),
            (marks.Told(run), policy.ids),
        ):
            planner = self.planner.with_context(revisit_run=sent)
            self.assertEqual(planner._get_run().replayed, expected)
            self.assertEqual(planner._is_from_scratch(), bool(expected))

    def test_empty_period(self):
        """B4: a period without a document is drawn too; none comes in later."""
        for _through_orm in self.both():
            policy = self.make_sample(sample_rate=100.0)
            self.plan_in_april()
            self.assertEqual(self.get_draw(policy).population, 0)
            self.make_orders(1)
            with self.at(utc(ZONE, 2026, 4, 3)):
                self.plan()
            self.assertFalse(self.get_drawn(policy))
            self.assertEqual(self.get_skips(policy).decision["late"], True)

    def test_drawn_but_left_out(self):
        """B4, B8: what was drawn stays drawn while its other obstacle is removed."""
        for _through_orm in self.both():
            policy = self.make_sample(sample_rate=100.0)
            banned = self.make_customer(
                do_not_contact=True, do_not_contact_reason="asked"
            )
            order = self.make_orders(1, partner=banned)
            self.plan_in_april()
            self.assertEqual(self.get_skips(policy).reason, "do_not_contact")
            banned.do_not_contact = False
            with self.at(utc(ZONE, 2026, 4, 3)):
                self.plan()
            callback = self.get_planned(order, policy)
            self.assertEqual(callback.decision["rank"], 1)
            self.assertFalse(self.get_skips(policy))
            self.assertFalse(self.get_draw(policy)._get_differences())

    def test_follows_the_condition_never_the_date(self):
        """B4, B8: a drawn document is left alone when its date moves."""
        for _through_orm in self.both():
            policy = self.make_sample(sample_rate=100.0)
            order = self.make_orders(1)
            self.plan_in_april()
            callback = self.get_planned(order, policy)
            with self.at(utc(ZONE, 2026, 4, 2)):
                order.date_order = utc(ZONE, 2026, 2, 1)
                self.plan()
                self.assertEqual(callback.state, "planned")
                self.assertEqual(callback.event_at, utc(ZONE, 2026, 4, 1))
                order.state = "cancel"
                self.plan()
                self.assertEqual(callback.state, "cancelled")
                order.state = "sale"
                self.plan()
                self.assertEqual(callback.state, "planned")

    def test_verify(self):
        """B4: an auditor draws again; a tampered row is found."""
        policy = self.make_sample(sample_stratum_path="partner_id.dealer_id")
        self.make_orders(11)
        self.plan_in_april()
        draw = self.get_draw(policy).with_user(self.supervisor)
        self.assertEqual(draw.action_verify()["params"]["type"], "success")
        [skip, *_others] = self.get_skips(policy)
        skip.decision = {**skip.decision, "rank": 1}
        message = draw.action_verify()["params"]
        self.assertEqual(message["type"], "danger")
        self.assertIn(f"{skip.source_name}: recorded as number 1", message["message"])
        skip.unlink()
        self.assertIn("10 documents are recorded", "\n".join(draw._get_differences()))

    def test_no_second_draw(self):
        """B4: a draw is neither repeated nor removed nor written by hand."""
        policy = self.make_sample()
        self.make_orders(1)
        self.plan_in_april()
        draw = self.get_draw(policy)
        for user in (self.manager, self.supervisor):
            as_user = draw.with_user(user)
            self.assertRaises(AccessError, as_user.write, {"seed": "mine"})
            self.assertRaises(AccessError, as_user.unlink)
            self.assertRaises(AccessError, as_user.copy)
        self.assertRefused(UserError, "stays as it is", draw.unlink)
        self.assertRefused(
            ValidationError, "copy the policy", policy.write, {"period_months": 3}
        )
        values = draw.copy_data()[0]
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            draw.create(values)
            self.env.flush_all()

    def test_draws_of_other_companies(self):
        """K1: nobody sees the draws of a company that is not theirs."""
        other = self.make_company()
        policy = self.make_sample(company_id=other.id)
        draw = self.env["revisit.draw"].create(
            {
                "company_id": other.id,
                "policy_id": policy.id,
                "period_start": "2026-01-01",
                "period_months": 1,
                "drawn_at": NOW,
            }
        )
        self.assertRaises(AccessError, draw.with_user(self.manager).read, ["seed"])

    def test_stratum_path(self):
        """B4: a path that leads nowhere is refused with the step at fault."""
        for path, text in (
            ("partner_id.shoe_size", "shoe_size"),
            ("amount_total", "does not fit"),
            ("order_line", "does not fit"),
        ):
            self.assertRefused(
                ValidationError, text, self.make_sample, sample_stratum_path=path
            )

    def test_stratum_labels(self):
        """B4: strata read in the reader's words."""
        for path, stratum, label in (
            ("state", "sale", "Sales Order"),
            ("partner_id.is_company", "true", "Is a Company: yes"),
            ("partner_id.is_company", "false", "Is a Company: no"),
            ("partner_id.dealer_id", str(self.dealer_a.id), "Dealer A"),
            ("partner_id.dealer_id", None, "without a value"),
            ("client_order_ref", "A-1", "A-1"),
        ):
            policy = self.make_sample(sample_stratum_path=path)
            self.assertEqual(policy._get_stratum_label(stratum), label)

    def test_statements_do_not_grow(self):
        """P, B4: a draw takes as many statements for 40 documents as for 4."""
        counts = []
        for number in (4, 40):
            policy = self.make_sample(
                sample_stratum_path="partner_id.dealer_id",
            )
            self.make_orders(number)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            with self.at(utc(ZONE, 2026, 4, 1)):
                self.planner._plan(policy, utc(ZONE, 2026, 3, 1), utc(ZONE, 2026, 4, 1))
            counts.append(self.cr.sql_log_count - before)
            self.assertTrue(self.get_drawn(policy))
        self.assertLessEqual(counts[1], counts[0] + 3)
