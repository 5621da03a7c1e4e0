# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections.abc import Mapping
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import ormcache

from ...tools import bounds, values
from ...tools.entries import ENTRIES, is_blank, is_empty, put_around
from ...tools.local_day import LocalDay

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
# an empty value of these types is a value, too: no, or nothing
ALWAYS_THERE = ("boolean", "integer", "float", "monetary")


class Base(models.AbstractModel):
    """Checks every value that is stored in one of our models.

    How it works: however a value is entered (form, import, dealer's page, another
    program), it comes through ``create`` or ``write``. There each value is compared
    with what its field accepts (``tools/bounds.py``), before any other code uses it:
    the check is wrapped around the method of the finished class (``_register_hook``).
    For each link to a record of ours, the right to read that record is checked, since a
    user who may link to a record learns its name. Values that the planner inserts by
    SQL are not checked.

    A model that needs other limits lists them in ``_value_limits``:
    ``{field: characters}`` for texts, ``{field: years back}`` for dates. A model that
    is not ours but has fields of ours sets ``_revisit_bounded``.
    """

    _inherit = "base"  # pylint: disable=consider-merging-classes-inherited

    _value_limits = {}
    _revisit_bounded = False
    # whether all links of a model of Odoo's are checked, beside those of our fields
    _revisit_guarded = False
    # whether the model's own ``load`` reports columns that it does not accept
    _names_columns = False

    @api.model
    def _is_revisit_model(self):
        return self._name.startswith("revisit.")

    # ------------------------------------------------------------
    # ENTRIES
    # ------------------------------------------------------------

    def _register_hook(self):
        super()._register_hook()
        # on a mixin, the wrapper would replace the methods of models that inherit it
        if not self._abstract and (self._is_revisit_model() or self._revisit_bounded):
            for name, check in ENTRIES.items():
                put_around(type(self), name, check)

    def ensure_one(self):
        """Raise a message for users if a step for one record gets none or several."""
        if len(self._ids) != 1 and self._is_revisit_model():
            raise UserError(
                self.env._(
                    "This step is for one record of %(model)s at a time: choose one.",
                    # the name is for everybody, but the user may not read ir.model
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
        # including defaults, which may come from the context
        self._revisit_check_links(prepared)
        return prepared

    def write(self, vals):
        self._revisit_check_links([vals])
        result = super().write(vals)
        is_guarded = self._is_revisit_model() or self._revisit_guarded
        if "company_id" in vals and is_guarded and not self.env.su:
            # Odoo asks its rules before a write only: nobody puts a record into a
            # company that is not theirs, nor makes it everybody's
            self.check_access("write")
        return result

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
        for name in self._revisit_get_hidden_links([defaults]):
            defaults.pop(name)
        return defaults

    def onchange(self, values, field_names, fields_spec):
        if self._revisit_get_guarded():
            given = self._revisit_flatten(values)
            if self._is_revisit_model():
                self._revisit_check_values(given)
            self._revisit_check_links([given])
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _revisit_flatten(self, values):
        """Return a form's values with links replaced by their ids.

        The form of a line sends the values of its parent instead of the parent's id.
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
        self._revisit_check_days(vals)
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
        """Refuse arguments of another type than Odoo's own methods accept."""
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
    def _revisit_check_days(self, vals):
        """Refuse the day of a moment: it follows from the moment, which is to be given.

        :raise ValidationError: names the moment
        """
        for name in vals:
            field = self._fields.get(name)
            if isinstance(field, LocalDay):
                moment = self._fields[field.moment]
                raise ValidationError(
                    self.env._(
                        "%(day)s follows from %(moment)s: give %(name)s instead.",
                        day=field._description_string(self.env),
                        moment=moment._description_string(self.env),
                        name=field.moment,
                    )
                )

    @api.model
    def _revisit_check_messages(self, vals):
        """Refuse messages created as lines: only posting sets the true author."""
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
            if field.type in ALWAYS_THERE:
                continue
            if is_empty(field, value) or (is_blank(value) and not self.env.su):
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
        """Raise :class:`values.Unreadable` for a value that the field cannot have."""
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
        """Return the maximum number of characters of a text field."""
        if field.name in self._value_limits:
            return self._value_limits[field.name]
        # texts in read-only fields are written by code
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
        """Refuse links to records that the user may not read.

        :raise AccessError: names the field with such a link
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
        """Return the names of fields with links that the user may not read.

        Of models of Odoo's the links are checked that we have added, or all of them.
        """
        guarded = self._revisit_get_guarded()
        if self.env.su or not guarded:
            return set()
        wanted = {}
        for vals in vals_list:
            for name in guarded & vals.keys():
                if value := vals[name]:
                    field = self._fields[name]
                    ids = self._revisit_get_linked_ids(field, value)
                    wanted.setdefault(field.comodel_name, {}).setdefault(
                        name, set()
                    ).update(ids)
        hidden = set()
        for model, by_name in wanted.items():
            records = self.env[model].browse(set().union(*by_name.values())).exists()
            closed = set((records - self._revisit_filter_linkable(records))._ids)
            hidden.update(name for name, ids in by_name.items() if ids & closed)
        return hidden

    @api.model
    @ormcache("self._name")
    def _revisit_get_guarded(self):
        """Return the names of the fields whose links are checked."""
        is_guarded = self._is_revisit_model() or self._revisit_guarded
        names = self._fields if is_guarded else self._revisit_get_fields_of_ours()
        return frozenset(
            name
            for name in names
            if self._fields[name].relational
            # threads and activities check their own
            and not self._fields[name].comodel_name.startswith("mail.")
        )

    @api.model
    def _revisit_filter_linkable(self, records):
        """Return the records that the user may link.

        Some models are closed to the user as a whole (employees, products), and
        their names are shown to them all the same: the rules of companies count.
        """
        is_ours = records._name.startswith("revisit.")
        if is_ours or records.browse().has_access("read"):
            return records._filtered_access("read")
        rules = self.env["ir.rule"]._compute_domain(records._name, "read")
        # the names are shown to the user, whose role may not read the model
        return records.sudo().filtered_domain(rules).sudo(False) if rules else records

    @api.model
    def _revisit_get_linked_ids(self, field, value):
        """Return the ids of the stored records to which a value links."""
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
