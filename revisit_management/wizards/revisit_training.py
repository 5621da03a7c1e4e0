# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.exceptions import UserError


class RevisitTraining(models.TransientModel):
    """Asks what a person is to learn, because of a review or a score.

    Who may ask for it, and when, is checked in ``action_ask_training``.
    """

    _name = "revisit.training"
    _description = "Ask for Training"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(string="Finding ID", required=True, readonly=True)
    employee_name = fields.Char(string="For", readonly=True)
    what = fields.Char(string="What Is to Be Learnt", required=True)
    why = fields.Text()
    until = fields.Date(help="By when it is over. Empty: as soon as possible.")

    def action_apply(self):
        self.ensure_one()
        trained = self.pool["revisit.trained.mixin"]
        model = self.env[self.res_model] if self.res_model in self.env else self
        if not isinstance(model, trained):
            raise UserError(self.env._("Open this dialog from a review or a score."))
        finding = model.browse(self.res_id).exists()
        if not finding:
            raise UserError(self.env._("The finding is gone: it was deleted."))
        return finding.action_ask_training(self.what, self.why or "", self.until)
