# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime

from odoo.tests import tagged

from .common import SECOND, ZONE, utc
from .replay import MIDNIGHT, RulebookReplay


class ClassesMixin:
    """Each class of customer is called by exactly one periodic policy."""

    def assertClasses(self, expected):
        """Assert {tier: code of its policy, or None}."""
        policies = self.get_policies().filtered(
            lambda policy: policy.recurrence == "calendar"
        )
        for tier, code in expected.items():
            customer = self.make_regular(callback_tier=tier)
            fitting = policies.filtered(
                lambda policy, customer=customer: customer.filtered_domain(
                    policy._get_condition()
                )
            )
            self.assertEqual(fitting.mapped("code"), [code] if code else [], tier)


@tagged("post_install", "-at_install")
class TestScripted(ClassesMixin, RulebookReplay):
    """R scripted: every 1, 2 or 3 months, on days 11 to 20; and on need."""

    code = "scripted"

    def test_rhythms(self):
        """B3, R scripted: three rhythms, mid-month, one per class of customer."""
        periodic = self.get_policies().filtered(
            lambda policy: policy.recurrence == "calendar"
        )
        self.assertEqual(
            [(p.code, p.period_months, p.day_from, p.day_to) for p in periodic],
            [
                ("scripted_monthly", 1, 11, 20),
                ("scripted_two_monthly", 2, 11, 20),
                ("scripted_quarterly", 3, 11, 20),
            ],
        )
        self.assertClasses(
            {
                "key": "scripted_monthly",
                "high": "scripted_monthly",
                "medium": "scripted_two_monthly",
                "low": "scripted_quarterly",
                False: "scripted_quarterly",
                "potential": None,
            }
        )

    def test_purpose_and_duration_come_first(self):
        """C2, R scripted: the opening says why and how long."""
        script = self.ref("script_general")
        self.assertIn("about three minutes", script.opening)
        self.assertEqual(script.duration, 3)
        self.assertIn("full name of each device", script.body)

    def test_need(self):
        """B10, R scripted: a call when the customer needs us, exempt from a cap."""
        callback = self.assertByHand("policy_need", 2)
        self.assertEqual(callback.kind, "special")
        self.assertEqual(callback.policy_id.cap_role, "exempt")

    def test_mid_month(self):
        """B3, R scripted: days 11 to 20 of the first full period's first month."""
        february = datetime(2026, 2, 15)
        monthly = self.make_regular(february, callback_tier="key")
        two_monthly = self.make_regular(february, callback_tier="medium")
        quarterly = self.make_regular(february)
        self.make_everything()
        self.plan()
        march = (utc(ZONE, 2026, 3, 11), utc(ZONE, 2026, 3, 21))
        april = (utc(ZONE, 2026, 4, 11), utc(ZONE, 2026, 4, 21))
        self.assertPlanned(monthly, ("scripted_monthly", "hq", "phone", *march))
        self.assertPlanned(two_monthly, ("scripted_two_monthly", "hq", "phone", *march))
        self.assertPlanned(quarterly)
        with self.at(utc(ZONE, 2026, 4, 2)):
            self.plan()
            self.plan()
        self.assertPlanned(
            monthly,
            ("scripted_monthly", "hq", "phone", *march),
            ("scripted_monthly", "hq", "phone", *april),
        )
        self.assertPlanned(two_monthly, ("scripted_two_monthly", "hq", "phone", *march))
        self.assertPlanned(quarterly, ("scripted_quarterly", "hq", "phone", *april))

    def test_first_period(self):
        """B3, R scripted: who is known in time is called in the month they came in."""
        march = utc(ZONE, 2026, 3, 1)
        for created in (march - SECOND, march, utc(ZONE, 2026, 3, 10)):
            customer = self.make_regular(created, callback_tier="key")
            self.plan()
            self.assertPlanned(
                customer,
                (
                    "scripted_monthly",
                    "hq",
                    "phone",
                    utc(ZONE, 2026, 3, 11),
                    utc(ZONE, 2026, 3, 21),
                ),
            )
        late = self.make_regular(utc(ZONE, 2026, 3, 14), callback_tier="key")
        with self.at(utc(ZONE, 2026, 3, 15)):
            self.plan()
        # the rules name no number of days that must remain
        self.assertPlanned(
            late,
            (
                "scripted_monthly",
                "hq",
                "phone",
                utc(ZONE, 2026, 3, 14),
                utc(ZONE, 2026, 3, 21),
            ),
        )


