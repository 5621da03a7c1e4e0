# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.local_day import LocalDay
from ...tools.terms import LEVELS, TOUCH_CHANNELS


class RevisitTouch(models.Model):
    """A notice or greeting for one customer: one occasion, one policy.

    Planned by the planner, sent by the scheduled action through Odoo's own
    queues within the company's and the customer's hours. A touch is never a
    callback: it has no agent and does not count for anybody.

    No user writes a touch directly; supervisors cancel it or have it retried.
    """

    _name = "revisit.touch"
    _description = "Touch"
    _inherit = ["revisit.named.mixin", "revisit.protected.mixin"]
    _order = "window_start desc, id desc"
    _rec_names_search = ["partner_id", "source_name"]
    _check_company_auto = True

    _server_owned = {
        "body",
        "cancel_reason",
        "channel",
        "commercial_partner_id",
        "company_id",
        "dealer_id",
        "delivery_state",
        "event_at",
        "failure_reason",
        "failure_type",
        "level",
        "notification_id",
        "occasion",
        "partner_id",
        "policy_id",
        "rulebook_id",
        "sent_at",
        "source_id",
        "source_model",
        "source_name",
        "state",
        "subject",
        "window_end",
        "window_start",
    }

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True
    )
    # Occasion
    policy_id = fields.Many2one(
        comodel_name="revisit.policy",
        required=True,
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    source_model = fields.Char(required=True, readonly=True)
    source_id = fields.Many2oneReference(
        model_field="source_model",
        string="Document ID",
        required=True,
        readonly=True,
        aggregator=None,
    )
    source_name = fields.Char(string="Document", readonly=True)
    occasion = fields.Char(required=True, default="", readonly=True)
    event_at = fields.Datetime(string="Event", required=True, readonly=True)
    window_start = fields.Datetime(string="From", required=True, readonly=True)
    opens_on = LocalDay(string="First Day", moment="window_start")
    sent_on = LocalDay(string="Day Sent", moment="sent_at")
    window_end = fields.Datetime(
        string="Before",
        required=True,
        readonly=True,
        help="What was not sent before this moment is not sent any more.",
    )
    # Customer
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Company of the Customer",
        store=True,
        precompute=True,
        index=True,
    )
    dealer_id = fields.Many2one(
        comodel_name="res.partner",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    level = fields.Selection(
        selection=LEVELS, required=True, default="hq", readonly=True
    )
    channel = fields.Selection(selection=TOUCH_CHANNELS, required=True, readonly=True)
    # Sending
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("failed", "Not Delivered"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="planned",
        readonly=True,
    )
    cancel_reason = fields.Selection(
        selection=[
            ("source", "The Occasion No Longer Holds"),
            ("person", "Cancelled by a Person"),
            ("late", "The Window Has Passed"),
            ("banned", "Must Not Be Contacted"),
        ],
        string="Cancelled Because",
        readonly=True,
    )
    sent_at = fields.Datetime(
        readonly=True, help="When it was handed to the outgoing messages."
    )
    subject = fields.Char(readonly=True)
    body = fields.Text(string="Message", readonly=True)
    # Delivery, see revisit_touch_delivery.py
    notification_id = fields.Many2one(
        comodel_name="mail.notification",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        groups="base.group_system",
    )
    delivery_state = fields.Selection(
        selection=[
            ("queued", "In Queue"),
            ("processing", "Being Checked"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("bounced", "Bounced"),
            ("failed", "Not Delivered"),
            ("cancelled", "Cancelled"),
        ],
        string="Delivery Report",
        readonly=True,
        help="What the SMS provider or the mail server has reported. Mail servers do"
        " not report deliveries, only what comes back.",
    )
    failure_type = fields.Selection(
        selection="_get_failure_types", string="Why Not Delivered", readonly=True
    )
    failure_reason = fields.Char(string="Details", readonly=True)

    _occasion_unique = models.UniqueIndex(
        "(policy_id, source_model, source_id, occasion)"
    )
    _due_idx = models.Index("(company_id, state, window_start)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_failure_types(self):
        notification = self.env["mail.notification"]
        theirs = notification._fields["failure_type"]._description_selection(self.env)
        ours = {
            "touch_banned": self.env._("The customer refuses contact"),
            "touch_archived": self.env._("The customer is archived"),
            "touch_source": self.env._("The document is gone"),
            "touch_number_bl": self.env._("The number is on the blacklist"),
            "touch_template": self.env._("The template could not be filled in"),
            "touch_paused": self.env._(
                "The policy was paused until the window had passed"
            ),
            "touch_hours": self.env._(
                "No hour in the window suited both the company and the customer"
            ),
        }
        return [*ours.items(), *theirs]

    @api.depends("channel", "partner_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        hidden = self._get_unreadable()
        hidden._hide_names()
        for touch in self - hidden:
            touch.display_name = self.env._(
                "%(channel)s to %(customer)s",
                channel=channels.get(touch.channel, ""),
                # whoever may read the touch may see these two names
                customer=touch.sudo().partner_id.name or "",
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_cancel(self):
        """Cancel touches that have not been sent."""
        self._check_supervisor()
        planned = self.filtered(lambda touch: touch.state == "planned")
        if not planned:
            raise UserError(
                self.env._(
                    "Only a planned touch can be cancelled. What was sent cannot be"
                    " called back."
                )
            )
        # no user may write touches directly; role and read access were checked
        planned.sudo().write({"state": "cancelled", "cancel_reason": "person"})
        return True

    def action_retry(self):
        """Plan touches again that were not sent, e.g. once a number is corrected."""
        self._check_supervisor()
        now = fields.Datetime.now()
        touches = self.filtered(
            lambda touch: (
                touch.state in ("failed", "cancelled")
                and not touch.sent_at
                and touch.window_end > now
            )
        )
        if not touches:
            raise UserError(
                self.env._(
                    "Only a touch that never left, and whose window is still open, can"
                    " be tried again."
                )
            )
        touches.sudo().write(  # no user may write touches; checked above
            {
                "state": "planned",
                "cancel_reason": False,
                "delivery_state": False,
                "failure_type": False,
                "failure_reason": False,
            }
        )
        self._wake()
        return True

    def action_open_source(self):
        """Button: open the document that the touch is about."""
        self.ensure_one()
        return self.env["revisit.callback"]._get_source_action(
            self.source_model, self.source_id
        )

    def _check_supervisor(self):
        self.check_access("read")
        if not (
            self.env.su
            or self.env.user.has_group("revisit_management.group_supervisor")
        ):
            raise AccessError(
                self.env._("Only supervisors cancel touches or have them tried again.")
            )
