# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools import marks
from ..tools.fields import OptionalFloat
from ..tools.terms import GROUP_CHANNELS

# as many customers are recorded in one go
MOST_CUSTOMERS = 200


class RevisitCallbackGathering(models.TransientModel):
    """Records a meeting, a service day or a symposium with several customers at once.

    Who came was reached, and their conversation is finished with what they said; who
    did not come stays open, with the attempt. Nothing is recorded before *Record*, and
    then everything or nothing is.
    """

    _name = "revisit.callback.gathering"
    _description = "Gathering of Several Customers"

    name = fields.Char(
        string="Gathering",
        required=True,
        help="What it was and where, e.g. Symposium in the town hall. It is kept with"
        " each customer's attempt.",
    )
    held_at = fields.Datetime(
        string="Held",
        groups="revisit_management.group_supervisor",
        help="Empty: today, now. Supervisors enter earlier ones.",
    )
    feedback = fields.Text(
        string="What Was Said",
        help="Kept with each customer who came and of whom nothing else is noted.",
    )
    file_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="revisit_callback_gathering_file_rel",
        string="Minutes and List of Attendance",
        help="Attached to each callback that is recorded.",
    )
    line_ids = fields.One2many(
        comodel_name="revisit.callback.gathering.line",
        inverse_name="gathering_id",
        string="Customers",
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        reader, callbacks = self.env["revisit.reader"], self.env["revisit.callback"]
        ids = reader._read_ids(
            reader._get_label(self, "line_ids"), self.env.context.get("active_ids")
        )
        if "line_ids" in fields_list and ids:
            leaders = self._get_gathered(callbacks.browse(ids).exists())
            values["line_ids"] = [
                Command.create({"callback_id": leader.id}) for leader in leaders
            ]
        return values

    @api.model
    def _get_gathered(self, callbacks):
        """Return the leaders of conversations that a gathering may finish.

        :raise UserError: names the first one that it may not, and says what to do
        """
        callbacks.check_access("write")
        callbacks._check_is_open()
        labels = dict(callbacks._fields["channel"]._description_selection(self.env))
        for callback in callbacks:
            if callback.channel not in GROUP_CHANNELS:
                raise UserError(
                    self.env._(
                        "%(callback)s is to be made by %(channel)s. Select only"
                        " callbacks of these channels: %(channels)s; or have a"
                        " supervisor change its channel first.",
                        callback=callback.display_name,
                        channel=labels[callback.channel],
                        channels=", ".join(
                            label
                            for channel, label in labels.items()
                            if channel in GROUP_CHANNELS
                        ),
                    )
                )
        leaders = callbacks._get_leaders()
        if len(leaders) > MOST_CUSTOMERS:
            raise UserError(
                self.env._(
                    "Record at most %(count)s customers at once.", count=MOST_CUSTOMERS
                )
            )
        return leaders

    def action_record(self):
        """Record who came and what they said.

        :raise UserError: names the callback that cannot be recorded; nothing is
        """
        self.ensure_one()
        if not self.line_ids:
            raise UserError(
                self.env._("Select the callbacks of the customers who were invited.")
            )
        if len(self.line_ids.callback_id) < len(self.line_ids):
            raise UserError(self.env._("Name each callback once."))
        came = self.line_ids.filtered("has_come")
        absent = (self.line_ids - came).callback_id
        self._get_gathered(self.line_ids.callback_id)
        # the field is the supervisors'; what others send was refused
        held_at = self.sudo().held_at or None
        self._log(came.callback_id, "reached", held_at)
        self._log(absent, "no_answer", held_at)
        for line in came:
            with line.callback_id._naming_row(self.line_ids.callback_id):
                line._finish(held_at)
        return {"type": "ir.actions.act_window_close"}

    def _log(self, callbacks, outcome, held_at):
        """Log the attempts, and attach the minutes to who was invited."""
        if not callbacks:
            return
        callbacks._get_done_at(held_at)
        told = {marks.PRESSED: marks.Told(held_at)} if held_at else {}
        callbacks.with_context(**told).action_log_attempt(outcome, note=self.name)
        for callback in callbacks if self.file_ids else ():
            self.file_ids.copy({"res_model": callback._name, "res_id": callback.id})


class RevisitCallbackGatheringLine(models.TransientModel):
    """A customer who was invited to a gathering."""

    _name = "revisit.callback.gathering.line"
    _description = "Customer at a Gathering"

    gathering_id = fields.Many2one(
        comodel_name="revisit.callback.gathering", required=True, ondelete="cascade"
    )
    callback_id = fields.Many2one(
        comodel_name="revisit.callback", required=True, readonly=True
    )
    partner_id = fields.Many2one(related="callback_id.partner_id")
    about_text = fields.Char(related="callback_id.about_text")
    has_come = fields.Boolean(string="Came", default=True)
    satisfaction = OptionalFloat(digits=(5, 2))
    feedback = fields.Text()

    def _finish(self, held_at):
        self.ensure_one()
        said = {"feedback": self.feedback or self.gathering_id.feedback or ""}
        if self.satisfaction is not False:
            said["satisfaction"] = self.satisfaction
        self.callback_id.action_done(result="reached", done_at=held_at, **said)
