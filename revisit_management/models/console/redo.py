# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .screen import MOST_COUNTED


class RevisitConsole(models.AbstractModel):
    """What the review has sent back: its maker goes on where the talk has ended.

    The screen shows guidance, number and answers; what was not answered may be added,
    what was stays the supervisor's to correct.
    """

    _inherit = "revisit.console"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # PUBLIC METHODS
    # ------------------------------------------------------------

    @api.model
    def redo(self, callback_id, said=None, skipped=None):
        """Hand in again what the review has sent back, and return the next screen.

        :param callback_id: id of the callback on the screen
        :param said: dict with ``note`` (what was redone), ``answers`` to questions
            that had none, and ``measures`` with ``feedback``
        :param skipped: see :meth:`open_screen`
        :raise UserError: see ``revisit.callback.action_redone``; or nothing is told
        """
        self._check_agent()
        self._settle_own()
        callback = self._read_callback(callback_id)
        said = self._read_said(said)
        if not said.get("note"):
            raise UserError(
                self.env._("Say what was redone: your supervisor reads it first.")
            )
        measures = said.get("measures") or {}
        callback._check_result_fields(measures)
        callback.action_redone(
            said["note"], said.get("answers"), measures.get("feedback")
        )
        callback._release_customers()
        return self._get_next_screen(skipped)

    # ------------------------------------------------------------
    # SCREEN
    # ------------------------------------------------------------

    @api.model
    def _get_redo(self, callback):
        """Return the guidance, and whether the user may redo it; False: nothing is."""
        if not callback._is_to_redo():
            return False
        # who has sent it back stands on the callback
        known = callback.sudo()
        return {
            "by": known.reviewed_by_id.name or "",
            "note": known.review_note or "",
            "may": callback.may_redo,
        }

    @api.model
    def _get_to_redo(self):
        """Return how many callbacks the user has to redo, and the first one's id."""
        callbacks = self.env["revisit.callback"]
        domain = (
            callbacks._get_to_redo_domain()
            & Domain("made_by_id", "=", self.env.uid)
            & Domain("contact_id", "=", False)
        )
        found = callbacks.search(domain, order="reviewed_at, id", limit=MOST_COUNTED)
        return {
            "redo_id": found[:1].id,
            "redo_text": self.env._("%(count)s to be redone", count=len(found))
            if found
            else "",
        }

    @api.model
    def _is_worked_on(self, callback):
        """Return whether the user may talk to the customer about it now."""
        return callback.is_open or callback.may_redo

    @api.model
    def _is_made_by_user(self, callback):
        """Return whether the talk is the user's own: they see the number at once."""
        if callback.is_open:
            return callback.user_id == self.env.user
        return callback.may_redo and callback.made_by_id == self.env.user

    # ------------------------------------------------------------
    # WHAT WAS ANSWERED
    # ------------------------------------------------------------

    @api.model
    def _get_recorded(self, contact):
        """Return what a finished talk has brought, as the browser keeps what is typed.

        :param contact: the callbacks of the contact (sudo)
        """
        leader = contact[0]
        return {
            "answers": contact._get_given(),
            "measures": {
                figure["key"]: f"{leader[figure['key']]:g}"
                for figure in self._get_figures()
                if leader[figure["key"]] is not False
            },
            "confirmed": {
                str(one.id): one.customer_confirmed
                for one in contact
                if one.customer_confirmed
            },
            "feedback": leader.feedback or "",
        }
