# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools import windows

# the hours that "this evening" and "tomorrow" stand for
EVENING, MORNING = 18.5, 10.0


class RevisitOutcomeMixin(models.AbstractModel):
    """The buttons for what came of a try, besides reaching the customer."""

    _name = "revisit.outcome.mixin"
    _description = "Outcomes of a Try"

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_log_no_answer(self):
        self.action_log_attempt("no_answer")
        return True

    def action_log_busy(self):
        self.action_log_attempt("busy")
        return True

    def action_log_refused(self):
        """Button: the customer does not want to talk; the dialog asks for their words.

        Nothing is logged before *Finish*, see :meth:`action_log_reached`.
        """
        self._check_not_own()
        action = self.action_open_finish()
        return {**action, "context": {**action["context"], "default_result": "refused"}}

    def action_open_call_again(self):
        """Button: ask when the customer wants to be called again."""
        self._check_is_open()
        return self._get_dialog(
            "revisit.callback.again",
            self.env._("Call Again"),
            default_outcome="rescheduled",
        )

    def action_log_wrong_number(self):
        """Button: somebody else answered; ask for the right number."""
        self._check_is_open()
        return self._get_dialog(
            "revisit.callback.again",
            self.env._("Wrong Number"),
            default_outcome="wrong_number",
        )

    def action_open_next(self):
        """Button: go on in the console, with the next customer."""
        return self._get_console_action()

    def action_open_console(self):
        """Button: make this callback in the console, or redo it there."""
        self.ensure_one()
        if not self._is_to_redo():
            self._check_is_open()
        return self._get_console_action(self._get_leaders().id)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_times_again(self):
        """Return ``{choice: moment}`` at which a customer may want to be called again.

        The hours are the customer's; the evening may be over already.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        # whoever calls need not be able to read the customer
        zone = self.sudo()._get_customer_tz()
        today = windows.local_date(now, zone)
        tomorrow = today + timedelta(days=1)
        return {
            "hour": now + timedelta(hours=1),
            "evening": windows.day_start(today, zone, EVENING),
            "tomorrow": windows.day_start(tomorrow, zone, MORNING),
        }

    @api.model
    def _get_console_action(self, callback_id=False):
        """Return the action that opens the console, by default with the next one."""
        action = self.env["ir.actions.client"]._for_xml_id(
            "revisit_management.revisit_console_action"
        )
        return {**action, "params": {"callback_id": callback_id}}

    def _correct_number(self, phone, note="", **tried):
        """Log that the number was wrong, and keep the right one, if anybody knows it.

        Whoever may make the callback corrects the number, without a right on contacts;
        the customer's page and the callback say who did, never the number.

        :param phone: as it was told, or nothing
        :param tried: more about the try, see ``action_log_attempt``
        :raise UserError: the number cannot be one, or is the one that was wrong
        """
        self.ensure_one()
        self.check_access("write")
        number = self._read_right_number(phone)
        self.action_log_attempt("wrong_number", note=note or "", **tried)
        if number:
            self._keep_right_number(number)
            return
        leader = self.sudo()._get_leaders()  # a task of the system's
        # the day is the company's, whoever may read its settings
        self.sudo().partner_id.phone_wrong_on = self.company_id.sudo()._revisit_today()
        # what was planned before would ring at somebody else's
        leader.next_attempt_at = False
        leader._ask_for_number()

    def _read_right_number(self, phone):
        """Return the right number as it was told, or False.

        :raise UserError: it cannot be one, or is the one that was wrong
        """
        reader = self.env["revisit.reader"]
        # whoever may make the callback corrects the number
        partner = self.sudo().partner_id
        label = reader._get_label(partner, "phone")
        # a number without a country is one of the customer's, or of ours
        country = partner.country_id or self.company_id.sudo().country_id
        number = reader._read_phone(label, phone, country)
        old = self.sudo()._get_phone()  # see above
        if number and number == self._normalise_number(old, country):
            raise UserError(
                self.env._(
                    "This is the number that was wrong. Leave it empty, if nobody knows"
                    " the right one."
                )
            )
        return number

    def _keep_right_number(self, number):
        """Keep the right number, note who has told it, and offer the call at once."""
        # whoever may make the callback corrects the number
        partner = self.sudo().partner_id
        partner.write({"phone": number, "phone_wrong_on": False})
        # the right number is there: nothing is to be waited for
        self.sudo().next_attempt_at = fields.Datetime.now()
        body = self.env._(
            "%(user)s corrected the phone number.", user=self.env.user.name
        )
        for record in (self.sudo(), partner):  # a note of the system's
            record.message_post(body=body, subtype_xmlid="mail.mt_note")

    def _normalise_number(self, number, country):
        """Return a number as "+8613800138000", or as it is where it is none."""
        try:
            return self.env["revisit.reader"]._read_phone("", number, country)
        except ValidationError:
            return number
