# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitResultedMixin(models.AbstractModel):
    """What a talk has brought beside its answers; see ``revisit.result``.

    It belongs to the conversation and is kept on the callback that leads it.
    """

    _name = "revisit.resulted.mixin"
    _description = "Results of the Talk"

    _server_owned = {"result_ids"}

    result_ids = fields.One2many(
        comodel_name="revisit.result",
        inverse_name="callback_id",
        string="Results",
        readonly=True,
        copy=False,
        groups="revisit_management.group_agent",
    )
    talk_result_ids = fields.Many2many(
        comodel_name="revisit.result",
        string="Results of the Talk",
        compute="_compute_talk_result_ids",
        groups="revisit_management.group_agent",
    )
    result_count = fields.Integer(
        string="Number of Results",
        compute="_compute_talk_result_ids",
        groups="revisit_management.group_agent",
    )

    @api.depends("contact_id", "result_ids")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_talk_result_ids(self):
        """Find the results that the reader may see, in one search for all."""
        # whose conversation it is, whoever may read which part of it
        leaders = self.sudo()._get_leaders()
        results = self.env["revisit.result"].search(
            [("callback_id", "in", leaders.ids)]
        )
        # compared only
        by_leader = results.grouped(lambda result: result.sudo().callback_id.id)
        for callback in self:
            leader = callback.sudo().contact_id or callback._origin  # see above
            found = by_leader.get(leader.id, results.browse())
            callback.talk_result_ids = found
            callback.result_count = len(found)

    def action_open_results(self):
        """Button: list what the talk has brought."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_result_action"
        )
        return {
            **action,
            "domain": [("id", "in", self.talk_result_ids.ids)],
            "context": self._get_result_defaults(),
        }

    def action_add_result(self):
        """Button: note what else the customer said."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Result"),
            "res_model": "revisit.result",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": self._get_result_defaults(),
        }

    def _get_result_defaults(self):
        leader = self._get_leaders()
        return {
            "default_callback_id": leader.id,
            "default_product_id": leader.product_id.id,
        }
