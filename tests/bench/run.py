# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Benchmark of planning, run by ``make bench`` in an Odoo shell on a fresh database.

Every figure is a ratio of two times of the same round; printed are the median
and the range over the rounds. BENCH_SOURCES sets the number of orders;
BENCH_GROWTH, e.g. 1000000, adds the growth of a table to so many callbacks.
"""

import os
import resource
import statistics
import time
from datetime import datetime, timedelta

SOURCES = int(os.environ.get("BENCH_SOURCES", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
GROWTH = int(os.environ.get("BENCH_GROWTH", "0"))
BEGIN, END = datetime(2026, 1, 1), datetime(2026, 4, 1)
KEPT = ("id", "name", "partner_id", "date_order", "state", "access_token")

env = globals()["env"]
cr = env.cr


def clock(function):
    env.flush_all()
    begin = time.perf_counter()
    function()
    env.flush_all()
    return time.perf_counter() - begin


def undone(function):
    """Time a function and undo what it did."""
    with cr.savepoint() as savepoint:
        seconds = clock(function)
        savepoint.rollback()
    env.invalidate_all()
    return seconds


def make_orders(number, offset=0, begin=BEGIN):
    """Copy one confirmed order ``number`` times, spread over 90 days."""
    cr.execute(
        """SELECT column_name FROM information_schema.columns
            WHERE table_name = 'sale_order' AND column_name != ALL(%s)""",
        [list(KEPT)],
    )
    columns = ", ".join(f'"{name}"' for (name,) in cr.fetchall())
    cr.execute(
        f"""
        INSERT INTO sale_order (name, partner_id, date_order, state, {columns})
        SELECT 'BENCH' || n, (%(partners)s::int4[])[1 + n %% %(count)s],
               %(begin)s::timestamp + (n %% 7776000) * interval '1 second', 'sale',
               {columns}
          FROM sale_order, generate_series(%(offset)s + 1, %(offset)s + %(number)s) n
         WHERE id = %(template)s
        """,
        {
            "partners": partners.ids,
            "count": len(partners),
            "begin": begin,
            "number": number,
            "offset": offset,
            "template": template.id,
        },
    )
    cr.execute("ANALYZE sale_order")


def raw_insert():
    """The same rows by one INSERT … SELECT, without any rule: the yardstick."""
    cr.execute(
        """
        INSERT INTO revisit_callback (
               company_id, policy_id, rulebook_id, rulebook_version, source_model,
               source_id, source_name, occasion, event_at, window_start, window_end,
               deadline, partner_id, commercial_partner_id, responsible_id, team_id,
               script_id, resp_team_id, kind, level, channel, service_step, state,
               active, is_on_time, attempt_count,
               create_uid, create_date, write_uid, write_date)
        SELECT o.company_id, %(policy)s, %(rulebook)s, 1, 'sale.order',
               o.id, o.name, '', o.date_order,
               date_trunc('day', o.date_order) + interval '1 day',
               date_trunc('day', o.date_order) + interval '4 days',
               date_trunc('day', o.date_order) + interval '4 days' - interval '1 s',
               o.partner_id, p.commercial_partner_id, o.user_id, %(team)s,
               %(script)s, %(team)s, 'opening', 'hq', 'phone', 'sale', 'planned',
               TRUE, FALSE, 0, 1, now(), 1, now()
          FROM sale_order o
          JOIN res_partner p ON p.id = o.partner_id
         WHERE o.state = 'sale' AND o.company_id = %(company)s
           AND o.date_order >= %(begin)s AND o.date_order < %(end)s
           AND NOT EXISTS (SELECT FROM revisit_callback c
                            WHERE c.policy_id = %(policy)s AND c.source_id = o.id
                              AND c.source_model = 'sale.order' AND c.occasion = '')
        ON CONFLICT DO NOTHING
        """,
        {
            "policy": policy.id,
            "rulebook": policy.rulebook_id.id,
            "team": policy.team_id.id,
            "script": policy.script_id.id,
            "company": env.company.id,
            "begin": BEGIN,
            "end": END,
        },
    )


def plan():
    policy.generate(BEGIN, END)


def show(name, ratios, target):
    print(
        f"{name:<58} {statistics.median(ratios):>7.3f}x"
        f"  [{min(ratios):.3f} - {max(ratios):.3f}]   target {target}",
        flush=True,
    )


def compare_with_automation(rate):
    """P3: one callback per order by an automation rule, as it is usually done."""
    number = 200
    orders = env["sale.order"].create(
        [{"partner_id": partner.id} for partner in partners[: 2 * number]]
    )
    env.flush_all()

    def confirm(some):
        for order in some:
            order.write({"state": "sale"})
            env.flush_all()

    plain = clock(lambda: confirm(orders[:number]))
    rule = env["base.automation"].create(
        {
            "name": "Call back",
            "model_id": env["ir.model"]._get("sale.order").id,
            "trigger": "on_write",
            "filter_pre_domain": "[('state', '=', 'draft')]",
            "filter_domain": "[('state', '=', 'sale')]",
        }
    )
    env["ir.actions.server"].create(
        {
            "name": "Create a callback",
            "model_id": rule.model_id.id,
            "base_automation_id": rule.id,
            "state": "code",
            "code": f"""
