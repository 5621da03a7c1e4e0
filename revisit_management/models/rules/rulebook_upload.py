# Part of Revisit. See LICENSE file for full copyright and licensing details.
import csv
import io
import re
import zipfile
import zlib
from pathlib import PurePosixPath

from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...tools.cells import read_cell
from ...tools.rulebook_files import CUSTOM, RULEBOOK_ID

MAX_ZIP_BYTES = 2 * 1024 * 1024
MAX_TEXT_BYTES = 8 * 1024 * 1024
MAX_FILES = 100
# what copying, downloading and other programs make of the end of a file's name
RENAMED = re.compile(
    r"([ _-]*(\(\d+\)|\d+|copy|副本).*)?(\.(csv|xlsx?|ods|txt|tsv))?", re.IGNORECASE
)
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
BARE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
COLUMN = re.compile(r"(?P<name>\w+)(?P<id>/id)?(@(?P<lang>[\w.@-]+))?", re.ASCII)


class UploadedFiles(dict):
    """{(module, model): (header, rows)}; a type that no client can send as context."""


class RevisitRulebook(models.Model):
    """Loads a zip that another company has exported, as a new rulebook."""

    _inherit = "revisit.rulebook"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # ENTRY POINTS
    # ------------------------------------------------------------

    @api.model
    def _upload(self, data, code):
        """Load a zip of CSV files into the current company, completely or not at all.

        :param data: bytes of the zip
        :param code: code of the new rulebook
        :return: the new rulebook
        :raise AccessError: the caller is not a callback manager
        :raise UserError: a file is wrong; the message names file and line
        """
        if not (
            self.env.su or self.env.user.has_group("revisit_management.group_manager")
        ):
            raise AccessError(self.env._("Only callback managers upload a rulebook."))
        self._check_new_code(code)
        files, _left_out = self._read_zip(data)
        with self.env.cr.savepoint():
            rulebook = self._load_uploaded(files, code)
        self.env["revisit.planner"]._poke()
        return rulebook

    def _load_uploaded(self, files, code):
        company = self.env.company
        header, rows = files["revisit_management", self._name]
        texts = dict(zip(header, rows[0], strict=True)) if rows else {}
        rulebook = self.with_context(lang="en_US").create(
            {
                "code": code,
                "company_id": company.id,
                "name": texts.get("name") or code,
            }
        )
        rulebook._step({"state": "available"})
        rulebook = rulebook.with_context(lang=self.env.lang)
        rulebook._check_uploaded(files)
        rulebook._make_codes_unique(files)
        rulebook.with_context(revisit_uploaded_files=files)._load_files()
        rulebook._check_conditions(files)
        return rulebook

    def _check_conditions(self, files):
        """Raise if a condition searches what the caller may not read.

        Files are loaded with sudo, but conditions are checked with the caller's rights.
        """
        header, rows = files.get(("revisit_management", "revisit.policy"), ([], []))
        for policy in self.with_context(active_test=False).policy_ids:
            try:
                policy._check_own_rights()
            except ValidationError as error:
                codes = [row[header.index("code")] for row in rows]
                message = self.env._(
                    "%(error)s Ask somebody who may, e.g. in Sales, to upload the"
                    " file.",
                    error=error,
                )
                self._raise_at("revisit.policy", 2 + codes.index(policy.code), message)

    @api.model
    def _check_new_code(self, code):
        """Raise unless a new rulebook of the current company can have this code."""
        if not CODE.fullmatch(code or ""):
            raise UserError(
                self.env._(
                    "A code begins with a letter and has small letters, digits and _"
                    " only, e.g. our_rules. Choose another one."
                )
            )
        if self._is_code_taken(code):
            raise UserError(
                self.env._(
                    "The code %(code)s belongs to another rulebook. Choose another"
                    " one.",
                    code=code,
                )
            )

    @api.model
    def _is_code_taken(self, code):
        domain = [("code", "=", code), ("company_id", "=", self.env.company.id)]
        return code in self._get_shipped_codes() or bool(
            self.with_context(active_test=False).search_count(domain, limit=1)
        )

    @api.model
    def _get_free_code(self, code):
        """Return a code like ``code`` that is free in the current company."""
        code = re.sub(r"[^a-z0-9_]+", "_", (code or "").lower()).strip("_")[:30]
        if not CODE.fullmatch(code):
            code = f"r_{code}".rstrip("_")
        number, free = 1, code
        while self._is_code_taken(free):
            number += 1
            free = f"{code}_{number}"
        return free

    @api.model
    def _read_file(self, module, code, model):
        files = self.env.context.get("revisit_uploaded_files")
        if isinstance(files, UploadedFiles):
            return files.get((module, model), ([], []))
        return super()._read_file(module, code, model)

    # ------------------------------------------------------------
    # READING THE ZIP
    # ------------------------------------------------------------

    @api.model
    def _read_zip(self, data):
        """Return ``(files, left_out)``: UploadedFiles, and names of unknown files."""
        if len(data) > MAX_ZIP_BYTES:
            raise UserError(
                self.env._(
                    "The file is larger than %(limit)s MB: it is no rulebook.",
                    limit=MAX_ZIP_BYTES // 1024**2,
                )
            )
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return self._read_archive(archive)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            OSError,
            RuntimeError,
        ) as error:
            raise UserError(
                self.env._(
                    "The file cannot be read as a zip archive without a password:"
                    " %(error)s",
                    error=error,
                )
            ) from error

    @api.model
    def _check_unlike(self, name, known):
        """Refuse a file that is one of ours under another name, as after a download.

        :param known: names of the models of which a rulebook has files
        """
        for model in known:
            rest = name[len(model) :]
            if name.casefold().startswith(model) and RENAMED.fullmatch(rest):
                raise UserError(
                    self.env._(
                        "%(file)s would be left out: call it %(wanted)s, and save it as"
                        " CSV.",
                        file=name,
                        wanted=f"{model}.csv",
                    )
                )

    def _read_archive(self, archive):
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > MAX_FILES:
            raise UserError(
                self.env._(
                    "The archive has %(count)s files: it is no rulebook.",
                    count=len(entries),
                )
            )
        known, files, left_out = self._get_source_models(), UploadedFiles(), []
        budget = MAX_TEXT_BYTES
        for entry in entries:
            path = self._get_entry_path(entry)
            model = path.stem
            if path.suffix != ".csv" or model not in known:
                self._check_unlike(path.name, known)
                left_out.append(path.name)
                continue
            key = known[model], model
            if key in files:
                raise UserError(
                    self.env._(
                        "The archive has %(file)s twice: pack one rulebook only.",
                        file=path.name,
                    )
                )
            content = self._read_entry(archive, entry, budget)
            budget -= len(content)
            files[key] = self._parse_csv(content, path.name)
        if ("revisit_management", self._name) not in files:
            raise UserError(
                self.env._(
                    "The archive has no file %(file)s: it is no rulebook.",
                    file=f"{self._name}.csv",
                )
            )
        return files, sorted(left_out)

    def _get_entry_path(self, entry):
        """Return the path of a file in the archive, or raise if it leads out of it."""
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
            raise UserError(
                self.env._(
                    "The archive has a file outside its folder: %(file)s. Pack"
                    " the files again.",
                    file=entry.filename,
                )
            )
        return path

    def _read_entry(self, archive, entry, budget):
        """Return the bytes of one file, or raise if they are more than ``budget``."""
        # never trust the size that the archive tells
        with archive.open(entry) as stream:
            content = stream.read(budget + 1)
        if len(content) > budget:
            raise UserError(
                self.env._(
                    "The archive holds more than %(limit)s MB of text: it is no"
                    " rulebook.",
                    limit=MAX_TEXT_BYTES // 1024**2,
                )
            )
        return content

    @api.model
    def _parse_csv(self, content, file):
        """Return ``(header, rows)`` from the bytes of one CSV file."""
        try:
            text = content.decode("utf-8-sig")
            lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise UserError(
                self.env._(
                    "%(file)s cannot be read: %(error)s. Save it as CSV in UTF-8 with"
                    " commas.",
                    file=file,
                    error=error,
                )
            ) from error
        # spreadsheets leave empty lines at the end
        while lines and not any(lines[-1]):
            lines.pop()
        header, *rows = lines or [[]]
        self._check_cell_counts(header, rows, file)
        return header, [[*map(read_cell, row)] for row in rows]

    # ------------------------------------------------------------
    # CHECKING THE ROWS
    # ------------------------------------------------------------

    def _check_uploaded(self, files):
        """Raise at the first column or cell that must not be loaded.

        Files are loaded with sudo, so the only columns allowed are those of an export,
        with new ids, and references within the archive or to shared data.
        """
        declared = {}
        for (module, model), (header, rows) in files.items():
            portable = self._get_portable_fields(model)
            self._check_uploaded_header(model, header, portable)
            position = header.index("id")
            for line, row in enumerate(rows, 2):
                self._check_uploaded_id(module, model, line, row[position], declared)
        if declared.get(RULEBOOK_ID) != self._name or (
            list(declared.values()).count(self._name) != 1
        ):
            raise UserError(
                self.env._(
                    "%(file)s: there must be one row, with the id rulebook.",
                    file=f"{self._name}.csv",
                )
            )
        for (_module, model), (header, rows) in files.items():
            for column, name in enumerate(header):
                if not name.endswith("/id"):
                    continue
                field = self.env[model]._fields[name.removesuffix("/id")]
                for line, row in enumerate(rows, 2):
                    self._check_uploaded_cell(model, line, field, row[column], declared)

    def _check_uploaded_header(self, model, header, portable):
        for name in header:
            match = COLUMN.fullmatch(name)
            field = portable.get(match["name"]) if match else None
            is_sound = name == "id" or (
                field
                and bool(field.relational) == bool(match["id"])
                and (not match["lang"] or field.translate)
            )
            if not is_sound or header.count(name) > 1:
                self._raise_at(
                    model,
                    1,
                    self.env._("the column %(name)s cannot be loaded.", name=name),
                )
        if "id" not in header:
            self._raise_at(model, 1, self.env._("the column id is missing."))

    def _check_uploaded_id(self, module, model, line, bare, declared):
        is_ours = (bare == RULEBOOK_ID) == (model == self._name)
        if not BARE_ID.fullmatch(bare) or not is_ours:
            self._raise_at(
                model,
                line,
                self.env._("%(id)s cannot be the row's id.", id=bare or "?"),
            )
        if bare in declared:
            self._raise_at(
                model, line, self.env._("the id %(id)s is used twice.", id=bare)
            )
        if self._get_record(self._get_xmlid(module, bare)) is not None:
            self._raise_at(
                model,
                line,
                self.env._(
                    "the id %(id)s exists already. Choose another code for the"
                    " rulebook.",
                    id=bare,
                ),
            )
        declared[bare] = model

    def _check_uploaded_cell(self, model, line, field, text, declared):
        """Check the references of one cell."""
        for reference in filter(None, map(str.strip, text.split(","))):
            if field.comodel_name in self._get_source_models():
                is_known = declared.get(reference) == field.comodel_name
                if not is_known and "." in reference:
                    record = self._get_record(reference)
                    # of the rows of rulebooks, only what every company has
                    is_known = (
                        record is not None
                        and record._name == field.comodel_name
                        and self._is_everybodys(record)
                    )
            else:
                record = self._get_shared_record(field.comodel_name, reference)
                is_known = record is not None
            if not is_known:
                self._raise_at(
                    model,
                    line,
                    self.env._(
                        "%(label)s refers to %(reference)s, which is neither in the"
                        " archive nor here.",
                        label=field._description_string(self.env),
                        reference=reference,
                    ),
                )

    @api.model
    def _get_shared_record(self, model, reference):
        """Return the record to which a full external id refers here, or None.

        Records that had no id in the other database are found by their code.
        """
        record = self._get_record(reference) if "." in reference else None
        module, _dot, code = reference.partition(".")
        if record is None and module == CUSTOM and "code" in self.env[model]:
            # only whether the code exists; managers may not read every model
            record = self.env[model].sudo().search([("code", "=", code)], limit=1)
            if record:
                # only the system may write external ids
                self.env["ir.model.data"].sudo()._update_xmlids(
                    [{"xml_id": reference, "record": record, "noupdate": True}]
                )
        return record if record and record._name == model else None

    def _raise_at(self, model, line, message):
        raise UserError(
            self.env._(
                "Nothing was loaded. %(file)s, line %(line)s: %(message)s",
                file=f"{model}.csv",
                line=line,
                message=message,
            )
        )

    def _make_codes_unique(self, files):
        """Prefix codes that the company has already with the rulebook's code."""
        for (_module, model), (header, rows) in files.items():
            if "code" not in header or model == self._name:
                continue
            position = header.index("code")
            taken = set(
                self.env[model]
                .sudo()  # codes are in use, whoever may read them
                .with_context(active_test=False)
                .search(
                    [
                        ("code", "in", [row[position] for row in rows]),
                        ("company_id", "=", self.company_id.id),
                    ]
                )
                .mapped("code")
            )
            for row in rows:
                if row[position] in taken:
                    row[position] = f"{self.code}_{row[position]}"
