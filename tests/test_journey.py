# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""From an order to the score that HR pulls, through the external API."""

import json
import textwrap
import urllib.error
import urllib.request

import pytest

# all in one quarter that is over; callbacks are made inside their windows
ORDER_DAY, CALL_DAY = "2025-02-10", "2025-02-12"
SATISFACTION = [100, 90, 80, 90, 100, 80]

PREPARE = textwrap.dedent(
    """
    from datetime import timedelta
    from odoo import Command, fields

    def key(user):
        keys = env(user=user)["res.users.apikeys"].sudo()
        until = fields.Datetime.now() + timedelta(days=1)
        return keys._generate("rpc", "Journey", until)

    def make_user(login, *groups):
        return env["res.users"].create(
            {
                "name": login,
                "login": login,
                "group_ids": [Command.set([env.ref(group).id for group in groups])],
            }
        )

    env.company.resource_calendar_id.tz = "Asia/Shanghai"
    agent = make_user("agent", "revisit_management.group_agent")
    manager = make_user("manager", "revisit_management.group_manager")
    officer = make_user("officer", "hr.group_hr_user")
    employee = env["hr.employee"].create({"name": "Agent", "user_id": agent.id})
    rulebook = env["revisit.rulebook"].action_install("appliance")
    rulebook.effective_from = False
    rulebook.policy_ids.team_id.member_ids = agent
    customers = env["res.partner"].create(
        [{"name": f"Customer {number}"} for number in range(count)]
    )
    orders = env["sale.order"].create(
        [
            {
                "partner_id": customer.id,
                "state": "sale",
                "date_order": f"{day} 04:00:00",
            }
            for customer in customers
        ]
    )
    policy = rulebook.policy_ids.filtered(lambda p: p.code == "appliance_purchase")
    categories = env["revisit.issue.category"]
    category = categories.search([("code", "=", "appliance_quality")])
    result = {
        "agent": key(agent),
        "manager": key(manager),
        "officer": key(officer),
        "employee": employee.id,
        "policy": policy.id,
        "category": category.id,
        "customer": customers[0].id,
        "orders": orders.ids,
        "has_scoring": "revisit.assessment" in env,
    }
    """
)


