# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .revisit_policy import CHANNELS


class RevisitPolicyChannel(models.Model):
    """When a policy uses another channel than its own (B2, A4).

    The first line that fits decides: by a condition on the document (how a
    complaint came in, its class), by the unit, by the position in a chain.
    """

    _name = "revisit.policy.channel"
    _description = "Channel of a Policy"
    _inherit = ["revisit.protected.mixin"]
    _order = "sequence, id"

    _server_owned = {"company_id"}

    policy_id = fields.Many2one(
        comodel_name="revisit.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    domain = fields.Char(
        string="Condition",
        default="[]",
        required=True,
        help="Which of the documents are reached this way.",
    )
    team_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Unit",
        ondelete="cascade",
        help="Only in this unit, which has chosen otherwise.",
    )
    position_from = fields.Integer(
        string="From Callback No.",
        default=1,
        help="2: from the second callback about the same occasion on.",
    )
    channel = fields.Selection(selection=CHANNELS, required=True, default="phone")
    model_name = fields.Char(related="policy_id.model_name")

    @api.constrains("domain", "policy_id")
    def _check_domain(self):
        for line in self.filtered("policy_id.model_name"):
            policy = line.policy_id
            if policy.model_name not in self.env:
                continue
            message = policy.trigger_id._get_domain_error(line.domain)
            if message:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: %(message)s", policy=policy.name, message=message
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_own_rights()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if {"domain", "policy_id"} & set(vals):
            self._check_own_rights()
        return result

    def _check_own_rights(self):
        """Compile the conditions with their writer's rights, as a policy's own."""
        if self.env.su:
            return
        for line in self.filtered(lambda line: line.model_name in self.env):
            line.policy_id._check_may_search(line.domain, line._get_condition())

    def _get_condition(self):
        """Return the domain of the documents that this line is for."""
        self.ensure_one()
        return self.policy_id.trigger_id._parse_domain(self.domain)
