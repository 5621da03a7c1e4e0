# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""B8: exactly once, with real transactions in processes of their own."""

import textwrap

import pytest

ORDERS = 300

PREPARE = textwrap.dedent(
    """
    from datetime import timedelta
    from odoo import Command, fields

    now = fields.Datetime.now()
    rulebooks = env["revisit.rulebook"]
    for code in ("appliance", "dealer_csi"):
        rulebook = rulebooks.action_install(code)
        rulebook.effective_from = False
        rulebook.policy_ids.active_from = now - timedelta(days=30)
        teams = rulebook.policy_ids.team_id
    users = env["res.users"].create(
        [
            {
                "name": f"Agent {number}",
                "login": f"agent{number}",
                "group_ids": [
                    Command.set([env.ref("revisit_management.group_agent").id])
                ],
            }
            for number in range(3)
        ]
    )
    env["revisit.team"].search([]).member_ids = users
    customers = env["res.partner"].create(
        [{"name": f"Customer {number}"} for number in range(orders)]
    )
    env["sale.order"].create(
        [
            {
                "partner_id": customers[number].id,
                "state": "sale",
                "date_order": now - timedelta(minutes=number),
            }
            for number in range(orders)
        ]
    )
    """
)
PLAN = "result = env['revisit.planner']._cron_plan()"
GENERATE = textwrap.dedent(
    """
    from datetime import timedelta
    from odoo import fields
    from odoo.addons.revisit_management.tools.planning import PlanningRun
    from odoo.service.model import retrying

    now = fields.Datetime.now()
    policies = env["revisit.policy"].search([("model_name", "=", "sale.order")])
    # as a call through the external API is run
    result = retrying(
        lambda: policies.generate(now - timedelta(days=2), now + timedelta(days=1)),
        env,
    )
    """
)
REPORT = textwrap.dedent(
    """
    env.cr.execute(
        '''
        SELECT policy.code, count(*), count(DISTINCT callback.source_id)
          FROM revisit_callback callback
          JOIN revisit_policy policy ON policy.id = callback.policy_id
         WHERE callback.source_model = 'sale.order' AND callback.state != 'cancelled'
      GROUP BY policy.code
        '''
    )
    result = {
        "planned": {code: [rows, orders] for code, rows, orders in env.cr.fetchall()},
        "policies": env["revisit.policy"].search(
            [("model_name", "=", "sale.order")]
        ).mapped("code"),
        "failed": env["revisit.run"].search([("state", "=", "failed")]).mapped(
            "message"
        ),
        "loads": [
            count
            for _user, count in env["revisit.callback"]._read_group(
                [("policy_id.code", "=", "appliance_purchase")],
                ["user_id"],
                ["__count"],
            )
        ],
    }
    """
)


@pytest.fixture
def database(clone_database, run_in_odoo):
    """A committed database with both rulebooks and many confirmed orders."""
    name = clone_database()
    run_in_odoo(name, PREPARE, orders=ORDERS)
    return name


def assert_planned_once(report):
    assert report["failed"] == [], "no error reached the log of runs"
    assert len(report["policies"]) == 3
    expected = {code: [ORDERS, ORDERS] for code in report["policies"]}
    assert report["planned"] == expected, "each order once per policy, none missing"
    # turns went on over both planners
    assert max(report["loads"]) - min(report["loads"]) <= 1


def test_two_planners_at_once(database, run_together, run_in_odoo):
    """B8: two scheduled planners at once plan each occasion exactly once."""
    run_together(database, [PLAN, PLAN])
    assert_planned_once(run_in_odoo(database, REPORT))


def test_generate_races_the_planner(database, run_together, run_in_odoo):
    """B8, N: a manager's request and the scheduled planner do not double."""
    _plan, counts = run_together(database, [PLAN, GENERATE])
    assert_planned_once(run_in_odoo(database, REPORT))
    assert counts["created"] + counts["existing"] == 3 * ORDERS


def test_killed_planner_leaves_nothing_half_done(database, odoo_process, run_in_odoo):
    """B8: what a killed process had begun is planned by the next one."""
    killed = odoo_process(
        database,
        "import os; env['revisit.planner']._plan_company(env.company);"
        " env.flush_all(); os._exit(9)",
    )
    killed.wait_ready().go()._process.wait(60)
    assert run_in_odoo(database, REPORT)["planned"] == {}
    run_in_odoo(database, PLAN)
    assert_planned_once(run_in_odoo(database, REPORT))


# one callback per customer and year, although five policies ask for one
CAPPED = textwrap.dedent(
    """
    rulebook = env["revisit.rulebook"].create(
        {
            "name": "One at Most",
            "code": "one_at_most",
            "cap_limit": 1,
            "cap_period": "year",
            "merge_contacts": False,
        }
    )
    policies = env["revisit.policy"].create(
        [
            {
                "name": f"Capped {number}",
                "code": f"capped_{number}",
                "rulebook_id": rulebook.id,
                "trigger_id": env.ref("revisit_management.trigger_order_confirmed").id,
                "delay_min": number,
                "delay_max": number + 1,
                "cap_role": "held",
            }
            for number in range(5)
        ]
    )
    policies.active_from = "2020-01-01"
    """
)
# two planners that share the customers out, or that do not know of each other
CAPPED_PARTS = textwrap.dedent(
    """
    from datetime import timedelta
    from odoo import fields
    from odoo.addons.revisit_management.tools.planning import PlanningRun
    from odoo.service.model import retrying

    now = fields.Datetime.now()
    policies = env["revisit.policy"].search([("code", "in", codes)])
    result = retrying(
        lambda: env["revisit.planner"]._plan(
            policies,
            now - timedelta(days=2),
            now + timedelta(days=1),
            PlanningRun(buckets=buckets),
        ).get_counts(),
        env,
    )
    """
)
CAPPED_REPORT = textwrap.dedent(
    """
    env.cr.execute(
        '''
        SELECT count(*), count(DISTINCT callback.partner_id)
          FROM revisit_callback callback
          JOIN revisit_policy policy ON policy.id = callback.policy_id
         WHERE policy.code LIKE 'capped_%%'
        '''
    )
    planned, customers = env.cr.fetchone()
    held = env["revisit.planning.skip"].search_count([("reason", "=", "cap")])
    result = {"planned": planned, "customers": customers, "held": held}
    """
)
ALL_CODES = [f"capped_{number}" for number in range(5)]


@pytest.mark.parametrize(
    "parts",
    [
        # different policies, the same customers
        [
            {"codes": ALL_CODES[:2], "buckets": None},
            {"codes": ALL_CODES[2:], "buckets": None},
        ],
        # the same policies, different customers
        [
            {"codes": ALL_CODES, "buckets": list(range(0, 16, 2))},
            {"codes": ALL_CODES, "buckets": list(range(1, 16, 2))},
        ],
    ],
    ids=["policies", "customers"],
)
def test_cap_holds_with_two_planners(database, odoo_process, run_in_odoo, parts):
    """B6, P7: two planners at once never give a customer more than the cap."""
    run_in_odoo(database, CAPPED)
    planners = [odoo_process(database, CAPPED_PARTS, **part) for part in parts]
    for planner in planners:
        planner.wait_ready()
    for planner in planners:
        planner.go()
    for planner in planners:
        planner.result()
    report = run_in_odoo(database, CAPPED_REPORT)
    assert report == {"planned": ORDERS, "customers": ORDERS, "held": 4 * ORDERS}
