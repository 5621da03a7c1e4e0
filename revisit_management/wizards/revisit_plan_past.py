# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..tools.planning import PlanningRun

# from this number of events, planning in the background is suggested
BACKGROUND_FROM = 5000


class RevisitPlanPast(models.TransientModel):
    """Plans policies for past events, after a dry run has shown the result."""

    _name = "revisit.plan.past"
    _description = "Plan Past Events"

    policy_ids = fields.Many2many(
        comodel_name="revisit.policy",
        default=lambda self: self._get_chosen_active(),
    )
    archived_ids = fields.Many2many(
        comodel_name="revisit.policy",
        relation="revisit_plan_past_archived_rel",
        string="Archived Policies",
        readonly=True,
        context={"active_test": False},
        default=lambda self: self._get_chosen().filtered(lambda p: not p.active),
    )
    with_archived = fields.Boolean(
        string="Archived Ones, Too",
        help="What an archived policy has planned does not follow its documents.",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: (
            self.env.company._revisit_today() - relativedelta(months=3)
        ),
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self.env.company._revisit_today(),
    )
    outcome = fields.Text(readonly=True)
    problems = fields.Text(string="These Plan Nothing", readonly=True)
    unit_problem = fields.Text(compute="_compute_unit_problem")
    is_checked = fields.Boolean()
    is_done = fields.Boolean(readonly=True)
    new_count = fields.Integer(string="New Callbacks", readonly=True)
    in_background = fields.Boolean(
        string="Plan in Background",
        help="Plan month by month while you go on working. You see how far it is, and"
        " it goes on where it was if the server stops.",
    )

    @api.model
    def _get_chosen(self):
        """Return the policies selected in the list from which the wizard was opened."""
        reader = self.env["revisit.reader"]
        ids = reader._read_ids(
            reader._get_label(self, "policy_ids"), self.env.context.get("active_ids")
        )
        return self.env["revisit.policy"].browse(ids or []).exists()

    @api.model
    def _get_chosen_active(self):
        """Return the active ones, without policies that are only planned by hand."""
        active = self._get_chosen().filtered("active")
        return active.filtered("model_name") or active

    @api.depends("policy_ids", "with_archived")
    def _compute_unit_problem(self):
        for wizard in self:
            policies = wizard._get_policies().filtered("model_name")
            wizard.unit_problem = policies._get_unit_problems()

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for wizard in self:
            if wizard.date_from > wizard.date_to:
                raise ValidationError(
                    self.env._("The first day lies after the last one: exchange them.")
                )

    @api.onchange("policy_ids", "with_archived", "date_from", "date_to")
    def _onchange_range(self):
        self.is_checked = self.is_done = False
        self.outcome = self.problems = False

    def action_check(self):
        """Count what would be planned, without writing anything."""
        self.ensure_one()
        counts, problems = self._generate(dry_run=True)
        found = counts["created"] + counts["existing"] + sum(counts["skipped"].values())
        self.write(
            {
                "is_checked": True,
                "is_done": False,
                "in_background": found > BACKGROUND_FROM,
                "outcome": self._describe(counts),
                "problems": "\n".join(problems),
            }
        )
        return self._reopen()

    def action_plan(self):
        """Plan what can be planned; a second click plans nothing more."""
        self.ensure_one()
        if self.is_done:
            return self._reopen()
        # if clicked twice at once, the second click waits here and finds it done
        self.write({"is_done": True, "is_checked": False})
        self.flush_recordset()
        if self.in_background:
            return self._plan_in_background()
        counts, problems = self._generate(dry_run=False)
        self.write(
            {
                "new_count": counts["created"],
                "outcome": self._describe(counts),
                "problems": "\n".join(problems),
            }
        )
        return self._reopen()

    def action_open_callbacks(self):
        """Open all callbacks or touches of the policies for events of the range."""
        self.ensure_one()
        policies = self._get_policies()
        only_touches = set(policies.mapped("contact_type")) == {"touch"}
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_%s_action"
            % ("touch" if only_touches else "callback")
        )
        first, last = self._get_range()
        domain = [
            ("policy_id", "in", policies.ids),
            ("event_at", ">=", fields.Datetime.to_string(first)),
            ("event_at", "<", fields.Datetime.to_string(last)),
        ]
        return {**action, "domain": domain, "context": {}}

    def action_open_units(self):
        """Open the units in which nobody would see the planned callbacks."""
        return self._get_policies().filtered("model_name")._get_mend_action()

    def _get_policies(self):
        """Return the policies to plan; archived ones only if selected."""
        archived = self.archived_ids.with_context(active_test=False)
        return self.policy_ids + archived.filtered(lambda _p: self.with_archived)

    def _get_range(self):
        """Return the chosen days as ``[from, to)`` in UTC."""
        company = self.policy_ids.company_id[:1] or self.env.company
        return company._revisit_day_bounds(self.date_from, self.date_to)

    def _split(self):
        """Return the policies that can plan, and why each of the others cannot."""
        policies, problems = self._get_policies(), []
        sound = policies.browse()
        for policy in policies:
            # the check reads documents to which the user need not have access
            error = policy.trigger_id.sudo()._get_definition_error()
            if not policy.model_name:
                error = self.env._("it is planned by hand or by an automation only.")
            if error:
                problems.append(
                    self.env._(
                        "%(policy)s: %(problem)s", policy=policy.name, problem=error
                    )
                )
            else:
                sound += policy
        if not policies:
            raise ValidationError(
                self.env._("Choose a policy, or tick that archived ones plan, too.")
            )
        return sound, problems

    def _generate(self, dry_run):
        """Plan what can be planned, and continue after policies that fail.

        :return: (counts, list of texts about the policies that plan nothing)
        """
        sound, problems = self._split()
        first, last = sound._check_generate(*self._get_range())
        run = PlanningRun(dry_run=dry_run, is_lenient=True)
        self.env["revisit.planner"]._plan(sound, first, last, run)
        return run.get_counts(), problems + run.errors

    def _plan_in_background(self):
        """Start the run in the background and show its progress."""
        sound, problems = self._split()
        if not sound:
            raise UserError("\n".join(problems))
        runs = sound.generate_in_background(*self._get_range())
        # only the system may write runs
        runs.sudo().notice = "\n".join(problems)
        return runs._get_open_action()

    def _describe(self, counts):
        """Return the counts as lines of text in the reader's language."""
        reasons = dict(
            self.env["revisit.planning.skip"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        lines = [
            self.env._("This was planned:")
            if self.is_done
            else self.env._("This would happen:"),
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
        lines += self._get_effect_lines() + self._get_workday_notices()
        return "\n".join(lines)

    def _get_workday_notices(self):
        """Return warnings if holidays are not known up to the end of the range."""
        last_moment = self._get_range()[1] - timedelta(seconds=1)
        notices = (p._get_workday_notice(last_moment) for p in self._get_policies())
        return list(filter(None, notices))

    def _get_effect_lines(self):
        """Return which rulebooks come into effect only within the range."""
        date_from, _date_to = self._get_range()
        late = self._get_policies().rulebook_id.filtered(
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
