# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64

from odoo import api, fields, models
from odoo.exceptions import UserError


class RevisitRulebookUpload(models.TransientModel):
    """Loads a rulebook that another company or database has exported."""

    _name = "revisit.rulebook.upload"
    _description = "Upload Rulebook"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    code = fields.Char(
        compute="_compute_content",
        store=True,
        readonly=False,
        help="Identifies the new rulebook in this company.",
    )
    content = fields.Text(compute="_compute_content", store=True)
    problem = fields.Text(compute="_compute_content", store=True)

    @api.depends("file")
    def _compute_content(self):
        for wizard in self:
            wizard.content = wizard.problem = False
            if not wizard.file:
                wizard.code = False
                continue
            rulebooks = self.env["revisit.rulebook"].with_company(wizard.company_id)
            try:
                files, left_out = rulebooks._read_zip(wizard._get_data())
            except UserError as error:
                wizard.problem = str(error)
                wizard.code = False
                continue
            name = (wizard.file_name or "").removesuffix(".zip")
            wizard.code = rulebooks._get_free_code(name)
            wizard.content = wizard._describe(files, left_out)

    def _get_data(self):
        """Return the uploaded bytes, or empty bytes if they are not base64."""
        try:
            return base64.b64decode(self.with_context(bin_size=False).file)
        except ValueError:
            return b""

    def _describe(self, files, left_out):
        """Return the content of the archive, one line per model."""
        lines = [
            self.env._(
                "%(label)s: %(count)s",
                # a model's name may be shown to everybody, but few may read models
                label=self.env["ir.model"].sudo()._get(model).name,
                count=len(rows),
            )
            for (_module, model), (_header, rows) in files.items()
        ]
        if left_out:
            lines.append(
                self.env._(
                    "Left out, as no installed app knows them: %(files)s",
                    files=", ".join(left_out),
                )
            )
        return "\n".join(lines)

    def action_upload(self):
        """Load the file and open the new rulebook."""
        self.ensure_one()
        rulebooks = self.env["revisit.rulebook"].with_company(self.company_id)
        rulebook = rulebooks._upload(self._get_data(), self.code)
        return {
            "type": "ir.actions.act_window",
            "res_model": "revisit.rulebook",
            "res_id": rulebook.id,
            "view_mode": "form",
        }
