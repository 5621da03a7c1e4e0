# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models

# who makes these is named by the document or the policy
NAMED = ("agent", "dealer")


class RevisitPolicy(models.Model):
    """Says so when nobody would see what a policy plans."""

    _inherit = "revisit.policy"

    unit_problem = fields.Text(compute="_compute_unit_problem")

    @api.depends(
        "assignment",
        "contact_type",
        "level",
        "team_id.active",
        "team_id.manager_id.active",
        "team_id.member_ids.active",
    )
    @api.depends_context("lang")
    def _compute_unit_problem(self):
        for policy in self:
            policy.unit_problem = policy._get_unit_problem(policy.team_id)

    @api.depends("name", "rulebook_id.name")
    @api.depends_context("lang", "revisit_with_rulebook")
    def _compute_display_name(self):
        """Where several rulebooks meet, policies of one name are told apart."""
        if not self.env.context.get("revisit_with_rulebook"):
            return super()._compute_display_name()
        for policy in self:
            policy.display_name = policy._get_full_name()
        return None

    def _get_full_name(self):
        """Return the name with the rulebook's, whose policies often share names."""
        self.ensure_one()
        if not self.rulebook_id:
            return self.name
        return f"{self.name} ({self.rulebook_id.name})"

    def _get_unit_problem(self, team):
        """Return why callbacks of the policy would lie unseen in a unit, or False.

        :param team: the policy's unit, or the one chosen instead
        """
        self.ensure_one()
        if self.contact_type == "touch" or (not team and self.level == "dealer"):
            return False
        if not team:
            return self.env._(
                "%(policy)s has no unit: what it plans is seen by callback managers"
                " only. Choose a unit.",
                policy=self._get_full_name(),
            )
        # who may read the policy need not see the people of every unit
        team = team.sudo()
        has_agents = self.assignment in NAMED or team.member_ids.filtered("active")
        has_manager = team.manager_id.active
        if has_agents and has_manager:
            return False
        if has_agents:
            text = self.env._(
                "%(unit)s has no manager: no supervisor sees what %(policy)s plans"
                " there. Give the unit a manager.",
                unit=team.name,
                policy=self._get_full_name(),
            )
        elif has_manager:
            text = self.env._(
                "%(unit)s has no agents: what %(policy)s plans waits there for nobody."
                " Add agents to the unit.",
                unit=team.name,
                policy=self._get_full_name(),
            )
        else:
            text = self.env._(
                "%(unit)s has neither agents nor a manager: what %(policy)s plans is"
                " seen by callback managers only. Add agents and a manager to the"
                " unit.",
                unit=team.name,
                policy=self._get_full_name(),
            )
        return text

    def _get_unit_problems(self):
        """Return the problems of several policies, one line per unit, or False."""
        units, lines = set(), []
        for policy in self.filtered("unit_problem"):
            if policy.team_id not in units or not policy.team_id:
                lines.append(policy.unit_problem)
            units.add(policy.team_id)
        return "\n".join(lines) or False

    def action_open_unit(self):
        """Open the unit, to give it agents and a manager."""
        self.ensure_one()
        return self.team_id._get_mend_action()

    def _get_mend_action(self):
        """Open the units that lack people, else the policies that lack a unit."""
        troubled = self.filtered("unit_problem")
        if troubled.team_id:
            return troubled.team_id._get_mend_action()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_policy_action"
        )
        return {**action, "domain": [("id", "in", troubled.ids)], "context": {}}


class RevisitTeam(models.Model):
    """Units of one name are told apart by the rulebooks that plan for them."""

    _inherit = "revisit.team"

    rulebook_text = fields.Char(
        string="Rulebooks", compute="_compute_rulebook_text", compute_sudo=True
    )

    @api.depends_context("lang")
    def _compute_rulebook_text(self):
        rulebooks = dict(
            self.env["revisit.policy"]._read_group(
                [("team_id", "in", self.ids)],
                ["team_id"],
                ["rulebook_id:recordset"],
            )
        )
        for team in self:
            names = rulebooks.get(team._origin)
            team.rulebook_text = ", ".join(names.mapped("name")) if names else False

    @api.depends("name")
    @api.depends_context("lang", "revisit_with_rulebook")
    def _compute_display_name(self):
        if not self.env.context.get("revisit_with_rulebook"):
            return super()._compute_display_name()
        for team in self:
            told = f" ({team.rulebook_text})" if team.rulebook_text else ""
            team.display_name = f"{team.name}{told}"
        return None

    def _get_mend_action(self):
        """Open these units, one as a form, several as a list."""
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Units"),
            "res_model": "revisit.team",
            "domain": [("id", "in", self.ids)],
            "views": [(False, "list"), (False, "form")],
        }
        if len(self) == 1:
            action.update(res_id=self.id, views=[(False, "form")])
        return action


class RevisitRulebook(models.Model):
    _inherit = "revisit.rulebook"

    unit_problem = fields.Text(compute="_compute_unit_problem")

    @api.depends("policy_ids.unit_problem", "policy_ids.active")
    @api.depends_context("lang")
    def _compute_unit_problem(self):
        for rulebook in self:
            policies = rulebook.policy_ids.filtered("active")
            rulebook.unit_problem = policies._get_unit_problems()

    def action_open_units(self):
        """Open the units that have nobody to see what is planned for them."""
        return self.policy_ids.filtered("active")._get_mend_action()
