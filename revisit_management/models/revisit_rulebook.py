# Part of Revisit. See LICENSE file for full copyright and licensing details.
import csv
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import file_open, file_path

from ..tools.cells import read_cell
from ..tools.values import NOTE_SIZE

FOLDER = "data/rulebooks"
# what a company usually has already: found by name instead of created twice
ADOPTED = {"hr.department": "name", "product.category": "name"}
# a rulebook's own row, which the files of every module may name
RULEBOOK_ID = "rulebook"
PERIODS = [
    ("month", "Month"),
    ("quarter", "Quarter"),
    ("half", "Half-Year"),
    ("year", "Year"),
]
# how many months a calendar period lasts
PERIOD_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


class RevisitRulebook(models.Model):
    """A named set of policies, issue routes, indicators and grades (B0, R).

    Every company sees the shipped ones as ``available``; installing one loads its
    CSV files. ``baseline`` keeps each cell as it was loaded, so that installing
    again brings new values and never touches what the company has edited.
    """

    _name = "revisit.rulebook"
    _description = "Rulebook"
    _inherit = [
        "revisit.protected.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "revisit.reading.mixin",
    ]
    _order = "state desc, name"

    _server_owned = {"baseline", "state"}

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, copy=False)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    state = fields.Selection(
        selection=[("available", "Available"), ("installed", "Installed")],
        required=True,
        default="installed",
        readonly=True,
        copy=False,
    )
    summary = fields.Text(translate=True)
    version = fields.Integer(
        default=1,
        readonly=True,
        copy=False,
        tracking=True,
        help="Kept on every callback and assessment. Raised by New Version, with a"
        " reason.",
    )
    effective_from = fields.Date(
        tracking=True,
        copy=False,
        help="Set when the rulebook is installed, on the company's day. Its policies"
        " plan nothing for events before it; put it back to plan earlier ones.",
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        tracking=True,
        help="Who looks after the rulebook and is reminded of its review.",
    )
    review_on = fields.Date(
        tracking=True,
        help="On this day the owner gets one activity: is the rulebook still right?",
    )
    # Frequency (B6, L2, L8)
    cap_limit = fields.Integer(
        string="Callbacks at Most",
        default=0,
        tracking=True,
        help="How many callbacks one customer gets in a period; 0: no limit.",
    )
    cap_period = fields.Selection(
        selection=PERIODS, string="per", required=True, default="quarter"
    )
    cap_scope = fields.Selection(
        selection=[
            ("rulebook", "of This Rulebook"),
            ("company", "of All Rulebooks of the Company"),
        ],
        string="Counted Are Callbacks",
        required=True,
        default="rulebook",
    )
    touch_limit = fields.Integer(
        string="Touches at Most",
        default=0,
        tracking=True,
        help="How many notices and greetings one customer gets in a period; 0: no"
        " limit.",
    )
    touch_period = fields.Selection(
        selection=PERIODS, string="per Period", required=True, default="month"
    )
    touch_joins_cap = fields.Boolean(
        string="Touches Count as Callbacks",
        help="Touches draw on the callbacks' limit instead of one of their own.",
    )
    merge_contacts = fields.Boolean(
        string="Combine Callbacks",
        default=True,
        help="Callbacks due to one customer at the same time are made in one contact,"
        " within one level only. Each keeps its own result.",
    )
    no_own_customer = fields.Boolean(
        string="Nobody Verifies Their Own Customer",
        tracking=True,
        help="Who sold, repaired or owns the case does not make the callback that"
        " verifies it.",
    )
    baseline = fields.Json(readonly=True, copy=False)
    is_shipped = fields.Boolean(compute="_compute_is_shipped")
    policy_ids = fields.One2many(
        comodel_name="revisit.policy", inverse_name="rulebook_id"
    )
    policy_count = fields.Integer(compute="_compute_policy_count")

    _limits_positive = models.Constraint(
        "CHECK(cap_limit >= 0 AND touch_limit >= 0)",
        "A limit is a number from 0; 0 means that there is none.",
    )
    _code_unique = models.UniqueIndex(
        "(company_id, code)", "This company has a rulebook with this code already."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("code")
    def _compute_is_shipped(self):
        shipped = self._get_shipped_codes()
        for rulebook in self:
            rulebook.is_shipped = rulebook.code in shipped

    def _compute_policy_count(self):
        counts = dict(
            self.env["revisit.policy"]._read_group(
                [("rulebook_id", "in", self.ids)], ["rulebook_id"], ["__count"]
            )
        )
        for rulebook in self:
            rulebook.policy_count = counts.get(rulebook, 0)

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_installed(self):
        if self.policy_ids:
            raise UserError(
                self.env._(
                    "%(rulebook)s has policies. Archive it instead: its callbacks keep"
                    " the rules they were made under.",
                    rulebook=self.filtered("policy_ids")[0].name,
                )
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_install(self, code=None):
        """Install shipped rulebooks into the current company, keeping all edits.

        Safe to repeat: new rows are added, cells that nobody edited take their
        new shipped value, edited cells and deleted rows stay as they are.

        :param code: one shipped rulebook's code, instead of ``self``
        :return: the installed rulebooks, of the current company
        :raise AccessError: the caller is not a callback manager
        :raise UserError: no rulebook of this code is shipped, or a file is faulty
        """
        if not (
            self.env.su or self.env.user.has_group("revisit_management.group_manager")
        ):
            raise AccessError(self.env._("Only callback managers install a rulebook."))
        reader = self.env["revisit.reader"]
        code = reader._read_text(reader._get_label(self, "code"), code, NOTE_SIZE)
        installed = self.browse()
        for wanted in [code] if code else self.mapped("code"):
            rulebook = self._get_for_company(wanted)
            rulebook._take_effect()
            rulebook._load_files()
            installed += rulebook
        self.env["revisit.planner"]._poke()
        return installed

    def action_open_install(self):
        """Open the dialog that lists what installing would change."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Update Rulebook")
            if self.state == "installed"
            else self.env._("Install Rulebook"),
            "res_model": "revisit.rulebook.install",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rulebook_id": self.id},
        }

    def action_open_policies(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_policy_action"
        )
        return {
            **action,
            "domain": [("rulebook_id", "=", self.id)],
            "context": {"default_rulebook_id": self.id, "active_test": False},
        }

    # ------------------------------------------------------------
    # SHIPPED RULEBOOKS
    # ------------------------------------------------------------

    @api.model
    def _get_rulebook_sources(self):
        """Return ``[(module, [model names in load order])]``. Extend per module."""
        return [
            (
                "revisit_management",
                [
                    "hr.department",
                    "product.category",
                    "revisit.rulebook",
                    "revisit.attribute",
                    "revisit.attribute.choice",
                    "revisit.team",
                    "revisit.script",
                    "sms.template",
                    "revisit.issue.category",
                    "revisit.issue.deadline",
                    "revisit.policy",
                    "revisit.policy.channel",
                    "revisit.policy.role",
                ],
            )
        ]

    @api.model
    def _get_shipped_codes(self):
        """Return the codes of the rulebooks that this release carries."""
        folder = Path(file_path(f"revisit_management/{FOLDER}"))
        return sorted(path.parent.name for path in folder.glob(f"*/{self._name}.csv"))

    @api.model
    def _register_shipped(self, companies=None):
        """List every shipped rulebook in every company, as available.

        Those that are listed already take the texts of this release.
        """
        companies = companies or self.env["res.company"]._revisit_all()
        listed = self.with_context(active_test=False).search(
            [("company_id", "in", companies.ids)]
        )
        known = {(rulebook.company_id, rulebook.code) for rulebook in listed}
        for code in self._get_shipped_codes():
            header, rows = self._read_file("revisit_management", code, self._name)
            texts = dict(zip(header, rows[0], strict=True))
            source = {
                name: texts[name]
                for name in ("name", "summary", "unset_parameters")
                if name in texts
            }
            missing = companies.filtered(lambda c, code=code: (c, code) not in known)
            rulebooks = listed.filtered(
                lambda r, code=code: r.code == code and r.state == "available"
            ).with_context(lang="en_US")
            rulebooks.write(source)
            rulebooks += rulebooks.create(
                [
                    {
                        **source,
                        "code": code,
                        "company_id": company.id,
                        "state": "available",
                    }
                    for company in missing
                ]
            )
            rulebooks._step({"state": "available"})
            for lang, values in self._get_translations(texts).items():
                rulebooks.with_context(lang=lang).write(values)

    @api.model
    def _translate_all(self):
        """Bring every company's rulebooks into a language that was activated."""
        for rulebook in self.with_context(active_test=False).search(
            [("code", "in", self._get_shipped_codes())]
        ):
            if rulebook.state == "installed":
                baseline = dict(rulebook.baseline or {})
                for module, _model, header, rows in rulebook._iter_files():
                    rulebook._load_translations(module, header, rows, baseline)
                    rulebook._remember(module, header, rows, baseline)
                rulebook._step({"baseline": baseline})
                continue
            header, rows = self._read_file(
                "revisit_management", rulebook.code, self._name
            )
            texts = dict(zip(header, rows[0], strict=True))
            for lang, values in self._get_translations(texts).items():
                rulebook.with_context(lang=lang).write(values)

    @api.model
    def _get_for_company(self, code):
        """Return the current company's row of a shipped rulebook."""
        if code not in self._get_shipped_codes():
            raise UserError(
                self.env._(
                    "No rulebook with the code %(code)s is shipped. Known are:"
                    " %(codes)s.",
                    code=code,
                    codes=", ".join(self._get_shipped_codes()),
                )
            )
        company = self.env.company
        domain = [("code", "=", code), ("company_id", "=", company.id)]
        rulebook = self.with_context(active_test=False).search(domain)
        if not rulebook:
            self._register_shipped(company)
            rulebook = self.search(domain)
        return rulebook

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
        """Raise if a file has a column that its model does not know."""
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
        """Return {columns to load: {line: row}}, leaving out every edited cell."""
        groups = {}
        plain = [name for name in header if "@" not in name]
        for line, row in enumerate(rows, 2):
            cells = dict(zip(header, row, strict=True))
            xmlid = self._get_xmlid(module, cells["id"])
            known = baseline.get(xmlid)
            record = self._get_record(xmlid)
            if known and record is None:
                continue  # the company has deleted it
            kept = self._compare(record, header, row, known)[0] if known else []
            columns = tuple(name for name in plain if name not in kept)
            values = [self._resolve(module, name, cells[name]) for name in columns]
            groups.setdefault(columns, {})[line] = values
        return groups

    def _compare(self, record, header, row, known):
        """Return the columns that stay as edited, and those that take a new value."""
        kept, changed = [], []
        for name, text in zip(header, row, strict=True):
            if name == "id" or not known or not self._is_active_column(name):
                continue
            if name not in known:
                # a column that came with a later release
                self._compare_new(record, name, text, kept, changed)
                continue
            shipped, loaded = known[name]
            if self._get_cell(record, name) != loaded:
                kept.append(name)
            elif shipped != text and self._is_needed(record, name, text):
                kept.append(name)
            elif shipped != text:
                changed.append(name)
        return kept, changed

    def _compare_new(self, record, column, text, kept, changed):
        """Say whether a known row takes the first shipped value of a new column.

        What was given a value before the column was shipped is the company's own.
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

    def _is_needed(self, record, column, text):
        """Return whether a row cannot go back to "not set": a policy that plans."""
        return (
            column == "period_months"
            and bool(record.active)
            and not float(text or 0)
            and record.recurrence != "event"
        )

    def _holds(self, record, column, text):
        """Return whether a row has the value that the text of a cell stands for."""
        field = record._fields[column.partition("@")[0].partition("/")[0]]
        cell = self._get_cell(record, column)
        if isinstance(cell, list):
            return cell == sorted(self._get_ids(text))
        if field.type == "boolean":
            return cell == (text in ("True", "1"))
        if field.type in ("integer", "float", "monetary"):
            return cell == float(text or 0)
        # an empty text is False
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
        """Load rows by Odoo's own import; any message aborts the installation.

        :param rows: {line in the file: cells}
        """
        if len(columns) < 2:
            return
        # the group was checked; a manager need not own e.g. the departments
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
        """Return the text of an import's message, with the line in the file."""
        row = message.get("rows", {}).get("from", -1)
        if not 0 <= row < len(lines):
            return message["message"]
        return self.env._(
            "line %(line)s: %(message)s", line=lines[row], message=message["message"]
        )

    def _adopt(self, module, model, header, rows, baseline):
        """Bind rows that the company has under the same name to their external id."""
        name = ADOPTED[model]
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
                self.env["ir.model.data"].sudo()._update_xmlids(
                    [{"xml_id": xmlid, "record": record, "noupdate": True}]
                )
                # as if edited: the company's own wording stays
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
        """Return whether a row is as it was found by its name, in these columns."""
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

        Writing HTML as a whole would replace the source language, too.
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
        """Keep each cell as shipped and as loaded; kept cells keep their old entry."""
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
    # TOOLING
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
        """Return whether a column is plain, or in a language that is active."""
        lang = column.partition("@")[2]
        return not lang or bool(self.env["res.lang"]._get_code(lang))

    def _get_cell(self, record, column):
        """Return the JSON-ready value that a record has in one column."""
        name, _at, lang = column.partition("@")
        name, _slash, subfield = name.partition("/")
        value = record.with_context(lang=lang or "en_US")[name]
        if subfield or isinstance(value, models.BaseModel):
            return sorted(value.ids)
        return value if isinstance(value, (bool, int, float)) else str(value)

    def _get_record(self, xmlid):
        """Return the record behind an external id, or None where it is gone."""
        record = self.env.ref(xmlid, raise_if_not_found=False)
        return record if record and record.exists() else None

    def _get_xmlid(self, module, bare):
        """Return the full external id of a bare id in this rulebook's folder."""
        if "." in bare:
            return bare
        owner = "revisit_management" if bare == RULEBOOK_ID else module
        return f"{owner}.{self.company_id.id}_{self.code}_{bare}"

    def _resolve(self, module, column, text):
        """Return a cell with its bare ids made full."""
        if column != "id" and not column.endswith("/id"):
            return text
        bare_ids = [part.strip() for part in text.split(",") if part.strip()]
        return ",".join(self._get_xmlid(module, bare) for bare in bare_ids)

    def _ensure_own_xmlid(self):
        """Give this row the external id that the rulebook's files refer to."""
        xmlid = self._get_xmlid("revisit_management", RULEBOOK_ID)
        if self._get_record(xmlid) is None:
            self.env["ir.model.data"].sudo()._update_xmlids(
                [{"xml_id": xmlid, "record": self, "noupdate": True}]
            )
