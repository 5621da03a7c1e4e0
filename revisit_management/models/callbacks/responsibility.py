# Part of Revisit. See LICENSE file for full copyright and licensing details.

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools import windows
from ...tools.marks import PLANNING
from ...tools.terms import (
    SNAPSHOTS,
)

# how many names a message lists at most; the queue shows the rest
LISTED = 20


class RevisitCallback(models.Model):
    """Who makes a callback, and for whom it counts.

    The snapshots ``resp_*`` (user, employee, department, unit, dealer) follow the
    assignment until the callback is made or its window ends, whichever is first; a
    later reassignment changes only the agent. Callbacks can only be assigned to users
    who may make them, in every way of assigning, and nobody verifies their own work
    unless a supervisor says so.
    """

    _inherit = "revisit.callback"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {
        "is_own_customer",
        "made_by_id",
        "responsible_id",
    }

    is_own_customer = fields.Boolean(
        string="Own Customer",
        readonly=True,
        copy=False,
        help="A supervisor gave the verification to the person whose work it verifies.",
    )
    responsible_id = fields.Many2one(
        comodel_name="res.users",
        string="Salesperson or Technician",
        readonly=True,
        ondelete="restrict",
        help="Who sold, delivered or repaired, taken from the document.",
    )
    # For whom it counts
    resp_user_id = fields.Many2one(
        comodel_name="res.users", string="Counts for User", ondelete="restrict"
    )
    resp_employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Counts for Employee",
        ondelete="restrict",
        groups="hr.group_hr_user,revisit_management.group_supervisor",
    )
    resp_department_id = fields.Many2one(
        comodel_name="hr.department",
        string="Counts for Department",
        ondelete="restrict",
    )
    resp_team_id = fields.Many2one(
        comodel_name="revisit.team", string="Counts for Unit", ondelete="restrict"
    )
    resp_dealer_id = fields.Many2one(
        comodel_name="res.partner", string="Counts for Dealer", ondelete="restrict"
    )
    made_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict"
    )
    # Linked records
    may_assign = fields.Boolean(compute="_compute_may_assign")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_may_assign(self):
        self.may_assign = self.env.user.has_group("revisit_management.group_supervisor")

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("user_id", "level", "dealer_id")
    def _check_entitled(self):
        for callback in self.filtered("user_id"):
            callback.user_id._revisit_check_company(callback)
            if not callback.user_id._revisit_may_make(
                callback.level, callback.dealer_id
            ):
                callback._refuse_outsider()

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_agent_domain(self):
        """Return the domain, as text for views, of users who may be the agent."""
        agents = self.env["ir.model.data"]._xmlid_to_res_id(
            "revisit_management.group_agent"
        )
        dealers = self.env["ir.model.data"]._xmlid_to_res_id(
            "revisit_management.group_portal_dealer"
        )
        return (
            f"['|', '&', ('share', '=', False), ('all_group_ids', 'in', [{agents}]),"
            f" '&', ('all_group_ids', 'in', [{dealers}]),"
            " ('commercial_partner_id', '=', level == 'dealer' and dealer_id)]"
        )

    def _is_taking(self, user_id):
        """Return whether the user takes unassigned callbacks, or keeps their own."""
        return user_id == self.env.uid and not (self.user_id - self.env.user)

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def _check_not_taken(self):
        """Name the colleague who has taken a callback from the queue in the meantime.

        :raise AccessError: a colleague has it now, and the user may not read it
        """
        # only the colleague's name is shown, and only within the unit
        for callback in (self - self._filtered_access("read")).sudo():
            user = callback.user_id
            if user and callback.team_id in self.env.user.sudo().revisit_team_ids:
                raise AccessError(
                    self.env._(
                        "%(user)s has taken this callback meanwhile. Take another one"
                        " from the queue.",
                        user=user.name,
                    )
                )

    def action_take(self):
        """Take whole contacts from the unit's queue.

        Whoever calls the customer makes all callbacks that are due.

        :raise AccessError: a colleague was faster
        """
        self._check_not_taken()
        leaders = self._get_leaders()
        leaders._check_is_open()
        leaders.check_access("write")
        leaders.write({"user_id": self.env.uid})
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _fill_snapshots(self, vals_list):
        """Add ``resp_*`` to the values of new callbacks, with one read per batch.

        The employee is the user's in the callback's company, archived ones
        included; the department is theirs at the date of the event.
        """
        pairs = {(v.get("user_id"), v.get("company_id")) for v in vals_list}
        employees = self._get_employees(pairs)
        for vals in vals_list:
            company_id = vals.get("company_id") or self.env.company.id
            employee = employees.get((vals.get("user_id"), company_id))
            vals.update(
                resp_user_id=vals.get("user_id"),
                resp_employee_id=employee and employee.id,
                resp_department_id=employee
                and self._get_department(employee, vals.get("event_at")).id,
                resp_team_id=vals.get("team_id"),
                resp_dealer_id=vals.get("dealer_id"),
            )

    @api.model
    def _get_department(self, employee, event_at):
        """Return the department of an employee on the local date of an event."""
        event_at = fields.Datetime.to_datetime(event_at) or fields.Datetime.now()
        tz = employee.company_id._revisit_tz()
        version = employee._get_version(windows.local_date(event_at, tz))
        return version.department_id

    def _get_employees(self, pairs):
        """Return {(user id, company id): employee}, including archived employees."""
        user_ids = [user_id for user_id, _company_id in pairs if user_id]
        employees = (
            self.env["hr.employee"]
            .sudo()  # agents may not read employees
            .with_context(active_test=False)
            .search([("user_id", "in", user_ids)], order="active, id desc")
        )
        return {(e.user_id.id, e.company_id.id): e for e in employees}

    def _refresh_snapshots(self):
        """Update ``resp_*`` after an assignment, unless the window has ended."""
        now = fields.Datetime.now()
        # only the system may write for whom a callback counts
        moving = self.sudo().filtered(lambda c: c.is_open and c.window_end > now)
        vals_list = [
            {
                "user_id": callback.user_id.id,
                "company_id": callback.company_id.id,
                "team_id": callback.team_id.id,
                "dealer_id": callback.dealer_id.id,
                "event_at": callback.event_at,
            }
            for callback in moving
        ]
        self._fill_snapshots(vals_list)
        for callback, vals in zip(moving, vals_list, strict=True):
            callback.write({name: vals[name] for name in SNAPSHOTS})

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
    # NOTIFYING THE AGENT
    # ------------------------------------------------------------

    def _notify_given(self):
        """Notify agents of new callbacks, once each, but not of finished ones."""
        given = self.filtered(lambda c: c.is_open and c.user_id - self.env.user)
        given._tell_agents()

    def _tell_agents(self):
        """Notify each agent of ``self`` once, even where the planner sends nothing."""
        given = self.filtered("user_id")
        for user, callbacks in given.grouped("user_id").items():
            callbacks.with_context(
                lang=user.lang, mail_auto_subscribe_no_notify=False
            )._message_auto_subscribe_notify(
                user.partner_id.ids, "mail.message_user_assigned"
            )

    def _message_auto_subscribe_notify(self, partner_ids, template):
        """Send one message for all contacts that were assigned in one step."""
        leading = self.filtered(lambda callback: not callback._goes_along())
        if len(leading) < 2:
            told = super(RevisitCallback, leading)
            return told._message_auto_subscribe_notify(partner_ids, template)
        if self.env.context.get("mail_auto_subscribe_no_notify"):
            return None
        leading[0].message_notify(
            subject=self.env._(
                "You have been assigned %(count)s callbacks", count=len(leading)
            ),
            body=leading._get_given_body(),
            partner_ids=partner_ids,
            email_layout_xmlid="mail.mail_notification_layout",
            model_description=self.env["ir.model"]._get(self._name).display_name,
        )
        return None

    def _goes_along(self):
        """Return whether the message about its contact covers this callback."""
        self.ensure_one()
        # what agents are notified of does not depend on their access rights
        leader = self.sudo().contact_id
        return bool(leader) and leader.user_id == self.user_id

    def _get_given_body(self):
        """Return the list of assigned callbacks, each with its link."""
        lines = [
            Markup('<li><a href="%s">%s</a></li>')
            % (callback._notify_get_action_link("view"), callback._get_row_name())
            for callback in self[:LISTED]
        ]
        if len(self) > LISTED:
            more = self.env._("and %(count)s more", count=len(self) - LISTED)
            lines.append(Markup("<li>%s</li>") % more)
        return Markup("<p>%s</p><ul>%s</ul>") % (
            self.env._("These callbacks are yours now:"),
            Markup("").join(lines),
        )

    # ------------------------------------------------------------
    # ASKING THE CUSTOMER
    # ------------------------------------------------------------

    def _get_asked_once(self):
        """Return one callback for each conversation, as a customer is asked once."""
        asked = self.browse()
        for contact in self.grouped(lambda c: c._get_leaders()).values():
            for same_time in contact.grouped("planned_at").values():
                asked |= same_time.sorted(lambda c: (bool(c.contact_id), c.id))[0]
        return asked

    def _get_asked_along(self):
        """Return the callbacks that were asked about in the same message as ``self``.

        The customer's answer about the time counts for the whole conversation.
        """
        asked = {(c._get_leaders(), c.planned_at) for c in self}
        contact = self._get_leaders()
        contact |= contact._get_followers()
        return (contact - self).filtered(
            lambda c: (
                c.is_open
                and c.time_state == "asked"
                and (c._get_leaders(), c.planned_at) in asked
            )
        )

    # ------------------------------------------------------------
    # NOTIFYING NOBODY ELSE
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
        """Refuse to notify outsiders of a callback.

        The customer may be written to; but only colleagues, and the dealer whose work
        it is, may follow what is said about the customer.

        :param following: they would be notified of all future messages
        """
        if isinstance(partner_ids, (set, frozenset)):
            partner_ids = list(partner_ids)
        reader = self.env["revisit.reader"]
        ids = reader._read_ids("partner_ids", partner_ids) or []
        # whether somebody may be notified must not depend on the writer's access
        partners = self.env["res.partner"].sudo().browse(ids)
        for callback in self if partners else self.browse():
            for partner in partners:
                if callback._is_outsider(partner, following):
                    raise UserError(
                        self.env._(
                            "%(partner)s cannot be told of %(callback)s: it is neither"
                            " a colleague nor the dealer whose work this is.",
                            partner=partner._revisit_get_told_name(),
                            callback=callback.display_name,
                        )
                    )

    def _is_outsider(self, partner, following):
        """Return whether a partner (sudo) must not be notified of this callback."""
        self.ensure_one()
        if not partner.partner_share:
            return False
        owner = partner.commercial_partner_id
        callback = self.sudo()  # dealer and customer decide, whoever writes
        if callback.level == "dealer" and owner == callback.dealer_id:
            return False
        if following:
            return True
        is_customer = owner == callback.commercial_partner_id
        return not is_customer and (owner.is_dealer or bool(partner.user_ids))

    # ------------------------------------------------------------
    # REASSIGNING
    # ------------------------------------------------------------

    def _check_own_given(self, vals):
        """Check callbacks that are given to the person whose work they verify.

        :return: the callbacks that are given to that person, and the others that get
            another agent, both with sudo
        :raise AccessError: the user may not decide that
        """
        self._check_passed_on(vals)
        ours = self.sudo()  # the rule counts, not the right to the record
        if "user_id" not in vals:
            return ours.browse(), ours.browse()
        user = self.env["res.users"].browse(vals["user_id"] or [])
        changing = ours.filtered(lambda c: c.is_open and c.user_id != user)
        own = changing.filtered(lambda c: c._is_own_of(user))
        if own and self.env.context.get("revisit_planning") is not PLANNING:
            own._check_may_override(user)
        return own, changing - own

    def _follow_assignment(self, vals):
        """Update state and snapshots after the assignment has changed."""
        if not {"user_id", "team_id", "dealer_id"} & set(vals):
            return
        if set(SNAPSHOTS) & set(vals):
            return
        if "user_id" in vals:
            before, after = "planned", "assigned"
            if not vals["user_id"]:
                before, after = after, before
            moved = self.filtered(lambda callback: callback.state == before)
            if moved:
                # the state is server-owned: no user may write it directly
                moved.sudo().write({"state": after})
        self._refresh_snapshots()
