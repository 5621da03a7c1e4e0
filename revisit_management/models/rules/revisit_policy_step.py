# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import windows
from ...tools.terms import CHANNELS

# the first callback is the policy's own
FIRST_STEP, LAST_STEP = 2, 20
LONGEST = {"hour": 8784, "workday": 260, "day": 366}


class RevisitPolicyStep(models.Model):
    """When, how and by whom a second, third … callback about a matter is made.

    It is another callback, with a window of its own: the tries of one callback have
    their rules on the policy. Where the positions are used up, the supervisor decides.
    """

    _name = "revisit.policy.step"
    _description = "Later Callback of a Policy"
    _inherit = ["revisit.protected.mixin", "revisit.reading.mixin"]
    _order = "policy_id, position, id"
    _rec_name = "position"

    _server_owned = {
        "company_id",
        "rulebook_id",
    }

    policy_id = fields.Many2one(
        comodel_name="revisit.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    rulebook_id = fields.Many2one(
        related="policy_id.rulebook_id", store=True, index="btree_not_null"
    )
    position = fields.Integer(
        string="Callback No.",
        required=True,
        default=FIRST_STEP,
        aggregator=None,
        help="2: the second callback about the same matter.",
    )
    delay = fields.Integer(
        string="Opens After",
        required=True,
        default=1,
        aggregator=None,
        help="Counted from the moment at which it is asked for. Day 1 is the next day.",
    )
    delay_unit = fields.Selection(
        selection=[
            ("hour", "Hours"),
            ("workday", "Working Days"),
            ("day", "Calendar Days"),
        ],
        string="Unit",
        required=True,
        default="day",
    )
    open_for = fields.Integer(
        required=True,
        default=3,
        aggregator=None,
        help="How long the window stays open, in the same unit.",
    )
    channel = fields.Selection(
        selection=CHANNELS,
        help="Empty: as the policy and its other channels say for this position.",
    )
    agent_rule = fields.Selection(
        selection=[
            ("same", "The Same Agent"),
            ("other", "Another Agent of the Unit"),
            ("supervisor", "The Unit's Supervisor"),
        ],
        string="Made By",
        required=True,
        default="same",
        help="Who cannot make it any more is replaced as the policy assigns callbacks.",
    )

    _position_unique = models.UniqueIndex(
        "(policy_id, position)",
        "This policy has another row for this callback number. Change that one.",
    )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("position")
    def _check_position(self):
        for step in self:
            if not FIRST_STEP <= step.position <= LAST_STEP:
                raise ValidationError(
                    self.env._(
                        "%(policy)s: give a callback number from %(first)s to"
                        " %(last)s; the first callback is the policy's own.",
                        policy=step.policy_id.name,
                        first=FIRST_STEP,
                        last=LAST_STEP,
                    )
                )

    @api.constrains("delay", "open_for", "delay_unit")
    def _check_window(self):
        for step in self:
            longest = LONGEST[step.delay_unit]
            if (
                step.delay < 0
                or step.open_for < 1
                or step.delay + step.open_for > longest
            ):
                raise ValidationError(
                    self.env._(
                        "%(policy)s, callback no. %(position)s: it opens after 0 or"
                        " more, stays open for 1 or more, and both together are at most"
                        " %(longest)s in this unit.",
                        policy=step.policy_id.name,
                        position=step.position,
                        longest=longest,
                    )
                )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_step_window(self, moment):
        """Return the window of a callback that is asked for at a moment.

        :param moment: naive UTC datetime
        :return: ``(start, end)``, naive UTC, end exclusive
        :raise LookupError: the working calendar does not reach far enough
        """
        self.ensure_one()
        # hours are exact; of days, the last one is included
        last = self.delay + self.open_for - (self.delay_unit != "hour")
        # the day is the company's, whoever may read its settings
        tz = self.company_id.sudo()._revisit_tz()
        workdays = ()
        if self.delay_unit == "workday":
            workdays = self.env["revisit.workday"]._get_workdays(self.company_id)
        return windows.window(
            moment, self.delay, last, self.delay_unit, tz, workdays=workdays
        )
