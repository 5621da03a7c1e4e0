# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""A trigger over an app that Revisit does not know, from its definition to its end."""

import textwrap

ADD_TRIGGER = textwrap.dedent(
    """
    from datetime import timedelta
    from odoo import Command, fields

    admin = env.ref("base.user_admin")
    as_admin = env(user=admin.id)
    now = fields.Datetime.now().replace(microsecond=0)
    trigger = as_admin["revisit.trigger"].create(
        {
            "name": "Lead Won",
            "code": "lead_won",
            "model_name": "crm.lead",
            "clock_path": "date_closed",
            "domain": "[('type', '=', 'opportunity'), ('stage_id.is_won', '=', True)]",
            "partner_path": "partner_id",
            "user_path": "user_id",
        }
    )
    seller = env["res.users"].create(
        {
            "name": "Seller",
            "login": "seller",
            "group_ids": [
                Command.set(
                    [
                        env.ref("sales_team.group_sale_salesman").id,
                        env.ref("revisit_management.group_agent").id,
                    ]
                )
            ],
        }
    )
    values = {"delay_min": 1, "delay_max": 3}
    values["active_from"] = now - timedelta(days=30)
    policy = as_admin["revisit.policy"].create(
        {
            "name": "After a lead is won",
            "code": "lead_won",
            "trigger_id": trigger.id,
            "assignment": "responsible",
            **values,
        }
    )
    sale = as_admin["revisit.policy"].create(
        {
            "name": "After a sale",
            "code": "after_sale",
            "trigger_id": env.ref("revisit_management.trigger_order_confirmed").id,
            **values,
        }
    )
    customer = env["res.partner"].create({"name": "Customer"})
    leads = as_admin["crm.lead"].create(
        [
            {
                "name": name,
                "type": "opportunity",
                "partner_id": customer.id,
                "user_id": seller.id,
            }
            for name in ("Won", "Open")
        ]
    )
    leads[0].action_set_won()
    leads[0].date_closed = now - timedelta(days=2)
    result = {"trigger": trigger.id, "policy": policy.id, "sale": sale.id}
    result["lead"] = leads[0].id
    result["customer"] = customer.id
    """
)

PLAN = "env['revisit.planner']._plan_company(env.company)"

READ = textwrap.dedent(
    """
    admin = env(user=env.ref("base.user_admin").id)
    policy = admin["revisit.policy"].browse(policy)
    callbacks = admin["revisit.callback"].search([("policy_id", "=", policy.id)])
    specification = {name: {} for name in ("source_name", "source_model", "state")}
    specification["source_id"] = {}
    specification["display_name"] = {}
    specification["user_id"] = {"fields": {"login": {}}}
    run = admin["revisit.run"].search([], limit=1)
    result = {
        "callbacks": callbacks.web_read(specification),
        "skips": admin["revisit.planning.skip"].search_count([]),
        "broken": policy.trigger_broken,
        "message": run.message,
        "active": policy.active,
    }
    try:
        callbacks.action_open_source()
        result["source"] = None
    except Exception as error:
        result["source"] = str(error)
    """
)

ADD_ORDER = textwrap.dedent(
    """
    from datetime import timedelta
    from odoo import fields

    order = env["sale.order"].create(
        {
            "partner_id": customer,
            "state": "sale",
            "date_order": fields.Datetime.now() - timedelta(days=1),
        }
    )
    env.flush_all()
    env["revisit.planner"]._plan_company(env.company)
    result = env["revisit.callback"].search_count(
        [("policy_id", "=", sale), ("source_id", "=", order.id)]
    )
    """
)

FINISH = textwrap.dedent(
    """
    admin = env(user=env.ref("base.user_admin").id)
    callback = admin["revisit.callback"].search([("policy_id", "=", policy)])
    callback.action_log_attempt("reached")
    callback.action_done(satisfaction=90)
    result = callback.state
    """
)


def test_trigger_over_a_foreign_app(clone_database, run_in_odoo, change_app):
    """B1: an administrator adds a trigger without code; its app may go."""
    database = clone_database()
    change_app(database, "install", "crm")
    world = run_in_odoo(database, ADD_TRIGGER)
    policy, customer, sale = world["policy"], world["customer"], world["sale"]

    run_in_odoo(database, PLAN)
    run_in_odoo(database, PLAN)
    seen = run_in_odoo(database, READ, policy=policy)
    [callback] = seen["callbacks"]
    assert callback["source_name"] == "Won"
    assert (callback["source_model"], callback["source_id"]) == (
        "crm.lead",
        world["lead"],
    )
    assert callback["state"] == "assigned"
    assert callback["user_id"]["login"] == "seller"
    assert not seen["broken"]
    assert seen["source"] is None

    change_app(database, "uninstall", "crm")
    # everything else plans, and this policy waits
    assert run_in_odoo(database, ADD_ORDER, customer=customer, sale=sale) == 1
    seen = run_in_odoo(database, READ, policy=policy)
    assert "Install the app that brings them, or archive the trigger" in seen["broken"]
    assert "crm.lead" in seen["broken"]
    assert "After a lead is won" in seen["message"]
    assert seen["active"]
    [callback] = seen["callbacks"]
    assert (callback["source_name"], callback["state"]) == ("Won", "assigned")
    assert "Customer" in callback["display_name"]
    assert "its app was uninstalled" in seen["source"]
    # what was promised can still be kept
    assert run_in_odoo(database, FINISH, policy=policy) == "done"
