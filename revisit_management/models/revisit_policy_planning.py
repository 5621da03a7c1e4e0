# Part of Revisit. See LICENSE file for full copyright and licensing details.
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class RevisitPolicy(models.Model):
    """How often and for how many: each event, again and again, or a sample (B3-B6)."""

    _inherit = "revisit.policy"

    recurrence = fields.Selection(
        selection=[
            ("event", "Each Event"),
            ("rolling", "Periodic: Months After the Last Callback"),
            ("calendar", "Periodic: Once per Calendar Period"),
            ("sample", "A Sample of Each Period's Events"),
        ],
        required=True,
        default="event",
        tracking=True,
    )
    period_months = fields.Integer(
        string="Every (months)",
        default=1,
        tracking=True,
        help="Periodic: months from one callback to the next, or the length of the"
        " calendar period. Sample: the length of the period that is drawn from.",
        aggregator=None,
    )
    first_after_months = fields.Integer(
        string="First After (months)",
        default=0,
        help="Months from the event, e.g. the first use, to the first callback that is"
        " due; afterwards every so many months from the last one.",
        aggregator=None,
    )
    day_from = fields.Integer(
        string="From Day of Month",
        default=0,
        help="Callbacks of a calendar period are made between these days of its first"
        " month; 0: in the whole period.",
        aggregator=None,
    )
    day_to = fields.Integer(string="To Day of Month", default=0, aggregator=None)
    first_period = fields.Selection(
        selection=[
            ("counts", "Counts, if Enough of It Remains"),
            ("next", "Does Not Count: From the Next One On"),
        ],
        string="A Customer's First Period",
        required=True,
        default="counts",
        tracking=True,
        help="Whether a customer who comes within a calendar period is due in it"
        " already. The window is then what remains of the period.",
    )
    first_period_days = fields.Integer(
        string="Days That Must Remain",
        default=0,
        aggregator=None,
        tracking=True,
        help="Who comes later, when fewer whole days of the period's window remain, is"
        " due from the next period on. 0: any rest is enough.",
    )
    opens_at = fields.Float(
        string="Opens at",
        default=0.0,
        help="Before a planned event: the local hour at which the window opens on its"
        " first day, e.g. 16:30, when the next day's list is handed over. What is"
        " handed over later is marked.",
        aggregator=None,
    )
    # Sample
    sample_rate = fields.Float(
        string="Sample (%)",
        default=0.0,
        tracking=True,
        help="How many of a period's events are drawn.",
        aggregator=None,
    )
    sample_rounding = fields.Selection(
        selection=[("up", "At Least: Round Up"), ("down", "At Most: Round Down")],
        string="Rate Means",
        required=True,
        default="up",
    )
    sample_stratum_path = fields.Char(
        string="Drawn per",
        help="The field of the documents, e.g. partner_id.callback_tier, whose values"
        " are drawn from separately. Empty: from all together.",
    )
    sample_ceiling_rate = fields.Float(
        string="Never Above (%)",
        default=0.0,
        help="The ceiling of a period's sample, in percent of what is chosen beside it;"
        " it wins over the rate. 0: no ceiling.",
        aggregator=None,
    )
    sample_ceiling_base = fields.Selection(
        selection=[
            ("population", "of the Period's Events"),
            ("household", "of the Households of Our Estates"),
        ],
        string="Ceiling Counts",
        required=True,
        default="population",
    )
    sample_seed = fields.Char(
        string="Seed",
        default=lambda self: uuid4().hex[:12],
        copy=False,
        help="The same seed draws the same events: an auditor can draw again.",
    )
    # Cap and budget
    cap_role = fields.Selection(
        selection=[
            ("held", "Counts, and May Be Held Back"),
            ("counts", "Counts, but Is Never Held Back"),
            ("exempt", "Does Not Count"),
        ],
        string="Frequency Cap",
        compute="_compute_cap_role",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
    )
    overdraw_reason = fields.Char(
        string="May Overdraw Because",
        translate=True,
        help="Why this policy, e.g. after a complaint or for a safety recall, is made"
        " although the customer's contact budget is used up. Empty: it is held back.",
    )
    use_preferred_channel = fields.Boolean(
        string="Customer's Channel First",
        help="Reach each customer through the channel that they prefer.",
    )
    # Callback or touch
    contact_type = fields.Selection(
        selection=[("callback", "Callback"), ("touch", "Touch (SMS or Email)")],
        string="Makes",
        required=True,
        default="callback",
        tracking=True,
        help="A touch is a one-way notice or greeting; it is never a callback.",
    )
    sms_template_id = fields.Many2one(
        comodel_name="sms.template", string="SMS Template", ondelete="set null"
    )
    mail_template_id = fields.Many2one(
        comodel_name="mail.template", string="Email Template", ondelete="set null"
    )
    channel_ids = fields.One2many(
        comodel_name="revisit.policy.channel",
        inverse_name="policy_id",
        string="Other Channels",
        copy=True,
    )

    _sample_rate_bounded = models.Constraint(
        "CHECK(sample_rate BETWEEN 0 AND 100"
        " AND sample_ceiling_rate BETWEEN 0 AND 100)",
        "A sample is between 0 and 100 percent.",
    )
    _days_bounded = models.Constraint(
        "CHECK(day_from BETWEEN 0 AND 28 AND day_to BETWEEN 0 AND 28"
        " AND day_from <= day_to AND (day_from > 0 OR day_to = 0))",
        "Give two days of the month from 1 to 28, the earlier one first, or 0 twice.",
    )
    _first_period_days_bounded = models.Constraint(
        "CHECK(first_period_days BETWEEN 0 AND 365)",
        "The days that must remain of a first period lie between 0 and 365.",
    )
    _opens_at_bounded = models.Constraint(
        "CHECK(opens_at >= 0 AND opens_at < 24)", "An hour lies between 0:00 and 23:59."
    )

    @api.depends("recurrence", "kind")
    def _compute_cap_role(self):
        for policy in self:
            if policy.kind in ("abnormal", "special"):
                policy.cap_role = "exempt"
            else:
                is_event = policy.recurrence == "event"
                policy.cap_role = "counts" if is_event else "held"

    @api.constrains("recurrence", "period_months", "first_after_months", "sample_rate")
    def _check_recurrence(self):
        for policy in self:
            if policy.period_months < 0:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: say every how many months, from 1.",
                        policy=policy.name,
                    )
                )
            if (
                policy.recurrence in ("calendar", "sample")
                and policy.period_months
                and 12 % policy.period_months
            ):
                raise ValidationError(
                    self.env._(
                        "%(policy)s: calendar periods last 1, 2, 3, 4, 6 or 12 months.",
                        policy=policy.name,
                    )
                )
            if policy.period_months > 120 or policy.first_after_months > 120:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: nobody waits longer than ten years. Give fewer"
                        " months.",
                        policy=policy.name,
                    )
                )
            if policy.first_after_months < 0:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: the first callback comes after the event.",
                        policy=policy.name,
                    )
                )

    def _excludes_own_customers(self):
        """Return whether nobody may verify what they did themselves (L8)."""
        self.ensure_one()
        return self.kind == "verification" and self.rulebook_id.no_own_customer
