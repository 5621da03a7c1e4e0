# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError, ValidationError

AGENT_GROUP = "revisit_management.group_agent"
PORTAL_GROUP = "revisit_management.group_portal_dealer"


class ResUsers(models.Model):
    """Whose work may be given to whom.

    Headquarters' and the regions' work is for colleagues: a dealer must not learn
    that, when and whom headquarters calls, and a customer is not their own caller.
    A dealer's work is for colleagues and for that dealer's portal users.
    """

    _inherit = "res.users"

    def _revisit_get_dealer(self):
        """Return the dealer that a user works for, or nobody for a colleague."""
        self.ensure_one()
        # whoever assigns work need not be able to read the user's address
        user = self.sudo()
        owner = user.partner_id.commercial_partner_id
        if user.share:
            return owner
        is_outside = owner.is_dealer and not owner.ref_company_ids
        return owner if is_outside else owner.browse()

    @api.model
    def _revisit_get_agent_groups(self):
        """Return the groups that let a colleague see callbacks."""
        return self.env.ref(AGENT_GROUP).sudo().all_implied_by_ids

    @api.model
    def _revisit_get_portal_groups(self):
        """Return the groups that let a dealer's user see the dealer's callbacks."""
        return self.env.ref(PORTAL_GROUP).sudo().all_implied_by_ids

    def _revisit_works_in(self, company):
        """Return whether a user sees what belongs to a company, if it does to one."""
        self.ensure_one()
        # whoever assigns work need not be able to read the user's companies
        return not company or company in self.sudo().company_ids

    def _revisit_check_company(self, record):
        """Raise if one of these users cannot see a record: it is another company's."""
        company = record.company_id
        for user in self:
            if not user._revisit_works_in(company):
                raise ValidationError(
                    self.env._(
                        "%(record)s cannot be given to a user who does not work in"
                        " %(company)s. Choose somebody of that company.",
                        record=record.display_name,
                        company=company.sudo().name,
                    )
                )

    def _revisit_may_make(self, level, dealer, company=None):
        """Return whether a user may be given callbacks.

        :param level: of the callback
        :param dealer: the callback's dealer, or an empty ``res.partner``
        :param company: the callback's; None: it is not asked for
        """
        self.ensure_one()
        if self._revisit_lacks_right() or not self._revisit_works_in(company):
            return False
        return self._revisit_belongs_to(level, dealer)

    def _revisit_belongs_to(self, level, dealer):
        """Return whether a user is a colleague, or of the dealer whose work it is."""
        self.ensure_one()
        owner = self._revisit_get_dealer()
        if not owner:
            return True
        if self.sudo().share and not self.sudo().has_group(PORTAL_GROUP):
            return False
        return level == "dealer" and owner == dealer

    def _revisit_lacks_right(self):
        """Return whether a user may not even read callbacks."""
        self.ensure_one()
        # whoever assigns work need not be able to read the user's groups
        user = self.sudo()
        group = PORTAL_GROUP if user.share else AGENT_GROUP
        return user.id != SUPERUSER_ID and not user.has_group(group)

    def _revisit_check_right(self, record_name):
        """Refuse to give work to colleagues who may not read it.

        Outsiders are refused by the checks that know whose work it is.
        """
        for user in self:
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


class RevisitCallback(models.Model):
    """Callbacks are given only to who may make them, by every path."""

    _inherit = "revisit.callback"

    @api.constrains("user_id", "level", "dealer_id")
    def _check_entitled(self):
        for callback in self.filtered("user_id"):
            callback.user_id._revisit_check_company(callback)
            if not callback.user_id._revisit_may_make(
                callback.level, callback.dealer_id
            ):
                callback._refuse_outsider()

    def _refuse_outsider(self):
        self.user_id._revisit_check_right(self.display_name)
        levels = dict(self._fields["level"]._description_selection(self.env))
        if self.level == "dealer":
            message = self.env._(
                "%(callback)s cannot be given to %(user)s: a dealer's callback is made"
                " by that dealer's own portal users or by colleagues. Choose one of"
                " them.",
                callback=self.display_name,
                user=self.user_id.name,
            )
        else:
            message = self.env._(
                "%(callback)s cannot be given to %(user)s, who is no colleague: its"
                " level is %(level)s, and dealers and customers are not told of it."
                " Choose a colleague.",
                callback=self.display_name,
                user=self.user_id.name,
                level=levels[self.level],
            )
        raise ValidationError(message)

    # ------------------------------------------------------------
    # NOBODY ELSE IS TOLD
    # ------------------------------------------------------------

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        self._check_told(partner_ids, following=True)
        return super().message_subscribe(partner_ids, subtype_ids)

    def message_post(self, **kwargs):
        self._check_told(kwargs.get("partner_ids"))
        return super().message_post(**kwargs)

    def message_notify(self, **kwargs):
        self._check_told(kwargs.get("partner_ids"))
        return super().message_notify(**kwargs)

    def _check_told(self, partner_ids, following=False):
        """Refuse to tell outsiders of a callback.

        The customer may be written to; nobody but colleagues, and the dealer whose
        work it is, follows what is said about the customer.

        :param following: they would be told of all that is still to be said
        """
        if isinstance(partner_ids, (set, frozenset)):
            partner_ids = list(partner_ids)
        reader = self.env["revisit.reader"]
        ids = reader._read_ids("partner_ids", partner_ids) or []
        partners = self.env["res.partner"].sudo().browse(ids)
        for callback in self if partners else self.browse():
            for partner in partners:
                if callback._is_outsider(partner, following):
                    raise UserError(
                        self.env._(
                            "%(partner)s cannot be told of %(callback)s: it is neither"
                            " a colleague nor the dealer whose work this is.",
                            partner=partner.name,
                            callback=callback.display_name,
                        )
                    )

    def _is_outsider(self, partner, following):
        """Return whether a partner (sudo) must not be told of this callback."""
        self.ensure_one()
        if not partner.partner_share:
            return False
        owner = partner.commercial_partner_id
        callback = self.sudo()
        if callback.level == "dealer" and owner == callback.dealer_id:
            return False
        if following:
            return True
        is_customer = owner == callback.commercial_partner_id
        return not is_customer and (owner.is_dealer or bool(partner.user_ids))