@tagged("post_install", "-at_install")
class TestProspects(ClassesMixin, RulebookReplay):
    """R prospects: customers by importance, prospects as agreed."""

    code = "prospects"

    def test_rhythms(self):
        """B3, R prospects: monthly, quarterly, half-yearly and yearly."""
        periodic = self.get_policies().filtered(
            lambda policy: policy.recurrence == "calendar"
        )
        self.assertEqual(
            [(p.code, p.period_months) for p in periodic],
            [
                ("prospects_monthly", 1),
                ("prospects_quarterly", 3),
                ("prospects_half_yearly", 6),
                ("prospects_yearly", 12),
            ],
        )
        self.assertClasses(
            {
                "key": "prospects_monthly",
                "high": "prospects_quarterly",
                "medium": "prospects_half_yearly",
                "low": "prospects_yearly",
                False: "prospects_yearly",
                "potential": None,
            }
        )

    def test_prospect_as_agreed(self):
        """B3, R prospects: on the day agreed, else a month after the last one."""
        prospect = self.make_regular(
            utc(ZONE, 2026, 2, 10, 12), callback_tier="potential", user_id=self.agent.id
        )
        code = "prospects_agreed"
        first = (utc(ZONE, 2026, 3, 10), utc(ZONE, 2026, 3, 12))
        agreed = (utc(ZONE, 2026, 4, 20), utc(ZONE, 2026, 4, 22))
        later = (utc(ZONE, 2026, 5, 20), utc(ZONE, 2026, 5, 22))
        self.plan()
        self.assertPlanned(prospect, (code, "hq", "phone", *first))
        callback = self.get_ours(prospect)
        self.assertEqual(callback.user_id, self.agent)
        self.make_it(callback, next_due_on="2026-04-20")
        with self.at(utc(ZONE, 2026, 4, 20, 9)):
            self.plan()
            self.assertPlanned(
                prospect,
                (code, "hq", "phone", *first),
                (code, "hq", "phone", *agreed),
            )
            self.make_it(self.get_ours(prospect)[-1])
        with self.at(utc(ZONE, 2026, 5, 20, 9)):
            self.plan()
        self.assertPlanned(
            prospect,
            (code, "hq", "phone", *first),
            (code, "hq", "phone", *agreed),
            (code, "hq", "phone", *later),
        )

    def make_it(self, callback, **measures):
        as_agent = callback.with_user(self.agent)
        as_agent.action_log_attempt("reached")
        as_agent.action_done(satisfaction=80, **measures)

    def test_by_hand(self):
        """B10, R prospects: a prospect who asks, and social media."""
        prospect = self.make_customer(callback_tier="potential")
        callback = self.assertByHand("policy_prospect_now", 1, customer=prospect)
        self.assertEqual(callback.script_id, self.ref("script_prospect"))
        self.assertByHand("policy_social", 7, channel="social")

    def test_quotation(self):
        """B2, R prospects: the first call after a quotation, once it is set."""

        def make(date):
            quotation = self.make_order(confirmed=False, user_id=self.agent.id)
            quotation.action_quotation_sent()
            quotation.date_order = date
            return quotation

        unset = make(MIDNIGHT)
        self.plan()
        self.assertPlanned(unset)
        unset.action_cancel()
        self.assertEdges("policy_quotation", make, 1, 7)
        self.assertEqual(self.get_ours().user_id, self.agent)

    def test_once_per_period(self):
        """B3, R prospects: one callback per whole period, by importance."""
        known = datetime(2025, 12, 15)
        key, high, medium, other = (
            self.make_regular(known, callback_tier=tier)
            for tier in ("key", "high", "medium", False)
        )
        self.plan()
        for customer, code, end in (
            (high, "prospects_quarterly", utc(ZONE, 2026, 4, 1)),
            (medium, "prospects_half_yearly", utc(ZONE, 2026, 7, 1)),
            (other, "prospects_yearly", utc(ZONE, 2027, 1, 1)),
        ):
            start = utc(ZONE, 2026, 1, 1)
            self.assertPlanned(customer, (code, "hq", "phone", start, end))
        self.assertEqual(self.get_ours(key)[-1].occasion, "due:2026-03-01")

    def test_preferred_channel(self):
        """B2, R prospects: in person or by questionnaire, as the customer likes."""
        known = datetime(2026, 2, 15)
        for preferred, channel in (
            ("visit", "meeting"),
            ("email", "email"),
            ("phone", "phone"),
        ):
            customer = self.make_regular(
                known, callback_tier="key", callback_channel=preferred
            )
            self.plan()
            self.assertEqual(self.get_ours(customer).channel, channel)
