# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitCallback(models.Model):
    """Whom the caller should ask for at the customer's (A1, B2)."""

    _inherit = "revisit.callback"

    interview_text = fields.Char(
        string="To Interview", compute="_compute_interview_text"
    )

    @api.depends("policy_id.role_ids", "partner_id", "occasion")
    def _compute_interview_text(self):
        """List the policy's roles in their order, each with the contacts known."""
        contacts = {}
        asking = self.filtered("policy_id.role_ids")
        for contact in self.env["res.partner"].search_fetch(
            [
                ("contact_role_id", "!=", False),
                ("commercial_partner_id", "in", asking.commercial_partner_id.ids),
            ],
            ["name", "contact_role_id", "commercial_partner_id"],
        ):
            key = (contact.commercial_partner_id, contact.contact_role_id)
            contacts.setdefault(key, []).append(contact.name)
        for callback in self:
            owner = callback.commercial_partner_id
            parts = []
            for role in callback._get_interview_roles():
                names = contacts.get((owner, role))
                parts.append(
                    f"{role.name} ({', '.join(names)})" if names else role.name
                )
            callback.interview_text = " → ".join(parts)

    def _get_interview_roles(self):
        """Return the roles to ask for, in order; a later callback may have others."""
        self.ensure_one()
        wanted = "later" if (self.occasion or "").startswith("after:") else "first"
        lines = self.policy_id.role_ids.filtered(
            lambda line: line.applies_to in ("all", wanted)
        )
        return lines.role_id
