# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError

BATCH = 5000


def migrate(cr, version):
    """Read numbers that were stored while nothing here could read them.

    Without the package "phonenumbers" Odoo kept them as they were typed, so that one
    number on the blacklist and at the customer looked like two.
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    _read_blacklist(env)
    partners = env["res.partner"].with_context(active_test=False)
    ids = partners.search([("phone", "!=", False)]).ids
    field = partners._fields["phone_sanitized"]
    for start in range(0, len(ids), BATCH):
        batch = partners.browse(ids[start : start + BATCH])
        env.add_to_compute(field, batch)
        batch.flush_recordset(["phone_sanitized"])
        batch.invalidate_recordset()


def _read_blacklist(env):
    entries = env["phone.blacklist"].with_context(active_test=False).search([])
    known = set(entries.mapped("number"))
    for entry in entries.filtered(lambda e: not e.number.startswith("+")):
        try:
            number = env["revisit.reader"]._read_phone("number", entry.number)
        except UserError:
            continue
        if number not in known:
            known.add(number)
            # the model's own write would look for the entry by the old number
            cr = env.cr
            cr.execute(
                "UPDATE phone_blacklist SET number = %s WHERE id = %s",
                [number, entry.id],
            )
    entries.invalidate_recordset()
