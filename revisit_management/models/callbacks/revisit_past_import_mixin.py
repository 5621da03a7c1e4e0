# Part of Revisit. See LICENSE file for full copyright and licensing details.
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...tools.marks import IMPORT
from ...tools.terms import (
    MEASURES,
)
from ...tools.workdays import Calendars
from .revisit_past_file_mixin import PLAIN_COLUMNS, REQUIRED_COLUMNS

IDENTIFYING = ("policy_id", "partner_id", "event_at", "done_at", "product_id")


class RevisitPastImportMixin(models.AbstractModel):
    """Past callbacks from a file, through Odoo's own import.

    Only callback managers import. A row becomes a finished callback that was not
    planned here; its timeliness and for whom it counts are computed, never read from
    the file. If a row is wrong, its number is reported and nothing is imported.
    """

    _name = "revisit.past.import.mixin"
    _inherit = ["revisit.past.file.mixin"]
    _description = "Imported From the Past"

    _server_owned = {
        "is_imported",
    }

    is_imported = fields.Boolean(
        string="Imported",
        readonly=True,
        copy=False,
        help="Made elsewhere and brought in from a file.",
    )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model
    def _create_imported(self, vals_list):
        """Create past callbacks from the rows of a file, all of them or none."""
        self._check_may_import()
        vals_list = [self._revisit_read_outside(vals) for vals in vals_list]
        message = self._get_column_error([name for vals in vals_list for name in vals])
        if message:
            raise UserError(message)
        rows = self._prepare_import(vals_list)
        for _vals, message in rows:
            if message:
                raise ValidationError(message)
        # the values were checked one by one; the rules are checked below
        elevated = self._for_import().with_context(**{IMPORT: False}).sudo()
        callbacks = elevated.create([row[0] for row in rows]).with_env(self.env)
        callbacks.check_access("create")
        callbacks._forget_imported_skips()
        self.env["revisit.planner"]._poke()
        return callbacks

    # ------------------------------------------------------------
    # ROWS
    # ------------------------------------------------------------

    @api.model
    def _prepare_import(self, vals_list):
        """Turn rows into creation values, all at once.

        :return: per row ``(values, None)``, or ``(None, message)`` where it is wrong
        """
        documents = self._find_import_documents(vals_list)
        rows = []
        for vals, document in zip(vals_list, documents, strict=True):
            try:
                rows.append((self._prepare_imported(vals, document), None))
            except UserError as error:
                rows.append((None, str(error)))
        rows = self._fill_import_windows(rows)
        return self._refuse_repeated(rows)

    def _prepare_imported(self, vals, document):
        """Return the values of one row, its window perhaps still missing.

        :param document: the document that the row names, of any model, or None
        :raise ValidationError: says what is wrong and how to correct it
        """
        policy = self._get_import_policy(vals)
        event = self._get_import_event(policy, document)
        vals = {**vals, "event_at": vals.get("event_at") or (event and event.event_at)}
        self._check_imported(policy, vals)
        customer = self.env["res.partner"].browse(vals["partner_id"])
        customer.sudo(False).check_access("read")
        # whose document it is need not be readable
        self._check_import_owner(policy, customer.sudo(), document)
        # the customer's dealer, whom the importer need not have access to
        partner = customer.sudo()
        dealer = vals.get("dealer_id") or partner.dealer_id.commercial_partner_id.id
        return {
            **{name: vals.get(name, False) for name in PLAIN_COLUMNS},
            **self._prepare_import_key(policy, vals, document, event),
            "is_imported": True,
            "state": "done",
            "company_id": policy.company_id.id,
            "policy_id": policy.id,
            "rulebook_id": policy.rulebook_id.id,
            "rulebook_version": policy.rulebook_id.version,
            "kind": policy.kind,
            "level": policy.level,
            "service_step": policy.service_step,
            "script_id": policy.script_id.id,
            "channel": vals.get("channel") or policy.channel,
            "event_at": fields.Datetime.to_datetime(vals["event_at"]),
            "done_at": fields.Datetime.to_datetime(vals["done_at"]),
            "window_start": fields.Datetime.to_datetime(vals.get("window_start")),
            "window_end": fields.Datetime.to_datetime(vals.get("window_end")),
            "user_id": vals.get("made_by_id", False),
            "dealer_id": dealer,
            "team_id": vals.get("team_id") or self._get_import_team(policy, dealer).id,
        }

    def _get_import_policy(self, vals):
        """Return the policy of a row, which the importer must be able to see."""
        policy = self.env["revisit.policy"].browse(vals.get("policy_id") or [])
        if not policy:
            raise ValidationError(
                self.env._("Give the policy: its name, its code or its external ID.")
            )
        if policy.sudo().company_id not in self.env.user.company_ids:  # not to be named
            policy.check_access("read")
        # scripts, units and rulebooks come from the policy; whether the importer may
        # read the policy is checked below
        policy_sudo = policy.sudo()
        if policy_sudo.company_id != self.env.company:
            raise ValidationError(
                self.env._(
                    "This policy belongs to %(company)s. Change to that company, then"
                    " import its callbacks.",
                    company=policy_sudo.company_id.name,
                )
            )
        if policy_sudo.contact_type == "touch":
            raise ValidationError(
                self.env._("This policy sends touches, which are no callbacks.")
            )
        policy.check_access("read")
        return policy_sudo

    def _get_import_team(self, policy, dealer_id):
        """Return the unit; at the dealer's level a dealer's own unit comes first."""
        if policy.level != "dealer" or not dealer_id:
            return policy.team_id
        teams = self.env["revisit.team"].sudo()  # the policy decides the unit
        domain = [
            ("dealer_id", "=", dealer_id),
            ("company_id", "=", policy.company_id.id),
        ]
        return teams.search(domain, limit=1) or policy.team_id

    def _check_imported(self, policy, vals):
        """Raise the first thing that is wrong with a row."""
        for name in (*REQUIRED_COLUMNS, "event_at"):
            if not vals.get(name):
                raise ValidationError(
                    self.env._(
                        "%(column)s is empty: a past callback needs it.",
                        column=self._fields[name]._description_string(self.env),
                    )
                )
        self._check_imported_moments(policy, vals)
        answers = [vals.get(name, False) for name in (*MEASURES, "nps")]
        self._check_imported_measures(vals)
        if vals["result"] != "reached" and any(a is not False for a in answers):
            raise ValidationError(
                self.env._(
                    "A customer who was not reached gave no answers: leave the"
                    " measures empty, or correct the result."
                )
            )

    def _check_imported_moments(self, policy, vals):
        event_at = fields.Datetime.to_datetime(vals["event_at"])
        done_at = fields.Datetime.to_datetime(vals["done_at"])
        start = fields.Datetime.to_datetime(vals.get("window_start"))
        end = fields.Datetime.to_datetime(vals.get("window_end"))
        if done_at > fields.Datetime.now():
            raise ValidationError(
                self.env._(
                    "The callback lies in the future. Correct the time at which it was"
                    " made; what is still to be made is planned, not imported."
                )
            )
        if done_at < event_at and policy.delay_direction == "after":
            raise ValidationError(
                self.env._(
                    "The callback was made before its event happened. Correct one of"
                    " the two times."
                )
            )
        if bool(start) != bool(end) or (start and start >= end):
            raise ValidationError(
                self.env._(
                    "Give both the beginning and the end of the window, the earlier"
                    " one first, or leave both empty: the policy's window counts then."
                )
            )

    def _check_imported_measures(self, vals):
        limits = {**dict.fromkeys(MEASURES, 100), "nps": 10}
        for name, limit in limits.items():
            value = vals.get(name, False)
            if value is not False and not 0 <= value <= limit:
                raise ValidationError(
                    self.env._(
                        "%(measure)s is %(value)s: give a number from 0 to %(limit)s,"
                        " or leave it empty if it was not asked.",
                        measure=self._fields[name]._description_string(self.env),
                        value=value,
                        limit=limit,
                    )
                )

    # ------------------------------------------------------------
    # DOCUMENTS
    # ------------------------------------------------------------

    def _find_import_documents(self, vals_list):
        """Return the document that each row names, or None if it names none.

        A row names a document by its model and its ID or name. A document that is not
        found is returned as an empty recordset of the model.
        """
        found = {}
        for model in {vals.get("source_model") for vals in vals_list}:
            if not model or model not in self.env:
                continue
            rows = [vals for vals in vals_list if vals.get("source_model") == model]
            ids = [vals["source_id"] for vals in rows if vals.get("source_id")]
            names = [vals["source_name"] for vals in rows if vals.get("source_name")]
            # whoever imports callbacks may know whether a document exists
            Model = self.env[model].sudo()
            ours = Domain.TRUE
            if "company_id" in Model:
                ours = Domain("company_id", "in", [False, self.env.company.id])
            name = Model._rec_name
            for record in Model.search(Domain("id", "in", ids) & ours):
                found[model, record.id] = record
            for record in Model.search(
                Domain(name, "in", names) & ours if name else Domain.FALSE
            ):
                # several have this name: all are returned, and then refused
                found[model, record[name]] = record + found.get(
                    (model, record[name]), Model
                )
        return [self._get_import_document(vals, found) for vals in vals_list]

    def _get_import_document(self, vals, found):
        model = vals.get("source_model")
        if not model:
            return None
        if model not in self.env:
            return self.browse()
        key = vals.get("source_id") or vals.get("source_name")
        return found.get((model, key), self.env[model])

    def _get_import_event(self, policy, document):
        """Return the planner's event of a document, or None."""
        if document is None:
            return None
        if not document:
            raise ValidationError(
                self.env._(
                    "The document is not found here. Give its model, e.g. sale.order,"
                    " and its ID or its name; or leave the model empty and keep the"
                    " name as a note."
                )
            )
        if len(document) > 1:
            raise ValidationError(
                self.env._(
                    "More than one document is called %(document)s: give its ID.",
                    document=document[0].display_name,
                )
            )
        if not policy.model_name:
            # planned by hand: only for customers that the importer may see
            document.sudo(False).check_access("read")
            return None
        if document._name != policy.model_name or policy.trigger_broken:
            raise ValidationError(
                self.env._(
                    "%(policy)s is not about this kind of document: %(model)s. Name"
                    " another document, or another policy.",
                    policy=policy.name,
                    model=document._name,
                )
            )
        # the planner reads the date just as if it planned the document
        events = self.env["revisit.planner"].sudo()._read_clock(policy, document)
        return events[0] if events else None

    def _check_import_owner(self, policy, customer, document):
        """Refuse another customer's document, who would never be called then.

        :param customer: with sudo: whose document it is need not be readable
        """
        if not document or not policy.model_name:
            return
        # the planner's own way to a customer, whoever may read it
        planner = self.env["revisit.planner"].sudo()
        owner = planner._get_partner(policy.trigger_id, document).commercial_partner_id
        if owner and owner != customer.commercial_partner_id:
            raise ValidationError(
                self.env._(
                    "%(document)s is not a document of %(customer)s. Name the customer"
                    " whose document it is, or another document.",
                    document=document.display_name,
                    customer=customer.display_name,
                )
            )

    def _prepare_import_key(self, policy, vals, document, event):
        """Return which occasion the row is about.

        Either the document's own occasion, so that the planner does not plan it again,
        or a new one that is unique.
        """
        key = f"import:{uuid4().hex}"
        if not document:
            return {
                "source_model": "res.partner",
                "source_id": vals["partner_id"],
                "source_name": vals.get("source_name", False),
                "occasion": key,
            }
        # occasions of a period or a sample do not belong to one document
        is_own = event and policy.recurrence == "event"
        return {
            "source_model": document._name,
            "source_id": document.id,
            "source_name": vals.get("source_name") or document.display_name,
            "occasion": event.occasion if is_own else key,
        }

    def _forget_imported_skips(self):
        """Delete skips of occasions for which a callback was imported now."""
        keys = {(c.policy_id.id, c.source_model, c.source_id, c.occasion) for c in self}
        skips = (
            self.env["revisit.planning.skip"]
            .sudo()  # rows of the planner, only for what was imported
            .search(
                [
                    ("policy_id", "in", self.policy_id.ids),
                    ("source_id", "in", self.mapped("source_id")),
                ]
            )
        )
        skips.filtered(
            lambda s: (s.policy_id.id, s.source_model, s.source_id, s.occasion) in keys
        ).unlink()

    # ------------------------------------------------------------
    # ALL ROWS
    # ------------------------------------------------------------

    def _fill_import_windows(self, rows):
        """Compute the windows that the file leaves empty, policy by policy."""
        # each row's own event decides, never other rows of the file
        policies = self.env["revisit.policy"].sudo()
        policies = policies.with_context(revisit_calendars=Calendars())
        filled = []
        for vals, message in rows:
            if vals and not vals["window_end"]:
                policy = policies.browse(vals["policy_id"])
                try:
                    start, end = policy._get_window(vals["event_at"])
                except LookupError:
                    message = self.env._(
                        "The working calendar does not reach this event. Give the"
                        " beginning and the end of the window."
                    )
                    vals = None
                else:
                    vals = {**vals, "window_start": start, "window_end": end}
            filled.append((vals, message))
        return filled

    def _refuse_repeated(self, rows):
        """Replace rows by a message that are duplicates or were imported before."""
        chosen = [vals for vals, _message in rows if vals]
        keys = self._get_known_import_keys(chosen)
        people = self._get_known_imports(chosen)
        checked = []
        for vals, message in rows:
            if vals:
                key = (
                    vals["policy_id"],
                    vals["source_model"],
                    vals["source_id"],
                    vals["occasion"],
                )
                same = tuple(vals[name] or False for name in IDENTIFYING)
                if key in keys:
                    message = self.env._(
                        "%(document)s has a callback by this policy already: record"
                        " the result there, and take the row out of the file.",
                        document=vals["source_name"],
                    )
                elif same in people and not vals["source_name"]:
                    message = self.env._(
                        "The same callback was imported before, or stands in the file"
                        " twice. Take the row out of the file."
                    )
                keys.add(key)
                people.add(same)
            checked.append((None if message else vals, message))
        return checked

    def _get_known_import_keys(self, rows):
        callbacks = (
            self.sudo()  # an occasion has one callback, in any unit
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("policy_id", "in", list({v["policy_id"] for v in rows})),
                    ("source_id", "in", list({v["source_id"] for v in rows})),
                ],
                ["policy_id", "source_model", "source_id", "occasion"],
            )
        )
        return {
            (c.policy_id.id, c.source_model, c.source_id, c.occasion) for c in callbacks
        }

    def _get_known_imports(self, rows):
        callbacks = (
            self.sudo()  # a callback is imported once, in any unit
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("is_imported", "=", True),
                    ("policy_id", "in", list({v["policy_id"] for v in rows})),
                    ("partner_id", "in", list({v["partner_id"] for v in rows})),
                ],
                IDENTIFYING,
            )
        )
        return {
            (
                c.policy_id.id,
                c.partner_id.id,
                c.event_at,
                c.done_at,
                c.product_id.id or False,
            )
            for c in callbacks
        }