class Client:
    """A caller of Odoo's JSON-2 API with a key of their own."""

    def __init__(self, url, key):
        self._url = url
        self._key = key

    def __call__(self, model, method, **arguments):
        request = urllib.request.Request(
            f"{self._url}/json/2/{model}/{method}",
            data=json.dumps(arguments).encode(),
            headers={
                "Authorization": f"bearer {self._key}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def refused(self, *args, **arguments):
        """Return status and text of a call that must fail."""
        with pytest.raises(urllib.error.HTTPError) as caught:
            self(*args, **arguments)
        return caught.value.code, caught.value.read().decode()


def test_from_order_to_score(clone_database, run_in_odoo, odoo_server):
    """N, C7, D5, G11: order, callback, issue, confirmation, assessment, HR."""
    database = clone_database()
    world = run_in_odoo(
        database, PREPARE, timeout=300, day=ORDER_DAY, count=len(SATISFACTION)
    )
    url = odoo_server(database)
    agent, manager, officer = (
        Client(url, world[name]) for name in ("agent", "manager", "officer")
    )

    # plan: history on request, by managers only
    period = {"date_from": f"{ORDER_DAY} 00:00:00", "date_to": f"{ORDER_DAY} 23:00:00"}
    policy = {"ids": [world["policy"]], **period}
    assert agent.refused("revisit.policy", "generate", **policy)[0] == 403
    dry = manager("revisit.policy", "generate", dry_run=True, **policy)
    counts = manager("revisit.policy", "generate", **policy)
    assert dry == counts
    assert counts["created"] == len(SATISFACTION)
    assert manager("revisit.policy", "generate", **policy)["created"] == 0

    # call: the agent works through the API
    domain = [["source_id", "in", world["orders"]], ["user_id.login", "=", "agent"]]
    callbacks = agent(
        "revisit.callback",
        "search_read",
        domain=domain,
        fields=["window_start", "window_end", "state", "channel", "level"],
        order="id",
    )
    assert len(callbacks) == len(SATISFACTION)
    assert callbacks[0]["window_start"] == "2025-02-10 16:00:00"
    assert callbacks[0]["window_end"] == "2025-02-13 16:00:00"
    first = {"ids": [callbacks[0]["id"]]}
    status, text = agent.refused("revisit.callback", "action_done", **first)
    assert (status, "log the attempt" in text) == (422, True)
    status, text = agent.refused(
        "revisit.callback", "write", vals={"state": "done"}, **first
    )
    assert status == 403
    status, text = agent.refused(
        "revisit.callback", "action_done", satisfacton=90, **first
    )
    assert (status, "satisfacton" in text) == (422, True)
    for callback, points in zip(callbacks, SATISFACTION, strict=True):
        ids = [callback["id"]]
        agent("revisit.callback", "action_log_attempt", ids=ids, outcome="reached")
        answers = {"satisfaction": points, "attitude": points}
        earlier = {"ids": ids, "done_at": f"{CALL_DAY} 04:00:00", **answers}
        status, _text = agent.refused("revisit.callback", "action_done", **earlier)
        assert status == 403
        manager("revisit.callback", "action_done", **earlier)
    status, _text = agent.refused("revisit.callback", "action_review", **first)
    assert status == 403

    # issue: raised by the agent, solved by the manager, confirmed by the customer
    [issue] = agent(
        "revisit.issue",
        "create",
        vals_list=[
            {
                "name": "It rattles",
                "category_id": world["category"],
                "callback_id": callbacks[0]["id"],
                "partner_id": world["customer"],
            }
        ],
    )
    manager("revisit.issue", "action_resolve", ids=[issue], resolution="Repaired")
    run_in_odoo(database, "env['revisit.planner']._cron_plan()")
    [confirming] = agent(
        "revisit.callback",
        "search",
        domain=[["source_model", "=", "revisit.issue"], ["source_id", "=", issue]],
    )
    agent("revisit.callback", "action_log_attempt", ids=[confirming], outcome="reached")
    agent("revisit.callback", "action_done", ids=[confirming], customer_confirmed="yes")
    [state] = manager("revisit.issue", "read", ids=[issue], fields=["state"])
    assert state["state"] == "confirmed"

    # review and lock
    ids = [callback["id"] for callback in callbacks]
    manager("revisit.callback", "action_review", ids=ids, verdict="passed", note="Good")
    status, text = manager.refused(
        "revisit.callback", "write", ids=ids[:1], vals={"feedback": "Better"}
    )
    assert (status, "locked" in text) == (422, True)

    if world["has_scoring"]:
        check_scores(world, manager, officer, agent)


def check_scores(world, manager, officer, agent):
    """G7, G11: computed and published by the manager, pulled by HR."""
    [scheme] = manager(
        "revisit.scheme", "search", domain=[["subject_kind", "=", "employee"]]
    )
    [assessment] = manager(
        "revisit.assessment",
        "create",
        vals_list=[{"scheme_id": scheme, "date_from": "2025-01-01"}],
    )
    quarter = {"date_from": "2025-01-01", "date_to": "2025-03-31"}
    manager("revisit.assessment", "action_compute", ids=[assessment])
    assert officer("revisit.score", "get_appraisal_scores", **quarter) == []
    manager("revisit.assessment", "action_publish", ids=[assessment])
    [score] = officer("revisit.score", "get_appraisal_scores", **quarter)
    assert score["employee_id"] == world["employee"]
    # figures of a talk as a whole judge nobody: on time, and none came back
    assert score["total"] == pytest.approx(100)
    # no customer was asked about this person: a figure, but not rated
    assert (score["rated"], score["rank"]) == (False, None)
    # its rules name no grades
    assert not score["grade"]
    assert not [line for line in score["lines"] if line["value"] == pytest.approx(90)]
    assert agent.refused("revisit.score", "get_appraisal_scores", **quarter)[0] == 403