class RevisitAttempt(models.Model):
    """Nor does anybody else try to reach the customer."""

    _inherit = "revisit.attempt"

    @api.constrains("user_id", "callback_id")
    def _check_entitled(self):
        for attempt in self:
            callback = attempt.callback_id.sudo()
            if not attempt.user_id._revisit_may_make(
                callback.level, callback.dealer_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot have tried %(callback)s: it is neither theirs"
                        " to make nor a colleague's. Enter who called.",
                        user=attempt.user_id.name,
                        callback=callback.display_name,
                    )
                )


class RevisitPolicy(models.Model):
    """A policy that would give headquarters' work away is refused when saved."""

    _inherit = "revisit.policy"

    @api.constrains("assignment", "agent_id", "team_id", "level", "company_id")
    def _check_entitled(self):
        for policy in self:
            if policy.level != "dealer" and policy.assignment == "dealer":
                levels = dict(self._fields["level"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "%(policy)s: callbacks of the level %(level)s are not given to"
                        " dealers' users, who could not even see them. Choose the level"
                        " Dealer, or another assignment.",
                        policy=policy.name,
                        level=levels[policy.level],
                    )
                )
            agent = policy.agent_id
            agent._revisit_check_right(policy.name)
            agent._revisit_check_company(policy)
            if agent and not agent._revisit_may_make(
                policy.level, policy.team_id.dealer_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(policy)s: %(agent)s is no colleague, so this work cannot be"
                        " given to them. Choose a colleague.",
                        policy=policy.name,
                        agent=agent.name,
                    )
                )


class RevisitTeam(models.Model):
    """A unit's people are colleagues; a dealer's unit has that dealer's users, too."""

    _inherit = "revisit.team"

    @api.constrains("member_ids", "manager_id", "dealer_id", "company_id")
    def _check_entitled(self):
        for team in self:
            level = "dealer" if team.dealer_id else "hq"
            team.member_ids._revisit_check_right(team.name)
            (team.member_ids | team.manager_id)._revisit_check_company(team)
            for user in team.member_ids | team.manager_id:
                # who manages a unit is told of all its callbacks
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

    def _get_colleagues(self, level):
        """Return the present members to whom work of any dealer can be dealt out.

        A dealer's own users take what is theirs from their portal.
        """
        nobody = self.env["res.partner"]
        return self.member_ids.filtered(
            lambda user: (
                user.active and user._revisit_may_make(level, nobody, self.company_id)
            )
        )


class RevisitIssue(models.Model):
    """What a customer raised is settled by colleagues."""

    _inherit = "revisit.issue"

    @api.constrains("owner_id")
    def _check_entitled(self):
        for issue in self.filtered("owner_id"):
            issue.owner_id._revisit_check_company(issue)
            if issue.owner_id.sudo().share:
                raise ValidationError(
                    self.env._(
                        "%(issue)s cannot be given to %(user)s, who is no colleague and"
                        " could not see it. Choose a colleague.",
                        issue=issue.name,
                        user=issue.owner_id.name,
                    )
                )


class RevisitIssueCategory(models.Model):
    """A category routes its issues to colleagues."""

    _inherit = "revisit.issue.category"

    @api.constrains("owner_id")
    def _check_entitled(self):
        for category in self.filtered("owner_id"):
            category.owner_id._revisit_check_company(category)
            if category.owner_id.sudo().share:
                raise ValidationError(
                    self.env._(
                        "%(category)s: %(user)s is no colleague, so its issues cannot"
                        " be given to them. Choose a colleague.",
                        category=category.name,
                        user=category.owner_id.name,
                    )
                )


class RevisitPlan(models.Model):
    """A unit's plan is drawn up by a colleague."""

    _inherit = "revisit.plan"

    @api.constrains("owner_id", "team_id")
    def _check_entitled(self):
        for plan in self.filtered("owner_id"):
            plan.owner_id._revisit_check_right(plan.name)
            plan.owner_id._revisit_check_company(plan)
            if not plan.owner_id._revisit_may_make("hq", self.env["res.partner"]):
                raise ValidationError(
                    self.env._(
                        "%(plan)s cannot be given to %(user)s, who is no colleague."
                        " Choose a colleague.",
                        plan=plan.name,
                        user=plan.owner_id.name,
                    )
                )
