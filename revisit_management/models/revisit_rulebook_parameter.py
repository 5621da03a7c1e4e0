# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitRulebook(models.Model):
    """What a rulebook asks of units (A4), and what it leaves to the company (B0)."""

    _inherit = "revisit.rulebook"

    unset_parameters = fields.Text(
        string="Not Set Yet",
        translate=True,
        help="What the rulebook leaves to the company. Until it is filled in, the"
        " policies concerned stay archived.",
    )
    has_unit_rule = fields.Boolean(
        string="Offices Need a Service Clerk",
        tracking=True,
        help="An office that sells more than the volume beside it has a service centre"
        " with a full-time clerk; the others have a clerk, if only part-time.",
    )
    centre_volume = fields.Float(
        string="Service Centre Above",
        tracking=True,
        help="Sales volume of an office per year; 0: not set.",
    )
    attribute_ids = fields.One2many(
        comodel_name="revisit.attribute", inverse_name="rulebook_id"
    )
    channel_choice_count = fields.Integer(compute="_compute_channel_choice_count")

    _centre_volume_positive = models.Constraint(
        "CHECK(centre_volume >= 0)", "A volume is a number from 0; 0 means not set."
    )

    def _compute_channel_choice_count(self):
        counts = dict(
            self.env["revisit.policy.channel"]._read_group(
                [("rulebook_id", "in", self.ids), ("team_id", "!=", False)],
                ["rulebook_id"],
                ["__count"],
            )
        )
        for rulebook in self:
            rulebook.channel_choice_count = counts.get(rulebook, 0)

    def action_open_channel_choices(self):
        """Open where units of this rulebook have chosen another channel."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_policy_channel_action"
        )
        return {**action, "domain": [("rulebook_id", "=", self.id)]}
