# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""K4: with OCA's ``queue_job`` the same run is done by jobs in several processes."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys

import background
import pytest

ORDERS = 600
COMPANIONS = pathlib.Path(os.environ.get("REVISIT_COMPANIONS", "/nonexistent"))

pytestmark = pytest.mark.skipif(
    not (COMPANIONS / ".ready").exists(),
    reason="OCA's queue_job could not be downloaded (docker/setup companions)",
)

# keeps the result of the code before it
JOBS = """
env.flush_all()
env.cr.execute(
    '''SELECT state, channel, worker_pid, identity_key FROM queue_job
        WHERE model_name = 'revisit.run' '''
)
result = {"result": result, "jobs": env.cr.dictfetchall()}
"""
# a job is marked as done a moment after its work; ``end`` is set by WAIT
WAIT_JOBS = """
while time.monotonic() < end and env["queue.job"].search_count(
    [("model_name", "=", "revisit.run"), ("state", "!=", "done")]
):
    time.sleep(0.2)
    env.cr.rollback()
"""


@pytest.fixture
def with_companions(monkeypatch):
    """Let the processes of this test find the companions' add-ons."""
    monkeypatch.setenv("PYTHONPATH", f"{os.environ['PYTHONPATH']}:{COMPANIONS}")
    monkeypatch.setenv("ODOO_QUEUE_JOB_CHANNELS", "root:2")


@pytest.fixture
def database(clone_database, with_companions):
    name = clone_database()
    done = subprocess.run(
        [sys.executable, "-m", "odoo", "server", "-d", name, "-i", "queue_job"]
        + ["--stop-after-init", "--no-http", "--log-level=warn"],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return name


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_jobs_in_several_processes(database, run_in_odoo, odoo_server):
    """K4, B8: two worker processes do a run's slices as jobs, each once."""
    begin = run_in_odoo(
        database, background.START + JOBS, orders=ORDERS, assignment="none"
    )
    jobs = begin["jobs"]
    assert {job["channel"] for job in jobs} == {"root.revisit"}
    assert len({job["identity_key"] for job in jobs}) == len(jobs) == 4

    odoo_server(
        database,
        "--workers=2",
        f"--gevent-port={free_port()}",
        "--load=base,rpc,web,queue_job",
    )
    end = run_in_odoo(
        database,
        background.WAIT + background.REPORT + WAIT_JOBS + JOBS,
        run_id=begin["result"],
        seconds=90,
    )
    report, jobs = end["result"], end["jobs"]
    assert (report["state"], report["message"]) == ("done", "")
    assert report["planned"] == report["orders"] == report["created"] == ORDERS
    assert report["done_slices"] == report["slices"]
    assert {job["state"] for job in jobs} == {"done"}
    assert len({job["identity_key"] for job in jobs}) == report["slices"]
    assert len({job["worker_pid"] for job in jobs}) == 2, "both processes did jobs"
