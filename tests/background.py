# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Codes for processes of their own that work off a background run (K4, B8, P7).

Shared by the tests and by ``bench/kill.py``.
"""

import textwrap

# orders of the three months before now, of many customers; a run for them
START = textwrap.dedent(
    """
    from datetime import timedelta
    from odoo import fields

    now = fields.Datetime.now()
    env["revisit.rulebook"].action_install("appliance").effective_from = False
    policies = env["revisit.policy"].search([("code", "=", "appliance_purchase")])
    policies.assignment = assignment
    role = env.ref("revisit_management.group_agent")
    agents = env["res.users"].create(
        [
            {"name": f"Agent {n}", "login": f"agent{n}", "group_ids": role.ids}
            for n in range(3)
        ]
    )
    policies.team_id.member_ids = agents
    customers = env["res.partner"].create(
        [{"name": f"Customer {n}"} for n in range(max(min(orders // 20, 5000), 50))]
    )
    template = env["sale.order"].create({"partner_id": customers[0].id})
    template.write({"state": "sale", "date_order": now - timedelta(days=999)})
    env.flush_all()
    kept = ["id", "name", "partner_id", "date_order", "state", "access_token"]
    env.cr.execute(
        '''SELECT string_agg(quote_ident(column_name::text), ', ')
             FROM information_schema.columns
            WHERE table_name = 'sale_order' AND column_name != ALL(%s)''',
        [kept],
    )
    [[columns]] = env.cr.fetchall()
    env.cr.execute(
        f'''
        INSERT INTO sale_order (name, partner_id, date_order, state, {columns})
        SELECT 'S' || n, (%s::int4[])[1 + n %% %s],
               date_trunc('second', %s - n * (interval '89 days' / %s)), 'sale',
               {columns}
          FROM sale_order, generate_series(1, %s) n WHERE id = %s
        ''',
        [customers.ids, len(customers), now, orders, orders, template.id],
    )
    env.cr.execute("ANALYZE sale_order")
    run = policies.generate_in_background(now - timedelta(days=90), now)
    result = run.id
    """
)
# what a scheduled action or a job does, over and over
WORK = textwrap.dedent(
    """
    slices = 0
    while env["revisit.run"]._work_one():
        slices += 1
    result = slices
    """
)
# as WORK, but killed in the middle of a slice: planned, not yet committed
WORK_AND_DIE = (
    textwrap.dedent(
        """
        import os
        import signal

        planner = type(env["revisit.planner"])
        plan, calls = planner._plan, []

        def plan_and_die(self, *args, **kwargs):
            run = plan(self, *args, **kwargs)
            self.env.flush_all()
            calls.append(run.counts["created"])
            if len(calls) >= dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return run

        planner._plan = plan_and_die
        """
    )
    + WORK
)
REPORT = textwrap.dedent(
    """
    run = env["revisit.run"].browse(run_id)
    env.cr.execute(
        '''
        SELECT count(*), count(DISTINCT source_id) FROM revisit_callback
         WHERE source_model = 'sale.order' AND state != 'cancelled'
        '''
    )
    [[planned, orders]] = env.cr.fetchall()
    done = run.slice_ids.filtered(lambda part: part.state == "done")
    result = {
        "state": run.state,
        "message": run.message,
        "slices": len(run.slice_ids),
        "done_slices": len(done),
        "created_by_done_slices": sum(done.mapped("created_count")),
        "created": run.created_count,
        "existing": run.existing_count,
        "planned": planned,
        "orders": orders,
    }
    """
)
# waits until a run has ended, e.g. in the hands of a server
WAIT = textwrap.dedent(
    """
    import time

    end = time.monotonic() + seconds
    run = env["revisit.run"].browse(run_id)
    while run.state in ("pending", "running") and time.monotonic() < end:
        time.sleep(0.2)
        env.cr.rollback()
        env.invalidate_all()
    env.cr.rollback()
    env.invalidate_all()
    """
)
