# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import sharing, windows
from ..tools.terms import OPEN_STATES

# as many callbacks are moved in one step
MOVED_AT_ONCE = 5000


class RevisitWorkload(models.TransientModel):
    """Who in a unit has how much to do, and sharing it evenly in one step.

    Moved is what nobody has tried yet: neither what was promised to a customer, nor
    what somebody has on the screen. Agents keep what is most urgent of theirs.
    """

    _name = "revisit.workload"
    _description = "Workload of a Unit"

    team_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Unit",
        required=True,
        default=lambda self: self._get_default_team(),
        domain="[('member_ids', '!=', False)]",
    )
    unassigned_count = fields.Integer(
        string="Nobody's Yet", compute="_compute_unassigned_count"
    )
    line_ids = fields.One2many(
        comodel_name="revisit.workload.line",
        inverse_name="workload_id",
        string="Agents",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.model
    def _get_default_team(self):
        teams = self.env["revisit.team"]
        mine = [("manager_id", "=", self.env.uid), ("member_ids", "!=", False)]
        return teams.search(mine, limit=1) or teams.search(
            [("member_ids", "!=", False)], limit=1
        )

    @api.depends("team_id")
    def _compute_unassigned_count(self):
        for workload in self:
            workload.unassigned_count = self.env["revisit.callback"].search_count(
                [*workload._get_open_domain(), ("user_id", "=", False)]
            )

    @api.depends("team_id")
    def _compute_line_ids(self):
        for workload in self:
            workload.line_ids = [Command.clear()] + [
                Command.create(values) for values in workload._get_line_values()
            ]

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_share(self):
        """Give everybody who takes part as much as the others.

        :return: a notice that says how many were moved; the figures are read anew
        :raise UserError: nobody takes part
        """
        self.ensure_one()
        given, left = self._share()
        moved = 0
        for user, items in given.items():
            callbacks = self.env["revisit.callback"].union(*items)
            callbacks = callbacks.filtered(lambda c, user=user: c.user_id != user)
            (callbacks | callbacks._get_followers()).write({"user_id": user.id})
            moved += len(callbacks)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self._get_shared_text(
                    moved, len(left), self._count_kept(left)
                ),
                "type": "success",
                "next": self._get_own_action(),
            },
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_shared_text(self, moved, left, kept):
        """Return in words how many callbacks were moved, and how many stay."""
        if moved == 1:
            text = self.env._("One callback was passed on.")
        else:
            text = self.env._("%(count)s callbacks were passed on.", count=moved)
        if left == 1:
            text += " " + self.env._("One stays: none of these agents may make it.")
        elif left:
            text += " " + self.env._(
                "%(count)s stay: none of these agents may make them.", count=left
            )
        if kept:
            text += " " + self.env._(
                "Begun, promised, or on a screen, and so not moved: %(count)s of agents"
                " who do not take part.",
                count=kept,
            )
        return text

    def _get_own_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Workload"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_team_id": self.team_id.id},
        }

    def _get_open_domain(self):
        return [
            ("team_id", "=", self.team_id.id),
            ("contact_id", "=", False),
            ("state", "in", OPEN_STATES),
        ]

    def _get_line_values(self):
        """Return the values of one line per agent of the unit."""
        callbacks, team = self.env["revisit.callback"], self.team_id
        now = fields.Datetime.now()
        # the day is the company's, whoever may read its settings
        company = (team.company_id or self.env.company).sudo()
        zone = company._revisit_tz()
        today = windows.local_date(now, zone)
        made = [
            ("team_id", "=", team.id),
            ("contact_id", "=", False),
            ("done_at", ">=", windows.day_start(today, zone)),
        ]
        is_open = self._get_open_domain()
        figures = {
            name: dict(callbacks._read_group(domain, [field], ["__count"]))
            for name, field, domain in (
                ("open_count", "user_id", is_open),
                ("due_count", "user_id", [*is_open, ("window_start", "<=", now)]),
                ("late_count", "user_id", [*is_open, ("window_end", "<=", now)]),
                ("made_count", "made_by_id", made),
            )
        }
        # who is on leave is told to whoever shares out the work
        away = self.env["revisit.planner"].sudo().with_company(company)._get_absences()
        rows = []
        for user in team.member_ids.sorted("name"):
            leaves = away.get(user.id, ())
            is_away = any(first <= today <= last for first, last in leaves)
            counts = {name: by.get(user, 0) for name, by in figures.items()}
            rows.append(
                {
                    "user_id": user.id,
                    "is_away": is_away,
                    "takes_part": not is_away and not user._revisit_lacks_right(),
                    **counts,
                }
            )
        return rows

    def _share(self):
        """Return who gets which callbacks, see ``tools.sharing``."""
        taking = self.line_ids.filtered("takes_part").user_id & self.team_id.member_ids
        if not taking:
            raise UserError(
                self.env._("Nobody takes part: tick the agents who share the work.")
            )
        movable = self._get_movable()
        now = fields.Datetime.now()
        begun = [("window_start", "<=", now), ("window_end", ">", now)]
        classes = [
            (
                self._count_open(taking, domain),
                found.filtered(lambda c: c.user_id in taking).grouped("user_id"),
                found.filtered(lambda c: c.user_id not in taking),
            )
            for domain, found in (
                (
                    [("window_end", "<=", now)],
                    movable.filtered(lambda c: c.window_end <= now),
                ),
                (
                    begun,
                    movable.filtered(lambda c: c.window_start <= now < c.window_end),
                ),
                (
                    [("window_start", ">", now)],
                    movable.filtered(lambda c: now < c.window_start),
                ),
            )
        ]
        return sharing.share_by_urgency(classes, self._may_be_given)

    def _count_open(self, users, domain):
        """Return ``{user: number of open callbacks}`` of the unit in ``domain``."""
        counts = self.env["revisit.callback"]._read_group(
            [*self._get_open_domain(), *domain, ("user_id", "in", users.ids)],
            ["user_id"],
            ["__count"],
        )
        return {**dict.fromkeys(users, 0), **dict(counts)}

    def _count_kept(self, left):
        """Return how many open callbacks stay with who does not take part.

        :param left: those that nobody else may be given
        """
        away = self.line_ids.filtered(lambda line: not line.takes_part).user_id
        kept = sum(self._count_open(away, []).values())
        return kept - sum(callback.user_id in away for callback in left)

    @api.model
    def _may_be_given(self, user, callback):
        # what nobody may be given does not depend on who shares it out
        callback = callback.sudo()
        return not callback._is_own_of(user) and user._revisit_may_make(
            callback.level, callback.dealer_id, callback.company_id
        )

    def _get_movable(self):
        """Return the leading callbacks that nobody has begun, the most urgent first."""
        callbacks = self.env["revisit.callback"]
        agents = [False, *self.team_id.member_ids.ids]
        query = callbacks._search(
            [
                ("team_id", "=", self.team_id.id),
                ("contact_id", "=", False),
                ("state", "in", ("planned", "assigned")),
                ("attempt_count", "=", 0),
                ("next_attempt_at", "=", False),
                ("user_id", "in", agents),
            ],
            order="window_end, id",
            limit=MOVED_AT_ONCE,
        )
        query.add_where(
            self.env["revisit.pending.outcome"]._get_none_sql(
                SQL.identifier(query.table, "id")
            )
        )
        found = callbacks.browse(query)
        return found.filtered(lambda callback: not callback.busy_user_id)


class RevisitWorkloadLine(models.TransientModel):
    """How much one agent has to do in the unit."""

    _name = "revisit.workload.line"
    _description = "Workload of an Agent"

    workload_id = fields.Many2one(
        comodel_name="revisit.workload", required=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Agent", required=True, readonly=True
    )
    takes_part = fields.Boolean(help="Gets and gives callbacks when they are shared.")
    is_away = fields.Boolean(string="Away Today", readonly=True)
    open_count = fields.Integer(string="Open", readonly=True)
    due_count = fields.Integer(string="Due Now", readonly=True)
    late_count = fields.Integer(string="Late", readonly=True)
    made_count = fields.Integer(string="Made Today", readonly=True)
