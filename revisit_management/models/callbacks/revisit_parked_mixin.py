# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.terms import OPEN_STATES

ACTIVITY_TYPE = "revisit_management.activity_type_callback_number"


class RevisitParkedMixin(models.AbstractModel):
    """Calls that wait for the right number of a customer.

    Where nobody knows it, the customer is not offered again: whoever manages the unit
    has the task to find the number. It ends with the next number that is entered, and
    the customer is offered at once.
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
        """Give somebody the task to find the customer's number, once (sudo)."""
        self.ensure_one()
        waiting = self._find_waiting(self.partner_id)
        finder = self._find_number_finder()
        if not finder or waiting.activity_search([ACTIVITY_TYPE]):
            return
        told = self.with_context(lang=finder.lang)
        self.activity_schedule(
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
        waiting.activity_unlink([ACTIVITY_TYPE])
        # what another try was planned for holds, but not for the number that was wrong
        failed = waiting.filtered(
            lambda callback: callback.attempt_ids[:1].outcome == "wrong_number"
        )
        failed.write({"next_attempt_at": fields.Datetime.now()})
