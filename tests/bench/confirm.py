# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Confirming an order and finishing a repair, with the add-ons and without (P14).

Run by ``make bench``. Each round confirms in a database that has only what the
add-ons depend on, and in one with both add-ons and two rulebooks active.
"""

import os
import pathlib
import secrets
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from conftest import OdooProcess, _odoo

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
INSTALL = """
env["revisit.rulebook"].action_install("appliance")
env["revisit.rulebook"].action_install("dealer_csi")
"""
WORK = """
import time

product = env["product.product"].create({"name": "Fridge", "type": "consu"})
partner = env["res.partner"].create({"name": "Customer"})

def make_order():
    return env["sale.order"].create(
        {"partner_id": partner.id, "order_line": [(0, 0, {"product_id": product.id})]}
    )

def make_repair():
    repair = env["repair.order"].create(
        {"partner_id": partner.id, "product_id": product.id, "product_qty": 1}
    )
    repair._action_repair_confirm()
    repair.action_repair_start()
    return repair

def measure(records, method):
    env.flush_all()
    begin = time.perf_counter()
    for record in records:
        getattr(record, method)()
        env.flush_all()
    return time.perf_counter() - begin

orders = [make_order() for _number in range(60)]
repairs = [make_repair() for _number in range(60)]
measure(orders[:10], "action_confirm")
measure(repairs[:10], "action_repair_end")
result = [
    measure(orders[10:], "action_confirm"),
    measure(repairs[10:], "action_repair_end"),
]
env.cr.rollback()
"""


def run_in_odoo(database, code):
    return OdooProcess(database, code).wait_ready().go().result(timeout=600)


def copy(template):
    name = f"clone_{os.getpid()}_{secrets.token_hex(4)}"
    _odoo("db", "duplicate", template, name)
    return name


bare = copy(os.environ["REVISIT_BASE"])
full = copy(os.environ["REVISIT_TEMPLATE"])
try:
    run_in_odoo(full, INSTALL)
    pairs = [(run_in_odoo(bare, WORK), run_in_odoo(full, WORK)) for _n in range(ROUNDS)]
finally:
    for name in (bare, full):
        _odoo("db", "drop", name)
for number, what in enumerate(("confirming an order", "finishing a repair")):
    ratios = [theirs[number] / ours[number] for ours, theirs in pairs]
    print(
        f"P14 {what}, with the add-ons / without {statistics.median(ratios):>15.3f}x"
        f"  [{min(ratios):.3f} - {max(ratios):.3f}]   target <= 1.05x",
        flush=True,
    )
