# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models

from ..tools.terms import SKIP_REASONS


class RevisitWhatIfLine(models.TransientModel):
    """What one policy plans for one agent and one dealer in one month."""

    _name = "revisit.what.if.line"
    _description = "What If: Line"
    _order = "month, policy_id, id"

    what_if_id = fields.Many2one(
        comodel_name="revisit.what.if", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(comodel_name="res.currency")
    policy_id = fields.Many2one(comodel_name="revisit.policy", ondelete="cascade")
    team_id = fields.Many2one(comodel_name="revisit.team", string="Unit")
    user_id = fields.Many2one(comodel_name="res.users")
    assignee = fields.Char(
        string="Agent", help="The agent, or the queue of the unit that shares it out."
    )
    dealer_id = fields.Many2one(comodel_name="res.partner")
    month = fields.Date(help="The month in which the window ends.")
    reason = fields.Selection(selection=SKIP_REASONS, string="Left Out Because")
    calls_before = fields.Integer(string="Callbacks as It Is")
    calls_after = fields.Integer(string="Callbacks as Changed")
    calls_change = fields.Integer(string="Callbacks, Difference")
    contacts_before = fields.Integer(string="Contacts as It Is")
    contacts_after = fields.Integer(string="Contacts as Changed")
    contacts_change = fields.Integer(string="Contacts, Difference")
    left_out_before = fields.Integer(string="Left Out as It Is")
    left_out_after = fields.Integer(string="Left Out as Changed")
    left_out_change = fields.Integer(string="Left Out, Difference")
    touches_before = fields.Integer(string="Touches as It Is")
    touches_after = fields.Integer(string="Touches as Changed")
    touches_change = fields.Integer(string="Touches, Difference")
    hours_before = fields.Float(string="Hours as It Is", digits=(16, 2))
    hours_after = fields.Float(string="Hours as Changed", digits=(16, 2))
    hours_change = fields.Float(string="Hours, Difference", digits=(16, 2))
    cost_before = fields.Monetary(string="Cost as It Is")
    cost_after = fields.Monetary(string="Cost as Changed")
    cost_change = fields.Monetary(string="Cost, Difference")


class RevisitWhatIfTotal(models.TransientModel):
    """One row of the summary: a figure as it is, as changed and the difference."""

    _name = "revisit.what.if.total"
    _description = "What If: Total"
    _order = "id"

    what_if_id = fields.Many2one(
        comodel_name="revisit.what.if", required=True, ondelete="cascade", index=True
    )
    name = fields.Char(string="In the Period")
    before = fields.Char(string="As It Is")
    after = fields.Char(string="As Changed")
    change = fields.Char(string="Difference")
