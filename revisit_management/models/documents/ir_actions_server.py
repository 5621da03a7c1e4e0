# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class IrActionsServer(models.Model):
    """Adds the type "Plan a callback", for any automation rule or schedule."""

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[("revisit_plan", "Plan a Callback"), ("code",)],
        ondelete={"revisit_plan": "cascade"},
    )
    revisit_policy_id = fields.Many2one(
        comodel_name="revisit.policy",
        string="Callback Policy",
        domain="['|', ('model_name', '=', model_name), ('model_name', '=', False)]",
        ondelete="restrict",
    )

    def _name_depends(self):
        return [*super()._name_depends(), "revisit_policy_id"]

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == "revisit_plan" and self.revisit_policy_id:
            return self.env._(
                # only its name is read, as who sets up actions may not see policies
                "Plan %(policy)s",
                policy=self.revisit_policy_id.sudo().name,
            )
        return super()._generate_action_name()

    @api.model
    def _warning_depends(self):
        return [*super()._warning_depends(), "revisit_policy_id"]

    def _get_warning_messages(self):
        self.ensure_one()
        warnings = super()._get_warning_messages()
        if self.state == "revisit_plan":
            # who sets up actions need not have access to policies
            policy = self.revisit_policy_id.sudo()
            if not policy:
                warnings.append(self.env._("Choose the callback policy to plan."))
            elif policy.model_name and policy.model_name != self.model_id.model:
                warnings.append(
                    self.env._(
                        "The policy %(policy)s plans for other documents than this"
                        " action's.",
                        policy=policy.name,
                    )
                )
        return warnings

    def _run_action_revisit_plan_multi(self, eval_context=None):
        """Plan the selected policy for the records on which the action runs."""
        eval_context = eval_context or {}
        records = eval_context.get("records") or eval_context.get("record")
        if not records:
            return False
        # the policy decides what is planned, not the user who triggered it
        counts = self.sudo().revisit_policy_id._plan_records(records)
        # an automation rule or a schedule has nobody to notify
        by_hand = self.usage == "ir_actions_server"
        return self._get_planned_notice(counts) if by_hand else False

    def _get_planned_notice(self, counts):
        """Return the action that shows the user what was planned."""
        skipped = sum(counts["skipped"].values())
        numbers = {
            "created": counts["created"],
            "existing": counts["existing"],
            "skipped": skipped,
        }
        if any(numbers.values()):
            message = self.env._(
                "Planned: %(created)s. Waiting already: %(existing)s. Left out:"
                " %(skipped)s.",
                **numbers,
            )
        else:
            message = self.env._(
                "Nothing was planned: the documents do not meet the policy's"
                " conditions, or belong to another company than the policy."
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                # only its name is read, as who runs the action may not see policies
                "title": self.sudo().revisit_policy_id.name,
                "message": message,
                "type": "success" if counts["created"] else "warning",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
