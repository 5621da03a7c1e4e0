# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError

AGENT_GROUP = "revisit_management.group_agent"
PORTAL_GROUP = "revisit_management.group_portal_dealer"
SUPERVISOR_GROUP = "revisit_management.group_supervisor"
MANAGER_GROUP = "revisit_management.group_manager"


class ResUsers(models.Model):
    """Which work may be given to which users.

    Work of headquarters and regions is for internal users: a dealer must not learn
    that, when and whom headquarters calls, and customers do not call themselves. Work
    of a dealer is for internal users and for that dealer's portal users.
    """

    _inherit = "res.users"

    revisit_team_ids = fields.Many2many(
        comodel_name="revisit.team",
        relation="revisit_team_member_rel",
        column1="user_id",
        column2="team_id",
        string="Callback Units",
    )
    revisit_managed_team_ids = fields.One2many(
        comodel_name="revisit.team",
        inverse_name="manager_id",
        string="Managed Callback Units",
    )
    revisit_digest = fields.Boolean(
        string="Daily Summary of Callbacks",
        default=True,
        help="Once a day, if something waits: what is late, due, to be redone, handed"
        " in or reviewed. By e-mail or in Odoo, as chosen for all notifications.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "revisit_digest"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "revisit_digest"]

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # nobody sees the queue of a user who has left: back to the unit's queue
            self.env["revisit.callback"].sudo().search(
                [("user_id", "in", self.ids), ("is_open", "=", True)]
            ).write({"user_id": False})
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _revisit_get_dealer(self):
        """Return the dealer that a user works for; empty for a user of the company."""
        self.ensure_one()
        # a user who assigns work need not be able to read the agent's address
        user = self.sudo()
        owner = user.partner_id.commercial_partner_id
        if user.share:
            return owner
        is_outside = owner.is_dealer and not owner.ref_company_ids
        return owner if is_outside else owner.browse()

    @api.model
    def _revisit_get_agent_groups(self):
        """Return the groups with which internal users see callbacks."""
        # a user's role must not depend on who may read groups
        return self.env.ref(AGENT_GROUP).sudo().all_implied_by_ids

    @api.model
    def _revisit_get_portal_groups(self):
        """Return the groups with which a dealer's users see the dealer's callbacks."""
        # a user's role must not depend on who may read groups
        return self.env.ref(PORTAL_GROUP).sudo().all_implied_by_ids

    def _revisit_works_in(self, company):
        """Return whether a user may see records of ``company``, which may be empty."""
        self.ensure_one()
        # a user who assigns work need not be able to read the agent's companies
        return not company or company in self.sudo().company_ids

    def _revisit_check_company(self, record):
        """Raise if one of these users cannot see a record because of its company."""
        company = record.company_id
        for user in self:
            if not user._revisit_works_in(company):
                raise ValidationError(
                    self.env._(
                        "%(record)s cannot be given to a user who does not work in"
                        " %(company)s. Choose somebody of that company.",
                        record=record.display_name,
                        company=company.sudo().name,  # a readable record's company
                    )
                )

    def _revisit_may_make(self, level, dealer, company=None):
        """Return whether a user may be given callbacks.

        :param level: of the callback
        :param dealer: the callback's dealer, or an empty ``res.partner``
        :param company: company of the callback; None: not checked
        """
        self.ensure_one()
        if self._revisit_lacks_right() or not self._revisit_works_in(company):
            return False
        return self._revisit_belongs_to(level, dealer)

    def _revisit_belongs_to(self, level, dealer):
        """Return whether a user is internal, or works for the dealer of the work."""
        self.ensure_one()
        owner = self._revisit_get_dealer()
        if not owner:
            return True
        # a user who assigns work need not be able to read the agent's groups
        if self.sudo().share and not self.sudo().has_group(PORTAL_GROUP):
            return False
        return level == "dealer" and owner == dealer

    def _revisit_lacks_right(self):
        """Return whether a user may not even read callbacks."""
        self.ensure_one()
        # whoever assigns work need not be able to read the user's groups
        user = self.sudo()
        if user.id == SUPERUSER_ID:
            return self.env.uid != SUPERUSER_ID  # nobody sees the work of the system
        group = PORTAL_GROUP if user.share else AGENT_GROUP
        return not user.active or not user.has_group(group)

    def _revisit_is_colleague(self):
        """Return whether a user is somebody of the company who works at present."""
        self.ensure_one()
        # whoever assigns work need not be able to see this user
        user = self.sudo()
        if user.id == SUPERUSER_ID:
            return self.env.uid == SUPERUSER_ID  # nobody sees the work of the system
        return user.active and not user.share

    def _revisit_may_own_issues(self):
        """Return whether a user is a colleague who sees the issues that they own."""
        self.ensure_one()
        # whoever registers an issue need not be able to read the owner's groups
        return self._revisit_is_colleague() and self.sudo().has_group(AGENT_GROUP)

    def _revisit_oversees(self):
        """Return whether a user sees the callbacks of the units that they manage."""
        self.ensure_one()
        # whoever chooses a manager need not be able to read the user's groups
        user = self.sudo()
        return user.active and user.has_group(SUPERVISOR_GROUP)

    def _revisit_may_own(self, rulebook):
        """Return whether a user may look after a rulebook: a colleague who edits it."""
        self.ensure_one()
        # whoever chooses an owner need not be able to read the user's groups
        return self._revisit_works_in(rulebook.company_id) and self.sudo().has_group(
            MANAGER_GROUP
        )

    def _revisit_check_right(self, record_name):
        """Refuse to give work to colleagues who may not read it.

        Outsiders are refused by the checks that know whose work it is.
        """
        for user in self:
            # whoever assigns work need not be able to read the user
            if not user.sudo().share and user._revisit_lacks_right():
                raise ValidationError(
                    self.env._(
                        "%(record)s cannot be given to %(user)s, who may not see"
                        " callbacks. Choose somebody with the role Agent, or have an"
                        " administrator give them that role first.",
                        record=record_name,
                        user=user.name,
                    )
                )
