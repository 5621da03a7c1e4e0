# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import AccessError

# what a file is, and to which record it belongs
CONTENT = {
    "checksum",
    "datas",
    "db_datas",
    "file_size",
    "mimetype",
    "name",
    "public",
    "raw",
    "res_field",
    "res_id",
    "res_model",
    "store_fname",
    "type",
    "url",
}


class IrAttachment(models.Model):
    """The lock of a record covers its files, by whatever path they are reached.

    The content of a binary field is a row of this model as well: it is changed
    through its record alone, where the record's own checks are asked.
    """

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._revisit_check_added()
        return attachments

    def write(self, vals):
        if not CONTENT.intersection(vals):
            return super().write(vals)
        self._revisit_check_kept()
        result = super().write(vals)
        if {"res_field", "res_id", "res_model"}.intersection(vals):
            # what belonged elsewhere before may belong to a locked record now
            self._revisit_check_added()
        return result

    def unlink(self):
        self._revisit_check_kept()
        return super().unlink()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _revisit_grouped(self):
        """Yield ``(records, files)`` by model, for files of our existing records."""
        ours = self.sudo().filtered(
            lambda file: (
                (file.res_model or "").startswith("revisit.")
                and file.res_id
                and file.res_model in self.env
            )
        )
        for model, files in ours.grouped("res_model").items():
            records = self.env[model].sudo().browse(set(files.mapped("res_id")))
            records = records.exists()
            files = files.filtered(lambda file, ids=records._ids: file.res_id in ids)
            if files:
                yield records, files

    def _revisit_check_added(self):
        """Refuse files that now belong to a record and must not.

        A message may still carry a file to a closed record: it says who added it and
        when, and Odoo itself writes it.
        """
        if self.env.su:
            return
        for records, files in self._revisit_grouped():
            files._revisit_refuse_fields()
            if isinstance(records, self.pool["revisit.sealed.mixin"]):
                records._check_files_added()

    def _revisit_check_kept(self):
        """Refuse to change or take away files that are sealed, for the system, too."""
        for records, files in self._revisit_grouped():
            if not self.env.su:
                files._revisit_refuse_fields()
            if isinstance(records, self.pool["revisit.sealed.mixin"]):
                records._check_files_kept(files)

    def _revisit_refuse_fields(self):
        """Refuse to reach the content of a record's field past the record."""
        for file in self.filtered("res_field"):
            raise AccessError(
                self.env._(
                    "%(file)s is the content of a field. Open its record and change"
                    " it there, so that the record's own rules are kept.",
                    file=file.name,
                )
            )
