# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64
import csv
import io
import re
import zipfile
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools import marks
from ...tools.cells import write_cell
from ...tools.fields import OptionalMixin
from ...tools.rulebook_files import ADOPTED, CUSTOM, RULEBOOK_ID

SOURCE_LANG = "en_US"
SIMPLE_TYPES = {
    "boolean",
    "char",
    "date",
    "float",
    "html",
    "integer",
    "monetary",
    "selection",
    "text",
}
REFERENCE_TYPES = {"many2one", "many2many"}
# shared data that a file may name by its full external id, besides our own
SHARED = {"ir.model", "sms.template", "mail.template"}
# set by the system, or one company's own affair
NOT_PORTABLE = {"company_id", "parent_path", "state"}
# where the model's own order is that of a screen, the newest first
FILE_ORDER = {"survey.survey": "id"}
OWN_HISTORY = {
    "active",
    "analysis_from",
    "code",
    "effective_from",
    "review_on",
    "version",
}


class RevisitRulebook(models.Model):
    """Writes a rulebook as it is now into the files that it can be loaded from.

    It also knows what the rows are called, and which of them wait for the company.
    """

    _inherit = "revisit.rulebook"  # pylint: disable=consider-merging-classes-inherited

    export_file = fields.Binary(
        compute="_compute_export_file",
        exportable=False,
        groups="revisit_management.group_manager",
    )
    waiting_policy_ids = fields.Many2many(
        comodel_name="revisit.policy",
        string="Policies That Wait",
        compute="_compute_waiting_policy_ids",
        context={"active_test": False},
        help="Shipped archived, because a number or a choice of theirs is the"
        " company's.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_export_file(self):
        for rulebook in self:
            rulebook.export_file = rulebook.id and base64.b64encode(
                rulebook._export_zip()
            )

    @api.depends("policy_ids.active", "baseline")
    def _compute_waiting_policy_ids(self):
        for rulebook in self:
            policies = rulebook.with_context(active_test=False).policy_ids
            rulebook.waiting_policy_ids = policies.filtered(
                lambda policy, r=rulebook: r._is_waiting(policy)
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_export(self):
        """Download the rulebook's present values as a zip of CSV files."""
        self.ensure_one()
        self._check_export_rights()
        path = f"/web/content/{self._name}/{self.id}/export_file/{self.code}.zip"
        return {
            "type": "ir.actions.act_url",
            "url": f"{path}?download=true",
            "target": "download",
        }

    def action_open_waiting(self):
        """Button: open the policies that wait for a choice of the company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_policy_action"
        )
        return {
            **action,
            "name": self.env._("Not Set Yet"),
            "domain": [("id", "in", self.waiting_policy_ids.ids)],
            "context": {"active_test": False},
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_export_rights(self):
        if not (
            self.env.su or self.env.user.has_group("revisit_management.group_manager")
        ):
            raise AccessError(self.env._("Only callback managers export a rulebook."))
        self.check_access("read")

    def _export_zip(self):
        """Return a zip, as bytes, with one CSV file per model in a folder."""
        self.ensure_one()
        self._check_export_rights()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for model, (header, rows) in self._export_files().items():
                stream = io.StringIO()
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(header)
                writer.writerows([*map(write_cell, row)] for row in rows)
                archive.writestr(f"{self.code}/{model}.csv", stream.getvalue())
        return buffer.getvalue()

    def _export_files(self):
        """Return {model: (header, rows)} of everything that belongs to the rulebook."""
        # the group was checked; a manager need not be able to read e.g. departments
        whole = self.sudo().with_context(active_test=False, lang=SOURCE_LANG)
        found = whole._get_export_records()
        ids = whole._get_bare_ids(found)
        return {
            model: whole._export_rows_of(records, ids)
            for model, records in found.items()
            if records
        }

    def _is_waiting(self, policy):
        """Return whether a policy is archived because it was shipped so."""
        if policy.active or policy.id in (self.stopped_ids or {}).get(policy._name, []):
            return False
        cells = self.baseline or {}
        shipped = [
            cells[xmlid]["active"][0]
            for xmlid in policy._get_external_ids()[policy.id]
            if "active" in cells.get(xmlid, {})
        ]
        return bool(shipped) and shipped[0] == "False"

    def _load_marks(self, module):
        """Set ``our_values`` on rows that were loaded by a release without them.

        :param module: the module whose files are read
        """
        for rulebook in self:
            baseline = dict(rulebook.baseline or {})
            for owner, _model, header, rows in rulebook._iter_files():
                if owner != module or "our_values" not in header:
                    continue
                for row in rows:
                    cells = dict(zip(header, row, strict=True))
                    xmlid = rulebook._get_xmlid(module, cells["id"])
                    record = rulebook._get_record(xmlid)
                    known = baseline.get(xmlid)
                    if record is None or not known or "our_values" in known:
                        continue
                    # the release sets these marks, whoever may edit the row
                    record.sudo().our_values = cells["our_values"]
                    cell = rulebook._get_cell(record, "our_values")
                    known = {**known, "our_values": [cells["our_values"], cell]}
                    baseline[xmlid] = known
            rulebook.baseline = baseline

    def _unset_months(self):
        """Reset months that the printed text does not give, if nobody relied on them.

        Older releases had no months in the files, so that these policies came every
        month. The months stay if somebody has edited them, activated the policy or
        planned with it.
        """
        model = "revisit.policy"
        for rulebook in self:
            baseline = dict(rulebook.baseline or {})
            header, rows = rulebook._read_file(
                "revisit_management", rulebook.code, model
            )
            for row in rows:
                cells = dict(zip(header, row, strict=True))
                if cells.get("period_months") != "0":
                    continue
                xmlid = rulebook._get_xmlid("revisit_management", cells["id"])
                policy = rulebook._get_record(xmlid)
                known = baseline.get(xmlid)
                if policy and known and policy._may_unset_months(known):
                    policy.period_months = 0
                    baseline[xmlid] = {**known, "period_months": ["0", 0]}
            rulebook.baseline = baseline

    # ------------------------------------------------------------
    # WHICH RECORDS
    # ------------------------------------------------------------

    @api.model
    def _get_source_models(self):
        """Return {model: module that has its files}, in load order."""
        return {
            model: module
            for module, names in self._get_rulebook_sources()
            for model in names
        }

    def _get_export_records(self):
        """Return {model: records}: the rulebook's own rows and those they refer to."""
        models_ = self._get_source_models()
        found = {model: self.env[model] for model in models_}
        for model in models_:
            found[model] = self._get_own_records(model, found)
        # a referenced row may refer to further rows, e.g. a unit to its parent
        while True:
            count = sum(map(len, found.values()))
            for records in list(found.values()):
                for name, field in self._get_portable_fields(records._name).items():
                    if field.comodel_name in found and field.relational:
                        linked = records[name].filtered(self._is_portable)
                        if linked._name != self._name:
                            found[linked._name] |= linked
            if sum(map(len, found.values())) == count:
                break
        # in the models' own order: a parent goes before its children
        return {
            model: records.sorted(FILE_ORDER.get(model))
            for model, records in found.items()
        }

    def _get_own_records(self, model, found):
        """Return what belongs to the rulebook by itself, by its parent or by id."""
        Model = self.env[model]
        if model == self._name:
            return self
        if "rulebook_id" in Model._fields:
            return Model.search([("rulebook_id", "=", self.id)])
        for name, field in Model._fields.items():
            if (
                field.type == "many2one"
                and field.required
                and field.ondelete == "cascade"
                and found.get(field.comodel_name)
            ):
                return Model.search([(name, "in", found[field.comodel_name].ids)])
        prefix = self._get_id_prefix()
        rows = self.env["ir.model.data"].search_fetch(
            [("model", "=", model), ("name", "=like", f"{prefix}%")],
            ["name", "res_id"],
        )
        rivals = self._get_rival_prefixes()
        own = rows.filtered(lambda row: self._has_own_name(row.name, prefix, rivals))
        return Model.browse(own.mapped("res_id")).exists().filtered(self._is_portable)

    @api.model
    def _is_portable(self, record):
        """Return whether a record may go into another company: dealers may not.

        What every company has is there already.
        """
        if self._is_everybodys(record):
            return False
        return record._name != "revisit.team" or not record.dealer_id

    @api.model
    def _is_everybodys(self, record):
        return record._name == "revisit.measure" and not record.company_id

    def _get_id_prefix(self):
        return f"{self.company_id.id}_{self.code}_"

    def _get_rival_prefixes(self):
        """Return the prefixes of rulebooks whose code begins as this one's.

        The ids of ``property_c`` begin as those of ``property``, and are not its.
        """
        others = self.with_context(active_test=False).search(
            [
                ("company_id", "=", self.company_id.id),
                ("code", "=like", f"{self.code}%"),
            ]
        )
        prefix = f"{self.code}_"
        return tuple(
            other._get_id_prefix() for other in others if other.code.startswith(prefix)
        )

    @api.model
    def _has_own_name(self, name, prefix, rivals):
        """Return whether an external id belongs to the prefix, and to no longer one."""
        return name.startswith(prefix) and not name.startswith(rivals)

    def _get_bare_ids(self, found):
        """Return {record: bare id}; those without an id of this rulebook get a slug."""
        modules, prefix = self._get_source_models(), self._get_id_prefix()
        ids, nameless = {self: RULEBOOK_ID}, []
        rivals = self._get_rival_prefixes()
        for model, records in found.items():
            start = f"{modules[model]}.{prefix}"
            others = tuple(f"{modules[model]}.{rival}" for rival in rivals)
            xmlids = records._get_external_ids()
            for record in records - self if model == self._name else records:
                own = [
                    name
                    for name in xmlids[record.id]
                    if self._has_own_name(name, start, others)
                ]
                if own:
                    ids[record] = min(own).removeprefix(start)
                else:
                    nameless.append(record)
        used = set(ids.values())
        for record in nameless:
            ids[record] = self._get_slug(record, used)
            used.add(ids[record])
        return ids

    @api.model
    def _get_slug(self, record, used):
        """Return an unused bare id from the record's code or name."""
        kind = record._name.rpartition(".")[2]
        text = ("code" in record and record["code"]) or record.display_name or ""
        slug = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
        slug = f"{kind}_{slug}" if slug else kind
        number, free = 1, slug
        while free in used:
            number += 1
            free = f"{slug}_{number}"
        return free

    # ------------------------------------------------------------
    # WHICH COLUMNS
    # ------------------------------------------------------------

    @api.model
    def _get_portable_fields(self, model):
        """Return {name: field} that a file may contain, which excludes people."""
        names = {
            name: field
            for name, field in self.env[model]._fields.items()
            if self._is_portable_field(field)
        }
        if model in ADOPTED:
            return {ADOPTED[model]: names[ADOPTED[model]]}
        if model == self._name:
            return {n: field for n, field in names.items() if n not in OWN_HISTORY}
        return names

    @api.model
    def _is_portable_field(self, field):
        if (
            not field.store
            or field.name in models.MAGIC_COLUMNS
            or field.readonly
            or field.related
            or field.name in NOT_PORTABLE
            or not (field.copy or field.name == "code")
        ):
            return False
        if field.type in REFERENCE_TYPES:
            comodel = field.comodel_name
            return (
                comodel in self._get_source_models()
                or comodel in SHARED
                or comodel.startswith("revisit.")
            )
        return field.type in SIMPLE_TYPES

    def _export_rows_of(self, records, ids):
        """Return ``(header, rows)`` of records of one model."""
        model = records._name
        portable = self._get_portable_fields(model)
        module = self._get_source_models()[model]
        shipped = self._read_shipped_header(module, model)
        defaults = self.env[model].default_get(list(portable))
        # versions are compared column by column, including columns with defaults
        is_whole = marks.read(self.env, "revisit_every_column")
        columns = defaultdict(list)
        for name in dict.fromkeys([*shipped, *portable]):
            if name not in portable:
                continue
            cells = [self._get_export_cell(record, name, ids) for record in records]
            if (
                is_whole
                or name in shipped
                or any(
                    not self._is_default(record, name, defaults) for record in records
                )
            ):
                suffix = "/id" if portable[name].relational else ""
                columns[f"{name}{suffix}"] = cells
                columns.update(self._get_translated_cells(records, name, cells))
        rows = zip([ids[record] for record in records], *columns.values(), strict=True)
        return ["id", *columns], [list(row) for row in rows]

    def _read_shipped_header(self, module, model):
        """Return the field names of the shipped file, in their order."""
        header = self._read_file(module, self.code, model)[0]
        return [re.split("[/@]", column)[0] for column in header if column != "id"]

    @api.model
    def _is_default(self, record, name, defaults):
        field, value = record._fields[name], record[name]
        if field.relational:
            return not value
        return (value or False) == (defaults.get(name) or False)

    @api.model
    def _get_translated_cells(self, records, name, cells):
        """Return {``name@lang``: cells} of active languages that differ."""
        if not records._fields[name].translate:
            return {}
        columns = {}
        for lang, _label in self.env["res.lang"].get_installed():
            texts = [
                str(record[name] or "") for record in records.with_context(lang=lang)
            ]
            if lang != SOURCE_LANG and texts != cells:
                # the same text as in the source language is not a translation
                columns[f"{name}@{lang}"] = [
                    text if text != cell else ""
                    for text, cell in zip(texts, cells, strict=True)
                ]
        return columns

    def _get_export_cell(self, record, name, ids):
        """Return the text of one cell in the source language."""
        field, value = record._fields[name], record[name]
        if record._name == "revisit.policy" and name == "assignment":
            return self._get_portable_assignment(record, ids)
        if field.relational:
            return ",".join(
                filter(None, (self._get_reference(linked, ids) for linked in value))
            )
        if field.type == "boolean":
            return str(bool(value))
        if value is False and isinstance(field, OptionalMixin):
            return ""  # not given is no number
        if field.type == "float":
            return str(int(value)) if value == int(value) else repr(value)
        if field.type in ("integer", "monetary"):
            return str(value or 0)
        return str(value or "")

    @api.model
    def _get_portable_assignment(self, policy, ids):
        """Return a policy's assignment for a company that does not know its people."""
        if policy.assignment == "agent":
            return "none"
        if policy.assignment in ("round_robin", "least_loaded"):
            return policy.assignment if policy.team_id in ids else "none"
        return policy.assignment

    def _get_reference(self, record, ids):
        """Return the id by which a file refers to a record, or nothing."""
        if record._name == self._name:
            return RULEBOOK_ID
        if record in ids:
            return ids[record]
        if record._name in self._get_source_models() and not self._is_everybodys(
            record
        ):
            return ""
        # external ids carry no data of their own
        xmlids = record.sudo()._get_external_ids()[record.id]
        known = [name for name in xmlids if not name.startswith("__")]
        if known:
            return min(known)
        return f"{CUSTOM}.{record['code']}" if "code" in record else ""
