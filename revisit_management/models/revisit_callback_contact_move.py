# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import contacts
from .revisit_callback import PLANNING
from .revisit_callback_contact import SHARED
from .revisit_policy import CHANNEL_GROUPS

CARRIED = ("user_id", "team_id")


class RevisitCallback(models.Model):
    """How callbacks join and leave a contact by people's hands (L2)."""

    _inherit = "revisit.callback"

    _server_owned = {"is_kept_apart"}

    is_kept_apart = fields.Boolean(
        string="Kept Apart",
        readonly=True,
        copy=False,
        help="A person took it out of its contact; the planner leaves it alone.",
    )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        carried = {name: vals[name] for name in CARRIED if name in vals}
        if not carried or self.env.context.get("revisit_planning") is PLANNING:
            return super().write(vals)
        moving = self.sudo().filtered(lambda callback: callback._is_moved_by(carried))
        leaving = moving.filtered(
            lambda c: c.contact_id not in self and c.contact_id._is_moved_by(carried)
        )
        leaving._leave_contacts()
        result = super().write(vals)
        moving._carry_followers(carried)
        return result

    def _is_moved_by(self, carried):
        """Return whether an open callback gets another agent or unit."""
        return self.is_open and any(
            self[name].id != (value or False) for name, value in carried.items()
        )

    def _carry_followers(self, carried):
        """Let the open followers go where their leader went.

        Those that the new agent must not make stay with who had them.
        """
        followers = self._get_followers()
        user = self.env["res.users"].browse(carried.get("user_id") or [])
        staying = followers.filtered(lambda callback: callback._is_own_of(user))
        staying._leave_contacts()
        along = followers - staying - self
        if along:
            along.write(carried)

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_cancel(self):
        """Cancel; a cancelled callback is in no contact any more."""
        result = super().action_cancel()
        self.sudo().contact_id = False
        return result

    def action_reopen(self):
        """Take back a cancellation; what is reopened leads alone."""
        self.sudo().filtered(lambda c: c.state == "cancelled").contact_id = False
        return super().action_reopen()

    def action_split(self):
        """Button: make these callbacks in contacts of their own.

        :raise AccessError: the user is no supervisor
        :raise UserError: finished, or in no contact
        """
        self._check_may_combine()
        self._check_is_open()
        alone = self.filtered(
            lambda c: not c.contact_id and not c.sudo()._get_followers()
        )
        if alone:
            raise UserError(
                self.env._(
                    "%(callback)s is made in a contact of its own already.",
                    callback=alone[0].display_name,
                )
            )
        self.check_access("write")
        self.sudo()._leave_contacts()
        return True

    def action_combine(self):
        """Button: make these callbacks, and what they lead, in one contact.

        :raise AccessError: the user is no supervisor
        :raise UserError: they cannot be made in one conversation; says why
        """
        self._check_may_combine()
        self._check_is_open()
        self.check_access("write")
        leaders = self.sudo()._get_leaders()
        members = (leaders | leaders._get_followers()).sorted("id")
        if len(members) < 2:
            raise UserError(
                self.env._("Select at least two callbacks to make in one contact.")
            )
        members._check_same_contact()
        leader, user = members._find_leader()
        # first the leader, so that nobody follows who follows
        leader.contact_id = False
        (members - leader).write({"contact_id": leader.id})
        members.write({"is_kept_apart": False})
        if user:
            members.filtered(lambda c: not c.user_id).write({"user_id": user.id})
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _leave_contacts(self):
        """Let each lead a contact of its own, which the planner leaves alone."""
        self.write({"contact_id": False, "is_kept_apart": True})
        self._hand_over_contacts()

    def _check_may_combine(self):
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._(
                    "Only supervisors combine and split contacts. Tell yours what"
                    " should be made together."
                )
            )

    def _check_same_contact(self):
        """Raise unless customer, level, unit, dealer, way and agent are the same."""
        first = self[0]
        obstacles = {
            "commercial_partner_id": self.env._("they are due to different customers"),
            "company_id": self.env._("they belong to different companies"),
            "level": self.env._("they are of different levels, which stay independent"),
            "team_id": self.env._("they belong to different units"),
            "dealer_id": self.env._("they belong to different dealers"),
        }
        for other in self[1:]:
            differing = next(
                (name for name in obstacles if first[name] != other[name]), None
            )
            if differing in SHARED:
                self._refuse_combining(first, other, obstacles[differing])
            if CHANNEL_GROUPS[first.channel] != CHANNEL_GROUPS[other.channel]:
                self._refuse_combining(
                    first,
                    other,
                    self.env._("the customer is reached in different ways"),
                )
        if len(self.user_id) > 1:
            different = self.filtered(lambda c: c.user_id == self.user_id[1])
            self._refuse_combining(
                self.filtered(lambda c: c.user_id == self.user_id[0])[0],
                different[0],
                self.env._("they have different agents; give them to one agent first"),
            )
        tried = self.filtered("attempt_count")
        if len(tried) > 1:
            self._refuse_combining(
                tried[0],
                tried[1],
                self.env._("both were tried already; finish them separately"),
            )

    def _find_leader(self):
        """Return who leads the contact and who makes it, as the planner would.

        :raise UserError: the windows do not overlap, or the agent must not make one
        """
        rows = contacts.combine([callback._get_contact_member() for callback in self])
        outsider = next(
            (row for row in rows if row.leader_id is None and row.id != rows[0].id),
            None,
        )
        first = self.browse(rows[0].id)
        if outsider:
            other = self.browse(outsider.id)
            own = first._is_own_of(other.user_id) or other._is_own_of(first.user_id)
            self._refuse_combining(
                first,
                other,
                self.env._("who would make them verifies their own customer")
                if own
                else self.env._(
                    "there is no moment at which both may be made before the first one"
                    " ends"
                ),
            )
        return first, self.env["res.users"].browse(rows[0].user_id or [])

    def _get_contact_member(self):
        """Return the callback as the planner's :class:`contacts.Member`."""
        self.ensure_one()
        own = self.responsible_id.id if self._verifies_own_work() else None
        return contacts.Member(
            self.id,
            self.window_start,
            self.window_end,
            False,
            None,
            bool(self.attempt_count),
            self.user_id.id or None,
            (own,) if own and not self.is_own_customer else (),
        )

    def _refuse_combining(self, first, other, obstacle):
        raise UserError(
            self.env._(
                "%(first)s and %(other)s cannot be made in one contact: %(obstacle)s.",
                first=first.display_name,
                other=other.display_name,
                obstacle=obstacle,
            )
        )
