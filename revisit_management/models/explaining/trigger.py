# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date, datetime

from odoo import models
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

SHOWN = 5


class RevisitTrigger(models.Model):
    """Explains which part of a condition a document does not meet, in words."""

    _inherit = "revisit.trigger"

    def _get_failing_parts(self, document, domain):
        """Return the parts of a condition that fail, each as a phrase.

        :param document: one record, with sudo
        :param domain: a ``Domain``; parts joined by "and" are listed separately
        """
        if self._meets(document, domain):
            return []
        if getattr(domain, "OPERATOR", None) == "&":
            return [
                part
                for child in domain.children
                for part in self._get_failing_parts(document, child)
            ]
        text = self._describe_condition(document, domain)
        actual = self._describe_actual(document, domain)
        if not actual:
            return [text]
        return [
            self.env._("%(condition)s (it is %(value)s)", condition=text, value=actual)
        ]

    def _meets(self, document, domain):
        """Return whether a document matches, by a query as in the planner."""
        Model = document.with_context(active_test=False)
        return bool(Model.search_count(Domain("id", "=", document.id) & domain))

    def _describe_condition(self, document, domain):
        operator = getattr(domain, "OPERATOR", None)
        if operator in ("&", "|"):
            parts = [self._describe_condition(document, c) for c in domain.children]
            joined = self.env._(" and ") if operator == "&" else self.env._(" or ")
            return joined.join(parts)
        if operator == "!":
            return self.env._(
                "not: %(condition)s",
                condition=self._describe_condition(document, domain.child),
            )
        if not hasattr(domain, "field_expr"):
            return self.env._("nothing at all is asked for")
        return self._describe_leaf(document, domain)

    def _describe_leaf(self, document, leaf):
        labels = self._get_path_labels(leaf.field_expr, document)
        if leaf.operator.endswith("any"):
            return self._describe_inner(document, labels, leaf)
        values = leaf.value
        if isinstance(values, str) or not hasattr(values, "__iter__"):
            values = [values]
        field = self._get_path_field(document, leaf.field_expr)
        is_empty = not field or field.type != "boolean"
        texts = [
            self._describe_value(field, value)
            if value or not is_empty or value == 0 and value is not False
            else self.env._("empty")
            for value in values
        ]
        names = {"field": " › ".join(labels), "value": self.env._(" or ").join(texts)}
        return self._get_phrase(leaf.operator, names)

    def _get_phrase(self, operator, names):
        if operator in ("=", "in"):
            return self.env._("%(field)s must be %(value)s", **names)
        if operator in ("!=", "not in"):
            return self.env._("%(field)s must not be %(value)s", **names)
        if operator in (">", ">="):
            return self.env._("%(field)s must be at least %(value)s", **names)
        if operator in ("<", "<="):
            return self.env._("%(field)s must be at most %(value)s", **names)
        if operator in ("like", "ilike", "=like", "=ilike"):
            return self.env._("%(field)s must contain %(value)s", **names)
        if operator in ("not like", "not ilike"):
            return self.env._("%(field)s must not contain %(value)s", **names)
        if operator in ("child_of", "parent_of"):
            return self.env._("%(field)s must belong to %(value)s", **names)
        return self.env._(
            "%(field)s must fulfil: %(operator)s %(value)s", operator=operator, **names
        )

    def _describe_inner(self, document, labels, leaf):
        """Describe "any" and "not any": a condition on the records behind a field."""
        field = self._get_path_field(document, leaf.field_expr)
        inner = self._describe_condition(
            self.env[field.comodel_name], Domain(leaf.value)
        )
        names = {"field": " › ".join(labels), "condition": inner}
        if leaf.operator.startswith("not"):
            return self.env._("%(field)s must have none with: %(condition)s", **names)
        return self.env._("%(field)s must have one with: %(condition)s", **names)

    # ------------------------------------------------------------
    # FIELDS AND VALUES
    # ------------------------------------------------------------

    def _get_path_field(self, Model, path):
        """Return the field at the end of a dotted path, or None."""
        field = None
        for step in path.split("."):
            field = Model._fields.get(step)
            if field is None:
                return None
            if field.relational:
                Model = self.env[field.comodel_name]
        return field

    def _get_path_labels(self, path, Model=None):
        """Return the labels of a dotted path's fields in the reader's language."""
        Model, labels = self.env[self.model_name] if Model is None else Model, []
        for step in path.split("."):
            field = Model._fields.get(step)
            if field is None:
                return [*labels, step]
            labels.append(field._description_string(self.env))
            if field.relational:
                Model = self.env[field.comodel_name]
        return labels

    def _describe_value(self, field, value):
        """Return a value of a field in the reader's words."""
        if field and field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field and field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, str(value))
        if field and field.relational and isinstance(value, int):
            return self.env[field.comodel_name].browse(value)._revisit_get_told_name()
        if isinstance(value, datetime):
            return format_datetime(self.env, value)
        if isinstance(value, date):
            return format_date(self.env, value)
        return str(value)

    def _describe_actual(self, document, domain):
        """Return what the document has instead, where the reader may see it."""
        if not hasattr(domain, "field_expr"):
            return False
        records = document.sudo(False)
        *steps, last = domain.field_expr.split(".")
        for step in [*steps, last]:
            field = records._fields.get(step)
            if (
                field is None
                or not records.has_access("read")
                or not records._has_field_access(field, "read")
            ):
                return False
            if step != last:
                records = records[step]
        if field.relational:
            found = records.mapped(last)
            # names behind a field whose record and content the reader may read
            texts = found[:SHOWN].sudo().mapped("display_name")
        else:
            texts = [
                self._describe_value(field, value)
                for value in records[:SHOWN].mapped(last)
                if value or field.type == "boolean" or value == 0 and value is not False
            ]
        return ", ".join(filter(None, texts)) or self.env._("empty")
