# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..tools import windows

# from so many events on, planning is suggested to go on in the background
BACKGROUND_FROM = 5000


class RevisitPlanPast(models.TransientModel):
    """Plans policies for past events, after a dry run has shown what comes (B8)."""

    _name = "revisit.plan.past"
    _description = "Plan Past Events"

    policy_ids = fields.Many2many(
        comodel_name="revisit.policy",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self) - relativedelta(months=3),
    )
    date_to = fields.Date(string="To", required=True, default=fields.Date.context_today)
    outcome = fields.Text(readonly=True)
    is_checked = fields.Boolean()
    in_background = fields.Boolean(
        string="Plan in Background",
        help="Plan month by month while you go on working. You see how far it is, and"
        " it goes on where it was if the server stops.",
    )

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for wizard in self:
            if wizard.date_from > wizard.date_to:
                raise ValidationError(
                    self.env._("The first day lies after the last one: exchange them.")
                )

    @api.onchange("policy_ids", "date_from", "date_to")
    def _onchange_range(self):
        self.is_checked = False
        self.outcome = False

    def action_check(self):
        """Count what would be planned, writing nothing."""
        self.ensure_one()
        counts = self._generate(dry_run=True)
        self.outcome = self._describe(counts)
        found = counts["created"] + counts["existing"] + sum(counts["skipped"].values())
        self.write({"is_checked": True, "in_background": found > BACKGROUND_FROM})
        return self._reopen()

    def action_plan(self):
        self.ensure_one()
        if self.in_background:
            return self._plan_in_background()
        self.outcome = self._describe(self._generate(dry_run=False))
        self.is_checked = False
        return self._reopen()

    def _get_range(self):
        """Return the chosen days as ``[from, to)`` in UTC."""
        tz = self.env.company._revisit_tz()
        return (
            windows.day_start(self.date_from, tz),
            windows.day_start(self.date_to + timedelta(days=1), tz),
        )

    def _generate(self, dry_run):
        return self.policy_ids.generate(*self._get_range(), dry_run=dry_run)

    def _plan_in_background(self):
        """Begin the work and show how far it is."""
        runs = self.policy_ids.generate_in_background(*self._get_range())
        return runs._get_open_action()

    def _describe(self, counts):
        """Return the counts as lines of text in the reader's language."""
        reasons = dict(
            self.env["revisit.planning.skip"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        lines = [
            self.env._("New callbacks: %s", counts["created"]),
            self.env._("Planned already: %s", counts["existing"]),
            self.env._("Moved with their document: %s", counts["updated"]),
            self.env._("Cancelled with their document: %s", counts["cancelled"]),
        ]
        for reason, number in counts["skipped"].items():
            lines.append(
                self.env._(
                    "Left out, %(reason)s: %(number)s",
                    reason=reasons.get(reason, reason),
                    number=number,
                )
            )
        return "\n".join(lines + self._get_effect_lines())

    def _get_effect_lines(self):
        """Say which rulebooks are in effect only from within the range."""
        date_from, _date_to = self._get_range()
        late = self.policy_ids.rulebook_id.filtered(
            lambda r: (r._get_effect_start() or date_from) > date_from
        )
        return [
            self.env._(
                "Events before %(day)s are left out: %(rulebook)s is in effect from"
                " then.",
                day=format_date(self.env, rulebook.effective_from),
                rulebook=rulebook.name,
            )
            for rulebook in late
        ]

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan Past Events"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
