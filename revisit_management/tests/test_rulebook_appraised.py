# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Rulebooks about appraisal, whose text leaves cycle and windows to the company."""

from datetime import timedelta

from odoo.tests import tagged

from .common import NOW, ZONE, utc
from .replay import RulebookReplay


class PeriodicMixin:
    """What each rulebook with an open cycle must do once the cycle is set."""

    def assertCalendar(self, name, months, customer, channel="phone"):
        """Assert one callback per period of ``months`` from the next full one on."""
        policy = self.activate(name, period_months=months)
        level, code = policy.level, policy.code
        first = utc(ZONE, 2026, 4, 1)
        after = first + timedelta(days=1)
        with self.at(after):
            self.plan()
            self.plan()
        end = utc(ZONE, 2026, 4 + months, 1)
        callbacks = self.get_ours(customer).filtered(
            lambda callback: callback.window_start >= first
        )
        self.assertEqual(
            [(c.policy_id.code, c.level, c.channel, c.occasion) for c in callbacks],
            [(code, level, channel, "due:2026-04-01")],
        )
        self.assertEqual((callbacks.window_start, callbacks.window_end), (first, end))
        return callbacks


@tagged("post_install", "-at_install")
class TestFiveGrades(PeriodicMixin, RulebookReplay):
    """R five_grades: callbacks of the plan, spot-checked by the manager."""

    code = "five_grades"

    def test_nothing_is_planned_of_itself(self):
        """B0, R five_grades: the text names no trigger, so nothing is guessed."""
        self.assertEqual(self.get_policies().mapped("code"), ["five_grades_plan"])
        self.assertNothingOfItself()

    def test_plan(self):
        """B10, R five_grades: a callback of the plan, in turn among the agents."""
        self.ref("team_service").member_ids = self.agent + self.agent2
        first = self.assertByHand("policy_plan", 5)
        second = self.assertByHand("policy_plan", 5)
        self.assertEqual(first.user_id + second.user_id, self.agent + self.agent2)

    def test_after_a_sale(self):
        """B2, R five_grades: the window of sales, as soon as it is switched on."""
        self.assertEdges("policy_order", lambda date: self.make_order(date=date), 1, 7)

    def test_once_per_period(self):
        """B3, R five_grades: once per month, when the company sets the month."""
        self.assertCalendar("policy_periodic", 1, self.make_regular())


@tagged("post_install", "-at_install")
class TestThreeRates(PeriodicMixin, RulebookReplay):
    """R three_rates: everybody calls the customers in their charge."""

    code = "three_rates"

    def test_nothing_is_planned_of_itself(self):
        """B0, R three_rates: cycle and window are left open by the text."""
        self.assertEqual(self.get_policies().mapped("code"), ["three_rates_plan"])
        self.assertNothingOfItself()

    def test_plan(self):
        """B10, R three_rates: by hand, in the unit's queue."""
        self.assertByHand("policy_plan", 5)

    def test_after_a_problem_is_solved(self):
        """B2, R three_rates: the solution is followed up, days 0 to 3."""
        self.assertEdges("policy_resolved", self.make_solved, 0, 3)
        self.assertEqual(set(self.get_ours().mapped("kind")), {"followup"})

    def test_once_per_period_by_who_is_in_charge(self):
        """B3, R three_rates: once per quarter, by the customer's own person."""
        customer = self.make_regular(user_id=self.agent.id)
        callback = self.assertCalendar("policy_periodic", 3, customer)
        self.assertEqual(callback.user_id, self.agent)


@tagged("post_install", "-at_install")
class TestRewards(PeriodicMixin, RulebookReplay):
    """R rewards: callbacks by the company's cycle and tasks."""

    code = "rewards"

    def test_nothing_is_planned_of_itself(self):
        """B0, R rewards: the cycle is the company's to set."""
        self.assertEqual(self.get_policies().mapped("code"), ["rewards_task"])
        self.assertNothingOfItself()

    def test_task(self):
        """B10, R rewards: a task is planned by hand."""
        self.assertByHand("policy_task", 5)

    def test_after_a_problem_is_solved(self):
        """B2, R rewards: a solved problem is followed up, days 0 to 3."""
        self.assertEdges("policy_resolved", self.make_solved, 0, 3)

    def test_cycle(self):
        """B3, R rewards: once per quarter, when the company says so."""
        self.assertCalendar("policy_periodic", 3, self.make_regular())


