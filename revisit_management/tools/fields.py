# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Number columns that know "not asked" from zero."""

from odoo import fields


class OptionalMixin:
    """Keep an empty number NULL, which Odoo's own fields turn into 0.

    A 0 for "not asked" would drag every average down by the customers who were
    never asked. An empty value reads as False; SQL aggregates leave it out.
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
            # 8.5 must not become 8, nor "nan" reach the database
            label = self._description_string(record.env)
            reader = record.env["revisit.reader"]
            value = reader._read_number(label, value, step=self._step)
        return super().convert_to_cache(value, record, validate)

    def convert_to_record(self, value, record):
        return False if value is None else value

    def convert_to_export(self, value, record):
        return "" if _is_empty(value) else value


class OptionalFloat(OptionalMixin, fields.Float):
    """A float that stays NULL while nobody gave it."""


class OptionalInteger(OptionalMixin, fields.Integer):
    """An integer that stays NULL while nobody gave it."""

    _step = 1


def _is_empty(value):
    return value is None or value is False or value == ""
