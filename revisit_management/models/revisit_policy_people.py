# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class RevisitPolicy(models.Model):
    """Whom to interview (A1), and what the units may decide themselves (A4)."""

    _inherit = "revisit.policy"

    role_ids = fields.One2many(
        comodel_name="revisit.policy.role",
        inverse_name="policy_id",
        string="To Interview, in This Order",
        copy=True,
    )
    units_may_choose = fields.Boolean(
        string="Units May Choose Another Channel", default=True
    )

    @api.constrains("units_may_choose")
    def _check_units_may_choose(self):
        self.channel_ids._check_team_id()


class RevisitPolicyChannel(models.Model):
    _inherit = "revisit.policy.channel"

    _server_owned = {"rulebook_id"}

    rulebook_id = fields.Many2one(
        related="policy_id.rulebook_id", store=True, index="btree_not_null"
    )

    @api.constrains("team_id", "policy_id")
    def _check_team_id(self):
        for line in self.filtered("team_id"):
            policy = line.policy_id
            if not policy.units_may_choose:
                raise ValidationError(
                    self.env._(
                        "%(policy)s is made the same way everywhere: %(unit)s may not"
                        " choose another channel. Allow it on the policy, or remove"
                        " the unit's line.",
                        policy=policy.name,
                        unit=line.team_id.name,
                    )
                )
            if line.team_id.company_id != policy.company_id:
                raise ValidationError(
                    self.env._(
                        "%(unit)s belongs to another company than %(policy)s.",
                        policy=policy.name,
                        unit=line.team_id.name,
                    )
                )
