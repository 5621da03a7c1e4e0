# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections.abc import Mapping
from datetime import date
from functools import wraps

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools import bounds, values

# what the reader of values from outside knows how to take
READ_KINDS = (
    "date",
    "datetime",
    "selection",
    "boolean",
    "integer",
    "float",
    "monetary",
)
# an empty one of these is a value: no, or nothing
ALWAYS_THERE = ("boolean", "integer", "float", "monetary")


def _check_create(records, vals_list=None):
    is_one = isinstance(vals_list, Mapping)
    rows = [vals_list] if is_one else vals_list
    records._revisit_check_shape(isinstance(rows, (list, tuple)), vals_list)
    rows = [records._revisit_take_values(vals) for vals in rows]
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
    # the context brings values of any kind
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


def _is_empty(field, value):
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


def _put_around(cls, name, check):
    """Let ``check`` look at the arguments before the method ``name`` of a class does.

    What the check returns takes the place of the first argument.
    """
    method = getattr(cls, name)
    if hasattr(method, "_revisit_entry"):
        return

    @wraps(method)
    def entry(self, *args, **kwargs):
        # by place: extensions call their arguments as they like
        taken = check(self, *args, *kwargs.values())
        if name == "load":
            # an import shows what is wrong, and goes on to be corrected
            unknown = {"ids": False, "messages": taken, "nextrow": 0}
            return unknown if taken else method(self, *args, **kwargs)
        if taken is None:
            return method(self, *args, **kwargs)
        if args:
            return method(self, taken, *args[1:], **kwargs)
        return method(self, **{**kwargs, next(iter(kwargs)): taken})

    entry._revisit_entry = True
    setattr(cls, name, entry)


