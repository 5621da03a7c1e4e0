# Part of Revisit. See LICENSE file for full copyright and licensing details.
import csv

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import file_open

from ...tools.cells import read_cell
from ...tools.rulebook_files import ADOPTED, RULEBOOK_ID
from .revisit_rulebook import FOLDER

# rows that are told apart by what they are a part of
PARTS = ("survey.question", "survey.question.answer")


class RevisitRulebook(models.Model):
    """Loads a rulebook's files without overwriting what users have edited."""

    _inherit = "revisit.rulebook"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # LOADING
    # ------------------------------------------------------------

    def _load_files(self):
        """Load all files of one rulebook, then remember what was loaded."""
        self.ensure_one()
        self._ensure_own_xmlid()
        baseline = dict(self.baseline or {})
        for module, model, header, rows in self._iter_files():
            if model in ADOPTED:
                self._adopt(module, model, header, rows, baseline)
            groups = self._group_rows(module, header, rows, baseline)
            for columns, chosen in groups.items():
                self._load_rows(model, columns, chosen)
            self._load_translations(module, header, rows, baseline)
            self._remember(module, header, rows, baseline)
        self._step({"baseline": baseline, "state": "installed", "active": True})
        self._remember_first_version()

    def _preview(self):
        """Return what installing would do: list of (model, row id, what, columns).

        ``what`` is ``new``, ``changed``, ``kept`` or ``deleted``.
        """
        self.ensure_one()
        baseline = dict(self.baseline or {})
        lines = []
        for module, model, header, rows in self._iter_files():
            for row in rows:
                xmlid = self._get_xmlid(module, row[header.index("id")])
                record = self._get_record(xmlid)
                known = baseline.get(xmlid)
                if record is None:
                    lines.append((model, row, "deleted" if known else "new", []))
                    continue
                kept, changed = self._compare(record, header, row, known or {})
                if kept:
                    lines.append((model, row, "kept", kept))
                if changed:
                    lines.append((model, row, "changed", changed))
        return [(model, row[0], what, columns) for model, row, what, columns in lines]

    def _iter_files(self):
        """Yield ``(module, model, header, rows)`` of every file, in load order."""
        for module, models_ in self._get_rulebook_sources():
            for model in models_:
                header, rows = self._read_file(module, self.code, model)
                if rows:
                    self._check_columns(model, header)
                    yield module, model, header, rows

    def _check_columns(self, model, header):
        """Raise if a file has a column that its model does not have."""
        for column in header:
            name = column.partition("@")[0].partition("/")[0]
            if name != "id" and name not in self.env[model]._fields:
                raise UserError(
                    self.env._(
                        "%(file)s, line 1: there is no column %(column)s. Correct the"
                        " file and install again.",
                        file=f"{self.code}/{model}.csv",
                        column=column,
                    )
                )

    @api.model
    def _read_file(self, module, code, model):
        """Return ``(header, rows)`` of one CSV file, both empty if there is none."""
        try:
            with file_open(f"{module}/{FOLDER}/{code}/{model}.csv", "r") as stream:
                header, *rows = csv.reader(stream)
        except FileNotFoundError:
            return [], []
        self._check_cell_counts(header, rows, f"{code}/{model}.csv")
        return header, [[*map(read_cell, row)] for row in rows]

    @api.model
    def _check_cell_counts(self, header, rows, file):
        """Raise at the first row that has more or fewer cells than the header."""
        for number, row in enumerate(rows, 2):
            if len(row) != len(header):
                raise UserError(
                    self.env._(
                        "%(file)s, line %(line)s: %(found)s cells where the header has"
                        " %(wanted)s. Correct the file and install again.",
                        file=file,
                        line=number,
                        found=len(row),
                        wanted=len(header),
                    )
                )

    def _group_rows(self, module, header, rows, baseline):
        """Return {columns to load: {line: row}}, leaving out edited cells."""
        groups = {}
        plain = [name for name in header if "@" not in name]
        for line, row in enumerate(rows, 2):
            cells = dict(zip(header, row, strict=True))
            xmlid = self._get_xmlid(module, cells["id"])
            known = baseline.get(xmlid)
            record = self._get_record(xmlid)
            if known and record is None:
                continue  # the company has deleted this row
            kept = self._compare(record, header, row, known)[0] if known else []
            columns = tuple(name for name in plain if name not in kept)
            values = [self._resolve(module, name, cells[name]) for name in columns]
            groups.setdefault(columns, {})[line] = values
        return groups

    def _compare(self, record, header, row, known):
        """Return the columns that stay as edited, and those that get a new value."""
        kept, changed = [], []
        for name, text in zip(header, row, strict=True):
            if name == "id" or not known or not self._is_active_column(name):
                continue
            if name not in known:
                # a later release has added this column
                self._compare_new(record, name, text, kept, changed)
                continue
            shipped, loaded = known[name]
            if self._get_cell(record, name) != loaded:
                kept.append(name)
            elif shipped != text and self._must_stay(record, name, text):
                kept.append(name)
            elif shipped != text:
                changed.append(name)
        return kept, changed

    def _compare_new(self, record, column, text, kept, changed):
        """Decide whether a known row gets the first shipped value of a new column.

        A value that was set before the column was shipped is kept as the company's own.
        """
        if self._holds(record, column, text):
            return
        name, _at, lang = column.partition("@")
        name = name.partition("/")[0]
        if lang:
            source = record.with_context(lang="en_US")[name]
            is_edited = record.with_context(lang=lang)[name] != source
        else:
            defaults = record.default_get([name])
            is_edited = not self._is_default(record, name, defaults) or self._is_needed(
                record, column, text
            )
        (kept if is_edited else changed).append(column)

    def _must_stay(self, record, column, text):
        """Return whether a later release may not change the value of a row."""
        name = column.partition("@")[0].partition("/")[0]
        is_worded = isinstance(record, self.env.registry["revisit.worded.mixin"])
        return self._is_needed(record, column, text) or (
            # customers have answered what stands there
            is_worded and record._stays_as_answered(name)
        )

    def _is_needed(self, record, column, text):
        """Return whether "not set" is impossible, because the policy plans."""
        return (
            column == "period_months"
            and bool(record.active)
            and not float(text or 0)
            and record.recurrence != "event"
        )

    def _holds(self, record, column, text):
        """Return whether a record has the value that the text of a cell means."""
        field = record._fields[column.partition("@")[0].partition("/")[0]]
        cell = self._get_cell(record, column)
        if isinstance(cell, list):
            return cell == sorted(self._get_ids(text))
        if field.type == "boolean":
            return cell == (text in ("True", "1"))
        if field.type in ("integer", "float", "monetary"):
            return cell == float(text or 0)
        # an empty text means False
        return str(cell or "") == text

    def _get_ids(self, text):
        """Return the ids of the records that a cell names, by bare or full ids."""
        modules = [module for module, _models in self._get_rulebook_sources()]
        for bare in filter(None, map(str.strip, text.split(","))):
            for module in modules:
                record = self._get_record(self._get_xmlid(module, bare))
                if record is not None:
                    yield record.id
                    break

    def _load_rows(self, model, columns, rows):
        """Load rows with Odoo's own import; any message aborts the installation.

        :param rows: {line in the file: cells}
        """
        if len(columns) < 2:
            return
        # the group was checked; a manager need not own e.g. departments
        result = (
            self.env[model]
            .sudo()
            .with_company(self.company_id)
            .with_context(
                active_test=False,
                allowed_company_ids=self.company_id.ids,
                default_company_id=self.company_id.id,
                lang="en_US",
                noupdate=True,
                tracking_disable=True,
            )
            .load(list(columns), list(rows.values()))
        )
        if result["messages"]:
            raise UserError(
                self.env._(
                    "The rulebook %(rulebook)s cannot be installed; nothing was"
                    " changed. %(file)s: %(messages)s",
                    rulebook=self.name,
                    file=f"{self.code}/{model}.csv",
                    messages="; ".join(
                        self._locate_message(message, list(rows))
                        for message in result["messages"]
                    ),
                )
            )

    def _locate_message(self, message, lines):
        """Return the text of an import message, with the line number in the file."""
        row = message.get("rows", {}).get("from", -1)
        if not 0 <= row < len(lines):
            return message["message"]
        return self.env._(
            "line %(line)s: %(message)s",
            line=lines[row],
            message=message.get("without_row", message["message"]),
        )

    def _adopt(self, module, model, header, rows, baseline):
        """Set external ids on existing rows of the company that have the same name."""
        name = ADOPTED[model]
        # searched in the rulebook's company, whichever company is selected
        Model = self.env[model].sudo().with_context(active_test=False)
        for row in rows:
            cells = dict(zip(header, row, strict=True))
            xmlid = self._get_xmlid(module, cells["id"])
            if xmlid in baseline or self._get_record(xmlid) is not None:
                continue
            texts = [
                text
                for column, text in cells.items()
                if column.partition("@")[0] == name
            ]
            domain = [(name, "in", texts)]
            if "company_id" in Model:
                domain.append(("company_id", "in", [False, self.company_id.id]))
            record = Model.search(domain, limit=1)
            if record:
                # only the system may write external ids
                self.env["ir.model.data"].sudo()._update_xmlids(
                    [{"xml_id": xmlid, "record": record, "noupdate": True}]
                )
                # treated as edited, so that the company's own wording stays
                baseline[xmlid] = {
                    column: [text, None]
                    for column, text in cells.items()
                    if column != "id"
                    and (
                        not self._is_active_column(column)
                        or self._get_cell(record, column)
                    )
                }

    def _is_adopted(self, row_id, columns):
        """Return whether a row found by name has not been edited in these columns."""
        known = (self.baseline or {}).get(
            self._get_xmlid("revisit_management", row_id), {}
        )
        return all(known.get(name, ["", ""])[1] is None for name in columns)

    def _load_translations(self, module, header, rows, baseline):
        """Write the ``name@zh_CN`` columns of languages that are active."""
        for row in rows:
            cells = dict(zip(header, row, strict=True))
            xmlid = self._get_xmlid(module, cells["id"])
            record = self._get_record(xmlid)
            if record is None:
                continue
            known = baseline.get(xmlid, {})
            kept = self._compare(record, header, row, known)[0]
            for lang, values in self._get_translations(cells).items():
                values = {
                    name: text
                    for name, text in values.items()
                    if f"{name}@{lang}" not in kept
                    and (name not in kept or name in known)
                }
                # as in _load_rows: the group was checked
                self._write_translation(record.sudo(), lang, values)

    @api.model
    def _write_translation(self, record, lang, values):
        """Write texts in one language; HTML is translated term by term.

        Writing HTML as a whole would also replace the source language.
        """
        for name, text in values.items():
            field = record._fields[name]
            if not callable(field.translate):
                record.with_context(lang=lang)[name] = text
                continue
            source = field.get_trans_terms(record.with_context(lang="en_US")[name])
            terms = field.get_trans_terms(text)
            if len(source) == len(terms):
                record.update_field_translations(
                    name, {lang: dict(zip(source, terms, strict=True))}
                )

    def _remember(self, module, header, rows, baseline):
        """Store each cell as shipped and loaded; edited cells keep their old entry."""
        for row in rows:
            xmlid = self._get_xmlid(module, row[header.index("id")])
            record = self._get_record(xmlid)
            if record is None:
                continue
            known = baseline.get(xmlid, {})
            kept = self._compare(record, header, row, known)[0]
            baseline[xmlid] = {
                name: known.get(name, [text, None])
                if name in kept
                else [text, self._get_cell(record, name)]
                for name, text in zip(header, row, strict=True)
                if name != "id" and self._is_active_column(name)
            }

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    @api.model
    def _get_translations(self, cells):
        """Return {active language: {field: text}} of the ``field@lang`` cells."""
        texts = {}
        for column, text in cells.items():
            name, _at, lang = column.partition("@")
            if text and lang and self._is_active_column(column):
                texts.setdefault(lang, {})[name] = text
        return texts

    @api.model
    def _is_active_column(self, column):
        """Return whether a column is untranslated, or in an active language."""
        lang = column.partition("@")[2]
        return not lang or bool(self.env["res.lang"]._get_code(lang))

    def _get_cell(self, record, column):
        """Return the JSON-ready value of a record in one column."""
        name, _at, lang = column.partition("@")
        name, _slash, subfield = name.partition("/")
        value = record.with_context(lang=lang or "en_US")[name]
        if subfield or isinstance(value, models.BaseModel):
            return sorted(value.ids)
        return value if isinstance(value, (bool, int, float)) else str(value)

    def _get_record(self, xmlid):
        """Return the record with an external id, or None if it is gone."""
        record = self.env.ref(xmlid, raise_if_not_found=False)
        return record if record and record.exists() else None

    def _get_xmlid(self, module, bare):
        """Return the full external id of a bare id in this rulebook's folder."""
        if "." in bare:
            return bare
        owner = "revisit_management" if bare == RULEBOOK_ID else module
        return f"{owner}.{self.company_id.id}_{self.code}_{bare}"

    def _resolve(self, module, column, text):
        """Return a cell with its bare ids completed to full external ids."""
        if column != "id" and not column.endswith("/id"):
            return text
        bare_ids = [part.strip() for part in text.split(",") if part.strip()]
        return ",".join(self._get_xmlid(module, bare) for bare in bare_ids)

    def _ensure_own_xmlid(self):
        """Give this rulebook the external id to which its files refer."""
        xmlid = self._get_xmlid("revisit_management", RULEBOOK_ID)
        if self._get_record(xmlid) is None:
            # only the system may write external ids
            self.env["ir.model.data"].sudo()._update_xmlids(
                [{"xml_id": xmlid, "record": self, "noupdate": True}]
            )

    # ------------------------------------------------------------
    # ROWS OF THE FILES
    # ------------------------------------------------------------

    def _get_file_rows(self):
        """Return {(model, row id): dict} of the shipped rows, in terms for users.

        ``name``: in the reader's language; ``our_reading``: labels of the values that
        the printed text does not give; ``waits``: whether it is shipped archived
        """
        self.ensure_one()
        names, found = {}, {}
        for _module, model, header, rows in self._iter_files():
            for row in rows:
                cells = dict(zip(header, row, strict=True))
                name = self._get_row_name(model, cells, names)
                names[cells["id"]] = self._get_own_name(cells) or name
                reading = cells.get("our_values")
                found[model, cells["id"]] = {
                    "name": name,
                    "our_reading": reading
                    and self.env[model]._describe_values(reading),
                    "waits": cells.get("active") == "False",
                }
        return found

    def _get_own_name(self, cells):
        """Return what a row calls itself in the reader's language, or None."""
        for column in ("name", "title", "value"):
            if cells.get(column):
                return cells.get(f"{column}@{self.env.lang}") or cells[column]
        return None

    @api.model
    def _get_linked_name(self, text):
        """Return the name of a record of ours that a row is about, or None."""
        record = "." in text and self.env.ref(text, raise_if_not_found=False)
        # a name of what is shipped, whoever may read the record
        return record and record.sudo().display_name

    def _get_row_name(self, model, cells, names):
        """Return a row's name, as people tell it from the others of its kind.

        A question is named with its questionnaire, a choice with its question; a row
        without a name by what it belongs to, and by what it says itself.
        """
        own = self._get_own_name(cells)
        linked = [
            names.get(text) or self._get_linked_name(text)
            for column, text in cells.items()
            if column.endswith("/id")
        ]
        parents = list(filter(None, linked))
        if own:
            return f"{parents[0]}: {own}" if model in PARTS and parents else own
        labels = self.env[model]._fields
        details = [
            dict(labels[column]._description_selection(self.env)).get(text)
            for column, text in cells.items()
            if column in labels and labels[column].type == "selection"
        ]
        return ": ".join([*parents[:2], *filter(None, details[:1])]) or cells["id"]

    def _get_unset_text(self):
        """Return in words what the shipped files leave to the company."""
        self.ensure_one()
        if self.state == "installed":
            return self.unset_parameters
        header, rows = self._read_file("revisit_management", self.code, self._name)
        cells = dict(zip(header, rows[0], strict=True)) if rows else {}
        name = "unset_parameters"
        return cells.get(f"{name}@{self.env.lang}") or cells.get(name)
