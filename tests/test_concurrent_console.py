# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""C1: agents who press at the same moment, with real transactions."""

import textwrap

import pytest

CUSTOMERS = 40

PREPARE = textwrap.dedent(
    """
    from datetime import timedelta
    from odoo import Command, fields

    now = fields.Datetime.now()
    group = env.ref("revisit_management.group_agent")
    agents = env["res.users"].create(
        [
            {
                "name": login,
                "login": login,
                "group_ids": [Command.set(group.ids)],
            }
            for login in ("left", "right")
        ]
    )
    team = env["revisit.team"].create(
        {"name": "Race", "member_ids": [Command.set(agents.ids)]}
    )
    # whatever the hour at which the test runs
    env.company.write({"revisit_touch_hour_from": 0, "revisit_touch_hour_to": 24})
    policy = env["revisit.policy"].create(
        {
            "name": "Race",
            "code": "race",
            "trigger_id": env.ref("revisit_management.trigger_manual").id,
            "team_id": team.id,
        }
    )
    partners = env["res.partner"].create(
        [
            {
                "name": f"Customer {number}",
                "callback_hour_from": 0,
                "callback_hour_to": 24,
            }
            for number in range(customers)
        ]
    )
    env["revisit.callback"].create(
        [
            {
                "policy_id": policy.id,
                "partner_id": partner.id,
                "team_id": team.id,
                "event_at": now,
                "window_start": now - timedelta(hours=1),
                "window_end": now + timedelta(days=1),
            }
            for partner in partners
        ]
    )
    """
)
# as the browser does: one transaction for each key, tried again where two collide
WORK = textwrap.dedent(
    """
    from odoo.service.model import retrying

    user = env["res.users"].search([("login", "=", login)])
    mine = env(user=user.id, context={"lang": "en_US", "tz": "UTC"})
    console = mine["revisit.console"]
    screen = retrying(lambda: console.open_screen(), mine)
    env.cr.commit()
    result = []
    while screen["callback"]:
        result.append(screen["callback"]["id"])
        screen = retrying(lambda: console.press(result[-1], "no_answer"), mine)
        env.cr.commit()
    """
)
# the snapshot of one agent begins before a colleague takes the most urgent customer
OUTRUN = textwrap.dedent(
    """
    users = env["res.users"].search([("login", "in", ["left", "right"])])
    mine = env(user=users[0].id)["revisit.callback"]
    queue = mine.search([], order="window_end, id").ids
    with env.registry.cursor() as cr:
        theirs = env(cr=cr, user=users[1].id)["revisit.callback"]
        taken = theirs._claim_next()
        if is_pressed:
            taken._release_customers()
    claimed = mine._claim_next()
    env.cr.flush()
    env.cr.commit()
    result = {
        "theirs": queue.index(taken.id),
        "mine": queue.index(claimed.id),
        "agents": [
            callback.user_id.login
            for callback in env["revisit.callback"].browse(queue[:2])
        ],
    }
    """
)
REPORT = textwrap.dedent(
    """
    env["revisit.pending.outcome"]._settle([])
    attempts = env["revisit.attempt"].search([])
    result = {
        "callbacks": len(attempts.callback_id),
        "attempts": len(attempts),
        "same": all(
            attempt.user_id == attempt.callback_id.user_id for attempt in attempts
        ),
        "waiting": env["revisit.pending.outcome"].search_count([]),
    }
    """
)


@pytest.fixture
def database(clone_database, run_in_odoo):
    """Return a committed database with one unit's queue and two agents."""
    name = clone_database()
    run_in_odoo(name, PREPARE, customers=CUSTOMERS)
    return name


def test_two_agents_race_for_the_next_customer(database, odoo_process, run_in_odoo):
    """C1, C3: no customer is called twice, none is forgotten, each by their agent."""
    racers = [
        odoo_process(database, WORK, login=login).wait_ready()
        for login in ("left", "right")
    ]
    left, right = [racer.result() for racer in [racer.go() for racer in racers]]
    assert not set(left) & set(right)
    assert len(left) + len(right) == CUSTOMERS
    assert left and right, "both had customers"
    assert run_in_odoo(database, REPORT) == {
        "callbacks": CUSTOMERS,
        "attempts": CUSTOMERS,
        "same": True,
        "waiting": 0,
    }


@pytest.mark.parametrize("is_pressed", [False, True])
def test_a_customer_who_was_taken_meanwhile_is_passed_over(
    database, run_in_odoo, is_pressed
):
    """C1: an agent's step does not fail because a colleague was a moment faster."""
    assert run_in_odoo(database, OUTRUN, is_pressed=is_pressed) == {
        "theirs": 0,
        "mine": 1,
        "agents": ["right", "left"],
    }
