# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Number fields that distinguish "not asked" from zero."""

from odoo import fields


class OptionalMixin:
    """Keeps an empty number NULL, where Odoo's own fields would store 0.

    A 0 for "not asked" would lower every average because of customers who were never
    asked. An empty value is read as False; SQL aggregates leave it out.
    """

    falsy_value = None
    _step = None

    def convert_to_column(self, value, record, values=None, validate=True):
        if _is_empty(value):
            return None
        return super().convert_to_column(value, record, values, validate)

    def convert_to_cache(self, value, record, validate=True):
        if _is_empty(value):
            return None
        if validate:
            # 8.5 must not become 8, and "nan" must not be stored
            label = self._description_string(record.env)
            reader = record.env["revisit.reader"]
            value = reader._read_number(label, value, step=self._step)
        return super().convert_to_cache(value, record, validate)

    def convert_to_record(self, value, record):
        return False if value is None else value

    def convert_to_export(self, value, record):
        return "" if _is_empty(value) else value


class OptionalFloat(OptionalMixin, fields.Float):
    """A float that is NULL until a value is set."""


class OptionalInteger(OptionalMixin, fields.Integer):
    """An integer that is NULL until a value is set."""

    _step = 1


def _is_empty(value):
    return value is None or value is False or value == ""
