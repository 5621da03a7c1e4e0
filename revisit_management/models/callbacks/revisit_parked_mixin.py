# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.tasks import heard
from ...tools.terms import OPEN_STATES

ACTIVITY_TYPE = "revisit_management.activity_type_callback_number"


class RevisitParkedMixin(models.AbstractModel):
    """Calls that wait for the right number of a customer.

    Where nobody knows it, the customer is not offered again, by no unit: whoever
    manages a unit that has to call them has the task to find the number. It ends with
    the next number that is entered, and the customer is offered at once.
    """

    _name = "revisit.parked.mixin"
    _description = "Waits for the Right Number"

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

    def _give_number_task(self):
        """Give somebody of the callback's unit the task to find the number (sudo)."""
        finder = self._find_number_finder()
        if not finder:
            return
        told = self.with_context(lang=finder.lang)
        heard(self).activity_schedule(
            ACTIVITY_TYPE,
            date_deadline=self.company_id._revisit_today(),
            note=told.env._(
                "%(user)s was told that the number is wrong, and nobody there knew"
                " the right one. Enter it on the customer's page: the call is offered"
                " again at once. Or choose another channel, or cancel the callback.",
                user=self.env.user.name,
            ),
            user_id=finder.id,
        )

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
