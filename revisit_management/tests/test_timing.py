# Part of Revisit. See LICENSE file for full copyright and licensing details.
import random
from datetime import datetime, timedelta

from odoo.tests import tagged

from .common import NOW, SECOND, RevisitCommon

STATES = ("planned", "assigned", "in_progress", "done", "reviewed", "cancelled")
TIMINGS = ("upcoming", "due", "today", "late", "on_time", "missed", "cancelled")


@tagged("post_install", "-at_install")
class TestTiming(RevisitCommon):
    """I2, C1: compute, search and grouping of the timing say the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy("manual")
        cls.domain = [("policy_id", "=", cls.policy.id)]
        chance = random.Random(20260310)
        # the edges: now, and the ends of the day in two zones, each +- a second
        edges = [
            moment + shift
            for moment in (NOW, datetime(2026, 3, 10, 16), datetime(2026, 3, 11))
            for shift in (-SECOND, timedelta(), SECOND)
        ]
        moments = edges + [
            NOW + timedelta(hours=chance.randint(-96, 96)) for _count in range(12)
        ]
        for _count in range(150):
            start, end = sorted(chance.sample(moments, 2))
            if start == end:
                continue
            state = chance.choice(STATES)
            is_made = state in ("done", "reviewed")
            cls.make_callback(
                policy=cls.policy,
                user_id=cls.agent.id,
                window_start=start,
                window_end=end,
                state=state,
                done_at=chance.choice(moments) if is_made else False,
                cancel_reason=state == "cancelled" and "person",
            )

    def check(self, zone):
        Callback = self.callbacks.with_context(tz=zone)
        callbacks = Callback.search(self.domain)
        computed = {timing: callbacks.browse() for timing in TIMINGS}
        for callback in callbacks:
            computed[callback.timing] += callback
        grouped = dict(Callback._read_group(self.domain, ["timing"], ["id:recordset"]))
        for timing in TIMINGS:
            found = Callback.search([*self.domain, ("timing", "=", timing)])
            self.assertEqual(found, computed[timing], timing)
            self.assertEqual(
                grouped.get(timing, found.browse()).sorted("id"),
                computed[timing].sorted("id"),
                timing,
            )
        return {timing: len(found) for timing, found in computed.items()}

    def test_three_ways_agree(self):
        """I2: for every value, in the reader's zone, at any moment."""
        seen = set()
        for zone in ("Asia/Shanghai", "UTC", "Europe/Berlin"):
            for moment in (NOW, datetime(2026, 3, 10, 16), datetime(2026, 3, 10, 20)):
                with self.subTest(zone=zone, moment=moment), self.at(moment):
                    counts = self.check(zone)
                    seen |= {timing for timing, count in counts.items() if count}
        self.assertEqual(seen, set(TIMINGS), "the data shows every timing")

    def test_search_takes_every_operator(self):
        """C1: filters may ask for several values, or for all but one."""
        everything = self.callbacks.search(self.domain)
        for value, operator, expected in (
            (["late", "today"], "in", ("late", "today")),
            ("late", "!=", set(TIMINGS) - {"late"}),
            (["late", "missed"], "not in", set(TIMINGS) - {"late", "missed"}),
        ):
            found = self.callbacks.search([*self.domain, ("timing", operator, value)])
            self.assertEqual(
                found, everything.filtered(lambda c, keys=expected: c.timing in keys)
            )
        is_open = self.callbacks.search([*self.domain, ("is_open", "=", True)])
        self.assertEqual(is_open, everything.filtered("is_open"))
        closed = self.callbacks.search([*self.domain, ("is_open", "=", False)])
        self.assertEqual(closed, everything - is_open)

    def test_board_counts_the_same(self):
        """I2: the unit's board shows what the lists show."""
        team = self.team.with_user(self.manager)
        mine = [("team_id", "=", team.id), ("contact_id", "=", False)]
        count = team.env["revisit.callback"].search_count
        self.assertEqual(team.open_count, count([*mine, ("is_open", "=", True)]))
        for name, timing in (("today_count", "today"), ("late_count", "late")):
            self.assertEqual(team[name], count([*mine, ("timing", "=", timing)]))
            action = team.with_context(timing=timing).action_open_callbacks()
            self.assertEqual(count(action["domain"]), team[name])
        self.assertGreater(team.late_count, 0)

    def test_progress_bar_of_the_kanban(self):
        """C1: the kanban's progress bar counts by timing."""
        bars = self.callbacks.read_progress_bar(
            self.domain,
            "state",
            {"field": "timing", "colors": dict.fromkeys(TIMINGS, "info")},
        )
        everything = self.callbacks.search(self.domain)
        for state in STATES:
            ours = everything.filtered(lambda c, state=state: c.state == state)
            shown = {key: count for key, count in bars[state].items() if count}
            counts = dict(ours.grouped("timing"))
            self.assertEqual(
                shown, {timing: len(found) for timing, found in counts.items()}
            )
