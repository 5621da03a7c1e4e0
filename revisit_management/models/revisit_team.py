# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

KINDS = [
    ("hq", "Headquarters"),
    ("region", "Region or Branch"),
    ("office", "Office"),
    ("dealer", "Dealer"),
    ("outlet", "Outlet"),
]


class RevisitTeam(models.Model):
    """A unit that answers for callbacks: headquarters, region, office, dealer."""

    _name = "revisit.team"
    _description = "Callback Unit"
    _inherit = ["revisit.protected.mixin", "mail.thread"]
    _parent_store = True
    _order = "parent_path, name"
    _check_company_auto = True

    _server_owned = {"assigned_count"}

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    kind = fields.Selection(selection=KINDS, required=True, default="office")
    parent_id = fields.Many2one(
        comodel_name="revisit.team",
        string="Parent Unit",
        check_company=True,
        ondelete="restrict",
        index=True,
    )
    parent_path = fields.Char(index=True)
    manager_id = fields.Many2one(
        comodel_name="res.users", tracking=True, index="btree_not_null"
    )
    member_ids = fields.Many2many(
        comodel_name="res.users",
        relation="revisit_team_member_rel",
        column1="team_id",
        column2="user_id",
        string="Agents",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department", check_company=True, ondelete="set null"
    )
    dealer_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_dealer", "=", True)],
        ondelete="restrict",
        index="btree_not_null",
        help="The dealer whose portal users make this unit's callbacks.",
    )
    assigned_count = fields.Integer(
        string="Round-Robin Position", readonly=True, copy=False
    )
    color = fields.Integer()
    is_overseen = fields.Boolean(
        string="Overseen by Me",
        compute="_compute_is_overseen",
        search="_search_is_overseen",
    )
    open_count = fields.Integer(string="Open", compute="_compute_board_counts")
    today_count = fields.Integer(string="Due Today", compute="_compute_board_counts")
    late_count = fields.Integer(string="Late", compute="_compute_board_counts")
    open_issue_count = fields.Integer(
        string="Open Issues", compute="_compute_open_issue_count"
    )
    satisfaction = fields.Float(
        string="Satisfaction (90 days)",
        compute="_compute_satisfaction",
        digits=(4, 1),
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_is_overseen(self):
        overseen = self.filtered_domain(self._get_overseen_domain())
        for team in self:
            team.is_overseen = team in overseen

    def _search_is_overseen(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_overseen_domain()
        return domain if True in value else ~domain

    @api.model
    def _get_overseen_domain(self):
        """Return the units whose callbacks the user sees as a whole."""
        if self.env.user.has_group("revisit_management.group_manager"):
            return Domain.TRUE
        return Domain("id", "child_of", self.env.user.revisit_managed_team_ids.ids)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_board_counts(self):
        """Count open work per unit; one grouped read per figure, never stored."""
        Callback = self.env["revisit.callback"]
        open_domain = [("team_id", "in", self.ids), ("is_open", "=", True)]
        figures = {
            "open_count": open_domain,
            "today_count": [*open_domain, ("timing", "=", "today")],
            "late_count": [*open_domain, ("timing", "=", "late")],
        }
        for name, domain in figures.items():
            counts = dict(Callback._read_group(domain, ["team_id"], ["__count"]))
            for team in self:
                team[name] = counts.get(team, 0)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_open_issue_count(self):
        counts = dict(
            self.env["revisit.issue"]._read_group(
                [("team_id", "in", self.ids), ("is_open", "=", True)],
                ["team_id"],
                ["__count"],
            )
        )
        for team in self:
            team.open_issue_count = counts.get(team, 0)

    @api.depends("kind", "dealer_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_satisfaction(self):
        """Mean of what the unit's customers said in the last 90 days.

        For a dealer it is what headquarters heard, not what the dealer noted.
        """
        recent = [("done_at", ">=", "today -90d"), ("satisfaction", "!=", False)]
        Callback = self.env["revisit.callback"]
        dealers = self.filtered("dealer_id")
        heard = dict(
            Callback._read_group(
                [
                    *recent,
                    ("level", "=", "hq"),
                    ("resp_dealer_id", "in", dealers.dealer_id.ids),
                ],
                ["resp_dealer_id"],
                ["satisfaction:avg"],
            )
        )
        means = dict(
            Callback._read_group(
                [*recent, ("resp_team_id", "in", (self - dealers).ids)],
                ["resp_team_id"],
                ["satisfaction:avg"],
            )
        )
        for team in self:
            mean = heard.get(team.dealer_id) if team.dealer_id else means.get(team)
            team.satisfaction = mean or 0.0

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._(
                    "A unit cannot stand below itself: choose another parent unit."
                )
            )

    @api.constrains("active")
    def _check_active(self):
        archived = self.filtered(lambda team: not team.active)
        counts = dict(
            self.env["revisit.callback"]
            .sudo()
            ._read_group(
                [("team_id", "in", archived.ids), ("is_open", "=", True)],
                ["team_id"],
                ["__count"],
            )
        )
        for team in archived:
            if counts.get(team):
                raise ValidationError(
                    self.env._(
                        "%(team)s still has %(count)s open callbacks. Give them to"
                        " another unit first, then archive it.",
                        team=team.name,
                        count=counts[team],
                    )
                )

    @api.constrains("kind", "dealer_id")
    def _check_dealer_id(self):
        for team in self:
            if team.kind == "dealer" and not team.dealer_id:
                raise ValidationError(
                    self.env._(
                        "%(team)s is a dealer's unit: choose its dealer, so that the"
                        " dealer's portal users see their callbacks.",
                        team=team.name,
                    )
                )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_callbacks(self):
        """Open the unit's callbacks; context ``timing`` narrows to today or late."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        domain = [("team_id", "=", self.id), ("is_open", "=", True)]
        if self.env.context.get("timing"):
            domain.append(("timing", "=", self.env.context["timing"]))
        return {**action, "domain": domain, "context": {}}

    def action_open_issues(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_issue_action"
        )
        domain = [("team_id", "=", self.id), ("is_open", "=", True)]
        return {**action, "domain": domain, "context": {}}
