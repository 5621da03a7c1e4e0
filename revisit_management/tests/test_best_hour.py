# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""L12: when customers answer, learnt from calls; *Next* asks for it; its gain."""

from datetime import datetime, timedelta

from odoo.tests import tagged

from .common import NOW, ZONE, RevisitCommon, utc

# Mondays to Fridays before NOW, which is a Tuesday, 10 March 2026
DAYS = [datetime(2026, 3, day) for day in (2, 3, 4, 5, 6)]
EVENING, MORNING = 18, 10


@tagged("post_install", "-at_install")
class TestBestHour(RevisitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hours = cls.env["revisit.best.hour"]
        cls.policy = cls.make_policy("manual", name="Learnt", channel="phone")
        cls.company.write({"revisit_touch_hour_from": 9, "revisit_touch_hour_to": 20})

    def log_tries(self, hour, answered, tries, partner=None, zone=ZONE, **values):
        """Create first tries at a local hour, spread evenly over the weekdays."""
        moments = [
            utc(zone, day.year, day.month, day.day, hour, 15)
            for day in (DAYS[number % len(DAYS)] for number in range(tries))
        ]
        callbacks = self.callbacks.sudo().create(
            [
                {
                    "policy_id": self.policy.id,
                    "company_id": self.company.id,
                    "partner_id": (partner or self.customer).id,
                    "level": "hq",
                    "channel": "phone",
                    "team_id": self.team.id,
                    "event_at": NOW - timedelta(days=20),
                    "window_start": NOW - timedelta(days=20),
                    "window_end": NOW + timedelta(days=20),
                    **values,
                }
                for _moment in moments
            ]
        )
        attempts = self.env["revisit.attempt"].create(
            [
                {
                    "callback_id": callback.id,
                    "user_id": self.agent.id,
                    "at": moment,
                    "outcome": "reached" if number < answered else "no_answer",
                }
                for number, (callback, moment) in enumerate(
                    zip(callbacks, moments, strict=True)
                )
            ]
        )
        self.note_entered(attempts)
        callbacks.write({"state": "cancelled"})
        return callbacks

    def note_entered(self, attempts, delay=timedelta(0)):
        """Let attempts be entered ``delay`` after they were made."""
        attempts.flush_recordset()
        self.env.cr.execute(
            "UPDATE revisit_attempt SET create_date = at + %s WHERE id IN %s",
            (delay, tuple(attempts.ids)),
        )

    def learn(self):
        """Learn, and return ``{(kind, weekday, hour): row}`` of the company."""
        self.hours._learn()
        rows = self.hours.search([("company_id", "=", self.company.id)])
        return {(row.kind, row.weekday, row.hour): row for row in rows}

    def learn_evenings(self):
        """Most customers answer in the evening, few in the morning."""
        self.log_tries(EVENING, 70, 100)
        self.log_tries(MORNING, 20, 100)
        return self.learn()

    # ------------------------------------------------------------
    # LEARNING
    # ------------------------------------------------------------

    def test_evenings_are_learnt_by_weekday_and_hour(self):
        rows = self.learn_evenings()
        self.assertEqual(
            {(weekday, hour) for _, weekday, hour in rows},
            {(str(day), hour) for day in range(5) for hour in (MORNING, EVENING)},
        )
        for (_kind, _weekday, hour), row in rows.items():
            self.assertEqual(row.tries, 20)
            self.assertEqual(row.is_better, hour == EVENING)
            self.assertEqual(row.usual, 45)
        self.assertGreater(rows["person", "1", EVENING].rate, 60)
        self.assertLess(rows["person", "1", MORNING].rate, 30)
        # learnt anew, not twice
        self.assertEqual(len(self.learn()), len(rows))

    def test_without_a_pattern_nothing_is_claimed(self):
        self.log_tries(EVENING, 40, 100)
        self.log_tries(MORNING, 38, 100)
        rows = self.learn()
        self.assertFalse(any(row.is_better for row in rows.values()))
        self.assertEqual(len({round(row.rate, 6) for row in rows.values()}), 1)
        self.assertFalse(self.make_callback(self.policy).best_hour_text)

    def test_few_tries_claim_nothing(self):
        self.log_tries(EVENING, 5, 5)
        self.log_tries(MORNING, 0, 5)
        self.assertFalse(any(row.is_better for row in self.learn().values()))

    def test_hours_are_the_customers(self):
        """A customer in Berlin answers at their six, which is the company's one."""
        abroad = self.make_customer("Abroad", tz="Europe/Berlin")
        self.log_tries(EVENING, 3, 5, partner=abroad, zone="Europe/Berlin")
        self.assertEqual({key[2] for key in self.learn()}, {EVENING})

    def test_only_first_tries_by_phone_at_hours_that_were_not_agreed_count(self):
        counted = self.log_tries(EVENING, 5, 10)
        self.log_tries(11, 5, 5, time_state="confirmed")
        self.log_tries(12, 5, 5, channel="visit")
        late = self.log_tries(13, 5, 5)
        self.note_entered(late.attempt_ids, timedelta(days=1))
        wrong = self.log_tries(14, 0, 5)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE revisit_attempt SET outcome = 'wrong_number'"
            " WHERE callback_id IN %s",
            (tuple(wrong.ids),),
        )
        counted.write({"state": "in_progress"})
        again = self.env["revisit.attempt"].create(
            [
                {
                    "callback_id": callback.id,
                    "at": callback.attempt_ids.at + timedelta(days=1, hours=1),
                    "user_id": self.agent.id,
                    "outcome": "reached",
                }
                for callback in counted
            ]
        )
        self.note_entered(again)
        rows = self.learn()
        self.assertEqual({key[2] for key in rows}, {EVENING})
        self.assertEqual(sum(row.tries for row in rows.values()), 10)

    def test_kinds_of_customers_and_companies_are_learnt_apart(self):
        firm = self.make_customer("Firm", is_company=True)
        self.log_tries(EVENING, 70, 100)
        self.log_tries(MORNING, 20, 100)
        self.log_tries(MORNING, 70, 100, partner=firm)
        self.log_tries(EVENING, 20, 100, partner=firm)
        rows = self.learn()
        better = {(kind, hour) for (kind, _, hour), r in rows.items() if r.is_better}
        self.assertEqual(better, {("person", EVENING), ("company", MORNING)})
        other = self.make_company()
        self.assertFalse(self.hours.search([("company_id", "=", other.id)]))

    # ------------------------------------------------------------
    # WHAT THE AGENT SEES
    # ------------------------------------------------------------

    def test_agent_sees_the_best_hour_that_is_left(self):
        self.learn_evenings()
        callback = self.make_callback(
            self.policy, user_id=self.agent.id, window_end=utc(ZONE, 2026, 3, 11)
        ).with_user(self.agent)
        with self.at(utc(ZONE, 2026, 3, 10, 9)):
            self.assertIn("18:00-19:00: ", callback.best_hour_text)
            self.assertIn("of 100 answer (usually 45)", callback.best_hour_text)
        with self.at(utc(ZONE, 2026, 3, 10, 18, 30)):
            self.assertIn("now, until 19:00", callback.best_hour_text)
        screen = self.env["revisit.console"].with_user(self.agent)
        head = screen.open_screen(callback.id)["callback"]
        self.assertEqual(head["best_hour"], callback.best_hour_text)
        chinese = callback.with_context(lang="zh_CN")
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.invalidate_all()
        self.assertNotIn("answer", chinese.best_hour_text)

    def test_an_hour_that_failed_is_not_offered_again(self):
        self.learn_evenings()
        callback = self.make_callback(self.policy, user_id=self.agent.id)
        with self.at(utc(ZONE, 2026, 3, 10, EVENING, 20)):
            callback.with_user(self.agent).action_log_attempt("no_answer")
        with self.at(utc(ZONE, 2026, 3, 11, 9)):
            self.assertFalse(callback.best_hour_text)

    def test_hours_keep_within_what_the_customer_permits(self):
        self.learn_evenings()
        self.customer.write({"callback_hour_from": 9, "callback_hour_to": 17})
        self.assertFalse(self.make_callback(self.policy).best_hour_text)

    def test_finished_work_and_other_channels_have_no_hour(self):
        self.learn_evenings()
        self.assertFalse(self.make_done().best_hour_text)
        visit = self.make_policy("manual", channel="visit")
        self.assertFalse(self.make_callback(visit).best_hour_text)

    # ------------------------------------------------------------
    # QUEUE
    # ------------------------------------------------------------

    def make_queue(self):
        """Create work of a person first, and of a company, due on the same days."""
        self.learn_evenings()
        self.log_tries(MORNING, 70, 100, partner=self.make_customer("F", is_company=1))
        self.hours._learn()
        self.company.write({"revisit_best_hour": True, "revisit_any_hour_share": 1})
        person, firm = (
            self.make_drawn(is_guided=True, name=name, is_company=is_company)
            for name, is_company in (("Person", False), ("Company", True))
        )
        return [
            self.make_callback(
                self.policy,
                partner_id=partner.id,
                user_id=self.agent.id,
                window_end=utc(ZONE, 2026, 3, day),
            )
            for partner, day in ((person, 13), (firm, 14))
        ]

    def make_drawn(self, is_guided, **values):
        """Create customers until one is of the group."""
        for _number in range(500):
            partner = self.make_customer(**values)
            callback = self.callbacks.new(
                {"partner_id": partner.id, "company_id": self.company.id}
            )
            if callback._is_called_at_best_hour() == is_guided:
                return partner
        raise AssertionError("nobody is drawn")

    def get_next(self):
        return self.callbacks.with_user(self.agent)._claim_next()

    def test_next_offers_first_who_answers_now(self):
        person, firm = self.make_queue()
        with self.at(utc(ZONE, 2026, 3, 10, MORNING)):
            self.assertEqual(self.get_next(), firm)
            firm.with_user(self.agent)._release_customers()
        self.company.revisit_best_hour = False
        with self.at(utc(ZONE, 2026, 3, 10, MORNING)):
            self.assertEqual(self.get_next(), person)

    def test_work_due_today_stays_first(self):
        person, _firm = self.make_queue()
        with self.at(utc(ZONE, 2026, 3, 12, MORNING)):
            self.assertEqual(self.get_next(), person)

    def test_who_proves_the_gain_keeps_their_place(self):
        person, firm = self.make_queue()
        person.partner_id = self.make_drawn(is_guided=False, name="Any")
        with self.at(utc(ZONE, 2026, 3, 10, MORNING)):
            self.assertEqual(self.get_next(), person)
        self.assertNotEqual(person, firm)

    def test_where_chance_explains_all_the_order_stays(self):
        person, firm = self.make_queue()
        self.hours.sudo().search([]).unlink()
        with self.at(utc(ZONE, 2026, 3, 10, MORNING)):
            self.assertEqual(self.get_next(), person)
        self.assertNotEqual(person, firm)

    # ------------------------------------------------------------
    # GAIN
    # ------------------------------------------------------------

    def test_first_calls_are_measured_by_group(self):
        person, firm = self.make_queue()
        any_hour = self.make_callback(
            self.policy,
            partner_id=self.make_drawn(is_guided=False, name="Any").id,
            user_id=self.agent.id,
        )
        for callback in (person, any_hour):
            mine = callback.with_user(self.agent)
            mine.action_log_attempt("no_answer")
            mine.action_log_attempt("no_answer")
        for callback, group in ((person, "best"), (any_hour, "any")):
            tries = callback.attempt_ids.sorted("id")
            self.assertEqual(tries.mapped("hour_group"), [group, False])
        self.company.revisit_best_hour = False
        firm.with_user(self.agent).action_log_attempt("no_answer")
        self.assertEqual(firm.attempt_ids.mapped("hour_group"), [False])

    def test_the_gain_is_told_with_its_doubt(self):
        """The gain of VECTORS' kind: a random part of the customers proves it."""
        self.assertIn("Nothing was measured", self.hours._describe_gain(self.company))
        self.note_measured("best", 60, 100)
        self.note_measured("any", 40, 100)
        text = self.hours._describe_gain(self.company)
        self.assertIn("60 of 100 customers answered the first call", text)
        self.assertIn("40 of 100 at any hour", text)
        # Newcombe's interval of 0.6 - 0.4, reckoned by hand
        self.assertIn("20.0 points more", text)
        self.assertIn("interval: 6.1 to 32.8", text)
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.revisit_best_hour_gain, text)

    def test_a_difference_by_chance_is_called_so(self):
        self.note_measured("best", 22, 50)
        self.note_measured("any", 20, 50)
        text = self.hours._describe_gain(self.company)
        self.assertIn("Chance explains the difference", text)

    def note_measured(self, group, answered, tries):
        callbacks = self.log_tries(EVENING, answered, tries)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE revisit_attempt SET hour_group = %s WHERE callback_id IN %s",
            (group, tuple(callbacks.ids)),
        )
        self.env.invalidate_all()
