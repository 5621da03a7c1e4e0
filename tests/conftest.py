"""Fixtures for journeys that need more than one transaction, process or server.

Module tests run inside one transaction on the database that pytest was given. A journey
that commits, that runs two users at once, or that talks to Odoo over HTTP as a client
takes a database of its own:

    def test_two_planners(clone_database, run_together):
        database = clone_database()
        plan = "result = env['revisit.planner']._cron_plan()"
        first, second = run_together(database, [plan, plan])

    def test_api_client(clone_database, odoo_server):
        url = odoo_server(clone_database())
"""

import contextlib
import json
import os
import pathlib
import secrets
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

RUNNER = pathlib.Path(__file__).with_name("odoo_process.py")
READY, DONE = "READY", "DONE "


def _odoo(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "odoo", *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        pytest.fail(f"odoo {' '.join(arguments)} failed:\n{done.stdout}")
    return done.stdout


class OdooProcess:
    """Code in an Odoo process of its own, as superuser in one transaction.

    The code sees ``env`` and the keyword arguments, and may assign ``result`` (anything
    that JSON can hold). The process loads the database first and waits for ``go``.
    """

    def __init__(self, database, code, **values):
        self._errors = None
        self._process = subprocess.Popen(
            [sys.executable, str(RUNNER), database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._send({"code": code, "values": values})

    def _send(self, message):
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def wait_ready(self):
        line = self._process.stdout.readline().strip()
        if line != READY:
            self._fail(line)
        return self

    def go(self):
        self._send("go")
        return self

    def result(self, timeout=120):
        """Wait for the end and return ``result``; a traceback fails the test."""
        try:
            output, self._errors = self._process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            pytest.fail(f"The Odoo process did not end within {timeout} s")
        for line in output.splitlines():
            if line.startswith(DONE):
                return json.loads(line.removeprefix(DONE))
        return self._fail(output)

    def wait_killed(self, timeout=120):
        """Wait for the end of a process that is to be killed; return the signal."""
        self._process.wait(timeout)
        return -self._process.returncode

    def stop(self):
        if self._process.poll() is None:
            self._process.kill()
        with contextlib.suppress(ValueError):
            self._process.communicate()

    def _fail(self, output):
        self._process.kill()
        if self._errors is None:
            output_end, self._errors = self._process.communicate()
            output += output_end
        pytest.fail(f"The Odoo process failed:\n{output}\n{self._errors}")


@pytest.fixture
def clone_database():
    """Return a function that copies the template and returns the name of the copy."""
    names = []

    def clone():
        name = f"clone_{os.getpid()}_{secrets.token_hex(4)}"
        names.append(name)
        _odoo("db", "duplicate", os.environ["REVISIT_TEMPLATE"], name)
        return name

    yield clone
    for name in names:
        _odoo("db", "drop", name)


@pytest.fixture
def change_app():
    """Return a function that runs ``install`` or ``uninstall`` of one app."""

    def change(database, what, app):
        _odoo("module", what, "-d", database, app)

    return change


@pytest.fixture
def run_tests_of():
    """Return a function that installs an add-on, runs its tests and returns the log."""

    def run(database, addon, addons_path):
        return _odoo(
            "server",
            f"--database={database}",
            f"--addons-path={','.join(addons_path)}",
            f"--init={addon}",
            f"--test-tags=/{addon}",
            "--stop-after-init",
            "--no-http",
        )

    return run


@pytest.fixture
def odoo_process():
    """Return a function that starts ``OdooProcess(database, code, **values)``."""
    processes = []

    def start(database, code, **values):
        process = OdooProcess(database, code, **values)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.stop()


@pytest.fixture
def run_in_odoo(odoo_process):
    """Return a function that runs code in its own process and returns its result."""

    def run(database, code, timeout=120, **values):
        process = odoo_process(database, code, **values)
        return process.wait_ready().go().result(timeout)

    return run


@pytest.fixture
def run_together(odoo_process):
    """Return a function that runs several codes at once and returns their results.

    All processes have loaded the database before the first one begins.
    """

    def run(database, codes, timeout=120, **values):
        processes = [odoo_process(database, code, **values) for code in codes]
        for process in processes:
            process.wait_ready()
        for process in processes:
            process.go()
        return [process.result(timeout) for process in processes]

    return run


@pytest.fixture
def odoo_server(tmp_path):
    """Return a function that serves a database and returns its address."""
    servers = []

    def serve(database, *arguments, timeout=60):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = tmp_path / f"{database}.log"
        options = ["-d", database, f"--db-filter=^{database}$", f"--http-port={port}"]
        options += ["--http-interface=127.0.0.1", "--max-cron-threads=0"]
        with log.open("w") as output:
            server = subprocess.Popen(
                [sys.executable, "-m", "odoo", "server", *options, *arguments],
                stdout=output,
                stderr=output,
            )
        servers.append(server)
        url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + timeout
        while time.monotonic() < end and server.poll() is None:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"{url}/web/health", timeout=5),
            ):
                return url
            time.sleep(0.2)
        pytest.fail(f"Odoo does not serve {database}:\n{log.read_text()}")

    yield serve
    for server in servers:
        server.terminate()
    for server in servers:
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
