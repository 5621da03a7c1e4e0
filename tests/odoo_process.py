"""Runs code on a database in its own process; see ``OdooProcess`` in conftest.py."""

import json
import sys

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config


def main(database):
    task = json.loads(sys.stdin.readline())
    config.parse_config(
        ["-d", database, "--no-http", "--log-level=warn"], setup_logging=True
    )
    registry = Registry(database)
    print("READY", flush=True)
    sys.stdin.readline()
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        names = {"env": env, "result": None, **task["values"]}
        exec(compile(task["code"], "<journey>", "exec"), names)
        env.flush_all()
        cr.commit()
    print("DONE " + json.dumps(names["result"], default=str), flush=True)


main(sys.argv[1])
