# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.fields import Domain

from ...tools import marks
from ..callbacks.revisit_visited_mixin import FOLLOWING


class CalendarEvent(models.Model):
    """An appointment with a customer: it moves its callback, and is its agent's own.

    Odoo hides what a private appointment says from others who read it, and from
    their groupings, but finds it by its words. Customers' names and addresses are not
    to be guessed word by word, so ours are found by others by their times alone.
    """

    _inherit = "calendar.event"

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        if not self.env.su:
            domain = Domain(domain)
            told = {c.field_expr.split(".")[0] for c in domain.iter_conditions()}
            told |= {part.split()[0] for part in (order or "").split(",") if part}
            # by whom, when and for whom they are: a calendar is read by these
            if told - self._get_public_fields() - {"partner_ids", "attendee_ids"}:
                domain &= self._revisit_get_readable_domain()
        return super()._search(domain, offset, limit, order, **kwargs)

    def _revisit_get_readable_domain(self):
        """Return which events may be found by what they say."""
        return (
            Domain("res_model", "!=", "revisit.callback")
            | Domain("user_id", "=", self.env.uid)
            | Domain("partner_ids", "in", self.env.user.partner_id.ids)
        )

    def write(self, vals):
        result = super().write(vals)
        if "start" in vals and not marks.read(self.env, FOLLOWING):
            self._revisit_move_callbacks()
        return result

    def _revisit_move_callbacks(self):
        """Plan callbacks at the times to which their appointments were moved.

        The rights and rules of planning hold: who may not plan a callback outside its
        window cannot move its appointment there either.
        """
        # found whoever may read it, and written with the user's own rights
        callbacks = self.env["revisit.callback"].sudo()
        found = callbacks.search([("appointment_id", "in", self.ids)])
        for callback in found.filtered("is_open"):
            start = callback.appointment_id.start
            if callback.planned_at != start:
                callback.sudo(False).write({"planned_at": start})
