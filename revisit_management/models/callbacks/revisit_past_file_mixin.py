# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import AccessError

from ...tools.marks import IMPORT
from ...tools.terms import MEASURES

REQUIRED_COLUMNS = ("policy_id", "partner_id", "done_at", "result")
# columns copied from the file as they are
PLAIN_COLUMNS = (
    "partner_id",
    "done_at",
    "made_by_id",
    "result",
    *MEASURES,
    "nps",
    "feedback",
    "customer_confirmed",
    "product_id",
)
IMPORT_COLUMNS = (
    "policy_id",
    "event_at",
    *PLAIN_COLUMNS,
    "window_start",
    "window_end",
    "channel",
    "dealer_id",
    "team_id",
    "source_model",
    "source_id",
    "source_name",
)


class RevisitPastFileMixin(models.AbstractModel):
    """Lets Odoo's own import load a file of past callbacks."""

    _name = "revisit.past.file.mixin"
    _description = "File of the Past"

    _names_columns = True

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model
    def load(self, fields, data):
        if not self.env.context.get("import_file"):
            return super().load(fields, data)
        self._check_may_import()
        message = self._get_column_error(fields)
        if message:
            error = {"type": "error", "message": message, "rows": {"from": 0, "to": 0}}
            return {"ids": False, "messages": [error], "nextrow": 0}
        return super(RevisitPastFileMixin, self._for_import()).load(fields, data)

    # ------------------------------------------------------------
    # ODOO'S IMPORT
    # ------------------------------------------------------------

    @api.model
    def get_import_templates(self):
        return [
            *super().get_import_templates(),
            {
                "label": self.env._("Import Template for Past Callbacks"),
                "template": "/revisit_management/static/xls/revisit_callback.xlsx",
            },
        ]

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Offer the import only the fields that a file may contain."""
        result = super().fields_get(allfields, attributes)
        if not self.env.context.get(IMPORT):
            return result
        return {
            name: {**result[name], "readonly": False, "required": required}
            for name in IMPORT_COLUMNS
            if name in result
            for required in [name in REQUIRED_COLUMNS]
        }

    def _convert_records(self, records, *, log=lambda a: None, savepoint):
        """Leave out, with a message, each row that cannot become a callback."""
        if not self.env.context.get(IMPORT):
            yield from super()._convert_records(records, log=log, savepoint=savepoint)
            return
        rows = list(super()._convert_records(records, log=log, savepoint=savepoint))
        known = self._get_imported_xmlids([row[1] for row in rows])
        prepared = self._prepare_import([row[2] for row in rows])
        for row, (_vals, message) in zip(rows, prepared, strict=True):
            if row[0] or row[1] in known:
                message = self._get_no_update_message()
            if message:
                # the error concerns the whole row
                error = {"type": "error", "message": message, "field": False}
                log({**row[3], **error})
            else:
                yield row

    def _check_may_import(self):
        if not (
            self.env.su or self.env.user.has_group("revisit_management.group_manager")
        ):
            raise AccessError(
                self.env._("Only callback managers import past callbacks.")
            )

    def _for_import(self):
        """Return ``self`` in its own company only, without defaults and messages."""
        kept = {
            key: value
            for key, value in self.env.context.items()
            if not key.startswith("default_")
        }
        kept.update(
            allowed_company_ids=self.env.company.ids,
            tracking_disable=True,
            **{IMPORT: True},
        )
        # keyword arguments can only add to the context, so it is replaced as a whole
        return self.with_context(kept)  # pylint: disable=context-overridden

    @api.model
    def _get_column_error(self, columns):
        """Return an error about columns that a file must not have, or False."""
        known = {"id", ".id", *IMPORT_COLUMNS}
        unknown = {column.partition("/")[0] for column in columns} - known
        if not unknown:
            return False
        labels = self.fields_get(attributes=["string"])
        return self.env._(
            "%(columns)s: no such column can be imported with past callbacks. Leave it"
            " out. A file may hold: %(known)s.",
            columns=", ".join(
                sorted(labels.get(name, {}).get("string", name) for name in unknown)
            ),
            known=", ".join(
                labels[name]["string"] for name in IMPORT_COLUMNS if name in labels
            ),
        )

    @api.model
    def _get_imported_xmlids(self, xmlids):
        """Return those of ``xmlids`` that name an existing record."""
        full = {
            xmlid: xmlid if "." in xmlid else f"__import__.{xmlid}"
            for xmlid in xmlids
            if xmlid
        }
        names = [name.partition(".")[2] for name in full.values()]
        # external ids contain no data of their own
        rows = self.env["ir.model.data"].sudo().search([("name", "in", names)])
        known = set(rows.mapped("complete_name"))
        return {xmlid for xmlid, name in full.items() if name in known}

    def _get_no_update_message(self):
        return self.env._(
            "This callback exists already, and an import never changes one. Take the"
            " row out of the file."
        )
