# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""K4, B8: a background run in several processes, some of which are killed."""

import background
import pytest

ORDERS = 600


@pytest.fixture
def database(clone_database):
    return clone_database()


def test_two_processes_and_sigkill(database, odoo_process, run_in_odoo, run_together):
    """B8, K4: killed half way and started again: nothing missing, nothing twice."""
    run_id = run_in_odoo(database, background.START, orders=ORDERS, assignment="none")
    killed = [
        odoo_process(database, background.WORK_AND_DIE, dies_at=dies_at)
        for dies_at in (2, 4)
    ]
    for process in killed:
        process.wait_ready()
    for process in killed:
        process.go()
    assert [process.wait_killed() for process in killed] == [9, 9]
    halfway = run_in_odoo(database, background.REPORT, run_id=run_id)
    assert halfway["state"] == "running"
    assert 0 < halfway["done_slices"] < halfway["slices"]
    # slices count or do not count as a whole
    assert halfway["planned"] == halfway["created_by_done_slices"] > 0

    done = run_together(database, [background.WORK, background.WORK])
    report = run_in_odoo(database, background.REPORT, run_id=run_id)
    assert (report["state"], report["message"]) == ("done", "")
    assert sum(done) >= report["slices"] - halfway["done_slices"]
    assert report["planned"] == report["orders"] == ORDERS
    assert (report["created"], report["existing"]) == (ORDERS, 0)
