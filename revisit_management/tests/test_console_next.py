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
