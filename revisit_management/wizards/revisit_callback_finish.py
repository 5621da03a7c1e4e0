# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command, api, fields, models

from ..tools.fields import OptionalFloat, OptionalInteger


class RevisitCallbackFinish(models.TransientModel):
    """Records what the customer said and finishes the callback."""

    _name = "revisit.callback.finish"
    _description = "Record the Result of a Callback"

    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    channel = fields.Selection(related="callback_id.channel")
    is_confirming = fields.Boolean(compute="_compute_is_confirming")
    result = fields.Selection(
        selection=[
            ("reached", "Customer Reached"),
            ("not_reached", "Customer Not Reached"),
            ("refused", "Customer Refused"),
        ],
        compute="_compute_result",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    satisfaction = OptionalFloat(digits=(5, 2))
    quality = OptionalFloat(string="Product Quality", digits=(5, 2))
    attitude = OptionalFloat(string="Service Attitude", digits=(5, 2))
    efficiency = OptionalFloat(string="Service Efficiency", digits=(5, 2))
    nps = OptionalInteger(string="Recommendation (0-10)")
    feedback = fields.Text(help="What the customer said, in their words.")
    customer_confirmed = fields.Selection(
        selection=[("yes", "Solved"), ("no", "Not Solved")],
        string="Is the Issue Solved?",
    )
    signature = fields.Binary()
    signature_refused = fields.Boolean(string="Refused to Sign")
    is_periodic = fields.Boolean(related="callback_id.is_periodic")
    next_due_on = fields.Date(
        string="Next Callback On",
        help="As agreed with the customer. Empty: as the policy says.",
    )
    line_ids = fields.One2many(
        comodel_name="revisit.callback.finish.line",
        inverse_name="wizard_id",
        string="Made in the Same Contact",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    has_confirming_line = fields.Boolean(compute="_compute_has_confirming_line")

    @api.depends("callback_id")
    def _compute_result(self):
        for wizard in self:
            callback = wizard.callback_id
            wizard.result = callback._get_result() if callback else False

    @api.depends("callback_id")
    def _compute_line_ids(self):
        for wizard in self:
            followers = wizard.callback_id._get_followers()
            wizard.line_ids = [Command.clear()] + [
                Command.create({"callback_id": follower.id})
                for follower in followers.sorted(lambda c: (c.window_end, c.id))
            ]

    @api.depends("line_ids.callback_id")
    def _compute_has_confirming_line(self):
        for wizard in self:
            wizard.has_confirming_line = any(wizard.line_ids.mapped("is_confirming"))

    @api.depends("callback_id")
    def _compute_is_confirming(self):
        for wizard in self:
            wizard.is_confirming = wizard.callback_id._is_confirming()

    def action_finish(self):
        """Finish the callback; measures are only kept if the customer was reached."""
        self.ensure_one()
        names = self.callback_id._get_result_fields()
        if self.result != "reached":
            names = ["feedback"]
        values = {name: self[name] for name in names if self[name] is not False}
        if self.next_due_on:
            values["next_due_on"] = self.next_due_on
        return self.callback_id.action_done(
            result=self.result, others=self._get_others(names), **values
        )

    def _get_others(self, names):
        """Return the followers' own answers; an empty one is as the leader's."""
        return {
            line.callback_id.id: line._get_answers(names)
            for line in self.line_ids
            if line._get_answers(names)
        }

    def action_finish_and_issue(self):
        """Finish the callback and write down what went wrong."""
        self.action_finish()
        return self.callback_id.action_raise_issue()


class RevisitCallbackFinishLine(models.TransientModel):
    """What the customer said about another reason of the same contact (L2)."""

    _name = "revisit.callback.finish.line"
    _description = "Result of a Callback Made in the Same Contact"

    wizard_id = fields.Many2one(
        comodel_name="revisit.callback.finish", required=True, ondelete="cascade"
    )
    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    policy_id = fields.Many2one(related="callback_id.policy_id")
    source_name = fields.Char(related="callback_id.source_name")
    is_confirming = fields.Boolean(compute="_compute_is_confirming")
    satisfaction = OptionalFloat(digits=(5, 2))
    quality = OptionalFloat(string="Product Quality", digits=(5, 2))
    attitude = OptionalFloat(string="Service Attitude", digits=(5, 2))
    efficiency = OptionalFloat(string="Service Efficiency", digits=(5, 2))
    feedback = fields.Text()
    customer_confirmed = fields.Selection(
        selection=[("yes", "Solved"), ("no", "Not Solved")],
        string="Is the Issue Solved?",
    )

    @api.depends("callback_id")
    def _compute_is_confirming(self):
        for line in self:
            line.is_confirming = line.callback_id._is_confirming()

    def _get_answers(self, names):
        return {
            name: self[name]
            for name in names
            if name in self._fields and self[name] is not False
        }
