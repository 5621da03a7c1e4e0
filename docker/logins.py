"""Prints who can log in to a demonstration: users whose password is their login."""

import sys

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config


def main(database):
    config.parse_config(["-d", database, "--no-http", "--log-level=error"])
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        users = env["res.users"].search([], order="share, id")
        cr.execute("SELECT id, password FROM res_users WHERE password IS NOT NULL")
        hashes = dict(cr.fetchall())
        context = env["res.users"]._crypt_context()
        rows = [("Login", "Password", "Name", "May do")]
        for user in users:
            if user.id in hashes and context.verify(user.login, hashes[user.id]):
                rows.append((user.login, user.login, user.name, roles(user)))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        print("   ", "  ".join([*map(str.ljust, row, widths), row[3]]))


def roles(user):
    if user.share:
        return "portal"
    names = user.group_ids.filtered(
        lambda group: "revisit" in (group.get_external_id()[group.id] or "")
    ).mapped("full_name")
    if user._is_system():
        names.insert(0, "Administrator")
    return ", ".join(names) or "employee"


main(sys.argv[1])
