# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

from odoo.models import MAGIC_COLUMNS
from odoo.tests import TransactionCase, tagged

MODULES = {"revisit_management", "revisit_scoring"}
EVERYWHERE = {}
ELSEWHERE = {}


@tagged("post_install", "-at_install")
class TestFieldsOnScreen(TransactionCase):
    """Every stored field of ours is on a screen, or on the list of those that are not."""

    def get_parents(self):
        """Return {model: models whose forms show its records in a list}."""
        parents = {"res.company": {"res.config.settings"}}
        for model, Model in self.env.registry.items():
            for field in Model._fields.values():
                if field.type in ("one2many", "many2many"):
                    parents.setdefault(field.comodel_name, set()).add(model)
        return parents

    def get_missing(self):
        """Return the fields of ours that no view and no page names."""
        views = self.env["ir.ui.view"].search([])
        texts, parents, missing = {}, self.get_parents(), []
        for view in views:
            texts.setdefault(view.model, []).append(view.arch_db or "")
        for model, Model in sorted(self.env.registry.items()):
            if Model._abstract or Model._transient:
                continue
            shown = "".join(
                text
                for name in (model, False, *parents.get(model, ()))
                for text in texts.get(name, ())
            )
            for name, field in Model._fields.items():
                is_shown = re.search(rf'name="{name}"|\.{name}\b', shown)
                if self.is_ours(field) and name not in MAGIC_COLUMNS and not is_shown:
                    missing.append(f"{model}.{name}")
        return missing

    def test_no_field_without_a_screen(self):
        missing = {
            name
            for name in self.get_missing()
            if name.rpartition(".")[2] not in EVERYWHERE
        }
        self.assertEqual(sorted(missing - set(ELSEWHERE)), [], "put it on a screen")
        self.assertEqual(sorted(set(ELSEWHERE) - missing), [], "is on a screen now")

    def is_ours(self, field):
        return (
            field.store
            and field._module in MODULES
            and field.column_type
            and not field.related
        )