env["revisit.callback"].sudo().create({{
    "policy_id": {policy.id}, "partner_id": record.partner_id.id,
    "source_model": "sale.order", "source_id": record.id, "occasion": "rule",
    "event_at": record.date_order, "window_start": record.date_order,
    "window_end": record.date_order + datetime.timedelta(days=3)}})""",
        }
    )
    with_rule = clock(lambda: confirm(orders[number:]))
    seconds = (with_rule - plain) / number
    print(
        f"P3 planned callbacks against one rule per order {rate * seconds:>18,.0f}x"
        "   target >= 300x"
    )
    rule.unlink()


def get_memory():
    """Return the resident memory of this process in MiB."""
    with open("/proc/self/statm") as stream:
        pages = int(stream.read().split()[1])
    return pages * resource.getpagesize() / 2**20


def grow():
    """P6: the rate at the end of a million against the beginning; memory meanwhile."""
    cr.rollback()
    setup()
    step, rates, before = GROWTH // 10, [], None
    for number in range(11):
        begin = BEGIN + timedelta(days=90 * number)
        make_orders(step, number * step, begin)
        end = begin + timedelta(days=90)
        rates.append(step / clock(lambda a=begin, b=end: policy.generate(a, b)))
        # older callbacks of a living table have been made
        cr.execute(
            "UPDATE revisit_callback SET state = 'done', done_at = window_start"
            " WHERE state != 'done'"
        )
        cr.execute("ANALYZE revisit_callback")
        env.invalidate_all()
        before = before or get_memory()
    print(
        f"P6 rate at {GROWTH:,} callbacks / rate at the beginning"
        f" {rates[-1] / rates[1]:>15.3f}x   target >= 0.8x"
    )
    print(
        f"P6 growth of the process meanwhile {get_memory() - before:>31.1f} MiB"
        "   target <= 32 MiB"
    )


def setup():
    """Make the policy, the customers and one order that the others are copied from."""
    global policy, partners, template
    env["revisit.rulebook"].action_install("appliance").effective_from = False
    policy = env["revisit.policy"].search([("code", "=", "appliance_purchase")])
    partners = env["res.partner"].create(
        [{"name": f"Bench {number}"} for number in range(20000)]
    )
    template = env["sale.order"].create({"partner_id": partners[0].id})
    template.write({"state": "sale", "date_order": BEGIN - timedelta(days=99)})
    env.flush_all()


setup()

print(f"\n{SOURCES:,} orders, {ROUNDS} rounds, median of ratios in the same round\n")
make_orders(SOURCES)
pairs = []
for _round in range(ROUNDS):
    pairs.append((undone(raw_insert), undone(plan)))
show(
    "P1 plan through generate() / raw INSERT ... SELECT",
    [mine / raw for raw, mine in pairs],
    "<= 1.3x",
)
rate = SOURCES / statistics.median(mine for _raw, mine in pairs)
print(f"   ({rate:,.0f} callbacks per second)")

statements = cr.sql_log_count
first = clock(plan)
statements = cr.sql_log_count - statements
print(f"P4 SQL statements per planned callback {statements / SOURCES:>27.5f}")
cr.execute("ANALYZE revisit_callback")
show(
    "P5 planning again, nothing new / first run",
    [clock(plan) / first for _round in range(ROUNDS)],
    "<= 0.03x",
)
extra = max(SOURCES // 100, 1)
again = []
for number in range(ROUNDS):
    make_orders(extra, SOURCES + number * extra)
    again.append(clock(plan) / first)
show("P5 planning again, 1% new / first run", again, "<= 0.06x")
compare_with_automation(rate)
if GROWTH:
    grow()
cr.rollback()
