# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitReportExtension(models.TransientModel):
    """Asks why more time is needed to hand a report in, or until when it is given.

    Who may ask and decide is checked in the steps of ``revisit.report``.
    """

    _name = "revisit.report.extension"
    _description = "More Time to Hand In"

    report_id = fields.Many2one(
        comodel_name="revisit.report", required=True, readonly=True
    )
    step = fields.Selection(
        selection=[("ask", "Ask"), ("grant", "Grant"), ("refuse", "Refuse")],
        required=True,
        readonly=True,
        default="ask",
    )
    asked_reason = fields.Text(related="report_id.extension_reason", string="Asked For")
    is_late = fields.Boolean(compute="_compute_is_late")
    until = fields.Date(
        string="On Time Until", help="The last day on which it may be handed in."
    )
    reason = fields.Text()

    @api.depends("report_id.hand_in_until")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for wizard in self:
            until = wizard.report_id.hand_in_until
            wizard.is_late = bool(until and until <= now)

    def action_apply(self):
        self.ensure_one()
        if self.step == "ask":
            return self.report_id.action_ask_extension(self.reason)
        if self.step == "grant":
            return self.report_id.action_grant_extension(self.until, self.reason)
        return self.report_id.action_refuse_extension(self.reason)
