# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""The methods through which values enter our models, and the checks before them.

Each check gets the records and the arguments of Odoo's method, and returns a
replacement for the first argument, or None.
"""

from collections.abc import Mapping
from functools import wraps
from inspect import signature

from . import bounds


def _check_create(records, vals_list=None):
    is_one = isinstance(vals_list, Mapping)
    rows = [vals_list] if is_one else vals_list
    records._revisit_check_shape(isinstance(rows, (list, tuple)), vals_list)
    rows = [records._revisit_take_values(vals) for vals in rows]
    # the system's own steps write empty texts where there is nothing to say
    if records._is_revisit_model() and not records.env.su:
        for vals in rows:
            # missing values get their default
            texts = {name: text for name, text in vals.items() if is_blank(text)}
            records._revisit_check_required(texts)
    return rows[0] if is_one else rows


def _check_write(records, vals=None):
    vals = records._revisit_take_values(vals)
    if records._is_revisit_model():
        records._revisit_check_required(vals)
    return vals


def _check_copy(records, default=None):
    records._revisit_check_shape(not default or isinstance(default, Mapping), default)


def _check_default_get(records, names=None):
    records._revisit_check_shape(_are_names(names), names)
    # values from the context may have any type
    given = {name: records.env.context.get(f"default_{name}") for name in names}
    records._revisit_check_values({k: v for k, v in given.items() if v is not None})


def _check_fields_get(records, allfields=None, attributes=None):
    for names in (allfields, attributes):
        records._revisit_check_shape(not names or _are_names(names), names)


def _check_load(records, names=None, data=None):
    records._revisit_check_shape(_are_names(names), names)
    is_table = isinstance(data, (list, tuple)) and all(
        isinstance(row, (list, tuple)) for row in data
    )
    records._revisit_check_shape(is_table, data)
    if records._names_columns:
        return []
    return [
        {"type": "error", "message": records._revisit_get_unknown_sentence(first)}
        for first in dict.fromkeys(map(_get_first, names))
        if first and first != "id" and first not in records._fields
    ]


def _get_first(column):
    """Return the field that a column such as "partner_id/id" starts with."""
    if column.startswith((".", "_")):
        return ""
    return column.replace(":", "/").replace(".", "/").partition("/")[0]


def _are_names(names):
    return isinstance(names, (list, tuple, set, frozenset)) and all(
        isinstance(name, str) for name in names
    )


def is_blank(value):
    """Return whether a value is a text of blanks only.

    >>> is_blank(" "), is_blank("a"), is_blank(False)
    (True, False, False)
    """
    return isinstance(value, str) and not value.strip()


def is_empty(field, value):
    """Return whether a required field would get no value.

    For the system's own steps an empty text is a value.
    """
    is_text = field.type in bounds.SIZES
    return value is None or value is False or (value == "" and not is_text)


ENTRIES = {
    "create": _check_create,
    "write": _check_write,
    "copy": _check_copy,
    "copy_data": _check_copy,
    "default_get": _check_default_get,
    "fields_get": _check_fields_get,
    "load": _check_load,
}


def put_around(cls, name, check):
    """Wrap method ``name`` of a class, so that ``check`` sees its arguments first.

    The return value of the check replaces the first argument.
    """
    method = getattr(cls, name)
    if hasattr(method, "_revisit_entry"):
        return

    @wraps(method)
    def entry(self, *args, **kwargs):
        try:
            # in the order of the method, however a program has named them
            bound = signature(method).bind(self, *args, **kwargs)
        except TypeError:
            return method(self, *args, **kwargs)  # which says what is wrong with them
        _self, *places = bound.arguments
        # by place: extensions call their arguments as they like
        taken = check(self, *(bound.arguments[place] for place in places))
        if name == "load":
            # an import shows what is wrong, and goes on to be corrected
            unknown = {"ids": False, "messages": taken, "nextrow": 0}
            return unknown if taken else method(self, *args, **kwargs)
        if taken is not None:
            bound.arguments[places[0]] = taken
        return method(*bound.args, **bound.kwargs)

    entry._revisit_entry = True
    setattr(cls, name, entry)
