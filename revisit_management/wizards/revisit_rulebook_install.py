# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitRulebookInstall(models.TransientModel):
    """Shows what installing a rulebook adds, changes and keeps, then does it."""

    _name = "revisit.rulebook.install"
    _description = "Install Rulebook"

    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook", required=True, readonly=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company", related="rulebook_id.company_id"
    )
    state = fields.Selection(related="rulebook_id.state")
    summary = fields.Text(related="rulebook_id.summary")
    line_ids = fields.One2many(
        comodel_name="revisit.rulebook.install.line",
        inverse_name="wizard_id",
        compute="_compute_line_ids",
        store=True,
    )
    is_up_to_date = fields.Boolean(compute="_compute_is_up_to_date")
    overlap_text = fields.Text(
        string="Policies That Overlap", compute="_compute_overlap_text"
    )

    unset_text = fields.Text(string="Not Set Yet", compute="_compute_unset_text")
    waiting_text = fields.Text(compute="_compute_unset_text")

    @api.depends("rulebook_id")
    def _compute_line_ids(self):
        for wizard in self:
            if not wizard.rulebook_id:
                wizard.line_ids = []
                continue
            rows = wizard.rulebook_id._get_file_rows()
            wizard.line_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create(
                        {
                            "model_label": self._get_model_label(model),
                            "row_id": row_id,
                            "what": self._get_happening(wizard, row_id, what, columns),
                            "columns": self._get_column_labels(model, columns),
                            **rows[model, row_id],
                        }
                    )
                    for model, row_id, what, columns in wizard.rulebook_id._preview()
                ),
            ]

    @api.model
    def _get_happening(self, wizard, row_id, what, columns):
        """Return what happens to a row; one found by its name was never edited."""
        is_adopted = what == "kept" and wizard.rulebook_id._is_adopted(row_id, columns)
        return "adopted" if is_adopted else what

    @api.model
    def _get_model_label(self, model):
        # managers may not read ir.model itself
        return self.env["ir.model"].sudo()._get(model).name

    @api.model
    def _get_column_labels(self, model, columns):
        """Return the labels of a file's columns, each once."""
        names = [name.partition("@")[0].partition("/")[0] for name in columns]
        labels = self.env[model]._fields
        return ", ".join(
            labels[name]._description_string(self.env) for name in dict.fromkeys(names)
        )

    @api.depends("rulebook_id", "line_ids")
    def _compute_unset_text(self):
        policy = self._get_model_label("revisit.policy")
        for wizard in self:
            rulebook = wizard.rulebook_id
            wizard.unset_text = rulebook._get_unset_text() if rulebook else False
            added = wizard.line_ids.filtered(
                lambda line: line.what == "new" and line.model_label == policy
            )
            waiting = added.filtered("waits")
            # bool(), as an empty recordset would be shown by its technical name
            wizard.waiting_text = bool(waiting) and self.env._(
                "%(count)s policies are added; %(waiting)s of them are archived and"
                " wait for a number or a choice of yours: %(names)s.",
                count=len(added),
                waiting=len(waiting),
                names=", ".join(waiting.mapped("name")),
            )

    @api.depends("line_ids")
    def _compute_is_up_to_date(self):
        for wizard in self:
            wizard.is_up_to_date = not wizard.line_ids.filtered(
                lambda line: line.what in ("new", "changed")
            )

    @api.depends("rulebook_id")
    def _compute_overlap_text(self):
        for wizard in self:
            wizard.overlap_text = wizard.rulebook_id._get_overlap_text(
                with_shipped=True
            )

    def action_install(self):
        self.ensure_one()
        rulebook = self.rulebook_id.with_company(self.company_id)
        rulebook.action_install()
        # close, so that the form behind the wizard shows what was installed
        close = {"type": "ir.actions.act_window_close"}
        if not rulebook.unit_problem:
            return close
        # the planner begins at once: what it plans would wait there for nobody
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": rulebook.name,
                "message": rulebook.unit_problem,
                "type": "warning",
                "sticky": True,
                "next": close,
            },
        }


class RevisitRulebookInstallLine(models.TransientModel):
    _name = "revisit.rulebook.install.line"
    _description = "Install Rulebook: Row"

    wizard_id = fields.Many2one(
        comodel_name="revisit.rulebook.install", ondelete="cascade"
    )
    model_label = fields.Char(string="What")
    row_id = fields.Char(string="Technical Name")
    name = fields.Char(string="Row")
    our_reading = fields.Char(string="Not in the Rules' Text")
    waits = fields.Boolean(help="It is added archived, until you have decided.")
    what = fields.Selection(
        selection=[
            ("new", "Is Added"),
            ("changed", "Takes New Values"),
            ("kept", "Keeps Your Edit"),
            ("adopted", "Was There Already"),
            ("deleted", "Stays Deleted"),
        ],
        string="Happens",
    )
    columns = fields.Char(string="Values")
