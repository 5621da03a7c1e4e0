# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command, api, fields, models
from odoo.exceptions import UserError

ANSWERS = [
    ("planned", "Planned"),
    ("touch", "Notice or Greeting"),
    ("left_out", "Left Out"),
    ("waiting", "Comes Next"),
    ("not_concerned", "Not Concerned"),
]


class RevisitWhy(models.TransientModel):
    """Shows why a customer was or was not called, policy by policy."""

    _name = "revisit.why"
    _description = "Why Called or Not"
    _rec_names_search = ["res_model"]

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", string="Record ID", required=True, readonly=True
    )
    name = fields.Char(string="About", compute="_compute_name")
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    with_archived = fields.Boolean(string="Archived Policies Too")
    line_ids = fields.One2many(
        comodel_name="revisit.why.line",
        inverse_name="wizard_id",
        compute="_compute_line_ids",
        store=True,
        precompute=True,
    )

    @api.depends("res_model", "res_id")
    def _compute_name(self):
        for wizard in self:
            wizard.name = wizard._get_record().display_name

    @api.depends("res_model", "res_id", "with_archived", "company_id")
    def _compute_line_ids(self):
        for wizard in self:
            policies = (
                self.env["revisit.policy"]
                .with_context(active_test=not wizard.with_archived)
                .search([("company_id", "=", wizard.company_id.id)])
            )
            wizard.line_ids = [Command.clear()] + [
                Command.create(answer)
                for answer in policies._explain(wizard._get_record())
            ]

    def _get_record(self):
        """Return the customer or document, which the user must be able to read.

        :raise UserError: no policy can be about such a record
        """
        self.ensure_one()
        triggers = self.env["revisit.trigger"].search([("model_name", "!=", False)])
        if self.res_model not in {"res.partner", *triggers.mapped("model_name")}:
            raise UserError(
                self.env._("Open a customer, or a document that a policy is about.")
            )
        record = self.env[self.res_model].browse(self.res_id).exists()
        record.ensure_one()
        record.check_access("read")
        return record

    # only for server actions; other programs create records of the wizard themselves
    @api.private
    @api.model
    @api.private
    def action_open(self, records):
        """Return the action that explains one customer or document."""
        records.ensure_one()
        wizard = self.create({"res_model": records._name, "res_id": records.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why Called or Not: %(name)s", name=wizard.name),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }


class RevisitWhyLine(models.TransientModel):
    """One policy's answer."""

    _name = "revisit.why.line"
    _description = "Why Called or Not: Answer"

    wizard_id = fields.Many2one(
        comodel_name="revisit.why", required=True, ondelete="cascade"
    )
    policy_id = fields.Many2one(comodel_name="revisit.policy", readonly=True)
    answer = fields.Selection(selection=ANSWERS, required=True, readonly=True)
    text = fields.Text(string="Explanation", readonly=True)
    document = fields.Char(readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", string="Document ID", readonly=True
    )
    callback_id = fields.Many2one(comodel_name="revisit.callback", readonly=True)

    def action_open_callback(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "revisit.callback",
            "res_id": self.callback_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_open_document(self):
        self.ensure_one()
        return self.env["revisit.callback"]._get_source_action(
            self.res_model, self.res_id
        )
