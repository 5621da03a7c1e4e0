# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Benchmark of scoring: an Odoo shell on a fresh database with both add-ons.

    docker/odoo db duplicate deps_tpl bench
    docker/odoo server -d bench -i revisit_scoring --stop-after-init
    docker/odoo shell -d bench --no-http --log-level=warn <tests/bench/scoring.py

It commits, because PostgreSQL checks rows of the same transaction differently: drop
the database afterwards. Two assessments are computed, of agents and of dealers; the
yardstick counts for both in one scan. Every figure is a ratio of two times of the same
round; printed are the median and the range over the rounds. BENCH_CALLBACKS sets the
number of callbacks.
"""

import os
import statistics
import time
import tracemalloc
from datetime import datetime, timedelta

from odoo.fields import Command

from odoo.addons.revisit_scoring.tools.population import parse_domain

CALLBACKS = int(os.environ.get("BENCH_CALLBACKS", "400000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
AGENTS, DEALERS = 200, 500
BEGIN, END = datetime(2026, 1, 1), datetime(2026, 4, 1)
KEPT = (
    "id",
    "occasion",
    "window_start",
    "window_end",
    "deadline",
    "done_at",
    "state",
    "result",
    "is_on_time",
    "level",
    "service_step",
    "satisfaction",
    "attitude",
    "resp_employee_id",
    "resp_dealer_id",
    "access_token",
)
# metric: (population, condition, value)
METRICS = {
    "callback_rate": ("due", "made_it", None),
    "timeliness": ("due", "is_on_time", None),
    "callbacks_late": ("due", "made_it AND NOT is_on_time", None),
    "callbacks_missed": ("due", "NOT made_it", None),
    "success_rate": ("made", "result = 'reached'", None),
    "refusals": ("made", "result = 'refused'", None),
    "satisfaction": ("made", "TRUE", "satisfaction"),
    "attitude": ("made", "TRUE", "attitude"),
    "satisfaction_sale": ("made", "service_step = 'sale'", "satisfaction"),
}
POPULATIONS = {
    "due": "state != 'cancelled' AND window_end > %(begin)s AND window_end <= %(end)s",
    "made": "state IN ('done', 'reviewed') AND done_at >= %(begin)s"
    " AND done_at < %(end)s",
}
RULES = {
    "callback_rate": ("proportional", 20),
    "timeliness": ("proportional", 20),
    "callbacks_late": ("event", 10),
    "callbacks_missed": ("event", 10),
    "success_rate": ("proportional", 10),
    "refusals": ("event", 5),
    "satisfaction": ("mean", 10),
    "attitude": ("mean", 10),
    "satisfaction_sale": ("mean", 5),
}

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


def make_callbacks(first, last):
    """Copy one callback, spread over the quarter, its agents and its dealers."""
    cr.execute(
        """SELECT column_name FROM information_schema.columns
            WHERE table_name = 'revisit_callback' AND column_name != ALL(%s)""",
        [list(KEPT)],
    )
    columns = ", ".join(f'"{name}"' for (name,) in cr.fetchall())
    cr.execute(
        f"""
        INSERT INTO revisit_callback (
               occasion, window_start, window_end, deadline, done_at, state, result,
               is_on_time, level, service_step, satisfaction, attitude,
               resp_employee_id, resp_dealer_id, {columns})
        SELECT 'BENCH' || n, at, at + interval '3 days', at + interval '3 days',
               CASE WHEN n %% 10 < 9 THEN at + (n %% 80) * interval '1 hour' END,
               CASE WHEN n %% 10 < 9 THEN 'done' ELSE 'assigned' END,
               CASE WHEN n %% 10 < 8 THEN 'reached'
                    WHEN n %% 10 < 9 THEN 'refused' END,
               n %% 10 < 9 AND n %% 80 < 72, 'hq',
               CASE WHEN n %% 3 = 0 THEN 'sale' ELSE 'service' END,
               CASE WHEN n %% 10 < 8 THEN 60 + n %% 41 END,
               CASE WHEN n %% 10 < 8 THEN 50 + n %% 51 END,
               (%(agents)s::int4[])[1 + n / 77 %% %(agent_count)s],
               (%(dealers)s::int4[])[1 + n / 11 %% %(dealer_count)s],
               {columns}
          FROM revisit_callback
         CROSS JOIN LATERAL (
                   SELECT n, %(begin)s::timestamp
                          + (n::int8 * 7919 %% 7200000) * interval '1 s' AS at
                     FROM generate_series(%(first)s, %(last)s) n) series
         WHERE id = %(template)s
        """,
        {
            "agents": agents.ids,
            "agent_count": len(agents),
            "dealers": dealers.ids,
            "dealer_count": len(dealers),
            "begin": BEGIN,
            "first": first,
            "last": last,
            "template": template.id,
        },
    )
    make_answers(first, last)
    cr.execute("ANALYZE revisit_callback, revisit_answer")
    cr.commit()


def make_answers(first, last):
    """Two answers of each talk, which judge its agent and its dealer."""
    cr.execute(
        """
        INSERT INTO revisit_answer (
               callback_id, company_id, measure_id, value, raw, answered_at, person_key,
               subject_kind, kind, level, service_step, employee_id, dealer_id)
        SELECT c.id, c.company_id, m.id, said.value, said.value::text, c.done_at, 0,
               'caller', c.kind, c.level, c.service_step, c.resp_employee_id,
               c.resp_dealer_id
          FROM generate_series(%s, %s) n
          JOIN revisit_callback c ON c.occasion = 'BENCH' || n
         CROSS JOIN LATERAL (VALUES ('satisfaction', c.satisfaction),
                                    ('attitude', c.attitude)) said (code, value)
          JOIN revisit_measure m ON m.code = said.code AND m.company_id IS NULL
         WHERE said.value IS NOT NULL
        """,
        [first, last],
    )


def raw_grouping_sets():
    """The same numbers by one query over both kinds of subjects: the yardstick.

    It reads the figures in the callbacks, without a look at the answers.
    """
    columns = []
    for population, condition, value in METRICS.values():
        if value:
            where = f"FILTER (WHERE {population} AND {condition})"
            columns.append(f"coalesce(sum({value}) {where}, 0), count({value}) {where}")
        else:
            columns.append(f"count(*) FILTER (WHERE {population} AND {condition})")
            columns.append(f"count(*) FILTER (WHERE {population})")
    cr.execute(
        f"""
        SELECT resp_employee_id, resp_dealer_id, {", ".join(columns)}
          FROM (SELECT resp_employee_id, resp_dealer_id, is_on_time, result,
                       service_step, satisfaction, attitude,
                       state IN ('done', 'reviewed') AS made_it,
                       {POPULATIONS["due"]} AS due, {POPULATIONS["made"]} AS made
                  FROM revisit_callback
                 WHERE company_id = %(company)s
                   AND ({POPULATIONS["due"]} OR {POPULATIONS["made"]})
                OFFSET 0) flagged
         GROUP BY GROUPING SETS ((resp_employee_id), (resp_dealer_id))
        """,
        {"begin": BEGIN, "end": END, "company": env.company.id},
    )
    return cr.fetchall()


def read_groups():
    """One `_read_group` per metric and kind, as reports usually do it."""
    for path in ("employee_path", "dealer_path"):
        for metric in env["revisit.metric"].search([("code", "in", list(METRICS))]):
            Model = env[metric.model_name].sudo().with_context(active_test=False)
            field_name = metric[path]
            fro, to = (">", "<=") if metric.date_is_end else (">=", "<")
            domain = [
                *parse_domain(metric.domain),
                *parse_domain(metric.denominator_domain),
                (metric.date_field, fro, BEGIN),
                (metric.date_field, to, END),
                ("company_id", "=", env.company.id),
            ]
            aggregate = "__count"
            if metric.value_field:
                aggregate = f"{metric.value_field}:sum"
                domain.append((metric.value_field, "!=", False))
            else:
                Model._read_group(domain, [field_name], ["__count"])
            domain += [*parse_domain(metric.numerator_domain)]
            Model._read_group(domain, [field_name], [aggregate, "__count"])
    env.invalidate_all()


def python_loop():
    """Reading the records and counting in Python, over one record in ten."""
    Callback = env["revisit.callback"].sudo()
    domain = [("window_end", ">", BEGIN), ("window_end", "<=", END)]
    ids = Callback.search(domain, limit=CALLBACKS // 10).ids
    found = {}
    for start in range(0, len(ids), 1000):
        for callback in Callback.browse(ids[start : start + 1000]):
            is_made = callback.state in ("done", "reviewed")
            for subject in (callback.resp_employee_id, callback.resp_dealer_id):
                row = found.setdefault(subject, [0] * 9)
                row[0] += is_made
                row[1] += callback.is_on_time
                row[2] += is_made and not callback.is_on_time
                row[3] += not is_made
                row[4] += callback.result == "reached"
                row[5] += callback.result == "refused"
                row[6] += callback.satisfaction
                row[7] += callback.attitude
                if callback.service_step == "sale":
                    row[8] += callback.satisfaction
        env.invalidate_all()


def make_assessment(kind, path):
    """A scheme of all metrics for one kind of subject, computed once as a draft."""
    metrics = {
        metric.code: metric
        for metric in env["revisit.metric"].search([("code", "in", list(METRICS))])
    }
    for metric in metrics.values():
        is_answer = metric.model_name == "revisit.answer"
        metric[path] = f"{kind}_id" if is_answer else f"resp_{kind}_id"
    scheme = env["revisit.scheme"].create(
        {
            "name": f"Bench {kind}",
            "subject_kind": kind,
            "min_count": 5,
            "indicator_ids": [
                Command.create(
                    {
                        "metric_id": metrics[code].id,
                        "name": metrics[code].name,
                        "rule": rule,
                        "weight": weight,
                        "points_per_step": 0.02 if rule == "event" else 0,
                    }
                )
                for code, (rule, weight) in RULES.items()
            ],
            "grade_ids": [
                Command.create({"name": name, "lower": lower, "upper": upper})
                for name, lower, upper in (
                    ("A", 90, 110),
                    ("B", 80, 90),
                    ("C", 70, 80),
                    ("D", 60, 70),
                    ("E", 0, 60),
                )
            ],
        }
    )
    return env["revisit.assessment"].create(
        {"scheme_id": scheme.id, "date_from": BEGIN.date()}
    )


def gather():
    for assessment in assessments:
        assessment._gather_facts()


def compute():
    assessments.action_compute()


def check():
    """The engine and the raw query agree on every number."""
    compute()
    raw = {
        (kind, row[place]): row[2:]
        for row in raw_grouping_sets()
        for place, kind in enumerate(("employee", "dealer"))
        if row[place]
    }
    cr.execute(
        """
        SELECT s.subject_kind, s.subject_id, m.code, l.numerator, l.denominator
          FROM revisit_score_line l JOIN revisit_score s ON s.id = l.score_id
          JOIN revisit_metric m ON m.id = l.metric_id
         WHERE s.assessment_id = ANY(%s)
        """,
        [assessments.ids],
    )
    codes, count = list(METRICS), 0
    for kind, subject_id, code, numerator, denominator in cr.fetchall():
        place = 2 * codes.index(code)
        wanted = raw[kind, subject_id][place : place + 2]
        assert (numerator, denominator) == wanted, (kind, subject_id, code)
        count += 1
    assert count == len(raw) * len(codes), (count, len(raw))
    return len(raw)


def show(name, ratios, target):
    print(
        f"{name:<58} {statistics.median(ratios):>7.3f}x"
        f"  [{min(ratios):.3f} - {max(ratios):.3f}]   target {target}",
        flush=True,
    )


env.company.resource_calendar_id.tz = "UTC"
agents = env["hr.employee"].create([{"name": f"Agent {n}"} for n in range(AGENTS)])
dealers = env["res.partner"].create(
    [{"name": f"Dealer {n}", "is_dealer": True} for n in range(DEALERS)]
)
template = env["revisit.callback"].create(
    {
        "policy_id": env["revisit.policy"]
        .create(
            {
                "name": "Bench",
                "code": "bench",
                "trigger_id": env["revisit.trigger"].search([], limit=1).id,
            }
        )
        .id,
        "partner_id": dealers[0].id,
        "source_model": "res.partner",
        "source_id": dealers[0].id,
        "occasion": "template",
        "event_at": BEGIN - timedelta(days=99),
        "window_start": BEGIN - timedelta(days=99),
        "window_end": BEGIN - timedelta(days=98),
    }
)
env.flush_all()
assessments = make_assessment("employee", "employee_path")
assessments |= make_assessment("dealer", "dealer_path")
make_callbacks(1, CALLBACKS // 10)
check()
cr.commit()
few = [undone(compute) for _round in range(ROUNDS)]
make_callbacks(CALLBACKS // 10 + 1, CALLBACKS)
subjects = check()
cr.commit()
print(
    f"\n{CALLBACKS:,} callbacks of a quarter, {subjects} subjects x {len(METRICS)}"
    f" metrics, {ROUNDS} rounds, median of ratios in the same round\n",
    flush=True,
)
rounds = []
for _round in range(ROUNDS):
    rounds.append(
        {
            "raw": clock(raw_grouping_sets),
            "gather": undone(gather),
            "compute": undone(compute),
        }
    )
with cr.savepoint() as fresh:
    # a first computation: nothing is stored yet
    cr.execute("DELETE FROM revisit_score")
    cr.execute("DELETE FROM revisit_score_evidence")
    env.invalidate_all()
    for row in rounds:
        row["raw again"] = clock(raw_grouping_sets)
        row["first"] = undone(compute)
    fresh.rollback()
env.invalidate_all()
show(
    "P8 counting with evidence stored / raw GROUPING SETS",
    [row["gather"] / row["raw"] for row in rounds],
    "<= 1.15x",
)
show(
    "P8 all stored, first time / raw GROUPING SETS",
    [row["first"] / row["raw again"] for row in rounds],
    "<= 1.5x",
)
show(
    "P8 all stored, computed again / raw GROUPING SETS",
    [row["compute"] / row["raw"] for row in rounds],
    "<= 1.5x",
)
print(
    "   (seconds: "
    + ", ".join(
        f"{name} {statistics.median(row[name] for row in rounds):.3f}"
        for name in rounds[0]
    )
    + ")"
)
show(
    "P10 time per callback / with a tenth of the callbacks",
    [row["compute"] / 10 / small for row, small in zip(rounds, few, strict=True)],
    "<= 1.1x",
)
pairs = [(clock(read_groups), undone(gather)) for _round in range(min(ROUNDS, 3))]
show(
    "P9 one _read_group per metric / counting with evidence",
    [theirs / ours for theirs, ours in pairs],
    ">= 6x",
)
pairs = [(10 * clock(python_loop), undone(gather))]
show(
    "P9 Python loop (a tenth of it, times ten) / counting",
    [theirs / ours for theirs, ours in pairs],
    ">= 50x",
)
env.invalidate_all()
tracemalloc.start()
undone(compute)
peak = tracemalloc.get_traced_memory()[1] / 2**20
tracemalloc.stop()
print(f"P9 peak Python heap of a computation {peak:>28.1f} MiB   target <= 8 MiB")
cr.rollback()
