# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError
from odoo.tools import clean_context

from ...tools.links import without_keys_in_mail, without_keys_in_text
from ...tools.marks import CARRIED

# fields that say what a file contains and to which record it belongs
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
# other fields of a file: on sealed files the system may write them, users may not
DETAILS = {"access_token", "company_id", "description", "index_content", "original_id"}


class IrAttachment(models.Model):
    """Applies the lock of a record to its files, however they are accessed.

    The content of a binary field is a row of this model as well: it can only be
    changed through its record, whose own checks apply.
    """

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        # before a row exists, because some of Odoo's pages continue after an error
        self._revisit_check_targets(vals_list)
        attachments = super().create(vals_list)
        attachments._revisit_check_added()
        attachments._revisit_drop_keys()
        return attachments

    def write(self, vals):
        is_person = not (self.env.su or self._revisit_may_add())
        if is_person and DETAILS.intersection(vals):
            self._revisit_check_kept()
        if not CONTENT.intersection(vals):
            return super().write(vals)
        self._revisit_check_kept()
        rows = self._revisit_prepare_traces(vals)
        result = super().write(vals)
        self._revisit_leave_traces(rows)
        if {"res_field", "res_id", "res_model"}.intersection(vals):
            # the file may have been moved to a locked record
            self._revisit_check_added()
        self._revisit_drop_keys()
        return result

    def unlink(self):
        self._revisit_check_kept()
        self._revisit_leave_traces(self._revisit_prepare_traces({}))
        return super().unlink()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _revisit_grouped(self):
        """Yield ``(records, files)`` by model, for files of this add-on's records."""
        ours = self.sudo().filtered(  # which files are ours, whoever may read them
            lambda file: (
                (file.res_model or "").startswith("revisit.")
                and file.res_id
                and file.res_model in self.env
            )
        )
        for model, files in ours.grouped("res_model").items():
            # whether the records are closed, whoever may read them
            records = self.env[model].sudo().browse(set(files.mapped("res_id")))
            records = records.exists()
            files = files.filtered(lambda file, ids=records._ids: file.res_id in ids)
            if files:
                yield records, files

    @api.model
    def _revisit_may_add(self):
        """Return whether the system itself adds the files, or a message does.

        A message may attach files even to a closed record: it says who added them and
        when. Odoo's upload uses sudo for every user, so sudo alone is not enough.
        """
        is_system = self.env.su and self.env.uid == SUPERUSER_ID
        return is_system or self.env.context.get("revisit_carried") is CARRIED

    @api.model
    def _revisit_check_targets(self, vals_list):
        """Refuse to create files for closed records.

        The content of a field is checked by the field's record instead.
        """
        if self._revisit_may_add():
            return
        targets = {}
        for vals in vals_list:
            model, res_id = (
                vals.get(name, self.env.context.get(f"default_{name}"))
                for name in ("res_model", "res_id")
            )
            is_loose = isinstance(model, str) and not vals.get("res_field")
            if is_loose and model.startswith("revisit.") and isinstance(res_id, int):
                targets.setdefault(model, set()).add(res_id)
        for model, ids in targets.items():
            if model not in self.env:
                continue
            # whether the record is closed, whoever may read it
            records = self.env[model].sudo().browse(ids).exists()
            if isinstance(records, self.pool["revisit.sealed.mixin"]):
                records._check_files_added()

    def _revisit_check_added(self):
        """Refuse files that were added or moved to a record that does not allow it."""
        if self._revisit_may_add():
            return
        sealed = self.pool["revisit.sealed.mixin"]
        for records, files in self._revisit_grouped():
            if not self.env.su:
                files._revisit_refuse_fields()
            loose = files.filtered(lambda file: not file.res_field)
            if isinstance(records, sealed) and loose:
                records.browse(loose.mapped("res_id"))._check_files_added()

    def _revisit_check_kept(self):
        """Refuse to change or delete sealed files, even by the system itself."""
        for records, files in self._revisit_grouped():
            if not self.env.su:
                files._revisit_refuse_fields()
            if isinstance(records, self.pool["revisit.sealed.mixin"]):
                records._check_files_kept(files)

    # neither checked nor traced: the trace would keep the key
    # pylint: disable=missing-return,super-method-mismatch
    def _revisit_drop_keys(self):
        """Take the customers' keys out of letters that are filed with our records.

        Whoever reads the record could answer in the customer's place.
        """
        for _records, files in self._revisit_grouped():
            for file in files:
                if file.res_field or not file._revisit_is_letter():
                    continue
                name, content = without_keys_in_mail(file.name, file.raw or b"")
                content = without_keys_in_text(content)
                if content != file.raw:
                    # the file is as it was, but for what opens the customer's page
                    vals = {"name": name, "raw": content}
                    super(IrAttachment, file).write(vals)

    # pylint: enable=missing-return,super-method-mismatch
    def _revisit_is_letter(self):
        """Return whether a file is a text or a mail."""
        self.ensure_one()
        kind = self.mimetype or ""
        return kind.startswith(("text/", "message/")) or kind.endswith(
            ("/json", "/rtf", "/xml", "+xml", "/octet-stream")
        )

    # ------------------------------------------------------------
    # TRACES
    # ------------------------------------------------------------

    def _revisit_prepare_traces(self, vals):
        """Return the traces of changes to files of records that are traced.

        :param vals: what is about to be written; empty when the files are deleted
        """
        rows = []
        for records, files in self._revisit_grouped():
            if not isinstance(records, self.pool["revisit.traced.mixin"]):
                continue
            owners = {record.id: record for record in records._get_files_traced()}
            for file in files.filtered(lambda f: not f.res_field):
                if file.res_id in owners:
                    rows.append(file._revisit_prepare_trace(owners[file.res_id], vals))
        return rows

    def _revisit_prepare_trace(self, owner, vals):
        self.ensure_one()
        is_changed = not vals or {"datas", "db_datas", "raw"} & set(vals)
        return {
            "res_model": owner._name,
            "res_id": owner.id,
            "company_id": owner.company_id.id,
            "part": self.env._("File %(name)s", name=self.name),
            "part_model": self._name,
            "field_name": "raw" if is_changed else "name",
            "value_pair": {
                "old": self._revisit_describe(),
                "new": self._revisit_describe() if vals else None,
            },
            "old_file": base64.b64encode(self.raw or b"") if is_changed else False,
            "user_id": self.env.uid,
            "file": self if vals else self.browse(),
        }

    def _revisit_describe(self):
        """Return name, place and start of the checksum of a file as text."""
        self.ensure_one()
        place = f"{self.res_model},{self.res_id}"
        return f"{self.name} ({place}, {(self.checksum or '')[:12]})"

    def _revisit_leave_traces(self, rows):
        # users may not create traces, and defaults from the context must not apply
        env = self.env(context=clean_context(self.env.context), su=True)
        changed = []
        for row in rows:
            file, pair = row.pop("file"), row["value_pair"]
            if file:
                pair["new"] = file._revisit_describe()
            if pair["new"] != pair["old"]:
                changed.append(row)
        if changed:
            env["revisit.trace"].create(changed)

    def _revisit_refuse_fields(self):
        """Refuse access to the content of a record's field without the record."""
        for file in self.filtered("res_field"):
            raise AccessError(
                self.env._(
                    "%(file)s is the content of a field. Open its record and change"
                    " it there, so that the record's own rules are kept.",
                    file=file.name,
                )
            )
