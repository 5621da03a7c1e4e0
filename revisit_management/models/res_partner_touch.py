# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    revisit_touch_count = fields.Integer(
        string="Touches",
        compute="_compute_revisit_touch_count",
        groups="revisit_management.group_agent",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_revisit_touch_count(self):
        """Count what was sent or will be, the contacts of a company included."""
        children = self._get_children_map()
        counts = dict.fromkeys(self, 0)
        for partner, count in self.env["revisit.touch"]._read_group(
            [("partner_id", "in", list(children)), ("state", "!=", "cancelled")],
            ["partner_id"],
            ["__count"],
        ):
            for owner in children.get(partner.id, ()):
                counts[owner] += count
        for partner in self:
            partner.revisit_touch_count = counts[partner]

    def action_open_touches(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_touch_action"
        )
        return {
            **action,
            "domain": [("partner_id", "child_of", self.id)],
            "context": {},
        }
