# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.terms import OPEN_STATES
from ...tools.values import MAX_ID

# as many customers are offered to whoever answers a call
FOUND = 8
# fewer digits of a number fit too many customers
FEWEST_DIGITS = 4
# the first character of Chinese scripts
CHINESE = "\u2e80"
# as many customers with similar numbers are looked at
MOST_FAMILIES = 50
# as many callbacks that were left for others are remembered
MOST_SKIPPED = 100


class RevisitConsole(models.AbstractModel):
    """The agent's console: one customer after the other, on one screen.

    The browser calls the public methods; each returns the screen to show next, so that
    an outcome and the next customer are one step. ``screen`` says what a screen is made
    of, ``customer_records`` what it tells of the customer, ``said`` what it takes.
    """

    _name = "revisit.console"
    _inherit = ["revisit.said.mixin"]
    _description = "Console"

    # ------------------------------------------------------------
    # PUBLIC METHODS
    # ------------------------------------------------------------

    @api.model
    def open_screen(self, callback_id=None, skipped_id=None, skipped=None):
        """Return the screen of a callback, by default of the most urgent one.

        The customer is claimed, so that no colleague rings them. What was taken from
        the unit's queue, and is left untouched, goes back to it.

        :param callback_id: id of an open callback, or nothing
        :param skipped_id: id of the callback that is left for another one, if there is
        :param skipped: ids of callbacks that were left before; they are offered when
            all others were
        :return: see :meth:`_get_next_screen`
        :raise AccessError: the user makes no callbacks, or may not see this one
        """
        self._check_agent()
        self._settle_own()
        callbacks = self.env["revisit.callback"]
        if not callback_id:
            left = self._read_callback(skipped_id) if skipped_id else callbacks
            left._give_back()
            left._release_customers()
            return self._get_next_screen(skipped, left)
        callback = self._read_callback(callback_id)
        # who goes back to a customer, e.g. as they ring, takes nothing back any more
        self._settle_own(callback)
        if self._is_worked_on(callback):
            # a colleague who is on the customer is named on the screen; whom the agent
            # calls is no secret to them
            self.env["revisit.claim"]._take(callback.sudo().commercial_partner_id)
        return self._get_screen(callback)

    @api.model
    def press(self, callback_id, outcome, said=None, skipped=None):
        """Take down an outcome, and return the screen of the next callback.

        It may be taken back for ten seconds, see :meth:`take_back`.

        :param callback_id: id of the callback on the screen
        :param outcome: ``reached``, ``refused``, ``no_answer``, ``busy``,
            ``wrong_number`` or ``rescheduled``
        :param said: dict, see ``revisit.pending.outcome._apply``
        :param skipped: see :meth:`open_screen`
        :return: the next screen
        :raise UserError: it cannot be recorded; says what is missing
        """
        self._check_agent()
        self._settle_own()
        callback = self._read_callback(callback_id)
        callback._check_is_open()
        callback.check_access("write")
        callback._check_not_own()
        said = self._read_said(said)
        outcome = self._read_outcome(outcome)
        self.env["revisit.pending.outcome"]._press(callback, outcome, said)
        callback._release_customers()
        return self._get_next_screen(skipped)

    @api.model
    def close_form(self, callback_id, skipped=None):
        """Return the screen to show after a form that was opened over the console.

        :param callback_id: id of the callback on the screen
        :param skipped: see :meth:`open_screen`
        :return: the next screen if the form has finished it, or else its own
        """
        self._check_agent()
        self._settle_own()
        callback = self._read_callback(callback_id)
        # the rows are the system's; this one is the user's own
        pressed = self.env["revisit.pending.outcome"].sudo()
        is_pressed = pressed.search_count(
            [
                ("callback_id", "=", callback.id),
                ("user_id", "=", self.env.uid),
                ("error", "=", False),
            ]
        )
        if is_pressed or not callback.is_open:
            return self._get_next_screen(skipped)
        return self._get_screen(callback)

    def _press_form(self, callback, outcome, form_id):
        """Take down what a result form says; see :meth:`press`.

        :param callback: the leader of the contact
        :param form_id: id of the form, which stays as it was filled in
        """
        self._check_agent()
        self._settle_own()
        callback._check_is_open()
        callback.check_access("write")
        callback._check_not_own()
        self.env["revisit.pending.outcome"]._press(callback, outcome, {"form": form_id})
        callback._release_customers()

    @api.model
    def take_back(self, pending_id):
        """Take back what was pressed, and return to its screen.

        :param pending_id: ``id`` of ``pressed``, see :meth:`press`
        :return: the screen of that callback; ``said`` is what was typed in it
        :raise UserError: it is recorded already
        """
        self._check_agent()
        # True is a number, too
        known = type(pending_id) is int and 0 < pending_id <= MAX_ID
        callback, outcome, said = self.env["revisit.pending.outcome"]._take_back(
            pending_id if known else 0
        )
        # whom the agent calls is no secret to them
        self.env["revisit.claim"]._take(callback.sudo().commercial_partner_id)
        screen = self._get_screen(callback)
        return {**screen, "said": said, "outcome": outcome}

    @api.model
    def settle(self):
        """Record what the user has pressed and may no longer take back.

        The browser calls this when the time is over; where it is closed by then, the
        scheduled job does it.

        :return: what could not be recorded, see :meth:`_get_failed`
        """
        self._check_agent()
        self._settle_own()
        return self._get_failed()

    @api.model
    def show_number(self, callback_id):
        """Return the number of a customer for whom the user is not the agent.

        :return: dict with ``number`` and ``dial``
        :raise UserError: see ``revisit.callback._reveal_phone``
        """
        self._check_agent()
        callback = self._read_callback(callback_id)
        number = callback._reveal_phone()
        return {"number": number, "dial": self._get_dialled(callback, number)}

    @api.model
    def send_questionnaire(self, callback_id, skipped=None):
        """Send the customer the questionnaire, and return the next screen.

        :param callback_id: id of the callback on the screen
        :param skipped: see :meth:`open_screen`
        :raise UserError: see ``revisit.callback.action_send_questionnaire``
        """
        self._check_agent()
        self._settle_own()
        self._read_callback(callback_id).action_send_questionnaire()
        return self._get_next_screen(skipped)

    @api.model
    def ask_supervisor(self, callback_id, question):
        """Ask whoever manages the unit; their answer appears on the screen.

        :param callback_id: id of the callback on the screen
        :param question: text
        :return: see ``revisit.callback._get_help``
        :raise UserError: nothing is asked, or there is nobody to ask
        """
        self._check_agent()
        callback = self._read_callback(callback_id)
        callback.action_ask_supervisor(question)
        return callback._get_help()

    @api.model
    def find(self, text):
        """Find the callbacks of a customer who rings: the open ones, or the last one.

        :param text: a part of the name, or at least four digits of the number
        :return: list of dicts with ``id``, ``customer``, ``why``, ``about``, ``timing``
            and ``agent``
        """
        self._check_agent()
        text = self.env["revisit.reader"]._read_text("", text, 100) or ""
        domain = self._get_caller_domain(text.strip())
        if not domain:
            return []
        leading = domain & Domain("contact_id", "=", False)
        found = self.env["revisit.callback"].search(
            leading & Domain("state", "in", OPEN_STATES),
            order="window_end, id",
            limit=FOUND,
        )
        found += self._find_finished(text.strip(), found)
        return [self._get_found(callback) for callback in found]

    def _find_finished(self, text, found):
        """Return the latest talk with each customer of whom nothing is open."""
        callbacks = self.env["revisit.callback"]
        if len(found) >= FOUND:
            return callbacks
        # whom the open callbacks are about is known already
        families = self._find_families(text) - found.sudo().commercial_partner_id
        query = callbacks._search(
            [
                ("commercial_partner_id", "in", families.ids),
                ("contact_id", "=", False),
                ("state", "not in", OPEN_STATES),
            ]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (commercial_partner_id) id
                  FROM revisit_callback
                 WHERE id IN %s
                 ORDER BY commercial_partner_id, done_at DESC NULLS LAST, id DESC
                """,
                query.subselect(),
            )
        )
        latest = callbacks.browse([row[0] for row in rows]).sorted(
            lambda c: (c.done_at or datetime.min, c.id), reverse=True
        )
        return latest[: FOUND - len(found)]

    @api.model
    def _get_found(self, callback):
        timings = dict(callback._fields["timing"]._description_selection(self.env))
        # who may read the callback may read these, and who makes it
        known = callback.sudo()
        return {
            "id": callback.id,
            "customer": known.partner_id.display_name,
            "why": known.policy_id.name,
            "about": callback.about_text,
            "timing": timings[callback.timing]
            if callback.is_open
            else self.env._("nothing open"),
            "agent": (known.made_by_id or known.user_id).name or "",
        }

    @api.model
    def _get_next_screen(self, skipped=None, left=None):
        """Return the screen of the most urgent callback that was not left before.

        Where all were, a new round begins, with anybody but whom the user leaves now.

        :param skipped: what the browser sent, see :meth:`open_screen`
        :param left: the callback that is left, which comes last of all
        :return: see :meth:`_get_screen`, with ``is_new_round``: what was left before
            counts no longer
        """
        callbacks = self.env["revisit.callback"]
        left = left or callbacks
        before = self._read_skipped(skipped)
        found = callbacks._claim_next([*before, *left.ids])
        is_new_round = not found
        if not found and before:
            found = callbacks._claim_next(left.ids)
        if not found and (before or left):
            found = callbacks._claim_next()
        return {**self._get_screen(found), "is_new_round": is_new_round}

    # ------------------------------------------------------------
    # READING WHAT THE BROWSER SENDS
    # ------------------------------------------------------------

    def _check_agent(self):
        if not self.env.user.has_group("revisit_management.group_agent"):
            raise AccessError(
                self.env._(
                    "The console is for agents of callbacks. Ask your administrator for"
                    " the role, if you make callbacks."
                )
            )

    def _read_callback(self, callback_id):
        """Return the callback that leads the conversation, which the user may read."""
        callbacks = self.env["revisit.callback"]
        reader = self.env["revisit.reader"]
        ids = reader._read_ids(reader._get_label(callbacks, "id"), [callback_id])
        callback = callbacks.browse(ids or ()).exists()
        if not callback:
            raise UserError(
                self.env._("This callback is gone: it was deleted. Press Next.")
            )
        callback.check_access("read")
        return callback._get_leaders()

    def _read_skipped(self, skipped):
        """Return the ids of callbacks that were left before, the last ones of many."""
        reader = self.env["revisit.reader"]
        label = reader._get_label(self.env["revisit.callback"], "id")
        return (reader._read_ids(label, skipped) or [])[-MOST_SKIPPED:]

    def _read_outcome(self, outcome):
        reader = self.env["revisit.reader"]
        field = self.env["revisit.attempt"]._fields["outcome"]
        label = reader._get_label(self.env["revisit.attempt"], "outcome")
        key = reader._read_choice(label, field, outcome)
        if not key:
            raise UserError(
                self.env._("Choose how the attempt went before you log it.")
            )
        return key

    @api.model
    def _get_caller_domain(self, text):
        """Return the domain of a customer's callbacks, or None for too short a text."""
        if self._is_number(text):
            if len(self._get_digits(text)) < FEWEST_DIGITS:
                return None
            return Domain("commercial_partner_id", "in", self._find_families(text).ids)
        # one Chinese character is a name, one letter is not
        if len(text) < 2 and not any(char >= CHINESE for char in text):
            return None
        # names of customers are read by whoever may read their callbacks
        return Domain(
            "partner_id", "any!", [("complete_name", "ilike", text)]
        ) | Domain("source_name", "ilike", text)

    @api.model
    def _find_families(self, text):
        """Return the commercial entities with such a number or name, at most fifty."""
        name, operator, value = "complete_name", "ilike", text
        if self._is_number(text):
            name, operator = "phone_mobile_search", "like"
            value = self._get_digits(text)
        # who calls is found by what the user need not be able to read
        partners = self.env["res.partner"].sudo()
        found = partners.search([(name, operator, value)], limit=MOST_FAMILIES)
        return found.commercial_partner_id

    @api.model
    def _get_digits(self, text):
        return "".join(char for char in text if char.isdecimal())

    @api.model
    def _is_number(self, text):
        digits = self._get_digits(text)
        return bool(digits) and digits == "".join(c for c in text if c.isalnum())

    # ------------------------------------------------------------
    # WHAT WAS PRESSED
    # ------------------------------------------------------------

    def _settle_own(self, callback=None):
        """Record what the user has pressed, once it cannot be taken back any more.

        :param callback: record what was pressed on it at once
        """
        domain = Domain("until", "<=", fields.Datetime.now())
        if callback:
            domain |= Domain("callback_id", "in", callback.ids)
        self.env["revisit.pending.outcome"]._settle(
            domain & Domain("user_id", "=", self.env.uid)
        )

    def _get_pressed(self):
        """Return the last outcome that the user may take back, or False."""
        # the rows are the system's, but what stands in them is the user's own
        row = (
            self.env["revisit.pending.outcome"]
            .sudo()
            .search(
                [("user_id", "=", self.env.uid), ("error", "=", False)],
                order="until desc, id desc",
                limit=1,
            )
        )
        if not row:
            return False
        labels = dict(row._fields["outcome"]._description_selection(self.env))
        return {
            "id": row.id,
            "text": self.env._(
                "%(outcome)s: %(customer)s",
                outcome=labels[row.outcome],
                customer=row.callback_id.partner_id.display_name,
            ),
            "seconds": max(0, (row.until - fields.Datetime.now()).total_seconds()),
        }

    def _get_failed(self):
        """Return what the user has pressed and could not be recorded."""
        # the rows are the system's, but what stands in them is the user's own
        rows = (
            self.env["revisit.pending.outcome"]
            .sudo()
            .search([("user_id", "=", self.env.uid), ("error", "!=", False)])
        )
        return [
            {
                "id": row.id,
                "text": self.env._(
                    "%(customer)s could not be recorded: %(reason)s",
                    customer=row.callback_id.partner_id.display_name,
                    reason=row.error,
                ),
            }
            for row in rows
        ]
