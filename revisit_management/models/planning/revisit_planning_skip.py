# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models

from ...tools.local_day import LocalDay
from ...tools.terms import SKIP_REASONS


class RevisitPlanningSkip(models.Model):
    """An occasion for which no callback was planned, and the reason.

    Limits are applied in ``_hold_back`` (planning/plain/contacts.py and
    planning/sql/contacts.py), other reasons in ``_get_skip_reason``;
    ``revisit.decision.mixin`` puts them into words.

    Left-out occasions are decided again by every run, e.g. once the customer is
    filled in; ``retry_until`` is the moment until which the callback would be on time.
    """

    _name = "revisit.planning.skip"
    _description = "Occasion Left Out"
    _inherit = ["revisit.decision.mixin", "revisit.protected.mixin"]
    _order = "event_at desc, id desc"
    _rec_name = "source_name"
    _check_company_auto = True

    _server_owned = {
        "company_id",
        "decision",
        "event_at",
        "occasion",
        "partner_id",
        "policy_id",
        "reason",
        "retry_until",
        "source_id",
        "source_model",
        "source_name",
    }

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    policy_id = fields.Many2one(
        comodel_name="revisit.policy", required=True, readonly=True, ondelete="cascade"
    )
    source_model = fields.Char(required=True, readonly=True)
    source_id = fields.Many2oneReference(
        model_field="source_model", string="Document ID", required=True, readonly=True
    )
    source_name = fields.Char(string="Document", readonly=True)
    occasion = fields.Char(required=True, default="", readonly=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    event_at = fields.Datetime(string="Event", readonly=True)
    event_on = LocalDay(string="Event Day", moment="event_at")
    reason = fields.Selection(selection=SKIP_REASONS, required=True, readonly=True)
    reason_text = fields.Text(
        compute="_compute_reason_text", string="In Words", compute_sudo=False
    )
    retry_until = fields.Datetime(readonly=True)
    decision = fields.Json(
        readonly=True, help="What the decision rests on, e.g. how a sample was drawn."
    )

    _occasion_unique = models.UniqueIndex(
        "(policy_id, source_model, source_id, occasion)"
    )

    @api.depends("reason", "decision", "policy_id")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        for skip in self:
            skip.reason_text = " ".join(
                filter(None, [skip.decision_text, skip._get_advice()])
            )

    def _get_advice(self):
        """Return what the user can do about the reason, or False."""
        return {
            "no_customer": self.env._("Fill in the customer on the document."),
            "do_not_contact": self.env._(
                "Respect it, or lift the ban on the customer's page if it no longer"
                " holds."
            ),
            "no_workdays": self.env._(
                "Give the company a working calendar, or correct its working days."
            ),
            "no_address": self.env._(
                "Fill in the mobile number or email address on the customer's page."
            ),
        }.get(self.reason)

    def action_open_source(self):
        """Button: open the document that was left out."""
        self.ensure_one()
        return self.env["revisit.callback"]._get_source_action(
            self.source_model, self.source_id
        )
