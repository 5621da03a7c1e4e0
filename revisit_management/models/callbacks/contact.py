# Part of Revisit. See LICENSE file for full copyright and licensing details.

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools import contacts
from ...tools.marks import PLANNING
from ...tools.terms import (
    CHANNEL_GROUPS,
)

# these are the same for all callbacks of one contact, see the planner's key
SHARED = {"company_id", "commercial_partner_id", "level", "team_id", "dealer_id"}
CARRIED = ("user_id", "team_id")


class RevisitCallback(models.Model):
    """A contact: one conversation for several reasons.

    A contact is a leading callback and those that name it in ``contact_id``. All
    are of one level, so that headquarters' callbacks stay hidden from dealers. Each
    policy has its own result, although the customer is called once.
    """

    _inherit = "revisit.callback"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {
        "contact_id",
        "follower_ids",
        "is_kept_apart",
    }

    contact_id = fields.Many2one(
        comodel_name="revisit.callback",
        string="Combined Into",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The callback that leads the contact in which this one is made too.",
    )
    follower_ids = fields.One2many(
        comodel_name="revisit.callback",
        inverse_name="contact_id",
        string="Made in the Same Contact",
        readonly=True,
        domain=[("state", "!=", "cancelled")],
    )
    follower_count = fields.Integer(
        string="More Reasons", compute="_compute_follower_count", compute_sudo=True
    )
    more_reasons = fields.Char(
        string="Combined", compute="_compute_follower_count", compute_sudo=True
    )
    contact_state = fields.Selection(
        related="contact_id.state", string="State of the Contact"
    )
    is_kept_apart = fields.Boolean(
        string="Kept Apart",
        readonly=True,
        copy=False,
        help="A person took it out of its contact; the planner leaves it alone.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("follower_ids.state", "follower_ids.contact_id")
    @api.depends_context("lang")
    def _compute_follower_count(self):
        """Count and list the other callbacks of the same contact, in one query."""
        rows = self.env["revisit.callback"]._read_group(
            [("contact_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["contact_id", "level"],
            ["__count"],
        )
        counts = {(leader, level): count for leader, level, count in rows}
        for callback in self:
            # callbacks of another level are never counted, whatever the data says
            count = counts.get((callback._origin, callback.level), 0)
            callback.follower_count = count
            callback.more_reasons = self._get_more_reasons_text(count)

    def _get_more_reasons_text(self, count):
        if not count:
            return False
        if count == 1:
            return self.env._("+1 more reason")
        return self.env._("+%(count)s more reasons", count=count)

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("contact_id", "level", "team_id", "dealer_id", "partner_id")
    def _check_contact_id(self):
        for follower in self.filtered("contact_id"):
            leader = follower.contact_id
            if leader.contact_id or any(
                leader[name] != follower[name] for name in SHARED
            ):
                raise ValidationError(
                    self.env._(
                        "%(callback)s and %(other)s cannot be made in one contact: they"
                        " differ in customer, level, unit or dealer.",
                        callback=follower.display_name,
                        other=leader.display_name,
                    )
                )

    @api.constrains("contact_id")
    def _check_contact_channel(self):
        """Refuse to join callbacks of different channels: it is one conversation."""
        for follower in self.filtered(lambda c: c.contact_id and c.is_open):
            leader = follower.contact_id
            if CHANNEL_GROUPS[leader.channel] != CHANNEL_GROUPS[follower.channel]:
                raise ValidationError(
                    self.env._(
                        "%(callback)s and %(other)s cannot be made in one contact: the"
                        " customer is reached in different ways. Choose one channel"
                        " for both first.",
                        callback=follower._get_row_name(),
                        other=leader._get_row_name(),
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def _is_moved_by(self, carried):
        """Return whether an open callback gets another agent or unit."""
        return self.is_open and any(
            self[name].id != (value or False) for name, value in carried.items()
        )

    def _carry_followers(self, carried):
        """Assign the open followers as their leader was assigned.

        Those that the new agent must not make stay with their present agent.
        """
        followers = self._get_followers()
        user = self.env["res.users"].browse(carried.get("user_id") or [])
        staying = followers.filtered(lambda callback: callback._is_own_of(user))
        staying._leave_contacts()
        along = followers - staying - self
        if along:
            along.write(carried)

    def _carry_channel(self, channel):
        """Set the channel of the whole contact to that of one of its callbacks.

        It is one conversation: nobody visits a customer for one reason and telephones
        at the same time for the others.
        """
        # who may choose the channel of one callback chooses it for the conversation
        contact = self.sudo().filtered("is_open")._get_leaders()
        contact |= contact._get_followers()
        others = contact.filtered(lambda c: c.is_open and c.channel != channel)
        if others:
            others.write({"channel": channel})

    def _leave_behind(self, vals):
        """Take callbacks that are reassigned alone out of their contacts.

        :return: the values that the whole contact takes over, and of which callbacks
        """
        carried = {name: vals[name] for name in CARRIED if name in vals}
        if not carried or self.env.context.get("revisit_planning") is PLANNING:
            return {}, self.browse()
        # a contact is reassigned as a whole, even callbacks that the user may not read
        moving = self.sudo().filtered(lambda c: c._is_moved_by(carried))
        moving.filtered(
            lambda c: c.contact_id not in self and c.contact_id._is_moved_by(carried)
        )._leave_contacts()
        return carried, moving

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_contact(self):
        """Button: open the callback that leads the contact."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self._get_leaders().id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_open_finish_alone(self):
        """Button: record the result of one callback before the rest of its contact."""
        self.ensure_one()
        self._check_is_open()
        return self._get_dialog("revisit.callback.finish", self.env._("Result"))

    def action_split(self):
        """Button: make these callbacks in contacts of their own.

        :raise AccessError: the user is not a supervisor
        :raise UserError: a callback is finished, or is not part of a contact
        """
        self._check_may_combine()
        self._check_is_open()
        alone = self.filtered(
            # followers count even in units that the supervisor does not oversee
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
        # only steps may change contacts; the right was checked above
        self.sudo()._leave_contacts()
        return True

    def action_combine(self):
        """Button: combine these callbacks and their followers in one contact.

        :raise AccessError: the user is not a supervisor
        :raise UserError: they cannot be made in one conversation; the message says why
        """
        self._check_may_combine()
        self._check_is_open()
        self.check_access("write")
        # it is one conversation, whoever may read which part of it
        leaders = self.sudo()._get_leaders()
        members = (leaders | leaders._get_followers()).sorted("id")
        if len(members) < 2:
            raise UserError(
                self.env._("Select at least two callbacks to make in one contact.")
            )
        members._check_same_contact()
        leader, user = members._find_leader()
        # first the leader, so that no callback follows a follower
        leader.contact_id = False
        (members - leader).write({"contact_id": leader.id})
        members.write({"is_kept_apart": False})
        if user:
            members.filtered(lambda c: not c.user_id).write({"user_id": user.id})
        return True

    def action_open_finish(self):
        """Button: open the wizard that records the result of the whole contact."""
        self.ensure_one()
        self._check_is_open()
        return self._get_leaders().action_open_finish_alone()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_leaders(self):
        """Return the leading callbacks of the contacts that ``self`` belong to."""
        return self.mapped(lambda callback: callback.contact_id or callback)

    def _get_followers(self):
        """Return the open callbacks that are made in the same contacts."""
        if not self:
            return self
        return self.search([("contact_id", "in", self.ids), ("is_open", "=", True)])

    def _hand_over_contacts(self):
        """Make the earliest follower the leader where a contact loses its leader."""
        followers = self._get_followers().sorted(lambda c: (c.window_end, c.id))
        for group in followers.grouped("contact_id").values():
            group[0].contact_id = False
            group[1:].contact_id = group[0]

    def _get_contact(self):
        """Return the callbacks made in the same contact, the leader first.

        Only callbacks of its own level and dealer, whatever the data says.
        """
        self.ensure_one()
        leader = self._get_leaders()
        followers = leader.follower_ids.sorted(lambda c: (c.window_end, c.id))
        return (leader | followers).filtered(
            lambda c: (
                c == self
                or (
                    c.state != "cancelled"
                    and c.level == self.level
                    and c.dealer_id == self.dealer_id
                )
            )
        )

    def _leave_contacts(self):
        """Give each callback a contact of its own, which the planner leaves alone."""
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
        """Raise unless customer, level, unit, dealer, channel, agent are the same."""
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
        """Return the leader and the agent of the contact, as the planner chooses them.

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
        # whose work it is, whoever combines them
        doers = () if self.is_own_customer else tuple(self.sudo().doer_ids.ids)
        return contacts.Member(
            self.id,
            self.window_start,
            self.window_end,
            False,
            None,
            bool(self.attempt_count),
            self.user_id.id or None,
            doers,
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

    def _get_contact_answers(self, measures, others):
        """Return what is recorded on each callback of the contacts.

        :param measures: the answers of ``self``, and by default of its followers
        :param others: see :meth:`action_done`
        :return: {callback: {field: value}}, ``self`` first
        :raise UserError: ``others`` names a callback outside the contact, or a field
            that is not a measure
        :raise ValidationError: a value cannot be read, or is out of its range
        """
        followers = self._get_followers() - self
        own = self._read_others(others, followers)
        answers = {callback: dict(measures) for callback in self}
        for follower in followers:
            values = dict(measures)
            if not follower._is_about_same_document(follower.contact_id):
                # the customer's answer about one issue says nothing about another
                values.pop("customer_confirmed", None)
            answers[follower] = {**values, **own.get(follower.id, {})}
        return answers

    def _read_others(self, others, followers):
        """Return {callback id: answers}; ids may be text, as they are keys in JSON."""
        own, others = {}, others or {}
        if not isinstance(others, dict) or not all(
            isinstance(values, dict) for values in others.values()
        ):
            raise UserError(
                self.env._(
                    "Give the answers of the other callbacks by their id: a table of"
                    " measures and values for each."
                )
            )
        known = {str(follower.id): follower for follower in followers}
        for key, values in others.items():
            callback = known.get(str(key))
            if not callback:
                self._refuse_other(key, followers)
            self._check_result_fields(values)
            with callback._naming_row(self | followers):
                own[callback.id] = self._read_answers(values)
        return own

    def _refuse_other(self, key, followers):
        """Raise with the reason why no answer can be stored for the id ``key``."""
        number = int(key) if str(key).isdecimal() and len(str(key)) < 10 else 0
        other = self.browse(number).exists()
        if other and other.has_access("read"):
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(callback)s (%(state)s) is not finished along: it is not open"
                    " any more, or not made in the same contact. Note what you"
                    " typed, close the dialog, and record the result again.",
                    callback=other._get_row_name(),
                    state=states[other.state],
                )
            )
        raise UserError(
            self.env._(
                "Callback %(callback)s is not open, or not made in the same"
                " contact. Only those can be finished along: %(list)s.",
                callback=key,
                list=", ".join(map(str, followers.ids)) or "-",
            )
        )

    def _is_about_same_document(self, other):
        return (self.source_model, self.source_id) == (
            other.source_model,
            other.source_id,
        )

    def _leave_open_contacts(self):
        """Take callbacks that were finished before the others out of their contact."""
        early = self.filtered(
            lambda c: c.contact_id.is_open and c.contact_id not in self
        )
        for callback in early:
            leader = callback.contact_id
            callback.contact_id = False
            # the attempts of the contact are logged there
            callback.message_post(
                body=self.env._(
                    "Finished before the rest of its contact, whose attempts are"
                    " logged on %(callback)s.",
                    callback=leader.display_name,
                ),
                subtype_xmlid="mail.mt_note",
            )
