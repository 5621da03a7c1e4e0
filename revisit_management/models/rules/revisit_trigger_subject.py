# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.terms import SUBJECT_KINDS, SUBJECT_MODELS

# these are known of every callback, or of none
UNNAMED = ("callback", "dealer", "product")


class RevisitTriggerSubject(models.Model):
    """Where the documents of a trigger name one of those whom answers judge.

    Who made the callback, the dealer and the product are known without; a path to
    ``caller`` says who made the earlier callback that this one verifies.
    """

    _name = "revisit.trigger.subject"
    _description = "Subject of a Trigger"
    _order = "trigger_id, id"
    _rec_name = "kind"

    trigger_id = fields.Many2one(
        comodel_name="revisit.trigger", required=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(
        selection=[pair for pair in SUBJECT_KINDS if pair[0] not in UNNAMED],
        required=True,
    )
    path = fields.Char(
        required=True,
        help="From the document to a user, an employee, a unit or a company, e.g."
        " picking_id.user_id.",
    )

    _kind_once = models.UniqueIndex(
        "(trigger_id, kind)", "The trigger says already where its documents name them."
    )

    @api.constrains("path", "kind", "trigger_id")
    def _check_path(self):
        for subject in self:
            trigger = subject.trigger_id
            if not trigger.active and trigger.model_name not in self.env:
                continue  # waits for the app that brings its documents
            message = subject._get_path_error()
            if message:
                raise ValidationError(
                    self.env._(
                        "Trigger %(trigger)s: %(message)s",
                        trigger=trigger.name,
                        message=message,
                    )
                )

    def _get_path_error(self):
        """Return why the path leads to nobody, in the reader's words, or False."""
        self.ensure_one()
        trigger = self.trigger_id
        if not trigger.model_name:
            return self.env._(
                "it has no documents that could name anybody. Choose its documents"
                " first, or remove the subjects."
            )
        # a definition is checked whoever may read the documents
        Model = self.env[trigger.model_name].sudo()
        error = trigger._get_path_error(Model, self.path, ("many2one",))
        if not error and self._get_model() not in SUBJECT_MODELS:
            return self.env._(
                "the path %(path)s leads to no user, employee, unit or company.",
                path=self.path,
            )
        return error

    def _get_model(self):
        """Return the name of the model at which the path ends."""
        model = self.env[self.trigger_id.model_name]
        for step in self.path.split("."):
            name = model._fields[step].comodel_name
            model = self.env[name]
        return name
