# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.exceptions import UserError


class RevisitSealedMixin(models.AbstractModel):
    """Records whose files are proof and must not change once the record is closed.

    A model with a chatter stores in ``sealed_files`` the ``[id, checksum]`` of each
    file that existed when it was closed. Not even the system may change these, but a
    later message may add other files. A model without this list seals all its files.
    """

    _name = "revisit.sealed.mixin"
    _description = "Sealed Files"

    def _get_sealed(self):
        """Return the records of ``self`` whose files are sealed. Extend per model."""
        return self.browse()

    def _get_file_owners(self):
        """Return ``{model: {record id: id in self}}`` of the records with the files."""
        return {self._name: {record.id: record.id for record in self}}

    def _read_file_seals(self):
        """Return ``{id: [[file id, checksum], …]}`` of all present files."""
        seals = {record.id: [] for record in self}
        # only checksums; contents of fields are included, as they are attachments, too
        files = self.env["ir.attachment"].sudo()
        for model, owners in self._get_file_owners().items():
            domain = [
                ("res_model", "=", model),
                ("res_id", "in", list(owners)),
                ("id", "!=", 0),  # a condition on the id also finds contents of fields
            ]
            for file in files.search_fetch(domain, ["checksum", "res_id"], order="id"):
                seals[owners[file.res_id]].append([file.id, file.checksum])
        return seals

    def _seal_files(self):
        """Store which files belong to the records that are being closed."""
        for record_id, seal in self._read_file_seals().items():
            # the list is server-owned: no user may write it directly
            self.browse(record_id).sudo().write({"sealed_files": seal})

    def _check_files_added(self):
        """Raise unless files may be added to all of ``self``."""
        for record in self._get_sealed():
            raise UserError(
                self.env._(
                    "%(record)s is closed, so no file is added to it any more. Send a"
                    " message on it with the file instead.",
                    record=record.display_name,
                )
            )

    def _check_files_kept(self, files):
        """Raise if one of the files of ``self`` is sealed."""
        for record in self._get_sealed():
            mine = files.filtered(lambda file, r=record: file.res_id == r.id)
            if "sealed_files" in self._fields:
                sealed = {file_id for file_id, _checksum in record.sealed_files or []}
                mine = mine.filtered(lambda file, ids=sealed: file.id in ids)
            if mine:
                raise UserError(
                    self.env._(
                        "%(file)s is part of %(record)s, which is closed: it stays as"
                        " it is.",
                        file=mine[0].name,
                        record=record.display_name,
                    )
                )
