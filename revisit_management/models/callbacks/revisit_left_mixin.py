# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models

# what takes a callback out of the scores, or back
LEAVING = {"is_known_too_late", "state"}


class RevisitLeftMixin(models.AbstractModel):
    """When a callback left the scores, by whom, and whether the customer wanted it.

    What was cancelled, and what nobody could have made on time, counts for nobody. The
    list Left the Scores (``revisit.uncounted``) shows it; the set-based planner keeps
    the same fields (``planning/sql/left.py``).
    """

    _name = "revisit.left.mixin"
    _description = "Left the Scores"

    _server_owned = {"is_unwanted", "left_at", "left_by_id"}

    left_at = fields.Datetime(
        string="Left the Scores On",
        readonly=True,
        copy=False,
        groups="revisit_management.group_agent",
        help="When it was cancelled, or known too late.",
    )
    left_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Left the Scores By",
        readonly=True,
        copy=False,
        ondelete="restrict",
        groups="revisit_management.group_agent",
    )
    is_unwanted = fields.Boolean(
        string="No More Contact Wanted",
        readonly=True,
        copy=False,
        groups="revisit_management.group_agent",
        help="It was cancelled because the customer refuses all contact.",
    )

    # what is listed: a small part of the table
    _left_idx = models.Index(
        "(company_id, window_end)"
        " WHERE state = 'cancelled' OR is_known_too_late OR is_late_handover"
    )

    def write(self, vals):
        before = {}
        if LEAVING & set(vals):
            before = {callback: callback._get_leaving() for callback in self}
        result = super().write(vals)
        if before:
            self._note_left(before)
        return result

    def _get_leaving(self):
        """Return whether it is cancelled, and whether it was known too late."""
        callback = self.sudo()  # compared only, whoever may read it
        return callback.state == "cancelled", bool(callback.is_known_too_late)

    def _note_left(self, before):
        """Note who has taken callbacks out of the scores; forget it of those that are
        back.

        :param before: ``{callback: see _get_leaving}``
        """
        changed = self.filtered(lambda c: c._get_leaving() != before[c])
        # the moment is the system's; who may cancel or reopen was checked
        changed = changed.sudo()
        gone = changed.filtered(lambda callback: any(callback._get_leaving()))
        unwanted = gone.filtered(
            lambda callback: (
                callback.state == "cancelled"
                and callback.cancel_reason == "source"
                and callback.partner_id._revisit_is_banned()
            )
        )
        noted = {"left_at": fields.Datetime.now(), "left_by_id": self.env.uid}
        for callbacks, values in (
            (unwanted, {**noted, "is_unwanted": True}),
            (gone - unwanted, {**noted, "is_unwanted": False}),
            (
                changed - gone,
                {"left_at": False, "left_by_id": False, "is_unwanted": False},
            ),
        ):
            if callbacks:
                callbacks.write(values)
