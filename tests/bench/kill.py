# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Planning in the background by one process, by two, and by two of which one is killed.

Run by ``make bench``, after ``run.py``. BENCH_SOURCES sets the number of orders,
BENCH_ASSIGNMENT the policy's way of assigning. Exits with 1 where a callback is
missing or there twice (B8); the ratio is P7.
"""

import os
import pathlib
import secrets
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import background

from conftest import OdooProcess, _odoo

SOURCES = int(os.environ.get("BENCH_SOURCES", "100000"))
ASSIGNMENT = os.environ.get("BENCH_ASSIGNMENT", "none")


def run_in_odoo(database, code, **values):
    process = OdooProcess(database, code, **values)
    return process.wait_ready().go().result(timeout=3600)


class Run:
    """A run over all orders in a fresh database, and the processes at work on it."""

    def __enter__(self):
        self.database = f"clone_{os.getpid()}_{secrets.token_hex(4)}"
        _odoo("db", "duplicate", os.environ["REVISIT_TEMPLATE"], self.database)
        self.run_id = run_in_odoo(
            self.database, background.START, orders=SOURCES, assignment=ASSIGNMENT
        )
        self.processes = []
        return self

    def __exit__(self, *error):
        for process in self.processes:
            process.stop()
        _odoo("db", "drop", self.database)

    def start(self, number):
        """Let ``number`` processes begin at the same moment; return that moment."""
        self.processes = [
            OdooProcess(self.database, background.WORK) for _n in range(number)
        ]
        for process in self.processes:
            process.wait_ready()
        for process in self.processes:
            process.go()
        return time.perf_counter()

    def measure(self, number):
        """Return the seconds in which ``number`` processes do the whole run."""
        begin = self.start(number)
        slices = [process.result(timeout=3600) for process in self.processes]
        seconds = time.perf_counter() - begin
        self.check()
        print(
            f"   {number} process(es): {SOURCES / seconds:>9,.0f} callbacks per second,"
            f" slices {' + '.join(map(str, slices))}",
            flush=True,
        )
        return seconds

    def check(self):
        report = run_in_odoo(self.database, background.REPORT, run_id=self.run_id)
        expected = {"state": "done", "planned": SOURCES, "orders": SOURCES}
        found = {name: report[name] for name in expected}
        if found != expected:
            sys.exit(f"FAILED: expected {expected}, found {report}")
        return report


print(f"\n{SOURCES:,} orders, planned in the background in slices\n", flush=True)
with Run() as run:
    one = run.measure(1)
with Run() as run:
    two = run.measure(2)
print(
    f"P7 two processes / one process {one / two:>34.3f}x   target >= 1.6x", flush=True
)
with Run() as run:
    run.start(2)
    time.sleep(two * 0.4)
    for process in run.processes:
        process.stop()
    halfway = run_in_odoo(run.database, background.REPORT, run_id=run.run_id)
    run.start(2)
    for process in run.processes:
        process.result(timeout=3600)
    run.check()
print(
    f"B8 both killed by SIGKILL with {halfway['planned']:,} of {SOURCES:,} planned,"
    " started again: none missing, none twice",
    flush=True,
)
