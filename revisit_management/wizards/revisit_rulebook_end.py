# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitRulebookEnd(models.TransientModel):
    """Shows what archiving a rulebook stops, or what removing it deletes."""

    _name = "revisit.rulebook.end"
    _description = "Archive a Rulebook or Take It Out"

    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook", required=True, readonly=True
    )
    step = fields.Selection(
        selection=[("archive", "Archive"), ("take_out", "Take Out")],
        required=True,
        readonly=True,
        default="archive",
    )
    rows_text = fields.Text(string="What Stops", compute="_compute_texts")
    callback_count = fields.Integer(string="Open Callbacks", compute="_compute_texts")
    touch_count = fields.Integer(string="Touches That Wait", compute="_compute_texts")
    open_work = fields.Selection(
        selection=[
            ("keep", "Stay: They Are Still Made"),
            ("cancel", "Are Cancelled"),
        ],
        string="Open Callbacks and Touches",
        required=True,
        default="keep",
    )
    use_text = fields.Text(compute="_compute_texts")
    edited_text = fields.Text(
        string="Your Own Rows and Edits", compute="_compute_texts"
    )

    @api.depends("rulebook_id", "step")
    def _compute_texts(self):
        for wizard in self:
            rulebook = wizard.rulebook_id
            # two numbers, which must not depend on the user's access rights
            callbacks, touches = rulebook.sudo()._get_open_work()
            wizard.callback_count = len(callbacks)
            wizard.touch_count = len(touches)
            wizard.rows_text = wizard._get_rows_text()
            is_out = wizard.step == "take_out"
            wizard.use_text = is_out and rulebook._get_use_text()
            edited = rulebook._get_edited_rows() if is_out else []
            wizard.edited_text = "\n".join(edited)

    def _get_rows_text(self):
        """Return the names of the rows that stop, one line per model."""
        lines = []
        for model, domain in self.rulebook_id._get_stoppable().items():
            rows = self.env[model].search([*domain, ("active", "=", True)])
            if rows:
                lines.append(
                    self.env._(
                        "%(kind)s: %(names)s",
                        # everybody may see a model's name, but few may read models
                        kind=self.env["ir.model"].sudo()._get(model).name,
                        names=", ".join(rows.mapped("display_name")),
                    )
                )
        return "\n".join(lines)

    def action_apply(self):
        self.ensure_one()
        if self.step == "archive":
            self.rulebook_id.action_stop(open_work=self.open_work)
        else:
            self.rulebook_id.action_take_out()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_rulebook_action"
        )
