# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ...tools.marks import PLANNING
from ...tools.tasks import heard
from ...tools.terms import OPEN_STATES

ACTIVITY_TYPE = "revisit_management.activity_type_callback_number"
# what decides which unit calls whom
CALLED_BY = {"active", "channel", "partner_id", "team_id"}


class RevisitParkedMixin(models.AbstractModel):
    """Calls that wait for the right number of a customer.

    Where nobody knows it, the customer is not offered again, by no unit: whoever
    manages a unit that has to call them has the task to find the number, also where its
    work is planned or assigned later. It ends with the next number that is entered, and
    the customer is offered at once.
    """

    _name = "revisit.parked.mixin"
    _description = "Waits for the Right Number"

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        callbacks = super().create(vals_list)
        # the planner asks for all that it has planned, at once
        if self.env.context.get("revisit_planning") is not PLANNING:
            callbacks._ask_for_numbers()
        return callbacks

    def write(self, vals):
        result = super().write(vals)
        if self.env.context.get("revisit_planning") is PLANNING:
            return result
        if {"channel", "state"} & set(vals):
            self._end_number_tasks()
        if CALLED_BY & set(vals):
            self._ask_for_numbers()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _get_reachable_sql(self, table):
        """Return the condition that no call waits for the customer's right number.

        :param table: alias of the callbacks
        """
        return SQL(
            """NOT (%s = 'phone' AND EXISTS (
                   SELECT 1 FROM res_partner parked
                    WHERE parked.id = %s AND parked.phone_wrong_on IS NOT NULL))""",
            SQL.identifier(table, "channel", to_flush=self._fields["channel"]),
            SQL.identifier(table, "partner_id", to_flush=self._fields["partner_id"]),
            to_flush=self.env["res.partner"]._fields["phone_wrong_on"],
        )

    def _ask_for_number(self):
        """Give every unit that calls the customer the task to find the number (sudo).

        Once for each unit: the calls of all of them wait from now on.
        """
        self.ensure_one()
        waiting = self._find_waiting(self.partner_id)
        given = heard(waiting).activity_search([ACTIVITY_TYPE]).mapped("res_id")
        told = {callback.team_id for callback in waiting.browse(given)}
        calls = waiting.filtered(lambda call: call.channel == "phone") - self
        # who has just called first; a conversation by what leads it
        calls = calls.sorted(lambda c: (bool(c.contact_id), c.window_end, c.id))
        for unit, callbacks in (self + calls).grouped("team_id").items():
            if unit not in told:
                callbacks[0]._give_number_task()

    def _give_number_task(self, found_on=None):
        """Give somebody of the callback's unit the task to find the number (sudo).

        :param found_on: the day on which somebody else has found it wrong
        """
        finder = self._find_number_finder()
        if not finder:
            return
        told = self.with_context(lang=finder.lang)
        note = told.env._(
            "%(user)s was told that the number is wrong, and nobody there knew"
            " the right one. Enter it on the customer's page: the call is offered"
            " again at once. Or choose another channel, or cancel the callback.",
            user=self.env.user.name,
        )
        if found_on:
            note = told.env._(
                "The number was found to be wrong on %(day)s, before your unit had to"
                " call. Enter the right one on the customer's page: the call is offered"
                " again at once. Or choose another channel, or cancel the callback.",
                day=format_date(told.env, found_on),
            )
        heard(self).activity_schedule(
            ACTIVITY_TYPE,
            date_deadline=self.company_id._revisit_today(),
            note=note,
            user_id=finder.id,
        )

    def _end_number_tasks(self):
        """End the tasks of what is no longer to be called; the unit's next call asks.

        A call that its own step has just parked is asked about there.
        """
        # whoever finishes or cancels it need not be able to read the others
        parked = self.sudo().filtered(lambda call: call.partner_id.phone_wrong_on)
        over = parked.filtered(lambda c: not c.is_open or c.channel != "phone")
        if over:
            heard(over).activity_unlink([ACTIVITY_TYPE])
            self._find_waiting(over.partner_id)._ask_for_numbers()

    def _ask_for_numbers(self):
        """Give units the task whose calls wait for a number that was wrong before."""
        # whoever plans or passes on need not be able to read them
        parked = self.sudo().filtered(lambda call: call.partner_id.phone_wrong_on)
        if parked:
            self._ask_where_parked(SQL("callback.id = ANY(%s)", parked.ids))

    @api.model
    def _ask_in_company(self, company):
        """Do the same for all that was planned for a company."""
        self._ask_where_parked(SQL("callback.company_id = %s", company.id))

    @api.model
    def _ask_where_parked(self, condition):
        """Give one task for each unit and customer that has none, all found at once.

        :param condition: SQL on the table ``callback``
        """
        self.env["res.partner"].flush_model(["phone_wrong_on"])
        self.env["mail.activity"].flush_model()
        self.flush_model(
            [*CALLED_BY, "company_id", "contact_id", "state", "window_end"]
        )
        kind = self.env["ir.model.data"]._xmlid_to_res_id(ACTIVITY_TYPE)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (callback.partner_id, callback.team_id) callback.id
                  FROM res_partner partner
                  JOIN revisit_callback callback ON callback.partner_id = partner.id
                 WHERE partner.phone_wrong_on IS NOT NULL AND %(condition)s
                   AND callback.active AND callback.channel = 'phone'
                   AND callback.state = ANY(%(open)s)
                   AND NOT EXISTS (
                       SELECT FROM revisit_callback asked
                         JOIN mail_activity task ON task.res_id = asked.id
                          AND task.res_model = %(model)s AND task.active
                          AND task.activity_type_id = %(kind)s
                        WHERE asked.partner_id = callback.partner_id
                          AND asked.state = ANY(%(open)s)
                          AND asked.team_id IS NOT DISTINCT FROM callback.team_id)
              ORDER BY callback.partner_id, callback.team_id,
                       callback.contact_id IS NOT NULL, callback.window_end, callback.id
                """,
                condition=condition,
                open=list(OPEN_STATES),
                model=self._name,
                kind=kind,
            )
        )
        # tasks are the system's, whoever plans or passes on
        for callback in self.sudo().browse([row[0] for row in rows]):
            callback._give_number_task(callback.partner_id.phone_wrong_on)

    def _find_number_finder(self):
        """Return who may correct the number: the unit's manager, or one above it.

        Where there is none, it is the callback's agent; dealers' users have no tasks.
        """
        for manager in self._get_managers():
            if manager._revisit_may_make(self.level, self.dealer_id, self.company_id):
                return manager
        agent = self.user_id
        is_able = agent and not agent.share and agent.active
        return agent if is_able else agent.browse()

    @api.model
    def _find_waiting(self, partners):
        """Return the open callbacks of these customers (sudo)."""
        # whoever corrects a number need not be able to read them
        return self.sudo().search(
            [("partner_id", "in", partners.ids), ("state", "in", OPEN_STATES)]
        )

    @api.model
    def _offer_again(self, partners):
        """End the tasks to find these customers' numbers, and offer them at once."""
        waiting = self._find_waiting(partners)
        heard(waiting).activity_unlink([ACTIVITY_TYPE])
        # what another try was planned for holds, but not for the number that was wrong
        failed = waiting.filtered(
            lambda callback: callback.attempt_ids[:1].outcome == "wrong_number"
        )
        failed.write({"next_attempt_at": fields.Datetime.now()})
