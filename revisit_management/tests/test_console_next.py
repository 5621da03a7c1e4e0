# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.tests import tagged

from .common import NOW, RevisitCommon


@tagged("post_install", "-at_install")
class TestConsoleRound(RevisitCommon):
    """C1: whom an agent leaves comes back when all others were offered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work = cls.callbacks.union(
            *(
                cls.make_callback(
                    partner_id=cls.make_customer(name).id,
                    user_id=cls.agent.id,
                    window_end=NOW + timedelta(hours=hour),
                )
                for hour, name in enumerate(("Fan Jun", "Lu Ming", "He Yan"), 1)
            )
        )
        cls.console = cls.env["revisit.console"].with_user(cls.agent)

    def skip(self, callback, skipped):
        """Press Next as the browser does; return the next callback."""
        screen = self.console.open_screen(False, callback.id, list(skipped))
        skipped.append(callback.id)
        if screen["is_new_round"]:
            skipped.clear()
        return self.callbacks.browse(screen["callback"] and screen["callback"]["id"])

    def test_all_others_come_first(self):
        shown, skipped = [self.work[0]], []
        for _press in range(6):
            shown.append(self.skip(shown[-1], skipped))
        self.assertEqual(
            [callback.partner_id.name for callback in shown[:4]],
            ["Fan Jun", "Lu Ming", "He Yan", "Fan Jun"],
        )
        self.assertEqual([*shown[3:6]], [*shown[:3]])

    def test_who_was_left_comes_last_after_an_outcome_too(self):
        left = [self.work[0].id]
        screen = self.console.press(self.work[1].id, "no_answer", {}, left)
        self.assertEqual(screen["callback"]["id"], self.work[2].id)
        self.assertFalse(screen["is_new_round"])
        screen = self.console.press(self.work[2].id, "no_answer", {}, left)
        self.assertEqual(screen["callback"]["id"], self.work[0].id)
        self.assertTrue(screen["is_new_round"])

    def test_only_one_is_left_stays(self):
        (self.work - self.work[0]).unlink()
        self.assertEqual(self.skip(self.work[0], []), self.work[0])

    def test_what_was_nobodys_goes_back_to_the_queue(self):
        self.work.user_id = False
        self.assertEqual(set(self.work.mapped("state")), {"planned"})
        skipped = []
        first = self.callbacks.browse(self.console.open_screen()["callback"]["id"])
        self.assertEqual(first.user_id, self.agent)
        # a reload does not make it theirs
        self.console.open_screen(first.id)
        second = self.skip(first, skipped)
        self.assertFalse(first.user_id)
        self.assertEqual(first.state, "planned")
        self.assertEqual(second.user_id, self.agent)
        # what was begun stays theirs
        second.with_user(self.agent).action_log_attempt("busy")
        self.skip(second, skipped)
        self.assertEqual(second.user_id, self.agent)
        other = self.env["revisit.console"].with_user(self.agent2)
        self.assertEqual(other.open_screen()["callback"]["id"], first.id)

    def test_what_was_assigned_or_taken_by_hand_stays(self):
        self.work[0].user_id = False
        self.work[0].with_user(self.agent).action_take()
        for callback in self.work[:2]:
            self.console.open_screen(callback.id)
            self.skip(callback, [])
            self.assertEqual(callback.user_id, self.agent)


@tagged("post_install", "-at_install")
class TestLeftInPeace(RevisitCommon):
    """C1, C3: who was promised a later call is not rung before for another reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.console = cls.env["revisit.console"].with_user(cls.agent)
        cls.fang = cls.make_customer("Fang Yuan", phone="13800138000")
        cls.company.write({"revisit_touch_hour_from": 0, "revisit_touch_hour_to": 24})
        cls.first = cls.make_work(1, retry_busy=15)
        cls.second = cls.make_work(30)

    @classmethod
    def make_work(cls, hour, partner=None, rule=None, **values):
        rule = {"retry_busy": values.pop("retry_busy", 15), **(rule or {})}
        return cls.make_callback(
            cls.make_policy("manual", **rule),
            **{
                "partner_id": (partner or cls.fang).id,
                "user_id": cls.agent.id,
                "window_end": NOW + timedelta(hours=hour),
                **values,
            },
        )

    def get_next(self, moment=NOW):
        with self.at(moment):
            return self.console.open_screen()["callback"]["id"]

    def press(self, outcome, moment=NOW, **said):
        with self.at(moment):
            screen = self.console.press(self.first.id, outcome, said)
        with self.at(moment + timedelta(seconds=11)):
            self.console.settle()
        self.env.invalidate_all()
        return screen

    def assertIdle(self, moment, until):
        with self.at(moment):
            screen = self.console.open_screen()
        self.assertFalse(screen["callback"])
        self.assertIn(until, screen["empty"])

    def test_not_before_the_agreed_time(self):
        again = NOW + timedelta(hours=5)
        screen = self.press("rescheduled", next_at=f"{again:%F %T}")
        self.assertFalse(screen["callback"], "not while it may be taken back, either")
        self.assertIdle(NOW + timedelta(hours=4), "2:00\u202fPM")
        self.assertEqual(self.get_next(again), self.first.id)

    def test_not_within_the_time_of_the_next_try(self):
        self.assertFalse(self.press("busy")["callback"])
        self.assertIdle(NOW + timedelta(minutes=14), "9:15")
        self.assertEqual(self.get_next(NOW + timedelta(minutes=15)), self.first.id)

    def test_whoever_has_agreed(self):
        """C3: a colleague's promise counts, a dealer's does not: levels are apart."""
        self.first.user_id = self.agent2
        theirs = self.first.with_user(self.agent2)
        theirs.action_log_attempt(
            "rescheduled", next_at=f"{NOW + timedelta(hours=5):%F %T}"
        )
        self.assertFalse(self.console.open_screen()["callback"])
        self.first.sudo().level = "region"
        self.assertEqual(self.get_next(), self.second.id)

    def test_not_beyond_the_end_of_the_window(self):
        """B: what would be late by waiting is offered, with the hint."""
        again = NOW + timedelta(hours=32)
        self.press("rescheduled", next_at=f"{again:%F %T}")
        with self.at(NOW + timedelta(minutes=1)):
            screen = self.console.open_screen()
        self.assertEqual(screen["callback"]["id"], self.second.id)
        [warning] = screen["callback"]["warnings"]
        self.assertIn(self.agent.name, warning)
        self.assertIn("agreed with this customer", warning)

    def test_opened_otherwise_it_is_told(self):
        """C2: who opens it from a list reads when and why."""
        self.press("busy")
        with self.at(NOW + timedelta(minutes=1)):
            [warning] = self.console.open_screen(self.second.id)["callback"]["warnings"]
        self.assertIn("Busy", warning)
        self.assertIn("9:15", warning)

    def test_others_are_not_kept_waiting(self):
        """C1: other customers, and questionnaires that are written."""
        other = self.make_work(31, self.make_customer("Gu Li"))
        self.press("busy")
        self.assertEqual(self.get_next(NOW + timedelta(minutes=1)), other.id)
        other.unlink()
        self.second.sudo().channel = "email"
        self.assertEqual(self.get_next(NOW + timedelta(minutes=1)), self.second.id)

    def test_statements_do_not_grow(self):
        """C1: one query for all, however many wait."""

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.callbacks.with_user(self.agent)._claim_next()
            return self.env.cr.sql_log_count - before

        few = count()
        for number in range(12):
            customer = self.make_customer(f"Customer {number}")
            waiting = self.make_work(number + 2, customer)
            waiting.with_user(self.agent).action_log_attempt("busy")
            self.make_work(number + 2, customer)
        self.assertLessEqual(count(), few + 3)
