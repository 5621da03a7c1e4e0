# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...tools.fields import OptionalFloat

KINDS = [
    ("hq", "Headquarters"),
    ("region", "Region or Branch"),
    ("office", "Office"),
    ("dealer", "Dealer"),
    ("outlet", "Outlet"),
]
# planning is late after this; the scheduled action runs every 15 minutes
LATE = timedelta(hours=1)


class RevisitTeam(models.Model):
    """A unit that is responsible for callbacks: headquarters, region, office, dealer.

    Its people are internal users; a dealer's unit also has that dealer's users. The
    display names of units with the same name add the rulebooks that plan for them. A
    rulebook may have a rule for the staff of an office, see ``unit_breach``.
    """

    _name = "revisit.team"
    _description = "Callback Unit"
    _inherit = ["revisit.protected.mixin", "mail.thread"]
    _parent_store = True
    _order = "parent_path, name"
    _check_company_auto = True

    _server_owned = {
        "assigned_count",
    }

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
        check_company=True,
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
    satisfaction = OptionalFloat(
        string="Satisfaction (90 days)",
        compute="_compute_satisfaction",
        digits=(4, 1),
    )
    last_planning_at = fields.Datetime(
        string="Last Planning Run", compute="_compute_last_planning"
    )
    is_planning_late = fields.Boolean(compute="_compute_last_planning")
    has_service_centre = fields.Boolean(string="Service Centre", tracking=True)
    clerk_id = fields.Many2one(
        comodel_name="res.users",
        string="Service Clerk",
        ondelete="restrict",
        tracking=True,
        index="btree_not_null",
    )
    clerk_time = fields.Selection(
        selection=[("full", "Full Time"), ("part", "Part Time")], tracking=True
    )
    sales_volume = fields.Float(
        help="Per year, in the measure of the rulebook's rule for units."
    )
    unit_breach = fields.Char(
        string="Breach of the Unit Rule",
        compute="_compute_unit_breach",
        search="_search_unit_breach",
        help="What the installed rulebooks ask of this unit and it does not have.",
    )
    rulebook_text = fields.Char(
        string="Rulebooks", compute="_compute_rulebook_text", compute_sudo=True
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
        """Return the domain of the units of which the user sees all callbacks."""
        if self.env.user.has_group("revisit_management.group_manager"):
            return Domain.TRUE
        return Domain("id", "child_of", self.env.user.revisit_managed_team_ids.ids)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_board_counts(self):
        """Count open work per unit, not stored, with one grouped read per figure."""
        Callback = self.env["revisit.callback"]
        open_domain = [
            ("team_id", "in", self.ids),
            # one for each conversation, as in the workload
            ("contact_id", "=", False),
            ("is_open", "=", True),
        ]
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
        """Compute the mean of customers' answers of the last 90 days.

        For a dealer it uses the answers to headquarters, not those to the dealer.
        """
        recent = self.env["res.company"]._revisit_today_domain("done_on", ">=", -90)
        recent &= Domain("satisfaction", "!=", False)
        Callback = self.env["revisit.callback"]
        dealers = self.filtered("dealer_id")
        heard = dict(
            Callback._read_group(
                recent
                & Domain("level", "=", "hq")
                & Domain("resp_dealer_id", "in", dealers.dealer_id.ids),
                ["resp_dealer_id"],
                ["satisfaction:avg"],
            )
        )
        means = dict(
            Callback._read_group(
                recent & Domain("resp_team_id", "in", (self - dealers).ids),
                ["resp_team_id"],
                ["satisfaction:avg"],
            )
        )
        for team in self:
            mean = heard.get(team.dealer_id) if team.dealer_id else means.get(team)
            team.satisfaction = False if mean is None else mean

    def _compute_last_planning(self):
        # slots are internal, but everybody may know when they were last used
        rows = (
            self.env["revisit.planner.slot"]
            .sudo()
            ._read_group(
                [("company_id", "in", self.company_id.ids)],
                ["company_id"],
                ["planned_at:max"],
            )
        )
        moments = dict(rows)
        limit = fields.Datetime.now() - LATE
        for team in self:
            moment = moments.get(team.company_id)
            team.last_planning_at = moment
            team.is_planning_late = not moment or moment < limit

    @api.depends(
        "kind",
        "has_service_centre",
        "clerk_id",
        "clerk_time",
        "sales_volume",
        "company_id",
    )
    def _compute_unit_breach(self):
        breaches = self._get_breaches()
        for team in self:
            team.unit_breach = breaches.get(team, False)

    def _search_unit_breach(self, operator, value):
        if operator not in ("in", "not in") or set(value) != {False}:
            return NotImplemented
        breaking = self.search([("kind", "=", "office")])._get_breaches()
        ids = [team.id for team in breaking]
        return Domain("id", "not in" if operator == "in" else "in", ids)

    @api.depends_context("lang")
    def _compute_rulebook_text(self):
        rulebooks = dict(
            self.env["revisit.policy"]._read_group(
                [("team_id", "in", self.ids)],
                ["team_id"],
                ["rulebook_id:recordset"],
            )
        )
        for team in self:
            names = rulebooks.get(team._origin)
            team.rulebook_text = ", ".join(names.mapped("name")) if names else False

    @api.depends("name")
    @api.depends_context("lang", "revisit_with_rulebook")
    def _compute_display_name(self):
        if not self.env.context.get("revisit_with_rulebook"):
            return super()._compute_display_name()
        for team in self:
            told = f" ({team.rulebook_text})" if team.rulebook_text else ""
            team.display_name = f"{team.name}{told}"
        return None

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
            .sudo()  # all open work counts, whoever may read it
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

    @api.constrains("member_ids", "manager_id", "clerk_id", "dealer_id", "company_id")
    def _check_entitled(self):
        for team in self:
            level = "dealer" if team.dealer_id else "hq"
            team.member_ids._revisit_check_right(team.name)
            people = team.member_ids | team.manager_id | team.clerk_id
            people._revisit_check_company(team)
            team._check_manager()
            for user in team.member_ids | team.manager_id:
                # the manager of a unit is notified of all its callbacks
                is_leading_outsider = user == team.manager_id and user.sudo().share
                if is_leading_outsider or not user._revisit_belongs_to(
                    level, team.dealer_id
                ):
                    raise ValidationError(
                        self.env._(
                            "%(user)s cannot belong to %(team)s: they are neither a"
                            " colleague nor a user of the dealer whose unit it is.",
                            user=user.name,
                            team=team.name,
                        )
                    )

    def _check_manager(self):
        """Refuse an internal user who would not see the unit that they manage."""
        user = self.manager_id
        # a user who chooses a manager need not be able to read the manager
        if user and not user.sudo().share and not user._revisit_oversees():
            raise ValidationError(
                self.env._(
                    "%(user)s cannot manage %(team)s without the role Supervisor: they"
                    " would not see its callbacks. Choose somebody with that role, or"
                    " have an administrator give it to them first.",
                    user=user.name,
                    team=self.name,
                )
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_callbacks(self):
        """Open the unit's callbacks; context ``timing``: those of today, or late."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        domain = [
            ("team_id", "=", self.id),
            ("contact_id", "=", False),
            ("is_open", "=", True),
        ]
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

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_breaches(self):
        """Return {unit: what it lacks} of units that break a rulebook's rule.

        Units of other rulebooks are skipped; a unit of no rulebook must meet all rules.
        """
        # the rule applies, whoever may read rulebooks
        rulebooks = (
            self.env["revisit.rulebook"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("state", "=", "installed"),
                ]
            )
        )
        ruling = rulebooks.filtered("has_unit_rule")
        own = self._get_own_rulebooks(rulebooks) if ruling else {}
        breaches = {}
        for team in self:
            of_team = own.get(team._origin)
            for rulebook in ruling:
                if rulebook.company_id != team.company_id:
                    continue
                if of_team and rulebook not in of_team:
                    continue
                breach = team._get_breach(rulebook)
                if breach:
                    breaches.setdefault(team, breach)
        return breaches

    def _get_own_rulebooks(self, rulebooks):
        """Return {unit: the rulebooks that created it or plan for it}."""
        units = self._origin
        own = {unit: set() for unit in units}
        planning = rulebooks.policy_ids.filtered(lambda p: p.team_id in units)
        for policy in planning:
            own[policy.team_id].add(policy.rulebook_id)
        prefixes = {rulebook._get_id_prefix(): rulebook for rulebook in rulebooks}
        names = (
            self.env["ir.model.data"]
            .sudo()  # external ids contain no data of their own
            .search_fetch(
                [("model", "=", self._name), ("res_id", "in", units.ids)],
                ["name", "res_id"],
            )
        )
        for row in names:
            # a code may begin like another one: the longest match counts
            fitting = [prefix for prefix in prefixes if row.name.startswith(prefix)]
            if fitting:
                own[self.browse(row.res_id)].add(prefixes[max(fitting, key=len)])
        return own

    def _get_breach(self, rulebook):
        """Return what an office lacks under a rulebook's rule for units, or False.

        An office without a sales volume does not count as large.
        """
        self.ensure_one()
        if self.kind != "office":
            return False
        limit = rulebook.centre_volume
        if limit and self.sales_volume > limit and not self.has_service_centre:
            return self.env._("Sells enough to need a service centre.")
        if not self.clerk_id:
            return self.env._("Has no service clerk.")
        if self.has_service_centre and self.clerk_time != "full":
            return self.env._("The service centre has no full-time clerk.")
        return False

    def _get_mend_action(self):
        """Return an action for these units: a form for one, a list for several."""
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Units"),
            "res_model": "revisit.team",
            "domain": [("id", "in", self.ids)],
            "views": [(False, "list"), (False, "form")],
        }
        if len(self) == 1:
            action.update(res_id=self.id, views=[(False, "form")])
        return action

    def _get_colleagues(self, level):
        """Return the active members who can be given work of any dealer.

        A dealer's own users find their work in the portal instead.
        """
        nobody = self.env["res.partner"]
        return self.member_ids.filtered(
            lambda user: (
                user.active and user._revisit_may_make(level, nobody, self.company_id)
            )
        )
