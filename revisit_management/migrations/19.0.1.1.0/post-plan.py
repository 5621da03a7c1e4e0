# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Bring what is never overwritten by an update to its new values, edits excepted."""

import ast

from odoo import SUPERUSER_ID, api

# {trigger: (condition as it was shipped, condition now)}
CONTACTS = [
    ("parent_id", "=", False),
    ("partner_share", "=", True),
    ("is_dealer", "=", False),
]
TRIGGERS = {
    "trigger_customer_created": (
        [("customer_rank", ">", 0)],
        [("is_callback_customer", "=", True)],
    ),
    "trigger_periodic": (
        CONTACTS,
        [("parent_id", "=", False), ("is_callback_contact", "=", True)],
    ),
    "trigger_sample": (
        CONTACTS,
        [("parent_id", "=", False), ("is_callback_contact", "=", True)],
    ),
}
# replaced by the dialog Plan Callbacks
REPLACED = ("action_plan_partner", "action_plan_order", "action_plan_repair")


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, (shipped, present) in TRIGGERS.items():
        trigger = env.ref(f"revisit_management.{name}", raise_if_not_found=False)
        if trigger and ast.literal_eval(trigger.domain or "[]") == shipped:
            trigger.domain = repr(present)
    actions = env["ir.actions.server"].browse()
    for name in REPLACED:
        action = env.ref(f"revisit_management.{name}", raise_if_not_found=False)
        actions += action or actions
    actions.unlink()
    # what was entered by hand stays by hand
    cr.execute(
        """UPDATE revisit_archive_line SET is_warranty_manual = TRUE
            WHERE warranty_until IS NOT NULL AND (sold_on IS NULL
               OR warranty_until != (sold_on + interval '12 months')::date)"""
    )
