# Part of Revisit. See LICENSE file for full copyright and licensing details.
from psycopg2.errors import SerializationFailure

from odoo import Command, api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime, format_time, mute_logger

from ...tools import hours, windows
from ...tools.terms import OPEN_STATES, PERSONAL_CHANNELS, TALK_CHANNELS

# as many callbacks as are looked at before the next kind of work is: the others have
# customers who may not be called at this hour, or whom a colleague is calling
LOOKED_AT = 50
# as many of those that come next are compared by the hours of their customers
SOONEST = 10


class RevisitQueueMixin(models.AbstractModel):
    """The agent's next callback: the most urgent one that nobody else is on."""

    _name = "revisit.queue.mixin"
    _description = "Queue of Callbacks"

    busy_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Being Called By",
        compute="_compute_busy_user_id",
        compute_sudo=True,
        # a dealer would learn that headquarters is calling the customer
        groups="revisit_management.group_agent",
        help="A colleague who has this customer on the screen to call them.",
    )

    _later_call_idx = models.Index(
        "(commercial_partner_id) WHERE state = 'in_progress'"
        " AND next_attempt_at IS NOT NULL"
    )

    phone_reader_ids = fields.Many2many(
        comodel_name="res.users",
        relation="revisit_callback_phone_reader_rel",
        string="Number Seen By",
        readonly=True,
        copy=False,
        groups="revisit_management.group_supervisor",
        help="Who has looked up the customer's number to make this callback.",
    )

    @api.depends_context("uid")
    @api.depends("commercial_partner_id")
    def _compute_busy_user_id(self):
        claims = self.env["revisit.claim"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("until", ">=", fields.Datetime.now()),
                ("user_id", "!=", self.env.uid),
            ]
        )
        users = {claim.partner_id: claim.user_id for claim in claims}
        for callback in self:
            callback.busy_user_id = users.get(callback.commercial_partner_id)

    @api.model
    def _group_expand_state(self, states, domain):
        """Show the columns of open work even when they are empty.

        Planned callbacks have no agent yet: "mine" does not show their column.
        """
        # any client may set this key: it only folds columns of a board
        shown = OPEN_STATES[1:] if self.env.context.get("revisit_mine") else OPEN_STATES
        return [*shown, *(state for state in states if state not in shown)]

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    @api.model
    def action_next_callback(self):
        """Open the most urgent callback that may be made now, and claim its customer.

        First what was promised to a customer, then the agent's own work, then what
        waits in the queues of their units, which becomes theirs.

        :return: the action that opens it, or says when there is one
        """
        callback = self._claim_next()
        if not callback:
            return self._get_empty_action()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("My Next Callback"),
            "res_model": self._name,
            "res_id": callback.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_ready_domain(self):
        """Return the domain of the callbacks that the user may make at this moment."""
        now = fields.Datetime.now()
        paused = self.env["revisit.pending.outcome"]._get_paused()
        return (
            Domain("state", "in", OPEN_STATES)
            & Domain("contact_id", "=", False)
            & Domain("window_start", "<=", now)
            & (
                Domain("next_attempt_at", "=", False)
                | Domain("next_attempt_at", "<=", now)
            )
            & Domain("commercial_partner_id", "not in", paused.ids)
            & self._get_not_own_domain()
        )

    @api.model
    def _get_next_kinds(self):
        """Return ``[(domain, order)]`` of what is looked at, the most urgent first."""
        mine = Domain("user_id", "=", self.env.uid)
        # the units of which the user is a member, whoever may read them
        teams = self.env.user.sudo().revisit_team_ids
        pool = Domain("user_id", "=", False) & Domain("team_id", "in", teams.ids)
        return [
            (mine & Domain("next_attempt_at", "!=", False), "next_attempt_at, id"),
            (mine & Domain("next_attempt_at", "=", False), "window_end, id"),
            (pool, "window_end, id"),
        ]

    @api.model
    def _claim_next(self, skipped=()):
        """Return the next callback of the user, whose customer is claimed, or none.

        A customer whom a colleague has taken since the transaction began is passed
        over: to begin again for each would keep agents waiting where many press.

        :param skipped: ids of callbacks that are not offered
        :raise SerializationFailure: all that are left were taken meanwhile; Odoo begins
            again
        """
        claims, ready = self.env["revisit.claim"], self._get_ready_domain()
        pending = self.env["revisit.pending.outcome"]
        if skipped:
            ready &= Domain("id", "not in", list(skipped))
        outrun = None
        for domain, order in self._get_next_kinds():
            query = self._search(domain & ready, order=order, limit=LOOKED_AT)
            family = SQL.identifier(query.table, "commercial_partner_id")
            query.add_where(self._get_reachable_sql(query.table))
            query.add_where(self._get_left_in_peace_sql(query.table))
            query.add_where(claims._get_free_sql(family))
            query.add_where(pending._get_none_sql(SQL.identifier(query.table, "id")))
            for callback in self.browse(query)._put_best_first():
                # the hour is the customer's, whom not every agent may read
                if not callback.sudo()._may_be_called_now():
                    continue
                try:
                    with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                        is_claimed = callback._claim()
                except SerializationFailure as error:
                    outrun = error
                    continue
                if is_claimed:
                    # by itself: figures of the customer are not read for all of them
                    return self.browse(callback.id)
        if outrun:
            raise outrun
        return self.browse()

    @api.model
    def _get_left_in_peace_sql(self, table):
        """Return the condition that no other call to the customer is to come first.

        Whoever was promised a later call, or was busy or not reached a moment ago, is
        not rung before for another reason, unless its window would end meanwhile.
        Levels stay independent, and written questionnaires disturb nobody.

        :param table: alias of the callbacks
        """
        return SQL(
            """(%(channel)s != ALL(%(spoken)s) OR NOT EXISTS (
                   SELECT 1 FROM revisit_callback later
                    WHERE later.commercial_partner_id = %(family)s
                      AND later.next_attempt_at > %(now)s
                      AND later.state = 'in_progress'
                      AND later.contact_id IS NULL
                      AND later.active
                      AND later.id != %(own)s
                      AND later.company_id = %(company)s
                      AND later.level = %(level)s
                      AND later.channel = ANY(%(spoken)s)
                      AND (%(end)s <= %(now)s OR later.next_attempt_at < %(end)s)))""",
            channel=SQL.identifier(table, "channel"),
            spoken=sorted(PERSONAL_CHANNELS),
            family=SQL.identifier(table, "commercial_partner_id"),
            own=SQL.identifier(table, "id"),
            company=SQL.identifier(table, "company_id"),
            level=SQL.identifier(table, "level"),
            end=SQL.identifier(table, "window_end"),
            now=fields.Datetime.now(),
            to_flush=self._fields["next_attempt_at"],
        )

    def _find_later_calls(self):
        """Return the next call that each customer waits for on another callback.

        :return: ``{callback: the other callback}`` (sudo), of the same company
        """
        # when a customer is rung next is told to whoever has to call them
        known = self.sudo()
        waiting = known.search(
            [
                ("commercial_partner_id", "in", known.commercial_partner_id.ids),
                ("company_id", "in", known.company_id.ids),
                ("contact_id", "=", False),
                ("state", "=", "in_progress"),
                ("channel", "in", list(PERSONAL_CHANNELS)),
                ("next_attempt_at", ">", fields.Datetime.now()),
            ],
            order="next_attempt_at, id",
        ).grouped(lambda c: (c.commercial_partner_id, c.company_id))
        later = {}
        for callback in known:
            key = (callback.commercial_partner_id, callback.company_id)
            others = waiting.get(key, known.browse()) - callback.contact_id - callback
            if others:
                later[callback] = others[0]
        return later

    def _may_be_called_now(self):
        """Return whether the customer may be spoken to at this hour of theirs."""
        self.ensure_one()
        if self.channel not in TALK_CHANNELS:
            return True
        first, last = self._get_call_hours()
        hour = hours.local_hour(fields.Datetime.now(), self._get_customer_tz())
        return first <= hour < last

    def _claim(self):
        """Claim the customer, and take what is nobody's; return whether it is ours."""
        # whom the agent calls is no secret to them
        if not self.env["revisit.claim"]._take(self.sudo().commercial_partner_id):
            return False
        if not self.user_id:
            self.action_take()
            self._find_claims().taken_id = self
        return True

    def _find_claims(self):
        # whom the agent calls is no secret to them
        return self.env["revisit.claim"]._find_own(self.sudo().commercial_partner_id)

    def _give_back(self):
        """Return to the unit's queue what was taken from it to be offered, and is left.

        What was begun stays, and what a person has taken or assigned.
        """
        taken = self & self._find_claims().taken_id.with_env(self.env)
        # the queue gets back what it gave; it is one conversation
        for leader in taken.sudo():
            contact = leader | leader._get_followers()
            is_mine = leader.state == "assigned" and leader.user_id == self.env.user
            if is_mine and not contact.attempt_ids and not contact.answer_ids:
                leader.write({"user_id": False})
                contact.message_unsubscribe(self.env.user.partner_id.ids)

    def _note_phone_reader(self, user):
        """Note, once for each reader, who has seen the customer's number (sudo)."""
        self.ensure_one()
        if user not in self.phone_reader_ids:
            self.phone_reader_ids = [Command.link(user.id)]
            self.message_post(
                body=self.env._("%(user)s looked up the phone number.", user=user.name),
                subtype_xmlid="mail.mt_note",
            )

    def _release_customers(self):
        # whom the agent has called is no secret to them
        self.env["revisit.claim"]._release(self.sudo().commercial_partner_id)

    @api.model
    def _get_empty_action(self):
        """Return a notice that nothing may be made now, and when something may."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("My Next Callback"),
                "message": self._get_empty_message(),
                "type": "info",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _get_empty_message(self):
        """Return in words that nothing may be made now, and when something may."""
        coming = self._get_coming()
        if not coming:
            return self.env._("There is nothing to call about now. Well done!")
        moment, callback = min(coming, key=lambda pair: pair[0])
        return self.env._(
            "Nobody may be called right now. The next one is due from %(moment)s:"
            " %(callback)s.",
            moment=self._format_coming(moment),
            callback=callback.display_name,
        )

    @api.model
    def _get_coming(self):
        """Return ``[(moment, callback)]``: from when the next ones may be made."""
        now, ready = fields.Datetime.now(), self._get_ready_domain()
        found = self.browse()
        for domain, order in self._get_next_kinds():
            # whoever may not be called at this hour, but later today
            found |= self._search_reachable(domain & ready, order, LOOKED_AT)
            waiting = (
                domain
                & Domain("state", "in", OPEN_STATES)
                & Domain("contact_id", "=", False)
                & self._get_not_own_domain()
            )
            for name in ("window_start", "next_attempt_at"):
                later = waiting & Domain(name, ">", now)
                found |= self._search_reachable(later, f"{name}, id", SOONEST)
        later = found._find_later_calls()
        # the hours are the customers', whom not every agent may read
        coming = [(one.sudo()._get_first_moment(later), one) for one in found]
        return [(moment, one) for moment, one in coming if moment > now]

    @api.model
    def _search_reachable(self, domain, order, limit):
        """Search callbacks, without those that wait for the customer's number."""
        query = self._search(domain, order=order, limit=limit)
        query.add_where(self._get_reachable_sql(query.table))
        return self.browse(query)

    def _get_first_moment(self, later):
        """Return from when the callback may be made, at the customer's hours (sudo).

        :param later: see :meth:`_find_later_calls`
        """
        self.ensure_one()
        moments = [fields.Datetime.now(), self.window_start, self.next_attempt_at]
        other = later.get(self)
        if other and other.level == self.level and self.channel in PERSONAL_CHANNELS:
            moments.append(other.next_attempt_at)
        moment = max(filter(None, moments))
        if self.channel not in TALK_CHANNELS:
            return moment
        return hours.next_open(moment, *self._get_call_hours(), self._get_customer_tz())

    @api.model
    def _format_coming(self, moment):
        """Return a moment in the reader's zone; of today, the time alone."""
        zone = self.env.context.get("tz") or self.env.user.tz
        # the day is the company's, whoever may read its settings
        zone = zone or self.env.company.sudo()._revisit_tz()
        if windows.local_date(moment, zone) == windows.local_date(
            fields.Datetime.now(), zone
        ):
            return format_time(self.env, moment, tz=zone, time_format="short")
        return format_datetime(self.env, moment, tz=zone, dt_format="short")
