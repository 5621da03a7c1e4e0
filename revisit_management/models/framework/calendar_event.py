# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models

from ...tools import marks
from ..callbacks.revisit_visited_mixin import FOLLOWING


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

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