class Base(models.AbstractModel):
    """What holds for every value that is stored in one of our models.

    How it works: whatever way a value takes (form, import, dealer's page, another
    program), it comes through ``create`` or ``write``. There each value is held against
    what its field takes (``tools/bounds.py``), before any other code looks at it: the
    check is put around the method of the finished class (``_register_hook``). Each link
    to a record of ours is held against the right to read that record, since who may
    point to a record learns its name. What the planner inserts by SQL does not come
    this way.

    A model that needs other bounds lists them in ``_value_limits``:
    ``{field: characters}`` for texts, ``{field: years back}`` for dates. A model that
    is not ours and has fields of ours sets ``_revisit_bounded``.
    """

    _inherit = "base"

    _value_limits = {}
    _revisit_bounded = False
    # whether the model's own ``load`` says which columns it does not take
    _names_columns = False

    @api.model
    def _is_revisit_model(self):
        return self._name.startswith("revisit.")

    # ------------------------------------------------------------
    # ENTRIES
    # ------------------------------------------------------------

    def _register_hook(self):
        super()._register_hook()
        # of a mixin, the method would stand for those of the models that inherit it
        if not self._abstract and (self._is_revisit_model() or self._revisit_bounded):
            for name, check in ENTRIES.items():
                _put_around(type(self), name, check)

    def ensure_one(self):
        """Say what to do where a step that is for one record gets none, or several."""
        if len(self._ids) != 1 and self._is_revisit_model():
            raise UserError(
                self.env._(
                    "This step is for one record of %(model)s at a time: choose one.",
                    # as everybody reads it: who takes the step need not read models
                    model=self.env["ir.model"].sudo()._get(self._name).name,
                )
            )
        return super().ensure_one()

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model
    def _prepare_create_values(self, vals_list):
        prepared = super()._prepare_create_values(vals_list)
        if self._is_revisit_model():
            # with the defaults, which the context may have brought
            self._revisit_check_links(prepared)
        return prepared

    def write(self, vals):
        if self._is_revisit_model():
            self._revisit_check_links([vals])
        return super().write(vals)

    def _update_field_translations(
        self, field_name, translations, digest=None, source_lang=""
    ):
        if self._is_revisit_model() and isinstance(translations, dict):
            for text in translations.values():
                if isinstance(text, str):
                    self._revisit_check_values({field_name: text})
        return super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang
        )

    @api.model
    def default_get(self, fields):
        """Return the defaults, without links to records that the user may not read."""
        defaults = super().default_get(fields)
        if self._is_revisit_model():
            for name in self._revisit_get_hidden_links([defaults]):
                defaults.pop(name)
        return defaults

    def onchange(self, values, field_names, fields_spec):
        if self._is_revisit_model():
            given = self._revisit_flatten(values)
            self._revisit_check_values(given)
            self._revisit_check_links([given])
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _revisit_flatten(self, values):
        """Return a form's values with the ids of what its links name.

        The form of a line sends the values of its parent in place of the parent's id.
        """
        if not isinstance(values, Mapping):
            return values
        links = {
            name for name, field in self._fields.items() if field.type == "many2one"
        }
        return {
            name: value.get("id") or False
            if name in links and isinstance(value, Mapping)
            else value
            for name, value in values.items()
        }

    # ------------------------------------------------------------
    # VALUES
    # ------------------------------------------------------------

    @api.model
    def _revisit_take_values(self, vals):
        """Return values as the reader takes them, each within its bounds."""
        self._revisit_check_values(vals, is_read=self.env.su)
        if self.env.su:
            return vals
        self._revisit_check_messages(vals)
        # programs write moments with their offset, and choices by their label
        vals = self._revisit_read_outside(vals)
        self._revisit_check_values(vals)
        return vals

    @api.model
    def _revisit_check_values(self, vals, is_read=True):
        """Refuse values that their fields do not take.

        :param is_read: whether the reader has made them what they mean
        :raise ValidationError: which value is wrong, and what would be right
        """
        self._revisit_check_shape(isinstance(vals, Mapping), vals)
        ours = self._is_revisit_model()
        for name, value in vals.items():
            field = self._fields.get(name)
            if field is None:
                if ours and not str(name).startswith("__"):
                    raise ValidationError(self._revisit_get_unknown_sentence(name))
                continue
            if not is_read and field.type in READ_KINDS:
                continue
            if ours or (field._module or "").startswith("revisit_"):
                self._revisit_check_value(field, value)

    @api.model
    def _revisit_check_shape(self, is_right, given):
        """Refuse arguments of another kind than Odoo's own methods take."""
        if not is_right:
            raise ValidationError(
                self.env._(
                    "%(model)s: %(value)s is not what this method takes. See Odoo's"
                    " description of its interface.",
                    model=self._description,
                    value=self.env["revisit.reader"]._show(given),
                )
            )

    @api.model
    def _revisit_check_messages(self, vals):
        """Refuse messages made as lines: they are posted, which says who wrote them."""
        for name, value in vals.items():
            field = self._fields.get(name)
            if field is None or not (field.relational and value):
                continue
            if field.comodel_name == "mail.message" and field.type != "many2one":
                raise ValidationError(
                    self.env._(
                        "%(field)s of %(model)s: post a message instead of writing"
                        " this field.",
                        field=field._description_string(self.env),
                        model=self._description,
                    )
                )

    @api.model
    def _revisit_check_required(self, vals):
        """Refuse to empty a field that must have a value."""
        for name, value in vals.items():
            field = self._fields.get(name)
            if field is None or not (field.required and field.store):
                continue
            if field.type not in ALWAYS_THERE and _is_empty(field, value):
                raise ValidationError(
                    self.env._(
                        "%(field)s of %(model)s must have a value: give one.",
                        field=field._description_string(self.env),
                        model=self._description,
                    )
                )

    @api.model
    def _revisit_get_unknown_sentence(self, name):
        return self.env._(
            "%(model)s has no field %(field)s: no such column can be imported, and no"
            " such value written. Look up its name in the settings.",
            model=self._description,
            field=str(name)[:60],
        )

    @api.model
    def _revisit_check_value(self, field, value):
        try:
            self._revisit_hold_against_bounds(field, value)
        except values.Unreadable as error:
            reader = self.env["revisit.reader"]
            label = field._description_string(self.env)
            if error.reason in ("link", "links"):
                raise ValidationError(
                    self.env._(
                        "%(label)s: %(value)s names no record. Give its database ID.",
                        label=label,
                        value=reader._show(value),
                    )
                ) from None
            raise ValidationError(
                reader._get_sentence(error, label, reader._show(value))
            ) from None

    @api.model
    def _revisit_hold_against_bounds(self, field, value):
        """Raise :class:`values.Unreadable` for a value that the field does not take."""
        kind = field.type
        if kind in bounds.SIZES:
            bounds.check_text(value, self._revisit_get_size(field))
        elif kind == "integer" or kind == "many2one_reference":
            if not isinstance(value, models.BaseModel):
                bounds.check_integer(value)
        elif kind in ("float", "monetary"):
            bounds.check_float(value)
        elif kind in ("date", "datetime"):
            self._revisit_check_day(field, value)
        elif kind == "selection":
            self._revisit_check_choice(field, value)
        elif kind == "json":
            bounds.check_json(value)
        elif kind == "binary":
            bounds.check_file(value)
        elif kind == "many2one" and not isinstance(value, models.BaseModel):
            bounds.check_link(value)
        elif kind in ("one2many", "many2many"):
            if not isinstance(value, models.BaseModel):
                bounds.check_links(value)
                self._revisit_check_lines(field, value)

    @api.model
    def _revisit_check_lines(self, field, value):
        """Refuse lines with values of fields that their model does not have."""
        lines = self.env[field.comodel_name]
        for item in value or ():
            if not isinstance(item, (list, tuple)) or item[0] not in (0, 1):
                continue
            for name in item[2]:
                if name not in lines._fields and not str(name).startswith("__"):
                    raise ValidationError(lines._revisit_get_unknown_sentence(name))

    @api.model
    def _revisit_get_size(self, field):
        """Return how many characters a text may have."""
        if field.name in self._value_limits:
            return self._value_limits[field.name]
        # the lines that dialogs show are written by code
        if field.readonly:
            return bounds.CODE_SIZE
        last = field.name.rpartition("_")[2]
        if field.type == "char" and last in bounds.NAMED_SIZES:
            return bounds.NAMED_SIZES[last]
        return bounds.SIZES[field.type]

    @api.model
    def _revisit_check_day(self, field, value):
        if value is None or value is False:
            return
        try:
            if not isinstance(value, (str, date)):
                raise TypeError
            day = field.convert_to_cache(value, self, validate=False)
        except (TypeError, ValueError, OverflowError, AttributeError):
            raise values.Unreadable(
                "moment" if field.type == "datetime" else "date"
            ) from None
        today = fields.Datetime.now().date()
        years = self._value_limits.get(field.name, values.YEARS)
        back = bounds.DAYS * years / values.YEARS
        bounds.check_day(day, today, back)

    @api.model
    def _revisit_check_choice(self, field, value):
        if value is None or value is False or value == "":
            return
        if isinstance(value, (str, int)) and value in field.get_values(self.env):
            return
        choices = ", ".join(
            str(label) for _key, label in field._description_selection(self.env)
        )
        raise values.Unreadable("choice", choices=choices)

    # ------------------------------------------------------------
    # LINKS
    # ------------------------------------------------------------

    @api.model
    def _revisit_check_links(self, vals_list):
        """Refuse links to records of ours that the user may not read.

        :raise AccessError: which field names such a record
        """
        names = self._revisit_get_hidden_links(vals_list)
        if names:
            labels = [
                self._fields[name]._description_string(self.env) for name in names
            ]
            raise AccessError(
                self.env._(
                    "%(fields)s: your role may not read this record, so nothing can"
                    " be linked with it. Choose one from the list.",
                    fields=", ".join(sorted(labels)),
                )
            )

    @api.model
    def _revisit_get_hidden_links(self, vals_list):
        """Return the names of fields with links that the user may not read."""
        if self.env.su:
            return set()
        wanted = {}
        for vals in vals_list:
            for name, value in vals.items():
                field = self._fields.get(name)
                if (
                    value
                    and field is not None
                    and field.relational
                    and field.comodel_name.startswith("revisit.")
                ):
                    ids = self._revisit_get_linked_ids(field, value)
                    wanted.setdefault(field.comodel_name, {}).setdefault(
                        name, set()
                    ).update(ids)
        hidden = set()
        for model, by_name in wanted.items():
            records = self.env[model].browse(set().union(*by_name.values())).exists()
            closed = set((records - records._filtered_access("read"))._ids)
            hidden.update(name for name, ids in by_name.items() if ids & closed)
        return hidden

    @api.model
    def _revisit_get_linked_ids(self, field, value):
        """Return the ids of the stored records that a value points to."""
        if isinstance(value, models.BaseModel):
            return {number for number in value._ids if number}
        if field.type == "many2one":
            return {value} if isinstance(value, int) and value else set()
        ids = set()
        for item in value:
            if isinstance(item, int):
                ids.add(item)
            elif item[0] == 4:
                ids.add(item[1])
            elif item[0] == 6:
                ids.update(item[2])
        return {number for number in ids if isinstance(number, int)}
