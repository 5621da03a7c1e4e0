# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Benchmark of the console, run by ``make bench`` in an Odoo shell on a fresh database.

The table grows; what stays as it is are the 4,000 open callbacks of 200 agents. Times
are medians of one agent after the other, as ratios to those of the first size; the
statements are counted. BENCH_CONSOLE sets the sizes.
"""

import os
import statistics
import time

from odoo import Command

SIZES = [
    int(size) for size in os.environ.get("BENCH_CONSOLE", "10000,100000").split(",")
]
AGENTS, OPEN, CUSTOMERS, LOOKS = 200, 4000, 5000, 25

env = globals()["env"]
cr = env.cr


def make_people():
    group = env.ref("revisit_management.group_agent")
    users = env["res.users"].with_context(no_reset_password=True)
    agents = users.create(
        [
            {
                "name": f"Agent {number}",
                "login": f"bench_{number}",
                "group_ids": [Command.set(group.ids)],
            }
            for number in range(AGENTS)
        ]
    )
    unit = env["revisit.team"].create(
        {"name": "Bench", "member_ids": [Command.set(agents.ids)]}
    )
    customers = env["res.partner"].create(
        [
            {"name": f"Customer {number}", "phone": f"+86138{number:08d}"}
            for number in range(CUSTOMERS)
        ]
    )
    return agents, unit, customers


def make_policy(unit):
    survey = env["survey.survey"].create({"title": "Ten", "survey_type": "revisit"})
    env["survey.question"].create(
        [
            {
                "survey_id": survey.id,
                "title": f"Question {number}",
                "question_type": "scale",
                "scale_min": 0,
                "scale_max": 10,
                "measure_id": env.ref("revisit_management.measure_quality").id,
                "subject_kind": "callback",
            }
            for number in range(10)
        ]
    )
    return env["revisit.policy"].create(
        {
            "name": "Bench",
            "code": "bench_console",
            "trigger_id": env.ref("revisit_management.trigger_manual").id,
            "team_id": unit.id,
            "survey_id": survey.id,
        }
    )


def grow(first, last):
    """Insert callbacks: the first ones are open, the others were made."""
    cr.execute(
        """
        INSERT INTO revisit_callback (
               company_id, policy_id, source_model, source_id, occasion, event_at,
               window_start, window_end, deadline, last_day, partner_id,
               commercial_partner_id, team_id, resp_team_id, user_id, made_by_id, kind,
               level, channel, service_step, state, result, done_at, satisfaction,
               active, is_on_time, attempt_count)
        SELECT %(company)s, %(policy)s, 'bench', n, '', moment,
               moment, moment + interval '4 day', moment + interval '4 day',
               (moment + interval '3 day')::date, customer, customer, %(unit)s,
               %(unit)s, agent, CASE WHEN NOT is_open THEN agent END, 'routine', 'hq',
               'phone', 'other', CASE WHEN is_open THEN 'assigned' ELSE 'done' END,
               CASE WHEN NOT is_open THEN 'reached' END,
               CASE WHEN NOT is_open THEN moment + interval '1 day' END,
               CASE WHEN NOT is_open THEN 60 + n %% 40 END, true, NOT is_open,
               CASE WHEN is_open THEN 0 ELSE 1 END
          FROM (SELECT n, n <= %(open)s AS is_open,
                       (%(customers)s::int[])[1 + n %% %(count)s] AS customer,
                       (%(agents)s::int[])[1 + n %% %(many)s] AS agent,
                       now() AT TIME ZONE 'UTC' - interval '1 day'
                       - CASE WHEN n <= %(open)s THEN n * interval '1 second'
                              ELSE interval '5 day' + n * interval '40 second'
                         END AS moment
                  FROM generate_series(%(first)s, %(last)s) n) made
        """,
        {
            "company": env.company.id,
            "policy": policy.id,
            "unit": unit.id,
            "agents": agents.ids,
            "many": AGENTS,
            "customers": customers.ids,
            "count": CUSTOMERS,
            "open": OPEN,
            "first": first,
            "last": last,
        },
    )
    cr.execute("ANALYZE revisit_callback")
    env.invalidate_all()


def look(step, users):
    """Return (median milliseconds, statements) of a step by one user after another."""
    times, statements = [], []
    for user in users:
        env.invalidate_all()
        before, begin = cr.sql_log_count, time.perf_counter()
        step(env["revisit.console"].with_user(user))
        times.append((time.perf_counter() - begin) * 1000)
        statements.append(cr.sql_log_count - before)
    return statistics.median(times), statistics.median(statements)


def finish(console):
    callback = env["revisit.callback"].search(
        [("user_id", "=", console.env.uid), ("is_open", "=", True)], limit=1
    )
    answers = {question: 8 for question in policy.survey_id.question_ids.ids}
    console.press(callback.id, "reached", {"answers": answers})


def settle(console):
    console.env["revisit.pending.outcome"]._settle([("user_id", "=", console.env.uid)])


STEPS = (
    ("console opened, next one claimed", lambda console: console.open_screen()),
    ("a caller found by number", lambda console: console.find("00001234")),
    ("finished with ten answers, next", finish),
    ("recorded when the time is over", settle),
)

agents, unit, customers = make_people()
policy = make_policy(unit)
# the hours of the customers do not matter here
env.company.write({"revisit_touch_hour_from": 0, "revisit_touch_hour_to": 24})
customers.write({"callback_hour_from": 0, "callback_hour_to": 24})
firsts, size = {}, 0
print("\nConsole (milliseconds, statements, times as long as with the first size)")
for goal in SIZES:
    grow(size + 1, goal)
    size = goal
    with cr.savepoint() as savepoint:
        claimed = set()
        begin = time.perf_counter()
        for agent in agents:
            found = env["revisit.callback"].with_user(agent)._claim_next()
            claimed.add(found.commercial_partner_id.id)
        each = (time.perf_counter() - begin) / AGENTS * 1000
        print(f"{goal:>9}  Next by {AGENTS} agents: {each:.1f} ms each,", end=" ")
        print(f"{len(claimed)} different customers")
        savepoint.rollback()
    for name, step in STEPS:
        with cr.savepoint() as savepoint:
            if step is settle:
                look(finish, agents[:LOOKS])
            milliseconds, statements = look(step, agents[:LOOKS])
            savepoint.rollback()
        env.invalidate_all()
        ratio = milliseconds / firsts.setdefault(name, milliseconds)
        print(
            f"{goal:>9}  {name:34} {milliseconds:7.1f} ms {statements:5.0f}"
            f" {ratio:5.2f}x"
        )
cr.rollback()
