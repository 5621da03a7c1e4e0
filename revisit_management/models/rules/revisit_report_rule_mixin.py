# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import windows
from ...tools.fields import OptionalInteger

# the time limits of a talk's papers, in the order in which they end
LIMITS = ("record_days", "report_days", "hand_in_days", "extension_days")


class RevisitReportRuleMixin(models.AbstractModel):
    """How soon after a talk its record and its report are due, and who reviews them.

    Days are calendar days after the day of the talk: 0 is the day itself, 1 the next
    one. An empty limit is not set: nothing is late by it.
    """

    _name = "revisit.report.rule.mixin"
    _description = "Rule of Records and Reports"

    record_days = OptionalInteger(
        string="Record Within",
        tracking=True,
        help="Calendar days after the talk; 0: the same day. Empty: not set.",
    )
    report_days = OptionalInteger(
        string="Report Within",
        tracking=True,
        help="Calendar days after the talk; 1: the next day. Empty: not set.",
    )
    hand_in_days = OptionalInteger(
        string="Hand In Within",
        tracking=True,
        help="Calendar days after the talk in which record and report reach the"
        " reviewer. Empty: not set.",
    )
    extension_days = OptionalInteger(
        string="With Approval Within",
        tracking=True,
        help="Calendar days after the talk up to which a supervisor may extend the time"
        " to hand in. Empty: not set; the supervisor names the day.",
    )
    asks_report = fields.Boolean(
        string="Reports Are Written",
        tracking=True,
        help="Whoever talks with a customer hands in a report, which the review files."
        " Dealers do not; nor do callbacks that customers answer by themselves.",
    )
    review_role = fields.Selection(
        selection=[
            ("supervisor", "A Supervisor of the Unit"),
            ("unit_manager", "The Unit's Manager"),
            ("manager", "A Callback Manager"),
        ],
        string="Reviewed By",
        required=True,
        default="supervisor",
        tracking=True,
        help="Callback managers always may.",
    )

    @api.constrains(*LIMITS)
    def _check_report_limits(self):
        for rule in self:
            limits = [(name, rule[name]) for name in LIMITS if rule[name] is not False]
            for name, days in limits:
                if not 0 <= days <= 366:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: give a number of days from 0 to 366, or leave"
                            " it empty if the rules do not say.",
                            field=self._fields[name]._description_string(self.env),
                        )
                    )
            for (first, early), (second, late) in zip(limits, limits[1:], strict=False):
                if early > late:
                    raise ValidationError(
                        self.env._(
                            "%(rulebook)s: “%(second)s” ends before “%(first)s”."
                            " Correct one of them.",
                            rulebook=rule.display_name,
                            first=self._fields[first]._description_string(self.env),
                            second=self._fields[second]._description_string(self.env),
                        )
                    )

    def _get_report_ends(self, talked_at, tz):
        """Return when the papers of a talk begin to be late.

        :param talked_at: naive UTC datetime of the talk
        :param tz: name of the company's time zone
        :return: ``{field of revisit.report: naive UTC datetime or False}``, the
            earliest where several rulebooks ask for it
        """
        ends = {}
        for name, limit in (
            ("record_until", "record_days"),
            ("report_until", "report_days"),
            ("hand_in_until", "hand_in_days"),
        ):
            days = [rule[limit] for rule in self if rule[limit] is not False]
            ends[name] = bool(days) and windows.days_end(talked_at, min(days), tz)
        return ends
