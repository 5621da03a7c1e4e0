# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.terms import CHANNELS


class RevisitPolicyChannel(models.Model):
    """Another channel beside the policy's own: used automatically, or offered.

    An automatic line has conditions on the document (how a complaint came in, its
    class), on the unit, and on the position in a chain; the first line that matches
    counts. A line that is offered leaves the choice to the caller.
    """

    _name = "revisit.policy.channel"
    _description = "Channel of a Policy"
    _inherit = ["revisit.protected.mixin", "revisit.reading.mixin"]
    _order = "sequence, id"

    _server_owned = {
        "company_id",
        "rulebook_id",
    }

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
    rulebook_id = fields.Many2one(
        related="policy_id.rulebook_id", store=True, index="btree_not_null"
    )
    is_choice = fields.Boolean(
        string="Caller May Choose",
        help="The line does not decide: it offers this way to who makes the callback."
        " The evidence of the chosen way is asked for.",
    )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

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

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

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

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_own_rights(self):
        """Compile the conditions with the rights of their writer, as a policy does."""
        if self.env.su:
            return
        for line in self.filtered(lambda line: line.model_name in self.env):
            line.policy_id._check_may_search(line.domain, line._get_condition())

    def _get_condition(self):
        """Return the domain of the documents to which this line applies."""
        self.ensure_one()
        return self.policy_id.trigger_id._parse_domain(self.domain)

    def _fits(self, callback):
        """Return whether the line matches a callback: unit, position and document."""
        self.ensure_one()
        planner = self.env["revisit.planner"]
        # units are only compared, as a dealer's user may not read them
        if self.team_id and self.team_id != callback.sudo().team_id:
            return False
        if self.position_from > planner._get_position(callback.occasion or ""):
            return False
        if self.domain in (False, "", "[]"):
            return True
        model = callback.source_model
        if not model or model not in self.env:
            return False
        # the policy's rights apply to the condition, not the user's
        source = self.env[model].sudo().browse(callback.source_id).exists()
        return bool(source and source.filtered_domain(self._get_condition()))
