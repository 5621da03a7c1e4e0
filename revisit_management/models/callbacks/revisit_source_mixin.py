# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import AccessError, UserError

# documents whose lines name the products that were sold
ORDERS = {"sale.order": "order_line", "stock.picking": "move_ids"}


class RevisitSourceMixin(models.AbstractModel):
    """The document for which a callback is planned: from one to the other."""

    _name = "revisit.source.mixin"
    _description = "Document of a Callback"

    def action_open_source(self):
        """Open the document that the callback is about."""
        self.ensure_one()
        return self._get_source_action(self.source_model, self.source_id)

    @api.model
    def _get_source_action(self, model, res_id):
        """Return the action that opens a document, or raise with the reason why not."""
        if model not in self.env or not self.env[model].browse(res_id).exists():
            raise UserError(
                self.env._(
                    "The document is gone: it was deleted, or its app was uninstalled."
                )
            )
        document = self.env[model].browse(res_id)
        if not document.has_access("read"):
            raise AccessError(
                self.env._(
                    "Your role may not open this document: %(kind)s. Ask your"
                    " supervisor, if you need to look into it.",
                    # a model's name may be shown to everybody, but few may read models
                    kind=self.env["ir.model"].sudo()._get(model).name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _get_document_products(self):
        """Return the products of the order or delivery it is about (sudo)."""
        self.ensure_one()
        lines = ORDERS.get(self.source_model)
        if not lines or self.source_model not in self.env:
            return self.product_id.browse()
        document = self.env[self.source_model].browse(self.source_id).exists()
        return document[lines].product_id

    @api.model
    def _count_by_source(self, sources):
        """Return {document id: number of callbacks} for documents of one model."""
        return dict(
            self._read_group(
                [
                    ("source_model", "=", sources._name),
                    ("source_id", "in", sources.ids),
                ],
                ["source_id"],
                ["__count"],
            )
        )

    @api.model
    def _get_source_callbacks_action(self, sources):
        """Return an action that lists the callbacks of the documents."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        domain = [
            ("source_model", "=", sources._name),
            ("source_id", "in", sources.ids),
        ]
        return {**action, "domain": domain, "context": {}}
