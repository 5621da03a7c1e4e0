# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""B3: "at least once per period" includes a customer's first, partial period."""

from psycopg2.errors import CheckViolation

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW, SECOND, ZONE, utc
from .replay import RulebookReplay
from .test_recurrence import RecurrenceCommon

QUARTER = {
    "recurrence": "calendar",
    "period_months": 3,
    "first_period_days": 7,
    "active_from": NOW,
}


@tagged("post_install", "-at_install")
class TestFirstPeriod(RecurrenceCommon):
    """The rest of the period in which a document comes, by either planner."""

    def get_planned_dates(self, policy, order):
        return self.get_dates(self.get_planned(order, policy))

    def test_window_is_what_remains(self):
        """B3: from the day on which the customer comes to the end of the period."""
        for _through_orm in self.both():
            policy = self.make_policy(**QUARTER)
            order = self.make_order(date=utc(ZONE, 2026, 5, 20, 15, 30))
            day = utc(ZONE, 2026, 5, 20)
            with self.at(utc(ZONE, 2026, 5, 20, 16)):
                self.plan()
                self.plan()
                counts = self.plan()
            self.assertEqual(
                self.get_planned_dates(policy, order),
                [("due:2026-04-01", day, day, utc(ZONE, 2026, 7, 1))],
            )
            self.assertFalse(counts["updated"], "nothing moves by itself")

    def test_too_little_remains(self):
        """B3: on the last day that counts, and on the day after it."""
        for _through_orm in self.both():
            policy = self.make_policy(**QUARTER)
            # a week remains after the 23rd of June, not after the 24th
            last = self.make_order(date=utc(ZONE, 2026, 6, 24) - SECOND)
            late = self.make_order(date=utc(ZONE, 2026, 6, 24))
            with self.at(utc(ZONE, 2026, 6, 30, 12)):
                self.plan()
            self.assertEqual(
                [row[0] for row in self.get_planned_dates(policy, last)],
                ["due:2026-04-01"],
            )
            self.assertFalse(self.get_planned_dates(policy, late))
            with self.at(utc(ZONE, 2026, 7, 1, 12)):
                self.plan()
            self.assertEqual(
                self.get_planned_dates(policy, late),
                [
                    (
                        "due:2026-07-01",
                        utc(ZONE, 2026, 7, 1),
                        utc(ZONE, 2026, 7, 1),
                        utc(ZONE, 2026, 10, 1),
                    )
                ],
            )

    def test_company_reads_it_otherwise(self):
        """B3: any rest counts, or none; what waits follows the policy."""
        for _through_orm in self.both():
            policy = self.make_policy(**{**QUARTER, "first_period_days": 0})
            order = self.make_order(date=utc(ZONE, 2026, 6, 30, 12))
            with self.at(utc(ZONE, 2026, 6, 30, 13)):
                self.plan()
                callback = self.get_planned(order, policy)
                self.assertEqual(
                    self.get_dates(callback),
                    [
                        (
                            "due:2026-04-01",
                            utc(ZONE, 2026, 6, 30),
                            utc(ZONE, 2026, 6, 30),
                            utc(ZONE, 2026, 7, 1),
                        )
                    ],
                )
                states = []
                for reading in ("next", "counts"):
                    policy.first_period = reading
                    self.plan()
                    states.append((callback.state, callback.cancel_reason))
            self.assertEqual(states, [("cancelled", "source"), ("planned", False)])

    def test_days_of_the_month(self):
        """B3, 001.5: what remains is counted to the last of the named days."""
        for _through_orm in self.both():
            policy = self.make_policy(
                **{**QUARTER, "period_months": 1}, day_from=11, day_to=20
            )
            early = self.make_order(date=utc(ZONE, 2026, 4, 2))
            within = self.make_order(date=utc(ZONE, 2026, 4, 13, 9))
            late = self.make_order(date=utc(ZONE, 2026, 4, 14, 9))
            with self.at(utc(ZONE, 2026, 4, 15)):
                self.plan()
            end = utc(ZONE, 2026, 4, 21)
            for order, start in (
                (early, utc(ZONE, 2026, 4, 11)),
                (within, utc(ZONE, 2026, 4, 13)),
            ):
                callback = self.get_planned(order, policy)
                self.assertEqual(
                    (callback.window_start, callback.window_end), (start, end)
                )
            self.assertFalse(self.get_planned(late, policy))

    def test_past_ranges_share_out_the_periods(self):
        """B3, B8: month by month the same as at once, each period once."""
        for _through_orm in self.both():
            policy = self.make_policy(**QUARTER)
            order = self.make_order(date=utc(ZONE, 2026, 2, 10))
            months = [utc(ZONE, 2026, month, 1) for month in range(1, 8)]
            created = [
                policy.generate(first, last)["created"]
                for first, last in zip(months, months[1:], strict=False)
            ]
            self.assertEqual(created, [0, 1, 0, 1, 0, 0])
            counts = policy.generate(months[0], months[-1])
            self.assertEqual((counts["created"], counts["existing"]), (0, 2))
            self.assertEqual(
                [row[:2] for row in self.get_planned_dates(policy, order)],
                [
                    ("due:2026-01-01", utc(ZONE, 2026, 2, 10)),
                    ("due:2026-04-01", utc(ZONE, 2026, 4, 1)),
                ],
            )

    def test_before_the_activation(self):
        """B3, B8: a policy begins with the day of its activation, not before."""
        for _through_orm in self.both():
            policy = self.make_policy(**QUARTER)
            yesterday = self.make_order(date=utc(ZONE, 2026, 3, 9, 23))
            today = self.make_order(date=utc(ZONE, 2026, 3, 10, 0, 30))
            self.plan()
            self.assertFalse(self.get_planned(yesterday, policy))
            self.assertEqual(self.get_planned(today, policy).occasion, "due:2026-01-01")

    def test_days_are_bounded(self):
        """B3: neither fewer than none nor more than a year."""
        for days in (-1, 366):
            with (
                self.subTest(days=days),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.make_policy(**{**QUARTER, "first_period_days": days})

    def test_days_fit_into_the_period(self):
        """B3: what can never remain would leave every customer's first one out."""
        self.make_policy(**{**QUARTER, "first_period_days": 93})
        self.assertRefused(
            ValidationError,
            "94 days never remain of a period of 3 months. Give at most 93.",
            self.make_policy,
            **{**QUARTER, "first_period_days": 94},
        )


class FirstPeriodReplay(RulebookReplay):
    """A customer of each class who comes on the 20th of February."""

    def assertFirstPeriod(self, name, end, **values):
        customer = self.make_regular(created=utc(ZONE, 2026, 2, 20, 10), **values)
        self.plan()
        policy = self.ref(name)
        callback = self.get_ours(customer).filtered(lambda c: c.policy_id == policy)
        self.assertEqual(len(callback), 1)
        day = utc(ZONE, 2026, 2, 20)
        self.assertEqual((callback.window_start, callback.window_end), (day, end))
        self.assertEqual(callback.occasion, "due:2026-01-01")


@tagged("post_install", "-at_install")
class TestValueTier(FirstPeriodReplay):
    code = "value_tier"

    def test_first_period(self):
        """B3, R value_tier: at least once per quarter, half-year and year."""
        self.assertFirstPeriod(
            "policy_high", utc(ZONE, 2026, 4, 1), callback_tier="high"
        )
        self.assertFirstPeriod(
            "policy_medium", utc(ZONE, 2026, 7, 1), callback_tier="medium"
        )
        self.assertFirstPeriod("policy_low", utc(ZONE, 2027, 1, 1), callback_tier="low")


@tagged("post_install", "-at_install")
class TestEnterprise(FirstPeriodReplay):
    code = "enterprise"

    def test_first_period(self):
        """B3, R enterprise: large customers a visit a year, key ones each half-year."""
        self.assertFirstPeriod(
            "policy_large", utc(ZONE, 2027, 1, 1), callback_tier="high"
        )
        self.assertFirstPeriod("policy_key", utc(ZONE, 2026, 7, 1), callback_tier="key")


@tagged("post_install", "-at_install")
class TestUtility(FirstPeriodReplay):
    code = "utility"

    def test_first_period(self):
        """B3, R utility: from 35 kV on at least once a year."""
        attribute = self.env["revisit.attribute"].search(
            [("code", "=", "supply_kv"), ("company_id", "=", self.company.id)]
        )
        self.assertFirstPeriod(
            "policy_large",
            utc(ZONE, 2027, 1, 1),
            attribute_value_ids=[
                (0, 0, {"attribute_id": attribute.id, "number": 110.0})
            ],
        )
