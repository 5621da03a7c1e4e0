# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Benchmark of the best hour, run by ``make bench`` in an Odoo shell.

First tries are generated whose truth is known: with a pattern, and without any. What is
learnt from them is judged by the truth: how many of a hundred would answer at the hour
that is recommended, and at any hour. Without a pattern nothing may be gained, because
nothing is there. BENCH_TRIES sets the numbers of tries.
"""

import os
import random
import time

from odoo.addons.revisit_management.tools import best_hour

SIZES = [
    int(size) for size in os.environ.get("BENCH_TRIES", "1000,10000,1000000").split(",")
]
WEEKDAYS, HOURS = range(5), range(9, 20)
CUSTOMERS = 5000
TRUTHS = {
    # persons are at home in the evening, and a little more so on Fridays
    "with a pattern": {
        (day, hour): 0.3 + (0.2 if hour >= 18 else 0) + (0.05 if day == 4 else 0)
        for day in WEEKDAYS
        for hour in HOURS
    },
    "without any": {(day, hour): 0.35 for day in WEEKDAYS for hour in HOURS},
}

env = globals()["env"]
cr = env.cr


def make_tries(number, truth):
    """Insert callbacks with one try each, spread evenly over the working hours."""
    cr.execute(
        """
        WITH truth (position, weekday, hour, rate) AS (
            SELECT * FROM unnest(%(positions)s::int[], %(weekdays)s::int[],
                                 %(hours)s::int[], %(rates)s::float[])
        ), made AS (
            INSERT INTO revisit_callback (
                   company_id, policy_id, source_model, source_id, occasion, event_at,
                   window_start, window_end, partner_id, commercial_partner_id, kind,
                   level, channel, service_step, state, time_state, active,
                   is_on_time, attempt_count)
            SELECT %(company)s, %(policy)s, 'bench', n, '', now(), now(),
                   now() + interval '1 day',
                   (%(customers)s::int[])[1 + n %% %(count)s],
                   (%(customers)s::int[])[1 + n %% %(count)s], 'routine', 'hq', 'phone',
                   'other', 'done', 'open', true, true, 1
              FROM generate_series(1, %(number)s) n
         RETURNING id, source_id
        )
        INSERT INTO revisit_attempt (
               callback_id, company_id, user_id, at, create_date, outcome)
        SELECT made.id, %(company)s, %(user)s, moment, moment,
               CASE WHEN random() < truth.rate THEN 'reached' ELSE 'no_answer' END
          FROM made
          JOIN truth ON truth.position = made.source_id %% %(cells)s,
               timezone('UTC', timezone(%(zone)s,
                   date_trunc('week', now()::timestamp - interval '28 day')
                   + truth.weekday * interval '1 day' + truth.hour * interval '1 hour'
               )) AS moment
        """,
        {
            "positions": list(range(len(truth))),
            "weekdays": [day for day, _hour in truth],
            "hours": [hour for _day, hour in truth],
            "rates": list(truth.values()),
            "cells": len(truth),
            "company": env.company.id,
            "policy": policy.id,
            "customers": customers.ids,
            "count": CUSTOMERS,
            "number": number,
            "user": env.uid,
            "zone": env.company._revisit_tz(),
        },
    )
    cr.execute("ANALYZE revisit_callback, revisit_attempt")


def judge(truth):
    """Return how many hours are recommended, and the true rates at them and at any."""
    rows = env["revisit.best.hour"].search([("company_id", "=", env.company.id)])
    better = [(int(row.weekday), row.hour) for row in rows if row.is_better]
    any_hour = sum(truth.values()) / len(truth)
    if not better:
        return 0, any_hour, any_hour
    chosen = max(rows, key=lambda row: (row.is_better, row.rate))
    return len(better), truth[int(chosen.weekday), chosen.hour], any_hour


def measure(best, any_hour, number):
    """Return the gain as the setting measures it: one of ten is called at any hour."""
    drawn = random.Random(number)
    groups = {
        name: (size, sum(drawn.random() < rate for _ in range(size)))
        for name, rate, size in (
            ("best", best, number - number // 10),
            ("any", any_hour, number // 10),
        )
    }
    return best_hour.compare(groups["best"], groups["any"])


customers = env["res.partner"].create(
    [{"name": f"Customer {number}"} for number in range(CUSTOMERS)]
)
policy = env["revisit.policy"].create(
    {
        "name": "Bench",
        "code": "bench_hours",
        "trigger_id": env.ref("revisit_management.trigger_manual").id,
    }
)
env.flush_all()
print("\nBest hour (points of a hundred first calls that are answered)")
for name, truth in TRUTHS.items():
    for number in SIZES:
        with cr.savepoint() as savepoint:
            cr.execute("SELECT setseed(0.5)")
            make_tries(number, truth)
            begin = time.perf_counter()
            env["revisit.best.hour"]._learn()
            seconds = time.perf_counter() - begin
            count, best, any_hour = judge(truth)
            gain, low, high = (100 * part for part in measure(best, any_hour, number))
            possible = 100 * (max(truth.values()) - any_hour)
            print(
                f"{number:>9} tries {name:15} {count:2} hours recommended,"
                f" gain {100 * (best - any_hour):4.1f} of {possible:4.1f} possible,"
                f" measured {gain:5.1f} ({low:.1f} to {high:.1f}),"
                f" learnt in {seconds:.1f} s"
            )
            savepoint.rollback()
        env.invalidate_all()
cr.rollback()
