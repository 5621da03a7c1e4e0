# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Keep asking for the signatures that were taken away before callbacks said so."""

from odoo import SUPERUSER_ID, api
from odoo.tools import html2plaintext


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
    kind = env.ref("revisit_management.activity_type_callback_signature")
    tasks = env["mail.activity"].search(
        [("activity_type_id", "=", kind.id), ("res_model", "=", "revisit.callback")]
    )
    for task in tasks:
        callback = env["revisit.callback"].browse(task.res_id).exists()
        if callback.state == "done" and not callback.sign_reason:
            [conversation] = callback._get_conversations()
            conversation.filtered(lambda c: c.state == "done")._write_signature(
                {"sign_reason": html2plaintext(task.note or "") or kind.name}
            )
