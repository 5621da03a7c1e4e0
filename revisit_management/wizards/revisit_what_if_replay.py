# Part of Revisit. See LICENSE file for full copyright and licensing details.
from contextlib import closing
from datetime import timedelta

from odoo import api, models

from ..tools import windows
from ..tools.planning import QUIET
from .revisit_what_if import COMPANY_TRIALS, MEASURES, POLICY_TRIALS, RULEBOOK_TRIALS


class RevisitWhatIf(models.TransientModel):
    """The replay: with the present and the changed policies, and both their figures."""

    _inherit = "revisit.what.if"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # THE REPLAY
    # ------------------------------------------------------------

    def _get_range(self):
        """Return the chosen days as ``[from, to)`` in UTC."""
        tz = self.company_id._revisit_tz()
        return (
            windows.day_start(self.date_from, tz),
            windows.day_start(self.date_to + timedelta(days=1), tz),
        )

    def _replay(self, policies, changes):
        """Return what would have been decided after ``changes``, then roll them back.

        :param changes: ``[(record, vals)]``
        :return: list of dicts, see ``_get_details`` of the planner
        """
        with closing(self.env.cr.savepoint()):
            for record, vals in changes:
                if record._name == "res.company":
                    # a trial that is rolled back below, so it needs no right to write
                    record = record.sudo()
                record.with_context(**QUIET).write(vals)
            # constraints of the database are checked here
            self.env.flush_all()
            date_from, date_to = policies._check_generate(*self._get_range())
            return self.env["revisit.planner"]._replay(policies, date_from, date_to)

    def _get_changes(self):
        """Return ``[(record, vals)]`` of values that differ from the present ones."""
        found = [
            (self.company_id, self._get_trials(self.company_id, COMPANY_TRIALS)),
            (self.rulebook_id, self._get_trials(self.rulebook_id, RULEBOOK_TRIALS)),
            (self.policy_id, self._get_trials(self.policy_id, POLICY_TRIALS)),
        ]
        return [(record, vals) for record, vals in found if vals]

    def _get_trials(self, record, trials):
        """Return the values to try on ``record``; empty fields are not changed."""
        if not record:
            return {}
        given = {
            name: self[name]
            for name in trials
            # an empty optional number is False, and it may be 0
            if (self[name] if self._is_choice(name) else self[name] is not False)
        }
        vals = {}
        for name, value in given.items():
            if value != self._to_trial(record, trials[name]):
                vals[trials[name]] = self._to_value(name, value)
        return vals

    def _is_choice(self, name):
        return self._fields[name].type not in ("integer", "float")

    @api.model
    def _to_trial(self, record, target):
        """Return a present value in the form that this wizard uses."""
        value = record[target]
        if target == "merge_contacts":
            return "yes" if value else "no"
        return value

    @api.model
    def _to_value(self, name, value):
        """Return the value to write for a trial."""
        if name == "new_merge":
            return value == "yes"
        return value.id if isinstance(value, models.BaseModel) else value

    # ------------------------------------------------------------
    # THE FIGURES
    # ------------------------------------------------------------

    def _prepare_lines(self, before, after):
        """Return the values of the lines: both replays side by side."""
        names = ("policy_id", "team_id", "user_id", "dealer_id", "month", "reason")
        merged = {}
        for side, details in (("before", before), ("after", after)):
            for row in details:
                key = tuple(row[name] for name in names)
                merged.setdefault(key, {})[side] = row
        policies = self.env["revisit.policy"].browse({key[0] for key in merged})
        minutes = {p.id: p.script_id.duration or self.default_minutes for p in policies}
        touching = set(policies.filtered(lambda p: p.contact_type == "touch").ids)
        assignees = self._get_assignees({key[1:3] for key in merged})
        vals_list = []
        for key, sides in merged.items():
            vals = dict(zip(names, key, strict=True))
            vals["what_if_id"] = self.id
            vals["currency_id"] = self.currency_id.id
            vals["assignee"] = assignees[key[1:3]]
            figures = {
                side: self._get_figures(
                    sides.get(side), key[0] in touching, minutes[key[0]]
                )
                for side in ("before", "after")
            }
            for name in MEASURES:
                old, new = figures["before"][name], figures["after"][name]
                vals[f"{name}_before"], vals[f"{name}_after"] = old, new
                vals[f"{name}_change"] = new - old
            vals_list.append(vals)
        return vals_list

    def _get_figures(self, row, is_touch, minutes):
        """Return {measure: number} of one row of details, which may be missing."""
        figures = dict.fromkeys(MEASURES, 0)
        if not row:
            return figures
        if row["reason"]:
            figures["left_out"] = row["callbacks"]
        elif is_touch:
            figures["touches"] = row["callbacks"]
        else:
            hours = row["contacts"] * minutes / 60
            figures.update(
                calls=row["callbacks"],
                contacts=row["contacts"],
                hours=hours,
                cost=hours * self.hourly_cost,
            )
        return figures

    def _get_assignees(self, keys):
        """Return {(unit id, user id): name of the agent or of the unit's queue}."""
        teams = self.env["revisit.team"].browse({key[0] for key in keys if key[0]})
        users = self.env["res.users"].browse({key[1] for key in keys if key[1]})
        # only names, of people who may belong to another unit or a dealer
        names = {user.id: user.name for user in users.sudo()}
        queues = {
            team.id: self.env._("Queue of %(unit)s", unit=team.name)
            for team in teams.sudo()  # only names, see above
        }
        nobody = self.env._("Nobody's queue")
        return {
            (team_id, user_id): names.get(user_id) or queues.get(team_id, nobody)
            for team_id, user_id in keys
        }