@tagged("post_install", "-at_install")
class TestVisitScore(PeriodicMixin, RulebookReplay):
    """R visit_score: visits by class and importance of the customer."""

    code = "visit_score"

    def test_nothing_is_planned_of_itself(self):
        """B0, R visit_score: the frequency per class is not set."""
        self.assertEqual(self.get_policies().mapped("code"), ["visit_score_plan"])
        self.assertEqual(len(self.get_policies(active=False)), 4)
        self.assertNothingOfItself()

    def test_plan(self):
        """B10, R visit_score: a planned visit."""
        self.assertByHand("policy_plan", 7, channel="visit")

    def test_every_class_has_one_policy(self):
        """B3, R visit_score: each class of customer is visited by one policy."""
        policies = self.get_policies(active=False)
        for tier in ("key", "high", "medium", "low", False):
            customer = self.make_regular(callback_tier=tier)
            fitting = policies.filtered(
                lambda policy, customer=customer: customer.filtered_domain(
                    policy._get_condition()
                )
            )
            self.assertEqual(fitting.code, f"visit_score_{tier or 'low'}")
        potential = self.make_regular(callback_tier="potential")
        for policy in policies:
            self.assertFalse(potential.filtered_domain(policy._get_condition()))

    def test_frequency_by_class(self):
        """B3, R visit_score: key customers monthly, others not before it is set."""
        key = self.make_regular(callback_tier="key", user_id=self.agent.id)
        low = self.make_regular(callback_tier="low")
        callback = self.assertCalendar("policy_key", 1, key, channel="visit")
        self.assertEqual(callback.user_id, self.agent)
        self.assertPlanned(low)


@tagged("post_install", "-at_install")
class TestQuantified(PeriodicMixin, RulebookReplay):
    """R quantified: callbacks and questionnaires of the plan."""

    code = "quantified"

    def test_nothing_is_planned_of_itself(self):
        """B0, R quantified: the company's time limit is not set."""
        self.assertEqual(
            set(self.get_policies().mapped("code")),
            {"quantified_plan", "quantified_questionnaire"},
        )
        self.assertNothingOfItself()

    def test_plan(self):
        """B10, R quantified: a callback of the plan, and a questionnaire."""
        self.assertByHand("policy_plan", 5)
        self.assertByHand("policy_questionnaire", 10, channel="email")

    def test_after_a_sale(self):
        """B2, R quantified: within the company's limit, once it is set."""
        self.ref("policy_order").write({"delay_min": 0, "delay_max": 2})
        self.assertEdges("policy_order", lambda date: self.make_order(date=date), 0, 2)

    def test_once_per_period(self):
        """B3, R quantified: once per quarter, when the company sets it."""
        self.assertCalendar("policy_periodic", 3, self.make_regular())


@tagged("post_install", "-at_install")
class TestRecordReport(PeriodicMixin, RulebookReplay):
    """R record_report: routine callbacks, and special visits of large customers."""

    code = "record_report"

    def test_nothing_is_planned_of_itself(self):
        """B0, R record_report: callbacks come from the plan."""
        self.assertEqual(
            set(self.get_policies().mapped("code")),
            {"record_report_routine", "record_report_large"},
        )
        self.assertNothingOfItself()

    def test_plan(self):
        """B10, R record_report: routine by phone, large customers by a visit."""
        self.assertByHand("policy_routine", 5)
        large = self.make_customer(callback_tier="high")
        visit = self.assertByHand("policy_large", 7, channel="visit", customer=large)
        self.assertEqual(visit.kind, "special")

    def test_next_callback_after_the_first_is_made(self):
        """B10, R record_report: a new plan gives the customer a new callback."""
        self.ref("team_service").member_ids = self.agent
        callback = self.assertByHand("policy_routine", 5)
        as_agent = callback.with_user(self.agent)
        as_agent.action_log_attempt("reached")
        as_agent.action_done(satisfaction=90)
        policy = self.ref("policy_routine")
        with self.at(NOW + timedelta(days=30)):
            counts = policy._plan_records(callback.partner_id)
        self.assertEqual(counts["created"], 1)

    def test_large_customers_are_visited_the_others_called(self):
        """B3, R record_report: each customer by one of the two policies."""
        large = self.make_regular(callback_tier="key")
        other = self.make_regular()
        self.activate("policy_large_periodic", period_months=3)
        self.assertCalendar("policy_periodic", 3, other)
        visit = self.get_ours(large)
        self.assertEqual(
            [(c.policy_id.code, c.channel) for c in visit],
            [("record_report_large_periodic", "visit")],
        )
